using LxcNetworking.Addressing;
using LxcNetworking.Bridges;
using LxcNetworking.Files;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Networks;

/// <summary>Makes uplinks ports of container networks' bridges in one namespace, and gives them back.</summary>
internal sealed class NetworkUplink(NetworkStack stack)
{
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

        return uplink.MasterIndex == 0 || uplink.MasterIndex == bridge?.Index ? uplink
            : throw new NetworkException(
                NetworkErrorCode.ResourceBusy, $"'{uplink.Name}' is a port of '{uplink.Master}' already.", uplink.Name)
            {
                Advice = [Advice.To(AdviceKind.Detach, AdviceThing.Link, stack.Namespace.Text, uplink.Name)],
            };
    }

    /// <summary>Plans the step that makes the uplink a port, and moves its addresses and routes to the
    /// bridge.</summary>
    public void Plan(
        NetworkWork work,
        ContainerNetworkSpec spec,
        NetLink uplink,
        NetLink? found,
        CancellationToken cancellation)
    {
        var (during, after) = (work.During, work.After);
        // What an interrupted command had moved already comes first.
        var carried = StoredConfiguration.Of(stack, uplink, [], cancellation);
        during.MovedAddresses = [.. (work.Before?.MovedAddresses ?? []).Union(carried.Addresses)];
        during.MovedRoutes = [.. (work.Before?.MovedRoutes ?? []).Union(carried.Routes)];
        if (!after.MadePort && found is not null)
        {
            var own = StoredConfiguration.Of(stack, found, [], cancellation);
            after.FoundRoutes = own.Routes;
            after.FoundAddresses = [.. own.Addresses.Select(address => address.Prefix)];
        }

        after.MadePort = true;
        var prefixes = string.Join(", ", during.MovedAddresses.Select(address => address.Prefix));
        var count = during.MovedRoutes.Count;
        var carries = prefixes.Length == 0
            ? string.Empty : $", with {prefixes} and {count} route{(count == 1 ? string.Empty : "s")}";
        work.Steps.Add(new NetworkStep(
            $"Make '{uplink.Name}' a port of '{spec.Name}'{carries}",
            () =>
            {
                var bridge = stack.Links.Get(spec.Name);
                StoredConfiguration.Clear(stack, stack.Links.Get(uplink.Index));
                StoredConfiguration.RemoveAnnounced(stack, uplink, during.MovedAddresses);
                if (stack.Links.Get(uplink.Index).MasterIndex != bridge.Index)
                    stack.Bridges.AddPort(spec.Name, uplink.Name);
                stack.Links.Change(uplink, new LinkChange { Up = true });
                var moved = new StoredConfiguration(during.MovedAddresses, during.MovedRoutes);
                foreach (var step in moved.Restoring(stack, bridge))
                    step.Do();
            },
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
            List<string> own = [.. state.MadeAddresses, .. state.FoundAddresses];
            var (addresses, routes) = StoredConfiguration.Of(stack, bridge, own, CancellationToken.None);
            state.MovedAddresses = [.. state.MovedAddresses.Union(addresses)];
            state.MovedRoutes = Fitting(
                [.. state.MovedRoutes.Union(routes.Except(state.FoundRoutes))], state.MovedAddresses, own);
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
            .Concat(routes.Where(route => route.Gateway is null)
                .Select(route => IPPrefix.Parse(route.Destination).Network)).ToList();
        return routes.FindAll(route => route.Gateway is null || route.OnLink
            || (IPAddress.Parse(route.Gateway) is var gateway
                && (gateway.IsIPv6LinkLocal || near.Exists(network => network.Contains(gateway)))));
    }

    private void Return(NetworkState state, NetLink uplink, NetLink? bridge)
    {
        var restoring = new StoredConfiguration(state.MovedAddresses, state.MovedRoutes).Restoring(stack, uplink);
        Rollback.Each(bridge is null ? restoring : [.. Removing(state, uplink, bridge), .. restoring]);
    }

    private IEnumerable<RollbackStep> Removing(NetworkState state, NetLink uplink, NetLink bridge) =>
    [
        new(
            $"remove the routes of '{uplink.Name}' from '{bridge.Name}'",
            () =>
            {
                var routes = StoredConfiguration.RoutesOf(
                    stack, bridge, state.MovedAddresses, CancellationToken.None);
                var moved = state.MovedRoutes.Except(state.FoundRoutes).ToHashSet();
                stack.Routes.Remove(routes.FindAll(route => moved.Contains(StoredRoute.Of(route))));
            }),
        new(
            $"remove the addresses of '{uplink.Name}' from '{bridge.Name}'",
            () => stack.Addresses.RemoveFrom(
                bridge, [.. state.MovedAddresses.Select(address => address.Prefix).Except(state.FoundAddresses)])),
        new(
            $"remove the announced routes of '{uplink.Name}' from '{bridge.Name}'",
            () => StoredConfiguration.RemoveAnnounced(stack, bridge, state.MovedAddresses)),
        new(
            $"take '{uplink.Name}' out of '{bridge.Name}'",
            () =>
            {
                // It may be in another bridge by now.
                if (stack.Links.Get(uplink.Index).MasterIndex == bridge.Index)
                    stack.Bridges.RemovePort(uplink.Name);
            }),
    ];
}
