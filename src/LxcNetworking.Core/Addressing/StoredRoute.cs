using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>A route on file; its interface is whichever carries the addresses.</summary>
internal sealed record StoredRoute(
    string Destination,
    string? Gateway,
    long Metric,
    long Table,
    int Type,
    int Protocol,
    int Scope,
    string? Source,
    long? Mtu,
    bool OnLink)
{
    public static StoredRoute Of(NetRoute route) => new(
        route.DestinationPrefix.ToString(), IP.IsAny(route.NextHop)
            ? null
            : route.NextHop.ToString(), route.RouteMetric, route.Table.Id, (int)route.Type, (int)route.Protocol,
            (int)route.Scope,
        route.Source?.ToString(), route.Mtu, (route.Flags & RouteFlags.OnLink) != 0);

    public RouteSpec ToSpec(int interfaceIndex)
    {
        var destination = IPPrefix.Parse(Destination);
        return new RouteSpec(destination)
        {
            NextHops = [new RouteHopSpec(Gateway is null ? null : IPAddress.Parse(Gateway), interfaceIndex)],
            Metric = Metric,
            Table = new RouteTable(Table),
            Type = (RouteType)Type,
            Protocol = (RouteProtocol)Protocol,
            Scope = IP.FamilyOf(destination.Address) == IPFamily.IPv4 ? (NetScope)Scope : null,
            Source = Source is null ? null : IPAddress.Parse(Source),
            Mtu = Mtu is null ? null : checked((int)Mtu),
            OnLink = OnLink,
        };
    }
}
