using System.Buffers.Binary;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Dhcp;

/// <summary>Whole Ethernet frames with the UDP datagrams of DHCP, for a link that has no address yet.</summary>
internal static class DhcpFrames
{
    /// <summary>The ports of servers and clients.</summary>
    public const int ServerPort = 67, ClientPort = 68;

    private const int HeaderBytes = 14, IPv4Bytes = 20, UdpBytes = 8;
    private const byte Udp = 17;

    /// <summary>Writes a datagram from a client to a server.</summary>
    /// <param name="own">The client's Ethernet address.</param>
    /// <param name="station">Who gets the frame; null for everybody.</param>
    /// <param name="from">The client's address; 0.0.0.0 for none.</param>
    /// <param name="to">The server's address.</param>
    /// <param name="message">The content.</param>
    /// <returns>The frame.</returns>
    public static byte[] Write(
        ReadOnlySpan<byte> own, MacAddress? station, IPAddress from, IPAddress to, ReadOnlySpan<byte> message)
    {
        var frame = new byte[HeaderBytes + IPv4Bytes + UdpBytes + message.Length];
        if (station is null)
            frame.AsSpan(0, 6).Fill(0xff);
        else
            station.ToArray().CopyTo(frame, 0);
        own.CopyTo(frame.AsSpan(6));
        frame[12] = 0x08;
        var ip = frame.AsSpan(HeaderBytes);
        (ip[0], ip[8], ip[9]) = (0x45, 64, Udp);
        BinaryPrimitives.WriteUInt16BigEndian(ip[2..], (ushort)ip.Length);
        from.TryWriteBytes(ip[12..], out _);
        to.TryWriteBytes(ip[16..], out _);
        BinaryPrimitives.WriteUInt16BigEndian(ip[10..], Checksum(ip[..IPv4Bytes], 0));
        var udp = ip[IPv4Bytes..];
        BinaryPrimitives.WriteUInt16BigEndian(udp, ClientPort);
        BinaryPrimitives.WriteUInt16BigEndian(udp[2..], ServerPort);
        BinaryPrimitives.WriteUInt16BigEndian(udp[4..], (ushort)udp.Length);
        message.CopyTo(udp[UdpBytes..]);
        // Over a part of the IP header too; 0 would mean that there is none (RFC 768).
        var sum = Checksum(udp, Sum(ip[12..IPv4Bytes]) + Udp + (uint)udp.Length);
        BinaryPrimitives.WriteUInt16BigEndian(udp[6..], sum == 0 ? (ushort)0xffff : sum);
        return frame;
    }

    /// <summary>Reads what a server sent to a client.</summary>
    /// <param name="frame">A frame, as a packet socket gives it.</param>
    /// <param name="station">Who sent the frame.</param>
    /// <returns>The message; null for what is none.</returns>
    public static DhcpMessage? TryRead(ReadOnlySpan<byte> frame, out MacAddress station)
    {
        station = MacAddress.Zero;
        if (frame.Length < HeaderBytes + IPv4Bytes + UdpBytes || frame[12] != 0x08 || frame[13] != 0)
            return null;
        var ip = frame[HeaderBytes..];
        int header = (ip[0] & 0xf) * 4, total = BinaryPrimitives.ReadUInt16BigEndian(ip[2..]);
        // Not a fragment. The UDP checksum is not looked at: a virtual link leaves it to hardware that is not there.
        if (ip[0] >> 4 != 4 || header < IPv4Bytes || total > ip.Length || total < header + UdpBytes || ip[9] != Udp
            || (BinaryPrimitives.ReadUInt16BigEndian(ip[6..]) & 0x3fff) != 0 || Checksum(ip[..header], 0) != 0)
            return null;
        var udp = ip[header..total];
        int length = BinaryPrimitives.ReadUInt16BigEndian(udp[4..]);
        if (BinaryPrimitives.ReadUInt16BigEndian(udp) != ServerPort || length < UdpBytes || length > udp.Length
            || BinaryPrimitives.ReadUInt16BigEndian(udp[2..]) != ClientPort)
            return null;
        station = new MacAddress(frame[6..12]);
        return DhcpMessage.TryParse(udp[UdpBytes..length]) is { IsReply: true } message ? message : null;
    }

    private static ushort Checksum(ReadOnlySpan<byte> bytes, uint sum)
    {
        sum += Sum(bytes);
        while (sum > 0xffff)
            sum = (sum & 0xffff) + (sum >> 16);
        return (ushort)~sum;
    }

    private static uint Sum(ReadOnlySpan<byte> bytes)
    {
        uint sum = 0;
        for (; bytes.Length > 1; bytes = bytes[2..])
            sum += BinaryPrimitives.ReadUInt16BigEndian(bytes);
        return bytes.Length == 0 ? sum : sum + ((uint)bytes[0] << 8);
    }
}
