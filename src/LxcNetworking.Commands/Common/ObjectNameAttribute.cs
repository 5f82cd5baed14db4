using System.Collections;
using System.Management.Automation;
using System.Runtime.CompilerServices;
using LxcNetworking.Links;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Common;

/// <summary>
/// Takes an object for its name where a name is asked for, and keeps the object, which says the network namespace that
/// the name is of: PowerShell would make a text of it, and the cmdlet would look for that in the session's namespace.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ObjectNameAttribute : ArgumentTransformationAttribute
{
    // By the very text that was made of the object, which is no other one's.
    private static readonly ConditionalWeakTable<string, PSObject> s_objects = [];

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
        => PipelineValue.Unwrap(inputData) is IList list
            ? list.Cast<object?>().Select(NameOf).ToArray() : NameOf(inputData);

    /// <summary>The object that a name was made of.</summary>
    /// <param name="name">A parameter's value.</param>
    /// <returns>Null if it was typed as a text.</returns>
    internal static PSObject? ObjectOf(string name) => s_objects.TryGetValue(name, out var item) ? item : null;

    private static object? NameOf(object? value)
    {
        if (value is null || PipelineValue.Unwrap(value) is string or ValueType or TextValue)
            return value;
        var item = PSObject.AsPSObject(value);
        if (item.Properties[nameof(NetLink.Namespace)] is null || item.ToString() is not { Length: > 0 } text)
            return value;
        var name = new string(text.AsSpan());
        s_objects.Add(name, item);
        return name;
    }
}
