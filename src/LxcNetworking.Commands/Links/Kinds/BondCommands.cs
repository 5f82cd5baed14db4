using System.Management.Automation;
using LxcNetworking.Commands.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Links.Kinds;

/// <summary>Makes a bond.</summary>
[Cmdlet(VerbsCommon.New, "BondLink", SupportsShouldProcess = true)]
[OutputType(typeof(BondLink))]
[CreationParameters(typeof(BondSettings))]
public sealed partial class NewBondLinkCommand : NewEthernetLinkCmdlet
{
    [Parameter]
    public BondMode Mode { get; set; } = BondMode.ActiveBackup;

    [Parameter]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [ObjectName]
    public string[] Port { get; set; } = [];

    [Parameter]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [ObjectName]
    public string? Primary { get; set; }

    /// <inheritdoc/>
    protected override LinkSpec CreateSpec(NetworkStack stack)
        => new BondSpec(Name, Said() with { Mode = Mode }) { Primary = Primary, Ports = Port };
}

/// <summary>Changes a bond.</summary>
[Cmdlet(VerbsCommon.Set, "BondLink", SupportsShouldProcess = true)]
[OutputType(typeof(BondLink))]
[ChangeParameters(typeof(BondSettings))]
public sealed partial class SetBondLinkCommand : SetLinkKindCmdlet
{
    [Parameter]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [ObjectName]
    public string? Primary { get; set; }

    [Parameter]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [ObjectName]
    public string? ActivePort { get; set; }

    /// <inheritdoc/>
    protected override LinkSettings CreateSettings(NetworkStack stack) => Said() with
    {
        PrimaryIndex = IndexOf(stack, Primary),
        ActivePortIndex = IndexOf(stack, ActivePort),
    };
}
