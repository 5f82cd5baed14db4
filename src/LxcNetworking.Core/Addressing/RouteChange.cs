using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>What is to become of a route; null leaves a thing as it is.</summary>
public sealed record RouteChange : RouteSettings
{
    /// <summary>A change of which nothing is said yet.</summary>
    public RouteChange()
    {
    }

    /// <summary>A change of settings.</summary>
    /// <param name="settings">What is to change.</param>
    public RouteChange(RouteSettings settings)
        : base(settings)
    {
    }

    /// <summary>The ways that it is to take.</summary>
    public IReadOnlyList<RouteHopSpec>? NextHops { get; init; }

    /// <summary>Of several routes to one destination the lowest wins.</summary>
    public long? Metric { get; init; }

    /// <summary>What it is to do.</summary>
    public RouteType? Type { get; init; }

    /// <summary>Who is noted as its maker.</summary>
    public RouteProtocol? Protocol { get; init; }

    /// <summary>IPv6: after what time, in whole seconds, the kernel removes it; <see cref="Duration.Forever"/> for
    /// never.</summary>
    public Duration? Lifetime { get; init; }

    /// <summary>What a route will be like.</summary>
    /// <param name="route">As read.</param>
    /// <returns>What it is to be made like.</returns>
    public RouteSpec Apply(NetRoute route)
    {
        ArgumentNullException.ThrowIfNull(route);
        var type = Type ?? route.Type;
        // A gateway, a next-hop object and a type that drops exclude each other.
        var keepsWays = NextHops is null && NextHopId is not > 0 && type == route.Type;
        var spec = new RouteSpec(route.DestinationPrefix, Over(route))
        {
            SourcePrefix = route.SourcePrefix,
            Metric = Metric ?? route.RouteMetric,
            Table = route.Table,
            Type = type,
            Protocol = Protocol ?? route.Protocol,
            Scope = keepsWays && route.AddressFamily == IPFamily.IPv4 ? route.Scope : null,
            Lifetime = (Lifetime ?? route.Lifetime) is { IsForever: false } lifetime ? lifetime : null,
            Like = route,
            KeepsWays = keepsWays,
        };
        var nextHop = NextHops is null && !spec.Drops ? spec.NextHopId : 0;
        return spec with
        {
            NextHopId = nextHop is > 0 ? nextHop : null,
            NextHops = spec.Drops || nextHop is > 0 ? [] : NextHops ?? HopsOf(route),
        };
    }

    /// <summary>Says what will be different.</summary>
    /// <param name="route">As read.</param>
    /// <returns>Such as <c>RouteMetric from 0 to 5</c>.</returns>
    public IReadOnlyList<string> Describe(NetRoute route)
    {
        var spec = Apply(route);
        var settings = spec.Differences(route).Where(item => item.Name != nameof(NextHopId));
        (string Name, string? Mine, string? Others)[] own =
        [
            (nameof(NetRoute.RouteMetric), $"{spec.RealMetric}", $"{route.RouteMetric}"),
            (nameof(Type), $"{spec.Type}", $"{route.Type}"),
            (nameof(Protocol), $"{spec.Protocol}", $"{route.Protocol}"),
            (nameof(NetRoute.NextHop), WaysOf(spec, route), WaysOf(route)),
            (nameof(NetRoute.Encapsulation), EncapsulationOf(spec), $"{route.Encapsulation}"),
            (nameof(Lifetime), $"{spec.Lifetime ?? Duration.Forever}", $"{route.Lifetime ?? Duration.Forever}"),
        ];
        return [.. own.Concat(settings).Where(item => item.Mine != item.Others)
            .Select(item => $"{item.Name} from {Shown(item.Others)} to {Shown(item.Mine)}")];
    }

    private static string Shown(string? text) => text is null or "" ? "none" : text;

    private static List<RouteHopSpec> HopsOf(NetRoute route) => route.Multipath.Count > 0
        ? [.. route.Multipath.Select(hop => new RouteHopSpec(hop.NextHop, hop.InterfaceIndex, hop.Weight)
        {
            Encapsulation = hop.Encapsulation,
        })]
        : [new RouteHopSpec(route.NextHop, route.InterfaceIndex) { Encapsulation = route.Encapsulation }];

    private static string WaysOf(NetRoute route) => route.NextHopId is > 0 ? $"object {route.NextHopId}"
        : route.Multipath.Count > 0 ? route.Multipath.ToString()
        : new RouteNextHop { NextHop = route.NextHop, InterfaceAlias = route.InterfaceAlias }.ToString();

    private static string WaysOf(RouteSpec spec, NetRoute route) => spec.KeepsWays ? WaysOf(route)
        : spec.NextHopId is > 0 ? $"object {spec.NextHopId}"
        : spec.Drops ? "none"
        : string.Join(ValueList.Separator, spec.NextHops.Select(hop => NameOf(hop, route)));

    private static string EncapsulationOf(RouteSpec spec) => spec.KeepsWays ? $"{spec.Like?.Encapsulation}"
        : spec.NextHops is [var first, ..] ? $"{first.Encapsulation}" : string.Empty;

    private static string NameOf(RouteHopSpec hop, NetRoute route) => new RouteNextHop
    {
        NextHop = hop.Gateway ?? IP.Any(route.AddressFamily),
        InterfaceAlias = route.Multipath.Select(way => (way.InterfaceIndex, way.InterfaceAlias))
            .Append((route.InterfaceIndex, route.InterfaceAlias))
            .FirstOrDefault(way => hop.InterfaceIndex != 0 && way.InterfaceIndex == hop.InterfaceIndex).InterfaceAlias,
        Weight = hop.Weight,
    }.ToString();
}
