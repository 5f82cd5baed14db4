using System.Text.Json;
using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>Multicast tables of bridges, and what is told of VLANs beside their ids.</summary>
public class BridgeMdbTests
{
    private static readonly Version s_kernel = Environment.OSVersion.Version;

    private static NetworkStack Here => Stacks.Pool.Get();

    [Fact]
    public void Ports_join_groups_of_every_family_and_leave() => Run(() =>
    {
        Prepare();
        var made = Add("p1", "239.1.1.1").Single();
        Assert.Equal(
            ("239.1.1.1", "p1", "br0", BridgeMdbType.Permanent, null, false),
            ($"{made.Group}", made.InterfaceAlias, made.Bridge, made.Type, made.Timer, made.Self));
        Add("p2", "239.1.1.1");
        Add("p1", "ff0e::7");
        Add("p1", "01:00:5e:00:00:99");
        var temporary = Here.Bridges.AddMdbEntry(
            new BridgeMdbSpec("p2", Group("239.1.1.2")) { Type = BridgeMdbType.Temporary }).Single();
        Assert.True(temporary.Timer!.TotalSeconds > 100);
        var own = Add("br0", "239.1.1.3").Single();
        Assert.True(own.Self);
        var ofSender = Here.Bridges.AddMdbEntry(
            new BridgeMdbSpec("p1", Group("239.1.1.4")) { Source = IPAddress.Parse("192.0.2.5") }).Single();
        Assert.Equal("192.0.2.5", $"{ofSender.Source}");
        string[] expected =
        [
            "01:00:5e:00:00:99 p1 permanent", "239.1.1.1 p1 permanent", "239.1.1.1 p2 permanent",
            "239.1.1.2 p2 temp", "239.1.1.3 br0 temp", "239.1.1.4 p1 permanent 192.0.2.5", "ff0e::7 p1 permanent",
        ];
        Assert.Equal(expected, Shown());
        Assert.Equal(expected.Length, Ours().Count);

        Bridge("mdb add dev br0 port p2 grp ff0e::8 src 2001:db8::1 permanent");
        var read = Ours().Single(entry => $"{entry.Group}" == "ff0e::8");
        Assert.Equal(
            ("p2", "2001:db8::1", BridgeMdbType.Permanent), (read.InterfaceAlias, $"{read.Source}", read.Type));
        Bridge("mdb del dev br0 port p2 grp 239.1.1.1");
        Assert.Equal(
            ["p1"], Ours().Where(entry => $"{entry.Group}" == "239.1.1.1").Select(entry => entry.InterfaceAlias));
        foreach (var entry in Ours())
            Here.Bridges.RemoveMdbEntry(entry);
        Assert.Empty(Shown());
        Assert.Throws<NetworkException>(() => Here.Bridges.RemoveMdbEntry(made));
    });

    [Fact]
    public void Ports_of_routers_are_listed() => Run(() =>
    {
        Prepare();
        Assert.Empty(Here.Bridges.ListMulticastRouters());
        Here.Bridges.ChangePort("p1", new BridgePortSettings { MulticastRouter = BridgeMulticastRouter.Always });
        Execute("bridge", "link", "set", "dev", "p2", "mcast_router", "3");
        var routers = Here.Bridges.ListMulticastRouters("br0").OrderBy(port => port.InterfaceAlias).ToList();
        Assert.Equal(
            ["p1 br0  Always", "p2 br0  Temporary"],
            routers.Select(port => $"{port.InterfaceAlias} {port.Bridge} {port.VlanId} {port.Type}"));
        Assert.Null(routers[0].Timer);
        Assert.InRange(routers[1].Timer!.TotalSeconds, 1, 260);
        Assert.Equal(
            ["p1 permanent", "p2 temp"],
            JsonDocument.Parse(Execute("bridge", "-d", "-s", "-j", "mdb", "show")).RootElement[0].GetProperty("router")
                .GetProperty("br0").EnumerateArray().Select(port => $"{port.GetProperty("port")} "
                    + $"{port.GetProperty("type")}").Order());
        Ip("link add br1 type bridge");
        Assert.Empty(Here.Bridges.ListMulticastRouters("br1"));
        Here.Bridges.ChangePort("p1", new BridgePortSettings { MulticastRouter = BridgeMulticastRouter.Never });
        Assert.Equal(["p2"], Here.Bridges.ListMulticastRouters().Select(port => port.InterfaceAlias));
    });

    [Fact]
    public void What_cannot_be_in_a_group_is_refused() => Run(() =>
    {
        Prepare();
        Add("p1", "239.1.1.1");
        Assert.Equal(NetworkErrorCode.ObjectExists, Refused("p1", "239.1.1.1").Code);
        Assert.Equal(NetworkErrorCode.NotSupported, Refused("f1", "239.1.1.1").Code);
        Assert.Equal(NetworkErrorCode.LinkNotFound, Refused("nope", "239.1.1.1").Code);
        Assert.Equal(NetworkErrorCode.InvalidArgument, Refused("p1", "224.0.0.1").Code);
        foreach (var text in new[] { "10.0.0.1", "fe80::1", "02:00:00:00:00:01", "none" })
            Assert.Throws<FormatException>(() => Group(text));
        foreach (var spec in new BridgeMdbSpec[]
        {
            new("p1", Group("01:00:5e:00:00:99")) { Type = BridgeMdbType.Temporary },
            new("p1", Group("01:00:5e:00:00:99")) { Source = IPAddress.Parse("192.0.2.5") },
            new("p1", Group("239.1.1.9")) { Source = IPAddress.Parse("2001:db8::1") },
            new("p1", Group("239.1.1.9")) { SourceList = [IPAddress.Parse("192.0.2.5")] },
            new("p1", Group("239.1.1.9")) { VlanId = 4095 },
        })
            Assert.Equal(
                NetworkErrorCode.InvalidArgument,
                Assert.Throws<NetworkException>(() => Here.Bridges.AddMdbEntry(spec)).Code);
        Ip("link set br0 type bridge mcast_snooping 0");
        Assert.Contains("snooping", Refused("p1", "239.1.1.5").Message, StringComparison.Ordinal);
    });

    [Fact]
    [Trait("Kernel", "any")]
    public void Senders_are_listed_where_the_kernel_can() => Run(() =>
    {
        Prepare();
        Ip("link set br0 type bridge mcast_igmp_version 3");
        var spec = new BridgeMdbSpec("p1", Group("239.1.1.1"))
        {
            FilterMode = MulticastFilterMode.Include,
            SourceList = [IPAddress.Parse("192.0.2.5"), IPAddress.Parse("192.0.2.6")],
            Type = BridgeMdbType.Temporary,
        };
        if (s_kernel < new Version(6, 2))
        {
            var error = Assert.Throws<NetworkException>(() => Here.Bridges.AddMdbEntry(spec));
            Assert.Contains("Linux 6.2", error.Message, StringComparison.Ordinal);
            Assert.Empty(Shown());
            return;
        }

        var made = Here.Bridges.AddMdbEntry(spec).Single();
        Assert.Equal(MulticastFilterMode.Include, made.FilterMode);
        Assert.Equal(["192.0.2.5", "192.0.2.6"], made.SourceList!.Select(one => $"{one}").Order());
        Assert.Equal(3, Ours().Count);
        Here.Bridges.AddMdbEntry(new BridgeMdbSpec("p1", Group("239.1.1.1")) { Replace = true });
        Assert.Equal(
            ["239.1.1.1 p1 permanent"], Shown().Where(line => !line.Contains("192.0.2", StringComparison.Ordinal)));
    });

    [Fact]
    public void A_port_is_in_a_group_in_one_VLAN_or_in_all_of_its() => Run(() =>
    {
        PrepareVlans();
        Here.Bridges.AddVlan("p1", [new VlanRange(10)]);
        Assert.Equal([1, 10], Add("p1", "239.1.1.1").Select(entry => entry.VlanId!.Value).Order());
        var only = Here.Bridges.AddMdbEntry(new BridgeMdbSpec("p1", Group("239.1.1.2")) { VlanId = 10 });
        Assert.Equal([10], only.Select(entry => entry.VlanId!.Value));
        // One VLAN has the group already: the other one, which came before it, does not keep it.
        Bridge("mdb add dev br0 port p1 grp 239.1.1.4 vid 10 permanent");
        Assert.Equal(NetworkErrorCode.ObjectExists, Refused("p1", "239.1.1.4").Code);
        Assert.Equal([10], Ours().Where(entry => $"{entry.Group}" == "239.1.1.4").Select(entry => entry.VlanId!.Value));
        Here.Bridges.RemoveMdbEntry(Ours().Single(entry => $"{entry.Group}" == "239.1.1.1" && entry.VlanId == 1));
        Assert.Equal([10], Ours().Where(entry => $"{entry.Group}" == "239.1.1.1").Select(entry => entry.VlanId!.Value));
    });

    [Fact]
    public void A_group_is_delivered_to_its_members_only() => Run(() =>
    {
        Prepare();
        foreach (var i in new[] { 1, 2, 3 })
            VlanTests.Container($"c{i}", "br0", $"10.5.0.{i}/24");
        Assert.True(Pings("10.5.0.1", "c3"));
        Ip("-n c3 route add 239.0.0.0/8 dev eth0");
        // Without anybody who asks, a bridge floods.
        Here.Bridges.Change("br0", new BridgeSettings
        {
            MulticastQuerier = true,
            MulticastQueryResponseInterval = TimeSpan.FromSeconds(1),
        });
        Here.Bridges.AddMdbEntry(new BridgeMdbSpec("vc1", Group("239.1.1.1")));
        Assert.True(Eventually(() => Sent() is ( >= Frames, < Frames)));
        Here.Bridges.AddMdbEntry(new BridgeMdbSpec("vc2", Group("239.1.1.1")));
        Assert.True(Sent() is ( >= Frames, >= Frames));
        Here.Bridges.RemoveMdbEntry(Ours().Single(entry => entry.InterfaceAlias == "vc1"));
        Assert.True(Sent() is ( < Frames, >= Frames));
    });

    [Fact]
    [Trait("Kernel", "any")]
    public void Vlans_have_tunnel_ids_and_options_of_their_own() => Run(() =>
    {
        PrepareVlans();
        NeedsKind("vxlan");
        Ip("link add vx0 type vxlan dstport 4789 external");
        Ip("link set vx0 master br0");
        var off = Assert.Throws<NetworkException>(
            () => Here.Bridges.AddVlan("vx0", [new VlanRange(10)], tunnelId: 100));
        Assert.Equal(NetworkErrorCode.NotSupported, off.Code);
        Here.Bridges.ChangePort("vx0", new BridgePortSettings { VlanTunnel = true });
        var added = Here.Bridges.AddVlan("vx0", [new VlanRange("10-12")], tunnelId: 100);
        Assert.Equal([(10, 100L), (11, 101L), (12, 102L)], added.Select(vlan => (vlan.VlanId, vlan.TunnelId!.Value)));
        var shown = JsonDocument.Parse(Execute("bridge", "-j", "vlan", "tunnelshow", "dev", "vx0"));
        Assert.Contains("\"tunid\":100", shown.RootElement.ToString().Replace(" ", null, StringComparison.Ordinal),
            StringComparison.Ordinal);
        foreach (var (ranges, id) in new (VlanRange[], long)[]
        {
            ([new VlanRange(20)], 0), ([new VlanRange("20-21")], 0xffffff),
            ([new VlanRange(20), new VlanRange(22)], 7),
        })
            Assert.Equal(
                NetworkErrorCode.InvalidArgument,
                Assert.Throws<NetworkException>(() => Here.Bridges.AddVlan("vx0", ranges, tunnelId: id)).Code);
        Bridge("vlan set dev p1 vid 1 state 4");
        var vlans = Here.Bridges.ListVlans("br0");
        Assert.Equal(
            BridgePortState.Blocking, vlans.Single(vlan => vlan is { InterfaceAlias: "p1", VlanId: 1 }).State);
        Assert.Equal(
            BridgePortState.Forwarding, vlans.Single(vlan => vlan is { InterfaceAlias: "p2", VlanId: 1 }).State);
        Assert.Equal(102, vlans.Single(vlan => vlan is { InterfaceAlias: "vx0", VlanId: 12 }).TunnelId);
        Assert.Null(vlans.Single(vlan => vlan is { InterfaceAlias: "vx0", VlanId: 1 }).TunnelId);
        Assert.NotNull(vlans.Single(vlan => vlan is { InterfaceAlias: "p1", VlanId: 1 }).MulticastRouter);
    });

    private const int Frames = 60;

    // How many frames go out to the containers 1 and 2 while the third one sends so many.
    private static (long First, long Second) Sent()
    {
        var (first, second) = (Counted("vc1"), Counted("vc2"));
        TryExecute("ip", ["netns", "exec", "c3", "ping", "-n", "-q", "-c", $"{Frames}", "-i", "0.005", "-W", "1",
            "239.1.1.1"]);
        return (Counted("vc1") - first, Counted("vc2") - second);
    }

    private static long Counted(string link) => JsonDocument.Parse(Execute("ip", "-s", "-j", "link", "show", link))
        .RootElement[0].GetProperty("stats64").GetProperty("tx").GetProperty("packets").GetInt64();

    private static void Bridge(string arguments) => Execute("bridge", arguments.Split(' '));

    private static MulticastGroup Group(string text) => MulticastGroup.Parse(text);

    private static IReadOnlyList<BridgeMdbEntry> Add(string link, string group)
        => Here.Bridges.AddMdbEntry(new BridgeMdbSpec(link, Group(group)));

    private static NetworkException Refused(string link, string group)
        => Assert.Throws<NetworkException>(() => Add(link, group));

    // Beside what the kernel's own addresses and their neighbour discovery bring.
    private static bool IsOurs(string group) => group.StartsWith("239.", StringComparison.Ordinal)
        || group.StartsWith("ff0e:", StringComparison.Ordinal) || group.StartsWith("01:", StringComparison.Ordinal);

    private static List<BridgeMdbEntry> Ours()
        => [.. Here.Bridges.ListMdb("br0").Where(entry => IsOurs($"{entry.Group}"))];

    private static string[] Shown()
        => [.. JsonDocument.Parse(Execute("bridge", "-d", "-j", "mdb", "show")).RootElement[0].GetProperty("mdb")
            .EnumerateArray().Where(item => IsOurs(item.GetProperty("grp").GetString()!))
            .Select(item => $"{item.GetProperty("grp")} {item.GetProperty("port")} {item.GetProperty("state")}"
                + (item.TryGetProperty("src", out var source) ? $" {source}" : string.Empty))
            .Order(StringComparer.Ordinal)];

    private static void Prepare()
    {
        NeedsKind("bridge");
        Ip("link add br0 type bridge");
        Ip("link set br0 up");
        foreach (var i in new[] { 1, 2 })
        {
            Ip($"link add p{i} type veth peer name f{i}");
            Ip($"link set f{i} up");
            Ip($"link set p{i} master br0 up");
            Assert.True(Eventually(
                () => IpJson($"link show dev p{i}")[0].GetProperty("operstate").GetString() == "UP"));
        }
    }

    private static void PrepareVlans()
    {
        if (TryExecute("ip", ["link", "add", "probe0", "type", "bridge", "vlan_filtering", "1"]).Code != 0)
            Lacking("this kernel's bridges do not filter VLANs");
        Ip("link del probe0");
        Prepare();
        Ip("link set br0 type bridge vlan_filtering 1");
    }
}
