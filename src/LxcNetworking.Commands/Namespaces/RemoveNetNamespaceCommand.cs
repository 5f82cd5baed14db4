using System.Management.Automation;
using LxcNetworking.Commands.Shared;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Namespaces;

/// <summary>Removes named network namespaces.</summary>
[Cmdlet(VerbsCommon.Remove, "NetNamespace", SupportsShouldProcess = true)]
public sealed class RemoveNetNamespaceCommand : NamespaceNameCmdlet
{
    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        if (Record is null && Name is null)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "Which namespace? Name it (wildcards are allowed), or pipe it from Get-NetNamespace.");

        foreach (var item in Select())
        {
            if (ShouldProcess(item.ToString(), "Remove network namespace"))
                Try(() => ModuleStacks.Pool.Namespaces.Remove(item, Force, Cancellation), item);
        }
    }

    /// <inheritdoc/>
    protected override bool Handles(string name)
    {
        if (!NamespaceStore.IsLeftover(name))
            return false;
        if (ShouldProcess(name, "Remove leftover file"))
            Try(() => NamespaceStore.RemoveLeftover(name), name);
        return true;
    }
}
