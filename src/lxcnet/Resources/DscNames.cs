namespace LxcNetworking.Program.Resources;

/// <summary>The names of properties that are not of things themselves. Those with a line in front are DSC's.</summary>
internal static class DscNames
{
    /// <summary>Whether the thing is there, or is to be.</summary>
    public const string Exist = "_exist";

    /// <summary>Whether all is as the instance says.</summary>
    public const string InDesiredState = "_inDesiredState";

    /// <summary>Whether what has left a document is removed.</summary>
    public const string Purge = "_purge";

    /// <summary>What an exported instance is called.</summary>
    public const string Name = "_name";

    /// <summary>What is told besides.</summary>
    public const string Metadata = "_metadata";

    /// <summary>Whether things of others may go along.</summary>
    public const string Force = "force";

    /// <summary>Whether a document takes over what somebody else made.</summary>
    public const string Adopt = "adopt";

    /// <summary>What instances can have, and nobody is asked for.</summary>
    public static IReadOnlyList<string> ReadOnly { get; } = [InDesiredState, Name, Metadata];
}
