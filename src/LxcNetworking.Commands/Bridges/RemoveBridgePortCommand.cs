using System.Management.Automation;
using LxcNetworking.Bridges;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Bridges;

/// <summary>Takes ports out of their bridges; the links stay.</summary>
[Cmdlet(VerbsCommon.Remove, "BridgePort", SupportsShouldProcess = true)]
public sealed class RemoveBridgePortCommand : BridgePortCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        foreach (var port in SelectPorts(stack))
        {
            if (ShouldProcess(
                $"{port.InterfaceAlias} in namespace {stack.Namespace}", $"Take out of bridge {port.Bridge}"))
                Try(() => stack.Bridges.RemovePort(port.InterfaceAlias, Cancellation), port);
        }
    }
}
