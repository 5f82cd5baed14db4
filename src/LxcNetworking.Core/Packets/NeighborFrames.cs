using System.Buffers.Binary;
using LxcNetworking.Values;

namespace LxcNetworking.Packets;

/// <summary>
/// Whole Ethernet frames of ARP (RFC 826, 5227) and neighbour discovery (RFC 4861), with which a station asks who has
/// an address and says that it has one.
/// </summary>
internal static class NeighborFrames
{
    /// <summary>ETH_P_* of linux/if_ether.h.</summary>
    public const ushort ETH_P_IP = 0x0800, ETH_P_ARP = 0x0806, ETH_P_IPV6 = 0x86dd;

    /// <summary>The length in bytes of the Ethernet header.</summary>
    public const int HeaderBytes = 14;

    /// <summary>The length in bytes of the longest frame that is written here.</summary>
    public const int MaxBytes = HeaderBytes + IPv6Bytes + AdvertisementBytes;

    private const int IPv6Bytes = 40, SolicitationBytes = 24, AdvertisementBytes = 32, RouterSolicitationBytes = 8;

    /// <summary>Writes the question who has an address, from a station that has none yet.</summary>
    /// <param name="frame">Where to: <see cref="MaxBytes"/>.</param>
    /// <param name="own">The station's Ethernet address.</param>
    /// <param name="address">The address.</param>
    /// <returns>The frame's length in bytes.</returns>
    public static int WriteQuestion(Span<byte> frame, ReadOnlySpan<byte> own, IPAddress address)
    {
        frame.Clear();
        return IP.FamilyOf(address) == IPFamily.IPv4
            ? WriteArp(frame, own, null, address) : WriteSolicitation(frame, own, address);
    }

    /// <summary>
    /// Writes the news that a station has an address, which takes the place of what its neighbours have in memory: an
    /// ARP announcement, or an unsolicited neighbour advertisement that overrides.
    /// </summary>
    /// <inheritdoc cref="WriteQuestion"/>
    /// <param name="frame">Where to: <see cref="MaxBytes"/>.</param>
    /// <param name="own">The station's Ethernet address.</param>
    /// <param name="address">The address.</param>
    /// <param name="isRouter">Whether the station forwards packets of IPv6.</param>
    public static int WriteAnnouncement(Span<byte> frame, ReadOnlySpan<byte> own, IPAddress address, bool isRouter)
    {
        frame.Clear();
        return IP.FamilyOf(address) == IPFamily.IPv4
            ? WriteArp(frame, own, address, address) : WriteAdvertisement(frame, own, address, isRouter);
    }

    /// <summary>Writes the question which routers there are, from a station that need not have an address (RFC 4861,
    /// 4.1): to all routers, which then answer to all nodes.</summary>
    /// <param name="frame">Where to: <see cref="MaxBytes"/>.</param>
    /// <param name="own">The station's Ethernet address.</param>
    /// <returns>The frame's length in bytes.</returns>
    public static int WriteRouterSolicitation(Span<byte> frame, ReadOnlySpan<byte> own)
    {
        const byte RouterSolicitation = 133;
        frame.Clear();
        ReadOnlySpan<byte> allRouters = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2];
        allRouters.CopyTo(frame[(HeaderBytes + 24)..]);
        frame[HeaderBytes + IPv6Bytes] = RouterSolicitation;
        return Complete(frame, own, RouterSolicitationBytes);
    }

    // A request to everybody. Without a sender it asks and leaves no trace with those who hear it.
    private static int WriteArp(Span<byte> frame, ReadOnlySpan<byte> own, IPAddress? sender, IPAddress target)
    {
        frame[..6].Fill(0xff);
        own.CopyTo(frame[6..]);
        ReadOnlySpan<byte> fixedPart = [0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0, 1];
        fixedPart.CopyTo(frame[12..]);
        own.CopyTo(frame[22..]);
        sender?.TryWriteBytes(frame[28..], out _);
        target.TryWriteBytes(frame[38..], out _);
        return 42;
    }

    /// <summary>Writes the group in which neighbours ask for an IPv6 address: ff02::1:ff00:0/104 with the address's
    /// last 24 bits (RFC 4291, 2.7.1).</summary>
    /// <param name="group">Where to: 16 bytes.</param>
    /// <param name="address">The address's 16 bytes.</param>
    public static void WriteSolicitedNodeGroup(Span<byte> group, ReadOnlySpan<byte> address)
    {
        ReadOnlySpan<byte> prefix = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff];
        prefix.CopyTo(group);
        address[13..].CopyTo(group[13..]);
    }

    // From the unspecified address to the solicited-node group.
    private static int WriteSolicitation(Span<byte> frame, ReadOnlySpan<byte> own, IPAddress address)
    {
        Span<byte> target = stackalloc byte[16];
        address.TryWriteBytes(target, out _);
        WriteSolicitedNodeGroup(frame[(HeaderBytes + 24)..], target);
        var icmp = frame[(HeaderBytes + IPv6Bytes)..];
        icmp[0] = 135;
        target.CopyTo(icmp[8..]);
        return Complete(frame, own, SolicitationBytes);
    }

    // From the address itself to all nodes, with the option that has the station's Ethernet address.
    private static int WriteAdvertisement(
        Span<byte> frame, ReadOnlySpan<byte> own, IPAddress address, bool isRouter)
    {
        const byte Advertisement = 136, Router = 0x80, Override = 0x20, TargetLinkLayerAddress = 2;
        address.TryWriteBytes(frame[(HeaderBytes + 8)..], out _);
        ReadOnlySpan<byte> allNodes = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];
        allNodes.CopyTo(frame[(HeaderBytes + 24)..]);
        var icmp = frame[(HeaderBytes + IPv6Bytes)..];
        (icmp[0], icmp[4], icmp[24], icmp[25]) =
            (Advertisement, (byte)(Override | (isRouter ? Router : 0)), TargetLinkLayerAddress, 1);
        address.TryWriteBytes(icmp[8..], out _);
        own.CopyTo(icmp[26..]);
        return Complete(frame, own, AdvertisementBytes);
    }

    // The headers of a packet to a multicast group, and the checksum over the addresses and what follows them.
    private static int Complete(Span<byte> frame, ReadOnlySpan<byte> own, int length)
    {
        const byte IcmpV6 = 58;
        var ip = frame[HeaderBytes..];
        (frame[0], frame[1]) = (0x33, 0x33);
        ip[36..40].CopyTo(frame[2..]);
        own.CopyTo(frame[6..]);
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], ETH_P_IPV6);
        (ip[0], ip[5], ip[6], ip[7]) = (0x60, (byte)length, IcmpV6, 255);
        var sum = (uint)(length + IcmpV6);
        for (var i = 8; i < IPv6Bytes + length; i += 2)
            sum += BinaryPrimitives.ReadUInt16BigEndian(ip[i..]);
        while (sum > 0xffff)
            sum = (sum & 0xffff) + (sum >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(ip[42..], (ushort)~sum);
        return HeaderBytes + IPv6Bytes + length;
    }
}
