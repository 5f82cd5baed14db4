using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Bridges;

/// <summary>Forwarding tables of the bridges and VXLAN links of one namespace.</summary>
internal sealed class BridgeFdb(NetworkStack stack)
{
    private const byte NTF_SELF = 2, NTF_MASTER = 4, NTF_EXT_LEARNED = 0x10, NTF_STICKY = 0x40;
    private const ushort NUD_REACHABLE = 2, NUD_NOARP = 0x40, NUD_PERMANENT = 0x80;
    private const int EOPNOTSUPP = 95;

    /// <inheritdoc cref="BridgeOperations.ListFdb"/>
    public IReadOnlyList<BridgeFdbEntry> List(string? bridge, CancellationToken cancellation)
    {
        var master = bridge is null ? 0 : stack.Bridges.Require(bridge, cancellation).Index;
        var links = stack.Links.List(new LinkFilter { SkipStatistics = true }, cancellation)
            .ToDictionary(link => link.Index);
        using var request = new NetlinkRequest(Rtm.GetNeigh).Header(new NdMsg { Family = Af.Bridge });
        var entries = stack.DumpListening(
            request,
            reply => Read(reply, links, master),
            entry => (
                entry.InterfaceIndex, entry.MacAddress, entry.VlanId, entry.Self, entry.Destination, entry.Port,
                entry.Vni, entry.SourceVni, entry.DeviceIndex),
            type => type == Rtm.DelNeigh,
            [RtnlGroup.Neigh],
            cancellation);
        var inVlans = entries.Where(entry => !entry.Self && entry.VlanId is not null)
            .Select(entry => (entry.InterfaceIndex, entry.MacAddress)).ToHashSet();
        entries.ForEach(entry => entry.MayHaveTwins = inVlans.Contains((entry.InterfaceIndex, entry.MacAddress)));
        return entries;
    }

    /// <inheritdoc cref="BridgeOperations.AddFdbEntry"/>
    public BridgeFdbEntry Add(BridgeFdbSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        spec.Validate();
        var link = stack.Links.Get(spec.Link);
        var self = spec.Self ?? (spec.Destination is not null
            || LinkKinds.Find(link.Kind)?.HasForwardingTable == true || link.MasterIndex == 0);
        if (!self && link.MasterIndex == 0)
        {
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"'{link.Name}' is not a bridge's port; only a table of its own could have the entry.",
                link.Name)
            {
                Advice =
                [
                    Advice.To(AdviceKind.Create, AdviceThing.Port, stack.Namespace.Text, link.Name),
                    Advice.OverrideBy(nameof(spec.Self)),
                ],
            };
        }

        var device = spec.Device is null ? 0 : stack.Links.IndexOf(spec.Device);
        var destination = spec.Destination is null ? null
            : IP.Unscoped(spec.Destination, device == 0 ? link.ParentIndex : device);
        var mode = spec.Append ? NetlinkFlags.Append : spec.Replace ? NetlinkFlags.Replace : NetlinkFlags.Exclusive;
        using var request = new NetlinkRequest(Rtm.NewNeigh, NetlinkFlags.Create | mode)
            .Header(new NdMsg
            {
                Family = Af.Bridge,
                Index = link.Index,
                State = StateOf(spec.Type ?? (self ? BridgeFdbType.Permanent : BridgeFdbType.Static)),
                Flags = (byte)((self ? NTF_SELF : NTF_MASTER) | (spec.Sticky ? NTF_STICKY : 0)),
            })
            .Put(Nda.LlAddr, spec.MacAddress.ToArray());
        PutDestination(request, spec.VlanId, destination, spec.Port, spec.Vni, device);
        try
        {
            stack.Route.Execute(request);
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(
                e,
                $"add a forwarding entry for {spec.MacAddress} to '{link.Name}'",
                spec.MacAddress.ToString(),
                exists: NetworkErrorCode.ObjectExists,
                hint: RefusalHint(spec, link, e.Errno));
        }

        return List(null, CancellationToken.None)
            .Where(entry => entry.InterfaceIndex == link.Index && entry.MacAddress.Equals(spec.MacAddress)
                && entry.Self == self && entry.VlanId == spec.VlanId
                && (destination is null || destination.Equals(entry.Destination)))
            // What is as the VXLAN link has it is not told.
            .MaxBy(entry => (entry.Port == spec.Port ? 1 : 0) + (entry.Vni == spec.Vni ? 1 : 0)
                + (entry.DeviceIndex == device ? 1 : 0))
            ?? throw new NetworkException(
                NetworkErrorCode.ObjectNotFound,
                $"The forwarding entry for {spec.MacAddress} on '{link.Name}' went away as soon as it was there.",
                spec.MacAddress.ToString());
    }

    /// <inheritdoc cref="BridgeOperations.RemoveFdbEntry"/>
    public void Remove(BridgeFdbEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        List<BridgeFdbEntry> twins = entry is { MayHaveTwins: true, Self: false, VlanId: null }
            ? [.. List(null, CancellationToken.None).Where(entry.TakesAlong)] : [];
        using var request = new NetlinkRequest(Rtm.DelNeigh)
            .Header(new NdMsg
            {
                Family = Af.Bridge,
                Index = entry.InterfaceIndex,
                State = NUD_PERMANENT,
                Flags = entry.Self ? NTF_SELF : NTF_MASTER,
            })
            .Put(Nda.LlAddr, entry.MacAddress.ToArray());
        PutDestination(request, entry.VlanId, entry.Destination, entry.Port, entry.Vni, entry.DeviceIndex);
        if (entry.SourceVni is { } source)
            request.Put(Nda.SrcVni, (uint)source);
        try
        {
            stack.Route.Execute(request);
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(
                e,
                $"remove the forwarding entry for {entry.MacAddress} from '{entry.InterfaceAlias}'",
                entry.MacAddress.ToString(),
                notFound: NetworkErrorCode.ObjectNotFound);
        }

        Rollback.Each(twins.Select(twin => new RollbackStep(
            $"put the forwarding entry for {twin.MacAddress} back on '{twin.InterfaceAlias}'", () => Restore(twin))));
    }

    private BridgeFdbEntry? Read(NetlinkReply reply, Dictionary<int, NetLink> links, int master)
    {
        if (reply.Type != Rtm.NewNeigh)
            return null;
        var attributes = reply.Read<NdMsg>(out var header);
        if (header.Family != Af.Bridge || !attributes.TryFind(Nda.LlAddr, out var address) || address.Value.Length != 6)
            return null;
        if (master != 0 && header.Index != master
            && !(links.TryGetValue(header.Index, out var owned) && owned.MasterIndex == master))
            return null;
        NeighborCacheInfo? cache
            = attributes.TryFind(Nda.CacheInfo, out var info) ? info.AsStruct<NeighborCacheInfo>() : null;
        return new BridgeFdbEntry
        {
            MacAddress = new MacAddress(address.Value),
            InterfaceAlias = NameOf(header.Index),
            InterfaceIndex = header.Index,
            Bridge = attributes.TryFind(Nda.Master, out var owner) ? NameOf(owner.AsInt32()) : null,
            Type = (header.State & NUD_PERMANENT) != 0 ? BridgeFdbType.Permanent
                : (header.State & NUD_NOARP) != 0 ? BridgeFdbType.Static : BridgeFdbType.Dynamic,
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
            Namespace = stack.Namespace,
        };

        string NameOf(int index) => links.TryGetValue(index, out var link) ? link.Name : $"if{index}";
    }

    private Hint? RefusalHint(BridgeFdbSpec spec, NetLink link, int errno) => errno switch
    {
        Native.LibC.EEXIST => new Hint(
            "The table has an entry for the address already.",
            Advice.OverrideBy(nameof(spec.Replace)),
            Advice.To(AdviceKind.Remove, AdviceThing.ForwardingEntry, stack.Namespace.Text)),
        EOPNOTSUPP when spec.Destination is not null
            => $"A destination takes a VXLAN link, and '{link.Name}' is a {link.Kind} link.",
        EOPNOTSUPP
            => $"'{link.Name}' ({link.Kind}) has no forwarding table of its own; add the entry to a bridge's port.",
        Native.LibC.EINVAL when spec.VlanId is not null => new Hint(
            $"The port must carry VLAN {spec.VlanId} first.",
            Advice.To(
                AdviceKind.Create,
                AdviceThing.PortVlan,
                stack.Namespace.Text,
                link.Name,
                (nameof(spec.VlanId), $"{spec.VlanId}"))),
        _ => null,
    };

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
            stack.Route.Execute(request);
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(
                e,
                $"put the forwarding entry for {entry.MacAddress} back on '{entry.InterfaceAlias}'",
                entry.MacAddress.ToString());
        }
    }

    private static ushort StateOf(BridgeFdbType type) => type switch
    {
        BridgeFdbType.Permanent => NUD_PERMANENT,
        BridgeFdbType.Static => NUD_NOARP | NUD_REACHABLE,
        _ => NUD_REACHABLE,
    };

    private static void PutDestination(
        NetlinkRequest request, int? vlan, IPAddress? destination, int? port, int? vni, int device)
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
