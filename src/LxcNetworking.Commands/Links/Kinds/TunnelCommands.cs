using System.Management.Automation;
using LxcNetworking.Commands.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Links.Kinds;

/// <summary>Makes a GRE tunnel of IP packets.</summary>
[Cmdlet(VerbsCommon.New, "GreTunnel", SupportsShouldProcess = true)]
[OutputType(typeof(GreLink))]
[CreationParameters(typeof(GreSettings))]
public sealed partial class NewGreTunnelCommand : NewLinkCmdlet
{
    [Parameter]
    public int Ttl { get; set; } = 64;

    [Parameter]
    public SwitchParameter Sequence { get; set; }

    [Parameter]
    public SwitchParameter Checksum { get; set; }

    [Parameter]
    public SwitchParameter IgnoreDf { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [ObjectName]
    public string? Device { get; set; }

    /// <inheritdoc/>
    protected override LinkSpec CreateSpec(NetworkStack stack) => new GreSpec(
        Name,
        ethernet: false,
        Said() with { Ttl = Ttl, Sequence = Sequence, Checksum = Checksum, IgnoreDf = IgnoreDf })
    {
        Device = Device,
    };
}

/// <summary>Makes a GRE tunnel of Ethernet frames.</summary>
[Cmdlet(VerbsCommon.New, "GreTapTunnel", SupportsShouldProcess = true)]
[OutputType(typeof(GreLink))]
[CreationParameters(typeof(GreSettings))]
public sealed partial class NewGreTapTunnelCommand : NewEthernetLinkCmdlet
{
    [Parameter]
    public int Ttl { get; set; } = 64;

    [Parameter]
    public SwitchParameter Sequence { get; set; }

    [Parameter]
    public SwitchParameter Checksum { get; set; }

    [Parameter]
    public SwitchParameter IgnoreDf { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [ObjectName]
    public string? Device { get; set; }

    /// <inheritdoc/>
    protected override LinkSpec CreateSpec(NetworkStack stack) => new GreSpec(
        Name,
        ethernet: true,
        Said() with { Ttl = Ttl, Sequence = Sequence, Checksum = Checksum, IgnoreDf = IgnoreDf })
    {
        Device = Device,
    };
}

/// <summary>Changes a GRE tunnel.</summary>
[Cmdlet(VerbsCommon.Set, "GreTunnel", SupportsShouldProcess = true)]
[OutputType(typeof(GreLink))]
[ChangeParameters(typeof(GreSettings))]
public sealed partial class SetGreTunnelCommand : SetLinkKindCmdlet;

/// <summary>Makes a Geneve link.</summary>
[Cmdlet(VerbsCommon.New, "GeneveLink", SupportsShouldProcess = true)]
[OutputType(typeof(GeneveLink))]
[CreationParameters(typeof(GeneveSettings))]
public sealed partial class NewGeneveLinkCommand : NewEthernetLinkCmdlet
{
    [Parameter(Mandatory = true)]
    public int Vni { get; set; }

    [Parameter(Mandatory = true)]
    [StrictAddress]
    public IPAddress Remote { get; set; } = IPAddress.Any;

    /// <inheritdoc/>
    protected override LinkSpec CreateSpec(NetworkStack stack)
        => new GeneveSpec(Name, Said() with { Vni = Vni, Remote = Remote });
}

/// <summary>Changes a Geneve link.</summary>
[Cmdlet(VerbsCommon.Set, "GeneveLink", SupportsShouldProcess = true)]
[OutputType(typeof(GeneveLink))]
[ChangeParameters(typeof(GeneveSettings))]
public sealed partial class SetGeneveLinkCommand : SetLinkKindCmdlet;
