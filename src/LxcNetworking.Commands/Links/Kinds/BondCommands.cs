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
public sealed class NewBondLinkCommand : NewEthernetLinkCmdlet
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

    [Parameter]
    [Milliseconds]
    public TimeSpan? MiiMonitor { get; set; }

    [Parameter]
    [Milliseconds]
    public TimeSpan? UpDelay { get; set; }

    [Parameter]
    [Milliseconds]
    public TimeSpan? DownDelay { get; set; }

    [Parameter]
    [Milliseconds]
    public TimeSpan? ArpInterval { get; set; }

    [Parameter]
    [StrictAddress]
    public IPAddress[]? ArpTarget { get; set; }

    [Parameter]
    public BondHashPolicy? HashPolicy { get; set; }

    [Parameter]
    public BondLacpRate? LacpRate { get; set; }

    [Parameter]
    public int? MinimumPorts { get; set; }

    /// <inheritdoc/>
    protected override LinkSpec CreateSpec(NetworkStack stack) => new BondSpec(
        Name,
        new BondSettings
        {
            Mode = Mode,
            Primary = Primary,
            MiiMonitor = MiiMonitor,
            UpDelay = UpDelay,
            DownDelay = DownDelay,
            ArpInterval = ArpInterval,
            ArpTarget = ArpTarget,
            HashPolicy = HashPolicy,
            LacpRate = LacpRate,
            MinimumPorts = MinimumPorts,
        })
    {
        Ports = Port,
    };
}

/// <summary>Changes a bond.</summary>
[Cmdlet(VerbsCommon.Set, "BondLink", SupportsShouldProcess = true)]
[OutputType(typeof(BondLink))]
public sealed class SetBondLinkCommand : SetLinkKindCmdlet
{
    [Parameter]
    public BondMode? Mode { get; set; }

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

    [Parameter]
    [Milliseconds]
    public TimeSpan? MiiMonitor { get; set; }

    [Parameter]
    [Milliseconds]
    public TimeSpan? UpDelay { get; set; }

    [Parameter]
    [Milliseconds]
    public TimeSpan? DownDelay { get; set; }

    [Parameter]
    [Milliseconds]
    public TimeSpan? ArpInterval { get; set; }

    [Parameter]
    [StrictAddress]
    public IPAddress[]? ArpTarget { get; set; }

    [Parameter]
    public BondHashPolicy? HashPolicy { get; set; }

    [Parameter]
    public BondLacpRate? LacpRate { get; set; }

    [Parameter]
    public int? MinimumPorts { get; set; }

    /// <inheritdoc/>
    protected override LinkSettings CreateSettings(NetworkStack stack) => new BondSettings
    {
        Mode = Mode,
        Primary = Primary,
        ActivePort = ActivePort,
        MiiMonitor = MiiMonitor,
        UpDelay = UpDelay,
        DownDelay = DownDelay,
        ArpInterval = ArpInterval,
        ArpTarget = ArpTarget,
        HashPolicy = HashPolicy,
        LacpRate = LacpRate,
        MinimumPorts = MinimumPorts,
    };
}
