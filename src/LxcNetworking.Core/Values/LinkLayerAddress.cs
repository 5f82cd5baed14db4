using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using LxcNetworking.Netlink;

namespace LxcNetworking.Values;

/// <summary>
/// The address of a link or a neighbour of any kind: six bytes as of Ethernet, an IP address as of tunnels, or another
/// number of bytes. Text form: hexadecimal bytes with colons between them, and of 4 or 16 bytes the IP address.
/// </summary>
public sealed class LinkLayerAddress : TextValue<LinkLayerAddress>
{
    /// <summary>The most bytes that a link's address has (MAX_ADDR_LEN of linux/netdevice.h).</summary>
    public const int MaxLength = 32;

    // Nearly every link of a list has this one.
    private static readonly LinkLayerAddress s_everyStation = new([0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);

    private readonly byte[] _bytes;

    /// <summary>Reads bytes in transmission order.</summary>
    /// <param name="bytes">1 to 32 bytes.</param>
    /// <exception cref="ArgumentException">Another number of bytes.</exception>
    public LinkLayerAddress(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is 0 or > MaxLength)
            throw new ArgumentException($"A link's address has 1 to {MaxLength} bytes.", nameof(bytes));
        _bytes = bytes.ToArray();
    }

    /// <summary>How many bytes it has.</summary>
    public int Length => _bytes.Length;

    /// <summary>It as an Ethernet address; null for one of another length.</summary>
    public MacAddress? MacAddress => Length == 6 ? new MacAddress(_bytes) : null;

    /// <summary>It as an IP address, which tunnels have; null for one of another length.</summary>
    public IPAddress? IPAddress => Length is 4 or 16 ? new IPAddress(_bytes) : null;

    /// <summary>Reads the text form.</summary>
    /// <param name="text">Such as 00:16:3e:67:4f:a5, 192.0.2.1 or 2001:db8::1.</param>
    /// <returns>The address.</returns>
    /// <exception cref="FormatException">The text is no address of a link.</exception>
    public static LinkLayerAddress Parse(string text) => TryParse(text, out var result)
        ? result
        : throw Misfit.Of(
            text,
            "is not the address of a link; write bytes such as 00:16:3e:67:4f:a5, or a tunnel's end such as "
                + "192.0.2.1.");

    /// <summary>Reads the text form.</summary>
    /// <param name="text">Such as 00:16:3e:67:4f:a5, 192.0.2.1 or 2001:db8::1.</param>
    /// <param name="result">The address.</param>
    /// <returns>False if the text is no address of a link.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out LinkLayerAddress? result)
    {
        result = Values.MacAddress.TryParse(text, out var mac) ? mac : OfBytes(text)
            ?? (Values.IPAddress.TryParse(text, out var ip) && ip.ScopeId == 0 ? (LinkLayerAddress)ip : null);
        return result is not null;
    }

    /// <summary>The bytes in transmission order.</summary>
    /// <returns>A new array.</returns>
    public byte[] ToArray() => [.. _bytes];

    /// <inheritdoc/>
    public override string ToString()
    {
        if (IPAddress?.ToString() is not { } text)
            return string.Join(':', _bytes.Select(value => value.ToString("x2", CultureInfo.InvariantCulture)));
        // Eight groups of two digits are the text of eight bytes.
        return Length == 16 && OfBytes(text) is not null ? "00" + text.Replace(":", ":00", StringComparison.Ordinal)
            : text;
    }

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.AddBytes(_bytes);
        return hash.ToHashCode();
    }

    /// <summary>An Ethernet address as any link's.</summary>
    [return: NotNullIfNotNull(nameof(address))]
    public static implicit operator LinkLayerAddress?(MacAddress? address)
        => address is null ? null : new LinkLayerAddress(address.ToArray());

    /// <summary>An IP address as a tunnel's.</summary>
    [return: NotNullIfNotNull(nameof(address))]
    public static implicit operator LinkLayerAddress?(IPAddress? address)
        => address is null ? null : new LinkLayerAddress(address.GetAddressBytes());

    /// <summary>Reads an attribute; null where it is empty, or longer than any link's address.</summary>
    internal static LinkLayerAddress? Read(NetlinkAttribute attribute)
        => attribute.Value.SequenceEqual(s_everyStation._bytes) ? s_everyStation
            : attribute.Value.Length is 0 or > MaxLength ? null : new LinkLayerAddress(attribute.Value);

    /// <summary>Writes an attribute.</summary>
    internal static void Write(NetlinkRequest request, ushort type, LinkLayerAddress address)
        => request.Put(type, address._bytes);

    private protected override int Compare(LinkLayerAddress other)
        => Length != other.Length ? Length - other.Length : _bytes.AsSpan().SequenceCompareTo(other._bytes);

    private static LinkLayerAddress? OfBytes(string? text)
    {
        var parts = text?.Split(':') ?? [];
        var bytes = new byte[parts.Length];
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i].Length != 2 || !Digits.TryParseHex(parts[i], out ulong value))
                return null;
            bytes[i] = (byte)value;
        }

        return bytes.Length is 0 or > MaxLength ? null : new LinkLayerAddress(bytes);
    }
}
