using System.Globalization;
using LxcNetworking.Addressing;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Events;

/// <summary>What one route has in common with the one that replaces it.</summary>
internal sealed record RoutePlace(IPPrefix Destination, IPPrefix? Source, long Table, long Metric, int? TypeOfService);

/// <summary>Routes by their places and ways.</summary>
internal sealed class RouteEvents(NetworkStack stack, Action<NetEvent>? tell)
    : EventTable<(RoutePlace Place, RouteType Type, string Ways), NetRoute>(NetEventType.Route, stack, tell)
{
    /// <summary>True if routes may have come or gone without a notification, so that they have to be listed.</summary>
    public bool IsStale { get; set; }

    /// <summary>Tells whether a route is an event to anybody: the kernel has some for each address, and copies for its
    /// own use.</summary>
    public static bool IsTold(NetRoute route)
        => !route.Table.Equals(RouteTable.Local) && (route.Flags & RouteFlags.Cloned) == 0;

    /// <inheritdoc/>
    public override void Put(NetRoute item, bool isReplacement = false)
    {
        if (Items.ContainsKey(KeyOf(item)))
        {
            base.Put(item, isReplacement);
            return;
        }

        // IPv6 gives a route further ways without a word of the route that it was.
        var place = PlaceOf(item);
        var ways = WaysOf(item).ToHashSet();
        var before = Items.Values.Where(other => PlaceOf(other).Equals(place)
            && (isReplacement
                || (item.AddressFamily == IPFamily.IPv6 && ways.Count > 1 && ways.Overlaps(WaysOf(other))))).ToList();
        if (before.Count > 1)
            IsStale = true;
        else if (before.Count == 1)
            Change(before[0], item);
        else
            Add(item);
    }

    /// <inheritdoc/>
    public override void Drop(NetRoute item)
    {
        // IPv6 takes away one way of several.
        if (!Items.ContainsKey(KeyOf(item)) && item.AddressFamily == IPFamily.IPv6)
            IsStale = true;
        else
            base.Drop(item);
    }

    protected override IReadOnlyList<NetRoute> List(CancellationToken cancellation)
        => [.. Stack.Routes.List(new RouteFilter { Table = RouteTable.All }, cancellation).Where(IsTold)];

    protected override (RoutePlace Place, RouteType Type, string Ways) KeyOf(NetRoute item)
        => (PlaceOf(item), item.Type, string.Join(' ', WaysOf(item)));

    protected override (string? Alias, int Index, string Subject) Describe(NetRoute item) => (
        item.InterfaceAlias,
        item.InterfaceIndex,
        $"{(item.Type == RouteType.Unicast ? string.Empty : $"{item.Type} ")}{item}"
            + $"{(item.Table.Equals(RouteTable.Main) ? string.Empty : $" table {item.Table}")}");

    // Whether the link of a way works is the link's event, and the kernel does not tell it here.
    protected override IReadOnlyList<string> Compare(NetRoute before, NetRoute now)
    {
        var changes = new EventChanges();
        // A link's new name is the link's event, too.
        if (!WaysOf(before).SequenceEqual(WaysOf(now)))
            changes.Add("NextHop", Hops(before), Hops(now));
        if (before.InterfaceIndex != now.InterfaceIndex)
            changes.Add("InterfaceAlias", before.InterfaceAlias, now.InterfaceAlias);
        return changes.Add("Type", before.Type, now.Type).Add("Protocol", before.Protocol, now.Protocol)
            .Add("Scope", before.Scope, now.Scope)
            .Add("Source", before.Source, now.Source).Add("Mtu", before.Mtu, now.Mtu)
            .Add("AdvertisedMss", before.AdvertisedMss, now.AdvertisedMss)
            .Add("HopLimit", before.HopLimit, now.HopLimit)
            .Add("Encapsulation", before.Encapsulation, now.Encapsulation).List;
    }

    protected override void Replace(IReadOnlyList<NetRoute> list)
    {
        // What is new in the place of what is gone is the same route, changed.
        var there = list.Select(KeyOf).ToHashSet();
        var gone = Items.Where(entry => !there.Contains(entry.Key)).Select(entry => entry.Value).ToList();
        foreach (var item in list)
        {
            if (Items.TryGetValue(KeyOf(item), out var same))
            {
                Change(same, item);
            }
            else if (gone.Find(other => PlaceOf(other).Equals(PlaceOf(item))) is { } before)
            {
                gone.Remove(before);
                Change(before, item);
            }
            else
            {
                Add(item);
            }
        }

        foreach (var item in gone)
            base.Drop(item);
    }

    private static RoutePlace PlaceOf(NetRoute item)
        => new(item.DestinationPrefix, item.SourcePrefix, item.Table.Id, item.RouteMetric, item.TypeOfService);

    // In one order. A next-hop object's ways can change under the route.
    private static IEnumerable<string> WaysOf(NetRoute item) => item.NextHopId is { } id and not 0
        ? [id.ToString(CultureInfo.InvariantCulture)]
        : item.Multipath.Count == 0 ? [$"{item.NextHop}%{item.InterfaceIndex}"]
        : item.Multipath.Select(hop => $"{hop.NextHop}%{hop.InterfaceIndex}").Order(StringComparer.Ordinal);

    private static IEnumerable<string> Hops(NetRoute item) => item.Multipath.Count == 0 ? [item.NextHop.ToString()]
        : item.Multipath.Select(hop => hop.ToString()).Order(StringComparer.Ordinal);
}
