using System.Globalization;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;

namespace LxcNetworking.L2tp;

/// <summary>What carries L2TP's packets (L2TP_ENCAPTYPE_* of linux/l2tp.h).</summary>
public enum L2tpEncapsulation
{
    /// <summary>UDP, which passes address translation.</summary>
    Udp = 0,

    /// <summary>IP protocol 115, with a smaller header.</summary>
    Ip = 1,
}

/// <summary>What a session carries (L2TP_PWTYPE_* of linux/l2tp.h).</summary>
public enum L2tpPseudowire
{
    /// <summary>Nothing known.</summary>
    None = 0,

    /// <summary>Ethernet frames of one VLAN.</summary>
    EthernetVlan = 4,

    /// <summary>Ethernet frames.</summary>
    Ethernet = 5,

    /// <summary>PPP frames.</summary>
    Ppp = 7,

    /// <summary>PPP frames at an access concentrator.</summary>
    PppAccessConcentrator = 8,

    /// <summary>IP packets.</summary>
    Ip = 11,
}

/// <summary>The header between a session's own and the frame (L2TP_L2SPECTYPE_* of linux/l2tp.h). Both ends must
/// agree.</summary>
public enum L2tpSublayer
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Four bytes with the sequence number (RFC 3931, 4.6).</summary>
    Default = 1,
}

/// <summary>Which packets are numbered.</summary>
public enum L2tpSequencing
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Those that are sent.</summary>
    Send = 1,

    /// <summary>Those that are received must be, and are put in order.</summary>
    Receive = 2,

    /// <summary>Both.</summary>
    Both = 3,
}

/// <summary>A tunnel's or session's counters.</summary>
public sealed class L2tpStatistics
{
    /// <summary>Packets received.</summary>
    public ulong ReceivedPackets { get; internal set; }

    /// <summary>Bytes received.</summary>
    public ulong ReceivedBytes { get; internal set; }

    /// <summary>Packets that could not be received.</summary>
    public ulong ReceiveErrors { get; internal set; }

    /// <summary>Packets thrown away for their sequence number.</summary>
    public ulong SequenceDiscards { get; internal set; }

    /// <summary>Packets that came out of order.</summary>
    public ulong OutOfSequence { get; internal set; }

    /// <summary>Packets thrown away for a wrong cookie; null before Linux 5.17.</summary>
    public ulong? CookieDiscards { get; internal set; }

    /// <summary>Packets that were not L2TP; null before Linux 5.17.</summary>
    public ulong? Invalid { get; internal set; }

    /// <summary>Packets sent.</summary>
    public ulong SentPackets { get; internal set; }

    /// <summary>Bytes sent.</summary>
    public ulong SentBytes { get; internal set; }

    /// <summary>Packets that could not be sent.</summary>
    public ulong SendErrors { get; internal set; }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"received {ReceivedPackets} packets, {ReceivedBytes} bytes; sent {SentPackets} "
            + $"packets, {SentBytes} bytes");
}

/// <summary>An L2TPv3 tunnel as it was when it was read (L2TP_CMD_TUNNEL_GET).</summary>
public sealed class L2tpTunnel
{
    internal L2tpTunnel(NamespaceReference reference) => Namespace = reference;

    /// <summary>Its id on this host.</summary>
    public uint TunnelId { get; internal set; }

    /// <summary>Its id on the other host.</summary>
    public uint PeerTunnelId { get; internal set; }

    /// <summary>This host's address, or null for a tunnel whose socket is a program's.</summary>
    public IPAddress? Local { get; internal set; }

    /// <summary>The other host's address, or null for a tunnel whose socket is a program's.</summary>
    public IPAddress? Remote { get; internal set; }

    /// <summary>What carries it.</summary>
    public L2tpEncapsulation Encapsulation { get; internal set; }

    /// <summary>This host's UDP port; null for IP encapsulation.</summary>
    public int? SourcePort { get; internal set; }

    /// <summary>The other host's UDP port; null for IP encapsulation.</summary>
    public int? DestinationPort { get; internal set; }

    /// <summary>Whether sent UDP packets have a checksum; null for IP encapsulation.</summary>
    public bool? Checksum { get; internal set; }

    /// <summary>Whether received UDP packets over IPv6 must have a checksum; null otherwise.</summary>
    public bool? ReceiveChecksum { get; internal set; }

    /// <summary>The protocol's version: 3, or 2 for another program's.</summary>
    public int Version { get; internal set; }

    /// <summary>The ids of its sessions.</summary>
    public ValueList<uint> Sessions { get; internal set; } = [];

    /// <summary>The counters.</summary>
    public L2tpStatistics Statistics { get; internal set; } = new();

    /// <summary>The namespace that it was read from.</summary>
    public NamespaceReference Namespace { get; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <inheritdoc/>
    public override string ToString() => TunnelId.ToString(CultureInfo.InvariantCulture);
}

/// <summary>An L2TP session, whose frames come and go through a link, as it was when it was read
/// (L2TP_CMD_SESSION_GET).</summary>
public sealed class L2tpSession
{
    internal L2tpSession(NamespaceReference reference) => Namespace = reference;

    /// <summary>The tunnel's id on this host.</summary>
    public uint TunnelId { get; internal set; }

    /// <summary>The tunnel's id on the other host.</summary>
    public uint PeerTunnelId { get; internal set; }

    /// <summary>The session's id on this host.</summary>
    public uint SessionId { get; internal set; }

    /// <summary>The session's id on the other host.</summary>
    public uint PeerSessionId { get; internal set; }

    /// <summary>Its link's name; empty for a session of another sort.</summary>
    public string InterfaceAlias { get; internal set; } = string.Empty;

    /// <summary>Its link's index, or 0.</summary>
    public int InterfaceIndex => Link?.Index ?? 0;

    /// <summary>What it carries.</summary>
    public L2tpPseudowire Pseudowire { get; internal set; }

    /// <summary>What sent packets carry to prove that they belong here: 0, 4 or 8 bytes in hexadecimal.</summary>
    public string Cookie { get; internal set; } = string.Empty;

    /// <summary>What received packets must carry: 0, 4 or 8 bytes in hexadecimal.</summary>
    public string PeerCookie { get; internal set; } = string.Empty;

    /// <summary>Which packets are numbered.</summary>
    public L2tpSequencing Sequencing { get; internal set; }

    /// <summary>How long a packet that came too early is kept back.</summary>
    public Duration ReorderTimeout { get; internal set; } = TimeSpan.Zero;

    /// <summary>The link's MTU in bytes, or null.</summary>
    public long? Mtu => Link?.Mtu;

    /// <summary>The MTU in bytes that was chosen for it when it was made; null if the user chose or the session was
    /// only read.</summary>
    public int? ChosenMtu { get; internal set; }

    /// <summary>Why that MTU, as a sentence; null if the session was only read.</summary>
    public string? MtuReason { get; internal set; }

    /// <summary>The bridge that the link is a port of, or null.</summary>
    public string? Bridge => Link?.Master;

    /// <summary>The link, or null if it was moved to another namespace.</summary>
    public NetLink? Link { get; internal set; }

    /// <summary>The counters.</summary>
    public L2tpStatistics Statistics { get; internal set; } = new();

    /// <summary>The namespace that it was read from.</summary>
    public NamespaceReference Namespace { get; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{TunnelId}/{SessionId}");
}

/// <summary>What a tunnel is to be like.</summary>
/// <param name="TunnelId">Its id on this host, not 0.</param>
/// <param name="PeerTunnelId">Its id on the other host, not 0.</param>
/// <param name="Local">This host's address.</param>
/// <param name="Remote">The other host's address, of the same family.</param>
public sealed record L2tpTunnelSpec(uint TunnelId, uint PeerTunnelId, IPAddress Local, IPAddress Remote)
{
    /// <summary>L2TP's port with the IANA.</summary>
    public const int DefaultPort = 1701;

    /// <summary>What carries it.</summary>
    public L2tpEncapsulation Encapsulation { get; init; }

    /// <summary>This host's UDP port; null for 1701.</summary>
    public int? SourcePort { get; init; }

    /// <summary>The other host's UDP port; null for 1701.</summary>
    public int? DestinationPort { get; init; }

    /// <summary>Leaves the checksum out of sent UDP packets. Over IPv6 the other host must be told to take them
    /// so.</summary>
    public bool NoChecksum { get; init; }

    /// <summary>Takes UDP packets over IPv6 that have no checksum.</summary>
    public bool AcceptNoChecksum { get; init; }

    /// <summary>Checks the specification before anything is done.</summary>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    public void Validate()
    {
        if (TunnelId == 0 || PeerTunnelId == 0)
            throw Invalid("tunnel ids are 1 to 4294967295 on both hosts; 0 means the control connection");
        TunnelEnds.CheckEndpoints(Local, Remote, $"tunnel {TunnelId}");
        if (Local.IsIPv6LinkLocal || Remote.IsIPv6LinkLocal)
            throw Invalid(
                "link-local addresses hold on one interface only, which the kernel's L2TP cannot be told; use others");
        if (Encapsulation == L2tpEncapsulation.Ip
            && (SourcePort is not null || DestinationPort is not null || NoChecksum || AcceptNoChecksum))
            throw Invalid("ports and checksums belong to UDP; leave them out, or use UDP encapsulation");
        if (SourcePort is < 1 or > 65535 || DestinationPort is < 1 or > 65535)
            throw Invalid("UDP ports are 1 to 65535");
        if (AcceptNoChecksum && Local.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6)
            throw Invalid("over IPv4 packets without a checksum are always taken; only IPv6 must be told");
    }

    private NetworkException Invalid(string problem)
        => new(
            NetworkErrorCode.InvalidArgument,
            $"Tunnel {TunnelId} cannot be made so: {problem}.",
            TunnelId.ToString(CultureInfo.InvariantCulture));
}

/// <summary>What an Ethernet session is to be like.</summary>
/// <param name="TunnelId">The tunnel's id on this host.</param>
/// <param name="SessionId">The session's id on this host, not 0.</param>
/// <param name="PeerSessionId">The session's id on the other host, not 0.</param>
public sealed record L2tpSessionSpec(uint TunnelId, uint SessionId, uint PeerSessionId)
{
    /// <summary>Its link's name; null for the kernel's choice (l2tpeth0, l2tpeth1 …).</summary>
    public string? Name { get; init; }

    /// <summary>What sent packets carry, which the other host knows as its peer's: 4 or 8 bytes; empty for
    /// none.</summary>
    public IReadOnlyList<byte> Cookie { get; init; } = [];

    /// <summary>What received packets must carry: 4 or 8 bytes; empty for none.</summary>
    public IReadOnlyList<byte> PeerCookie { get; init; } = [];

    /// <summary>Which packets are numbered.</summary>
    public L2tpSequencing Sequencing { get; init; }

    /// <summary>The header before the frame.</summary>
    public L2tpSublayer Sublayer { get; init; } = L2tpSublayer.Default;

    /// <summary>How long a packet that came too early is kept back; null for not at all.</summary>
    public TimeSpan? ReorderTimeout { get; init; }

    /// <summary>The bridge to join.</summary>
    public string? Bridge { get; init; }

    /// <summary>The link's MTU in bytes; null for the largest that the way to the other host carries whole.</summary>
    public int? Mtu { get; init; }

    /// <summary>Brings the link up.</summary>
    public bool Up { get; init; }

    /// <summary>Reads a cookie's text form.</summary>
    /// <param name="text">8 or 16 hexadecimal digits.</param>
    /// <returns>4 or 8 bytes; none for null or an empty text.</returns>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    public static IReadOnlyList<byte> ParseCookie(string? text)
    {
        if (string.IsNullOrEmpty(text))
            return [];
        return text.Length is 8 or 16 && text.All(char.IsAsciiHexDigit)
            ? Convert.FromHexString(text)
            : throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"'{Netlink.KernelText.Printable(text)}' is no cookie: it takes 8 or 16 hexadecimal digits, such as "
                    + "0a1b2c3d.",
                text);
    }

    /// <summary>Checks the specification before anything is done.</summary>
    /// <exception cref="NetworkException">InvalidName or InvalidArgument.</exception>
    public void Validate()
    {
        if (Name is not null)
            LinkSpec.CheckName(Name);
        LinkSpec.CheckMtu(Mtu, Name ?? $"session {SessionId}");
        var problem = this switch
        {
            { SessionId: 0 }
                or { PeerSessionId: 0 } => "session ids are 1 to 4294967295 on both hosts; 0 means control messages",
            _ when Cookie.Count is not (0 or 4 or 8)
                || PeerCookie.Count is not (0 or 4 or 8) => "a cookie has 4 or 8 bytes",
            { Sublayer: L2tpSublayer.None, Sequencing: not L2tpSequencing.None } =>
                "sequence numbers are in the sublayer header; leave it at Default",
            _ when ReorderTimeout < TimeSpan.Zero => "a reorder time-out cannot be negative",
            _ => null,
        };
        if (problem is not null)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"Session {SessionId} of tunnel {TunnelId} cannot be made so: {problem}.",
                string.Create(CultureInfo.InvariantCulture, $"{TunnelId}/{SessionId}"));
    }
}
