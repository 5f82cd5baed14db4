using System.Management.Automation;
using LxcNetworking.Bridges;
using LxcNetworking.Commands.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Bridges;

/// <summary>Lists multicast tables of bridges.</summary>
[Cmdlet(VerbsCommon.Get, "BridgeMdbEntry")]
[OutputType(typeof(BridgeMdbEntry))]
public sealed class GetBridgeMdbEntryCommand : LinkCmdlet
{
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(BridgeCompleter))]
    [ValidateNotNullOrEmpty]
    [ObjectName]
    public string? Bridge { get; set; }

    [Parameter(Position = 1)]
    [ListText]
    [ArgumentCompleter(typeof(MulticastGroupCompleter))]
    public MulticastGroup[]? Group { get; set; }

    [Parameter]
    [StrictAddress]
    public IPAddress? Source { get; set; }

    [Parameter]
    public int? VlanId { get; set; }

    [Parameter]
    public BridgeMdbType? Type { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var (bridge, wanted) = BridgeOrLinks(stack, Bridge);
        foreach (var entry in stack.Bridges.ListMdb(bridge, Cancellation))
        {
            if (wanted?.Contains(entry.InterfaceIndex) != false
                && (Group is null || Group.Contains(entry.Group))
                && (Source is null || Source.Equals(entry.Source))
                && (VlanId is null || entry.VlanId == VlanId)
                && (Type is null || entry.Type == Type))
                WriteObject(entry);
        }
    }
}

/// <summary>Lists the ports that routers of multicast are behind.</summary>
[Cmdlet(VerbsCommon.Get, "BridgeMulticastRouter")]
[OutputType(typeof(BridgeMulticastRouterPort))]
public sealed class GetBridgeMulticastRouterCommand : LinkCmdlet
{
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(BridgeCompleter))]
    [ValidateNotNullOrEmpty]
    [ObjectName]
    public string? Bridge { get; set; }

    [Parameter]
    public VlanRange[]? VlanId { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var (bridge, wanted) = BridgeOrLinks(stack, Bridge);
        foreach (var port in stack.Bridges.ListMulticastRouters(bridge, Cancellation))
        {
            if (wanted?.Contains(port.InterfaceIndex) != false
                && (VlanId is null || VlanId.Any(range => port.VlanId >= range.First && port.VlanId <= range.Last)))
                WriteObject(port);
        }
    }
}

/// <summary>Adds ports, or a bridge itself, to a multicast group.</summary>
[Cmdlet(VerbsCommon.Add, "BridgeMdbEntry", SupportsShouldProcess = true)]
[OutputType(typeof(BridgeMdbEntry))]
public sealed class AddBridgeMdbEntryCommand : LinkCmdlet
{
    [Parameter(Mandatory = true, Position = 1)]
    [ArgumentCompleter(typeof(MulticastGroupCompleter))]
    public MulticastGroup? Group { get; set; }

    [Parameter]
    [StrictAddress]
    public IPAddress? Source { get; set; }

    [Parameter]
    public MulticastFilterMode? FilterMode { get; set; }

    [Parameter]
    [StrictAddress]
    public IPAddress[]? SourceList { get; set; }

    [Parameter]
    public int? VlanId { get; set; }

    [Parameter]
    public BridgeMdbType? Type { get; set; }

    [Parameter]
    public SwitchParameter Replace { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var names = Aliases;
        foreach (var link in SelectLinks(stack))
        {
            // A pattern means those of the links that can be.
            if (link is not BridgeLink && link.PortKind != "bridge" && !IsNamed(link, names, InterfaceIndex))
                continue;
            var spec = new BridgeMdbSpec(link.Name, Group!)
            {
                Source = Source,
                FilterMode = FilterMode,
                SourceList = SourceList,
                VlanId = VlanId,
                Type = Type,
                Replace = Replace,
            };
            if (ShouldProcess($"{link.Name} in namespace {stack.Namespace}", $"Add to multicast group {Group}"))
                Try(() => Add(stack, spec, link), link);
        }
    }

    private void Add(NetworkStack stack, BridgeMdbSpec spec, NetLink link)
    {
        WriteObject(stack.Bridges.AddMdbEntry(spec, Cancellation), enumerateCollection: true);
        var bridge = link as BridgeLink ?? stack.Links.Get(link.Master!, Cancellation) as BridgeLink;
        // Then it floods what nobody is known to have asked for.
        if (bridge is { MulticastQuerier: false, IPv4Querier: null, IPv6Querier: null })
            WriteVerbose(
                $"Bridge '{bridge.Name}' knows of nobody who asks for members, so it floods all multicast: "
                    + $"Set-NetBridge {Argument.Quote(bridge.Name)} -MulticastQuerier $true.");
    }
}

/// <summary>Takes ports, or a bridge itself, out of multicast groups.</summary>
[Cmdlet(VerbsCommon.Remove, "BridgeMdbEntry", SupportsShouldProcess = true)]
public sealed class RemoveBridgeMdbEntryCommand : LinkCmdlet
{
    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [ListText]
    [ArgumentCompleter(typeof(MulticastGroupCompleter))]
    public MulticastGroup[]? Group { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [StrictAddress(Optional = true)]
    public IPAddress? Source { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PropertyText]
    public int? VlanId { get; set; }

    /// <summary>An entry in the pipeline.</summary>
    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public BridgeMdbEntry? InputEntry { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        if (Given(InputEntry, () => stack.Bridges.ListMdb(cancellation: Cancellation)) is { } given)
        {
            Remove(stack, given);
            return;
        }

        if (Group is null)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "Which entries? Name their groups with -Group, or pipe them from Get-BridgeMdbEntry.");
        var links = SelectLinks(stack).ToList();
        var all = stack.Bridges.ListMdb(cancellation: Cancellation);
        foreach (var link in links)
        {
            var found = all.Where(entry => entry.InterfaceIndex == link.Index && Group.Contains(entry.Group)
                && (Source is null || Source.Equals(entry.Source))
                && (VlanId is null || entry.VlanId == VlanId)).ToList();
            if (found.Count == 0)
                Try(
                    () => throw new NetworkException(
                        NetworkErrorCode.ObjectNotFound,
                        $"'{link.Name}' is not in the group {string.Join(", ", Group.AsEnumerable())}. "
                            + $"Get-BridgeMdbEntry {Argument.Quote(link.Name)} lists those that it is in.",
                        link.Name),
                    link);
            foreach (var entry in found)
                Remove(stack, entry);
        }
    }

    private void Remove(NetworkStack stack, BridgeMdbEntry entry)
    {
        var vlan = entry.VlanId is { } id ? $" in VLAN {id}" : string.Empty;
        if (ShouldProcess(
            $"{entry.InterfaceAlias} in namespace {stack.Namespace}",
            $"Take out of multicast group {entry.Group}{vlan}"))
            Try(() => stack.Bridges.RemoveMdbEntry(entry, Cancellation), entry);
    }
}
