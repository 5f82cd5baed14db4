using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

public class VlanTests
{
    private static NetworkStack Here => Stacks.Pool.Get();

    [Fact]
    public void A_vlan_is_made_shown_changed_moved_and_removed() => Run(() =>
    {
        Prepare();
        var made = Assert.IsType<VlanLink>(
            Here.Links.Create(
                new VlanSpec("eth0.20",
                    new VlanSettings
                    {
                        VlanId = 20,
                        LooseBinding = true,
                        EgressQosMap = new(new Dictionary<string, long> { ["3"] = 5 }),
                        IngressQosMap = new(new Dictionary<string, long> { ["5"] = 3 })
                    })
                { Parent = "eth0", Up = true }));
        Assert.Equal((20, "802.1Q", "eth0"), (made.VlanId, made.Protocol!.ToString(), made.Parent));
        var shown = IpJson("link show dev eth0.20")[0].GetProperty("linkinfo").GetProperty("info_data");
        Assert.Equal(20, shown.GetProperty("id").GetInt32());
        Assert.Equal("802.1Q", shown.GetProperty("protocol").GetString());
        Assert.Equal(["REORDER_HDR", "LOOSE_BINDING"], shown.GetProperty("flags").EnumerateArray()
            .Select(flag => flag.GetString()));
        Assert.Equal(5, shown.GetProperty("egress_qos")[0].GetProperty("to").GetInt32());
        Assert.Equal(3, shown.GetProperty("ingress_qos")[0].GetProperty("to").GetInt32());

        Here.Links.Change(made, new VlanSettings { ReorderHeader = false, LooseBinding = false, Gvrp = true });
        Assert.Equal(VlanOptions.Gvrp, Assert.IsType<VlanLink>(Here.Links.Get("eth0.20")).Options);
        shown = IpJson("link show dev eth0.20")[0].GetProperty("linkinfo").GetProperty("info_data");
        Assert.Equal(["GVRP"], shown.GetProperty("flags").EnumerateArray().Select(flag => flag.GetString()));

        var moved = Assert.IsType<VlanLink>(Here.Links.Move(made, new("web"), "eth0", up: true));
        Assert.Equal(20, IpJson("-n web link show dev eth0")[0].GetProperty("linkinfo").GetProperty("info_data")
            .GetProperty("id").GetInt32());
        Assert.True(moved.ParentIsElsewhere);
        Assert.Empty(Stacks.Pool.Get(new("web")).Links.Remove([moved]));
        Assert.Single(IpJson("-n web link show").EnumerateArray());
    });

    [Fact]
    public void What_iproute2_made_is_read_and_a_tag_goes_around_a_tag() => Run(() =>
    {
        Prepare();
        Ip("link add link eth0 name outer type vlan protocol 802.1ad id 100 gvrp on egress-qos-map 1:2");
        var outer = Assert.IsType<VlanLink>(Here.Links.Get("outer"));
        var details = Assert.IsType<VlanSettings>(outer.Details);
        Assert.Equal((100, VlanProtocol.Dot1Ad, VlanOptions.Gvrp | VlanOptions.ReorderHeader),
            (outer.VlanId, outer.Protocol, outer.Options));
        Assert.Equal(2, details.EgressQosMap!["1"]);
        var error = Assert.Throws<NetworkException>(() =>
            Here.Links.Create(new VlanSpec("inner", 7) { Parent = "outer", TargetNamespace = new("web"), Up = true }));
        Assert.Contains(error.Advice, advice => advice is { Kind: AdviceKind.BringUp, Name: "outer" });
        Ip("link set outer up");
        var inner = Assert.IsType<VlanLink>(
            Here.Links.Create(new VlanSpec("inner", 7) { Parent = "outer", TargetNamespace = new("web"), Up = true }));
        Assert.Equal("web", inner.Namespace.Text);
        Assert.Equal(7, IpJson("-n web link show dev inner")[0].GetProperty("linkinfo").GetProperty("info_data")
            .GetProperty("id").GetInt32());
    });

    [Theory]
    [InlineData(0)]
    [InlineData(4095)]
    [InlineData(-1)]
    [InlineData(70000)]
    public void An_id_that_is_none_is_refused(int id)
    {
        var error = Assert.Throws<NetworkException>(() => new VlanSpec("v", id) { Parent = "eth0" }.Validate());
        Assert.Equal(NetworkErrorCode.InvalidArgument, error.Code);
        Assert.Contains("1 to 4094", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_duplicate_is_named() => Run(() =>
    {
        Prepare();
        Here.Links.Create(new VlanSpec("one", 20) { Parent = "eth0" });
        var error =
            Assert.Throws<NetworkException>(() => Here.Links.Create(new VlanSpec("two", 20) { Parent = "eth0" }));
        Assert.Equal(NetworkErrorCode.LinkExists, error.Code);
        Assert.Contains("VLAN 20 (802.1Q) on 'eth0' exists already: its link is 'one'", error.Message,
            StringComparison.Ordinal);
        Here.Links.Create(new VlanSpec("ad", new VlanSettings { VlanId = 20, Protocol = VlanProtocol.Dot1Ad })
        { Parent = "eth0" });
        Here.Links.Create(new VlanSpec("gone", 30) { Parent = "eth0", TargetNamespace = new("web") });
        error = Assert.Throws<NetworkException>(() => Here.Links.Create(new VlanSpec("two", 30) { Parent = "eth0" }));
        Assert.Contains("in another namespace", error.Message, StringComparison.Ordinal);
        Assert.Throws<NetworkException>(() => Here.Links.Get("two"));
        error = Assert.Throws<NetworkException>(() => Here.Links.Create(new VlanSpec("one", 21) { Parent = "eth0" }));
        Assert.Contains("interface 'one'", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<NetworkException>(() =>
            Here.Links.Create(new VlanSpec("big", 22) { Parent = "eth0", Mtu = 9000 }));
        Assert.Contains("parent", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void A_kernel_without_vlans_names_the_module() => Run(() =>
    {
        var (_, _, text) = TryExecute("ip", ["link", "add", "link", "lo", "name", "x", "type", "vlan", "id", "1"]);
        Assert.SkipUnless(text.Contains("Unknown device type", StringComparison.Ordinal) || IsFullKernel,
            "this kernel has VLANs");
        if (IsFullKernel)
            return;
        Ip("link add eth0 type veth peer name far");
        var error = Assert.Throws<NetworkException>(() => Here.Links.Create(new VlanSpec("v", 20) { Parent = "eth0" }));
        Assert.Equal(NetworkErrorCode.KindNotSupported, error.Code);
        Assert.Contains("modprobe 8021q", error.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void A_bridge_over_a_vlan_serves_several_containers() => Run(() =>
    {
        Prepare();
        // The other end of the wire is a switch port that tags VLAN 10.
        Ip("link add link far name far.10 type vlan id 10");
        Ip("addr add 10.0.10.254/24 dev far.10");
        Ip("link set far.10 up");
        Here.Links.Create(new VlanSpec("vlan10", 10) { Parent = "eth0", Up = true });
        Here.Links.Create(new BridgeSpec("br10") { Up = true });
        Here.Bridges.AddPort("br10", "vlan10");
        for (var i = 1; i <= 3; i++)
            Container($"c{i}", "br10", $"10.0.10.{i}/24");
        Assert.True(Pings("10.0.10.254", "c1"));
        Assert.True(Pings("10.0.10.254", "c3"));
        Assert.True(Pings("10.0.10.2", "c1"));
    });

    // Seed five: one interface on two VLANs of the switch, both on one bridge, a container with a leg in it.
    [Fact]
    public void Two_vlans_of_one_interface_meet_on_one_bridge() => Run(() =>
    {
        Prepare("em1");
        Here.Links.Create(new BridgeSpec("br0") { Up = true });
        foreach (var id in new[] { 211, 103 })
        {
            Ip($"link add link far name far.{id} address 02:00:00:00:00:{id % 100:00} type vlan id {id}");
            Stacks.Pool.Namespaces.Create($"out{id}");
            Ip($"link set far.{id} netns out{id} name eth0");
            Ip($"-n out{id} addr add 10.9.0.{id}/24 dev eth0");
            Ip($"-n out{id} link set eth0 up");
            Here.Links.Create(new VlanSpec($"em1.{id}", id) { Parent = "em1", Up = true, Master = "br0" });
        }

        Container("c1", "br0", "10.9.0.1/24");
        Assert.True(Pings("10.9.0.211", "c1"));
        Assert.True(Pings("10.9.0.103", "c1"));
        Assert.True(Pings("10.9.0.103", "out211"));
    });

    [Fact]
    public void A_vlan_goes_to_a_container_by_process_id() => Run(() =>
    {
        Prepare();
        using var init = System.Diagnostics.Process.Start("unshare", ["--net", "sleep", "600"]);
        try
        {
            Assert.True(Eventually(() => File.Exists($"/proc/{init.Id}/ns/net")
                && new FileInfo($"/proc/{init.Id}/ns/net").LinkTarget != new FileInfo("/proc/thread-self/ns/net")
                .LinkTarget && File.ReadAllText($"/proc/{init.Id}/comm")
                .StartsWith("sleep", StringComparison.Ordinal)));
            Ip("link add link far name far.20 type vlan id 20");
            Ip("addr add 10.0.20.254/24 dev far.20");
            Ip("link set far.20 up");
            var vlan = Here.Links.Create(new VlanSpec("vlan20", 20) { Parent = "eth0" });
            var moved = Here.Links.Move(vlan, new NamespaceReference(init.Id), up: true);
            Assert.Equal("vlan20", moved.Name);
            Execute("nsenter", "-t", init.Id.ToString(System.Globalization.CultureInfo.InvariantCulture), "-n", "ip",
                "addr", "add", "10.0.20.1/24", "dev", "vlan20");
            Assert.True(Pings("10.0.20.1"));
        }
        finally
        {
            init.Kill();
        }
    });

    private static void Prepare(string name = "eth0")
    {
        NeedsKind("vlan");
        Stacks.Pool.Namespaces.Create("web");
        Ip($"link add {name} type veth peer name far");
        Ip($"link set {name} up");
        Ip("link set far up");
    }

    internal static void Container(string name, string bridge, string address)
    {
        Stacks.Pool.Namespaces.Create(name);
        Here.Links.CreateVeth(
            new VethSpec("v" + name, new VethPeerSpec("eth0") { TargetNamespace = new(name), Up = true })
            { Up = true, Master = bridge });
        Ip($"-n {name} addr add {address} dev eth0");
    }
}
