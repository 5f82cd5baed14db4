using LxcNetworking.Containers.Connections;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>Links that move into a container whole, and come back.</summary>
public sealed partial class ContainerConnectionTests
{
    [Fact]
    public void A_physical_link_goes_in_and_comes_back_under_its_name() => Run(() =>
    {
        MakeWire();
        Sandbox.Ip("address add 10.0.9.1/24 dev card");
        Sandbox.Execute("ip", "link", "set", "card", "alias", "to the switch");
        var spec = new ContainerConnectionSpec
        {
            Parent = "card",
            Kind = ContainerLinkKind.Phys,
            Addresses = [new IPPrefix("10.0.9.2/24")]
        };
        Assert.Equal(NetworkErrorCode.ResourceBusy, Refusal(() => Here.Connect(Web, spec)).Code);
        Sandbox.Ip("address flush dev card");
        Assert.Equal("eth0", Here.Connect(Web, spec).InterfaceAlias);
        Assert.True(Sandbox.Pings("10.0.9.2", "wire"));

        Assert.Empty(Here.Disconnect([Stacks.Pool.Get(new NamespaceReference("web")).Links.Get("eth0")]));
        Assert.Equal("to the switch", Sandbox.IpJson("link show dev card")[0].GetProperty("ifalias").GetString());
    });

    [Fact]
    public void A_long_alias_does_not_keep_a_link_from_coming_back() => Run(() =>
    {
        MakeWire();
        var alias = new string('a', 250);
        Sandbox.Execute("ip", "link", "set", "card", "alias", alias);
        Here.Connect(Web, new ContainerConnectionSpec { Parent = "card", Kind = ContainerLinkKind.Phys });
        Assert.Empty(Here.Disconnect([Stacks.Pool.Get(new NamespaceReference("web")).Links.Get("eth0")]));
        Assert.Equal(alias, Sandbox.IpJson("link show dev card")[0].GetProperty("ifalias").GetString());
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_failure_after_a_physical_link_has_moved_brings_it_back() => Run(() =>
    {
        MakeWire();
        Sandbox.Ip("-n wire address add 10.0.9.2/24 dev end");
        var before = Sandbox.Ip("-d link show dev card").Split('\n')[1];
        var refusal = Refusal(() => Here.Connect(Web, new ContainerConnectionSpec
        {
            Parent = "card",
            Kind = ContainerLinkKind.Phys,
            MacAddress = MacAddress.Parse("02:00:00:00:00:09"),
            Addresses = [new IPPrefix("10.0.9.2/24")],
        }));
        Assert.Equal(NetworkErrorCode.AddressExists, refusal.Code);
        Assert.Equal(before, Sandbox.Ip("-d link show dev card").Split('\n')[1]);
        Assert.Contains("UP", Sandbox.Ip("link show dev card"), StringComparison.Ordinal);
        Assert.Equal(["lo"], Names("-n web link show"));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_failure_after_a_link_was_taken_from_the_host_by_force_brings_its_addresses_and_routes_back() =>
        Run(() =>
    {
        MakeWire();
        Sandbox.Ip("address add 10.0.9.1/24 dev card");
        Sandbox.Ip("address add 10.0.9.3/24 dev card");
        Sandbox.Ip("address add fd00:9::1/64 dev card nodad");
        Sandbox.Ip("route add 192.0.2.0/24 via 10.0.9.9 metric 7");
        Sandbox.Ip("route add 198.51.100.0/24 dev card table 70");
        Sandbox.Ip("route add 2001:db8::/32 via fd00:9::9");
        // Its default route stands in the way of the one that is asked for.
        Sandbox.Ip("-n web link add eth5 type veth peer name eth6");
        Sandbox.Ip("-n web link set eth5 up");
        Sandbox.Ip("-n web link set eth6 up");
        Sandbox.Ip("-n web address add 203.0.113.2/24 dev eth5");
        Sandbox.Ip("-n web route add default via 203.0.113.1");
        // It may come back under another number.
        static string Held() =>
            string.Concat(new[] { "-4 address show dev card", "-6 address show dev card scope global",
                "-4 route show table all dev card", "-6 route show dev card" }
            .Select(what => System.Text.RegularExpressions.Regex.Replace(Sandbox.Lasting(what), "^[0-9]+: ",
                string.Empty, System.Text.RegularExpressions.RegexOptions.Multiline)));
        var before = Held();
        var spec = new ContainerConnectionSpec
        {
            Parent = "card",
            Kind = ContainerLinkKind.Phys,
            Mtu = 1400,
            Force = true,
            Addresses = [new IPPrefix("10.0.9.2/24")],
            Gateways = [IPAddress.Parse("10.0.9.9")]
        };
        Assert.Equal(NetworkErrorCode.RouteExists, Refusal(() => Here.Connect(Web, spec)).Code);
        Assert.Equal(before, Held());
        Assert.True(Sandbox.Pings("10.0.9.9"));

        // Where links arrive without IPv6, IPv4 comes back all the same, and each thing that does not is told.
        File.WriteAllText("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
        var refusal = Refusal(() => Here.Connect(Web, spec));
        File.WriteAllText("/proc/sys/net/ipv6/conf/default/disable_ipv6", "0");
        Assert.Equal(NetworkErrorCode.RouteExists, refusal.Code);
        Assert.Collection(
            refusal.NotRolledBack,
            told => Assert.Contains("fd00:9::1/64", told, StringComparison.Ordinal),
            told => Assert.Contains("2001:db8::/32", told, StringComparison.Ordinal));
        Assert.All(refusal.NotRolledBack, told => Assert.Contains(told, refusal.Message, StringComparison.Ordinal));
        File.WriteAllText("/proc/sys/net/ipv6/conf/card/disable_ipv6", "0");
        Sandbox.Ip("address add fd00:9::1/64 dev card nodad");
        Sandbox.Ip("route add 2001:db8::/32 via fd00:9::9");
        Assert.Equal(before, Held());

        // What could not be put back is not taken.
        Sandbox.Ip("route add 192.0.3.0/24 nexthop via 10.0.9.9 nexthop via 10.0.3.9");
        Assert.Equal(NetworkErrorCode.NotSupported, Refusal(() => Here.Connect(Web, spec)).Code);
        Assert.Equal(1, Sandbox.IpJson("link show dev card").GetArrayLength());
    });

    [Theory]
    [InlineData("", false)]
    [InlineData("to the switch", false)]
    [InlineData("to the switch", true)]
    [Trait("Kernel", "none")]
    public void A_physical_link_that_a_killed_process_had_in_its_hands_is_not_lost(string alias,
        bool isBarelyThere) => Run(() =>
    {
        MakeWire();
        Sandbox.Execute("ip", "link", "set", "card", "alias", alias);
        var spec = new ContainerConnectionSpec
        {
            Parent = "card",
            Kind = ContainerLinkKind.Phys,
            Addresses = [new IPPrefix("10.0.9.2/24")]
        };
        // The container has moved it in, and nothing else is done.
        void Interrupt()
        {
            Here.Connect(Web, spec);
            Sandbox.Ip("-n web address flush dev eth0");
            Sandbox.Ip($"-n web link set eth0 group {GroupOfTheDead}");
            var note = Assert.Single(Directory.GetFiles("/run/lxcnetworking/moved-interfaces"));
            // What number it would get in there was not known before.
            if (isBarelyThere)
            {
                var text = File.ReadAllText(note);
                File.WriteAllText(note, System.Text.RegularExpressions.Regex.Replace(
                    text, "\"InsideIndex\": [0-9]+", "\"InsideIndex\": 0"));
            }
        }

        Interrupt();
        // Another command does not take it for one that was made here.
        Assert.Equal("eth1", Here.Connect(Web, OnBridge()).InterfaceAlias);
        Here.Connect(Web, spec);
        Assert.True(Sandbox.Pings("10.0.9.2", "wire"));
        Assert.Equal("default", Sandbox.IpJson("-n web link show dev eth0")[0].GetProperty("group").GetString());
        Disconnect();

        Interrupt();
        Disconnect();

        void Disconnect()
        {
            Assert.Empty(Here.Disconnect([Stacks.Pool.Get(new NamespaceReference("web")).Links.Get("eth0")]));
            var back = Sandbox.IpJson("link show dev card")[0];
            Assert.Equal((alias, "default"),
                (back.TryGetProperty("ifalias", out var text) ? text.GetString() : string.Empty,
                    back.GetProperty("group").GetString()));
            Assert.False(Directory.Exists("/run/lxcnetworking"));
        }
    });

    [Fact]
    public void What_a_container_says_of_its_own_links_brings_none_of_them_out() => Run(() =>
    {
        MakeWire();
        var inside = Stacks.Pool.Get(new NamespaceReference("web"));
        void Claim(string link, string name) =>
            Sandbox.Execute("ip", "-n", "web", "link", "set", link, "alias", $"LxcNetworking: was {name}");
        Here.Connect(Web, OnBridge());
        Claim("eth0", "eth7");
        Assert.Empty(Here.Disconnect([inside.Links.Get("eth0")]));
        Assert.Equal(["br0", "card", "lo"], Names("link show"));
        Assert.Equal(["lo"], Names("-n web link show"));

        // One that was moved in does not lend its name to another.
        var spec = new ContainerConnectionSpec { Parent = "card", Kind = ContainerLinkKind.Phys };
        Here.Connect(Web, spec);
        Here.Connect(Web, OnBridge());
        Claim("eth1", "card");
        Assert.Empty(Here.Disconnect([inside.Links.Get("eth1")]));
        Assert.Equal(["br0", "lo"], Names("link show"));
        Assert.Empty(Here.Disconnect([inside.Links.Get("eth0")]));
        Assert.Equal(["br0", "card", "lo"], Names("link show"));

        // Nor does one that seems to have been left half-way.
        Here.Connect(Web, OnBridge());
        Claim("eth0", "eth7");
        Sandbox.Ip($"-n web link set eth0 group {GroupOfTheDead}");
        Assert.Equal(NetworkErrorCode.LinkNotFound,
            Refusal(() => Here.Connect(Web, spec with { Parent = "eth7" })).Code);

        // A name for the host does not make it the host's either.
        var refusal = Assert.Single(Here.Disconnect([inside.Links.Get("eth0")], "mine0")).Error;
        Assert.Equal(NetworkErrorCode.LinkChanged, refusal.Code);
        Assert.Equal(["eth0", "lo"], Names("-n web link show"));
        Assert.Empty(Here.Disconnect([inside.Links.Get("eth0")]));
        Assert.Equal(["br0", "card", "lo"], Names("link show"));
        Assert.False(Directory.Exists("/run/lxcnetworking"));
    });
}
