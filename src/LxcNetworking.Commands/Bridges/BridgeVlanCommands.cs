using System.Management.Automation;
using LxcNetworking.Bridges;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Bridges;

/// <summary>A cmdlet that works on VLANs of bridges and their ports.</summary>
public abstract class BridgeVlanCmdlet : LinkCmdlet
{
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(BridgeCompleter))]
    [ValidateNotNullOrEmpty]
    [ObjectName]
    public string? Bridge { get; set; }

    [Parameter]
    public SwitchParameter Self { get; set; }

    private protected static bool IsIn(BridgeVlan vlan, VlanRange[] ranges)
        => ranges.Any(range => vlan.VlanId >= range.First && vlan.VlanId <= range.Last);

    private protected static string FilterHint(string bridge)
        => $"Bridge '{bridge}' does not look at VLAN tags yet: Set-NetBridge {Argument.Quote(bridge)} "
            + "-VlanFiltering $true.";

    /// <summary>Reads the links that VLANs are to be changed on: ports, or a bridge itself.</summary>
    /// <param name="stack">Where.</param>
    /// <returns>The links.</returns>
    protected IEnumerable<NetLink> SelectMembers(NetworkStack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        if (!IsLinkNamed)
        {
            if (Bridge is null)
                throw new NetworkException(
                    NetworkErrorCode.InvalidArgument,
                    "Which port? Name it with -InterfaceAlias, or with -Bridge the bridge whose own traffic is meant.");
            yield return stack.Bridges.Get(Bridge, Cancellation);
            yield break;
        }

        foreach (var link in SelectLinks(stack))
        {
            if (Bridge is not null && link.Master != Bridge && link.Name != Bridge)
                Try(
                    () => throw new NetworkException(
                        NetworkErrorCode.NotSupported,
                        $"'{link.Name}' is not a port of "
                            + $"'{Bridge}'{(link.Master is null ? string.Empty : $", but of '{link.Master}'")}.",
                        link.Name),
                    link);
            else if (Self && link is not BridgeLink)
                Try(
                    () => throw new NetworkException(
                        NetworkErrorCode.NotSupported,
                        $"-Self means a bridge's own traffic, and '{link.Name}' is not a bridge.",
                        link.Name),
                    link);
            else
                yield return link;
        }
    }
}

/// <summary>Lists VLANs of bridges and their ports.</summary>
[Cmdlet(VerbsCommon.Get, "BridgeVlan")]
[OutputType(typeof(BridgeVlan))]
public sealed class GetBridgeVlanCommand : BridgeVlanCmdlet
{
    [Parameter]
    public VlanRange[]? VlanId { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var (bridge, wanted) = BridgeOrLinks(stack, Bridge);
        foreach (var vlan in stack.Bridges.ListVlans(bridge, Cancellation))
        {
            if (wanted?.Contains(vlan.InterfaceIndex) != false && (!Self || vlan.Self)
                && (VlanId is null || IsIn(vlan, VlanId)))
                WriteObject(vlan);
        }
    }
}

/// <summary>Adds VLANs to a bridge's port, or to a bridge itself.</summary>
[Cmdlet(VerbsCommon.Add, "BridgeVlan", SupportsShouldProcess = true)]
[OutputType(typeof(BridgeVlan))]
public sealed class AddBridgeVlanCommand : BridgeVlanCmdlet
{
    [Parameter(Mandatory = true, Position = 1)]
    public VlanRange[] VlanId { get; set; } = [];

    [Parameter]
    public SwitchParameter Pvid { get; set; }

    [Parameter]
    public SwitchParameter Untagged { get; set; }

    [Parameter]
    public long? TunnelId { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        foreach (var link in SelectMembers(stack))
        {
            if (!ShouldProcess(
                $"{link.Name} in namespace {stack.Namespace}", $"Add VLAN {string.Join(',', VlanId.AsEnumerable())}"))
                continue;
            Try(
                () =>
                {
                    WriteObject(
                        stack.Bridges.AddVlan(link.Name, VlanId, Pvid, Untagged, TunnelId, Cancellation),
                        enumerateCollection: true);
                    var bridge = link as BridgeLink ?? stack.Links.Get(link.Master!, Cancellation) as BridgeLink;
                    if (bridge?.VlanFiltering == false)
                        WriteWarning(FilterHint(bridge.Name));
                },
                link);
        }
    }
}

/// <summary>Changes what VLANs have on bridges' ports, or on a bridge itself.</summary>
[Cmdlet(VerbsCommon.Set, "BridgeVlan", SupportsShouldProcess = true)]
[OutputType(typeof(BridgeVlan))]
[ChangeParameters(typeof(BridgeVlanSettings))]
public sealed partial class SetBridgeVlanCommand : BridgeVlanCmdlet
{
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    public VlanRange[] VlanId { get; set; } = [];

    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        var settings = Said();
        if (settings == new BridgeVlanSettings())
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "Nothing to change was given: use -State, -MulticastRouter, -MaxMulticastGroups or "
                    + "-NeighborSuppress.");
        }

        var names = Aliases;
        foreach (var link in SelectMembers(stack))
        {
            // A pattern means those of the links that have such VLANs.
            var isNamed = !IsLinkNamed || IsNamed(link, names, InterfaceIndex);
            if (!isNamed && link is not BridgeLink && link.PortKind != "bridge")
                continue;
            if (!ShouldProcess(
                $"{link.Name} in namespace {stack.Namespace}",
                $"Change VLAN {string.Join(',', VlanId.AsEnumerable())}: {settings}"))
                continue;
            Try(() => Change(stack, link, settings, isNamed), link);
        }
    }

    private void Change(NetworkStack stack, NetLink link, BridgeVlanSettings settings, bool isNamed)
    {
        try
        {
            stack.Bridges.ChangeVlan(link.Name, VlanId, settings, Cancellation);
        }
        catch (NetworkException e) when (e.Code == NetworkErrorCode.ObjectNotFound && !isNamed)
        {
            return;
        }

        WarnOfNoEffect(stack, link, settings);
        if (PassThru)
            WriteObject(
                stack.Bridges.ListVlans(link is BridgeLink ? link.Name : link.Master, Cancellation)
                    .Where(vlan => vlan.InterfaceIndex == link.Index && IsIn(vlan, VlanId)),
                enumerateCollection: true);
    }

    private void WarnOfNoEffect(NetworkStack stack, NetLink link, BridgeVlanSettings settings)
    {
        var bridge = link as BridgeLink ?? stack.Links.Get(link.Master!, Cancellation) as BridgeLink;
        if (bridge is { VlanFiltering: false })
            WriteWarning(FilterHint(bridge.Name));
        else if (settings.MulticastRouter is not null && bridge is { MulticastVlanSnooping: not true })
            WriteWarning(
                $"Bridge '{bridge.Name}' does not snoop multicast for each VLAN yet: Set-NetBridge "
                    + $"{Argument.Quote(bridge.Name)} -MulticastVlanSnooping $true.");
        else if (settings.NeighborSuppress == true && link is not BridgeLink
            && BridgeOperations.AsPort(link).NeighborVlanSuppress == false)
            WriteWarning(
                $"Port '{link.Name}' does not look at its VLANs' NeighborSuppress yet: Set-BridgePort -InterfaceAlias "
                    + $"{Argument.Quote(link.Name)} -NeighborVlanSuppress $true.");
    }
}

/// <summary>Removes VLANs from a bridge's port, or from a bridge itself.</summary>
[Cmdlet(VerbsCommon.Remove, "BridgeVlan", SupportsShouldProcess = true)]
public sealed class RemoveBridgeVlanCommand : BridgeVlanCmdlet
{
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    public VlanRange[] VlanId { get; set; } = [];

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        foreach (var link in SelectMembers(stack))
        {
            if (ShouldProcess(
                $"{link.Name} in namespace {stack.Namespace}",
                $"Remove VLAN {string.Join(',', VlanId.AsEnumerable())}"))
                Try(() => stack.Bridges.RemoveVlan(link.Name, VlanId, Cancellation), link);
        }
    }
}
