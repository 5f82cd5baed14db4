using LxcNetworking.Declarations;
using LxcNetworking.Links;
using LxcNetworking.Values;

namespace LxcNetworking.Bridges;

/// <summary>What a VLAN has on a bridge's port or on the bridge itself (BRIDGE_VLANDB_ENTRY_* of linux/if_bridge.h);
/// null leaves the present value, and is what a kernel gives that does not tell it.</summary>
[AttributeSet]
public partial record BridgeVlanSettings : AttributeSet
{
    private const int TunnelInfo = 4, Counters = 5;

    /// <summary>The network of a VXLAN link that the VLAN stands for on this port, or null.</summary>
    [Nla(1, Wire.U32, In = TunnelInfo, Access = Access.ReadOnly)]
    public long? TunnelId { get; init; }

    /// <summary>What the port does in this VLAN. It changes only without STP, and without spanning trees of VLANs.
    /// </summary>
    [Nla(3, Wire.U8)]
    public BridgePortState? State { get; init; }

    /// <summary>Whether the port gets all multicast of the VLAN, as a router needs it (mcast_router); for a bridge that
    /// snoops for each VLAN.</summary>
    [Nla(6, Wire.U8)]
    public BridgeMulticastRouter? MulticastRouter { get; init; }

    /// <summary>How many multicast groups the port is in, in this VLAN (mcast_n_groups).</summary>
    [Nla(7, Wire.U32, Access = Access.ReadOnly)]
    public long? MulticastGroupCount { get; init; }

    /// <summary>How many it can be in; 0 for no limit (mcast_max_groups). It is one of a port whose bridge snoops for
    /// each VLAN.</summary>
    [Nla(8, Wire.U32, Since = "6.3")]
    public long? MaxMulticastGroups { get; init; }

    /// <summary>Whether ARP and neighbour discovery are kept from flooding (neigh_suppress); for a port whose
    /// NeighborVlanSuppress is on.</summary>
    [Nla(9, Wire.U8, Since = "6.4")]
    public bool? NeighborSuppress { get; init; }

    /// <summary>The bytes that came in, where the bridge counts them.</summary>
    [Nla(1, Wire.U64, In = Counters, Access = Access.ReadOnly)]
    public long? ReceivedBytes { get; init; }

    /// <summary>The frames that came in, where the bridge counts them.</summary>
    [Nla(2, Wire.U64, In = Counters, Access = Access.ReadOnly)]
    public long? ReceivedPackets { get; init; }

    /// <summary>The bytes that went out, where the bridge counts them.</summary>
    [Nla(3, Wire.U64, In = Counters, Access = Access.ReadOnly)]
    public long? SentBytes { get; init; }

    /// <summary>The frames that went out, where the bridge counts them.</summary>
    [Nla(4, Wire.U64, In = Counters, Access = Access.ReadOnly)]
    public long? SentPackets { get; init; }

    internal bool IsEmpty => this == new BridgeVlanSettings();

    /// <summary>Checks what can be checked without a kernel.</summary>
    /// <param name="link">The port, or the bridge.</param>
    /// <param name="isBridge">Whether it is a bridge.</param>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    internal void Validate(string link, bool isBridge)
    {
        var problem = OutOfRange() ?? (!isBridge ? null : this switch
        {
            { MulticastRouter: BridgeMulticastRouter.Temporary }
                => "the MulticastRouter of a bridge is Never, Automatic or Always; Temporary is one of a port",
            { MaxMulticastGroups: not null } => "MaxMulticastGroups is one of a port",
            { NeighborSuppress: not null } => "NeighborSuppress is one of a port",
            _ => null,
        });
        if (problem is not null)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument, $"The settings of VLANs of '{link}' cannot be: {problem}.", link);
        }
    }
}
