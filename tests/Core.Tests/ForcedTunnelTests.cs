using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>Tunnels whose local address is not here yet, or whose remote one is this host's own.</summary>
public class ForcedTunnelTests
{
    private static readonly IPAddress s_own = IPAddress.Parse("192.0.2.1"), s_absent = IPAddress.Parse("192.0.2.77");

    private static NetworkStack Here => Stacks.Pool.Get();

    [Theory]
    [InlineData("vxlan")]
    [InlineData("gretap")]
    [InlineData("sit")]
    [InlineData("vti")]
    [InlineData("geneve")]
    public void What_the_kernel_takes_all_the_same_is_made_and_changed_with_force(string kind) => Run(() =>
    {
        NeedsKind(kind);
        Ip("link add eth0 mtu 1400 type veth peer name far");
        Ip("addr add 192.0.2.1/24 dev eth0");
        Ip("link set far up");
        Ip("link set eth0 up");
        // Geneve has no local address to choose.
        var local = kind == "geneve" ? null : s_absent;
        var refusal = Assert.Throws<NetworkException>(() => Here.Links.Create(Spec(kind, local, force: false)));
        Assert.Equal(
            local is null ? NetworkErrorCode.InvalidArgument : NetworkErrorCode.AddressNotFound, refusal.Code);
        Assert.Contains(refusal.Advice, advice => advice.Kind == AdviceKind.Override);
        Assert.Null(Here.Links.Find("t0"));
        var made = Here.Links.Create(Spec(kind, local, force: true));
        IsShown(local, s_own);
        if (kind == "vxlan")
            Assert.Equal(1500 - 50, (int)made.Mtu);
        var change = Settings(kind, null, s_own);
        var error = Assert.Throws<NetworkException>(() => Here.Links.Change(made, change));
        Assert.Equal(NetworkErrorCode.InvalidArgument, error.Code);
        Assert.Contains(error.Advice, advice => advice.Kind == AdviceKind.Override);
        Here.Links.Change(made, Settings(kind, null, IPAddress.Parse("192.0.2.9")));
        IsShown(local, IPAddress.Parse("192.0.2.9"));
        Here.Links.Change(Here.Links.Get("t0"), change, force: true);
        IsShown(local, s_own);
        // Nothing else is let through.
        var impossible = local is null ? Settings(kind, null, IPAddress.Parse("224.0.0.1"))
            : Settings(kind, s_own, s_own);
        error = Assert.Throws<NetworkException>(
            () => Here.Links.Change(Here.Links.Get("t0"), impossible, force: true));
        Assert.Equal(NetworkErrorCode.InvalidArgument, error.Code);
    });

    [Fact]
    public void The_way_to_the_other_host_says_the_MTU_before_the_local_address_is_here() => Run(() =>
    {
        NeedsKind("vxlan");
        Ip("link add eth0 mtu 1400 type veth peer name far");
        Ip("addr add 192.0.2.1/24 dev eth0");
        Ip("link set far up");
        Ip("link set eth0 up");
        var settings = new VxlanSettings { Vni = 7, Local = s_absent, Remote = IPAddress.Parse("192.0.2.2") };
        var made = (VxlanLink)Here.Links.Create(new VxlanSpec("t0", settings) { Force = true, Up = true });
        Assert.Equal((1350, s_absent), (made.ChosenMtu, made.Local!));
        // The address that comes later is used.
        Ip("addr add 192.0.2.77/24 dev eth0");
        Here.Links.Change(made, new VxlanSettings { Local = s_absent, Ttl = 9 });
    });

    private static LinkSpec Spec(string kind, IPAddress? local, bool force)
    {
        var settings = Settings(kind, local, s_own);
        return kind switch
        {
            "vxlan" => new VxlanSpec("t0", (VxlanSettings)settings with { Vni = 7 }) { Force = force },
            "gretap" => new GreSpec("t0", ethernet: true, (GreSettings)settings) { Force = force },
            "sit" => new IPTunnelSpec("t0", IPTunnelMode.Sit, (IPTunnelSettings)settings) { Force = force },
            "vti" => new VtiSpec("t0", (VtiSettings)settings with { InputKey = 5 }) { Force = force },
            _ => new GeneveSpec("t0", (GeneveSettings)settings with { Vni = 7 }) { Force = force },
        };
    }

    private static TunnelSettings Settings(string kind, IPAddress? local, IPAddress? remote) => kind switch
    {
        "vxlan" => new VxlanSettings { Local = local, Remote = remote },
        "gretap" => new GreSettings { Local = local, Remote = remote },
        "sit" => new IPTunnelSettings { Local = local, Remote = remote },
        "vti" => new VtiSettings { Local = local, Remote = remote },
        _ => new GeneveSettings { Remote = remote },
    };

    private static void IsShown(IPAddress? local, IPAddress? remote)
    {
        var data = IpJson("link show dev t0")[0].GetProperty("linkinfo").GetProperty("info_data");
        Assert.Equal(remote?.ToString(), data.GetProperty("remote").GetString());
        if (local is not null)
            Assert.Equal(local.ToString(), data.GetProperty("local").GetString());
    }
}
