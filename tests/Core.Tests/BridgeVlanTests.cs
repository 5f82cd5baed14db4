using System.Text.Json;
using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>What VLANs have on bridges and their ports.</summary>
[Trait("Kernel", "any")]
public class BridgeVlanTests
{
    private static readonly string[] s_asMade =
        ["1 forwarding 1", "10 forwarding 1", "11 forwarding 1", "12 forwarding 1"];

    private static readonly Version s_kernel = Environment.OSVersion.Version;

    private static NetworkStack Here => Stacks.Pool.Get();

    [Fact]
    public void Options_change_on_ports_and_on_the_bridge() => Run(() =>
    {
        Prepare();
        Change("p1", "10", new() { State = BridgePortState.Blocking });
        Change("p1", "11-19", new()
        {
            State = BridgePortState.Learning,
            MulticastRouter = BridgeMulticastRouter.Always,
        });
        Change("br0", "1", new() { State = BridgePortState.Listening, MulticastRouter = BridgeMulticastRouter.Never });
        Assert.Equal(["1 forwarding 1", "10 blocking 1", "11 learning 2", "12 learning 2"], Shown("p1"));
        Assert.Equal(s_asMade, Shown("p2"));
        Assert.Equal(["1 listening 0"], Shown("br0"));
        Execute("bridge", "vlan", "set", "dev", "p2", "vid", "11", "state", "4", "mcast_router", "0");
        var read = Read("p2", 11);
        Assert.Equal((BridgePortState.Blocking, BridgeMulticastRouter.Never), (read.State, read.MulticastRouter));
        Assert.Equal(BridgePortState.Learning, Read("p1", 12).State);
        Change("p2", "11", new()
        {
            State = BridgePortState.Forwarding,
            MulticastRouter = BridgeMulticastRouter.Automatic,
        });
        Assert.Equal(s_asMade, Shown("p2"));

        foreach (var (link, ids, code) in new[]
        {
            ("p1", "13", NetworkErrorCode.ObjectNotFound), ("p1", "13-20", NetworkErrorCode.ObjectNotFound),
            ("br0", "10", NetworkErrorCode.ObjectNotFound), ("f1", "1", NetworkErrorCode.NotSupported),
        })
            Assert.Equal(code, Refused(link, ids, new() { State = BridgePortState.Disabled }).Code);
        Assert.Equal(
            NetworkErrorCode.ObjectNotFound,
            Assert.Throws<NetworkException>(() => Here.Bridges.ChangeVlan(
                "p2", [new VlanRange("10-12"), new VlanRange(13)], new() { State = BridgePortState.Disabled })).Code);
        Assert.Equal(
            NetworkErrorCode.InvalidArgument,
            Refused("br0", "1", new() { MulticastRouter = BridgeMulticastRouter.Temporary }).Code);
        // The kernel has changed the state by then.
        Refused("p2", "10-12", new()
        {
            State = BridgePortState.Disabled,
            MulticastRouter = (BridgeMulticastRouter)7,
        });
        Assert.Equal(s_asMade, Shown("p2"));
        Here.Bridges.Change("br0", new BridgeSettings { Stp = true });
        Assert.Contains(
            "STP", Refused("p2", "10", new() { State = BridgePortState.Disabled }).Message, StringComparison.Ordinal);
    });

    [Fact]
    public void What_newer_kernels_have_is_set_there_and_refused_elsewhere() => Run(() =>
    {
        Prepare();
        if (s_kernel < new Version(6, 3))
        {
            foreach (var settings in new BridgeVlanSettings[]
            {
                new() { NeighborSuppress = true, State = BridgePortState.Disabled },
                new() { MaxMulticastGroups = 3 },
            })
            {
                var error = Refused("p1", "10-12", settings);
                Assert.Equal(NetworkErrorCode.NotSupported, error.Code);
                Assert.Contains("Linux 6.", error.Message, StringComparison.Ordinal);
            }

            Assert.Equal(s_asMade, Shown("p1"));
            return;
        }

        Change("p1", "11", new() { NeighborSuppress = true });
        Assert.Equal(
            [false, true, false], Listed("p1").Skip(1).Select(item => item.GetProperty("neigh_suppress").GetBoolean()));
        var early = Refused("p1", "10", new() { MaxMulticastGroups = 3 });
        Assert.Contains(early.Advice, advice => advice is { Kind: AdviceKind.Change, Thing: AdviceThing.Bridge });
        Here.Bridges.Change("br0", new BridgeSettings { MulticastVlanSnooping = true });
        Change("p1", "12", new() { MaxMulticastGroups = 3 });
        Assert.Equal(
            [0, 0, 3], Listed("p1").Skip(1).Select(item => item.GetProperty("mcast_max_groups").GetInt32()));
        Execute("bridge", "vlan", "set", "dev", "p1", "vid", "10", "mcast_max_groups", "7", "neigh_suppress", "on");
        Assert.Equal((7, true), (Read("p1", 10).MaxMulticastGroups, Read("p1", 10).NeighborSuppress));
        Change("p1", "10-12", new() { MaxMulticastGroups = 0, NeighborSuppress = false });
        Assert.Equal([0, 0, 0], Listed("p1").Skip(1).Select(item => item.GetProperty("mcast_max_groups").GetInt32()));
        foreach (var settings in new BridgeVlanSettings[]
        {
            new() { NeighborSuppress = true }, new() { MaxMulticastGroups = 3 },
        })
            Assert.Equal(NetworkErrorCode.InvalidArgument, Refused("br0", "1", settings).Code);
    });

    [Fact]
    public void Whole_VLANs_have_settings() => Run(() =>
    {
        Prepare();
        ChangeGlobal("10", new()
        {
            MulticastSnooping = false,
            MulticastQuerier = true,
            IgmpVersion = 3,
            MldVersion = 2,
            MulticastLastMemberCount = 4,
            MulticastStartupQueryCount = 5,
            MulticastLastMemberInterval = TimeSpan.FromSeconds(2),
            MulticastStartupQueryInterval = TimeSpan.FromSeconds(3),
            MulticastQueryInterval = TimeSpan.FromSeconds(6),
            MulticastQueryResponseInterval = TimeSpan.FromSeconds(7),
            MulticastMembershipInterval = TimeSpan.FromSeconds(80),
            MulticastQuerierInterval = TimeSpan.FromSeconds(90),
        });
        ChangeGlobal("11-19", new() { MulticastLastMemberCount = 9 });
        string[] names =
        [
            "mcast_snooping", "mcast_querier", "mcast_igmp_version", "mcast_mld_version", "mcast_last_member_count",
            "mcast_startup_query_count", "mcast_last_member_interval", "mcast_startup_query_interval",
            "mcast_query_interval", "mcast_query_response_interval", "mcast_membership_interval",
            "mcast_querier_interval",
        ];
        var shown = GlobalsShown();
        Assert.Equal(
            [0, 1, 3, 2, 4, 5, 200, 300, 600, 700, 8000, 9000],
            names.Select(name => shown[10].GetProperty(name).GetInt32()));
        Assert.Equal([2, 4, 9, 9], new[] { 1, 10, 11, 12 }
            .Select(id => shown[id].GetProperty("mcast_last_member_count").GetInt32()));
        Execute("bridge", ["vlan", "global", "set", "dev", "br0", "vid", "12", .. names.Zip(
            [1, 1, 2, 1, 3, 4, 300, 400, 500, 600, 7000, 8000], (name, value) => $"{name} {value}".Split(' '))
            .SelectMany(words => words)]);
        Assert.Empty(
            new BridgeVlanGlobalSettings
            {
                MulticastSnooping = true,
                MulticastQuerier = true,
                IgmpVersion = 2,
                MldVersion = 1,
                MulticastLastMemberCount = 3,
                MulticastStartupQueryCount = 4,
                MulticastLastMemberInterval = TimeSpan.FromSeconds(3),
                MulticastStartupQueryInterval = TimeSpan.FromSeconds(4),
                MulticastQueryInterval = TimeSpan.FromSeconds(5),
                MulticastQueryResponseInterval = TimeSpan.FromSeconds(6),
                MulticastMembershipInterval = TimeSpan.FromSeconds(70),
                MulticastQuerierInterval = TimeSpan.FromSeconds(80),
                SpanningTree = 0,
            }.Unanswered(ReadGlobal(12)));
        ChangeGlobal("10-11", new() { SpanningTree = 7 });
        Assert.Equal([7, 7, 0], new[] { 10, 11, 12 }.Select(id => ReadGlobal(id).SpanningTree!.Value));
        if (shown[10].TryGetProperty("msti", out _))
            Assert.Equal(7, GlobalsShown()[11].GetProperty("msti").GetInt32());

        var before = Here.Bridges.ListVlanGlobals("br0");
        foreach (var (bridge, ids, settings, code) in new[]
        {
            ("br0", "13", new BridgeVlanGlobalSettings { IgmpVersion = 3 }, NetworkErrorCode.ObjectNotFound),
            ("p1", "10", new() { IgmpVersion = 3 }, NetworkErrorCode.NotSupported),
            ("br0", "10", new() { IgmpVersion = 4 }, NetworkErrorCode.InvalidArgument),
            ("br0", "10", new() { SpanningTree = 4096 }, NetworkErrorCode.InvalidArgument),
            ("br0", "10", new() { MulticastQueryInterval = TimeSpan.FromSeconds(0.5) },
                NetworkErrorCode.InvalidArgument),
        })
            Assert.Equal(code, Assert.Throws<NetworkException>(
                () => Here.Bridges.ChangeVlanGlobal(bridge, [new VlanRange(ids)], settings)).Code);
        Assert.Equal(before, Here.Bridges.ListVlanGlobals("br0"));
    });

    [Fact]
    public void Each_VLAN_snoops_by_itself() => Run(() =>
    {
        PrepareBridge();
        foreach (var (name, number, vlan) in new[] { ("s", 1, 10), ("m", 2, 10), ("n", 3, 10), ("o", 4, 20) })
        {
            VlanTests.Container(name, "br0", $"10.5.0.{number}/24");
            Here.Bridges.AddVlan("v" + name, [new VlanRange(vlan)], pvid: true, untagged: true);
            Here.Bridges.RemoveVlan("v" + name, [new VlanRange(1)]);
        }

        Assert.True(Pings("10.5.0.2", "s"));
        Assert.True(IsSilent("10.5.0.4", "s"));
        Here.Bridges.Change("br0", new BridgeSettings { MulticastVlanSnooping = true });
        // Without anybody who asks, a VLAN floods.
        Here.Bridges.ChangeVlanGlobal("br0", [new VlanRange(10), new VlanRange(20)], new()
        {
            MulticastQuerier = true,
            MulticastQueryResponseInterval = TimeSpan.FromSeconds(1),
        });
        Ip("-n s route add 239.0.0.0/8 dev eth0");
        foreach (var member in new[] { "m", "o" })
            Ip($"-n {member} addr add 239.1.1.1/32 dev eth0 autojoin");
        Assert.True(Eventually(() => Here.Bridges.ListMdb("br0").Where(entry => $"{entry.Group}" == "239.1.1.1")
            .Select(entry => $"{entry.InterfaceAlias} {entry.VlanId}").Order().SequenceEqual(["vm 10", "vo 20"])));
        Assert.True(Eventually(() => Sent() == (true, false, false)));
        ChangeGlobal("10", new() { MulticastSnooping = false });
        Assert.True(Eventually(() => Sent() == (true, true, false)));
        ChangeGlobal("10", new() { MulticastSnooping = true });
        Assert.True(Eventually(() => Sent() == (true, false, false)));
        Change("vn", "10", new() { MulticastRouter = BridgeMulticastRouter.Always });
        Assert.True(Eventually(() => Sent() == (true, true, false)));
        Assert.Equal(
            ["vn 10 Always "], Here.Bridges.ListMulticastRouters().Select(
                port => $"{port.InterfaceAlias} {port.VlanId} {port.Type} {port.Timer}"));
    });

    private const int Frames = 60;

    // Which of the containers m, n and o get what s sends to the group.
    private static (bool Member, bool Other, bool Elsewhere) Sent()
    {
        string[] links = ["vm", "vn", "vo"];
        var before = links.Select(Counted).ToList();
        TryExecute("ip", ["netns", "exec", "s", "ping", "-n", "-q", "-c", $"{Frames}", "-i", "0.005", "-W", "1",
            "239.1.1.1"]);
        var got = links.Zip(before, (link, count) => Counted(link) - count >= Frames).ToList();
        return (got[0], got[1], got[2]);
    }

    private static long Counted(string link) => IpJson($"-s link show {link}")[0]
        .GetProperty("stats64").GetProperty("tx").GetProperty("packets").GetInt64();

    private static void ChangeGlobal(string ids, BridgeVlanGlobalSettings settings)
        => Here.Bridges.ChangeVlanGlobal("br0", [new VlanRange(ids)], settings);

    private static BridgeVlanGlobal ReadGlobal(int id)
        => Here.Bridges.ListVlanGlobals("br0").Single(vlan => vlan.VlanId == id);

    private static Dictionary<int, JsonElement> GlobalsShown()
        => JsonDocument.Parse(Execute("bridge", "-d", "-j", "vlan", "global", "show", "dev", "br0")).RootElement[0]
            .GetProperty("vlans").EnumerateArray().SelectMany(item => Enumerable.Range(
                item.GetProperty("vlan").GetInt32(),
                item.TryGetProperty("vlanEnd", out var end)
                    ? end.GetInt32() - item.GetProperty("vlan").GetInt32() + 1 : 1).Select(id => (id, item)))
            .ToDictionary(pair => pair.id, pair => pair.item);

    private static void Change(string link, string ids, BridgeVlanSettings settings)
        => Here.Bridges.ChangeVlan(link, [new VlanRange(ids)], settings);

    private static NetworkException Refused(string link, string ids, BridgeVlanSettings settings)
        => Assert.Throws<NetworkException>(() => Change(link, ids, settings));

    private static BridgeVlan Read(string link, int id)
        => Here.Bridges.ListVlans("br0").Single(vlan => vlan.InterfaceAlias == link && vlan.VlanId == id);

    // With counters, as without them the kernel takes VLANs for the same that are not.
    private static List<JsonElement> Listed(string link)
        => [.. JsonDocument.Parse(Execute("bridge", "-s", "-d", "-j", "vlan", "show", "dev", link)).RootElement[0]
            .GetProperty("vlans").EnumerateArray()];

    private static IEnumerable<string> Shown(string link) => Listed(link).Select(
        item => $"{item.GetProperty("vlan")} {item.GetProperty("state")} {item.GetProperty("mcast_router")}");

    // A bridge with the ports p1 and p2, which carry the VLANs 1 and 10 to 12.
    private static void Prepare()
    {
        PrepareBridge();
        foreach (var i in new[] { 1, 2 })
        {
            Ip($"link add p{i} type veth peer name f{i}");
            Ip($"link set f{i} up");
            Ip($"link set p{i} master br0 up");
            Execute("bridge", "vlan", "add", "dev", $"p{i}", "vid", "10-12");
            Assert.True(Eventually(() => Read($"p{i}", 10).State == BridgePortState.Forwarding));
        }
    }

    private static void PrepareBridge()
    {
        if (TryExecute("ip", ["link", "add", "br0", "type", "bridge", "vlan_filtering", "1"]).Code != 0)
            Lacking("this kernel's bridges do not filter VLANs");
        Ip("link set br0 up");
    }
}
