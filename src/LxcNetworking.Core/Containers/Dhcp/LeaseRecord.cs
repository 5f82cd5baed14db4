using System.Text.Json;
using System.Text.Json.Serialization;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Dhcp;

/// <summary>
/// A lease on file: all that it takes to renew it, and to give it back, by whatever process. Times are whole seconds
/// from <see cref="Granted"/>; null has no end.
/// </summary>
internal sealed record LeaseRecord
{
    private const long MaxSeconds = uint.MaxValue;

    /// <summary>The namespace of the link, as <see cref="NamespaceReference.Id"/> gives it.</summary>
    public required string NamespaceId { get; init; }

    /// <summary>What to write to mean that namespace.</summary>
    public required string Namespace { get; init; }

    /// <summary>The namespace's file.</summary>
    public required string Path { get; init; }

    /// <summary>The device and inode of that file.</summary>
    public required ulong Device { get; init; }

    public required ulong Inode { get; init; }

    /// <summary>The link's index.</summary>
    public required int InterfaceIndex { get; init; }

    /// <summary>The link's name.</summary>
    public required string InterfaceAlias { get; init; }

    /// <summary>The link's Ethernet address, by which the server knows it too.</summary>
    public required string MacAddress { get; init; }

    /// <summary>The client id in hexadecimal digits.</summary>
    public required string ClientId { get; init; }

    /// <summary>The name that the server was told, or null.</summary>
    public string? HostName { get; init; }

    /// <summary>Whether the default route is left alone.</summary>
    public bool NoGateway { get; init; }

    /// <summary>The address with its prefix length.</summary>
    public required string Address { get; init; }

    /// <summary>The server.</summary>
    public required string Server { get; init; }

    /// <summary>The Ethernet address on the way to the server.</summary>
    public required string Station { get; init; }

    /// <summary>When it was asked for.</summary>
    public required DateTimeOffset Granted { get; init; }

    public long? LeaseSeconds { get; init; }

    public long? RenewalSeconds { get; init; }

    public long? RebindingSeconds { get; init; }

    public List<string> Gateways { get; init; } = [];

    /// <summary>Further routes: destination, a blank, gateway.</summary>
    public List<string> Routes { get; init; } = [];

    public List<string> DnsServers { get; init; } = [];

    public string? DomainName { get; init; }

    public List<string> DomainSearch { get; init; } = [];

    public int? Mtu { get; init; }

    /// <summary>The lease with which the record begins.</summary>
    [JsonIgnore]
    public DhcpGrant Grant => new()
    {
        Address = IPPrefix.Parse(Address),
        Server = IPAddress.Parse(Server),
        Station = Values.MacAddress.Parse(Station),
        Granted = Granted,
        LeaseTime = Span(LeaseSeconds),
        RenewalTime = Span(RenewalSeconds),
        RebindingTime = Span(RebindingSeconds),
        Gateways = [.. Gateways.Select(IPAddress.Parse)],
        Routes =
        [
            .. Routes.Select(route => route.Split(' '))
                .Select(words => new DhcpRoute(IPPrefix.Parse(words[0]), IPAddress.Parse(words[1]))),
        ],
        DnsServers = [.. DnsServers.Select(IPAddress.Parse)],
        DomainName = DomainName,
        DomainSearch = DomainSearch,
        Mtu = Mtu,
    };

    /// <summary>Whether its namespace is where it was. Another one may have its inode.</summary>
    [JsonIgnore]
    public bool IsAlive => NamespaceFile.TryIdentify(Path, out _) == new NamespaceIdentity(Device, Inode);

    /// <summary>Who asked for it.</summary>
    [JsonIgnore]
    public DhcpIdentity Identity
        => new(Values.MacAddress.Parse(MacAddress), Convert.FromHexString(ClientId), HostName);

    /// <summary>The same with another lease.</summary>
    public LeaseRecord With(DhcpGrant grant) => this with
    {
        Address = grant.Address.ToString(),
        Server = grant.Server.ToString(),
        Station = grant.Station.ToString(),
        Granted = grant.Granted,
        LeaseSeconds = Seconds(grant.LeaseTime),
        RenewalSeconds = Seconds(grant.RenewalTime),
        RebindingSeconds = Seconds(grant.RebindingTime),
        Gateways = [.. grant.Gateways.Select(gateway => gateway.ToString())],
        Routes = [.. grant.Routes.Select(route => $"{route.Destination} {route.Gateway}")],
        DnsServers = [.. grant.DnsServers.Select(server => server.ToString())],
        DomainName = grant.DomainName,
        DomainSearch = [.. grant.DomainSearch],
        Mtu = grant.Mtu,
    };

    /// <summary>Writes it.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, LeaseRecordJson.Default.LeaseRecord);

    /// <summary>Reads a file's content.</summary>
    /// <returns>Null if it is spoilt.</returns>
    public static LeaseRecord? TryParse(byte[] content)
    {
        try
        {
            var record = JsonSerializer.Deserialize(content, LeaseRecordJson.Default.LeaseRecord);
            return record?.IsWhole == true ? record : null;
        }
        catch (Exception e) when (e is JsonException or FormatException or ArgumentException or NetworkException
            or IndexOutOfRangeException or NullReferenceException)
        {
            return null;
        }
    }

    // All that is made of it later can be made.
    private bool IsWhole => InterfaceIndex > 0
        && (HostName is null || DhcpIdentity.HostNameOf(HostName) == HostName)
        && (DomainName is null || KernelText.Printable(DomainName) == DomainName)
        && DomainSearch.TrueForAll(DhcpGrant.IsDomain)
        && Routes.TrueForAll(route => route.Split(' ').Length == 2)
        && Identity.ClientId.Length is > 0 and <= byte.MaxValue
        && Grant is { Expires: var expires } grant && (expires is null || expires > Granted)
        && grant.RenewalTime <= grant.RebindingTime && grant.RebindingTime <= grant.LeaseTime;

    private static TimeSpan Span(long? seconds) => seconds switch
    {
        null => TimeSpan.MaxValue,
        > 0 and < MaxSeconds => TimeSpan.FromSeconds(seconds.Value),
        _ => throw new FormatException("That is no time of a lease."),
    };

    private static long? Seconds(TimeSpan time)
        => time == TimeSpan.MaxValue ? null : Math.Max(1, (long)time.TotalSeconds);
}

[JsonSourceGenerationOptions(
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = 8,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(LeaseRecord))]
internal sealed partial class LeaseRecordJson : JsonSerializerContext;
