using System.Buffers.Binary;
using System.Globalization;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>Says in words what a route puts its packets into (lwtunnel.h, mpls_iptunnel.h, seg6_iptunnel.h,
/// rpl_iptunnel.h and ioam6_iptunnel.h of the kernel).</summary>
internal static class EncapsulationReader
{
    /// <summary>The words for the modes of segment routing (SEG6_IPTUN_MODE_* of linux/seg6_iptunnel.h).</summary>
    public static readonly string[] SegmentModes = ["inline", "encap", "l2encap", "encap.red", "l2encap.red"];

    /// <summary>The words for the flags of a tunnel (TUNNEL_* of linux/if_tunnel.h).</summary>
    public static readonly (string Word, ushort Bit)[] TunnelFlags = [("key", 4), ("csum", 1), ("seq", 8)];

    /// <summary>The words for the modes of measurements (IOAM6_IPTUNNEL_MODE_* of linux/ioam6_iptunnel.h).</summary>
    public static readonly string[] TraceModes = ["", "inline", "encap", "auto"];

    /// <summary>The text of an encapsulation.</summary>
    /// <exception cref="NetlinkProtocolException">It is malformed.</exception>
    public static string TextOf(RouteEncapsulationType type, AttributeReader attributes)
    {
        var left = new SortedDictionary<ushort, byte[]>();
        foreach (var attribute in attributes)
            left[attribute.Type] = attribute.Value.ToArray();
        List<string> words = [NameOf(type)];
        switch (type)
        {
            case RouteEncapsulationType.Ip: Tunnel(left, words, 4, "ttl", "tos"); break;
            case RouteEncapsulationType.Ip6: Tunnel(left, words, 16, "hoplimit", "tc"); break;
            case RouteEncapsulationType.Mpls: Labels(left, words); break;
            case RouteEncapsulationType.Seg6: Segments(left, words); break;
            case RouteEncapsulationType.Rpl: SourceRoute(left, words); break;
            case RouteEncapsulationType.Ioam6: Trace(left, words); break;
        }

        // Whatever has no word here is shown all the same.
        words.AddRange(left.Select(pair => Text($"attr {pair.Key} 0x{Convert.ToHexStringLower(pair.Value)}")));
        return string.Join(' ', words);
    }

    /// <summary>The word for a type; its number if it has none.</summary>
    public static string NameOf(RouteEncapsulationType type) => Enum.IsDefined(type)
        ? type.ToString().ToLowerInvariant() : Text($"{(int)type}");

    // LWTUNNEL_IP_* and LWTUNNEL_IP6_* have the same numbers.
    private static void Tunnel(
        SortedDictionary<ushort, byte[]> left, List<string> words, int addressLength, string ttl, string tos)
    {
        if (Take(left, 1, 8) is { } id && BinaryPrimitives.ReadUInt64BigEndian(id) is var number and not 0)
            words.Add(Text($"id {number}"));
        Address(left, words, 3, addressLength, "src");
        Address(left, words, 2, addressLength, "dst");
        foreach (var (type, word) in new[] { ((ushort)4, ttl), ((ushort)5, tos) })
        {
            if (Take(left, type, 1) is [not 0 and var value])
                words.Add(Text($"{word} {value}"));
        }

        if (Take(left, 6, 2) is not { } flags)
            return;
        var bits = BinaryPrimitives.ReadUInt16BigEndian(flags);
        foreach (var (word, bit) in TunnelFlags.Where(flag => (bits & flag.Bit) != 0))
        {
            words.Add(word);
            bits &= (ushort)~bit;
        }

        if (bits != 0)
            words.Add(Text($"flags 0x{bits:x}"));
    }

    private static void Labels(SortedDictionary<ushort, byte[]> left, List<string> words)
    {
        if (left.TryGetValue(1, out var stack) && stack.Length > 0 && stack.Length % 4 == 0)
        {
            var labels = stack.Chunk(4).Select(entry => BinaryPrimitives.ReadUInt32BigEndian(entry) >> 12).ToList();
            if (EncapsulationWriter.Labels(labels).AsSpan().SequenceEqual(stack))
            {
                left.Remove(1);
                words.Add(string.Join('/', labels.Select(label => Text($"{label}"))));
            }
        }

        if (Take(left, 2, 1) is { } ttl)
            words.Add(Text($"ttl {ttl[0]}"));
    }

    // The mode, and struct ipv6_sr_hdr, whose segments are in reverse. A header with more in it stays bytes.
    private static void Segments(SortedDictionary<ushort, byte[]> left, List<string> words)
    {
        const int Mode = 4, Header = 8, Segment = 16;
        if (!left.TryGetValue(1, out var bytes) || bytes.Length < Mode + Header)
            return;
        var (mode, count) = (BitConverter.ToInt32(bytes), bytes[Mode + 4] + 1);
        var end = Mode + Header + (count * Segment);
        if (mode < 0 || mode >= SegmentModes.Length || bytes.Length < end)
            return;
        var segments = AddressesIn(bytes.AsSpan(Mode + Header, count * Segment));
        // Inline, the packet's own destination comes last, and its place is empty.
        if (mode == 0 && segments.Count > 1 && IP.IsAny(segments[^1]))
            segments.RemoveAt(segments.Count - 1);
        // struct sr6_tlv_hmac comes behind the segments.
        var key = bytes.Length >= end + 8 ? BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(end + 4)) : 0;
        if (!EncapsulationWriter.Segments(mode, segments, key).AsSpan().SequenceEqual(bytes))
            return;
        left.Remove(1);
        words.Add($"mode {SegmentModes[mode]} segs {string.Join(',', segments)}");
        if (key != 0)
            words.Add(Text($"hmac {key}"));
    }

    // struct ipv6_rpl_sr_hdr, whose segments are in reverse.
    private static void SourceRoute(SortedDictionary<ushort, byte[]> left, List<string> words)
    {
        const int Header = 8, Segment = 16;
        if (!left.TryGetValue(1, out var bytes) || bytes.Length < Header + Segment
            || (bytes.Length - Header) % Segment != 0)
            return;
        var segments = AddressesIn(bytes.AsSpan(Header));
        if (!EncapsulationWriter.SourceRoute(segments).AsSpan().SequenceEqual(bytes))
            return;
        left.Remove(1);
        words.Add($"segs {string.Join(',', segments)}");
    }

    private static List<IPAddress> AddressesIn(ReadOnlySpan<byte> reversed)
    {
        var addresses = new List<IPAddress>();
        for (var start = reversed.Length - 16; start >= 0; start -= 16)
            addresses.Add(new IPAddress(reversed.Slice(start, 16)));
        return addresses;
    }

    // The trace is struct ioam6_trace_hdr of linux/ioam6.h.
    private static void Trace(SortedDictionary<ushort, byte[]> left, List<string> words)
    {
        if (left.TryGetValue(1, out var mode) && mode is [> 0 and <= 3])
        {
            left.Remove(1);
            words.Add($"mode {TraceModes[mode[0]]}");
        }

        Address(left, words, 6, 16, "tunsrc");
        Address(left, words, 2, 16, "tundst");
        if (left.TryGetValue(4, out var sent) && sent.Length == 4 && Take(left, 5, 4) is { } total)
        {
            left.Remove(4);
            words.Add(Text($"freq {BitConverter.ToUInt32(sent)}/{BitConverter.ToUInt32(total)}"));
        }

        if (!left.TryGetValue(3, out var trace) || trace.Length != 8)
            return;
        var type = BinaryPrimitives.ReadUInt32BigEndian(trace.AsSpan(4)) >> 8;
        var (place, size) = (BinaryPrimitives.ReadUInt16BigEndian(trace), trace[3] * 4);
        // What a node adds follows from the type.
        trace[2] = 0;
        if (!EncapsulationWriter.Trace(type, place, size).AsSpan().SequenceEqual(trace))
            return;
        left.Remove(3);
        words.Add(Text($"trace prealloc type 0x{type:x6} ns {place} size {size}"));
    }

    private static void Address(
        SortedDictionary<ushort, byte[]> left, List<string> words, ushort type, int length, string word)
    {
        if (Take(left, type, length) is { } value && new IPAddress(value) is var address && !IP.IsAny(address))
            words.Add($"{word} {address}");
    }

    private static byte[]? Take(SortedDictionary<ushort, byte[]> left, ushort type, int length)
    {
        if (!left.TryGetValue(type, out var value) || value.Length != length)
            return null;
        left.Remove(type);
        return value;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
