using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Bridges;

/// <summary>Forwarding tables of the bridges and VXLAN links of one namespace.</summary>
internal sealed class BridgeFdb(NetworkStack stack)
{

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
                entry.Vni, entry.SourceVni, entry.DeviceIndex, entry.NextHopId),
            type => type == Rtm.DelNeigh,
            [RtnlGroup.Neigh],
            cancellation);
        var inVlans = entries.Where(entry => !entry.Self && entry.VlanId is not null)
            .Select(entry => (entry.InterfaceIndex, entry.MacAddress)).ToHashSet();
        entries.ForEach(entry => entry.MayHaveTwins = inVlans.Contains((entry.InterfaceIndex, entry.MacAddress)));
        return entries;
    }

    /// <inheritdoc cref="BridgeOperations.AddFdbEntry"/>
    public BridgeFdbEntry Add(BridgeFdbSpec spec, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(spec);
        spec.Validate();
        var link = stack.Links.Get(spec.Link, cancellation);
        var self = spec.Self ?? (spec.Destination is not null || spec.NextHopId is not null
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

        var device = spec.Device is null ? 0 : stack.Links.IndexOf(spec.Device, cancellation);
        var destination = spec.Destination is null ? null
            : IP.Unscoped(spec.Destination, device == 0 ? link.ParentIndex : device);
        var mode = spec.Append ? NetlinkFlags.Append : spec.Replace ? NetlinkFlags.Replace : NetlinkFlags.Exclusive;
        var entry = new BridgeFdbEntry(spec.MacAddress, stack.Namespace)
        {
            InterfaceIndex = link.Index,
            Type = spec.Type ?? (self ? BridgeFdbType.Permanent : BridgeFdbType.Static),
            Self = self,
            Sticky = spec.Sticky,
            VlanId = spec.VlanId,
            Destination = destination,
            Port = spec.Port,
            Vni = spec.Vni,
            SourceVni = spec.SourceVni,
            NextHopId = spec.NextHopId,
            Device = device == 0 ? null : device,
        };
        cancellation.ThrowIfCancellationRequested();
        using var request = entry.Addition(mode);
        try
        {
            stack.Route.Execute(request, cancellation: CancellationToken.None);
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

        return ReadBack(entry, device) ?? throw NotThere(spec, link);
    }

    // The kernel ignores a further host of one station without a word.
    private static NetworkException NotThere(BridgeFdbSpec spec, NetLink link)
        => spec is { Append: true, MacAddress: { IsZero: false, IsMulticast: false } }
            ? new NetworkException(
                NetworkErrorCode.ObjectExists,
                $"'{link.Name}' leads {spec.MacAddress} to a host already, and only frames for the all-zero address or "
                    + "a group's go to several.",
                spec.MacAddress.ToString())
            {
                Advice = [Advice.OverrideBy(nameof(spec.Replace))],
            }
            : new NetworkException(
                NetworkErrorCode.ObjectNotFound,
                $"The forwarding entry for {spec.MacAddress} on '{link.Name}' went away as soon as it was there.",
                spec.MacAddress.ToString());

    private BridgeFdbEntry? ReadBack(BridgeFdbEntry entry, int device) => List(null, CancellationToken.None)
        .Where(found => found.InterfaceIndex == entry.InterfaceIndex && found.MacAddress.Equals(entry.MacAddress)
            && found.IsOfOwnTable == entry.Self && found.VlanId == entry.VlanId
            && (entry.Destination is null || entry.Destination.Equals(found.Destination))
            && (entry.NextHopId is null || entry.NextHopId == found.NextHopId)
            && (entry.SourceVni is null or 0 || entry.SourceVni == found.SourceVni))
        // What is as the VXLAN link has it is not told.
        .MaxBy(found => (found.Port == entry.Port ? 1 : 0) + (found.Vni == entry.Vni ? 1 : 0)
            + (found.DeviceIndex == device ? 1 : 0));

    /// <inheritdoc cref="BridgeOperations.RemoveFdbEntry"/>
    public void Remove(BridgeFdbEntry entry, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(entry);
        List<BridgeFdbEntry> twins = entry is { MayHaveTwins: true, Self: false, VlanId: null }
            ? [.. List(null, cancellation).Where(entry.TakesAlong)] : [];
        cancellation.ThrowIfCancellationRequested();
        using var request = entry.Removal();
        try
        {
            stack.Route.Execute(request, cancellation: CancellationToken.None);
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
        if (header.Family != Af.Bridge)
            return null;
        if (master != 0 && header.Index != master
            && !(links.TryGetValue(header.Index, out var owned) && owned.MasterIndex == master))
            return null;
        var entry = new BridgeFdbEntry(header, attributes, stack.Namespace);
        // It is null where the kernel tells none, and where it is no Ethernet address.
        return entry.MacAddress is null ? null : entry with
        {
            InterfaceAlias = NameOf(header.Index),
            Bridge = entry.Master is { } owner ? NameOf(owner) : null,
        };

        string NameOf(int index) => links.TryGetValue(index, out var link) ? link.Name : $"if{index}";
    }

    private Hint? RefusalHint(BridgeFdbSpec spec, NetLink link, int errno) => errno switch
    {
        LibC.EEXIST => new Hint(
            "The table has an entry for the address already.",
            Advice.OverrideBy(nameof(spec.Replace)),
            Advice.To(AdviceKind.Remove, AdviceThing.ForwardingEntry, stack.Namespace.Text)),
        LibC.EOPNOTSUPP when spec.Destination is not null || spec.NextHopId is not null
            => $"A destination takes a VXLAN link, and '{link.Name}' is a {link.Kind} link.",
        LibC.EOPNOTSUPP
            => $"'{link.Name}' ({link.Kind}) has no forwarding table of its own; add the entry to a bridge's port.",
        LibC.EINVAL when spec.VlanId is not null => new Hint(
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
        using var request = entry.Addition(NetlinkFlags.Replace);
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
}
