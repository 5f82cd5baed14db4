using System.Management.Automation;

namespace LxcNetworking.Commands;

/// <summary>Lists bridges with their ports.</summary>
[Cmdlet(VerbsCommon.Get, "NetBridge")]
[OutputType(typeof(BridgeLink))]
public sealed class GetNetBridgeCommand : BridgeCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        foreach (var bridge in SelectBridges(Stack))
            WriteBridge(bridge);
    }
}
