using System.Management.Automation;

namespace LxcNetworking.Commands;

/// <summary>Makes a VRF.</summary>
[Cmdlet(VerbsCommon.New, "VrfLink", SupportsShouldProcess = true)]
[OutputType(typeof(VrfLink))]
public sealed class NewVrfLinkCommand : NewLinkCmdlet
{
    [Parameter(Mandatory = true)]
    public long Table { get; set; }

    /// <inheritdoc/>
    protected override LinkSpec CreateSpec(NetworkStack stack) => new VrfSpec(Name, Table);
}
