using System.Runtime.InteropServices;
using LxcNetworking.Declarations;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Bridges;

/// <summary>What VLANs of bridges and ports in one namespace have of their own, which a list besides that of the VLANs
/// tells.</summary>
internal sealed class BridgeVlanOptions(NetworkStack stack)
{
    // Of linux/if_bridge.h.
    private const ushort BRIDGE_VLANDB_DUMP_FLAGS = 1, BRIDGE_VLANDB_ENTRY = 1;
    private const ushort BRIDGE_VLANDB_ENTRY_INFO = 1, BRIDGE_VLANDB_ENTRY_RANGE = 2;
    private const uint WithCounters = 1;
    private const ushort BRIDGE_VLAN_INFO_ONLY_OPTS = 64;

    /// <summary>VLANs with what is told of them.</summary>
    public IReadOnlyList<BridgeVlan> On(IEnumerable<BridgeVlan> vlans, CancellationToken cancellation)
    {
        var told = List(cancellation).ToLookup(range => range.Link);
        return [.. vlans.Select(vlan => told[vlan.InterfaceIndex]
            .FirstOrDefault(range => vlan.VlanId >= range.First && vlan.VlanId <= range.Last) is { } found
            ? vlan.With(found.Options, found.First) : vlan)];
    }

    /// <inheritdoc cref="BridgeOperations.ChangeVlan"/>
    public void Change(
        string link, IReadOnlyList<VlanRange> ranges, BridgeVlanSettings settings, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        ArgumentNullException.ThrowIfNull(settings);
        var target = stack.Bridges.RequireMember(link, cancellation);
        settings.Validate(target.Name, target is BridgeLink);
        if (settings.IsEmpty)
            return;
        var before = Meant(target, ranges, cancellation);
        CheckTold(target, before, settings);
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
                () => Restore(target, before, settings));
        }
    }

    private List<VlanOptionRange> List(CancellationToken cancellation)
    {
        // The structure has the size of struct br_vlan_msg, and the same beginning.
        using var request = new NetlinkRequest(Rtm.GetVlan).Header(new BrPortMsg { Family = Af.Bridge })
            .Put(BRIDGE_VLANDB_DUMP_FLAGS, WithCounters);
        try
        {
            return [.. stack.DumpListening(
                request,
                Read,
                ranges => string.Join(' ', ranges.Select(range => $"{range.Link}/{range.First}")),
                type => type == Rtm.DelVlan,
                [RtnlGroup.BrVlan],
                cancellation).SelectMany(ranges => ranges)];
        }
        catch (NetlinkErrorException e) when (e.Errno == Native.LibC.EOPNOTSUPP)
        {
            return [];
        }
    }

    // The VLANs of a link that are meant: one by itself has to be there, and of a range those that are there.
    private List<BridgeVlan> Meant(NetLink link, IReadOnlyList<VlanRange> ranges, CancellationToken cancellation)
    {
        var present = Of(link, cancellation);
        var missing = VlanRange.Missing(ranges, present.Select(vlan => vlan.VlanId));
        return missing.Count == 0 ? present.FindAll(vlan => ranges.Any(range => range.Has(vlan.VlanId)))
            : throw new NetworkException(
                NetworkErrorCode.ObjectNotFound,
                $"'{link.Name}' has no VLAN {string.Join(',', missing)}.",
                link.Name)
            {
                Advice = [Advice.List(AdviceThing.PortVlan, stack.Namespace.Text, link.Name)],
            };
    }

    private List<BridgeVlan> Of(NetLink link, CancellationToken cancellation)
        => [.. stack.Bridges.ListVlans(link is BridgeLink ? link.Name : link.Master, cancellation)
            .Where(vlan => vlan.InterfaceIndex == link.Index)];

    // The kernel passes over what it does not know, and tells all that it knows, but that limit.
    private void CheckTold(NetLink target, List<BridgeVlan> vlans, BridgeVlanSettings settings)
    {
        var port = target.Data.PortSettings;
        if (settings.MaxMulticastGroups is not null && port?.MaxMulticastGroups is not null
            && vlans.Find(vlan => vlan.MaxMulticastGroups is null) is { } other)
        {
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"VLAN {other.VlanId} of '{target.Name}' has no limit of groups, as '{other.Bridge}' does not snoop "
                    + "for that VLAN.",
                target.Name)
            {
                Advice =
                [
                    Advice.To(
                        AdviceKind.Change,
                        AdviceThing.Bridge,
                        stack.Namespace.Text,
                        other.Bridge,
                        (nameof(BridgeSettings.MulticastVlanSnooping), "1")),
                ],
            };
        }

        if (Declared.Untold(settings, vlans[0], BridgeVlanSettings.Properties) is { Count: > 0 } names)
        {
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"This kernel does not know {string.Join(" and ", names)} of bridges' VLANs.",
                target.Name);
        }
    }

    // The kernel takes the VLANs and their options one after the other and stops at the first that it refuses.
    private void Restore(NetLink target, List<BridgeVlan> before, BridgeVlanSettings said)
    {
        var now = Of(target, CancellationToken.None).ToDictionary(vlan => vlan.VlanId);
        var changed = before
            .Select(vlan => (vlan.VlanId, Settings: Declared.Overlap(
                new BridgeVlanSettings(), vlan, said, BridgeVlanSettings.Properties)))
            .Where(vlan => now.TryGetValue(vlan.VlanId, out var present)
                && vlan.Settings.Unanswered(present).Count > 0)
            .ToList();
        if (changed.Count > 0)
            Send(target, changed);
    }

    private void Send(NetLink target, IEnumerable<(int Id, BridgeVlanSettings Settings)> vlans)
    {
        using var request = new NetlinkRequest(Rtm.NewVlan)
            .Header(new BrPortMsg { Family = Af.Bridge, Index = target.Index });
        foreach (var alike in vlans.GroupBy(vlan => vlan.Settings, vlan => vlan.Id))
        {
            foreach (var range in VlanRange.Of(alike))
            {
                request.Nest(BRIDGE_VLANDB_ENTRY, entry =>
                {
                    entry.Put(
                        BRIDGE_VLANDB_ENTRY_INFO,
                        new VlanEntryInfo { Flags = BRIDGE_VLAN_INFO_ONLY_OPTS, Id = (ushort)range.First });
                    if (range.Last > range.First)
                        entry.Put(BRIDGE_VLANDB_ENTRY_RANGE, (ushort)range.Last);
                    alike.Key.Write(entry);
                });
            }
        }

        stack.Route.Execute(request, cancellation: CancellationToken.None);
    }

    private static List<VlanOptionRange>? Read(NetlinkReply reply)
    {
        if (reply.Type != Rtm.NewVlan)
            return null;
        var ranges = new List<VlanOptionRange>();
        foreach (var entry in reply.Read<BrPortMsg>(out var header))
        {
            if (entry.Type != BRIDGE_VLANDB_ENTRY || !entry.Nested.TryFind(BRIDGE_VLANDB_ENTRY_INFO, out var info))
                continue;
            int first = info.AsStruct<VlanEntryInfo>().Id;
            var last = entry.Nested.TryFind(BRIDGE_VLANDB_ENTRY_RANGE, out var range) ? range.AsUInt16() : first;
            ranges.Add(new VlanOptionRange(header.Index, first, last, new BridgeVlanSettings(entry.Nested)));
        }

        return ranges;
    }

    private sealed record VlanOptionRange(int Link, int First, int Last, BridgeVlanSettings Options);

    /// <summary>struct bridge_vlan_info of linux/if_bridge.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct VlanEntryInfo
    {
        public ushort Flags;
        public ushort Id;
    }
}
