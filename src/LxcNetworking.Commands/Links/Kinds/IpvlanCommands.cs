using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Links.Kinds;

/// <summary>What ipvlan and ipvtap links have in common.</summary>
[CreationParameters(typeof(IpvlanSettings))]
public abstract partial class AddIpvlanCmdlet : AddLinkCmdlet
{
    /// <summary>Whether the link has a character device.</summary>
    protected abstract bool IsTap { get; }

    /// <inheritdoc/>
    protected override LinkSpec CreateSpec(NetworkStack stack) => new IpvlanSpec(Name, Said(), IsTap);
}

/// <summary>Makes an ipvlan on a parent link.</summary>
[Cmdlet(VerbsCommon.Add, "IpvlanLink", SupportsShouldProcess = true)]
[OutputType(typeof(IpvlanLink))]
public sealed class AddIpvlanLinkCommand : AddIpvlanCmdlet
{
    /// <inheritdoc/>
    protected override bool IsTap => false;
}

/// <summary>Makes an ipvtap on a parent link.</summary>
[Cmdlet(VerbsCommon.Add, "IpvtapLink", SupportsShouldProcess = true)]
[OutputType(typeof(IpvlanLink))]
public sealed class AddIpvtapLinkCommand : AddIpvlanCmdlet
{
    /// <inheritdoc/>
    protected override bool IsTap => true;
}

/// <summary>Changes the mode of an ipvlan, and with it of all its parent's ipvlans.</summary>
[Cmdlet(VerbsCommon.Set, "IpvlanLink", SupportsShouldProcess = true)]
[OutputType(typeof(IpvlanLink))]
[ChangeParameters(typeof(IpvlanSettings))]
public sealed partial class SetIpvlanLinkCommand : SetLinkKindCmdlet;
