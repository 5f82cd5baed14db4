using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>One of the ways that a new route is to take.</summary>
/// <param name="Gateway">The gateway; null or the unspecified address if receivers are on the link itself.</param>
/// <param name="InterfaceIndex">The interface; 0 for the one that the gateway is on.</param>
/// <param name="Weight">Its share in comparison with the other ways': 1 to 256.</param>
public sealed record RouteHopSpec(IPAddress? Gateway, int InterfaceIndex = 0, int Weight = 1)
{
    /// <summary>The gateway counts as being on the link, whatever the addresses say.</summary>
    public bool OnLink { get; init; }

    /// <summary>What packets are put into; null for nothing.</summary>
    public RouteEncapsulation? Encapsulation { get; init; }

    internal IPAddress? RealGateway => Gateway is null || IP.IsAny(Gateway) ? null : Gateway;
}

/// <summary>A route to create.</summary>
public sealed record RouteSpec : RouteSettings
{
    /// <summary>A route of which nothing is said yet but where it leads.</summary>
    /// <param name="destination">Where packets are headed.</param>
    public RouteSpec(IPPrefix destination) => Destination = destination;

    /// <summary>A route with settings.</summary>
    /// <param name="destination">Where packets are headed.</param>
    /// <param name="settings">What is said of it.</param>
    public RouteSpec(IPPrefix destination, RouteSettings settings)
        : base(settings)
        => Destination = destination;

    /// <summary>Where packets are headed.</summary>
    public IPPrefix Destination { get; init; }

    /// <summary>The ways that it takes; none for types that drop.</summary>
    public IReadOnlyList<RouteHopSpec> NextHops { get; init; } = [];

    /// <summary>Of several routes to one destination the lowest wins; null for the kernel's default (0 for IPv4, 1024
    /// for IPv6).</summary>
    public long? Metric { get; init; }

    /// <summary>The table; null for main, or local for types Local, Broadcast and Anycast.</summary>
    public RouteTable? Table { get; init; }

    /// <summary>What it does.</summary>
    public RouteType Type { get; init; } = RouteType.Unicast;

    /// <summary>Who makes it.</summary>
    public RouteProtocol Protocol { get; init; } = RouteProtocol.LxcNetworking;

    /// <summary>IPv4: how far the destination is; null for what follows from type and gateway.</summary>
    public NetScope? Scope { get; init; }

    /// <summary>The gateways count as being on the link, whatever the addresses say.</summary>
    public bool OnLink { get; init; }

    internal IPFamily Family => IP.FamilyOf(Destination.Address);

    internal bool Drops
        => Type is RouteType.Blackhole or RouteType.Unreachable or RouteType.Prohibit or RouteType.Throw;

    /// <summary>IPv6: only packets from here take it; null for all.</summary>
    public IPPrefix? SourcePrefix { get; init; }

    /// <summary>IPv6: after what time, in whole seconds, the kernel removes it; null for never.</summary>
    public Duration? Lifetime { get; init; }

    /// <summary>The route from which what has no name here is taken.</summary>
    internal NetRoute? Like { get; init; }

    /// <summary>Whether it takes the same ways as that route.</summary>
    internal bool KeepsWays { get; init; }

    internal RouteTable RealTable
        => Table
            ?? (Type is RouteType.Local or RouteType.Broadcast
                or RouteType.Anycast ? RouteTable.Local : RouteTable.Main);

    // As ip(8) chooses it: what is for this host is Host, what is on the link is Link.
    internal NetScope RealScope
        => Scope ?? UsualScope(Family, Type, NextHops.Any(hop => hop.RealGateway is not null));

    /// <summary>The scope of a route of which none is said.</summary>
    internal static NetScope UsualScope(IPFamily family, RouteType type, bool hasGateway) => type switch
    {
        _ when family == IPFamily.IPv6 => NetScope.Global,
        RouteType.Local => NetScope.Host,
        RouteType.Broadcast or RouteType.Multicast or RouteType.Anycast => NetScope.Link,
        RouteType.Unicast => hasGateway ? NetScope.Global : NetScope.Link,
        _ => NetScope.Global,
    };

    // IPv6 takes 0 for its default (IP6_RT_PRIO_USER).
    internal long RealMetric => Metric is > 0 ? Metric.Value : Family == IPFamily.IPv6 ? 1024 : 0;

    internal bool IsOnLink(RouteHopSpec hop) => OnLink || hop.OnLink;

    /// <summary>The default route over a gateway on an interface.</summary>
    internal static RouteSpec DefaultVia(IPAddress gateway, int interfaceIndex)
        => new(new IPPrefix(IP.Any(IP.FamilyOf(gateway)), 0))
        {
            NextHops = [new RouteHopSpec(gateway, interfaceIndex)],
        };

    /// <summary>As it is sent. The kernel believes in a least time until TCP sends again only where it is
    /// locked.</summary>
    internal RouteSpec ToSend() => MinimumRetransmissionTimeout is null ? this : this with
    {
        LockedMetrics = (LockedMetrics ?? RouteMetricLocks.None) | RouteMetricLocks.MinimumRetransmissionTimeout,
    };

    /// <summary>Checks it for what the kernel would take amiss, or would take and should not.</summary>
    internal void Validate()
    {
        if (!Destination.Network.Address.Equals(Destination.Address))
            throw Invalid(
                $"{Destination} is no network: bits beyond the prefix length are set. Did you mean "
                    + $"{Destination.Network}?");
        if (Type == RouteType.Unspecified)
            throw Invalid($"A route to {Destination} needs a type, such as Unicast or Blackhole.");
        if (RouteTable.All.Equals(Table))
            throw Invalid($"A route to {Destination} needs one table: main, local, default, or a number.");
        if (Metric is < 0 or > uint.MaxValue)
            throw Invalid($"{Metric} is no metric for the route to {Destination}: it takes 0 to {uint.MaxValue}.");
        if (OutOfRange() is { } problem)
            throw Invalid($"A route to {Destination} cannot be so: {problem}.");
        if (Source is not null && IP.FamilyOf(Source) != Family)
            throw Invalid(
                $"{Source} cannot be the source address of a route to {Destination}: one is IPv4, the other IPv6.");
        ValidateFamily();
        if (Drops)
        {
            if (NextHops.Any(
                hop => hop.RealGateway is not null || (hop.InterfaceIndex != 0 && Family == IPFamily.IPv4)))
                throw Invalid($"A route of type {Type} drops its packets; it takes no next hop or interface.");
            return;
        }

        if (NextHopId is > 0)
        {
            if (NextHops.Count > 0 || OnLink)
            {
                throw Invalid(
                    $"The route to {Destination} has its gateway and interface from the next-hop object {NextHopId}, "
                        + "and takes no others.");
            }

            return;
        }

        if (NextHops.Count == 0 || NextHops.Any(hop => hop.RealGateway is null && hop.InterfaceIndex == 0))
            throw Invalid(
                $"Which way is {Destination}? Name a gateway, an interface, or both.",
                Advice.Give(nameof(NextHops), nameof(RouteNextHop.InterfaceIndex)));
        foreach (var hop in NextHops)
            Validate(hop);
    }

    private void Validate(RouteHopSpec hop)
    {
        if (hop.Weight is < 1 or > 256)
            throw Invalid($"{hop.Weight} is no weight for {hop.Gateway}: it takes 1 to 256.");
        if (hop.RealGateway is not { } gateway)
            return;
        if (Family == IPFamily.IPv6 && IP.FamilyOf(gateway) != Family)
            throw Invalid(
                $"{gateway} is an IPv4 address, which cannot be the next hop to the IPv6 network {Destination}.");
        if (IP.IsMulticast(gateway))
            throw Invalid($"{gateway} is a multicast address, which cannot be a next hop.");
        if (hop.InterfaceIndex == 0 && gateway.IsIPv6LinkLocal)
            throw Invalid(
                $"{gateway} is a link-local address, which every link has: say which one is meant.",
                Advice.Give(nameof(hop.InterfaceIndex)));
        IP.Unscoped(gateway, hop.InterfaceIndex);
        if (hop.InterfaceIndex == 0 && IsOnLink(hop))
            throw Invalid(
                $"Of {gateway}, which is to be on a link, say on which one.",
                Advice.Give(nameof(hop.InterfaceIndex)));
    }

    private void ValidateFamily()
    {
        if (Family == IPFamily.IPv6 && Scope is not null)
            throw Invalid($"IPv6 routes such as the one to {Destination} have no scope to choose.");
        if (Family == IPFamily.IPv4 && SourcePrefix is not null)
            throw Invalid($"The route to {Destination} is an IPv4 route, which has no source prefix. Make a rule.");
        if (SourcePrefix is { } source
            && (IP.FamilyOf(source.Address) != Family || !source.Network.Address.Equals(source.Address)))
            throw Invalid($"{source} is no IPv6 network that packets to {Destination} could come from.");
        if (Family == IPFamily.IPv4 && Lifetime is { IsForever: false })
            throw Invalid($"The route to {Destination} is an IPv4 route, which has no lifetime.");
        if (Lifetime is { } lifetime && lifetime.Ticks <= 0)
            throw Invalid($"{lifetime} is no lifetime for the route to {Destination}.");
    }

    private NetworkException Invalid(string message, params Advice[] advice)
        => new(NetworkErrorCode.InvalidArgument, message, Destination.ToString()) { Advice = advice };
}
