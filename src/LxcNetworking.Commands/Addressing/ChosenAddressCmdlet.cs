using System.Management.Automation;
using LxcNetworking.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Addressing;

/// <summary>A cmdlet that works on addresses that are there: by name with wildcards, by their interface, or as they
/// come down the pipeline.</summary>
public abstract class ChosenAddressCmdlet : AddressingCmdlet
{
    /// <summary>The addresses; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(AddressCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ObjectName]
    public string[]? IPAddress { get; set; }

    /// <summary>An address object in the pipeline.</summary>
    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public NetIPAddress? InputAddress { get; set; }

    /// <summary>Only addresses of this prefix length; null for any.</summary>
    protected virtual int? ChosenLength => null;

    /// <inheritdoc/>
    protected sealed override void ProcessItem()
    {
        var stack = Stack;
        if (Given(InputAddress, () => stack.Addresses.List(cancellation: Cancellation)) is { } given)
        {
            ProcessAddress(stack, given);
            return;
        }

        var filter = new AddressFilter { InterfaceIndexes = SelectInterfaces(stack), Family = AddressFamily };
        if (filter.InterfaceIndexes is { Count: 0 })
            return;
        if (IPAddress is null && filter.InterfaceIndexes is null)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "Which address? Name it with -IPAddress (wildcards are allowed), or its interface with "
                    + "-InterfaceAlias.");
        foreach (var address in AddressSelection.Select(
            stack,
            AddressesIn(nameof(IPAddress), IPAddress),
            ChosenLength,
            filter,
            error => WriteError(ErrorOf(error)),
            Cancellation).ToList())
            Try(() => ProcessAddress(stack, address), address);
    }

    /// <summary>Works on one address.</summary>
    /// <param name="stack">Where it is.</param>
    /// <param name="address">The address.</param>
    protected abstract void ProcessAddress(NetworkStack stack, NetIPAddress address);
}
