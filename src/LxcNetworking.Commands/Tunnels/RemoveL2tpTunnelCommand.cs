using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.L2tp;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Tunnels;

/// <summary>Removes L2TP tunnels.</summary>
[Cmdlet(VerbsCommon.Remove, "L2tpTunnel", SupportsShouldProcess = true)]
public sealed class RemoveL2tpTunnelCommand : StackCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(L2tpTunnelCompleter))]
    public uint[] TunnelId { get; set; } = [];

    [Parameter]
    public SwitchParameter Force { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        foreach (var id in TunnelId)
        {
            if (ShouldProcess(
                $"{id} in namespace {stack.Namespace}",
                Force ? "Remove L2TP tunnel with its sessions" : "Remove L2TP tunnel"))
                Try(() => stack.L2tp.RemoveTunnel(id, Force, Cancellation), id);
        }
    }
}
