using System.Management.Automation;
using LxcNetworking.Bridges;

namespace LxcNetworking.Commands.Bridges;

/// <summary>Lists bridges' ports.</summary>
[Cmdlet(VerbsCommon.Get, "BridgePort")]
[OutputType(typeof(BridgePort))]
public sealed class GetBridgePortCommand : BridgePortCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        foreach (var port in SelectPorts(Stack, everythingIfUnnamed: true))
            WriteObject(port);
    }
}
