using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;
using IPAddress = LxcNetworking.Values.IPAddress;

namespace LxcNetworking.Tests;

/// <summary>Routes that take the place of others.</summary>
public class RouteReplaceTests
{
    private static NetworkStack Here => Stacks.Pool.Get();

    private static void Prepare()
    {
        Here.Links.CreateVeth(new VethSpec("eth0", new VethPeerSpec("eth1") { Up = true }) { Up = true });
        Ip("addr add 10.0.3.2/24 dev eth0");
        Ip("addr add fd00::2/64 dev eth0 nodad");
        Ip("addr add 10.0.4.2/24 dev eth1");
        Ip("addr add fd04::2/64 dev eth1 nodad");
    }

    private static RouteSpec Spec(string destination, params string[] gateways) => new(new IPPrefix(destination))
    {
        NextHops = [.. gateways.Select(gateway => new RouteHopSpec(IPAddress.Parse(gateway)))],
    };

    private static RouteChange To(params string[] gateways)
        => new() { NextHops = [.. gateways.Select(gateway => new RouteHopSpec(IPAddress.Parse(gateway)))] };

    private static NetRoute Read(string destination)
        => Assert.Single(Here.Routes.List(), route => route.DestinationPrefix.ToString() == destination);

    // What ip shows of all routes to one destination.
    private static string Shown(string destination)
        => Ip($"{(destination.Contains(':', StringComparison.Ordinal) ? "-6" : "-4")} -d route show {destination}");

    private static string[] LinesOf(string destination)
        => Shown(destination).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    [Theory]
    [InlineData("10.5.0.0/16", "via 10.0.3.1", "via 10.0.4.9")]
    [InlineData("10.5.0.0/16", "via 10.0.3.1", "dev eth1 scope link")]
    [InlineData("10.5.0.0/16", "via 10.0.3.1 mtu 1300", "via 10.0.3.9")]
    [InlineData("10.5.0.0/16", "via 10.0.3.1", "nexthop via 10.0.3.7 nexthop via 10.0.4.9")]
    [InlineData("10.5.0.0/16", "nexthop via 10.0.3.7 nexthop via 10.0.4.9", "via 10.0.3.1")]
    [InlineData("10.5.0.0/16", "blackhole", "via 10.0.3.1")]
    [InlineData("fd05::/32", "via fd00::1", "via fd04::9")]
    [InlineData("fd05::/32", "via fd00::1", "dev eth1")]
    [InlineData("fd05::/32", "dev eth1", "via fd00::1")]
    [InlineData("fd05::/32", "via fd00::1", "nexthop via fd00::7 nexthop via fd04::9")]
    [InlineData("fd05::/32", "nexthop via fd00::7 nexthop via fd04::9", "nexthop via fd00::8 nexthop via fd00::9")]
    [InlineData("fd05::/32", "nexthop via fd00::7 nexthop via fd04::9", "via fd00::1")]
    [InlineData("fd05::/32", "unreachable", "via fd00::1")]
    [Trait("Kernel", "none")]
    public void The_new_one_is_in_the_place_of_the_old_one(
        string destination, string before, string after) => Run(() =>
    {
        Prepare();
        var family = destination.Contains(':', StringComparison.Ordinal) ? "-6" : "-4";
        Ip($"{family} route add {destination} metric 7 {after}");
        var expected = Shown(destination);
        var spec = new RouteChange().Apply(Read(destination)) with { Like = null, KeepsWays = false };
        Ip($"{family} route del {destination}");

        var made = Here.Routes.Replace(spec);
        Assert.Equal(expected, Shown(destination));
        Ip($"{family} route del {destination}");

        Ip($"{family} route add " + (before is "blackhole" or "unreachable"
            ? $"{before} {destination} metric 7" : $"{destination} metric 7 {before}"));
        Assert.NotEqual(expected, Shown(destination));
        made = Here.Routes.Replace(spec);
        Assert.Equal(expected, Shown(destination));
        Assert.Equal(destination, made.DestinationPrefix.ToString());
        // The same once more changes nothing.
        Here.Routes.Replace(spec);
        Assert.Equal(expected, Shown(destination));
        Assert.Null(Assert.Single(Here.Routes.Remove([made])));
        Assert.Empty(Shown(destination));
    });

    [Theory]
    [InlineData("10.5.0.0/16", "via 10.0.3.1", "10.0.4.9")]
    [InlineData("10.5.0.0/16", "nexthop via 10.0.3.1 nexthop via 10.0.3.7", "10.0.4.9")]
    [InlineData("fd05::/32", "via fd00::1", "fd04::9")]
    [InlineData("fd05::/32", "nexthop via fd00::1 nexthop via fd00::7", "fd04::9")]
    [Trait("Kernel", "none")]
    public void What_is_not_said_of_a_change_stays(string destination, string ways, string gateway) => Run(() =>
    {
        Prepare();
        Ip($"route add {destination} metric 7 protocol 99 mtu lock 1300 advmss 1200 initcwnd 30 {ways}");
        var changed = Here.Routes.Change(Read(destination), To(gateway));
        Assert.Equal(gateway, changed.NextHop.ToString());
        var shown = Shown(destination);
        foreach (var part in new[] { $"via {gateway} dev eth1", "metric 7", "mtu lock 1300 advmss 1200 initcwnd 30" })
            Assert.Contains(part, shown, StringComparison.Ordinal);
        Assert.Equal(99, (int)changed.Protocol);

        var more = Here.Routes.Change(changed, new RouteChange { Mtu = 1400, Protocol = RouteProtocol.Static });
        Assert.Contains("mtu lock 1400 advmss 1200", Shown(destination), StringComparison.Ordinal);
        Assert.Contains($"via {gateway} dev eth1 proto static", Shown(destination), StringComparison.Ordinal);
        Assert.Equal(RouteProtocol.Static, more.Protocol);
        Assert.Single(LinesOf(destination));
    });

    [Theory]
    [InlineData("10.5.0.0/16", "10.0.3.1", "10.0.3.7")]
    [InlineData("fd05::/32", "fd00::1", "fd00::7")]
    [Trait("Kernel", "none")]
    public void Another_metric_is_another_route_and_the_old_one_goes(
        string destination, string gateway, string other) => Run(() =>
    {
        Prepare();
        var made = Here.Routes.Create(Spec(destination, gateway) with { Metric = 5, Mtu = 1300 });
        var change = new RouteChange { Metric = 9 };
        Assert.Equal(["RouteMetric from 5 to 9"], change.Describe(made));
        var changed = Here.Routes.Change(made, change);
        Assert.Equal((9, 1300), (changed.RouteMetric, changed.Mtu));
        Assert.Contains("metric 9", Assert.Single(LinesOf(destination)), StringComparison.Ordinal);

        // A metric that is taken leaves both as they are.
        Here.Routes.Create(Spec(destination, other) with { Metric = 5 });
        var before = Shown(destination);
        Assert.Equal(
            NetworkErrorCode.RouteExists,
            Assert.Throws<NetworkException>(() => Here.Routes.Change(changed, new RouteChange { Metric = 5 })).Code);
        Assert.Equal(before, Shown(destination));
    });

    [Theory]
    [InlineData("10.5.0.0/16", "10.0.3.1", "10.99.0.1")]
    [InlineData("fd05::/32", "fd00::1", "fd99::1")]
    [Trait("Kernel", "none")]
    public void A_failure_leaves_the_old_one(string destination, string gateway, string wrong) => Run(() =>
    {
        Prepare();
        var made = Here.Routes.Create(Spec(destination, gateway));
        var before = Shown(destination);
        Assert.Equal(
            NetworkErrorCode.NextHopUnreachable,
            Assert.Throws<NetworkException>(() => Here.Routes.Change(made, To(wrong))).Code);
        Assert.Equal(
            NetworkErrorCode.NextHopUnreachable,
            Assert.Throws<NetworkException>(() => Here.Routes.Replace(Spec(destination, gateway, wrong))).Code);
        Assert.Equal(before, Shown(destination));

        // Gone, or not as it was read.
        Assert.Null(Assert.Single(Here.Routes.Remove([made])));
        Assert.Equal(
            NetworkErrorCode.RouteNotFound,
            Assert.Throws<NetworkException>(() => Here.Routes.Change(made, new RouteChange { Mtu = 1300 })).Code);
        Assert.Empty(Shown(destination));
    });

    // A router's announcement makes a route that IPv6 keeps beside the others, and of which it refuses a second one.
    [Fact]
    [Trait("Kernel", "none")]
    public void A_way_that_IPv6_refuses_after_the_first_leaves_the_old_one() => Run(() =>
    {
        Ip("netns add far");
        Ip("link add eth0 type veth peer name eth0 netns far");
        Execute("ip", "netns", "exec", "far", "sh", "-c", "echo 0 > /proc/sys/net/ipv6/conf/eth0/accept_dad");
        File.WriteAllText("/proc/sys/net/ipv6/conf/eth0/accept_ra", "2");
        Ip("link set eth0 up");
        Ip("addr add fd00::2/64 dev eth0 nodad");
        Ip("-n far link set eth0 up");
        Assert.True(Eventually(() =>
        {
            Announce("far", "eth0");
            return Ip("-6 -d route show default").Contains("proto ra", StringComparison.Ordinal);
        }));
        var router = Read("::/0").NextHop;
        var index = Here.Links.Get("eth0").Index;
        Here.Route.Execute(RouteMessages.Make(With("fe80::5"), NetlinkFlags.Create | NetlinkFlags.Append));
        var standing = Here.Routes.List().Single(route => route.NextHop.ToString() == "fe80::5");
        var spec = With("fe80::7", $"{router}");

        var refusal = Assert.Throws<NetworkException>(() => Here.Routes.Replace(spec));
        Assert.Equal(NetworkErrorCode.RouteExists, refusal.Code);
        Assert.Contains("via fe80::5 ", Ip("-6 -d route show default"), StringComparison.Ordinal);
        Assert.Contains("expires", Ip("-6 -d route show default"), StringComparison.Ordinal);

        // The kernel by itself has lost the old one then, and it is put back.
        using (var request = RouteMessages.Make(spec, NetlinkFlags.Create | NetlinkFlags.Replace))
            Assert.Throws<NetlinkErrorException>(() => Here.Route.Execute(request));
        Assert.DoesNotContain("via fe80::5 ", Ip("-6 -d route show default"), StringComparison.Ordinal);
        using (var request = RouteMessages.Again(standing))
            Here.Route.Execute(request);
        refusal = Assert.Throws<NetworkException>(() => new RouteReplacement(Here)
            .Make(spec, NetlinkFlags.Create | NetlinkFlags.Replace, standing));
        Assert.Equal(NetworkErrorCode.RouteExists, refusal.Code);
        Assert.Empty(refusal.NotRolledBack);
        Assert.Contains("via fe80::5 ", Ip("-6 -d route show default"), StringComparison.Ordinal);
        Assert.DoesNotContain("via fe80::7 ", Ip("-6 -d route show default"), StringComparison.Ordinal);

        RouteSpec With(params string[] gateways) => new(IPPrefix.AnyIPv6)
        {
            NextHops = [.. gateways.Select(gateway => new RouteHopSpec(IPAddress.Parse(gateway), index))],
        };
    });

    // A router advertisement (RFC 4861) of a router that is there for half an hour.
    private static void Announce(string place, string link) => Stacks.Pool.Get(new(place)).Within(() =>
    {
        using var socket = new Socket(AddressFamily.InterNetworkV6, SocketType.Raw, ProtocolType.IcmpV6);
        socket.SetSocketOption(SocketOptionLevel.IPv6, SocketOptionName.MulticastTimeToLive, 255);
        byte[] message = [134, 0, 0, 0, 64, 0, 0x07, 0x08, 0, 0, 0, 0, 0, 0, 0, 0];
        var index = Stacks.Pool.Get(new(place)).Links.Get(link).Index;
        var everyone = new IPEndPoint(System.Net.IPAddress.Parse($"ff02::1%{index}"), 0);
        // Until the kernel has made sure of the link-local address there is none to send from.
        return Eventually(() =>
        {
            try
            {
                return socket.SendTo(message, everyone) > 0;
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressNotAvailable)
            {
                return false;
            }
        });
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Of_twins_the_one_that_was_given_is_changed() => Run(() =>
    {
        Prepare();
        Ip("route add 10.5.0.0/16 via 10.0.3.1");
        Ip("route append 10.5.0.0/16 via 10.0.3.7");
        var twins = Here.Routes.List().Where(route => route.DestinationPrefix.ToString() == "10.5.0.0/16").ToList();
        Here.Routes.Change(twins[1], To("10.0.3.9"));
        Assert.Equal(["10.0.3.1", "10.0.3.9"], Gateways());
        Here.Routes.Change(twins[0], To("10.0.3.8"));
        Assert.Equal(["10.0.3.8", "10.0.3.9"], Gateways());
        // One that is there already cannot be made of another.
        var first = Here.Routes.List().First(route => route.DestinationPrefix.ToString() == "10.5.0.0/16");
        Assert.Equal(
            NetworkErrorCode.RouteExists,
            Assert.Throws<NetworkException>(() => Here.Routes.Change(first, To("10.0.3.9"))).Code);
        Assert.Equal(["10.0.3.8", "10.0.3.9"], Gateways());

        Ip("-6 route add fd05::/32 dev eth1 metric 7");
        Ip("-6 route append fd05::/32 via fd00::1 metric 7");
        var onLink = Here.Routes.List().Single(route => route is { Multipath.Count: 0 }
            && route.DestinationPrefix.ToString() == "fd05::/32" && IP.IsAny(route.NextHop));
        var before = Shown("fd05::/32");
        Assert.Equal(
            NetworkErrorCode.InvalidArgument,
            Assert.Throws<NetworkException>(() => Here.Routes.Change(onLink, To("fd00::9"))).Code);
        Assert.Equal(before, Shown("fd05::/32"));
        Here.Routes.Change(onLink, new RouteChange { Mtu = 1300 });
        Assert.Contains(
            "dev eth1 proto boot scope global metric 7 mtu 1300", LinesOf("fd05::/32")[0], StringComparison.Ordinal);
        Assert.Contains("via fd00::1", Shown("fd05::/32"), StringComparison.Ordinal);

        static IEnumerable<string?> Gateways() => IpJson("route show 10.5.0.0/16").EnumerateArray()
            .Select(route => route.GetProperty("gateway").GetString());
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void An_IPv6_route_has_a_lifetime_and_a_source() => Run(() =>
    {
        Prepare();
        var made = Here.Routes.Create(Spec("fd08::/32", "fd00::1") with
        {
            Lifetime = TimeSpan.FromSeconds(300),
            SourcePrefix = new IPPrefix("fd09::/48"),
        });
        Assert.Equal("fd09::/48", made.SourcePrefix?.ToString());
        Assert.InRange(made.Lifetime!.TotalSeconds, 290, 300);
        var seen = Assert.Single(IpJson("-6 route show fd08::/32").EnumerateArray());
        Assert.Equal("fd09::/48", seen.GetProperty("from").GetString());
        Assert.InRange(seen.GetProperty("expires").GetInt32(), 290, 300);

        var changed = Here.Routes.Change(made, new RouteChange { Lifetime = Duration.Forever });
        Assert.Null(changed.Lifetime);
        Assert.DoesNotContain("expires", Shown("fd08::/32"), StringComparison.Ordinal);
        Assert.Null(Assert.Single(Here.Routes.Remove([changed])));

        foreach (var wrong in new[]
        {
            Spec("10.8.0.0/16", "10.0.3.1") with { Lifetime = TimeSpan.FromSeconds(9) },
            Spec("10.8.0.0/16", "10.0.3.1") with { SourcePrefix = new IPPrefix("10.0.0.0/8") },
            Spec("fd08::/32", "fd00::1") with { SourcePrefix = new IPPrefix("fd09::1/48") },
            Spec("fd08::/32", "fd00::1") with { Lifetime = TimeSpan.Zero },
        })
        {
            var refusal = Assert.Throws<NetworkException>(() => Here.Routes.Create(wrong));
            Assert.Equal(NetworkErrorCode.InvalidArgument, refusal.Code);
        }
    });
}
