using System.Buffers.Binary;
using System.Globalization;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Netfilter.Filtering;

/// <summary>How a field's value is written.</summary>
internal enum FilterForm
{
    Hex,
    HostNumber,
    Number,
    Name,
    Address,
    Protocol,
    State,
    Status,
    EtherType,
    PacketType,
    AddressType,
    Family,
}

/// <summary>What a register holds, in words.</summary>
internal sealed record FilterText(string Name, FilterForm Form, byte[]? Mask = null);

/// <summary>Rules in about nft's words.</summary>
internal static class FilterWords
{
    private const int MostElements = 4, MostText = 160;

    /// <summary>A family as nft writes it.</summary>
    public static string Family(byte family) => family switch
    {
        Nf.Inet => "inet",
        Nf.IPv4 => "ip",
        Nf.IPv6 => "ip6",
        Nf.Arp => "arp",
        Nf.Bridge => "bridge",
        Nf.Netdev => "netdev",
        _ => family.ToString(CultureInfo.InvariantCulture),
    };

    public static string Cut(string text) => text.Length <= MostText ? text : text[..MostText] + " …";

    public static string Compare(FilterText field, NftComparison comparison, byte[] value)
    {
        var operation = comparison switch
        {
            NftComparison.NotEqual => "!= ",
            NftComparison.Less => "< ",
            NftComparison.LessOrEqual => "<= ",
            NftComparison.Greater => "> ",
            NftComparison.GreaterOrEqual => ">= ",
            _ => string.Empty,
        };
        if (field.Mask is not { } mask)
            return $"{field.Name} {operation}{Value(field.Form, value)}";
        var isZero = !value.AsSpan().ContainsAnyExcept((byte)0);
        if (field.Form is FilterForm.State or FilterForm.Status && isZero)
        {
            return comparison == NftComparison.NotEqual ? $"{field.Name} {Value(field.Form, mask)}"
                : $"{field.Name} != {Value(field.Form, mask)}";
        }

        return field.Form == FilterForm.Address && FieldBits.PrefixOf(mask) is >= 0 and var length
            ? $"{field.Name} {operation}{Address(value, length)}"
            : $"{field.Name} & {Value(field.Form == FilterForm.HostNumber ? field.Form : FilterForm.Hex, mask)} "
                + $"{(operation.Length > 0 ? operation : "== ")}{Value(field.Form, value)}";
    }

    public static string Range(FilterText field, bool isInverted, byte[] from, byte[] to)
        => $"{field.Name} {(isInverted ? "!= " : string.Empty)}{Value(field.Form, from)}-{Value(field.Form, to)}";

    /// <summary>A look into a set or map.</summary>
    public static string Lookup(
        IReadOnlyList<(int Offset, FilterText Text)> fields, int length, string set, FilterSet? content,
        FilterElement? found, bool isInverted)
    {
        var names = fields.Count == 0 ? "?" : string.Join(" . ", fields.Select(field => field.Text.Name));
        var what = '@' + set;
        if (set.StartsWith("__", StringComparison.Ordinal) && content is not null)
        {
            var shown = found is not null ? [found] : content.Elements.Where(element => !element.IsEnd).ToList();
            var texts = shown.Take(MostElements)
                .Select(element => Key(fields, length, element.Key, content.Last(element))
                    + (element.Verdict is { } verdict ? $" : {verdict}" : string.Empty)).ToList();
            if (texts.Count < shown.Count || (found is not null && content.Elements.Count > 1))
                texts.Add("…");
            what = $"{{ {string.Join(", ", texts)} }}";
        }

        var map = content?.Elements.Any(element => element.Verdict is not null) == true ? "vmap " : string.Empty;
        return $"{names} {(isInverted ? "!= " : string.Empty)}{map}{what}";
    }

    public static string Value(FilterForm form, byte[] value) => form switch
    {
        FilterForm.Name => $"\"{KernelText.Decode(value)}{(value.Contains((byte)0) ? string.Empty : "*")}\"",
        FilterForm.Address => Address(value, value.Length * 8),
        FilterForm.HostNumber when value.Length == 4 => $"0x{BitConverter.ToUInt32(value):x8}",
        FilterForm.Number when value.Length is 1 or 2 or 4 => Number(value).ToString(CultureInfo.InvariantCulture),
        FilterForm.Protocol when value.Length == 1 => Protocol(value[0]),
        FilterForm.State when value.Length == 4
            => Names(value, ["invalid", "established", "related", "new", "", "", "untracked"]),
        FilterForm.Status when value.Length == 4 => Names(
            value, ["expected", "seen-reply", "assured", "confirmed", "snat", "dnat"]),
        FilterForm.EtherType when value.Length == 2 => Number(value) switch
        {
            0x800 => "ip",
            0x806 => "arp",
            0x86dd => "ip6",
            0x8100 => "vlan",
            _ => Hex(value),
        },
        FilterForm.PacketType when value.Length == 1 => value[0] switch
        {
            0 => "host",
            1 => "broadcast",
            2 => "multicast",
            _ => "other",
        },
        FilterForm.AddressType when value.Length == 4 => BitConverter.ToUInt32(value) switch
        {
            1 => "unicast",
            2 => "local",
            3 => "broadcast",
            5 => "multicast",
            _ => Hex(value),
        },
        FilterForm.Family when value.Length == 1 => value[0] == Nf.IPv6 ? "ipv6" : value[0] == Nf.IPv4 ? "ipv4"
            : Family(value[0]),
        _ => Hex(value),
    };

    public static string Protocol(byte number) => number switch
    {
        FilterPacket.Icmp => "icmp",
        FilterPacket.Tcp => "tcp",
        FilterPacket.Udp => "udp",
        FilterPacket.IcmpV6 => "ipv6-icmp",
        132 => "sctp",
        _ => number.ToString(CultureInfo.InvariantCulture),
    };

    public static string Reject(NftExpression reject)
    {
        var code = reject.Attributes.GetValueOrDefault(NftExpr.RejectCode) is [var only] ? only : -1;
        return reject.Number(NftExpr.RejectType) switch
        {
            1 => "reject with tcp reset",
            2 => "reject with icmpx " + code switch
            {
                0 => "no-route",
                1 => "port-unreachable",
                2 => "host-unreachable",
                3 => "admin-prohibited",
                _ => code.ToString(CultureInfo.InvariantCulture),
            },
            _ => "reject",
        };
    }

    private static string Key(
        IReadOnlyList<(int Offset, FilterText Text)> fields, int length, byte[] from, byte[] to)
    {
        var parts = new List<string>();
        for (var i = 0; i < fields.Count; i++)
        {
            var (offset, text) = fields[i];
            var end = i + 1 < fields.Count ? fields[i + 1].Offset : length;
            end = Math.Min(end, from.Length);
            if (offset >= end)
                break;
            // A field is filled up with zeros to four bytes.
            if (end - offset == 4 && text.Form is FilterForm.Protocol or FilterForm.PacketType)
                end = offset + 1;
            else if (end - offset == 4 && text.Form == FilterForm.Number
                && text.Name.EndsWith("port", StringComparison.Ordinal))
                end = offset + 2;
            var (first, last) = (Value(text.Form, from[offset..end]),
                to.Length == from.Length ? Value(text.Form, to[offset..end]) : "…");
            parts.Add(first == last ? first : $"{first}-{last}");
        }

        return parts.Count == 0 ? Hex(from) : string.Join(" . ", parts);
    }

    private static string Address(byte[] value, int length)
    {
        if (value.Length is not (> 0 and <= 16))
            return Hex(value);
        var isWhole = value.Length is 4 or 16;
        var whole = new byte[value.Length <= 4 ? 4 : 16];
        value.CopyTo(whole, 0);
        return isWhole && length == whole.Length * 8 ? new IPAddress(whole).ToString()
            : $"{new IPAddress(whole)}/{length.ToString(CultureInfo.InvariantCulture)}";
    }

    private static uint Number(byte[] value) => value.Length switch
    {
        1 => value[0],
        2 => BinaryPrimitives.ReadUInt16BigEndian(value),
        _ => BinaryPrimitives.ReadUInt32BigEndian(value),
    };

    private static string Names(byte[] value, string[] names)
    {
        var bits = BitConverter.ToUInt32(value);
        var set = names.Where((name, i) => name.Length > 0 && (bits & (1u << i)) != 0).ToList();
        return set.Count > 0 ? string.Join(",", set) : Hex(value);
    }

    private static string Hex(byte[] value) => "0x" + Convert.ToHexStringLower(value);
}
