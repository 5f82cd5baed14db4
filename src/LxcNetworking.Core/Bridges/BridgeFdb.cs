using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Bridges;

/// <summary>How long an entry of a forwarding table lives (NUD_* of linux/neighbour.h).</summary>
public enum BridgeFdbType
{
    /// <summary>It ages like a learned one.</summary>
    Dynamic,

    /// <summary>It stays until it is removed.</summary>
    Static,

    /// <summary>It stays; on a bridge's port it also means that the address is the host's own, so that frames to it are not forwarded.</summary>
    Permanent,
}

/// <summary>An entry of a bridge's or VXLAN link's forwarding table, as it was when it was read.</summary>
public sealed class BridgeFdbEntry
{
    // Not public, as PowerShell would make an entry of whatever has some of its properties.
    internal BridgeFdbEntry()
    {
    }

    /// <summary>The Ethernet address; all zero for the hosts that a VXLAN link floods to.</summary>
    public required MacAddress MacAddress { get; init; }

    /// <summary>The link that leads to it.</summary>
    public required string InterfaceAlias { get; init; }

    /// <summary>That link's index.</summary>
    public required int InterfaceIndex { get; init; }

    /// <summary>The bridge whose table has the entry; null if it is in the link's own table.</summary>
    public string? Bridge { get; init; }

    /// <summary>How long it lives.</summary>
    public BridgeFdbType Type { get; init; }

    /// <summary>True if it is in the link's own table, not in its bridge's.</summary>
    public bool Self { get; init; }

    /// <summary>The VLAN, or null.</summary>
    public int? VlanId { get; init; }

    /// <summary>The host behind a VXLAN link, or null.</summary>
    public IPAddress? Destination { get; init; }

    /// <summary>The UDP port where it differs from the VXLAN link's, or null.</summary>
    public int? Port { get; init; }

    /// <summary>The VNI where it differs from the VXLAN link's, or null.</summary>
    public int? Vni { get; init; }

    /// <summary>The VNI that frames come from where a VXLAN link carries several, or null.</summary>
    public int? SourceVni { get; init; }

    /// <summary>The index of the link that leads to the host, or 0.</summary>
    public int DeviceIndex { get; init; }

    /// <summary>True if a program learned it elsewhere.</summary>
    public bool External { get; init; }

    /// <summary>True if the address cannot move to another port.</summary>
    public bool Sticky { get; init; }

    /// <summary>The time since a frame was sent to it; null where the kernel does not tell.</summary>
    public Duration? Used { get; init; }

    /// <summary>The time since a frame came from it; null where the kernel does not tell.</summary>
    public Duration? Updated { get; init; }

    /// <summary>The namespace that it was read from.</summary>
    public required NamespaceReference Namespace { get; init; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <summary>False if the list that it was read with has no entry for the same address in a VLAN of the same port.</summary>
    internal bool MayHaveTwins { get; set; } = true;

    /// <summary>True for an entry of a VLAN that is not this one's copy: the kernel makes, and removes, an entry without a VLAN for each VLAN of the port.</summary>
    internal bool TakesAlong(BridgeFdbEntry other) => !other.Self && other.VlanId is not null && InterfaceIndex == other.InterfaceIndex && MacAddress.Equals(other.MacAddress)
        && (Type, Sticky, External) != (other.Type, other.Sticky, other.External);

    /// <inheritdoc/>
    public override string ToString() => MacAddress.ToString();
}

/// <summary>A new entry for a forwarding table.</summary>
/// <param name="link">The bridge's port, the bridge itself, or a VXLAN link.</param>
/// <param name="macAddress">The address; all zero for a host that a VXLAN link floods to.</param>
public sealed class BridgeFdbSpec(string link, MacAddress macAddress)
{
    /// <summary>The link.</summary>
    public string Link { get; } = link;

    /// <summary>The address.</summary>
    public MacAddress MacAddress { get; } = macAddress;

    /// <summary>How long it lives; null for Static in a bridge's table and Permanent in a link's own.</summary>
    public BridgeFdbType? Type { get; init; }

    /// <summary>The link's own table (true) or its bridge's (false); null for its own if it is a VXLAN link or no port, else its bridge's.</summary>
    public bool? Self { get; init; }

    /// <summary>The VLAN.</summary>
    public int? VlanId { get; init; }

    /// <summary>The host behind a VXLAN link.</summary>
    public IPAddress? Destination { get; init; }

    /// <summary>The UDP port, where it is not the VXLAN link's.</summary>
    public int? Port { get; init; }

    /// <summary>The VNI, where it is not the VXLAN link's.</summary>
    public int? Vni { get; init; }

    /// <summary>The link that leads to the host.</summary>
    public string? Device { get; init; }

    /// <summary>The address cannot move to another port.</summary>
    public bool Sticky { get; init; }

    /// <summary>Adds a further host to an address that has one.</summary>
    public bool Append { get; init; }

    /// <summary>Takes the place of an entry for the same address.</summary>
    public bool Replace { get; init; }

    internal void Validate()
    {
        if (VlanId is { } vlan)
            VlanSpec.CheckId(vlan, Link);
        var problem = this switch
        {
            { Vni: < 0 or >= 1 << 24 } => $"{Vni} is no VNI: it has 24 bits, so 0 to 16777215 are",
            { Port: < 1 or > 65535 } => $"{Port} is no UDP port: 1 to 65535 are",
            { Destination: null, Port: not null } or { Destination: null, Vni: not null } or { Destination: null, Device: not null } => "a port, VNI or device goes with a destination, the host behind a VXLAN link",
            { MacAddress.IsZero: true, Destination: null } => "an all-zero address stands for flooding and needs a destination, the host to flood to",
            { Append: true, Replace: true } => "it cannot both be added to others and take their place",
            _ => null,
        };
        if (problem is not null)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, $"The forwarding entry for {MacAddress} on '{KernelText.Printable(Link)}' cannot be: {problem}.", MacAddress.ToString());
    }
}

public sealed partial class BridgeOperations
{
    private const byte NTF_SELF = 2, NTF_MASTER = 4, NTF_EXT_LEARNED = 0x10, NTF_STICKY = 0x40;
    private const ushort NUD_REACHABLE = 2, NUD_NOARP = 0x40, NUD_PERMANENT = 0x80;

    /// <summary>Lists forwarding tables.</summary>
    /// <param name="bridge">Only of this bridge, its ports and the tables of those; null for all.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The entries.</returns>
    /// <exception cref="NetworkException">LinkNotFound, or NotSupported for a link that is no bridge.</exception>
    public IReadOnlyList<BridgeFdbEntry> ListFdb(string? bridge = null, CancellationToken cancellation = default)
    {
        var master = bridge is null ? 0 : Require(bridge, cancellation).Index;
        var links = _stack.Links.List(new LinkFilter { SkipStatistics = true }, cancellation).ToDictionary(link => link.Index);
        string NameOf(int index) => links.TryGetValue(index, out var link) ? link.Name : $"if{index}";

        using var request = new NetlinkRequest(Rtm.GetNeigh).Header(new NdMsg { Family = Af.Bridge });
        var entries = _stack.DumpListening(
            request,
            reply =>
            {
                if (reply.Type != Rtm.NewNeigh)
                    return null;
                var attributes = reply.Read<NdMsg>(out var header);
                if (header.Family != Af.Bridge || !attributes.TryFind(Nda.LlAddr, out var address) || address.Value.Length != 6)
                    return null;
                if (master != 0 && header.Index != master && !(links.TryGetValue(header.Index, out var link) && link.MasterIndex == master))
                    return null;
                NeighborCacheInfo? cache = attributes.TryFind(Nda.CacheInfo, out var info) ? info.AsStruct<NeighborCacheInfo>() : null;
                return new BridgeFdbEntry
                {
                    MacAddress = new MacAddress(address.Value),
                    InterfaceAlias = NameOf(header.Index),
                    InterfaceIndex = header.Index,
                    Bridge = attributes.TryFind(Nda.Master, out var owner) ? NameOf(owner.AsInt32()) : null,
                    Type = (header.State & NUD_PERMANENT) != 0 ? BridgeFdbType.Permanent : (header.State & NUD_NOARP) != 0 ? BridgeFdbType.Static : BridgeFdbType.Dynamic,
                    Self = (header.Flags & NTF_SELF) != 0,
                    External = (header.Flags & NTF_EXT_LEARNED) != 0,
                    Sticky = (header.Flags & NTF_STICKY) != 0,
                    VlanId = attributes.TryFind(Nda.Vlan, out var vlan) ? vlan.AsUInt16() : null,
                    Destination = attributes.TryFind(Nda.Dst, out var host) ? IP.Read(host) : null,
                    Port = attributes.TryFind(Nda.Port, out var port) ? port.AsUInt16BigEndian() : null,
                    Vni = attributes.TryFind(Nda.Vni, out var vni) ? (int)vni.AsUInt32() : null,
                    SourceVni = attributes.TryFind(Nda.SrcVni, out var sourceVni) ? (int)sourceVni.AsUInt32() : null,
                    DeviceIndex = attributes.TryFind(Nda.IfIndex, out var device) ? device.AsInt32() : 0,
                    Used = cache is { } used ? TimeSpan.FromMilliseconds(used.Used * 10.0) : null,
                    Updated = cache is { } updated ? TimeSpan.FromMilliseconds(updated.Updated * 10.0) : null,
                    Namespace = _stack.Namespace,
                };
            },
            entry => (
                entry.InterfaceIndex, entry.MacAddress, entry.VlanId, entry.Self, entry.Destination, entry.Port,
                entry.Vni, entry.SourceVni, entry.DeviceIndex),
            type => type == Rtm.DelNeigh,
            [RtnlGroup.Neigh],
            cancellation);
        var inVlans = entries.Where(entry => !entry.Self && entry.VlanId is not null).Select(entry => (entry.InterfaceIndex, entry.MacAddress)).ToHashSet();
        entries.ForEach(entry => entry.MayHaveTwins = inVlans.Contains((entry.InterfaceIndex, entry.MacAddress)));
        return entries;
    }

    /// <summary>Adds an entry to a forwarding table.</summary>
    /// <param name="spec">The entry.</param>
    /// <returns>The entry, read back.</returns>
    /// <exception cref="NetworkException">LinkNotFound, ObjectExists, InvalidArgument, NotSupported (a link without a table), PermissionDenied.</exception>
    public BridgeFdbEntry AddFdbEntry(BridgeFdbSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        spec.Validate();
        var link = _stack.Links.Get(spec.Link);
        var self = spec.Self ?? (spec.Destination is not null || LinkKinds.Find(link.Kind)?.HasForwardingTable == true || link.MasterIndex == 0);
        if (!self && link.MasterIndex == 0)
            throw new NetworkException(NetworkErrorCode.NotSupported, $"'{link.Name}' is not a bridge's port; only a table of its own could have the entry.", link.Name)
            {
                Advice =
                [
                    Advice.To(AdviceKind.Create, AdviceThing.Port, _stack.Namespace.Text, link.Name),
                    Advice.OverrideBy(nameof(spec.Self)),
                ],
            };
        var device = spec.Device is null ? 0 : _stack.Links.IndexOf(spec.Device);
        var destination = spec.Destination is null ? null : IP.Unscoped(spec.Destination, device == 0 ? link.ParentIndex : device);
        var type = spec.Type ?? (self ? BridgeFdbType.Permanent : BridgeFdbType.Static);
        using var request = new NetlinkRequest(Rtm.NewNeigh, NetlinkFlags.Create | (spec.Append ? NetlinkFlags.Append : spec.Replace ? NetlinkFlags.Replace : NetlinkFlags.Exclusive))
            .Header(new NdMsg
            {
                Family = Af.Bridge,
                Index = link.Index,
                State = StateOf(type),
                Flags = (byte)((self ? NTF_SELF : NTF_MASTER) | (spec.Sticky ? NTF_STICKY : 0)),
            })
            .Put(Nda.LlAddr, spec.MacAddress.ToArray());
        PutDestination(request, spec.VlanId, destination, spec.Port, spec.Vni, device);
        try
        {
            _stack.Route.Execute(request);
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(
                e, $"add a forwarding entry for {spec.MacAddress} to '{link.Name}'", spec.MacAddress.ToString(), exists: NetworkErrorCode.ObjectExists,
                hint: e.Errno switch
                {
                    Native.LibC.EEXIST => new Hint(
                        "The table has an entry for the address already.",
                        Advice.OverrideBy(nameof(spec.Replace)),
                        Advice.To(AdviceKind.Remove, AdviceThing.ForwardingEntry, _stack.Namespace.Text)),
                    95 when spec.Destination is not null => $"A destination takes a VXLAN link, and '{link.Name}' is a {link.Kind} link.",
                    95 => $"'{link.Name}' ({link.Kind}) has no forwarding table of its own; add the entry to a bridge's port.",
                    Native.LibC.EINVAL when spec.VlanId is not null => new Hint(
                        $"The port must carry VLAN {spec.VlanId} first.",
                        Advice.To(
                            AdviceKind.Create,
                            AdviceThing.PortVlan,
                            _stack.Namespace.Text,
                            link.Name,
                            (nameof(spec.VlanId), $"{spec.VlanId}"))),
                    _ => null,
                });
        }

        return ListFdb().Where(entry => entry.InterfaceIndex == link.Index && entry.MacAddress.Equals(spec.MacAddress) && entry.Self == self
                && entry.VlanId == spec.VlanId && (destination is null || destination.Equals(entry.Destination)))
            // What is as the VXLAN link has it is not told.
            .MaxBy(entry => (entry.Port == spec.Port ? 1 : 0) + (entry.Vni == spec.Vni ? 1 : 0) + (entry.DeviceIndex == device ? 1 : 0))
            ?? throw new NetworkException(NetworkErrorCode.ObjectNotFound, $"The forwarding entry for {spec.MacAddress} on '{link.Name}' went away as soon as it was there.", spec.MacAddress.ToString());
    }

    /// <summary>Removes an entry of a forwarding table; one without a VLAN with its copies in the port's VLANs. Other entries that the kernel takes along come back.</summary>
    /// <param name="entry">The entry, as read from this stack.</param>
    /// <exception cref="NetworkException">ObjectNotFound, NotSupported, PermissionDenied.</exception>
    public void RemoveFdbEntry(BridgeFdbEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        List<BridgeFdbEntry> twins = entry.MayHaveTwins && !entry.Self && entry.VlanId is null ? [.. ListFdb().Where(entry.TakesAlong)] : [];
        using var request = new NetlinkRequest(Rtm.DelNeigh)
            .Header(new NdMsg { Family = Af.Bridge, Index = entry.InterfaceIndex, State = NUD_PERMANENT, Flags = entry.Self ? NTF_SELF : NTF_MASTER })
            .Put(Nda.LlAddr, entry.MacAddress.ToArray());
        PutDestination(request, entry.VlanId, entry.Destination, entry.Port, entry.Vni, entry.DeviceIndex);
        if (entry.SourceVni is { } source)
            request.Put(Nda.SrcVni, (uint)source);
        try
        {
            _stack.Route.Execute(request);
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(e, $"remove the forwarding entry for {entry.MacAddress} from '{entry.InterfaceAlias}'", entry.MacAddress.ToString(), notFound: NetworkErrorCode.ObjectNotFound);
        }

        Rollback.Each(twins.Select(twin => new RollbackStep(
            $"put the forwarding entry for {twin.MacAddress} back on '{twin.InterfaceAlias}'", () => Restore(twin))));
    }

    private void Restore(BridgeFdbEntry entry)
    {
        using var request = new NetlinkRequest(Rtm.NewNeigh, NetlinkFlags.Create | NetlinkFlags.Replace)
            .Header(new NdMsg
            {
                Family = Af.Bridge,
                Index = entry.InterfaceIndex,
                State = StateOf(entry.Type),
                Flags = (byte)(NTF_MASTER | (entry.Sticky ? NTF_STICKY : 0) | (entry.External ? NTF_EXT_LEARNED : 0)),
            })
            .Put(Nda.LlAddr, entry.MacAddress.ToArray());
        PutDestination(request, entry.VlanId, null, null, null, 0);
        try
        {
            _stack.Route.Execute(request);
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(e, $"put the forwarding entry for {entry.MacAddress} back on '{entry.InterfaceAlias}'", entry.MacAddress.ToString());
        }
    }

    private static ushort StateOf(BridgeFdbType type) => type switch
    {
        BridgeFdbType.Permanent => NUD_PERMANENT,
        BridgeFdbType.Static => NUD_NOARP | NUD_REACHABLE,
        _ => NUD_REACHABLE,
    };

    private static void PutDestination(NetlinkRequest request, int? vlan, IPAddress? destination, int? port, int? vni, int device)
    {
        if (device != 0)
            request.Put(Nda.IfIndex, device);
        if (vlan is { } id)
            request.Put(Nda.Vlan, (ushort)id);
        if (destination is not null)
            request.Put(Nda.Dst, destination.GetAddressBytes());
        if (port is { } udp)
            request.PutBigEndian(Nda.Port, (ushort)udp);
        if (vni is { } identifier)
            request.Put(Nda.Vni, (uint)identifier);
    }
}
