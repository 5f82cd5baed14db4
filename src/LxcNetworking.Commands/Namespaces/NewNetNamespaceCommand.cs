using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Shared;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Namespaces;

/// <summary>Makes named network namespaces.</summary>
[Cmdlet(VerbsCommon.New, "NetNamespace", SupportsShouldProcess = true)]
[OutputType(typeof(NetNamespace))]
public sealed class NewNetNamespaceCommand : NetworkCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true)]
    public string[] Name { get; set; } = [];

    [Parameter]
    public SwitchParameter LoopbackDown { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        foreach (var name in IsPiped(nameof(Name)) ? [Record!.NewName] : Name)
        {
            if (ShouldProcess(name, "Create network namespace"))
                Try(() => WriteObject(ModuleStacks.Pool.Namespaces.Create(name, !LoopbackDown, Cancellation)), name);
        }
    }
}
