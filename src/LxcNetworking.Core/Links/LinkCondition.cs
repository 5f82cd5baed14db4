namespace LxcNetworking.Links;

/// <summary>What <see cref="LinkOperations.Wait"/> waits for.</summary>
public enum LinkCondition
{
    /// <summary>The link is there.</summary>
    Present,

    /// <summary>The link is gone.</summary>
    Absent,

    /// <summary>
    /// The link is there, set up, and works: its operational state is Up, or Unknown with a carrier for drivers that do
    /// not tell.
    /// </summary>
    Up,
}
