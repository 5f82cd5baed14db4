using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Dhcp;

/// <summary>What a DHCP server granted a client (RFC 2131).</summary>
public sealed class DhcpLease
{
    internal DhcpLease(IPPrefix address, NetLink link)
        => (IPAddress, InterfaceAlias, InterfaceIndex, Namespace) = (address, link.Name, link.Index, link.Namespace);

    /// <summary>The address.</summary>
    public IPPrefix IPAddress { get; }

    /// <summary>The routers that the server named, in its order.</summary>
    public ValueList<IPAddress> Gateway { get; internal init; } = [];

    /// <summary>The name servers that the server named.</summary>
    public ValueList<IPAddress> DnsServer { get; internal init; } = [];

    /// <summary>The domain that the server named, or null.</summary>
    public string? DomainName { get; internal init; }

    /// <summary>The server, or null if it did not say.</summary>
    public IPAddress? Server { get; internal init; }

    /// <summary>How long it is granted; <see cref="Duration.Forever"/> if it has no end.</summary>
    public Duration LeaseTime { get; internal init; } = TimeSpan.Zero;

    /// <summary>When it ends.</summary>
    public DateTimeOffset? Expires { get; internal init; }

    /// <summary>The program that asked.</summary>
    public string Client { get; internal init; } = string.Empty;

    /// <summary>The link that has the address.</summary>
    public string InterfaceAlias { get; }

    /// <summary>The link's index.</summary>
    public int InterfaceIndex { get; }

    /// <summary>The namespace of the link.</summary>
    public NamespaceReference Namespace { get; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <inheritdoc/>
    public override string ToString() => IPAddress.ToString();
}
