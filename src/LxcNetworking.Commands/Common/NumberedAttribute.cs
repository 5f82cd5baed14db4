using System.Globalization;
using System.Management.Automation;

namespace LxcNetworking.Commands.Common;

/// <summary>Takes a value of an enumeration by its number too, 0 to 255, as most numbers have no name; PowerShell alone
/// refuses those.</summary>
/// <param name="type">The enumeration.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NumberedAttribute(Type type) : ArgumentTransformationAttribute
{
    /// <summary>The enumeration.</summary>
    public Type Type { get; } = type;

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
        => ListTextAttribute.Split(inputData) is object?[] several
            ? several.Select(item => Read(PipelineValue.Unwrap(item))).ToArray()
            : Read(PipelineValue.Unwrap(inputData));

    private object? Read(object? value)
    {
        var number = value switch
        {
            string { Length: 1 or 2 or 3 } text when text.All(char.IsAsciiDigit)
                => Convert.ToInt32(text, CultureInfo.InvariantCulture),
            sbyte or byte or short or ushort or int => Convert.ToInt32(value, CultureInfo.InvariantCulture),
            long whole => (int)Math.Clamp(whole, -1, int.MaxValue),
            _ => (int?)null,
        };
        return number switch
        {
            null => value,
            >= 0 and <= byte.MaxValue => Enum.ToObject(Type, number),
            _ => throw new ArgumentTransformationMetadataException(
                $"{value} is no {Type.Name}: a name or a number of 0 to {byte.MaxValue} is."),
        };
    }
}
