using System.Globalization;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Bridges;

/// <summary>A VLAN on a bridge's port or on the bridge itself, as it was when it was read. The kernel tells several in
/// a row as one range, which <see cref="BridgeVlans"/> takes apart.</summary>
public sealed record BridgeVlan : BridgeVlanSettings
{
    // Not public, as PowerShell would make a VLAN of whatever has some of its properties.
    internal BridgeVlan(NetLink link, int id)
    {
        (InterfaceAlias, InterfaceIndex, Namespace, VlanId) = (link.Name, link.Index, link.Namespace, id);
        Bridge = link is BridgeLink ? link.Name : link.Master ?? string.Empty;
    }

    private BridgeVlan(BridgeVlan vlan, BridgeVlanSettings settings)
        : base(settings)
    {
        (InterfaceAlias, InterfaceIndex, Bridge) = (vlan.InterfaceAlias, vlan.InterfaceIndex, vlan.Bridge);
        (VlanId, Pvid, Untagged, Namespace) = (vlan.VlanId, vlan.Pvid, vlan.Untagged, vlan.Namespace);
    }

    /// <summary>The port, or the bridge itself.</summary>
    public string InterfaceAlias { get; }

    /// <summary>Its index.</summary>
    public int InterfaceIndex { get; }

    /// <summary>The bridge.</summary>
    public string Bridge { get; }

    /// <summary>The VLAN's id.</summary>
    public int VlanId { get; }

    /// <summary>Frames that come in untagged belong to this VLAN.</summary>
    public bool Pvid { get; internal init; }

    /// <summary>Its frames go out untagged.</summary>
    public bool Untagged { get; internal init; }

    /// <summary>True on the bridge itself, whose own traffic it is.</summary>
    public bool Self => InterfaceAlias == Bridge;

    /// <summary>The namespace that it was read from.</summary>
    public NamespaceReference Namespace { get; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <summary>The VLAN with what a list of options tells of it.</summary>
    /// <param name="options">Those of it, or of the first of a range that it is in.</param>
    /// <param name="first">That one's id.</param>
    internal BridgeVlan With(BridgeVlanSettings options, int first)
        // The tunnel ids of a range follow one another.
        => new(this, options with { TunnelId = options.TunnelId + VlanId - first });

    /// <inheritdoc/>
    public override string ToString() => VlanId.ToString(CultureInfo.InvariantCulture);
}
