using System.Runtime.InteropServices;

namespace LxcNetworking.Netlink;

/// <summary>One message of an answer or a notification. It is valid only while its handler runs.</summary>
public readonly ref struct NetlinkReply
{
    private readonly ReadOnlySpan<byte> _payload;

    internal NetlinkReply(ushort type, NetlinkFlags flags, ReadOnlySpan<byte> payload)
    {
        Type = type;
        Flags = flags;
        _payload = payload;
    }

    /// <summary>The message type.</summary>
    public ushort Type { get; }

    /// <summary>The message's flags.</summary>
    public NetlinkFlags Flags { get; }

    /// <summary>Everything after struct nlmsghdr.</summary>
    public ReadOnlySpan<byte> Payload => _payload;

    /// <summary>Reads the family's fixed structure and gives the attributes after it.</summary>
    /// <typeparam name="T">An unmanaged structure with the kernel's layout.</typeparam>
    /// <param name="header">The structure.</param>
    /// <returns>A reader over the attributes.</returns>
    /// <exception cref="NetlinkProtocolException">The message is shorter than the structure.</exception>
    public AttributeReader Read<T>(out T header)
        where T : unmanaged
    {
        var size = System.Runtime.CompilerServices.Unsafe.SizeOf<T>();
        if (_payload.Length < size)
            throw new NetlinkProtocolException(
                $"Message {Type} has {_payload.Length} bytes where its header alone takes {size}.");
        header = MemoryMarshal.Read<T>(_payload);
        return new AttributeReader(_payload[Math.Min((size + 3) & ~3, _payload.Length)..]);
    }
}

/// <summary>Takes one message of an answer.</summary>
/// <param name="reply">The message.</param>
public delegate void ReplyHandler(NetlinkReply reply);

/// <summary>Takes one notification.</summary>
/// <param name="namespaceId">The number, in the socket's own network namespace, of the one that it is about (see
/// <see cref="NetlinkSocket.TryListenToAllNamespaces"/>); null for its own.</param>
/// <param name="reply">The notification.</param>
public delegate void NotificationHandler(int? namespaceId, NetlinkReply reply);

/// <summary>Turns one message of an answer into an object.</summary>
/// <typeparam name="T">The object's type.</typeparam>
/// <param name="reply">The message.</param>
/// <returns>The object, or null to leave the message out.</returns>
public delegate T? ReplyParser<out T>(NetlinkReply reply)
    where T : class;

/// <summary>Takes one message of an answer to one of several requests.</summary>
/// <param name="index">The request's place in the list.</param>
/// <param name="reply">The message.</param>
public delegate void BatchReplyHandler(int index, NetlinkReply reply);

/// <summary>Walks over the messages of one datagram, checking each length before it is believed.</summary>
internal ref struct MessageReader(ReadOnlySpan<byte> datagram)
{
    private ReadOnlySpan<byte> _rest = datagram;

    public NetlinkReply Current { get; private set; }

    public uint Sequence { get; private set; }

    public uint PortId { get; private set; }

    public bool MoveNext()
    {
        if (_rest.IsEmpty)
            return false;
        if (_rest.Length < NetlinkRequest.HeaderSize)
            throw new NetlinkProtocolException($"{_rest.Length} bytes are left where a message should begin.");
        var length = MemoryMarshal.Read<uint>(_rest);
        if (length < NetlinkRequest.HeaderSize || length > (uint)_rest.Length)
            throw new NetlinkProtocolException($"A message claims {length} bytes where {_rest.Length} are left.");

        Sequence = MemoryMarshal.Read<uint>(_rest[8..]);
        PortId = MemoryMarshal.Read<uint>(_rest[12..]);
        Current = new NetlinkReply(
            MemoryMarshal.Read<ushort>(_rest[4..]),
            (NetlinkFlags)MemoryMarshal.Read<ushort>(_rest[6..]),
            _rest[NetlinkRequest.HeaderSize..(int)length]);
        _rest = _rest[(int)Math.Min((length + 3) & ~3u, (uint)_rest.Length)..];
        return true;
    }
}
