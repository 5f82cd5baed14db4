using System.Management.Automation;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Common;

/// <summary>
/// Takes several values in one text too, as Export-Csv writes an object's list of them: <c>10.0.3.1/24, fd00::1/64</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ListTextAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
        => Split(inputData) is var split and not "" ? split : Array.Empty<string>();

    /// <summary>Splits a text that has several values.</summary>
    /// <param name="inputData">A text, or what is none.</param>
    /// <returns>The values' texts, or what it was.</returns>
    internal static object? Split(object? inputData) => PipelineValue.Unwrap(inputData) switch
    {
        string text when text.Contains(ValueList.Separator, StringComparison.Ordinal)
            => text.Split(ValueList.Separator),
        var other => other,
    };
}
