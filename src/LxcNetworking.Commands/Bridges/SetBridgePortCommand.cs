using System.Management.Automation;
using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Bridges;

/// <summary>Changes ports' settings.</summary>
[Cmdlet(VerbsCommon.Set, "BridgePort", SupportsShouldProcess = true)]
[OutputType(typeof(BridgePort))]
public sealed class SetBridgePortCommand : BridgePortCmdlet
{
    [Parameter]
    public bool? Hairpin { get; set; }

    [Parameter]
    public bool? Isolated { get; set; }

    [Parameter]
    public bool? BpduGuard { get; set; }

    [Parameter]
    public bool? RootBlock { get; set; }

    [Parameter]
    public bool? FastLeave { get; set; }

    [Parameter]
    public bool? ProxyArp { get; set; }

    [Parameter]
    public bool? NeighborSuppress { get; set; }

    [Parameter]
    public bool? Locked { get; set; }

    [Parameter]
    public bool? Learning { get; set; }

    [Parameter]
    public bool? Flood { get; set; }

    [Parameter]
    public bool? MulticastFlood { get; set; }

    [Parameter]
    public bool? BroadcastFlood { get; set; }

    [Parameter]
    public int? Cost { get; set; }

    [Parameter]
    public int? Priority { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var settings = new BridgePortSettings
        {
            Hairpin = Hairpin,
            Isolated = Isolated,
            BpduGuard = BpduGuard,
            RootBlock = RootBlock,
            FastLeave = FastLeave,
            ProxyArp = ProxyArp,
            NeighborSuppress = NeighborSuppress,
            Locked = Locked,
            Learning = Learning,
            Flood = Flood,
            MulticastFlood = MulticastFlood,
            BroadcastFlood = BroadcastFlood,
            Cost = Cost,
            Priority = Priority,
        };
        if (settings == new BridgePortSettings())
            throw new NetworkException(NetworkErrorCode.InvalidArgument, "Nothing to change was given: use -Hairpin, -Isolated, -Cost, -Learning, -Flood …");

        var stack = Stack;
        foreach (var port in SelectPorts(stack))
        {
            if (!ShouldProcess($"{port.InterfaceAlias} in namespace {stack.Namespace}", $"Change port of bridge {port.Bridge}"))
                continue;
            Try(
                () =>
                {
                    stack.Bridges.SetPort(port.InterfaceAlias, settings);
                    if (PassThru)
                        WriteObject(stack.Bridges.GetPort(port.InterfaceAlias));
                },
                port);
        }
    }
}
