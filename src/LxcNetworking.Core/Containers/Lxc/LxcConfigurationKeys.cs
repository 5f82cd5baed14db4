using System.Globalization;
using System.Net.Sockets;
using LxcNetworking.Links;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Lxc;

/// <summary>The keys after <c>lxc.net.[i].</c> that LXC 5 knows (config_jump_table_net of its confile.c), and what may
/// stand in them.</summary>
internal static class LxcConfigurationKeys
{
    public const string Type = "type";

    // In the order in which new networks are written; the type has to come first.
    public static readonly string[] Ordered =
    [
        Type, "link", "flags", "name", "hwaddr", "mtu", "veth.pair", "veth.mode", "macvlan.mode", "ipvlan.mode",
        "ipvlan.isolation", "vlan.id",
        "ipv4.address", "ipv4.gateway", "ipv6.address", "ipv6.gateway", "script.up", "script.down",
        "l2proxy", "veth.n_rxqueues", "veth.n_txqueues", "veth.ipv4.route", "veth.ipv6.route", "veth.vlan.id",
        "veth.vlan.tagged.id",
    ];

    private const int FirstOther = 18;
    private static readonly string[] Lists
        = ["ipv4.address", "ipv6.address", "veth.ipv4.route", "veth.ipv6.route", "veth.vlan.tagged.id"];

    /// <summary>Do several lines mean several values?</summary>
    public static bool IsList(string key) => Lists.Contains(key);

    public static bool IsKnown(string key) => Ordered.Contains(key);

    /// <summary>Has <see cref="LxcNetworkConfig"/> a property for it?</summary>
    public static bool HasProperty(string key) => Array.IndexOf(Ordered, key) is >= 0 and < FirstOther;

    public static string NameOf(LxcNetworkKey key) => key switch
    {
        LxcNetworkKey.MacAddress => "hwaddr",
        LxcNetworkKey.IPv4Address => "ipv4.address",
        LxcNetworkKey.IPv4Gateway => "ipv4.gateway",
        LxcNetworkKey.IPv6Address => "ipv6.address",
        LxcNetworkKey.IPv6Gateway => "ipv6.gateway",
        LxcNetworkKey.VethPair => "veth.pair",
        LxcNetworkKey.VethMode => "veth.mode",
        LxcNetworkKey.MacvlanMode => "macvlan.mode",
        LxcNetworkKey.IpvlanMode => "ipvlan.mode",
        LxcNetworkKey.IpvlanIsolation => "ipvlan.isolation",
        LxcNetworkKey.VlanId => "vlan.id",
        LxcNetworkKey.ScriptUp => "script.up",
        LxcNetworkKey.ScriptDown => "script.down",
        _ => key.ToString().ToLowerInvariant(),
    };

    /// <summary>The one type that a key is for; null for all.</summary>
    public static LxcNetworkType? TypeOf(string key) => key.Split('.')[0] switch
    {
        "veth" => LxcNetworkType.Veth,
        "macvlan" => LxcNetworkType.Macvlan,
        "ipvlan" => LxcNetworkType.Ipvlan,
        "vlan" => LxcNetworkType.Vlan,
        _ => null,
    };

    /// <summary>The new name of an old key, without its <c>lxc.network.</c>; null if LXC never had it.</summary>
    public static string? Renamed(string oldKey) => oldKey switch
    {
        "ipv4" => "ipv4.address",
        "ipv6" => "ipv6.address",
        "type" or "flags" or "link" or "name" or "macvlan.mode" or "veth.pair" or "script.up" or "script.down"
            or "hwaddr" or "mtu" or "vlan.id"
            or "ipv4.gateway" or "ipv6.gateway" => oldKey,
        _ => null,
    };

    /// <summary>Reads an address as liblxc does: IPv4 without a length by <see
    /// cref="LxcConfigurationValues.LengthOf"/>, IPv6 as /64; a broadcast address may follow.</summary>
    public static IPPrefix? ReadAddress(string text, AddressFamily family)
    {
        var first = family == AddressFamily.InterNetwork ? text.Split(' ')[0] : text;
        if (!IPPrefix.TryParse(first, out var prefix, out _) || prefix.AddressFamily != family || prefix.IsDefaultWord
            || prefix.Address.ScopeIdOrZero() != 0)
            return null;
        if (prefix.HasLength)
            return prefix;
        return new IPPrefix(
            prefix.Address,
            family == AddressFamily.InterNetworkV6 ? 64 : LxcConfigurationValues.LengthOf(prefix.Address));
    }

    /// <summary>What is wrong with a value, to follow "is"; null if nothing is.</summary>
    public static string? Problem(string key, string value) => key switch
    {
        _ when !Netlink.KernelText.IsPlain(value) => "text with control characters or halves of characters in it",
        Type => OneOf(value, "empty", "veth", "macvlan", "vlan", "ipvlan", "phys", "none"),
        "veth.mode" => OneOf(value, "bridge", "router"),
        "macvlan.mode" => OneOf(value, "private", "vepa", "bridge", "passthru"),
        "ipvlan.mode" => OneOf(value, "l2", "l3", "l3s"),
        "ipvlan.isolation" => OneOf(value, "bridge", "private", "vepa"),
        "l2proxy" => OneOf(value, "0", "1"),
        "link" or "name" or "veth.pair" => NameProblem(value),
        "hwaddr" => MacProblem(value),
        "mtu" => InRange(value, 68, 65535),
        "vlan.id" or "veth.vlan.tagged.id" => InRange(value, 1, 4094),
        "veth.vlan.id" => value == "none" ? null : InRange(value, 1, 4094),
        "veth.n_rxqueues" or "veth.n_txqueues" => InRange(value, 1, 4096),
        "ipv4.address" => AddressProblem(value, AddressFamily.InterNetwork),
        "ipv6.address" => AddressProblem(value, AddressFamily.InterNetworkV6),
        "ipv4.gateway" => GatewayProblem(value, AddressFamily.InterNetwork),
        "ipv6.gateway" => GatewayProblem(value, AddressFamily.InterNetworkV6),
        "veth.ipv4.route" => RouteProblem(value, AddressFamily.InterNetwork),
        "veth.ipv6.route" => RouteProblem(value, AddressFamily.InterNetworkV6),
        _ => null,
    };

    private static string? OneOf(string value, params string[] allowed)
        => allowed.Contains(value) ? null : $"none of {string.Join(", ", allowed)}";

    private static string? InRange(string value, int least, int most)
        => Digits.TryParse(value, out int number) && number >= least && number <= most
            ? null
            : $"no number from {least} to {most}";

    private static string? NameProblem(string value)
    {
        try
        {
            LinkSpec.CheckName(value);
            return null;
        }
        catch (NetworkException)
        {
            return "no name that an interface can have";
        }
    }

    // An 'x' stands for a random digit; where it decides on unicast or multicast, LXC sees to it.
    private static string? MacProblem(string value)
    {
        var parts = value.Split(':');
        if (parts.Length != 6
            || !parts.All(
                part => part.Length == 2 && part.All(letter => char.IsAsciiHexDigit(letter) || letter is 'x' or 'X')))
            return "no MAC address: write six hexadecimal bytes such as 00:16:3e:67:4f:a5, 'x' for a random digit";
        if (parts[0][1] is not ('x' or 'X')
            && (int.Parse(parts[0].AsSpan(1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) & 1) != 0)
            return "a multicast address, as its first byte is odd";
        return value == "00:00:00:00:00:00" ? "all zero" : null;
    }

    private static string? AddressProblem(string value, AddressFamily family)
    {
        if (ReadAddress(value, family) is null)
            return family == AddressFamily.InterNetwork
                ? "no IPv4 address such as 10.0.3.2/24"
                : "no IPv6 address such as fd00:3::2/64";
        var broadcast = family == AddressFamily.InterNetwork
            && value.IndexOf(' ', StringComparison.Ordinal) is var blank and > 0
            ? value[(blank + 1)..]
            : null;
        return broadcast is null || IsAddress(broadcast, family) ? null : "followed by no broadcast address";
    }

    private static string? GatewayProblem(string value, AddressFamily family)
        => value is "auto" or "dev" || IsAddress(value, family)
            ? null
            : $"neither an {(family == AddressFamily.InterNetwork ? "IPv4" : "IPv6")} address nor 'auto' or 'dev'";

    private static string? RouteProblem(string value, AddressFamily family)
        => IPPrefix.TryParse(value, out var prefix, out _) && prefix.HasLength && prefix.AddressFamily == family
            ? null
            : "no network such as " + (family == AddressFamily.InterNetwork ? "192.168.1.0/24" : "fd00:1::/64");

    private static bool IsAddress(string value, AddressFamily family)
        => IPPrefix.TryParse(value, out var prefix, out _) && !prefix.HasLength && !prefix.IsDefaultWord
            && prefix.AddressFamily == family && prefix.Address.ScopeIdOrZero() == 0;

    private static long ScopeIdOrZero(this IPAddress address)
        => address.AddressFamily == AddressFamily.InterNetworkV6 ? address.ScopeId : 0;
}
