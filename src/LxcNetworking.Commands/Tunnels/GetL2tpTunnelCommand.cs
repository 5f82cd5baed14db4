using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.L2tp;

namespace LxcNetworking.Commands.Tunnels;

/// <summary>Lists L2TP tunnels.</summary>
[Cmdlet(VerbsCommon.Get, "L2tpTunnel")]
[OutputType(typeof(L2tpTunnel))]
public sealed class GetL2tpTunnelCommand : StackCmdlet
{
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(L2tpTunnelCompleter))]
    public uint[]? TunnelId { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var l2tp = Stack.L2tp;
        if (TunnelId is null)
        {
            WriteObject(l2tp.ListTunnels(Cancellation), enumerateCollection: true);
            return;
        }

        foreach (var id in TunnelId)
            Try(() => WriteObject(l2tp.GetTunnel(id, Cancellation)), id);
    }
}
