using System.Text.Json;
using LxcNetworking.Bridges;
using LxcNetworking.Declarations;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>What bridges and ports have besides what nearly everybody sets.</summary>
public class BridgeSettingTests
{
    private static NetworkStack Here => Stacks.Pool.Get();

    private static BridgeSettings All => new()
    {
        GroupForwardMask = 0x4008,
        GroupAddress = MacAddress.Parse("01:80:c2:00:00:05"),
        NoLinkLocalLearning = true,
        MulticastRouter = BridgeMulticastRouter.Always,
        MulticastQuerier = true,
        MulticastQueryUseAddress = true,
        MaxMulticastGroups = 512,
        MulticastLastMemberCount = 3,
        MulticastLastMemberInterval = TimeSpan.FromSeconds(2),
        MulticastStartupQueryCount = 4,
        MulticastStartupQueryInterval = TimeSpan.FromSeconds(12),
        MulticastQueryInterval = TimeSpan.FromSeconds(80),
        MulticastQueryResponseInterval = TimeSpan.FromSeconds(4),
        MulticastMembershipInterval = TimeSpan.FromSeconds(300),
        MulticastQuerierInterval = TimeSpan.FromSeconds(200),
        MulticastStatistics = true,
        IgmpVersion = 3,
        MldVersion = 2,
        CallIptables = true,
        CallIp6tables = true,
        CallArptables = true,
    };

    [Fact]
    [Trait("Kernel", "any")]
    public void A_bridge_has_what_was_said_from_the_beginning_and_later() => Run(() =>
    {
        NeedsKind("bridge");
        var said = HasVlanFiltering() ? All with
        {
            VlanFiltering = true,
            VlanProtocol = VlanProtocol.Dot1Ad,
            VlanStatistics = true,
            VlanStatisticsPerPort = true,
            MulticastVlanSnooping = true,
            MultipleSpanningTrees = true,
        }
        : All;
        var made = Here.Bridges.Create(new BridgeSpec("br0", said));
        Assert.Equal(TextOf(said), TextOf(Declared.Overlap(
            new BridgeSettings(), (BridgeSettings)made.Details!, said, BridgeSettings.Properties)));
        Compare(said, "br0", "info_data");
        Assert.Equal((0x4008, BridgeMulticastRouter.Always), (made.GroupForwardMask, made.MulticastRouter));

        var changed = new BridgeSettings
        {
            GroupForwardMask = 0,
            NoLinkLocalLearning = false,
            MulticastRouter = BridgeMulticastRouter.Never,
            MulticastQueryInterval = TimeSpan.FromSeconds(60),
            CallArptables = false,
        };
        Here.Bridges.Change("br0", changed);
        Compare(changed, "br0", "info_data");
        // What was not said stays, of the bits that share an attribute too.
        Compare(said with
        {
            GroupForwardMask = null,
            NoLinkLocalLearning = null,
            MulticastRouter = null,
            MulticastQueryInterval = null,
            CallArptables = null,
        }, "br0", "info_data");

        Ip("link set br0 type bridge mcast_router 1 mcast_igmp_version 2 mcast_querier_interval 7000");
        Ip("link set br0 type bridge nf_call_iptables 0");
        var read = Here.Bridges.Get("br0");
        Assert.Equal(
            (BridgeMulticastRouter.Automatic, 2, new Duration(TimeSpan.FromSeconds(70)), false),
            (read.MulticastRouter, read.IgmpVersion, read.MulticastQuerierInterval, read.CallIptables));
    });

    [Theory]
    [InlineData("""{"groupForwardMask":1}""")]
    [InlineData("""{"groupAddress":"01:80:c2:00:00:02"}""")]
    [InlineData("""{"groupAddress":"01:80:c2:00:00:10"}""")]
    [InlineData("""{"igmpVersion":4}""")]
    [InlineData("""{"mldVersion":3}""")]
    [InlineData("""{"multicastRouter":"Temporary"}""")]
    public void What_no_bridge_can_have_is_refused_before_it_is_tried(string json)
    {
        var settings = BridgeSettings.ReadJson(JsonDocument.Parse(json).RootElement);
        Assert.Equal(
            NetworkErrorCode.InvalidArgument,
            Assert.Throws<NetworkException>(() => settings.Validate("br0")).Code);
    }

    [Fact]
    [Trait("Kernel", "any")]
    public void What_the_kernel_would_pass_over_is_refused() => Run(() =>
    {
        NeedsKind("bridge");
        Ip("link add br0 type bridge");
        foreach (var (settings, isKnown) in new[]
        {
            (new BridgeSettings { MaxLearnedAddresses = 7 }, Environment.OSVersion.Version >= new Version(6, 7)),
            (new BridgeSettings { VlanStatistics = true }, HasVlanFiltering()),
        })
        {
            if (isKnown)
            {
                Here.Bridges.Change("br0", settings);
                var now = (BridgeSettings)Here.Bridges.Get("br0").Details!;
                Assert.Empty(settings.Unanswered(now));
                continue;
            }

            foreach (var attempt in new Action[]
            {
                () => Here.Bridges.Change("br0", settings with { AgeingTime = TimeSpan.FromSeconds(9) }),
                () => Here.Bridges.Create(new BridgeSpec("br1", settings)),
            })
                Assert.Equal(NetworkErrorCode.NotSupported, Assert.Throws<NetworkException>(attempt).Code);
            Assert.Equal(TimeSpan.FromSeconds(300), (TimeSpan)Here.Bridges.Get("br0").AgeingTime!);
            Assert.Null(Here.Links.Find("br1"));
        }
    });

    [Fact]
    public void A_port_has_what_was_said_and_keeps_the_rest() => Run(() =>
    {
        PreparePorts();
        var said = new BridgePortSettings
        {
            ProxyArpWifi = true,
            VlanTunnel = true,
            GroupForwardMask = 0x4008,
            MulticastRouter = BridgeMulticastRouter.Always,
            MulticastToUnicast = true,
            MaxMulticastHosts = 99,
            BackupPortIndex = Here.Links.IndexOf("p2", default),
            Locked = true,
            State = BridgePortState.Disabled,
        };
        Here.Bridges.ChangePort("p1", said);
        Compare(said, "p1", "info_slave_data");
        var port = Here.Bridges.GetPort("p1");
        Assert.Equal(
            ("p2", BridgePortState.Disabled, 99L, true),
            (port.BackupPort, port.State, port.MaxMulticastHosts, port.MulticastToUnicast));
        Assert.Equal("p2", Here.Bridges.ListPorts("br0").Single(one => one.InterfaceAlias == "p1").BackupPort);

        Here.Bridges.ChangePort("p1", new BridgePortSettings
        {
            BackupPortIndex = 0,
            MulticastRouter = BridgeMulticastRouter.Automatic,
            State = BridgePortState.Forwarding,
        });
        Compare(said with { BackupPortIndex = 0, MulticastRouter = null, State = null }, "p1", "info_slave_data");
        Assert.Null(Here.Bridges.GetPort("p1").BackupPort);
        Ip("link set p1 type bridge_slave vlan_tunnel off group_fwd_mask 8 mcast_router 0 backup_port p2");
        port = Here.Bridges.GetPort("p1");
        Assert.Equal(
            (false, 8, BridgeMulticastRouter.Never, "p2"),
            (port.VlanTunnel, port.GroupForwardMask, port.MulticastRouter, port.BackupPort));
    });

    [Fact]
    [Trait("Kernel", "any")]
    public void A_newer_kernels_port_has_more() => Run(() =>
    {
        PreparePorts();
        var said = new BridgePortSettings
        {
            Locked = true,
            MacAuthenticationBypass = true,
            NeighborVlanSuppress = true,
            MaxMulticastGroups = 5,
            BackupPortIndex = Here.Links.IndexOf("p2", default),
            BackupNextHopId = 7,
        };
        if (Environment.OSVersion.Version >= new Version(6, 6))
        {
            Here.Bridges.ChangePort("p1", said);
            Assert.Empty(said.Unanswered(Here.Bridges.GetPort("p1").Settings));
            Compare(said, "p1", "info_slave_data");
            return;
        }

        foreach (var one in new BridgePortSettings[]
        {
            new() { Hairpin = true, MacAuthenticationBypass = true }, new() { Hairpin = true, MaxMulticastGroups = 5 },
            new() { Hairpin = true, NeighborVlanSuppress = true }, new() { Hairpin = true, BackupNextHopId = 7 },
        })
            Assert.Equal(
                NetworkErrorCode.NotSupported,
                Assert.Throws<NetworkException>(() => Here.Bridges.ChangePort("p1", one)).Code);
        Assert.False(Here.Bridges.GetPort("p1").Hairpin);
    });

    [Fact]
    public void A_port_that_refuses_one_setting_keeps_all() => Run(() =>
    {
        PreparePorts();
        Ip("link set p2 down");
        var before = IpJson("link show dev p2")[0].GetProperty("linkinfo").GetProperty("info_slave_data").ToString();
        var down = Assert.Throws<NetworkException>(() => Here.Bridges.ChangePort(
            "p2", new BridgePortSettings { Hairpin = true, Cost = 77, State = BridgePortState.Forwarding }));
        Assert.Equal(NetworkErrorCode.NotSupported, down.Code);
        Assert.Contains("carrier", down.Message, StringComparison.Ordinal);
        Assert.Empty(down.NotRolledBack);
        var elsewhere = Assert.Throws<NetworkException>(() => Here.Bridges.ChangePort(
            "p2",
            new BridgePortSettings { Isolated = true, BackupPortIndex = Here.Links.IndexOf("f1", default) }));
        Assert.Contains("another port of 'br0'", elsewhere.Message, StringComparison.Ordinal);
        Assert.Throws<NetworkException>(
            () => Here.Bridges.ChangePort("p2", new BridgePortSettings { GroupForwardMask = 2 }));
        Assert.Equal(
            before,
            IpJson("link show dev p2")[0].GetProperty("linkinfo").GetProperty("info_slave_data").ToString());
    });

    [Fact]
    public void Frames_go_to_the_backup_of_a_port_without_carrier() => Run(() =>
    {
        PreparePorts();
        VlanTests.Container("c1", "br0", "10.5.0.1/24");
        VlanTests.Container("c2", "br0", "10.5.0.2/24");
        Assert.True(Pings("10.5.0.2", "c1"));
        Ip("link set f1 down");
        var mac = IpJson("-n c2 link show dev eth0")[0].GetProperty("address").GetString()!;
        // It cannot move to the port that the answers come in by.
        Execute("bridge", "fdb", "replace", mac, "dev", "p1", "master", "static", "sticky");
        Assert.True(IsSilent("10.5.0.2", "c1"));
        Here.Bridges.ChangePort("p1", new BridgePortSettings { BackupPortIndex = Here.Links.IndexOf("vc2", default) });
        Assert.True(Pings("10.5.0.2", "c1"));
    });

    private static void PreparePorts()
    {
        NeedsKind("bridge");
        Ip("link add br0 type bridge");
        Ip("link set br0 up");
        foreach (var i in new[] { 1, 2 })
        {
            Ip($"link add p{i} type veth peer name f{i}");
            Ip($"link set p{i} master br0 up");
            Ip($"link set f{i} up");
            // When it gets carrier, the kernel decides on its state.
            Assert.True(Eventually(
                () => IpJson($"link show dev p{i}")[0].GetProperty("operstate").GetString() == "UP"));
        }
    }

    private static bool HasVlanFiltering()
    {
        var has = TryExecute("ip", ["link", "add", "probe0", "type", "bridge", "vlan_filtering", "1"]).Code == 0;
        TryExecute("ip", ["link", "del", "probe0"]);
        return has;
    }

    private static string TextOf<T>(T said)
        where T : AttributeSet, new()
        => string.Join('\n', said.Differences(new T()).Select(item => $"{item.Name}={item.Mine}"));

    // What ip shows is what was said; where it shows a link's name, that is one.
    private static void Compare<T>(T said, string link, string part)
        where T : AttributeSet, new()
    {
        var shown = IpJson($"link show dev {link}")[0].GetProperty("linkinfo").GetProperty(part);
        var properties = IpProperties.Of(typeof(T));
        var compared = said.Differences(new T())
            .Where(item => properties[item.Name](shown) is not (IpFields.NotShown or "*")).ToList();
        Assert.NotEmpty(compared);
        Assert.Equal(
            compared.Select(item => $"{item.Name}={item.Mine}"),
            compared.Select(item => $"{item.Name}={properties[item.Name](shown)}"));
    }
}
