using System.Globalization;
using LxcNetworking.Declarations;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Bridges;

/// <summary>A VLAN on a bridge's port or on the bridge itself, as it was when it was read. The kernel tells several in
/// a row as one range, which <see cref="BridgeVlans"/> takes apart.</summary>
[AttributeSet]
public sealed partial record BridgeVlan : AttributeSet
{
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

    /// <summary>True on the bridge itself, whose own traffic it is.</summary>
    public bool Self => InterfaceAlias == Bridge;

    /// <summary>The namespace that it was read from.</summary>
    public NamespaceReference Namespace { get; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <inheritdoc/>
    public override string ToString() => VlanId.ToString(CultureInfo.InvariantCulture);
}
