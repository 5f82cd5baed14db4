using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>
/// Who reaches whom over macvlan links. The sandbox itself is the host, with an uplink into the namespace "switch", where a bridge
/// stands for the switch and "outside" hangs on another of its ports; the containers c1 and c2 have children of the uplink.
/// </summary>
public class MacvlanTests
{
    private const string Host = "10.9.0.1", C1 = "10.9.0.11", C2 = "10.9.0.12", Outside = "10.9.0.99";

    private static NetworkStack Here => Stacks.Pool.Get();

    private static NetworkStack Switch => Stacks.Pool.Get(new NamespaceReference("switch"));

    [Theory]
    // mode, hairpin, sibling, host
    [InlineData(MacvlanMode.Bridge, false, true, false)]
    [InlineData(MacvlanMode.Bridge, true, true, true)]
    [InlineData(MacvlanMode.Private, false, false, false)]
    [InlineData(MacvlanMode.Private, true, false, false)]
    [InlineData(MacvlanMode.Vepa, false, false, false)]
    [InlineData(MacvlanMode.Vepa, true, true, true)]
    public void Children_reach_whom_their_mode_lets_them(MacvlanMode mode, bool hairpin, bool sibling, bool host) => Run(() =>
    {
        BuildNetwork();
        AddChild("c1", C1, mode);
        AddChild("c2", C2, mode);
        Switch.Bridges.ChangePort("port0", new BridgePortSettings { Hairpin = hairpin });
        Assert.Equal(mode.ToString().ToLowerInvariant(), IpJson("-n c1 link show dev eth0")[0].GetProperty("linkinfo").GetProperty("info_data").GetProperty("mode").GetString());

        Assert.True(Pings(Outside, "c1"), "outside is always reached");
        Assert.True(sibling ? Pings(C2, "c1") : IsSilent(C2, "c1"), "a sibling");
        Assert.True(host ? Pings(Host, "c1") : IsSilent(Host, "c1"), "the host");
    });

    [Fact]
    public void A_host_with_a_child_of_its_own_is_reached_in_Bridge_mode() => Run(() =>
    {
        BuildNetwork();
        AddChild("c1", C1, MacvlanMode.Bridge);
        Assert.True(IsSilent(C1));
        Here.Links.Create(new MacvlanSpec("own0", MacvlanMode.Bridge) { Parent = "uplink", Up = true });
        Ip("addr del 10.9.0.1/24 dev uplink");
        Ip("addr add 10.9.0.1/24 dev own0");
        Assert.True(Pings(C1));
    });

    [Fact]
    public void A_Passthru_child_takes_over_the_parent_and_tolerates_no_other() => Run(() =>
    {
        BuildNetwork();
        var parent = Here.Links.Get("uplink");
        var child = AddChild("c1", C1, MacvlanMode.Passthru);
        Assert.Equal(parent.MacAddress, child.MacAddress);
        Assert.True(Pings(Outside, "c1"));

        foreach (var mode in new[] { MacvlanMode.Bridge, MacvlanMode.Passthru, MacvlanMode.Private })
        {
            var error = Assert.Throws<NetworkException>(() => Here.Links.Create(new MacvlanSpec("second", mode) { Parent = "uplink" }));
            Assert.Equal(NetworkErrorCode.InvalidArgument, error.Code);
            Assert.Contains("Passthru", error.Message, StringComparison.Ordinal);
        }

        Assert.DoesNotContain(Here.Links.List(), link => link.Name == "second");
    });

    [Fact]
    public void A_child_of_a_Passthru_child_is_refused() => Run(() =>
    {
        Ip("link add v0 type veth peer name v1");
        Here.Links.Create(new MacvlanSpec("pass0", MacvlanMode.Passthru) { Parent = "v0" });
        var error = Assert.Throws<NetworkException>(() => Here.Links.Create(new MacvlanSpec("onit", MacvlanMode.Bridge) { Parent = "pass0" }));
        Assert.Equal(NetworkErrorCode.InvalidArgument, error.Code);
        Assert.Equal(4, IpJson("link show").GetArrayLength());
    });

    [Fact]
    public void A_Source_child_takes_frames_from_the_senders_that_it_lists() => Run(() =>
    {
        BuildNetwork();
        var outside = Stacks.Pool.Get(new NamespaceReference("outside")).Links.Get("eth0").MacAddress!;
        AddChild("c1", C1, MacvlanMode.Source, outside);
        AddChild("c2", C2, MacvlanMode.Source, MacAddress.Parse("02:00:00:00:00:77"));
        Assert.Equal([outside], ((MacvlanLink)Stacks.Pool.Get(new NamespaceReference("c1")).Links.Get("eth0")).SourceMacAddress);
        var seen = IpJson("-n c1 link show dev eth0")[0].GetProperty("linkinfo").GetProperty("info_data").GetRawText();
        Assert.Contains(outside.ToString(), seen, StringComparison.Ordinal);
        Assert.True(Pings(Outside, "c1"));
        Assert.True(IsSilent(Outside, "c2"));
    });

    [Fact]
    public void A_macvtap_is_made_like_a_macvlan() => Run(() =>
    {
        Ip("link add v0 type veth peer name v1");
        var link = Here.Links.Create(new MacvlanSpec("tap0", MacvlanMode.Vepa, tap: true) { Parent = "v0", MacAddress = MacAddress.Parse("02:00:00:00:00:05") });
        Assert.Equal(("macvtap", "v0", MacvlanMode.Vepa), (link.Kind, link.Parent, ((MacvlanLink)link).Mode));
        var seen = IpJson("link show dev tap0")[0];
        Assert.Equal("macvtap", seen.GetProperty("linkinfo").GetProperty("info_kind").GetString());
        Assert.Equal("02:00:00:00:00:05", seen.GetProperty("address").GetString());
    });

    [Fact]
    public void A_parent_that_cannot_be_one_is_refused() => Run(() =>
    {
        Ip("link add br0 type bridge");
        Ip("link add v0 master br0 type veth peer name v1");
        NetworkErrorCode Refusal(string parent) => Assert.Throws<NetworkException>(() => Here.Links.Create(new MacvlanSpec("m0", MacvlanMode.Bridge) { Parent = parent })).Code;
        Assert.Equal(NetworkErrorCode.ResourceBusy, Refusal("v0"));
        Assert.Equal(NetworkErrorCode.InvalidArgument, Refusal("lo"));
        Assert.Equal(NetworkErrorCode.LinkNotFound, Refusal("nowhere"));
        Assert.Equal(4, IpJson("link show").GetArrayLength());
    });

    private static void BuildNetwork()
    {
        foreach (var name in new[] { "switch", "outside", "c1", "c2" })
            Stacks.Pool.Namespaces.Create(name);
        Switch.Links.Create(new BridgeSpec("br0") { Up = true });
        Here.Links.CreateVeth(new VethSpec("uplink", new VethPeerSpec("port0") { TargetNamespace = new("switch"), Up = true }) { Up = true });
        Switch.Bridges.AddPort("br0", "port0");
        Switch.Links.CreateVeth(new VethSpec("port1", new VethPeerSpec("eth0") { TargetNamespace = new("outside"), Up = true }) { Up = true, Master = "br0" });
        Ip($"addr add {Host}/24 dev uplink");
        Ip($"-n outside addr add {Outside}/24 dev eth0");
    }

    private static NetLink AddChild(string name, string address, MacvlanMode mode, params MacAddress[] sources)
    {
        var link = Here.Links.Create(new MacvlanSpec("eth0", new MacvlanSettings { Mode = mode, SourceMacAddress = [.. sources] }) { Parent = "uplink", TargetNamespace = new(name), Up = true });
        Ip($"-n {name} addr add {address}/24 dev eth0");
        return link;
    }
}
