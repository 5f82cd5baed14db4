using System.Runtime.InteropServices;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;

namespace LxcNetworking.Bridges;

/// <summary>What VLANs of bridges and ports have of their own, which a list besides that of the VLANs tells.</summary>
internal sealed class BridgeVlanOptions
{
    // Of linux/if_bridge.h.
    private const ushort BRIDGE_VLANDB_DUMP_FLAGS = 1, BRIDGE_VLANDB_ENTRY = 1;
    private const ushort BRIDGE_VLANDB_ENTRY_INFO = 1, BRIDGE_VLANDB_ENTRY_RANGE = 2;
    private const uint WithCounters = 1;
    private const int EOPNOTSUPP = 95;

    private readonly ILookup<int, VlanOptionRange> _ranges;

    private BridgeVlanOptions(IEnumerable<VlanOptionRange> ranges) => _ranges = ranges.ToLookup(range => range.Link);

    /// <summary>Reads all of a namespace.</summary>
    public static BridgeVlanOptions List(NetworkStack stack, CancellationToken cancellation)
    {
        // The structure has the size of struct br_vlan_msg, and the same beginning.
        using var request = new NetlinkRequest(Rtm.GetVlan).Header(new BrPortMsg { Family = Af.Bridge })
            .Put(BRIDGE_VLANDB_DUMP_FLAGS, WithCounters);
        try
        {
            return new(stack.DumpListening(
                request,
                Read,
                ranges => string.Join(' ', ranges.Select(range => $"{range.Link}/{range.First}")),
                type => type == Rtm.DelVlan,
                [RtnlGroup.BrVlan],
                cancellation).SelectMany(ranges => ranges));
        }
        catch (NetlinkErrorException e) when (e.Errno == EOPNOTSUPP)
        {
            return new([]);
        }
    }

    /// <summary>A VLAN with what was told of it.</summary>
    public BridgeVlan On(BridgeVlan vlan)
        => _ranges[vlan.InterfaceIndex]
            .FirstOrDefault(range => vlan.VlanId >= range.First && vlan.VlanId <= range.Last) is { } found
            ? vlan.With(found.Options, found.First) : vlan;

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
            ranges.Add(new VlanOptionRange(header.Index, first, last, new BridgeVlan(entry.Nested)));
        }

        return ranges;
    }

    private sealed record VlanOptionRange(int Link, int First, int Last, BridgeVlan Options);

    /// <summary>struct bridge_vlan_info of linux/if_bridge.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct VlanEntryInfo
    {
        public ushort Flags;
        public ushort Id;
    }
}
