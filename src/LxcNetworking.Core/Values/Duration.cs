using System.Buffers;
using System.Globalization;

namespace LxcNetworking.Values;

/// <summary>
/// A time span as an object shows it: <c>00:05:00</c>, <c>1.00:00:00</c>, or <c>forever</c>. It converts from and to
/// <see cref="TimeSpan"/> by itself.
/// </summary>
public sealed class Duration : TextValue<Duration>
{
    /// <summary>The text for a time without an end.</summary>
    public const string ForeverText = "forever";

    private static readonly SearchValues<char> s_number = SearchValues.Create("0123456789.");
    private static readonly (string Name, long Ticks)[] s_units =
    [
        ("us", TimeSpan.TicksPerMicrosecond), ("ms", TimeSpan.TicksPerMillisecond), ("s", TimeSpan.TicksPerSecond),
        ("min", TimeSpan.TicksPerMinute), ("h", TimeSpan.TicksPerHour), ("d", TimeSpan.TicksPerDay),
    ];

    private readonly TimeSpan _span;

    /// <summary>A duration of a time span.</summary>
    /// <param name="span">The time span; <see cref="TimeSpan.MaxValue"/> has no end.</param>
    public Duration(TimeSpan span) => _span = span;

    /// <summary>A time without an end.</summary>
    public static Duration Forever { get; } = new(TimeSpan.MaxValue);

    /// <summary>True if it has no end.</summary>
    public bool IsForever => _span == TimeSpan.MaxValue;

    /// <summary>Whole days.</summary>
    public int Days => _span.Days;

    /// <summary>Whole hours beyond the days.</summary>
    public int Hours => _span.Hours;

    /// <summary>Whole minutes beyond the hours.</summary>
    public int Minutes => _span.Minutes;

    /// <summary>Whole seconds beyond the minutes.</summary>
    public int Seconds => _span.Seconds;

    /// <summary>Whole milliseconds beyond the seconds.</summary>
    public int Milliseconds => _span.Milliseconds;

    /// <summary>All of it in ten-millionths of a second.</summary>
    public long Ticks => _span.Ticks;

    /// <summary>All of it in days.</summary>
    public double TotalDays => _span.TotalDays;

    /// <summary>All of it in hours.</summary>
    public double TotalHours => _span.TotalHours;

    /// <summary>All of it in minutes.</summary>
    public double TotalMinutes => _span.TotalMinutes;

    /// <summary>All of it in seconds.</summary>
    public double TotalSeconds => _span.TotalSeconds;

    /// <summary>All of it in milliseconds.</summary>
    public double TotalMilliseconds => _span.TotalMilliseconds;

    /// <summary>Reads the text form.</summary>
    /// <param name="text">Such as 00:05:00, 20ms, 1.5s (us, ms, s, min, h or d), or <c>forever</c>.</param>
    /// <returns>The duration.</returns>
    /// <exception cref="FormatException">The text is no duration.</exception>
    public static Duration Parse(string text)
        => string.Equals(text, ForeverText, StringComparison.OrdinalIgnoreCase) ? Forever
        : OfUnit(text) is { } time ? time
        // The framework also takes white space around it.
        : text?.All(c => char.IsAsciiDigit(c) || c is ':' or '.' or '-') == true
        && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out var span)
            ? new Duration(span)
        : throw Misfit.Of(text, "is not a duration; "
            + $"write it as 00:05:00, 20ms, 1.5s, or {ForeverText}.");

    /// <inheritdoc/>
    public override string ToString() => IsForever ? ForeverText : _span.ToString("c", CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public override int GetHashCode() => _span.GetHashCode();

    /// <summary>The time span; <see cref="TimeSpan.MaxValue"/> if it has no end.</summary>
    public static implicit operator TimeSpan(Duration duration)
        => duration?._span ?? throw new ArgumentNullException(nameof(duration));

    /// <summary>The duration of a time span.</summary>
    public static implicit operator Duration(TimeSpan span) => new(span);

    /// <summary>Adds; what has no end keeps none.</summary>
    public static TimeSpan operator +(Duration left, TimeSpan right)
        => left?.IsForever == true ? left : (TimeSpan)left! + right;

    /// <summary>Subtracts; what has no end keeps none.</summary>
    public static TimeSpan operator -(Duration left, TimeSpan right)
        => left?.IsForever == true ? left : (TimeSpan)left! - right;

    // A number with a unit; null for anything else.
    private static Duration? OfUnit(string? text)
    {
        if (text is null || text.Length == 0 || !char.IsAsciiLetter(text[^1]))
            return null;
        var start = text.Length;
        while (start > 0 && char.IsAsciiLetter(text[start - 1]))
            start--;
        foreach (var (unit, ticks) in s_units)
        {
            if (text.AsSpan(start).SequenceEqual(unit) && !text.AsSpan(0, start).ContainsAnyExcept(s_number)
                && decimal.TryParse(
                    text.AsSpan(0, start), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
                && number < long.MaxValue / ticks)
                return new Duration(new TimeSpan((long)decimal.Round(number * ticks)));
        }

        return null;
    }

    private protected override int Compare(Duration other) => _span.CompareTo(other._span);
}
