namespace LxcNetworking.Links;

/// <summary>
/// A link that takes more than one message to make is in a link group until it is complete, which names the process that makes it: so
/// what a killed process left behind is known.
/// </summary>
internal static class InTheMaking
{
    private const long First = 0x2C00_0000, ProcessBits = 0x007F_FFFF;

    /// <summary>The group of what this process makes.</summary>
    public static int Group => (int)First | Environment.ProcessId & (int)ProcessBits;

    /// <summary>Whether a link is not complete.</summary>
    public static bool Is(NetLink link) => (link.Group & ~ProcessBits) == First;

    /// <summary>Whether it will never be, as its maker has ended.</summary>
    public static bool IsAbandoned(NetLink link) => Is(link) && !Directory.Exists($"/proc/{link.Group & ProcessBits}");
}
