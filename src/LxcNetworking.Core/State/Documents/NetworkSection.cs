using LxcNetworking.Containers.Networks;
using LxcNetworking.Declarations;
using LxcNetworking.Values;

namespace LxcNetworking.State.Documents;

/// <summary>What a document says of a container network.</summary>
[AttributeSet]
internal sealed partial record NetworkEntry : AttributeSet
{
    /// <inheritdoc cref="ContainerNetworkSpec.Subnets"/>
    [Computed]
    public ValueList<IPPrefix>? Subnet { get; init; }

    /// <inheritdoc cref="ContainerNetworkSpec.Nat"/>
    [Computed]
    public bool? Nat { get; init; }

    /// <inheritdoc cref="ContainerNetworkSpec.Dhcp"/>
    [Computed]
    public bool? Dhcp { get; init; }

    /// <inheritdoc cref="ContainerNetworkSpec.DhcpRange"/>
    [Computed]
    public ValueList<IPAddress>? DhcpRange { get; init; }

    /// <inheritdoc cref="ContainerNetworkSpec.LeaseTime"/>
    [Computed(Unit = Unit.Seconds)]
    public Duration? LeaseTime { get; init; }

    /// <inheritdoc cref="ContainerNetworkSpec.Domain"/>
    [Computed]
    public string? Domain { get; init; }

    /// <inheritdoc cref="ContainerNetworkSpec.DnsServers"/>
    [Computed]
    public ValueList<IPAddress>? DnsServer { get; init; }

    /// <inheritdoc cref="ContainerNetworkSpec.StaticLeases"/>
    [Computed]
    public ValueMap<string>? StaticLease { get; init; }

    /// <inheritdoc cref="ContainerNetworkSpec.Uplink"/>
    [Computed]
    public string? Uplink { get; init; }

    /// <inheritdoc cref="ContainerNetworkSpec.Mtu"/>
    [Computed(Min = 68, Max = 65535)]
    public int? Mtu { get; init; }
}

/// <summary>Container networks: a bridge with addresses, translation, and a server for DHCP and DNS.</summary>
internal sealed class NetworkSection() : StateSection(StateSubject.Network, "networks", "a container network")
{
    private const string Uplink = "uplink";

    /// <summary>A network's properties.</summary>
    public static StateTable Table { get; } = new(new NetworkEntry(), NetworkEntry.Properties);

    /// <inheritdoc/>
    public override IReadOnlyList<StateProperty> Properties => Table.Properties;

    /// <inheritdoc/>
    public override void Complete(StateItem item)
    {
        var spec = SpecOf(item.Key.Name, item.Values);
        spec.Validate();
        // What is said whole is written whole, so that it is the same whichever way it is said.
        foreach (var (property, value) in ValuesOf(spec))
        {
            if (item.Values.ContainsKey(property))
                item.Values[property] = value;
        }
    }

    /// <inheritdoc/>
    public override IEnumerable<StateKey> Needs(StateItem item)
        => item.Text(Uplink) is { Length: > 0 } uplink ? [StateKey.Link(item.Key.Namespace, uplink)] : [];

    /// <inheritdoc/>
    public override bool IsUsual(string property, string value)
        => value is "false" or "\"\"" or "[]" or "{}" || (property == "leaseTime" && value == "\"01:00:00\"")
            || (property == "mtu" && value == "0");

    /// <summary>What is said as a specification.</summary>
    /// <exception cref="NetworkException">InvalidArgument: a static lease is none.</exception>
    public static ContainerNetworkSpec SpecOf(string name, IReadOnlyDictionary<string, string> values)
    {
        var entry = (NetworkEntry)Table.Read(values, _ => 0);
        return new ContainerNetworkSpec(name)
        {
            Subnets = [.. entry.Subnet ?? []],
            Nat = entry.Nat == true,
            Dhcp = entry.Dhcp == true,
            DhcpRange = RangeOf(name, entry.DhcpRange),
            LeaseTime = entry.LeaseTime is { } time ? new TimeSpan(time.Ticks) : TimeSpan.FromHours(1),
            Domain = entry.Domain is { Length: > 0 } domain ? domain : null,
            DnsServers = [.. entry.DnsServer ?? []],
            StaticLeases =
            [
                .. entry.StaticLease?.OrderBy(pair => pair.Key, StringComparer.Ordinal)
                    .Select(pair => StaticLease.Parse(pair.Key, pair.Value)) ?? [],
            ],
            Uplink = entry.Uplink is { Length: > 0 } uplink ? uplink : null,
            Mtu = entry.Mtu,
        };
    }

    /// <summary>A specification as what is said.</summary>
    public static SortedDictionary<string, string> ValuesOf(ContainerNetworkSpec spec)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        Table.Write(
            new NetworkEntry
            {
                Subnet = [.. spec.Subnets.OrderBy(subnet => IP.FamilyOf(subnet.Address))],
                Nat = spec.Nat,
                Dhcp = spec.Dhcp,
                DhcpRange = spec.DhcpRange is var (first, last) ? [first, last] : [],
                LeaseTime = new Duration(spec.LeaseTime),
                Domain = spec.Domain ?? string.Empty,
                DnsServer = [.. spec.DnsServers],
                StaticLease = new ValueMap<string>(spec.StaticLeases.ToDictionary(
                    lease => lease.HostName, lease => lease.Value, StringComparer.Ordinal)),
                Uplink = spec.Uplink ?? string.Empty,
                Mtu = spec.Mtu,
            },
            values,
            _ => null);
        return values;
    }

    private static (IPAddress First, IPAddress Last)? RangeOf(string name, ValueList<IPAddress>? said)
        => said switch
        {
            null or [] => null,
            [var first, var last] => (first, last),
            _ => throw new NetworkException(
                NetworkErrorCode.InvalidArgument, "A range of addresses to lease is the first and the last one.", name),
        };
}
