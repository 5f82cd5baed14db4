using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Shared;

/// <summary>What the module's cmdlets and completers share, as PowerShell makes each of them by itself.</summary>
internal static class ModuleStacks
{
    /// <summary>The module's one pool of stacks.</summary>
    public static NetworkStackPool Pool { get; } = new();
}
