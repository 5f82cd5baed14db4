using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links.Quality;

/// <summary>What a link has of queueing disciplines and filters.</summary>
internal sealed class QualityState
{
    private readonly List<LinkQueue> _inner = [];

    private QualityState(NetLink link) => Link = link;

    /// <summary>The link.</summary>
    public NetLink Link { get; }

    /// <summary>What is there for what it sends; null for the kernel's own choice.</summary>
    public LinkQueue? Root { get; private set; }

    /// <summary>What takes filters of what it receives; null for nothing.</summary>
    public LinkQueue? Ingress { get; private set; }

    /// <summary>Those filters.</summary>
    public List<IngressFilter> Filters { get; private set; } = [];

    /// <summary>What the link has that incoming traffic is sent through; null for nothing.</summary>
    public LinkQueue? Block { get; private set; }

    /// <summary>This module's filter, or null.</summary>
    public IngressFilter? OwnFilter => Filters.Find(filter => filter.IsOwn);

    /// <summary>Whether others put something under the root.</summary>
    public bool HasInner => _inner.Count > 0;

    /// <summary>What is there for one direction.</summary>
    public LinkQueue? In(QualityDirection direction) => direction == QualityDirection.Out ? Root : Block ?? Ingress;

    /// <summary>What there is, as objects.</summary>
    public IEnumerable<NetLinkQuality> Shown
    {
        get
        {
            if (Root is not null)
                yield return new NetLinkQuality(Link, QualityDirection.Out, Root);
            if ((Block ?? Ingress) is { } incoming)
                yield return new NetLinkQuality(Link, QualityDirection.In, incoming);
        }
    }

    /// <summary>Reads it of all links, or of one.</summary>
    /// <exception cref="NetlinkProtocolException">The kernel's answer is malformed.</exception>
    public static List<QualityState> Read(
        NetworkStack stack, IReadOnlyList<NetLink> links, CancellationToken cancellation)
    {
        var only = links.Count == 1 ? links[0].Index : 0;
        var byLink = Dump(stack, only, cancellation).ToLookup(qdisc => qdisc.Header.Index);
        var result = new List<QualityState>();
        foreach (var link in links)
        {
            var state = new QualityState(link);
            foreach (var qdisc in byLink[link.Index])
                state.Add(qdisc);
            if (state.Ingress is not null)
                state.Filters = IngressFilter.List(stack, link.Index, cancellation);
            result.Add(state);
        }

        foreach (var state in result)
        {
            if (state.Target is var target and not 0)
            {
                state.Follow((only == 0 ? byLink[target] : Dump(stack, target, cancellation))
                    .FirstOrDefault(qdisc => qdisc.IsRoot && !qdisc.IsDefault));
            }

            state.Tell();
        }

        return result;
    }

    // The link that all that comes in is sent through, where there is no more than that.
    private int Target => OwnFilter?.Target ?? (Filters is [{ Target: var target }] ? target : 0);

    private static List<LinkQueue> Dump(NetworkStack stack, int link, CancellationToken cancellation)
    {
        using var request = new NetlinkRequest(Rtm.GetQdisc).Header(new TcMsg { Index = link });
        return stack.DumpListening(
            request,
            reply => LinkQueue.Parse(reply, link),
            qdisc => (qdisc.Header.Index, qdisc.Header.Handle, qdisc.Header.Parent),
            type => type == Rtm.DelQdisc,
            [RtnlGroup.Tc],
            cancellation);
    }

    private void Add(LinkQueue qdisc)
    {
        if (qdisc.IsDefault)
            return;
        if (qdisc.IsRoot)
            Root = qdisc;
        else if (qdisc.IsIngress)
            Ingress = qdisc;
        else
            _inner.Add(qdisc);
    }

    private void Follow(LinkQueue? block)
    {
        Block = block;
        if (block is not null)
            block.IsOwn &= OwnFilter is not null;
    }

    private void Tell()
    {
        if (Root is not null && HasInner)
        {
            var below = _inner.Select(qdisc => $"{qdisc} below {LinkQueue.Shown(qdisc.Header.Parent)}");
            Root.Other = [.. Root.Other, .. below];
        }

        if (Ingress is null)
            return;
        if (Block is null)
        {
            Ingress.IsOwn = OwnFilter is not null;
            Ingress.Other = [.. OwnFilter is null ? Filters.Select(filter => $"{filter.Kind} filter")
                : ["the ifb link is gone, and what comes in is lost"]];
        }
        else if (Filters.Count > 1)
        {
            Block.Other = [.. Block.Other, .. Filters.Where(filter => !filter.IsOwn)
                .Select(filter => $"{filter.Kind} filter, not reached")];
        }
    }
}
