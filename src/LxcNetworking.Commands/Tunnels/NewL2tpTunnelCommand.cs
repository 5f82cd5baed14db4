using System.Management.Automation;
using LxcNetworking.Commands.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.L2tp;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Tunnels;

/// <summary>Makes an L2TPv3 tunnel.</summary>
[Cmdlet(VerbsCommon.New, "L2tpTunnel", SupportsShouldProcess = true)]
[OutputType(typeof(L2tpTunnel))]
public sealed class NewL2tpTunnelCommand : StackCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    public uint TunnelId { get; set; }

    [Parameter(Mandatory = true, Position = 1)]
    public uint PeerTunnelId { get; set; }

    [Parameter(Mandatory = true)]
    [StrictAddress]
    public IPAddress Local { get; set; } = IPAddress.Any;

    [Parameter(Mandatory = true)]
    [StrictAddress]
    public IPAddress Remote { get; set; } = IPAddress.Any;

    [Parameter]
    public L2tpEncapsulation Encapsulation { get; set; }

    [Parameter]
    public int? SourcePort { get; set; }

    [Parameter]
    public int? DestinationPort { get; set; }

    [Parameter]
    public SwitchParameter NoChecksum { get; set; }

    [Parameter]
    public SwitchParameter AcceptNoChecksum { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        if (!ShouldProcess($"{TunnelId} from {Local} to {Remote} in namespace {stack.Namespace}", "Create L2TP tunnel"))
            return;
        WriteObject(stack.L2tp.CreateTunnel(
            new L2tpTunnelSpec(TunnelId, PeerTunnelId, Local, Remote)
            {
                Encapsulation = Encapsulation,
                SourcePort = SourcePort,
                DestinationPort = DestinationPort,
                NoChecksum = NoChecksum,
                AcceptNoChecksum = AcceptNoChecksum,
            },
            Cancellation));
    }
}
