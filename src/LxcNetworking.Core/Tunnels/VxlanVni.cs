using System.Runtime.InteropServices;
using LxcNetworking.Declarations;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Tunnels;

/// <summary>VNIs that an external VXLAN link takes, as they were when they were read (VXLAN_VNIFILTER_ENTRY_* of
/// linux/if_link.h).</summary>
[AttributeSet]
public sealed partial record VxlanVni : AttributeSet
{
    internal VxlanVni(NetLink link, VniRange vni)
        => (InterfaceAlias, InterfaceIndex, Namespace, First, Last) =
            (link.Name, link.Index, link.Namespace, vni.First, vni.First == vni.Last ? null : vni.Last);

    /// <summary>Reads an entry.</summary>
    /// <exception cref="NetlinkProtocolException">An attribute is malformed.</exception>
    internal VxlanVni(NetLink link, AttributeReader entry)
        : this(entry) => (InterfaceAlias, InterfaceIndex, Namespace) = (link.Name, link.Index, link.Namespace);

    // Not public, as PowerShell would make one of whatever has some of its properties.
    private VxlanVni()
        => throw new NotSupportedException("A list of VNIs is read from the kernel.");

    /// <summary>The VXLAN link.</summary>
    public string InterfaceAlias { get; } = string.Empty;

    /// <summary>Its index.</summary>
    public int InterfaceIndex { get; }

    /// <summary>The VNIs: one, or several in a row.</summary>
    public VniRange Vni => new(First ?? 0, Last ?? First ?? 0);

    /// <summary>The host or multicast group that flooded frames of these VNIs go to; null for the link's.</summary>
    [Nla(3, Wire.Address, IPv6 = 4)]
    public IPAddress? Remote { get; internal init; }

    /// <summary>The namespace that it was read from.</summary>
    public NamespaceReference Namespace { get; } = null!;

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    [Nla(1, Wire.U32, Min = 1, Max = VniRange.Highest)]
    internal int? First { get; init; }

    [Nla(2, Wire.U32, Min = 1, Max = VniRange.Highest)]
    internal int? Last { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Vni.ToString();
}

/// <summary>The VNIs that external VXLAN links of one namespace take.</summary>
public sealed class VxlanOperations : IStackOperations<VxlanOperations>
{
    private const ushort VXLAN_VNIFILTER_ENTRY = 1;

    private readonly NetworkStack _stack;

    internal VxlanOperations(NetworkStack stack) => _stack = stack;

    static VxlanOperations IStackOperations<VxlanOperations>.On(NetworkStack stack) => new(stack);

    /// <summary>Lists the VNIs of external links that take those alone that are listed.</summary>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>One object for each range of VNIs that have the same remote.</returns>
    public IReadOnlyList<VxlanVni> ListVnis(CancellationToken cancellation = default)
    {
        var links = _stack.Links.List(new LinkFilter { Kind = "vxlan", SkipStatistics = true }, cancellation)
            .ToDictionary(link => link.Index);
        using var request = new NetlinkRequest(Rtm.GetTunnel).Header(new TunnelMsg { Family = Af.Bridge });
        try
        {
            return [.. _stack.DumpListening(
                request,
                reply => Read(reply, links),
                vnis => string.Join(' ', vnis.Select(vni => $"{vni.InterfaceIndex}/{vni.Vni}")),
                type => type == Rtm.DelTunnel,
                [RtnlGroup.Tunnel],
                cancellation).SelectMany(vnis => vnis)];
        }
        // Before Linux 5.18, or without the module, nothing has such a list.
        catch (NetlinkErrorException refusal) when (refusal.Errno == Native.LibC.EOPNOTSUPP)
        {
            return [];
        }
    }

    /// <summary>Adds VNIs to those that an external link takes. If the kernel refuses one, those that were new go
    /// again.</summary>
    /// <param name="link">The link.</param>
    /// <param name="vnis">The VNIs.</param>
    /// <param name="remote">The host or multicast group that their flooded frames go to; null for the
    /// link's.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>What the link has of them, read back.</returns>
    /// <exception cref="NetworkException">LinkNotFound, InvalidArgument, NotSupported (a link without a list),
    /// ObjectExists (one of them is listed with another remote), PermissionDenied.</exception>
    public IReadOnlyList<VxlanVni> AddVnis(
        string link, IReadOnlyList<VniRange> vnis, IPAddress? remote = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(vnis);
        var target = Require(link, cancellation);
        var before = Of(target, cancellation);
        // The kernel would keep the other remote among those that frames are flooded to.
        if (before.Find(vni => vnis.Any(vni.Vni.Overlaps) && !Equals(vni.Remote, remote)) is { } other)
        {
            throw new NetworkException(
                NetworkErrorCode.ObjectExists,
                $"'{target.Name}' has VNI {other.Vni} already, with {other.Remote?.ToString() ?? "the link's remote"}.",
                target.Name)
            {
                Advice = [Advice.To(AdviceKind.Remove, AdviceThing.Vni, _stack.Namespace.Text, target.Name)],
            };
        }

        var news = vnis.SelectMany(range => range.Except(before.Select(vni => vni.Vni))).ToList();
        cancellation.ThrowIfCancellationRequested();
        try
        {
            if (news.Count > 0)
                Execute(Rtm.NewTunnel, target, news, remote);
        }
        catch (NetlinkErrorException e)
        {
            var refusal = KernelErrors.Explain(
                e,
                $"add VNI {string.Join(',', news)} to '{target.Name}'",
                target.Name,
                exists: NetworkErrorCode.ObjectExists);
            throw Rollback.After(refusal, $"remove the new VNIs of '{target.Name}'", () =>
            {
                var extra = Of(target, CancellationToken.None)
                    .SelectMany(vni => vni.Vni.Except(before.Select(old => old.Vni))).ToList();
                if (extra.Count > 0)
                    Execute(Rtm.DelTunnel, target, extra, null);
            });
        }

        return Of(target, CancellationToken.None).FindAll(vni => vnis.Any(vni.Vni.Overlaps));
    }

    /// <summary>Removes VNIs from those that an external link takes.</summary>
    /// <param name="link">The link.</param>
    /// <param name="vnis">The VNIs; what is not listed is left out.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <exception cref="NetworkException">LinkNotFound, ObjectNotFound (none of them is listed), NotSupported,
    /// PermissionDenied.</exception>
    public void RemoveVnis(string link, IReadOnlyList<VniRange> vnis, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(vnis);
        var target = Require(link, cancellation);
        var present = Of(target, cancellation).Select(vni => vni.Vni).ToList();
        // What is left of the present ones without what is left of them is what both have.
        var gone = present.SelectMany(vni => vni.Except(vni.Except(vnis).ToList())).ToList();
        if (gone.Count == 0)
        {
            throw new NetworkException(
                NetworkErrorCode.ObjectNotFound, $"'{target.Name}' has no VNI {string.Join(',', vnis)}.", target.Name)
            {
                Advice = [Advice.List(AdviceThing.Vni, _stack.Namespace.Text, target.Name)],
            };
        }

        cancellation.ThrowIfCancellationRequested();
        try
        {
            Execute(Rtm.DelTunnel, target, gone, null);
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(
                e,
                $"remove VNI {string.Join(',', gone)} from '{target.Name}'",
                target.Name,
                notFound: NetworkErrorCode.ObjectNotFound);
        }
    }

    private static List<VxlanVni>? Read(NetlinkReply reply, Dictionary<int, NetLink> links)
    {
        if (reply.Type != Rtm.NewTunnel)
            return null;
        var attributes = reply.Read<TunnelMsg>(out var header);
        if (!links.TryGetValue(header.Index, out var link))
            return null;
        var result = new List<VxlanVni>();
        foreach (var attribute in attributes)
        {
            if (attribute.Type != VXLAN_VNIFILTER_ENTRY)
                continue;
            var vni = new VxlanVni(link, attribute.Nested);
            if (vni.First is null or < 1 or > VniRange.Highest || vni.Last < vni.First || vni.Last > VniRange.Highest)
                throw new NetlinkProtocolException($"A VXLAN link has the VNIs {vni.First} to {vni.Last}.");
            result.Add(vni);
        }

        return result;
    }

    private List<VxlanVni> Of(NetLink link, CancellationToken cancellation)
        => [.. ListVnis(cancellation).Where(vni => vni.InterfaceIndex == link.Index)];

    private NetLink Require(string name, CancellationToken cancellation)
    {
        var link = _stack.Links.Get(name, cancellation);
        return link is VxlanLink { VniFilter: true } ? link : throw new NetworkException(
            NetworkErrorCode.NotSupported,
            link is VxlanLink
                ? $"'{link.Name}' has no list of VNIs; an external VXLAN link gets one when it is made (VniFilter)."
                : $"'{link.Name}' is a {link.Kind} link, and VXLAN links have VNIs.",
            link.Name);
    }

    private void Execute(ushort type, NetLink link, List<VniRange> vnis, IPAddress? remote)
    {
        using var request = new NetlinkRequest(type).Header(new TunnelMsg { Family = Af.Bridge, Index = link.Index });
        foreach (var vni in vnis)
            request.Nest(VXLAN_VNIFILTER_ENTRY, new VxlanVni(link, vni) { Remote = remote }.Write);
        _stack.Route.Execute(request);
    }

    /// <summary>struct tunnel_msg of linux/if_link.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct TunnelMsg
    {
        public byte Family;
        public byte Flags;
        public ushort Reserved;
        public int Index;
    }
}

/// <summary>Gives a stack its <see cref="VxlanOperations"/>.</summary>
public static class VxlanOperationsOfStack
{
    extension(NetworkStack stack)
    {
        /// <summary>The VNIs that external VXLAN links take.</summary>
        public VxlanOperations Vxlan => stack.Operations<VxlanOperations>();
    }
}
