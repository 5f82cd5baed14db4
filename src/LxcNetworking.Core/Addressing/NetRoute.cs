using System.Globalization;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>One of the ways that a route can take.</summary>
public sealed class RouteNextHop
{
    /// <summary>The gateway; 0.0.0.0 or :: if receivers are on the link itself.</summary>
    public required IPAddress NextHop { get; init; }

    /// <summary>The interface's name.</summary>
    public string? InterfaceAlias { get; internal set; }

    /// <summary>The interface's index, or 0.</summary>
    public int InterfaceIndex { get; init; }

    /// <summary>Its share in comparison with the other ways': 1 to 256.</summary>
    public int Weight { get; init; } = 1;

    /// <summary>What its packets are put into, or null.</summary>
    public RouteEncapsulation? Encapsulation { get; init; }

    /// <summary>Its state.</summary>
    public RouteFlags Flags { get; init; }

    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{(IP.IsAny(NextHop) ? "on-link" : NextHop)}"
            + $"{(InterfaceAlias is null ? string.Empty : " dev " + InterfaceAlias)}"
            + $"{(Weight == 1 ? string.Empty : $" weight {Weight}")}");
}

/// <summary>A route as it was when it was read.</summary>
public sealed record NetRoute : RouteSettings
{
    internal NetRoute(AttributeReader attributes, NamespaceReference reference)
        : base(attributes)
        => Namespace = reference;

    /// <summary>Where packets are headed; 0.0.0.0/0 and ::/0 match every address.</summary>
    public required IPPrefix DestinationPrefix { get; init; }

    /// <summary>The gateway, the first one if there are several; 0.0.0.0 or ::, as on Windows, if receivers are on the
    /// link itself.</summary>
    public required IPAddress NextHop { get; init; }

    /// <summary>The interface's name, the first one if there are several, or null.</summary>
    public string? InterfaceAlias { get; internal set; }

    /// <summary>The interface's index, the first one if there are several, or 0.</summary>
    public int InterfaceIndex { get; internal init; }

    /// <summary>Of several routes to one destination the lowest metric wins.</summary>
    public long RouteMetric { get; internal init; }

    /// <summary>The table that it is in.</summary>
    public RouteTable Table { get; internal init; } = RouteTable.Main;

    /// <summary>What it does.</summary>
    public RouteType Type { get; internal init; }

    /// <summary>Who made it.</summary>
    public RouteProtocol Protocol { get; internal init; }

    /// <summary>How far its destination is.</summary>
    public NetScope Scope { get; internal init; }

    /// <summary>IPv6: only packets from here take it; null for all.</summary>
    public IPPrefix? SourcePrefix { get; internal init; }

    /// <summary>How long it stays, or null if it has no end.</summary>
    public Duration? Lifetime { get; internal init; }

    /// <summary>The ways that it can take, if there are several; empty otherwise.</summary>
    public ValueList<RouteNextHop> Multipath { get; internal init; } = [];

    /// <summary>What its packets are put into, those of the first way if there are several, or null.</summary>
    public RouteEncapsulation? Encapsulation { get; internal init; }

    /// <summary>What the kernel told and has no name here: numbers of attributes (RTA_*) and their bytes.</summary>
    public ValueList<string> OtherAttributes { get; internal init; } = [];

    /// <summary>The state of its next hop.</summary>
    public RouteFlags Flags { get; internal init; }

    /// <summary>IPv4 or IPv6.</summary>
    public IPFamily AddressFamily => IP.FamilyOf(DestinationPrefix.Address);

    /// <summary>The namespace that it was read from.</summary>
    public NamespaceReference Namespace { get; }

    /// <summary>What tells that namespace from every other one.</summary>
    public string? NamespaceId => Namespace.Id;

    /// <summary>What the kernel sent, to remove exactly this route.</summary>
    internal byte[] Raw { get; init; } = [];

    /// <summary>False if the list that it was read with has no other route of its destination, metric and type of
    /// service.</summary>
    internal bool MayHaveTwins { get; set; } = true;

    /// <inheritdoc/>
    public override string ToString()
        => $"{DestinationPrefix}{(IP.IsAny(NextHop) ? string.Empty : $" via {NextHop}")}"
            + $"{(InterfaceAlias is null ? string.Empty : $" dev {InterfaceAlias}")}";
}
