using LxcNetworking.Addressing;
using LxcNetworking.Bridges;
using LxcNetworking.Files;
using LxcNetworking.Links;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Networks;

public sealed partial class ContainerNetworkOperations
{
    private NetLink CheckUplink(ContainerNetworkSpec spec, NetLink? bridge, CancellationToken cancellation)
    {
        var uplink = _stack.Links.Get(spec.Uplink!, cancellation);
        if (uplink.Kind is "loopback" or "bridge" or "ipvlan" or "macvlan" || uplink.MacAddress is null)
            throw new NetworkException(NetworkErrorCode.NotSupported, $"'{uplink.Name}' is a link of kind {uplink.Kind}, which cannot be a bridge's way out.", uplink.Name);
        return uplink.MasterIndex == 0 || uplink.MasterIndex == bridge?.Index ? uplink
            : throw new NetworkException(NetworkErrorCode.ResourceBusy, $"'{uplink.Name}' is a port of '{uplink.Master}' already.", uplink.Name)
            {
                Advice = [Advice.To(AdviceKind.Detach, AdviceThing.Link, _stack.Namespace.Text, uplink.Name)],
            };
    }

    private void PlanUplink(Work work, ContainerNetworkSpec spec, NetLink uplink, NetLink? found, CancellationToken cancellation)
    {
        var (during, after) = (work.During, work.After);
        // What an interrupted command had in its hands comes first.
        var (addresses, routes) = Carried(uplink, [], cancellation);
        during.MovedAddresses = [.. (work.Before?.MovedAddresses ?? []).Union(addresses)];
        during.MovedRoutes = [.. (work.Before?.MovedRoutes ?? []).Union(routes)];
        if (!after.MadePort && found is not null)
        {
            (addresses, after.FoundRoutes) = Carried(found, [], cancellation);
            after.FoundAddresses = [.. addresses.Select(address => address.Prefix)];
        }

        after.MadePort = true;
        var carries = during.MovedAddresses.Count == 0 ? string.Empty : $", with {string.Join(", ", during.MovedAddresses.Select(address => address.Prefix))} and {during.MovedRoutes.Count} route{(during.MovedRoutes.Count == 1 ? string.Empty : "s")}";
        work.Steps.Add(new Step(
            $"Make '{uplink.Name}' a port of '{spec.Name}'{carries}",
            () =>
            {
                var bridge = Bridge(spec.Name);
                Clear(_stack.Links.Get(uplink.Index));
                RemoveAnnounced(uplink, during.MovedAddresses);
                if (_stack.Links.Get(uplink.Index).MasterIndex != bridge.Index)
                    _stack.Bridges.AddPort(spec.Name, uplink.Name);
                _stack.Links.Change(uplink, new LinkChange { Up = true });
                foreach (var put in Putting(bridge, during.MovedAddresses, during.MovedRoutes))
                    put.Do();
            },
            () => Return(during, uplink, _stack.Links.Find(spec.Name))));
    }

    /// <summary>Gives the uplink back, with what the bridge carries now and neither had before nor got for its own networks.</summary>
    private void GiveBack(RunFolder folder, NetworkState state, NetLink? bridge)
    {
        if (!state.MadePort || _stack.Links.Find(state.Uplink!) is not { } uplink)
            return;
        if (bridge is not null)
        {
            List<string> own = [.. state.MadeAddresses, .. state.FoundAddresses];
            var (addresses, routes) = Carried(bridge, own, CancellationToken.None);
            state.MovedAddresses = [.. state.MovedAddresses.Union(addresses)];
            state.MovedRoutes = Fitting([.. state.MovedRoutes.Union(routes.Except(state.FoundRoutes))], state.MovedAddresses, own);
            state.Write(folder);
        }

        Return(state, uplink, bridge);
    }

    // A way over a container, or from an address of the containers' gateway, leads nowhere from the uplink.
    private static List<StoredRoute> Fitting(List<StoredRoute> routes, List<StoredAddress> addresses, List<string> own)
    {
        var gateways = own.Select(prefix => IPPrefix.Parse(prefix).Address.ToString()).ToList();
        routes.RemoveAll(route => route.Source is { } source && gateways.Contains(source));
        var near = addresses.Select(address => address.Network())
            .Concat(routes.Where(route => route.Gateway is null).Select(route => IPPrefix.Parse(route.Destination).Network)).ToList();
        return routes.FindAll(route => route.Gateway is null || route.OnLink
            || (IPAddress.Parse(route.Gateway) is var gateway && (gateway.IsIPv6LinkLocal || near.Exists(network => network.Contains(gateway)))));
    }

    private void Return(NetworkState state, NetLink uplink, NetLink? bridge)
    {
        var putting = Putting(uplink, state.MovedAddresses, state.MovedRoutes);
        Rollback.Each(bridge is null ? putting : [.. Taking(state, uplink, bridge), .. putting]);
    }

    private IEnumerable<RollbackStep> Taking(NetworkState state, NetLink uplink, NetLink bridge) =>
    [
        new($"remove the routes of '{uplink.Name}' from '{bridge.Name}'", () => _stack.Routes.Remove([.. Routes(bridge, state.MovedAddresses, CancellationToken.None).Where(route => StoredRoute.Of(route) is var known && state.MovedRoutes.Contains(known) && !state.FoundRoutes.Contains(known))])),
        new($"remove the addresses of '{uplink.Name}' from '{bridge.Name}'", () => RemoveAddresses(bridge, [.. state.MovedAddresses.Select(address => address.Prefix).Except(state.FoundAddresses)])),
        new($"remove the announced routes of '{uplink.Name}' from '{bridge.Name}'", () => RemoveAnnounced(bridge, state.MovedAddresses)),
        new(
            $"take '{uplink.Name}' out of '{bridge.Name}'",
            () =>
            {
                // It may be in another bridge by now.
                if (_stack.Links.Get(uplink.Index).MasterIndex == bridge.Index)
                    _stack.Bridges.RemovePort(uplink.Name);
            }),
    ];

    /// <summary>The addresses and routes of a link that are not the kernel's own business.</summary>
    internal (List<StoredAddress> Addresses, List<StoredRoute> Routes) Carried(NetLink link, List<string> except, CancellationToken cancellation)
    {
        var addresses = _stack.Addresses.ListOn(link, cancellation)
            .Where(address => !address.IPAddress.IsIPv6LinkLocal && !except.Contains(address.Prefix.ToString())).Select(StoredAddress.Of).ToList();
        return (addresses, [.. Routes(link, addresses, cancellation).Select(StoredRoute.Of)]);
    }

    private List<NetRoute> Routes(NetLink link, List<StoredAddress> addresses, CancellationToken cancellation)
    {
        // An address brings the route to its network along, unless whoever set it said otherwise and made that route in the kernel's name.
        bool ComesByItself(NetRoute route) => route.Protocol == RouteProtocol.Kernel
            && !addresses.Exists(address => address.NoPrefixRoute && address.Network().Equals(route.DestinationPrefix.Network));
        var routes = Ways(link, cancellation).Where(route => !ComesByItself(route)).ToList();
        return routes.Find(route => route.Multipath.Count > 0) is { } several
            ? throw new NetworkException(NetworkErrorCode.NotSupported, $"The route to {several.DestinationPrefix} has several ways, of which '{link.Name}' is one: it cannot move. Remove it first.", link.Name)
            : routes;
    }

    private IEnumerable<NetRoute> Ways(NetLink link, CancellationToken cancellation)
        => _stack.Routes.List(new RouteFilter { Table = RouteTable.All, InterfaceIndexes = [link.Index] }, cancellation)
            .Where(route => !route.Table.Equals(RouteTable.Local) && route.Type == RouteType.Unicast && !IP.IsMulticast(route.DestinationPrefix.Address));

    private void Clear(NetLink link)
    {
        var addresses = _stack.Addresses.ListOn(link).Where(address => !address.IPAddress.IsIPv6LinkLocal).ToList();
        _stack.Routes.Remove([.. Routes(link, [.. addresses.Select(StoredAddress.Of)], CancellationToken.None)]);
        _stack.Addresses.Remove(addresses);
    }

    // The kernel leaves the route to a network that a router announced where it is, although the address that was made from it is gone.
    private void RemoveAnnounced(NetLink link, List<StoredAddress> gone)
    {
        var networks = gone.Select(address => address.Network()).Except(_stack.Addresses.ListOn(link).Select(address => StoredAddress.Of(address).Network())).ToList();
        _stack.Routes.Remove([.. Ways(link, CancellationToken.None).Where(route => route.Protocol == RouteProtocol.Kernel && networks.Contains(route.DestinationPrefix.Network))]);
    }

    /// <summary>
    /// Gives a link addresses and routes that it does not have, each by itself, so that one that is refused keeps none
    /// of the others away; ways over gateways need the networks first.
    /// </summary>
    internal IEnumerable<RollbackStep> Putting(NetLink link, List<StoredAddress> addresses, List<StoredRoute> routes)
    {
        return
        [
            .. addresses.Select(address => new RollbackStep(
                $"add {address.Prefix} to '{link.Name}'",
                () => UnlessThere(() => _stack.Addresses.Create(link, [address.ToSpec()])))),
            .. routes.OrderBy(route => route.Gateway is null ? 0 : 1).Select(route => new RollbackStep(
                $"add the route to {route.Destination} over '{link.Name}'",
                () => UnlessThere(() => _stack.Routes.Create(route.ToSpec(link.Index))))),
        ];

        static void UnlessThere(Action add)
        {
            try
            {
                add();
            }
            catch (NetworkException e) when (e.Code is NetworkErrorCode.AddressExists or NetworkErrorCode.RouteExists)
            {
            }
        }
    }
}
