using System.Management.Automation;
using LxcNetworking.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Addressing;

/// <summary>Picks addresses out, for the cmdlets that read, change and remove them.</summary>
internal static class AddressSelection
{
    /// <summary>Lists what matches; a literal address that is not there is reported.</summary>
    public static IEnumerable<NetIPAddress> Select(
        NetworkStack stack, IReadOnlyList<AddressPattern>? patterns, int? prefixLength, AddressFilter filter,
        Action<NetworkException> report, CancellationToken cancellation, params AddressType[] types)
    {
        var found = new HashSet<AddressPattern>();
        var addresses = types.DefaultIfEmpty(AddressType.Unicast).Distinct()
            .SelectMany(type => stack.Addresses.ListOfType(type, filter, cancellation));
        foreach (var address in addresses)
        {
            if (prefixLength is not null && prefixLength != address.PrefixLength)
                continue;
            var matching = patterns?.Where(
                pattern => pattern.Matches(address.IPAddress, address.InterfaceIndex, address.PrefixLength)).ToList();
            if (matching is { Count: 0 })
                continue;
            found.UnionWith(matching ?? []);
            yield return address;
        }

        foreach (var missing in (patterns ?? []).Where(pattern => pattern.IsLiteral && !found.Contains(pattern)))
        {
            report(new NetworkException(
                NetworkErrorCode.AddressNotFound, $"There is no address {missing.Text}"
                    + $"{(prefixLength is null ? string.Empty : $"/{prefixLength}")} "
                    + $"{(filter.InterfaceIndexes is null ? string.Empty : "on that interface ")}in namespace "
                    + $"'{stack.Namespace}'. Get-NetIPAddress lists what is there.", missing.Text));
        }
    }
}

/// <summary>Lists addresses.</summary>
[Cmdlet(VerbsCommon.Get, "NetIPAddress")]
[OutputType(typeof(NetIPAddress))]
public sealed class GetNetIPAddressCommand : AddressingCmdlet
{
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(AddressCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ObjectName]
    public string[]? IPAddress { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PropertyText]
    public int? PrefixLength { get; set; }

    [Parameter]
    public AddressState[]? AddressState { get; set; }

    [Parameter]
    public AddressType[] Type { get; set; } = [AddressType.Unicast];

    [Parameter]
    public SwitchParameter All { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem() => ForEachStack(All, stack =>
    {
        var filter = new AddressFilter { InterfaceIndexes = SelectInterfaces(stack), Family = AddressFamily };
        if (filter.InterfaceIndexes is { Count: 0 })
            return;
        foreach (var address in AddressSelection.Select(
            stack,
            AddressesIn(nameof(IPAddress), IPAddress, networks: true),
            PrefixLength,
            filter,
            error => WriteError(ErrorOf(error)),
            Cancellation,
            Type))
        {
            if (AddressState is null || AddressState.Contains(address.AddressState))
                WriteObject(address);
        }
    });
}
