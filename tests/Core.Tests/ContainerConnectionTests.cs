using System.Diagnostics;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>Connections of containers, with named namespaces for containers; ip(8) says what the kernel
/// holds.</summary>
public sealed partial class ContainerConnectionTests
{
    private static ContainerOperations Here => Stacks.Pool.Get().Containers;

    [Fact]
    public void A_veth_container_is_reached_from_the_bridge_under_all_that_was_asked_for() => Run(() =>
    {
        Sandbox.Ip("link set br0 mtu 1400");
        var made = Here.Connect(Web, OnBridge("10.0.3.2/24", "fd00:3::2/64") with
        {
            HostInterfaceName = "vhost",
            MacAddress = MacAddress.Parse("02:00:00:00:00:07"),
            Gateways = [IPAddress.Parse("10.0.3.1"), IPAddress.Parse("fd00:3::1")],
        });

        Assert.Equal(("eth0", "vhost", "br0", ContainerLinkKind.Veth),
            (made.InterfaceAlias, made.HostInterfaceAlias, made.ConnectedTo, made.Kind));
        Assert.Equal(["10.0.3.2/24", "fd00:3::2/64"], made.IPAddress.Select(address => address.ToString()));
        var link = Sandbox.IpJson("-n web link show dev eth0")[0];
        Assert.Equal((1400, "02:00:00:00:00:07", "default"),
            (link.GetProperty("mtu").GetInt32(), link.GetProperty("address").GetString(), link.GetProperty("group")
                .GetString()));
        Assert.True(
            Sandbox.Eventually(() => Sandbox.IpJson("-n web link show dev eth0")[0].GetProperty("operstate")
                .GetString() == "UP"));
        Assert.Equal("br0", Sandbox.IpJson("link show dev vhost")[0].GetProperty("master").GetString());
        Assert.Contains("default via 10.0.3.1 dev eth0", Sandbox.Ip("-n web route"), StringComparison.Ordinal);
        Assert.Contains("default via fd00:3::1 dev eth0", Sandbox.Ip("-n web -6 route"), StringComparison.Ordinal);
        Assert.True(Sandbox.Pings("10.0.3.2") && Sandbox.Pings("fd00:3::2"));

        // The next one has the next name.
        Assert.Equal("eth1", Here.Connect(Web, OnBridge()).InterfaceAlias);
        Assert.Empty(
            Here.Disconnect(Stacks.Pool.Get(new NamespaceReference("web"))
                .Links.List(new LinkFilter { Kind = "veth" })));
        Assert.Equal(["br0", "lo"], Names("link show"));
    });

    [Theory]
    [InlineData(ContainerLinkMode.Bridge, "bridge")]
    [InlineData(ContainerLinkMode.Private, "private")]
    [InlineData(ContainerLinkMode.Vepa, "vepa")]
    [InlineData(ContainerLinkMode.Passthru, "passthru")]
    [Trait("Kernel", "none")]
    public void A_macvlan_container_talks_to_the_wire(ContainerLinkMode mode, string kernels) => Run(() =>
    {
        MakeWire();
        var made = Here.Connect(Web,
            new ContainerConnectionSpec { Parent = "card", Mode = mode, Addresses = [new IPPrefix("10.0.9.2/24")] });
        Assert.Equal(ContainerLinkKind.Macvlan, made.Kind);
        Assert.Equal(kernels, Sandbox.IpJson("-n web link show dev eth0")[0].GetProperty("linkinfo")
            .GetProperty("info_data").GetProperty("mode").GetString());
        Assert.True(Sandbox.Pings("10.0.9.2", "wire"));
    });

    [Theory]
    [InlineData("vlan")]
    [InlineData("ipvlan")]
    public void Kinds_of_the_full_kernel_carry_traffic(string kind) => Run(() =>
    {
        Sandbox.NeedsKind(kind);
        MakeWire();
        var spec = new ContainerConnectionSpec { Parent = "card", Addresses = [new IPPrefix("10.0.9.2/24")] };
        if (kind == "vlan")
        {
            Sandbox.Ip("-n wire link add link end name end.20 up type vlan id 20");
            Sandbox.Ip("-n wire address flush dev end");
            Sandbox.Ip("-n wire address add 10.0.9.9/24 dev end.20");
            Here.Connect(Web, spec with { Kind = ContainerLinkKind.Vlan, VlanId = 20 });
        }
        else
        {
            Here.Connect(Web, spec with { Kind = ContainerLinkKind.Ipvlan });
        }

        Assert.True(Sandbox.Pings("10.0.9.2", "wire"));
        // Nobody's address is given twice here either.
        Sandbox.Ip("netns add db");
        Sandbox.Ip("address add 10.0.9.1/24 dev card");
        foreach (var taken in kind == "ipvlan" ? ["10.0.9.9/24", "10.0.9.1/24"] : Array.Empty<string>())
            Assert.Equal(NetworkErrorCode.AddressExists,
                Refusal(() =>
                    Here.Connect(new ContainerReference("db"),
                        spec with { Kind = ContainerLinkKind.Ipvlan, Addresses = [new IPPrefix(taken)] })).Code);
    });

    [Theory]
    [InlineData("10.0.3.2/24")]
    [InlineData("fd00:3::2/64")]
    [Trait("Kernel", "none")]
    public void An_address_that_somebody_has_is_refused_and_nothing_stays(string address) => Run(() =>
    {
        Sandbox.Ip("netns add db");
        Here.Connect(new ContainerReference("db"), OnBridge(address));
        Assert.True(Sandbox.Pings(address.Split('/')[0]), "a new port forwards once the kernel has seen its carrier");
        var before = Names("link show");
        var refusal = Refusal(() => Here.Connect(Web, OnBridge(address)));
        Assert.Equal(NetworkErrorCode.AddressExists, refusal.Code);
        Assert.Contains(address.Split('/')[0], refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, Names("link show"));
        Assert.Equal(["lo"], Names("-n web link show"));

        Assert.Equal(address, Here.Connect(Web, OnBridge(address) with { Force = true }).IPAddress[0].ToString());
    });

    [Theory]
    [InlineData("10.0.3.2/24")]
    [InlineData("fd00:3::2/64")]
    public void The_question_comes_from_the_bridges_address_of_the_moment(string address) => Run(() =>
    {
        // Without an address of its own choice, a bridge has the lowest one of its ports.
        Sandbox.Ip("link add br1 up type bridge");
        var before = Stacks.Pool.Get().Links.Get("br1");
        Here.Connect(Web, new ContainerConnectionSpec { Bridge = "br1", Addresses = [new IPPrefix(address)] });
        Sandbox.Ip("link add low address 00:00:00:00:00:01 master br1 type veth peer name high");
        Assert.NotEqual(before.MacAddress, Stacks.Pool.Get().Links.Get("br1").MacAddress);
        using var probe = AddressProbe.Start(
            Stacks.Pool.Get(), before, [new IPPrefix(address).Address], ProbeTimes.Once(TimeSpan.FromSeconds(60)));
        Assert.NotNull(probe!.Finish(CancellationToken.None));
    });

    [Fact]
    public void The_question_is_heard_again_after_the_bridge_was_down_and_its_sockets_are_closed_in_the_end() =>
        Run(() =>
    {
        Sandbox.Ip("netns add db");
        Here.Connect(new ContainerReference("db"), OnBridge("10.0.3.2/24"));
        Assert.True(Sandbox.Pings("10.0.3.2"));
        Assert.Equal(NetworkErrorCode.AddressExists, Refusal(() => Here.Connect(Web, OnBridge("10.0.3.2/24"))).Code);
        Sandbox.Ip("link set br0 down");
        Sandbox.Ip("link set br0 up");
        Assert.True(Sandbox.Pings("10.0.3.2"));
        Assert.Equal(NetworkErrorCode.AddressExists, Refusal(() => Here.Connect(Web, OnBridge("10.0.3.2/24"))).Code);

        Assert.True(Sandbox.Eventually(() => PacketSockets() == 0));
        static int PacketSockets() => File.ReadLines("/proc/thread-self/net/packet").Count() - 1;
    });

    [Fact]
    public void The_bridges_own_address_the_parents_and_one_seen_over_a_macvlan_are_refused_too() => Run(() =>
    {
        Assert.Equal(NetworkErrorCode.AddressExists, Refusal(() => Here.Connect(Web, OnBridge("10.0.3.1/24"))).Code);
        Assert.Equal(NetworkErrorCode.AddressExists, Refusal(() => Here.Connect(Web, OnBridge("fd00:3::1/64"))).Code);
        MakeWire();
        Assert.Equal(NetworkErrorCode.AddressExists,
            Refusal(() =>
                Here.Connect(Web,
                    new ContainerConnectionSpec { Parent = "card", Addresses = [new IPPrefix("10.0.9.9/24")] })).Code);
        Sandbox.Ip("address add 10.0.9.1/24 dev card");
        Sandbox.Ip("address add fd00:9::1/64 dev card nodad");
        foreach (var own in new[] { "10.0.9.1/24", "fd00:9::1/64" })
            Assert.Contains("'card' itself has it",
                Refusal(() =>
                    Here.Connect(Web, new ContainerConnectionSpec { Parent = "card", Addresses = [new IPPrefix(own)] }))
                .Message, StringComparison.Ordinal);
        Assert.Equal(["lo"], Names("-n web link show"));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void What_cannot_be_leaves_nothing_behind() => Run(() =>
    {
        MakeWire();
        Sandbox.Ip("-n web link add eth5 type veth peer name eth6");
        // lo stays down, so this default route stands in the new one's way.
        Sandbox.Ip("-n web link set eth5 up");
        Sandbox.Ip("-n web link set eth6 up");
        Sandbox.Ip("-n web address add 192.0.2.2/24 dev eth5");
        Sandbox.Ip("-n web route add default via 192.0.2.1");
        var before = (Names("link show"), Sandbox.Lasting("-n web link show"), Sandbox.Lasting("-n web address show"));

        void Refused(NetworkErrorCode code, ContainerConnectionSpec spec, string container = "web")
        {
            Assert.Equal(code, Refusal(() => Here.Connect(new ContainerReference(container), spec)).Code);
            Assert.Equal(before.Item2, Sandbox.Lasting("-n web link show"));
            Assert.Equal(before.Item3, Sandbox.Lasting("-n web address show"));
            Assert.Equal(before.Item1, Names("link show"));
        }

        var bridge = OnBridge("10.0.3.2/24");
        Refused(NetworkErrorCode.RouteExists, bridge with { Gateways = [IPAddress.Parse("10.0.3.1")] });
        Refused(NetworkErrorCode.NextHopUnreachable, bridge with { Gateways = [IPAddress.Parse("10.0.4.1")] });
        Refused(NetworkErrorCode.LinkExists, bridge with { InterfaceName = "eth5" });
        Refused(NetworkErrorCode.LinkExists, bridge with { HostInterfaceName = "card" });
        Refused(NetworkErrorCode.LinkNotFound, bridge with { Bridge = "nowhere" });
        Refused(NetworkErrorCode.NotSupported, bridge with { Bridge = "card" });
        Refused(NetworkErrorCode.InvalidArgument, bridge with { Parent = "card" });
        Refused(NetworkErrorCode.InvalidArgument, bridge with { Bridge = null });
        Refused(NetworkErrorCode.InvalidArgument, bridge with { Kind = ContainerLinkKind.Macvlan });
        Refused(NetworkErrorCode.InvalidArgument, bridge with { VlanId = 7 });
        Refused(NetworkErrorCode.InvalidArgument, bridge with { Mode = ContainerLinkMode.Vepa });
        Refused(NetworkErrorCode.InvalidArgument, bridge with { Mtu = 3 });
        Refused(NetworkErrorCode.InvalidArgument, bridge with { MacAddress = MacAddress.Parse("01:00:00:00:00:00") });
        Refused(NetworkErrorCode.InvalidArgument, bridge with { Addresses = [new IPPrefix("10.0.3.2")] });
        Refused(NetworkErrorCode.InvalidArgument, bridge with { Addresses = [new IPPrefix("10.0.3.255/24")] });
        Refused(NetworkErrorCode.InvalidArgument,
            bridge with { Addresses = [new IPPrefix("10.0.3.2/24"), new IPPrefix("10.0.3.2/16")] });
        Refused(NetworkErrorCode.InvalidArgument, bridge with { DnsSearch = ["a\nb"] });
        Refused(NetworkErrorCode.InvalidName, bridge with { InterfaceName = "a/b" });
        Refused(NetworkErrorCode.InvalidName, bridge with { InterfaceName = "-a name that is too long" });
        Refused(NetworkErrorCode.ContainerNotFound, bridge, "nobody");
        Refused(NetworkErrorCode.InvalidName, bridge, "..");
        Refused(NetworkErrorCode.InvalidName, bridge, "a/b");
        Refused(NetworkErrorCode.InvalidName, bridge, "lxc:../x");
        Refused(NetworkErrorCode.InvalidName, bridge, "web\n");
        Refused(NetworkErrorCode.NamespaceNotFound, bridge, "netns:nobody");
        Refused(NetworkErrorCode.InvalidArgument, bridge, "/proc/thread-self/ns/net");
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_network_does_not_take_the_default_route_that_a_container_has() => Run(() =>
    {
        Here.Connect(Web, new ContainerConnectionSpec { Network = "br0", Addresses = [new IPPrefix("10.0.3.9")] });
        var second = Here.Connect(Web,
            new ContainerConnectionSpec
            { Network = "br0", Addresses = [new IPPrefix("10.0.3.10"), new IPPrefix("fd00:3::9/64")] });
        Assert.Equal(["fd00:3::1"], second.Gateway.Select(address => address.ToString()));
        Assert.Equal("default via 10.0.3.1 dev eth0 proto 108", Sandbox.Ip("-n web route show default").Trim());
        var refusal = Refusal(() =>
            Here.Connect(Web, OnBridge("10.0.3.11/24") with { Gateways = [IPAddress.Parse("10.0.3.1")] }));
        Assert.Equal(NetworkErrorCode.RouteExists, refusal.Code);
        Assert.Contains(refusal.Advice, advice => advice is { Kind: AdviceKind.Omit, Options: [("Gateways", null)] });
        Assert.Contains(refusal.Advice,
            advice => advice is { Kind: AdviceKind.Remove, Name: "0.0.0.0/0", NamespaceText: "web" });
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void An_IPv6_address_that_is_asked_for_switches_IPv6_on_for_its_link_alone() => Run(() =>
    {
        // As Docker has it in its containers.
        Sandbox.Execute("ip", "netns", "exec", "web", "sh", "-c",
            "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6");
        string[] IPv6Links() =>
            [.. Sandbox.IpJson("-n web -6 address show").EnumerateArray()
                .Where(link => link.TryGetProperty("ifname", out _))
                .Select(link => link.GetProperty("ifname").GetString()!)];
        Here.Connect(Web, OnBridge("10.0.3.2/24"));
        Assert.Empty(IPv6Links());
        var made = Here.Connect(Web,
            new ContainerConnectionSpec
            { Network = "br0", Addresses = [new IPPrefix("10.0.3.9"), new IPPrefix("fd00:3::9/64")] });
        Assert.Equal(["10.0.3.9/24", "fd00:3::9/64"], made.IPAddress.Select(address => address.ToString()));
        Assert.Equal(["eth1"], IPv6Links());
        Assert.True(Sandbox.Pings("fd00:3::9"));
    });

    [Fact]
    public void A_network_lends_its_prefix_length_and_its_gateway() => Run(() =>
    {
        var made = Here.Connect(Web,
            new ContainerConnectionSpec
            { Network = "br0", Addresses = [new IPPrefix("10.0.3.9"), new IPPrefix("fd00:3::9/64")] });
        Assert.Equal(["10.0.3.9/24", "fd00:3::9/64"], made.IPAddress.Select(address => address.ToString()));
        Assert.Equal(["10.0.3.1", "fd00:3::1"], made.Gateway.Select(address => address.ToString()));
        Assert.Contains("default via 10.0.3.1", Sandbox.Ip("-n web route"), StringComparison.Ordinal);
        Assert.Equal(NetworkErrorCode.InvalidArgument,
            Refusal(() =>
                Here.Connect(Web,
                    new ContainerConnectionSpec { Network = "br0", Addresses = [new IPPrefix("10.9.9.9")] })).Code);
    });

    [Theory]
    [InlineData("203.0.113.7/32", "10.0.3.1", "192.0.2.1")]
    [InlineData("2001:db8::7/128", "fd00:3::1", "2001:db8:9::1")]
    [Trait("Kernel", "none")]
    public void A_gateway_beyond_an_address_that_is_alone_in_its_network_is_on_the_link(
        string address, string gateway, string outside) => Run(() =>
    {
        var alone = new IPPrefix(address);
        Sandbox.Ip("address add 192.0.2.1/32 dev lo");
        Sandbox.Ip("address add 2001:db8:9::1/128 dev lo nodad");
        Sandbox.Ip($"route add {address} dev br0");
        var made = Here.Connect(Web, OnBridge(address) with { Gateways = [IPAddress.Parse(gateway)] });
        Assert.Equal([gateway], made.Gateway.Select(item => item.ToString()));
        Assert.True(Sandbox.Pings(outside, "web"));

        // A network's /32 is reached the same way; what has a network of its own is not.
        var lent = new IPPrefix(alone.Length == 32 ? "10.0.3.9/32" : "fd00:3::9/128");
        Sandbox.Ip("netns add db");
        Here.Connect(
            new ContainerReference("db"), new ContainerConnectionSpec { Network = "br0", Addresses = [lent] });
        Assert.True(Sandbox.Pings(outside, "db"));
        var wide = OnBridge(alone.Address + (alone.Length == 32 ? "/24" : "/64")) with
        {
            Gateways = [IPAddress.Parse(gateway)],
        };
        Assert.Equal(NetworkErrorCode.NextHopUnreachable, Refusal(() => Here.Connect(Web, wide)).Code);
    });

    [Fact]
    public void What_a_killed_process_left_behind_is_cleared_away() => Run(() =>
    {
        Sandbox.Ip($"link add vleft type veth peer name eth0 netns web group {GroupOfTheDead}");
        Sandbox.Ip("link set vleft up master br0");
        Sandbox.Ip("-n web link set eth0 up");
        Sandbox.Ip("-n web address add 10.0.3.2/24 dev eth0");
        Assert.Equal("eth0", Here.Connect(Web, OnBridge("10.0.3.2/24") with { InterfaceName = "eth0" }).InterfaceAlias);
        Assert.DoesNotContain("vleft", Names("link show"));
    });

    [Fact]
    public void Of_several_who_want_one_address_at_once_one_gets_it() => Run(() =>
    {
        var bridge = Stacks.Pool.Get();
        for (var i = 0; i < 8; i++)
            Sandbox.Ip($"netns add c{i}");
        for (var round = 0; round < 5; round++)
        {
            var made = new System.Collections.Concurrent.ConcurrentBag<ContainerConnection>();
            Sandbox.AtOnce(8, i =>
            {
                try
                {
                    made.Add(
                        bridge.Containers.Connect(new ContainerReference($"c{i}"),
                            OnBridge("10.0.3.7/24", "fd00:3::7/64")));
                }
                catch (NetworkException e) when (e.Code == NetworkErrorCode.AddressExists)
                {
                }
            });
            var one = Assert.Single(made);
            Assert.Equal(1, Sandbox.IpJson("link show type veth").GetArrayLength());
            bridge.Containers.Disconnect([Stacks.Pool.Get(one.Namespace).Links.Get(one.InterfaceIndex)]);
        }
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Many_connect_and_disconnect_at_once_and_nothing_stays() => Run(() =>
    {
        var bridge = Stacks.Pool.Get();
        for (var i = 0; i < 20; i++)
            Sandbox.Ip($"netns add c{i}");
        var made = new ContainerConnection[100];
        Sandbox.AtOnce(made.Length,
            i => made[i] = bridge.Containers.Connect(new ContainerReference($"c{i % 20}"),
                OnBridge($"10.0.3.{i + 2}/24")));
        Assert.Equal(100, made.Select(item => item.HostInterfaceAlias).Distinct().Count());
        Assert.Equal(5, made.Select(item => item.InterfaceAlias).Distinct().Count());
        Assert.True(Sandbox.Pings("10.0.3.101"));
        Sandbox.AtOnce(made.Length,
            i => Assert.Empty(
                bridge.Containers.Disconnect([Stacks.Pool.Get(made[i].Namespace).Links.Get(made[i].InterfaceIndex)])));
        Assert.Equal(["br0", "lo"], Names("link show"));
    });

    // 4194303 is the largest process id there can be, and nobody has it.
    internal static string GroupOfTheDead
        => (0x2C00_0000L | 0x3F_FFFF).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static ContainerReference Web => new("web");

    private static ContainerConnectionSpec OnBridge(params string[] addresses) =>
        new() { Bridge = "br0", Addresses = [.. addresses.Select(address => new IPPrefix(address))] };

    private static void Run(Action body) => Sandbox.Run(() =>
    {
        Sandbox.Ip("link add br0 up type bridge");
        Sandbox.Ip("address add 10.0.3.1/24 dev br0");
        Sandbox.Ip("address add fd00:3::1/64 dev br0 nodad");
        Sandbox.Ip("netns add web");
        body();
    });

    // On threads of its own: those of the pool are not in the sandbox.
    // A veth pair stands for a network card, with a host at its other end.
    private static void MakeWire()
    {
        Sandbox.Ip("netns add wire");
        Sandbox.Ip("link add card up type veth peer name end netns wire");
        Sandbox.Ip("-n wire link set end up");
        Sandbox.Ip("-n wire address add 10.0.9.9/24 dev end");
        // Neither sends before the kernel has seen its carrier.
        Assert.True(
            Sandbox.Eventually(() => Sandbox.Ip("link show dev card").Contains("state UP", StringComparison.Ordinal)
                && Sandbox.Ip("-n wire link show dev end").Contains("state UP", StringComparison.Ordinal)));
    }

    private static NetworkException Refusal(Action action) => Assert.Throws<NetworkException>(action);

    private static List<string> Names(string arguments)
        => [.. Sandbox.IpJson(arguments).EnumerateArray().Select(link => link.GetProperty("ifname").GetString()!)
            .Order(StringComparer.Ordinal)];
}
