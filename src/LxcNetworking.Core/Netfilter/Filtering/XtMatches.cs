using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace LxcNetworking.Netfilter.Filtering;

/// <summary>
/// Matches of iptables, which iptables-nft leaves as they are in rules of nf_tables: the structures of
/// linux/netfilter/xt_*.h, in host order unless a member says otherwise. One that is not known may fit or not.
/// </summary>
internal static class XtMatches
{
    /// <summary>Whether packets fit, and the match in words.</summary>
    public static (Fit Fit, string Words) Look(string name, int revision, byte[] info, FilterFields fields)
        => (name, info.Length) switch
        {
            ("comment", _) => (Fit.All, string.Empty),
            ("conntrack", >= 154) when revision >= 2 => Conntrack(info, fields),
            ("multiport", >= 48) when revision == 1 => Multiport(info, fields.Packet),
            ("addrtype", >= 8) when revision == 1 => AddressType(info, fields),
            ("physdev", >= 66) => PhysicalDevice(info, fields.Packet),
            ("tcp", >= 12) => Ports(info, info[11], FilterPacket.Tcp, fields.Packet),
            ("udp", >= 9) => Ports(info, info[8], FilterPacket.Udp, fields.Packet),
            ("icmp" or "icmp6", >= 4) => Icmp(info, fields.Packet),
            ("pkttype", >= 8) => (
                Turn(fields.Packet.PacketType == info[0] ? Fit.All : Fit.None, info[4] != 0),
                $"-m pkttype {(info[4] != 0 ? "! " : string.Empty)}"
                    + FilterWords.Value(FilterForm.PacketType, [info[0]])),
            ("mark", >= 9) when revision == 1 => (
                Turn(fields.Mark.Masked(info[4..8], new byte[4]).Is(info[..4]), info[8] != 0), "-m mark"),
            ("hl" or "ttl", >= 2) => (Lifetime(info, fields.Packet), $"-m {name}"),
            // A reply to the sender goes back the way that the packet came.
            ("rpfilter", >= 1) => (
                (info[0] & 8) != 0 ? Fit.None : Fit.All,
                (info[0] & 8) != 0 ? "-m rpfilter --invert" : "-m rpfilter"),
            ("rt" or "frag" or "ipv6header" or "hbh" or "dst" or "mh" or "esp" or "ah" or "sctp" or "dccp", _)
                => (Fit.None, $"-m {name}"),
            ("iprange", >= 65) when revision == 1 => Addresses(info, fields),
            _ => (Fit.Some, $"-m {Netlink.KernelText.Printable(name)}"),
        };

    private static Fit Turn(Fit fit, bool isInverted) => isInverted ? FieldBits.Not(fit) : fit;

    private static ushort Number(byte[] info, int offset) => MemoryMarshal.Read<ushort>(info.AsSpan(offset));

    // struct xt_conntrack_mtinfo3, whose end is that of mtinfo2 with the upper ports behind it
    private static (Fit Fit, string Words) Conntrack(byte[] info, FilterFields fields)
    {
        const int stateFlag = 1, statusFlag = 1 << 6;
        int flags = Number(info, 146), inverted = Number(info, 148);
        uint wanted = Number(info, 150), status = Number(info, 152);
        // The translation's are further up than nft's, and untracked is behind them.
        var mask = (wanted & 0x3f) | ((wanted & 0x100) != 0 ? FilterPacket.Untracked : 0);
        var fit = Fit.All;
        var words = new List<string>();
        if ((flags & stateFlag) != 0)
        {
            var state = fields.State.HasAny(BitConverter.GetBytes(mask));
            if (state != Fit.All && (wanted & 0x40) != 0)
                state = Fit.Some;
            fit = Turn(state, (inverted & stateFlag) != 0);
            var names = mask != 0 ? FilterWords.Value(FilterForm.State, BitConverter.GetBytes(mask)) : "translated";
            words.Add($"ct state {((inverted & stateFlag) != 0 ? "!= " : string.Empty)}{names}");
        }

        if ((flags & statusFlag) != 0)
        {
            fit = FieldBits.And(
                fit,
                Turn(FilterFields.Status.HasAny(BitConverter.GetBytes(status)), (inverted & statusFlag) != 0));
            words.Add($"ct status {FilterWords.Value(FilterForm.Status, BitConverter.GetBytes(status))}");
        }

        if ((flags & ~(stateFlag | statusFlag)) != 0)
        {
            fit = FieldBits.And(fit, Fit.Some);
            words.Add("-m conntrack");
        }

        return (fit, string.Join(' ', words));
    }

    // struct xt_multiport_v1: flags, count, 15 ports, which of them begin a range, inversion
    private static (Fit Fit, string Words) Multiport(byte[] info, FilterPacket packet)
    {
        var count = Math.Min((int)info[1], 15);
        var fit = Fit.None;
        var words = new List<string>();
        for (var i = 0; i < count; i++)
        {
            int from = Number(info, 2 + 2 * i), to = from;
            if (info[32 + i] != 0 && i + 1 < count)
                to = Number(info, 2 + 2 * ++i);
            words.Add(from == to ? $"{from}" : $"{from}-{to}");
            if (info[0] != 1)
                fit = FieldBits.Or(fit, Port(packet, 0, from, to));
            if (info[0] != 0)
                fit = FieldBits.Or(fit, Port(packet, 2, from, to));
        }

        return (Turn(fit, info[47] != 0),
            $"{(info[0] == 0 ? "sport" : "dport")} {(info[47] != 0 ? "!= " : string.Empty)}"
                + $"{{ {string.Join(", ", words)} }}");
    }

    private static Fit Port(FilterPacket packet, int offset, int from, int to)
    {
        byte[] first = new byte[2], last = new byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(first, (ushort)from);
        BinaryPrimitives.WriteUInt16BigEndian(last, (ushort)to);
        return packet.Transport.Slice(offset, 2).IsWithin(first, last);
    }

    // struct xt_tcp and struct xt_udp: two source ports, two destination ports, of TCP an option and flags, inversions
    private static (Fit Fit, string Words) Ports(byte[] info, byte inverted, byte protocol, FilterPacket packet)
    {
        if (packet.Protocol != protocol)
            return (Fit.None, $"-m {FilterWords.Protocol(protocol)}");
        int[] ports = [Number(info, 0), Number(info, 2), Number(info, 4), Number(info, 6)];
        var fit = FieldBits.And(
            Turn(Port(packet, 0, ports[0], ports[1]), (inverted & 1) != 0),
            Turn(Port(packet, 2, ports[2], ports[3]), (inverted & 2) != 0));
        if (protocol == FilterPacket.Tcp)
        {
            var flags = packet.Transport.Slice(13, 1).Masked([info[9]], [0]).Is([info[10]]);
            fit = FieldBits.And(fit, Turn(flags, (inverted & 4) != 0));
            if (info[8] != 0)
                fit = FieldBits.And(fit, Fit.Some);
        }

        return (fit, $"{FilterWords.Protocol(protocol)} sport {ports[0]}-{ports[1]} dport {ports[2]}-{ports[3]}");
    }

    // struct ipt_icmp: type (255 for any), least and greatest code, inversion
    private static (Fit Fit, string Words) Icmp(byte[] info, FilterPacket packet)
    {
        if (packet.Protocol is not (FilterPacket.Icmp or FilterPacket.IcmpV6))
            return (Fit.None, "icmp");
        var header = packet.Transport;
        var fit = info[0] == 0xff && packet.Protocol == FilterPacket.Icmp ? Fit.All
            : FieldBits.And(header.Slice(0, 1).Is([info[0]]), header.Slice(1, 1).IsWithin([info[1]], [info[2]]));
        return (Turn(fit, (info[3] & 1) != 0), $"icmp type {info[0]}");
    }

    // struct xt_addrtype_info_v1: source and destination types as bits, flags
    private static (Fit Fit, string Words) AddressType(byte[] info, FilterFields fields)
    {
        uint source = Number(info, 0), destination = Number(info, 2), flags = MemoryMarshal.Read<uint>(info.AsSpan(4));
        static Fit Has(uint types, uint type) => (types & (1u << (int)type)) != 0 ? Fit.All
            : Fit.None;
        var fit = Fit.All;
        if (source != 0)
            fit = Turn(Has(source, fields.Packet.SourceType), (flags & 1) != 0);
        if (destination != 0)
            fit = FieldBits.And(fit, Turn(Has(destination, fields.DestinationType), (flags & 2) != 0));
        static string Not(bool isInverted) => isInverted ? "!= " : string.Empty;
        static string Name(uint types) => (types & (types - 1)) == 0
            ? FilterWords.Value(
                FilterForm.AddressType, BitConverter.GetBytes(System.Numerics.BitOperations.TrailingZeroCount(types)))
            : $"0x{types:x}";
        return (fit, string.Join(' ', new[]
        {
            source != 0 ? $"fib saddr type {Not((flags & 1) != 0)}{Name(source)}" : string.Empty,
            destination != 0 ? $"fib daddr type {Not((flags & 2) != 0)}{Name(destination)}" : string.Empty,
        }.Where(word => word.Length > 0)));
    }

    // struct xt_physdev_info: two names with masks, inversions, what is asked
    private static (Fit Fit, string Words) PhysicalDevice(byte[] info, FilterPacket packet)
    {
        const int isBridged = 4;
        var fit = info[65] != isBridged ? Fit.Some
            : packet.Traffic == FilteredTraffic.Bridged ? Fit.All : Fit.None;
        return (Turn(fit, info[65] == isBridged && (info[64] & isBridged) != 0), "-m physdev");
    }

    // struct ipt_ttl_info: 0 equal, 1 not equal, 2 less, 3 greater; the value
    private static Fit Lifetime(byte[] info, FilterPacket packet) => packet.Lifetime.Compare(
        info[0] switch
        {
            0 => NftComparison.Equal,
            1 => NftComparison.NotEqual,
            2 => NftComparison.Less,
            _ => NftComparison.Greater,
        },
        [info[1]]);

    // struct xt_iprange_mtinfo: least and greatest source and destination, what counts and what is inverted
    private static (Fit Fit, string Words) Addresses(byte[] info, FilterFields fields)
    {
        var length = fields.Packet.IsIPv6 ? 16 : 4;
        Fit Within(FieldBits address, int offset) => address.IsWithin(
            info.AsSpan(offset, length), info.AsSpan(offset + 16, length));
        var fit = Fit.All;
        if ((info[64] & 1) != 0)
            fit = Turn(Within(fields.Packet.Source, 0), (info[64] & 16) != 0);
        if ((info[64] & 2) != 0)
            fit = FieldBits.And(fit, Turn(Within(fields.Destination, 32), (info[64] & 32) != 0));
        return (fit, "-m iprange");
    }
}
