using System.Buffers.Binary;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Dhcp;

/// <summary>What a message is for (RFC 2132, 9.6).</summary>
internal enum DhcpMessageType : byte
{
    Discover = 1,
    Offer = 2,
    Request = 3,
    Decline = 4,
    Ack = 5,
    Nak = 6,
    Release = 7,
}

/// <summary>Codes of options (RFC 2132, 3397, 3442).</summary>
internal static class DhcpOption
{
    public const byte Pad = 0, SubnetMask = 1, Router = 3, DnsServer = 6, HostName = 12, DomainName = 15, Mtu = 26,
        Broadcast = 28, RequestedAddress = 50, LeaseTime = 51, Overload = 52, MessageType = 53, Server = 54,
        ParameterList = 55, Text = 56, MaxMessageSize = 57, RenewalTime = 58, RebindingTime = 59, ClientId = 61,
        DomainSearch = 119, ClasslessRoutes = 121, End = 255;
}

/// <summary>
/// A DHCPv4 message (RFC 2131, figure 1) over Ethernet. An option that was split over several places is put together
/// (RFC 3396). Numbers are in host byte order.
/// </summary>
internal sealed class DhcpMessage
{
    private const byte BootRequest = 1, BootReply = 2, Ethernet = 1, MacBytes = 6;
    private const int ServerNameStart = 44, FileStart = 108, CookieStart = 236, OptionsStart = 240, ShortestBytes = 300;
    private const ushort BroadcastFlag = 0x8000;
    private readonly SortedDictionary<byte, byte[]> _options = [];

    /// <summary>Whether a server or relay sent it to a client.</summary>
    public bool IsReply { get; init; }

    /// <summary>The number that a client chose for the question and the answer to it.</summary>
    public uint TransactionId { get; init; }

    /// <summary>How many seconds ago the client began.</summary>
    public ushort Seconds { get; init; }

    /// <summary>Whether the client asks for an answer to everybody.</summary>
    public bool WantsBroadcast { get; init; }

    /// <summary>The address that the client uses already (ciaddr); 0.0.0.0 for none.</summary>
    public IPAddress ClientAddress { get; init; } = IPAddress.Any;

    /// <summary>The address that the server gives the client (yiaddr); 0.0.0.0 for none.</summary>
    public IPAddress YourAddress { get; init; } = IPAddress.Any;

    /// <summary>The server of the next step of a boot (siaddr); not used here.</summary>
    public IPAddress NextServer { get; init; } = IPAddress.Any;

    /// <summary>The relay that it came through (giaddr); 0.0.0.0 for none.</summary>
    public IPAddress RelayAddress { get; init; } = IPAddress.Any;

    /// <summary>The client's Ethernet address (chaddr).</summary>
    public MacAddress HardwareAddress { get; init; } = MacAddress.Zero;

    /// <summary>What it is for; null for what is none (BOOTP).</summary>
    public DhcpMessageType? Type
        => this[DhcpOption.MessageType] is [var type and >= 1 and <= 7] ? (DhcpMessageType)type : null;

    /// <summary>The codes of its options.</summary>
    public IEnumerable<byte> Codes => _options.Keys;

    /// <summary>An option's bytes, or null.</summary>
    public byte[]? this[byte code]
    {
        get => _options.GetValueOrDefault(code);
        set => _options[code] = value ?? [];
    }

    /// <summary>Reads a message. It is another station's to say, so nothing that does not fit is passed over.</summary>
    /// <param name="bytes">The content of a UDP datagram.</param>
    /// <returns>Null for what is none.</returns>
    public static DhcpMessage? TryParse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < OptionsStart
            || bytes[0] is not (BootRequest or BootReply) || bytes[1] != Ethernet || bytes[2] != MacBytes
            || !bytes[CookieStart..OptionsStart].SequenceEqual(Cookie))
            return null;
        var message = new DhcpMessage
        {
            IsReply = bytes[0] == BootReply,
            TransactionId = BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]),
            Seconds = BinaryPrimitives.ReadUInt16BigEndian(bytes[8..]),
            WantsBroadcast = (BinaryPrimitives.ReadUInt16BigEndian(bytes[10..]) & BroadcastFlag) != 0,
            ClientAddress = new IPAddress(bytes[12..16]),
            YourAddress = new IPAddress(bytes[16..20]),
            NextServer = new IPAddress(bytes[20..24]),
            RelayAddress = new IPAddress(bytes[24..28]),
            HardwareAddress = new MacAddress(bytes[28..34]),
        };
        if (!message.TryReadOptions(bytes[OptionsStart..]))
            return null;
        // Two fields may hold further options (RFC 2131, 4.1), where such an option itself does not count.
        var overload = message._options.Remove(DhcpOption.Overload, out var value) ? value : [0];
        if (overload is not [<= 3] || (overload is [var fields]
            && (((fields & 1) != 0 && !message.TryReadOptions(bytes[FileStart..CookieStart]))
                || ((fields & 2) != 0 && !message.TryReadOptions(bytes[ServerNameStart..FileStart])))))
            return null;
        message._options.Remove(DhcpOption.Overload);
        return message;
    }

    /// <summary>Writes it as the content of a UDP datagram.</summary>
    /// <returns>A new array of 300 bytes or more.</returns>
    public byte[] ToArray()
    {
        var head = new byte[OptionsStart];
        (head[0], head[1], head[2]) = (IsReply ? BootReply : BootRequest, Ethernet, MacBytes);
        BinaryPrimitives.WriteUInt32BigEndian(head.AsSpan(4), TransactionId);
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(8), Seconds);
        BinaryPrimitives.WriteUInt16BigEndian(head.AsSpan(10), WantsBroadcast ? BroadcastFlag : (ushort)0);
        ClientAddress.TryWriteBytes(head.AsSpan(12), out _);
        YourAddress.TryWriteBytes(head.AsSpan(16), out _);
        NextServer.TryWriteBytes(head.AsSpan(20), out _);
        RelayAddress.TryWriteBytes(head.AsSpan(24), out _);
        HardwareAddress.ToArray().CopyTo(head, 28);
        Cookie.CopyTo(head.AsSpan(CookieStart));
        var message = new List<byte>(head);
        // Some servers look for the type in the first place only.
        foreach (var (code, value) in _options.OrderBy(option => option.Key == DhcpOption.MessageType ? 0 : 1))
        {
            var rest = value.AsSpan();
            do
            {
                var part = rest[..Math.Min(rest.Length, byte.MaxValue)];
                message.AddRange([code, (byte)part.Length, .. part]);
                rest = rest[part.Length..];
            }
            while (rest.Length > 0);
        }

        message.Add(DhcpOption.End);
        if (message.Count < ShortestBytes)
            message.AddRange(new byte[ShortestBytes - message.Count]);
        return [.. message];
    }

    private static ReadOnlySpan<byte> Cookie => [99, 130, 83, 99];

    private bool TryReadOptions(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0 && bytes[0] != DhcpOption.End)
        {
            if (bytes[0] == DhcpOption.Pad)
            {
                bytes = bytes[1..];
                continue;
            }

            if (bytes.Length < 2 || bytes.Length < 2 + bytes[1])
                return false;
            var code = bytes[0];
            var value = bytes.Slice(2, bytes[1]);
            _options[code] = _options.TryGetValue(code, out var before) ? [.. before, .. value] : value.ToArray();
            bytes = bytes[(2 + value.Length)..];
        }

        return true;
    }
}
