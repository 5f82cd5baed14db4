using System.Buffers;
using System.Globalization;

namespace LxcNetworking.Values;

/// <summary>Bits in a second: <c>10Mbit</c>, <c>1.5Gbit</c>, <c>500kbit</c> or <c>64bit</c>.</summary>
public sealed class BitRate : TextValue<BitRate>
{
    private static readonly SearchValues<char> s_number = SearchValues.Create("0123456789.");

    private static readonly (string Name, long Bits)[] s_units =
    [
        ("T", 1_000_000_000_000), ("G", 1_000_000_000), ("M", 1_000_000), ("k", 1_000),
        ("Ti", 1L << 40), ("Gi", 1L << 30), ("Mi", 1L << 20), ("Ki", 1L << 10), (string.Empty, 1),
    ];

    /// <summary>Reads the text form, as a PowerShell conversion does.</summary>
    /// <param name="text">Such as 10Mbit, 10Mbit/s or 10Mbps, which are all bits; Kibit, Mibit and Gibit are powers of
    /// 1024, and a number without a unit is bits.</param>
    /// <exception cref="FormatException">The text is no rate.</exception>
    public BitRate(string text)
    {
        var end = text.AsSpan().IndexOfAnyExcept(s_number);
        var number = end < 0 ? text : text.AsSpan(0, end);
        var unit = end < 0 ? string.Empty : text[end..];
        if (BitsOf(unit) is not { } bits || number.IsEmpty
            || !decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            || value > long.MaxValue / bits)
        {
            throw Misfit.Of(text, "is no rate: write it in bits per second as 10Mbit, 1.5Gbit or 500kbit.");
        }

        BitsPerSecond = (long)decimal.Round(value * bits);
    }

    /// <summary>So many bits in a second.</summary>
    /// <param name="bitsPerSecond">0 or more.</param>
    /// <exception cref="FormatException">It is less.</exception>
    public BitRate(long bitsPerSecond)
        : this(bitsPerSecond.ToString(CultureInfo.InvariantCulture))
    {
    }

    /// <summary>Bits in a second.</summary>
    public long BitsPerSecond { get; }

    /// <summary>True for none.</summary>
    public bool IsZero => BitsPerSecond == 0;

    /// <summary>Bytes in a second, as the kernel counts.</summary>
    internal ulong BytesPerSecond => ((ulong)BitsPerSecond + 4) / 8;

    /// <summary>Reads the text form.</summary>
    /// <param name="text">Such as 10Mbit.</param>
    /// <returns>The rate.</returns>
    /// <exception cref="FormatException">The text is no rate.</exception>
    public static BitRate Parse(string text) => new(text);

    /// <inheritdoc/>
    public override string ToString()
    {
        var (unit, bits) = BitsPerSecond switch
        {
            >= 1_000_000_000_000 => s_units[0],
            >= 1_000_000_000 => s_units[1],
            >= 1_000_000 => s_units[2],
            >= 1_000 => s_units[3],
            _ => s_units[^1],
        };
        return ((decimal)BitsPerSecond / bits).ToString("0.############", CultureInfo.InvariantCulture) + unit + "bit";
    }

    /// <inheritdoc/>
    public override int GetHashCode() => BitsPerSecond.GetHashCode();

    /// <summary>A rate of the kernel's number; null for none.</summary>
    internal static BitRate? OfBytes(ulong bytesPerSecond)
        => bytesPerSecond == 0 ? null : new((long)Math.Min(bytesPerSecond, long.MaxValue / 8) * 8);

    private protected override int Compare(BitRate other) => BitsPerSecond.CompareTo(other.BitsPerSecond);

    // Upper and lower case are the same but in bps and Bps, as tc(8) and many others mean bytes by the latter.
    private static long? BitsOf(string unit)
    {
        if (unit.Length == 0)
            return 1;
        var prefix = unit.EndsWith("bit/s", StringComparison.OrdinalIgnoreCase) ? unit[..^5]
            : unit.EndsWith("bit", StringComparison.OrdinalIgnoreCase) ? unit[..^3]
            : unit.EndsWith("bps", StringComparison.Ordinal) ? unit[..^3]
            : unit.EndsWith("b/s", StringComparison.Ordinal) ? unit[..^3] : null;
        foreach (var (name, bits) in s_units)
        {
            if (string.Equals(name, prefix, StringComparison.OrdinalIgnoreCase))
                return bits;
        }

        return null;
    }
}
