using LxcNetworking.Values;

namespace LxcNetworking.State;

/// <summary>Whether what a document says is to be reached is reached.</summary>
public sealed record NetStateCheck
{
    /// <summary>The document's name.</summary>
    public required string Document { get; init; }

    /// <summary>The namespace or container that it is reached from; empty for the one that the document is
    /// for.</summary>
    public required string From { get; init; }

    /// <summary>The address.</summary>
    public required IPAddress To { get; init; }

    /// <summary>The TCP port; null for a ping.</summary>
    public int? Port { get; init; }

    /// <summary>Whether it answered.</summary>
    public required bool Succeeded { get; init; }

    /// <summary>How long the answer took; null without one.</summary>
    public Duration? RoundTripTime { get; init; }

    /// <summary>Why it is not reached; null where it is.</summary>
    public string? Problem { get; init; }

    /// <inheritdoc/>
    public override string ToString() => $"{(From.Length == 0 ? "here" : From)} to {To}"
        + $"{(Port is { } port ? $" port {port}" : string.Empty)}: {(Succeeded ? "reached" : Problem)}";
}
