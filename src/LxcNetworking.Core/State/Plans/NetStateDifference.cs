using LxcNetworking.State.Documents;
using LxcNetworking.Values;

namespace LxcNetworking.State.Plans;

/// <summary>What is done about a difference.</summary>
public enum NetStateAction
{
    /// <summary>Nothing: it is as the document says.</summary>
    None,

    /// <summary>The thing is made.</summary>
    Create,

    /// <summary>A property is changed.</summary>
    Change,

    /// <summary>The thing is removed and made again, as a property of it cannot be changed.</summary>
    Recreate,

    /// <summary>The thing is removed.</summary>
    Remove,

    /// <summary>Nothing yet: a container does not run, or what else is waited for is not there.</summary>
    Pending,
}

/// <summary>A difference between what a document says and what is there.</summary>
public sealed record NetStateDifference
{
    /// <summary>The document's name.</summary>
    public required string Document { get; init; }

    /// <summary>What is done about it.</summary>
    public required NetStateAction Action { get; init; }

    /// <summary>What it is about: <c>link eth0</c>, <c>address eth0 10.0.3.1/24</c>.</summary>
    public required string Target { get; init; }

    /// <summary>The namespace that the thing is in; empty for the one that the document is for.</summary>
    public required string Namespace { get; init; }

    /// <summary>The property; null for the whole thing.</summary>
    public string? Property { get; init; }

    /// <summary>What the document says; null for what is only removed.</summary>
    public string? Desired { get; init; }

    /// <summary>What is there; null for what is not.</summary>
    public string? Actual { get; init; }

    /// <summary>What stops working meanwhile, a few words for each.</summary>
    public ValueList<string> Disrupts { get; init; } = [];

    /// <summary>Where the document says it: <c>links[3].vlanId</c>; empty for what has left it.</summary>
    public string Path { get; init; } = string.Empty;

    /// <summary>The line of the document; 0 where it is not known.</summary>
    public int Line { get; init; }

    /// <summary>What tells the thing from all others.</summary>
    internal StateKey Key { get; init; }

    /// <summary>Tells a difference.</summary>
    internal static NetStateDifference Of(
        string document, NetStateAction action, StateItem item, StateItem? actual, string? property) => new()
        {
            Document = document,
            Action = action,
            Key = item.Key,
            Target = StateDisruptions.TargetOf(item.Key),
            Namespace = item.Key.Namespace,
            Property = property,
            Desired = property switch
            {
                null => null,
                StateNeeds.Owner => document,
                _ => item.Text(property),
            },
            Actual = property switch
            {
                null => null,
                StateNeeds.Owner => actual?.Owner,
                _ => actual?.Text(property),
            },
            Disrupts = action == NetStateAction.Change
                ? [.. StateSections.Of(item.Key.Subject)?.DisruptsByChange ?? []] : [],
            Path = item.Path,
            Line = item.Place.Line,
        };

    /// <inheritdoc/>
    public override string ToString() => $"{Action} {Target}"
        + (Namespace.Length == 0 ? string.Empty : $" in {Namespace}")
        + (Property is null ? string.Empty : $": {Property} {Actual ?? "nothing"} -> {Desired ?? "nothing"}");
}
