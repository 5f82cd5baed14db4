using System.Globalization;
using System.Management.Automation;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Common;

/// <summary>
/// Takes a number for a time span in the parameter's own unit, where PowerShell would take it for ticks of a
/// ten-millionth, and an object's duration.
/// </summary>
public abstract class TimeAttribute : ArgumentTransformationAttribute
{
    /// <summary>Makes a time span of a number.</summary>
    /// <param name="number">The number.</param>
    /// <returns>The time span.</returns>
    protected abstract TimeSpan Of(double number);

    /// <inheritdoc/>
    public sealed override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
        => PipelineValue.Unwrap(inputData) switch
        {
            Duration duration => (TimeSpan)duration,
            IConvertible value and (int or long or double or decimal or float)
                => Of(value.ToDouble(CultureInfo.InvariantCulture)),
            // The framework passes over NULs behind a number.
            string text when !text.Contains('\0', StringComparison.Ordinal)
                && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
                => Of(number),
            string text when string.Equals(text, Duration.ForeverText, StringComparison.OrdinalIgnoreCase)
                => TimeSpan.MaxValue,
            string { Length: > 1 } text when char.IsAsciiDigit(text[0]) && char.IsAsciiLetter(text[^1])
                => OfUnit(text),
            _ => inputData,
        };

    // PowerShell does not know the units.
    private static TimeSpan OfUnit(string text)
    {
        try
        {
            return Duration.Parse(text);
        }
        catch (FormatException e)
        {
            throw new ArgumentTransformationMetadataException(e.Message, e);
        }
    }
}

/// <summary>Takes a number for seconds.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class SecondsAttribute : TimeAttribute
{
    /// <inheritdoc/>
    protected override TimeSpan Of(double number) => Math.Abs(number) < TimeSpan.MaxValue.TotalSeconds
        ? TimeSpan.FromSeconds(number)
        : throw new ArgumentTransformationMetadataException($"{number} seconds are more than a time span holds.");
}

/// <summary>Takes a number for milliseconds, as bonds are always set up.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class MillisecondsAttribute : TimeAttribute
{
    /// <inheritdoc/>
    protected override TimeSpan Of(double number) => TimeSpan.FromMilliseconds(Math.Clamp(number, -1, int.MaxValue));
}
