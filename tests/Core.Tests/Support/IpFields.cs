using System.Globalization;
using System.Text.Json;
using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>How ip shows a field of a link's data, as the text of the property that it is.</summary>
internal static class IpFields
{
    /// <summary>Stands for what ip does not show.</summary>
    public const string NotShown = "?";

    public static Func<JsonElement, string?> NetkitPolicyOf(string field) => Named<NetkitPolicy>(
        field, new() { ["forward"] = NetkitPolicy.Pass, ["blackhole"] = NetkitPolicy.Drop });

    public static Func<JsonElement, string?> NetkitScrubOf(string field) => Named<NetkitScrub>(
        field, new() { ["none"] = NetkitScrub.None, ["default"] = NetkitScrub.Default });

    public static string? EncapsulationOf(JsonElement data)
        => Has(data, "encap", out var encapsulation)
            ? $"{Enum.Parse<TunnelEncapsulation>(Text(encapsulation, "type")!, true)}" : "None";

    public static string? EncapsulationFlagsOf(JsonElement data)
    {
        if (!Has(data, "encap", out var encapsulation))
            return NotShown;
        TunnelEncapsulationFlags Bit(string field, TunnelEncapsulationFlags flag)
            => Text(encapsulation, field) == "True" ? flag : TunnelEncapsulationFlags.None;

        return $"{Bit("csum", TunnelEncapsulationFlags.Checksum) | Bit("csum6", TunnelEncapsulationFlags.Checksum6)
            | Bit("remcsum", TunnelEncapsulationFlags.RemoteChecksum)}";
    }

    public static string? PortOf(JsonElement data, string field)
        => Has(data, "encap", out var encapsulation) ? Text(encapsulation, field) : "0";

    public static Func<JsonElement, string?> OfIPv6(string field)
        => data => Has(data, "encap_limit", out _) || Has(data, "ip6_tnl_f_ign_encap_limit", out _)
            ? $"{Has(data, field, out _)}" : null;

    public static Func<JsonElement, string?> LacpInfo(string field)
        => data => Has(data, "ad_info", out var info) ? Text(info, field) : null;

    public static Func<JsonElement, string?> LacpState(string field)
        => data => NumberOf(data, field) is { } number ? $"{(LacpPortState)number}" : null;

    public static bool Has(JsonElement data, string field, out JsonElement value)
    {
        value = default;
        return data.ValueKind == JsonValueKind.Object && data.TryGetProperty(field, out value);
    }

    public static string? Text(JsonElement data, string field)
        => Has(data, field, out var value) ? value.ToString() : null;

    // ip shows some numbers in hexadecimal, as text.
    public static long? NumberOf(JsonElement data, string field) => Text(data, field) switch
    {
        null or "inherit" => null,
        ['0', 'x', .. var digits] => long.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture),
        var digits => long.Parse(digits, CultureInfo.InvariantCulture),
    };

    public static Func<JsonElement, string?> Number(string field, string? zero = null)
        => data => NumberOf(data, field)?.ToString(CultureInfo.InvariantCulture) ?? zero;

    public static Func<JsonElement, string?> Time(string field, int milliseconds)
        => data => NumberOf(data, field) is { } number
            ? new Duration(TimeSpan.FromMilliseconds(number * milliseconds)).ToString() : null;

    // It runs on between what ip shows and the message.
    public static Func<JsonElement, string?> Timer(string field) => data => Text(data, field) is not { } seconds ? null
        : double.Parse(seconds, CultureInfo.InvariantCulture) > 0 ? "*" : "00:00:00";

    // Without the 0x that other numbers have.
    public static Func<JsonElement, string?> Hexadecimal(string field) => data => Text(data, field) is { } digits
        ? $"{Convert.ToInt32(digits, 16)}" : null;

    // What older versions of ip do not show.
    public static Func<JsonElement, string?> Newer(Func<JsonElement, string?> shown)
        => data => shown(data) ?? NotShown;

    public static Func<JsonElement, string?> Querier(string family, string field)
        => data => Has(data, $"mcast_querier_state_{family}", out var state)
            && Text(state, $"mcast_querier_{family}_{field}") is { } value and not ("0.0.0.0" or "::") ? value : null;

    public static Func<JsonElement, string?> MulticastRouterOf(string field)
        => data => NumberOf(data, field) is { } number ? $"{(BridgeMulticastRouter)number}" : null;

    public static Func<JsonElement, string?> Flag(string field, string? absent = null)
        => data => Text(data, field) switch { null => absent, "0" or "False" => "False", _ => "True" };

    public static Func<JsonElement, string?> Named<T>(string field, Dictionary<string, T> names)
        => data => Text(data, field) is { } name ? $"{names[name]}" : null;

    public static Func<JsonElement, string?> Listed(string field, string name)
        => data => $"{data.GetProperty(field).EnumerateArray().Any(one => one.GetString() == name)}";

    public static Func<JsonElement, string?> Either(string field, string other)
        => data => Text(data, field) ?? Text(data, other);

    public static Func<JsonElement, string?> Host(string field)
        => data => Text(data, field) is { } host && host != "any" ? host : null;

    // Of a link that ip names, the index is any but 0.
    public static Func<JsonElement, string?> Index(string field, string? zero = null)
        => data => Text(data, field) is null ? zero : "*";

    public static Func<JsonElement, string?> Pairs(string field) => data => Has(data, field, out var pairs)
        ? string.Join(", ", pairs.EnumerateArray().Select(pair => $"{Text(pair, "from")}:{Text(pair, "to")}")) : null;

    // Four digits of priority, and an address without leading zeros.
    public static Func<JsonElement, string?> BridgeId(string field) => data => Text(data, field) is not { } id ? null
        : id[..5] + string.Concat(id[5..].Split(':').Select(part => part.PadLeft(2, '0')));

    public static string? Key(JsonElement data, string field) => Text(data, field) is not { } key ? null
        : $"{Convert.ToUInt32(Convert.ToHexString(IPAddress.Parse(key).GetAddressBytes()), 16)}";

    public static string Df(JsonElement data) => Text(data, "df") switch
    {
        "set" => "Set",
        "inherit" => "Inherit",
        _ => "Unset",
    };

    public static string Tos(JsonElement data) => Has(data, "ip6_tnl_f_use_orig_tclass", out _) ? "1"
        : $"{NumberOf(data, "tos") ?? NumberOf(data, "tclass") ?? 0}";
}
