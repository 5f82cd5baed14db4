using System.Net;
using System.Text.Json;
using LxcNetworking.Addressing;
using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Nat;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;
using IPAddress = LxcNetworking.Values.IPAddress;

namespace LxcNetworking.Tests;

/// <summary>What is removed or changed is what was given, though the kernel takes the first that fits.</summary>
public class ExactRemovalTests
{
    private static NetworkStack Here => Stacks.Pool.Get();

    [Theory]
    // Two routes with several ways: the ways must be told.
    [InlineData(2, "nexthop via 10.0.3.1 nexthop via 10.0.3.7", "nexthop via 10.0.3.8 nexthop via 10.0.3.9")]
    [InlineData(2, "nexthop via 10.0.3.1 weight 3 nexthop via 10.0.3.7",
        "nexthop via 10.0.3.1 weight 5 nexthop via 10.0.3.7")]
    [InlineData(3, "via 10.0.3.8", "nexthop via 10.0.3.1 nexthop via 10.0.3.7",
        "nexthop via 10.0.3.1 nexthop via 10.0.3.7 nexthop via 10.0.3.8")]
    [InlineData(2, "nexthop via 10.0.3.1 nexthop via 10.0.3.7", "via 10.0.3.1")]
    // The kernel cannot be told that a route has no source, MTU or gateway.
    [InlineData(2, "via 10.0.3.1 src 10.0.3.3", "via 10.0.3.1")]
    [InlineData(3, "via 10.0.3.7", "via 10.0.3.1 src 10.0.3.3", "via 10.0.3.1", "via 10.0.3.8")]
    [InlineData(2, "via 10.0.3.1 mtu 1300", "via 10.0.3.1")]
    [InlineData(2, "via 10.0.3.1 mtu 1300", "via 10.0.3.1 mtu 1400")]
    [InlineData(2, "via 10.0.3.1 dev eth0", "dev eth0 scope global")]
    [InlineData(2, "via 10.0.3.1 dev eth0 onlink", "via 10.0.3.1 dev eth0")]
    [InlineData(2, "nhid 5", "via 10.0.3.9")]
    [InlineData(2, "via 10.0.3.1 proto static", "via 10.0.3.1 proto boot")]
    [InlineData(2, "tos 0x10 via 10.0.3.1", "via 10.0.3.1")]
    [InlineData(1, "via 10.0.3.1", "via 10.0.3.1 metric 7")]
    [Trait("Kernel", "none")]
    public void A_route_goes_and_its_twins_stay_in_their_order(int place, params string[] routes) => Run(() =>
    {
        Prepare();
        foreach (var route in routes)
            Ip($"route append 10.9.0.0/24 {route}");
        RemoveAndCompare(() => Listed("-4 route show 10.9.0.0/24"), place - 1,
            (i, read) => Here.Routes.Remove([read.Where(IsMeant).ElementAt(i)]), () => Here.Routes.List());
        static bool IsMeant(NetRoute route) => route.DestinationPrefix.ToString() == "10.9.0.0/24";
    });

    [Theory]
    [InlineData(1, "dev eth0", "dev eth1")]
    [InlineData(2, "dev eth0", "dev eth1")]
    [InlineData(2, "nexthop via fd00::1 dev eth0 nexthop via fd00::3 dev eth0", "dev eth0")]
    [InlineData(1, "dev eth0", "nexthop via fd00::1 dev eth0 nexthop via fd00::3 dev eth0")]
    [InlineData(2, "dev eth0", "nexthop via fd00::1 dev eth0 nexthop via fd00::3 dev eth0", "dev eth1")]
    [InlineData(2, "nhid 6", "dev eth0")]
    [InlineData(3, "nhid 6", "dev eth1", "via fd00::1")]
    [InlineData(2, "via fd00::1 metric 7", "via fd00::1")]
    [InlineData(2, "via fd00::1", "blackhole")]
    [Trait("Kernel", "none")]
    public void An_IPv6_route_goes_and_its_twins_stay(int place, params string[] routes) => Run(() =>
    {
        Prepare();
        foreach (var route in routes)
            Ip("-6 route append " + (route == "blackhole" ? "blackhole fd09::/64" : $"fd09::/64 {route}"));
        RemoveAndCompare(() => Listed("-6 route show fd09::/64"), place - 1,
            (i, read) => Here.Routes.Remove([read.Where(IsMeant).ElementAt(i)]), () => Here.Routes.List());
        static bool IsMeant(NetRoute route) => route.DestinationPrefix.ToString() == "fd09::/64";
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_route_that_is_gone_takes_no_other_one_with_it() => Run(() =>
    {
        Prepare();
        Ip("route add 10.9.0.0/24 via 10.0.3.1");
        var route = Assert.Single(Here.Routes.List(), route => route.DestinationPrefix.ToString() == "10.9.0.0/24");
        Ip("route del 10.9.0.0/24");
        Ip("route add 10.9.0.0/24 via 10.0.3.1 metric 7");
        Ip("-6 route add fd09::/64 nhid 6");
        var before = Ip("route show") + Ip("-6 route show");
        Assert.Equal(NetworkErrorCode.RouteNotFound, Assert.Single(Here.Routes.Remove([route]))?.Code);
        Assert.Equal(before, Ip("route show") + Ip("-6 route show"));
        route = Assert.Single(
            Here.Routes.List(new RouteFilter { Protocol = RouteProtocol.Boot, Family = IPFamily.IPv4 }));
        Ip("route replace 10.9.0.0/24 via 10.0.3.1 metric 7 src 10.0.3.3");
        Assert.Equal(NetworkErrorCode.RouteNotFound, Assert.Single(Here.Routes.Remove([route]))?.Code);
        Assert.Contains("src 10.0.3.3", Ip("route show 10.9.0.0/24"), StringComparison.Ordinal);
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Routes_are_removed_together_whatever_they_were_read_with() => Run(() =>
    {
        Prepare();
        for (var i = 1; i < 10; i++)
            Ip($"route append 10.9.{i % 3}.0/24 via 10.0.3.1 {(
                i < 4 ? "src 10.0.3.3" : i < 7 ? "mtu 1300" : string.Empty)}");
        var routes = Here.Routes.List(new RouteFilter { Protocol = RouteProtocol.Boot, Family = IPFamily.IPv4 });
        Assert.Equal(9, routes.Count);
        Assert.All(
            Here.Routes.Remove([.. routes.Where(route => route.Mtu is null && route.Source is null)]), Assert.Null);
        Assert.Equal(6, Listed("-4 route show proto boot").Count);
        Assert.All(Here.Routes.Remove([Here.Routes.Find(IPAddress.Parse("10.9.1.1"))]), Assert.Null);
        Assert.Equal(5, Listed("-4 route show proto boot").Count);
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void What_a_route_has_besides_comes_back_with_it() => Run(() =>
    {
        Prepare();
        Ip("route append 10.9.0.0/24 via 10.0.3.1 src 10.0.3.3 mtu lock 1300 advmss 1200 realm 7 congctl reno");
        Ip("route append 10.9.0.0/24 via 10.0.3.1");
        Ip("-6 route append fd09::/64 via fd00::1 dev eth0 expires 5000 hoplimit 9 pref high");
        Ip("-6 route append fd09::/64 dev eth0");
        var before = (Ip("-d route show 10.9.0.0/24"), Ip("-d -6 route show fd09::/64"));
        var routes = Here.Routes.List();
        Assert.All(
            Here.Routes.Remove([.. routes.Where(route
                => route is { Protocol: RouteProtocol.Boot, Mtu: null, HopLimit: null })]),
            Assert.Null);
        Assert.Equal(before.Item1.Split('\n')[0], Ip("-d route show 10.9.0.0/24").TrimEnd('\n'));
        Assert.Matches("fd09::/64 via fd00::1 dev eth0 .*expires [0-9]{4}sec hoplimit 9 pref high",
            Assert.Single(Ip("-d -6 route show fd09::/64").Trim().Split('\n')));
    });

    [Theory]
    [InlineData("iif v0 lookup 100", "lookup 100")]
    [InlineData("fwmark 0x10/0xff lookup 100", "fwmark 0/0xff lookup 100")]
    [InlineData("lookup 100", "from 10.0.0.0/8 lookup 100", "to 10.0.0.0/8 lookup 100",
        "from 10.0.0.0/8 to 10.0.0.0/8 lookup 100")]
    [InlineData("ipproto tcp dport 80 lookup 100", "ipproto tcp lookup 100")]
    [InlineData("lookup 100", "tos 0x10 lookup 100")]
    [InlineData("lookup 100 suppress_prefixlength 0", "lookup 100")]
    [InlineData("lookup 100 protocol static", "lookup 100")]
    [InlineData("oif v1 blackhole", "blackhole")]
    [InlineData("iif v0 lookup 100", "lookup 100", "oif v0 lookup 100")]
    [Trait("Kernel", "none")]
    public void A_rule_goes_and_its_twins_stay_in_their_order(params string[] rules) => Run(() =>
    {
        foreach (var family in new[] { "-4", "-6" })
        {
            for (var place = 0; place < rules.Length; place++)
            {
                while (TryExecute("ip", [family, "rule", "del", "prio", "10"]).Code == 0)
                {
                }

                foreach (var rule in rules)
                    Ip($"{family} rule add {(family == "-6"
                        ? rule.Replace("10.0.0.0/8", "fd00::/8", StringComparison.Ordinal) : rule)} prio 10");
                RemoveAndCompare(
                    () => [.. Listed($"{family} rule show")
                        .Where(line => line.Contains("\"priority\":10,", StringComparison.Ordinal))],
                    place,
                    (i, read) => Here.Rules.Remove([read.Where(rule => rule.Priority == 10).ElementAt(i)]),
                    () => Here.Rules.List(family == "-4" ? IPFamily.IPv4 : IPFamily.IPv6));
            }
        }
    });

    [Fact]
    public void A_rule_that_is_gone_takes_no_other_one_with_it() => Run(() =>
    {
        Ip("rule add lookup 100 prio 10");
        var rule = Assert.Single(Here.Rules.List(IPFamily.IPv4), rule => rule.Priority == 10);
        Ip("rule del prio 10");
        Ip("rule add iif v0 lookup 100 prio 10");
        var before = Ip("rule show");
        Assert.Equal(NetworkErrorCode.ObjectNotFound, Assert.Single(Here.Rules.Remove([rule]))?.Code);
        Assert.Equal(before, Ip("rule show"));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void With_the_first_address_of_a_network_only_it_goes() => Run(() =>
    {
        Prepare();
        Ip("addr add 10.0.3.4/24 dev eth0 label eth0:x valid_lft 5000 preferred_lft 4000");
        var addresses = Here.Addresses.List(new AddressFilter { Family = IPFamily.IPv4 });
        Assert.Null(Assert.Single(Here.Addresses.Remove(
            [Assert.Single(addresses, address => address.IPAddress.ToString() == "10.0.3.2")])));
        var left = IpJson("-4 addr show dev eth0")[0].GetProperty("addr_info").EnumerateArray().ToList();
        Assert.Equal(["10.0.3.3", "10.0.3.4"], left.Select(item => item.GetProperty("local").GetString()));
        Assert.Equal("eth0:x", left[1].GetProperty("label").GetString());
        Assert.InRange(left[1].GetProperty("valid_life_time").GetInt64(), 4000, 5000);
        Assert.Contains("src 10.0.3.3", Ip("route show 10.0.3.0/24"), StringComparison.Ordinal);
        Assert.All(
            Here.Addresses.Remove(Here.Addresses.List(new AddressFilter { Family = IPFamily.IPv4 })), Assert.Null);
        Assert.Empty(Ip("-4 addr show"));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Of_addresses_with_peers_the_meant_one_is_changed_and_removed() => Run(() =>
    {
        Prepare();
        Ip("addr add 10.7.0.1 peer 10.7.1.1/32 dev eth0");
        Ip("addr add 10.7.0.1 peer 10.7.2.1/32 dev eth0");
        var second = Assert.Single(Here.Addresses.List(), address => address.PeerAddress?.ToString() == "10.7.2.1");
        var changed = Here.Addresses.Change(second, new() { ValidLifetime = TimeSpan.FromSeconds(5000) });
        Assert.Equal("10.7.2.1", changed.PeerAddress?.ToString());
        Assert.InRange(changed.ValidLifetime.TotalSeconds, 4000, 5000);
        Assert.Contains("peer 10.7.1.1/32 scope global eth0\n       valid_lft forever",
            Ip("addr show dev eth0"), StringComparison.Ordinal);
        Ip("addr del 10.7.0.1 peer 10.7.2.1/32 dev eth0");
        Assert.Equal(NetworkErrorCode.AddressNotFound, Assert.Throws<NetworkException>(
            () => Here.Addresses.Change(second, new() { ValidLifetime = TimeSpan.FromSeconds(9000) })).Code);
        // The kernel compares no more of a peer than the prefix length says.
        Ip("addr add 10.8.0.1 peer 10.8.1.1/24 dev eth0");
        var peer = Assert.Single(Here.Addresses.List(), address => address.PeerAddress?.ToString() == "10.8.1.1");
        Ip("addr del 10.8.0.1 peer 10.8.1.1/24 dev eth0");
        Ip("addr add 10.8.0.1 peer 10.8.1.2/24 dev eth0");
        Assert.Equal(NetworkErrorCode.AddressNotFound, Assert.Single(Here.Addresses.Remove([peer]))?.Code);
        Assert.Contains("peer 10.8.1.2/24", Ip("addr show dev eth0"), StringComparison.Ordinal);
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_gateway_that_is_taken_back_leaves_the_others() => Run(() =>
    {
        Prepare();
        Ip("-6 route add default via fd00::9 dev eth0 metric 7");
        Ip("route add default via 10.0.3.1");
        var before = (Ip("-6 route show default"), Ip("route show default"));
        // The second gateway is refused, and the first one's route goes again.
        Assert.Throws<NetworkException>(() => Here.Addresses.Create(
            Here.Links.Get("eth0"), [new AddressSpec(new IPPrefix("10.0.3.77/24"))],
            [IPAddress.Parse("fd00::9"), IPAddress.Parse("10.0.3.1")]));
        Assert.Equal(before, (Ip("-6 route show default"), Ip("route show default")));
    });

    [Fact]
    public void A_forwarding_entry_of_a_source_VNI_is_removed_alone() => Run(() =>
    {
        if (TryExecute("ip", ["link", "add", "vx0", "type", "vxlan", "external", "dstport", "4790"]).Code != 0)
            Lacking("this kernel has no external VXLAN links");
        Ip("link set vx0 up");
        foreach (var source in new[] { 5, 6 })
            Execute("bridge", "fdb", "append", "02:00:00:00:00:01", "dev", "vx0", "dst", "10.0.3.9",
                "src_vni", $"{source}", "vni", "7");
        var entry = Assert.Single(Here.Bridges.ListFdb(), entry => entry.SourceVni == 6);
        Here.Bridges.RemoveFdbEntry(entry);
        Assert.Equal(5, Assert.Single(Here.Bridges.ListFdb(), entry => entry.InterfaceAlias == "vx0").SourceVni);
        Assert.Contains("src_vni 5", Execute("bridge", "fdb", "show", "dev", "vx0"), StringComparison.Ordinal);
    });

    [Fact]
    public void A_forwarding_entry_without_a_VLAN_leaves_those_in_VLANs() => Run(() =>
    {
        if (TryExecute("ip", ["link", "add", "br0", "up", "type", "bridge", "vlan_filtering", "1"]).Code != 0)
            Lacking("this kernel's bridges do not filter VLANs");
        Ip("link add p1 up type veth peer name p2");
        Ip("link set p1 master br0");
        Execute("bridge", "vlan", "add", "dev", "p1", "vid", "10");
        Execute("bridge", "fdb", "add", "02:00:00:00:00:01", "dev", "p1", "master", "static");
        Execute("bridge", "fdb", "replace", "02:00:00:00:00:01", "dev", "p1", "master", "static", "sticky",
            "vlan", "10");
        // The copy in VLAN 1, which the kernel made, goes along.
        Here.Bridges.RemoveFdbEntry(Here.Bridges.ListFdb().Single(
            entry => entry.MacAddress.ToString() == "02:00:00:00:00:01" && entry.VlanId is null));
        var left = Assert.Single(Here.Bridges.ListFdb(), entry => entry.MacAddress.ToString() == "02:00:00:00:00:01");
        Assert.Equal((10, BridgeFdbType.Static, true), (left.VlanId, left.Type, left.Sticky));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Of_mappings_that_someone_doubled_one_goes() => NatLab.Run(() =>
    {
        NatLab.Nats.Create(new NetNatSpec("web", new IPPrefix("10.0.3.0/24")));
        NatLab.Nats.AddMapping(new NetNatStaticMappingSpec("web", IPAddress.Parse("10.0.3.10"))
        {
            Protocol = NatProtocol.TCP,
            ExternalPort = new PortRange(80),
        });
        NatLab.Load(NatLab.Ruleset());
        var twins = NatLab.Nats.ListMappings();
        Assert.Equal(2, twins.Count);
        Assert.Equal(4, NatLab.Ruleset().Split("dnat ip").Length - 1);
        NatLab.Nats.RemoveMapping(twins[1]);
        Assert.Equal(twins[0].StaticMappingID, Assert.Single(NatLab.Nats.ListMappings()).StaticMappingID);
        Assert.Equal(2, NatLab.Ruleset().Split("dnat ip").Length - 1);
    });

    /// <summary>Removes the object at a place of the list and compares what is left, as ip(8) tells it.</summary>
    private static void RemoveAndCompare<T>(Func<List<string>> eye, int place,
        Func<int, IReadOnlyList<T>, IReadOnlyList<NetworkException?>> remove, Func<IReadOnlyList<T>> read)
    {
        var expected = eye();
        expected.RemoveAt(place);
        Assert.Null(Assert.Single(remove(place, read())));
        Assert.Equal(expected, eye());
    }

    private static List<string> Listed(string arguments)
        => [.. IpJson(arguments).EnumerateArray().Select(item => item.GetRawText())];

    private static void Prepare()
    {
        Ip("link add eth0 type veth peer name eth1");
        foreach (var link in new[] { "eth0", "eth1" })
            // a link-local address would come, with routes, at some later moment
            Ip($"link set {link} up addrgenmode none");
        Ip("addr add 10.0.3.2/24 dev eth0");
        Ip("addr add 10.0.3.3/24 dev eth0");
        Ip("addr add fd00::2/64 dev eth0 nodad");
        Ip("nexthop add id 5 via 10.0.3.9 dev eth0");
        Ip("nexthop add id 6 via fd00::9 dev eth0");
    }
}
