using LxcNetworking.State.Documents;
using LxcNetworking.Values;

namespace LxcNetworking.State.Plans;

/// <summary>What a thing needs to be there before it.</summary>
internal static class StateNeeds
{
    /// <summary>What the kernel tells of an IPv4 address that came after another one of its network, with which it
    /// goes: that one.</summary>
    public const string First = "first";

    /// <summary>What the kernel tells of a WireGuard peer that was heard: its endpoint is where that was.</summary>
    public const string Heard = "heard";

    /// <summary>What is changed of a link that a document takes over: whose mark it bears.</summary>
    public const string Owner = "owner";

    private static readonly StateSubject[] s_providers = [StateSubject.Network, StateSubject.Segment];

    // Properties that name a link of the namespace that the thing is made from.
    private static readonly string[] s_links = ["parent", "device", "portA", "portB"];

    /// <summary>The things that are needed to make a thing, and without which it goes.</summary>
    public static IEnumerable<StateKey> Of(StateItem item)
    {
        var where = item.Key.Namespace;
        if (where.Length > 0)
            yield return StateKey.Of(where);
        switch (item.Key.Subject)
        {
            case StateSubject.Link:
                foreach (var need in OfLink(item))
                    yield return need;
                break;
            case StateSubject.Address:
                yield return StateKey.Link(where, AddressName.Parse(item.Key.Name).Link);
                if (item.Text(First) is { } first)
                    yield return new StateKey(StateSubject.Address, where, first);
                break;
            case StateSubject.Neighbor:
                yield return StateKey.Link(where, NeighborName.Parse(item.Key.Name).Link);
                break;
            case StateSubject.Route:
                foreach (var link in LinksOf(item))
                    yield return StateKey.Link(where, link);
                break;
            case StateSubject.Peer:
                yield return StateKey.Link(where, WireGuardPeerName.Parse(item.Key.Name).Link);
                break;
            case StateSubject.Lease or StateSubject.WireGuard:
                yield return StateKey.Link(where, item.Key.Name);
                break;
            default:
                foreach (var need in StateSections.Of(item.Key.Subject)?.Needs(item) ?? [])
                    yield return need;
                break;
        }
    }

    /// <summary>What makes a link that documents do not list: the container network or the segment of its
    /// name.</summary>
    /// <param name="key">The link.</param>
    /// <param name="isKnown">Whether there is such a thing.</param>
    public static StateKey? ProviderOf(StateKey key, Func<StateKey, bool> isKnown)
    {
        foreach (var subject in key.Subject == StateSubject.Link ? s_providers : [])
        {
            if (isKnown(key with { Subject = subject }))
                return key with { Subject = subject };
        }

        return null;
    }

    /// <summary>The links that a thing changes, and that come before it where a document has them.</summary>
    public static IEnumerable<StateKey> Uses(StateItem item)
        => StateSections.Of(item.Key.Subject)?.Uses(item) ?? [];

    /// <summary>The things that are to be there first, and without which a thing stays all the same.</summary>
    public static IEnumerable<StateKey> Wants(StateItem item)
    {
        if (item.Key.Subject == StateSubject.Link && item.Text("master") is { Length: > 0 } master)
            yield return StateKey.Link(item.Key.Namespace, master);
    }

    /// <summary>What of a new link is set once the others are there: a bond's port needs the bond, and the bond names
    /// the port.</summary>
    public static IReadOnlySet<string> Later { get; } = new HashSet<string>
    {
        "primary", "activePort", StateTables.BridgePort + ".backupPort",
    };

    /// <summary>A pair's other end, or null.</summary>
    public static StateKey? PeerOf(StateItem item)
        => item.Text("peer") is { } peer
            ? StateKey.Link(item.Text("peerNamespace") ?? item.Key.Namespace, peer) : null;

    /// <summary>The address of this host that a tunnel begins at, or null.</summary>
    public static string? LocalAddressOf(StateItem item)
        => item.Key.Subject is StateSubject.Link or StateSubject.Segment ? item.Text("local") : null;

    /// <summary>The namespace that a link is made from.</summary>
    public static string MakerOf(StateItem item) => item.Text("parentNamespace") ?? item.Key.Namespace;

    private static IEnumerable<StateKey> OfLink(StateItem item)
    {
        var maker = MakerOf(item);
        if (maker.Length > 0 && maker != item.Key.Namespace)
            yield return StateKey.Of(maker);
        foreach (var name in s_links)
        {
            if (item.Text(name) is { Length: > 0 } link)
                yield return StateKey.Link(maker, link);
        }

        if (PeerOf(item) is { Namespace: { Length: > 0 } other })
            yield return StateKey.Of(other);
    }

    private static IEnumerable<string> LinksOf(StateItem route)
    {
        if (route.Text("interfaceAlias") is { } link)
            yield return link;
        if (!route.Values.TryGetValue("nextHops", out var ways))
            yield break;
        foreach (var way in RouteWay.Read(StateValue.Read(ways)))
        {
            if (way.InterfaceAlias is { } other)
                yield return other;
        }
    }
}
