using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>
/// Who reaches whom over macvlan links. The sandbox itself is the host, with an uplink into the namespace "switch",
/// where a bridge stands for the switch and "outside" hangs on another of its ports; the containers c1 and c2 have
/// children of the uplink.
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
    public void Children_reach_whom_their_mode_lets_them(MacvlanMode mode, bool hairpin, bool sibling,
        bool host) => Run(() =>
    {
        BuildNetwork();
        AddChild("c1", C1, mode);
        AddChild("c2", C2, mode);
        Switch.Bridges.ChangePort("port0", new BridgePortSettings { Hairpin = hairpin });
        Assert.Equal(mode.ToString().ToLowerInvariant(), IpJson("-n c1 link show dev eth0")[0].GetProperty("linkinfo")
            .GetProperty("info_data").GetProperty("mode").GetString());

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
            var error = Assert.Throws<NetworkException>(() =>
                Here.Links.Create(new MacvlanSpec("second", mode) { Parent = "uplink" }));
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
        var error = Assert.Throws<NetworkException>(() =>
            Here.Links.Create(new MacvlanSpec("onit", MacvlanMode.Bridge) { Parent = "pass0" }));
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
        Assert.Equal([outside], ((MacvlanLink)Stacks.Pool.Get(new NamespaceReference("c1")).Links.Get("eth0"))
            .SourceMacAddress);
        var seen = IpJson("-n c1 link show dev eth0")[0].GetProperty("linkinfo").GetProperty("info_data").GetRawText();
        Assert.Contains(outside.ToString(), seen, StringComparison.Ordinal);
        Assert.True(Pings(Outside, "c1"));
        Assert.True(IsSilent(Outside, "c2"));
    });

    [Fact]
    public void A_macvtap_is_made_like_a_macvlan() => Run(() =>
    {
        Ip("link add v0 type veth peer name v1");
        var link = Here.Links.Create(new MacvlanSpec("tap0", MacvlanMode.Vepa, tap: true)
        { Parent = "v0", MacAddress = MacAddress.Parse("02:00:00:00:00:05") });
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
        NetworkErrorCode Refusal(string parent) =>
            Assert.Throws<NetworkException>(() =>
                Here.Links.Create(new MacvlanSpec("m0", MacvlanMode.Bridge) { Parent = parent })).Code;
        Assert.Equal(NetworkErrorCode.ResourceBusy, Refusal("v0"));
        Assert.Equal(NetworkErrorCode.InvalidArgument, Refusal("lo"));
        Assert.Equal(NetworkErrorCode.LinkNotFound, Refusal("nowhere"));
        Assert.Equal(4, IpJson("link show").GetArrayLength());
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_a_child_is_like_is_given_changed_and_read(bool tap) => Run(() =>
    {
        Ip("link add p0 type veth peer name p1");
        var settings = new MacvlanSettings
        {
            Mode = MacvlanMode.Bridge,
            Flag = MacvlanFlags.NoDestination,
            BroadcastQueueLength = 7,
        };
        var made = (MacvlanLink)Here.Links.Create(new MacvlanSpec("m0", settings, tap) { Parent = "p0" });
        Assert.Equal((MacvlanMode.Bridge, MacvlanFlags.NoDestination, 7L),
            (made.Mode, made.Flag, made.BroadcastQueueLength));
        Assert.Equal(("bridge", false, true, 7), Shown());
        var changed = new MacvlanSettings
        {
            Mode = MacvlanMode.Vepa,
            Flag = MacvlanFlags.NoPromiscuous | MacvlanFlags.NoDestination,
            BroadcastQueueLength = 2000,
        };
        Here.Links.Change(made, changed);
        Assert.Equal(("vepa", true, true, 2000), Shown());
        Assert.Equal(2000, ((MacvlanLink)Here.Links.Get("m0")).BroadcastQueueLengthUsed);
        Here.Links.Change(Here.Links.Get("m0"), new MacvlanSettings { Flag = MacvlanFlags.None });
        Assert.Equal(("vepa", false, false, 2000), Shown());
        Ip($"link set m0 type {made.Kind} mode private flag nodst bcqueuelen 30");
        var read = (MacvlanLink)Here.Links.Get("m0");
        Assert.Equal(
            (MacvlanMode.Private, MacvlanFlags.NoDestination, 30L),
            (read.Mode, read.Flag, read.BroadcastQueueLength));

        static (string?, bool, bool, int) Shown()
        {
            var data = IpJson("link show dev m0")[0].GetProperty("linkinfo").GetProperty("info_data");
            return (data.GetProperty("mode").GetString(), data.TryGetProperty("nopromisc", out _),
                data.TryGetProperty("nodst", out _), data.GetProperty("bcqueuelen").GetInt32());
        }
    });

    [Fact]
    public void Senders_are_added_and_taken_out_without_losing_the_others() => Run(() =>
    {
        Ip("link add p0 type veth peer name p1");
        var (a, b, c) = (Mac(1), Mac(2), Mac(3));
        Here.Links.Create(new MacvlanSpec("m0", MacvlanMode.Vepa) { Parent = "p0" });
        Change(new MacvlanSettings { Mode = MacvlanMode.Source, SourceMacAddress = [a, b] }, a, b);
        Change(new MacvlanSettings { AddedSourceMacAddress = [b, c] }, a, b, c);
        Change(new MacvlanSettings { RemovedSourceMacAddress = [a] }, b, c);
        Change(new MacvlanSettings { SourceMacAddress = [a, c], Mode = MacvlanMode.Source }, a, c);
        Ip("link set m0 type macvlan macaddr add 02:00:00:00:00:02");
        Change(new MacvlanSettings { Flag = MacvlanFlags.NoDestination }, a, b, c);
        Change(new MacvlanSettings { SourceMacAddress = [] });
        Change(new MacvlanSettings { AddedSourceMacAddress = [a] }, a);
        Change(new MacvlanSettings { Mode = MacvlanMode.Bridge });
        Refused("the mode Source, and it is in mode Bridge", new MacvlanSettings { AddedSourceMacAddress = [a] });
        Refused("the mode Source, not Vepa", new MacvlanSettings { Mode = MacvlanMode.Vepa, SourceMacAddress = [a] });
        Refused("Passthru is chosen", new MacvlanSettings { Mode = MacvlanMode.Passthru });
        Refused("threshold", new MacvlanSettings { BroadcastQueueThreshold = -2 });

        static MacAddress Mac(int last) => MacAddress.Parse($"02:00:00:00:00:0{last}");
        void Change(MacvlanSettings settings, params MacAddress[] sources)
        {
            Here.Links.Change(Here.Links.Get("m0"), settings);
            var data = IpJson("link show dev m0")[0].GetProperty("linkinfo").GetProperty("info_data");
            var shown = data.TryGetProperty("macaddr_data", out var list)
                ? [.. list.EnumerateArray().Select(source => source.GetString()!).Order(StringComparer.Ordinal)]
                : Array.Empty<string>();
            Assert.Equal(sources.Select(source => source.ToString()), shown);
        }

        void Refused(string words, MacvlanSettings settings)
        {
            var error = Assert.Throws<NetworkException>(() => Here.Links.Change(Here.Links.Get("m0"), settings));
            Assert.Equal(NetworkErrorCode.InvalidArgument, error.Code);
            Assert.Contains(words, error.Message, StringComparison.OrdinalIgnoreCase);
        }
    });

    [Fact]
    public void A_queue_threshold_is_set_or_the_kernel_is_too_old_for_it() => Run(() =>
    {
        Ip("link add p0 type veth peer name p1");
        Here.Links.Create(new MacvlanSpec("m0", MacvlanMode.Bridge) { Parent = "p0" });
        var said = new MacvlanSettings { Mode = MacvlanMode.Private, BroadcastQueueThreshold = -1 };
        if (Environment.OSVersion.Version >= new Version(6, 4))
        {
            Here.Links.Change(Here.Links.Get("m0"), said);
            Assert.Equal((MacvlanMode.Private, -1), Now());
            Here.Links.Create(new MacvlanSpec("m1", said with { BroadcastQueueThreshold = 5 }) { Parent = "p0" });
            Assert.Equal((MacvlanMode.Private, 5), Now());
            return;
        }

        // What it knows of the same change is set back.
        Refused(() => Here.Links.Change(Here.Links.Get("m0"), said));
        Assert.Equal((MacvlanMode.Bridge, 1), Now());
        Refused(() => Here.Links.Create(new MacvlanSpec("m1", said) { Parent = "p0" }));
        Assert.Null(Here.Links.Find("m1"));
        Here.Links.Change(Here.Links.Get("m0"), new MacvlanSettings { BroadcastQueueThreshold = 1 });

        static (MacvlanMode?, int?) Now()
            => Here.Links.Get("m0") is MacvlanLink link ? (link.Mode, link.BroadcastQueueThreshold) : default;
        static void Refused(Action action)
        {
            var error = Assert.Throws<NetworkException>(action);
            Assert.Equal(NetworkErrorCode.NotSupported, error.Code);
            Assert.Contains("BroadcastQueueThreshold (Linux 6.4)", error.Message, StringComparison.Ordinal);
        }
    });

    private static void BuildNetwork()
    {
        foreach (var name in new[] { "switch", "outside", "c1", "c2" })
            Stacks.Pool.Namespaces.Create(name);
        Switch.Links.Create(new BridgeSpec("br0") { Up = true });
        Here.Links.CreateVeth(
            new VethSpec("uplink", new VethPeerSpec("port0") { TargetNamespace = new("switch"), Up = true })
            { Up = true });
        Switch.Bridges.AddPort("br0", "port0");
        Switch.Links.CreateVeth(
            new VethSpec("port1", new VethPeerSpec("eth0") { TargetNamespace = new("outside"), Up = true })
            { Up = true, Master = "br0" });
        Ip($"addr add {Host}/24 dev uplink");
        Ip($"-n outside addr add {Outside}/24 dev eth0");
    }

    private static NetLink AddChild(string name, string address, MacvlanMode mode, params MacAddress[] sources)
    {
        var link = Here.Links.Create(
            new MacvlanSpec("eth0", new MacvlanSettings { Mode = mode, SourceMacAddress = [.. sources] })
            { Parent = "uplink", TargetNamespace = new(name), Up = true });
        Ip($"-n {name} addr add {address}/24 dev eth0");
        return link;
    }
}
