using System.Management.Automation;
using LxcNetworking.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Addressing;

/// <summary>Picks neighbours out by their addresses and interfaces.</summary>
public abstract class ChosenNeighborCmdlet : AddressingCmdlet
{
    /// <summary>Reads every entry, proxy entries included.</summary>
    private protected List<NetNeighbor> ListAll(NetworkStack stack) =>
    [
        .. stack.Neighbors.List(cancellation: Cancellation),
        .. stack.Neighbors.List(proxy: true, cancellation: Cancellation),
    ];

    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(NeighborCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ObjectName]
    public string[]? IPAddress { get; set; }

    /// <summary>Lists what matches; a literal address that is not there is a non-terminating error.</summary>
    /// <param name="stack">Where.</param>
    /// <param name="proxy">Proxy entries.</param>
    /// <param name="states">Only those of these states; null for all that are asked for.</param>
    /// <param name="isMeant">Tells those that are wanted besides.</param>
    /// <returns>The neighbours.</returns>
    private protected IEnumerable<NetNeighbor> SelectNeighbors(
        NetworkStack stack, bool proxy, NeighborState[]? states, Func<NetNeighbor, bool> isMeant)
    {
        var addresses = AddressesIn(nameof(IPAddress), IPAddress, networks: true);
        var filter = new AddressFilter { InterfaceIndexes = SelectInterfaces(stack), Family = AddressFamily };
        if (filter.InterfaceIndexes is { Count: 0 })
            yield break;
        var found = new HashSet<AddressPattern>();
        foreach (var neighbor in stack.Neighbors.List(filter, proxy, Cancellation))
        {
            // Entries that need no asking (multicast …) are shown where they are asked for.
            var matching = addresses?.Where(pattern => pattern.Matches(neighbor.IPAddress, neighbor.InterfaceIndex))
                .ToList();
            if (states is not null ? !states.Contains(neighbor.State) : !proxy
                && neighbor.State is NeighborState.NoArp or NeighborState.None
                && matching?.Exists(pattern => pattern.IsLiteral) != true)
                continue;
            if (matching is { Count: 0 } || !isMeant(neighbor))
                continue;
            found.UnionWith(matching ?? []);
            yield return neighbor;
        }

        foreach (var missing in (addresses ?? []).Where(pattern => pattern.IsLiteral && !found.Contains(pattern)))
            WriteError(ErrorOf(Missing(stack, missing, filter, proxy)));
    }

    /// <summary>Says that an address is not there.</summary>
    private protected virtual NetworkException Missing(
        NetworkStack stack, AddressPattern missing, AddressFilter filter, bool proxy) => new(
            NetworkErrorCode.NeighborNotFound,
            $"There is no such {(proxy ? "proxy entry" : "neighbour")} {missing.Text} in namespace "
                + $"'{stack.Namespace}'. Get-NetNeighbor lists what is there.",
            missing.Text);
}

/// <summary>What picks neighbours out, for the cmdlets that read and remove them.</summary>
public abstract class NeighborCmdlet : ChosenNeighborCmdlet
{
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
        var macs = LinkLayerAddress?.Select(Mac).ToList();
        return SelectNeighbors(stack, Proxy, State, neighbor => macs?.Exists(
            pattern => neighbor.LinkLayerAddress is { } mac && pattern.IsMatch(mac.ToString())) != false);
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
    [Numbered(typeof(RouteProtocol))]
    public RouteProtocol Protocol { get; set; } = RouteProtocol.LxcNetworking;

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
            Protocol = Protocol == RouteProtocol.Unspecified ? null : Protocol,
        };
        var verb = Replace ? "Create or replace" : "Create";
        if (ShouldProcess(
            $"{IPAddress}{(LinkLayerAddress is { } mac ? $" at {mac}" : string.Empty)} on {link.Name} in namespace "
                + $"{stack.Namespace}",
            Proxy ? $"{verb} neighbour proxy" : $"{verb} neighbour"))
            WriteObject(stack.Neighbors.Create(link, spec, Replace, Cancellation));
    }
}

/// <summary>Changes neighbour entries.</summary>
[Cmdlet(VerbsCommon.Set, "NetNeighbor", SupportsShouldProcess = true)]
[OutputType(typeof(NetNeighbor))]
public sealed class SetNetNeighborCommand : ChosenNeighborCmdlet
{
    [Parameter(Position = 1)]
    public LinkLayerAddress? LinkLayerAddress { get; set; }

    [Parameter]
    public NeighborState? State { get; set; }

    [Parameter]
    public bool? Router { get; set; }

    [Parameter]
    public bool? ExternallyLearned { get; set; }

    [Parameter]
    public bool? Managed { get; set; }

    [Parameter]
    public SwitchParameter Use { get; set; }

    [Parameter]
    [Numbered(typeof(RouteProtocol))]
    public RouteProtocol? Protocol { get; set; }

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public NetNeighbor? InputNeighbor { get; set; }

    /// <inheritdoc/>
    private protected override IReadOnlyCollection<string> SettingParameters =>
    [
        nameof(LinkLayerAddress), nameof(State), nameof(Router), nameof(ExternallyLearned), nameof(Managed),
        nameof(Use), nameof(Protocol),
    ];

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        if (Given(InputNeighbor, () => ListAll(stack)) is { } given)
        {
            Change(stack, given);
            return;
        }

        if ((IPAddress ?? Aliases ?? (object?)InterfaceIndex) is null)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "Which neighbour? Name it with -IPAddress (wildcards are allowed), or its interface with "
                    + "-InterfaceAlias.");
        }

        foreach (var neighbor in SelectNeighbors(stack, proxy: false, states: null, _ => true).ToList())
            Try(() => Change(stack, neighbor), neighbor);
    }

    /// <inheritdoc/>
    private protected override NetworkException Missing(
        NetworkStack stack, AddressPattern missing, AddressFilter filter, bool proxy)
    {
        try
        {
            var entries = stack.Neighbors.List(filter, proxy: true, Cancellation);
            if (entries.FirstOrDefault(entry => missing.Matches(entry.IPAddress, entry.InterfaceIndex)) is { } entry)
                new NeighborChange().Validate(entry);
        }
        catch (NetworkException refusal)
        {
            return refusal;
        }

        return base.Missing(stack, missing, filter, proxy);
    }

    private void Change(NetworkStack stack, NetNeighbor neighbor)
    {
        var change = new NeighborChange
        {
            LinkLayerAddress = LinkLayerAddress,
            State = State,
            Router = Router,
            ExternallyLearned = ExternallyLearned,
            Managed = Managed,
            Use = Use,
            Protocol = Protocol,
        };
        // Before the question, so that -WhatIf promises nothing that could not be.
        change.Validate(neighbor);
        var steps = change.Describe(neighbor);
        if (!ShouldProcess(
            $"{neighbor} in namespace {stack.Namespace}",
            steps.Count == 0 ? "Change nothing of neighbour" : $"Change neighbour: {string.Join(", ", steps)}"))
            return;
        var changed = steps.Count == 0 ? neighbor : stack.Neighbors.Change(neighbor, change, Cancellation);
        if (PassThru)
            WriteObject(changed);
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
        if (Given(InputNeighbor, () => ListAll(stack)) is { } given)
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
