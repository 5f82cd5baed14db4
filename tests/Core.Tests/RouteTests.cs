using System.Text.Json;
using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

public class RouteTests
{
    private static NetworkStack Here => Stacks.Pool.Get();

    private static NetLink Prepare()
    {
        Here.Links.CreateVeth(new VethSpec("eth0", new VethPeerSpec("eth1") { Up = true }) { Up = true });
        Ip("addr add 10.0.3.2/24 dev eth0");
        Ip("addr add fd00::2/64 dev eth0 nodad");
        Ip("addr add 10.0.4.2/24 dev eth1");
        return Here.Links.Get("eth0");
    }

    private static List<JsonElement> Seen(string arguments) => [.. IpJson(arguments).EnumerateArray()];

    private static RouteSpec Spec(string destination, params string[] gateways)
        => new(new IPPrefix(destination))
        { NextHops = [.. gateways.Select(gateway => new RouteHopSpec(IPAddress.Parse(gateway)))] };

    [Fact]
    public void A_route_over_a_gateway_is_as_ip_makes_it() => Run(() =>
    {
        Prepare();
        var made = Here.Routes.Create(Spec("10.0.5.0/24", "10.0.3.1"));
        Assert.Equal("10.0.5.0/24", made.DestinationPrefix.ToString());
        Assert.Equal("10.0.3.1", made.NextHop.ToString());
        Assert.Equal("eth0", made.InterfaceAlias);
        Assert.Equal("main", made.Table.ToString());
        Assert.Equal(RouteType.Unicast, made.Type);
        var ours = Ip("route show 10.0.5.0/24");
        Ip("route del 10.0.5.0/24");
        Ip("route add 10.0.5.0/24 via 10.0.3.1 proto 108");
        Assert.Equal(Ip("route show 10.0.5.0/24"), ours);
    });

    [Fact]
    public void IPv6_goes_the_same_way() => Run(() =>
    {
        Prepare();
        var made = Here.Routes.Create(Spec("::/0", "fd00::1"));
        Assert.Equal("::/0", made.DestinationPrefix.ToString());
        Assert.Equal("eth0", made.InterfaceAlias);
        Assert.Equal(1024, made.RouteMetric);
        Assert.Equal("fd00::1", Assert.Single(Seen("-6 route show default")).GetProperty("gateway").GetString());
    });

    [Fact]
    public void Everything_that_can_be_said_of_a_route_reaches_the_kernel() => Run(() =>
    {
        var link = Prepare();
        Here.Routes.Create(new RouteSpec(new IPPrefix("10.1.0.0/16"))
        {
            NextHops = [new RouteHopSpec(IPAddress.Parse("192.0.2.1"), link.Index)],
            OnLink = true,
            Metric = 77,
            Table = new RouteTable(1000),
            Source = IPAddress.Parse("10.0.3.2"),
            Mtu = 1300,
            Protocol = RouteProtocol.Static,
        });
        var seen = Assert.Single(Seen("route show table 1000"));
        Assert.Equal("192.0.2.1", seen.GetProperty("gateway").GetString());
        Assert.Equal(77, seen.GetProperty("metric").GetInt32());
        Assert.Equal("10.0.3.2", seen.GetProperty("prefsrc").GetString());
        Assert.Equal("static", seen.GetProperty("protocol").GetString());
        Assert.Contains("onlink", seen.GetProperty("flags").EnumerateArray().Select(flag => flag.GetString()));
        Assert.Equal(1300, seen.GetProperty("metrics")[0].GetProperty("mtu").GetInt32());

        var read = Assert.Single(Here.Routes.List(new RouteFilter { Table = new RouteTable(1000) }));
        Assert.Equal(77, read.RouteMetric);
        Assert.Equal(1300, read.Mtu);
        Assert.Equal("10.0.3.2", read.Source?.ToString());
        Assert.Equal("1000", read.Table.ToString());
        Assert.True(read.Flags.HasFlag(RouteFlags.OnLink));
        Assert.Equal(RouteProtocol.Static, read.Protocol);
        Assert.Null(Assert.Single(Here.Routes.Remove([read])));
        Assert.Empty(Here.Routes.List(new RouteFilter { Table = new RouteTable(1000) }));
    });

    [Fact]
    public void Every_metric_is_that_of_ip() => Run(() =>
    {
        Prepare();
        var spec = Spec("10.8.0.0/16", "10.0.3.1") with
        {
            TypeOfService = 0x10,
            Mtu = 1400,
            AdvertisedMss = 1300,
            HopLimit = 9,
            Window = 1000,
            RoundTripTime = TimeSpan.FromMilliseconds(300),
            RoundTripTimeVariance = TimeSpan.FromMilliseconds(40),
            SlowStartThreshold = 7,
            CongestionWindow = 5,
            Reordering = 4,
            InitialCongestionWindow = 11,
            InitialReceiveWindow = 12,
            Features = RouteFeatures.Ecn,
            MinimumRetransmissionTimeout = TimeSpan.FromMilliseconds(200),
            QuickAck = true,
            CongestionControl = "cubic",
            FastOpenWithoutCookie = true,
            LockedMetrics = RouteMetricLocks.Mtu | RouteMetricLocks.CongestionControl,
        };
        var made = Here.Routes.Create(spec);
        Assert.Equal([], spec.ToSend().Unanswered(made));
        var ours = Ip("route show 10.8.0.0/16");
        Assert.Null(Assert.Single(Here.Routes.Remove([made])));

        Ip("route add 10.8.0.0/16 tos 0x10 via 10.0.3.1 mtu lock 1400 advmss 1300 hoplimit 9 window 1000 rtt 300ms "
            + "rttvar 40ms ssthresh 7 cwnd 5 reordering 4 initcwnd 11 initrwnd 12 features ecn rto_min 200ms "
            + "quickack 1 congctl lock cubic fastopen_no_cookie 1 proto 108");
        Assert.Equal(Ip("route show 10.8.0.0/16"), ours);
        var others = Assert.Single(Here.Routes.List(), route => route.DestinationPrefix.ToString() == "10.8.0.0/16");
        Assert.Equal([], spec.ToSend().Differences(others).Where(item => item.Mine is not null));
        Assert.Null(Assert.Single(Here.Routes.Remove([others])));
    });

    [Fact]
    public void IPv6_routes_have_metrics_and_a_preference_too() => Run(() =>
    {
        Prepare();
        var spec = Spec("fd08::/32", "fd00::1") with
        {
            Preference = RouterPreference.Low,
            InitialCongestionWindow = 20,
            CongestionControl = "reno",
            Mtu = 1300,
        };
        var made = Here.Routes.Create(spec);
        Assert.Equal(RouterPreference.Low, made.Preference);
        var seen = Assert.Single(Seen("-6 route show fd08::/32"));
        Assert.Equal("low", seen.GetProperty("pref").GetString());
        Assert.Equal("""[{"mtu":1300,"initcwnd":20,"congestion":"reno"}]""", seen.GetProperty("metrics").GetRawText());
        Assert.Null(Assert.Single(Here.Routes.Remove([made])));
    });

    [Theory]
    [InlineData("10.8.0.0/16", "10.0.3.1")]
    [InlineData("fd08::/32", "fd00::1")]
    public void A_route_uses_a_nexthop_object(string destination, string gateway) => Run(() =>
    {
        Prepare();
        Ip($"nexthop add id 7 via {gateway} dev eth0");
        var made = Here.Routes.Create(Spec(destination) with { NextHopId = 7 });
        Assert.Equal((7, "eth0", gateway), (made.NextHopId, made.InterfaceAlias, made.NextHop.ToString()));
        var family = gateway.Contains(':', StringComparison.Ordinal) ? "-6" : "-4";
        Assert.Equal(7, Assert.Single(Seen($"{family} route show {destination}")).GetProperty("nhid").GetInt32());
        Assert.Null(Assert.Single(Here.Routes.Remove([made])));

        Assert.Equal(
            NetworkErrorCode.InvalidArgument,
            Assert.Throws<NetworkException>(
                () => Here.Routes.Create(Spec(destination, gateway) with { NextHopId = 7 })).Code);
    });

    [Fact]
    public void Several_ways_with_weights() => Run(() =>
    {
        Prepare();
        foreach (
            var (destination, a, b) in new[] { ("10.6.0.0/16", "10.0.3.7", "10.0.4.7"),
                ("fd06::/48", "fd00::7", "fd00::8") })
        {
            var spec = new RouteSpec(new IPPrefix(destination))
            { NextHops = [new RouteHopSpec(IPAddress.Parse(a), 0, 5), new RouteHopSpec(IPAddress.Parse(b))] };
            var made = Here.Routes.Create(spec);
            Assert.Equal([5, 1], made.Multipath.Select(hop => hop.Weight));
            var family = destination.Contains(':', StringComparison.Ordinal) ? "-6" : "-4";
            var hops = Assert.Single(Seen($"{family} route show {destination}")).GetProperty("nexthops");
            Assert.Equal([a, b], hops.EnumerateArray().Select(hop => hop.GetProperty("gateway").GetString()));
            Assert.Equal([5, 1], hops.EnumerateArray().Select(hop => hop.GetProperty("weight").GetInt32()));
            var read = Assert.Single(Here.Routes.List(), route => route.DestinationPrefix.ToString() == destination);
            Assert.Equal([a, b], read.Multipath.Select(hop => hop.NextHop.ToString()));
            Assert.All(read.Multipath, hop => Assert.NotNull(hop.InterfaceAlias));
            Assert.Null(Assert.Single(Here.Routes.Remove([read])));
            Assert.Empty(Seen($"{family} route show {destination}"));
        }
    });

    [Theory]
    [InlineData("10.7.0.0/16", RouteType.Blackhole)]
    [InlineData("10.7.0.0/16", RouteType.Unreachable)]
    [InlineData("10.7.0.0/16", RouteType.Prohibit)]
    [InlineData("10.7.0.0/16", RouteType.Throw)]
    [InlineData("fd07::/16", RouteType.Blackhole)]
    [InlineData("fd07::/16", RouteType.Unreachable)]
    [InlineData("fd07::/16", RouteType.Prohibit)]
    public void Routes_that_drop(string destination, RouteType type) => Run(() =>
    {
        Prepare();
        destination = new IPPrefix(destination).Network.ToString();
        var made = Here.Routes.Create(new RouteSpec(new IPPrefix(destination)) { Type = type });
        Assert.Equal(type, made.Type);
        var family = made.AddressFamily == IPFamily.IPv6 ? "-6" : "-4";
        Assert.Equal(type.ToString().ToLowerInvariant(), Assert.Single(Seen($"{family} route show {destination}"))
            .GetProperty("type").GetString());
        var target = IPAddress.Parse(made.AddressFamily == IPFamily.IPv6 ? "fd07::9" : "10.7.0.9");
        if (type != RouteType.Throw)
            Assert.Equal(NetworkErrorCode.RouteNotFound,
                Assert.Throws<NetworkException>(() => Here.Routes.Find(target)).Code);
        Assert.Null(Assert.Single(Here.Routes.Remove([made])));
        Assert.Empty(Seen($"{family} route show {destination}"));
    });

    [Fact]
    public void The_lists_are_those_of_ip() => Run(() =>
    {
        Prepare();
        Ip("route add default via 10.0.3.1");
        Ip("route add blackhole 10.8.0.0/16 metric 5");
        Ip("route add 10.9.0.0/16 via 10.0.3.1 table 42");
        foreach (var (table, name) in new[] { (RouteTable.Main, "main"), (RouteTable.Local, "local"),
            (new RouteTable(42), "42"), (RouteTable.All, "all") })
        {
            foreach (var (family, option) in new[] { (IPFamily.IPv4, "-4"), (IPFamily.IPv6, "-6") })
            {
                // The kernel gives a new link its own IPv6 routes a moment after it is up: two looks with a change
                // between differ.
                Eventually(() => SeenRoutes(option, name, family).SequenceEqual(OurRoutes(table, family)));
                Assert.Equal(SeenRoutes(option, name, family), OurRoutes(table, family));
            }
        }
    });

    private static List<string> OurRoutes(RouteTable table, IPFamily family) =>
        [.. Here.Routes.List(new RouteFilter { Table = table, Family = family })
        .Select(route => $"{route.Type.ToString().ToLowerInvariant()} {route.DestinationPrefix} {route.InterfaceAlias}")
        .Order(StringComparer.Ordinal)];

    private static List<string> SeenRoutes(string option, string table, IPFamily family)
    {
        var seen = TryExecute("ip", [option, "-d", "-j", "route", "show", "table", table]);
        return seen.Code != 0 || seen.Output.Length == 0 ? []
            : [.. JsonDocument.Parse(seen.Output).RootElement.EnumerateArray()
                .Where(route => route.TryGetProperty("dst", out _)).Select(route =>
        {
            var destination = route.GetProperty("dst").GetString()!;
            destination = destination == "default" ? IP.Any(family) + "/0"
                : destination.Contains('/', StringComparison.Ordinal) ? destination
                : $"{destination}/{IP.FullLength(family)}";
            return $"{route.GetProperty("type").GetString()} {destination} " +
                $"{(route.TryGetProperty("dev", out var device) ? device.GetString() : null)}";
        }).Order(StringComparer.Ordinal)];
    }

    [Fact]
    public void The_list_can_be_narrowed() => Run(() =>
    {
        var link = Prepare();
        Ip("route add blackhole 10.8.0.0/16");
        Assert.Equal("10.8.0.0/16", Assert.Single(Here.Routes.List(new RouteFilter { Type = RouteType.Blackhole }))
            .DestinationPrefix.ToString());
        Assert.All(Here.Routes.List(new RouteFilter { Table = RouteTable.All, InterfaceIndexes = [link.Index] }),
            route => Assert.Equal("eth0", route.InterfaceAlias));
        Assert.Contains(Here.Routes.List(new RouteFilter { Protocol = RouteProtocol.Kernel }),
            route => route.DestinationPrefix.ToString() == "10.0.3.0/24");
        Assert.DoesNotContain(Here.Routes.List(new RouteFilter { Protocol = RouteProtocol.Kernel }),
            route => route.Type == RouteType.Blackhole);
    });

    [Theory]
    [InlineData("10.5.0.0/16", "10.99.0.1")]
    [InlineData("fd05::/32", "fd99::1")]
    public void A_next_hop_out_of_reach_is_refused(string destination, string gateway) => Run(() =>
    {
        Prepare();
        var error = Assert.Throws<NetworkException>(() => Here.Routes.Create(Spec(destination, gateway)));
        Assert.Equal(NetworkErrorCode.NextHopUnreachable, error.Code);
        Assert.DoesNotContain(destination, Ip("-4 route show table all") + Ip("-6 route show table all"),
            StringComparison.Ordinal);
    });

    [Fact]
    public void What_makes_no_route_is_refused_with_its_case() => Run(() =>
    {
        var link = Prepare();
        Here.Routes.Create(Spec("10.5.0.0/16", "10.0.3.1"));
        (RouteSpec Spec, NetworkErrorCode Code)[] bad =
        [
            (Spec("10.5.0.0/16", "10.0.3.9"), NetworkErrorCode.RouteExists),
            (Spec("10.5.0.1/16", "10.0.3.1"), NetworkErrorCode.InvalidArgument),
            (Spec("fd05::1/32", "fd00::1"), NetworkErrorCode.InvalidArgument),
            (Spec("10.6.0.0/16"), NetworkErrorCode.InvalidArgument),
            (Spec("fd05::/32", "10.0.3.1"), NetworkErrorCode.InvalidArgument),
            (Spec("fd05::/32", "fe80::1"), NetworkErrorCode.InvalidArgument),
            (new RouteSpec(new IPPrefix("fd05::/32"))
                { NextHops = [new RouteHopSpec(IPAddress.Parse("fe80::1%4711"), link.Index)] },
                NetworkErrorCode.InvalidArgument),
            (Spec("10.6.0.0/16", "224.0.0.1"), NetworkErrorCode.InvalidArgument),
            (Spec("10.6.0.0/16", "10.0.3.1") with { Type = RouteType.Blackhole }, NetworkErrorCode.InvalidArgument),
            (Spec("10.6.0.0/16", "10.0.3.1") with { Table = RouteTable.All }, NetworkErrorCode.InvalidArgument),
            (Spec("10.6.0.0/16", "10.0.3.1") with { Table = new RouteTable("all") }, NetworkErrorCode.InvalidArgument),
            (Spec("10.6.0.0/16", "10.0.3.1") with { Source = IPAddress.Parse("10.77.0.1") },
                NetworkErrorCode.InvalidArgument),
            (Spec("10.6.0.0/16", "10.0.3.1") with { Mtu = 7 }, NetworkErrorCode.InvalidArgument),
            (Spec("10.6.0.0/16", "10.0.3.1") with { OnLink = true }, NetworkErrorCode.InvalidArgument),
            (new RouteSpec(new IPPrefix("10.6.0.0/16")) { NextHops = [new RouteHopSpec(null, 4711)] },
                NetworkErrorCode.LinkNotFound),
            (new RouteSpec(new IPPrefix("10.6.0.0/16")) { NextHops = [new RouteHopSpec(null, link.Index, 300)] },
                NetworkErrorCode.InvalidArgument),
        ];
        var before = Ip("-4 route show table all");
        foreach (var (spec, code) in bad)
            Assert.Equal((spec, code), (spec, Assert.Throws<NetworkException>(() => Here.Routes.Create(spec)).Code));
        Assert.Equal(before, Ip("-4 route show table all"));
        Assert.Empty(Seen("-6 route show fd05::/32"));
    });

    [Fact]
    public void Exactly_the_route_that_was_read_is_removed() => Run(() =>
    {
        Prepare();
        Ip("route add 10.5.0.0/16 via 10.0.3.1 metric 10");
        Ip("route add 10.5.0.0/16 via 10.0.3.7 metric 20");
        Ip("route append 10.5.0.0/16 via 10.0.3.8 metric 20");
        Ip("route add 10.5.0.0/16 via 10.0.3.1 metric 10 table 9");
        var route = Assert.Single(Here.Routes.List(), route => route.NextHop.ToString() == "10.0.3.8");
        Assert.Null(Assert.Single(Here.Routes.Remove([route])));
        Assert.Equal(["10.0.3.1", "10.0.3.7"], Seen("route show 10.5.0.0/16")
            .Select(item => item.GetProperty("gateway").GetString()));
        Assert.Single(Seen("route show table 9"));
        Assert.Equal(NetworkErrorCode.RouteNotFound, Assert.Single(Here.Routes.Remove([route]))?.Code);
    });

    [Fact]
    public void Every_route_of_every_table_can_be_removed_as_read() => Run(() =>
    {
        Prepare();
        Ip("route add default via 10.0.3.1");
        Ip("route add prohibit fd0f::/16");
        Ip("route add 10.66.0.0/16 via inet6 fd00::9");
        // An address gets its local route once it is known to be nobody else's; each of the two links has one of its
        // own.
        Assert.True(
            Eventually(() => Seen("-6 route show table local type local")
                .Count(route => route.GetProperty("dev").GetString() is "eth0" or "eth1") == 3));
        var routes = Here.Routes.List(new RouteFilter { Table = RouteTable.All });
        Assert.Equal("fd00::9", Assert.Single(routes, route => route.DestinationPrefix.ToString() == "10.66.0.0/16")
            .NextHop.ToString());
        // Those without a gateway last, as others need them.
        Assert.All(Here.Routes.Remove([.. routes.OrderBy(route => IP.IsAny(route.NextHop))]), Assert.Null);
        Assert.Equal(string.Empty, Ip("route show table all"));
        Assert.Equal(string.Empty, Ip("-6 route show table all"));
    });

    [Fact]
    public void The_kernels_choice_is_told_as_ip_route_get_tells_it() => Run(() =>
    {
        var link = Prepare();
        Ip("route add default via 10.0.3.1 metric 50");
        Ip("-6 route add default via fd00::1");
        var route = Here.Routes.Find(IPAddress.Parse("8.8.8.8"));
        Assert.Equal("0.0.0.0/0", route.DestinationPrefix.ToString());
        Assert.Equal("10.0.3.1", route.NextHop.ToString());
        Assert.Equal("eth0", route.InterfaceAlias);
        Assert.Equal("10.0.3.2", route.Source?.ToString());
        Assert.Equal(50, route.RouteMetric);
        Assert.Equal("main", route.Table.ToString());
        var own = Here.Routes.Find(IPAddress.Parse("10.0.3.2"));
        Assert.Equal((RouteType.Local, "lo", "local"), (own.Type, own.InterfaceAlias, own.Table.ToString()));
        var six = Here.Routes.Find(IPAddress.Parse("2001:db8::1"));
        var index = six.InterfaceIndex;
        Assert.Equal(index, Here.Routes.Find(IPAddress.Parse($"fe80::77%{index}")).InterfaceIndex);
        Assert.Equal(NetworkErrorCode.InvalidArgument,
            Assert.Throws<NetworkException>(() =>
                Here.Routes.Find(IPAddress.Parse($"fe80::77%{index}"), interfaceIndex: index + 1)).Code);
        Assert.Equal(("::/0", "fd00::1", "fd00::2"),
            (six.DestinationPrefix.ToString(), six.NextHop.ToString(), six.Source?.ToString()));
        Assert.Equal("10.0.3.0/24", Here.Routes.Find(IPAddress.Parse("10.0.3.77")).DestinationPrefix.ToString());
        Assert.Equal("eth0", Here.Routes.Find(IPAddress.Parse("10.0.4.77"), interfaceIndex: link.Index).InterfaceAlias);
        Assert.Equal("10.0.4.2", Here.Routes.Find(IPAddress.Parse("8.8.8.8"), IPAddress.Parse("10.0.4.2"))
            .Source?.ToString());
        Assert.Equal(NetworkErrorCode.AddressNotFound,
            Assert.Throws<NetworkException>(() =>
                Here.Routes.Find(IPAddress.Parse("8.8.8.8"), IPAddress.Parse("10.99.0.1"))).Code);
    });

    [Fact]
    public void Where_there_is_no_way_the_error_says_so() => Run(() =>
    {
        foreach (var address in new[] { "8.8.8.8", "2001:db8::1" })
        {
            var error = Assert.Throws<NetworkException>(() => Here.Routes.Find(IPAddress.Parse(address)));
            Assert.Equal(NetworkErrorCode.RouteNotFound, error.Code);
            Assert.Contains(address, error.Message, StringComparison.Ordinal);
        }
    });
}
