using System.Globalization;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Bridges;

/// <summary>A VLAN on a bridge's port or on the bridge itself, as it was when it was read.</summary>
public sealed class BridgeVlan
{
    /// <summary>The port, or the bridge itself.</summary>
    public required string InterfaceAlias { get; init; }

    /// <summary>Its index.</summary>
    public required int InterfaceIndex { get; init; }

    /// <summary>The bridge.</summary>
    public required string Bridge { get; init; }

    /// <summary>The VLAN's id.</summary>
    public required int VlanId { get; init; }

    /// <summary>Frames that come in untagged belong to this VLAN.</summary>
    public bool Pvid { get; init; }

    /// <summary>Its frames go out untagged.</summary>
    public bool Untagged { get; init; }

    /// <summary>True on the bridge itself, whose own traffic it is.</summary>
    public bool Self => InterfaceAlias == Bridge;

    /// <summary>The namespace that it was read from.</summary>
    public required NamespaceReference Namespace { get; init; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <inheritdoc/>
    public override string ToString() => VlanId.ToString(CultureInfo.InvariantCulture);
}
