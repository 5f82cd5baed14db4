using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>The addresses and routes of a link that the kernel does not make by itself.</summary>
/// <param name="Addresses">The addresses.</param>
/// <param name="Routes">The routes over the link.</param>
internal sealed record StoredConfiguration(List<StoredAddress> Addresses, List<StoredRoute> Routes)
{
    /// <summary>Reads those of a link.</summary>
    /// <param name="stack">Where the link is.</param>
    /// <param name="link">The link.</param>
    /// <param name="except">Prefixes of addresses to leave out.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NetworkException">NotSupported for a route with several ways.</exception>
    public static StoredConfiguration Of(
        NetworkStack stack, NetLink link, List<string> except, CancellationToken cancellation)
    {
        var addresses = stack.Addresses.ListOn(link, cancellation)
            .Where(address => !address.IPAddress.IsIPv6LinkLocal && !except.Contains(address.Prefix.ToString()))
            .Select(StoredAddress.Of).ToList();
        var routes = RoutesOf(stack, link, addresses, cancellation);
        return new StoredConfiguration(addresses, routes.ConvertAll(StoredRoute.Of));
    }

    /// <summary>Lists a link's routes, without those that come with its addresses.</summary>
    /// <exception cref="NetworkException">NotSupported for a route with several ways.</exception>
    public static List<NetRoute> RoutesOf(
        NetworkStack stack, NetLink link, List<StoredAddress> addresses, CancellationToken cancellation)
    {
        // An address brings the route to its network along, unless whoever set it said otherwise and made that route in
        // the kernel's name.
        bool ComesByItself(NetRoute route) => route.Protocol == RouteProtocol.Kernel && !addresses.Exists(
            address => address.NoPrefixRoute && address.Network().Equals(route.DestinationPrefix.Network));
        var routes = Over(stack, link, cancellation).Where(route => !ComesByItself(route)).ToList();
        return routes.Find(route => route.Multipath.Count > 0) is { } several
            ? throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"The route to {several.DestinationPrefix} has several ways, of which '{link.Name}' is one: it cannot "
                    + "move. Remove it first.",
                link.Name)
            : routes;
    }

    /// <summary>Removes those of a link.</summary>
    public static void Clear(NetworkStack stack, NetLink link)
    {
        var addresses = stack.Addresses.ListOn(link).Where(address => !address.IPAddress.IsIPv6LinkLocal).ToList();
        stack.Routes.Remove(
            RoutesOf(stack, link, addresses.ConvertAll(StoredAddress.Of), CancellationToken.None));
        stack.Addresses.Remove(addresses);
    }

    /// <summary>Removes the routes to networks that routers announced: the kernel leaves them where they are, although
    /// the addresses that were made from them are gone.</summary>
    public static void RemoveAnnounced(NetworkStack stack, NetLink link, List<StoredAddress> gone)
    {
        var present = stack.Addresses.ListOn(link).Select(address => StoredAddress.Of(address).Network());
        var networks = gone.Select(address => address.Network()).Except(present).ToList();
        stack.Routes.Remove(
        [
            .. Over(stack, link, CancellationToken.None).Where(route => route.Protocol == RouteProtocol.Kernel
                && networks.Contains(route.DestinationPrefix.Network)),
        ]);
    }

    /// <summary>
    /// Gives a link those that it does not have, each by itself, so that one that is refused keeps none of the others
    /// away; routes over gateways need the networks first.
    /// </summary>
    public IEnumerable<RollbackStep> Restoring(NetworkStack stack, NetLink link)
    {
        return
        [
            .. Addresses.Select(address => new RollbackStep(
                $"add {address.Prefix} to '{link.Name}'",
                () => UnlessThere(() => stack.Addresses.Create(link, [address.ToSpec()])))),
            .. Routes.OrderBy(route => route.Gateway is null ? 0 : 1).Select(route => new RollbackStep(
                $"add the route to {route.Destination} over '{link.Name}'",
                () => UnlessThere(() => stack.Routes.Create(route.ToSpec(link.Index))))),
        ];

        static void UnlessThere(Action add)
        {
            try
            {
                add();
            }
            catch (NetworkException e)
                when (e.Code is NetworkErrorCode.AddressExists or NetworkErrorCode.RouteExists)
            {
            }
        }
    }

    private static IEnumerable<NetRoute> Over(NetworkStack stack, NetLink link, CancellationToken cancellation)
        => stack.Routes.List(
                new RouteFilter { Table = RouteTable.All, InterfaceIndexes = [link.Index] }, cancellation)
            .Where(route => !route.Table.Equals(RouteTable.Local) && route.Type == RouteType.Unicast
                && !IP.IsMulticast(route.DestinationPrefix.Address));
}
