using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Links.Kinds;

/// <summary>Makes an ifb link.</summary>
[Cmdlet(VerbsCommon.New, "IfbLink", SupportsShouldProcess = true)]
[OutputType(typeof(NetLink))]
public sealed class NewIfbLinkCommand : NewEthernetLinkCmdlet
{
    /// <inheritdoc/>
    protected override LinkSpec CreateSpec(NetworkStack stack) => new LinkSpec(Name, new IfbSettings());
}
