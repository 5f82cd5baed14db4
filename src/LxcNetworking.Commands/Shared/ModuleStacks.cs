using LxcNetworking.Helper;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Shared;

/// <summary>What the module's cmdlets and completers share, as PowerShell makes each of them by itself.</summary>
internal static class ModuleStacks
{
    // The build puts lxcnet beside the module's assemblies.
    static ModuleStacks() => HelperProgram.Folder = Path.GetDirectoryName(typeof(ModuleStacks).Assembly.Location);

    /// <summary>The module's one pool of stacks.</summary>
    public static NetworkStackPool Pool { get; } = new();
}
