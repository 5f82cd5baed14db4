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
        Assert.Contains("1500 of the underlay 'u0'", link.MtuReason, StringComparison.Ordinal);
        Assert.Equal(mtu, IpJson("-n hosta link show dev superbr0")[0].GetProperty("mtu").GetInt32());
        var shown = IpJson("-n hosta link show dev testgre")[0].GetProperty("linkinfo");
        Assert.Equal(ipv6 ? "ip6gretap" : "gretap", shown.GetProperty("info_kind").GetString());
        Assert.Equal(b.ToString(), shown.GetProperty("info_data").GetProperty("remote").GetString());
        Assert.Equal(a.ToString(), shown.GetProperty("info_data").GetProperty("local").GetString());
        TwoHosts.AddContainers();
        TwoHosts.ProveSegment();
        TwoHosts.ProveDhcp();
        Assert.Equal(0, TwoHosts.Capture().Fragments);

        GreLink Make(NetworkStack stack, IPAddress local, IPAddress remote) =>
            Assert.IsType<GreLink>(stack.Links.Create(
            new GreSpec("testgre", ethernet: true,
                new GreSettings
                {
                    Local = local,
                    Remote = remote,
                    Ttl = 255,
                    Key = options ? 77 : null,
                    Sequence = options,
                    Checksum = options
                })
            { Master = "superbr0", Up = true }));
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Ip_in_gre_routes_between_two_hosts(bool ipv6) => Run(() =>
    {
        NeedsKind(ipv6 ? "ip6gre" : "gre");
        _ = new TwoHosts();
        var (a, b) = Ends(ipv6);
        Assert.Equal(ipv6 ? 1448 : 1476,
            TwoHosts.A.Links.Create(
                new GreSpec("tun0", ethernet: false, new GreSettings { Local = a, Remote = b, Ttl = 64 }) { Up = true })
            .Mtu);
        TwoHosts.B.Links.Create(
            new GreSpec("tun0", ethernet: false, new GreSettings { Local = b, Remote = a, Ttl = 64 }) { Up = true });
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
        var made = Assert.IsType<GreLink>(
            TwoHosts.A.Links.Create(
                new GreSpec("g0", ethernet: true,
                    new GreSettings
                    {
                        Local = a,
                        Remote = b,
                        Ttl = 33,
                        Tos = 0x20,
                        Key = 4_000_000_000,
                        Sequence = true,
                        Checksum = true,
                        IgnoreDf = !ipv6
                    })
                { Device = "u0" }));
        Assert.Equal((4_000_000_000, true, true, !ipv6, "u0"),
            (made.Key, made.Sequence, made.Checksum, made.IgnoreDf, made.Parent));
        var shown = IpJson("-n hosta link show dev g0")[0].GetProperty("linkinfo").GetProperty("info_data");
        Assert.Equal(33, shown.GetProperty("ttl").GetInt32());
        Assert.Equal("238.107.40.0", shown.GetProperty("ikey").GetString());
        Assert.True(shown.GetProperty("iseq").GetBoolean() && shown.GetProperty("ocsum").GetBoolean());

        TwoHosts.A.Links.Change(made,
            new GreSettings
            { Ttl = 99, Sequence = false, Remote = IPAddress.Parse(ipv6 ? "2001:db8::99" : "192.0.2.99") });
        var details = Assert.IsType<GreSettings>(TwoHosts.A.Links.Get("g0").Details);
        Assert.Equal((99, false, true, 4_000_000_000, 0x20, a),
            (details.Ttl, details.Sequence, details.Checksum, details.OutputKey, details.Tos, details.Local!));
        Assert.Equal(ipv6 ? "2001:db8::99" : "192.0.2.99", IpJson("-n hosta link show dev g0")[0]
            .GetProperty("linkinfo").GetProperty("info_data").GetProperty("remote").GetString());

        Ip($"-n hosta link add g1 type {kind} local {a} remote {b} key 5 ttl 44 "
            + (ipv6 ? "encaplimit none tclass 0x10" : "nopmtudisc ignore-df tos 0x10 icsum"));
        details = Assert.IsType<GreSettings>(TwoHosts.A.Links.Get("g1").Details);
        Assert.Equal((a, b, 5L, 5L, 44, 0x10),
            (details.Local!, details.Remote!, details.InputKey, details.OutputKey, details.Ttl, details.Tos));
        Assert.Equal((!ipv6, false), (details.IgnoreDf, details.PathMtuDiscovery));
        TwoHosts.A.Links.Change(TwoHosts.A.Links.Get("g1"), new GreSettings { Key = 6 });
        details = Assert.IsType<GreSettings>(TwoHosts.A.Links.Get("g1").Details);
        Assert.Equal((6L, 44, 0x10, !ipv6), (details.OutputKey, details.Ttl, details.Tos, details.IgnoreDf));
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Each_direction_has_its_key(bool ipv6) => Run(() =>
    {
        NeedsKind(ipv6 ? "ip6gre" : "gre");
        _ = new TwoHosts();
        var (a, b) = Ends(ipv6);
        var near = (GreLink)TwoHosts.A.Links.Create(Spec(a, b, new() { InputKey = 5, OutputKey = 4_000_000_000 }));
        var far = TwoHosts.B.Links.Create(Spec(b, a, new() { InputKey = 4_000_000_000, OutputKey = 5 }));
        Assert.Equal(
            (null, 5L, 4_000_000_000, ipv6 ? 1444 : 1472),
            (near.Key, near.InputKey, near.OutputKey, (int)near.Mtu));
        Assert.Equal(("0.0.0.5", "238.107.40.0"), Shown());
        Ip("-n hosta addr add 10.9.0.1/24 dev g0");
        Ip("-n hostb addr add 10.9.0.2/24 dev g0");
        Assert.True(Pings("10.9.0.2", "hosta"));
        TwoHosts.A.Links.Change(near, new GreSettings { InputKey = 6 });
        Assert.Equal(("0.0.0.6", "238.107.40.0"), Shown());
        Assert.True(IsSilent("10.9.0.2", "hosta"));
        TwoHosts.B.Links.Change(far, new GreSettings { OutputKey = 6 });
        Assert.True(Pings("10.9.0.2", "hosta"));
        var taken = Assert.Throws<NetworkException>(
            () => TwoHosts.A.Links.Create(new GreSpec(
                "g1", false, new() { Local = a, Remote = b, InputKey = 6, OutputKey = 7 })));
        Assert.Equal(NetworkErrorCode.LinkExists, taken.Code);
        Assert.Contains("key 6 exists already: 'g0'", taken.Message, StringComparison.Ordinal);
        Assert.Contains("Key is that of both", Problem(new() { Key = 5, InputKey = 6 }), StringComparison.Ordinal);
        Assert.Contains(
            "one for both directions", Problem(new() { ErspanVersion = 1, Key = 5, InputKey = 5 }, true),
            StringComparison.Ordinal);

        // One key alone, as ip says it.
        Ip($"-n hosta link add g2 type {(ipv6 ? "ip6gre" : "gre")} local {a} remote {b} okey 9");
        var read = (GreLink)TwoHosts.A.Links.Get("g2");
        Assert.Equal((null, null, 9L), (read.Key, read.InputKey, read.OutputKey));

        static GreSpec Spec(IPAddress local, IPAddress remote, GreSettings keys)
            => new("g0", ethernet: false, keys with { Local = local, Remote = remote }) { Up = true };

        static string Problem(GreSettings settings, bool ethernet = false)
            => Assert.Throws<NetworkException>(() => new GreSpec("g1", ethernet, settings).Validate()).Message;

        static (string?, string?) Shown()
        {
            var data = IpJson("-n hosta link show dev g0")[0].GetProperty("linkinfo").GetProperty("info_data");
            return (data.GetProperty("ikey").GetString(), data.GetProperty("okey").GetString());
        }
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Mirrored_frames_cross_with_a_header_of_ERSPAN(bool ipv6) => Run(() =>
    {
        var kind = ipv6 ? "ip6erspan" : "erspan";
        NeedsKind(kind);
        _ = new TwoHosts();
        var (a, b) = Ends(ipv6);
        var settings = new GreSettings { Local = a, Remote = b, Key = 30, ErspanVersion = 1, ErspanIndex = 123 };
        var made = Assert.IsType<GreLink>(TwoHosts.A.Links.Create(new GreSpec("e0", true, settings) { Up = true }));
        TwoHosts.B.Links.Create(
            new GreSpec("e0", true, settings with { Local = b, Remote = a }) { Up = true });
        Assert.Equal(
            (kind, 1, 123, true, ipv6 ? 1422 : 1450),
            (made.Kind, made.ErspanVersion, made.ErspanIndex, made.Sequence, (int)made.Mtu));
        Assert.Equal(123, Shown("e0").GetProperty("erspan_index").GetInt32());
        Ip("-n hosta addr add 10.9.0.1/30 dev e0");
        Ip("-n hostb addr add 10.9.0.2/30 dev e0");
        Assert.True(Pings("10.9.0.2", "hosta"));
        Ip($"netns exec hosta ping -n -c 1 -W 5 -M do -s {made.Mtu - 28} 10.9.0.2");
        TwoHosts.A.Links.Change(made, new GreSettings { ErspanIndex = 99, Ttl = 9 });
        var now = Assert.IsType<GreLink>(TwoHosts.A.Links.Get("e0"));
        Assert.Equal((99, 9, 30L, 1), (now.ErspanIndex, now.Ttl, now.Key, now.ErspanVersion));
        Assert.True(Pings("10.9.0.2", "hosta"));
        var refusal = Assert.Throws<NetworkException>(
            () => TwoHosts.A.Links.Change(made, new GreSettings { ErspanHardwareId = 5 }));
        Assert.Contains("of ERSPAN version 2", refusal.Message, StringComparison.Ordinal);

        settings = new GreSettings
        {
            Local = a,
            Remote = b,
            Ttl = 64,
            Key = 31,
            ErspanVersion = 2,
            ErspanDirection = ErspanDirection.Egress,
            ErspanHardwareId = 17,
        };
        made = Assert.IsType<GreLink>(TwoHosts.A.Links.Create(new GreSpec("e1", true, settings)));
        var ours = Shown("e1");
        Assert.Equal(
            ("egress", "0x11", ipv6 ? 1418 : 1446),
            (ours.GetProperty("erspan_dir").GetString(), ours.GetProperty("erspan_hwid").GetString(), (int)made.Mtu));
        TwoHosts.A.Links.Change(made, new GreSettings { ErspanDirection = ErspanDirection.Ingress });
        Assert.Equal("ingress", Shown("e1").GetProperty("erspan_dir").GetString());
        Ip("-n hosta link del e1");
        Ip($"-n hosta link add e1 type {kind} local {a} remote {b} ttl 64 seq key 31 erspan_ver 2"
            + " erspan_dir egress erspan_hwid 17");
        // ip sets a checksum of what packets are not put into.
        Assert.DoesNotContain(
            ((GreSettings)made.Details!).Differences((GreSettings)TwoHosts.A.Links.Get("e1").Details!),
            item => item.Name != nameof(GreSettings.EncapsulationFlags));
        if (!ipv6)
        {
            settings = new GreSettings { Local = a, Remote = IPAddress.Parse("192.0.2.7"), ErspanVersion = 0 };
            TwoHosts.A.Links.Create(new GreSpec("e2", true, settings));
            Assert.Equal(0, Shown("e2").GetProperty("erspan_ver").GetInt32());
        }

        static System.Text.Json.JsonElement Shown(string link)
            => IpJson($"-n hosta link show dev {link}")[0].GetProperty("linkinfo").GetProperty("info_data");
    });

    [Fact]
    public void The_mark_and_DF_are_changed() => Run(() =>
    {
        NeedsKind("gretap");
        _ = new TwoHosts();
        var (a, b) = Ends(ipv6: false);
        TwoHosts.A.Links.Create(new GreSpec("g0", true, new GreSettings { Local = a, Remote = b, Mark = 5 }));
        Assert.Equal((true, false, 7L), After(new GreSettings { IgnoreDf = true, Mark = 7 }));
        var shown = IpJson("-n hosta link show dev g0")[0].GetProperty("linkinfo").GetProperty("info_data");
        Assert.Equal("0x7", shown.GetProperty("fwmark").GetString());
        var both = new GreSettings { IgnoreDf = false, PathMtuDiscovery = true };
        var error = Assert.Throws<NetworkException>(() => After(both));
        Assert.Contains("another change has to end first", error.Message, StringComparison.Ordinal);
        Assert.Equal((false, false, 7L), After(new GreSettings { IgnoreDf = false }));
        Assert.Equal((false, true, 7L), After(both));

        static (bool? IgnoreDf, bool? PathMtuDiscovery, long? Mark) After(GreSettings change)
        {
            TwoHosts.A.Links.Change(TwoHosts.A.Links.Get("g0"), change);
            var now = (GreLink)TwoHosts.A.Links.Get("g0");
            return (now.IgnoreDf, now.PathMtuDiscovery, now.Mark);
        }
    });

    [Fact]
    public void It_is_made_for_a_container_with_its_underlay_here_and_removed() => Run(() =>
    {
        NeedsKind("gretap");
        _ = new TwoHosts();
        var (a, b) = Ends(ipv6: false);
        var link = TwoHosts.A.Links.Create(
            new GreSpec("eth0", ethernet: true, new GreSettings { Local = a, Remote = b })
            { TargetNamespace = new("ca"), Up = true });
        TwoHosts.B.Links.Create(new GreSpec("eth0", ethernet: true, new GreSettings { Local = b, Remote = a })
        { TargetNamespace = new("cb"), Up = true });
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
        Refused(NetworkErrorCode.LinkExists, "'taken'",
            new GreSpec("g0", true, new GreSettings { Local = a, Remote = b }));
        Refused(NetworkErrorCode.InvalidArgument, "local one too",
            new GreSpec("g0", true, new GreSettings { Local = a, Remote = a }));
        Refused(NetworkErrorCode.AddressNotFound, "no such address",
            new GreSpec("g0", true, new GreSettings { Local = IPAddress.Parse("192.0.2.50"), Remote = b }));
        Refused(NetworkErrorCode.InvalidArgument, "families",
            new GreSpec("g0", true, new GreSettings { Local = a, Remote = TwoHosts.UnderlayB6 }));
        Refused(NetworkErrorCode.InvalidArgument, "Key is 0 to 4294967295, not 4294967296",
            new GreSpec("g0", true, new GreSettings { Local = a, Remote = b, Key = 1L << 32 }));
        Refused(NetworkErrorCode.InvalidArgument, "Ttl is 0 to 255, not 256",
            new GreSpec("g0", true, new GreSettings { Local = a, Remote = b, Ttl = 256 }));
        Refused(NetworkErrorCode.InvalidArgument, "a bridge takes Ethernet frames",
            new GreSpec("g0", false, new GreSettings { Local = a, Remote = b }) { Master = "superbr0" });
        Refused(NetworkErrorCode.InvalidArgument, "no DF",
            new GreSpec("g0", true,
                new GreSettings { Local = TwoHosts.UnderlayA6, Remote = TwoHosts.UnderlayB6, IgnoreDf = true }));

        static void Refused(NetworkErrorCode code, string words, GreSpec spec)
        {
            var error = Assert.Throws<NetworkException>(() => TwoHosts.A.Links.Create(spec));
            Assert.Equal(code, error.Code);
            Assert.Contains(words, error.Message, StringComparison.Ordinal);
            Assert.Null(TwoHosts.A.Links.Find("g0"));
        }
    });

    private static (IPAddress A, IPAddress B) Ends(bool ipv6) => ipv6 ? (TwoHosts.UnderlayA6, TwoHosts.UnderlayB6)
        : (TwoHosts.UnderlayA, TwoHosts.UnderlayB);
}
