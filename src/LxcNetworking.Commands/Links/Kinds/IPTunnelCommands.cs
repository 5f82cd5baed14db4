using System.Management.Automation;
using LxcNetworking.Commands.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Links.Kinds;

/// <summary>Makes a tunnel of IP packets in IP packets.</summary>
[Cmdlet(VerbsCommon.New, "IPTunnel", SupportsShouldProcess = true)]
[OutputType(typeof(IPTunnelLink))]
[CreationParameters(typeof(IPTunnelSettings))]
public sealed partial class NewIPTunnelCommand : NewLinkCmdlet
{
    [Parameter]
    public IPTunnelMode? Mode { get; set; }

    [Parameter]
    public int Ttl { get; set; } = 64;

    [Parameter]
    public SwitchParameter External { get; set; }

    [Parameter]
    public SwitchParameter Isatap { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [ObjectName]
    public string? Device { get; set; }

    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override LinkSpec CreateSpec(NetworkStack stack)
    {
        var isIPv6 = (Local ?? Remote)?.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6;
        var settings = Said() with { Ttl = Ttl, External = External ? true : null, Isatap = Isatap ? true : null };
        return new IPTunnelSpec(
            Name, Mode ?? (isIPv6 ? IPTunnelMode.Ip6Tunnel : IPTunnelMode.Ipip), settings)
        {
            Device = Device,
            Force = Force,
        };
    }
}

/// <summary>Changes a tunnel of IP packets in IP packets.</summary>
[Cmdlet(VerbsCommon.Set, "IPTunnel", SupportsShouldProcess = true)]
[OutputType(typeof(IPTunnelLink))]
[ChangeParameters(typeof(IPTunnelSettings))]
public sealed partial class SetIPTunnelCommand : SetTunnelCmdlet;
