using System.Management.Automation;
using LxcNetworking.Bridges;
using LxcNetworking.Commands.Common;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Bridges;

/// <summary>Changes bridges' settings.</summary>
[Cmdlet(VerbsCommon.Set, "NetBridge", SupportsShouldProcess = true)]
[OutputType(typeof(BridgeLink))]
public sealed class SetNetBridgeCommand : BridgeCmdlet
{
    [Parameter]
    public bool? Stp { get; set; }

    [Parameter]
    public bool? VlanFiltering { get; set; }

    [Parameter]
    [Seconds]
    public TimeSpan? ForwardDelay { get; set; }

    [Parameter]
    [Seconds]
    public TimeSpan? HelloTime { get; set; }

    [Parameter]
    [Seconds]
    public TimeSpan? MaxAge { get; set; }

    [Parameter]
    [Seconds]
    public TimeSpan? AgeingTime { get; set; }

    [Parameter]
    public int? Priority { get; set; }

    [Parameter]
    public int? DefaultVlanId { get; set; }

    [Parameter]
    public bool? MulticastSnooping { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var settings = new BridgeSettings
        {
            Stp = Stp,
            VlanFiltering = VlanFiltering,
            ForwardDelay = ForwardDelay,
            HelloTime = HelloTime,
            MaxAge = MaxAge,
            AgeingTime = AgeingTime,
            Priority = Priority,
            DefaultVlanId = DefaultVlanId,
            MulticastSnooping = MulticastSnooping,
        };
        if (settings == new BridgeSettings())
            throw new NetworkException(NetworkErrorCode.InvalidArgument, "Nothing to change was given: use -Stp, -ForwardDelay, -AgeingTime …");
        if (Names is null)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, "Which bridge? Name it with -Name (wildcards are allowed, '*' for all).");

        var stack = Stack;
        foreach (var bridge in SelectBridges(stack))
        {
            if (!ShouldProcess($"{bridge.Name} in namespace {stack.Namespace}", "Change bridge"))
                continue;
            Try(
                () =>
                {
                    stack.Bridges.Set(bridge.Name, settings);
                    if (PassThru)
                        WriteBridge(stack.Bridges.Get(bridge.Name, Cancellation));
                },
                bridge);
        }
    }
}
