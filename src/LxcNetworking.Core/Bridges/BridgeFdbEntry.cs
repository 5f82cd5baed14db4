using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Bridges;

/// <summary>An entry of a bridge's or VXLAN link's forwarding table, as it was when it was read.</summary>
public sealed class BridgeFdbEntry
{
    // Not public, as PowerShell would make an entry of whatever has some of its properties.
    internal BridgeFdbEntry()
    {
    }

    /// <summary>The Ethernet address; all zero for the hosts that a VXLAN link floods to.</summary>
    public required MacAddress MacAddress { get; init; }

    /// <summary>The link that leads to it.</summary>
    public required string InterfaceAlias { get; init; }

    /// <summary>That link's index.</summary>
    public required int InterfaceIndex { get; init; }

    /// <summary>The bridge whose table has the entry; null if it is in the link's own table.</summary>
    public string? Bridge { get; init; }

    /// <summary>How long it lives.</summary>
    public BridgeFdbType Type { get; init; }

    /// <summary>True if it is in the link's own table, not in its bridge's.</summary>
    public bool Self { get; init; }

    /// <summary>The VLAN, or null.</summary>
    public int? VlanId { get; init; }

    /// <summary>The host behind a VXLAN link, or null.</summary>
    public IPAddress? Destination { get; init; }

    /// <summary>The UDP port where it differs from the VXLAN link's, or null.</summary>
    public int? Port { get; init; }

    /// <summary>The VNI where it differs from the VXLAN link's, or null.</summary>
    public int? Vni { get; init; }

    /// <summary>The VNI that frames come from where a VXLAN link carries several, or null.</summary>
    public int? SourceVni { get; init; }

    /// <summary>The index of the link that leads to the host, or 0.</summary>
    public int DeviceIndex { get; init; }

    /// <summary>True if a program learned it elsewhere.</summary>
    public bool External { get; init; }

    /// <summary>True if the address cannot move to another port.</summary>
    public bool Sticky { get; init; }

    /// <summary>The time since a frame was sent to it; null where the kernel does not tell.</summary>
    public Duration? Used { get; init; }

    /// <summary>The time since a frame came from it; null where the kernel does not tell.</summary>
    public Duration? Updated { get; init; }

    /// <summary>The namespace that it was read from.</summary>
    public required NamespaceReference Namespace { get; init; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <summary>False if the list that it was read with has no entry for the same address in a VLAN of the same
    /// port.</summary>
    internal bool MayHaveTwins { get; set; } = true;

    /// <summary>True for an entry of a VLAN that is not this one's copy: the kernel makes, and removes, an entry
    /// without a VLAN for each VLAN of the port.</summary>
    internal bool TakesAlong(BridgeFdbEntry other) => !other.Self && other.VlanId is not null
        && InterfaceIndex == other.InterfaceIndex && MacAddress.Equals(other.MacAddress)
        && (Type, Sticky, External) != (other.Type, other.Sticky, other.External);

    /// <inheritdoc/>
    public override string ToString() => MacAddress.ToString();
}
