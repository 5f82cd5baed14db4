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

    private static List<JsonElement> Seen(string arguments = "dev eth0") => [.. IpJson("neigh show " + arguments).EnumerateArray()];

    [Theory]
    [InlineData("10.0.3.9")]
    [InlineData("fd00::9")]
    public void A_neighbour_is_made_read_and_removed(string text) => Run(() =>
    {
        var link = Prepare();
        var made = Here.Neighbors.Create(link, IPAddress.Parse(text), s_mac);
        Assert.Equal((text, s_mac, NeighborState.Permanent, "eth0"), (made.IPAddress.ToString(), made.LinkLayerAddress, made.State, made.InterfaceAlias));
        var seen = Assert.Single(Seen());
        Assert.Equal(text, seen.GetProperty("dst").GetString());
        Assert.Equal("00:16:3e:00:00:09", seen.GetProperty("lladdr").GetString());
        Assert.Equal("PERMANENT", seen.GetProperty("state")[0].GetString());
        var read = Assert.Single(Here.Neighbors.List(new AddressFilter { InterfaceIndexes = [link.Index] }), neighbor => neighbor.State == NeighborState.Permanent);
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
        Assert.Equal(NetworkErrorCode.NeighborExists, Assert.Throws<NetworkException>(() => Here.Neighbors.Create(link, IPAddress.Parse(text), null, proxy: true)).Code);
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
        NetNeighbor Create(int scope) => Here.Neighbors.Create(link, IPAddress.Parse($"fe80::9%{scope}"), proxy ? null : s_mac, proxy: proxy);
        Assert.Equal("fe80::9", Create(link.Index).IPAddress.ToString());
        Assert.Equal(NetworkErrorCode.NeighborExists, Assert.Throws<NetworkException>(() => Create(link.Index)).Code);
        Assert.Equal(NetworkErrorCode.InvalidArgument, Assert.Throws<NetworkException>(() => Create(link.Index + 1)).Code);
    });

    [Fact]
    public void The_list_is_that_of_ip() => Run(() =>
    {
        Prepare();
        Ip("neigh add 10.0.3.5 lladdr 00:16:3e:00:00:05 dev eth0 nud stale");
        Ip("neigh add fd00::5 lladdr 00:16:3e:00:00:06 dev eth0 nud reachable");
        Ip("neigh add 10.9.9.9 lladdr 00:16:3e:00:00:07 dev eth1 nud noarp");
        // The kernel itself adds multicast entries when it likes.
        static List<string> Expected() => [.. Seen("nud all").Where(item => !item.GetProperty("dst").GetString()!.StartsWith("ff", StringComparison.Ordinal))
            .Select(item => $"{item.GetProperty("dst").GetString()} {item.GetProperty("dev").GetString()} {item.GetProperty("state")[0].GetString()}").Order(StringComparer.Ordinal)];
        static List<string> Ours() => [.. Here.Neighbors.List().Where(item => !item.IPAddress.IsIPv6Multicast).Select(item => $"{item.IPAddress} {item.InterfaceAlias} {item.State.ToString().ToUpperInvariant()}").Order(StringComparer.Ordinal)];
        Assert.Equal(3, Expected().Count);
        // One that is reachable is stale after a while.
        Eventually(() => Expected().SequenceEqual(Ours()));
        Assert.Equal(Expected(), Ours());
        Assert.Equal("10.9.9.9", Assert.Single(Here.Neighbors.List(new AddressFilter { InterfaceIndexes = [Here.Links.Get("eth1").Index], Family = IPFamily.IPv4 })).IPAddress.ToString());
    });

    [Fact]
    public void What_makes_no_neighbour_is_refused() => Run(() =>
    {
        var link = Prepare();
        var address = IPAddress.Parse("10.0.3.9");
        Here.Neighbors.Create(link, address, s_mac);
        NetworkErrorCode Refused(Action work) => Assert.Throws<NetworkException>(work).Code;
        Assert.Equal(NetworkErrorCode.NeighborExists, Refused(() => Here.Neighbors.Create(link, address, s_mac)));
        Assert.Equal(NetworkErrorCode.InvalidArgument, Refused(() => Here.Neighbors.Create(link, IPAddress.Any, s_mac)));
        Assert.Equal(NetworkErrorCode.InvalidArgument, Refused(() => Here.Neighbors.Create(link, IPAddress.Parse("10.0.3.10"), null)));
        Assert.Equal(NetworkErrorCode.InvalidArgument, Refused(() => Here.Neighbors.Create(link, IPAddress.Parse("10.0.3.10"), s_mac, proxy: true)));
        Assert.Equal(NetworkErrorCode.InvalidArgument, Refused(() => Here.Neighbors.Create(link, IPAddress.Parse("10.0.3.10"), s_mac, NeighborState.Failed)));
        Assert.Single(Seen());
    });
}
