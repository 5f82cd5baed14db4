using System.Globalization;
using LxcNetworking.Bridges;
using LxcNetworking.Declarations;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.Values;

namespace LxcNetworking.State.Kernel;

/// <summary>Reads and changes links.</summary>
internal sealed class LinkItems : StateItems
{
    private const string Mark = "state:", Kind = "kind", Up = "up", Master = "master";
    private static readonly string[] s_withoutKind = ["physical", "loopback"];

    // Each namespace has these as soon as their modules are loaded (net.core.fb_tunnels_only_for_init_net).
    private static readonly HashSet<string> s_kernels =
    [
        "tunl0", "gre0", "gretap0", "erspan0", "sit0", "ip6tnl0", "ip6gre0", "ip_vti0", "ip6_vti0",
    ];

    /// <inheritdoc/>
    public override IEnumerable<StateItem> Read(StateWorld world, string name, CancellationToken cancellation)
        => world.LinksOf(name, cancellation).Values.Select(link => ItemOf(world, name, link, cancellation));

    // Of a pair both ends are made.
    /// <inheritdoc/>
    public override void Create(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
    {
        var item = step.After!;
        var maker = StateWorld.StackOf(home, StateNeeds.MakerOf(item), cancellation);
        var where = StateWorld.StackOf(home, item.Key.Namespace, cancellation);
        var spec = NewLinks.SpecOf(
            item, StateNeeds.PeerOf(item)?.Name, link => maker.Links.IndexOf(link, cancellation));
        var pair = spec as LinkPairSpec;
        Fill(spec, item, where, ReferenceEquals(maker, where) ? null : where.Namespace);
        var far = pair is null ? null
            : StateWorld.StackOf(home, StateNeeds.PeerOf(item)!.Value.Namespace, cancellation);
        if (pair is not null && step.Peer is { } peer)
            Fill(pair.Peer, peer, far!, null);
        if (pair is not null && !ReferenceEquals(far, maker))
            pair.Peer.TargetNamespace = far!.Namespace;
        spec.AlternativeNames = NamesOf(item, document);
        if (pair is not null && step.Peer is not null)
            pair.Peer.AlternativeNames = NamesOf(step.Peer, document);
        var (made, end) = pair is null ? (spec.CreateFrom(maker.Links, cancellation), null)
            : maker.Links.Creation.CreatePair(pair, cancellation);
        try
        {
            Finish(where, maker, made, item, document);
            if (step.Peer is { } other && end is not null)
                Finish(far!, maker, end, other, document);
        }
        catch (Exception failure)
        {
            where.Links.Creation.RollBack(made.Name, failure);
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Change(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
    {
        var stack = StateWorld.StackOf(home, step.Key.Namespace, cancellation);
        var link = stack.Links.Get(step.Key.Name, cancellation);
        var maker = StateWorld.StackOf(home, StateNeeds.MakerOf(step.Before!), cancellation);
        Change(stack, maker, link, step.After!, step.Properties.ToHashSet(StringComparer.Ordinal));
        if (!step.Properties.Contains(StateNeeds.Owner))
            return;
        var names = stack.Links.Get(link.Index, cancellation);
        stack.Links.Renaming.SetAlternativeNames(
            names,
            [
                .. names.AlternativeName.Where(name => !IsMark(name)),
                .. document is null ? Array.Empty<string>() : [MarkOf(document, step.Key)],
            ]);
    }

    /// <inheritdoc/>
    public override void Remove(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
        => Remove(home, [step.Before!], cancellation);

    /// <summary>Removes links of one namespace.</summary>
    public static void Remove(NetworkStack home, IReadOnlyList<StateItem> items, CancellationToken cancellation)
    {
        var stack = StateWorld.StackOf(home, items[0].Key.Namespace, cancellation);
        var links = new List<NetLink>();
        foreach (var item in items)
        {
            if (stack.Links.Find(item.Key.Name, LinkFilter.Bare, cancellation) is not { } link)
                continue;
            if (item.Identity is { } identity && identity != IdentityOf(link))
            {
                throw new NetworkException(
                    NetworkErrorCode.LinkNotFound,
                    $"The {item.Key.Words} is another one by now, which is left alone.",
                    item.Key.Name);
            }

            links.Add(link);
        }

        if (links.Count > 0 && stack.Links.Remove(links, cancellation) is [{ Error: var refusal }, ..])
            throw refusal;
    }

    private static StateItem ItemOf(StateWorld world, string name, NetLink link, CancellationToken cancellation)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var kind = s_withoutKind.Contains(link.Kind) ? null : link.Kind;
        var tables = StateTables.OfLink(kind);
        var links = world.LinksOf(name, cancellation);
        string? NameOf(int index) => Name(links, index);
        // A tunnel's device is a link of the namespace that it was made in.
        var maker = link.Data.ParentNamespaceId is { } number ? world.NameOf(name, number) : name;
        var makers = maker is null ? [] : world.LinksOf(maker, cancellation);
        var (parent, peer) = RelativesOf(world, name, link, kind, cancellation);
        var mark = link.AlternativeName.FirstOrDefault(IsMark);
        tables.Entry.Write(
            new LinkEntry
            {
                Kind = kind,
                Parent = parent?.Name,
                ParentNamespace = parent?.Namespace,
                Peer = peer?.Name,
                PeerNamespace = peer?.Namespace,
                Up = link.IsUp,
                Master = link.MasterIndex == 0 ? string.Empty : link.Master,
                Mtu = (int)link.Mtu,
                MacAddress = link.MacAddress is { IsZero: false } address ? address : null,
                Promiscuous = link.Promiscuous,
                Alias = link.Alias ?? string.Empty,
                AlternativeName = [.. link.AlternativeName.Where(other => !IsMark(other))],
                Group = link.Group,
                TxQueueLength = (int)link.TxQueueLength,
            },
            values,
            NameOf);
        // The carrier is what the link sees, and a tunnel's other end is a property of its kind.
        var common = link.AllCommon with { Carrier = null };
        if (link.LinkType != LinkType.Ethernet)
            common = common with { BroadcastAddress = null };
        tables.Common.Write(common, values, NameOf);
        if (link.Details is LinkSettings details)
            tables.Kind?.Write(details, values, index => Name(makers, index));
        if (link.PortKind == "bridge" && link.Data.PortSettings is { } port)
            tables.Port.Write(port, values, NameOf);
        return new StateItem(StateKey.Link(name, link.Name))
        {
            Values = values,
            Identity = IdentityOf(link),
            IsTransient = link.Kind == "loopback" || s_kernels.Contains(link.Name),
            Owner = mark is null ? null : mark[Mark.Length..].Split(':')[0],
        };
    }

    private static string? Name(Dictionary<int, NetLink> links, int index)
        => index == 0 ? string.Empty : links.GetValueOrDefault(index)?.Name;

    // What tells it from one that was made since: the kernel counts indexes up, and another kind is another link.
    internal static string IdentityOf(NetLink link)
        => string.Create(CultureInfo.InvariantCulture, $"{link.Namespace.Cookie}/{link.Index}/{link.Kind}");

    private static ((string Name, string Namespace)? Parent, (string Name, string Namespace)? Peer) RelativesOf(
        StateWorld world, string name, NetLink link, string? kind, CancellationToken cancellation)
    {
        var isPair = LinkKinds.Find(kind)?.IsPair == true;
        var where = link.Data.ParentNamespaceId is { } number ? world.NameOf(name, number) : name;
        if (where is null)
            return (null, null);
        var other = link.ParentIndex == 0 ? null
            : world.LinksOf(where, cancellation).GetValueOrDefault(link.ParentIndex)?.Name;
        if (isPair)
            return (null, other is null ? null : (other, where));
        // A tunnel that was made elsewhere has no parent, and sends its packets there.
        if (other is null)
            return (link.ParentIsElsewhere ? (string.Empty, where) : null, null);
        return ((other, where), null);
    }

    /// <summary>Whether a link bears a document's mark.</summary>
    public static bool IsOfDocument(NetLink link) => link.AlternativeName.Any(IsMark);

    private static bool IsMark(string name) => name.StartsWith(Mark, StringComparison.Ordinal);

    private static void Fill(LinkSpec spec, StateItem item, NetworkStack where, NamespaceReference? target)
    {
        var tables = StateTables.OfLink(item.Text(Kind));
        var entry = (LinkEntry)tables.Entry.Read(item.Values, _ => 0);
        // A bond takes a port only while that is down: it joins later.
        var master = entry.Master is { Length: > 0 } name ? where.Links.Find(name, LinkFilter.Bare) : null;
        var isBondPort = master?.Kind == "bond";
        spec.TargetNamespace = target;
        spec.Master = entry.Master is { Length: > 0 } && !isBondPort ? entry.Master : null;
        spec.KnownMaster = isBondPort ? null : master?.Index;
        spec.Mtu = entry.Mtu;
        // A bridge with an address in its creating message has no carrier without ports (BridgeSpec): it gets it later.
        spec.MacAddress = spec is BridgeSpec ? null : entry.MacAddress;
        spec.TxQueueLength = entry.TxQueueLength;
        spec.Group = (int?)entry.Group is not 0 and var group ? group : null;
        spec.Alias = entry.Alias is { Length: > 0 } alias ? alias : null;
        spec.Promiscuous = entry.Promiscuous == true;
        spec.Up = entry.Up == true && !isBondPort;
        var common = (CommonLinkSettings)tables.Common.Read(
            item.Values, _ => 0, (_, access) => access == Access.CreateOnly);
        spec.Common = common == new CommonLinkSettings() ? null : common;
    }

    // What the creating message does not take is compared with what the link has got, and changed.
    private static void Finish(
        NetworkStack stack, NetworkStack maker, NetLink link, StateItem item, string? document)
    {
        // Not all kinds are made by a message that takes them, and none takes very many.
        var names = NamesOf(item, document);
        if (names.Except(link.AlternativeName).Any())
            stack.Links.Renaming.SetAlternativeNames(link, names);
        var tables = StateTables.OfLink(item.Text(Kind));
        var there = new Dictionary<string, string>(StringComparer.Ordinal);
        tables.Common.Write(link.AllCommon, there, _ => null);
        if (link.Data.PortSettings is { } port)
            tables.Port.Write(port, there, _ => null);
        if (link.Details is LinkSettings details)
            tables.Kind?.Write(details, there, index => NamerOf(stack, maker, link).Links.Find(index)?.Name);
        if (link.MacAddress is { } address)
            there["macAddress"] = StateValue.Of(address.ToString());
        there["mtu"] = link.Mtu.ToString(CultureInfo.InvariantCulture);
        var differing = item.Values.Where(pair => there.TryGetValue(pair.Key, out var now) && now != pair.Value
                && StateTables.AccessOf(item, pair.Key) != Access.CreateOnly)
            .Select(pair => pair.Key).ToHashSet(StringComparer.Ordinal);
        differing.RemoveWhere(property => UsualValues.IsImplied(item, property));
        if (item.Text(Master) is { Length: > 0 } && link.MasterIndex == 0)
            differing.UnionWith([Master, Up]);
        if (differing.Count > 0)
            Change(stack, maker, link, item, differing);
    }

    private static List<string> NamesOf(StateItem item, string? document)
    {
        var said = ((LinkEntry)StateTables.OfLink(item.Text(Kind)).Entry.Read(item.Values, _ => 0)).AlternativeName;
        return [.. said ?? [], .. document is null ? Array.Empty<string>() : [MarkOf(document, item.Key)]];
    }

    private static string MarkOf(string document, StateKey key) => $"{Mark}{document}:{key.Name}";

    // A link's device is in the namespace that it was made in, and a bond's ports are beside it.
    private static NetworkStack NamerOf(NetworkStack stack, NetworkStack maker, NetLink link)
        => link.Kind == "bond" ? stack : maker;

    private static void Change(
        NetworkStack stack, NetworkStack maker, NetLink link, StateItem item, HashSet<string> properties)
    {
        bool IsMeant(string name, Access access) => properties.Contains(name) && access != Access.CreateOnly;
        var tables = StateTables.OfLink(s_withoutKind.Contains(link.Kind) ? null : link.Kind);
        int IndexOf(string name) => stack.Links.IndexOf(name);
        var entry = (LinkEntry)tables.Entry.Read(item.Values, IndexOf, IsMeant);
        var common = (CommonLinkSettings)tables.Common.Read(item.Values, IndexOf, IsMeant);
        var change = new LinkChange
        {
            Up = entry.Up,
            Mtu = entry.Mtu,
            MacAddress = entry.MacAddress,
            Promiscuous = entry.Promiscuous,
            Master = entry.Master,
            Alias = entry.Alias,
            Group = entry.Group,
            TxQueueLength = entry.TxQueueLength,
            Common = common == new CommonLinkSettings() ? null : common,
            AlternativeName = entry.AlternativeName is { } names
                ? [.. names, .. link.AlternativeName.Where(IsMark)] : null,
        };
        if (IsBond(stack, entry.Master))
            Enslave(stack, link, change);
        else if (change != new LinkChange())
            stack.Links.Change(link, change);
        if (tables.Kind is { } kind && kind.Properties.Any(property => IsMeant(property.Name, property.Access)))
        {
            var settings = (LinkSettings)kind.Read(
                item.Values, name => NamerOf(stack, maker, link).Links.IndexOf(name), IsMeant);
            stack.Links.Change(link, settings, force: true);
        }

        if (tables.Port.Properties.Any(property => IsMeant(property.Name, property.Access)))
            stack.Bridges.ChangePort(link.Name, (BridgePortSettings)tables.Port.Read(item.Values, IndexOf, IsMeant));
    }

    private static bool IsBond(NetworkStack stack, string? master)
        => master is { Length: > 0 } && stack.Links.Find(master)?.Kind == "bond";

    // A bond takes a port only while that is down, and brings it up; a message that does both brings it up first.
    private static void Enslave(NetworkStack stack, NetLink link, LinkChange change) => Rollback.Run(undo =>
    {
        if (link.IsUp)
        {
            undo.Add($"bring '{link.Name}' up", () => stack.Links.Change(link, new LinkChange { Up = true }));
            stack.Links.Change(link, new LinkChange { Up = false });
        }

        stack.Links.Change(link, change with { Up = null });
        if (change.Up == false)
            stack.Links.Change(stack.Links.Get(link.Index), new LinkChange { Up = false });
    });
}
