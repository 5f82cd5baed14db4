using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Links.Kinds;

/// <summary>Makes an ipvlan on a parent link.</summary>
[Cmdlet(VerbsCommon.Add, "IpvlanLink", SupportsShouldProcess = true)]
[OutputType(typeof(IpvlanLink))]
[CreationParameters(typeof(IpvlanSettings))]
public sealed partial class AddIpvlanLinkCommand : AddLinkCmdlet
{
    /// <inheritdoc/>
    protected override LinkSpec CreateSpec(NetworkStack stack) => new IpvlanSpec(Name, Said());
}

/// <summary>Changes the mode of an ipvlan, and with it of all its parent's ipvlans.</summary>
[Cmdlet(VerbsCommon.Set, "IpvlanLink", SupportsShouldProcess = true)]
[OutputType(typeof(IpvlanLink))]
[ChangeParameters(typeof(IpvlanSettings))]
public sealed partial class SetIpvlanLinkCommand : SetLinkKindCmdlet;
