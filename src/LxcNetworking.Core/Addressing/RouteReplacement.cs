using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>
/// Puts one route in the place of another, so that no packet finds neither. The kernel chooses which one goes: of IPv4
/// the first of the destination, type of service and metric (fib_table_insert of net/ipv4/fib_trie.c), of IPv6 the
/// first of the destination, source and metric that has a gateway if the new one has, else the first
/// (fib6_add_rt2node of net/ipv6/ip6_fib.c). IPv6 takes a route of several ways one by one, and has lost the old one
/// when it refuses the second.
/// </summary>
internal sealed class RouteReplacement(NetworkStack stack)
{
    /// <summary>Makes a route, in the place of the one that is there.</summary>
    /// <exception cref="NetworkException">As for <see cref="RouteOperations.Create"/>; what was there
    /// stays.</exception>
    public NetRoute Replace(RouteSpec spec, CancellationToken cancellation)
    {
        var twins = Twins(spec, cancellation);
        var standing = Standing(twins, spec);
        RefuseRoutersWay(twins, spec);
        return Make(spec, NetlinkFlags.Create | NetlinkFlags.Replace, standing);
    }

    /// <summary>Makes a route beside the one that is there.</summary>
    /// <exception cref="NetworkException">As for <see cref="RouteOperations.Create"/>; what was there
    /// stays.</exception>
    public NetRoute Add(RouteSpec spec, CancellationToken cancellation)
    {
        // IPv6 makes one route of both.
        var standing = spec.Family == IPFamily.IPv6 ? Standing(Twins(spec, cancellation), spec) : null;
        cancellation.ThrowIfCancellationRequested();
        return Make(spec, NetlinkFlags.Create | NetlinkFlags.Append, standing);
    }

    /// <summary>Changes a route.</summary>
    /// <exception cref="NetworkException">RouteNotFound: it is not there any more as it was read. As for
    /// <see cref="RouteOperations.Create"/>; it stays as it was.</exception>
    public NetRoute Change(NetRoute route, RouteSpec spec, CancellationToken cancellation)
    {
        var twins = Twins(route, cancellation);
        var identity = RouteMessages.Identity(route);
        var current = twins.Find(twin => RouteMessages.Identity(twin) == identity)
            ?? throw new NetworkException(
                NetworkErrorCode.RouteNotFound,
                $"The route {route} is not there any more as it was read.",
                route.ToString());
        if (!RouteRemoval.SortKey(route).Equals(KeyOf(spec)))
            return MakeBeside(route, spec, NetlinkFlags.Create | NetlinkFlags.Exclusive);
        var standing = Standing(twins, spec);
        RefuseRoutersWay(twins, spec);
        if (standing == current)
            return Make(spec, NetlinkFlags.Replace, current);
        // Behind its twins an IPv4 route is not used, so that its place among them can change.
        return spec.Family == IPFamily.IPv4
            ? MakeBeside(route, spec, NetlinkFlags.Create | NetlinkFlags.Append)
            : throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The route {route} cannot become so: the kernel would take {standing} for it, which has the same "
                    + "destination and metric.",
                route.ToString())
            { Advice = [Advice.Choose(nameof(RouteChange.Metric))] };
    }

    private NetRoute MakeBeside(NetRoute old, RouteSpec spec, NetlinkFlags flags)
    {
        var made = Make(spec, flags, null);
        if (stack.Routes.Remove([old])[0] is not { } problem)
            return made;
        throw Rollback.After(problem, $"remove the route {made}", () => Remove(made));
    }

    /// <summary>Sends a request and puts back what it took away without making what it says.</summary>
    internal NetRoute Make(RouteSpec spec, NetlinkFlags flags, NetRoute? standing)
    {
        NetRoute made;
        try
        {
            made = stack.Routes.Make(spec, flags);
        }
        catch (NetworkException problem) when (standing is not null)
        {
            throw Rollback.After(problem, $"put the route {standing} back", () => PutBackIfGone(standing));
        }

        PassedOverSettings.Refuse(
            spec.Unanswered(made),
            $"the route to {spec.Destination}",
            $"{spec.Destination}",
            () => standing is null ? stack.Routes.Remove([made])[0] : PutBack(standing));
        return made;
    }

    // IPv6 keeps what a router announced beside the others, and refuses a way of it when the ways before it are made.
    private static void RefuseRoutersWay(List<NetRoute> twins, RouteSpec spec)
    {
        if (spec.Family == IPFamily.IPv4 || spec.NextHops.Count < 2)
            return;
        foreach (var hop in spec.NextHops)
        {
            var twin = twins.Find(twin => twin.Protocol == RouteProtocol.RouterAdvertisement
                && twin.NextHop.Equals(hop.RealGateway) && twin.InterfaceIndex == hop.InterfaceIndex);
            if (twin is not null)
            {
                throw new NetworkException(
                    NetworkErrorCode.RouteExists,
                    $"The router {twin.NextHop} has announced the route {twin} itself. It stands beside the others.",
                    spec.Destination.ToString());
            }
        }
    }

    private void PutBackIfGone(NetRoute route)
    {
        var identity = RouteMessages.Identity(route);
        if (Twins(route, CancellationToken.None).Exists(twin => RouteMessages.Identity(twin) == identity))
            return;
        using var request = RouteMessages.Again(route);
        stack.Route.Execute(request);
    }

    private NetworkException? PutBack(NetRoute route)
    {
        using var request = RouteMessages.PutBack(route);
        try
        {
            stack.Route.Execute(request);
            return null;
        }
        catch (NetlinkErrorException e)
        {
            return new NetworkException(NetworkErrorCode.KernelRefused, e.Message, route.ToString(), e);
        }
    }

    private void Remove(NetRoute route)
    {
        if (stack.Routes.Remove([route])[0] is { } problem)
            throw problem;
    }

    private static (IPFamily, long, IPPrefix, IPPrefix?, int?, long) KeyOf(RouteSpec spec) => (
        spec.Family, spec.RealTable.Id, spec.Destination, spec.SourcePrefix is { Length: > 0 } source ? source : null,
        spec.TypeOfService is 0 ? null : spec.TypeOfService, spec.RealMetric);

    private List<NetRoute> Twins(NetRoute route, CancellationToken cancellation)
        => Twins(route.AddressFamily, route.Table, RouteRemoval.SortKey(route), cancellation);

    private List<NetRoute> Twins(RouteSpec spec, CancellationToken cancellation)
        => Twins(spec.Family, spec.RealTable, KeyOf(spec), cancellation);

    private List<NetRoute> Twins(
        IPFamily family,
        RouteTable table,
        (IPFamily, long, IPPrefix, IPPrefix?, int?, long) key,
        CancellationToken cancellation)
        => [.. stack.Routes.List(new RouteFilter { Family = family, Table = table }, cancellation)
            .Where(route => RouteRemoval.SortKey(route).Equals(key))];

    // The one that the kernel takes for the one that is to go.
    private static NetRoute? Standing(List<NetRoute> twins, RouteSpec spec)
    {
        if (spec.Family == IPFamily.IPv4)
            return twins.FirstOrDefault();
        var hasGateway = spec.KeepsWays ? HasGateway(spec.Like!)
            : spec.NextHopId is not > 0 && spec.NextHops.Any(hop => hop.RealGateway is not null);
        return twins.Find(twin => HasGateway(twin) == hasGateway) ?? twins.FirstOrDefault();
    }

    // rt6_qualify_for_ecmp of include/net/ip6_fib.h.
    private static bool HasGateway(NetRoute route) => route.NextHopId is not > 0
        && route.Protocol != RouteProtocol.RouterAdvertisement && !IP.IsAny(route.NextHop);
}
