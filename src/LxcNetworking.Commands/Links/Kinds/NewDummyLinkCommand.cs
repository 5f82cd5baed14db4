using System.Management.Automation;

namespace LxcNetworking.Commands;

/// <summary>Makes a dummy link.</summary>
[Cmdlet(VerbsCommon.New, "DummyLink", SupportsShouldProcess = true)]
[OutputType(typeof(NetLink))]
public sealed class NewDummyLinkCommand : NewEthernetLinkCmdlet
{
    /// <inheritdoc/>
    protected override LinkSpec CreateSpec(NetworkStack stack) => new DummySpec(Name);
}
