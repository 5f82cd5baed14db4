using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net.Sockets;

namespace LxcNetworking.Values;

/// <summary>
/// An IPv4 or IPv6 address with a prefix length, host bits kept: <c>10.0.3.1/24</c>. Without a length it is a single
/// host (/32, /128);
/// <see cref="HasLength"/> tells whether one was written.
/// </summary>
public sealed class IPPrefix : TextValue<IPPrefix>
{
    /// <summary>Reads the text form, as a PowerShell conversion does.</summary>
    /// <param name="text">Such as 10.0.3.1/24 or fd00::1.</param>
    /// <exception cref="FormatException">The text is no address, or the length does not fit the family.</exception>
    public IPPrefix(string text)
    {
        if (!TryParse(text, out var parsed, out var problem))
            throw new FormatException(problem);
        (Address, Length, HasLength, IsDefaultWord) = (
            parsed.Address, parsed.Length, parsed.HasLength, parsed.IsDefaultWord);
    }

    /// <summary>A single address.</summary>
    /// <param name="address">The address.</param>
    public IPPrefix(IPAddress address)
        : this(address, FullLength(address), hasLength: false)
    {
    }

    /// <summary>A network.</summary>
    /// <param name="network">The network.</param>
    public IPPrefix(System.Net.IPNetwork network)
        : this(network.BaseAddress, network.PrefixLength)
    {
    }

    /// <summary>An address with a prefix length.</summary>
    /// <param name="address">The address.</param>
    /// <param name="length">0 to 32 (IPv4) or 128 (IPv6).</param>
    /// <exception cref="ArgumentOutOfRangeException">The length does not fit the family.</exception>
    public IPPrefix(IPAddress address, int length)
        : this(address, length, hasLength: true)
    {
    }

    private IPPrefix(IPAddress address, int length, bool hasLength)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (length < 0 || length > FullLength(address))
            throw new ArgumentOutOfRangeException(
                nameof(length), $"A prefix length of {length} does not fit {address}: 0 to {FullLength(address)} do.");
        (Address, Length, HasLength) = (address, length, hasLength);
    }

    /// <summary>0.0.0.0/0.</summary>
    public static IPPrefix AnyIPv4 { get; } = new(IPAddress.Any, 0);

    /// <summary>::/0.</summary>
    public static IPPrefix AnyIPv6 { get; } = new(IPAddress.IPv6Any, 0);

    /// <summary>The address, host bits kept.</summary>
    public IPAddress Address { get; }

    /// <summary>The prefix length in bits.</summary>
    public int Length { get; }

    /// <summary>False if the text or address came without a length, which then is the whole address.</summary>
    public bool HasLength { get; }

    /// <summary>True if the text was the word <c>default</c>, which means ::/0 where everything else is IPv6.</summary>
    public bool IsDefaultWord { get; private init; }

    /// <summary>IPv4 or IPv6.</summary>
    public AddressFamily AddressFamily => Address.AddressFamily;

    /// <summary>The network that the address is in: host bits zero.</summary>
    public IPPrefix Network => new(Masked(0x00), Length);

    /// <summary>The network's last address (in IPv4 its broadcast address).</summary>
    public IPAddress LastAddress => Masked(0xff);

    /// <summary>Tells whether an address is in the network.</summary>
    /// <param name="address">The address.</param>
    /// <returns>True if it is.</returns>
    public bool Contains(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address.AddressFamily == AddressFamily && new IPPrefix(address, Length).Network.Equals(Network);
    }

    /// <summary>Tells whether an address can be in both of two networks.</summary>
    /// <param name="other">The other network.</param>
    /// <returns>True if one holds the other.</returns>
    public bool Overlaps(IPPrefix other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Contains(other.Address) || other.Contains(Address);
    }

    /// <summary>Reads the text form.</summary>
    /// <param name="text">Such as 10.0.3.1/24, fd00::1/64, 10.0.3.1, or <c>default</c> for 0.0.0.0/0.</param>
    /// <returns>The prefix.</returns>
    /// <exception cref="FormatException">The text is no address, or the length does not fit the family.</exception>
    public static IPPrefix Parse(string text) => new(text);

    /// <summary>Reads the text form.</summary>
    /// <param name="text">As for <see cref="Parse"/>.</param>
    /// <param name="result">The prefix.</param>
    /// <param name="problem">What is wrong with the text, as a sentence.</param>
    /// <returns>False if it could not be read.</returns>
    public static bool TryParse(
        string? text, [NotNullWhen(true)] out IPPrefix? result, [NotNullWhen(false)] out string? problem)
    {
        result = null;
        if (string.Equals(text, "default", StringComparison.OrdinalIgnoreCase))
        {
            result = new IPPrefix(IPAddress.Any, 0) { IsDefaultWord = true };
            problem = null;
            return true;
        }

        var parts = (text ?? string.Empty).Split('/');
        if (parts.Length > 2 || !IPAddress.TryParse(parts[0], out var address))
        {
            problem = Misfit.Of(text, "is not an IP address; write it as 10.0.3.1/24 or fd00::1/64.").Message;
            return false;
        }

        var full = FullLength(address);
        var length = full;
        if (parts.Length == 2 && (!Digits.TryParse(parts[1], out length) || length > full))
        {
            problem = Misfit.Of(text, $"has no usable prefix length; for {address} it is 0 to {full}.").Message;
            return false;
        }

        result = new IPPrefix(address, length, hasLength: parts.Length == 2);
        problem = null;
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Address}/{Length.ToString(CultureInfo.InvariantCulture)}";

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Address, Length);

    private protected override int Compare(IPPrefix other)
        => Address.CompareTo(other.Address) is var order and not 0 ? order : Length.CompareTo(other.Length);

    private static int FullLength(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? 128 : 32;
    }

    private IPAddress Masked(byte hostBits)
    {
        var bytes = Address.GetAddressBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            var kept = Math.Clamp(Length - 8 * i, 0, 8);
            var mask = (byte)(0xff << 8 - kept);
            bytes[i] = (byte)(bytes[i] & mask | hostBits & ~mask);
        }

        return new IPAddress(bytes);
    }
}
