using System.Management.Automation;
using LxcNetworking.Bridges;
using LxcNetworking.Commands.Common;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Bridges;

/// <summary>Changes bridges' settings.</summary>
[Cmdlet(VerbsCommon.Set, "NetBridge", SupportsShouldProcess = true)]
[OutputType(typeof(BridgeLink))]
[ChangeParameters(typeof(BridgeSettings))]
public sealed partial class SetNetBridgeCommand : BridgeCmdlet
{
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var settings = Said();
        if (settings == new BridgeSettings())
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "Nothing to change was given: use -Stp, -ForwardDelay, -AgeingTime …");
        if (Names is null)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "Which bridge? Name it with -Name (wildcards are allowed, '*' for all).");

        var stack = Stack;
        foreach (var bridge in SelectBridges(stack))
        {
            if (!ShouldProcess($"{bridge.Name} in namespace {stack.Namespace}", "Change bridge"))
                continue;
            Try(
                () =>
                {
                    stack.Bridges.Change(bridge.Name, settings, Cancellation);
                    if (PassThru)
                        WriteBridge(stack.Bridges.Get(bridge.Name, Cancellation));
                },
                bridge);
        }
    }
}
