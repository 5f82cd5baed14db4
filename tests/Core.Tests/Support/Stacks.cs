using LxcNetworking.Namespaces;

namespace LxcNetworking.Tests;

/// <summary>The pool that a test assembly shares, as every user of the library has one of its own.</summary>
internal static class Stacks
{
    /// <summary>The pool.</summary>
    public static NetworkStackPool Pool { get; } = new();
}
