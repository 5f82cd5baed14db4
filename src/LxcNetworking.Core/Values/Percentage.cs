using System.Buffers;
using System.Globalization;

namespace LxcNetworking.Values;

/// <summary>A part of a hundred, to seven places: <c>1%</c> or <c>0.5%</c>.</summary>
public sealed class Percentage : TextValue<Percentage>
{
    private const int Places = 7;
    private static readonly SearchValues<char> s_number = SearchValues.Create("0123456789.");

    /// <summary>Reads the text form, as a PowerShell conversion does.</summary>
    /// <param name="text">Such as 1% or 0.5%; a number without a sign is a part of a hundred too.</param>
    /// <exception cref="FormatException">The text is no percentage from 0 to 100.</exception>
    public Percentage(string text)
    {
        var number = text?.EndsWith('%') == true ? text.AsSpan(0, text.Length - 1) : text;
        if (number.IsEmpty || number.ContainsAnyExcept(s_number)
            || !decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            || value > 100)
        {
            throw Misfit.Of(text, "is no percentage: write it as 1% or 0.5%, from 0% to 100%.");
        }

        Value = decimal.Round(value, Places);
    }

    /// <summary>A part of a hundred.</summary>
    /// <param name="value">0 to 100.</param>
    /// <exception cref="FormatException">It is less or more.</exception>
    public Percentage(decimal value)
        : this(value.ToString(CultureInfo.InvariantCulture))
    {
    }

    /// <summary>The part of a hundred.</summary>
    public decimal Value { get; }

    /// <summary>True for 0%.</summary>
    public bool IsZero => Value == 0;

    /// <summary>The part of the largest number of 32 bits, as the kernel's queueing disciplines have
    /// probabilities.</summary>
    internal uint Scaled => (uint)decimal.Round(Value * uint.MaxValue / 100);

    /// <summary>Reads the text form.</summary>
    /// <param name="text">Such as 1% or 0.5%.</param>
    /// <returns>The percentage.</returns>
    /// <exception cref="FormatException">The text is no percentage from 0 to 100.</exception>
    public static Percentage Parse(string text) => new(text);

    /// <inheritdoc/>
    public override string ToString() => Value.ToString("0.#######", CultureInfo.InvariantCulture) + "%";

    /// <inheritdoc/>
    public override int GetHashCode() => Value.GetHashCode();

    /// <summary>A percentage of the kernel's number; null for none.</summary>
    internal static Percentage? OfScaled(uint part)
        => part == 0 ? null : new(decimal.Round(part * 100m / uint.MaxValue, Places));

    private protected override int Compare(Percentage other) => Value.CompareTo(other.Value);
}
