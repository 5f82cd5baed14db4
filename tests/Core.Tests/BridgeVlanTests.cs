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
        if (TryExecute("ip", ["link", "add", "br0", "type", "bridge", "vlan_filtering", "1"]).Code != 0)
            Lacking("this kernel's bridges do not filter VLANs");
        Ip("link set br0 up");
        foreach (var i in new[] { 1, 2 })
        {
            Ip($"link add p{i} type veth peer name f{i}");
            Ip($"link set f{i} up");
            Ip($"link set p{i} master br0 up");
            Execute("bridge", "vlan", "add", "dev", $"p{i}", "vid", "10-12");
            Assert.True(Eventually(() => Read($"p{i}", 10).State == BridgePortState.Forwarding));
        }
    }
}
