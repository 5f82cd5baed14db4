using System.Globalization;
using LxcNetworking.Declarations;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Bridges;

/// <summary>What a whole VLAN has on a bridge and all its ports (BRIDGE_VLANDB_GOPTS_* of linux/if_bridge.h); null
/// leaves the present value. What is about multicast has an effect where the bridge has MulticastVlanSnooping.
/// </summary>
[AttributeSet]
public partial record BridgeVlanGlobalSettings : AttributeSet
{
    // BRIDGE_VLANDB_GOPTS_MCAST_QUERIER_STATE, in which BRIDGE_QUERIER_* are.
    private const int QuerierState = 17;

    /// <summary>Whether multicast goes only where it was asked for.</summary>
    [Nla(3, Wire.U8)]
    public bool? MulticastSnooping { get; init; }

    /// <summary>Whether the bridge asks who wants which multicast, where no router does.</summary>
    [Nla(15, Wire.U8)]
    public bool? MulticastQuerier { get; init; }

    /// <summary>The version of IGMP that it speaks: 2 or 3.</summary>
    [Nla(4, Wire.U8, Min = 2, Max = 3)]
    public int? IgmpVersion { get; init; }

    /// <summary>The version of MLD that it speaks: 1 or 2.</summary>
    [Nla(5, Wire.U8, Min = 1, Max = 2)]
    public int? MldVersion { get; init; }

    /// <summary>How often it asks again when somebody leaves a group.</summary>
    [Nla(6, Wire.U32)]
    public long? MulticastLastMemberCount { get; init; }

    /// <summary>The time between these questions.</summary>
    [Nla(8, Wire.U64, Unit = Unit.Centiseconds, Max = uint.MaxValue)]
    public Duration? MulticastLastMemberInterval { get; init; }

    /// <summary>How many questions follow one another at the start.</summary>
    [Nla(7, Wire.U32)]
    public long? MulticastStartupQueryCount { get; init; }

    /// <summary>The time between these, at least a second.</summary>
    [Nla(14, Wire.U64, Unit = Unit.Centiseconds, Min = 100, Max = uint.MaxValue)]
    public Duration? MulticastStartupQueryInterval { get; init; }

    /// <summary>The time between questions later, at least a second.</summary>
    [Nla(12, Wire.U64, Unit = Unit.Centiseconds, Min = 100, Max = uint.MaxValue)]
    public Duration? MulticastQueryInterval { get; init; }

    /// <summary>How long members may take to answer.</summary>
    [Nla(13, Wire.U64, Unit = Unit.Centiseconds, Max = uint.MaxValue)]
    public Duration? MulticastQueryResponseInterval { get; init; }

    /// <summary>How long a member counts as one without a new answer.</summary>
    [Nla(10, Wire.U64, Unit = Unit.Centiseconds, Max = uint.MaxValue)]
    public Duration? MulticastMembershipInterval { get; init; }

    /// <summary>After which silence another one that asked counts as gone.</summary>
    [Nla(11, Wire.U64, Unit = Unit.Centiseconds, Max = uint.MaxValue)]
    public Duration? MulticastQuerierInterval { get; init; }

    /// <summary>The spanning tree that the VLAN is in (msti), 0 to 4095; its ports have the states of that tree where
    /// the bridge has MultipleSpanningTrees.</summary>
    [Nla(18, Wire.U16, Max = 4095, Since = "5.18")]
    public int? SpanningTree { get; init; }

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

    internal bool IsEmpty => this == new BridgeVlanGlobalSettings();

    /// <summary>Checks what can be checked without a kernel.</summary>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    internal void Validate(string bridge)
    {
        if (OutOfRange() is { } problem)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The settings of whole VLANs of '{bridge}' cannot be: {problem}.",
                bridge);
        }
    }
}

/// <summary>What a whole VLAN has on a bridge, as it was when it was read.</summary>
public sealed record BridgeVlanGlobal : BridgeVlanGlobalSettings
{
    // Not public, as PowerShell would make one of whatever has some of its properties.
    internal BridgeVlanGlobal(BridgeLink bridge, int id, AttributeReader attributes)
        : base(attributes)
        => (Bridge, VlanId, Namespace) = (bridge.Name, id, bridge.Namespace);

    /// <summary>The bridge.</summary>
    public string Bridge { get; }

    /// <summary>The VLAN's id.</summary>
    public int VlanId { get; }

    /// <summary>The namespace that it was read from.</summary>
    public NamespaceReference Namespace { get; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <inheritdoc/>
    public override string ToString() => VlanId.ToString(CultureInfo.InvariantCulture);
}
