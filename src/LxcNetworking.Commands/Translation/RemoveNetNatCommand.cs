using System.Management.Automation;
using LxcNetworking.Namespaces;
using LxcNetworking.Nat;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Translation;

/// <summary>Removes translations with their static mappings.</summary>
[Cmdlet(VerbsCommon.Remove, "NetNat", SupportsShouldProcess = true)]
public sealed class RemoveNetNatCommand : NatCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        if (Names is null)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "Which NAT? Name it (wildcards are allowed, '*' is all), or pipe it from Get-NetNat.");
        var stack = Stack;
        foreach (var nat in Select(stack))
        {
            var mappings = nat.StaticMappingCount == 0
                ? string.Empty
                : $" with {nat.StaticMappingCount} static mapping(s)";
            if (ShouldProcess(
                $"{nat.Name} for {nat.InternalIPInterfaceAddressPrefix}{mappings} in namespace {stack.Namespace}",
                "Remove NAT"))
                Try(() => stack.Translation.Remove(nat.Name, WriteWarning, Cancellation), nat);
        }
    }
}
