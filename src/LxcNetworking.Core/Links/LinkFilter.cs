namespace LxcNetworking.Links;

/// <summary>What a list of links is narrowed to.</summary>
public sealed record LinkFilter
{
    /// <summary>Only this kind (as the kernel names it); <c>physical</c> and <c>loopback</c> are understood
    /// too.</summary>
    public string? Kind { get; init; }

    /// <summary>Only the ports of this bridge, bond or VRF.</summary>
    public string? Master { get; init; }

    /// <summary>Leaves the counters out, which take a third of the time.</summary>
    public bool SkipStatistics { get; init; }

    /// <summary>Leaves out what takes requests of its own: the names of masters and parents, a WireGuard link's
    /// keys.</summary>
    public bool SkipRelatives { get; init; }

    /// <summary>For whoever only wants to know which link it is.</summary>
    internal static LinkFilter Bare { get; } = new() { SkipStatistics = true, SkipRelatives = true };
}
