using LxcNetworking.State.Text;
using LxcNetworking.Values;

namespace LxcNetworking.State.Documents;

/// <summary>Writes things as the document that says them.</summary>
internal sealed class DocumentWriter
{
    private static readonly string[] s_ofPair = ["peer", "peerNamespace"];
    private readonly Dictionary<StateKey, StateItem> _items;
    private readonly ILookup<StateKey, StateItem> _parts;
    private readonly HashSet<StateKey> _peers = [];

    private DocumentWriter(IReadOnlyCollection<StateItem> items)
    {
        _items = items.ToDictionary(item => item.Key);
        _parts = items.Where(item => LinkOfPart(item.Key) is not null).ToLookup(item => LinkOfPart(item.Key)!.Value);
        // A document may have made an address of a link that is somebody else's.
        foreach (var link in _parts.Select(group => group.Key).Where(link => !_items.ContainsKey(link)).ToList())
            _items.Add(link, new StateItem(link));
    }

    /// <summary>Writes a document.</summary>
    /// <param name="name">The document's name; null to leave it out.</param>
    /// <param name="items">The things.</param>
    /// <param name="checks">What is to be reached.</param>
    public static StateNode Write(
        string? name, IReadOnlyCollection<StateItem> items, IReadOnlyList<StateCheck> checks)
    {
        var writer = new DocumentWriter(items);
        var entries = new List<StateEntry>();
        if (name is not null)
            Add(entries, "name", StateNode.OfText(name));
        writer.Section(entries, "namespaces", StateSubject.Namespace, NamespaceOf);
        writer.Section(entries, "links", StateSubject.Link, writer.LinkOf);
        writer.Section(entries, "neighbors", StateSubject.Neighbor, NeighborOf);
        writer.Section(entries, "routes", StateSubject.Route, RouteOf);
        writer.Section(entries, "rules", StateSubject.Rule, RuleOf);
        writer.Section(entries, "forwarding", StateSubject.Forwarding, ForwardingOf);
        foreach (var section in StateSections.All)
            writer.Section(entries, section.Name, section.Subject, item => NamedOf(section, item));
        if (checks.Count > 0)
            Add(entries, "checks", StateNode.OfList([.. checks.Select(check => check.ToNode())]));
        return StateNode.OfMap(entries);
    }

    private void Section(
        List<StateEntry> entries, string name, StateSubject subject, Func<StateItem, StateNode?> write)
    {
        List<StateNode> nodes =
            [.. _items.Values.Where(item => item.Key.Subject == subject).Select(write).OfType<StateNode>()];
        if (nodes.Count > 0)
            Add(entries, name, StateNode.OfList(nodes));
    }

    private static StateNode NamespaceOf(StateItem item)
    {
        if (item.Presence == NetStatePresence.Present)
            return StateNode.OfText(item.Key.Name);
        var entries = new List<StateEntry>();
        Add(entries, "name", StateNode.OfText(item.Key.Name));
        AddPresence(entries, item);
        return StateNode.OfMap(entries);
    }

    private StateNode? LinkOf(StateItem item)
    {
        if (_peers.Contains(item.Key))
            return null;
        var entries = EntriesOf(item, withKind: true);
        if (item.Text("peer") is not { } name)
            return StateNode.OfMap(entries);
        var key = StateKey.Link(item.Text("peerNamespace") ?? item.Key.Namespace, name);
        _peers.Add(key);
        var peer = _items.GetValueOrDefault(key) ?? new StateItem(key);
        var far = EntriesOf(peer, withKind: false);
        // An end is in its other end's namespace where nothing is said.
        far.RemoveAll(entry => entry.Name == "namespace");
        if (key.Namespace != item.Key.Namespace)
            far.Insert(1, new StateEntry("namespace", default, StateNode.OfText(key.Namespace)));
        Add(entries, "peer", StateNode.OfMap(far));
        return StateNode.OfMap(entries);
    }

    private List<StateEntry> EntriesOf(StateItem item, bool withKind)
    {
        var entries = Begin(item, "name", item.Key.Name);
        var parts = new Dictionary<string, List<StateEntry>>(StringComparer.Ordinal);
        foreach (var property in StateTables.Of(item))
        {
            if (!item.Values.TryGetValue(property.Name, out var json) || s_ofPair.Contains(property.Name)
                || (property.Name == "kind" && !withKind))
                continue;
            var value = StateNode.FromJson(StateValue.Read(json));
            if (property.Name.Split('.') is not [var part, var name])
            {
                Add(entries, property.Name, value);
                continue;
            }

            if (!parts.TryGetValue(part, out var list))
                parts[part] = list = [];
            Add(list, name, value);
        }

        foreach (var (part, list) in parts)
            Add(entries, part, StateNode.OfMap(list));
        foreach (var wireGuard in _parts[item.Key].Where(part => part.Key.Subject == StateSubject.WireGuard))
            AddValues(entries, wireGuard);
        AddParts(WireGuardReading.Peers, part => part.Key.Subject == StateSubject.Peer, PeerOf);
        AddParts(
            "addresses", part => part.Key.Subject is StateSubject.Address or StateSubject.Lease, AddressOf);
        return entries;

        void AddParts(string name, Func<StateItem, bool> isMeant, Func<StateItem, StateNode> write)
        {
            List<StateNode> nodes = [.. _parts[item.Key].Where(isMeant).Select(write)];
            if (nodes.Count > 0)
                Add(entries, name, StateNode.OfList(nodes));
        }
    }

    /// <summary>The link in whose object a thing stands; null for a thing that stands by itself.</summary>
    public static StateKey? LinkOfPart(StateKey key) => key.Subject switch
    {
        StateSubject.Address => AddressName.LinkOf(key),
        StateSubject.Peer => StateKey.Link(key.Namespace, WireGuardPeerName.Parse(key.Name).Link),
        StateSubject.Lease or StateSubject.WireGuard => StateKey.Link(key.Namespace, key.Name),
        _ => null,
    };

    private static StateNode PeerOf(StateItem item)
    {
        var entries = new List<StateEntry>();
        Add(
            entries,
            WireGuardReading.PublicKey,
            StateNode.OfText(WireGuardPeerName.Parse(item.Key.Name).PublicKey.ToString()));
        AddPresence(entries, item);
        AddValues(entries, item);
        return StateNode.OfMap(entries);
    }

    private static StateNode AddressOf(StateItem item)
    {
        if (item.Key.Subject == StateSubject.Lease)
            return StateNode.OfText(LinkReading.Dhcp);
        var name = AddressName.Parse(item.Key.Name);
        var entries = new List<StateEntry>();
        Add(entries, "ipAddress", StateNode.OfText(name.Prefix.ToString()));
        if (name.Peer is not null)
            Add(entries, "peerAddress", StateNode.OfText(name.Peer.ToString()));
        AddPresence(entries, item);
        AddValues(entries, item);
        return entries.Count == 1 ? entries[0].Value : StateNode.OfMap(entries);
    }

    private static StateNode NeighborOf(StateItem item)
    {
        var name = NeighborName.Parse(item.Key.Name);
        var entries = Begin(item, "interfaceAlias", name.Link);
        Add(entries, "ipAddress", StateNode.OfText(name.Address.ToString()));
        AddValues(entries, item);
        return StateNode.OfMap(entries);
    }

    private static StateNode RouteOf(StateItem item)
    {
        var name = RouteName.Parse(item.Key.Name);
        var entries = Begin(item, "destinationPrefix", name.Destination.ToString());
        if (name.Metric is { } metric)
            Add(entries, "routeMetric", StateNode.OfNumber(metric));
        if (name.Table is { } table)
            Add(entries, "table", StateNode.OfText(table.ToString()));
        if (name.TypeOfService is { } type)
            Add(entries, "typeOfService", StateNode.OfNumber(type));
        if (name.SourcePrefix is { } source)
            Add(entries, "sourcePrefix", StateNode.OfText(source.ToString()));
        AddValues(entries, item);
        return StateNode.OfMap(entries);
    }

    private static StateNode RuleOf(StateItem item)
    {
        var entries = Begin(item, "addressFamily", RuleName.FamilyOf(item.Key.Name).ToString());
        AddValues(entries, item);
        return StateNode.OfMap(entries);
    }

    private static StateNode ForwardingOf(StateItem item)
    {
        var entries = Begin(item, "addressFamily", item.Key.Name);
        return entries.Count == 1 ? entries[0].Value : StateNode.OfMap(entries);
    }

    private static StateNode NamedOf(StateSection section, StateItem item)
    {
        var entries = Begin(item, section.NameProperty, item.Key.Name);
        AddValues(entries, item);
        return StateNode.OfMap(entries);
    }

    private static List<StateEntry> Begin(StateItem item, string property, string name)
    {
        var entries = new List<StateEntry>();
        Add(entries, property, StateNode.OfText(name));
        if (item.Key.Namespace.Length > 0)
            Add(entries, "namespace", StateNode.OfText(item.Key.Namespace));
        AddPresence(entries, item);
        return entries;
    }

    private static void AddValues(List<StateEntry> entries, StateItem item)
    {
        foreach (var property in StateTables.Of(item))
        {
            if (item.Values.TryGetValue(property.Name, out var json))
                Add(entries, property.Name, StateNode.FromJson(StateValue.Read(json)));
        }
    }

    private static void AddPresence(List<StateEntry> entries, StateItem item)
    {
        if (item.Presence != NetStatePresence.Present)
            Add(entries, "state", StateNode.OfText(item.Presence.ToString().ToLowerInvariant()));
    }

    private static void Add(List<StateEntry> entries, string name, StateNode value)
        => entries.Add(new StateEntry(name, default, value));
}
