using System.Net.Sockets;
using LxcNetworking.Links;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Nat;

/// <summary>Checks specifications of translations and static mappings by themselves.</summary>
internal static class NatValidation
{
    // The map of a row of ports goes in one datagram with its rule, twice.
    private const int MaxShiftedPorts = 2048;

    /// <inheritdoc cref="TranslationOperations.Validate(NetNatSpec)"/>
    public static NetNatSpec Validate(NetNatSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var name = spec.Name;
        if (!NatRules.IsName(name ?? string.Empty))
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidName,
                $"'{KernelText.Printable(name ?? string.Empty)}' cannot name a NAT: it takes a letter or digit, then "
                    + "up to 47 letters, digits, spaces, '-', '_' or '.'.",
                name);
        }

        ArgumentNullException.ThrowIfNull(spec.Prefix);
        if (!spec.Prefix.HasLength)
        {
            throw Bad(
                $"{spec.Prefix.Address} is a single address: write the network to translate with its length, as "
                    + "10.0.3.0/24.",
                name!);
        }

        if (spec.Prefix.Length == 0 && spec.ExternalInterfaceAlias is null)
        {
            throw Bad(
                $"{spec.Prefix} leaves nothing outside to translate towards: name the outgoing interface, or a "
                    + "smaller network.",
                name!,
                Advice.Give(nameof(spec.ExternalInterfaceAlias)));
        }

        if (SpecialNetworks.KindOf(spec.Prefix) is { } kind)
            throw Bad($"No host has an address of {spec.Prefix.Network}: each is {kind}.", name!);
        if (spec.ExternalInterfaceAlias is not null)
            LinkSpec.CheckName(spec.ExternalInterfaceAlias);
        if (spec.ExternalIPAddress is { } address)
        {
            if (address.AddressFamily != spec.Prefix.AddressFamily)
            {
                throw Bad(
                    $"The network {spec.Prefix} and the external address {address} are not of one family: an "
                        + "IPv4 network takes an IPv4 address, an IPv6 network an IPv6 address.",
                    name!);
            }

            CheckUnicast(address, "leave under", name!);
        }

        return spec with { Prefix = new IPPrefix(spec.Prefix.Network.Address, spec.Prefix.Length) };
    }

    /// <inheritdoc cref="TranslationOperations.Validate(NetNatStaticMappingSpec)"/>
    public static NetNatStaticMappingSpec Validate(NetNatStaticMappingSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        var name = spec.NatName;
        ArgumentNullException.ThrowIfNull(spec.InternalIPAddress);
        CheckUnicast(spec.InternalIPAddress, "be sent on to", name);
        var isIPv6 = spec.InternalIPAddress.AddressFamily == AddressFamily.InterNetworkV6;
        var external = spec.ExternalIPAddress ?? (isIPv6 ? IPAddress.IPv6Any : IPAddress.Any);
        if (external.AddressFamily != spec.InternalIPAddress.AddressFamily)
        {
            throw Bad(
                $"The external address {external} and the internal address {spec.InternalIPAddress} are not of "
                    + "one family.",
                name);
        }

        if (!IP.IsAny(external))
            CheckUnicast(external, "come in at", name);
        spec = spec with { ExternalIPAddress = external };
        return spec.Protocol is null ? WithoutPorts(spec) : WithPorts(spec);
    }

    private static NetNatStaticMappingSpec WithoutPorts(NetNatStaticMappingSpec spec)
    {
        if (spec.ExternalPort is not null || spec.InternalPort is not null)
        {
            throw Bad(
                "A port is mapped for one protocol: say TCP or UDP as well.",
                spec.NatName,
                Advice.Give(nameof(spec.Protocol)));
        }

        if (IP.IsAny(spec.ExternalIPAddress!))
        {
            throw Bad(
                "To map a whole address, name it; to map ports, say the protocol and the external port.",
                spec.NatName,
                Advice.Give(nameof(spec.ExternalIPAddress), nameof(spec.ExternalPort)));
        }

        return spec;
    }

    private static NetNatStaticMappingSpec WithPorts(NetNatStaticMappingSpec spec)
    {
        var name = spec.NatName;
        if (!Enum.IsDefined(spec.Protocol!.Value))
            throw Bad($"{spec.Protocol} is no protocol whose ports can be mapped: TCP and UDP are.", name);
        if (spec.ExternalPort is not { } outside)
        {
            throw Bad(
                $"Which {spec.Protocol} port is to be mapped? One port or a range such as 8000-8010 can be.",
                name,
                Advice.Give(nameof(spec.ExternalPort)));
        }

        var inside = spec.InternalPort ?? outside;
        if (inside.Count != 1 && inside.Count != outside.Count)
        {
            throw Bad(
                $"{outside.Count} external ports ({outside}) cannot be mapped to {inside.Count} internal ones "
                    + $"({inside}): name as many, or one for all.",
                name);
        }

        spec = spec with { InternalPort = inside };
        return NatRules.NeedsMap(spec) && outside.Count > MaxShiftedPorts
            ? throw Bad(
                $"At most {MaxShiftedPorts} ports at once can get other numbers inside, and {outside} are "
                    + $"{outside.Count}. Keep the numbers, or map them in parts.",
                name,
                Advice.Omit(nameof(spec.InternalPort)))
            : spec;
    }

    /// <summary>Says what of a specification cannot be.</summary>
    public static NetworkException Bad(string message, string target, params Advice[] advice)
        => new(NetworkErrorCode.InvalidArgument, message, target) { Advice = advice };

    private static void CheckUnicast(IPAddress address, string use, string target)
    {
        if (SpecialNetworks.KindOf(address) is { } problem)
            throw Bad($"No packet can {use} {address}: it is {problem}.", target);
    }
}
