using System.Globalization;
using System.Management.Automation;

namespace LxcNetworking.Commands;

/// <summary>Takes a number for a time span as seconds, where PowerShell would take it for ticks of a ten-millionth.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class SecondsAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        var seconds = value switch
        {
            int or long or double or decimal or float => Convert.ToDouble(value, CultureInfo.InvariantCulture),
            string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
            _ => double.NaN,
        };
        if (double.IsNaN(seconds))
            return inputData;
        return Math.Abs(seconds) < TimeSpan.MaxValue.TotalSeconds
            ? TimeSpan.FromSeconds(seconds)
            : throw new ArgumentTransformationMetadataException($"{seconds} seconds are more than a time span holds.");
    }
}
