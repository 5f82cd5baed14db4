using System.Management.Automation;
using LxcNetworking.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Addressing;

/// <summary>What picks next-hop objects out, for the cmdlets that read and remove them.</summary>
public abstract class NextHopCmdlet : AddressingCmdlet
{
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(NextHopCompleter))]
    public long[]? NextHopId { get; set; }

    [Parameter(Position = 1)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ObjectName]
    public string[]? NextHop { get; set; }

    [Parameter]
    [Numbered(typeof(RouteProtocol))]
    public RouteProtocol[]? Protocol { get; set; }

    /// <summary>True if anything at all was asked for.</summary>
    protected bool IsNarrowed
        => (NextHopId ?? NextHop ?? (object?)Aliases ?? InterfaceIndex ?? (object?)Protocol) is not null;

    /// <summary>Lists what matches; a number that no object has is a non-terminating error.</summary>
    /// <param name="stack">Where.</param>
    /// <returns>The objects.</returns>
    protected IEnumerable<NetNextHop> SelectNextHops(NetworkStack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        // A group in the pipeline brings the interface 0.
        var interfaces = InterfaceIndex is [0] ? null : SelectInterfaces(stack);
        var gateways = NextHop?.Select(text => new AddressPattern(text)).ToList();
        IEnumerable<NetNextHop> all = NextHopId is { } ids
            ? [.. ids.Select(id => Find(stack, id)).OfType<NetNextHop>()] : stack.NextHops.List(Cancellation);
        return all.Where(nextHop => interfaces?.Contains(nextHop.InterfaceIndex) != false
            && (AddressFamily is null || AddressFamily == nextHop.AddressFamily)
            && Protocol?.Contains(nextHop.Protocol) != false
            && gateways?.Exists(pattern => nextHop.NextHop is { } address
                && pattern.Matches(address, nextHop.InterfaceIndex)) != false);
    }

    private NetNextHop? Find(NetworkStack stack, long id)
    {
        NetNextHop? found = null;
        Try(() => found = stack.NextHops.Get(id, Cancellation), id);
        return found;
    }
}
