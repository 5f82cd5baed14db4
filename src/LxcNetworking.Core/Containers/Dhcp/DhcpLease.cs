using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Dhcp;

/// <summary>What a DHCP server granted a link (RFC 2131).</summary>
public sealed class DhcpLease
{
    internal DhcpLease(DhcpGrant grant, DhcpIdentity identity, NetLink link)
    {
        Grant = grant;
        ClientId = Convert.ToHexString(identity.ClientId);
        HostName = identity.HostName;
        MacAddress = identity.MacAddress;
        (InterfaceAlias, InterfaceIndex, Namespace) = (link.Name, link.Index, link.Namespace);
    }

    /// <summary>The address.</summary>
    public IPPrefix IPAddress => Grant.Address;

    /// <summary>The routers that the server named, in its order.</summary>
    public ValueList<IPAddress> Gateway => [.. Grant.Gateways];

    /// <summary>Further networks that the server named a route to.</summary>
    public ValueList<string> Route => [.. Grant.Routes.Select(route
        => IP.IsAny(route.Gateway) ? $"{route.Destination}" : $"{route.Destination} via {route.Gateway}")];

    /// <summary>The name servers that the server named.</summary>
    public ValueList<IPAddress> DnsServer => [.. Grant.DnsServers];

    /// <summary>The domain that the server named, or null.</summary>
    public string? DomainName => Grant.DomainName;

    /// <summary>The domains to search that the server named.</summary>
    public ValueList<string> DomainSearch => [.. Grant.DomainSearch];

    /// <summary>The network's MTU in bytes, or null if the server did not say.</summary>
    public int? Mtu => Grant.Mtu;

    /// <summary>The server.</summary>
    public IPAddress? Server => Grant.Server;

    /// <summary>How long it is granted; <see cref="Duration.Forever"/> if it has no end.</summary>
    public Duration LeaseTime => Grant.LeaseTime;

    /// <summary>When the server is to be asked for more time; null for never.</summary>
    public DateTimeOffset? RenewAt => Local(Grant.RenewalTime);

    /// <summary>When any server is to be asked for more time; null for never.</summary>
    public DateTimeOffset? RebindAt => Local(Grant.RebindingTime);

    /// <summary>When it ends; null for never.</summary>
    public DateTimeOffset? Expires => Local(Grant.LeaseTime);

    /// <summary>What the server knows the client by, in hexadecimal digits: the same for a container that is started
    /// anew.</summary>
    public string ClientId { get; }

    /// <summary>The name that the server was told, or null.</summary>
    public string? HostName { get; }

    /// <summary>The link's Ethernet address when it asked.</summary>
    public MacAddress MacAddress { get; }

    /// <summary>The program that asked.</summary>
    public string Client => nameof(LxcNetworking);

    /// <summary>The link that has the address.</summary>
    public string InterfaceAlias { get; }

    /// <summary>The link's index.</summary>
    public int InterfaceIndex { get; }

    /// <summary>The namespace of the link.</summary>
    public NamespaceReference Namespace { get; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    internal DhcpGrant Grant { get; }

    /// <inheritdoc/>
    public override string ToString() => IPAddress.ToString();

    private DateTimeOffset? Local(TimeSpan time)
        => time == TimeSpan.MaxValue ? null : (Grant.Granted + time).ToLocalTime();
}
