using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Links.Kinds;

/// <summary>Makes a VRF.</summary>
[Cmdlet(VerbsCommon.New, "VrfLink", SupportsShouldProcess = true)]
[OutputType(typeof(VrfLink))]
public sealed class NewVrfLinkCommand : NewLinkCmdlet
{
    [Parameter(Mandatory = true)]
    public long Table { get; set; }

    /// <inheritdoc/>
    protected override LinkSpec CreateSpec(NetworkStack stack) => new LinkSpec(Name, new VrfSettings { Table = Table });
}
