using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;

namespace LxcNetworking.Values;

/// <summary>A 48-bit Ethernet address. Text form: six colon-separated hexadecimal bytes; dashes and dots are read
/// too.</summary>
public sealed class MacAddress : TextValue<MacAddress>
{
    private readonly ulong _value;

    private MacAddress(ulong value) => _value = value;

    /// <summary>Reads six bytes in transmission order.</summary>
    /// <param name="bytes">Six bytes.</param>
    /// <exception cref="ArgumentException">Another number of bytes.</exception>
    public MacAddress(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != 6)
            throw new ArgumentException("A MAC address has six bytes.", nameof(bytes));
        foreach (var value in bytes)
            _value = _value << 8 | value;
    }

    /// <summary>00:00:00:00:00:00, which stands for every station where frames are flooded.</summary>
    public static MacAddress Zero { get; } = new(0);

    /// <summary>The group bit: frames to it go to several stations; no interface may own it.</summary>
    public bool IsMulticast => (_value >> 40 & 1) != 0;

    /// <summary>The locally administered bit.</summary>
    public bool IsLocal => (_value >> 40 & 2) != 0;

    /// <summary>True for 00:00:00:00:00:00.</summary>
    public bool IsZero => _value == 0;

    /// <summary>A random, locally administered unicast address.</summary>
    /// <returns>The address.</returns>
    public static MacAddress NewRandom()
    {
        Span<byte> bytes = stackalloc byte[6];
        RandomNumberGenerator.Fill(bytes);
        bytes[0] = (byte)(bytes[0] & 0xfe | 2);
        return new MacAddress(bytes);
    }

    /// <summary>Reads the text form.</summary>
    /// <param name="text">Such as 00:16:3e:67:4f:a5.</param>
    /// <returns>The address.</returns>
    /// <exception cref="FormatException">The text is no MAC address.</exception>
    public static MacAddress Parse(string text) => TryParse(text, out var result)
        ? result
        : throw Misfit.Of(text, "is not a MAC address; write six hexadecimal bytes such as 00:16:3e:67:4f:a5.");

    /// <summary>Reads the text form.</summary>
    /// <param name="text">Such as 00:16:3e:67:4f:a5, 00-16-3E-67-4F-A5, 0016.3e67.4fa5 or 00163e674fa5.</param>
    /// <param name="result">The address.</param>
    /// <returns>False if the text is no MAC address.</returns>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out MacAddress? result)
    {
        result = null;
        if (text is null)
            return false;
        var separator = text.Contains(':', StringComparison.Ordinal)
            ? ':'
            : text.Contains('-', StringComparison.Ordinal) ? '-' : '.';
        var groups = text.Split(separator);
        var width = groups.Length switch { 6 => 2, 3 when separator == '.' => 4, 1 => 12, _ => 0 };
        ulong value = 0;
        foreach (var group in groups)
        {
            if (width == 0 || group.Length != width || !Digits.TryParseHex(group, out ulong part))
                return false;
            value = value << width * 4 | part;
        }

        result = new MacAddress(value);
        return true;
    }

    /// <summary>The six bytes in transmission order.</summary>
    /// <returns>A new array.</returns>
    public byte[] ToArray()
    {
        var bytes = new byte[6];
        for (var i = 0; i < 6; i++)
            bytes[i] = (byte)(_value >> 8 * (5 - i));
        return bytes;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(17, _value, static (text, value) =>
    {
        for (var i = 0; i < 6; i++)
        {
            ((byte)(value >> 8 * (5 - i))).TryFormat(text[(3 * i)..], out _, "x2", CultureInfo.InvariantCulture);
            if (i < 5)
                text[3 * i + 2] = ':';
        }
    });

    /// <inheritdoc/>
    public override int GetHashCode() => _value.GetHashCode();

    private protected override int Compare(MacAddress other) => _value.CompareTo(other._value);
}
