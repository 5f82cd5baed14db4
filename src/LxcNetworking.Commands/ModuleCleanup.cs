using System.Management.Automation;

namespace LxcNetworking.Commands;

/// <summary>Closes what is open when the module is removed.</summary>
public sealed class ModuleCleanup : IModuleAssemblyCleanup
{
    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo) => NetworkStackPool.Shared.Dispose();
}
