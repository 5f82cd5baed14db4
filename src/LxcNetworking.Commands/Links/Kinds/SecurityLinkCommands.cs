using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Links.Kinds;

/// <summary>Makes a virtual tunnel interface of IPsec.</summary>
[Cmdlet(VerbsCommon.New, "VtiLink", SupportsShouldProcess = true)]
[OutputType(typeof(VtiLink))]
[CreationParameters(typeof(VtiSettings))]
public sealed partial class NewVtiLinkCommand : NewLinkCmdlet
{
    [Parameter]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [ObjectName]
    public string? Device { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override LinkSpec CreateSpec(NetworkStack stack)
        => new VtiSpec(Name, Said()) { Device = Device, Force = Force };
}

/// <summary>Changes a virtual tunnel interface of IPsec.</summary>
[Cmdlet(VerbsCommon.Set, "VtiLink", SupportsShouldProcess = true)]
[OutputType(typeof(VtiLink))]
[ChangeParameters(typeof(VtiSettings))]
public sealed partial class SetVtiLinkCommand : SetTunnelCmdlet;

/// <summary>Makes an IPsec interface.</summary>
[Cmdlet(VerbsCommon.New, "XfrmLink", SupportsShouldProcess = true)]
[OutputType(typeof(XfrmLink))]
[CreationParameters(typeof(XfrmSettings))]
public sealed partial class NewXfrmLinkCommand : NewLinkCmdlet
{
    [Parameter]
    public SwitchParameter External { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [ObjectName]
    public string? Device { get; set; }

    /// <inheritdoc/>
    protected override LinkSpec CreateSpec(NetworkStack stack)
        => new XfrmSpec(Name, Said() with { External = External ? true : null }) { Device = Device };
}

/// <summary>Changes an IPsec interface.</summary>
[Cmdlet(VerbsCommon.Set, "XfrmLink", SupportsShouldProcess = true)]
[OutputType(typeof(XfrmLink))]
[ChangeParameters(typeof(XfrmSettings))]
public sealed partial class SetXfrmLinkCommand : SetLinkKindCmdlet;

/// <summary>Makes a MACsec link on a parent link.</summary>
[Cmdlet(VerbsCommon.New, "MacsecLink", SupportsShouldProcess = true)]
[OutputType(typeof(MacsecLink))]
[CreationParameters(typeof(MacsecSettings))]
public sealed partial class NewMacsecLinkCommand : AddLinkCmdlet
{
    [Parameter]
    public MacAddress? MacAddress { get; set; }

    /// <inheritdoc/>
    protected override LinkSpec CreateSpec(NetworkStack stack)
        => new MacsecSpec(Name, Said()) { MacAddress = MacAddress };
}

/// <summary>Changes a MACsec link.</summary>
[Cmdlet(VerbsCommon.Set, "MacsecLink", SupportsShouldProcess = true)]
[OutputType(typeof(MacsecLink))]
[ChangeParameters(typeof(MacsecSettings))]
public sealed partial class SetMacsecLinkCommand : SetLinkKindCmdlet;
