using System.Text.Json;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

public class VxlanTests
{
    private static NetworkStack Here => Stacks.Pool.Get();

    [Theory]
    [InlineData(false, 1450)]
    [InlineData(true, 1430)]
    public void Unicast_carries_a_network_between_two_hosts(bool ipv6, int mtu) => Run(() =>
    {
        NeedsKind("vxlan");
        _ = new TwoHosts();
        TwoHosts.AddBridges();
        var (endA, endB) = ipv6 ? (TwoHosts.UnderlayA6, TwoHosts.UnderlayB6) : (TwoHosts.UnderlayA, TwoHosts.UnderlayB);
        var a = Make(TwoHosts.A, endA, endB);
        var b = Make(TwoHosts.B, endB, endA);
        Assert.Equal((mtu, mtu), (a.ChosenMtu, (int)b.Mtu));
        Assert.Contains("1500 of the underlay 'u0'", a.MtuReason, StringComparison.Ordinal);
        Assert.Contains("superbr0", a.MtuReason, StringComparison.Ordinal);
        Assert.Equal(mtu, IpJson("-n hosta link show dev superbr0")[0].GetProperty("mtu").GetInt32());
        var shown = IpJson("-n hosta link show dev vx0")[0].GetProperty("linkinfo").GetProperty("info_data");
        Assert.Equal((100, 4789), (shown.GetProperty("id").GetInt32(), shown.GetProperty("port").GetInt32()));
        Assert.Equal(endB.ToString(), shown.GetProperty(ipv6 ? "remote6" : "remote").GetString());
        Assert.Equal(endA.ToString(), shown.GetProperty(ipv6 ? "local6" : "local").GetString());
        TwoHosts.AddContainers();
        TwoHosts.ProveSegment();
        TwoHosts.ProveDhcp();

        static VxlanLink Make(NetworkStack stack, IPAddress local, IPAddress remote)
            => Assert.IsType<VxlanLink>(
                stack.Links.Create(new VxlanSpec("vx0", new VxlanSettings { Vni = 100, Local = local, Remote = remote })
                { Master = "superbr0", Up = true }));
    });

    [Fact]
    public void Several_remotes_are_flooded_to_through_the_forwarding_table() => Run(() =>
    {
        NeedsKind("vxlan");
        Ip("link add eth0 type veth peer name far");
        Ip("addr add 192.0.2.1/24 dev eth0");
        Ip("link set eth0 up");
        var link = Assert.IsType<VxlanLink>(
            Here.Links.Create(
                new VxlanSpec("vx0", new VxlanSettings
                {
                    Vni = 7,
                    Local = IPAddress.Parse("192.0.2.1"),
                    Remote = IPAddress.Parse("192.0.2.2")
                })
                {
                    FurtherRemotes = [IPAddress.Parse("192.0.2.3"),
                    IPAddress.Parse("192.0.2.4")]
                }));
        Assert.Equal("192.0.2.2", link.Remote!.ToString());
        var hosts = JsonDocument.Parse(Execute("bridge", "-j", "fdb", "show", "dev", "vx0"))
            .RootElement.EnumerateArray()
            .Where(entry => entry.GetProperty("mac").GetString() == "00:00:00:00:00:00")
            .Select(entry => entry.GetProperty("dst").GetString()).Order();
        Assert.Equal(["192.0.2.2", "192.0.2.3", "192.0.2.4"], hosts);
    });

    [Fact]
    public void A_group_is_joined_on_its_device_and_settings_change() => Run(() =>
    {
        NeedsKind("vxlan");
        Ip("link add eth0 mtu 1400 type veth peer name far");
        Ip("addr add 192.0.2.1/24 dev eth0");
        var link = Assert.IsType<VxlanLink>(
            Here.Links.Create(
                new VxlanSpec("vx0", new VxlanSettings
                {
                    Vni = 7,
                    MulticastGroup = IPAddress.Parse("239.1.1.1"),
                    Ttl = 8,
                    Tos = 16,
                    SourcePort = new PortRange(40000, 41000),
                    Learning = false,
                    AgeingTime = TimeSpan.FromSeconds(60),
                    MaxAddresses = 10
                })
                { Device = "eth0" }));
        Assert.Equal(("eth0", 1350, "239.1.1.1"), (link.Parent, (int)link.Mtu, link.MulticastGroup!.ToString()));
        Assert.Null(link.Remote);
        var shown = IpJson("link show dev vx0")[0].GetProperty("linkinfo").GetProperty("info_data");
        Assert.Equal("239.1.1.1", shown.GetProperty("group").GetString());
        Assert.Equal("eth0", shown.GetProperty("link").GetString());
        Assert.Equal((8, 60, 10),
            (shown.GetProperty("ttl").GetInt32(), shown.GetProperty("ageing").GetInt32(), shown.GetProperty("limit")
                .GetInt32()));
        Assert.Equal((40000, 41000),
            (shown.GetProperty("port_range").GetProperty("low").GetInt32(), shown.GetProperty("port_range")
                .GetProperty("high").GetInt32()));
        Assert.False(shown.GetProperty("learning").GetBoolean());

        Here.Links.Change(link, new VxlanSettings { Ttl = 9, Learning = true, AgeingTime = TimeSpan.FromSeconds(30) });
        shown = IpJson("link show dev vx0")[0].GetProperty("linkinfo").GetProperty("info_data");
        Assert.Equal((9, 30, true),
            (shown.GetProperty("ttl").GetInt32(), shown.GetProperty("ageing").GetInt32(), shown.GetProperty("learning")
                .GetBoolean()));
        Assert.Equal("239.1.1.1", shown.GetProperty("group").GetString());
    });

    [Fact]
    public void What_iproute2_made_is_read() => Run(() =>
    {
        NeedsKind("vxlan");
        Ip("link add vx1 type vxlan id 16777215 remote 2001:db8::9 local 2001:db8::1 dstport 8472 srcport 5000 6000 " +
            "ttl 3 tos 4 nolearning ageing 77 maxaddress 5 proxy rsc l2miss l3miss udpcsum udp6zerocsumtx " +
            "udp6zerocsumrx gbp");
        var details = Assert.IsType<VxlanSettings>(Here.Links.Get("vx1").Details);
        Assert.Equal((16777215, "2001:db8::9", "2001:db8::1", 8472),
            (details.Vni, details.Remote!.ToString(), details.Local!.ToString(), details.Port));
        Assert.Equal((5000, 6000, 3, 4, 77, 5L),
            (details.SourcePortLow, details.SourcePortHigh, details.Ttl, details.Tos,
                (int)details.AgeingTime!.TotalSeconds, details.MaxAddresses));
        Assert.True(details is
        {
            Learning: false, ArpProxy: true, RouteShortCircuit: true, NotifyMissingMac: true,
            NotifyMissingIP: true, UdpChecksum: true, UdpZeroChecksum6Send: true, UdpZeroChecksum6Receive: true,
            GroupPolicy: true
        });
        Ip("link add vx2 type vxlan external dstport 4790");
        Assert.True(Assert.IsType<VxlanSettings>(Here.Links.Get("vx2").Details).External);
    });

    [Fact]
    [Trait("Kernel", "any")]
    public void Local_bypass_is_on_unless_switched_off_and_can_be_changed() => Run(() =>
    {
        NeedsKind("vxlan");
        Ip("link add eth0 type veth peer name far");
        Ip("addr add 192.0.2.1/24 dev eth0");
        var usual = (VxlanLink)Here.Links.Create(
            new VxlanSpec("vx0", new VxlanSettings { Vni = 1, Remote = IPAddress.Parse("192.0.2.2") }));
        if (Environment.OSVersion.Version < new Version(6, 5))
        {
            Assert.Null(usual.LocalBypass);
            // It is neither made without it, nor changed to something that it has not.
            var spec = new VxlanSpec("vx1", new VxlanSettings { Vni = 2, LocalBypass = false });
            var refusals = new[]
            {
                Assert.Throws<NetworkException>(() => Here.Links.Create(spec)),
                Assert.Throws<NetworkException>(
                    () => Here.Links.Change(usual, new VxlanSettings { LocalBypass = false, Ttl = 7 })),
            };
            Assert.All(refusals, refusal => Assert.Equal(
                (NetworkErrorCode.NotSupported, true),
                (refusal.Code, refusal.Message.Contains("LocalBypass (Linux 6.5)", StringComparison.Ordinal))));
            Assert.Null(Here.Links.Find("vx1"));
            Assert.NotEqual(7, ((VxlanLink)Here.Links.Get("vx0")).Ttl);
            return;
        }

        Assert.True(usual.LocalBypass);
        var off = (VxlanLink)Here.Links.Create(new VxlanSpec(
            "vx1", new VxlanSettings { Vni = 2, Remote = IPAddress.Parse("192.0.2.2"), LocalBypass = false }));
        Assert.False(off.LocalBypass);
        Here.Links.Change(off, new VxlanSettings { LocalBypass = true });
        Assert.True(((VxlanLink)Here.Links.Get("vx1")).LocalBypass);
        Assert.True(((VxlanLink)Here.Links.Get("vx0")).LocalBypass);
    });

    [Fact]
    public void Settings_of_the_header_go_there_and_back() => Run(() =>
    {
        NeedsKind("vxlan");
        var settings = new VxlanSettings
        {
            Vni = 9,
            Remote = IPAddress.Parse("2001:db8::9"),
            TtlInherit = true,
            Df = TunnelDf.Set,
            FlowLabel = 0x12345,
            GroupPolicy = true,
            UdpZeroChecksum6Receive = true,
        };
        var made = Here.Links.Create(new VxlanSpec("vx0", settings));
        var set = DeclaredSet.Of(settings);
        Assert.Empty(set.Differing(settings, made.Details!).Intersect(set.SetIn(settings)));
        var shown = Shown();
        Assert.False(shown.TryGetProperty("ttl", out _));
        Assert.Equal(("set", "0x12345"), (Text("df"), Text("label")));
        Assert.True(shown.TryGetProperty("gbp", out _));
        Here.Links.Change(made, new VxlanSettings { Df = TunnelDf.Inherit, FlowLabel = 7 });
        shown = Shown();
        Assert.Equal(("inherit", "0x7"), (Text("df"), Text("label")));
        var refusal = Assert.Throws<NetworkException>(
            () => Here.Links.Change(made, new VxlanSettings { TtlInherit = false }));
        Assert.Contains("chosen when the link is created", refusal.Message, StringComparison.Ordinal);
        Ip("link del vx0");
        Ip("link add vx0 type vxlan id 9 remote 2001:db8::9 dstport 4789 ttl inherit df inherit flowlabel 7 gbp"
            + " udp6zerocsumrx");
        Assert.Equal(
            settings with { Df = TunnelDf.Inherit, FlowLabel = 7 },
            Declarations.Declared.Overlap(
                new VxlanSettings(), (VxlanSettings)Here.Links.Get("vx0").Details!, settings,
                VxlanSettings.Properties));

        var external = new VxlanSettings { External = true, GenericProtocolExtension = true, Port = 4790 };
        var generic = (VxlanLink)Here.Links.Create(new VxlanSpec("vx1", external));
        Assert.Equal((true, true, 1444), (generic.External, generic.GenericProtocolExtension, (int)generic.Mtu));
        Assert.Equal("none", IpJson("link show dev vx1")[0].GetProperty("link_type").GetString());

        JsonElement Shown() => IpJson("link show dev vx0")[0].GetProperty("linkinfo").GetProperty("info_data");
        string? Text(string name) => shown.GetProperty(name).GetString();
    });

    [Theory]
    [Trait("Kernel", "any")]
    [InlineData("6.8")]
    [InlineData("6.14")]
    public void What_a_kernel_is_too_old_for_is_refused_and_on_others_it_goes_there_and_back(string since) => Run(() =>
    {
        NeedsKind("vxlan");
        var settings = new VxlanSettings { Vni = 9, Remote = IPAddress.Parse("2001:db8::9") };
        settings = since == "6.8" ? settings with { FlowLabelPolicy = VxlanLabelPolicy.Inherit }
            : settings with { ReservedBits = new VxlanHeaderBits("0x00ffffff000000ff") };
        VxlanLink? made = null;
        void Create() => made = (VxlanLink)Here.Links.Create(new VxlanSpec("vx0", settings));
        if (Environment.OSVersion.Version < new Version(since))
        {
            var refusal = Assert.Throws<NetworkException>(Create);
            Assert.Equal(NetworkErrorCode.NotSupported, refusal.Code);
            Assert.Contains($"(Linux {since})", refusal.Message, StringComparison.Ordinal);
            Assert.Null(Here.Links.Find("vx0"));
            return;
        }

        Create();
        var set = DeclaredSet.Of(settings);
        Assert.Empty(set.Differing(settings, made!.Details!).Intersect(set.SetIn(settings)));
        if (since != "6.8")
            return;
        Here.Links.Change(made, new VxlanSettings { FlowLabelPolicy = VxlanLabelPolicy.Fixed });
        Assert.Equal(VxlanLabelPolicy.Fixed, ((VxlanLink)Here.Links.Get("vx0")).FlowLabelPolicy);
    });

    [Fact]
    public void What_cannot_be_is_refused_and_nothing_stays() => Run(() =>
    {
        NeedsKind("vxlan");
        Ip("link add eth0 type veth peer name far");
        Ip("addr add 192.0.2.1/24 dev eth0");
        Ip("link set eth0 up");
        var own = IPAddress.Parse("192.0.2.1");
        var other = IPAddress.Parse("192.0.2.2");
        Refused(NetworkErrorCode.InvalidArgument, "Vni is 0 to 16777215, not 16777216",
            new VxlanSpec("vx0", new VxlanSettings { Vni = 1 << 24, Remote = other }));
        Refused(NetworkErrorCode.InvalidArgument, "Vni is 0 to 16777215, not -1",
            new VxlanSpec("vx0", new VxlanSettings { Vni = -1, Remote = other }));
        Refused(NetworkErrorCode.InvalidArgument, "its local one too",
            new VxlanSpec("vx0", new VxlanSettings { Vni = 1, Local = own, Remote = own }));
        Refused(NetworkErrorCode.InvalidArgument, "itself",
            new VxlanSpec("vx0", new VxlanSettings { Vni = 1, Remote = own }));
        Refused(NetworkErrorCode.AddressNotFound, "no such address",
            new VxlanSpec("vx0", new VxlanSettings { Vni = 1, Local = IPAddress.Parse("192.0.2.77"), Remote = other }));
        Refused(NetworkErrorCode.AddressNotFound, "no such address",
            new VxlanSpec("vx0", new VxlanSettings { Vni = 1, Local = IPAddress.Parse("2001:db8::77") }));
        Refused(NetworkErrorCode.InvalidArgument, "families",
            new VxlanSpec("vx0", new VxlanSettings { Vni = 1, Local = own, Remote = IPAddress.Parse("2001:db8::2") }));
        Refused(NetworkErrorCode.InvalidArgument, "needs a device",
            new VxlanSpec("vx0", new VxlanSettings { Vni = 1, MulticastGroup = IPAddress.Parse("239.0.0.1") }));
        Refused(NetworkErrorCode.InvalidArgument, "not a multicast",
            new VxlanSpec("vx0", new VxlanSettings { Vni = 1, MulticastGroup = other }) { Device = "eth0" });
        Refused(NetworkErrorCode.LinkNotFound, "nope",
            new VxlanSpec("vx0", new VxlanSettings { Vni = 1, Remote = other }) { Device = "nope" });
        Refused(NetworkErrorCode.LinkNotFound, "nobr",
            new VxlanSpec("vx0", new VxlanSettings { Vni = 1, Remote = other }) { Master = "nobr" });
        Refused(NetworkErrorCode.InvalidArgument, "Port is 1 to 65535, not 0",
            new VxlanSpec("vx0", new VxlanSettings { Vni = 1, Remote = other, Port = 0 }));
        Ip("link add taken type vxlan id 5 remote 192.0.2.9 dstport 4789");
        Refused(NetworkErrorCode.LinkExists, "'taken'",
            new VxlanSpec("vx0", new VxlanSettings { Vni = 5, Remote = other }));

        static void Refused(NetworkErrorCode code, string words, VxlanSpec spec)
        {
            var error = Assert.Throws<NetworkException>(() => Here.Links.Create(spec));
            Assert.Equal(code, error.Code);
            Assert.Contains(words, error.Message, StringComparison.Ordinal);
            Assert.Null(Here.Links.Find("vx0"));
        }
    });

    [Fact]
    public void It_is_born_in_a_container_with_its_underlay_here() => Run(() =>
    {
        NeedsKind("vxlan");
        _ = new TwoHosts(underlayMtu: 9000);
        var (a, b) = (TwoHosts.UnderlayA, TwoHosts.UnderlayB);
        var link = TwoHosts.A.Links.Create(new VxlanSpec("eth0", new VxlanSettings { Vni = 9, Local = a, Remote = b })
        { TargetNamespace = new("ca"), Up = true });
        TwoHosts.B.Links.Create(new VxlanSpec("eth0", new VxlanSettings { Vni = 9, Local = b, Remote = a })
        { TargetNamespace = new("cb"), Up = true });
        Assert.Equal((8950, "ca"), ((int)link.Mtu, link.Namespace.Text));
        Ip("-n ca addr add 10.1.0.1/24 dev eth0");
        Ip("-n cb addr add 10.1.0.2/24 dev eth0");
        Assert.True(Pings("10.1.0.2", "ca"));
    });

    [Fact]
    public void A_bridge_with_an_mtu_of_its_own_is_fitted_too() => Run(() =>
    {
        NeedsKind("vxlan");
        _ = new TwoHosts();
        TwoHosts.AddBridges();
        Ip("-n hosta link set superbr0 mtu 1490");
        var spec = new VxlanSpec("vx0", new VxlanSettings { Vni = 1, Remote = TwoHosts.UnderlayB })
        { Master = "superbr0" };
        var link = Assert.IsType<VxlanLink>(TwoHosts.A.Links.Create(spec));
        Assert.Contains("1490 and now has the same", link.MtuReason, StringComparison.Ordinal);
        Assert.Equal(1450, IpJson("-n hosta link show dev superbr0")[0].GetProperty("mtu").GetInt32());
        TwoHosts.A.Links.Remove([link]);
        // A route's own limit counts too, and the user's word most.
        Ip("-n hosta route add 198.51.100.0/24 via 192.0.2.2 mtu 1300");
        Assert.Equal(1250,
            TwoHosts.A.Links.Create(
                new VxlanSpec("vx1", new VxlanSettings { Vni = 1, Remote = IPAddress.Parse("198.51.100.1") })).Mtu);
        link = Assert.IsType<VxlanLink>(
            TwoHosts.A.Links.Create(new VxlanSpec("vx2", new VxlanSettings { Vni = 2, Remote = TwoHosts.UnderlayB })
            { Mtu = 1500 }));
        Assert.Equal((1500, (int?)null), ((int)link.Mtu, link.ChosenMtu));
        Assert.Contains("more than fits", link.MtuReason, StringComparison.Ordinal);
    });
}
