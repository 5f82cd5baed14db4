using System.Management.Automation;
using LxcNetworking.Nat;

namespace LxcNetworking.Commands.Translation;

/// <summary>Lists translations.</summary>
[Cmdlet(VerbsCommon.Get, "NetNat")]
[OutputType(typeof(NetNat))]
public sealed class GetNetNatCommand : NatCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        foreach (var nat in Select(Stack))
            WriteObject(nat);
    }
}
