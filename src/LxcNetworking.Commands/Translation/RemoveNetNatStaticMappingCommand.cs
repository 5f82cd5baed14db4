using System.Management.Automation;
using LxcNetworking.Namespaces;
using LxcNetworking.Nat;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Translation;

/// <summary>Removes static mappings.</summary>
[Cmdlet(VerbsCommon.Remove, "NetNatStaticMapping", SupportsShouldProcess = true)]
public sealed class RemoveNetNatStaticMappingCommand : StaticMappingCmdlet
{
    /// <summary>The mapping, from the pipeline: its number alone can be another one's by now.</summary>
    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public NetNatStaticMapping? InputMapping { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        if (Given(InputMapping, () => stack.Translation.ListMappings(Cancellation)) is { } given)
        {
            Remove(stack, given);
            return;
        }

        if (NatNames is null && StaticMappingID is null)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "Which mapping? Give its -StaticMappingID or its NAT's name (wildcards are allowed, '*' is all), or "
                    + "pipe it from Get-NetNatStaticMapping.");
        foreach (var mapping in Select(stack))
            Remove(stack, mapping);
    }

    private void Remove(NetworkStack stack, NetNatStaticMapping mapping)
    {
        if (ShouldProcess(
            $"{mapping} of the NAT {mapping.NatName} in namespace {stack.Namespace}", "Remove static mapping"))
            Try(() => stack.Translation.RemoveMapping(mapping, WriteWarning, Cancellation), mapping);
    }
}
