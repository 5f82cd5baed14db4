using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>
/// Removes routes. IPv4 keeps routes of one destination, type of service and metric side by side in an order
/// (fib_table_delete of net/ipv4/fib_trie.c takes the first that fits), IPv6 those of one destination, source and
/// metric (ip6_route_del of net/ipv6/route.c).
/// </summary>
internal sealed class RouteRemoval(NetworkStack stack) : ExactRemoval<NetRoute>(stack, NetworkErrorCode.RouteNotFound)
{
    /// <summary>What the kernel's list of routes is sorted by: those that share it are twins.</summary>
    public static (
        IPFamily Family,
        long Table,
        IPPrefix Destination,
        IPPrefix? Source,
        int? TypeOfService,
        long Metric) SortKey(NetRoute route)
        => (
            route.AddressFamily,
            route.Table.Id,
            route.DestinationPrefix,
            route.SourcePrefix,
            route.TypeOfService,
            route.RouteMetric);

    protected override bool MayHaveTwins(NetRoute item) => item.MayHaveTwins;

    protected override object PlaceOf(NetRoute item) => (item.AddressFamily, item.Table.Id);

    protected override IReadOnlyList<NetRoute> ReadPlace(NetRoute item)
        => Stack.Routes.List(new RouteFilter { Family = item.AddressFamily, Table = item.Table });

    protected override object KeyOf(NetRoute item) => SortKey(item);

    protected override string Describe(NetRoute item) => $"route {item}";

    protected override string Identity(NetRoute item) => RouteMessages.Identity(item);

    protected override NetRoute? Parse(NetlinkReply reply) => RouteMessages.Parse(reply, Stack.Namespace);

    protected override NetlinkRequest Removal(NetRoute item) => RouteMessages.Remove(item);

    protected override NetlinkRequest Again(NetRoute item) => RouteMessages.Again(item);

    protected override bool IsTakenFor(NetRoute item, NetRoute twin)
    {
        if (item.Protocol != twin.Protocol)
            return false;
        var ways = Ways(twin);
        if (item.AddressFamily == IPFamily.IPv6)
        {
            // A route with a next-hop object is taken for each that has none.
            return twin.NextHopId != 0 ? item.NextHopId == 0 || item.NextHopId == twin.NextHopId
                : item.NextHopId == 0 && ways.Any(way => way.InterfaceIndex == item.InterfaceIndex
                    && (item.Multipath.Count > 0 || IP.IsAny(item.NextHop) || item.NextHop.Equals(way.NextHop)));
        }

        if (item.Type != twin.Type || item.Scope != twin.Scope
            || (item.Source is not null && !item.Source.Equals(twin.Source)))
            return false;
        if (item.NextHopId != 0 || twin.NextHopId != 0)
            return item.NextHopId == twin.NextHopId || (item.NextHopId == 0 && item.InterfaceIndex == 0);
        // Of several ways the kernel compares as many as the other route has, of a single one the first.
        var asked = Ways(item);
        return (item.Multipath.Count == 0 ? ways.Take(1) : ways).Select((way, i) =>
            (way, i)).All(pair => pair.i < asked.Count
            && pair.way.InterfaceIndex == asked[pair.i].InterfaceIndex
            && (IP.IsAny(asked[pair.i].NextHop) || asked[pair.i].NextHop.Equals(pair.way.NextHop)));
    }

    /// <summary>From the front each is the first that fits. IPv4 puts a new one before its twins, IPv6 behind
    /// them.</summary>
    protected override void Rearrange(IReadOnlyList<NetRoute> twins, int place)
    {
        var isIPv4 = twins[place].AddressFamily == IPFamily.IPv4;
        var moved = isIPv4 ? twins.Take(place + 1).ToList() : [.. twins];
        var back = moved.Where(route => route != twins[place]);
        Send(moved.Select(Removal).Concat((isIPv4 ? back.Reverse() : back).Select(Again)));
    }

    private static ValueList<RouteNextHop> Ways(NetRoute route)
        => route.Multipath.Count > 0
            ? route.Multipath
            : [new RouteNextHop { NextHop = route.NextHop, InterfaceIndex = route.InterfaceIndex }];
}
