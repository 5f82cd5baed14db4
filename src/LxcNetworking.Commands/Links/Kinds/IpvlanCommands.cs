using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Links.Kinds;

/// <summary>Makes an ipvlan on a parent link.</summary>
[Cmdlet(VerbsCommon.Add, "IpvlanLink", SupportsShouldProcess = true)]
[OutputType(typeof(IpvlanLink))]
public sealed class AddIpvlanLinkCommand : AddLinkCmdlet
{
    [Parameter]
    public IpvlanMode? Mode { get; set; }

    [Parameter]
    public IpvlanFlag? Flag { get; set; }

    /// <inheritdoc/>
    protected override LinkSpec CreateSpec(NetworkStack stack) => new IpvlanSpec(Name, Mode, Flag);
}

/// <summary>Changes the mode of an ipvlan, and with it of all its parent's ipvlans.</summary>
[Cmdlet(VerbsCommon.Set, "IpvlanLink", SupportsShouldProcess = true)]
[OutputType(typeof(IpvlanLink))]
public sealed class SetIpvlanLinkCommand : SetLinkKindCmdlet
{
    [Parameter]
    public IpvlanMode? Mode { get; set; }

    [Parameter]
    public IpvlanFlag? Flag { get; set; }

    /// <inheritdoc/>
    protected override LinkSettings CreateSettings(NetworkStack stack) => new IpvlanSettings { Mode = Mode, Flag = Flag };
}
