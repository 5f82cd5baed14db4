using System.Management.Automation;
using LxcNetworking.Nat;

namespace LxcNetworking.Commands.Translation;

/// <summary>Lists the connections that are translated.</summary>
[Cmdlet(VerbsCommon.Get, "NetNatSession")]
[OutputType(typeof(NetNatSession))]
public sealed class GetNetNatSessionCommand : NatNameCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var meant = SelectNames(stack, []);
        if (meant?.Count == 0)
            return;
        foreach (var session in stack.Translation.ListSessions(Cancellation))
        {
            if (meant is null || (session.NatName is { } name && meant.Contains(name)))
                WriteObject(session);
        }
    }
}
