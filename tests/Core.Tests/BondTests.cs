using System.Text.Json;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

public class BondTests
{
    private static NetworkStack Here => Stacks.Pool.Get();

    [Fact]
    public void Every_setting_goes_there_and_back() => Run(() =>
    {
        NeedsKind("bond");
        var lacp = new BondSettings
        {
            Mode = BondMode.Lacp,
            LacpActive = false,
            LacpSelection = BondLacpSelection.Bandwidth,
            LacpSystemPriority = 7,
            LacpUserPortKey = 1023,
            LacpSystem = MacAddress.Parse("02:00:00:00:00:09"),
            CoupledControl = false,
            PeerNotifications = 5,
            PeerNotificationDelay = TimeSpan.FromMilliseconds(300),
            MinimumPorts = 2,
        };
        GoesThereAndBack(lacp, lacp with
        {
            Mode = null,
            LacpActive = true,
            LacpSelection = BondLacpSelection.Count,
            LacpSystemPriority = 65535,
            LacpUserPortKey = 0,
            LacpSystem = MacAddress.Parse("02:00:00:00:00:0a"),
            CoupledControl = true,
            PeerNotifications = 0,
            PeerNotificationDelay = TimeSpan.Zero,
        });
        var arp = new BondSettings
        {
            Mode = BondMode.ActiveBackup,
            ArpInterval = TimeSpan.FromMilliseconds(500),
            ArpTarget = [IPAddress.Parse("192.0.2.1")],
            ArpValidate = BondArpValidate.FilterBackup,
            ArpAllTargets = true,
            ArpMissedMaximum = 9,
            NeighborTarget = [IPAddress.Parse("2001:db8::1"), IPAddress.Parse("2001:db8::2")],
            FailOverMac = BondFailOverMac.Active,
            PrimaryReselect = BondPrimaryReselect.Better,
            IgmpReports = 255,
            AllPortsActive = true,
        };
        GoesThereAndBack(arp, arp with
        {
            Mode = null,
            ArpValidate = BondArpValidate.None,
            ArpAllTargets = false,
            NeighborTarget = [IPAddress.Parse("2001:db8::3")],
            FailOverMac = BondFailOverMac.Follow,
            PrimaryReselect = BondPrimaryReselect.Failure,
            IgmpReports = 0,
            AllPortsActive = false,
        });
        var balanced = new BondSettings
        {
            Mode = BondMode.BalanceTlb,
            DynamicLoadBalancing = false,
            LearningInterval = TimeSpan.FromSeconds(9),
        };
        GoesThereAndBack(balanced, balanced with { Mode = null, DynamicLoadBalancing = true });
        var roundRobin = new BondSettings { Mode = BondMode.BalanceRoundRobin, PacketsPerPort = 3 };
        GoesThereAndBack(roundRobin, roundRobin with { Mode = null, PacketsPerPort = 0 });
        // What ip changes is read.
        Ip("link add b9 type bond mode 802.3ad lacp_active off ad_select count ad_user_port_key 77");
        Ip("link set b9 type bond ad_actor_sys_prio 99 num_grat_arp 4 lp_interval 3");
        var read = (BondLink)Here.Links.Get("b9");
        Assert.Equal(
            (false, BondLacpSelection.Count, 77, 99, 4, 3.0),
            (read.LacpActive, read.LacpSelection, read.LacpUserPortKey, read.LacpSystemPriority,
                read.PeerNotifications, read.LearningInterval!.TotalSeconds));
    });

    [Fact]
    public void A_change_that_is_refused_half_way_is_set_back() => Run(() =>
    {
        NeedsKind("bond");
        var settings = new BondSettings { Mode = BondMode.ActiveBackup, MiiMonitor = TimeSpan.FromMilliseconds(100) };
        var made = Here.Links.Create(new BondSpec("b0", settings));
        var before = Ip("-d link show dev b0");
        // The kernel takes the interval and the others before it comes to what the mode does not have.
        var change = new BondSettings
        {
            MiiMonitor = TimeSpan.FromMilliseconds(200),
            PrimaryReselect = BondPrimaryReselect.Failure,
            IgmpReports = 9,
            PacketsPerPort = 5,
        };
        var error = Assert.Throws<NetworkException>(() => Here.Links.Change(made, change));
        Assert.Contains("Not every setting goes with every mode", error.Message, StringComparison.Ordinal);
        Assert.Empty(error.NotRolledBack);
        Assert.Equal(before, Ip("-d link show dev b0"));
        Refused("LacpSelection goes with", new BondSettings { Mode = BondMode.BalanceXor, LacpSelection = 0 });
        Refused("16 IPv6", new BondSettings { NeighborTarget = [IPAddress.Parse("192.0.2.1")] });
        Refused("by ARP, not by MII", settings with { ArpValidate = BondArpValidate.All });
        Refused("LacpUserPortKey is 0 to 1023", new BondSettings { LacpUserPortKey = 1024 });
        Refused("no system's", new BondSettings { LacpSystem = MacAddress.Parse("01:00:00:00:00:01") });

        static void Refused(string words, BondSettings settings)
        {
            var error = Assert.Throws<NetworkException>(() => Here.Links.Create(new BondSpec("b1", settings)));
            Assert.Equal(NetworkErrorCode.InvalidArgument, error.Code);
            Assert.Contains(words, error.Message, StringComparison.Ordinal);
        }
    });

    [Fact]
    public void Ports_have_priorities_and_queues_of_their_own() => Run(() =>
    {
        NeedsKind("bond");
        foreach (var i in new[] { 1, 2 })
        {
            Ip($"link add e{i} type veth peer name f{i}");
            Ip($"link set f{i} up");
        }

        var backup = new BondSettings { Mode = BondMode.ActiveBackup };
        Here.Links.Create(new BondSpec("b0", backup) { Ports = ["e1", "e2"], Up = true });
        Assert.Equal(["e1", "e2"], Here.Links.ListBondPorts("b0").Select(port => port.InterfaceAlias));
        Here.Links.ChangeBondPort("e2", new BondPortSettings { Priority = -7, QueueId = 3 });
        var shown = Shown("e2");
        Assert.Equal((-7, 3), (shown.GetProperty("prio").GetInt32(), shown.GetProperty("queue_id").GetInt32()));
        Ip("link set e1 type bond_slave prio 50 queue_id 4");
        var port = BondPorts.AsBondPort(Here.Links.Get("e1"));
        Assert.Equal(("b0", 50, 4), (port.Bond, port.Priority, port.QueueId));
        Assert.Equal(Shown("e1").GetProperty("perm_hwaddr").GetString(), port.PermanentMacAddress!.ToString());
        Assert.True(Eventually(() => BondPorts.AsBondPort(Here.Links.Get("e1"))
            is { Status: BondPortStatus.Up, State: BondPortState.Active }));
        Ip("link set f1 down");
        Assert.True(Eventually(() => BondPorts.AsBondPort(Here.Links.Get("e1"))
            is { Status: BondPortStatus.Down, State: BondPortState.Backup, Failures: 1 }));

        // One queue leads to one port; the priority of the same request stays as it was.
        var taken = new BondPortSettings { Priority = 9, QueueId = 4 };
        var error = Assert.Throws<NetworkException>(() => Here.Links.ChangeBondPort("e2", taken));
        Assert.Contains("leads to 'e1' already", error.Message, StringComparison.Ordinal);
        Assert.Equal(-7, Shown("e2").GetProperty("prio").GetInt32());
        Assert.Equal(NetworkErrorCode.ResourceBusy, error.Code);
        error = Assert.Throws<NetworkException>(() => Here.Links.ChangeBondPort("f1", taken));
        Assert.Equal(NetworkErrorCode.NotSupported, error.Code);
        Here.Links.ChangeBondPort("e1", new BondPortSettings { QueueId = 0 });
        Assert.Equal(0, Shown("e1").GetProperty("queue_id").GetInt32());
        Ip("link add b1 type bond mode balance-rr miimon 100");
        Ip("link add e3 type veth peer name f3");
        Ip("link set e3 master b1");
        Assert.Throws<NetworkException>(() => Here.Links.ChangeBondPort("e3", taken));
        Assert.Equal(0, Shown("e3").GetProperty("queue_id").GetInt32());

        static JsonElement Shown(string name)
            => IpJson($"link show dev {name}")[0].GetProperty("linkinfo").GetProperty("info_slave_data");
    });

    [Fact]
    public void What_LACP_has_agreed_on_is_read() => Run(() =>
    {
        NeedsKind("bond");
        Ip("link add e1 type veth peer name e2");
        var fast = new BondSettings { Mode = BondMode.Lacp, LacpRate = BondLacpRate.Fast };
        Here.Links.Create(new BondSpec("b1", fast) { Ports = ["e1"], Up = true });
        Here.Links.Create(new BondSpec("b2", fast) { Ports = ["e2"], Up = true });
        Assert.True(Eventually(() => Here.Links.Get("b1") is BondLink { LacpPartner: not null }));
        var bond = (BondLink)Here.Links.Get("b1");
        Assert.Equal(Here.Links.Get("b2").MacAddress, bond.LacpPartner);
        Assert.Equal((1, bond.LacpActorKey), (bond.LacpGroupPorts, bond.LacpPartnerKey));
        Assert.True(Eventually(() => BondPorts.AsBondPort(Here.Links.Get("e1")) is { } port
            && port.LacpActorState?.HasFlag(LacpPortState.Distributing) == true
            && port.LacpPartnerState?.HasFlag(LacpPortState.Collecting) == true));
        Assert.Equal(bond.LacpGroup, BondPorts.AsBondPort(Here.Links.Get("e1")).LacpGroup);
    });

    // What was said is what the kernel and ip tell, when the bond is created and after a change.
    private static void GoesThereAndBack(BondSettings said, BondSettings change)
    {
        var link = Here.Links.Create(new BondSpec("b0", said));
        IsSo(said);
        Here.Links.Change(link, change);
        IsSo(change);
        Assert.Empty(Here.Links.Remove([link]));

        static void IsSo(BondSettings said)
        {
            var set = DeclaredSet.Of(said);
            var read = Here.Links.Get("b0").Details!;
            Assert.Empty(set.Differing(said, read).Intersect(set.SetIn(said)));
            var shown = IpJson("link show dev b0")[0].GetProperty("linkinfo").GetProperty("info_data");
            var names = IpProperties.Of(typeof(BondSettings));
            var told = read.Differences(set.Empty()).ToDictionary(item => item.Name, item => item.Mine);
            // Older ones do not show it.
            foreach (var name in set.SetIn(said).Where(name => name != nameof(BondSettings.CoupledControl)))
                Assert.Equal($"{name}={names[name](shown)}", $"{name}={told[name]}");
        }
    }
}
