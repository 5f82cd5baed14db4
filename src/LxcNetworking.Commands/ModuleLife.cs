using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Namespaces;
using LxcNetworking.Commands.Shared;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands;

/// <summary>
/// Has the module's dependencies found when it is imported; when it is removed, closes what is open and leaves the
/// namespaces that the session has entered.
/// </summary>
public sealed class ModuleLife : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    /// <inheritdoc/>
    public void OnImport() => Dependencies.Register();

    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo)
    {
        SessionNamespaces.Current.RemoveModule();
        ModuleStacks.Pool.Dispose();
    }
}
