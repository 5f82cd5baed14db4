using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Links.Kinds;

/// <summary>Makes a virtual CAN bus.</summary>
[Cmdlet(VerbsCommon.New, "VcanLink", SupportsShouldProcess = true)]
[OutputType(typeof(NetLink))]
public sealed class NewVcanLinkCommand : NewLinkCmdlet
{
    /// <inheritdoc/>
    protected override LinkSpec CreateSpec(NetworkStack stack) => new LinkSpec(Name, new VcanSettings());
}
