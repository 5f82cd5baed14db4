using System.Management.Automation;
using LxcNetworking.Bridges;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Bridges;

/// <summary>A cmdlet that works on whole VLANs of bridges.</summary>
public abstract class BridgeVlanGlobalCmdlet : BridgeCmdlet
{
    /// <inheritdoc/>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Bridge")]
    [ArgumentCompleter(typeof(BridgeCompleter))]
    [SupportsWildcards]
    [NameNotEmpty]
    [ObjectName]
    public override string[]? Name { get; set; }

    /// <summary>Tells whether a VLAN is in a list of ids and ranges.</summary>
    private protected static bool IsIn(BridgeVlanGlobal vlan, VlanRange[] ranges)
        => ranges.Any(range => vlan.VlanId >= range.First && vlan.VlanId <= range.Last);
}

/// <summary>Lists what whole VLANs have on bridges.</summary>
[Cmdlet(VerbsCommon.Get, "BridgeVlanGlobal")]
[OutputType(typeof(BridgeVlanGlobal))]
public sealed class GetBridgeVlanGlobalCommand : BridgeVlanGlobalCmdlet
{
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    public VlanRange[]? VlanId { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var wanted = Names is null ? null : SelectBridges(stack).Select(bridge => bridge.Name).ToHashSet();
        if (wanted is { Count: 0 })
            return;
        foreach (var vlan in stack.Bridges.ListVlanGlobals(cancellation: Cancellation))
        {
            if (wanted?.Contains(vlan.Bridge) != false && (VlanId is null || IsIn(vlan, VlanId)))
                WriteObject(vlan);
        }
    }
}

/// <summary>Changes what whole VLANs have on bridges.</summary>
[Cmdlet(VerbsCommon.Set, "BridgeVlanGlobal", SupportsShouldProcess = true)]
[OutputType(typeof(BridgeVlanGlobal))]
[ChangeParameters(typeof(BridgeVlanGlobalSettings))]
public sealed partial class SetBridgeVlanGlobalCommand : BridgeVlanGlobalCmdlet
{
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    public VlanRange[] VlanId { get; set; } = [];

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var settings = Said();
        if (settings == new BridgeVlanGlobalSettings())
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "Nothing to change was given: use -MulticastSnooping, -MulticastQuerier, -SpanningTree …");
        if (Names is null)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "Which bridge? Name it with -Name (wildcards are allowed, '*' for all).");

        var stack = Stack;
        foreach (var bridge in SelectBridges(stack))
        {
            if (!ShouldProcess(
                $"{bridge.Name} in namespace {stack.Namespace}",
                $"Change the whole VLAN {string.Join(',', VlanId.AsEnumerable())}: {settings}"))
                continue;
            Try(
                () =>
                {
                    stack.Bridges.ChangeVlanGlobal(bridge.Name, VlanId, settings, Cancellation);
                    WarnOfNoEffect(bridge, settings);
                    if (PassThru)
                        WriteObject(
                            stack.Bridges.ListVlanGlobals(bridge.Name, Cancellation)
                                .Where(vlan => IsIn(vlan, VlanId)),
                            enumerateCollection: true);
                },
                bridge);
        }
    }

    private void WarnOfNoEffect(BridgeLink bridge, BridgeVlanGlobalSettings settings)
    {
        if (settings.SpanningTree is > 0 && bridge.MultipleSpanningTrees != true)
            WriteWarning(
                $"The VLANs of bridge '{bridge.Name}' have no spanning trees of their own yet: Set-NetBridge "
                    + $"{Argument.Quote(bridge.Name)} -MultipleSpanningTrees $true, while it has no VLANs.");
        if (settings with { SpanningTree = null } != new BridgeVlanGlobalSettings()
            && bridge.MulticastVlanSnooping != true)
            WriteWarning(
                $"Bridge '{bridge.Name}' does not snoop multicast for each VLAN yet: Set-NetBridge "
                    + $"{Argument.Quote(bridge.Name)} -MulticastVlanSnooping $true.");
    }
}
