using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

public class GreTests
{
    [Theory]
    [InlineData(false, false, 1462)]
    [InlineData(true, false, 1434)]
    [InlineData(false, true, 1450)]
    public void Ethernet_in_gre_carries_a_network_between_two_hosts(bool ipv6, bool options, int mtu) => Run(() =>
    {
        NeedsKind(ipv6 ? "ip6gretap" : "gretap");
        _ = new TwoHosts();
        TwoHosts.AddBridges();
        var (a, b) = Ends(ipv6);
        var link = Make(TwoHosts.A, a, b);
        Make(TwoHosts.B, b, a);
        Assert.Equal((mtu, mtu), ((int)link.Mtu, link.ChosenMtu));
        Assert.Equal((a, b, 255), (link.Local!, link.Remote!, link.Ttl));
        Assert.Contains("1500 of 'u0'", link.MtuReason, StringComparison.Ordinal);
        Assert.Equal(mtu, IpJson("-n hosta link show dev superbr0")[0].GetProperty("mtu").GetInt32());
        var shown = IpJson("-n hosta link show dev testgre")[0].GetProperty("linkinfo");
        Assert.Equal(ipv6 ? "ip6gretap" : "gretap", shown.GetProperty("info_kind").GetString());
        Assert.Equal(b.ToString(), shown.GetProperty("info_data").GetProperty("remote").GetString());
        Assert.Equal(a.ToString(), shown.GetProperty("info_data").GetProperty("local").GetString());
        TwoHosts.AddContainers();
        TwoHosts.ProveSegment();
        TwoHosts.ProveDhcp();
        Assert.Equal(0, TwoHosts.Capture().Fragments);

        GreLink Make(NetworkStack stack, IPAddress local, IPAddress remote) => Assert.IsType<GreLink>(stack.Links.Create(
            new GreSpec("testgre", ethernet: true, new GreSettings { Local = local, Remote = remote, Ttl = 255, Key = options ? 77 : null, Sequence = options, Checksum = options }) { Master = "superbr0", Up = true }));
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Ip_in_gre_routes_between_two_hosts(bool ipv6) => Run(() =>
    {
        NeedsKind(ipv6 ? "ip6gre" : "gre");
        _ = new TwoHosts();
        var (a, b) = Ends(ipv6);
        Assert.Equal(ipv6 ? 1448 : 1476, TwoHosts.A.Links.Create(new GreSpec("tun0", ethernet: false, new GreSettings { Local = a, Remote = b, Ttl = 64 }) { Up = true }).Mtu);
        TwoHosts.B.Links.Create(new GreSpec("tun0", ethernet: false, new GreSettings { Local = b, Remote = a, Ttl = 64 }) { Up = true });
        Ip("-n hosta addr add 10.9.0.1/30 dev tun0");
        Ip("-n hostb addr add 10.9.0.2/30 dev tun0");
        Assert.True(Pings("10.9.0.2", "hosta"));
        TwoHosts.ProveStream("hosta", "hostb", "10.9.0.2");
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_setting_goes_there_and_back(bool ipv6) => Run(() =>
    {
        var kind = ipv6 ? "ip6gretap" : "gretap";
        NeedsKind(kind);
        _ = new TwoHosts();
        var (a, b) = Ends(ipv6);
        var made = Assert.IsType<GreLink>(TwoHosts.A.Links.Create(new GreSpec("g0", ethernet: true, new GreSettings { Local = a, Remote = b, Ttl = 33, Tos = 0x20, Key = 4_000_000_000, Sequence = true, Checksum = true, IgnoreDf = !ipv6 }) { Device = "u0" }));
        Assert.Equal((4_000_000_000, true, true, !ipv6, "u0"), (made.Key, made.Sequence, made.Checksum, made.IgnoreDf, made.Parent));
        var shown = IpJson("-n hosta link show dev g0")[0].GetProperty("linkinfo").GetProperty("info_data");
        Assert.Equal(33, shown.GetProperty("ttl").GetInt32());
        Assert.Equal("238.107.40.0", shown.GetProperty("ikey").GetString());
        Assert.True(shown.GetProperty("iseq").GetBoolean() && shown.GetProperty("ocsum").GetBoolean());

        TwoHosts.A.Links.Change(made, new GreSettings { Ttl = 99, Sequence = false, Remote = IPAddress.Parse(ipv6 ? "2001:db8::99" : "192.0.2.99") });
        var details = Assert.IsType<GreSettings>(TwoHosts.A.Links.Get("g0").Details);
        Assert.Equal((99, false, true, 4_000_000_000, 0x20, a), (details.Ttl, details.Sequence, details.Checksum, details.OutputKey, details.Tos, details.Local!));
        Assert.Equal(ipv6 ? "2001:db8::99" : "192.0.2.99", IpJson("-n hosta link show dev g0")[0].GetProperty("linkinfo").GetProperty("info_data").GetProperty("remote").GetString());

        Ip($"-n hosta link add g1 type {kind} local {a} remote {b} key 5 ttl 44 " + (ipv6 ? "encaplimit none tclass 0x10" : "nopmtudisc ignore-df tos 0x10 icsum"));
        details = Assert.IsType<GreSettings>(TwoHosts.A.Links.Get("g1").Details);
        Assert.Equal((a, b, 5L, 5L, 44, 0x10), (details.Local!, details.Remote!, details.InputKey, details.OutputKey, details.Ttl, details.Tos));
        Assert.Equal((!ipv6, false), (details.IgnoreDf, details.PathMtuDiscovery));
        TwoHosts.A.Links.Change(TwoHosts.A.Links.Get("g1"), new GreSettings { Key = 6 });
        details = Assert.IsType<GreSettings>(TwoHosts.A.Links.Get("g1").Details);
        Assert.Equal((6L, 44, 0x10, !ipv6), (details.OutputKey, details.Ttl, details.Tos, details.IgnoreDf));
    });

    [Fact]
    public void It_is_made_for_a_container_with_its_underlay_here_and_removed() => Run(() =>
    {
        NeedsKind("gretap");
        _ = new TwoHosts();
        var (a, b) = Ends(ipv6: false);
        var link = TwoHosts.A.Links.Create(new GreSpec("eth0", ethernet: true, new GreSettings { Local = a, Remote = b }) { TargetNamespace = new("ca"), Up = true });
        TwoHosts.B.Links.Create(new GreSpec("eth0", ethernet: true, new GreSettings { Local = b, Remote = a }) { TargetNamespace = new("cb"), Up = true });
        Assert.Equal("ca", link.Namespace.Text);
        Ip("-n ca addr add 10.1.0.1/24 dev eth0");
        Ip("-n cb addr add 10.1.0.2/24 dev eth0");
        Assert.True(Pings("10.1.0.2", "ca"));
        Assert.Empty(Stacks.Pool.Get(new("ca")).Links.Remove([link]));
        Assert.Null(Stacks.Pool.Get(new("ca")).Links.Find("eth0"));
    });

    [Fact]
    public void What_cannot_be_is_refused_and_nothing_stays() => Run(() =>
    {
        NeedsKind("gretap");
        _ = new TwoHosts();
        var (a, b) = Ends(ipv6: false);
        TwoHosts.A.Links.Create(new GreSpec("taken", ethernet: true, new GreSettings { Local = a, Remote = b }));
        Refused(NetworkErrorCode.LinkExists, "'taken'", new GreSpec("g0", true, new GreSettings { Local = a, Remote = b }));
        Refused(NetworkErrorCode.InvalidArgument, "local one too", new GreSpec("g0", true, new GreSettings { Local = a, Remote = a }));
        Refused(NetworkErrorCode.AddressNotFound, "no such address", new GreSpec("g0", true, new GreSettings { Local = IPAddress.Parse("192.0.2.50"), Remote = b }));
        Refused(NetworkErrorCode.InvalidArgument, "families", new GreSpec("g0", true, new GreSettings { Local = a, Remote = TwoHosts.UnderlayB6 }));
        Refused(NetworkErrorCode.InvalidArgument, "32 bits", new GreSpec("g0", true, new GreSettings { Local = a, Remote = b, Key = 1L << 32 }));
        Refused(NetworkErrorCode.InvalidArgument, "TTL", new GreSpec("g0", true, new GreSettings { Local = a, Remote = b, Ttl = 256 }));
        Refused(NetworkErrorCode.InvalidArgument, "a bridge takes Ethernet frames", new GreSpec("g0", false, new GreSettings { Local = a, Remote = b }) { Master = "superbr0" });
        Refused(NetworkErrorCode.InvalidArgument, "no DF", new GreSpec("g0", true, new GreSettings { Local = TwoHosts.UnderlayA6, Remote = TwoHosts.UnderlayB6, IgnoreDf = true }));

        static void Refused(NetworkErrorCode code, string words, GreSpec spec)
        {
            var error = Assert.Throws<NetworkException>(() => TwoHosts.A.Links.Create(spec));
            Assert.Equal(code, error.Code);
            Assert.Contains(words, error.Message, StringComparison.Ordinal);
            Assert.Null(TwoHosts.A.Links.Find("g0"));
        }
    });

    private static (IPAddress A, IPAddress B) Ends(bool ipv6) => ipv6 ? (TwoHosts.UnderlayA6, TwoHosts.UnderlayB6) : (TwoHosts.UnderlayA, TwoHosts.UnderlayB);
}
