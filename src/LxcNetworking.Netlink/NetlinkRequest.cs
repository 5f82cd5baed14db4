using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LxcNetworking.Netlink;

/// <summary>
/// Builds one request: a header (struct nlmsghdr), the family's fixed structure, then attributes. Integers are written
/// in host byte order unless a name says otherwise. The buffer is pooled: dispose the request after use.
/// </summary>
public sealed class NetlinkRequest : IDisposable
{
    internal const int HeaderSize = 16;
    private readonly bool _secret;
    private byte[] _buffer;
    private int _length = HeaderSize;
    private int _attributesStart = HeaderSize;
    private List<(int Start, int Length)>? _raw;

    /// <summary>Starts a request. NLM_F_REQUEST is added.</summary>
    /// <param name="type">The message type.</param>
    /// <param name="flags">Flags besides NLM_F_REQUEST.</param>
    /// <param name="isSecret">It will hold a key: its buffer is pinned, so that the garbage collector leaves no copy
    /// behind.</param>
    public NetlinkRequest(ushort type, NetlinkFlags flags = NetlinkFlags.None, bool isSecret = false)
    {
        _secret = isSecret;
        _buffer = Rent(512);
        Type = type;
        Flags = flags | NetlinkFlags.Request;
        _buffer.AsSpan(0, HeaderSize).Clear();
    }

    /// <summary>The message type.</summary>
    public ushort Type { get; }

    /// <summary>The flags.</summary>
    public NetlinkFlags Flags { get; }

    /// <summary>Whether the kernel answers it by one message, so that it need not be acknowledged besides.</summary>
    public bool IsQuery { get; private set; }

    /// <summary>The size of the message so far, in bytes.</summary>
    public int Length => _length;

    /// <summary>Says that the kernel answers it by one message or refuses it.</summary>
    /// <returns>This request.</returns>
    public NetlinkRequest AsQuery()
    {
        IsQuery = true;
        return this;
    }

    /// <summary>Writes the family's fixed structure; it comes before all attributes.</summary>
    /// <typeparam name="T">An unmanaged structure with the kernel's layout.</typeparam>
    /// <param name="header">Its content.</param>
    /// <returns>This request.</returns>
    public NetlinkRequest Header<T>(T header)
        where T : unmanaged
    {
        MemoryMarshal.Write(Grow(Unsafe.SizeOf<T>()), in header);
        _attributesStart = _length;
        return this;
    }

    /// <summary>Adds an attribute with an integer or structure in host order.</summary>
    /// <typeparam name="T">Its type, which decides the attribute's size.</typeparam>
    /// <param name="type">The attribute's type.</param>
    /// <param name="value">The value.</param>
    /// <returns>This request.</returns>
    public NetlinkRequest Put<T>(ushort type, T value)
        where T : unmanaged
        => Put(type, MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));

    /// <summary>Adds an attribute with bytes as they are.</summary>
    /// <param name="type">The attribute's type.</param>
    /// <param name="value">The bytes.</param>
    /// <returns>This request.</returns>
    /// <exception cref="ArgumentOutOfRangeException">More bytes than an attribute can hold (65,531).</exception>
    public NetlinkRequest Put(ushort type, ReadOnlySpan<byte> value)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value.Length, ushort.MaxValue - 4);
        var target = Grow(4 + value.Length);
        MemoryMarshal.Write(target, (ushort)(4 + value.Length));
        MemoryMarshal.Write(target[2..], in type);
        value.CopyTo(target[4..]);
        return this;
    }

    /// <summary>Adds a NUL-terminated string, undoing <see cref="KernelText"/>'s escapes.</summary>
    /// <param name="type">The attribute's type.</param>
    /// <param name="value">The text.</param>
    /// <returns>This request.</returns>
    /// <exception cref="ArgumentException">A NUL is in the text: the kernel would end it there and take it for another
    /// name.</exception>
    public NetlinkRequest PutString(ushort type, string value)
    {
        var bytes = KernelText.Encode(value);
        if (bytes.AsSpan().Contains((byte)0))
            throw new ArgumentException("A string for the kernel cannot hold a NUL.", nameof(value));
        return Put(type, [.. bytes, 0]);
    }

    /// <summary>Adds a 16-bit number in network order.</summary>
    /// <param name="type">The attribute's type.</param>
    /// <param name="value">The value.</param>
    /// <returns>This request.</returns>
    public NetlinkRequest PutBigEndian(ushort type, ushort value)
        => Put(type, BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value);

    /// <summary>Adds a 32-bit number in network order.</summary>
    /// <param name="type">The attribute's type.</param>
    /// <param name="value">The value.</param>
    /// <returns>This request.</returns>
    public NetlinkRequest PutBigEndian(ushort type, uint value)
        => Put(type, BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value);

    /// <summary>Adds a 64-bit number in network order.</summary>
    /// <param name="type">The attribute's type.</param>
    /// <param name="value">The value.</param>
    /// <returns>This request.</returns>
    public NetlinkRequest PutBigEndian(ushort type, ulong value)
        => Put(type, BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(value) : value);

    /// <summary>Adds an attribute without a payload, whose presence is its meaning.</summary>
    /// <param name="type">The attribute's type.</param>
    /// <returns>This request.</returns>
    public NetlinkRequest PutFlag(ushort type) => Put(type, ReadOnlySpan<byte>.Empty);

    /// <summary>Adds an attribute that holds attributes.</summary>
    /// <param name="type">The attribute's type; NLA_F_NESTED is added.</param>
    /// <param name="content">Writes what is inside.</param>
    /// <returns>This request.</returns>
    public NetlinkRequest Nest(ushort type, Action<NetlinkRequest> content)
    {
        ArgumentNullException.ThrowIfNull(content);
        var start = _length;
        PutFlag((ushort)(type | NetlinkAttribute.NestedFlag));
        content(this);
        ObjectDisposedException.ThrowIf(_buffer.Length == 0, this);
        var size = _length - start;
        if (size > ushort.MaxValue)
            throw new NetlinkProtocolException(
                $"The content of attribute {type} takes {size} bytes; netlink holds {ushort.MaxValue}.");
        MemoryMarshal.Write(_buffer.AsSpan(start), (ushort)size);
        return this;
    }

    /// <summary>Adds a family structure inside a nested attribute (as VETH_INFO_PEER wants a struct
    /// ifinfomsg).</summary>
    /// <typeparam name="T">An unmanaged structure with the kernel's layout.</typeparam>
    /// <param name="value">Its content.</param>
    /// <returns>This request.</returns>
    public NetlinkRequest PutRaw<T>(T value)
        where T : unmanaged
    {
        var start = _length;
        MemoryMarshal.Write(Grow(Unsafe.SizeOf<T>()), in value);
        (_raw ??= []).Add((start, _length - start));
        return this;
    }

    /// <summary>Gives the buffer back. What was secret in it is zeroed.</summary>
    public void Dispose()
    {
        if (_buffer.Length == 0)
            return;
        _buffer.AsSpan(0, _length).Clear();
        Return();
        _buffer = [];
    }

    /// <summary>Fills the header in and gives the message's bytes.</summary>
    internal ReadOnlySpan<byte> Seal(uint sequence, uint portId, NetlinkFlags added)
    {
        ObjectDisposedException.ThrowIf(_buffer.Length == 0, this);
        var header = _buffer.AsSpan(0, HeaderSize);
        MemoryMarshal.Write(header, (uint)_length);
        MemoryMarshal.Write(header[4..], Type);
        MemoryMarshal.Write(header[6..], (ushort)(Flags | added));
        MemoryMarshal.Write(header[8..], in sequence);
        MemoryMarshal.Write(header[12..], in portId);
        return _buffer.AsSpan(0, _length);
    }

    /// <summary>Finds which attribute stands at an offset of the sent message, as NLMSGERR_ATTR_OFFS names
    /// it.</summary>
    internal ushort[] PathTo(uint offset)
    {
        var path = new List<ushort>();
        int start = _attributesStart, end = _length;
        while (start + 4 <= end)
        {
            var length = MemoryMarshal.Read<ushort>(_buffer.AsSpan(start));
            var type = MemoryMarshal.Read<ushort>(_buffer.AsSpan(start + 2));
            if (length < 4)
                break;
            if (offset < start || offset >= start + length)
            {
                start += (length + 3) & ~3;
                continue;
            }

            path.Add((ushort)(type & NetlinkAttribute.TypeMask));
            if (offset == start || (type & NetlinkAttribute.NestedFlag) == 0)
                break;
            end = Math.Min(end, start + length);
            start = SkipRaw(start + 4);
        }

        return [.. path];
    }

    // A structure inside a nest is no attribute, though its bytes may look like one.
    private int SkipRaw(int start)
    {
        foreach (var raw in _raw ?? [])
        {
            if (raw.Start == start)
                start += raw.Length;
        }

        return start;
    }

    private byte[] Rent(int size)
        => _secret ? GC.AllocateUninitializedArray<byte>(size, pinned: true) : ArrayPool<byte>.Shared.Rent(size);

    private void Return()
    {
        if (!_secret)
            ArrayPool<byte>.Shared.Return(_buffer);
    }

    private Span<byte> Grow(int size)
    {
        ObjectDisposedException.ThrowIf(_buffer.Length == 0, this);
        var padded = (size + 3) & ~3;
        if (_length + padded > _buffer.Length)
        {
            var larger = Rent(Math.Max(_buffer.Length * 2, _length + padded));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            _buffer.AsSpan(0, _length).Clear();
            Return();
            _buffer = larger;
        }

        var span = _buffer.AsSpan(_length, padded);
        span.Clear();
        _length += padded;
        return span;
    }
}
