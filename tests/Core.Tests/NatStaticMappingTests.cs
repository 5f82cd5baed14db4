using System.Net.Sockets;
using LxcNetworking.Nat;
using LxcNetworking.Values;
using static LxcNetworking.Tests.NatLab;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

public class NatStaticMappingTests
{
    private const string A4 = "10.0.3.10", A6 = "fd00:3::10";

    [Theory]
    [InlineData(NatProtocol.TCP, A4, Host4, Outside4, "10.0.3.1", true)]
    [InlineData(NatProtocol.UDP, A4, Host4, Outside4, "10.0.3.1", false)]
    [InlineData(NatProtocol.TCP, A6, Host6, Outside6, "fd00:3::1", false)]
    [InlineData(NatProtocol.UDP, A6, Host6, Outside6, "fd00:3::1", true)]
    [Trait("Kernel", "none")]
    public void A_port_is_reached_from_everywhere(NatProtocol protocol, string inside, string host, string outside,
        string gateway, bool anyAddress) => NatLab.Run(() =>
    {
        var transport = (ProtocolType)protocol;
        using var server = Talk.Serve("a", transport, inside, 80, 8080);
        Create();
        var mapping = Nats.AddMapping(new NetNatStaticMappingSpec(NatOf(inside), IPAddress.Parse(inside))
        {
            Protocol = protocol,
            ExternalIPAddress = anyAddress ? null : IPAddress.Parse(host),
            ExternalPort = new PortRange(8080),
            InternalPort = new PortRange(80),
        });
        Assert.NotEqual(0ul, mapping.StaticMappingID);
        Assert.Equal((protocol, "8080", "80"),
            (mapping.Protocol, mapping.ExternalPort!.ToString(), mapping.InternalPort!.ToString()));

        // From outside the client's address is kept; within the network it cannot be.
        Assert.Equal($"{outside} to 80", Talk.Ask("outside", transport, host, 8080));
        Assert.Equal($"{host} to 80", Talk.Ask(null, transport, host, 8080));
        Assert.Equal($"{gateway} to 80", Talk.Ask("b", transport, host, 8080));
        LetBridgeTurnAround("va");
        Assert.Equal($"{gateway} to 80", Talk.Ask("a", transport, host, 8080));
        Assert.Equal(anyAddress ? $"{gateway} to 80" : null, Talk.Ask("b", transport, gateway, 8080));
        // What is not addressed to the host is not its own.
        using var far = Talk.Serve("outside", transport, outside, 8080);
        Assert.Equal($"{host} to 8080", Talk.Ask("b", transport, outside, 8080));
        Assert.True(Talk.IsSilent("outside", transport, host, 8081));

        Nats.RemoveMapping(mapping);
        Assert.True(Talk.IsSilent("outside", transport, host, 8080));
        Assert.Equal(2, Nats.List().Count);
        Assert.Empty(Nats.ListMappings());
        Assert.DoesNotContain("dnat ", Ruleset().Replace("status dnat", string.Empty, StringComparison.Ordinal),
            StringComparison.Ordinal);
    });

    [Theory]
    [InlineData("8000-8010", null, 8004, 8004)]
    [InlineData("8000-8010", "80", 8010, 80)]
    [InlineData("8000-8010", "9000-9010", 8000, 9000)]
    [InlineData("8000-8010", "9000-9010", 8010, 9010)]
    [InlineData("8000-10047", "8001-10048", 10047, 10048)]
    [Trait("Kernel", "none")]
    public void Ports_in_a_row_keep_their_order(string outside, string? inside, int asked, int reached) =>
        NatLab.Run(() =>
    {
        using var tcp = Talk.Serve("a", ProtocolType.Tcp, A4, reached);
        using var udp = Talk.Serve("a", ProtocolType.Udp, A6, reached);
        Create();
        var spec = new NetNatStaticMappingSpec("web", IPAddress.Parse(A4))
        {
            Protocol = NatProtocol.TCP,
            ExternalPort = new PortRange(outside),
            InternalPort = inside is null ? null : new PortRange(inside)
        };
        var mapping = Nats.AddMapping(spec);
        Nats.AddMapping(
            spec with { NatName = "web6", Protocol = NatProtocol.UDP, InternalIPAddress = IPAddress.Parse(A6) });
        Assert.Equal(inside ?? outside, mapping.InternalPort!.ToString());
        Assert.Equal($"{Outside4} to {reached}", Talk.Ask("outside", ProtocolType.Tcp, Host4, asked));
        Assert.Equal($"{Host4} to {reached}", Talk.Ask(null, ProtocolType.Tcp, Host4, asked));
        Assert.Equal($"{Outside6} to {reached}", Talk.Ask("outside", ProtocolType.Udp, Host6, asked));
        Assert.True(Talk.IsSilent("outside", ProtocolType.Tcp, Host4, mapping.ExternalPort!.Last + 1));
        foreach (var item in Nats.ListMappings())
            Nats.RemoveMapping(item);
        Assert.DoesNotContain("map", Ruleset(), StringComparison.Ordinal);
    });

    [Theory]
    [InlineData(A4, "198.51.100.7", Outside4, "10.0.3.1")]
    [InlineData(A6, "2001:db8::7", Outside6, "fd00:3::1")]
    [Trait("Kernel", "none")]
    public void An_address_is_mapped_both_ways(string inside, string external, string outside, string gateway) =>
        NatLab.Run(() =>
    {
        Ip(inside == A4 ? $"address add {external}/24 dev out0"
            : $"address add {external}/64 dev out0 nodad preferred_lft 0");
        Create();
        var mapping = Nats.AddMapping(new NetNatStaticMappingSpec(NatOf(inside), IPAddress.Parse(inside))
        { ExternalIPAddress = IPAddress.Parse(external) });
        Assert.Null(mapping.Protocol);
        using var server = Talk.Serve("a", ProtocolType.Tcp, inside, 22);
        using var neighbour = Talk.Serve("b", ProtocolType.Tcp, inside[..^2] + "11", 22);
        using var far = Talk.Serve("outside", ProtocolType.Udp, outside, 7);
        Assert.Equal($"{outside} to 22", Talk.Ask("outside", ProtocolType.Tcp, external, 22));
        Assert.True(Pings(external, "outside"));
        Assert.Equal($"{external} to 7", Talk.Ask("a", ProtocolType.Udp, outside, 7));
        Assert.NotEqual($"{external} to 7", Talk.Ask("b", ProtocolType.Udp, outside, 7));
        Assert.EndsWith(" to 22", Talk.Ask(null, ProtocolType.Tcp, external, 22));
        Assert.Equal($"{gateway} to 22", Talk.Ask("b", ProtocolType.Tcp, external, 22));
        Assert.Equal($"{inside} to 22", Talk.Ask("a", ProtocolType.Tcp, inside[..^2] + "11", 22));

        // A port of that address that is mapped elsewhere wins; one of any address does not.
        Nats.AddMapping(new NetNatStaticMappingSpec(NatOf(inside), IPAddress.Parse(inside[..^2] + "11"))
        { Protocol = NatProtocol.TCP, ExternalPort = new PortRange(22), InternalPort = new PortRange(2) });
        Assert.Equal($"{outside} to 22", Talk.Ask("outside", ProtocolType.Tcp, external, 22));
        Nats.AddMapping(new NetNatStaticMappingSpec(NatOf(inside), IPAddress.Parse(inside[..^2] + "11"))
        {
            Protocol = NatProtocol.TCP,
            ExternalPort = new PortRange(22),
            ExternalIPAddress = IPAddress.Parse(external),
            InternalPort = new PortRange(2)
        });
        Assert.True(Talk.IsSilent("outside", ProtocolType.Tcp, external, 22));
        Assert.Equal(["2", "", "2"], Nats.ListMappings().Select(item => $"{item.InternalPort}"));

        Nats.RemoveMapping(Nats.ListMappings().Single(item => item.Protocol is null));
        Assert.NotEqual($"{external} to 7", Talk.Ask("a", ProtocolType.Udp, outside, 7));
        Assert.Equal(2, Nats.ListMappings().Count);
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void The_ruleset_says_what_was_mapped() => NatLab.Run(() =>
    {
        Create();
        Nats.AddMapping(new NetNatStaticMappingSpec("web", IPAddress.Parse(A4))
        { Protocol = NatProtocol.TCP, ExternalPort = new PortRange(8080), InternalPort = new PortRange(80) });
        Nats.AddMapping(new NetNatStaticMappingSpec("web", IPAddress.Parse(A4))
        {
            Protocol = NatProtocol.UDP,
            ExternalIPAddress = IPAddress.Parse(Host4),
            ExternalPort = new PortRange(10, 11),
            InternalPort = new PortRange(20, 21)
        });
        Nats.AddMapping(new NetNatStaticMappingSpec("web6", IPAddress.Parse(A6))
        { ExternalIPAddress = IPAddress.Parse("2001:db8::7") });
        var lines = Ruleset().Split('\n', StringSplitOptions.TrimEntries);
        string[] inwards = [
            "ip daddr 198.51.100.1 udp dport 10-11 dnat ip to 10.0.3.10:udp dport map { 10 : 20, 11 : 21 } "
                + "comment \"NetNatStaticMapping web\"",
            """ip6 daddr 2001:db8::7 dnat ip6 to fd00:3::10 comment "NetNatStaticMapping web6" """.Trim(),
            "ip daddr != 127.0.0.0/8 fib daddr type local tcp dport 8080 dnat ip to 10.0.3.10:80 "
                + "comment \"NetNatStaticMapping web\"",
        ];
        Assert.Equal([.. inwards, .. inwards],
            lines.Where(line => line.Contains(" dnat ip", StringComparison.Ordinal)));
        Assert.Contains(
            "ip6 saddr fd00:3::10 ip6 daddr != fd00:3::/64 ip6 daddr < fe80:: snat ip6 to 2001:db8::7 "
                + "comment \"NetNatStaticMapping web6\"",
            lines);
        // A translation takes its mappings with it.
        Assert.Equal(2, Nats.Get("web").StaticMappingCount);
        Nats.Remove("web");
        Assert.Equal("web6", Assert.Single(Nats.ListMappings()).NatName);
        Nats.Remove("web6");
        Assert.Equal(string.Empty, Ruleset());
    });

    /// <summary>A translation, an address inside, a protocol, an address outside, ports outside and inside, and what is
    /// said.</summary>
    private static readonly (string Nat, string Inside, string? Protocol, string? External, string? Ports,
        string? InnerPorts, NetworkErrorCode Code)[] s_impossible =
    [
        ("nowhere", A4, "TCP", null, "80", null, NetworkErrorCode.ObjectNotFound),
        ("web", A6, "TCP", null, "80", null, NetworkErrorCode.InvalidArgument),
        ("web", "10.0.4.1", "TCP", null, "80", null, NetworkErrorCode.InvalidArgument),
        ("web", A4, "TCP", "fd00::1", "80", null, NetworkErrorCode.InvalidArgument),
        ("web", A4, "TCP", "10.0.3.1", "80", null, NetworkErrorCode.InvalidArgument),
        ("web", A4, "TCP", "127.0.0.1", "80", null, NetworkErrorCode.InvalidArgument),
        ("web", A4, "TCP", null, null, null, NetworkErrorCode.InvalidArgument),
        ("web", A4, null, null, "80", null, NetworkErrorCode.InvalidArgument),
        ("web", A4, null, null, null, null, NetworkErrorCode.InvalidArgument),
        ("web", A4, null, "0.0.0.0", null, null, NetworkErrorCode.InvalidArgument),
        ("web", A4, "TCP", null, "80", "80-81", NetworkErrorCode.InvalidArgument),
        ("web", A4, "TCP", null, "80-85", "80-81", NetworkErrorCode.InvalidArgument),
        ("web", A4, "TCP", null, "1-10000", "2-10001", NetworkErrorCode.InvalidArgument),
        ("web", A4, "TCP", null, "8080", null, NetworkErrorCode.ObjectExists),
        ("web", "10.0.3.11", "TCP", null, "8000-9000", null, NetworkErrorCode.ObjectExists),
        ("web", "10.0.3.11", null, "198.51.100.7", null, null, NetworkErrorCode.ObjectExists),
        ("web", "10.0.3.12", null, "198.51.100.8", null, null, NetworkErrorCode.ObjectExists),
        ("web", "10.0.3.12", "9", null, "7", null, NetworkErrorCode.InvalidArgument),
    ];

    // One after the other in one laboratory, as none of them changes it.
    [Fact]
    [Trait("Kernel", "none")]
    public void What_cannot_be_mapped_is_refused_and_changes_nothing() => NatLab.Run(() =>
    {
        Create();
        Nats.AddMapping(new NetNatStaticMappingSpec("web", IPAddress.Parse(A4))
        { Protocol = NatProtocol.TCP, ExternalPort = new PortRange(8080) });
        Nats.AddMapping(new NetNatStaticMappingSpec("web", IPAddress.Parse("10.0.3.12"))
        { ExternalIPAddress = IPAddress.Parse("198.51.100.7") });
        var before = Ruleset();
        foreach (var (nat, inside, protocol, external, ports, innerPorts, code) in s_impossible)
        {
            var error = Assert.Throws<NetworkException>(() =>
                Nats.AddMapping(new NetNatStaticMappingSpec(nat, IPAddress.Parse(inside))
                {
                    Protocol = protocol is null ? null : Enum.Parse<NatProtocol>(protocol),
                    ExternalIPAddress = external is null ? null : IPAddress.Parse(external),
                    ExternalPort = ports is null ? null : new PortRange(ports),
                    InternalPort = innerPorts is null ? null : new PortRange(innerPorts),
                }));
            Assert.Equal((nat, inside, ports, code), (nat, inside, ports, error.Code));
            Assert.Equal(before, Ruleset());
        }
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Other_protocols_and_addresses_do_not_collide() => NatLab.Run(() =>
    {
        Create();
        var spec = new NetNatStaticMappingSpec("web", IPAddress.Parse(A4))
        { Protocol = NatProtocol.TCP, ExternalPort = new PortRange(80) };
        Nats.AddMapping(spec);
        Nats.AddMapping(spec with { Protocol = NatProtocol.UDP });
        Nats.AddMapping(
            spec with { ExternalIPAddress = IPAddress.Parse(Host4), InternalIPAddress = IPAddress.Parse("10.0.3.11") });
        Nats.AddMapping(spec with { NatName = "web6", InternalIPAddress = IPAddress.Parse(A6) });
        Assert.Equal(4, Nats.ListMappings().Count);
        using var a = Talk.Serve("a", ProtocolType.Tcp, A4, 80);
        using var b = Talk.Serve("b", ProtocolType.Tcp, "10.0.3.11", 80);
        Ip("address add 198.51.100.9/24 dev out0");
        Nats.RemoveMapping(Nats.ListMappings().Single(mapping => mapping.InternalIPAddress.ToString() == "10.0.3.11"));
        Assert.Equal($"{Outside4} to 80", Talk.Ask("outside", ProtocolType.Tcp, Host4, 80));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_mapping_that_is_gone_is_not_found() => NatLab.Run(() =>
    {
        Create();
        var mapping = Nats.AddMapping(new NetNatStaticMappingSpec("web", IPAddress.Parse(A4))
        { Protocol = NatProtocol.TCP, ExternalPort = new PortRange(80) });
        Nats.RemoveMapping(mapping);
        Assert.Equal(NetworkErrorCode.ObjectNotFound,
            Assert.Throws<NetworkException>(() => Nats.RemoveMapping(mapping)).Code);
    });

    [Theory]
    [InlineData("0")]
    [InlineData("65536")]
    [InlineData("-1")]
    [InlineData("")]
    [InlineData("http")]
    [InlineData("20-10")]
    [InlineData("1-2-3")]
    [InlineData(" 1")]
    [InlineData("0x50")]
    public void Ports_that_are_none_are_refused(string text) =>
        Assert.Throws<FormatException>(() => new PortRange(text));

    private static string NatOf(string address) => address.Contains(':', StringComparison.Ordinal) ? "web6" : "web";

    private static void Create()
    {
        Nats.Create(new NetNatSpec("web", new IPPrefix("10.0.3.0/24")));
        Nats.Create(new NetNatSpec("web6", new IPPrefix("fd00:3::/64")));
    }
}
