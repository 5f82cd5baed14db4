namespace LxcNetworking;

public sealed partial class ContainerNetworkOperations
{
    private NetLink CheckUplink(ContainerNetworkSpec spec, NetLink? bridge, CancellationToken cancellation)
    {
        var uplink = _stack.Links.Get(spec.Uplink!, cancellation);
        if (uplink.Kind is "loopback" or "bridge" or "ipvlan" or "macvlan" || uplink.MacAddress is null)
            throw new NetworkException(NetworkErrorCode.NotSupported, $"'{uplink.Name}' is a link of kind {uplink.Kind}, which cannot be a bridge's way out.", uplink.Name);
        return uplink.MasterIndex == 0 || uplink.MasterIndex == bridge?.Index ? uplink
            : throw new NetworkException(NetworkErrorCode.ResourceBusy, $"'{uplink.Name}' is a port of '{uplink.Master}' already. Take it out first: Remove-BridgePort -InterfaceAlias {uplink.Name}.", uplink.Name);
    }

    private void PlanUplink(Work work, ContainerNetworkSpec spec, NetLink uplink, CancellationToken cancellation)
    {
        // What an interrupted command had in its hands comes first.
        var (addresses, routes) = Carried(uplink, [], cancellation);
        work.During.MovedAddresses = [.. (work.Before?.MovedAddresses ?? []).Union(addresses)];
        work.During.MovedRoutes = [.. (work.Before?.MovedRoutes ?? []).Union(routes)];
        var carries = work.During.MovedAddresses.Count == 0 ? string.Empty : $", with {string.Join(", ", work.During.MovedAddresses.Select(address => address.Prefix))} and {work.During.MovedRoutes.Count} routes";
        work.Steps.Add(new Step(
            $"Make '{uplink.Name}' a port of '{spec.Name}'{carries}",
            () =>
            {
                var bridge = Bridge(spec.Name);
                Clear(_stack.Links.Get(uplink.Index));
                if (_stack.Links.Get(uplink.Index).MasterIndex != bridge.Index)
                    _stack.Bridges.AddPort(spec.Name, uplink.Name);
                _stack.Links.Change(uplink, new LinkChange { Up = true });
                Put(bridge, work.During);
            },
            () => Return(work.During, uplink, _stack.Links.Find(spec.Name))));
    }

    /// <summary>Gives the uplink back with what the bridge carries now.</summary>
    private void GiveBack(NetworkState state, NetLink bridge)
    {
        if (_stack.Links.Find(state.Uplink!) is not { } uplink)
            return;
        var (addresses, routes) = Carried(bridge, state.MadeAddresses, CancellationToken.None);
        state.MovedAddresses = [.. state.MovedAddresses.Union(addresses)];
        state.MovedRoutes = [.. state.MovedRoutes.Union(routes)];
        state.Write(new RunFolder(bridge.Name));
        Return(state, uplink, bridge);
    }

    private void Return(NetworkState state, NetLink uplink, NetLink? bridge)
    {
        if (bridge is not null)
        {
            RemoveRoutes(bridge, state);
            RemoveAddresses(bridge, [.. state.MovedAddresses.Select(address => address.Prefix)]);
        }

        if (_stack.Links.Get(uplink.Index).MasterIndex != 0)
            _stack.Bridges.RemovePort(uplink.Name);
        Put(uplink, state);
    }

    /// <summary>The addresses and routes of a link that are not the kernel's own business.</summary>
    private (List<StoredAddress> Addresses, List<StoredRoute> Routes) Carried(NetLink link, List<string> except, CancellationToken cancellation)
    {
        var addresses = _stack.Addresses.ListOn(link, cancellation)
            .Where(address => !address.IPAddress.IsIPv6LinkLocal && !except.Contains(address.Prefix.ToString())).Select(StoredAddress.Of).ToList();
        return (addresses, [.. Routes(link, cancellation).Select(StoredRoute.Of)]);
    }

    private List<NetRoute> Routes(NetLink link, CancellationToken cancellation)
    {
        var routes = _stack.Routes.List(new RouteFilter { Table = RouteTable.All, InterfaceIndexes = [link.Index] }, cancellation)
            .Where(route => route.Protocol != RouteProtocol.Kernel && !route.Table.Equals(RouteTable.Local) && route.Type == RouteType.Unicast && !IP.IsMulticast(route.DestinationPrefix.Address)).ToList();
        return routes.Find(route => route.Multipath.Count > 0) is { } several
            ? throw new NetworkException(NetworkErrorCode.NotSupported, $"The route to {several.DestinationPrefix} has several ways, of which '{link.Name}' is one: it cannot move. Remove it first.", link.Name)
            : routes;
    }

    private void Clear(NetLink link)
    {
        _stack.Routes.Remove([.. Routes(link, CancellationToken.None)]);
        _stack.Addresses.Remove([.. _stack.Addresses.ListOn(link).Where(address => !address.IPAddress.IsIPv6LinkLocal)]);
    }

    private void RemoveRoutes(NetLink bridge, NetworkState state)
        => _stack.Routes.Remove([.. Routes(bridge, CancellationToken.None).Where(route => state.MovedRoutes.Contains(StoredRoute.Of(route)))]);

    // Each by itself, so that one that is there already keeps none of the others away; ways over gateways need the networks first.
    private void Put(NetLink link, NetworkState state)
    {
        foreach (var address in state.MovedAddresses)
        {
            try
            {
                _stack.Addresses.Create(link, [address.ToSpec()]);
            }
            catch (NetworkException e) when (e.Code == NetworkErrorCode.AddressExists)
            {
            }
        }

        foreach (var route in state.MovedRoutes.OrderBy(route => route.Gateway is null ? 0 : 1))
        {
            try
            {
                _stack.Routes.Create(route.ToSpec(link.Index));
            }
            catch (NetworkException e) when (e.Code == NetworkErrorCode.RouteExists)
            {
            }
        }
    }
}
