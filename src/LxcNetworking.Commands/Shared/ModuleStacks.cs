using LxcNetworking.Helper;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Shared;

/// <summary>What the module's cmdlets share.</summary>
internal static class ModuleStacks
{
    static ModuleStacks()
    {
        // Beside the module's assemblies, where the build puts it.
        var folder = Path.GetDirectoryName(typeof(ModuleStacks).Assembly.Location);
        HelperProgram.Folder = File.Exists(Path.Combine(folder ?? string.Empty, "lxcnet")) ? folder : null;
    }

    /// <summary>The module's one pool of stacks.</summary>
    public static NetworkStackPool Pool { get; } = new();
}
