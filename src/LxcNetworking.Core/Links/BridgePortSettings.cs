using LxcNetworking.Declarations;
using LxcNetworking.Values;

namespace LxcNetworking.Links;

/// <summary>What a bridge's port does at the moment (BR_STATE_* of linux/if_bridge.h).</summary>
public enum BridgePortState
{
    /// <summary>Nothing.</summary>
    Disabled = 0,

    /// <summary>It listens for spanning tree messages.</summary>
    Listening = 1,

    /// <summary>It learns addresses.</summary>
    Learning = 2,

    /// <summary>It forwards frames.</summary>
    Forwarding = 3,

    /// <summary>It takes spanning tree messages only.</summary>
    Blocking = 4,
}

/// <summary>Who gets multicast that nobody asked for, as a router needs it (MDB_RTR_TYPE_* of linux/if_bridge.h).
/// </summary>
public enum BridgeMulticastRouter
{
    /// <summary>Nobody here is a router.</summary>
    Never = 0,

    /// <summary>It is one while a router's messages come from there.</summary>
    Automatic = 1,

    /// <summary>It is one.</summary>
    Always = 2,

    /// <summary>It is one for some time, and as long as this is set again; only of a port.</summary>
    Temporary = 3,
}

/// <summary>What a bridge's port has (IFLA_BRPORT_* of linux/if_link.h); null leaves the present value.</summary>
[AttributeSet]
public sealed partial record BridgePortSettings : AttributeSet
{
    /// <summary>Sends a frame back out of the port it came in by, if its receiver is there.</summary>
    [Nla(4, Wire.U8)]
    public bool? Hairpin { get; init; }

    /// <summary>Does not talk to other isolated ports.</summary>
    [Nla(33, Wire.U8)]
    public bool? Isolated { get; init; }

    /// <summary>Learns senders' addresses.</summary>
    [Nla(8, Wire.U8)]
    public bool? Learning { get; init; }

    /// <summary>Gets unicast frames whose receiver is not known.</summary>
    [Nla(9, Wire.U8)]
    public bool? Flood { get; init; }

    /// <summary>Gets multicast frames that nobody has asked for.</summary>
    [Nla(27, Wire.U8)]
    public bool? MulticastFlood { get; init; }

    /// <summary>Gets broadcast frames.</summary>
    [Nla(30, Wire.U8)]
    public bool? BroadcastFlood { get; init; }

    /// <summary>The spanning tree cost, 1 to 65535.</summary>
    [Nla(3, Wire.U32, Min = 1, Max = 65535)]
    public int? Cost { get; init; }

    /// <summary>The spanning tree priority, 0 to 63; lower is preferred.</summary>
    [Nla(2, Wire.U16, Max = 63)]
    public int? Priority { get; init; }

    /// <summary>Goes down when a spanning tree message comes in.</summary>
    [Nla(5, Wire.U8)]
    public bool? BpduGuard { get; init; }

    /// <summary>Never becomes the way to the root.</summary>
    [Nla(6, Wire.U8)]
    public bool? RootBlock { get; init; }

    /// <summary>Forgets multicast groups at once.</summary>
    [Nla(7, Wire.U8)]
    public bool? FastLeave { get; init; }

    /// <summary>Answers ARP for others.</summary>
    [Nla(10, Wire.U8)]
    public bool? ProxyArp { get; init; }

    /// <summary>Keeps ARP and neighbour discovery from flooding.</summary>
    [Nla(32, Wire.U8)]
    public bool? NeighborSuppress { get; init; }

    /// <summary>Answers ARP and neighbour discovery for others on a wireless network (proxyarp_wifi).</summary>
    [Nla(12, Wire.U8)]
    public bool? ProxyArpWifi { get; init; }

    /// <summary>Keeps them from flooding in those VLANs alone that say so (neigh_vlan_suppress).</summary>
    [Nla(43, Wire.U8, Since = "6.4")]
    public bool? NeighborVlanSuppress { get; init; }

    /// <summary>Lets only known senders in; null where the kernel cannot.</summary>
    [Nla(39, Wire.U8, Since = "5.18")]
    public bool? Locked { get; init; }

    /// <summary>Notes unknown senders on a locked port, so that a program can let them in (mab).</summary>
    [Nla(40, Wire.U8, Since = "6.2")]
    public bool? MacAuthenticationBypass { get; init; }

    /// <summary>Takes a VLAN's tunnel id from the frame, and gives it to it (vlan_tunnel); for a VXLAN link that
    /// carries several networks.</summary>
    [Nla(29, Wire.U8)]
    public bool? VlanTunnel { get; init; }

    /// <summary>Which frames to 01:80:c2:00:00:0X it forwards though switches keep them to themselves, a bit for each X
    /// (group_fwd_mask): 0x4000 for LLDP.</summary>
    [Nla(31, Wire.U16)]
    public int? GroupForwardMask { get; init; }

    /// <summary>Whether it gets all multicast, as a router needs it (mcast_router).</summary>
    [Nla(25, Wire.U8)]
    public BridgeMulticastRouter? MulticastRouter { get; init; }

    /// <summary>Sends multicast to each member by itself, as unicast (mcast_to_unicast).</summary>
    [Nla(28, Wire.U8)]
    public bool? MulticastToUnicast { get; init; }

    /// <summary>How many members behind it are counted one by one (mcast_eht_hosts_limit).</summary>
    [Nla(37, Wire.U32, Min = 1)]
    public long? MaxMulticastHosts { get; init; }

    /// <summary>How many there are.</summary>
    [Nla(38, Wire.U32, Access = Access.ReadOnly)]
    public long? MulticastHostCount { get; init; }

    /// <summary>How many groups it can be in; 0 for no limit (mcast_max_groups).</summary>
    [Nla(42, Wire.U32, Since = "6.3")]
    public long? MaxMulticastGroups { get; init; }

    /// <summary>How many it is in (mcast_n_groups).</summary>
    [Nla(41, Wire.U32, Access = Access.ReadOnly)]
    public long? MulticastGroupCount { get; init; }

    /// <summary>The index of the port that its frames go to while it is without carrier; 0 for none
    /// (backup_port).</summary>
    [Nla(34, Wire.U32, Absent = 0)]
    [LinkIndex]
    public int? BackupPortIndex { get; init; }

    /// <summary>The next-hop object that they go to by that port, a VXLAN link; 0 for none (backup_nhid).</summary>
    [Nla(44, Wire.U32, Absent = 0, Since = "6.6")]
    public long? BackupNextHopId { get; init; }

    /// <summary>What it does at the moment. It changes only while the port is up, and without STP; the kernel then lets
    /// a port that is Blocking forward at once, and one that is Disabled when its link changes.</summary>
    [Nla(1, Wire.U8)]
    public BridgePortState? State { get; init; }

    /// <summary>The port's number on its bridge.</summary>
    [Nla(18, Wire.U16, Access = Access.ReadOnly)]
    public int? PortNumber { get; init; }

    /// <summary>The same with its priority, as spanning tree messages have it.</summary>
    [Nla(17, Wire.U16, Access = Access.ReadOnly)]
    public int? PortId { get; init; }

    /// <summary>The identity of the spanning tree's root.</summary>
    [Nla(13, Wire.Custom, Codec = typeof(BridgeIdentity), Access = Access.ReadOnly)]
    public string? RootId { get; init; }

    /// <summary>The identity of the bridge that leads from here to the root.</summary>
    [Nla(14, Wire.Custom, Codec = typeof(BridgeIdentity), Access = Access.ReadOnly)]
    public string? DesignatedBridgeId { get; init; }

    /// <summary>The id of that bridge's port.</summary>
    [Nla(15, Wire.U16, Access = Access.ReadOnly)]
    public int? DesignatedPort { get; init; }

    /// <summary>What its way to the root costs.</summary>
    [Nla(16, Wire.U16, Access = Access.ReadOnly)]
    public int? DesignatedCost { get; init; }

    /// <summary>Whether a change of the tree is to be acknowledged.</summary>
    [Nla(19, Wire.U8, Access = Access.ReadOnly)]
    public bool? TopologyChangeAcknowledged { get; init; }

    /// <summary>Whether a message of the tree is still to be sent.</summary>
    [Nla(20, Wire.U8, Access = Access.ReadOnly)]
    public bool? ConfigurationPending { get; init; }

    /// <summary>The time until what the designated bridge said is too old.</summary>
    [Nla(21, Wire.U64, Unit = Unit.Centiseconds, Access = Access.ReadOnly)]
    public Duration? MessageAgeTimer { get; init; }

    /// <summary>The time until the next state of listening, learning, forwarding.</summary>
    [Nla(22, Wire.U64, Unit = Unit.Centiseconds, Access = Access.ReadOnly)]
    public Duration? ForwardDelayTimer { get; init; }

    /// <summary>The time until it can send a message of the tree again.</summary>
    [Nla(23, Wire.U64, Unit = Unit.Centiseconds, Access = Access.ReadOnly)]
    public Duration? HoldTimer { get; init; }

    /// <summary>Whether the ring of the Media Redundancy Protocol is open.</summary>
    [Nla(35, Wire.U8, Access = Access.ReadOnly)]
    public bool? MrpRingOpen { get; init; }

    /// <summary>Whether the ring that joins two such rings is open.</summary>
    [Nla(36, Wire.U8, Access = Access.ReadOnly)]
    public bool? MrpInterconnectOpen { get; init; }

    internal bool IsEmpty => this == new BridgePortSettings();

    /// <summary>Checks what can be checked without a kernel.</summary>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    internal void Validate(string name)
    {
        var problem = OutOfRange() ?? ((GroupForwardMask & 2) is > 0
            ? "a GroupForwardMask has not the second bit (2), as pause frames concern one cable alone" : null);
        if (problem is not null)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument, $"The settings for port '{name}' cannot be: {problem}.", name);
        }
    }
}
