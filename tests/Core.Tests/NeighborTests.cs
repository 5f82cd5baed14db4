using System.Text.Json;
using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

public class NeighborTests
{
    private static readonly MacAddress s_mac = MacAddress.Parse("00:16:3e:00:00:09");

    private static NetworkStack Here => Stacks.Pool.Get();

    private static NetLink Prepare()
    {
        Here.Links.CreateVeth(new VethSpec("eth0", new VethPeerSpec("eth1") { Up = true }) { Up = true });
        Ip("addr add 10.0.3.2/24 dev eth0");
        Ip("addr add fd00::2/64 dev eth0 nodad");
        return Here.Links.Get("eth0");
    }

    private static List<JsonElement> Seen(string arguments = "dev eth0") =>
        [.. IpJson("neigh show " + arguments).EnumerateArray()];

    [Theory]
    [InlineData("10.0.3.9")]
    [InlineData("fd00::9")]
    public void A_neighbour_is_made_read_and_removed(string text) => Run(() =>
    {
        var link = Prepare();
        var made = Here.Neighbors.Create(link, IPAddress.Parse(text), s_mac);
        Assert.Equal((text, (LinkLayerAddress)s_mac, NeighborState.Permanent, "eth0"),
            (made.IPAddress.ToString(), made.LinkLayerAddress, made.State, made.InterfaceAlias));
        var seen = Assert.Single(Seen());
        Assert.Equal(text, seen.GetProperty("dst").GetString());
        Assert.Equal("00:16:3e:00:00:09", seen.GetProperty("lladdr").GetString());
        Assert.Equal("PERMANENT", seen.GetProperty("state")[0].GetString());
        var read = Assert.Single(Here.Neighbors.List(new AddressFilter { InterfaceIndexes = [link.Index] }),
            neighbor => neighbor.State == NeighborState.Permanent);
        Assert.Equal("eth0", read.InterfaceAlias);
        Assert.Null(Assert.Single(Here.Neighbors.Remove([read])));
        Assert.Empty(Seen());
        Assert.Equal(NetworkErrorCode.NeighborNotFound, Assert.Single(Here.Neighbors.Remove([read]))?.Code);
    });

    [Theory]
    [InlineData("10.0.3.9")]
    [InlineData("fd00::9")]
    public void A_proxy_entry_is_made_read_and_removed(string text) => Run(() =>
    {
        var link = Prepare();
        var made = Here.Neighbors.Create(link, IPAddress.Parse(text), null, proxy: true);
        Assert.True(made.Proxy);
        Assert.Equal("eth0", made.InterfaceAlias);
        Assert.Equal(text, Assert.Single(Seen("proxy")).GetProperty("dst").GetString());
        Assert.Equal(NetworkErrorCode.NeighborExists,
            Assert.Throws<NetworkException>(() => Here.Neighbors.Create(link, IPAddress.Parse(text), null, proxy: true))
            .Code);
        Assert.DoesNotContain(Here.Neighbors.List(), neighbor => neighbor.Proxy);
        Assert.All(Here.Neighbors.Remove(Here.Neighbors.List(proxy: true)), Assert.Null);
        Assert.Empty(Seen("proxy"));
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_neighbour_may_come_with_its_own_interface_as_scope_but_no_other(bool proxy) => Run(() =>
    {
        var link = Prepare();
        NetNeighbor Create(int scope) =>
            Here.Neighbors.Create(link, IPAddress.Parse($"fe80::9%{scope}"), proxy ? null : s_mac, proxy: proxy);
        Assert.Equal("fe80::9", Create(link.Index).IPAddress.ToString());
        Assert.Equal(NetworkErrorCode.NeighborExists, Assert.Throws<NetworkException>(() => Create(link.Index)).Code);
        Assert.Equal(NetworkErrorCode.InvalidArgument,
            Assert.Throws<NetworkException>(() => Create(link.Index + 1)).Code);
    });

    [Fact]
    public void What_an_entry_is_given_is_what_ip_shows_and_may_take_the_place_of_another() => Run(() =>
    {
        var link = Prepare();
        var spec = new NeighborSpec(IPAddress.Parse("fd00::9"))
        {
            LinkLayerAddress = s_mac,
            State = NeighborState.Stale,
            Router = true,
            ExternallyLearned = true,
            Protocol = RouteProtocol.Static,
        };
        var made = Here.Neighbors.Create(link, spec);
        Assert.Equal(
            (NeighborState.Stale, true, true, RouteProtocol.Static),
            (made.State, made.IsRouter, made.IsExternallyLearned, made.Protocol));
        var seen = Assert.Single(Seen());
        Assert.True(seen.TryGetProperty("router", out _) && seen.TryGetProperty("extern_learn", out _));
        Assert.Equal("static", seen.GetProperty("protocol").GetString());

        var other = new NeighborSpec(spec.IPAddress) { LinkLayerAddress = MacAddress.Parse("00:16:3e:00:00:0a") };
        Assert.Equal(
            NetworkErrorCode.NeighborExists,
            Assert.Throws<NetworkException>(() => Here.Neighbors.Create(link, other)).Code);
        made = Here.Neighbors.Create(link, other, replace: true);
        Assert.Equal((NeighborState.Permanent, false, false), (made.State, made.IsRouter, made.IsExternallyLearned));
        seen = Assert.Single(Seen());
        Assert.Equal("00:16:3e:00:00:0a", seen.GetProperty("lladdr").GetString());
        Assert.False(seen.TryGetProperty("router", out _));
        Assert.Null(Assert.Single(Here.Neighbors.Remove([made])));

        var proxy = new NeighborSpec(spec.IPAddress) { Proxy = true, Protocol = RouteProtocol.Static };
        Here.Neighbors.Create(link, proxy);
        Assert.True(Here.Neighbors.Create(link, proxy, replace: true).Proxy);
        var wrong = new NeighborSpec(spec.IPAddress) { LinkLayerAddress = IPAddress.Parse("10.0.0.1") };
        Assert.Contains(
            "whose own is",
            Assert.Throws<NetworkException>(() => Here.Neighbors.Create(link, wrong)).Message,
            StringComparison.Ordinal);
    });

    [Fact]
    public void The_kernel_finds_an_entry_that_it_manages_or_uses() => Run(() =>
    {
        var link = Prepare();
        Ip("netns add far");
        Ip("link set eth1 netns far");
        Ip("-n far addr add 10.0.3.9/24 dev eth1");
        Ip("-n far link set eth1 up");
        var made = Here.Neighbors.Create(link, new NeighborSpec(IPAddress.Parse("10.0.3.9")) { Managed = true });
        Assert.True(made.IsManaged);
        Assert.True(
            Eventually(() => Here.Neighbors.List().Single(item => item.IsManaged).LinkLayerAddress is not null));
        Assert.True(Seen().Single().TryGetProperty("managed", out _));
        Here.Neighbors.Remove([made]);
        Here.Neighbors.Create(link, new NeighborSpec(IPAddress.Parse("10.0.3.9")) { Use = true });
        Assert.True(Eventually(() => Here.Neighbors.List().Any(item => item.State == NeighborState.Reachable)));
    });

    [Fact]
    public void An_address_on_a_tunnel_is_that_of_its_end_and_on_a_link_without_any_there_is_none() => Run(() =>
    {
        Ip("tuntap add dev t0 mode tun");
        Ip("link set t0 up");
        var made = Here.Neighbors.Create(
            Here.Links.Get("t0"), new NeighborSpec(IPAddress.Parse("fd00::9")));
        Assert.Null(made.LinkLayerAddress);
        Assert.Equal("fd00::9", Assert.Single(Seen("dev t0 nud permanent")).GetProperty("dst").GetString());

        NeedsKind("gre");
        Prepare();
        Ip("link add g0 type gre local 10.0.3.2");
        Ip("link set g0 up");
        Ip("addr add 10.9.9.1/24 dev g0");
        var end = LinkLayerAddress.Parse("10.0.3.7");
        made = Here.Neighbors.Create(Here.Links.Get("g0"), IPAddress.Parse("10.9.9.9"), end);
        Assert.Equal(end, made.LinkLayerAddress);
        Assert.Equal("10.0.3.7", Assert.Single(Seen("10.9.9.9 dev g0")).GetProperty("lladdr").GetString());
        Ip("neigh replace 10.9.9.9 lladdr 10.0.3.8 dev g0");
        // The kernel adds multicast entries when it likes.
        var ours = new AddressFilter { InterfaceIndexes = [Here.Links.Get("g0").Index], Family = IPFamily.IPv4 };
        Assert.Equal(IPAddress.Parse("10.0.3.8"), Assert.Single(Here.Neighbors.List(ours)).LinkLayerAddress!.IPAddress);
    });

    [Fact]
    public void The_list_is_that_of_ip() => Run(() =>
    {
        Prepare();
        Ip("neigh add 10.0.3.5 lladdr 00:16:3e:00:00:05 dev eth0 nud stale");
        Ip("neigh add fd00::5 lladdr 00:16:3e:00:00:06 dev eth0 nud reachable");
        Ip("neigh add 10.9.9.9 lladdr 00:16:3e:00:00:07 dev eth1 nud noarp");
        // The kernel itself adds multicast entries when it likes.
        static List<string> Expected() =>
            [.. Seen("nud all")
                .Where(item => !item.GetProperty("dst").GetString()!.StartsWith("ff", StringComparison.Ordinal))
            .Select(item =>
                $"{item.GetProperty("dst").GetString()} {item.GetProperty("dev").GetString()} " +
                    $"{item.GetProperty("state")[0].GetString()}").Order(StringComparer.Ordinal)];
        static List<string> Ours() => [.. Here.Neighbors.List().Where(item => !item.IPAddress.IsIPv6Multicast)
            .Select(item => $"{item.IPAddress} {item.InterfaceAlias} {item.State.ToString().ToUpperInvariant()}")
            .Order(StringComparer.Ordinal)];
        Assert.Equal(3, Expected().Count);
        // One that is reachable is stale after a while.
        Eventually(() => Expected().SequenceEqual(Ours()));
        Assert.Equal(Expected(), Ours());
        Assert.Equal("10.9.9.9",
            Assert.Single(
                Here.Neighbors.List(new AddressFilter
                {
                    InterfaceIndexes = [Here.Links.Get("eth1").Index],
                    Family = IPFamily.IPv4
                })).IPAddress.ToString());
    });

    [Fact]
    public void What_makes_no_neighbour_is_refused() => Run(() =>
    {
        var link = Prepare();
        var address = IPAddress.Parse("10.0.3.9");
        Here.Neighbors.Create(link, address, s_mac);
        NetworkErrorCode Refused(Action work) => Assert.Throws<NetworkException>(work).Code;
        Assert.Equal(NetworkErrorCode.NeighborExists, Refused(() => Here.Neighbors.Create(link, address, s_mac)));
        Assert.Equal(NetworkErrorCode.InvalidArgument,
            Refused(() => Here.Neighbors.Create(link, IPAddress.Any, s_mac)));
        Assert.Equal(NetworkErrorCode.InvalidArgument,
            Refused(() => Here.Neighbors.Create(link, IPAddress.Parse("10.0.3.10"), null)));
        Assert.Equal(NetworkErrorCode.InvalidArgument,
            Refused(() => Here.Neighbors.Create(link, IPAddress.Parse("10.0.3.10"), s_mac, proxy: true)));
        Assert.Equal(NetworkErrorCode.InvalidArgument,
            Refused(() => Here.Neighbors.Create(link, IPAddress.Parse("10.0.3.10"), s_mac, NeighborState.Failed)));
        Assert.Single(Seen());
    });
}
