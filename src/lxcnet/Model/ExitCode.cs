namespace LxcNetworking.Program.Model;

/// <summary>What the program's exit code says.</summary>
internal static class ExitCode
{
    /// <summary>All is done, or as it should be.</summary>
    public const int Done = 0;

    /// <summary>A wrong command line, a document with mistakes, or a failure before anything was changed.</summary>
    public const int Failed = 1;

    /// <summary>Something is different, or not reached.</summary>
    public const int Differences = 2;

    /// <summary>What is there stands in the way, and nothing was changed.</summary>
    public const int Refused = 3;

    /// <summary>What was there before is put back.</summary>
    public const int RolledBack = 4;

    /// <summary>What was there before is put back but for what is told.</summary>
    public const int NotAllRolledBack = 5;

    /// <summary>Added to the number of the signal that ended the program before it changed anything.</summary>
    public const int Signal = 128;

    /// <summary>The codes of <c>lxcnet dsc</c>, where a difference is no failure.</summary>
    public static IReadOnlyList<(string Code, string Words)> OfResources { get; } =
    [
        ("0", "Success"),
        ("1", "Failed, and nothing was changed: input with mistakes, something that is needed and not there, or "
            + "missing rights"),
        ("3", "Refused, and nothing was changed: something of others is in the way, or a document awaits "
            + "confirmation"),
        ("4", "A step failed or was interrupted, and what was there before is put back"),
        ("5", "A step failed or was interrupted, and not everything could be put back"),
        ("130", "Interrupted (SIGINT) before anything was changed"),
        ("143", "Interrupted (SIGTERM) before anything was changed"),
    ];

    /// <summary>The codes with their meanings, for the help.</summary>
    public static IReadOnlyList<(string Code, string Words)> All { get; } =
    [
        ("0", "All is done, or as the documents say. What waits for a container is no difference."),
        ("1", "Failed: a wrong command line, a document with mistakes, a file or a namespace that is not there, or "
            + "missing rights. Nothing was changed for the document."),
        ("2", "Something is different from the documents, or a check is not reached."),
        ("3", "Refused, and nothing was changed: what is there stands in the way (the message names the option that "
            + "does it all the same), or a document awaits confirmation."),
        ("4", "A step failed, the program was interrupted, or nobody confirmed in time: what was there before is put "
            + "back."),
        ("5", "As 4, but something could not be put back. The message names it."),
        ("130, 143", "Interrupted (SIGINT, SIGTERM) before anything was changed."),
    ];
}
