using System.Globalization;
using LxcNetworking.Values;

namespace LxcNetworking.Tunnels;

/// <summary>One VXLAN network identifier or several that follow one another: <c>10</c> or <c>10-20</c>.</summary>
public sealed class VniRange : TextValue<VniRange>
{
    /// <summary>The highest VNI.</summary>
    public const int Highest = 0xffffff;

    /// <summary>Reads the text form, as a PowerShell conversion does.</summary>
    /// <param name="text">Such as 10 or 10-20.</param>
    /// <exception cref="FormatException">Neither.</exception>
    public VniRange(string text)
    {
        var parts = (text ?? string.Empty).Split('-');
        if (parts.Length > 2 || !Digits.TryParse(parts[0], out int first) || !Digits.TryParse(parts[^1], out int last)
            || first < 1 || last > Highest)
        {
            throw Misfit.Of(
                text,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"is no VNI to list: write one from 1 to {Highest}, or a range such as 10-20."));
        }

        if (last < first)
        {
            throw new FormatException(
                $"The VNI range {first}-{last} ends before it begins: write it as {last}-{first}.");
        }

        (First, Last) = (first, last);
    }

    /// <summary>One VNI.</summary>
    /// <param name="vni">1 to 16777215.</param>
    /// <exception cref="FormatException">It cannot be listed.</exception>
    public VniRange(int vni)
        : this(vni.ToString(CultureInfo.InvariantCulture))
    {
    }

    /// <summary>Several VNIs in a row.</summary>
    /// <param name="first">1 to 16777215.</param>
    /// <param name="last">The last one, not less than the first.</param>
    /// <exception cref="FormatException">One cannot be listed, or the range ends before it begins.</exception>
    public VniRange(int first, int last)
        : this(
            first == last
                ? first.ToString(CultureInfo.InvariantCulture)
                : string.Create(CultureInfo.InvariantCulture, $"{first}-{last}"))
    {
    }

    /// <summary>The lowest VNI.</summary>
    public int First { get; }

    /// <summary>The highest VNI.</summary>
    public int Last { get; }

    /// <summary>Reads the text form.</summary>
    /// <param name="text">Such as 10 or 10-20.</param>
    /// <returns>The range.</returns>
    /// <exception cref="FormatException">Neither.</exception>
    public static VniRange Parse(string text) => new(text);

    /// <summary>True if the two have a VNI in common.</summary>
    /// <param name="other">The other one.</param>
    /// <returns>True if they have.</returns>
    public bool Overlaps(VniRange other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return First <= other.Last && other.First <= Last;
    }

    /// <inheritdoc/>
    public override string ToString() => First == Last ? First.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}");

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(First, Last);

    private protected override int Compare(VniRange other)
        => First.CompareTo(other.First) is var order and not 0 ? order : Last.CompareTo(other.Last);

    /// <summary>What is left of this range without others.</summary>
    internal IEnumerable<VniRange> Except(IEnumerable<VniRange> others)
    {
        var first = First;
        foreach (var other in others.Where(Overlaps).OrderBy(other => other.First))
        {
            if (other.First > first)
                yield return new VniRange(first, other.First - 1);
            first = Math.Max(first, other.Last + 1);
        }

        if (first <= Last)
            yield return new VniRange(first, Last);
    }
}
