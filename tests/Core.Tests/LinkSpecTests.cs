using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>Links to make of the kinds that a kernel may lack, without a kernel.</summary>
public class LinkSpecTests
{
    private static readonly IPAddress s_ipv4 = IPAddress.Parse("192.0.2.1"), s_ipv6 = IPAddress.Parse("2001:db8::1");

    private static readonly LinkSpec[] s_specs =
    [
        new BondSpec("b0", new BondSettings { Mode = BondMode.Lacp, LacpRate = BondLacpRate.Fast, MinimumPorts = 2 }),
        new BondSpec("b1", new BondSettings { ArpInterval = TimeSpan.FromSeconds(1), ArpTarget = [s_ipv4] }),
        new IpvlanSpec("i0", new IpvlanSettings { Mode = IpvlanMode.L3S, Flag = IpvlanFlag.Private })
        {
            Parent = "p0",
        },
        new VlanSpec("v0", new VlanSettings { VlanId = 7, Protocol = VlanProtocol.Dot1Ad, Gvrp = true })
        {
            Parent = "p0",
        },
        new LinkSpec("vrf0", new VrfSettings { Table = 77 }),
        new GeneveSpec("g0", new GeneveSettings { Vni = 7, Remote = s_ipv6, Ttl = 9 }),
    ];

    private static readonly LinkSettings[] s_wrong =
    [
        new BondSettings { MiiMonitor = TimeSpan.FromSeconds(1), ArpInterval = TimeSpan.FromSeconds(1) },
        new BondSettings { ArpTarget = [s_ipv6] },
        new BondSettings { Mode = BondMode.ActiveBackup, LacpRate = BondLacpRate.Slow },
        new BondSettings { Mode = BondMode.Broadcast, PrimaryIndex = 7 },
        new VxlanSettings { MulticastGroup = s_ipv4 },
        new VxlanSettings { Remote = s_ipv4, MulticastGroup = IPAddress.Parse("239.1.1.1") },
    ];

    public static TheoryData<string> Names => [.. s_specs.Select(spec => spec.Name)];

    public static TheoryData<int> Wrong => [.. Enumerable.Range(0, s_wrong.Length)];

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_sent_is_what_was_said(string name)
    {
        var spec = s_specs.Single(one => one.Name == name);
        spec.Validate();
        using var request = new NetlinkRequest(Rtm.NewLink).Header(new IfInfoMsg { Index = 9 });
        spec.WriteCommon(request, spec.Name, 3, 4, null, null);
        request.Nest(
            Ifla.LinkInfo, info => info.PutString(IflaInfo.Kind, spec.Kind).Nest(IflaInfo.Data, spec.Settings.Write));
        var payload = request.Seal(1, 1, 0)[NetlinkRequest.HeaderSize..];
        var link = LinkParser.Parse(
            new NetlinkReply(Rtm.NewLink, NetlinkFlags.None, payload), new NamespaceReference("nowhere"))!;
        Assert.Equal((spec.Name, spec.Kind), (link.Name, link.Kind));
        var set = DeclaredSet.Of(spec.Settings);
        var said = set.SetIn(spec.Settings);
        Assert.NotEmpty(said);
        Assert.Empty(set.Differing(spec.Settings, link.Details!).Intersect(said));
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_does_not_go_together_is_refused(int number)
    {
        Assert.NotNull(s_wrong[number].Problem);
        var refusal = Assert.Throws<NetworkException>(() => s_wrong[number].Validate("x0"));
        Assert.Equal(NetworkErrorCode.InvalidArgument, refusal.Code);
    }

    [Fact]
    public void A_child_needs_a_parent()
    {
        LinkSpec[] orphans = [new IpvlanSpec("i0"), new VlanSpec("v0", new VlanSettings { VlanId = 7 })];
        Assert.All(orphans, spec => Assert.Equal(
            NetworkErrorCode.InvalidArgument, Assert.Throws<NetworkException>(spec.Validate).Code));
    }

    [Theory]
    [InlineData(39)]
    [InlineData(Native.LibC.EBUSY)]
    [InlineData(Native.LibC.EINVAL)]
    public void What_a_kernel_may_mean_by_refusing_a_bonds_settings_is_told(int errno)
    {
        Assert.NotNull(new BondSettings().RefusalHint(errno));
        Assert.Null(new BondSettings().RefusalHint(Native.LibC.ENOENT));
    }

    [Fact]
    public void A_bond_is_not_its_own_port_and_has_a_primary_one_only_in_some_modes()
    {
        var own = new BondSpec("b0") { Ports = ["b0"] };
        Assert.Equal(NetworkErrorCode.InvalidArgument, Assert.Throws<NetworkException>(own.Validate).Code);
        var primary = new BondSpec("b0", new BondSettings { Mode = BondMode.Lacp }) { Primary = "p0" };
        Assert.Equal(NetworkErrorCode.InvalidArgument, Assert.Throws<NetworkException>(primary.Validate).Code);
    }
}
