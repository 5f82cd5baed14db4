using System.Collections;
using System.Management.Automation;

namespace LxcNetworking.Commands.Common;

/// <summary>
/// Refuses an empty name, as ValidateNotNullOrEmpty does, but leaves null to the cmdlet: a namespace that has no name
/// brings that along the pipeline, and there means all that is in it.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class NameNotEmptyAttribute : ValidateArgumentsAttribute
{
    /// <summary>What is said of an empty name.</summary>
    internal const string Words = "The name is empty.";

    /// <inheritdoc/>
    protected override void Validate(object arguments, EngineIntrinsics engineIntrinsics)
    {
        var isEmpty = arguments switch
        {
            null => false,
            string text => text.Length == 0,
            ICollection { Count: 0 } => true,
            IEnumerable list => list.Cast<object?>().Any(item => item is null or ""),
            _ => false,
        };
        if (isEmpty)
            throw new ValidationMetadataException(Words);
    }
}
