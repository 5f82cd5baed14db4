using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

public class IPInterfaceTests
{
    private static NetworkStack Here => Stacks.Pool.Get();

    // What the files under /proc/sys show to a program in a namespace.
    private static string Setting(string name, string? inNamespace = null) => inNamespace is null
        ? Execute("cat", "/proc/sys/net/" + name).Trim()
        : Execute("ip", "netns", "exec", inNamespace, "cat", "/proc/sys/net/" + name).Trim();

    [Fact]
    public void Forwarding_is_set_in_the_named_namespace_alone() => Run(() =>
    {
        Stacks.Pool.Namespaces.Create("router");
        var router = Stacks.Pool.Get(new NamespaceReference("router"));
        router.IPInterfaces.SetForwarding(IPFamily.IPv4, true);
        Assert.Equal(("1", "0"), (Setting("ipv4/ip_forward", "router"), Setting("ipv4/ip_forward")));
        Assert.Equal([(IPFamily.IPv4, true), (IPFamily.IPv6, false)], router.IPInterfaces.ListForwarding()
            .Select(item => (item.AddressFamily, item.Enabled)));
        router.IPInterfaces.SetForwarding(IPFamily.IPv6, true);
        router.IPInterfaces.SetForwarding(IPFamily.IPv4, false);
        Assert.Equal(("0", "1"), (Setting("ipv4/ip_forward", "router"), Setting("ipv6/conf/all/forwarding", "router")));
        Assert.All(Here.IPInterfaces.ListForwarding(), item => Assert.False(item.Enabled));
    });

    [Fact]
    public void Forwarding_is_set_on_one_interface() => Run(() =>
    {
        Here.Links.CreateVeth(new VethSpec("eth0.1", new VethPeerSpec("eth1")));
        var link = Here.Links.Get("eth0.1");
        foreach (var family in new[] { IPFamily.IPv4, IPFamily.IPv6 })
        {
            Here.IPInterfaces.SetForwarding(family, true, link);
            Assert.Equal("1", Setting($"{family.ToString().ToLowerInvariant()}/conf/eth0.1/forwarding"));
            Assert.True(
                Assert.Single(
                    Here.IPInterfaces.List(new AddressFilter { InterfaceIndexes = [link.Index], Family = family }))
                .Forwarding);
            Assert.False(
                Assert.Single(
                    Here.IPInterfaces.List(
                        new AddressFilter { InterfaceIndexes = [Here.Links.Get("eth1").Index], Family = family }))
                .Forwarding);
            Assert.False(Assert.Single(Here.IPInterfaces.ListForwarding(family)).Enabled);
        }

        Ip("link del eth0.1");
        Assert.Equal(NetworkErrorCode.LinkNotFound,
            Assert.Throws<NetworkException>(() => Here.IPInterfaces.SetForwarding(IPFamily.IPv4, true, link)).Code);
    });

    [Fact]
    public void Settings_are_those_of_proc() => Run(() =>
    {
        Here.Links.CreateVeth(new VethSpec("eth0", new VethPeerSpec("eth1") { Up = true }) { Up = true, Mtu = 1400 });
        foreach (var setting in new[] { "ipv4/conf/eth0/rp_filter=2", "ipv4/conf/eth0/proxy_arp=1",
            "ipv6/conf/eth0/accept_ra=2", "ipv6/conf/eth0/autoconf=0", "ipv6/conf/eth0/dad_transmits=7",
            "ipv6/conf/eth0/hop_limit=33", "ipv6/conf/eth0/proxy_ndp=1" })
            Execute("sh", "-c", $"echo {setting.Split('=')[1]} > /proc/sys/net/{setting.Split('=')[0]}");
        Execute("sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/eth1/disable_ipv6");
        Assert.True(Eventually(() => Here.IPInterfaces.List().Where(item => item.InterfaceAlias == "eth0")
            .All(item => item.ConnectionState == ConnectionState.Connected)));
        var all = Here.IPInterfaces.List();
        var four = Assert.Single(all, item => item is { InterfaceAlias: "eth0", AddressFamily: IPFamily.IPv4 });
        Assert.Equal((1400, ReversePathFilter.Loose, true, ConnectionState.Connected),
            (four.Mtu, four.ReversePathFilter, four.ProxyNeighbor, four.ConnectionState));
        var six = Assert.Single(all, item => item is { InterfaceAlias: "eth0", AddressFamily: IPFamily.IPv6 });
        Assert.Equal((1400, RouterAdvertisementPolicy.Accept, false, 7, 33, true, true),
            (six.Mtu, six.RouterAdvertisement, six.Autoconfiguration, six.DuplicateAddressDetectionTransmits,
                six.HopLimit, six.ProxyNeighbor, six.Enabled));
        Assert.False(
            Assert.Single(all, item => item is { InterfaceAlias: "eth1", AddressFamily: IPFamily.IPv6 }).Enabled);
        var error = Assert.Throws<NetworkException>(() =>
            Here.Addresses.Create(Here.Links.Get("eth1"), [new AddressSpec(new IPPrefix("fd00::1/64"))]));
        Assert.Equal(NetworkErrorCode.NotSupported, error.Code);
        Assert.Contains("disable_ipv6", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void A_configuration_has_addresses_and_gateways_together() => Run(() =>
    {
        Here.Links.CreateVeth(new VethSpec("eth0", new VethPeerSpec("eth1") { Up = true }) { Up = true });
        Here.Addresses.Create(
            Here.Links.Get("eth0"),
            [new AddressSpec(new IPPrefix("10.0.3.2/24")), new AddressSpec(new IPPrefix("fd00::2/64"))],
            [IPAddress.Parse("10.0.3.1"), IPAddress.Parse("fd00::1")]);
        Ip("route add default via 10.0.3.9 metric 5");
        var all = Here.IPInterfaces.ListConfigurations();
        Assert.Equal(["lo", "eth1", "eth0"], all.OrderBy(item => item.InterfaceIndex)
            .Select(item => item.InterfaceAlias));
        var eth0 = Assert.Single(Here.IPInterfaces.ListConfigurations([Here.Links.Get("eth0").Index]));
        Assert.Equal("10.0.3.2/24", Assert.Single(eth0.IPv4Address).ToString());
        Assert.Equal("fd00::2/64", Assert.Single(eth0.IPv6Address).ToString());
        Assert.Equal(["10.0.3.1", "10.0.3.9"], eth0.IPv4DefaultGateway.Select(route => route.NextHop.ToString()));
        Assert.Equal("fd00::1", Assert.Single(eth0.IPv6DefaultGateway).NextHop.ToString());
        Assert.Empty(all.Single(item => item.InterfaceAlias == "eth1").IPv4DefaultGateway);
    });
}
