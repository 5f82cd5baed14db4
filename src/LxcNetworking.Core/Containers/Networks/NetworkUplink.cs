using LxcNetworking.Addressing;
using LxcNetworking.Bridges;
using LxcNetworking.Containers.Dhcp;
using LxcNetworking.Files;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Networks;

/// <summary>
/// Makes uplinks ports of container networks' bridges in one namespace, and gives them back. A port still sends what is
/// routed over it, and what it receives is the bridge's for every address of the namespace: so long as the uplink is a
/// port, the host is reached by either, and what one of them carries goes to the other while both have it.
/// </summary>
internal sealed class NetworkUplink(NetworkStack stack)
{
    private static readonly TimeSpan s_carrierTimeout = TimeSpan.FromSeconds(1);

    /// <summary>Finds a network's uplink.</summary>
    /// <exception cref="NetworkException">LinkNotFound, NotSupported, ResourceBusy (a port of another
    /// bridge).</exception>
    public NetLink Check(ContainerNetworkSpec spec, NetLink? bridge, CancellationToken cancellation)
    {
        var uplink = stack.Links.Get(spec.Uplink!, cancellation);
        if (uplink.Kind is "loopback" or "bridge" or "ipvlan" or "macvlan" || uplink.MacAddress is null)
        {
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"'{uplink.Name}' is a link of kind {uplink.Kind}, which cannot be a bridge's way out.",
                uplink.Name);
        }

        if (spec.Mtu > uplink.Mtu)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"'{spec.Name}' cannot have an MTU of {spec.Mtu}, as packets longer than the {uplink.Mtu} bytes of "
                    + $"'{uplink.Name}' would not get out.",
                spec.Name);
        }

        if (uplink.MasterIndex == 0 || uplink.MasterIndex == bridge?.Index)
            return uplink;
        // Taken out by itself, it would leave the host's addresses behind.
        var isNetworks = stack.ContainerNetworks.Find(uplink.Master!, cancellation)?.Uplink == uplink.Name;
        throw new NetworkException(
            NetworkErrorCode.ResourceBusy, $"'{uplink.Name}' is a port of '{uplink.Master}' already.", uplink.Name)
        {
            Advice =
            [
                isNetworks
                    ? Advice.To(AdviceKind.Remove, AdviceThing.Network, stack.Namespace.Text, uplink.Master)
                    : Advice.To(AdviceKind.Detach, AdviceThing.Link, stack.Namespace.Text, uplink.Name),
            ],
        };
    }

    /// <summary>Plans the step that makes the uplink a port, and moves what it carries to the bridge.</summary>
    public void Plan(
        NetworkWork work,
        ContainerNetworkSpec spec,
        NetLink uplink,
        NetLink? found,
        CancellationToken cancellation)
    {
        var (during, after) = (work.During, work.After);
        var carried = StoredConfiguration.Of(stack, uplink, [], cancellation);
        var moved = Moved(work.Before, carried);
        (during.MovedAddresses, during.MovedRoutes, during.MovedNeighbors)
            = (moved.Addresses, moved.Routes, moved.Neighbors);
        if (!after.MadePort && found is not null)
            Remember(after, found, cancellation);
        after.MadePort = true;
        after.CarriedAddresses = [.. moved.Addresses.Select(address => address.Prefix)];
        var prefixes = string.Join(", ", during.MovedAddresses.Select(address => address.Prefix));
        var count = during.MovedRoutes.Count;
        var carries = prefixes.Length == 0
            ? string.Empty : $", with {prefixes} and {count} route{(count == 1 ? string.Empty : "s")}";
        work.Steps.Add(new NetworkStep(
            $"Make '{uplink.Name}' a port of '{spec.Name}'{carries}",
            () => Take(after, uplink, stack.Links.Get(spec.Name), moved),
            () => Return(during, uplink, stack.Links.Find(spec.Name))));
    }

    /// <summary>Gives the uplink back, with what the bridge carries now and neither had before nor got for its own
    /// networks.</summary>
    public void GiveBack(RunFolder folder, NetworkState state, NetLink? bridge)
    {
        if (!state.MadePort || stack.Links.Find(state.Uplink!) is not { } uplink)
            return;
        if (bridge is not null)
        {
            List<string> own = [.. state.MadeAddresses, .. state.FoundAddresses.Except(state.CarriedAddresses)];
            var moved = Moved(state, StoredConfiguration.Of(stack, bridge, own, CancellationToken.None));
            state.MovedAddresses = moved.Addresses;
            state.MovedRoutes = Fitting([.. moved.Routes.Except(state.FoundRoutes)], state.MovedAddresses, own);
            state.MovedNeighbors =
            [
                .. moved.Neighbors.Except(state.FoundNeighbors).Where(neighbor => !own.Exists(
                    prefix => IPPrefix.Parse(prefix).Network.Contains(IPAddress.Parse(neighbor.Address)))),
            ];
            state.Write(folder);
        }

        Return(state, uplink, bridge);
    }

    // What an interrupted command had moved already comes first.
    private static StoredConfiguration Moved(NetworkState? before, StoredConfiguration carried) => new(
        [.. (before?.MovedAddresses ?? []).UnionBy(carried.Addresses, address => address.Prefix + address.Peer)],
        [.. (before?.MovedRoutes ?? []).Union(carried.Routes).Union(carried.Announced)],
        [.. (before?.MovedNeighbors ?? []).UnionBy(carried.Neighbors, neighbor => (neighbor.Address, neighbor.Flags))])
    {
        Announced = carried.Announced,
    };

    private void Remember(NetworkState after, NetLink bridge, CancellationToken cancellation)
    {
        var own = StoredConfiguration.Of(stack, bridge, [], cancellation);
        after.FoundRoutes = [.. own.Routes, .. own.Announced];
        after.FoundAddresses = [.. own.Addresses.Select(address => address.Prefix)];
        after.FoundNeighbors = own.Neighbors;
        after.FoundNextHops = NextHopsOf(bridge).ConvertAll(nextHop => nextHop.NextHopId!.Value);
        string[] changed = [InterfaceSettings.AcceptRa, InterfaceSettings.RpFilter];
        after.FoundSettings =
        [
            .. changed.Select(name => InterfaceSettings.Find(stack, bridge.Name, name)).OfType<InterfaceSetting>(),
        ];
    }

    private void Take(NetworkState after, NetLink uplink, NetLink bridge, StoredConfiguration moved)
    {
        if (after.MadeBridge)
            InterfaceSettings.Copy(stack, uplink, bridge, InterfaceSettings.AcceptRa, InterfaceSettings.RpFilter);
        ListenToRouters(after, uplink, bridge, moved.Announced.Count > 0);
        TakeToken(uplink, bridge);
        Loosen(uplink, bridge);
        // A link that filters by the way back drops everything as long as it has no address (__fib_validate_source of
        // net/ipv4/fib_frontend.c).
        foreach (var step in moved.RestoringIPv4Addresses(stack, bridge))
            step.Do();
        if (stack.Links.Get(uplink.Index).MasterIndex != bridge.Index)
            stack.Bridges.AddPort(bridge.Name, uplink.Name);
        stack.Links.Change(uplink, new LinkChange { Up = true });
        AwaitReady(uplink, bridge);
        foreach (var step in moved.Restoring(stack, bridge))
            step.Do();
        MoveNextHops(NextHopsOf(uplink), bridge);
        // lxcnet gives a lease back to its server when the address is not on the lease's link any more.
        LeaseRecords.Move(stack, uplink, bridge);
        StoredConfiguration.Clear(stack, stack.Links.Get(uplink.Index));
        StoredConfiguration.RemoveNetworks(stack, uplink, moved.Addresses, []);
        Tighten(after, uplink, bridge);
        AnnouncedRoutes.Renew(stack, bridge, moved.Announced);
    }

    // A bridge that listens to routers goes on listening when the namespace begins to forward.
    private void ListenToRouters(NetworkState after, NetLink uplink, NetLink bridge, bool isNeeded)
    {
        var setting = AnnouncedRoutes.AreBelieved(stack, uplink)
                ? new InterfaceSetting(InterfaceSettings.AcceptRa, "2")
            : after.MadeBridge ? InterfaceSettings.Find(stack, uplink.Name, InterfaceSettings.AcceptRa) : null;
        if (setting is null || InterfaceSettings.Find(stack, bridge.Name, setting.Name) == setting
            || InterfaceSettings.TryWrite(stack, bridge, setting) || !isNeeded)
            return;
        throw new NetworkException(
            NetworkErrorCode.PermissionDenied,
            $"'{bridge.Name}' cannot listen to the routers that '{uplink.Name}' has its routes from: "
                + $"/proc/sys/net/ipv6/conf/{bridge.Name}/accept_ra cannot be set in namespace '{stack.Namespace}'.",
            bridge.Name);
    }

    // The host part of the addresses that are made of what routers announce.
    private void TakeToken(NetLink uplink, NetLink bridge)
    {
        if (uplink.Token is not { } token || IP.IsAny(token) || token.Equals(bridge.Token))
            return;
        try
        {
            stack.Links.Change(bridge, new LinkChange { Common = new CommonLinkSettings { Token = token } });
        }
        catch (NetworkException)
        {
            // The kernel takes none where it makes no addresses of what routers announce.
        }
    }

    // A way over a container, or from an address of the containers' gateway, leads nowhere from the uplink.
    private static List<StoredRoute> Fitting(List<StoredRoute> stored, List<StoredAddress> addresses, List<string> own)
    {
        var gateways = own.ConvertAll(prefix => IPPrefix.Parse(prefix).Address);
        var routes = stored.ConvertAll(route => (Stored: route, Route: route.On(0)));
        routes.RemoveAll(item => item.Route.Source is { } source && gateways.Contains(source));
        var near = addresses.Select(address => address.Network())
            .Concat(routes.Where(item => IP.IsAny(item.Route.NextHop))
                .Select(item => item.Route.DestinationPrefix.Network)).ToList();
        return
        [
            .. routes.Where(item => item.Route.NextHop is var gateway
                && (IP.IsAny(gateway) || (item.Route.Flags & RouteFlags.OnLink) != 0 || gateway.IsIPv6LinkLocal
                    || near.Exists(network => network.Contains(gateway)))).Select(item => item.Stored),
        ];
    }

    private void Return(NetworkState state, NetLink uplink, NetLink? bridge)
    {
        var moved = new StoredConfiguration(state.MovedAddresses, state.MovedRoutes, state.MovedNeighbors);
        var restoring = moved.Restoring(stack, uplink);
        if (bridge is null)
        {
            Rollback.Each(restoring);
            return;
        }

        var announced = StoredConfiguration.Of(stack, bridge, [], CancellationToken.None).Announced;
        var isHeard = announced.Count > 0 && AnnouncedRoutes.AreBelieved(stack, bridge);
        Loosen(uplink, bridge);
        Rollback.Each([.. restoring, .. Removing(state, uplink, bridge)]);
        if (!isHeard)
            return;
        if (!AnnouncedRoutes.AreBelieved(stack, uplink))
            InterfaceSettings.TryWrite(stack, uplink, new InterfaceSetting(InterfaceSettings.AcceptRa, "2"));
        AnnouncedRoutes.Renew(stack, uplink, announced);
    }

    private IEnumerable<RollbackStep> Removing(NetworkState state, NetLink uplink, NetLink bridge) =>
    [
        new(
            $"give '{uplink.Name}' its next-hop objects back",
            () => MoveNextHops(
                NextHopsOf(bridge).FindAll(nextHop => !state.FoundNextHops.Contains(nextHop.NextHopId!.Value)),
                uplink)),
        new(
            $"give '{uplink.Name}' its lease back",
            () =>
            {
                if (LeaseRecords.Find(stack, bridge.Index) is { } lease
                    && state.MovedAddresses.Exists(address => address.Prefix == lease.Address)
                    && !state.FoundAddresses.Contains(lease.Address))
                    LeaseRecords.Move(stack, bridge, uplink);
            }),
        new(
            $"remove the routes of '{uplink.Name}' from '{bridge.Name}'",
            () =>
            {
                var moved = state.MovedRoutes.Except(state.FoundRoutes).ToHashSet();
                var routes = StoredConfiguration.RoutesOf(
                    stack, bridge, state.MovedAddresses, CancellationToken.None)
                    .SelectMany(route => StoredRoute.Of(route, bridge.Index)).ToList();
                // Also those that a router announced, of which copies are made.
                StoredConfiguration.RemoveRoutes(
                    stack,
                    bridge,
                    routes.Where(route => moved.Contains(route) || moved.Contains(route.WithNextMetric())));
                StoredConfiguration.RemoveNetworks(
                    stack, bridge, state.MovedAddresses, [.. state.FoundAddresses, .. state.MadeAddresses]);
            }),
        new(
            $"take '{uplink.Name}' out of '{bridge.Name}'",
            () =>
            {
                // It may be in another bridge by now.
                if (stack.Links.Get(uplink.Index).MasterIndex == bridge.Index)
                    stack.Bridges.RemovePort(uplink.Name);
            }),
        new(
            $"remove the addresses of '{uplink.Name}' from '{bridge.Name}'",
            () => stack.Addresses.RemoveFrom(
                bridge, [.. state.MovedAddresses.Select(address => address.Prefix).Except(state.FoundAddresses)])),
        new(
            $"remove the neighbours of '{uplink.Name}' from '{bridge.Name}'",
            () => stack.Neighbors.Remove(
                StoredConfiguration.NeighborsOf(stack, bridge, CancellationToken.None).FindAll(neighbor =>
                    StoredNeighbor.Of(neighbor) is var own && state.MovedNeighbors.Contains(own)
                    && !state.FoundNeighbors.Contains(own)))),
        new(
            $"set '{bridge.Name}' as it was",
            () => state.FoundSettings.ForEach(setting => InterfaceSettings.TryWrite(stack, bridge, setting))),
    ];

    private List<NetNextHop> NextHopsOf(NetLink link)
        => [.. stack.NextHops.List().Where(nextHop => nextHop.InterfaceIndex == link.Index)];

    private void MoveNextHops(List<NetNextHop> nextHops, NetLink to)
    {
        foreach (var nextHop in nextHops)
            stack.NextHops.Change(nextHop, new NextHopChange { InterfaceIndex = to.Index });
    }

    // The kernel begins to send over a bridge a moment after its first port has a carrier.
    private void AwaitReady(NetLink uplink, NetLink bridge)
    {
        if ((stack.Links.Get(uplink.Index).Flags & LinkFlags.LowerUp) != 0)
        {
            AddressAnnouncement.AwaitCarrier(
                stack,
                bridge,
                s_carrierTimeout,
                CancellationToken.None,
                () => stack.Links.Get(bridge.Index) is { State: LinkState.Up, QueueDiscipline: not "noop" });
        }
    }

    // A strict filter drops what comes in by one link and would go out by the other (RFC 3704).
    private void Loosen(NetLink uplink, NetLink bridge)
    {
        if (RpFilterOf("all") == "1" || RpFilterOf(uplink.Name) == "1" || RpFilterOf(bridge.Name) == "1")
            InterfaceSettings.TryWrite(stack, bridge, new InterfaceSetting(InterfaceSettings.RpFilter, "2"));
    }

    private void Tighten(NetworkState after, NetLink uplink, NetLink bridge)
    {
        var before = after.FoundSettings.Find(setting => setting.Name == InterfaceSettings.RpFilter)
            ?? InterfaceSettings.Find(stack, uplink.Name, InterfaceSettings.RpFilter);
        if (before is not null)
            InterfaceSettings.TryWrite(stack, bridge, before);
    }

    private string? RpFilterOf(string name) => InterfaceSettings.Find(stack, name, InterfaceSettings.RpFilter)?.Value;
}
