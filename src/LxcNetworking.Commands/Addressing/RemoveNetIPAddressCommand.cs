using System.Management.Automation;
using LxcNetworking.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Addressing;

/// <summary>Removes addresses.</summary>
[Cmdlet(VerbsCommon.Remove, "NetIPAddress", SupportsShouldProcess = true)]
public sealed class RemoveNetIPAddressCommand : ChosenAddressCmdlet
{
    private readonly RemovalList<NetIPAddress> _removal = new();

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PropertyText]
    public int? PrefixLength { get; set; }

    /// <inheritdoc/>
    protected override int? ChosenLength => PrefixLength;

    /// <inheritdoc/>
    protected override void EndProcessing() => Try(() => _removal.RemoveAll(
        (stack, items) => stack.Addresses.Remove(items, Cancellation),
        (error, item) => WriteError(ErrorOf(error, item))));

    /// <inheritdoc/>
    protected override void ProcessAddress(NetworkStack stack, NetIPAddress address)
    {
        if (ShouldProcess($"{address} on {address.InterfaceAlias} in namespace {stack.Namespace}", "Remove address"))
            _removal.Add(stack, address);
    }
}
