using System.Globalization;
using LxcNetworking.Declarations;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Bridges;

/// <summary>A VLAN on a bridge's port or on the bridge itself, as it was when it was read (BRIDGE_VLANDB_ENTRY_* of
/// linux/if_bridge.h). The kernel tells several in a row as one range, which <see cref="BridgeVlans"/> takes apart.
/// </summary>
[AttributeSet]
public sealed partial record BridgeVlan : AttributeSet
{
    private const int TunnelInfo = 4, Counters = 5;

    internal BridgeVlan(NetLink link, int id)
    {
        (InterfaceAlias, InterfaceIndex, Namespace, VlanId) = (link.Name, link.Index, link.Namespace, id);
        Bridge = link is BridgeLink ? link.Name : link.Master ?? string.Empty;
    }

    // Not public, as PowerShell would make a VLAN of whatever has some of its properties.
    private BridgeVlan()
        => throw new NotSupportedException("A VLAN is read from the kernel.");

    /// <summary>The port, or the bridge itself.</summary>
    public string InterfaceAlias { get; }

    /// <summary>Its index.</summary>
    public int InterfaceIndex { get; }

    /// <summary>The bridge.</summary>
    public string Bridge { get; }

    /// <summary>The VLAN's id.</summary>
    [Computed(Min = 1, Max = 4094, Access = Access.CreateOnly)]
    public int VlanId { get; internal init; }

    /// <summary>Frames that come in untagged belong to this VLAN.</summary>
    [Computed]
    public bool Pvid { get; internal init; }

    /// <summary>Its frames go out untagged.</summary>
    [Computed]
    public bool Untagged { get; internal init; }

    /// <summary>The network of a VXLAN link that the VLAN stands for on this port, or null.</summary>
    [Nla(1, Wire.U32, In = TunnelInfo, Access = Access.ReadOnly)]
    public long? TunnelId { get; internal init; }

    /// <summary>What the port does in this VLAN; null where the kernel does not tell.</summary>
    [Nla(3, Wire.U8, Access = Access.ReadOnly)]
    public BridgePortState? State { get; internal init; }

    /// <summary>Whether the port gets all multicast of the VLAN; null where the kernel does not tell.</summary>
    [Nla(6, Wire.U8, Access = Access.ReadOnly)]
    public BridgeMulticastRouter? MulticastRouter { get; internal init; }

    /// <summary>How many multicast groups the port is in; null where the kernel does not tell.</summary>
    [Nla(7, Wire.U32, Access = Access.ReadOnly)]
    public long? MulticastGroupCount { get; internal init; }

    /// <summary>How many it can be in; 0 for no limit, null where the kernel does not tell.</summary>
    [Nla(8, Wire.U32, Access = Access.ReadOnly)]
    public long? MaxMulticastGroups { get; internal init; }

    /// <summary>Whether ARP and neighbour discovery are kept from flooding; null where the kernel does not tell.
    /// </summary>
    [Nla(9, Wire.U8, Access = Access.ReadOnly)]
    public bool? NeighborSuppress { get; internal init; }

    /// <summary>The bytes that came in, where the bridge counts them.</summary>
    [Nla(1, Wire.U64, In = Counters, Access = Access.ReadOnly)]
    public long? ReceivedBytes { get; internal init; }

    /// <summary>The frames that came in, where the bridge counts them.</summary>
    [Nla(2, Wire.U64, In = Counters, Access = Access.ReadOnly)]
    public long? ReceivedPackets { get; internal init; }

    /// <summary>The bytes that went out, where the bridge counts them.</summary>
    [Nla(3, Wire.U64, In = Counters, Access = Access.ReadOnly)]
    public long? SentBytes { get; internal init; }

    /// <summary>The frames that went out, where the bridge counts them.</summary>
    [Nla(4, Wire.U64, In = Counters, Access = Access.ReadOnly)]
    public long? SentPackets { get; internal init; }

    /// <summary>True on the bridge itself, whose own traffic it is.</summary>
    public bool Self => InterfaceAlias == Bridge;

    /// <summary>The namespace that it was read from.</summary>
    public NamespaceReference Namespace { get; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <summary>The VLAN with what a list of options tells of it.</summary>
    /// <param name="options">Those of it, or of the first of a range that it is in.</param>
    /// <param name="first">That one's id.</param>
    internal BridgeVlan With(BridgeVlan options, int first) => this with
    {
        // The tunnel ids of a range follow one another.
        TunnelId = options.TunnelId + VlanId - first,
        State = options.State,
        MulticastRouter = options.MulticastRouter,
        MulticastGroupCount = options.MulticastGroupCount,
        MaxMulticastGroups = options.MaxMulticastGroups,
        NeighborSuppress = options.NeighborSuppress,
        ReceivedBytes = options.ReceivedBytes,
        ReceivedPackets = options.ReceivedPackets,
        SentBytes = options.SentBytes,
        SentPackets = options.SentPackets,
    };

    /// <inheritdoc/>
    public override string ToString() => VlanId.ToString(CultureInfo.InvariantCulture);
}
