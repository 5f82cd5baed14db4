using System.Management.Automation;
using LxcNetworking.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Addressing;

/// <summary>What picks neighbours out, for the cmdlets that read and remove them.</summary>
public abstract class NeighborCmdlet : AddressingCmdlet
{
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(NeighborCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ObjectName]
    public string[]? IPAddress { get; set; }

    [Parameter]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? LinkLayerAddress { get; set; }

    [Parameter]
    public NeighborState[]? State { get; set; }

    [Parameter]
    public SwitchParameter Proxy { get; set; }

    /// <summary>True if anything at all was asked for.</summary>
    protected bool IsNarrowed
        => (IPAddress ?? LinkLayerAddress ?? (object?)Aliases ?? InterfaceIndex ?? (object?)State) is not null;

    /// <summary>Lists what matches; a literal address that is not there is a non-terminating error.</summary>
    /// <param name="stack">Where.</param>
    /// <returns>The neighbours.</returns>
    protected IEnumerable<NetNeighbor> SelectNeighbors(NetworkStack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        var addresses = AddressesIn(nameof(IPAddress), IPAddress, networks: true);
        var macs = LinkLayerAddress?.Select(Mac).ToList();
        var filter = new AddressFilter { InterfaceIndexes = SelectInterfaces(stack), Family = AddressFamily };
        if (filter.InterfaceIndexes is { Count: 0 })
            yield break;
        var found = new HashSet<AddressPattern>();
        foreach (var neighbor in stack.Neighbors.List(filter, Proxy, Cancellation))
        {
            // Entries that need no asking (multicast …) are shown where they are asked for.
            var matching = addresses?.Where(pattern => pattern.Matches(neighbor.IPAddress, neighbor.InterfaceIndex))
                .ToList();
            if (State is not null ? !State.Contains(neighbor.State) : !Proxy
                && neighbor.State is NeighborState.NoArp or NeighborState.None
                && matching?.Exists(pattern => pattern.IsLiteral) != true)
                continue;
            if (matching is { Count: 0 }
                || macs?.Exists(
                    pattern => neighbor.LinkLayerAddress is { } mac && pattern.IsMatch(mac.ToString())) == false)
                continue;
            found.UnionWith(matching ?? []);
            yield return neighbor;
        }

        foreach (var missing in (addresses ?? []).Where(pattern => pattern.IsLiteral && !found.Contains(pattern)))
            WriteError(ErrorOf(new NetworkException(
                NetworkErrorCode.NeighborNotFound,
                $"There is no such {(Proxy ? "proxy entry" : "neighbour")} {missing.Text} in namespace "
                    + $"'{stack.Namespace}'. Get-NetNeighbor lists what is there.",
                missing.Text)));
    }

    // Without wildcards any way to write an address will do.
    private static WildcardPattern Mac(string text) => new(
        !WildcardPattern.ContainsWildcardCharacters(text)
            && LxcNetworking.Values.LinkLayerAddress.TryParse(text, out var mac)
            ? mac.ToString()
            : text.Replace('-', ':'), WildcardOptions.IgnoreCase);
}

/// <summary>Lists neighbours.</summary>
[Cmdlet(VerbsCommon.Get, "NetNeighbor")]
[OutputType(typeof(NetNeighbor))]
public sealed class GetNetNeighborCommand : NeighborCmdlet
{
    [Parameter]
    public SwitchParameter All { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem() => ForEachStack(All, stack =>
    {
        foreach (var neighbor in SelectNeighbors(stack))
            WriteObject(neighbor);
    });
}

/// <summary>Makes a neighbour entry.</summary>
[Cmdlet(VerbsCommon.New, "NetNeighbor", SupportsShouldProcess = true)]
[OutputType(typeof(NetNeighbor))]
public sealed class NewNetNeighborCommand : LinkTargetCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [StrictAddress]
    public IPAddress? IPAddress { get; set; }

    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [PropertyText]
    public LinkLayerAddress? LinkLayerAddress { get; set; }

    [Parameter]
    public NeighborState State { get; set; } = NeighborState.Permanent;

    [Parameter]
    public SwitchParameter Proxy { get; set; }

    [Parameter]
    public SwitchParameter Router { get; set; }

    [Parameter]
    public SwitchParameter ExternallyLearned { get; set; }

    [Parameter]
    public SwitchParameter Managed { get; set; }

    [Parameter]
    public SwitchParameter Use { get; set; }

    [Parameter]
    public RouteProtocol? Protocol { get; set; }

    [Parameter]
    public SwitchParameter Replace { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var link = RequireLink(stack);
        var spec = new NeighborSpec(IPAddress!)
        {
            LinkLayerAddress = LinkLayerAddress,
            State = State,
            Proxy = Proxy,
            Router = Router,
            ExternallyLearned = ExternallyLearned,
            Managed = Managed,
            Use = Use,
            Protocol = Protocol,
        };
        var verb = Replace ? "Create or replace" : "Create";
        if (ShouldProcess(
            $"{IPAddress}{(LinkLayerAddress is { } mac ? $" at {mac}" : string.Empty)} on {link.Name} in namespace "
                + $"{stack.Namespace}",
            Proxy ? $"{verb} neighbour proxy" : $"{verb} neighbour"))
            WriteObject(stack.Neighbors.Create(link, spec, Replace, Cancellation));
    }
}

/// <summary>Removes neighbour entries.</summary>
[Cmdlet(VerbsCommon.Remove, "NetNeighbor", SupportsShouldProcess = true)]
public sealed class RemoveNetNeighborCommand : NeighborCmdlet
{
    private readonly RemovalList<NetNeighbor> _removal = new();

    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public NetNeighbor? InputNeighbor { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        List<NetNeighbor> All() =>
        [
            .. stack.Neighbors.List(cancellation: Cancellation),
            .. stack.Neighbors.List(proxy: true, cancellation: Cancellation),
        ];
        if (Given(InputNeighbor, All) is { } given)
        {
            Collect(stack, given);
            return;
        }

        if (!IsNarrowed)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "Which neighbour? Name it with -IPAddress (wildcards are allowed), or its interface with "
                    + "-InterfaceAlias.");
        foreach (var neighbor in SelectNeighbors(stack))
            Collect(stack, neighbor);
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => Try(() => _removal.RemoveAll(
        (stack, items) => stack.Neighbors.Remove(items, Cancellation),
        (error, item) => WriteError(ErrorOf(error, item))));

    private void Collect(NetworkStack stack, NetNeighbor neighbor)
    {
        if (ShouldProcess(
            $"{neighbor} in namespace {stack.Namespace}",
            neighbor.Proxy ? "Remove neighbour proxy" : "Remove neighbour"))
            _removal.Add(stack, neighbor);
    }
}
