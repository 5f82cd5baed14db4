using System.Management.Automation;
using System.Management.Automation.Runspaces;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Namespaces;

/// <summary>Makes a PSSession in a PowerShell process inside a network namespace.</summary>
[Cmdlet(VerbsCommon.New, "NetNamespaceSession", SupportsShouldProcess = true)]
[OutputType(typeof(PSSession))]
public sealed class NewNetNamespaceSessionCommand : NamespaceSessionCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(NamespaceCompleter))]
    public NamespaceReference? Namespace { get; set; }

    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Name { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var place = NamespaceIn(Namespace)!;
        if (ShouldProcess(place.Text, "Start a PowerShell session in the network namespace"))
            WriteObject(Open(place).AsPSSession(Name ?? place.Text, this));
    }
}
