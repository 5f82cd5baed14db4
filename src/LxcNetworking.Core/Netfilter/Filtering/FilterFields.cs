using LxcNetworking.Values;

namespace LxcNetworking.Netfilter.Filtering;

/// <summary>What rules see of a packet at one place.</summary>
internal sealed class FilterFields(FilterPacket packet, FilterPlace place, FilterChain chain, FilterMarks marks)
{
    private static readonly FieldBits s_ethernet = FieldBits.Of(1, 0);

    public FilterPacket Packet => packet;

    public FilterPlace Place => place;

    /// <summary>The connection's state as rules are told it (NF_CT_STATE_BIT).</summary>
    public FieldBits State
        => marks.Untracked == Fit.All ? FieldBits.Of(FilterPacket.Untracked)
            : marks.Untracked == Fit.Some ? FieldBits.Unknown(4)
            : FieldBits.Of(IsTracked ? packet.State : FilterPacket.Invalid);

    /// <summary>The connection's state of translation (IPS_*): expected and translated inwards it is not.</summary>
    public static FieldBits Status => new(new byte[4], BitConverter.GetBytes(0x21u));

    public FieldBits Mark => marks.Mark;

    /// <summary>The destination, which is not known where replies are still the host's own.</summary>
    public FieldBits Destination => IsOwn ? FieldBits.Unknown(packet.Destination.Length) : packet.Destination;

    public uint DestinationType => IsOwn ? FilterPacket.Local : packet.DestinationType;

    // What comes in is tracked from one priority of the first hook on.
    private bool IsTracked => place.Families[0] != Nf.Netdev && place.Families[0] != Nf.Arp
        && !(place.Hook is Nf.HookPreRouting or Nf.HookLocalOut && chain.Priority <= Nf.PriorityConntrack)
        && place.Device is null;

    private bool IsOwn => packet.IsTranslatedBack && (place.Device is not null
        || (place.Hook == Nf.HookPreRouting && chain.Priority <= Nf.PriorityDestinationNat));

    private byte ChainFamily => chain.Family is Nf.Bridge or Nf.Netdev ? chain.Family : packet.Family;

    /// <summary>Gives what a key of meta stands for.</summary>
    public (FieldBits FieldBits, FilterText Text) Meta(uint key) => key switch
    {
        NftExpr.MetaProtocol => (
            packet.Family switch
            {
                Nf.IPv6 => FieldBits.Of(0x86, 0xdd),
                Nf.Arp => FieldBits.Of(8, 6),
                _ => FieldBits.Of(8, 0),
            },
            new("meta protocol", FilterForm.EtherType)),
        NftExpr.MetaMark => (marks.Mark, new("meta mark", FilterForm.HostNumber)),
        NftExpr.MetaIif => (place.In.IndexBits, new("iif", FilterForm.Hex)),
        NftExpr.MetaOif => (place.Out.IndexBits, new("oif", FilterForm.Hex)),
        NftExpr.MetaIifName => (place.In.NameBits, new("iifname", FilterForm.Name)),
        NftExpr.MetaOifName => (place.Out.NameBits, new("oifname", FilterForm.Name)),
        NftExpr.MetaIifType or NftExpr.MetaOifType => (s_ethernet, new("iiftype", FilterForm.Hex)),
        NftExpr.MetaNfProto => (FieldBits.Of(ChainFamily), new("meta nfproto", FilterForm.Family)),
        NftExpr.MetaL4Proto => (
            packet.Family == Nf.Arp ? FieldBits.Unknown(1) : FieldBits.Of(packet.Protocol),
            new("meta l4proto", FilterForm.Protocol)),
        NftExpr.MetaBridgeIifName or NftExpr.MetaBridgeOifName => (
            chain.Family == Nf.Bridge ? place.Bridge.NameBits : FieldBits.Unknown(16),
            new(key == NftExpr.MetaBridgeIifName ? "meta ibrname" : "meta obrname", FilterForm.Name)),
        NftExpr.MetaPacketType => (FieldBits.Of(packet.PacketType), new("meta pkttype", FilterForm.PacketType)),
        NftExpr.MetaSecurityPath => (FieldBits.Of((byte)0), new("meta ipsec", FilterForm.Number)),
        _ => (FieldBits.Unknown(16), new($"meta {MetaName(key)}", FilterForm.HostNumber)),
    };

    // Of what is not looked at, what firewalls have.
    private static string MetaName(uint key) => key switch
    {
        0 => "length",
        10 => "skuid",
        11 => "skgid",
        20 => "cpu",
        21 => "iifgroup",
        22 => "oifgroup",
        23 => "cgroup",
        _ => key.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    /// <summary>Gives what a key of ct stands for.</summary>
    public (FieldBits FieldBits, FilterText Text) Connection(uint key) => key switch
    {
        NftExpr.CtState => (State, new("ct state", FilterForm.State)),
        NftExpr.CtTravels => (
            FieldBits.Of((byte)(packet.State == FilterPacket.Established ? 1 : 0)),
            new("ct direction", FilterForm.Number)),
        NftExpr.CtStatus => (Status, new("ct status", FilterForm.Status)),
        NftExpr.CtMark => (
            packet.State == FilterPacket.New ? FieldBits.Of(0) : FieldBits.Unknown(4),
            new("ct mark", FilterForm.HostNumber)),
        _ => (FieldBits.Unknown(16), new($"ct {key}", FilterForm.Hex)),
    };

    /// <summary>Gives what a look into the routes brings. Replies go back the way that the packets came.</summary>
    public (FieldBits FieldBits, FilterText Text) Route(uint result, uint flags)
    {
        var isSource = (flags & NftExpr.FibSourceAddress) != 0;
        var name = isSource ? "fib saddr" : "fib daddr";
        var way = isSource ? place.In : place.Out;
        if (result == NftExpr.FibResultAddressType)
        {
            return (FieldBits.Of(isSource ? packet.SourceType : DestinationType),
                new($"{name} type", FilterForm.AddressType));
        }

        if ((flags & NftExpr.FibPresent) != 0)
            return (FieldBits.Of((byte)1), new($"{name} check", FilterForm.Number));
        // Some interface it is, whichever.
        var known = way.Name is { Length: > 0 };
        return result == NftExpr.FibResultOifName
            ? (known ? way.NameBits : FieldBits.Unknown(16), new($"{name} oifname", FilterForm.Name))
            : (known && way.Index != 0 ? way.IndexBits : FieldBits.Unknown(4), new($"{name} oif", FilterForm.Hex));
    }

    /// <summary>Gives bytes of a header.</summary>
    public (FieldBits FieldBits, FilterText Text) Payload(uint header, int offset, int length, byte? protocol)
    {
        if (header == NftExpr.PayloadNetwork)
        {
            var (name, form) = NetworkField(offset, length);
            var place6 = packet.IsIPv6 ? 24 : 16;
            var isDestination = packet.Family != Nf.Arp && offset >= place6 && IsOwn;
            return (isDestination ? FieldBits.Unknown(length) : packet.Network.Slice(offset, length), new(name, form));
        }

        if (header == NftExpr.PayloadTransport)
        {
            var (name, form) = TransportField(offset, length, protocol);
            return (packet.Transport.Slice(offset, length), new(name, form));
        }

        if (header != NftExpr.PayloadLink)
            return (FieldBits.Unknown(length), new($"@{header},{offset * 8},{length * 8}", FilterForm.Hex));
        // Two addresses of Ethernet come before the type.
        var frame = FilterPacket.Join(FieldBits.Unknown(12), Meta(NftExpr.MetaProtocol).FieldBits);
        return (frame.Slice(offset, length), (offset, length) switch
        {
            (12, 2) => new("ether type", FilterForm.EtherType),
            (0, 6) => new("ether daddr", FilterForm.Hex),
            (6, 6) => new("ether saddr", FilterForm.Hex),
            _ => new($"@ll,{offset * 8},{length * 8}", FilterForm.Hex),
        });
    }

    private (string Name, FilterForm Form) NetworkField(int offset, int length)
        => (packet.Family, offset, length) switch
        {
            (Nf.IPv6, 6, 1) => ("ip6 nexthdr", FilterForm.Protocol),
            (Nf.IPv6, 7, 1) => ("ip6 hoplimit", FilterForm.Number),
            (Nf.IPv6, 8, <= 16) => ("ip6 saddr", FilterForm.Address),
            (Nf.IPv6, 24, <= 16) => ("ip6 daddr", FilterForm.Address),
            (Nf.IPv4, 8, 1) => ("ip ttl", FilterForm.Number),
            (Nf.IPv4, 9, 1) => ("ip protocol", FilterForm.Protocol),
            (Nf.IPv4, 12, <= 4) => ("ip saddr", FilterForm.Address),
            (Nf.IPv4, 16, <= 4) => ("ip daddr", FilterForm.Address),
            _ => ($"@nh,{offset * 8},{length * 8}", FilterForm.Hex),
        };

    private static (string Name, FilterForm Form) TransportField(int offset, int length, byte? protocol)
    {
        var name = protocol switch
        {
            FilterPacket.IcmpV6 => "icmpv6",
            { } number => FilterWords.Protocol(number),
            null => "th",
        };
        if (protocol is FilterPacket.Icmp or FilterPacket.IcmpV6)
        {
            return length == 1 && offset < 2 ? ($"{name} {(offset == 0 ? "type" : "code")}", FilterForm.Number)
                : ($"@th,{offset * 8},{length * 8}", FilterForm.Hex);
        }

        return (offset, length) switch
        {
            (0, 2) => ($"{name} sport", FilterForm.Number),
            (2, 2) => ($"{name} dport", FilterForm.Number),
            (13, 1) when protocol == FilterPacket.Tcp => ("tcp flags", FilterForm.Hex),
            _ => ($"@th,{offset * 8},{length * 8}", FilterForm.Hex),
        };
    }
}
