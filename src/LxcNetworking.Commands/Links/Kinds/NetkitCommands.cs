using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Declarations;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Links.Kinds;

/// <summary>Makes a netkit pair.</summary>
[Cmdlet(VerbsCommon.New, "NetkitPair", SupportsShouldProcess = true)]
[OutputType(typeof(NetkitPair))]
[CreationParameters(typeof(NetkitSettings))]
public sealed partial class NewNetkitPairCommand : NewLinkPairCmdlet
{
    /// <inheritdoc/>
    protected override LinkPairSpec CreateSpec() => new NetkitSpec(Name, Said(), new NetkitPeerSpec(PeerName));

    /// <inheritdoc/>
    protected override NetLink Create(NetworkStack stack, LinkPairSpec spec)
        => stack.Links.CreateNetkit((NetkitSpec)spec, Cancellation);
}

/// <summary>Changes what becomes of packets that no BPF program decides on.</summary>
[Cmdlet(VerbsCommon.Set, "NetkitPair", SupportsShouldProcess = true)]
[OutputType(typeof(NetkitLink))]
[ChangeParameters(typeof(NetkitSettings))]
public sealed partial class SetNetkitPairCommand : SetLinkKindCmdlet;
