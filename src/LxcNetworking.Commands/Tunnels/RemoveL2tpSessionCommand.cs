using System.Management.Automation;
using LxcNetworking.L2tp;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Tunnels;

/// <summary>Removes L2TP sessions and their links.</summary>
[Cmdlet(VerbsCommon.Remove, "L2tpSession", SupportsShouldProcess = true)]
public sealed class RemoveL2tpSessionCommand : L2tpSessionCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        if (SessionId is null && Aliases is null)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "Which session? Name its link with -InterfaceAlias (wildcards are allowed, '*' for all), or give its "
                    + "id with -SessionId.");
        var stack = Stack;
        foreach (var session in SelectSessions(stack))
        {
            if (ShouldProcess(
                $"{session.SessionId} of tunnel {session.TunnelId} ({session.InterfaceAlias}) in namespace "
                    + $"{stack.Namespace}",
                "Remove L2TP session"))
                Try(() => stack.L2tp.RemoveSession(session.TunnelId, session.SessionId, Cancellation), session);
        }
    }
}
