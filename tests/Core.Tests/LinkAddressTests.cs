using LxcNetworking.Bridges;
using LxcNetworking.L2tp;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Testing;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>The Ethernet address and the MTU of new links, and whether they stay.</summary>
public class LinkAddressTests
{
    // NET_ADDR_RANDOM, NET_ADDR_STOLEN and NET_ADDR_SET of linux/netdevice.h. udev leaves the last two alone.
    private const string Random = "1", Stolen = "2", Set = "3";

    private static NetworkStack Here => Stacks.Pool.Get();

    [Fact]
    public void A_new_link_has_an_address_that_udev_leaves_alone() => Run(() =>
    {
        ShowSysfs();
        Ip("link add eth0 address 02:00:00:00:00:01 type veth peer name far");
        Ip("link set eth0 up");
        Here.Links.CreateVeth(new VethSpec("v0", new VethPeerSpec("v1")));
        Here.Links.Create(new BridgeSpec("br0"));
        Here.Links.CreateTap(new TapSpec("t0"));
        Here.Links.Create(new MacvlanSpec("m0", MacvlanMode.Bridge) { Parent = "eth0" });
        Here.Links.Create(new MacvlanSpec("mt0", MacvlanMode.Private, tap: true) { Parent = "eth0" });
        Here.Links.Create(new VxlanSpec("x0", new VxlanSettings { Vni = 7 }));
        Here.Links.Create(new LinkSpec("i0", new IfbSettings()));
        string[] made = ["v0", "v1", "br0", "t0", "m0", "mt0", "x0", "i0"];
        Assert.All(made, name => Assert.Equal((name, Set), (name, Assignment(name))));
        // All of them are different, of this machine alone and no groups.
        var addresses = made.Select(name => Here.Links.Get(name).MacAddress!).ToList();
        Assert.Equal(made.Length, addresses.Distinct().Count());
        Assert.All(addresses, address => Assert.True(address is { IsLocal: true, IsMulticast: false }));
        // In passthru mode there is one address for both.
        Ip("link add eth1 address 02:00:00:00:00:02 type veth peer name far1");
        Assert.Equal("02:00:00:00:00:02", Here.Links.Create(
            new MacvlanSpec("p0", MacvlanMode.Passthru) { Parent = "eth1" }).MacAddress!.ToString());
        // Elsewhere, and under a name that is taken here, it is no different.
        Stacks.Pool.Namespaces.Create("web");
        Here.Links.CreateVeth(new VethSpec("w0", new VethPeerSpec("v0") { TargetNamespace = new("web") }));
        Here.Links.Create(new MacvlanSpec("m0", MacvlanMode.Bridge) { Parent = "eth0", TargetNamespace = new("web") });
        Assert.Equal([Set, Set], new[] { "v0", "m0" }.Select(name => Execute(
            "ip", "netns", "exec", "web", "cat", $"/sys/class/net/{name}/addr_assign_type").Trim()));
        // The user's own.
        var own = MacAddress.Parse("02:00:00:00:00:07");
        Assert.Equal(own, Here.Links.Create(new BridgeSpec("br7") { MacAddress = own }).MacAddress);
    });

    [Fact]
    public void Links_of_every_other_kind_have_one_too_or_their_parents() => Run(() =>
    {
        ShowSysfs();
        NeedsKind("dummy");
        NeedsKind("bond");
        Ip("link add eth0 address 02:00:00:00:00:01 type veth peer name far address 02:00:00:00:00:02");
        Ip("addr add 192.0.2.1/24 dev eth0");
        Ip("link set eth0 up");
        var (local, remote) = (IPAddress.Parse("192.0.2.1"), IPAddress.Parse("192.0.2.2"));
        Here.Links.Create(new LinkSpec("d0", new DummySettings()));
        Here.Links.Create(new LinkSpec("red", new VrfSettings { Table = 7 }));
        Here.Links.Create(new GreSpec("g0", true, new GreSettings { Local = local, Remote = remote }));
        Here.Links.Create(new GeneveSpec("gn0", new GeneveSettings { Vni = 7, Remote = remote }));
        Here.L2tp.CreateTunnel(new L2tpTunnelSpec(7, 8, local, remote) { Encapsulation = L2tpEncapsulation.Ip });
        Here.L2tp.CreateSession(new L2tpSessionSpec(7, 1, 2) { Name = "l0" });
        Assert.All(
            ["d0", "red", "g0", "gn0", "l0"], (string name) => Assert.Equal((name, Set), (name, Assignment(name))));

        // What has its parent's, and what carries IP packets alone, has it as the kernel gave it.
        Here.Links.Create(new VlanSpec("vlan7", new VlanSettings { VlanId = 7 }) { Parent = "eth0" });
        Here.Links.Create(new IpvlanSpec("ipv0") { Parent = "far" });
        Here.Links.Create(new MacsecSpec("ms0", new MacsecSettings()) { Parent = "eth0" });
        Assert.Equal(
            ["02:00:00:00:00:01", "02:00:00:00:00:02", "02:00:00:00:00:01"],
            new[] { "vlan7", "ipv0", "ms0" }.Select(name => Here.Links.Get(name).MacAddress!.ToString()));
        Assert.Equal((Stolen, Set), (Assignment("vlan7"), Assignment("ms0")));
        Here.Links.Create(new GreSpec("gre7", false, new GreSettings { Local = local, Remote = remote, Key = 7 }));
        Here.Links.Create(new IPTunnelSpec("tun7", IPTunnelMode.Ipip, new IPTunnelSettings { Remote = remote }));
        Here.Links.CreateTap(new TapSpec("tun8", TapMode.Tun));
        Assert.All(["gre7", "tun7", "tun8"], (string name) => Assert.Null(Here.Links.Get(name).MacAddress));

        // A bond has its first port's, which it takes only while nobody gave it another one.
        Here.Links.Create(new BondSpec("bond0"));
        Assert.Equal(Random, Assignment("bond0"));
        Here.Links.Change(Here.Links.Get("d0"), new LinkChange { Master = "bond0" });
        Assert.Equal(Here.Links.Get("d0").MacAddress, Here.Links.Get("bond0").MacAddress);
        var first = Here.Links.Create(new LinkSpec("d1", new DummySettings())).MacAddress;
        Here.Links.Create(new LinkSpec("d2", new DummySettings()));
        Here.Links.Create(new BondSpec("bond1") { Ports = ["d1", "d2"] });
        Assert.Equal((first, Set), (Here.Links.Get("bond1").MacAddress, Assignment("bond1")));
    });

    // One whose creating message has an address has no carrier, nor have links on it.
    [Fact]
    public void A_bridge_without_ports_carries_macvlan_links() => Run(() =>
    {
        Here.Links.Create(new BridgeSpec("br0") { Up = true });
        foreach (var (name, address) in new[] { ("web", "192.0.2.5/24"), ("db", "192.0.2.6/24") })
        {
            Stacks.Pool.Namespaces.Create(name);
            Here.Links.Create(new MacvlanSpec("m0", MacvlanMode.Bridge)
            { Parent = "br0", TargetNamespace = new(name), Up = true });
            Ip($"-n {name} addr add {address} dev m0");
        }

        Assert.True(Pings("192.0.2.6", "web"));
    });

    [Fact]
    public void A_bridge_keeps_its_address_while_its_lowest_port_comes_and_goes() => Run(() =>
    {
        Stacks.Pool.Namespaces.Create("web");
        Stacks.Pool.Namespaces.Create("db");
        var address = Here.Bridges.Create(
            new BridgeSpec("br0") { Up = true }, [IPPrefix.Parse("192.0.2.1/24")]).MacAddress;
        Connect("low", "web", "00:00:00:00:00:05", "192.0.2.5/24");
        Connect("other", "db", "fe:00:00:00:00:06", "192.0.2.6/24");
        Assert.Equal(address, Here.Links.Get("br0").MacAddress);
        Assert.True(Pings("192.0.2.1", "db"));
        // Whoever knows the bridge goes on reaching it: nothing has to be asked anew, and nothing is lost.
        Ip("-n db neigh replace 192.0.2.1 lladdr " + address + " dev eth0 nud permanent");
        using var ping = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(
            "ip", ["netns", "exec", "db", "ping", "-n", "-i", "0.01", "-c", "100", "-W", "2", "192.0.2.1"])
        { RedirectStandardOutput = true })!;
        for (var answers = 0; answers < 2; answers++)
            ping.StandardOutput.ReadLine();
        Ip("link del low");
        var said = ping.StandardOutput.ReadToEnd();
        Assert.Contains(" 0% packet loss", said, StringComparison.Ordinal);
        Assert.Equal(address, Here.Links.Get("br0").MacAddress);

        static void Connect(string name, string where, string mac, string inside)
        {
            Here.Links.CreateVeth(new VethSpec(name, new VethPeerSpec("eth0") { TargetNamespace = new(where) })
            { MacAddress = MacAddress.Parse(mac), Master = "br0", Up = true });
            Ip($"-n {where} addr add {inside} dev eth0");
            Ip($"-n {where} link set eth0 up");
        }
    });

    [Fact]
    public void A_bridge_keeps_the_MTU_that_was_asked_for() => Run(() =>
    {
        Ip("link add v0 type veth peer name v1");
        Ip("link add j0 mtu 9000 type veth peer name j1");
        Assert.Equal(9000, Here.Bridges.Create(new BridgeSpec("br0") { Mtu = 9000, Up = true }).Mtu);
        Assert.Equal(1500, Here.Bridges.Create(new BridgeSpec("br1") { Mtu = 1500, Alias = "one" }).Mtu);
        Here.Bridges.Create(new BridgeSpec("br2"));
        Assert.Equal((9000, 1500, 1500), (Mtu("br0"), Mtu("br1"), Mtu("br2")));
        Ip("link set v0 master br0");
        Ip("link set j0 master br1");
        Ip("link set j1 mtu 9000 master br2");
        // Only the one that nobody gave an MTU follows its ports.
        Assert.Equal((9000, 1500, 9000), (Mtu("br0"), Mtu("br1"), Mtu("br2")));
        Ip("link set v0 nomaster");
        Assert.Equal(9000, Mtu("br0"));

        // A change to what it is counts too.
        Ip("link set j1 nomaster");
        Here.Links.Change(Here.Links.Get("br2"), new LinkChange { Mtu = (int)Here.Links.Get("br2").Mtu });
        var asked = Mtu("br2");
        Ip($"link set v1 mtu {asked - 1} master br2");
        Assert.Equal(asked, Mtu("br2"));

        var error = Assert.Throws<NetworkException>(() => Here.Bridges.Create(new BridgeSpec("br9") { Mtu = 70_000 }));
        Assert.Equal(NetworkErrorCode.InvalidArgument, error.Code);
        Assert.Null(Here.Links.Find("br9"));

        static int Mtu(string name) => IpJson($"link show dev {name}")[0].GetProperty("mtu").GetInt32();
    });

    [Fact]
    public void A_netkit_pair_has_addresses_where_the_kernel_takes_them()
    {
        using var kernel = new FakeRtnetlink(Stacks.Pool);
        NetkitSpec Spec(string name) => new(
            name, new NetkitSettings { Mode = NetkitMode.L2 }, new NetkitPeerSpec(name + "p"));
        kernel.Stack.Links.Create(Spec("n0"));
        kernel.Refusal = (_, link) => link.MacAddress is null
            ? null : (95, "Setting Ethernet address is not supported");
        kernel.Stack.Links.Create(Spec("n1"));
        Assert.Equal((true, false), (Has("n0"), Has("n1")));
        var own = Spec("n2");
        own.MacAddress = MacAddress.NewRandom();
        Assert.Throws<NetworkException>(() => kernel.Stack.Links.Create(own));

        bool Has(string name) => kernel.Stack.Links.Get(name).MacAddress is not null;
    }

    private static void ShowSysfs() => Execute("mount", "-t", "sysfs", "sysfs", "/mnt");

    private static string Assignment(string name) => File.ReadAllText($"/mnt/class/net/{name}/addr_assign_type").Trim();
}
