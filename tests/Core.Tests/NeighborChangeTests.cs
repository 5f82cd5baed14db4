using System.Text.Json;
using LxcNetworking.Addressing;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>Neighbours that are there become others.</summary>
public class NeighborChangeTests
{
    private static NetworkStack Here => Stacks.Pool.Get();

    [Theory]
    [InlineData("10.0.3.9")]
    [InlineData("fd00::9")]
    public void What_is_named_changes_and_the_rest_stays(string address) => Run(() =>
    {
        Prepare();
        Ip($"neigh add {address} lladdr 02:00:00:00:00:09 dev eth0 nud stale router extern_learn proto static");
        Change(address, new() { LinkLayerAddress = Mac("02:00:00:00:00:0a") });
        Assert.Equal("02:00:00:00:00:0a STALE router extern_learn static", Shown(address));
        Change(address, new() { State = NeighborState.Permanent });
        Assert.Equal("02:00:00:00:00:0a PERMANENT router extern_learn static", Shown(address));
        Change(address, new() { ExternallyLearned = false, Protocol = RouteProtocol.Babel });
        Assert.Equal("02:00:00:00:00:0a PERMANENT router babel", Shown(address));
        var changed = Change(address, new() { Router = false, State = NeighborState.Stale });
        Assert.Equal("02:00:00:00:00:0a STALE babel", Shown(address));
        Assert.Equal(
            (NeighborState.Stale, NeighborFlags.None, RouteProtocol.Babel),
            (changed.State, changed.Flags, changed.Protocol));
        Ip($"neigh change {address} lladdr 02:00:00:00:00:0b dev eth0 nud noarp extern_learn");
        Assert.Equal((NeighborState.NoArp, true), (Find(address).State, Find(address).IsExternallyLearned));
        Ip($"neigh del {address} dev eth0");
        Assert.Equal(NetworkErrorCode.NeighborNotFound, Assert.Throws<NetworkException>(
            () => Here.Neighbors.Change(changed, new() { State = NeighborState.Permanent })).Code);
    });

    [Fact]
    public void The_kernel_takes_an_entry_over_and_gives_it_back() => Run(() =>
    {
        Prepare();
        Ip("neigh add 10.0.3.9 lladdr 02:00:00:00:00:09 dev eth0 nud stale router");
        var changed = Change("10.0.3.9", new() { Managed = true });
        Assert.True(changed.IsManaged && changed.IsRouter);
        Assert.Contains("managed", Ip("neigh show dev eth0"), StringComparison.Ordinal);
        Refused(NetworkErrorCode.InvalidArgument, "as it is managed", new() { State = NeighborState.Permanent });
        changed = Change("10.0.3.9",
            new() { Managed = false, LinkLayerAddress = Mac("02:00:00:00:00:0c"), State = NeighborState.Permanent });
        Assert.Equal((false, true, NeighborState.Permanent), (changed.IsManaged, changed.IsRouter, changed.State));
        Refused(NetworkErrorCode.InvalidArgument, "cannot be made Failed", new() { State = NeighborState.Failed });
        Refused(
            NetworkErrorCode.InvalidArgument, "is to ask",
            new() { Use = true, LinkLayerAddress = Mac("02:00:00:00:00:01") });
        Refused(NetworkErrorCode.InvalidArgument, "but not none", new() { Protocol = RouteProtocol.Unspecified });
        Refused(NetworkErrorCode.InvalidArgument, "whose own is",
            new() { LinkLayerAddress = LinkLayerAddress.Parse("192.0.2.1") });
        Assert.Equal("02:00:00:00:00:0c PERMANENT router", Shown("10.0.3.9"));
        // What is asked for at once stays no longer than what was learned.
        Assert.NotEqual(NeighborState.Permanent, Change("10.0.3.9", new() { Use = true }).State);
        Ip("neigh add 10.0.3.8 dev eth0 nud failed");
        var error = Assert.Throws<NetworkException>(() => Change("10.0.3.8", new() { Router = true }));
        Assert.Contains("does not know the address", error.Message, StringComparison.Ordinal);
        Assert.Equal(
            NeighborState.Reachable,
            Change("10.0.3.8", new() { LinkLayerAddress = Mac("02:00:00:00:00:08"), State = NeighborState.Reachable })
            .State);
        // This host answers for it, and there is nothing more to say of that.
        Ip("neigh add proxy 10.0.3.77 dev eth0");
        var proxy = Assert.Single(Here.Neighbors.List(proxy: true));
        Assert.Equal(NetworkErrorCode.NotSupported, Assert.Throws<NetworkException>(
            () => Here.Neighbors.Change(proxy, new() { Router = true })).Code);
    });

    [Fact]
    public void A_change_says_what_will_be_different() => Run(() =>
    {
        Prepare();
        Ip("neigh add 10.0.3.9 lladdr 02:00:00:00:00:09 dev eth0 nud permanent");
        var change = new NeighborChange
        {
            LinkLayerAddress = Mac("02:00:00:00:00:0a"),
            State = NeighborState.Permanent,
            Router = true,
            ExternallyLearned = false,
            Protocol = (RouteProtocol)77,
        };
        Assert.Equal(
            [
                "LinkLayerAddress from 02:00:00:00:00:09 to 02:00:00:00:00:0a", "Router from False to True",
                "Protocol from none to 77",
            ],
            change.Describe(Find("10.0.3.9")));
    });

    private static void Prepare()
    {
        Ip("link add eth0 type veth peer name eth1");
        Ip("link set eth1 up");
        Ip("link set eth0 up");
    }

    private static LinkLayerAddress Mac(string text) => LinkLayerAddress.Parse(text);

    private static NetNeighbor Find(string address)
        => Here.Neighbors.List().Single(item => item.IPAddress.ToString() == address);

    private static NetNeighbor Change(string address, NeighborChange change)
        => Here.Neighbors.Change(Find(address), change);

    private static void Refused(NetworkErrorCode code, string words, NeighborChange change)
    {
        var error = Assert.Throws<NetworkException>(() => Change("10.0.3.9", change));
        Assert.Equal(code, error.Code);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
    }

    private static string Shown(string address)
    {
        var seen = IpJson("neigh show dev eth0 nud all").EnumerateArray()
            .Single(item => item.GetProperty("dst").GetString() == address);
        return string.Join(' ',
            new[] { seen.GetProperty("lladdr").GetString(), seen.GetProperty("state")[0].GetString() }
            .Concat(new[] { "router", "extern_learn" }.Where(name => seen.TryGetProperty(name, out _)))
            .Concat(seen.TryGetProperty("protocol", out var maker) ? [maker.GetString()] : []));
    }
}
