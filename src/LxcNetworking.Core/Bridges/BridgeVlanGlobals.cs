using LxcNetworking.Declarations;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Bridges;

/// <summary>Settings of whole VLANs of the bridges in one namespace, and who routes their multicast.</summary>
internal sealed class BridgeVlanGlobals(NetworkStack stack)
{
    // Of linux/if_bridge.h.
    private const ushort BRIDGE_VLANDB_DUMP_FLAGS = 1, BRIDGE_VLANDB_GLOBAL_OPTIONS = 2;
    private const ushort BRIDGE_VLANDB_GOPTS_ID = 1, BRIDGE_VLANDB_GOPTS_RANGE = 2,
        BRIDGE_VLANDB_GOPTS_MCAST_ROUTER_PORTS = 16;
    private const uint Global = 2;

    private delegate void Taker(BridgeLink bridge, int first, int last, AttributeReader options);

    /// <inheritdoc cref="BridgeOperations.ListVlanGlobals"/>
    public IReadOnlyList<BridgeVlanGlobal> List(string? bridge, CancellationToken cancellation)
    {
        var links = stack.Links.List(new LinkFilter { SkipStatistics = true }, cancellation)
            .ToDictionary(link => link.Index);
        var master = bridge is null ? 0 : stack.Bridges.Require(bridge, cancellation).Index;
        return Dump(
            reply =>
            {
                var result = new List<BridgeVlanGlobal>();
                Read(reply, links, master, (owner, first, last, options) =>
                {
                    for (var id = first; id <= last; id++)
                        result.Add(new BridgeVlanGlobal(owner, id, options));
                });
                return result;
            },
            vlan => $"{vlan.Bridge}/{vlan.VlanId}",
            cancellation);
    }

    /// <summary>Lists the ports that routers of multicast are behind, of bridges that snoop for each VLAN.</summary>
    public IReadOnlyList<BridgeMulticastRouterPort> ListRouters(
        Dictionary<int, NetLink> links, int master, CancellationToken cancellation) => Dump(
            reply =>
            {
                var result = new List<BridgeMulticastRouterPort>();
                Read(reply, links, master, (owner, _, _, options) =>
                {
                    if (owner.MulticastVlanSnooping == true
                        && options.TryFind(BRIDGE_VLANDB_GOPTS_MCAST_ROUTER_PORTS, out var list)
                        && list.Nested.TryFind(BridgeMulticastRouterPort.MDBA_ROUTER, out var ports))
                        result.AddRange(BridgeMulticastRouterPort.Read(ports.Nested, owner, links));
                });
                return result;
            },
            port => port.Key,
            cancellation);

    /// <inheritdoc cref="BridgeOperations.ChangeVlanGlobal"/>
    public void Change(
        string bridge,
        IReadOnlyList<VlanRange> ranges,
        BridgeVlanGlobalSettings settings,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        ArgumentNullException.ThrowIfNull(settings);
        var target = stack.Bridges.Require(bridge, cancellation);
        settings.Validate(target.Name);
        if (settings.IsEmpty)
            return;
        var before = Meant(target, ranges, cancellation);
        // The kernel passes over what it does not know, and tells all that it knows.
        if (Declared.Untold(settings, before[0], BridgeVlanGlobalSettings.Properties) is { Count: > 0 } names)
        {
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"This kernel does not know {string.Join(" and ", names)} of bridges' VLANs.",
                target.Name);
        }

        cancellation.ThrowIfCancellationRequested();
        try
        {
            Send(target, before.Select(vlan => (vlan.VlanId, settings)));
        }
        catch (NetlinkErrorException e)
        {
            var what = $"VLAN {string.Join(',', ranges)} of '{target.Name}'";
            throw Rollback.After(
                KernelErrors.Explain(e, $"change {what}", target.Name, notFound: NetworkErrorCode.ObjectNotFound),
                $"set {what} back",
                () => Send(target, before.Select(vlan => (vlan.VlanId, Declared.Overlap(
                    new BridgeVlanGlobalSettings(), vlan, settings, BridgeVlanGlobalSettings.Properties)))));
        }
    }

    // The VLANs that are meant: one by itself has to be there, and of a range those that are there.
    private List<BridgeVlanGlobal> Meant(
        BridgeLink bridge, IReadOnlyList<VlanRange> ranges, CancellationToken cancellation)
    {
        var present = List(bridge.Name, cancellation);
        var missing = VlanRange.Missing(ranges, present.Select(vlan => vlan.VlanId));
        return missing.Count == 0
            ? [.. present.Where(vlan => ranges.Any(range => range.Has(vlan.VlanId)))]
            : throw new NetworkException(
                NetworkErrorCode.ObjectNotFound,
                $"Neither '{bridge.Name}' nor a port of it has VLAN {string.Join(',', missing)}.",
                bridge.Name)
            {
                Advice = [Advice.List(AdviceThing.PortVlan, stack.Namespace.Text)],
            };
    }

    private void Send(BridgeLink bridge, IEnumerable<(int Id, BridgeVlanGlobalSettings Settings)> vlans)
    {
        using var request = new NetlinkRequest(Rtm.NewVlan)
            .Header(new BrPortMsg { Family = Af.Bridge, Index = bridge.Index });
        foreach (var alike in vlans.GroupBy(vlan => vlan.Settings, vlan => vlan.Id))
        {
            foreach (var range in VlanRange.Of(alike))
            {
                request.Nest(BRIDGE_VLANDB_GLOBAL_OPTIONS, options =>
                {
                    options.Put(BRIDGE_VLANDB_GOPTS_ID, (ushort)range.First);
                    if (range.Last > range.First)
                        options.Put(BRIDGE_VLANDB_GOPTS_RANGE, (ushort)range.Last);
                    alike.Key.Write(options);
                });
            }
        }

        stack.Route.Execute(request, cancellation: CancellationToken.None);
    }

    private List<T> Dump<T>(ReplyParser<List<T>> read, Func<T, string> key, CancellationToken cancellation)
    {
        // The structure has the size of struct br_vlan_msg, and the same beginning.
        using var request = new NetlinkRequest(Rtm.GetVlan).Header(new BrPortMsg { Family = Af.Bridge })
            .Put(BRIDGE_VLANDB_DUMP_FLAGS, Global);
        try
        {
            return [.. stack.DumpListening(
                request,
                read,
                items => string.Join(' ', items.Select(key)),
                type => type == Rtm.DelVlan,
                [RtnlGroup.BrVlan],
                cancellation).SelectMany(items => items)];
        }
        catch (NetlinkErrorException e) when (e.Errno == Native.LibC.EOPNOTSUPP)
        {
            return [];
        }
    }

    private static void Read(NetlinkReply reply, Dictionary<int, NetLink> links, int master, Taker take)
    {
        if (reply.Type != Rtm.NewVlan)
            return;
        foreach (var entry in reply.Read<BrPortMsg>(out var header))
        {
            if (entry.Type != BRIDGE_VLANDB_GLOBAL_OPTIONS || (master != 0 && header.Index != master)
                || !links.TryGetValue(header.Index, out var link) || link is not BridgeLink bridge
                || !entry.Nested.TryFind(BRIDGE_VLANDB_GOPTS_ID, out var id))
                continue;
            var first = id.AsUInt16();
            var last = entry.Nested.TryFind(BRIDGE_VLANDB_GOPTS_RANGE, out var range) ? range.AsUInt16() : first;
            if (first == 0 || last > 4094)
                throw new NetlinkProtocolException($"A bridge has the VLANs {first} to {last}.");
            take(bridge, first, last, entry.Nested);
        }
    }
}
