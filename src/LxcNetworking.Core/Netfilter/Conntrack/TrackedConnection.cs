using LxcNetworking.Values;

namespace LxcNetworking.Netfilter.Conntrack;

/// <summary>The ends of a connection as the packets of one direction name them.</summary>
/// <param name="Protocol">The protocol above IP (IPPROTO_*).</param>
/// <param name="Source">Where they come from.</param>
/// <param name="Destination">Where they go.</param>
/// <param name="SourcePort">The port that they come from; null for a protocol without ports.</param>
/// <param name="DestinationPort">The port that they go to; null for a protocol without ports.</param>
internal sealed record ConnectionTuple(
    byte Protocol, IPAddress Source, IPAddress Destination, int? SourcePort, int? DestinationPort);

/// <summary>One entry of the kernel's connection table.</summary>
internal sealed class TrackedConnection
{
    /// <summary>The ends as the packets of the side that began it name them, before any translation.</summary>
    public required ConnectionTuple Original { get; init; }

    /// <summary>The ends as the packets of the answering side name them, before any translation.</summary>
    public required ConnectionTuple Reply { get; init; }

    /// <summary>What the kernel knows of it.</summary>
    public ConntrackStatus Status { get; init; }

    /// <summary>TCP_CONNTRACK_* (linux/netfilter/nf_conntrack_tcp.h); null unless it is one of TCP.</summary>
    public byte? TcpState { get; init; }

    /// <summary>After how long without a packet the kernel forgets it.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Its mark.</summary>
    public uint Mark { get; init; }

    /// <summary>Packets and bytes of both directions; null unless net.netfilter.nf_conntrack_acct is on.</summary>
    public (ulong Packets, ulong Bytes)? Sent { get; init; }

    /// <summary>Packets and bytes of the answering side; null unless net.netfilter.nf_conntrack_acct is on.</summary>
    public (ulong Packets, ulong Bytes)? Received { get; init; }

    /// <summary>Nanoseconds since 1970 at which it began; null unless net.netfilter.nf_conntrack_timestamp is on.
    /// </summary>
    public ulong? Started { get; init; }

    /// <summary>The kernel's number for it, which no later one with the same ends has.</summary>
    public uint Id { get; init; }

    /// <summary>Its zone; null for the default one.</summary>
    public ushort? Zone { get; init; }

    /// <summary>The attribute CTA_TUPLE_ORIG as the kernel wrote it, by which it is named.</summary>
    public required byte[] Name { get; init; }

    /// <summary>Whether the addresses or ports are translated.</summary>
    public bool IsTranslated => (Status & (ConntrackStatus.SourceNat | ConntrackStatus.DestinationNat)) != 0;

    /// <summary>Whether it is a TCP connection that both sides have agreed on.</summary>
    public bool IsEstablishedTcp => Original.Protocol == 6 && (Status & ConntrackStatus.SeenReply) != 0;
}
