using System.Globalization;
using System.Runtime.InteropServices;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Bridges;

/// <summary>One VLAN id or several that follow one another: <c>10</c> or <c>10-20</c>.</summary>
public sealed record VlanRange
{
    /// <summary>One VLAN.</summary>
    /// <param name="id">Its id, 1 to 4094.</param>
    public VlanRange(int id)
        : this(id, id)
    {
    }

    /// <summary>Several VLANs.</summary>
    /// <param name="first">The lowest id.</param>
    /// <param name="last">The highest id.</param>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    public VlanRange(int first, int last)
    {
        VlanSpec.CheckId(first);
        VlanSpec.CheckId(last);
        if (last < first)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, $"A range of VLANs goes from the lower to the higher id: {last}-{first}.");
        (First, Last) = (first, last);
    }

    /// <summary>Reads the text form, as a PowerShell conversion does.</summary>
    /// <param name="text">Such as 10 or 10-20.</param>
    /// <exception cref="FormatException">Neither.</exception>
    public VlanRange(string text)
    {
        var parts = (text ?? string.Empty).Split('-');
        if (parts.Length is < 1 or > 2 || !Digits.TryParse(parts[0], out int first)
            || !Digits.TryParse(parts[^1], out int last))
            throw Misfit.Of(text, "is no VLAN id or range; write 10 or 10-20.");
        (First, Last) = (new VlanRange(first, last).First, last);
    }

    /// <summary>The lowest id.</summary>
    public int First { get; }

    /// <summary>The highest id.</summary>
    public int Last { get; }

    /// <inheritdoc/>
    public override string ToString() => First == Last ? First.ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{First}-{Last}");
}

/// <summary>A VLAN on a bridge's port or on the bridge itself, as it was when it was read.</summary>
public sealed class BridgeVlan
{
    /// <summary>The port, or the bridge itself.</summary>
    public required string InterfaceAlias { get; init; }

    /// <summary>Its index.</summary>
    public required int InterfaceIndex { get; init; }

    /// <summary>The bridge.</summary>
    public required string Bridge { get; init; }

    /// <summary>The VLAN's id.</summary>
    public required int VlanId { get; init; }

    /// <summary>Frames that come in untagged belong to this VLAN.</summary>
    public bool Pvid { get; init; }

    /// <summary>Its frames go out untagged.</summary>
    public bool Untagged { get; init; }

    /// <summary>True on the bridge itself, whose own traffic it is.</summary>
    public bool Self => InterfaceAlias == Bridge;

    /// <summary>The namespace that it was read from.</summary>
    public required NamespaceReference Namespace { get; init; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <inheritdoc/>
    public override string ToString() => VlanId.ToString(CultureInfo.InvariantCulture);
}

public sealed partial class BridgeOperations
{
    // IFLA_BRIDGE_* and BRIDGE_VLAN_INFO_* of linux/if_bridge.h.
    private const ushort IFLA_BRIDGE_FLAGS = 0, IFLA_BRIDGE_VLAN_INFO = 2, BRIDGE_FLAGS_SELF = 2, VlanPvid = 2, VlanUntagged = 4, VlanRangeBegin = 8, VlanRangeEnd = 16;

    /// <summary>Lists VLANs of bridges and their ports.</summary>
    /// <param name="bridge">Only of this bridge and its ports; null for all.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>One object for each VLAN of each link.</returns>
    /// <exception cref="NetworkException">LinkNotFound, or NotSupported for a link that is no bridge.</exception>
    public IReadOnlyList<BridgeVlan> ListVlans(string? bridge = null, CancellationToken cancellation = default)
    {
        var master = bridge is null ? 0 : Require(bridge, cancellation).Index;
        var links = _stack.Links.List(new LinkFilter { SkipStatistics = true }, cancellation).ToDictionary(link => link.Index);
        using var request = new NetlinkRequest(Rtm.GetLink).Header(new IfInfoMsg { Family = Af.Bridge }).Put(Ifla.ExtMask, RtextFilter.BridgeVlanCompressed);
        var result = new List<BridgeVlan>();
        var perLink = _stack.DumpListening(
            request,
            reply =>
            {
                if (reply.Type != Rtm.NewLink)
                    return null;
                var attributes = reply.Read<IfInfoMsg>(out var header);
                if (header.Family != Af.Bridge || !links.TryGetValue(header.Index, out var link) || !attributes.TryFind(Ifla.AfSpec, out var specific))
                    return null;
                var owner = link is BridgeLink ? link.Index : link.MasterIndex;
                return master != 0 && owner != master ? null : ReadVlans(specific.Nested, link);
            },
            vlans => string.Join(' ', vlans.Select(vlan => $"{vlan.InterfaceIndex}/{vlan.VlanId}")),
            type => type is Rtm.NewLink or Rtm.DelLink,
            [RtnlGroup.Link],
            cancellation);
        perLink.ForEach(result.AddRange);
        return result;
    }

    /// <summary>Adds VLANs to a bridge's port, or to the bridge itself. If the kernel refuses one, those that were new go again.</summary>
    /// <param name="link">The port, or the bridge.</param>
    /// <param name="ranges">The VLANs.</param>
    /// <param name="pvid">Frames that come in untagged belong to it; for one VLAN alone.</param>
    /// <param name="untagged">Its frames go out untagged.</param>
    /// <returns>The VLANs, read back.</returns>
    /// <exception cref="NetworkException">LinkNotFound, InvalidArgument, NotSupported (no bridge's port, or a kernel without VLAN filtering), PermissionDenied.</exception>
    public IReadOnlyList<BridgeVlan> AddVlan(string link, IReadOnlyList<VlanRange> ranges, bool pvid = false, bool untagged = false)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        var target = RequireMember(link);
        if (ranges.Count == 0)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, $"Which VLANs are to be added to '{target.Name}'? Ids and ranges such as 10,20-30 can be.", target.Name)
            {
                Advice = [Advice.Give("VlanId")],
            };
        if (pvid && (ranges.Count > 1 || ranges[0].First != ranges[0].Last))
            throw new NetworkException(NetworkErrorCode.InvalidArgument, $"Untagged frames that come in by '{target.Name}' belong to one VLAN alone: a PVID goes with one VLAN id.", target.Name);
        var before = VlansOf(target);
        try
        {
            Execute(Rtm.SetLink, target, ranges, (ushort)((pvid ? VlanPvid : 0) | (untagged ? VlanUntagged : 0)));
        }
        catch (NetlinkErrorException e)
        {
            var refusal = LacksVlans(e, target.Name) ?? KernelErrors.Explain(e, $"add VLAN {string.Join(',', ranges)} to '{target.Name}'", target.Name, exists: NetworkErrorCode.ObjectExists);
            throw Rollback.After(refusal, $"remove the new VLANs of '{target.Name}'", () =>
            {
                var extra = VlansOf(target).ExceptBy(before.Select(vlan => vlan.VlanId), vlan => vlan.VlanId).Select(vlan => new VlanRange(vlan.VlanId)).ToList();
                if (extra.Count > 0)
                    Execute(Rtm.DelLink, target, extra, 0);
            });
        }

        return [.. VlansOf(target).Where(vlan => ranges.Any(range => vlan.VlanId >= range.First && vlan.VlanId <= range.Last))];
    }

    /// <summary>Removes VLANs from a bridge's port, or from the bridge itself.</summary>
    /// <param name="link">The port, or the bridge.</param>
    /// <param name="ranges">The VLANs; what is not there is left out.</param>
    /// <exception cref="NetworkException">LinkNotFound, ObjectNotFound (none of them is there), NotSupported, PermissionDenied.</exception>
    public void RemoveVlan(string link, IReadOnlyList<VlanRange> ranges)
    {
        ArgumentNullException.ThrowIfNull(ranges);
        var target = RequireMember(link);
        if (!VlansOf(target).Any(vlan => ranges.Any(range => vlan.VlanId >= range.First && vlan.VlanId <= range.Last)))
            throw new NetworkException(NetworkErrorCode.ObjectNotFound, $"'{target.Name}' has no VLAN {string.Join(',', ranges)}.", target.Name)
            {
                Advice = [Advice.List(AdviceThing.PortVlan, _stack.Namespace.Text, target.Name)],
            };
        try
        {
            Execute(Rtm.DelLink, target, ranges, 0);
        }
        catch (NetlinkErrorException e)
        {
            throw LacksVlans(e, target.Name) ?? KernelErrors.Explain(e, $"remove VLAN {string.Join(',', ranges)} from '{target.Name}'", target.Name, notFound: NetworkErrorCode.ObjectNotFound);
        }
    }

    /// <summary>The kernel's way to say that it was built without VLAN filtering.</summary>
    internal static NetworkException? LacksVlans(NetlinkErrorException refusal, string name) => refusal.Errno != 95
        ? null
        : new NetworkException(NetworkErrorCode.KindNotSupported, $"This kernel's bridges do not look at VLAN tags, so '{name}' cannot: it was built without CONFIG_BRIDGE_VLAN_FILTERING. A distribution's stock kernel has it.", name, refusal);

    private List<BridgeVlan> ReadVlans(AttributeReader specific, NetLink link)
    {
        var result = new List<BridgeVlan>();
        var bridge = link is BridgeLink ? link.Name : link.Master ?? string.Empty;
        var begin = 0;
        foreach (var attribute in specific)
        {
            if (attribute.Type != IFLA_BRIDGE_VLAN_INFO)
                continue;
            var info = attribute.AsStruct<VlanInfo>();
            if (info.Id is 0 or > 4094)
                throw new NetlinkProtocolException($"A bridge VLAN has the id {info.Id}.");
            if ((info.Flags & VlanRangeBegin) != 0)
            {
                begin = info.Id;
                continue;
            }

            var first = (info.Flags & VlanRangeEnd) != 0 && begin != 0 ? begin : info.Id;
            begin = 0;
            for (int id = first; id <= info.Id; id++)
            {
                result.Add(new BridgeVlan
                {
                    InterfaceAlias = link.Name,
                    InterfaceIndex = link.Index,
                    Bridge = bridge,
                    VlanId = id,
                    Pvid = (info.Flags & VlanPvid) != 0,
                    Untagged = (info.Flags & VlanUntagged) != 0,
                    Namespace = _stack.Namespace,
                });
            }
        }

        return result;
    }

    private List<BridgeVlan> VlansOf(NetLink link) => ListVlans().Where(vlan => vlan.InterfaceIndex == link.Index).ToList();

    private NetLink RequireMember(string name)
    {
        var link = _stack.Links.Get(name);
        return link is BridgeLink || link.Data.PortKind == "bridge"
            ? link
            : throw new NetworkException(NetworkErrorCode.NotSupported, $"'{link.Name}' is neither a bridge nor a bridge's port.", link.Name)
            {
                Advice = [Advice.To(AdviceKind.Create, AdviceThing.Port, _stack.Namespace.Text, link.Name)],
            };
    }

    private void Execute(ushort type, NetLink link, IReadOnlyList<VlanRange> ranges, ushort flags)
    {
        using var request = new NetlinkRequest(type).Header(new IfInfoMsg { Family = Af.Bridge, Index = link.Index });
        request.Nest(Ifla.AfSpec, specific =>
        {
            if (link is BridgeLink)
                specific.Put(IFLA_BRIDGE_FLAGS, BRIDGE_FLAGS_SELF);
            foreach (var range in ranges)
            {
                if (range.First == range.Last)
                {
                    specific.Put(IFLA_BRIDGE_VLAN_INFO, new VlanInfo { Flags = flags, Id = (ushort)range.First });
                    continue;
                }

                specific.Put(IFLA_BRIDGE_VLAN_INFO, new VlanInfo { Flags = (ushort)(flags | VlanRangeBegin), Id = (ushort)range.First });
                specific.Put(IFLA_BRIDGE_VLAN_INFO, new VlanInfo { Flags = (ushort)(flags | VlanRangeEnd), Id = (ushort)range.Last });
            }
        });
        _stack.Route.Execute(request);
    }

    /// <summary>struct bridge_vlan_info of linux/if_bridge.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct VlanInfo
    {
        public ushort Flags;
        public ushort Id;
    }
}
