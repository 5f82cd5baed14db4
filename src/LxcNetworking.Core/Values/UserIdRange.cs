using System.Globalization;

namespace LxcNetworking.Values;

/// <summary>A user's number, or several in a row: <c>1000</c> or <c>1000-1999</c>.</summary>
public sealed class UserIdRange : TextValue<UserIdRange>
{
    /// <summary>Reads the text form, as a PowerShell conversion does.</summary>
    /// <param name="text">Such as 1000 or 1000-1999.</param>
    /// <exception cref="FormatException">The text is no user's number and no range.</exception>
    public UserIdRange(string text)
    {
        var parts = (text ?? string.Empty).Split('-');
        if (parts.Length > 2 || !TryNumber(parts[0], out var first) || !TryNumber(parts[^1], out var last)
            || last < first)
        {
            throw Misfit.Of(
                text, $"is no user's number: write one from 0 to {uint.MaxValue - 1}, or a range such as 1000-1999.");
        }

        (First, Last) = (first, last);
    }

    /// <summary>One user.</summary>
    /// <param name="id">0 to 4294967294.</param>
    /// <exception cref="FormatException">It is no user's number.</exception>
    public UserIdRange(long id)
        : this(id, id)
    {
    }

    /// <summary>Several users in a row.</summary>
    /// <param name="first">0 to 4294967294.</param>
    /// <param name="last">The last one, not less than the first.</param>
    /// <exception cref="FormatException">One is no user's number, or the range ends before it begins.</exception>
    public UserIdRange(long first, long last)
        : this(string.Create(CultureInfo.InvariantCulture, $"{first}-{last}"))
    {
    }

    /// <summary>The first user's number.</summary>
    public long First { get; }

    /// <summary>The last user's number.</summary>
    public long Last { get; }

    /// <summary>Reads the text form.</summary>
    /// <param name="text">Such as 1000 or 1000-1999.</param>
    /// <returns>The range.</returns>
    /// <exception cref="FormatException">The text is no user's number and no range.</exception>
    public static UserIdRange Parse(string text) => new(text);

    /// <inheritdoc/>
    public override string ToString() => First == Last ? First.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}");

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(First, Last);

    private protected override int Compare(UserIdRange other)
        => First.CompareTo(other.First) is var order and not 0 ? order : Last.CompareTo(other.Last);

    // The largest number stands for no user (uid_valid() of linux/uidgid.h).
    private static bool TryNumber(string text, out uint number)
        => Digits.TryParse(text, out number) && number != uint.MaxValue;
}
