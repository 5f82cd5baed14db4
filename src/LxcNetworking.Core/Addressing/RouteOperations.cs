using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>What a list of routes is narrowed to; null leaves a thing open. The kernel itself leaves out what does not
/// match, where it can.</summary>
public sealed record RouteFilter
{
    /// <summary>Only this table; null for main, <see cref="RouteTable.All"/> for all.</summary>
    public RouteTable? Table { get; init; }

    /// <summary>Only IPv4 or IPv6.</summary>
    public IPFamily? Family { get; init; }

    /// <summary>Only this type.</summary>
    public RouteType? Type { get; init; }

    /// <summary>Only those that this program or part of the kernel made.</summary>
    public RouteProtocol? Protocol { get; init; }

    /// <summary>Only routes over one of these interfaces.</summary>
    public IReadOnlyCollection<int>? InterfaceIndexes { get; init; }

    /// <summary>Names of links that the caller has read already.</summary>
    internal IReadOnlyDictionary<int, string>? KnownNames { get; init; }

    internal bool Takes(NetRoute route)
        => (Table ?? RouteTable.Main) is var table && (table.Equals(RouteTable.All) || table.Equals(route.Table))
        && (Type is null || Type == route.Type)
        && (Protocol is null || Protocol == route.Protocol)
        && (InterfaceIndexes is null || InterfaceIndexes.Contains(route.InterfaceIndex)
            || route.Multipath.Any(hop => InterfaceIndexes.Contains(hop.InterfaceIndex)));
}

/// <summary>Routes of one namespace: list, make, remove, and ask which one the kernel would take.</summary>
public sealed class RouteOperations : IStackOperations<RouteOperations>
{
    private readonly NetworkStack _stack;

    internal RouteOperations(NetworkStack stack) => _stack = stack;

    static RouteOperations IStackOperations<RouteOperations>.On(NetworkStack stack) => new(stack);

    /// <summary>Lists routes in the kernel's order, IPv4 first.</summary>
    /// <param name="filter">What to narrow the list to; null for the main table.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The routes.</returns>
    /// <exception cref="NetlinkException">The kernel did not answer as it should.</exception>
    public IReadOnlyList<NetRoute> List(RouteFilter? filter = null, CancellationToken cancellation = default)
    {
        filter ??= new RouteFilter();
        var routes = new RouteList(_stack).Read(filter, cancellation);
        MarkThoseAlone(routes);
        routes.RemoveAll(route => !filter.Takes(route));
        Name(routes, filter.KnownNames, cancellation);
        return routes;
    }

    /// <summary>Makes a route.</summary>
    /// <param name="spec">What it is to be like.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>The route, read back.</returns>
    /// <exception cref="NetworkException">RouteExists, NextHopUnreachable, LinkNotFound, InvalidArgument,
    /// PermissionDenied.</exception>
    public NetRoute Create(RouteSpec spec, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        spec = Checked(spec);
        var made = Make(spec, NetlinkFlags.Create | NetlinkFlags.Exclusive);
        PassedOverSettings.Refuse(
            spec.Unanswered(made), $"the route to {spec.Destination}", $"{spec.Destination}", () => Remove([made])[0]);
        return made;
    }

    /// <summary>Makes a route in the place of the one of its destination, table, metric and type of service, if there
    /// is one; no packet finds neither.</summary>
    /// <param name="spec">What it is to be like.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>The route, read back.</returns>
    /// <exception cref="NetworkException">As for <see cref="Create"/>; what was there stays.</exception>
    public NetRoute Replace(RouteSpec spec, CancellationToken cancellation = default)
        => new RouteReplacement(_stack).Replace(Checked(spec), cancellation);

    /// <summary>Makes a route beside those of its destination, table, metric and type of service, if there are any.
    /// Over IPv4 it is taken where the ones before it cannot be; over IPv6 it is a further way of the same route, and
    /// flows are spread over all.</summary>
    /// <param name="spec">What it is to be like.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>The route, read back; over IPv6 with all ways.</returns>
    /// <exception cref="NetworkException">As for <see cref="Create"/>; RouteExists only where one is just like it.
    /// What was there stays.</exception>
    public NetRoute Add(RouteSpec spec, CancellationToken cancellation = default)
        => new RouteReplacement(_stack).Add(Checked(spec), cancellation);

    /// <summary>Changes a route; no packet finds neither the old one nor the new one.</summary>
    /// <param name="route">A route as read from this stack.</param>
    /// <param name="change">What is to become of it.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>The route, read back.</returns>
    /// <exception cref="NetworkException">RouteNotFound: it is not there any more as it was read. As for
    /// <see cref="Create"/>; it stays as it was.</exception>
    public NetRoute Change(NetRoute route, RouteChange change, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(change);
        return new RouteReplacement(_stack).Change(route, Checked(change.Apply(route)), cancellation);
    }

    /// <summary>Sends the request that makes a route and reads what it made.</summary>
    /// <exception cref="NetworkException">The kernel refused it.</exception>
    internal NetRoute Make(RouteSpec spec, NetlinkFlags flags)
    {
        using var request = RouteMessages.Make(spec, flags);
        NetRoute? made = null;
        try
        {
            // IPv6 tells of a route with several ways once it is complete.
            _stack.Route.Execute(
                request, reply => made = RouteMessages.Parse(reply, _stack.Namespace) ?? made, CancellationToken.None);
        }
        catch (NetlinkErrorException e)
        {
            throw AddRefused(e, spec, _stack);
        }

        // A route that is replaced by one like it is not told of.
        if (made is null)
        {
            var filter = new RouteFilter { Table = spec.RealTable, Family = spec.Family, Type = spec.Type };
            return List(filter, CancellationToken.None).FirstOrDefault(
                route => route.DestinationPrefix.Equals(spec.Destination)
                    && (spec.Metric is null || spec.RealMetric == route.RouteMetric))
                ?? throw new NetworkException(
                    NetworkErrorCode.RouteNotFound,
                    $"The route to {spec.Destination} was made, but is gone again.",
                    spec.Destination.ToString());
        }

        made.MayHaveTwins = (flags & NetlinkFlags.Exclusive) == 0;
        Name([made], null, CancellationToken.None);
        return made;
    }

    /// <summary>Removes routes, and no others that are like them.</summary>
    /// <param name="routes">Routes as read from this stack.</param>
    /// <param name="cancellation">Ends the wait before anything was done.</param>
    /// <returns>For each route null, or why it is still there.</returns>
    public IReadOnlyList<NetworkException?> Remove(
        IReadOnlyList<NetRoute> routes, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(routes);
        return new RouteRemoval(_stack).Remove(routes, cancellation);
    }

    /// <summary>Asks which route the kernel would take.</summary>
    /// <param name="destination">Where to.</param>
    /// <param name="source">The address to start from; null for the one that the kernel chooses.</param>
    /// <param name="interfaceIndex">The interface to leave by; 0 for the one that the kernel chooses.</param>
    /// <param name="mark">The packet's firewall mark; 0 for none.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The matching route, with the next hop, interface and source address that were chosen.</returns>
    /// <exception cref="NetworkException">RouteNotFound, AddressNotFound (the source is not this host's),
    /// LinkNotFound.</exception>
    public NetRoute Find(
        IPAddress destination,
        IPAddress? source = null,
        int interfaceIndex = 0,
        long mark = 0,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var found = new RouteLookUp(_stack).Find(destination, source, interfaceIndex, mark, cancellation);
        Name([found], null, cancellation);
        return found;
    }

    /// <summary>Explains why a route could not be made.</summary>
    internal static NetworkException AddRefused(NetlinkErrorException refusal, RouteSpec spec, NetworkStack stack)
    {
        var link = spec.NextHops.Count == 1 && spec.NextHops[0].InterfaceIndex is var index and not 0
            ? FindLink(stack, index)
            : null;
        var isDown = refusal.Errno == LibC.ENETDOWN || link is { IsUp: false };
        var gateways = string.Join(", ", spec.NextHops.Select(hop => hop.RealGateway).OfType<IPAddress>());
        var way = (gateways.Length == 0 ? string.Empty : $" via {gateways}")
            + (link is null ? string.Empty : $" over '{link.Name}'");
        var downHint = isDown
            ? new Hint(
                "The interface is down.",
                Advice.To(AdviceKind.BringUp, AdviceThing.Link, stack.Namespace.Text, link?.Name))
            : null;
        var aboutGateway = refusal.KernelMessage?.Contains("gateway", StringComparison.OrdinalIgnoreCase) == true;
        if (gateways.Length > 0
            && (refusal.Errno is LibC.ENETUNREACH or LibC.EHOSTUNREACH or LibC.ENETDOWN
                || (refusal.Errno == LibC.EINVAL && aboutGateway)))
        {
            var hint = downHint ?? new Hint(
                "A gateway must be another host on a network that an interface here has an address in.",
                Advice.OverrideBy(nameof(spec.OnLink)));
            return new NetworkException(
                NetworkErrorCode.NextHopUnreachable,
                $"Cannot route {spec.Destination}{way} in namespace '{stack.Namespace}': "
                    + $"{refusal.Message.TrimEnd('.')}. {hint.Cause}",
                gateways,
                refusal)
            {
                Advice = hint.Advice,
            };
        }

        if (KernelErrors.ExplainIPv6Off(
            refusal, spec.Family, link?.Name, $"a route to {spec.Destination}", spec.Destination.ToString()) is { } off)
            return off;
        return refusal.Errno == LibC.EEXIST
            ? new NetworkException(
                NetworkErrorCode.RouteExists,
                $"There is a route to {spec.Destination} with that metric in table {spec.RealTable} of namespace "
                    + $"'{stack.Namespace}' already.",
                spec.Destination.ToString(),
                refusal)
            {
                Advice =
                [
                    Advice.Choose(nameof(spec.Metric)),
                    Advice.To(AdviceKind.Remove, AdviceThing.Route, stack.Namespace.Text, spec.Destination.ToString()),
                ],
            }
            : KernelErrors.Explain(
                refusal,
                $"route {spec.Destination}{way}",
                spec.Destination.ToString(),
                NotFound(spec),
                NetworkErrorCode.RouteExists,
                downHint);
    }

    // Of a route that is changed, the kernel says with the same number that it is gone.
    private static NetworkErrorCode NotFound(RouteSpec spec) => spec.NextHopId is > 0 ? NetworkErrorCode.ObjectNotFound
        : spec.Like is not null ? NetworkErrorCode.RouteNotFound : NetworkErrorCode.LinkNotFound;

    private static RouteSpec Checked(RouteSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        spec.Validate();
        return spec.ToSend();
    }

    private static NetLink? FindLink(NetworkStack stack, int index)
    {
        try
        {
            return stack.Links.Get(index);
        }
        catch (NetworkException)
        {
            return null;
        }
    }

    // Twins follow each other, as the kernel's list is sorted by what they share.
    private static void MarkThoseAlone(List<NetRoute> routes)
    {
        var isLikePrevious = false;
        for (var i = 0; i < routes.Count; i++)
        {
            var isLikeNext = i + 1 < routes.Count
                && RouteRemoval.SortKey(routes[i]).Equals(RouteRemoval.SortKey(routes[i + 1]));
            routes[i].MayHaveTwins = isLikePrevious || isLikeNext;
            isLikePrevious = isLikeNext;
        }
    }

    private void Name(
        List<NetRoute> routes, IReadOnlyDictionary<int, string>? known, CancellationToken cancellation)
    {
        var names = LinkNames.Read(
            _stack,
            routes.SelectMany(route => route.Multipath.Select(hop => hop.InterfaceIndex).Append(route.InterfaceIndex)),
            known,
            cancellation);
        foreach (var route in routes)
        {
            route.InterfaceAlias = route.InterfaceIndex == 0 ? null : names.Of(route.InterfaceIndex);
            foreach (var hop in route.Multipath)
                hop.InterfaceAlias = hop.InterfaceIndex == 0 ? null : names.Of(hop.InterfaceIndex);
        }
    }
}

/// <summary>Gives a stack its <see cref="RouteOperations"/>.</summary>
public static class RouteOperationsOfStack
{
    extension(NetworkStack stack)
    {
        /// <summary>Routes.</summary>
        public RouteOperations Routes => stack.Operations<RouteOperations>();
    }
}
