using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

public class IpvlanTests
{
    private static NetworkStack Here => Stacks.Pool.Get();

    [Fact]
    public void An_ipvlan_is_made_shown_changed_moved_and_removed() => Run(() =>
    {
        Prepare();
        var made = Assert.IsType<IpvlanLink>(
            Here.Links.Create(
                new IpvlanSpec("iv0", new IpvlanSettings { Mode = IpvlanMode.L3, Flag = IpvlanFlag.Private })
                { Parent = "eth0", Up = true }));
        Assert.Equal((IpvlanMode.L3, IpvlanFlag.Private, "eth0"), (made.Mode, made.Flag, made.Parent));
        Assert.Equal(("l3", "private"), Shown("iv0"));
        Here.Links.Change(made, new IpvlanSettings { Mode = IpvlanMode.L3S, Flag = IpvlanFlag.Vepa });
        Assert.Equal(("l3s", "vepa"), Shown("iv0"));
        Here.Links.Change(made, new IpvlanSettings { Flag = IpvlanFlag.Bridge });
        Assert.Equal(("l3s", "bridge"), Shown("iv0"));
        var moved = Here.Links.Move(made, new("c1"), "eth0", up: true);
        Assert.Equal(("l3s", "bridge"), Shown("eth0", "-n c1 "));
        Assert.Empty(Stacks.Pool.Get(new("c1")).Links.Remove([moved]));
        var tap = new IpvlanSpec("it0", new IpvlanSettings { Mode = IpvlanMode.L3 }, tap: true) { Parent = "eth0" };
        Assert.Equal("ipvtap", Here.Links.Create(tap).Kind);
        Assert.Equal(("l3", "bridge"), Shown("it0"));
        Assert.Equal("ipvtap", IpJson("link show dev it0")[0].GetProperty("linkinfo").GetProperty("info_kind")
            .GetString());
        Here.Links.Change(Here.Links.Get("it0"), new IpvlanSettings { Flag = IpvlanFlag.Private });
        Assert.Equal(("l3", "private"), Shown("it0"));
    });

    [Fact]
    public void What_iproute2_made_is_read_and_siblings_keep_their_mode() => Run(() =>
    {
        Prepare();
        Ip("link add iv0 link eth0 type ipvlan mode l3s private");
        var read = Assert.IsType<IpvlanLink>(Here.Links.Get("iv0"));
        Assert.Equal((IpvlanMode.L3S, IpvlanFlag.Private), (read.Mode, read.Flag));
        var error = Assert.Throws<NetworkException>(() =>
            Here.Links.Create(new IpvlanSpec("iv1", new IpvlanSettings { Mode = IpvlanMode.L2 }) { Parent = "eth0" }));
        Assert.Equal(NetworkErrorCode.ResourceBusy, error.Code);
        var advice = Assert.Single(error.Advice);
        Assert.Equal((AdviceKind.Change, "iv0"), (advice.Kind, advice.Name));
        Assert.Equal([("Mode", "L2"), ("Flag", "Private")], advice.Options);
        Assert.Equal(("l3s", "private"), Shown("iv0"));
        Here.Links.Create(new IpvlanSpec("iv2") { Parent = "eth0" });
        Assert.Equal(("l3s", "private"), Shown("iv2"));
    });

    // Seed four and Documentation/networking/ipvlan.rst: children share the parent's MAC address and never reach the
    // parent's own stack; Bridge lets siblings talk, Private never, Vepa only where the switch outside sends frames
    // back.
    [Theory]
    [InlineData(IpvlanMode.L2, IpvlanFlag.Bridge, true)]
    [InlineData(IpvlanMode.L2, IpvlanFlag.Private, false)]
    [InlineData(IpvlanMode.L2, IpvlanFlag.Vepa, false)]
    [InlineData(IpvlanMode.L3, IpvlanFlag.Bridge, true)]
    [InlineData(IpvlanMode.L3, IpvlanFlag.Private, false)]
    [InlineData(IpvlanMode.L3, IpvlanFlag.Vepa, false)]
    [InlineData(IpvlanMode.L3S, IpvlanFlag.Bridge, true)]
    [InlineData(IpvlanMode.L3S, IpvlanFlag.Private, false)]
    [InlineData(IpvlanMode.L3S, IpvlanFlag.Vepa, false)]
    public void Who_reaches_whom(IpvlanMode mode, IpvlanFlag flag, bool siblings) => Run(() =>
    {
        Prepare();
        Ip("addr add 192.0.2.1/24 dev eth0");
        for (var i = 1; i <= 2; i++)
        {
            Here.Links.Create(new IpvlanSpec("eth0", new IpvlanSettings { Mode = mode, Flag = flag })
            { Parent = "eth0", TargetNamespace = new($"c{i}"), Up = true });
            Ip(mode == IpvlanMode.L2 ? $"-n c{i} addr add 192.0.2.1{i}/24 dev eth0"
                : $"-n c{i} addr add 10.2.0.1{i}/24 dev eth0");
            if (mode != IpvlanMode.L2)
                Ip($"-n c{i} route add default dev eth0");
        }

        var sibling = mode == IpvlanMode.L2 ? "192.0.2.12" : "10.2.0.12";
        Assert.True(Pings("192.0.2.1", "out"), "the parent and the outside reach each other");
        Assert.True(siblings ? Pings(sibling, "c1") : IsSilent(sibling, "c1"), "siblings");
        Assert.True(IsSilent("192.0.2.1", "c1"), "a child does not reach its host");
        Assert.True(IsSilent(sibling), "a host does not reach its child");
        if (mode != IpvlanMode.L2)
        {
            // Children of layer 3 do not answer ARP: the outside must know the way, as the documentation says.
            Assert.True(IsSilent("192.0.2.254", "c1"));
            Ip("-n out route add 10.2.0.0/24 via 192.0.2.1");
        }

        Assert.True(Pings("192.0.2.254", "c1"), "a child reaches the outside");
        Assert.True(Pings(sibling, "out"), "the outside reaches a child");
        if (flag == IpvlanFlag.Vepa && mode == IpvlanMode.L2)
        {
            Stacks.Pool.Get(new("out")).Bridges.ChangePort("far", new BridgePortSettings { Hairpin = true });
            Assert.True(Pings(sibling, "c1"), "with hairpin at the switch siblings reach each other");
        }
    });

    [Fact]
    public void What_cannot_be_is_refused() => Run(() =>
    {
        Prepare();
        Ip("link add mv0 link eth0 type macvlan mode bridge");
        var error = Assert.Throws<NetworkException>(() => Here.Links.Create(new IpvlanSpec("iv0") { Parent = "eth0" }));
        Assert.Contains("macvlan", error.Message, StringComparison.Ordinal);
        error = Assert.Throws<NetworkException>(() => Here.Links.Create(new IpvlanSpec("iv0") { Parent = "nope" }));
        Assert.Equal(NetworkErrorCode.LinkNotFound, error.Code);
        Assert.Throws<NetworkException>(() => Here.Links.Create(new IpvlanSpec("iv0") { Parent = "lo" }));
        Assert.Throws<NetworkException>(() => Here.Links.Create(new IpvlanSpec("iv0")));
        Assert.Null(Here.Links.Find("iv0"));
    });

    private static (string?, string?) Shown(string name, string where = "")
    {
        var data = IpJson($"{where}link show dev {name}")[0].GetProperty("linkinfo").GetProperty("info_data");
        return (data.GetProperty("mode").GetString(), new[] { "private", "vepa", "bridge" }
            .Single(flag => data.TryGetProperty(flag, out _)));
    }

    // The parent eth0 hangs on a switch (bridge sw) of namespace out, whose own address stands for the outside.
    private static void Prepare()
    {
        NeedsKind("ipvlan");
        foreach (var name in new[] { "out", "c1", "c2" })
            Stacks.Pool.Namespaces.Create(name);
        Ip("link add eth0 type veth peer name far netns out");
        Ip("-n out link add sw type bridge");
        Ip("-n out link set far master sw up");
        Ip("-n out addr add 192.0.2.254/24 dev sw");
        Ip("-n out link set sw up");
        Ip("link set eth0 up");
    }
}
