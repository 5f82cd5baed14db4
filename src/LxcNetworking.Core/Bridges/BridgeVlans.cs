using System.Runtime.InteropServices;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Bridges;

/// <summary>VLANs of bridges and their ports in one namespace.</summary>
internal sealed class BridgeVlans(NetworkStack stack)
{
    // IFLA_BRIDGE_* and BRIDGE_VLAN_INFO_* of linux/if_bridge.h.
    private const ushort IFLA_BRIDGE_FLAGS = 0, IFLA_BRIDGE_VLAN_INFO = 2,
        IFLA_BRIDGE_VLAN_TUNNEL_INFO = 3, BRIDGE_FLAGS_SELF = 2;
    private const ushort IFLA_BRIDGE_VLAN_TUNNEL_ID = 1, IFLA_BRIDGE_VLAN_TUNNEL_VID = 2,
        IFLA_BRIDGE_VLAN_TUNNEL_FLAGS = 3;
    private const ushort Pvid = 2, Untagged = 4, RangeBegin = 8, RangeEnd = 16;

    /// <inheritdoc cref="BridgeOperations.ListVlans"/>
    public IReadOnlyList<BridgeVlan> List(string? bridge, CancellationToken cancellation)
    {
        var master = bridge is null ? 0 : stack.Bridges.Require(bridge, cancellation).Index;
        var links = stack.Links.List(new LinkFilter { SkipStatistics = true }, cancellation)
            .ToDictionary(link => link.Index);
        using var request = new NetlinkRequest(Rtm.GetLink).Header(new IfInfoMsg { Family = Af.Bridge })
            .Put(Ifla.ExtMask, RtextFilter.BridgeVlanCompressed);
        var result = new List<BridgeVlan>();
        var perLink = stack.DumpListening(
            request,
            reply =>
            {
                if (reply.Type != Rtm.NewLink)
                    return null;
                var attributes = reply.Read<IfInfoMsg>(out var header);
                if (header.Family != Af.Bridge || !links.TryGetValue(header.Index, out var link)
                    || !attributes.TryFind(Ifla.AfSpec, out var specific))
                    return null;
                var owner = link is BridgeLink ? link.Index : link.MasterIndex;
                return master != 0 && owner != master ? null : Read(specific.Nested, link);
            },
            vlans => string.Join(' ', vlans.Select(vlan => $"{vlan.InterfaceIndex}/{vlan.VlanId}")),
            type => type is Rtm.NewLink or Rtm.DelLink,
            [RtnlGroup.Link],
            cancellation);
        perLink.ForEach(result.AddRange);
        return result.Count == 0 ? result : new BridgeVlanOptions(stack).On(result, cancellation);
    }

    /// <inheritdoc cref="BridgeOperations.AddVlan"/>
    public IReadOnlyList<BridgeVlan> Add(
        string link,
        IReadOnlyList<VlanRange> ranges,
        bool pvid,
        bool untagged,
        long? tunnelId,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        var target = stack.Bridges.RequireMember(link, cancellation);
        if (ranges.Count == 0)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"Which VLANs are to be added to '{target.Name}'? Ids and ranges such as 10,20-30 can be.",
                target.Name)
            {
                Advice = [Advice.Give("VlanId")],
            };
        }

        if (pvid && (ranges.Count > 1 || ranges[0].First != ranges[0].Last))
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"Untagged frames that come in by '{target.Name}' belong to one VLAN alone: a PVID goes with one VLAN "
                    + "id.",
                target.Name);
        }

        CheckTunnel(target, ranges, tunnelId);
        var before = Of(target, cancellation);
        cancellation.ThrowIfCancellationRequested();
        try
        {
            Execute(Rtm.SetLink, target, ranges, (ushort)((pvid ? Pvid : 0) | (untagged ? Untagged : 0)), tunnelId);
        }
        catch (NetlinkErrorException e)
        {
            var refusal = LacksFiltering(e, target.Name) ?? KernelErrors.Explain(
                e,
                $"add VLAN {string.Join(',', ranges)} to '{target.Name}'",
                target.Name,
                exists: NetworkErrorCode.ObjectExists);
            throw Rollback.After(refusal, $"remove the new VLANs of '{target.Name}'", () =>
            {
                var extra = Of(target).ExceptBy(before.Select(vlan => vlan.VlanId), vlan => vlan.VlanId)
                    .Select(vlan => new VlanRange(vlan.VlanId)).ToList();
                if (extra.Count > 0)
                    Execute(Rtm.DelLink, target, extra, 0);
            });
        }

        return Of(target, CancellationToken.None).FindAll(vlan => IsIn(vlan, ranges));
    }

    /// <inheritdoc cref="BridgeOperations.RemoveVlan"/>
    public void Remove(string link, IReadOnlyList<VlanRange> ranges, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        var target = stack.Bridges.RequireMember(link, cancellation);
        if (!Of(target, cancellation).Exists(vlan => IsIn(vlan, ranges)))
        {
            throw new NetworkException(
                NetworkErrorCode.ObjectNotFound,
                $"'{target.Name}' has no VLAN {string.Join(',', ranges)}.",
                target.Name)
            {
                Advice = [Advice.List(AdviceThing.PortVlan, stack.Namespace.Text, target.Name)],
            };
        }

        cancellation.ThrowIfCancellationRequested();
        try
        {
            Execute(Rtm.DelLink, target, ranges, 0);
        }
        catch (NetlinkErrorException e)
        {
            throw LacksFiltering(e, target.Name) ?? KernelErrors.Explain(
                e,
                $"remove VLAN {string.Join(',', ranges)} from '{target.Name}'",
                target.Name,
                notFound: NetworkErrorCode.ObjectNotFound);
        }
    }

    /// <summary>Explains the kernel's way to say that it was built without VLAN filtering; null for other
    /// refusals.</summary>
    public static NetworkException? LacksFiltering(NetlinkErrorException refusal, string name) => refusal.Errno != 95
        ? null
        : new NetworkException(
            NetworkErrorCode.KindNotSupported,
            $"This kernel's bridges do not look at VLAN tags, so '{name}' cannot: it was built without "
                + "CONFIG_BRIDGE_VLAN_FILTERING. A distribution's stock kernel has it.",
            name,
            refusal);

    /// <summary>Reads a link's VLANs of its attribute IFLA_AF_SPEC.</summary>
    /// <exception cref="NetlinkProtocolException">It is malformed.</exception>
    public static List<BridgeVlan> Read(AttributeReader specific, NetLink link)
    {
        var result = new List<BridgeVlan>();
        var begin = 0;
        foreach (var attribute in specific)
        {
            if (attribute.Type != IFLA_BRIDGE_VLAN_INFO)
                continue;
            var info = attribute.AsStruct<VlanInfo>();
            if (info.Id is 0 or > 4094)
                throw new NetlinkProtocolException($"A bridge VLAN has the id {info.Id}.");
            if ((info.Flags & RangeBegin) != 0)
            {
                begin = info.Id;
                continue;
            }

            var first = (info.Flags & RangeEnd) != 0 && begin != 0 ? begin : info.Id;
            begin = 0;
            for (int id = first; id <= info.Id; id++)
            {
                result.Add(new BridgeVlan(link, id)
                {
                    Pvid = (info.Flags & Pvid) != 0,
                    Untagged = (info.Flags & Untagged) != 0,
                });
            }
        }

        return result;
    }

    private static bool IsIn(BridgeVlan vlan, IReadOnlyList<VlanRange> ranges)
        => ranges.Any(range => range.Has(vlan.VlanId));

    private List<BridgeVlan> Of(NetLink link, CancellationToken cancellation = default)
        => [.. List(null, cancellation).Where(vlan => vlan.InterfaceIndex == link.Index)];

    private void CheckTunnel(NetLink target, IReadOnlyList<VlanRange> ranges, long? tunnelId)
    {
        const long Most = 0xffffff;
        if (tunnelId is not { } first)
            return;
        var problem = first is < 1 or > Most || first + ranges[^1].Last - ranges[0].First > Most
            ? $"A tunnel id is 1 to {Most}, not {first}."
            : ranges.Count > 1 ? "The tunnel ids of several VLANs follow one another, so these are one range."
            : target.Data.PortSettings is null ? $"'{target.Name}' is a bridge; a tunnel id is of a port's VLAN."
            : null;
        if (problem is not null)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, problem, target.Name);
        if (target.Data.PortSettings!.VlanTunnel != true)
        {
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"The VLANs of '{target.Name}' have no tunnel ids, as its VlanTunnel is off.",
                target.Name)
            {
                Advice =
                [
                    Advice.To(
                        AdviceKind.Change,
                        AdviceThing.Port,
                        stack.Namespace.Text,
                        target.Name,
                        (nameof(BridgePortSettings.VlanTunnel), "1")),
                ],
            };
        }
    }

    private static void PutTunnel(NetlinkRequest specific, int vlan, long tunnelId, ushort flags)
        => specific.Nest(IFLA_BRIDGE_VLAN_TUNNEL_INFO, tunnel => tunnel
            .Put(IFLA_BRIDGE_VLAN_TUNNEL_ID, (uint)tunnelId)
            .Put(IFLA_BRIDGE_VLAN_TUNNEL_VID, (ushort)vlan)
            .Put(IFLA_BRIDGE_VLAN_TUNNEL_FLAGS, flags));

    private void Execute(
        ushort type, NetLink link, IReadOnlyList<VlanRange> ranges, ushort flags, long? tunnelId = null)
    {
        using var request = new NetlinkRequest(type).Header(new IfInfoMsg { Family = Af.Bridge, Index = link.Index });
        request.Nest(Ifla.AfSpec, specific =>
        {
            void Put(int mark, int id)
                => specific.Put(
                    IFLA_BRIDGE_VLAN_INFO, new VlanInfo { Flags = (ushort)(flags | mark), Id = (ushort)id });

            if (link is BridgeLink)
                specific.Put(IFLA_BRIDGE_FLAGS, BRIDGE_FLAGS_SELF);
            foreach (var range in ranges)
            {
                if (range.First == range.Last)
                {
                    Put(0, range.First);
                    continue;
                }

                Put(RangeBegin, range.First);
                Put(RangeEnd, range.Last);
            }

            if (tunnelId is not { } id)
                return;
            // One VLAN, or a range.
            var (first, last) = (ranges[0].First, ranges[0].Last);
            PutTunnel(specific, first, id, first == last ? (ushort)0 : RangeBegin);
            if (first != last)
                PutTunnel(specific, last, id + last - first, RangeEnd);
        });
        stack.Route.Execute(request);
    }

    /// <summary>struct bridge_vlan_info of linux/if_bridge.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct VlanInfo
    {
        public ushort Flags;
        public ushort Id;
    }
}
