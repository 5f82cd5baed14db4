using LxcNetworking.Containers.Networks;
using LxcNetworking.Values;
using static LxcNetworking.Tests.ContainerNetworkLab;

namespace LxcNetworking.Tests;

/// <summary>An uplink's addresses and routes, on their way to the bridge and back.</summary>
public sealed partial class ContainerNetworkTests
{
    private static readonly ContainerNetworkSpec s_outer = new("br0") { Uplink = "eth0" };

    [Fact]
    [Trait("Kernel", "none")]
    public void Routes_that_a_network_manager_made_in_the_kernels_name_go_along() => Run(() =>
    {
        MakeManagedUplink();
        var before = Ways();
        Assert.True(ReachesTheWorld());
        Here.Create(s_outer);
        Assert.Equal(before.Replace("eth0", "br0", StringComparison.Ordinal), Ways());
        Assert.True(ReachesTheWorld());
        Here.Remove("br0");
        Assert.Equal(before, Ways());
        Assert.True(ReachesTheWorld());

        // And when it fails half way.
        FailWithoutIPv6(() => { });
        Assert.Equal(before, Ways());
        Assert.True(ReachesTheWorld());
        Assert.False(Directory.Exists("/run/lxcnetworking"));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void What_could_not_be_given_back_is_put_back_by_the_removal_without_a_bridge() => Run(() =>
    {
        MakeManagedUplink();
        var before = Ways();
        // The link does not take it back either for now; all the rest is put back at once.
        var refusal = FailWithoutIPv6(() => File.WriteAllText("/proc/sys/net/ipv6/conf/eth0/disable_ipv6", "1"));
        Assert.Contains("Not everything could be rolled back.", refusal.Message, StringComparison.Ordinal);
        var advice = refusal.Advice[^1];
        Assert.Equal(
            (AdviceKind.Remove, AdviceThing.Network, "br0"), (advice.Kind, advice.Thing!.Value, advice.Name));
        Assert.True(Sandbox.Pings("198.51.100.1"));
        Assert.DoesNotContain("br0", Sandbox.Ip("link show"), StringComparison.Ordinal);
        File.WriteAllText("/proc/sys/net/ipv6/conf/eth0/disable_ipv6", "0");
        Here.Remove("br0");
        Assert.Equal(before, Ways());
        Assert.False(Directory.Exists("/run/lxcnetworking"));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_network_that_a_router_announced_is_reached_by_the_bridge_alone() => RunWithRouter(() =>
    {
        Learn();
        Assert.True(Sandbox.Pings("fd00:9::1") && Sandbox.Pings("2001:db8::ff"));
        // On a bridge that was there before, nothing is left either.
        foreach (var isThere in new[] { false, true })
        {
            if (isThere)
                Sandbox.Ip("link add br0 up type bridge");
            Here.Create(s_outer with { Subnets = [new IPPrefix("fd00:3::/64")] });
            Assert.DoesNotContain("fd00:9:", Sandbox.Ip("-6 route show dev eth0"), StringComparison.Ordinal);
            Assert.Contains("default via", Sandbox.Ip("-6 route show dev br0"), StringComparison.Ordinal);
            Assert.True(Sandbox.Pings("fd00:9::1") && Sandbox.Pings("2001:db8::ff"));
            Here.Remove("br0");
            Assert.DoesNotContain("dev br0", Ways(), StringComparison.Ordinal);
            Assert.True(Sandbox.Pings("fd00:9::1") && Sandbox.Pings("2001:db8::ff"));
        }
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void What_a_bridge_had_before_stays_its_own() => Run(() =>
    {
        MakeUplink();
        Sandbox.Ip("link add br0 up type bridge");
        Sandbox.Ip("address add 10.0.3.1/24 dev br0");
        Sandbox.Ip("address add 10.0.5.1/24 dev br0");
        Sandbox.Ip("address add fd00:5::1/64 dev br0 nodad");
        Sandbox.Ip("route add 10.0.9.0/24 via 10.0.5.5 dev br0");
        Sandbox.Ip("route add 10.0.10.0/24 dev br0");
        Sandbox.Ip("-6 route add fd00:9::/64 via fd00:5::5 dev br0");
        var before = Everything(withAddresses: true);
        Here.Create(s_outer with { Subnets = [new IPPrefix("10.0.3.0/24")] });
        // The same again does not take what came since for what was there before.
        Here.Create(s_outer with { Subnets = [new IPPrefix("10.0.3.0/24"), new IPPrefix("fd00:3::/64")] });
        Assert.True(Sandbox.Pings("198.51.100.1") && Sandbox.Pings("2001:db8::ff"));
        Here.Remove("br0");
        Assert.Equal(before, Everything(withAddresses: true));
        Assert.True(Sandbox.Pings("198.51.100.1") && Sandbox.Pings("2001:db8::ff"));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_port_that_the_bridge_had_before_stays_its_port() => Run(() =>
    {
        MakeUplink();
        Sandbox.Ip("address flush dev eth0");
        Sandbox.Ip("link add br0 up type bridge");
        Sandbox.Ip("link set eth0 master br0");
        Sandbox.Ip("address add 192.0.2.1/24 dev br0");
        Sandbox.Ip("route add default via 192.0.2.254");
        var before = Everything(withAddresses: true);
        Here.Create(s_outer with { Subnets = [new IPPrefix("10.0.3.0/24")] });
        Here.Remove("br0");
        Assert.Equal(before, Everything(withAddresses: true));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_route_by_way_of_a_container_goes_with_its_network() => Run(() =>
    {
        MakeUplink();
        var before = Ways();
        Here.Create(s_outer with { Subnets = [new IPPrefix("10.0.3.0/24"), new IPPrefix("fd00:3::/64")] });
        Sandbox.Ip("route add 10.0.9.0/24 via 10.0.3.5");
        Sandbox.Ip("route add 10.0.11.0/24 dev br0 src 10.0.3.1");
        Sandbox.Ip("-6 route add fd00:9::/64 via fd00:3::5");
        // What came to the bridge and fits the uplink goes there.
        Sandbox.Ip("route add 203.0.114.0/24 via 192.0.2.254");
        Sandbox.Ip("route add 203.0.115.1 dev br0");
        Sandbox.Ip("route add 203.0.116.0/24 via 203.0.115.1 dev br0");
        Here.Remove("br0");
        var after = Ways();
        foreach (var route in new[] { "203.0.114.0/24 via 192.0.2.254 dev eth0", "203.0.115.1 dev eth0",
            "203.0.116.0/24 via 203.0.115.1 dev eth0" })
        {
            Assert.Contains(route, after, StringComparison.Ordinal);
            Sandbox.Ip("route del " + route);
        }

        Assert.Equal(before, Ways());
        Assert.True(Sandbox.Pings("198.51.100.1") && Sandbox.Pings("2001:db8::ff"));
        Assert.False(Directory.Exists("/run/lxcnetworking"));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void An_uplink_that_is_in_another_bridge_by_now_stays_there() => Run(() =>
    {
        MakeUplink();
        Here.Create(s_outer);
        Sandbox.Ip("link add br1 up type bridge");
        Sandbox.Ip("link set eth0 master br1");
        Here.Remove("br0");
        Assert.Equal("br1", Sandbox.IpJson("link show dev eth0")[0].GetProperty("master").GetString());
        Assert.Contains("192.0.2.1/24", Sandbox.Ip("address show dev eth0"), StringComparison.Ordinal);
    });

    // A bridge that is created without IPv6, where that cannot be changed, cannot take the uplink's IPv6 address: that
    // shows when the IPv4 ones are there.
    private static NetworkException FailWithoutIPv6(Action meanwhile)
    {
        File.WriteAllText("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
        var isReadOnly = false;
        void Switch()
        {
            isReadOnly = !isReadOnly;
            if (!isReadOnly)
            {
                Sandbox.Execute("umount", "/proc/sys");
                return;
            }

            Sandbox.Execute("mount", "--bind", "/proc/sys", "/proc/sys");
            Sandbox.Execute("mount", "-o", "remount,bind,ro", "/proc/sys");
        }

        Switch();
        var refusal = Refusal(() => Here.Create(s_outer, step =>
        {
            if (!step.Contains("a port of", StringComparison.Ordinal))
                return;
            Switch();
            meanwhile();
            Switch();
        }));
        Switch();
        File.WriteAllText("/proc/sys/net/ipv6/conf/default/disable_ipv6", "0");
        Assert.Equal(NetworkErrorCode.NotSupported, refusal.Code);
        return refusal;
    }

    private static void MakeWorld()
    {
        Sandbox.Ip("netns add world");
        Sandbox.Ip("link add eth0 up type veth peer name w0 netns world");
        Sandbox.Ip("-n world link set w0 up");
        Sandbox.Ip("-n world address add 192.0.2.254/24 dev w0");
        Sandbox.Ip("-n world address add 198.51.100.1/32 dev w0");
        Sandbox.Ip("-n world address add 2001:db8::ff/64 dev w0 nodad");
    }

    private static void MakeUplink()
    {
        MakeWorld();
        Sandbox.Ip("address add 192.0.2.1/24 dev eth0");
        Sandbox.Ip("address add 192.0.2.3/24 dev eth0");
        Sandbox.Ip("address add 2001:db8::1/64 dev eth0 nodad");
        Sandbox.Ip("route add default via 192.0.2.254 metric 100");
        Sandbox.Ip("route add 198.51.100.0/24 via 192.0.2.254 src 192.0.2.3 mtu 1400");
        Sandbox.Ip("route add 203.0.113.0/24 dev eth0");
        Sandbox.Ip("route add 10.77.0.0/16 via 192.0.2.254 table 77");
        Sandbox.Ip("-6 route add default via 2001:db8::ff");
    }

    // As NetworkManager does it: addresses without routes, and the routes to their networks with a metric of its own.
    private static void MakeManagedUplink()
    {
        MakeWorld();
        Sandbox.Ip("-n world address add fe80::ff/64 dev w0 nodad");
        Sandbox.Ip("address add 192.0.2.1/24 dev eth0 noprefixroute");
        Sandbox.Ip("route add 192.0.2.0/24 dev eth0 proto kernel scope link src 192.0.2.1 metric 600");
        Sandbox.Ip("route add default via 192.0.2.254 dev eth0 proto dhcp src 192.0.2.1 metric 600");
        Sandbox.Ip("address flush dev eth0 scope link");
        Sandbox.Ip("address add fe80::11/64 dev eth0 nodad noprefixroute");
        Sandbox.Ip("address add 2001:db8::1/64 dev eth0 nodad noprefixroute");
        Sandbox.Ip("address add 2001:db8:1::1/64 dev eth0 nodad noprefixroute");
        Sandbox.Ip("-6 route add fe80::/64 dev eth0 proto kernel metric 1024");
        Sandbox.Ip("-6 route add 2001:db8::/64 dev eth0 proto ra metric 600");
        Sandbox.Ip("-6 route add 2001:db8:1::/64 dev eth0 proto kernel metric 600");
        Sandbox.Ip("-6 route add default via fe80::ff dev eth0 proto ra metric 600");
        Sandbox.Ip("-6 route add 2001:db8:9::/64 via 2001:db8:1::9 dev eth0 proto static metric 600");
    }

    private static bool ReachesTheWorld() => Sandbox.Pings("192.0.2.254") && Sandbox.Pings("198.51.100.1")
        && Sandbox.Pings("2001:db8::ff");

    // Each link has link-local addresses and their routes of its own.
    private static string Ways()
    {
        var routes = Sandbox.Lasting("-4 route show table all type unicast")
            + Sandbox.Lasting("-6 route show table all type unicast");
        return string.Join('\n', routes.Split('\n', StringSplitOptions.TrimEntries).Order(StringComparer.Ordinal));
    }
}
