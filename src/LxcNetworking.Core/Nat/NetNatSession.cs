using LxcNetworking.Namespaces;
using LxcNetworking.Netfilter.Conntrack;
using LxcNetworking.Values;

namespace LxcNetworking.Nat;

/// <summary>How far a TCP connection is (TCP_CONNTRACK_* of linux/netfilter/nf_conntrack_tcp.h).</summary>
public enum NetNatSessionState
{
    /// <summary>Nothing is known.</summary>
    None,

    /// <summary>The first SYN was seen.</summary>
    SynSent,

    /// <summary>The SYN was answered.</summary>
    SynReceived,

    /// <summary>Both sides have agreed.</summary>
    Established,

    /// <summary>One side has sent its last segment.</summary>
    FinWait,

    /// <summary>The other side has still something to send.</summary>
    CloseWait,

    /// <summary>The last acknowledgement is missing.</summary>
    LastAck,

    /// <summary>Ended; late segments are waited for.</summary>
    TimeWait,

    /// <summary>Ended by a reset.</summary>
    Close,

    /// <summary>Both sides sent a SYN.</summary>
    SynSentBoth,
}

/// <summary>
/// A connection whose addresses or ports the kernel translates. Property names are those of Windows's NetNatSession:
/// internal is what the host inside sees, external what is seen outside. A port is null for a protocol without ports.
/// </summary>
public sealed class NetNatSession
{
    internal NetNatSession(TrackedConnection connection, bool isFromInside, string? nat, NamespaceReference space)
    {
        var (inside, outside) = isFromInside
            ? (connection.Original, connection.Reply) : (connection.Reply, connection.Original);
        NatName = nat;
        ProtocolNumber = inside.Protocol;
        InternalSourceAddress = inside.Source;
        InternalSourcePort = inside.SourcePort;
        InternalDestinationAddress = inside.Destination;
        InternalDestinationPort = inside.DestinationPort;
        ExternalSourceAddress = outside.Destination;
        ExternalSourcePort = outside.DestinationPort;
        ExternalDestinationAddress = outside.Source;
        ExternalDestinationPort = outside.SourcePort;
        IsFromInside = isFromInside;
        State = connection.TcpState is { } state && Enum.IsDefined((NetNatSessionState)state)
            ? (NetNatSessionState)state : null;
        IsAnswered = connection.Status.HasFlag(ConntrackStatus.SeenReply);
        Timeout = connection.Timeout is { } timeout ? new Duration(timeout) : null;
        Mark = connection.Mark;
        CreationTime = connection.Started is { } started
            ? DateTimeOffset.UnixEpoch.AddTicks((long)(started / 100)) : null;
        (SentPackets, SentBytes) = connection.Sent is { } sent ? ((ulong?)sent.Packets, sent.Bytes)
            : ((ulong?)null, (ulong?)null);
        (ReceivedPackets, ReceivedBytes) = connection.Received is { } received
            ? ((ulong?)received.Packets, received.Bytes) : ((ulong?)null, (ulong?)null);
        Namespace = space;
    }

    /// <summary>The translation that it belongs to; null if it is another program's.</summary>
    public string? NatName { get; }

    /// <summary>The protocol above IP by its name, such as TCP, or by its number.</summary>
    public string Protocol => ProtocolNumber switch
    {
        1 => "ICMP",
        6 => "TCP",
        17 => "UDP",
        33 => "DCCP",
        47 => "GRE",
        58 => "ICMPv6",
        132 => "SCTP",
        136 => "UDPLite",
        _ => ProtocolNumber.ToString(System.Globalization.CultureInfo.InvariantCulture),
    };

    /// <summary>The protocol above IP by its number: 6 is TCP, 17 UDP (IANA's protocol numbers).</summary>
    public int ProtocolNumber { get; }

    /// <summary>The address of the host inside.</summary>
    public IPAddress InternalSourceAddress { get; }

    /// <summary>The port of the host inside.</summary>
    public int? InternalSourcePort { get; }

    /// <summary>The address that the host inside talks to.</summary>
    public IPAddress InternalDestinationAddress { get; }

    /// <summary>The port that the host inside talks to.</summary>
    public int? InternalDestinationPort { get; }

    /// <summary>The address under which the host inside is seen outside.</summary>
    public IPAddress ExternalSourceAddress { get; }

    /// <summary>The port under which the host inside is seen outside.</summary>
    public int? ExternalSourcePort { get; }

    /// <summary>The address of the host outside.</summary>
    public IPAddress ExternalDestinationAddress { get; }

    /// <summary>The port of the host outside.</summary>
    public int? ExternalDestinationPort { get; }

    /// <summary>Whether the host inside began it.</summary>
    public bool IsFromInside { get; }

    /// <summary>How far it is; null unless it is one of TCP.</summary>
    public NetNatSessionState? State { get; }

    /// <summary>Whether packets of both directions were seen.</summary>
    public bool IsAnswered { get; }

    /// <summary>After how long without a packet the kernel forgets it.</summary>
    public Duration? Timeout { get; }

    /// <summary>The connection's mark.</summary>
    public uint Mark { get; }

    /// <summary>When it began; null unless net.netfilter.nf_conntrack_timestamp is on.</summary>
    public DateTimeOffset? CreationTime { get; }

    /// <summary>Packets of the side that began it; null unless net.netfilter.nf_conntrack_acct is on.</summary>
    public ulong? SentPackets { get; }

    /// <summary>Bytes of the side that began it, as <see cref="SentPackets"/>.</summary>
    public ulong? SentBytes { get; }

    /// <summary>Packets of the side that answers, as <see cref="SentPackets"/>.</summary>
    public ulong? ReceivedPackets { get; }

    /// <summary>Bytes of the side that answers, as <see cref="SentPackets"/>.</summary>
    public ulong? ReceivedBytes { get; }

    /// <summary>The namespace whose kernel translates.</summary>
    public NamespaceReference Namespace { get; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <summary>The host inside: its address, with its port where there is one.</summary>
    public string InternalSource => End(InternalSourceAddress, InternalSourcePort);

    /// <summary>What the host inside is seen as, in the same form.</summary>
    public string ExternalSource => End(ExternalSourceAddress, ExternalSourcePort);

    /// <summary>The host outside, in the same form.</summary>
    public string ExternalDestination => End(ExternalDestinationAddress, ExternalDestinationPort);

    /// <inheritdoc/>
    public override string ToString() => $"{Protocol} {InternalSource} as {ExternalSource} with {ExternalDestination}";

    private static string End(IPAddress address, int? port)
        => port is { } number ? new System.Net.IPEndPoint(address, number).ToString() : address.ToString();
}
