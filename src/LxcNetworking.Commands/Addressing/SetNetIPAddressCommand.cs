using System.Management.Automation;

namespace LxcNetworking.Commands;

/// <summary>Changes addresses.</summary>
[Cmdlet(VerbsCommon.Set, "NetIPAddress", SupportsShouldProcess = true)]
[OutputType(typeof(NetIPAddress))]
public sealed class SetNetIPAddressCommand : AddressingCmdlet
{
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(AddressCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? IPAddress { get; set; }

    [Parameter]
    [ValidateRange(0, 128)]
    public int? PrefixLength { get; set; }

    [Parameter]
    [Seconds]
    public TimeSpan? ValidLifetime { get; set; }

    [Parameter]
    [Seconds]
    public TimeSpan? PreferredLifetime { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public NetIPAddress? InputAddress { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        if (InputAddress is not null)
        {
            Change(stack, InputAddress);
            return;
        }

        var filter = new AddressFilter { InterfaceIndexes = SelectInterfaces(stack), Family = AddressFamily };
        if (filter.InterfaceIndexes is { Count: 0 })
            return;
        if (IPAddress is null && filter.InterfaceIndexes is null)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, "Which address? Name it with -IPAddress (wildcards are allowed), or its interface with -InterfaceAlias.");
        foreach (var address in AddressSelection.Select(stack, IPAddress, networks: false, null, filter, error => WriteError(ErrorOf(error)), Cancellation).ToList())
            Try(() => Change(stack, address), address);
    }

    private void Change(NetworkStack stack, NetIPAddress address)
    {
        if (!ShouldProcess($"{address} on {address.InterfaceAlias} in namespace {stack.Namespace}", "Change address"))
            return;
        var changed = stack.Addresses.Change(address, ValidLifetime, PreferredLifetime, PrefixLength, Cancellation);
        if (PassThru)
            WriteObject(changed);
    }
}
