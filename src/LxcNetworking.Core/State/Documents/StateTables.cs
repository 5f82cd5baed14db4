using System.Collections.Concurrent;
using System.Text.Json;
using LxcNetworking.Addressing;
using LxcNetworking.Declarations;
using LxcNetworking.Links;
using LxcNetworking.Values;

namespace LxcNetworking.State.Documents;

/// <summary>Which properties can be said of what. All of them are declared elsewhere, once.</summary>
internal static class StateTables
{
    /// <summary>What stands in front of the names of a bridge port's properties.</summary>
    public const string BridgePort = "bridgePort";

    /// <summary>What the kernel changes by itself, so that it is neither exported nor put back.</summary>
    public static IReadOnlySet<string> Volatile { get; } = new HashSet<string> { BridgePort + ".state", "activePort" };

    private static readonly ConcurrentDictionary<string, LinkTables> s_links = new(StringComparer.Ordinal);

    /// <summary>An address's.</summary>
    public static StateTable Address { get; } = new(new AddressEntry(), AddressEntry.Properties);

    /// <summary>A WireGuard link's own.</summary>
    public static StateTable WireGuard { get; } = new(new WireGuardEntry(), WireGuardEntry.Properties);

    /// <summary>A WireGuard link's peer's.</summary>
    public static StateTable WireGuardPeer { get; } = new(new WireGuardPeerEntry(), WireGuardPeerEntry.Properties);

    /// <summary>A neighbour entry's.</summary>
    public static StateTable Neighbor { get; } = new(new NeighborEntry(), NeighborEntry.Properties);

    /// <summary>A route's own.</summary>
    public static StateTable Route { get; } = new(new RouteEntry(), RouteEntry.Properties);

    /// <summary>What else can be said of a route.</summary>
    public static StateTable RouteSettings { get; } = new(new RouteSettings(), Addressing.RouteSettings.Properties);

    /// <summary>A rule's.</summary>
    public static StateTable Rule { get; } = new(new RuleSpec(IPFamily.IPv4), RuleSpec.Properties);

    /// <summary>A link's, by its kind.</summary>
    /// <param name="kind">The kernel's kind; null for a link that a document does not say the kind of.</param>
    public static LinkTables OfLink(string? kind) => s_links.GetOrAdd(kind ?? string.Empty, static kind => new(kind));

    /// <summary>What can be said of a WireGuard link.</summary>
    public static IReadOnlyList<StateProperty> WireGuardProperties { get; } = WithFiles(WireGuard);

    /// <summary>What can be said of a WireGuard link's peer.</summary>
    public static IReadOnlyList<StateProperty> WireGuardPeerProperties { get; } = WithFiles(WireGuardPeer);

    /// <summary>A table's properties, of which those that name a file with a secret take a full path: whoever reads the
    /// file later may be in another folder.</summary>
    public static IReadOnlyList<StateProperty> WithFiles(StateTable table) =>
    [
        .. table.Properties.Select(property => WireGuardReading.SecretFiles.Contains(property.Name)
            ? new TextStateProperty(property.Name, FullPath) : property),
    ];

    /// <summary>The properties that can be said of a thing.</summary>
    public static IReadOnlyList<StateProperty> Of(StateItem item) => item.Key.Subject switch
    {
        StateSubject.Link => OfLink(item.Text("kind")).Properties,
        StateSubject.WireGuard => WireGuardProperties,
        StateSubject.Peer => WireGuardPeerProperties,
        StateSubject.Address => Address.Properties,
        StateSubject.Neighbor => Neighbor.Properties,
        StateSubject.Route => RouteProperties,
        StateSubject.Rule => Rule.Properties,
        var subject => StateSections.Of(subject)?.Properties ?? [],
    };

    /// <summary>A route's properties.</summary>
    public static IReadOnlyList<StateProperty> RouteProperties { get; }
        = [.. Route.Properties, new WaysProperty(), .. RouteSettings.Properties];

    private static string FullPath(string path) => Path.IsPathFullyQualified(path) ? path
        : throw new FormatException($"'{Netlink.KernelText.Shown(path)}' is not a full path");

    /// <summary>When a property of a thing can be set.</summary>
    public static Access AccessOf(StateItem item, string property)
        => Of(item).FirstOrDefault(candidate => candidate.Name == property)?.Access ?? Access.Always;

    /// <summary>A thing that is made again: what is said, and what it has that is not spoken of, but for what goes with
    /// its kind.</summary>
    public static StateItem Over(StateItem item, StateItem actual)
    {
        if (item.Key.Subject == StateSubject.Route)
            return item with { Values = RouteName.Over(item.Values, actual.Values) };
        var isSameKind = item.Text("kind") is not { } kind || kind == actual.Text("kind");
        var known = Of(item).Select(property => property.Name).ToHashSet(StringComparer.Ordinal);
        var values = new SortedDictionary<string, string>(item.Values, StringComparer.Ordinal);
        foreach (var (name, value) in actual.Values)
        {
            if (known.Contains(name) && isSameKind)
                values.TryAdd(name, value);
        }

        return item with { Values = values };
    }

    /// <summary>The properties of links of one kind.</summary>
    internal sealed class LinkTables
    {
        public LinkTables(string kind)
        {
            var known = LinkKinds.Find(kind);
            var own = known?.Empty?.Invoke();
            Kind = own is null ? null : new StateTable(own, known!.Properties);
            HashSet<string> taken = [.. Kind?.Properties.Select(property => property.Name) ?? []];
            Entry = new StateTable(new LinkEntry(), LinkEntry.Properties, taken: taken);
            Common = new StateTable(new CommonLinkSettings(), CommonLinkSettings.Properties, taken: taken);
            Port = new StateTable(new BridgePortSettings(), BridgePortSettings.Properties, BridgePort + ".");
            Properties =
            [
                .. Entry.Properties, .. Kind?.Properties ?? [], .. Common.Properties, .. Port.Properties,
            ];
        }

        /// <summary>What links of every kind have, which messages have places of their own for.</summary>
        public StateTable Entry { get; }

        /// <summary>What links of every kind have besides.</summary>
        public StateTable Common { get; }

        /// <summary>What the kind alone has; null where it is not known.</summary>
        public StateTable? Kind { get; }

        /// <summary>What a bridge's port has.</summary>
        public StateTable Port { get; }

        /// <summary>All of them, in the order in which they are written.</summary>
        public IReadOnlyList<StateProperty> Properties { get; }
    }

    /// <summary>The ways of a route that has several.</summary>
    private sealed class WaysProperty() : StateProperty("nextHops")
    {
        public override string Canonical(JsonElement value) => RouteWay.Write(RouteWay.Read(value));

        public override void WriteSchema(Utf8JsonWriter writer) => RouteWay.WriteListSchema(writer);
    }
}
