using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Networks;

/// <summary>A network for containers: a bridge and what belongs to it.</summary>
public sealed class ContainerNetwork
{
    internal ContainerNetwork(ContainerNetworkSpec spec, NetLink bridge, NamespaceReference reference)
    {
        Spec = spec;
        Bridge = bridge;
        Namespace = reference;
    }

    /// <summary>The name, which is the bridge's.</summary>
    public string Name => Spec.Name;

    /// <summary>The bridge's interface name.</summary>
    public string InterfaceAlias => Bridge.Name;

    /// <summary>The bridge's interface index.</summary>
    public int InterfaceIndex => Bridge.Index;

    /// <summary>The networks.</summary>
    public ValueList<IPPrefix> Subnet => [.. Spec.Subnets.Select(subnet => subnet.Network)];

    /// <summary>The gateways: the bridge's own addresses.</summary>
    public ValueList<IPAddress> Gateway => [.. Spec.Gateways.Select(gateway => gateway.Address)];

    /// <summary>Whether what leaves the networks is translated.</summary>
    public bool Nat { get; internal init; }

    /// <summary>Whether it has a server for DHCP, router advertisements and DNS.</summary>
    public bool Dhcp => Spec.Dhcp;

    /// <summary>The server's process; 0 if none runs.</summary>
    public int DhcpProcessId { get; internal init; }

    /// <summary>Whether that server answers DNS, too.</summary>
    public bool Dns => Dhcp && OtherServers.Count == 0;

    /// <summary>The name servers that leases name: its gateways, others that were given, or those that the machine
    /// asks, where port 53 was not free.</summary>
    public ValueList<IPAddress> DnsServer => Dns ? Gateway : [.. OtherServers];

    /// <summary>The containers' DNS domain, or null.</summary>
    public string? Domain => Spec.Domain;

    /// <summary>The link to the outside, or null.</summary>
    public string? Uplink => Spec.Uplink;

    /// <summary>The links that are plugged in, without the uplink.</summary>
    public ValueList<string> Port { get; internal init; } = [];

    /// <summary>What the server has leased.</summary>
    public ValueList<ContainerNetworkLease> Lease { get; internal init; } = [];

    /// <summary>Addresses that are kept for certain containers.</summary>
    public ValueList<StaticLease> StaticLease => [.. Spec.StaticLeases];

    /// <summary>The namespace that it is in.</summary>
    public NamespaceReference Namespace { get; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    internal ContainerNetworkSpec Spec { get; }

    internal NetLink Bridge { get; }

    internal IReadOnlyList<IPAddress> OtherServers { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>An address that a container network's server has leased.</summary>
public sealed class ContainerNetworkLease
{
    internal ContainerNetworkLease(string network, IPAddress address, NamespaceReference reference)
        => (Network, IPAddress, Namespace) = (network, address, reference);

    /// <summary>The container network.</summary>
    public string Network { get; }

    /// <summary>The address.</summary>
    public IPAddress IPAddress { get; }

    /// <summary>The client's MAC address, or null for DHCPv6.</summary>
    public MacAddress? MacAddress { get; internal init; }

    /// <summary>The name that the client sent, or null.</summary>
    public string? HostName { get; internal init; }

    /// <summary>When it ends; null for never.</summary>
    public DateTimeOffset? Expires { get; internal init; }

    /// <summary>The namespace that the network is in.</summary>
    public NamespaceReference Namespace { get; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <inheritdoc/>
    public override string ToString() => IPAddress.ToString();
}
