using System.Text.Json;
using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>What is made says whose it is.</summary>
public class ProtocolTests
{
    private static readonly RouteProtocol s_other = (RouteProtocol)77;

    private static NetworkStack Here => Stacks.Pool.Get();

    [Theory]
    [InlineData(null, "108")]
    [InlineData(77, "77")]
    public void All_that_is_made_has_the_number_of_its_maker(int? number, string text) => Run(() =>
    {
        Ip("link add eth0 type veth peer name eth1");
        Ip("link set eth1 up");
        Ip("link set eth0 up");
        Ip("addr add 10.0.3.1/24 dev eth0");
        var link = Here.Links.Get("eth0");
        var (address, route) = (new AddressSpec(new("10.0.4.1/24")), new RouteSpec(new("10.9.0.0/16")));
        var (rule, nextHop) = (new RuleSpec(IPFamily.IPv4) { Priority = 7 }, new NextHopSpec { NextHopId = 9 });
        var neighbor = new NeighborSpec(IPAddress.Parse("10.0.3.9"))
        {
            LinkLayerAddress = LinkLayerAddress.Parse("02:00:00:00:00:09"),
        };
        if (number is { } said)
        {
            var maker = (RouteProtocol)said;
            (address, route) = (address with { Protocol = said }, route with { Protocol = maker });
            (rule, nextHop) = (rule with { Protocol = maker }, nextHop with { Protocol = maker });
            neighbor = neighbor with { Protocol = maker };
        }

        var gateway = IPAddress.Parse("10.0.3.8");
        var madeAddress = Here.Addresses.Create(link, [address])[0];
        var madeRoute = Here.Routes.Create(route with { NextHops = [new(gateway)] });
        var madeRule = Here.Rules.Create(rule with { Table = new RouteTable(42) });
        var madeNextHop = Here.NextHops.Create(nextHop with { NextHop = gateway, InterfaceIndex = link.Index });
        var madeNeighbor = Here.Neighbors.Create(link, neighbor);
        var expected = number is null ? RouteProtocol.LxcNetworking : s_other;
        Assert.Equal(
            [expected, expected, expected, expected, expected],
            [
                (RouteProtocol?)madeAddress.Protocol, madeRoute.Protocol, madeRule.Protocol, madeNextHop.Protocol,
                madeNeighbor.Protocol,
            ]);
        Assert.Equal(number is null ? PrefixOrigin.Manual : PrefixOrigin.Other, madeAddress.PrefixOrigin);
        Assert.Equal(text, Maker("route show 10.9.0.0/16"));
        Assert.Equal(text, Maker("rule show pref 7"));
        Assert.Equal(text, Maker("nexthop show id 9"));
        Assert.Equal(text, Maker("neigh show 10.0.3.9 dev eth0"));
        var found = Assert.Single(Here.Routes.List(new RouteFilter { Protocol = expected }));
        Assert.Equal("10.9.0.0/16", found.DestinationPrefix.ToString());
        Assert.Null(Assert.Single(Here.Routes.Remove([madeRoute])));
        Assert.Null(Assert.Single(Here.Rules.Remove([madeRule])));
        Assert.Null(Assert.Single(Here.Neighbors.Remove([madeNeighbor])));
        Assert.Null(Assert.Single(Here.Addresses.Remove([madeAddress])));
    });

    private static string? Maker(string arguments)
        => IpJson(arguments)[0].GetProperty("protocol") is { ValueKind: JsonValueKind.String } maker
            ? maker.GetString() : null;
}
