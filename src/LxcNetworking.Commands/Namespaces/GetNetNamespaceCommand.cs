using System.Management.Automation;

namespace LxcNetworking.Commands;

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
    protected override void ProcessRecord()
    {
        if (Current)
            Try(() => WriteObject(NamespaceStore.Get(null)));
        else if (InputNamespace is { } again)
            Try(() => WriteObject(NamespaceStore.Get(new NamespaceReference(again))), again);
        else
            Try(() => WriteObject(Select(All), enumerateCollection: true));
    }
}
