using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Nat;

/// <summary>A network whose traffic leaves under another address. Property names are those of Windows's
/// NetNat.</summary>
public sealed class NetNat
{
    internal NetNat(NetNatSpec spec, NamespaceReference space, int mappings)
        => (Spec, Namespace, StaticMappingCount) = (spec, space, mappings);

    /// <summary>The name.</summary>
    public string Name => Spec.Name;

    /// <summary>The network that is translated.</summary>
    public IPPrefix InternalIPInterfaceAddressPrefix => Spec.Prefix;

    /// <summary>The only interface towards which it is translated; null for everything outside the network.</summary>
    public string? ExternalInterfaceAlias => Spec.ExternalInterfaceAlias;

    /// <summary>The address that it leaves under; null for that of the outgoing interface (masquerade).</summary>
    public IPAddress? ExternalIPAddress => Spec.ExternalIPAddress;

    /// <summary>How many static mappings it has.</summary>
    public int StaticMappingCount { get; }

    /// <summary>The namespace whose kernel translates.</summary>
    public NamespaceReference Namespace { get; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    internal NetNatSpec Spec { get; }

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>What a translation is to be like.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Prefix">The network to translate; host bits do not matter.</param>
public sealed record NetNatSpec(string Name, IPPrefix Prefix)
{
    /// <summary>Only what leaves by this interface; null for everything that goes out of the network.</summary>
    public string? ExternalInterfaceAlias { get; init; }

    /// <summary>The address to leave under; null for the outgoing interface's own.</summary>
    public IPAddress? ExternalIPAddress { get; init; }

    /// <summary>Leaves forwarding as it is. Otherwise the namespace is made to forward packets of the network's
    /// family.</summary>
    public bool NoForwarding { get; init; }
}

/// <summary>The transport protocols whose ports can be mapped.</summary>
public enum NatProtocol
{
    /// <summary>TCP.</summary>
    TCP = 6,

    /// <summary>UDP.</summary>
    UDP = 17,
}

/// <summary>A way in from outside: a port, several, or a whole address. Property names are those of Windows's
/// NetNat.</summary>
public sealed class NetNatStaticMapping
{
    internal NetNatStaticMapping(ulong id, NetNatStaticMappingSpec spec, NamespaceReference space)
        => (StaticMappingID, Spec, Namespace) = (id, spec, space);

    /// <summary>The mapping's number in its namespace: the kernel's handle of its first rule.</summary>
    public ulong StaticMappingID { get; }

    /// <summary>The translation that it belongs to.</summary>
    public string NatName => Spec.NatName;

    /// <summary>The protocol; null for a whole address.</summary>
    public NatProtocol? Protocol => Spec.Protocol;

    /// <summary>The address outside; 0.0.0.0 or :: for any of the namespace's own.</summary>
    public IPAddress ExternalIPAddress => Spec.ExternalIPAddress!;

    /// <summary>The ports outside; null for a whole address.</summary>
    public PortRange? ExternalPort => Spec.ExternalPort;

    /// <summary>The address inside.</summary>
    public IPAddress InternalIPAddress => Spec.InternalIPAddress;

    /// <summary>The ports inside; null for a whole address.</summary>
    public PortRange? InternalPort => Spec.InternalPort;

    /// <summary>The namespace whose kernel translates.</summary>
    public NamespaceReference Namespace { get; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    internal NetNatStaticMappingSpec Spec { get; }

    /// <inheritdoc/>
    public override string ToString() => Spec.ToString();
}

/// <summary>What a mapping is to be like. Without a protocol and ports, the two addresses are mapped to each other in
/// both directions.</summary>
/// <param name="NatName">The translation that it belongs to.</param>
/// <param name="InternalIPAddress">The address inside, in the translation's network.</param>
public sealed record NetNatStaticMappingSpec(string NatName, IPAddress InternalIPAddress)
{
    /// <summary>The protocol; null for a whole address.</summary>
    public NatProtocol? Protocol { get; init; }

    /// <summary>The address outside; null, 0.0.0.0 or :: for any of the namespace's own, which only ports can be mapped
    /// from.</summary>
    public IPAddress? ExternalIPAddress { get; init; }

    /// <summary>The ports outside; null for a whole address.</summary>
    public PortRange? ExternalPort { get; init; }

    /// <summary>The ports inside: null for the same as outside, one for all, or as many as outside.</summary>
    public PortRange? InternalPort { get; init; }

    /// <inheritdoc/>
    public override string ToString()
    {
        var outside = ExternalIPAddress is null || IP.IsAny(ExternalIPAddress)
            ? "any address of its own"
            : ExternalIPAddress.ToString();
        return Protocol is { } protocol
            ? $"{protocol} {outside} port {ExternalPort} to {InternalIPAddress} port {InternalPort ?? ExternalPort}"
            : $"{outside} to {InternalIPAddress} and back";
    }
}
