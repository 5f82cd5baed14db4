using LxcNetworking.Declarations;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Testing;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>Links of kinds that a kernel may lack, made and changed at a kernel that only says that it did so, or
/// refuses it.</summary>
public class LinkRequestTests
{
    private const int EOPNOTSUPP = 95, ENETDOWN = 100;

    private static readonly IPAddress s_local = IPAddress.Parse("192.0.2.2"), s_remote = IPAddress.Parse("192.0.2.1"),
        s_local6 = IPAddress.Parse("2001:db8::2"), s_remote6 = IPAddress.Parse("2001:db8::1");

    private static readonly VlanSettings s_vlan = new() { VlanId = 7, Protocol = VlanProtocol.Dot1Q };
    private static readonly GreSettings s_gre = new() { Local = s_local, Remote = s_remote, Key = 9 };

    private readonly FakeRtnetlink _kernel = new(Stacks.Pool);
    private readonly int _parent;

    public LinkRequestTests()
    {
        _parent = _kernel.Add("p0");
        _kernel.Addresses.Add(s_local);
        _kernel.Addresses.Add(s_local6);
        _kernel.RouteIndex = _parent;
    }

    private LinkOperations Links => _kernel.Stack.Links;

    [Theory]
    [InlineData(false, false, false, 1476)]
    [InlineData(true, false, false, 1462)]
    [InlineData(true, true, false, 1450)]
    [InlineData(false, false, true, 1448)]
    [InlineData(true, true, true, 1422)]
    public void A_GRE_tunnel_has_all_that_was_said_and_an_MTU_that_fits(bool ethernet, bool options, bool ipv6, int mtu)
    {
        var settings = new GreSettings
        {
            Local = ipv6 ? s_local6 : s_local,
            Remote = ipv6 ? s_remote6 : s_remote,
            Tos = 0x10,
            Ttl = 9,
            Key = options ? 9 : null,
            Sequence = options,
            Checksum = options,
        };
        var link = Assert.IsType<GreLink>(Links.Create(new GreSpec("g0", ethernet, settings)));
        Assert.Equal((ipv6 ? "ip6gre" : "gre") + (ethernet ? "tap" : string.Empty), link.Kind);
        Assert.Equal((mtu, mtu), ((int)link.Mtu, link.ChosenMtu));
        var reason = link.MtuReason!;
        Assert.StartsWith($"{mtu} = 1500 of the underlay 'p0' - {1500 - mtu} for ", reason, StringComparison.Ordinal);
        Assert.Equal(options, reason.Contains("with options", StringComparison.Ordinal));
        var set = DeclaredSet.Of(settings);
        Assert.Empty(set.Differing(settings, link.Details!).Intersect(set.SetIn(settings)).Except(["IPv4Tos"]));
        var order = Assert.Single(_kernel.Orders);
        Assert.Equal((Rtm.NewLink, "g0"), (order.Type, _kernel.Parse(order).Name));
    }

    [Fact]
    public void A_GRE_tunnels_settings_are_changed_and_the_others_sent_again()
    {
        var made = Links.Create(new GreSpec("g0", ethernet: true, s_gre with { Tos = 0x10, Sequence = true }));
        Links.Change(made, new GreSettings { Ttl = 44, Key = 6 });
        var now = (GreSettings)_kernel.Parse(_kernel.Orders[^1]).Details!;
        Assert.Equal(
            (44, 6L, 0x10, (bool?)true, s_local, s_remote),
            (now.Ttl, now.Key, now.Tos, now.Sequence, now.Local!, now.Remote!));
        Refused(
            NetworkErrorCode.InvalidArgument, "a tunnel over IPv4",
            () => Links.Change(made, new GreSettings { Remote = s_remote6 }));
        Refused(
            NetworkErrorCode.AddressNotFound, "cannot start at 192.0.2.7",
            () => Links.Change(made, new GreSettings { Local = IPAddress.Parse("192.0.2.7") }));
        Refused(
            NetworkErrorCode.InvalidArgument, "cannot be: its remote address 192.0.2.2",
            () => Links.Change(made, new GreSettings { Remote = s_local }));
        Refused(
            NetworkErrorCode.NotSupported, "is a gretap link",
            () => Links.Change(made, new MacvlanSettings { Mode = MacvlanMode.Vepa }));
        Assert.Equal(2, _kernel.Orders.Count);
    }

    [Fact]
    public void What_a_tunnel_cannot_be_is_refused_before_a_request()
    {
        Refused("which has no DF flag", new GreSpec("g0", true, new() { Remote = s_remote6, IgnoreDf = true }));
        Refused("a bridge takes Ethernet frames", new GreSpec("g0", false, s_gre) { Master = "br0" });
        var mac = MacAddress.Parse("02:00:00:00:00:01");
        Refused("has no MAC address", new GreSpec("g0", false, s_gre) { MacAddress = mac });
        Refused("needs the other host", new GeneveSpec("g0", new() { Vni = 7 }));
        Refused("from the route to", new GeneveSpec("g0", new() { Vni = 7, Remote = s_remote }) { Device = "p0" });
        Refused("address of namespace 'nowhere' itself", new GeneveSpec("g0", new() { Vni = 7, Remote = s_local }));
        var mirror = s_gre with { ErspanVersion = 1 };
        Refused("ERSPAN carries Ethernet frames", new GreSpec("g0", false, mirror));
        Refused("has the mirror session's number as its key", new GreSpec("g0", true, mirror with { Key = null }));
        Refused("0 to 1023, not 1024", new GreSpec("g0", true, mirror with { Key = 1024 }));
        Refused("have no checksum", new GreSpec("g0", true, mirror with { Checksum = true }));
        Refused("are of ERSPAN version 2", new GreSpec("g0", true, mirror with { ErspanHardwareId = 3 }));
        Refused("an ERSPAN index is of", new GreSpec("g0", true, mirror with { ErspanVersion = 2, ErspanIndex = 3 }));
        Refused("an ERSPAN index is of", new GreSpec("g0", true, s_gre with { ErspanIndex = 3 }));
        Refused("version 0 have no key", new GreSpec("g0", true, mirror with { ErspanVersion = 0 }));
        Refused(
            "version 0 goes over IPv4", new GreSpec("g0", true, new() { Remote = s_remote6, ErspanVersion = 0 }));
        // What carries no Ethernet is no bridge's port.
        Refused(
            "a bridge takes Ethernet frames",
            new VxlanSpec("v0", new() { External = true, GenericProtocolExtension = true }) { Master = "br0" });
        Refused(
            "has no MAC address",
            new GeneveSpec("g0", new() { External = true, InnerProtocolInherit = true }) { MacAddress = mac });
        Refused("only an external link has a list", new VxlanSpec("v0", new() { Vni = 7, VniFilter = true }));
        Refused(
            "only an external link carries packets",
            new VxlanSpec("v0", new() { Vni = 7, GenericProtocolExtension = true }));
        Assert.Throws<FormatException>(() => new VxlanHeaderBits("12"));
        Assert.Throws<FormatException>(() => new VxlanHeaderBits("0x12\0"));
        // What a packet brings with it is no setting of an external link.
        Refused("needs a VNI, unless it is external", new VxlanSpec("v0", new() { Remote = s_remote }));
        Refused("needs a VNI, unless it is external", new GeneveSpec("g0", new() { Remote = s_remote }));
        Refused("takes Vni from the route", new VxlanSpec("v0", new() { External = true, Vni = 7 }));
        Refused(
            "takes Vni and Remote and Ttl from the route",
            new GeneveSpec("g0", new() { External = true, Vni = 7, Remote = s_remote, Ttl = 3, Tos = 0 }));
        Refused(
            "takes Local and Remote and Key from the route", new GreSpec("g0", true, s_gre with { External = true }));
        Refused("takes Sequence from", new GreSpec("g0", false, new() { External = true, Sequence = true }));
        Refused(
            "an address of the other family", new GreSpec("g0", false, s_gre) { AddressFamily = IPFamily.IPv6 });

        void Refused(string words, LinkSpec spec)
            => LinkRequestTests.Refused(NetworkErrorCode.InvalidArgument, words, () => Links.Create(spec));
        Assert.Empty(_kernel.Orders);
    }

    [Theory]
    [InlineData(false, 1450)]
    [InlineData(true, 1430)]
    public void A_Geneve_link_has_what_was_said_and_an_MTU_that_fits(bool ipv6, int mtu)
    {
        var settings = new GeneveSettings { Vni = 7, Remote = ipv6 ? s_remote6 : s_remote };
        var link = Assert.IsType<GeneveLink>(Links.Create(new GeneveSpec("g0", settings)));
        Assert.Equal((mtu, 7L, settings.Remote, 6081), ((int)link.Mtu, (long?)link.Vni, link.Remote!, link.Port));
    }

    [Fact]
    public void An_ipvlan_takes_the_mode_of_its_siblings_and_no_other()
    {
        var first = Assert.IsType<IpvlanLink>(Links.Create(new IpvlanSpec("i0") { Parent = "p0" }));
        Assert.Equal((IpvlanMode.L2, IpvlanFlag.Bridge, "p0"), (first.Mode, first.Flag, first.Parent));
        Links.Remove([first]);
        var other = new IpvlanSettings { Mode = IpvlanMode.L3S, Flag = IpvlanFlag.Private };
        Links.Create(new IpvlanSpec("i1", other) { Parent = "p0" });
        var second = Assert.IsType<IpvlanLink>(Links.Create(new IpvlanSpec("i2") { Parent = "p0" }));
        Assert.Equal((IpvlanMode.L3S, IpvlanFlag.Private), (second.Mode, second.Flag));
        Refused(
            NetworkErrorCode.ResourceBusy, "carries 'i1' in mode L3S Private",
            () => Links.Create(new IpvlanSpec("i3", new() { Mode = IpvlanMode.L2 }) { Parent = "p0" }));
        Assert.Equal(["p0", "i1", "i2"], _kernel.Names);
    }

    [Fact]
    public void A_bond_takes_its_ports_down_for_it_and_knows_its_primary_one_by_name()
    {
        Links.Change(Links.Get("p0"), new LinkChange { Up = true });
        var second = _kernel.Add("p1");
        _kernel.Orders.Clear();
        var settings = new BondSettings { Mode = BondMode.ActiveBackup };
        var bond = Assert.IsType<BondLink>(
            Links.Create(new BondSpec("b0", settings) { Ports = ["p0", "p1"], Primary = "p1" }));
        Assert.Equal((second, TimeSpan.FromMilliseconds(100)), (bond.PrimaryIndex, bond.MiiMonitor!));
        Assert.Equal(
            ["b0 0", "p0 0", $"p0 {bond.Index}", $"p1 {bond.Index}"],
            _kernel.Orders.Select(order => _kernel.Parse(order)).Select(
                link => $"{(link.Index == 0 ? link.Name : Links.Get(link.Index).Name)} {link.MasterIndex}"));
        Assert.False(Links.Get("p0").IsUp);
        Refused(
            NetworkErrorCode.ResourceBusy, "'p0' is a port of 'b0' already",
            () => Links.Create(new BondSpec("b1") { Ports = ["p0"] }));
        Assert.Equal(["p0", "p1", "b0"], _kernel.Names);
    }

    [Fact]
    public void A_bond_that_a_port_does_not_join_is_gone_and_the_other_port_is_as_it_was()
    {
        Links.Change(Links.Get("p0"), new LinkChange { Up = true });
        var second = _kernel.Add("p1");
        _kernel.Refusal = (_, link) => link.Index == second && link.MasterIndex != 0 ? (Native.LibC.EBUSY, null) : null;
        Refused(
            NetworkErrorCode.ResourceBusy, "It may be a port of another bridge",
            () => Links.Create(new BondSpec("b0") { Ports = ["p0", "p1"] }));
        Assert.Equal(["p0", "p1"], _kernel.Names);
        var port = Links.Get("p0");
        Assert.Equal((true, 0), (port.IsUp, port.MasterIndex));
    }

    /// <summary>What is made, what the kernel says, and what is told of it.</summary>
    private static readonly (LinkSpec Spec, int Errno, string? Words, NetworkErrorCode Code, string Told)[] s_refusals =
    [
        (new VlanSpec("v0", s_vlan) { Parent = "p0" }, Native.LibC.EEXIST, "VLAN device already exists",
            NetworkErrorCode.LinkExists, "VLAN 7 (802.1Q) on 'p0' exists already: its link is 'v9'"),
        (new VlanSpec("v0", 8) { Parent = "p0" }, Native.LibC.EEXIST, "VLAN device already exists",
            NetworkErrorCode.LinkExists, "VLAN 8 (802.1Q) on 'p0' exists already: in another namespace"),
        (new VlanSpec("v0", 8) { Parent = "p0" }, ENETDOWN, null, NetworkErrorCode.KernelRefused, "'p0' is down"),
        (new VlanSpec("v0", 8) { Parent = "p0" }, EOPNOTSUPP, "VLANs not supported on device",
            NetworkErrorCode.NotSupported, "'p0' carries no VLANs"),
        (new VlanSpec("v0", 8) { Parent = "p0" }, Native.LibC.EINVAL, null,
            NetworkErrorCode.InvalidArgument, "cannot be larger than its parent's"),
        (new VlanSpec("v0", s_vlan with { BridgeBinding = true }) { Parent = "p0" }, Native.LibC.EPERM, null,
            NetworkErrorCode.PermissionDenied, "create the vlan link 'v0'"),
        (new IpvlanSpec("i0") { Parent = "p0" }, Native.LibC.EBUSY, null,
            NetworkErrorCode.ResourceBusy, "'p0' is in use by something that excludes ipvlans"),
        (new IpvlanSpec("i0") { Parent = "p0" }, Native.LibC.EINVAL, null,
            NetworkErrorCode.InvalidArgument, "'p0' must be an Ethernet link"),
        (new GeneveSpec("g0", new() { Vni = 7, Remote = s_remote }), Native.LibC.EBUSY, null,
            NetworkErrorCode.LinkExists, "A Geneve link with VNI 7 to 192.0.2.1 on UDP port 6081"),
        (new GreSpec("g0", true, s_gre), Native.LibC.EEXIST, null,
            NetworkErrorCode.LinkExists, "from 192.0.2.2 to 192.0.2.1 with key 9 exists already: 'g9'"),
        (new GreSpec("g0", false, new() { Remote = s_remote }), Native.LibC.EEXIST, null,
            NetworkErrorCode.LinkExists, "A gre tunnel from any address to 192.0.2.1 with no key exists already."),
        (new GreSpec("p0", true, s_gre), Native.LibC.EEXIST, null,
            NetworkErrorCode.LinkExists, "There is an interface 'p0' in namespace 'nowhere' already."),
        (new LinkSpec("d0", new DummySettings()), Native.LibC.EEXIST, "the words of the kernel",
            NetworkErrorCode.LinkExists, "Cannot create 'd0': the words of the kernel."),
        (new LinkSpec("d0", new DummySettings()), EOPNOTSUPP, "Unknown device type",
            NetworkErrorCode.KindNotSupported, "The kernel has no 'dummy' links (Unknown device type)"),
        (new GreSpec("g0", true, s_gre), EOPNOTSUPP, null,
            NetworkErrorCode.KindNotSupported, "The kernel has no 'gretap' links. Load its module"),
        (new VethSpec("v0", new VethPeerSpec("p0")), Native.LibC.EEXIST, null,
            NetworkErrorCode.LinkExists, "The other end of 'v0' cannot be 'p0'"),
        (new VethSpec("p0", new VethPeerSpec("v1")), Native.LibC.EEXIST, null,
            NetworkErrorCode.LinkExists, "There is an interface 'p0'"),
    ];

    public static TheoryData<int> Refusals => [.. Enumerable.Range(0, s_refusals.Length)];

    [Theory]
    [MemberData(nameof(Refusals))]
    public void What_a_refusal_means_is_told_and_nothing_stays(int number)
    {
        var (spec, errno, words, code, told) = s_refusals[number];
        _kernel.Add("v9", "vlan", s_vlan.Write, _parent);
        _kernel.Add("g9", "gretap", s_gre.Complete(new GreSettings(), ipv6: false).Write);
        var before = _kernel.Names.ToList();
        _kernel.Refusal = (_, _) => (errno, words);
        Refused(code, told, () => Links.Create(spec));
        Assert.Single(_kernel.Orders);
        Assert.Equal(before, _kernel.Names);
    }

    [Fact]
    public void The_two_ends_of_a_pair_have_different_names()
        => Refused(
            NetworkErrorCode.InvalidName, "Both ends of a veth pair",
            () => Links.Creation.CreatePair(new VethSpec("v0", new VethPeerSpec("v0")), default));

    [Theory]
    [InlineData("192.0.2.1", "2001:db8::1", "of different families")]
    [InlineData("192.0.2.1", "192.0.2.1", "local and remote are both 192.0.2.1")]
    [InlineData("0.0.0.0", "192.0.2.1", "the local address 0.0.0.0 means any")]
    [InlineData("192.0.2.1", "239.1.1.1", "the remote address 239.1.1.1 is a multicast")]
    [InlineData("ff02::1", "2001:db8::1", "the local address ff02::1 is a multicast")]
    [InlineData("2001:db8::1", "::ffff:192.0.2.1", "write 192.0.2.1")]
    [InlineData("192.0.2.1", "192.0.2.2", null)]
    [InlineData("2001:db8::1", "2001:db8::2", null)]
    public void A_tunnels_ends_are_two_hosts_of_one_family(string local, string remote, string? problem)
    {
        void Check() => TunnelEnds.CheckEndpoints(IPAddress.Parse(local), IPAddress.Parse(remote), "tunnel 7");
        if (problem is null)
            Assert.Null(Record.Exception(Check));
        else
            Refused(NetworkErrorCode.InvalidArgument, problem, Check);
    }

    [Fact]
    public void A_name_that_a_list_tells_twice_is_the_link_that_has_it_now()
    {
        // After the list's first part link 1 went away, and its name went to another one.
        using var gone = new NetlinkRequest(Rtm.NewLink)
            .Header(new IfInfoMsg { Index = 1 }).PutString(Ifla.IfName, "p0");
        _kernel.Stale.Add(gone.Seal(1, 1, 0)[NetlinkRequest.HeaderSize..].ToArray());
        Assert.Equal([("p0", _parent)], Links.List().Select(link => (link.Name, link.Index)));
    }

    [Fact]
    public void A_change_that_is_refused_is_explained_and_taken_back()
    {
        var link = Links.Get("p0");
        // The kernel stops at the MTU, after it has set the group.
        _kernel.Refusal = (_, now) => now.Mtu == 9000 ? (Native.LibC.EINVAL, null) : null;
        Refused(
            NetworkErrorCode.InvalidArgument, "set 'p0' MTU 9000, group 7",
            () => Links.Change(link, new LinkChange { Mtu = 9000, Group = 7 }));
        Assert.Equal(
            [(9000, 7), (1500, 0), (0, 0)],
            _kernel.Orders.Select(order => _kernel.Parse(order)).Select(now => ((int)now.Mtu, (int)now.Group)));
        Refused(
            NetworkErrorCode.InvalidArgument, "cannot be negative",
            () => Links.Change(link, new LinkChange { Group = -1 }));
        Refused(
            NetworkErrorCode.NotSupported, "takes no ports",
            () => Links.Change(link, new LinkChange { Master = Links.Get(_kernel.Add("v9", "veth")).Name }));
    }

    [Fact]
    public void Counters_are_where_the_kernel_lays_them()
    {
        // struct rtnl_link_stats64 of linux/if_link.h: 25 counters of 64 bits.
        var counters = Enumerable.Range(1, 25).SelectMany(number => BitConverter.GetBytes((ulong)number)).ToArray();
        using var request = new NetlinkRequest(Rtm.NewLink).Header(default(IfInfoMsg)).Put(Ifla.Stats64, counters);
        var read = _kernel.Parse(request.Seal(1, 1, 0)[NetlinkRequest.HeaderSize..].ToArray()).Statistics!;
        Assert.Equal(
            Enumerable.Range(1, 10).Select(number => (ulong)number),
            [
                read.ReceivedPackets, read.SentPackets, read.ReceivedBytes, read.SentBytes, read.ReceiveErrors,
                read.SendErrors, read.ReceiveDropped, read.SendDropped, read.ReceivedMulticast, read.Collisions,
            ]);
        Assert.Equal("received 1 packets (3 bytes), sent 2 packets (4 bytes)", $"{read}");
    }

    private static void Refused(NetworkErrorCode code, string words, Action action)
    {
        var refusal = Assert.Throws<NetworkException>(action);
        Assert.Contains(words, refusal.Message, StringComparison.Ordinal);
        Assert.Equal(code, refusal.Code);
    }
}
