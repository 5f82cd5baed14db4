using LxcNetworking.State.Plans;
using LxcNetworking.Values;

namespace LxcNetworking.State.Keeping;

/// <summary>What one look at a document has found and done.</summary>
internal sealed record StateLook
{
    /// <summary>What was made for containers, namespaces and links that have come.</summary>
    public IReadOnlyList<NetStateDifference> Made { get; init; } = [];

    /// <summary>What has become different.</summary>
    public IReadOnlyList<NetStateDifference> Different { get; init; } = [];

    /// <summary>What was different, and is as the document says again.</summary>
    public IReadOnlyList<NetStateDifference> Repaired { get; init; } = [];

    /// <summary>What has begun to wait.</summary>
    public IReadOnlyList<NetStateDifference> Pending { get; init; } = [];

    /// <summary>What is in the way, and was not at the last look.</summary>
    public IReadOnlyList<string> Refusals { get; init; } = [];

    /// <summary>Why something could not be done, unless it was so at the last look.</summary>
    public NetworkException? Error { get; init; }

    /// <summary>When to look again, whatever happens; null for never.</summary>
    public TimeSpan? Again { get; init; }
}
