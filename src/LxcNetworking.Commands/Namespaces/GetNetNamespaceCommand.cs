using System.Management.Automation;
using LxcNetworking.Commands.Shared;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Namespaces;

/// <summary>Lists network namespaces.</summary>
[Cmdlet(VerbsCommon.Get, "NetNamespace")]
[OutputType(typeof(NetNamespace))]
public sealed class GetNetNamespaceCommand : NamespaceNameCmdlet
{
    [Parameter]
    public SwitchParameter All { get; set; }

    [Parameter]
    public SwitchParameter Current { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        if (Current)
            Try(() => Write([ModuleStacks.Pool.Namespaces.Get(null, Cancellation)]));
        else
            Try(() => Write([.. Select(All)]));
    }

    private void Write(List<NetNamespace> found)
    {
        NamespaceContainers.Fill(found, Cancellation);
        WriteObject(found, enumerateCollection: true);
    }
}
