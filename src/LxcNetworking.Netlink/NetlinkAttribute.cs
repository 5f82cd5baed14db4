using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace LxcNetworking.Netlink;

/// <summary>One attribute of a received message (struct nlattr). Integers are in host byte order unless a name says
/// otherwise.</summary>
public readonly ref struct NetlinkAttribute
{
    internal const ushort NestedFlag = 0x8000;
    internal const ushort TypeMask = 0x3fff;

    internal NetlinkAttribute(ushort rawType, ReadOnlySpan<byte> value)
    {
        Type = (ushort)(rawType & TypeMask);
        Value = value;
    }

    /// <summary>The type without NLA_F_NESTED and NLA_F_NET_BYTEORDER.</summary>
    public ushort Type { get; }

    /// <summary>The payload, valid only while the message is handled.</summary>
    public ReadOnlySpan<byte> Value { get; }

    /// <summary>The attributes inside this one.</summary>
    public AttributeReader Nested => new(Value);

    /// <summary>An unsigned byte.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="NetlinkProtocolException">The payload is not one byte long.</exception>
    public byte AsByte() => Exactly(1)[0];

    /// <summary>A 16-bit number in host order.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="NetlinkProtocolException">The payload is not two bytes long.</exception>
    public ushort AsUInt16() => MemoryMarshal.Read<ushort>(Exactly(2));

    /// <summary>A 16-bit number in network order.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="NetlinkProtocolException">The payload is not two bytes long.</exception>
    public ushort AsUInt16BigEndian() => BinaryPrimitives.ReadUInt16BigEndian(Exactly(2));

    /// <summary>A 32-bit number in host order.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="NetlinkProtocolException">The payload is not four bytes long.</exception>
    public uint AsUInt32() => MemoryMarshal.Read<uint>(Exactly(4));

    /// <summary>A signed 32-bit number in host order.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="NetlinkProtocolException">The payload is not four bytes long.</exception>
    public int AsInt32() => MemoryMarshal.Read<int>(Exactly(4));

    /// <summary>A 32-bit number in network order.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="NetlinkProtocolException">The payload is not four bytes long.</exception>
    public uint AsUInt32BigEndian() => BinaryPrimitives.ReadUInt32BigEndian(Exactly(4));

    /// <summary>A 64-bit number in host order.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="NetlinkProtocolException">The payload is not eight bytes long.</exception>
    public ulong AsUInt64() => MemoryMarshal.Read<ulong>(Exactly(8));

    /// <summary>A 64-bit number in network order.</summary>
    /// <returns>The value.</returns>
    /// <exception cref="NetlinkProtocolException">The payload is not eight bytes long.</exception>
    public ulong AsUInt64BigEndian() => BinaryPrimitives.ReadUInt64BigEndian(Exactly(8));

    /// <summary>A NUL-terminated string, escaped by <see cref="KernelText"/>.</summary>
    /// <returns>Printable text.</returns>
    public string AsString() => KernelText.Decode(Value);

    /// <summary>A kernel structure that may be shorter (older kernel) or longer (newer kernel) than this program knows
    /// it.</summary>
    /// <typeparam name="T">The structure; what the kernel did not send is zero.</typeparam>
    /// <returns>The structure.</returns>
    public T AsStruct<T>()
        where T : unmanaged
    {
        T result = default;
        var target = MemoryMarshal.AsBytes(new Span<T>(ref result));
        Value[..Math.Min(Value.Length, target.Length)].CopyTo(target);
        return result;
    }

    private ReadOnlySpan<byte> Exactly(int size) => Value.Length == size
        ? Value
        : throw new NetlinkProtocolException(
            $"Attribute {Type} is {Value.Length} bytes long where {size} were expected.");
}

/// <summary>Walks over attributes, checking each length before it is believed. Use it with foreach.</summary>
public ref struct AttributeReader
{
    private const int HeaderSize = 4;
    private readonly ushort _longType;
    private readonly LeastLength? _leastLength;
    private ReadOnlySpan<byte> _rest;

    /// <summary>Starts at the first attribute.</summary>
    /// <param name="attributes">The bytes after a message's fixed header, or the payload of a nested attribute.</param>
    public AttributeReader(ReadOnlySpan<byte> attributes) => _rest = attributes;

    /// <summary>
    /// Starts at the first of attributes of which one may be longer than its own length, of 16 bits, can tell.
    /// </summary>
    /// <param name="attributes">The bytes after a message's fixed header, or the payload of a nested attribute.</param>
    /// <param name="longType">That attribute's type.</param>
    /// <param name="leastLength">Tells how long it is at least.</param>
    public AttributeReader(ReadOnlySpan<byte> attributes, ushort longType, LeastLength leastLength)
    {
        _rest = attributes;
        _longType = longType;
        _leastLength = leastLength;
    }

    /// <summary>What has not been read yet.</summary>
    public readonly ReadOnlySpan<byte> Rest => _rest;

    /// <summary>The attribute that <see cref="MoveNext"/> found.</summary>
    public NetlinkAttribute Current { get; private set; }

    /// <summary>Makes foreach work.</summary>
    /// <returns>This reader.</returns>
    public readonly AttributeReader GetEnumerator() => this;

    /// <summary>Goes to the next attribute.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="NetlinkProtocolException">A length is smaller than its header or larger than what is
    /// left.</exception>
    public bool MoveNext()
    {
        if (_rest.IsEmpty)
            return false;
        if (_rest.Length < HeaderSize)
            throw new NetlinkProtocolException($"{_rest.Length} bytes are left where an attribute should begin.");

        int length = MemoryMarshal.Read<ushort>(_rest);
        var type = MemoryMarshal.Read<ushort>(_rest[2..]);
        if (_leastLength is not null && (type & NetlinkAttribute.TypeMask) == _longType)
            length += (Math.Max(0, _leastLength(_rest) - length) + ushort.MaxValue) & ~ushort.MaxValue;
        if (length < HeaderSize || length > _rest.Length)
            throw new NetlinkProtocolException($"An attribute claims {length} bytes where {_rest.Length} are left.");

        Current = new NetlinkAttribute(type, _rest[HeaderSize..length]);
        // The last attribute's padding may be missing.
        _rest = _rest[Math.Min((length + 3) & ~3, _rest.Length)..];
        return true;
    }

    /// <summary>Looks an attribute up by its type, from the current place on, without moving.</summary>
    /// <param name="type">The type.</param>
    /// <param name="found">The attribute.</param>
    /// <returns>True if there is one.</returns>
    public readonly bool TryFind(ushort type, out NetlinkAttribute found)
    {
        foreach (var attribute in this)
        {
            if (attribute.Type == type)
            {
                found = attribute;
                return true;
            }
        }

        found = default;
        return false;
    }
}

/// <summary>Tells how long an attribute is at least, its header included; 0 if that is not known.</summary>
/// <param name="attribute">What begins with it.</param>
/// <returns>The bytes.</returns>
public delegate int LeastLength(ReadOnlySpan<byte> attribute);
