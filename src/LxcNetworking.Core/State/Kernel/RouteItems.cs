using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.Values;

namespace LxcNetworking.State.Kernel;

/// <summary>Reads and changes routes.</summary>
internal sealed class RouteItems : StateItems
{
    private const string TypeOfService = "typeOfService";

    // Without those of the kernel's own table.
    /// <inheritdoc/>
    public override IEnumerable<StateItem> Read(StateWorld world, string name, CancellationToken cancellation)
        => world.StackOf(name).Routes.List(
                new RouteFilter { Table = RouteTable.All, KnownNames = world.LinkNamesOf(name, cancellation) },
                cancellation)
            .Where(route => !(route.Table.Equals(RouteTable.Local) && route.Protocol == RouteProtocol.Kernel))
            .Select(route => ItemOf(name, route));

    /// <inheritdoc/>
    public override void Create(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
        => Put(home, step, cancellation);

    /// <inheritdoc/>
    public override void Change(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
        => Put(home, step, cancellation);

    private static void Put(NetworkStack home, StateStep step, CancellationToken cancellation)
    {
        var stack = StackOf(home, step, cancellation);
        // What is to be changed and not said is taken away.
        var now = (step.Before?.Values ?? []).Where(pair => !step.Properties.Contains(pair.Key))
            .ToDictionary(StringComparer.Ordinal);
        var values = RouteName.Over(step.After!.Values, now);
        var spec = SpecOf(stack, RouteName.Parse(step.Key.Name), values, cancellation);
        try
        {
            if (step.Before is null)
            {
                stack.Routes.Create(spec, cancellation);
                return;
            }
        }
        catch (NetworkException e) when (e.Code == NetworkErrorCode.RouteExists)
        {
            // It was to go with an address, and has stayed.
        }

        stack.Routes.Replace(spec, cancellation);
    }

    /// <inheritdoc/>
    public override void Remove(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
    {
        var stack = StackOf(home, step, cancellation);
        var there = stack.Routes.List(new RouteFilter { Table = RouteTable.All }, cancellation)
            .FirstOrDefault(route => NameOf(route).ToString() == step.Key.Name);
        if (there is not null && stack.Routes.Remove([there], cancellation)[0] is { } refusal)
            throw refusal;
    }

    private static RouteName NameOf(NetRoute route) => new(
        route.DestinationPrefix, route.RouteMetric, route.Table, route.TypeOfService, route.SourcePrefix);

    private static RouteSpec SpecOf(
        NetworkStack stack,
        RouteName name,
        SortedDictionary<string, string> values,
        CancellationToken cancellation)
    {
        int IndexOf(string? link) => link is null ? 0 : stack.Links.IndexOf(link, cancellation);
        var entry = (RouteEntry)StateTables.Route.Read(values, _ => 0);
        var settings = (RouteSettings)StateTables.RouteSettings.Read(values, _ => 0);
        List<RouteHopSpec> hops = values.TryGetValue("nextHops", out var ways)
            ?
            [
                .. RouteWay.Read(StateValue.Read(ways)).Select(way => new RouteHopSpec(
                    way.NextHop, IndexOf(way.InterfaceAlias), way.Weight ?? 1)
                {
                    OnLink = way.OnLink == true,
                    Encapsulation = way.Encapsulation,
                }),
            ]
            : entry.NextHop is null && entry.InterfaceAlias is null ? []
            :
            [
                new RouteHopSpec(entry.NextHop, IndexOf(entry.InterfaceAlias))
                {
                    OnLink = entry.OnLink == true,
                    Encapsulation = entry.Encapsulation,
                },
            ];
        return new RouteSpec(name.Destination, settings with { TypeOfService = name.TypeOfService })
        {
            NextHops = hops,
            Metric = name.Metric,
            Table = name.Table,
            SourcePrefix = name.SourcePrefix,
            Type = entry.Type ?? RouteType.Unicast,
            Protocol = entry.Protocol ?? RouteProtocol.LxcNetworking,
            Scope = entry.Scope,
        };
    }

    private static StateItem ItemOf(string name, NetRoute route)
    {
        var item = new StateItem(NameOf(route).In(name))
        {
            IsTransient = route.Protocol is RouteProtocol.Kernel or RouteProtocol.RouterAdvertisement
                or RouteProtocol.Redirect || route.Lifetime is { IsForever: false },
        };
        var isOne = route.Multipath.Count == 0 && route.NextHopId is null or 0;
        StateTables.Route.Write(
            new RouteEntry
            {
                NextHop = !isOne || IP.IsAny(route.NextHop) ? null : route.NextHop,
                InterfaceAlias = isOne ? route.InterfaceAlias : null,
                OnLink = isOne && (route.Flags & RouteFlags.OnLink) != 0 ? true : null,
                Encapsulation = isOne ? route.Encapsulation : null,
                Type = route.Type,
                Scope = route.AddressFamily == IPFamily.IPv4 ? route.Scope : null,
                Protocol = route.Protocol,
            },
            item.Values,
            _ => null);
        StateTables.RouteSettings.Write(route, item.Values, _ => null);
        item.Values.Remove(TypeOfService);
        // Without a next-hop object there is nothing to say of one, and IPv6 takes no gateway beside its number.
        if (isOne || route.NextHopId is null or 0)
            item.Values.Remove("nextHopId");
        if (route.Multipath.Count > 0 && route.NextHopId is null or 0)
        {
            item.Values["nextHops"] = RouteWay.Write(route.Multipath.Select(hop => new RouteWay
            {
                NextHop = hop.NextHop,
                InterfaceAlias = hop.InterfaceAlias,
                Weight = hop.Weight,
                OnLink = (hop.Flags & RouteFlags.OnLink) != 0,
                Encapsulation = hop.Encapsulation,
            }));
        }

        return item;
    }
}
