using System.Buffers.Binary;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>Makes the kernel's attributes of the words for what a route puts its packets into.</summary>
internal static class EncapsulationWriter
{
    private const string Known = "is no encapsulation: write ip or ip6 with id, src, dst, ttl, tos (hoplimit, tc), "
        + "key, csum, seq, or seg6 mode encap segs ADDRESS,ADDRESS.";

    /// <summary>Reads the text form.</summary>
    /// <exception cref="FormatException">It is none.</exception>
    public static (RouteEncapsulationType Type, byte[] Attributes) Read(string text)
    {
        var words = new Queue<string>(text.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        if (!words.TryDequeue(out var name) || FindType(name) is not { } type)
            throw Misfit.Of(text, Known);
        var attributes = new SortedDictionary<ushort, byte[]>();
        var segments = new SegmentWords();
        while (words.TryDequeue(out var word))
        {
            var isTaken = (word == "attr" && TakeAttribute(words, attributes))
                || type switch
                {
                    RouteEncapsulationType.Ip => TakeTunnel(word, words, attributes, IPFamily.IPv4, "ttl", "tos"),
                    RouteEncapsulationType.Ip6 => TakeTunnel(word, words, attributes, IPFamily.IPv6, "hoplimit", "tc"),
                    RouteEncapsulationType.Mpls => TakeLabels(word, words, attributes),
                    RouteEncapsulationType.Seg6 or RouteEncapsulationType.Rpl => segments.Take(word, words),
                    RouteEncapsulationType.Ioam6 => TakeTrace(word, words, attributes),
                    _ => false,
                };
            if (!isTaken)
            {
                throw Misfit.Of(
                    text,
                    $"has '{Netlink.KernelText.Shown(word)}' in it, which {EncapsulationReader.NameOf(type)} cannot be "
                        + "made of, or no value that fits it.");
            }
        }

        if (segments.ToBytes(type) is { } header)
            attributes[1] = header;
        // A tunnel of which nothing is said is told without words.
        return attributes.Count > 0 || type is RouteEncapsulationType.Ip or RouteEncapsulationType.Ip6
            ? (type, [.. attributes.SelectMany(pair => Attribute(pair.Key, pair.Value))])
            : throw Misfit.Of(text, Known);
    }

    /// <summary>A stack of labels (struct mpls_label), of which the last has the bit for the bottom.</summary>
    public static byte[] Labels(IReadOnlyList<uint> labels)
    {
        var bytes = new byte[labels.Count * 4];
        for (var i = 0; i < labels.Count; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(
                bytes.AsSpan(i * 4), (labels[i] << 12) | (i == labels.Count - 1 ? 0x100u : 0));
        }

        return bytes;
    }

    /// <summary>The mode, and struct ipv6_sr_hdr of linux/seg6.h with struct sr6_tlv_hmac of
    /// linux/seg6_hmac.h.</summary>
    public static byte[] Segments(int mode, IReadOnlyList<IPAddress> segments, uint key)
    {
        const byte RoutingType = 4, HasHmac = 8;
        byte[] places =
        [
            .. mode == 0 ? IPAddress.IPv6Any.GetAddressBytes() : [],
            .. segments.Reverse().SelectMany(item => item.GetAddressBytes()),
        ];
        var hmac = new byte[key == 0 ? 0 : 40];
        if (key != 0)
        {
            (hmac[0], hmac[1]) = (5, 38);
            BinaryPrimitives.WriteUInt32BigEndian(hmac.AsSpan(4), key);
        }

        var left = (byte)((places.Length / 16) - 1);
        return
        [
            .. BitConverter.GetBytes(mode),
            0, (byte)((places.Length + hmac.Length) / 8), RoutingType, left, left, key == 0 ? (byte)0 : HasHmac, 0, 0,
            .. places, .. hmac,
        ];
    }

    /// <summary>struct ipv6_rpl_sr_hdr of linux/rpl.h.</summary>
    public static byte[] SourceRoute(IReadOnlyList<IPAddress> segments)
    {
        const byte RoutingType = 3;
        return
        [
            0, (byte)(segments.Count * 2), RoutingType, (byte)segments.Count, 0, 0, 0, 0,
            .. segments.Reverse().SelectMany(item => item.GetAddressBytes()),
        ];
    }

    /// <summary>struct ioam6_trace_hdr of linux/ioam6.h.</summary>
    public static byte[] Trace(uint type, ushort place, int size)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, place);
        bytes[3] = (byte)(size / 4);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), type << 8);
        return bytes;
    }

    /// <summary>An attribute with its header and padding.</summary>
    public static byte[] Attribute(ushort type, byte[] value) =>
    [
        .. BitConverter.GetBytes((ushort)(4 + value.Length)), .. BitConverter.GetBytes(type), .. value,
        .. new byte[-value.Length & 3],
    ];

    private static RouteEncapsulationType? FindType(string name)
    {
        foreach (var type in Enum.GetValues<RouteEncapsulationType>())
        {
            if (type != RouteEncapsulationType.None && EncapsulationReader.NameOf(type) == name)
                return type;
        }

        return Digits.TryParse(name, out int number) && number is > 0 and <= ushort.MaxValue
            ? (RouteEncapsulationType)number : null;
    }

    // As a type without words is shown: attr NUMBER 0xBYTES.
    private static bool TakeAttribute(Queue<string> words, SortedDictionary<ushort, byte[]> attributes)
    {
        if (!words.TryDequeue(out var number) || !Digits.TryParse(number, out int type) || type is < 0 or > 0x3fff
            || !words.TryDequeue(out var value) || !value.StartsWith("0x", StringComparison.Ordinal)
            || value.Length % 2 != 0 || value.Length > 8192)
            return false;
        try
        {
            attributes[(ushort)type] = Convert.FromHexString(value.AsSpan(2));
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static bool TakeTunnel(
        string word,
        Queue<string> words,
        SortedDictionary<ushort, byte[]> attributes,
        IPFamily family,
        string ttl,
        string tos)
    {
        foreach (var (flag, bit) in EncapsulationReader.TunnelFlags)
        {
            if (word == flag)
                return AddFlags(attributes, bit);
        }

        if (!words.TryDequeue(out var value))
            return false;
        if (word == "id" && Digits.TryParse(value, out ulong id))
        {
            var bytes = new byte[8];
            BinaryPrimitives.WriteUInt64BigEndian(bytes, id);
            attributes[1] = bytes;
            return true;
        }

        if (word is "src" or "dst" && IPAddress.TryParse(value, out var address) && IP.FamilyOf(address) == family)
        {
            attributes[(ushort)(word == "dst" ? 2 : 3)] = address.GetAddressBytes();
            return true;
        }

        if ((word == ttl || word == tos) && Digits.TryParse(value, out int number) && number is >= 0 and <= 255)
        {
            attributes[(ushort)(word == ttl ? 4 : 5)] = [(byte)number];
            return true;
        }

        return word == "flags" && TryHexadecimal(value, out var flags) && flags <= ushort.MaxValue
            && AddFlags(attributes, (ushort)flags);
    }

    private static bool AddFlags(SortedDictionary<ushort, byte[]> attributes, ushort bits)
    {
        var before = attributes.TryGetValue(6, out var value) ? BinaryPrimitives.ReadUInt16BigEndian(value) : 0;
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)(before | bits));
        attributes[6] = bytes;
        return true;
    }

    private static bool TakeLabels(string word, Queue<string> words, SortedDictionary<ushort, byte[]> attributes)
    {
        if (word == "ttl" && words.TryDequeue(out var value) && Digits.TryParse(value, out int ttl) && ttl <= 255)
        {
            attributes[2] = [(byte)ttl];
            return true;
        }

        var labels = new List<uint>();
        foreach (var part in word.Split('/'))
        {
            if (!Digits.TryParse(part, out uint label) || label > 0xfffff)
                return false;
            labels.Add(label);
        }

        attributes[1] = Labels(labels);
        return true;
    }

    private static bool TakeTrace(string word, Queue<string> words, SortedDictionary<ushort, byte[]> attributes)
    {
        if (!words.TryDequeue(out var value))
            return false;
        switch (word)
        {
            case "mode" when Array.IndexOf(EncapsulationReader.TraceModes, value) is var mode and > 0:
                attributes[1] = [(byte)mode];
                return true;
            case "tundst" or "tunsrc" when IPAddress.TryParse(value, out var address)
                && IP.FamilyOf(address) == IPFamily.IPv6:
                attributes[(ushort)(word == "tundst" ? 2 : 6)] = address.GetAddressBytes();
                return true;
            case "freq" when value.Split('/') is [var sent, var total]
                && Digits.TryParse(sent, out uint some) && Digits.TryParse(total, out uint all):
                (attributes[4], attributes[5]) = (BitConverter.GetBytes(some), BitConverter.GetBytes(all));
                return true;
            case "trace" when value == "prealloc" && words.Count >= 6
                && words.Dequeue() == "type" && TryHexadecimal(words.Dequeue(), out var type) && type <= 0xffffff
                && words.Dequeue() == "ns" && Digits.TryParse(words.Dequeue(), out int place)
                && place is >= 0 and <= ushort.MaxValue
                && words.Dequeue() == "size" && Digits.TryParse(words.Dequeue(), out int size)
                && size is >= 0 and <= 244 && size % 4 == 0:
                attributes[3] = Trace(type, (ushort)place, size);
                return true;
            default:
                return false;
        }
    }

    private static bool TryHexadecimal(string text, out uint number)
    {
        number = 0;
        return text.StartsWith("0x", StringComparison.Ordinal)
            && Digits.TryParseHex(text.AsSpan(2), out number);
    }

    // mode MODE segs ADDRESS,ADDRESS [hmac KEY]
    private sealed class SegmentWords
    {
        private const int MaxSegments = 120;
        private int _mode = 1;
        private List<IPAddress>? _segments;
        private uint _key;

        public bool Take(string word, Queue<string> words)
        {
            if (!words.TryDequeue(out var value))
                return false;
            switch (word)
            {
                case "mode":
                    _mode = Array.IndexOf(EncapsulationReader.SegmentModes, value);
                    return _mode >= 0;
                case "segs":
                    _segments = [];
                    foreach (var part in value.Split(','))
                    {
                        if (!IPAddress.TryParse(part, out var address) || IP.FamilyOf(address) != IPFamily.IPv6)
                            return false;
                        _segments.Add(new IPAddress(address.GetAddressBytes()));
                    }

                    return _segments.Count <= MaxSegments;
                case "hmac":
                    return Digits.TryParse(value, out _key) && _key != 0;
                default:
                    return false;
            }
        }

        public byte[]? ToBytes(RouteEncapsulationType type) => _segments is null ? null
            : type == RouteEncapsulationType.Rpl ? SourceRoute(_segments) : Segments(_mode, _segments, _key);
    }
}
