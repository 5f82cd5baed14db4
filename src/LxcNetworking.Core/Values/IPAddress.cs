using System.Diagnostics.CodeAnalysis;
using System.Net.Sockets;
using Address = System.Net.IPAddress;

namespace LxcNetworking.Values;

/// <summary>
/// An IPv4 or IPv6 address: the framework's, which it converts from and to by itself, with an order and a text in every
/// format.
/// </summary>
public sealed class IPAddress : TextValue<IPAddress>
{
    private readonly Address _address;

    /// <summary>An address of the framework's.</summary>
    /// <param name="address">The address.</param>
    public IPAddress(Address address)
    {
        ArgumentNullException.ThrowIfNull(address);
        _address = address;
    }

    /// <summary>Reads bytes in transmission order.</summary>
    /// <param name="bytes">4 or 16 bytes.</param>
    public IPAddress(ReadOnlySpan<byte> bytes)
        : this(new Address(bytes))
    {
    }

    /// <summary>Reads bytes in transmission order.</summary>
    /// <param name="bytes">16 bytes.</param>
    /// <param name="scopeId">The index of the interface that it is on.</param>
    public IPAddress(ReadOnlySpan<byte> bytes, long scopeId)
        : this(new Address(bytes, scopeId))
    {
    }

    /// <summary>0.0.0.0.</summary>
    public static IPAddress Any { get; } = new(Address.Any);

    /// <summary>::.</summary>
    public static IPAddress IPv6Any { get; } = new(Address.IPv6Any);

    /// <summary>127.0.0.1.</summary>
    public static IPAddress Loopback { get; } = new(Address.Loopback);

    /// <summary>255.255.255.255.</summary>
    public static IPAddress Broadcast { get; } = new(Address.Broadcast);

    /// <summary>IPv4 or IPv6.</summary>
    public AddressFamily AddressFamily => _address.AddressFamily;

    /// <summary>The text.</summary>
    public string IPAddressToString => ToString();

    /// <summary>IPv6: the index of the interface that it is on, where it was said; 0 otherwise.</summary>
    public long ScopeId => AddressFamily == AddressFamily.InterNetworkV6 ? _address.ScopeId : 0;

    /// <summary>IPv6: true for fe80::/10.</summary>
    public bool IsIPv6LinkLocal => _address.IsIPv6LinkLocal;

    /// <summary>IPv6: true for ff00::/8.</summary>
    public bool IsIPv6Multicast => _address.IsIPv6Multicast;

    /// <summary>IPv6: true for ::ffff:0:0/96, which stands for IPv4.</summary>
    public bool IsIPv4MappedToIPv6 => _address.IsIPv4MappedToIPv6;

    /// <summary>Reads the text form.</summary>
    /// <param name="text">Such as 10.0.3.1 or fd00::1.</param>
    /// <returns>The address.</returns>
    /// <exception cref="FormatException">The text is no address.</exception>
    public static IPAddress Parse(string text) => TryParse(text, out var result)
        ? result
        : throw Misfit.Of(text, "is not an IP address; "
            + "write it as 10.0.3.1 or fd00::1.");

    /// <summary>Reads the text form.</summary>
    /// <param name="text">Such as 10.0.3.1 or fd00::1.</param>
    /// <param name="result">The address.</param>
    /// <returns>False if the text is no address.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out IPAddress? result)
    {
        // The framework also takes "10", "0x7f.1" and "[::1]"; an address here has all its parts and no more.
        var isAddress = Address.TryParse(text, out var address) && !text!.Contains('[', StringComparison.Ordinal)
            && (
                address.AddressFamily == AddressFamily.InterNetworkV6
                    ? HasScope(address, text)
                    : address.ToString() == text);
        result = isAddress ? new IPAddress(address!) : null;
        return isAddress;
    }

    /// <summary>Tells whether it is an address of the host itself.</summary>
    /// <param name="address">The address.</param>
    /// <returns>True for 127.0.0.0/8 and ::1.</returns>
    public static new bool IsLoopback(IPAddress address) => Address.IsLoopback(address);

    /// <summary>The bytes in transmission order.</summary>
    /// <returns>A new array.</returns>
    public byte[] GetAddressBytes() => _address.GetAddressBytes();

    /// <summary>Writes the bytes in transmission order.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="bytesWritten">How many they were.</param>
    /// <returns>False if there was no room.</returns>
    public bool TryWriteBytes(Span<byte> destination, out int bytesWritten)
        => _address.TryWriteBytes(destination, out bytesWritten);

    /// <inheritdoc/>
    public override string ToString() => _address.ToString();

    /// <inheritdoc/>
    public override int GetHashCode() => _address.GetHashCode();

    /// <summary>The framework's address.</summary>
    [return: NotNullIfNotNull(nameof(address))]
    public static implicit operator Address?(IPAddress? address) => address?._address;

    /// <summary>The value of a framework's address.</summary>
    [return: NotNullIfNotNull(nameof(address))]
    public static implicit operator IPAddress?(Address? address) => address is null ? null : new IPAddress(address);

    // The framework leaves out the name of an interface that is not there, and what follows a NUL or ':' in one that
    // is.
    private static bool HasScope(Address address, string text)
        => text.Split('%', 2) is not [_, var scope]
            || scope == "0"
            || (address.ScopeId != 0 && !scope.Contains(':', StringComparison.Ordinal)
                && Netlink.KernelText.Printable(scope) == scope && !scope.Contains('\0', StringComparison.Ordinal));

    private protected override int Compare(IPAddress other)
    {
        Span<byte> own = stackalloc byte[16], others = stackalloc byte[16];
        _address.TryWriteBytes(own, out var length);
        other._address.TryWriteBytes(others, out var otherLength);
        return length != otherLength ? length - otherLength
            : own[..length].SequenceCompareTo(others[..length]) is var order and not 0 ? order
            : ScopeId.CompareTo(other.ScopeId);
    }
}
