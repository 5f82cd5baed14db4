using System.Net.Sockets;
using LxcNetworking.Addressing;
using LxcNetworking.Declarations;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Bridges;

/// <summary>Bridges and their ports in one namespace.</summary>
public sealed class BridgeOperations : IStackOperations<BridgeOperations>
{
    private readonly NetworkStack _stack;
    private readonly BridgeChanges _changes;
    private readonly BridgePorts _ports;
    private readonly BridgeVlans _vlans;
    private readonly BridgeVlanOptions _vlanOptions;
    private readonly BridgeVlanGlobals _vlanGlobals;
    private readonly BridgeFdb _fdb;
    private readonly BridgeMdb _mdb;

    internal BridgeOperations(NetworkStack stack)
    {
        _stack = stack;
        _changes = new BridgeChanges(stack);
        _ports = new BridgePorts(stack);
        _vlans = new BridgeVlans(stack);
        _vlanOptions = new BridgeVlanOptions(stack);
        _vlanGlobals = new BridgeVlanGlobals(stack);
        _fdb = new BridgeFdb(stack);
        _mdb = new BridgeMdb(stack);
    }

    static BridgeOperations IStackOperations<BridgeOperations>.On(NetworkStack stack) => new(stack);

    /// <summary>Lists bridges with their ports' names.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The bridges.</returns>
    public IReadOnlyList<BridgeLink> List(CancellationToken cancellation = default)
    {
        var links = _stack.Links.List(cancellation: cancellation);
        var bridges = links.OfType<BridgeLink>().ToList();
        var ports = links.Where(link => link.MasterIndex != 0).ToLookup(link => link.MasterIndex, link => link.Name);
        bridges.ForEach(bridge => bridge.Ports = [.. ports[bridge.Index]]);
        return bridges;
    }

    /// <summary>Reads one bridge with its ports' names.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The bridge.</returns>
    /// <exception cref="NetworkException">LinkNotFound, or NotSupported for a link that is no bridge.</exception>
    public BridgeLink Get(string name, CancellationToken cancellation = default)
    {
        var bridge = Require(name, cancellation);
        var ports = _stack.Links.List(new LinkFilter { Master = name, SkipStatistics = true }, cancellation);
        bridge.Ports = [.. ports.Select(link => link.Name)];
        return bridge;
    }

    /// <summary>Makes a bridge with its addresses; if one of them is refused, there is no bridge either.</summary>
    /// <param name="spec">What it is to be like.</param>
    /// <param name="addresses">Its addresses with their prefix lengths.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>The bridge.</returns>
    /// <exception cref="NetworkException">As for <see cref="LinkOperations.Create"/>, and InvalidArgument for an
    /// address without a prefix length or given twice.</exception>
    public BridgeLink Create(
        BridgeSpec spec, IReadOnlyList<IPPrefix>? addresses = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(spec);
        spec.Validate();
        var specs = (addresses ?? []).Select(prefix => prefix.HasLength
            ? new AddressSpec(prefix) : throw LacksLength(prefix.Address, spec.Name)).ToList();
        specs.ForEach(address => address.Validate(spec.Name));
        var bridge = (BridgeLink)_stack.Links.Create(spec, cancellation);
        try
        {
            if (specs.Count > 0)
                _stack.Addresses.Create(bridge, specs, cancellation: CancellationToken.None);
            return bridge;
        }
        catch (Exception failure)
        {
            _stack.Links.Creation.RollBack(spec.Name, failure);
            throw;
        }
    }

    /// <summary>Changes a bridge's settings, all or none.</summary>
    /// <param name="name">The bridge.</param>
    /// <param name="settings">What to change.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <exception cref="NetworkException">LinkNotFound, NotSupported, InvalidArgument, PermissionDenied.</exception>
    public void Change(string name, BridgeSettings settings, CancellationToken cancellation = default)
        => _changes.Change(name, settings, cancellation);

    /// <summary>Lists ports.</summary>
    /// <param name="bridge">Only of this bridge; null for all.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The ports.</returns>
    /// <exception cref="NetworkException">LinkNotFound, or NotSupported for a link that is no bridge.</exception>
    public IReadOnlyList<BridgePort> ListPorts(string? bridge = null, CancellationToken cancellation = default)
    {
        if (bridge is not null)
            Require(bridge, cancellation);
        var links = _stack.Links.List(new LinkFilter { Master = bridge, SkipStatistics = true }, cancellation);
        return [.. links.Where(link => link.Data.PortSettings is not null).Select(AsPort)];
    }

    /// <summary>Reads one port.</summary>
    /// <param name="link">The port's interface name.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The port.</returns>
    /// <exception cref="NetworkException">LinkNotFound, or NotSupported for a link that is no bridge's
    /// port.</exception>
    public BridgePort GetPort(string link, CancellationToken cancellation = default)
        => AsPort(_stack.Links.Get(link, cancellation));

    /// <summary>Sees a link as a port.</summary>
    /// <param name="link">The link.</param>
    /// <returns>The port.</returns>
    /// <exception cref="NetworkException">NotSupported for a link that is no bridge's port.</exception>
    public static BridgePort AsPort(NetLink link)
    {
        ArgumentNullException.ThrowIfNull(link);
        return link.Data.PortSettings is { } settings
            ? new BridgePort(link, settings)
            : throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"'{link.Name}' is not a bridge's port"
                    + $"{(link.Master is null ? string.Empty : $", but one of '{link.Master}'")}.",
                link.Name)
            {
                Advice = [Advice.To(AdviceKind.Create, AdviceThing.Port, link.Namespace.Text, link.Name)],
            };
    }

    /// <summary>Makes a link a bridge's port. If a setting is refused, the link goes back to where it was.</summary>
    /// <param name="bridge">The bridge.</param>
    /// <param name="link">The link's name.</param>
    /// <param name="settings">The port's settings; null for the kernel's own.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>The port.</returns>
    /// <exception cref="NetworkException">LinkNotFound, NotSupported, ResourceBusy (a port of another bridge),
    /// PermissionDenied.</exception>
    public BridgePort AddPort(
        string bridge, string link, BridgePortSettings? settings = null, CancellationToken cancellation = default)
    {
        settings?.Validate(link);
        var master = Require(bridge, cancellation);
        var port = _stack.Links.Get(link, cancellation);
        if (port.MasterIndex != 0 && port.MasterIndex != master.Index)
        {
            throw new NetworkException(
                NetworkErrorCode.ResourceBusy,
                $"'{port.Name}' is a port of '{port.Master}' already.",
                port.Name)
            {
                Advice = [Advice.To(AdviceKind.Detach, AdviceThing.Link, _stack.Namespace.Text, port.Name)],
            };
        }

        cancellation.ThrowIfCancellationRequested();
        return Rollback.Run(undo =>
        {
            _stack.Links.Change(port, new LinkChange { Master = bridge });
            if (port.MasterIndex == 0)
            {
                undo.Add(
                    $"take '{link}' out of '{bridge}'",
                    () => _stack.Links.Change(port, new LinkChange { Master = string.Empty }));
            }

            if (settings is { IsEmpty: false })
                ChangePort(link, settings);
            return GetPort(link);
        });
    }

    /// <summary>Takes a port out of its bridge.</summary>
    /// <param name="link">The port's interface name.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <exception cref="NetworkException">LinkNotFound, NotSupported for a link that is no bridge's port,
    /// PermissionDenied.</exception>
    public void RemovePort(string link, CancellationToken cancellation = default)
        => _stack.Links.Change(
            GetPort(link, cancellation).Link, new LinkChange { Master = string.Empty }, cancellation);

    /// <summary>Changes a port's settings, all or none.</summary>
    /// <param name="link">The port's interface name.</param>
    /// <param name="settings">What to change.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <exception cref="NetworkException">LinkNotFound, NotSupported, InvalidArgument, PermissionDenied.</exception>
    public void ChangePort(string link, BridgePortSettings settings, CancellationToken cancellation = default)
        => _ports.Change(link, settings, cancellation);

    /// <summary>Lists VLANs of bridges and their ports.</summary>
    /// <param name="bridge">Only of this bridge and its ports; null for all.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>One object for each VLAN of each link.</returns>
    /// <exception cref="NetworkException">LinkNotFound, or NotSupported for a link that is no bridge.</exception>
    public IReadOnlyList<BridgeVlan> ListVlans(string? bridge = null, CancellationToken cancellation = default)
        => _vlans.List(bridge, cancellation);

    /// <summary>Adds VLANs to a bridge's port, or to the bridge itself. If the kernel refuses one, those that were new
    /// go again.</summary>
    /// <param name="link">The port, or the bridge.</param>
    /// <param name="ranges">The VLANs.</param>
    /// <param name="pvid">Frames that come in untagged belong to it; for one VLAN alone.</param>
    /// <param name="untagged">Its frames go out untagged.</param>
    /// <param name="tunnelId">The network of a VXLAN link that the VLAN stands for, 1 to 16777215; that of the first
    /// one of a range, as they follow one another. Null for none.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>The VLANs, read back.</returns>
    /// <exception cref="NetworkException">LinkNotFound, InvalidArgument, NotSupported (no bridge's port, or a kernel
    /// without VLAN filtering), PermissionDenied.</exception>
    public IReadOnlyList<BridgeVlan> AddVlan(
        string link,
        IReadOnlyList<VlanRange> ranges,
        bool pvid = false,
        bool untagged = false,
        long? tunnelId = null,
        CancellationToken cancellation = default)
        => _vlans.Add(link, ranges, pvid, untagged, tunnelId, cancellation);

    /// <summary>Changes what VLANs have on a bridge's port, or on the bridge itself, all or none.</summary>
    /// <param name="link">The port, or the bridge.</param>
    /// <param name="ranges">The VLANs: one by itself has to be there, and of a range those are meant that are there.
    /// </param>
    /// <param name="settings">What to change.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <exception cref="NetworkException">LinkNotFound, ObjectNotFound (no such VLAN), InvalidArgument, NotSupported
    /// (no bridge's port, or a kernel without the setting), ResourceBusy (a state, while a spanning tree decides),
    /// PermissionDenied.</exception>
    public void ChangeVlan(
        string link,
        IReadOnlyList<VlanRange> ranges,
        BridgeVlanSettings settings,
        CancellationToken cancellation = default)
        => _vlanOptions.Change(link, ranges, settings, cancellation);

    /// <summary>Lists what whole VLANs have on bridges.</summary>
    /// <param name="bridge">Only of this bridge; null for all.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>One object for each VLAN that a bridge or a port of it has.</returns>
    /// <exception cref="NetworkException">LinkNotFound, or NotSupported for a link that is no bridge.</exception>
    public IReadOnlyList<BridgeVlanGlobal> ListVlanGlobals(
        string? bridge = null, CancellationToken cancellation = default)
        => _vlanGlobals.List(bridge, cancellation);

    /// <summary>Changes what whole VLANs have on a bridge and all its ports, all or none.</summary>
    /// <param name="bridge">The bridge.</param>
    /// <param name="ranges">The VLANs: one by itself has to be there, and of a range those are meant that are there.
    /// </param>
    /// <param name="settings">What to change.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <exception cref="NetworkException">LinkNotFound, ObjectNotFound (no such VLAN), InvalidArgument, NotSupported
    /// (no bridge, or a kernel without the setting), PermissionDenied.</exception>
    public void ChangeVlanGlobal(
        string bridge,
        IReadOnlyList<VlanRange> ranges,
        BridgeVlanGlobalSettings settings,
        CancellationToken cancellation = default)
        => _vlanGlobals.Change(bridge, ranges, settings, cancellation);

    /// <summary>Removes VLANs from a bridge's port, or from the bridge itself.</summary>
    /// <param name="link">The port, or the bridge.</param>
    /// <param name="ranges">The VLANs; what is not there is left out.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <exception cref="NetworkException">LinkNotFound, ObjectNotFound (none of them is there), NotSupported,
    /// PermissionDenied.</exception>
    public void RemoveVlan(
        string link, IReadOnlyList<VlanRange> ranges, CancellationToken cancellation = default)
        => _vlans.Remove(link, ranges, cancellation);

    /// <summary>Lists forwarding tables.</summary>
    /// <param name="bridge">Only of this bridge, its ports and the tables of those; null for all.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The entries.</returns>
    /// <exception cref="NetworkException">LinkNotFound, or NotSupported for a link that is no bridge.</exception>
    public IReadOnlyList<BridgeFdbEntry> ListFdb(string? bridge = null, CancellationToken cancellation = default)
        => _fdb.List(bridge, cancellation);

    /// <summary>Adds an entry to a forwarding table.</summary>
    /// <param name="spec">The entry.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>The entry, read back.</returns>
    /// <exception cref="NetworkException">LinkNotFound, ObjectExists, InvalidArgument, NotSupported (a link without a
    /// table), PermissionDenied.</exception>
    public BridgeFdbEntry AddFdbEntry(BridgeFdbSpec spec, CancellationToken cancellation = default)
        => _fdb.Add(spec, cancellation);

    /// <summary>Removes an entry of a forwarding table; one without a VLAN with its copies in the port's VLANs. Other
    /// entries that the kernel takes along come back.</summary>
    /// <param name="entry">The entry, as read from this stack.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <exception cref="NetworkException">ObjectNotFound, NotSupported, PermissionDenied.</exception>
    public void RemoveFdbEntry(BridgeFdbEntry entry, CancellationToken cancellation = default)
        => _fdb.Remove(entry, cancellation);

    /// <summary>Lists multicast tables: which ports get which groups.</summary>
    /// <param name="bridge">Only of this bridge; null for all.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>One entry for each port, group, VLAN and sender.</returns>
    /// <exception cref="NetworkException">LinkNotFound, or NotSupported for a link that is no bridge.</exception>
    public IReadOnlyList<BridgeMdbEntry> ListMdb(string? bridge = null, CancellationToken cancellation = default)
        => _mdb.List(bridge, cancellation);

    /// <summary>Lists the ports that routers of multicast are behind.</summary>
    /// <param name="bridge">Only of this bridge; null for all.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>One object for each port, and for each of its VLANs where the bridge snoops for each VLAN.</returns>
    /// <exception cref="NetworkException">LinkNotFound, or NotSupported for a link that is no bridge.</exception>
    public IReadOnlyList<BridgeMulticastRouterPort> ListMulticastRouters(
        string? bridge = null, CancellationToken cancellation = default)
        => _mdb.ListRouters(bridge, cancellation);

    /// <summary>Adds a port, or a bridge itself, to a multicast group. If the kernel refuses it in one of the port's
    /// VLANs, it is in none.</summary>
    /// <param name="spec">The entry.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>The entry, read back; without a VLAN on a bridge that looks at tags, one for each VLAN.</returns>
    /// <exception cref="NetworkException">LinkNotFound, ObjectExists, InvalidArgument, NotSupported (no bridge's
    /// port), PermissionDenied.</exception>
    public IReadOnlyList<BridgeMdbEntry> AddMdbEntry(BridgeMdbSpec spec, CancellationToken cancellation = default)
        => _mdb.Add(spec, cancellation);

    /// <summary>Takes a port, or a bridge itself, out of a multicast group.</summary>
    /// <param name="entry">The entry, as read from this stack.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <exception cref="NetworkException">ObjectNotFound, NotSupported, PermissionDenied.</exception>
    public void RemoveMdbEntry(BridgeMdbEntry entry, CancellationToken cancellation = default)
        => _mdb.Remove(entry, cancellation);

    private static NetworkException LacksLength(IPAddress address, string bridge) => new(
        NetworkErrorCode.InvalidArgument,
        $"{address} for bridge '{bridge}' lacks its network's prefix length: write it as "
            + $"{address}/{(address.AddressFamily == AddressFamily.InterNetwork ? 24 : 64)}.",
        address.ToString());

    /// <summary>Reads a bridge, or a bridge's port.</summary>
    /// <exception cref="NetworkException">LinkNotFound, or NotSupported for a link that is neither.</exception>
    internal NetLink RequireMember(string name, CancellationToken cancellation)
    {
        var link = _stack.Links.Get(name, cancellation);
        return link is BridgeLink || link.Data.PortKind == "bridge"
            ? link
            : throw new NetworkException(
                NetworkErrorCode.NotSupported, $"'{link.Name}' is neither a bridge nor a bridge's port.", link.Name)
            {
                Advice = [Advice.To(AdviceKind.Create, AdviceThing.Port, _stack.Namespace.Text, link.Name)],
            };
    }

    /// <summary>Reads a bridge without its ports.</summary>
    /// <exception cref="NetworkException">LinkNotFound, or NotSupported for a link that is no bridge.</exception>
    internal BridgeLink Require(string name, CancellationToken cancellation)
        => (_stack.Links.Find(name, cancellation)
            ?? throw _stack.Links.NotFound(name, AdviceThing.Bridge)) as BridgeLink
        ?? throw new NetworkException(NetworkErrorCode.NotSupported, $"'{name}' is not a bridge.", name)
        {
            Advice = [Advice.List(AdviceThing.Bridge, _stack.Namespace.Text)],
        };
}

/// <summary>Gives a stack its <see cref="BridgeOperations"/>.</summary>
public static class BridgeOperationsOfStack
{
    extension(NetworkStack stack)
    {
        /// <summary>Bridges and their ports.</summary>
        public BridgeOperations Bridges => stack.Operations<BridgeOperations>();
    }
}
