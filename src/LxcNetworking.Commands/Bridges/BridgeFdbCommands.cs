using System.Management.Automation;
using LxcNetworking.Bridges;
using LxcNetworking.Commands.Addressing;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Bridges;

/// <summary>Lists forwarding tables of bridges and VXLAN links.</summary>
[Cmdlet(VerbsCommon.Get, "BridgeFdbEntry")]
[OutputType(typeof(BridgeFdbEntry))]
public sealed class GetBridgeFdbEntryCommand : LinkCmdlet
{
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(BridgeCompleter))]
    [ValidateNotNullOrEmpty]
    [ObjectName]
    public string? Bridge { get; set; }

    [Parameter]
    [ListText]
    public MacAddress[]? MacAddress { get; set; }

    [Parameter]
    public int? VlanId { get; set; }

    [Parameter]
    public BridgeFdbType? Type { get; set; }

    [Parameter]
    public SwitchParameter Self { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var (bridge, wanted) = BridgeOrLinks(stack, Bridge);
        foreach (var entry in stack.Bridges.ListFdb(bridge, Cancellation))
        {
            if (wanted?.Contains(entry.InterfaceIndex) != false && (!Self || entry.Self)
                && (VlanId is null || entry.VlanId == VlanId)
                && (Type is null || entry.Type == Type)
                && (MacAddress is null || MacAddress.Contains(entry.MacAddress)))
                WriteObject(entry);
        }
    }
}

/// <summary>Adds an entry to a forwarding table.</summary>
[Cmdlet(VerbsCommon.Add, "BridgeFdbEntry", SupportsShouldProcess = true)]
[OutputType(typeof(BridgeFdbEntry))]
public sealed class AddBridgeFdbEntryCommand : StackCmdlet
{
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "Interface", "ifAlias")]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [ObjectName]
    public string InterfaceAlias { get; set; } = string.Empty;

    [Parameter(Position = 1)]
    public MacAddress MacAddress { get; set; } = MacAddress.Zero;

    [Parameter]
    public BridgeFdbType? Type { get; set; }

    [Parameter]
    [StrictAddress]
    public IPAddress? Destination { get; set; }

    [Parameter]
    public int? Vni { get; set; }

    [Parameter]
    public int? Port { get; set; }

    [Parameter]
    public int? SourceVni { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(NextHopCompleter))]
    public long? NextHopId { get; set; }

    [Parameter]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [ObjectName]
    public string? Device { get; set; }

    [Parameter]
    public int? VlanId { get; set; }

    [Parameter]
    public SwitchParameter Self { get; set; }

    [Parameter]
    public SwitchParameter Master { get; set; }

    [Parameter]
    public SwitchParameter Sticky { get; set; }

    [Parameter]
    public SwitchParameter Append { get; set; }

    [Parameter]
    public SwitchParameter Replace { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        if (Self && Master)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "-Self means the link's own table and -Master its bridge's; an entry goes into one of them.",
                InterfaceAlias);
        if (Meant(nameof(InterfaceAlias), InterfaceAlias) is null or "")
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "Which interface? Name the bridge's port or the VXLAN link with -InterfaceAlias.");
        var stack = Stack;
        var spec = new BridgeFdbSpec(InterfaceAlias, MacAddress)
        {
            Type = Type,
            Destination = Destination,
            Vni = Vni,
            Port = Port,
            SourceVni = SourceVni,
            NextHopId = NextHopId,
            Device = Device,
            VlanId = VlanId,
            Self = Self ? true : Master ? false : null,
            Sticky = Sticky,
            Append = Append,
            Replace = Replace,
        };
        if (ShouldProcess(
            $"{InterfaceAlias} in namespace {stack.Namespace}",
            $"Add forwarding entry for {MacAddress}"
                + (Destination is not null ? $" to {Destination}"
                    : NextHopId is not null ? $" to the hosts of next hop {NextHopId}" : string.Empty)))
            WriteObject(stack.Bridges.AddFdbEntry(spec, Cancellation));
    }
}

/// <summary>Removes entries of forwarding tables.</summary>
[Cmdlet(VerbsCommon.Remove, "BridgeFdbEntry", SupportsShouldProcess = true)]
public sealed class RemoveBridgeFdbEntryCommand : LinkCmdlet
{
    private readonly HashSet<(NetworkStack, int, MacAddress, BridgeFdbType, bool, bool)> _removed = [];

    [Parameter(Position = 1, ValueFromPipelineByPropertyName = true)]
    [ListText]
    public MacAddress[]? MacAddress { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [StrictAddress(Optional = true)]
    public IPAddress? Destination { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PropertyText]
    public int? VlanId { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PropertyText]
    public int? SourceVni { get; set; }

    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PropertyText]
    public SwitchParameter Self { get; set; }

    /// <summary>An entry in the pipeline.</summary>
    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public BridgeFdbEntry? InputEntry { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        if (Given(InputEntry, () => stack.Bridges.ListFdb(cancellation: Cancellation)) is { } given)
        {
            Remove(stack, given);
            return;
        }

        if (MacAddress is null)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "Which entries? Name them with -MacAddress, or pipe them from Get-BridgeFdbEntry.");
        var links = SelectLinks(stack).ToList();
        var all = stack.Bridges.ListFdb(cancellation: Cancellation);
        var host = Destination is null ? null : new AddressPattern(Destination.ToString());
        foreach (var link in links)
        {
            var found = all.Where(entry => entry.InterfaceIndex == link.Index && MacAddress.Contains(entry.MacAddress)
                && (host is null
                    || (entry.Destination is { } there
                        && host.Matches(there, entry.DeviceIndex == 0 ? link.ParentIndex : entry.DeviceIndex)))
                && (VlanId is null || entry.VlanId == VlanId)
                && (SourceVni is null || entry.SourceVni == SourceVni) && (!Self || entry.Self)).ToList();
            if (found.Count == 0)
                Try(
                    () => throw new NetworkException(
                        NetworkErrorCode.ObjectNotFound,
                        $"'{link.Name}' has no such forwarding entry for {string.Join(", ", MacAddress)}. "
                            + $"Get-BridgeFdbEntry {link.Name} lists what it has.",
                        link.Name),
                    link);
            foreach (var entry in found)
                Remove(stack, entry);
        }
    }

    private void Remove(NetworkStack stack, BridgeFdbEntry entry)
    {
        // The kernel keeps an entry without a VLAN also for each VLAN of the port, and removes these copies with it.
        var kind = (stack, entry.InterfaceIndex, entry.MacAddress, entry.Type, entry.Sticky, entry.External);
        if (entry.VlanId is not null && _removed.Contains(kind))
            return;
        if (entry.VlanId is null && !entry.Self)
            _removed.Add(kind);
        if (ShouldProcess(
            $"{entry.InterfaceAlias} in namespace {stack.Namespace}",
            $"Remove forwarding entry for {entry.MacAddress}"
                + $"{(entry.Destination is null ? string.Empty : $" to {entry.Destination}")}"))
            Try(() => stack.Bridges.RemoveFdbEntry(entry, Cancellation), entry);
    }
}
