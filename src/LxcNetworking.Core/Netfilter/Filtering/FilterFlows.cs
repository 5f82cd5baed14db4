using System.Net.Sockets;
using LxcNetworking.Values;

namespace LxcNetworking.Netfilter.Filtering;

/// <summary>A network whose traffic is to be looked at.</summary>
internal sealed record FilterQuestion(IReadOnlyList<IPPrefix> Prefixes)
{
    /// <summary>The network's interface on the host.</summary>
    public FilterLink Inside { get; init; } = FilterLink.Unknown;

    public bool IsBridge { get; init; }

    /// <summary>Where packets go to elsewhere, for each family.</summary>
    public Func<AddressFamily, FilterLink> Outside { get; init; } = _ => FilterLink.Unknown;

    /// <summary>Whether what leaves it is translated.</summary>
    public bool IsTranslated { get; init; }

    /// <summary>Whether its packets go through the host.</summary>
    public bool IsForwarded { get; init; } = true;

    /// <summary>Whether the host serves DHCP, DNS and router advertisements to it.</summary>
    public bool IsServed { get; init; }

    /// <summary>The host's addresses in it.</summary>
    public IReadOnlyList<IPAddress> Gateways { get; init; } = [];

    /// <summary>The families whose bridged packets pass the chains for routed ones too (br_netfilter).</summary>
    public IReadOnlyList<AddressFamily> BridgedFamilies { get; init; } = [];
}

/// <summary>
/// The traffic of a network as sorts of packets and their ways. Elsewhere is an address that no rule is likely to name.
/// </summary>
internal sealed class FilterFlows(FilterQuestion question)
{
    private const byte Syn = 2, Ack = 16;
    // Addresses of the internet; those of documentation are dropped by rules of their own.
    private static readonly FieldBits s_elsewhere4 = FilterPacket.Of("93.184.215.14"),
        s_elsewhere6 = FilterPacket.Of("2606:2800:21f:cb07:6820:80da:af6b:8b2c");

    // Clients take ports of the upper half.
    private static readonly FieldBits s_clientPort = new([0x80, 0], [0x80, 0]), s_anyPort = FieldBits.Unknown(2);
    private readonly List<FilterFlow> _flows = [];

    /// <summary>Makes them.</summary>
    public static IReadOnlyList<FilterFlow> Of(FilterQuestion question)
    {
        var flows = new FilterFlows(question);
        flows.Add();
        return flows._flows;
    }

    private void Add()
    {
        foreach (var prefix in question.Prefixes.DistinctBy(prefix => prefix.Network))
        {
            if (question.IsForwarded)
                AddForwarded(prefix);
            if (question.Inside.Name is not null && prefix.Length > 0)
                AddLocal(prefix);
        }

        if (!question.IsBridge)
            return;
        IReadOnlyList<IPPrefix> prefixes = question.Prefixes.Count > 0 ? question.Prefixes
            : [IPPrefix.AnyIPv4, IPPrefix.AnyIPv6];
        foreach (var prefix in prefixes)
            AddBridged(prefix);
    }

    private void AddForwarded(IPPrefix prefix)
    {
        var isIPv6 = prefix.AddressFamily == AddressFamily.InterNetworkV6;
        var (source, elsewhere) = (FilterPacket.Of(prefix), isIPv6 ? s_elsewhere6 : s_elsewhere4);
        var outside = question.Outside(prefix.AddressFamily);
        var icmp = isIPv6 ? FilterPacket.IcmpV6 : FilterPacket.Icmp;
        foreach (var protocol in new[] { FilterPacket.Tcp, FilterPacket.Udp, icmp })
        {
            var there = Packet(FilteredTraffic.Outbound, isIPv6, protocol, source, elsewhere) with
            {
                Transport = Transport(protocol, isReply: false),
            };
            _flows.Add(new FilterFlow(there, Through(question.Inside, outside, isIPv6)));
            var back = Packet(FilteredTraffic.Replies, isIPv6, protocol, elsewhere, source) with
            {
                Transport = Transport(protocol, isReply: true),
                State = FilterPacket.Established,
                IsTranslatedBack = question.IsTranslated,
            };
            _flows.Add(new FilterFlow(back, Through(outside, question.Inside, isIPv6)));
        }
    }

    private void AddBridged(IPPrefix prefix)
    {
        var isIPv6 = prefix.AddressFamily == AddressFamily.InterNetworkV6;
        var address = FilterPacket.Of(prefix);
        var icmp = isIPv6 ? FilterPacket.IcmpV6 : FilterPacket.Icmp;
        var places = new List<FilterPlace>
        {
            OfBridge(Nf.HookPreRouting), OfBridge(Nf.HookForward), OfBridge(Nf.HookPostRouting),
        };
        if (question.BridgedFamilies.Contains(prefix.AddressFamily))
        {
            // The bridge stands for the ports there.
            byte[] families = [Routed(isIPv6), Nf.Inet];
            places.Add(new(families, Nf.HookPreRouting, question.Inside, FilterLink.None));
            places.Add(new(families, Nf.HookForward, question.Inside, question.Inside));
            places.Add(new(families, Nf.HookPostRouting, question.Inside, question.Inside));
        }

        foreach (var protocol in new[] { FilterPacket.Tcp, FilterPacket.Udp, icmp })
        {
            foreach (var isReply in new[] { false, true })
            {
                var packet = Packet(FilteredTraffic.Bridged, isIPv6, protocol, address, address) with
                {
                    Transport = Transport(protocol, isReply),
                    State = isReply ? FilterPacket.Established : FilterPacket.New,
                };
                _flows.Add(new FilterFlow(packet, places));
            }
        }
    }

    private void AddLocal(IPPrefix prefix)
    {
        var isIPv6 = prefix.AddressFamily == AddressFamily.InterNetworkV6;
        var network = FilterPacket.Of(prefix);
        var own = question.Gateways.FirstOrDefault(address => address.AddressFamily == prefix.AddressFamily);
        var gateway = own is null ? network : FieldBits.Of(own.GetAddressBytes());
        if (isIPv6)
            AddDiscovery(network, gateway);
        else
            AddArp();
        if (!question.IsServed)
            return;
        if (!isIPv6)
            AddDhcp(network, gateway);
        foreach (var protocol in new[] { FilterPacket.Udp, FilterPacket.Tcp })
        {
            var query = Packet(FilteredTraffic.Dns, isIPv6, protocol, network, gateway) with
            {
                Transport = FilterPacket.Ports(s_clientPort, FilterPacket.Port(53), Syn),
                DestinationType = FilterPacket.Local,
            };
            _flows.Add(new FilterFlow(query, Inwards(isIPv6)));
            var answer = Packet(FilteredTraffic.Dns, isIPv6, protocol, gateway, network) with
            {
                Transport = FilterPacket.Ports(FilterPacket.Port(53), s_clientPort, Ack),
                SourceType = FilterPacket.Local,
                State = FilterPacket.Established,
            };
            _flows.Add(new FilterFlow(answer, Outwards(isIPv6)));
        }
    }

    private void AddDhcp(FieldBits network, FieldBits gateway)
    {
        var request = Packet(
            FilteredTraffic.Dhcp, false, FilterPacket.Udp, FilterPacket.Of("0.0.0.0"),
            FilterPacket.Of("255.255.255.255")) with
        {
            Transport = FilterPacket.Ports(FilterPacket.Port(68), FilterPacket.Port(67), 0),
            SourceType = FilterPacket.Broadcast,
            DestinationType = FilterPacket.Broadcast,
            PacketType = 1,
        };
        _flows.Add(new FilterFlow(request, Inwards(false)));
        var answer = Packet(FilteredTraffic.Dhcp, false, FilterPacket.Udp, gateway, network) with
        {
            Transport = FilterPacket.Ports(FilterPacket.Port(67), FilterPacket.Port(68), 0),
            SourceType = FilterPacket.Local,
        };
        _flows.Add(new FilterFlow(answer, Outwards(false)));
    }

    // The host is asked and asks; where it serves, routers are asked for and told of.
    private void AddDiscovery(FieldBits network, FieldBits gateway)
    {
        const byte solicitation = 135, advertisement = 136, routerSolicitation = 133, routerAdvertisement = 134;
        var linkLocal = new FieldBits([0xfe, 0x80, .. new byte[14]], [0xff, 0xc0, .. new byte[14]]);
        var asked = FieldBits.Of(System.Net.IPAddress.Parse("ff02::1:ff00:0").GetAddressBytes(), 104);
        void AddOne(FilteredTraffic traffic, byte type, FieldBits source, FieldBits destination, bool isInwards)
        {
            var isMulticast = destination.Value[0] == 0xff;
            var packet = new FilterPacket(traffic, Nf.IPv6, FilterPacket.IcmpV6)
            {
                Network = FilterPacket.Header(FilterPacket.IcmpV6, source, destination, 255),
                Transport = FilterPacket.Join(FieldBits.Of(type, 0), FieldBits.Unknown(30)),
                State = FilterPacket.Untracked,
                SourceType = isInwards ? FilterPacket.Unicast : FilterPacket.Local,
                DestinationType = isMulticast ? FilterPacket.Multicast
                    : isInwards ? FilterPacket.Local : FilterPacket.Unicast,
                PacketType = isMulticast && isInwards ? (byte)2 : (byte)0,
            };
            _flows.Add(new FilterFlow(packet, isInwards ? Inwards(true) : Outwards(true)));
        }

        AddOne(FilteredTraffic.NeighborDiscovery, solicitation, network, asked, true);
        AddOne(FilteredTraffic.NeighborDiscovery, advertisement, network, gateway, true);
        AddOne(FilteredTraffic.NeighborDiscovery, solicitation, gateway, asked, false);
        AddOne(FilteredTraffic.NeighborDiscovery, advertisement, gateway, network, false);
        if (!question.IsServed)
            return;
        AddOne(FilteredTraffic.RouterDiscovery, routerSolicitation, linkLocal, FilterPacket.Of("ff02::2"), true);
        AddOne(FilteredTraffic.RouterDiscovery, routerAdvertisement, linkLocal, FilterPacket.Of("ff02::1"), false);
    }

    private void AddArp()
    {
        var packet = new FilterPacket(FilteredTraffic.Arp, Nf.Arp, 0)
        {
            // Ethernet, IPv4, the lengths of their addresses, and a request or an answer
            Network = FilterPacket.Join(
                FieldBits.Of(0, 1, 8, 0, 6, 4), new FieldBits([0, 0], [0xff, 0xfc]), FieldBits.Unknown(20)),
            State = FilterPacket.Untracked,
        };
        _flows.Add(new FilterFlow(
            packet,
            [
                .. IntoBridge(), .. AtDevice(question.Inside, FilterLink.None, isIn: true),
                new([Nf.Arp], Nf.HookArpIn, question.Inside, FilterLink.None),
                new([Nf.Arp], Nf.HookArpOut, FilterLink.None, question.Inside),
                .. AtDevice(FilterLink.None, question.Inside, isIn: false), .. OutOfBridge(),
            ]));
    }

    private static FilterPacket Packet(
        FilteredTraffic traffic, bool isIPv6, byte protocol, FieldBits source, FieldBits destination)
        => new(traffic, Routed(isIPv6), protocol)
        {
            Network = FilterPacket.Header(protocol, source, destination),
        };

    private static byte Routed(bool isIPv6) => isIPv6 ? Nf.IPv6 : Nf.IPv4;

    private static FieldBits Transport(byte protocol, bool isReply) => protocol switch
    {
        FilterPacket.Icmp => FilterPacket.Join(FieldBits.Of((byte)(isReply ? 0 : 8), 0), FieldBits.Unknown(6)),
        FilterPacket.IcmpV6 => FilterPacket.Join(FieldBits.Of((byte)(isReply ? 129 : 128), 0), FieldBits.Unknown(6)),
        _ => isReply ? FilterPacket.Ports(s_anyPort, s_clientPort, Ack)
            : FilterPacket.Ports(s_clientPort, s_anyPort, Syn),
    };

    private static List<FilterPlace> Prerouting(FilterLink from, bool isIPv6)
        => [.. AtDevice(from, FilterLink.None, isIn: true),
            new([Routed(isIPv6), Nf.Inet], Nf.HookPreRouting, from, FilterLink.None)];

    private List<FilterPlace> Through(FilterLink from, FilterLink to, bool isIPv6) =>
    [
        .. from == question.Inside ? IntoBridge() : [],
        .. Prerouting(from, isIPv6),
        new([Routed(isIPv6), Nf.Inet], Nf.HookForward, from, to),
        new([Routed(isIPv6), Nf.Inet], Nf.HookPostRouting, from, to),
        .. AtDevice(from, to, isIn: false),
        .. to == question.Inside ? OutOfBridge() : [],
    ];

    private List<FilterPlace> Inwards(bool isIPv6) =>
    [
        .. IntoBridge(), .. Prerouting(question.Inside, isIPv6),
        new([Routed(isIPv6), Nf.Inet], Nf.HookLocalIn, question.Inside, FilterLink.None),
    ];

    private List<FilterPlace> Outwards(bool isIPv6) =>
    [
        new([Routed(isIPv6), Nf.Inet], Nf.HookLocalOut, FilterLink.None, question.Inside),
        new([Routed(isIPv6), Nf.Inet], Nf.HookPostRouting, FilterLink.None, question.Inside),
        .. AtDevice(FilterLink.None, question.Inside, isIn: false), .. OutOfBridge(),
    ];

    private FilterPlace OfBridge(uint hook) => new([Nf.Bridge], hook, FilterLink.Unknown, FilterLink.Unknown)
    {
        Bridge = question.Inside,
    };

    private IEnumerable<FilterPlace> IntoBridge()
        => question.IsBridge ? [OfBridge(Nf.HookPreRouting), OfBridge(Nf.HookLocalIn)] : [];

    private IEnumerable<FilterPlace> OutOfBridge()
        => question.IsBridge ? [OfBridge(Nf.HookLocalOut), OfBridge(Nf.HookPostRouting)] : [];

    private static IEnumerable<FilterPlace> AtDevice(FilterLink from, FilterLink to, bool isIn)
    {
        var device = (isIn ? from : to).Name;
        if (string.IsNullOrEmpty(device))
            return [];
        return isIn
            ? [new([Nf.Netdev], Nf.HookIngress, from, to) { Device = device },
                new([Nf.Inet], Nf.HookInetIngress, from, to) { Device = device }]
            : [new([Nf.Netdev], Nf.HookEgress, from, to) { Device = device }];
    }
}
