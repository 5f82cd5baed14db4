using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Bridges;

/// <summary>Multicast tables of the bridges of one namespace.</summary>
internal sealed class BridgeMdb(NetworkStack stack)
{
    // MDBA_*, MDBA_SET_ENTRY_* and MDBE_ATTR_* of linux/if_bridge.h.
    private const ushort MDBA_MDB = 1, MDBA_SET_ENTRY = 1, MDBA_SET_ENTRY_ATTRS = 2;
    private const ushort MDBE_ATTR_SOURCE = 1, MDBE_ATTR_SRC_LIST = 2, MDBE_ATTR_GROUP_MODE = 3;
    private const ushort MDBE_SRC_LIST_ENTRY = 1, MDBE_SRCATTR_ADDRESS = 1;

    /// <inheritdoc cref="BridgeOperations.ListMdb"/>
    public IReadOnlyList<BridgeMdbEntry> List(string? bridge, CancellationToken cancellation)
    {
        var master = bridge is null ? 0 : stack.Bridges.Require(bridge, cancellation).Index;
        var links = stack.Links.List(new LinkFilter { SkipStatistics = true }, cancellation)
            .ToDictionary(link => link.Index);
        using var request = new NetlinkRequest(Rtm.GetMdb).Header(new BrPortMsg { Family = Af.Bridge });
        var perMessage = stack.DumpListening(
            request,
            reply => Read(reply, links, master),
            entries => string.Join(' ', entries.Select(entry => entry.Key)),
            type => type == Rtm.DelMdb,
            [RtnlGroup.Mdb],
            cancellation);
        return [.. perMessage.SelectMany(entries => entries)];
    }

    /// <inheritdoc cref="BridgeOperations.ListMulticastRouters"/>
    public IReadOnlyList<BridgeMulticastRouterPort> ListRouters(string? bridge, CancellationToken cancellation)
    {
        var master = bridge is null ? 0 : stack.Bridges.Require(bridge, cancellation).Index;
        var links = stack.Links.List(new LinkFilter { SkipStatistics = true }, cancellation)
            .ToDictionary(link => link.Index);
        using var request = new NetlinkRequest(Rtm.GetMdb).Header(new BrPortMsg { Family = Af.Bridge });
        var perMessage = stack.DumpListening(
            request,
            reply =>
            {
                if (reply.Type is not (Rtm.GetMdb or Rtm.NewMdb))
                    return null;
                var attributes = reply.Read<BrPortMsg>(out var header);
                return links.GetValueOrDefault(header.Index) is BridgeLink owner
                    && (master == 0 || header.Index == master) && attributes.TryFind(
                        BridgeMulticastRouterPort.MDBA_ROUTER, out var ports)
                    ? BridgeMulticastRouterPort.Read(ports.Nested, owner, links) : null;
            },
            ports => string.Join(' ', ports.Select(port => port.Key)),
            type => type == Rtm.DelMdb,
            [RtnlGroup.Mdb],
            cancellation);
        var ofVlans = new BridgeVlanGlobals(stack).ListRouters(links, master, cancellation);
        // Of a VLAN the kernel tells the type that the port has without one.
        var types = ofVlans.Count == 0 ? null : stack.Bridges.ListVlans(bridge, cancellation)
            .ToDictionary(vlan => (vlan.InterfaceIndex, vlan.VlanId), vlan => vlan.MulticastRouter);
        // A table that takes several messages brings them again in each.
        return [.. perMessage.SelectMany(ports => ports).Concat(ofVlans.Select(port => port.Of(
            types!.GetValueOrDefault((port.InterfaceIndex, port.VlanId ?? 0)) ?? port.Type)))
            .DistinctBy(port => port.Key)];
    }

    /// <inheritdoc cref="BridgeOperations.AddMdbEntry"/>
    public IReadOnlyList<BridgeMdbEntry> Add(BridgeMdbSpec spec, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(spec);
        spec.Validate();
        var link = stack.Bridges.RequireMember(spec.Link, cancellation);
        var type = spec.Type ?? (link is BridgeLink && spec.Group.IPAddress is not null
            ? BridgeMdbType.Temporary : BridgeMdbType.Permanent);
        var before = Alike(link, spec, cancellation).Select(entry => entry.Key).ToHashSet();
        cancellation.ThrowIfCancellationRequested();
        using var request = new NetlinkRequest(
            Rtm.NewMdb, NetlinkFlags.Create | (spec.Replace ? NetlinkFlags.Replace : NetlinkFlags.Exclusive))
            .Header(HeaderOf(link))
            .Put(MDBA_SET_ENTRY, BridgeMdbEntry.Info(link.Index, spec.VlanId, spec.Group, type));
        PutSenders(request, spec.Source, spec.FilterMode, spec.SourceList ?? []);
        try
        {
            stack.Route.Execute(request, cancellation: CancellationToken.None);
        }
        catch (NetlinkErrorException e)
        {
            var refusal = KernelErrors.Explain(
                e,
                $"add '{link.Name}' to the group {spec.Group}",
                spec.Group.ToString(),
                exists: NetworkErrorCode.ObjectExists,
                hint: RefusalHint(spec, link, e.Errno));
            // Without a VLAN the kernel takes the port's VLANs one after the other.
            throw Rollback.After(refusal, $"take '{link.Name}' out of the group {spec.Group}", () =>
            {
                foreach (var entry in Alike(link, spec, CancellationToken.None)
                    .Where(entry => !before.Contains(entry.Key)))
                    Remove(entry, CancellationToken.None);
            });
        }

        return Alike(link, spec, CancellationToken.None);
    }

    /// <inheritdoc cref="BridgeOperations.RemoveMdbEntry"/>
    public void Remove(BridgeMdbEntry entry, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var what = $"take '{entry.InterfaceAlias}' out of the group {entry.Group}";
        if (entry.VlanId is null && stack.Bridges.Require(entry.Bridge, cancellation).VlanFiltering == true)
        {
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"Cannot {what}: the entry has no VLAN, and as '{entry.Bridge}' looks at VLAN tags, the kernel would "
                    + "remove the entries of all VLANs in its place.",
                entry.Group.ToString());
        }

        cancellation.ThrowIfCancellationRequested();
        var link = stack.Bridges.RequireMember(entry.InterfaceAlias, cancellation);
        using var request = new NetlinkRequest(Rtm.DelMdb).Header(HeaderOf(link)).Put(
            MDBA_SET_ENTRY, BridgeMdbEntry.Info(entry.InterfaceIndex, entry.VlanId, entry.Group, entry.Type));
        PutSenders(request, entry.Source, null, []);
        try
        {
            stack.Route.Execute(request, cancellation: CancellationToken.None);
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(
                e,
                what,
                entry.Group.ToString(),
                notFound: NetworkErrorCode.ObjectNotFound,
                // The kernel's word for a group that is not there.
                hint: e.Errno == Native.LibC.EINVAL ? "It may be gone already." : null);
        }
    }

    private static BrPortMsg HeaderOf(NetLink link)
        => new() { Family = Af.Bridge, Index = link is BridgeLink ? link.Index : link.MasterIndex };

    private static void PutSenders(
        NetlinkRequest request, IPAddress? source, MulticastFilterMode? mode, IReadOnlyList<IPAddress> sources)
    {
        if (source is null && mode is null)
            return;
        request.Nest(MDBA_SET_ENTRY_ATTRS, attributes =>
        {
            if (source is not null)
                Declarations.WireValues.PutAddress(attributes, MDBE_ATTR_SOURCE, MDBE_ATTR_SOURCE, source);
            if (sources.Count > 0)
            {
                attributes.Nest(MDBE_ATTR_SRC_LIST, list =>
                {
                    foreach (var one in sources)
                    {
                        list.Nest(MDBE_SRC_LIST_ENTRY, entry => Declarations.WireValues.PutAddress(
                            entry, MDBE_SRCATTR_ADDRESS, MDBE_SRCATTR_ADDRESS, one));
                    }
                });
            }

            if (mode is { } filter)
                attributes.Put(MDBE_ATTR_GROUP_MODE, (byte)filter);
        });
    }

    private List<BridgeMdbEntry> Alike(NetLink link, BridgeMdbSpec spec, CancellationToken cancellation)
        => [.. List(null, cancellation).Where(entry => entry.InterfaceIndex == link.Index
            && entry.Group.Equals(spec.Group) && Equals(entry.Source, spec.Source)
            && (spec.VlanId is null || entry.VlanId == spec.VlanId))];

    private List<BridgeMdbEntry>? Read(NetlinkReply reply, Dictionary<int, NetLink> links, int master)
    {
        // The kernel answers with the type of the question.
        if (reply.Type is not (Rtm.GetMdb or Rtm.NewMdb))
            return null;
        var attributes = reply.Read<BrPortMsg>(out var header);
        if (!links.TryGetValue(header.Index, out var bridge) || bridge is not BridgeLink
            || (master != 0 && header.Index != master) || !attributes.TryFind(MDBA_MDB, out var table))
            return null;
        var result = new List<BridgeMdbEntry>();
        foreach (var group in table.Nested)
        {
            foreach (var port in group.Nested)
            {
                var entry = new BridgeMdbEntry(port.Value, stack.Namespace);
                if (entry.Group is null)
                    continue;
                result.Add(entry with
                {
                    Bridge = bridge.Name,
                    InterfaceAlias = links.TryGetValue(entry.InterfaceIndex, out var link)
                        ? link.Name : $"if{entry.InterfaceIndex}",
                });
            }
        }

        return result;
    }

    private Hint? RefusalHint(BridgeMdbSpec spec, NetLink link, int errno) => errno switch
    {
        Native.LibC.EEXIST => new Hint(
            $"'{link.Name}' is in the group already.", Advice.OverrideBy(nameof(spec.Replace))),
        Native.LibC.EINVAL when spec.FilterMode is not null && Environment.OSVersion.Version < new Version(6, 2)
            => "A filter mode and a list of senders take Linux 6.2.",
        Native.LibC.EINVAL => new Hint(
            "It takes a bridge that is up and has multicast snooping on, and a port that is up.",
            Advice.To(AdviceKind.BringUp, AdviceThing.Link, stack.Namespace.Text, link.Name)),
        _ => null,
    };
}
