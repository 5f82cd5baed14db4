using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netfilter;
using LxcNetworking.Netfilter.Conntrack;
using LxcNetworking.Netlink;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Fuzz;

/// <summary>Entries of the connection table, as the kernel tells them.</summary>
internal static class ConnectionCorpus
{
    /// <summary>Connections that are translated: one of TCP over IPv4, one of UDP over IPv6.</summary>
    public static byte[] Translated
    {
        get
        {
            using var tcp = Connection(6, "10.0.3.10", "192.0.2.9", "192.0.2.1", 3);
            using var udp = Connection(17, "fd00:3::10", "2001:db8::9", "2001:db8::1", null);
            return Transcript.Of(
                [.. new[] { tcp, udp }
                    .Select(one => new Answer(CtMsg.Get, 0, one.Type, 0, one.Seal(1, 1, 0)[16..].ToArray()))]);
        }
    }

    private static NetlinkRequest Connection(byte protocol, string inside, string far, string outside, byte? state)
    {
        var family = inside.Contains(':', StringComparison.Ordinal) ? Nf.IPv6 : Nf.IPv4;
        var request = new NetlinkRequest(CtMsg.New).Header(new NfGenMsg { Family = family })
            .Nest(Cta.Original, tuple => Ends(tuple, inside, far, 40000, 443))
            .Nest(Cta.Reply, tuple => Ends(tuple, far, outside, 443, 40000))
            .PutBigEndian(Cta.Status, (uint)(ConntrackStatus.SourceNat | ConntrackStatus.SeenReply))
            .PutBigEndian(Cta.Timeout, 120u).PutBigEndian(Cta.Mark, 7u).PutBigEndian(Cta.Id, 9u)
            .PutBigEndian(Cta.Zone, (ushort)3)
            .Nest(Cta.CountersOriginal, counters => counters.PutBigEndian(Cta.Packets, 5ul)
                .PutBigEndian(Cta.Bytes, 500ul))
            .Nest(Cta.CountersReply, counters => counters.PutBigEndian(Cta.Packets, 4ul).PutBigEndian(Cta.Bytes, 400ul))
            .Nest(Cta.Timestamp, times => times.PutBigEndian(Cta.TimestampStart, 1_700_000_000_000_000_000ul));
        return state is { } tcp
            ? request.Nest(Cta.ProtocolInfo, info => info.Nest(Cta.InfoTcp, own => own.Put(Cta.InfoTcpState, tcp)))
            : request;

        void Ends(NetlinkRequest tuple, string source, string destination, ushort from, ushort to) => tuple
            .Nest(Cta.TupleIP, ip => ip
                .Put(family == Nf.IPv6 ? Cta.IPv6Source : Cta.IPv4Source, IPAddress.Parse(source).GetAddressBytes())
                .Put(
                    family == Nf.IPv6 ? Cta.IPv6Destination : Cta.IPv4Destination,
                    IPAddress.Parse(destination).GetAddressBytes()))
            .Nest(Cta.TupleProtocol, l4 => l4.Put(Cta.ProtocolNumber, protocol)
                .PutBigEndian(Cta.SourcePort, from).PutBigEndian(Cta.DestinationPort, to));
    }
}
