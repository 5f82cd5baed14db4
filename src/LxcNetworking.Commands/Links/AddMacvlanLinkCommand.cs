using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Links;

/// <summary>What macvlan and macvtap links have in common.</summary>
[CreationParameters(typeof(MacvlanSettings))]
public abstract partial class AddMacvlanCmdlet : AddLinkCmdlet
{
    [Parameter]
    public MacvlanMode Mode { get; set; } = MacvlanMode.Bridge;

    [Parameter]
    [ListText]
    public MacAddress[]? SourceMacAddress { get; set; }

    [Parameter]
    public MacAddress? MacAddress { get; set; }

    /// <summary>Whether the link has a character device.</summary>
    protected abstract bool IsTap { get; }

    /// <inheritdoc/>
    protected override LinkSpec CreateSpec(NetworkStack stack) => new MacvlanSpec(
        Name, Said() with { Mode = Mode, SourceMacAddress = [.. SourceMacAddress ?? []] }, IsTap)
    {
        MacAddress = MacAddress,
    };
}

/// <summary>Makes a macvlan link.</summary>
[Cmdlet(VerbsCommon.Add, "MacvlanLink", SupportsShouldProcess = true)]
[OutputType(typeof(MacvlanLink))]
public sealed class AddMacvlanLinkCommand : AddMacvlanCmdlet
{
    /// <inheritdoc/>
    protected override bool IsTap => false;
}

/// <summary>Makes a macvtap link.</summary>
[Cmdlet(VerbsCommon.Add, "MacvtapLink", SupportsShouldProcess = true)]
[OutputType(typeof(MacvlanLink))]
public sealed class AddMacvtapLinkCommand : AddMacvlanCmdlet
{
    /// <inheritdoc/>
    protected override bool IsTap => true;
}

/// <summary>Changes a macvlan or macvtap.</summary>
[Cmdlet(VerbsCommon.Set, "MacvlanLink", SupportsShouldProcess = true)]
[OutputType(typeof(MacvlanLink))]
[ChangeParameters(typeof(MacvlanSettings))]
public sealed partial class SetMacvlanLinkCommand : SetLinkKindCmdlet
{
    [Parameter]
    [AllowEmptyCollection]
    [ListText]
    public MacAddress[]? SourceMacAddress { get; set; }

    [Parameter]
    [ListText]
    public MacAddress[]? AddSourceMacAddress { get; set; }

    [Parameter]
    [ListText]
    public MacAddress[]? RemoveSourceMacAddress { get; set; }

    /// <inheritdoc/>
    protected override LinkSettings CreateSettings(NetworkStack stack) => Said() with
    {
        SourceMacAddress = ListOf(SourceMacAddress),
        AddedSourceMacAddress = ListOf(AddSourceMacAddress),
        RemovedSourceMacAddress = ListOf(RemoveSourceMacAddress),
    };

    private static ValueList<MacAddress>? ListOf(MacAddress[]? sources) => sources is null ? null : [.. sources];
}
