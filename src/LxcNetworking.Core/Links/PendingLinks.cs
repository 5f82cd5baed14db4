namespace LxcNetworking.Links;

/// <summary>
/// A link that takes more than one message to create is pending until it is complete: its link group names the process
/// that creates it, so that what a killed process left behind is known.
/// </summary>
internal static class PendingLinks
{
    private const long First = 0x2C00_0000, ProcessBits = 0x007F_FFFF;

    /// <summary>The group of what this process creates.</summary>
    public static int Group => (int)First | Environment.ProcessId & (int)ProcessBits;

    /// <summary>Whether a link is pending and stays so, as the process that created it has ended.</summary>
    public static bool IsAbandoned(NetLink link)
        => (link.Group & ~ProcessBits) == First && !Directory.Exists($"/proc/{link.Group & ProcessBits}");
}
