using System.Management.Automation;
using LxcNetworking.Bridges;

namespace LxcNetworking.Commands.Bridges;

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
