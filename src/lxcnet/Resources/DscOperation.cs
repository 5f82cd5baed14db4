namespace LxcNetworking.Program.Resources;

/// <summary>What DSC asks of a resource.</summary>
internal static class DscOperation
{
    /// <summary>What is there of an instance.</summary>
    public const string Get = "get";

    /// <summary>All made as an instance says.</summary>
    public const string Set = "set";

    /// <summary>What is different from an instance.</summary>
    public const string Test = "test";

    /// <summary>An instance removed.</summary>
    public const string Delete = "delete";

    /// <summary>All instances that are there.</summary>
    public const string Export = "export";

    /// <summary>The schema of instances.</summary>
    public const string Schema = "schema";

    /// <summary>What tells DSC all this.</summary>
    public const string Manifest = "manifest";

    /// <summary>Those that are given instances.</summary>
    public static IReadOnlyList<string> OnInstances { get; } = [Get, Set, Test, Delete, Export];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [.. OnInstances, Schema, Manifest];

    /// <summary>Whether it can say what it would do.</summary>
    public static bool HasWhatIf(string operation) => operation is Set or Delete;
}
