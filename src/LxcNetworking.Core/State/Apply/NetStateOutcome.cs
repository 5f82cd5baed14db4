using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.State.Apply;

/// <summary>What became of a document that was applied or removed.</summary>
public enum NetStateResult
{
    /// <summary>It was confirmed, and stays.</summary>
    Confirmed,

    /// <summary>What was there before was put back, as somebody asked for it.</summary>
    Restored,

    /// <summary>What was there before was put back, as nobody has confirmed in time.</summary>
    Expired,

    /// <summary>What was there before was put back, as the command was killed.</summary>
    Killed,
}

/// <summary>A document of which something became: it was confirmed, or what was there before was put back.</summary>
public sealed record NetStateOutcome
{
    /// <summary>The document's name.</summary>
    public required string Name { get; init; }

    /// <summary>The namespace that the document was for.</summary>
    public required NamespaceReference Namespace { get; init; }

    /// <summary>What tells the namespace from all others.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <summary>What became of it.</summary>
    public required NetStateResult Result { get; init; }

    /// <summary>What could not be put back, a sentence for each thing.</summary>
    public ValueList<string> NotPutBack { get; init; } = [];

    /// <inheritdoc/>
    public override string ToString() => $"{Name} {Result}";
}

/// <summary>A document that awaits confirmation.</summary>
/// <param name="Name">The document's name.</param>
/// <param name="Remaining">How long it is until what was there before is put back.</param>
public sealed record NetStateAwaiting(string Name, TimeSpan Remaining);
