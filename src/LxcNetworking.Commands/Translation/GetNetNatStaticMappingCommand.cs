using System.Management.Automation;
using LxcNetworking.Nat;

namespace LxcNetworking.Commands.Translation;

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
