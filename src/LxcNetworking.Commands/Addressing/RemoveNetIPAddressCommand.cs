using System.Management.Automation;

namespace LxcNetworking.Commands;

/// <summary>Removes addresses.</summary>
[Cmdlet(VerbsCommon.Remove, "NetIPAddress", SupportsShouldProcess = true)]
public sealed class RemoveNetIPAddressCommand : AddressingCmdlet
{
    private readonly RemovalList<NetIPAddress> _removal = new();

    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(AddressCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? IPAddress { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    public int? PrefixLength { get; set; }

    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public NetIPAddress? InputAddress { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        if (InputAddress is not null)
        {
            Collect(stack, InputAddress);
            return;
        }

        var filter = new AddressFilter { InterfaceIndexes = SelectInterfaces(stack), Family = AddressFamily };
        if (filter.InterfaceIndexes is { Count: 0 })
            return;
        if (IPAddress is null && filter.InterfaceIndexes is null)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, "Which address? Name it with -IPAddress (wildcards are allowed), or its interface with -InterfaceAlias.");
        foreach (var address in AddressSelection.Select(stack, IPAddress, networks: false, PrefixLength, filter, error => WriteError(ErrorOf(error)), Cancellation))
            Collect(stack, address);
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => Try(() => _removal.RemoveAll((stack, items) => stack.Addresses.Remove(items), (error, item) => WriteError(ErrorOf(error, item))));

    private void Collect(NetworkStack stack, NetIPAddress address)
    {
        if (ShouldProcess($"{address} on {address.InterfaceAlias} in namespace {stack.Namespace}", "Remove address"))
            _removal.Add(stack, address);
    }
}
