using System.Management.Automation;

namespace LxcNetworking.Commands;

/// <summary>Lists static mappings.</summary>
[Cmdlet(VerbsCommon.Get, "NetNatStaticMapping")]
[OutputType(typeof(NetNatStaticMapping))]
public sealed class GetNetNatStaticMappingCommand : StaticMappingCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        foreach (var mapping in Select(Stack))
            WriteObject(mapping);
    }
}
