using LxcNetworking.Declarations;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Bridges;

/// <summary>What a bridge has (IFLA_BR_* of linux/if_link.h).</summary>
[LinkKind("bridge", Link = typeof(BridgeLink))]
public sealed partial record BridgeSettings : LinkSettings
{
    // IFLA_BR_MCAST_QUERIER_STATE, in which BRIDGE_QUERIER_* of linux/if_bridge.h are.
    private const int QuerierState = 47;

    /// <summary>How long a port listens and learns before it forwards: 2 to 30 seconds with STP, 0 to 30
    /// without.</summary>
    [Nla(1, Wire.U32, Unit = Unit.Centiseconds)]
    public Duration? ForwardDelay { get; init; }

    /// <summary>The time between hello messages: 1 to 10 seconds.</summary>
    [Nla(2, Wire.U32, Unit = Unit.Centiseconds)]
    public Duration? HelloTime { get; init; }

    /// <summary>How old a message may get before its sender counts as gone: 6 to 40 seconds.</summary>
    [Nla(3, Wire.U32, Unit = Unit.Centiseconds)]
    public Duration? MaxAge { get; init; }

    /// <summary>How long a learned address is kept.</summary>
    [Nla(4, Wire.U32, Unit = Unit.Centiseconds)]
    public Duration? AgeingTime { get; init; }

    /// <summary>Whether it speaks the spanning tree protocol.</summary>
    [Nla(5, Wire.U32)]
    public bool? Stp { get; init; }

    /// <summary>The priority in the election of the root: 0 to 65535, lower wins.</summary>
    [Nla(6, Wire.U16)]
    public int? Priority { get; init; }

    /// <summary>Whether it looks at VLAN tags; null where the kernel cannot.</summary>
    [Nla(7, Wire.U8)]
    public bool? VlanFiltering { get; init; }

    /// <summary>The VLAN of untagged frames: 1 to 4094, or 0 for none; null where the kernel cannot filter
    /// VLANs.</summary>
    [Nla(39, Wire.U16, Max = 4094)]
    public int? DefaultVlanId { get; init; }

    /// <summary>The type of its VLAN tags (vlan_protocol).</summary>
    [Nla(8, Wire.Custom, Codec = typeof(VlanProtocol))]
    public VlanProtocol? VlanProtocol { get; init; }

    /// <summary>Whether it counts the traffic of each VLAN (vlan_stats_enabled).</summary>
    [Nla(41, Wire.U8)]
    public bool? VlanStatistics { get; init; }

    /// <summary>Whether it counts that of each VLAN on each port; only without ports in a VLAN
    /// (vlan_stats_per_port).</summary>
    [Nla(45, Wire.U8)]
    public bool? VlanStatisticsPerPort { get; init; }

    /// <summary>Which frames to 01:80:c2:00:00:0X it forwards though switches keep them to themselves, a bit for each X
    /// (group_fwd_mask): 0x4000 for LLDP. The first three cannot be.</summary>
    [Nla(9, Wire.U16)]
    public int? GroupForwardMask { get; init; }

    /// <summary>The address that its spanning tree messages go to (group_addr), 01:80:c2:00:00:00 unless changed.
    /// </summary>
    [Nla(20, Wire.Mac)]
    public MacAddress? GroupAddress { get; init; }

    /// <summary>Whether IPv4 packets that it forwards pass iptables (nf_call_iptables, br_netfilter).</summary>
    [Nla(36, Wire.U8)]
    public bool? CallIptables { get; init; }

    /// <summary>The same of IPv6 and ip6tables (nf_call_ip6tables).</summary>
    [Nla(37, Wire.U8)]
    public bool? CallIp6tables { get; init; }

    /// <summary>The same of ARP and arptables (nf_call_arptables).</summary>
    [Nla(38, Wire.U8)]
    public bool? CallArptables { get; init; }

    /// <summary>Whether it learns no address from frames to 01:80:c2:00:00:0X (no_linklocal_learn).</summary>
    [Nla(46, Wire.Bitfield32, Bit = 1)]
    public bool? NoLinkLocalLearning { get; init; }

    /// <summary>How many learned addresses it keeps at most; 0 for no limit (fdb_max_learned).</summary>
    [Nla(49, Wire.U32, Since = "6.7")]
    public long? MaxLearnedAddresses { get; init; }

    /// <summary>How many learned addresses it has (fdb_n_learned).</summary>
    [Nla(48, Wire.U32, Access = Access.ReadOnly)]
    public long? LearnedAddressCount { get; init; }

    /// <summary>Whether the bridge's own addresses stand in its table once, not once for each VLAN
    /// (fdb_local_vlan_0).</summary>
    [Nla(46, Wire.Bitfield32, Bit = 16, Access = Access.ReadOnly)]
    public bool? LocalAddressesWithoutVlan { get; init; }

    /// <summary>Whether VLANs have states of spanning trees of their own (mst_enabled); it changes only while there are
    /// no VLANs.</summary>
    [Nla(46, Wire.Bitfield32, Bit = 4, Since = "5.18")]
    public bool? MultipleSpanningTrees { get; init; }

    /// <summary>Whether multicast goes only where it was asked for; null where the kernel cannot.</summary>
    [Nla(23, Wire.U8)]
    public bool? MulticastSnooping { get; init; }

    /// <summary>Whether it does so for each VLAN by itself (mcast_vlan_snooping).</summary>
    [Nla(46, Wire.Bitfield32, Bit = 2, Since = "5.15")]
    public bool? MulticastVlanSnooping { get; init; }

    /// <summary>Whether the bridge itself gets all multicast, as a router needs it: Never, Automatic or Always
    /// (mcast_router).</summary>
    [Nla(22, Wire.U8)]
    public BridgeMulticastRouter? MulticastRouter { get; init; }

    /// <summary>Whether it asks the network who wants which multicast, where no router does
    /// (mcast_querier).</summary>
    [Nla(25, Wire.U8)]
    public bool? MulticastQuerier { get; init; }

    /// <summary>Whether it asks with its own IPv4 address as sender, not 0.0.0.0 (mcast_query_use_ifaddr).</summary>
    [Nla(24, Wire.U8)]
    public bool? MulticastQueryUseAddress { get; init; }

    /// <summary>How many multicast groups it knows at most (mcast_hash_max).</summary>
    [Nla(27, Wire.U32)]
    public long? MaxMulticastGroups { get; init; }

    /// <summary>The elasticity of their table, which nobody uses any more (mcast_hash_elasticity).</summary>
    [Nla(26, Wire.U32, Access = Access.ReadOnly)]
    public long? MulticastHashElasticity { get; init; }

    /// <summary>How often it asks again when somebody leaves a group (mcast_last_member_cnt).</summary>
    [Nla(28, Wire.U32)]
    public long? MulticastLastMemberCount { get; init; }

    /// <summary>The time between these questions (mcast_last_member_intvl).</summary>
    [Nla(30, Wire.U64, Unit = Unit.Centiseconds, Max = uint.MaxValue)]
    public Duration? MulticastLastMemberInterval { get; init; }

    /// <summary>How many questions follow one another at the start (mcast_startup_query_cnt).</summary>
    [Nla(29, Wire.U32)]
    public long? MulticastStartupQueryCount { get; init; }

    /// <summary>The time between these, at least a second (mcast_startup_query_intvl).</summary>
    [Nla(35, Wire.U64, Unit = Unit.Centiseconds, Max = uint.MaxValue)]
    public Duration? MulticastStartupQueryInterval { get; init; }

    /// <summary>The time between questions later, at least a second (mcast_query_intvl).</summary>
    [Nla(33, Wire.U64, Unit = Unit.Centiseconds, Max = uint.MaxValue)]
    public Duration? MulticastQueryInterval { get; init; }

    /// <summary>How long members may take to answer (mcast_query_response_intvl).</summary>
    [Nla(34, Wire.U64, Unit = Unit.Centiseconds, Max = uint.MaxValue)]
    public Duration? MulticastQueryResponseInterval { get; init; }

    /// <summary>How long a member counts as one without a new answer (mcast_membership_intvl).</summary>
    [Nla(31, Wire.U64, Unit = Unit.Centiseconds, Max = uint.MaxValue)]
    public Duration? MulticastMembershipInterval { get; init; }

    /// <summary>After which silence another one that asked counts as gone (mcast_querier_intvl).</summary>
    [Nla(32, Wire.U64, Unit = Unit.Centiseconds, Max = uint.MaxValue)]
    public Duration? MulticastQuerierInterval { get; init; }

    /// <summary>Whether it counts IGMP and MLD messages (mcast_stats_enabled).</summary>
    [Nla(42, Wire.U8)]
    public bool? MulticastStatistics { get; init; }

    /// <summary>The version of IGMP that it speaks: 2 or 3 (mcast_igmp_version).</summary>
    [Nla(43, Wire.U8, Min = 2, Max = 3)]
    public int? IgmpVersion { get; init; }

    /// <summary>The version of MLD that it speaks: 1 or 2 (mcast_mld_version).</summary>
    [Nla(44, Wire.U8, Min = 1, Max = 2)]
    public int? MldVersion { get; init; }

    /// <summary>Who asks for IPv4 members, or null.</summary>
    [Nla(1, Wire.Address, In = QuerierState, Access = Access.ReadOnly)]
    public IPAddress? IPv4Querier { get; init; }

    /// <summary>The index of the port that it is behind, or null.</summary>
    [Nla(2, Wire.U32, In = QuerierState, Access = Access.ReadOnly)]
    public int? IPv4QuerierPortIndex { get; init; }

    /// <summary>After which time it counts as gone, or null.</summary>
    [Nla(3, Wire.U64, In = QuerierState, Unit = Unit.Centiseconds, Access = Access.ReadOnly)]
    public Duration? IPv4QuerierTimer { get; init; }

    /// <summary>Who asks for IPv6 members, or null.</summary>
    [Nla(5, Wire.Address, In = QuerierState, Access = Access.ReadOnly)]
    public IPAddress? IPv6Querier { get; init; }

    /// <summary>The index of the port that it is behind, or null.</summary>
    [Nla(6, Wire.U32, In = QuerierState, Access = Access.ReadOnly)]
    public int? IPv6QuerierPortIndex { get; init; }

    /// <summary>After which time it counts as gone, or null.</summary>
    [Nla(7, Wire.U64, In = QuerierState, Unit = Unit.Centiseconds, Access = Access.ReadOnly)]
    public Duration? IPv6QuerierTimer { get; init; }

    /// <summary>Its identity: priority and address, as brctl shows it.</summary>
    [Nla(11, Wire.Custom, Codec = typeof(BridgeIdentity), Access = Access.ReadOnly)]
    public string? BridgeId { get; init; }

    /// <summary>The identity of the spanning tree's root; its own without STP.</summary>
    [Nla(10, Wire.Custom, Codec = typeof(BridgeIdentity), Access = Access.ReadOnly)]
    public string? RootId { get; init; }

    /// <summary>The number of the port that leads to the root; 0 for none.</summary>
    [Nla(12, Wire.U16, Access = Access.ReadOnly)]
    public int? RootPort { get; init; }

    /// <summary>What the way to the root costs.</summary>
    [Nla(13, Wire.U32, Access = Access.ReadOnly)]
    public long? RootPathCost { get; init; }

    /// <summary>Whether the tree is changing.</summary>
    [Nla(14, Wire.U8, Access = Access.ReadOnly)]
    public bool? TopologyChange { get; init; }

    /// <summary>Whether it noticed that by itself.</summary>
    [Nla(15, Wire.U8, Access = Access.ReadOnly)]
    public bool? TopologyChangeDetected { get; init; }

    /// <summary>The time until its next hello message; zero where it sends none.</summary>
    [Nla(16, Wire.U64, Unit = Unit.Centiseconds, Access = Access.ReadOnly)]
    public Duration? HelloTimer { get; init; }

    /// <summary>The time until it tells the root of a change again.</summary>
    [Nla(17, Wire.U64, Unit = Unit.Centiseconds, Access = Access.ReadOnly)]
    public Duration? ChangeNotificationTimer { get; init; }

    /// <summary>The time until a change of the tree is over.</summary>
    [Nla(18, Wire.U64, Unit = Unit.Centiseconds, Access = Access.ReadOnly)]
    public Duration? TopologyChangeTimer { get; init; }

    /// <summary>The time until old addresses are looked for again.</summary>
    [Nla(19, Wire.U64, Unit = Unit.Centiseconds, Access = Access.ReadOnly)]
    public Duration? CleanupTimer { get; init; }

    internal bool IsEmpty => this == new BridgeSettings();

    /// <inheritdoc/>
    public override string ToString() => $"id {BridgeId}, STP {(Stp == true ? "on" : "off")}";

    internal override string? Problem => this switch
    {
        { GroupForwardMask: { } mask } when (mask & 7) != 0
            => "a GroupForwardMask has none of the first three bits (7), as those frames concern one cable alone",
        { GroupAddress: { } address } when !IsGroupAddress(address)
            => "a GroupAddress is 01:80:c2:00:00:00 or one from 01:80:c2:00:00:04 to 01:80:c2:00:00:0f",
        { MulticastRouter: BridgeMulticastRouter.Temporary }
            => "the MulticastRouter of a bridge is Never, Automatic or Always; Temporary is one of a port",
        _ => null,
    };

    /// <summary>Checks that the kernel has what these settings say: it passes over what it was built without.</summary>
    /// <exception cref="NetworkException">NotSupported.</exception>
    internal void CheckTold(NetLink bridge)
    {
        if (Declared.Untold(this, (BridgeSettings)bridge.Details!, Properties) is { Count: > 0 } names)
        {
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"This kernel's bridges do not have {string.Join(" and ", names)}.",
                bridge.Name);
        }
    }

    internal override Hint? RefusalHint(int errno)
    {
        return errno switch
        {
            LibC.EBUSY when VlanStatisticsPerPort is not null
                => "VlanStatisticsPerPort changes only while no port carries a VLAN.",
            LibC.EBUSY when MultipleSpanningTrees is not null
                => "MultipleSpanningTrees changes only while the bridge and its ports carry no VLAN.",
            LibC.ERANGE => "With STP a forward delay is 2 to 30 seconds, a hello time 1 to 10, a maximum age 6 to 40.",
            LibC.EOPNOTSUPP or LibC.EINVAL when VlanFiltering is not null || DefaultVlanId is not null
                => "This kernel's bridges may have no VLAN filtering (CONFIG_BRIDGE_VLAN_FILTERING).",
            _ => null,
        };
    }

    // The last byte of 01:80:c2:00:00:0X; pause frames, slow protocols and 802.1X have 1 to 3.
    private static bool IsGroupAddress(MacAddress address)
        => address.ToArray() is [0x01, 0x80, 0xc2, 0, 0, 0 or (> 3 and < 16)];

    internal override LinkSpec NewSpec(string name, string kind)
        => new BridgeSpec(name, this);
}

/// <summary>A bridge: a software switch.</summary>
public sealed partial class BridgeLink : NetLink
{
    /// <summary>The names of its ports; filled in by <see cref="BridgeOperations"/>, empty otherwise.</summary>
    public ValueList<string> Ports { get; internal set; } = [];
}

/// <summary>A bridge.</summary>
/// <param name="name">The new bridge's name.</param>
/// <param name="settings">Its settings.</param>
public sealed class BridgeSpec(string name, BridgeSettings? settings = null) : LinkSpec(
    name, settings ?? new BridgeSettings())
{
    private const int KernelsMtu = 1500;

    // The kernel fits a bridge's MTU to its ports until somebody changes it (BROPT_MTU_SET_BY_USER). What the creating
    // message has is no change, and neither is the value that is there.
    internal override int? RequestedMtu => Mtu == KernelsMtu ? KernelsMtu + 1 : null;

    internal override int? LaterMtu => Mtu;

    internal override NetworkException? Explain(NetlinkErrorException refusal, NetworkStack stack)
        => settings is { VlanFiltering: not null } or { DefaultVlanId: not null }
            && refusal.KernelMessage?.Contains("Unknown device type", StringComparison.Ordinal) != true
            ? BridgeVlans.LacksFiltering(refusal, Name) : null;

    internal override NetLink Finish(NetLink link, NetworkStack where)
    {
        ((BridgeSettings)Settings).CheckTold(link);
        if (MacAddress is null && link.MacAddress is { } own)
            Keep(own, link, where);
        return link;
    }

    // A bridge whose creating message has an address has no carrier until a port has one (br_stp_change_bridge_id of
    // net/bridge/br_stp_if.c), so that macvlan links on it would reach nobody. The address that the kernel chose counts
    // as a user's once it has been set, which changes nothing else.
    private static void Keep(MacAddress own, NetLink link, NetworkStack where)
    {
        using var request = new LinkChange { MacAddress = own }.ToRequest(link.Index, -1);
        try
        {
            where.Route.Execute(request);
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(e, $"keep the MAC address of '{link.Name}'", link.Name);
        }
    }
}
