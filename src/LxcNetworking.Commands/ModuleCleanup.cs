using System.Management.Automation;
using LxcNetworking.Commands.Namespaces;
using LxcNetworking.Commands.Shared;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands;

/// <summary>
/// Closes what is open, and leaves the namespaces that the session has entered, when the module is removed.
/// </summary>
public sealed class ModuleCleanup : IModuleAssemblyCleanup
{
    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo)
    {
        SessionNamespaces.Current.RemoveModule();
        ModuleStacks.Pool.Dispose();
    }
}
