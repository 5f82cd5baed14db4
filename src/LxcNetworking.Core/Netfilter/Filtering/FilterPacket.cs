using LxcNetworking.Values;

namespace LxcNetworking.Netfilter.Filtering;

/// <summary>An interface on a packet's way.</summary>
/// <param name="Name">Its name; null if it is not known, empty if there is none yet.</param>
/// <param name="Index">Its number; 0 if it is not known or there is none.</param>
internal sealed record FilterLink(string? Name, int Index = 0)
{
    public static FilterLink Unknown { get; } = new((string?)null);

    public static FilterLink None { get; } = new(string.Empty);

    public FieldBits NameBits => Name is null ? FieldBits.Unknown(16) : FieldBits.OfName(Name);

    public FieldBits IndexBits
        => Index == 0 && Name is not { Length: 0 } ? FieldBits.Unknown(4) : FieldBits.Of((uint)Index);
}

/// <summary>One call of chains on a packet's way.</summary>
/// <param name="Families">Whose chains (NFPROTO_*).</param>
/// <param name="Hook">Which hook of theirs.</param>
/// <param name="In">Where the packet came from.</param>
/// <param name="Out">Where it goes to.</param>
internal sealed record FilterPlace(IReadOnlyList<byte> Families, uint Hook, FilterLink In, FilterLink Out)
{
    /// <summary>The interface whose chains are called; null where the hook is the namespace's.</summary>
    public string? Device { get; init; }

    /// <summary>The bridge that the packet goes through, where the chains are of bridges.</summary>
    public FilterLink Bridge { get; init; } = FilterLink.Unknown;

    /// <summary>The hook as nft calls it.</summary>
    public string HookName => Families[0] == Nf.Netdev ? Hook == Nf.HookIngress ? "ingress" : "egress"
        : Families[0] == Nf.Arp ? Hook == Nf.HookArpIn ? "input" : "output"
        : Hook switch
        {
            Nf.HookPreRouting => "prerouting",
            Nf.HookLocalIn => "input",
            Nf.HookForward => "forward",
            Nf.HookLocalOut => "output",
            Nf.HookPostRouting => "postrouting",
            _ => "ingress",
        };
}

/// <summary>A sort of packets: what all of them have in common is known.</summary>
/// <param name="Traffic">What they are part of.</param>
/// <param name="Family">NFPROTO_IPV4, _IPV6 or _ARP.</param>
/// <param name="Protocol">IPPROTO_*.</param>
internal sealed record FilterPacket(FilteredTraffic Traffic, byte Family, byte Protocol)
{
    /// <summary>NF_CT_STATE_BIT() of the states, NF_CT_STATE_INVALID_BIT and NF_CT_STATE_UNTRACKED_BIT.</summary>
    public const uint Invalid = 1, Established = 2, New = 8, Untracked = 64;

    /// <summary>RTN_*.</summary>
    public const uint Unicast = 1, Local = 2, Broadcast = 3, Multicast = 5;

    public const byte Icmp = 1, Tcp = 6, Udp = 17, IcmpV6 = 58;

    public required FieldBits Network { get; init; }

    public FieldBits Transport { get; init; } = FieldBits.Unknown(0);

    public uint State { get; init; } = New;

    /// <summary>What sort of addresses these are to the host (RTN_*).</summary>
    public uint SourceType { get; init; } = Unicast;

    public uint DestinationType { get; init; } = Unicast;

    /// <summary>PACKET_HOST, PACKET_BROADCAST or PACKET_MULTICAST.</summary>
    public byte PacketType { get; init; }

    /// <summary>Whether its destination is the host's own until the translation's chain.</summary>
    public bool IsTranslatedBack { get; init; }

    public bool IsIPv6 => Family == Nf.IPv6;

    public string ProtocolName => Protocol switch
    {
        Tcp => "TCP",
        Udp => "UDP",
        Icmp or IcmpV6 => "ICMP",
        _ => string.Empty,
    };

    public FieldBits Source => IsIPv6 ? Network.Slice(8, 16) : Network.Slice(12, 4);

    public FieldBits Destination => IsIPv6 ? Network.Slice(24, 16) : Network.Slice(16, 4);

    public FieldBits Lifetime => Network.Slice(IsIPv6 ? 7 : 8, 1);

    /// <summary>A header of IPv4 or IPv6.</summary>
    public static FieldBits Header(byte protocol, FieldBits source, FieldBits destination, byte lifetime = 64)
    {
        FieldBits[] parts = source.Length == 16
            ? [new([0x60], [0xf0]), FieldBits.Unknown(5), FieldBits.Of(protocol, lifetime), source, destination]
            : [FieldBits.Of(0x45), FieldBits.Unknown(5), new([0, 0], [0x3f, 0xff]), FieldBits.Of(lifetime, protocol),
                FieldBits.Unknown(2), source, destination];
        return Join(parts);
    }

    /// <summary>A header of TCP, UDP or ICMP.</summary>
    public static FieldBits Ports(FieldBits source, FieldBits destination, byte flags)
        => Join(source, destination, FieldBits.Unknown(9), FieldBits.Of(flags), FieldBits.Unknown(6));

    public static FieldBits Join(params IReadOnlyList<FieldBits> parts)
        => new([.. parts.SelectMany(part => part.Value)], [.. parts.SelectMany(part => part.Known)]);

    public static FieldBits Of(IPPrefix prefix)
        => FieldBits.Of(prefix.Network.Address.GetAddressBytes(), prefix.Length);

    public static FieldBits Of(string address) => FieldBits.Of(System.Net.IPAddress.Parse(address).GetAddressBytes());

    public static FieldBits Port(ushort number) => FieldBits.Of((byte)(number >> 8), (byte)number);
}

/// <summary>Packets of one sort and their way.</summary>
internal sealed record FilterFlow(FilterPacket Packet, IReadOnlyList<FilterPlace> Places);

/// <summary>What rules have done to the packets on their way.</summary>
internal sealed class FilterMarks
{
    public FieldBits Mark { get; set; } = FieldBits.Of(0);

    public Fit Untracked { get; set; }
}
