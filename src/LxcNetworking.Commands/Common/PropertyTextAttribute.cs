using System.Management.Automation;

namespace LxcNetworking.Commands.Common;

/// <summary>
/// Takes what Export-Csv makes of an object's property: an empty text for nothing, True and False for a switch.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PropertyTextAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
        => PipelineValue.Unwrap(inputData) switch
        {
            "" => null,
            string text when bool.TryParse(text, out var isSet) => isSet,
            var other => other,
        };
}
