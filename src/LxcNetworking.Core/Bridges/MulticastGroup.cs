using System.Buffers.Binary;
using System.Net.Sockets;
using LxcNetworking.Values;

namespace LxcNetworking.Bridges;

/// <summary>Whom multicast goes to: an IPv4 or IPv6 group, or of other protocols an Ethernet group address. Text form:
/// the address.</summary>
public sealed class MulticastGroup : TextValue<MulticastGroup>
{
    private const ushort ETH_P_IP = 0x0800, ETH_P_IPV6 = 0x86dd;

    private readonly byte[] _bytes;

    private MulticastGroup(byte[] bytes) => _bytes = bytes;

    /// <summary>The IPv4 or IPv6 group; null for an Ethernet one.</summary>
    public IPAddress? IPAddress => _bytes.Length == 6 ? null : new IPAddress(_bytes);

    /// <summary>The Ethernet group address; null for an IPv4 or IPv6 group.</summary>
    public MacAddress? MacAddress => _bytes.Length == 6 ? new MacAddress(_bytes) : null;

    /// <summary>Reads the text form.</summary>
    /// <param name="text">Such as 239.1.1.1, ff0e::1 or 01:00:5e:00:00:01.</param>
    /// <returns>The group.</returns>
    /// <exception cref="FormatException">The text is no address, or that of a single station.</exception>
    public static MulticastGroup Parse(string text)
    {
        var bytes = MacAddress.TryParse(text, out var ethernet) ? ethernet.ToArray()
            : IPAddress.TryParse(text, out var ip) && ip.ScopeId == 0 ? BytesOf(ip) : null;
        var isGroup = bytes switch
        {
            { Length: 6 } => (bytes[0] & 1) != 0,
            { Length: 4 } => (bytes[0] & 0xf0) == 0xe0,
            { Length: 16 } => bytes[0] == 0xff,
            _ => false,
        };
        return isGroup ? new MulticastGroup(bytes!) : throw Misfit.Of(
            text, "is no multicast group; write it as 239.1.1.1, ff0e::1 or 01:00:5e:00:00:01.");
    }

    /// <summary>Reads the end of struct br_mdb_entry of linux/if_bridge.h: 16 bytes of address, 2 of
    /// protocol.</summary>
    /// <returns>Null for a protocol that is not known.</returns>
    internal static MulticastGroup? Read(ReadOnlySpan<byte> bytes)
    {
        var protocol = BinaryPrimitives.ReadUInt16BigEndian(bytes[16..]);
        return protocol switch
        {
            0 => new MulticastGroup(bytes[..6].ToArray()),
            ETH_P_IP => new MulticastGroup(bytes[..4].ToArray()),
            ETH_P_IPV6 => new MulticastGroup(bytes[..16].ToArray()),
            _ => null,
        };
    }

    /// <summary>Writes the same.</summary>
    internal void Write(Span<byte> to)
    {
        _bytes.CopyTo(to);
        ushort protocol = _bytes.Length switch { 4 => ETH_P_IP, 16 => ETH_P_IPV6, _ => 0 };
        BinaryPrimitives.WriteUInt16BigEndian(to[16..], protocol);
    }

    /// <inheritdoc/>
    public override string ToString() => MacAddress?.ToString() ?? IPAddress!.ToString();

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(_bytes);
        return hash.ToHashCode();
    }

    // IPv4, IPv6, Ethernet.
    private protected override int Compare(MulticastGroup other)
        => RankOf(this).CompareTo(RankOf(other)) is var order and not 0 ? order
            : _bytes.AsSpan().SequenceCompareTo(other._bytes);

    private static int RankOf(MulticastGroup group) => group._bytes.Length switch { 4 => 0, 16 => 1, _ => 2 };

    private static byte[] BytesOf(IPAddress address)
    {
        var bytes = new byte[address.AddressFamily == AddressFamily.InterNetworkV6 ? 16 : 4];
        address.TryWriteBytes(bytes, out _);
        return bytes;
    }
}
