using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Links.Kinds;

/// <summary>Makes a link that shows netlink messages.</summary>
[Cmdlet(VerbsCommon.New, "NlmonLink", SupportsShouldProcess = true)]
[OutputType(typeof(NetLink))]
public sealed class NewNlmonLinkCommand : NewLinkCmdlet
{
    /// <inheritdoc/>
    protected override LinkSpec CreateSpec(NetworkStack stack) => new LinkSpec(Name, new NlmonSettings());
}
