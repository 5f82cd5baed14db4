using LxcNetworking.State.Documents;

namespace LxcNetworking.State.Plans;

/// <summary>One thing to do: what is there before it, and what is to be there after it; one of them may be
/// missing.</summary>
/// <param name="Before">The thing as it is; null to make it.</param>
/// <param name="After">The thing as it is to be; null to remove it.</param>
/// <param name="Properties">What is changed of a thing that stays.</param>
/// <param name="Peer">The other end of a pair that is made.</param>
internal sealed record StateStep(
    StateItem? Before, StateItem? After, IReadOnlyList<string> Properties, StateItem? Peer = null)
{
    /// <summary>What it is about.</summary>
    public StateKey Key => (After ?? Before!).Key;

    /// <summary>What it does.</summary>
    public NetStateAction Action => Before is null ? NetStateAction.Create
        : After is null ? NetStateAction.Remove : NetStateAction.Change;

    /// <summary>In words, to follow "Cannot": <c>create link 'eth0'</c>.</summary>
    public string Words => $"{Action.ToString().ToLowerInvariant()} the {Key.Words}";
}

/// <summary>What is to be done so that all is as a document says.</summary>
/// <param name="Differences">What is different, in the document's order.</param>
/// <param name="Steps">What is done, in order.</param>
/// <param name="Owned">What the document has made once the steps are done.</param>
internal sealed record StatePlan(
    IReadOnlyList<NetStateDifference> Differences, IReadOnlyList<StateStep> Steps, IReadOnlyList<StateItem> Owned)
{
    /// <summary>What cannot be done, or put back, a sentence for each thing.</summary>
    public IReadOnlyList<string> Refusals { get; init; } = [];

    /// <summary>The links and namespaces that the document needs and does not make.</summary>
    public IEnumerable<StateKey> Others { get; init; } = [];
}
