using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Netfilter.Conntrack;

/// <summary>The kernel's table of tracked connections in one namespace
/// (linux/netfilter/nfnetlink_conntrack.h).</summary>
internal sealed class ConnectionTable(NetworkStack stack)
{
    // More than a datagram holds would be sent in parts anyway.
    private const int MostAtOnce = 256;

    private NetlinkConnection Connection => stack.Connection(NetlinkProtocol.Netfilter);

    /// <summary>Lists the connections. Those that begin and end meanwhile may be in it or not.</summary>
    /// <param name="family">NFPROTO_IPV4, NFPROTO_IPV6, or 0 for both.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The connections, or null if the kernel does not tell them.</returns>
    /// <exception cref="NetlinkException">The kernel refused, or did not answer as it should.</exception>
    public List<TrackedConnection>? List(byte family, CancellationToken cancellation)
    {
        using var request = new NetlinkRequest(CtMsg.Get).Header(new NfGenMsg { Family = family });
        try
        {
            return Connection.Dump(request, Read, cancellation);
        }
        catch (NetlinkErrorException e) when (e.Errno is LibC.EINVAL or LibC.EOPNOTSUPP)
        {
            // No subsystem of that number.
            return null;
        }
    }

    /// <summary>Has the kernel forget connections: their next packet begins a new one. Those that have ended meanwhile
    /// are passed over.</summary>
    /// <param name="connections">The connections, as they were read.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NetlinkException">The kernel refused, or did not answer as it should.</exception>
    public void Remove(IReadOnlyList<TrackedConnection> connections, CancellationToken cancellation)
    {
        foreach (var part in connections.Chunk(MostAtOnce))
        {
            var requests = Array.ConvertAll(part, Deletion);
            try
            {
                var refusal = Connection.ExecuteAll(requests, null, cancellation)
                    .FirstOrDefault(result => result is not null && result.Errno != LibC.ENOENT);
                if (refusal is not null)
                    throw refusal;
            }
            finally
            {
                Array.ForEach(requests, request => request.Dispose());
            }
        }
    }

    /// <summary>Reads one connection.</summary>
    /// <param name="reply">The kernel's message.</param>
    /// <returns>The connection; null if the message does not name both directions, or another protocol than IP.
    /// </returns>
    internal static TrackedConnection? Read(NetlinkReply reply)
    {
        var attributes = reply.Read<NfGenMsg>(out _);
        return attributes.TryFind(Cta.Original, out var original) && attributes.TryFind(Cta.Reply, out var answer)
            && ReadTuple(original.Nested) is { } first && ReadTuple(answer.Nested) is { } second
            ? new TrackedConnection
            {
                Original = first,
                Reply = second,
                Name = original.Value.ToArray(),
                Status = attributes.TryFind(Cta.Status, out var status)
                    ? (ConntrackStatus)status.AsUInt32BigEndian() : ConntrackStatus.None,
                TcpState = ReadTcpState(attributes),
                Timeout = attributes.TryFind(Cta.Timeout, out var timeout)
                    ? TimeSpan.FromSeconds(timeout.AsUInt32BigEndian()) : null,
                Mark = attributes.TryFind(Cta.Mark, out var mark) ? mark.AsUInt32BigEndian() : 0,
                Sent = ReadCounters(attributes, Cta.CountersOriginal),
                Received = ReadCounters(attributes, Cta.CountersReply),
                Started = attributes.TryFind(Cta.Timestamp, out var times)
                    && times.Nested.TryFind(Cta.TimestampStart, out var start) ? start.AsUInt64BigEndian() : null,
                Id = attributes.TryFind(Cta.Id, out var id) ? id.AsUInt32BigEndian() : 0,
                Zone = attributes.TryFind(Cta.Zone, out var zone) ? zone.AsUInt16BigEndian() : null,
            }
            : null;
    }

    private static NetlinkRequest Deletion(TrackedConnection connection)
    {
        var family = connection.Original.Source.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6
            ? Nf.IPv6 : Nf.IPv4;
        const int nested = 0x8000;
        // Without the ends the kernel would forget every connection.
        var request = new NetlinkRequest(CtMsg.Delete).Header(new NfGenMsg { Family = family })
            .Put((ushort)(Cta.Original | nested), connection.Name).PutBigEndian(Cta.Id, connection.Id);
        return connection.Zone is { } zone ? request.PutBigEndian(Cta.Zone, zone) : request;
    }

    private static ConnectionTuple? ReadTuple(AttributeReader tuple)
    {
        if (!tuple.TryFind(Cta.TupleIP, out var ip) || !tuple.TryFind(Cta.TupleProtocol, out var protocol)
            || !protocol.Nested.TryFind(Cta.ProtocolNumber, out var number))
            return null;
        var source = ReadAddress(ip.Nested, Cta.IPv4Source, 4) ?? ReadAddress(ip.Nested, Cta.IPv6Source, 16);
        var destination
            = ReadAddress(ip.Nested, Cta.IPv4Destination, 4) ?? ReadAddress(ip.Nested, Cta.IPv6Destination, 16);
        return source is null || destination is null || source.AddressFamily != destination.AddressFamily
            ? null
            : new ConnectionTuple(
                number.AsByte(),
                source,
                destination,
                ReadPort(protocol.Nested, Cta.SourcePort),
                ReadPort(protocol.Nested, Cta.DestinationPort));
    }

    private static IPAddress? ReadAddress(AttributeReader ip, ushort type, int bytes)
        => ip.TryFind(type, out var address) && address.Value.Length == bytes ? new IPAddress(address.Value) : null;

    private static int? ReadPort(AttributeReader protocol, ushort type)
        => protocol.TryFind(type, out var port) ? port.AsUInt16BigEndian() : null;

    private static byte? ReadTcpState(AttributeReader attributes)
        => attributes.TryFind(Cta.ProtocolInfo, out var info) && info.Nested.TryFind(Cta.InfoTcp, out var tcp)
            && tcp.Nested.TryFind(Cta.InfoTcpState, out var state) ? state.AsByte() : null;

    private static (ulong Packets, ulong Bytes)? ReadCounters(AttributeReader attributes, ushort type)
        => attributes.TryFind(type, out var counters) && counters.Nested.TryFind(Cta.Packets, out var packets)
            && counters.Nested.TryFind(Cta.Bytes, out var bytes)
            ? (packets.AsUInt64BigEndian(), bytes.AsUInt64BigEndian()) : null;
}
