using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

public class OtherKindTests
{
    private static NetworkStack Here => Stacks.Pool.Get();

    [Fact]
    public void A_dummy_holds_an_address() => Run(() =>
    {
        NeedsKind("dummy");
        Stacks.Pool.Namespaces.Create("web");
        var made = Here.Links.Create(new LinkSpec("d0", new DummySettings())
        { Up = true, Mtu = 9000, MacAddress = MacAddress.Parse("02:00:00:00:00:07") });
        var shown = IpJson("link show dev d0")[0];
        Assert.Equal(("dummy", 9000, "02:00:00:00:00:07"),
            (shown.GetProperty("linkinfo").GetProperty("info_kind").GetString(), shown.GetProperty("mtu").GetInt32(),
                shown.GetProperty("address").GetString()));
        var moved = Here.Links.Move(made, new("web"), "d1", up: true);
        Ip("-n web addr add 192.0.2.1/32 dev d1");
        Assert.True(Pings("192.0.2.1", "web"));
        Assert.Empty(Stacks.Pool.Get(new("web")).Links.Remove([moved]));
        Ip("link add d2 type dummy");
        Assert.Equal("dummy", Here.Links.Get("d2").Kind);
    });

    [Fact]
    public void An_ifb_is_made() => Run(() =>
    {
        NeedsKind("ifb");
        Here.Links.Create(new LinkSpec("i0", new IfbSettings()) { Up = true });
        Assert.Equal("ifb", IpJson("link show dev i0")[0].GetProperty("linkinfo").GetProperty("info_kind").GetString());
    });

    [Fact]
    public void A_vrf_has_a_table_and_takes_ports() => Run(() =>
    {
        NeedsKind("vrf");
        var made = Assert.IsType<VrfLink>(
            Here.Links.Create(new LinkSpec("red", new VrfSettings { Table = 4_000_000_000 }) { Up = true }));
        Assert.Equal(4_000_000_000, made.Table);
        Assert.Equal(4_000_000_000, IpJson("link show dev red")[0].GetProperty("linkinfo").GetProperty("info_data")
            .GetProperty("table").GetInt64());
        Ip("link add eth0 type veth peer name far");
        Here.Links.Change(Here.Links.Get("eth0"), new LinkChange { Master = "red", Up = true });
        Assert.Equal("red", IpJson("link show dev eth0")[0].GetProperty("master").GetString());
        Ip("link add blue type vrf table 11");
        Assert.Equal(11, Assert.IsType<VrfLink>(Here.Links.Get("blue")).Table);
        foreach (var table in new[] { 0L, -1, 1L << 32, 254 })
            Assert.Equal(NetworkErrorCode.InvalidArgument,
                Assert.Throws<NetworkException>(() =>
                    Here.Links.Create(new LinkSpec("bad", new VrfSettings { Table = table }))).Code);
        Assert.Empty(Here.Links.Remove([made]));
        Assert.Null(Here.Links.Find("red"));
    });

    [Fact]
    public void A_bond_takes_ports_and_fails_over() => Run(() =>
    {
        NeedsKind("bond");
        Stacks.Pool.Namespaces.Create("sw");
        Ip("-n sw link add br0 type bridge");
        Ip("-n sw link set br0 up");
        Ip("-n sw addr add 10.3.0.2/24 dev br0");
        for (var i = 1; i <= 2; i++)
        {
            Ip($"link add e{i} type veth peer name p{i} netns sw");
            Ip($"link set e{i} up");
            Ip($"-n sw link set p{i} master br0 up");
        }

        var made = Assert.IsType<BondLink>(
            Here.Links.Create(
                new BondSpec("bond0",
                    new BondSettings
                    {
                        Mode = BondMode.ActiveBackup,
                        MiiMonitor = TimeSpan.FromMilliseconds(50),
                        UpDelay = TimeSpan.FromMilliseconds(100)
                    })
                {
                    Ports = ["e1", "e2"],
                    Up = true,
                    Primary = "e1"
                }));
        Assert.Equal((BondMode.ActiveBackup, 50), (made.Mode, (int)made.MiiMonitor!.TotalMilliseconds));
        var data = IpJson("link show dev bond0")[0].GetProperty("linkinfo").GetProperty("info_data");
        Assert.Equal(("active-backup", 50, 100, "e1"),
            (data.GetProperty("mode").GetString(), data.GetProperty("miimon").GetInt32(), data.GetProperty("updelay")
                .GetInt32(), data.GetProperty("primary").GetString()));
        Assert.Equal("bond0", IpJson("link show dev e2")[0].GetProperty("master").GetString());
        Ip("addr add 10.3.0.1/24 dev bond0");
        Assert.True(Pings("10.3.0.2"));
        Ip("-n sw link set p1 down");
        Assert.True(
            Eventually(() => ((BondSettings)Here.Links.Get("bond0").Details!)
                .ActivePortIndex == Here.Links.Get("e2").Index));
        Assert.True(Pings("10.3.0.2"));

        Here.Links.Change(made,
            new BondSettings
            {
                MiiMonitor = TimeSpan.FromMilliseconds(200),
                DownDelay = TimeSpan.FromMilliseconds(400),
                PrimaryIndex = Here.Links.Get("e2").Index,
                ActivePortIndex = Here.Links.Get("e2").Index
            });
        data = IpJson("link show dev bond0")[0].GetProperty("linkinfo").GetProperty("info_data");
        Assert.Equal((200, 400, "e2"),
            (data.GetProperty("miimon").GetInt32(), data.GetProperty("downdelay").GetInt32(),
                data.GetProperty("primary").GetString()));
        var error =
            Assert.Throws<NetworkException>(() => Here.Links.Change(made, new BondSettings { Mode = BondMode.Lacp }));
        Assert.Contains("ports", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void Bonds_of_every_mode_go_there_and_back() => Run(() =>
    {
        NeedsKind("bond");
        foreach (var mode in Enum.GetValues<BondMode>())
        {
            Here.Links.Create(new BondSpec($"b{(int)mode}", new BondSettings
            {
                Mode = mode,
                LacpRate = mode == BondMode.Lacp ? BondLacpRate.Fast : null,
                HashPolicy = mode is BondMode.Lacp or BondMode.BalanceXor ? BondHashPolicy.Layer3And4 : null,
                MinimumPorts = 1
            }));
        }

        var modes = Enumerable.Range(0, 7)
            .Select(i => IpJson($"link show dev b{i}")[0].GetProperty("linkinfo").GetProperty("info_data")
                .GetProperty("mode").GetString());
        Assert.Equal(["balance-rr", "active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb",
            "balance-alb"], modes);
        var lacp = IpJson("link show dev b4")[0].GetProperty("linkinfo").GetProperty("info_data");
        Assert.Equal(("fast", "layer3+4", 100),
            (lacp.GetProperty("ad_lacp_rate").GetString(), lacp.GetProperty("xmit_hash_policy").GetString(),
                lacp.GetProperty("miimon").GetInt32()));
        Ip("link add bond9 type bond mode 802.3ad lacp_rate fast miimon 70 xmit_hash_policy encap3+4 min_links 2");
        var details = Assert.IsType<BondSettings>(Here.Links.Get("bond9").Details);
        Assert.Equal((BondMode.Lacp, BondLacpRate.Fast, 70, BondHashPolicy.Encapsulation3And4, 2),
            (details.Mode, details.LacpRate, (int)details.MiiMonitor!.TotalMilliseconds, details.HashPolicy,
                details.MinimumPorts));
        Ip("link add bond8 type bond mode active-backup arp_interval 300 arp_ip_target 10.0.0.1,10.0.0.2");
        details = Assert.IsType<BondSettings>(Here.Links.Get("bond8").Details);
        Assert.Equal(["10.0.0.1", "10.0.0.2"], details.ArpTarget!.Select(target => target.ToString()));
    });

    [Fact]
    public void An_option_that_a_bonds_mode_does_not_have_is_no_matter_of_permission() => Run(() =>
    {
        NeedsKind("bond");
        var settings = new BondSettings
        {
            Mode = BondMode.Lacp,
            ArpInterval = TimeSpan.FromSeconds(1),
            ArpTarget = [IPAddress.Parse("10.0.0.1")]
        };
        var error = Assert.Throws<NetworkException>(() => Here.Links.Create(new BondSpec("bond0", settings)));
        Assert.Equal(NetworkErrorCode.NotSupported, error.Code);
        Assert.Contains("Not every setting goes with every mode", error.Message, StringComparison.Ordinal);
        Assert.Null(Here.Links.Find("bond0"));
        var link = Here.Links.Create(new BondSpec("bond0", new BondSettings { Mode = BondMode.Lacp }));
        error = Assert.Throws<NetworkException>(() => Here.Links.Change(link, settings with { Mode = null }));
        Assert.Equal(NetworkErrorCode.NotSupported, error.Code);
        Assert.Contains("Not every setting goes with every mode", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void A_bond_that_fails_half_way_gives_its_ports_back() => Run(() =>
    {
        NeedsKind("bond");
        Ip("link add e1 type veth peer name f1");
        Ip("link set e1 up");
        Ip("link add br0 type bridge");
        Ip("link add e2 type veth peer name f2");
        Ip("link set e2 master br0 up");
        var error =
            Assert.Throws<NetworkException>(() => Here.Links.Create(new BondSpec("bond0") { Ports = ["e1", "e2"] }));
        Assert.Equal(NetworkErrorCode.ResourceBusy, error.Code);
        Assert.Throws<NetworkException>(() => Here.Links.Create(new BondSpec("bond0") { Ports = ["e1", "lo"] }));
        Assert.Null(Here.Links.Find("bond0"));
        var port = Here.Links.Get("e1");
        Assert.True(port is { IsUp: true, Master: null });
        Assert.Throws<NetworkException>(() =>
            Here.Links.Create(new BondSpec("bond0", new BondSettings { Mode = BondMode.Lacp }) { Primary = "e1" }));
    });

    [Theory]
    [InlineData(TapMode.Tap)]
    [InlineData(TapMode.Tun)]
    public void A_tap_link_is_persistent_in_its_namespace(TapMode mode) => Run(() =>
    {
        NeedsOtherUsers();
        NeedsTun();
        Stacks.Pool.Namespaces.Create("vm");
        var made = Assert.IsType<TapLink>(
            Here.Links.CreateTap(new TapSpec("tap0", mode)
            {
                TargetNamespace = new("vm"),
                Owner = "1000",
                OwnerGroup = "root",
                MultiQueue = true,
                VnetHeader = true,
                Up = true,
                Mtu = 1400
            }));
        Assert.Equal((mode, 1000L, 0L, true, "vm"),
            (made.Mode, made.Owner, made.OwnerGroup, made.Persistent, made.Namespace.Text));
        var shown = IpJson("-n vm link show dev tap0")[0];
        Assert.Equal(1400, shown.GetProperty("mtu").GetInt32());
        var data = shown.GetProperty("linkinfo").GetProperty("info_data");
        Assert.Equal((mode.ToString().ToLowerInvariant(), true, true, true),
            (data.GetProperty("type").GetString(), data.GetProperty("persist").GetBoolean(),
                data.GetProperty("multi_queue").GetBoolean(), data.GetProperty("vnet_hdr").GetBoolean()));
        Assert.Empty(Stacks.Pool.Get(new("vm")).Links.Remove([made]));
        Assert.Null(Stacks.Pool.Get(new("vm")).Links.Find("tap0"));
    });

    [Fact]
    public void Taps_of_iproute2_are_read_and_bad_ones_refused() => Run(() =>
    {
        NeedsOtherUsers();
        NeedsTun();
        Ip("tuntap add dev t0 mode tun user 5 group 6 pi");
        var details = Assert.IsType<TapSettings>(Here.Links.Get("t0").Details);
        Assert.Equal((TapMode.Tun, 5L, 6L, true, true),
            (details.Mode, details.Owner, details.OwnerGroup, details.Persistent, details.PacketInformation));
        Refused(NetworkErrorCode.LinkExists, new TapSpec("t0"));
        Refused(NetworkErrorCode.ObjectNotFound, new TapSpec("t1") { Owner = "no-such-user" });
        Refused(NetworkErrorCode.LinkNotFound, new TapSpec("t1") { Master = "nobr" });
        Refused(NetworkErrorCode.InvalidArgument, new TapSpec("t1", TapMode.Tun) { Master = "lo" });
        Refused(NetworkErrorCode.InvalidName, new TapSpec("t/1"));
        Refused(NetworkErrorCode.NamespaceNotFound, new TapSpec("t1") { TargetNamespace = new("nowhere") });
        Assert.Null(Here.Links.Find("t1"));
        Ip("link add br0 type bridge");
        Assert.Equal("br0", Here.Links.CreateTap(new TapSpec("t2") { Master = "br0" }).Master);

        static void Refused(NetworkErrorCode code, TapSpec spec) =>
            Assert.Equal(code, Assert.Throws<NetworkException>(() => Here.Links.CreateTap(spec)).Code);
    });

    [Theory]
    [InlineData(false, 1450)]
    [InlineData(true, 1430)]
    public void Geneve_carries_a_network_between_two_hosts(bool ipv6, int mtu) => Run(() =>
    {
        NeedsKind("geneve");
        _ = new TwoHosts();
        TwoHosts.AddBridges();
        var (a, b) = ipv6 ? (TwoHosts.UnderlayA6, TwoHosts.UnderlayB6) : (TwoHosts.UnderlayA, TwoHosts.UnderlayB);
        var link = Assert.IsType<GeneveLink>(
            TwoHosts.A.Links.Create(new GeneveSpec("gnv0", new GeneveSettings { Vni = 5000, Remote = b })
            { Master = "superbr0", Up = true }));
        TwoHosts.B.Links.Create(new GeneveSpec("gnv0", new GeneveSettings { Vni = 5000, Remote = a })
        { Master = "superbr0", Up = true });
        Assert.Equal((mtu, 5000, 6081), ((int)link.Mtu, link.Vni, link.Port));
        TwoHosts.AddContainers();
        TwoHosts.ProveSegment();
        var data = IpJson("-n hosta link show dev gnv0")[0].GetProperty("linkinfo").GetProperty("info_data");
        Assert.Equal((5000, 6081), (data.GetProperty("id").GetInt32(), data.GetProperty("port").GetInt32()));
        TwoHosts.A.Links.Change(link,
            new GeneveSettings { Ttl = 9, Remote = IPAddress.Parse(ipv6 ? "2001:db8::9" : "192.0.2.9") });
        data = IpJson("-n hosta link show dev gnv0")[0].GetProperty("linkinfo").GetProperty("info_data");
        Assert.Equal((9, ipv6 ? "2001:db8::9" : "192.0.2.9"),
            (data.GetProperty("ttl").GetInt32(), data.GetProperty(ipv6 ? "remote6" : "remote").GetString()));
    });

    [Fact]
    public void Geneve_that_cannot_be_is_refused() => Run(() =>
    {
        NeedsKind("geneve");
        var remote = IPAddress.Parse("192.0.2.9");
        Ip("link add g9 type geneve id 7 remote 192.0.2.9 ttl 4 dstport 7000");
        var details = Assert.IsType<GeneveSettings>(Here.Links.Get("g9").Details);
        Assert.Equal((7, "192.0.2.9", 4, 7000), (details.Vni, details.Remote!.ToString(), details.Ttl, details.Port));
        Refused(NetworkErrorCode.LinkExists,
            new GeneveSpec("g0", new GeneveSettings { Vni = 7, Remote = remote, Port = 7000 }));
        Refused(NetworkErrorCode.InvalidArgument,
            new GeneveSpec("g0", new GeneveSettings { Vni = 1 << 24, Remote = remote }));
        Refused(NetworkErrorCode.InvalidArgument, new GeneveSpec("g0", new GeneveSettings { Vni = 1 }));
        Refused(NetworkErrorCode.InvalidArgument,
            new GeneveSpec("g0", new GeneveSettings { Vni = 1, Remote = IPAddress.Loopback }));

        static void Refused(NetworkErrorCode code, GeneveSpec spec)
        {
            Assert.Equal(code, Assert.Throws<NetworkException>(() => Here.Links.Create(spec)).Code);
            Assert.Null(Here.Links.Find("g0"));
        }
    });

    [Fact]
    public void What_else_Geneve_has_goes_there_and_back() => Run(() =>
    {
        NeedsKind("geneve");
        var settings = new GeneveSettings
        {
            Vni = 78,
            Remote = IPAddress.Parse("2001:db8::9"),
            Df = TunnelDf.Inherit,
            FlowLabel = 5,
            UdpZeroChecksum6Send = true,
            UdpZeroChecksum6Receive = true,
        };
        var made = Here.Links.Create(new GeneveSpec("g0", settings));
        var set = DeclaredSet.Of(settings);
        Assert.Empty(set.Differing(settings, made.Details!).Intersect(set.SetIn(settings)));
        Assert.Equal(("inherit", "0x5"), Shown());
        Here.Links.Change(made, new GeneveSettings { Df = TunnelDf.Set, FlowLabel = 7 });
        Assert.Equal(("set", "0x7"), Shown());
        var changed = Here.Links.Get("g0").Details;
        Ip("link del g0");
        Ip("link add g0 type geneve id 78 remote 2001:db8::9 df set flowlabel 7 udp6zerocsumtx udp6zerocsumrx");
        Assert.Equal(changed, Here.Links.Get("g0").Details);
        var inner = new GeneveSettings { External = true, InnerProtocolInherit = true, Port = 7001 };
        Here.Links.Create(new GeneveSpec("g1", inner));
        Assert.Equal("none", IpJson("link show dev g1")[0].GetProperty("link_type").GetString());
        var ports = new GeneveSpec("g2", settings with { Vni = 79, SourcePort = new PortRange(5000, 6000) });
        if (Environment.OSVersion.Version >= new Version(6, 15))
        {
            Assert.Equal("5000-6000", $"{((GeneveLink)Here.Links.Create(ports)).SourcePort}");
            return;
        }

        var error = Assert.Throws<NetworkException>(() => Here.Links.Create(ports));
        Assert.Contains("SourcePort (Linux 6.15)", error.Message, StringComparison.Ordinal);
        Assert.Null(Here.Links.Find("g2"));

        static (string?, string?) Shown()
        {
            var data = IpJson("link show dev g0")[0].GetProperty("linkinfo").GetProperty("info_data");
            return (data.GetProperty("df").GetString(), data.GetProperty("label").GetString());
        }
    });

    private static void NeedsTun()
    {
        if (!File.Exists("/dev/net/tun"))
            Lacking("there is no /dev/net/tun");
    }
}
