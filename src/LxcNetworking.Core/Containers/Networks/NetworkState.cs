using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Serialization;
using LxcNetworking.Addressing;
using LxcNetworking.Files;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Networks;

/// <summary>What is remembered of a container network: what was asked for, and what was made for it and is therefore
/// taken away with it.</summary>
internal sealed class NetworkState
{
    /// <summary>The file in the network's folder.</summary>
    public const string FileName = "network.json";

    private const int MaxBytes = 1 << 20;

    public string Namespace { get; set; } = string.Empty;

    public ulong Cookie { get; set; }

    public List<string> Subnets { get; set; } = [];

    public bool Nat { get; set; }

    public bool Dhcp { get; set; }

    public string? FirstAddress { get; set; }

    public string? LastAddress { get; set; }

    public long LeaseSeconds { get; set; } = 3600;

    public string? Domain { get; set; }

    public List<string> DnsServers { get; set; } = [];

    public List<StoredLease> StaticLeases { get; set; } = [];

    public string? Uplink { get; set; }

    public int? Mtu { get; set; }

    /// <summary>The bridge was made for it.</summary>
    public bool MadeBridge { get; set; }

    /// <summary>The bridge's addresses that were made for it.</summary>
    public List<string> MadeAddresses { get; set; } = [];

    /// <summary>The translations that were made for it.</summary>
    public List<string> MadeNats { get; set; } = [];

    /// <summary>The families whose forwarding was turned on for it.</summary>
    public List<IPFamily> MadeForwarding { get; set; } = [];

    /// <summary>The uplink was made the bridge's port for it.</summary>
    public bool MadePort { get; set; }

    /// <summary>The addresses and routes that the bridge had before the uplink's came to it.</summary>
    public List<string> FoundAddresses { get; set; } = [];

    public List<StoredRoute> FoundRoutes { get; set; } = [];

    public List<StoredNeighbor> FoundNeighbors { get; set; } = [];

    public List<long> FoundNextHops { get; set; } = [];

    /// <summary>The addresses that the uplink had, which the bridge may have had too.</summary>
    public List<string> CarriedAddresses { get; set; } = [];

    /// <summary>What was set for the bridge before the uplink came to it.</summary>
    public List<InterfaceSetting> FoundSettings { get; set; } = [];

    /// <summary>What the uplink has, on its way to the bridge.</summary>
    public List<StoredAddress> MovedAddresses { get; set; } = [];

    public List<StoredRoute> MovedRoutes { get; set; } = [];

    public List<StoredNeighbor> MovedNeighbors { get; set; } = [];

    /// <summary>Whether an uplink's addresses and routes are on their way.</summary>
    internal bool IsMoving => MovedAddresses.Count > 0 || MovedRoutes.Count > 0 || MovedNeighbors.Count > 0;

    /// <summary>Takes over what the bridge had before the uplink came to it.</summary>
    internal void TakeFound(NetworkState other)
    {
        (MadePort, FoundAddresses, FoundRoutes) = (other.MadePort, other.FoundAddresses, other.FoundRoutes);
        (FoundNeighbors, FoundNextHops, FoundSettings, CarriedAddresses)
            = (other.FoundNeighbors, other.FoundNextHops, other.FoundSettings, other.CarriedAddresses);
    }

    /// <summary>Reads a network's state.</summary>
    /// <returns>Null if there is none.</returns>
    /// <exception cref="NetworkException">InvalidArgument: the file is spoilt; PermissionDenied.</exception>
    public static NetworkState? Read(RunFolder folder)
    {
        return folder.Exists && folder.Read(FileName, MaxBytes) is { } content
            ? Parse(content, folder.File(FileName)) : null;
    }

    /// <summary>Reads a file's content.</summary>
    /// <exception cref="NetworkException">InvalidArgument: the file is spoilt.</exception>
    internal static NetworkState Parse(byte[] content, string file)
    {
        try
        {
            var state = JsonSerializer.Deserialize(content, StateJson.Default.NetworkState)
                ?? throw new JsonException("It is null.");
            state.Check();
            return state;
        }
        catch (Exception e) when (e is JsonException or FormatException or NetworkException or ArgumentException
            or OverflowException or NetlinkException)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"{file} cannot be understood: {e.Message} Remove the file; what it was about then has to be removed "
                    + "by hand.",
                file,
                e)
            {
                Advice =
                [
                    Advice.List(AdviceThing.Link), Advice.List(AdviceThing.Nat),
                ],
            };
        }
    }

    public void Write(RunFolder folder)
    {
        folder.Create();
        folder.Write(FileName, ToJson());
    }

    public bool IsSameAs(NetworkState other) => ToJson().AsSpan().SequenceEqual(other.ToJson());

    public void Remember(ContainerNetworkSpec spec)
    {
        Subnets = [.. spec.Subnets.Select(subnet => subnet.ToString())];
        (Nat, Dhcp, Domain, Uplink, Mtu) = (spec.Nat, spec.Dhcp, spec.Domain, spec.Uplink, spec.Mtu);
        (FirstAddress, LastAddress) = (spec.DhcpRange?.First.ToString(), spec.DhcpRange?.Last.ToString());
        LeaseSeconds = (long)spec.LeaseTime.TotalSeconds;
        DnsServers = [.. spec.DnsServers.Select(server => server.ToString())];
        StaticLeases = [
            .. spec.StaticLeases.Select(
                lease => new StoredLease(lease.HostName, lease.IPAddress.ToString(), lease.MacAddress?.ToString())),
        ];
    }

    /// <summary>Removes what is on file about a network; what it is known by goes last.</summary>
    public static void Forget(RunFolder folder)
        => folder.Remove(Dnsmasq.ConfigurationFile, Dnsmasq.LeaseFile, Dnsmasq.ProcessFile, FileName);

    /// <summary>The name of a network's translation of one family.</summary>
    public static string NatName(string name, AddressFamily family)
        => family == AddressFamily.InterNetworkV6 ? name + "-v6" : name;

    // All that is made of it later can be made.
    private void Check()
    {
        System.Collections.IEnumerable[] lists = [
            Subnets,
            DnsServers,
            StaticLeases,
            StaticLeases.Select(lease => lease?.HostName),
            MadeAddresses,
            MadeNats,
            FoundAddresses,
            CarriedAddresses,
            FoundRoutes,
            MovedAddresses,
            MovedRoutes,
            FoundNeighbors,
            MovedNeighbors,
            FoundSettings,
        ];
        if (lists.Any(list => list.Cast<object?>().Contains(null)))
            throw new JsonException("An entry of a list is null.");
        Spec("check").Validate();
        foreach (var address in MadeAddresses.Concat(FoundAddresses).Concat(CarriedAddresses))
            IPPrefix.Parse(address);
        foreach (var address in MovedAddresses)
        {
            address.ToSpec("check");
            address.Network();
        }

        foreach (var route in FoundRoutes.Concat(MovedRoutes))
            route.On(0);
        foreach (var neighbor in FoundNeighbors.Concat(MovedNeighbors))
            neighbor.ToSpec();
        if (FoundSettings.Find(setting => !InterfaceSettings.IsName(setting.Name)) is { } unknown)
            throw new JsonException($"There is no setting '{KernelText.Shown(unknown.Name)}'.");
    }

    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, StateJson.Default.NetworkState);

    public ContainerNetworkSpec Spec(string name) => new(name)
    {
        Subnets = [.. Subnets.Select(IPPrefix.Parse)],
        Nat = Nat,
        Dhcp = Dhcp,
        Domain = Domain,
        DnsServers = [.. DnsServers.Select(IPAddress.Parse)],
        Uplink = Uplink,
        Mtu = Mtu,
        DhcpRange = FirstAddress is null || LastAddress is null
            ? null
            : (IPAddress.Parse(FirstAddress), IPAddress.Parse(LastAddress)),
        LeaseTime = TimeSpan.FromSeconds(LeaseSeconds),
        StaticLeases = [
            .. StaticLeases.Select(
                lease => new StaticLease(
                    lease.HostName,
                    IPAddress.Parse(lease.Address),
                    lease.Mac is null ? null : LxcNetworking.Values.MacAddress.Parse(lease.Mac))),
        ],
    };
}

/// <summary>A static lease on file.</summary>
internal sealed record StoredLease(string HostName, string Address, string? Mac);

[JsonSourceGenerationOptions(
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    MaxDepth = 16,
    RespectNullableAnnotations = true)]
[JsonSerializable(typeof(NetworkState))]
internal sealed partial class StateJson : JsonSerializerContext;
