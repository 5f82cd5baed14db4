using System.Text;

namespace LxcNetworking.Netlink.Testing;

/// <summary>
/// One message that was sent to a <see cref="FakeKernel"/>, and the messages that answer it: they carry its sequence
/// number and port id, without which a <see cref="NetlinkConnection"/> ignores them.
/// </summary>
/// <param name="bytes">The message with its header, as it was sent.</param>
public sealed class SentMessage(byte[] bytes)
{
    private const int HeaderSize = 16;

    /// <summary>The message with its header.</summary>
    public ReadOnlySpan<byte> Bytes => bytes;

    /// <summary>What follows the header (nlmsghdr): the family's structure and the attributes.</summary>
    public ReadOnlySpan<byte> Payload => bytes.AsSpan(HeaderSize);

    /// <summary>The length that the header tells, in bytes.</summary>
    public uint Length => BitConverter.ToUInt32(bytes, 0);

    /// <summary>The message type.</summary>
    public ushort Type => BitConverter.ToUInt16(bytes, 4);

    /// <summary>The flags.</summary>
    public NetlinkFlags Flags => (NetlinkFlags)BitConverter.ToUInt16(bytes, 6);

    /// <summary>The sequence number.</summary>
    public uint Sequence => BitConverter.ToUInt32(bytes, 8);

    /// <summary>The sender's port id.</summary>
    public uint Port => BitConverter.ToUInt32(bytes, 12);

    /// <summary>Whether it asks for a list.</summary>
    public bool IsDump => (Flags & NetlinkFlags.Dump) == NetlinkFlags.Dump;

    /// <summary>The header alone (nlmsghdr).</summary>
    internal byte[] Header => bytes[..HeaderSize];

    /// <summary>Reads the family's structure and goes on to the attributes.</summary>
    /// <typeparam name="T">An unmanaged structure with the kernel's layout.</typeparam>
    /// <param name="header">The structure.</param>
    /// <returns>The attributes.</returns>
    /// <exception cref="NetlinkProtocolException">The message is shorter.</exception>
    public AttributeReader Read<T>(out T header)
        where T : unmanaged
        => AsReply().Read(out header);

    /// <summary>The message as those who read answers take it.</summary>
    /// <returns>The message.</returns>
    public NetlinkReply AsReply() => new(Type, Flags, Payload);

    /// <summary>An acknowledgement.</summary>
    /// <returns>The message.</returns>
    public byte[] Acknowledge() => Refuse(0);

    /// <summary>A refusal, as the kernel gives it with NETLINK_CAP_ACK and NETLINK_EXT_ACK.</summary>
    /// <param name="errno">The error number, above 0.</param>
    /// <param name="words">What the kernel says about it; null for nothing.</param>
    /// <returns>The message.</returns>
    public byte[] Refuse(int errno, string? words = null)
    {
        const byte NLMSGERR_ATTR_MSG = 1;
        byte[] text = words is null ? [] : [.. Encoding.UTF8.GetBytes(words), 0];
        byte[] attribute = words is null ? []
            : [
                .. BitConverter.GetBytes((ushort)(4 + text.Length)),
                NLMSGERR_ATTR_MSG,
                0,
                .. text,
                .. Padding(text.Length),
            ];
        return Answer(
            NetlinkMessageType.Error,
            [.. BitConverter.GetBytes(-errno), .. Header, .. attribute],
            words is null ? NetlinkFlags.Capped : NetlinkFlags.Capped | NetlinkFlags.AckTlvs);
    }

    /// <summary>An object: the only answer to a query, or one of a list.</summary>
    /// <typeparam name="T">An unmanaged structure with the kernel's layout.</typeparam>
    /// <param name="type">The message type.</param>
    /// <param name="header">The family's structure.</param>
    /// <param name="attributes">Writes the attributes; null for none.</param>
    /// <returns>The message.</returns>
    public byte[] Answer<T>(ushort type, T header, Action<NetlinkRequest>? attributes = null)
        where T : unmanaged
    {
        using var content = new NetlinkRequest(type).Header(header);
        attributes?.Invoke(content);
        return Answer(
            type, content.Seal(0, 0, NetlinkFlags.None)[HeaderSize..], IsDump ? NetlinkFlags.Multi : NetlinkFlags.None);
    }

    /// <summary>Any message.</summary>
    /// <param name="type">The message type.</param>
    /// <param name="payload">What follows its header.</param>
    /// <param name="flags">Its flags.</param>
    /// <returns>The message.</returns>
    public byte[] Answer(ushort type, ReadOnlySpan<byte> payload, NetlinkFlags flags = NetlinkFlags.None) =>
    [
        .. BitConverter.GetBytes(HeaderSize + payload.Length), .. BitConverter.GetBytes(type),
        .. BitConverter.GetBytes((ushort)flags), .. bytes[8..HeaderSize], .. payload, .. Padding(payload.Length),
    ];

    /// <summary>The end of a list.</summary>
    /// <param name="flags">Flags besides NLM_F_MULTI, such as <see cref="NetlinkFlags.DumpInterrupted"/>.</param>
    /// <returns>The message.</returns>
    public byte[] End(NetlinkFlags flags = NetlinkFlags.None)
        => Answer(NetlinkMessageType.Done, BitConverter.GetBytes(0), flags | NetlinkFlags.Multi);

    private static byte[] Padding(int length) => new byte[-length & 3];
}
