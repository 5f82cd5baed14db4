using System.Globalization;

namespace LxcNetworking.Values;

/// <summary>A TCP or UDP port, or several in a row: <c>8080</c> or <c>8000-8010</c>.</summary>
public sealed class PortRange : TextValue<PortRange>
{
    /// <summary>Reads the text form, as a PowerShell conversion does.</summary>
    /// <param name="text">Such as 8080 or 8000-8010.</param>
    /// <exception cref="FormatException">The text is no port and no range.</exception>
    public PortRange(string text)
    {
        var parts = (text ?? string.Empty).Split('-');
        if (parts.Length > 2 || !TryPort(parts[0], out var first) || !TryPort(parts[^1], out var last))
            throw Misfit.Of(text, "is no port: write one from 1 to 65535, or a range such as 8000-8010.");
        if (last < first)
            throw new FormatException(
                $"The port range {first}-{last} ends before it begins: write it as {last}-{first}.");
        (First, Last) = (first, last);
    }

    /// <summary>One port.</summary>
    /// <param name="port">1 to 65535.</param>
    /// <exception cref="FormatException">It is no port.</exception>
    public PortRange(int port)
        : this(port, port)
    {
    }

    /// <summary>Several ports in a row.</summary>
    /// <param name="first">1 to 65535.</param>
    /// <param name="last">The last one, not less than the first.</param>
    /// <exception cref="FormatException">One is no port, or the range ends before it begins.</exception>
    public PortRange(int first, int last)
        : this(
            first == last
                ? first.ToString(CultureInfo.InvariantCulture)
                : string.Create(CultureInfo.InvariantCulture, $"{first}-{last}"))
    {
    }

    /// <summary>The first port.</summary>
    public int First { get; }

    /// <summary>The last port.</summary>
    public int Last { get; }

    /// <summary>How many ports these are.</summary>
    public int Count => Last - First + 1;

    /// <summary>Reads the text form.</summary>
    /// <param name="text">Such as 8080 or 8000-8010.</param>
    /// <returns>The range.</returns>
    /// <exception cref="FormatException">The text is no port and no range.</exception>
    public static PortRange Parse(string text) => new(text);

    /// <summary>True if the two have a port in common.</summary>
    /// <param name="other">The other one.</param>
    /// <returns>True if they have.</returns>
    public bool Overlaps(PortRange other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return First <= other.Last && other.First <= Last;
    }

    /// <inheritdoc/>
    public override string ToString()
        => Count == 1
            ? First.ToString(CultureInfo.InvariantCulture)
            : string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}");

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(First, Last);

    private protected override int Compare(PortRange other)
        => First.CompareTo(other.First) is var order and not 0 ? order : Last.CompareTo(other.Last);

    private static bool TryPort(string text, out int port)
        => Digits.TryParse(text, out port) && port is >= 1 and <= 65535;
}
