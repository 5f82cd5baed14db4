using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Links;

/// <summary>Makes a veth pair.</summary>
[Cmdlet(VerbsCommon.New, "VethPair", SupportsShouldProcess = true)]
[OutputType(typeof(VethPair))]
public sealed class NewVethPairCommand : NewLinkPairCmdlet
{
    /// <inheritdoc/>
    protected override LinkPairSpec CreateSpec() => new VethSpec(Name, new VethPeerSpec(PeerName));

    /// <inheritdoc/>
    protected override NetLink Create(NetworkStack stack, LinkPairSpec spec)
        => stack.Links.CreateVeth((VethSpec)spec, Cancellation);
}
