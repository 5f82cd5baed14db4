using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;
using IPAddress = LxcNetworking.Values.IPAddress;

namespace LxcNetworking.Tests;

/// <summary>Next-hop objects, and routes that use them.</summary>
public class NextHopTests
{
    private static NetworkStack Here => Stacks.Pool.Get();

    private static int Prepare()
    {
        Here.Links.CreateVeth(new VethSpec("eth0", new VethPeerSpec("eth1") { Up = true }) { Up = true });
        Ip("addr add 10.0.3.2/24 dev eth0");
        Ip("addr add fd00::2/64 dev eth0 nodad");
        Ip("addr add 10.0.4.2/24 dev eth1");
        return Here.Links.Get("eth0").Index;
    }

    private static NextHopSpec Via(long id, string gateway)
        => new() { NextHopId = id, NextHop = IPAddress.Parse(gateway) };

    private static NextHopSpec GroupOf(long id, params NextHopMember[] members)
        => new() { NextHopId = id, Group = [.. members] };

    private static JsonElement Seen(long id)
        => Assert.Single(IpJson($"-d nexthop show id {id}").EnumerateArray());

    [Fact]
    public void Objects_are_as_ip_makes_them() => Run(() =>
    {
        var eth0 = Prepare();
        var eth1 = Here.Links.Get("eth1").Index;
        (NextHopSpec Spec, string Words)[] cases =
        [
            (Via(7, "10.0.3.1"), "via 10.0.3.1 dev eth0 proto 108"),
            (Via(7, "fd00::1"), "via fd00::1 dev eth0 proto 108"),
            (Via(7, "192.0.2.1") with { InterfaceIndex = eth1, OnLink = true },
                "via 192.0.2.1 dev eth1 onlink proto 108"),
            (new NextHopSpec { NextHopId = 7, InterfaceIndex = eth0 }, "dev eth0 proto 108"),
            (new NextHopSpec { NextHopId = 7, Blackhole = true, Protocol = RouteProtocol.Zebra },
                "blackhole proto zebra"),
            (Via(7, "10.0.3.1") with { Fdb = true }, "via 10.0.3.1 fdb proto 108"),
            (GroupOf(7, new(1), new(2, 5)), "group 1/2,5 proto 108"),
            (GroupOf(7, new(1), new(2)) with
            {
                GroupType = NextHopGroupType.Resilient,
                Buckets = 32,
                IdleTimer = TimeSpan.FromSeconds(60),
                UnbalancedTimer = TimeSpan.FromSeconds(300),
            }, "group 1/2 type resilient buckets 32 idle_timer 60 unbalanced_timer 300 proto 108"),
        ];
        Ip("nexthop add id 1 via 10.0.3.1 dev eth0");
        Ip("nexthop add id 2 via 10.0.3.9 dev eth0");
        foreach (var (spec, words) in cases)
        {
            var made = Here.NextHops.Create(spec);
            var ours = Ip("-d nexthop show id 7");
            Here.NextHops.Remove(made);
            Ip($"nexthop add id 7 {words}");
            Assert.Equal(Ip("-d nexthop show id 7"), ours);
            var others = Here.NextHops.Get(7);
            Assert.True(others.IsLike(made), words);
            Assert.Equal([], spec.Unanswered(others));
            Assert.Contains(Here.NextHops.List(), item => item.IsLike(made));
            Here.NextHops.Remove(others);
            Assert.Throws<NetworkException>(() => Here.NextHops.Get(7));
        }

        var chosen = Here.NextHops.Create(Via(7, "10.0.3.1") with { NextHopId = null });
        Assert.Equal("10.0.3.1", Seen(chosen.NextHopId!.Value).GetProperty("gateway").GetString());
        Assert.Equal("eth0", chosen.InterfaceAlias);
    });

    [Fact]
    public void A_change_leaves_what_is_not_said_and_is_for_the_routes_too() => Run(() =>
    {
        Prepare();
        var made = Here.NextHops.Create(Via(7, "10.0.3.1") with { Protocol = RouteProtocol.Static });
        Here.Routes.Create(new RouteSpec(new IPPrefix("10.9.0.0/16")) { NextHopId = 7 });
        var change = new NextHopChange { NextHop = IPAddress.Parse("10.0.4.9"), InterfaceIndex = 0 };
        Assert.Equal(
            ["NextHop from 10.0.3.1 to 10.0.4.9"],
            change.Describe(made, _ => null));
        var changed = Here.NextHops.Change(made, change);
        Assert.Equal(
            ("10.0.4.9", "eth1", RouteProtocol.Static),
            ($"{changed.NextHop}", changed.InterfaceAlias, changed.Protocol));
        Assert.Contains("via 10.0.4.9 dev eth1", Ip("route show 10.9.0.0/16"), StringComparison.Ordinal);

        // What is refused, and what has changed since it was read, stays as it is.
        var before = Ip("-d nexthop");
        Assert.Equal(
            NetworkErrorCode.NextHopUnreachable,
            Assert.Throws<NetworkException>(() => Here.NextHops.Change(
                changed, new NextHopChange { NextHop = IPAddress.Parse("10.99.0.1") })).Code);
        Assert.Equal(
            NetworkErrorCode.ObjectNotFound,
            Assert.Throws<NetworkException>(() => Here.NextHops.Change(made, change)).Code);
        Assert.Equal(
            NetworkErrorCode.ObjectNotFound,
            Assert.Throws<NetworkException>(() => Here.NextHops.Remove(made)).Code);
        Assert.Equal(before, Ip("-d nexthop"));

        var dropping = Here.NextHops.Change(changed, new NextHopChange { Blackhole = true });
        Assert.Equal((true, null, 0), (dropping.Blackhole, dropping.NextHop, dropping.InterfaceIndex));
        Assert.Equal(JsonValueKind.Null, Seen(7).GetProperty("blackhole").ValueKind);
        Here.NextHops.Replace(Via(7, "10.0.3.7"));
        Assert.Equal("10.0.3.7", Seen(7).GetProperty("gateway").GetString());
    });

    [Fact]
    public void What_makes_no_object_is_refused_with_its_case() => Run(() =>
    {
        var eth0 = Prepare();
        Here.NextHops.Create(Via(1, "10.0.3.1"));
        Here.NextHops.Create(GroupOf(2, new NextHopMember(1)));
        var before = Ip("-d nexthop");
        foreach (var (spec, code) in new[]
        {
            (new NextHopSpec { NextHopId = 7 }, NetworkErrorCode.InvalidArgument),
            (Via(0, "10.0.3.1"), NetworkErrorCode.InvalidArgument),
            (Via(7, "224.0.0.1"), NetworkErrorCode.InvalidArgument),
            (Via(7, "fe80::1"), NetworkErrorCode.InvalidArgument),
            (Via(7, "10.0.3.1") with { Blackhole = true }, NetworkErrorCode.InvalidArgument),
            (Via(7, "10.0.3.1") with { Buckets = 5 }, NetworkErrorCode.InvalidArgument),
            (GroupOf(7, new NextHopMember(1), new NextHopMember(1)), NetworkErrorCode.InvalidArgument),
            (GroupOf(7, new NextHopMember(1)) with { Buckets = 5 }, NetworkErrorCode.InvalidArgument),
            (GroupOf(7, new NextHopMember(1)) with { InterfaceIndex = eth0 }, NetworkErrorCode.InvalidArgument),
            (GroupOf(7, new NextHopMember(99)), NetworkErrorCode.InvalidArgument),
            (Via(7, "10.99.0.1"), NetworkErrorCode.NextHopUnreachable),
            (Via(7, "10.99.0.1") with { InterfaceIndex = eth0 }, NetworkErrorCode.NextHopUnreachable),
            (Via(7, "10.0.3.1") with { InterfaceIndex = 4711 }, NetworkErrorCode.InvalidArgument),
            (Via(1, "10.0.3.9"), NetworkErrorCode.ObjectExists),
        })
            Assert.Equal((spec, code), (spec, Assert.Throws<NetworkException>(() => Here.NextHops.Create(spec)).Code));
        Assert.Equal(before, Ip("-d nexthop"));
    });

    [Fact]
    public void Long_lists_are_whole() => Run(() =>
    {
        Prepare();
        for (var id = 1; id <= 2000; id++)
            Here.NextHops.Create(new NextHopSpec { NextHopId = id, Blackhole = true });
        Assert.Equal(
            Enumerable.Range(1, 2000).Select(id => (long?)id), Here.NextHops.List().Select(item => item.NextHopId));
    });

    [Theory]
    [InlineData("10.9.0.0/16", "10.9.0.1", "10.0.3.1", "10.0.4.1")]
    [InlineData("fd09::/32", "fd09::1", "fd03::1", "fd04::1")]
    public void Flows_are_spread_by_weight_over_the_ways_of_a_route_and_of_a_group(
        string destination, string target, string first, string second) => Run(() =>
    {
        Ip("netns add far");
        foreach (var number in new[] { 3, 4 })
        {
            Ip($"link add eth{number} type veth peer name eth{number} netns far");
            Ip($"addr add 10.0.{number}.2/24 dev eth{number}");
            Ip($"addr add fd0{number}::2/64 dev eth{number} nodad");
            Ip($"link set eth{number} up");
            Ip($"-n far addr add 10.0.{number}.1/24 dev eth{number}");
            Ip($"-n far addr add fd0{number}::1/64 dev eth{number} nodad");
            Ip($"-n far link set eth{number} up");
        }

        foreach (var family in new[] { "ipv4", "ipv6" })
            File.WriteAllText($"/proc/sys/net/{family}/fib_multipath_hash_policy", "1");
        RouteHopSpec[] ways = [new(IPAddress.Parse(first)), new(IPAddress.Parse(second))];
        var route = Here.Routes.Create(new RouteSpec(new IPPrefix(destination)) { NextHops = ways });
        Assert.True(Pings(first) && Pings(second));
        var (one, other) = Spread(target);
        Assert.InRange(one, 100, 300);
        Assert.InRange(other, 100, 300);
        route = Here.Routes.Change(route, new RouteChange { NextHops = [ways[0] with { Weight = 9 }, ways[1]] });
        (one, other) = Spread(target);
        Assert.InRange(one, 310, 395);
        Assert.InRange(other, 5, 90);
        Assert.Null(Assert.Single(Here.Routes.Remove([route])));

        Here.NextHops.Create(Via(1, first));
        Here.NextHops.Create(Via(2, second));
        var group = Here.NextHops.Create(GroupOf(10, new NextHopMember(1), new NextHopMember(2)));
        Here.Routes.Create(new RouteSpec(new IPPrefix(destination)) { NextHopId = 10 });
        (one, other) = Spread(target);
        Assert.InRange(one, 100, 300);
        Assert.InRange(other, 100, 300);

        group = Here.NextHops.Change(group, new NextHopChange { Group = [new(1, 9), new(2)] });
        (one, other) = Spread(target);
        Assert.InRange(one, 310, 395);
        Assert.InRange(other, 5, 90);

        Here.NextHops.Change(group, new NextHopChange { Group = [new(2)] });
        (one, other) = Spread(target);
        Assert.InRange(one, 0, 20);
        Assert.InRange(other, 380, 420);
    });

    // Sends a packet of each of 400 flows, and tells how many left by each link.
    private static (int First, int Second) Spread(string target)
    {
        var (first, second) = (Sent("eth3"), Sent("eth4"));
        using var socket = new Socket(
            IPAddress.Parse(target).AddressFamily, SocketType.Dgram, ProtocolType.Udp);
        var address = System.Net.IPAddress.Parse(target);
        for (var port = 5000; port < 5400; port++)
            socket.SendTo("x"u8, new IPEndPoint(address, port));
        return (Sent("eth3") - first, Sent("eth4") - second);

        static int Sent(string link) => int.Parse(
            File.ReadLines("/proc/thread-self/net/dev")
                .Single(line => line.Contains($"{link}:", StringComparison.Ordinal))
                .Split(' ', StringSplitOptions.RemoveEmptyEntries)[10],
            CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData("7", 7, 1, "7")]
    [InlineData("7 weight 1", 7, 1, "7")]
    [InlineData("4294967295 weight 65536", 4294967295, 65536, "4294967295 weight 65536")]
    public void A_member_is_its_text(string text, long id, int weight, string shown)
    {
        var member = new NextHopMember(text);
        Assert.Equal((id, weight, shown), (member.NextHopId, member.Weight, member.ToString()));
        Assert.Equal(new NextHopMember(id, weight), member);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("7 weight 0")]
    [InlineData("7 weight 65537")]
    [InlineData("7 weight 1 weight 1")]
    [InlineData("seven\u001b")]
    public void What_is_no_member_is_refused(string text)
        => Assert.DoesNotContain('\u001b', Assert.Throws<FormatException>(() => new NextHopMember(text)).Message);
}
