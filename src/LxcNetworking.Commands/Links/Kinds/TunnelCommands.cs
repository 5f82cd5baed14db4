using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Links.Kinds;

/// <summary>What GRE tunnels of both sorts have in common.</summary>
[CreationParameters(typeof(GreSettings))]
public abstract partial class NewGreCmdlet : NewLinkCmdlet
{
    [Parameter]
    public int? Ttl { get; set; }

    [Parameter]
    public SwitchParameter External { get; set; }

    [Parameter]
    public IPFamily? AddressFamily { get; set; }

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

    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <summary>Whether it carries Ethernet frames.</summary>
    protected abstract bool IsEthernet { get; }

    /// <inheritdoc/>
    protected override LinkSpec CreateSpec(NetworkStack stack) => new GreSpec(
        Name,
        IsEthernet,
        Said() with
        {
            External = External ? true : null,
            Ttl = Ttl ?? (External ? null : 64),
            Sequence = Sequence,
            Checksum = Checksum,
            IgnoreDf = IgnoreDf,
        })
    {
        AddressFamily = AddressFamily,
        Device = Device,
        Force = Force,
    };
}

/// <summary>Makes a GRE tunnel of IP packets.</summary>
[Cmdlet(VerbsCommon.New, "GreTunnel", SupportsShouldProcess = true)]
[OutputType(typeof(GreLink))]
public sealed class NewGreTunnelCommand : NewGreCmdlet
{
    /// <inheritdoc/>
    protected override bool IsEthernet => false;
}

/// <summary>Makes a GRE tunnel of Ethernet frames.</summary>
[Cmdlet(VerbsCommon.New, "GreTapTunnel", SupportsShouldProcess = true)]
[OutputType(typeof(GreLink))]
public sealed class NewGreTapTunnelCommand : NewGreCmdlet
{
    [Parameter]
    public MacAddress? MacAddress { get; set; }

    [Parameter]
    [Alias("Master")]
    [ArgumentCompleter(typeof(BridgeCompleter))]
    [ObjectName]
    public string? Bridge { get; set; }

    /// <inheritdoc/>
    protected override bool IsEthernet => true;

    /// <inheritdoc/>
    protected override void Fill(LinkSpec spec)
    {
        base.Fill(spec);
        spec.MacAddress = MacAddress;
        spec.Master = Bridge;
    }
}

/// <summary>Changes a GRE tunnel.</summary>
[Cmdlet(VerbsCommon.Set, "GreTunnel", SupportsShouldProcess = true)]
[OutputType(typeof(GreLink))]
[ChangeParameters(typeof(GreSettings))]
public sealed partial class SetGreTunnelCommand : SetTunnelCmdlet;

/// <summary>Makes a Geneve link.</summary>
[Cmdlet(VerbsCommon.New, "GeneveLink", SupportsShouldProcess = true)]
[OutputType(typeof(GeneveLink))]
[CreationParameters(typeof(GeneveSettings))]
public sealed partial class NewGeneveLinkCommand : NewEthernetLinkCmdlet
{
    [Parameter]
    public SwitchParameter External { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override LinkSpec CreateSpec(NetworkStack stack)
        => new GeneveSpec(Name, Said() with { External = External ? true : null }) { Force = Force };
}

/// <summary>Changes a Geneve link.</summary>
[Cmdlet(VerbsCommon.Set, "GeneveLink", SupportsShouldProcess = true)]
[OutputType(typeof(GeneveLink))]
[ChangeParameters(typeof(GeneveSettings))]
public sealed partial class SetGeneveLinkCommand : SetTunnelCmdlet;
