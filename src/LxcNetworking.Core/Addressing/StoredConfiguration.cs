using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>What a link carries that the kernel does not make by itself.</summary>
/// <param name="Addresses">Its addresses.</param>
/// <param name="Routes">The routes over it, but for those of next-hop objects.</param>
/// <param name="Neighbors">Its neighbours.</param>
internal sealed record StoredConfiguration(
    List<StoredAddress> Addresses, List<StoredRoute> Routes, List<StoredNeighbor> Neighbors)
{
    /// <summary>
    /// The routes over routers that announced them to the kernel, which makes them again as soon as it hears of the
    /// routers on another link. It then refuses all that a router says if the route that it wants to make is there:
    /// their metric is one worse, and they end by themselves.
    /// </summary>
    public List<StoredRoute> Announced { get; init; } = [];

    /// <summary>Reads that of a link.</summary>
    /// <param name="stack">Where the link is.</param>
    /// <param name="link">The link.</param>
    /// <param name="except">Prefixes of addresses to leave out.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static StoredConfiguration Of(
        NetworkStack stack, NetLink link, List<string> except, CancellationToken cancellation)
    {
        var all = stack.Addresses.ListOn(link, cancellation).Where(address => !IsOfLink(link, address))
            .Select(StoredAddress.Of).ToList();
        var addresses = all.FindAll(address => !except.Contains(address.Prefix));
        var routes = RoutesOf(stack, link, all, cancellation);
        var announced = AnnouncedRoutes.List(stack, link);
        var copies = routes.FindAll(route => announced.Any(own => own.IsCopiedBy(route)));
        return new StoredConfiguration(
            addresses,
            [.. routes.Where(route => !copies.Contains(route) && !announced.Any(own => own.Is(route)))
                .SelectMany(route => StoredRoute.Of(route, link.Index))],
            NeighborsOf(stack, link, cancellation).ConvertAll(StoredNeighbor.Of))
        {
            Announced =
            [
                .. routes.Where(route => announced.Any(own => own.Is(route)))
                    .SelectMany(route => StoredRoute.Of(route, link.Index)).Select(route => route.WithNextMetric()),
            ],
        };
    }

    /// <summary>Lists a link's routes, without those that come with its addresses or belong to next-hop
    /// objects.</summary>
    public static List<NetRoute> RoutesOf(
        NetworkStack stack, NetLink link, List<StoredAddress> addresses, CancellationToken cancellation)
    {
        // An address brings the route to its network along, unless whoever set it said otherwise and made that route in
        // the kernel's name.
        bool ComesByItself(NetRoute route)
        {
            var of = addresses.FindAll(address => address.Network().Equals(route.DestinationPrefix.Network));
            return route.Protocol == RouteProtocol.Kernel && !of.Exists(address => address.NoPrefixRoute)
                && (of.Count > 0 || route.DestinationPrefix.Address.IsIPv6LinkLocal);
        }

        return [.. Over(stack, link, cancellation).Where(route => route.NextHopId is not > 0 && !ComesByItself(route))];
    }

    /// <summary>Refuses a link that is one way of a route with several: it would lose that way.</summary>
    /// <exception cref="NetworkException">NotSupported.</exception>
    public static void RefuseOneOfSeveralWays(NetworkStack stack, NetLink link, CancellationToken cancellation)
    {
        if (Over(stack, link, cancellation).FirstOrDefault(route => route.Multipath.Count > 0) is { } several)
        {
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"The route to {several.DestinationPrefix} has several ways, of which '{link.Name}' is one: it cannot "
                    + "move. Remove it first.",
                link.Name);
        }
    }

    /// <summary>Takes from a link what another one has by now.</summary>
    public static void Clear(NetworkStack stack, NetLink link)
    {
        var addresses = stack.Addresses.ListOn(link).Where(address => !address.IPAddress.IsIPv6LinkLocal).ToList();
        RemoveRoutes(stack, link, RoutesOf(stack, link, addresses.ConvertAll(StoredAddress.Of), CancellationToken.None)
            .SelectMany(route => StoredRoute.Of(route, link.Index)));
        stack.Neighbors.Remove(NeighborsOf(stack, link, CancellationToken.None).FindAll(StoredNeighbor.IsLasting));
        stack.Addresses.Remove(addresses);
    }

    /// <summary>Removes routes over a link that are there.</summary>
    /// <exception cref="NetworkException">KernelRefused, PermissionDenied.</exception>
    public static void RemoveRoutes(NetworkStack stack, NetLink link, IEnumerable<StoredRoute> routes)
    {
        foreach (var route in routes)
            Send(stack, RouteMessages.Remove(route.On(link.Index)), Native.LibC.ESRCH, "remove", route, link);
    }

    /// <summary>Removes the routes to the networks of addresses that go, or are gone: the kernel leaves those that a
    /// router announced where they are.</summary>
    /// <param name="stack">Where.</param>
    /// <param name="link">The link.</param>
    /// <param name="gone">The addresses.</param>
    /// <param name="staying">Prefixes of those that stay.</param>
    public static void RemoveNetworks(
        NetworkStack stack, NetLink link, List<StoredAddress> gone, IEnumerable<string> staying)
    {
        var networks = gone.Where(address => !IPPrefix.Parse(address.Prefix).Address.IsIPv6LinkLocal)
            .Select(address => address.Network())
            .Except(staying.Select(prefix => IPPrefix.Parse(prefix).Network)).ToList();
        stack.Routes.Remove(
        [
            .. Over(stack, link, CancellationToken.None).Where(route => route.Protocol == RouteProtocol.Kernel
                && networks.Contains(route.DestinationPrefix.Network)),
        ]);
    }

    /// <summary>
    /// Gives a link those that it does not have, each by itself, so that one that is refused keeps none of the others
    /// away; routes over gateways need the networks first. A route stands beside one over another link.
    /// </summary>
    public IEnumerable<RollbackStep> Restoring(NetworkStack stack, NetLink link) =>
    [
        .. Addresses.Select(address => Restoring(stack, link, address)),
        .. Neighbors.Select(neighbor => new RollbackStep(
            $"add the neighbour {neighbor.Address} to '{link.Name}'", () => Restore(stack, link, neighbor))),
        .. Routes.OrderBy(route => IP.IsAny(route.On(link.Index).NextHop) ? 0 : 1).Select(
            route => new RollbackStep(
                $"add the route to {route.On(link.Index).DestinationPrefix} over '{link.Name}'",
                () => Append(stack, link, route))),
    ];

    /// <summary>Gives a link its IPv4 addresses. The routes to their networks come behind those over other
    /// links.</summary>
    public IEnumerable<RollbackStep> RestoringIPv4Addresses(NetworkStack stack, NetLink link)
        => Addresses.Where(address => IP.FamilyOf(IPPrefix.Parse(address.Prefix).Address) == IPFamily.IPv4)
            .Select(address => Restoring(stack, link, address));

    /// <summary>The neighbours of a link that can be made again.</summary>
    public static List<NetNeighbor> NeighborsOf(NetworkStack stack, NetLink link, CancellationToken cancellation)
    {
        var filter = new AddressFilter { InterfaceIndexes = [link.Index] };
        return [.. stack.Neighbors.List(filter, proxy: false, cancellation)
            .Concat(stack.Neighbors.List(filter, proxy: true, cancellation)).Where(StoredNeighbor.IsCarried)];
    }

    private static void Append(NetworkStack stack, NetLink link, StoredRoute route)
        => Send(stack, RouteMessages.Append(route.On(link.Index)), Native.LibC.EEXIST, "restore", route, link);

    private static RollbackStep Restoring(NetworkStack stack, NetLink link, StoredAddress address)
        => new($"add {address.Prefix} to '{link.Name}'", () => Restore(stack, link, address));

    private static void Restore(NetworkStack stack, NetLink link, StoredAddress address)
    {
        try
        {
            var spec = address.ToSpec(link.Name);
            var made = stack.Addresses.Create(link, [spec]);
            if (spec.SkipDuplicateAddressDetection && !address.SkipsDetection
                && made[0].AddressFamily == IPFamily.IPv6)
                stack.Addresses.Change(made[0], new AddressChange { SkipDuplicateAddressDetection = false });
        }
        catch (NetworkException e) when (e.Code == NetworkErrorCode.AddressExists)
        {
        }
    }

    // One that the link has by now is newer.
    private static void Restore(NetworkStack stack, NetLink link, StoredNeighbor neighbor)
    {
        try
        {
            stack.Neighbors.Create(link, neighbor.ToSpec(), replace: false);
        }
        catch (NetworkException e) when (e.Code == NetworkErrorCode.NeighborExists)
        {
        }
    }

    private static void Send(
        NetworkStack stack, NetlinkRequest request, int isDone, string verb, StoredRoute route, NetLink link)
    {
        using (request)
        {
            try
            {
                stack.Route.Execute(request);
            }
            catch (NetlinkErrorException e) when (e.Errno == isDone)
            {
            }
            catch (NetlinkErrorException e)
            {
                var words = route.On(link.Index).DestinationPrefix.ToString();
                throw KernelErrors.ExplainIPv6Off(
                        e, route.On(link.Index).AddressFamily, link.Name, $"a route to {words}", words)
                    ?? KernelErrors.Explain(e, $"{verb} the route to {words} over '{link.Name}'", words);
            }
        }
    }

    // The kernel gives each link one of its own, in its own name since Linux 5.18; others are somebody's.
    private static bool IsOfLink(NetLink link, NetIPAddress address)
    {
        if (!address.IPAddress.IsIPv6LinkLocal)
            return false;
        const int KernelLinkLocal = 3;
        if (address.Protocol == KernelLinkLocal || link.MacAddress is not { } mac)
            return true;
        Span<byte> bytes = stackalloc byte[16];
        address.IPAddress.TryWriteBytes(bytes, out _);
        var own = mac.ToArray();
        ReadOnlySpan<byte> end = [(byte)(own[0] ^ 2), own[1], own[2], 0xff, 0xfe, own[3], own[4], own[5]];
        return address.Protocol is null && bytes[8..].SequenceEqual(end);
    }

    private static IEnumerable<NetRoute> Over(NetworkStack stack, NetLink link, CancellationToken cancellation)
        => stack.Routes.List(
                new RouteFilter { Table = RouteTable.All, InterfaceIndexes = [link.Index] }, cancellation)
            .Where(route => route.Protocol != RouteProtocol.Kernel
                || (!route.Table.Equals(RouteTable.Local) && route.Type == RouteType.Unicast
                    && !IP.IsMulticast(route.DestinationPrefix.Address)));
}
