using System.Management.Automation;
using LxcNetworking.L2tp;

namespace LxcNetworking.Commands.Tunnels;

/// <summary>Lists L2TP sessions.</summary>
[Cmdlet(VerbsCommon.Get, "L2tpSession")]
[OutputType(typeof(L2tpSession))]
public sealed class GetL2tpSessionCommand : L2tpSessionCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        // A tunnel that is there and has no sessions is nothing to complain of.
        if (TunnelId is { Length: 1 } && SessionId is null && Aliases is null)
            WriteObject(Stack.L2tp.ListSessions(TunnelId[0], Cancellation), enumerateCollection: true);
        else
            WriteObject(SelectSessions(Stack), enumerateCollection: true);
    }
}
