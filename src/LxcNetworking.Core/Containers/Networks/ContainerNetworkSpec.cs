using System.Net.Sockets;
using LxcNetworking.Addressing;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Files;
using LxcNetworking.Links;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Networks;

/// <summary>An address that a container network keeps for one container, which also has its name in DNS.</summary>
/// <param name="HostName">The container's name.</param>
/// <param name="IPAddress">The address.</param>
/// <param name="MacAddress">The container's MAC address; null to know it by the name that it sends.</param>
public sealed record StaticLease(string HostName, IPAddress IPAddress, MacAddress? MacAddress = null)
{
    /// <summary>The address, after the MAC address where there is one, as <see cref="Parse"/> reads it.</summary>
    internal string Value => MacAddress is null ? $"{IPAddress}" : $"{MacAddress} {IPAddress}";

    /// <summary>Reads a lease.</summary>
    /// <param name="hostName">The container's name.</param>
    /// <param name="text">An IP address, or a MAC address and an IP address with a blank or comma in between.</param>
    /// <returns>The lease.</returns>
    /// <exception cref="NetworkException">InvalidArgument: it is neither.</exception>
    public static StaticLease Parse(string hostName, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var words = text.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries);
        var problem = "write an IP address, or a MAC address and an IP address";
        if (words.Length is 1 or 2 && IPPrefix.TryParse(words[^1], out var prefix, out var found))
        {
            if (prefix.HasLength)
                problem = "a static lease is for one address";
            else if (words.Length == 1)
                return new StaticLease(hostName, prefix.Address);
            else if (LxcNetworking.Values.MacAddress.TryParse(words[0], out var address))
                return new StaticLease(hostName, prefix.Address, address);
        }

        throw new NetworkException(
            NetworkErrorCode.InvalidArgument,
            $"'{KernelText.Shown(text)}' is no static lease for '{KernelText.Printable(hostName)}': {problem}.",
            hostName);
    }

    /// <inheritdoc/>
    public override string ToString() => $"{HostName}={IPAddress}";
}

/// <summary>What a container network is to be like.</summary>
/// <param name="Name">Its name, which is its bridge's.</param>
public sealed record ContainerNetworkSpec(string Name)
{
    /// <summary>Its networks: at most one of each family. The gateway is the address given, or the first one of the
    /// network.</summary>
    public IReadOnlyList<IPPrefix> Subnets { get; init; } = [];

    /// <summary>Translates what leaves the networks.</summary>
    public bool Nat { get; init; }

    /// <summary>Runs a server for DHCP, router advertisements and DNS.</summary>
    public bool Dhcp { get; init; }

    /// <summary>The first and the last address to lease; null for all but the gateway.</summary>
    public (IPAddress First, IPAddress Last)? DhcpRange { get; init; }

    /// <summary>How long a lease lasts: two minutes or more.</summary>
    public TimeSpan LeaseTime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The containers' DNS domain, or null.</summary>
    public string? Domain { get; init; }

    /// <summary>The name servers that leases name. With none, the network's server answers DNS itself, as long as
    /// nobody else has port 53 on its gateways.</summary>
    public IReadOnlyList<IPAddress> DnsServers { get; init; } = [];

    /// <summary>Addresses that are kept for certain containers.</summary>
    public IReadOnlyList<StaticLease> StaticLeases { get; init; } = [];

    /// <summary>A link to the outside that becomes the bridge's port, its addresses and routes the bridge's.</summary>
    public string? Uplink { get; init; }

    /// <summary>The MTU in bytes; null for the uplink's or the kernel's own.</summary>
    public int? Mtu { get; init; }

    /// <summary>Goes on where a route leads to the same addresses already, or where forwarding loses a route that a
    /// router announced.</summary>
    public bool Force { get; init; }

    /// <summary>The gateways with the networks' lengths.</summary>
    internal IReadOnlyList<IPPrefix> Gateways => [.. Subnets.Select(subnet
        => subnet.Address.Equals(subnet.Network.Address)
            ? new IPPrefix(Add(subnet.Address, 1), subnet.Length) : subnet)];

    internal IPPrefix? IPv4 => Gateways.FirstOrDefault(gateway => gateway.AddressFamily == AddressFamily.InterNetwork);

    internal IPPrefix? IPv6
        => Gateways.FirstOrDefault(gateway => gateway.AddressFamily == AddressFamily.InterNetworkV6);

    /// <summary>Checks it by itself, before anything is looked at or done.</summary>
    /// <exception cref="NetworkException">InvalidArgument, InvalidName.</exception>
    public void Validate()
    {
        LinkSpec.CheckName(Name);
        // The name is a folder's too, and stands in the server's configuration.
        if (!Name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.') || Name[0] is '-' or '.')
            throw new NetworkException(
                NetworkErrorCode.InvalidName,
                $"'{KernelText.Printable(Name)}' cannot name a container network: letters, digits, '-', '_' and '.' "
                    + "can be in a name.",
                Name);
        if (Name == RunFolder.StateName)
            throw new NetworkException(
                NetworkErrorCode.InvalidName,
                $"'{Name}' cannot name a container network: the folder of that name is for declared states.",
                Name);
        LinkSpec.CheckMtu(Mtu, Name);
        if (Subnets.Count == 0 && Uplink is null)
            throw Invalid(
                "A container network needs a subnet, such as 10.0.3.0/24, or an uplink.",
                Advice.Give(nameof(Subnets), nameof(Uplink)));
        if (Subnets.Count == 0 && (Nat || Dhcp))
            throw Invalid(
                "NAT and DHCP are for a network with a subnet of its own; behind an uplink, that is the outer "
                    + "network's business.");
        if (Uplink is not null)
            LinkSpec.CheckName(Uplink);
        if (Uplink == Name)
            throw Invalid($"'{Name}' cannot be its own uplink.");
        if (Subnets.GroupBy(subnet => subnet.AddressFamily).Any(group => group.Count() > 1))
            throw Invalid("A container network has at most one IPv4 and one IPv6 subnet.");
        foreach (var subnet in Subnets)
            CheckSubnet(subnet);
        if (!Dhcp
            && (DhcpRange is not null || StaticLeases.Count > 0 || Domain is not null || DnsServers.Count > 0))
            throw Invalid(
                "A range of addresses to lease, static leases, a domain and name servers go with DHCP.",
                Advice.Give(nameof(Dhcp)));
        if (DnsServers.FirstOrDefault(server => IP.IsMulticast(server) || IP.IsAny(server)
            || IPAddress.IsLoopback(server)
            || !Gateways.Any(gateway => gateway.AddressFamily == server.AddressFamily)) is { } wrong)
            throw Invalid($"{wrong} cannot be a name server of this network's containers: none of them reaches it.");
        if (LeaseTime < TimeSpan.FromMinutes(2) || LeaseTime > TimeSpan.FromDays(365))
            throw Invalid($"A lease lasts from two minutes to a year, not {LeaseTime}.");
        if (DhcpRange is { } range
            && (IPv4 is not { } own || !Holds(own, range.First) || !Holds(own, range.Last)
                || Compare(range.First, range.Last) > 0))
            throw Invalid(
                $"The addresses to lease, {range.First} to {range.Last}, must lie in the IPv4 subnet, the lower one "
                    + "first.");
        if (Domain is not null)
            ResolvConf.Validate([], [Domain]);
        foreach (var lease in StaticLeases)
            Check(lease);
        if (StaticLeases.GroupBy(lease => lease.IPAddress).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw Invalid($"{twice.Key} cannot be kept for two containers.");
    }

    /// <summary>An address so many further on.</summary>
    internal static IPAddress Add(IPAddress address, int count)
    {
        var bytes = address.GetAddressBytes();
        for (var i = bytes.Length - 1; i >= 0 && count != 0; i--)
        {
            count += bytes[i];
            bytes[i] = (byte)count;
            count >>= 8;
        }

        return new IPAddress(bytes);
    }

    private static bool Holds(IPPrefix prefix, IPAddress address)
        => prefix.AddressFamily == address.AddressFamily && prefix.Network.Contains(address);

    private static bool IsForContainers(IPPrefix gateway, IPAddress address)
        => Holds(gateway, address) && !gateway.Address.Equals(address)
        && !gateway.Network.Address.Equals(address)
        && (IP.FamilyOf(address) == IPFamily.IPv6 || !gateway.LastAddress.Equals(address));

    private static int Compare(IPAddress one, IPAddress other)
        => one.GetAddressBytes().AsSpan().SequenceCompareTo(other.GetAddressBytes());

    private void CheckSubnet(IPPrefix subnet)
    {
        var isIPv4 = subnet.AddressFamily == AddressFamily.InterNetwork;
        var longest = isIPv4 ? 30 : Dhcp ? 64 : 126;
        if (!subnet.HasLength || subnet.Length > longest || subnet.Length < 8)
            throw Invalid(
                $"{subnet.Address}{(subnet.HasLength ? $"/{subnet.Length}" : string.Empty)} is no subnet for "
                    + $"containers: it needs a prefix length of 8 to {longest}"
                    + $"{(isIPv4 || !Dhcp ? string.Empty : ", as router advertisements take 64")}.");
        if (!isIPv4 && Dhcp && subnet.Length != 64)
            throw Invalid($"Router advertisements take a prefix of 64 bits, not {subnet.Length}: {subnet}.");
        if (SpecialNetworks.KindOf(subnet) is { } kind)
            throw Invalid($"{subnet.Network} is not for containers: each of its addresses is {kind}.");
        foreach (var gateway in Gateways)
            new AddressSpec(gateway).Validate(Name);
        if (isIPv4 && subnet.Address.Equals(subnet.LastAddress))
            throw Invalid($"{subnet.Address} is the broadcast address of {subnet.Network}, not a gateway.");
    }

    private void Check(StaticLease lease)
    {
        if (lease.HostName.Length is 0 or > 63 || !lease.HostName.All(c => char.IsAsciiLetterOrDigit(c) || c is '-')
            || lease.HostName[0] == '-' || lease.HostName[^1] == '-')
            throw new NetworkException(
                NetworkErrorCode.InvalidName,
                $"'{KernelText.Printable(lease.HostName)}' cannot be a container's DNS name: letters, digits and '-' "
                    + "can be in one.",
                lease.HostName);
        LinkSpec.CheckMac(lease.MacAddress, lease.HostName);
        if (!Gateways.Any(gateway => IsForContainers(gateway, lease.IPAddress)))
        {
            throw Invalid(
                $"{lease.IPAddress} cannot be kept for '{lease.HostName}': it is in none of the network's subnets, or "
                    + "is the gateway, the broadcast address or the network's own.");
        }
    }

    private NetworkException Invalid(string message, params Advice[] advice)
        => new(NetworkErrorCode.InvalidArgument, message, Name) { Advice = advice };
}
