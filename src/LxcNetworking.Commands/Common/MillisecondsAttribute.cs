using System.Globalization;
using System.Management.Automation;

namespace LxcNetworking.Commands;

/// <summary>Takes a number for a time span as milliseconds, as bonds are always set up, where PowerShell would take it for ticks of a ten-millionth.</summary>
[AttributeUsage(AttributeTargets.Property | AttributeTargets.Field)]
public sealed class MillisecondsAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        var value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return value switch
        {
            int or long => TimeSpan.FromMilliseconds(Math.Clamp(Convert.ToDouble(value, CultureInfo.InvariantCulture), -1, int.MaxValue)),
            string text when int.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) => TimeSpan.FromMilliseconds(number),
            _ => inputData,
        };
    }
}
