using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>Whether an interface can carry packets, under Windows's names.</summary>
public enum ConnectionState
{
    /// <summary>It is down, or has no carrier.</summary>
    Disconnected = 0,

    /// <summary>It is up and running.</summary>
    Connected = 1,
}

/// <summary>How IPv4 takes packets that came in by another interface than the way back would take
/// (net.ipv4.conf.*.rp_filter).</summary>
public enum ReversePathFilter
{
    /// <summary>It takes them.</summary>
    Off = 0,

    /// <summary>It drops them.</summary>
    Strict = 1,

    /// <summary>It drops those only that no interface leads back to.</summary>
    Loose = 2,
}

/// <summary>Whether IPv6 listens to routers' announcements (net.ipv6.conf.*.accept_ra).</summary>
public enum RouterAdvertisementPolicy
{
    /// <summary>No.</summary>
    Ignore = 0,

    /// <summary>Yes, unless the interface forwards.</summary>
    AcceptUnlessForwarding = 1,

    /// <summary>Always.</summary>
    Accept = 2,
}

/// <summary>What IPv4 or IPv6 is set to on one interface.</summary>
public sealed class NetIPInterface
{
    internal NetIPInterface(NamespaceReference reference) => Namespace = reference;

    /// <summary>The interface's name.</summary>
    public string InterfaceAlias { get; internal init; } = string.Empty;

    /// <summary>The interface's index.</summary>
    public int InterfaceIndex { get; internal init; }

    /// <summary>IPv4 or IPv6.</summary>
    public IPFamily AddressFamily { get; internal init; }

    /// <summary>The largest packet in bytes.</summary>
    public long Mtu { get; internal init; }

    /// <summary>Whether packets that come in here are forwarded.</summary>
    public bool Forwarding { get; internal init; }

    /// <summary>Whether it can carry packets.</summary>
    public ConnectionState ConnectionState { get; internal init; }

    /// <summary>Whether this host answers for neighbours elsewhere (proxy_arp, proxy_ndp).</summary>
    public bool ProxyNeighbor { get; internal init; }

    /// <summary>Whether the protocol is switched on; IPv4 always is.</summary>
    public bool Enabled { get; internal init; } = true;

    /// <summary>IPv4: what happens to packets that the way back would not take; null for IPv6.</summary>
    public ReversePathFilter? ReversePathFilter { get; internal init; }

    /// <summary>IPv6: whether routers' announcements count; null for IPv4.</summary>
    public RouterAdvertisementPolicy? RouterAdvertisement { get; internal init; }

    /// <summary>IPv6: whether addresses are made from routers' announcements; null for IPv4.</summary>
    public bool? Autoconfiguration { get; internal init; }

    /// <summary>IPv6: how often a new address is asked for before it is used; 0 for never; null for IPv4.</summary>
    public int? DuplicateAddressDetectionTransmits { get; internal init; }

    /// <summary>IPv6: the hop limit of packets that start here; null for IPv4.</summary>
    public int? HopLimit { get; internal init; }

    /// <summary>The namespace that it was read from.</summary>
    public NamespaceReference Namespace { get; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <summary>The part of it that is about forwarding.</summary>
    /// <returns>The setting.</returns>
    public NetForwarding ToForwarding()
        => new(Namespace)
        {
            AddressFamily = AddressFamily,
            InterfaceAlias = InterfaceAlias,
            InterfaceIndex = InterfaceIndex,
            Enabled = Forwarding,
        };

    /// <inheritdoc/>
    public override string ToString() => $"{InterfaceAlias} {AddressFamily}";
}

/// <summary>Whether a namespace, or one of its interfaces, forwards packets.</summary>
public sealed class NetForwarding
{
    internal NetForwarding(NamespaceReference reference) => Namespace = reference;

    /// <summary>IPv4 or IPv6.</summary>
    public IPFamily AddressFamily { get; internal init; }

    /// <summary>The interface's name, or null for the namespace as a whole.</summary>
    public string? InterfaceAlias { get; internal init; }

    /// <summary>The interface's index, or null for the namespace as a whole.</summary>
    public int? InterfaceIndex { get; internal init; }

    /// <summary>True if packets are forwarded.</summary>
    public bool Enabled { get; internal init; }

    /// <summary>The namespace that it was read from.</summary>
    public NamespaceReference Namespace { get; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <inheritdoc/>
    public override string ToString()
        => $"{AddressFamily} {InterfaceAlias ?? "namespace"} {(Enabled ? "forwards" : "does not forward")}";
}

/// <summary>An interface with its addresses and gateways.</summary>
public sealed class NetIPConfiguration
{
    internal NetIPConfiguration(NetLink link) => NetAdapter = link;

    /// <summary>The interface's name.</summary>
    public string InterfaceAlias => NetAdapter.Name;

    /// <summary>The interface's index.</summary>
    public int InterfaceIndex => NetAdapter.Index;

    /// <summary>Its kind.</summary>
    public string InterfaceDescription => NetAdapter.Kind;

    /// <summary>The interface itself.</summary>
    public NetLink NetAdapter { get; }

    /// <summary>Its IPv4 addresses.</summary>
    public ValueList<NetIPAddress> IPv4Address { get; internal init; } = [];

    /// <summary>Its IPv6 addresses that reach beyond the link.</summary>
    public ValueList<NetIPAddress> IPv6Address { get; internal init; } = [];

    /// <summary>Its IPv6 link-local addresses.</summary>
    public ValueList<NetIPAddress> IPv6LinkLocalAddress { get; internal init; } = [];

    /// <summary>IPv4 default routes over it, best first.</summary>
    public ValueList<NetRoute> IPv4DefaultGateway { get; internal init; } = [];

    /// <summary>IPv6 default routes over it, best first.</summary>
    public ValueList<NetRoute> IPv6DefaultGateway { get; internal init; } = [];

    /// <summary>The namespace that it was read from.</summary>
    public NamespaceReference Namespace => NetAdapter.Namespace;

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <inheritdoc/>
    public override string ToString()
        => $"{InterfaceAlias} {string.Join(' ', IPv4Address.Concat(IPv6Address))}".TrimEnd();
}
