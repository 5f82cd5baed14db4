using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Links.Kinds;

/// <summary>Makes a dummy link.</summary>
[Cmdlet(VerbsCommon.New, "DummyLink", SupportsShouldProcess = true)]
[OutputType(typeof(NetLink))]
public sealed class NewDummyLinkCommand : NewEthernetLinkCmdlet
{
    /// <inheritdoc/>
    protected override LinkSpec CreateSpec(NetworkStack stack) => new LinkSpec(Name, new DummySettings());
}
