using System.Management.Automation;
using LxcNetworking.Commands.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Links.Kinds;

/// <summary>Makes a VXLAN link.</summary>
[Cmdlet(VerbsCommon.New, "VxlanLink", SupportsShouldProcess = true)]
[OutputType(typeof(VxlanLink))]
[CreationParameters(typeof(VxlanSettings))]
public sealed partial class NewVxlanLinkCommand : NewEthernetLinkCmdlet
{
    [Parameter]
    public SwitchParameter External { get; set; }

    [Parameter]
    [StrictAddress]
    public IPAddress[] Remote { get; set; } = [];

    [Parameter]
    [Alias("Group")]
    [StrictAddress]
    public IPAddress? MulticastGroup { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [ObjectName]
    public string? Device { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override LinkSpec CreateSpec(NetworkStack stack)
    {
        var first = MulticastGroup is null ? Remote.FirstOrDefault() : null;
        var settings = Said() with
        {
            External = External ? true : null,
            Remote = first,
            MulticastGroup = MulticastGroup,
        };
        return new VxlanSpec(Name, settings)
        {
            FurtherRemotes = [.. Remote.Skip(first is null ? 0 : 1)],
            Device = Device,
            Force = Force,
        };
    }
}

/// <summary>Changes a VXLAN link.</summary>
[Cmdlet(VerbsCommon.Set, "VxlanLink", SupportsShouldProcess = true)]
[OutputType(typeof(VxlanLink))]
[ChangeParameters(typeof(VxlanSettings))]
public sealed partial class SetVxlanLinkCommand : SetTunnelCmdlet
{
    [Parameter]
    [Alias("Group")]
    [StrictAddress]
    public IPAddress? MulticastGroup { get; set; }

    /// <inheritdoc/>
    protected override LinkSettings CreateSettings(NetworkStack stack)
        => MulticastGroup is null ? Said() : Said() with { MulticastGroup = MulticastGroup };
}
