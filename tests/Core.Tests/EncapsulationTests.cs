using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>What routes put their packets into.</summary>
public class EncapsulationTests
{
    private static NetworkStack Here => Stacks.Pool.Get();

    private static void Prepare()
    {
        Here.Links.CreateVeth(new VethSpec("eth0", new VethPeerSpec("eth1") { Up = true }) { Up = true });
        Ip("addr add 10.0.3.2/24 dev eth0");
        Ip("addr add fd00::2/64 dev eth0 nodad");
    }

    [Theory]
    [InlineData("10.1.0.0/16", "ip id 42 src 10.0.3.2 dst 10.9.9.9 ttl 5 tos 4 key csum seq")]
    [InlineData("10.1.0.0/16", "ip dst 10.9.9.9")]
    [InlineData("10.1.0.0/16", "ip6 id 4294967296 src fd00::2 dst fd00::9 hoplimit 5 tc 7 key")]
    [InlineData("fd01::/32", "ip id 1 dst 10.9.9.9")]
    [InlineData("fd01::/32", "seg6 mode encap segs fd00::9,fd00::8")]
    [InlineData("fd01::/32", "seg6 mode inline segs fd00::9")]
    [InlineData("fd01::/32", "seg6 mode l2encap segs fd00::9")]
    public void They_are_as_ip_makes_them(string destination, string text) => Run(() =>
    {
        Prepare();
        var family = destination.Contains(':', StringComparison.Ordinal) ? "-6" : "-4";
        var gateway = family == "-6" ? "fd00::1" : "10.0.3.1";
        var encapsulation = new RouteEncapsulation(text);
        Assert.Equal(text, encapsulation.ToString());
        var made = Here.Routes.Create(new RouteSpec(new IPPrefix(destination))
        {
            NextHops = [new RouteHopSpec(IPAddress.Parse(gateway)) { Encapsulation = encapsulation }],
        });
        Assert.Equal(encapsulation, made.Encapsulation);
        Assert.Empty(made.OtherAttributes);
        var ours = Ip($"{family} -d route show {destination}");
        Assert.Null(Assert.Single(Here.Routes.Remove([made])));

        Ip($"{family} route add {destination} encap {text} via {gateway} proto 108");
        Assert.Equal(Ip($"{family} -d route show {destination}"), ours);
        var others = Assert.Single(Here.Routes.List(), route => route.DestinationPrefix.ToString() == destination);
        Assert.Equal(encapsulation, others.Encapsulation);

        // A change leaves it, and takes another one.
        var changed = Here.Routes.Change(others, new RouteChange { Mtu = 1300 });
        Assert.Equal(encapsulation, changed.Encapsulation);
        var other = new RouteEncapsulation("ip id 7 dst 192.0.2.9");
        changed = Here.Routes.Change(changed, new RouteChange
        {
            NextHops = [new RouteHopSpec(IPAddress.Parse(gateway)) { Encapsulation = other }],
        });
        Assert.Equal((other, 1300), (changed.Encapsulation, changed.Mtu));
        Assert.Null(Assert.Single(Here.Routes.Remove([changed])));
        Assert.Empty(Ip($"{family} route show {destination}"));
    });

    [Theory]
    [InlineData("10.1.0.0/16", "10.0.3.1", "10.0.3.9")]
    [InlineData("fd01::/32", "fd00::1", "fd00::9")]
    public void Each_of_several_ways_has_its_own(string destination, string first, string second) => Run(() =>
    {
        Prepare();
        var made = Here.Routes.Create(new RouteSpec(new IPPrefix(destination))
        {
            NextHops =
            [
                new RouteHopSpec(IPAddress.Parse(first)) { Encapsulation = new("ip id 1 dst 192.0.2.1") },
                new RouteHopSpec(IPAddress.Parse(second)) { Encapsulation = new("ip id 2 dst 192.0.2.2") },
            ],
        });
        Assert.Equal(
            ["ip id 1 dst 192.0.2.1", "ip id 2 dst 192.0.2.2"], made.Multipath.Select(hop => $"{hop.Encapsulation}"));
        var family = made.AddressFamily == IPFamily.IPv6 ? "-6" : "-4";
        var shown = Ip($"{family} route show {destination}");
        Assert.Contains($"id 1 src 0.0.0.0 dst 192.0.2.1 ttl 0 tos 0 via {first}", shown, StringComparison.Ordinal);
        Assert.Contains($"id 2 src 0.0.0.0 dst 192.0.2.2 ttl 0 tos 0 via {second}", shown, StringComparison.Ordinal);
        var changed = Here.Routes.Change(made, new RouteChange { Mtu = 1300 });
        Assert.Equal("ip id 2 dst 192.0.2.2", $"{changed.Multipath[1].Encapsulation}");
        Assert.Null(Assert.Single(Here.Routes.Remove([changed])));
        Assert.Empty(Ip($"{family} route show {destination}"));
    });

    // What is for the segment is unpacked there alone, where segment routing is on.
    [Theory]
    [InlineData("encap")]
    [InlineData("inline")]
    public void A_segment_gets_the_packets_of_a_route(string mode) => Run(() =>
    {
        _ = new TwoHosts();
        Ip("-n hostb addr add fd01::1/128 dev lo nodad");
        Ip("-n hosta addr add fd02::1/128 dev lo nodad");
        Ip("-n hostb route add fd02::1 via 2001:db8::1");
        TwoHosts.A.Routes.Create(new RouteSpec(new IPPrefix("fd01::/64"))
        {
            NextHops =
            [
                new RouteHopSpec(TwoHosts.UnderlayB6) { Encapsulation = new($"seg6 mode {mode} segs 2001:db8::2") },
            ],
            Source = IPAddress.Parse("fd02::1"),
        });
        Assert.True(Pings("2001:db8::2", "hosta"));
        Assert.True(IsSilent("fd01::1", "hosta"));
        Execute("ip", "netns", "exec", "hostb", "sh", "-c",
            "for f in all u0; do echo 1 > /proc/sys/net/ipv6/conf/$f/seg6_enabled; done");
        Assert.True(Pings("fd01::1", "hosta"));
    });

    [Fact]
    public void A_next_hop_object_has_one() => Run(() =>
    {
        Prepare();
        var made = Here.NextHops.Create(new NextHopSpec
        {
            NextHopId = 7,
            NextHop = IPAddress.Parse("10.0.3.1"),
            Encapsulation = new RouteEncapsulation("ip id 1 dst 192.0.2.1"),
        });
        Assert.Contains("encap ip id 1", Ip("nexthop show id 7"), StringComparison.Ordinal);
        var route = Here.Routes.Create(new RouteSpec(new IPPrefix("10.1.0.0/16")) { NextHopId = 7 });
        Assert.Equal(made.Encapsulation, route.Encapsulation);
        var changed = Here.NextHops.Change(made, new NextHopChange { NextHop = IPAddress.Parse("10.0.3.9") });
        Assert.Equal(("10.0.3.9", made.Encapsulation), ($"{changed.NextHop}", changed.Encapsulation));
        Assert.Empty(changed.OtherAttributes);
    });

    // Bytes as a kernel with all types tells them.
    [Theory]
    [InlineData(1, "0800010000064100", "mpls 100")]
    [InlineData(1, "0c000100000640000000c1000500020000000000", "mpls 100/12 ttl 0")]
    [InlineData(7, "0800010001000000", "seg6local attr 1 0x01000000")]
    [InlineData(8, "1c000100000203010000000020010db8000000000000000000000001", "rpl segs 2001:db8::1")]
    [InlineData(9, "050001000100000008000400010000000800050002000000" + "0c0003000001080380000000",
        "ioam6 mode inline freq 1/2 trace prealloc type 0x800000 ns 1 size 12")]
    [InlineData(2, "06000600001000000500090007000000", "ip flags 0x10 attr 9 0x07")]
    [InlineData(99, "0500030007000000", "99 attr 3 0x07")]
    public void What_other_kernels_tell_is_shown_and_read_again(int type, string bytes, string text)
    {
        var read = new RouteEncapsulation((ushort)type, Convert.FromHexString(bytes));
        Assert.Equal(text, read.ToString());
        Assert.Equal(read, new RouteEncapsulation(text));
    }

    [Fact]
    public void What_has_no_name_in_a_route_is_shown_and_stays() => Run(() =>
    {
        using var request = new NetlinkRequest(Rtm.NewRoute).Header(new RtMsg { Family = 2, Type = 1, Table = 254 })
            .Put(99, 7u).Nest(Rta.Metrics, nest => nest.Put(2, 1300u).Put(40, 5u));
        var reply = new NetlinkReply(
            Rtm.NewRoute, NetlinkFlags.None, request.Seal(1, 1, 0)[NetlinkRequest.HeaderSize..]);
        var route = RouteMessages.Parse(reply, new NamespaceReference("nowhere"))!;
        Assert.Equal(["99 0x07000000", "8/40 0x05000000"], route.OtherAttributes);
        using var again = RouteMessages.Make(new RouteChange { Mtu = 1400 }.Apply(route), NetlinkFlags.Replace);
        Assert.Contains(
            "0800630007000000",
            Convert.ToHexString(again.Seal(1, 1, 0)),
            StringComparison.Ordinal);
    });

    [Theory]
    [InlineData("")]
    [InlineData("mpls")]
    [InlineData("none id 1")]
    [InlineData("ip id x")]
    [InlineData("ip dst fd00::1")]
    [InlineData("ip6 dst 10.0.0.1")]
    [InlineData("ip ttl 256")]
    [InlineData("ip hoplimit 5")]
    [InlineData("ip dst")]
    [InlineData("mpls 1048576")]
    [InlineData("rpl segs 10.0.0.1")]
    [InlineData("ioam6 mode inline trace prealloc type 0x800000 ns 1 size 13")]
    [InlineData("seg6 mode encap")]
    [InlineData("seg6 mode nothing segs fd00::1")]
    [InlineData("seg6 mode encap segs 10.0.0.1")]
    [InlineData("seg6local attr 1 01")]
    [InlineData("seg6local attr 70000 0x01")]
    [InlineData("udp\u001b")]
    public void What_is_no_encapsulation_is_refused(string text)
        => Assert.DoesNotContain('\u001b', Assert.Throws<FormatException>(() => new RouteEncapsulation(text)).Message);
}
