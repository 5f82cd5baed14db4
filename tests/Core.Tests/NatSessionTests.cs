using System.Net.Sockets;
using LxcNetworking.Nat;
using LxcNetworking.Values;
using static LxcNetworking.Tests.NatLab;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>Connections that the kernel tracks already when a translation is made, changed or removed.</summary>
public class NatSessionTests
{
    [Theory]
    [InlineData("10.0.3.0/24", "10.0.3.10", "10.0.3.11", Host4, Outside4, true)]
    [InlineData("fd00:3::/64", "fd00:3::10", "fd00:3::11", Host6, Outside6, false)]
    [Trait("Kernel", "none")]
    public void A_running_flow_follows_a_mapping_at_once(
        string prefix, string first, string second, string host, string outside, bool anyAddress) => NatLab.Run(() =>
    {
        using var a = Talk.Serve("a", ProtocolType.Udp, first, 80);
        using var b = Talk.Serve("b", ProtocolType.Udp, second, 81);
        Nats.Create(new NetNatSpec("web", new IPPrefix(prefix)));
        using var flow = Talk.Open("outside", host, 5353);
        Assert.True(flow.IsSilent());
        var spec = new NetNatStaticMappingSpec("web", IPAddress.Parse(first))
        {
            Protocol = NatProtocol.UDP,
            ExternalIPAddress = anyAddress ? null : IPAddress.Parse(host),
            ExternalPort = new PortRange("5000-6000"),
            InternalPort = new PortRange(80),
        };
        var mapping = Nats.AddMapping(spec);
        Assert.Equal($"{outside} to 80", flow.Ask());
        var session = Assert.Single(Nats.ListSessions(), item => item.ProtocolNumber == 17);
        Assert.Equal(
            ("web", "UDP", false, first, 80, outside, flow.Port, host, 5353, outside, flow.Port, true),
            (session.NatName, session.Protocol, session.IsFromInside, session.InternalSourceAddress.ToString(),
                session.InternalSourcePort, session.InternalDestinationAddress.ToString(),
                session.InternalDestinationPort, session.ExternalSourceAddress.ToString(), session.ExternalSourcePort,
                session.ExternalDestinationAddress.ToString(), session.ExternalDestinationPort, session.IsAnswered));

        Nats.RemoveMapping(mapping);
        Assert.DoesNotContain(Nats.ListSessions(), item => item.ProtocolNumber == 17);
        Assert.True(flow.IsSilent());
        Nats.AddMapping(spec with { InternalIPAddress = IPAddress.Parse(second), InternalPort = new PortRange(81) });
        Assert.Equal($"{outside} to 81", flow.Ask());
        // Nothing of another mapping or port ends.
        using var other = Talk.Open("outside", host, 5354);
        Assert.Equal($"{outside} to 81", other.Ask());
        Nats.AddMapping(spec with { ExternalPort = new PortRange(7000) });
        Assert.Equal(2, Nats.ListSessions().Count(item => item.ProtocolNumber == 17));
        Nats.Remove("web");
        Assert.Empty(Nats.ListSessions());
        Assert.True(flow.IsSilent());
    });

    [Theory]
    [InlineData("10.0.3.0/24", "10.0.3.10", "198.51.100.7", Host4, Outside4)]
    [InlineData("fd00:3::/64", "fd00:3::10", "2001:db8::7", Host6, Outside6)]
    [Trait("Kernel", "none")]
    public void What_leaves_is_translated_at_once(
        string prefix, string inside, string external, string host, string outside) => NatLab.Run(() =>
    {
        Ip($"address add {external}/{(inside.Contains(':', StringComparison.Ordinal) ? "64" : "24")} dev out0 "
            + (inside.Contains(':', StringComparison.Ordinal) ? "nodad preferred_lft 0" : string.Empty));
        Load("table inet other { chain f { type filter hook forward priority 0; ct state new accept; }; }");
        foreach (var setting in new[] { "ipv4/ip_forward", "ipv6/conf/all/forwarding" })
            File.WriteAllText("/proc/sys/net/" + setting, "1");
        using var flow = Talk.Open("a", outside, 7);
        Assert.True(flow.IsSilent());
        Nats.Create(new NetNatSpec("web", new IPPrefix(prefix)));
        // It knows no way to the container's own address.
        using var far = Talk.Serve("outside", ProtocolType.Udp, outside, 7);
        Assert.Equal($"{host} to 7", flow.Ask());
        var session = Assert.Single(Nats.ListSessions(), item => item.ProtocolNumber == 17);
        Assert.Equal(
            ("web", true, inside, flow.Port, outside, 7, host),
            (session.NatName, session.IsFromInside, session.InternalSourceAddress.ToString(),
                session.InternalSourcePort, session.InternalDestinationAddress.ToString(),
                session.InternalDestinationPort, session.ExternalSourceAddress.ToString()));
        Assert.Contains(" as ", $"{session}", StringComparison.Ordinal);

        var mapping = Nats.AddMapping(
            new NetNatStaticMappingSpec("web", IPAddress.Parse(inside))
            { ExternalIPAddress = IPAddress.Parse(external) });
        Assert.Equal($"{external} to 7", flow.Ask());
        Nats.RemoveMapping(mapping);
        Assert.Equal($"{host} to 7", flow.Ask());
        Nats.Remove("web");
        Assert.DoesNotContain(Nats.ListSessions(), item => item.ProtocolNumber == 17);
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_connection_of_tcp_stays_with_who_answered_it() => NatLab.Run(() =>
    {
        Nats.Create(new NetNatSpec("web", new IPPrefix("10.0.3.0/24")));
        using var listener = new TcpListener(IPAddress.Parse(Host4), 8022);
        listener.Start();
        using var file = File.OpenHandle("/run/netns/outside");
        using var client = Netlink.NamespaceExecutor.Run(file, () => new TcpClient(AddressFamily.InterNetwork));
        client.Connect(IPAddress.Parse(Host4), 8022);
        using var server = listener.AcceptTcpClient();
        Nats.AddMapping(new NetNatStaticMappingSpec("web", IPAddress.Parse("10.0.3.10"))
        { Protocol = NatProtocol.TCP, ExternalPort = new PortRange(8022), InternalPort = new PortRange(22) });
        client.GetStream().Write("on"u8);
        var buffer = new byte[2];
        server.GetStream().ReadExactly(buffer);
        Assert.Equal("on"u8, buffer);

        using var inner = Talk.Serve("a", ProtocolType.Tcp, "10.0.3.10", 22);
        Assert.Equal($"{Outside4} to 22", Talk.Ask("outside", ProtocolType.Tcp, Host4, 8022));
        var session = Assert.Single(Nats.ListSessions());
        Assert.Equal(("TCP", "10.0.3.10", 22, 8022), (session.Protocol, session.InternalSourceAddress.ToString(),
            session.InternalSourcePort, session.ExternalSourcePort));
        Assert.NotNull(session.State);
        Assert.InRange(session.Timeout!.TotalSeconds, 1, 5 * 86400);
    });
}
