using System.Management.Automation;
using LxcNetworking.Bridges;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Bridges;

/// <summary>Makes links ports of a bridge.</summary>
[Cmdlet(VerbsCommon.Add, "BridgePort", SupportsShouldProcess = true)]
[OutputType(typeof(BridgePort))]
[CreationParameters(typeof(BridgePortSettings))]
public sealed partial class AddBridgePortCommand : LinkCmdlet
{
    [Parameter(Mandatory = true, Position = 0)]
    [ArgumentCompleter(typeof(BridgeCompleter))]
    [ObjectName]
    public string Bridge { get; set; } = string.Empty;

    /// <inheritdoc/>
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "Interface", "ifAlias")]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [SupportsWildcards]
    [NameNotEmpty]
    [ObjectName]
    public override string[]? InterfaceAlias { get; set; }

    [Parameter]
    public SwitchParameter Hairpin { get; set; }

    [Parameter]
    public SwitchParameter Isolated { get; set; }

    [Parameter]
    public SwitchParameter BpduGuard { get; set; }

    [Parameter]
    public SwitchParameter RootBlock { get; set; }

    [Parameter]
    public SwitchParameter FastLeave { get; set; }

    [Parameter]
    public SwitchParameter ProxyArp { get; set; }

    [Parameter]
    public SwitchParameter NeighborSuppress { get; set; }

    [Parameter]
    public SwitchParameter Locked { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(BridgePortCompleter))]
    [ObjectName]
    public string? BackupPort { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var settings = Said() with
        {
            BackupPortIndex = IndexOf(stack, BackupPort),
            Hairpin = Given(Hairpin, nameof(Hairpin)),
            Isolated = Given(Isolated, nameof(Isolated)),
            BpduGuard = Given(BpduGuard, nameof(BpduGuard)),
            RootBlock = Given(RootBlock, nameof(RootBlock)),
            FastLeave = Given(FastLeave, nameof(FastLeave)),
            ProxyArp = Given(ProxyArp, nameof(ProxyArp)),
            NeighborSuppress = Given(NeighborSuppress, nameof(NeighborSuppress)),
            Locked = Given(Locked, nameof(Locked)),
        };
        foreach (var link in SelectLinks(stack))
        {
            if (ShouldProcess($"{link.Name} in namespace {stack.Namespace}", $"Make it a port of bridge {Bridge}"))
                Try(() => WriteObject(stack.Bridges.AddPort(Bridge, link.Name, settings, Cancellation)), link);
        }
    }

    private bool? Given(SwitchParameter value, string name)
        => MyInvocation.BoundParameters.ContainsKey(name) ? value.IsPresent : null;
}
