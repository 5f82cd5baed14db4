using LxcNetworking.State.Documents;
using LxcNetworking.Values;

namespace LxcNetworking.State.Plans;

/// <summary>Tells whether a route's gateways are in networks of its namespace: the kernel refuses other ones.</summary>
internal sealed class StateGateways
{
    private readonly List<(IPPrefix Network, StateItem Item)> _there, _desired;

    /// <summary>Collects the networks.</summary>
    /// <param name="actual">What is there.</param>
    /// <param name="desired">What the document says.</param>
    public StateGateways(IEnumerable<StateItem> actual, IEnumerable<StateItem> desired)
    {
        _there = NetworksOf(actual);
        _desired = NetworksOf(desired.Where(item => item.Presence == NetStatePresence.Present));
    }

    /// <summary>Whether a gateway of a route is in none of them.</summary>
    /// <param name="route">The route.</param>
    /// <param name="isToBe">Whether something that the document says is there when it is the route's turn.</param>
    public bool Lacks(StateItem route, Func<StateItem, bool> isToBe)
    {
        if (route.Text("onLink") == "true")
            return false;
        bool Covers((IPPrefix Network, StateItem Item) known, IPAddress gateway)
            => known.Item.Key.Namespace == route.Key.Namespace && known.Network.Contains(gateway);
        return GatewaysOf(route).Any(gateway => !gateway.IsIPv6LinkLocal
            && !_there.Exists(known => Covers(known, gateway))
            && !_desired.Exists(known => Covers(known, gateway) && known.Item.Key != route.Key && isToBe(known.Item)));
    }

    private static IEnumerable<IPAddress> GatewaysOf(StateItem route)
    {
        if (route.Text("nextHop") is { } hop && IPAddress.TryParse(hop, out var only))
            yield return only;
        if (!route.Values.TryGetValue("nextHops", out var ways))
            yield break;
        foreach (var way in RouteWay.Read(StateValue.Read(ways)))
        {
            if (way is { NextHop: { } each, OnLink: not true })
                yield return each;
        }
    }

    private static List<(IPPrefix Network, StateItem Item)> NetworksOf(IEnumerable<StateItem> items)
    {
        var networks = new List<(IPPrefix Network, StateItem Item)>();
        foreach (var item in items)
        {
            if (item.Key.Subject == StateSubject.Address && AddressName.Parse(item.Key.Name) is var name)
                networks.Add((name.Peer is { } peer ? new IPPrefix(peer, name.Prefix.Length) : name.Prefix, item));
            else if (item.Key.Subject == StateSubject.Route && item.Text("nextHop") is null
                && !item.Values.ContainsKey("nextHops"))
                networks.Add((RouteName.Parse(item.Key.Name).Destination, item));
        }

        return networks;
    }
}
