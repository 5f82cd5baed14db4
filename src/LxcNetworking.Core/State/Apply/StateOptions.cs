namespace LxcNetworking.State.Apply;

/// <summary>How a document is applied.</summary>
public sealed record StateOptions
{
    /// <summary>Takes over what somebody else made.</summary>
    public bool Adopt { get; init; }

    /// <summary>Does also what interrupts others: links of others go with a link that is made again or
    /// removed.</summary>
    public bool Force { get; init; }
}
