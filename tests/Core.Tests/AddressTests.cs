using System.Text.Json;
using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.AddressLab;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

public class AddressTests
{
    [Fact]
    public void What_an_address_is_given_is_what_ip_shows() => Run(() =>
    {
        Ip("link add eth0 type veth peer name eth1");
        Ip("link set eth1 up");
        Ip("link set eth0 up");
        var link = Here.Links.Get("eth0");
        if (File.Exists("/proc/sys/net/ipv6/conf/eth0/optimistic_dad"))
            File.WriteAllText("/proc/sys/net/ipv6/conf/eth0/optimistic_dad", "1");
        // An address is optimistic until it is known to be nobody else's, which a busy machine may see the end of.
        File.WriteAllText("/proc/sys/net/ipv6/conf/eth0/dad_transmits", "60");
        var made = Here.Addresses.Create(
            link,
            [
                new(IPPrefix.Parse("fd00::5/64"))
                {
                    PrefixRouteMetric = 77,
                    ManageTemporary = true,
                    HomeAddress = true,
                    SkipDuplicateAddressDetection = true,
                },
                new(IPPrefix.Parse("10.0.3.5/24")) { PrefixRouteMetric = 78 },
                new(IPPrefix.Parse("239.1.1.1/32")) { MulticastAutoJoin = true },
                new(IPPrefix.Parse("fd00:1::5/64")) { Optimistic = true },
            ]);
        var all = IpJson("addr show dev eth0")[0].GetProperty("addr_info").EnumerateArray().ToList();
        System.Text.Json.JsonElement Of(string address)
            => all.Single(item => item.GetProperty("local").GetString() == address);
        bool Has(string address, string name) => Of(address).TryGetProperty(name, out _);
        Assert.True(Has("fd00::5", "mngtmpaddr") && Has("fd00::5", "home") && Has("fd00::5", "nodad"));
        Assert.Equal(
            (77, 78),
            (Of("fd00::5").GetProperty("metric").GetInt32(), Of("10.0.3.5").GetProperty("metric").GetInt32()));
        Assert.True(Has("239.1.1.1", "autojoin"));
        Assert.Contains("239.1.1.1", Ip("maddr show dev eth0"), StringComparison.Ordinal);
        Assert.Equal(File.Exists("/proc/sys/net/ipv6/conf/eth0/optimistic_dad"), Has("fd00:1::5", "optimistic"));
        Assert.Equal(
            (77, AddressFlags.ManageTemporary | AddressFlags.HomeAddress, 78, AddressFlags.MulticastAutoJoin),
            (made[0].PrefixRouteMetric, made[0].Flags & (AddressFlags.ManageTemporary | AddressFlags.HomeAddress),
                made[1].PrefixRouteMetric, made[2].Flags & AddressFlags.MulticastAutoJoin));
        foreach (var wrong in new AddressSpec[]
        {
            new(IPPrefix.Parse("10.0.3.6/24")) { HomeAddress = true },
            new(IPPrefix.Parse("10.0.3.6/24")) { MulticastAutoJoin = true },
            new(IPPrefix.Parse("10.0.3.6/24")) { PrefixRouteMetric = 0 }, new(IPPrefix.Parse("239.1.1.2/32")),
        })
        {
            Assert.Equal(
                NetworkErrorCode.InvalidArgument,
                Assert.Throws<NetworkException>(() => Here.Addresses.Create(link, [wrong])).Code);
        }
    });

    [Fact]
    public void An_address_gets_what_ip_gives_it() => Run(() =>
    {
        var made = Assert.Single(Here.Addresses.Create(Veth(), [Spec("10.0.3.1/24")]));
        Assert.Equal("10.0.3.1", made.IPAddress.ToString());
        Assert.Equal(24, made.PrefixLength);
        Assert.Equal("eth0", made.InterfaceAlias);
        Assert.Equal(IPFamily.IPv4, made.AddressFamily);
        Assert.Equal(AddressState.Preferred, made.AddressState);
        Assert.Equal(Duration.Forever, made.ValidLifetime);
        Assert.Equal(PrefixOrigin.Manual, made.PrefixOrigin);
        var seen = Assert.Single(Seen());
        Assert.Equal("10.0.3.1", seen.GetProperty("local").GetString());
        Assert.Equal(24, seen.GetProperty("prefixlen").GetInt32());
        Assert.Equal("10.0.3.255", seen.GetProperty("broadcast").GetString());
        Assert.Equal("global", seen.GetProperty("scope").GetString());
        Assert.Equal("eth0", seen.GetProperty("label").GetString());
    });

    [Fact]
    public void IPv6_goes_the_same_way() => Run(() =>
    {
        // Each of so many questions takes a second: the address is still being checked when it is read, however slow
        // that is.
        File.WriteAllText("/proc/sys/net/ipv6/conf/default/dad_transmits", "1000");
        var made = Here.Addresses.Create(Veth(),
            [Spec("fd00::1/64"), Spec("fd00:1::1/48") with { SkipDuplicateAddressDetection = true }]);
        Assert.Equal(["fd00::1/64", "fd00:1::1/48"], made.Select(address => address.ToString()));
        Assert.Equal(AddressState.Tentative, made[0].AddressState);
        Assert.Equal(AddressState.Preferred, made[1].AddressState);
        Assert.All(made, address => Assert.Equal("eth0", address.InterfaceAlias));
        Assert.Equal(["fd00:1::1", "fd00::1"], Seen().Select(item => item.GetProperty("local").GetString())
            .Order(StringComparer.Ordinal));
    });

    [Fact]
    public void Everything_that_can_be_said_of_an_address_reaches_the_kernel() => Run(() =>
    {
        var link = Veth();
        Here.Addresses.Create(link, [Spec("10.0.4.1/24") with
        {
            Label = "eth0:x",
            Broadcast = IPAddress.Parse("10.0.4.99"),
            Scope = NetScope.Link,
            ValidLifetime = TimeSpan.FromHours(2),
            PreferredLifetime = TimeSpan.FromHours(1),
            NoPrefixRoute = true,
        }]);
        Here.Addresses.Create(link, [Spec("10.0.5.1") with { PeerAddress = IPAddress.Parse("10.0.6.1") }]);
        var seen = Assert.Single(Seen(scope: "link"), item => item.GetProperty("family").GetString() == "inet");
        Assert.Equal("eth0:x", seen.GetProperty("label").GetString());
        Assert.Equal("10.0.4.99", seen.GetProperty("broadcast").GetString());
        Assert.InRange(seen.GetProperty("valid_life_time").GetInt64(), 7140, 7200);
        Assert.InRange(seen.GetProperty("preferred_life_time").GetInt64(), 3540, 3600);
        Assert.True(seen.GetProperty("noprefixroute").GetBoolean());
        Assert.DoesNotContain(Routes(), route => route.GetProperty("dst").GetString() == "10.0.4.0/24");
        var peer = Assert.Single(Seen());
        Assert.Equal("10.0.6.1", peer.GetProperty("address").GetString());
        Assert.False(peer.TryGetProperty("broadcast", out _));

        var read = Here.Addresses.List(new AddressFilter { InterfaceIndexes = [link.Index], Family = IPFamily.IPv4 });
        Assert.InRange<TimeSpan>(read[0].ValidLifetime, TimeSpan.FromHours(2) - TimeSpan.FromMinutes(1),
            TimeSpan.FromHours(2));
        Assert.Equal("10.0.6.1", read[1].PeerAddress?.ToString());
        Assert.Equal("10.0.5.1", read[1].IPAddress.ToString());
    });

    [Theory]
    [InlineData("10.0.3.1/24")]
    [InlineData("fd00::1/64")]
    public void An_address_says_who_made_it(string text) => Run(() =>
    {
        var made = Assert.Single(Here.Addresses.Create(Veth(), [Spec(text) with { Protocol = 77 }]));
        Assert.Equal(77, made.Protocol);
        Assert.Equal(PrefixOrigin.Other, made.PrefixOrigin);
        // What changes it sends the number again.
        var changed = Here.Addresses.Change(made, new() { ValidLifetime = TimeSpan.FromHours(1) });
        Assert.Equal(77, changed.Protocol);
        Assert.Throws<NetworkException>(() =>
            Here.Addresses.Create(Here.Links.Get("eth0"), [Spec("10.9.9.9/24") with { Protocol = 3 }]));
    });

    [Fact]
    public void The_list_is_what_ip_shows_of_every_interface() => Run(() =>
    {
        Veth();
        Ip("addr add 10.0.3.1/24 dev eth0");
        Ip("addr add fd00::1/64 dev eth0 nodad");
        Ip("addr add 10.9.9.9/32 dev peer0");
        static List<string> Expected() =>
            [.. IpJson("addr show").EnumerateArray().SelectMany(link => link.GetProperty("addr_info").EnumerateArray()
            .Select(item =>
                $"{link.GetProperty("ifname").GetString()} " +
                    $"{item.GetProperty("local").GetString()}/{item.GetProperty("prefixlen").GetInt32()}"))
                    .Order(StringComparer.Ordinal)];
        static List<string> Ours() =>
            [.. Here.Addresses.List().Select(address => $"{address.InterfaceAlias} {address}")
                .Order(StringComparer.Ordinal)];
        // A new link's own link-local address may come between the two looks.
        Eventually(() => Expected().SequenceEqual(Ours()));
        Assert.Equal(Expected(), Ours());
        Assert.All(Here.Addresses.List(new AddressFilter { Family = IPFamily.IPv6 }),
            address => Assert.Equal(IPFamily.IPv6, address.AddressFamily));
        var loopback = Here.Addresses.List(new AddressFilter { InterfaceIndexes = [1] });
        Assert.All(loopback, address => Assert.Equal("lo", address.InterfaceAlias));
        Assert.All(loopback, address => Assert.Equal(PrefixOrigin.WellKnown, address.PrefixOrigin));
        Assert.Empty(Here.Addresses.List(new AddressFilter { InterfaceIndexes = [4711] }));
    });

    [Fact]
    public void Address_and_default_route_come_together() => Run(() =>
    {
        Here.Addresses.Create(Veth(), [Spec("10.0.3.251/24"), Spec("fd00::2/64")],
            [IPAddress.Parse("10.0.3.1"), IPAddress.Parse("fd00::1")]);
        var route = Assert.Single(Routes("default"));
        Assert.Equal("10.0.3.1", route.GetProperty("gateway").GetString());
        Assert.Equal("eth0", route.GetProperty("dev").GetString());
        Assert.Equal("fd00::1", Assert.Single(IpJson("-6 route show default").EnumerateArray()).GetProperty("gateway")
            .GetString());
    });

    [Theory]
    [InlineData("10.0.3.251/24", "10.0.9.1")]
    [InlineData("10.0.3.251", "10.0.3.1")]
    [InlineData("fd00::2/64", "fd01::1")]
    public void A_gateway_out_of_reach_takes_the_address_back(string address, string gateway) => Run(() =>
    {
        var link = Veth();
        var error = Assert.Throws<NetworkException>(() =>
            Here.Addresses.Create(link, [Spec("10.7.7.7/24"), Spec(address)], [IPAddress.Parse(gateway)]));
        Assert.Equal(NetworkErrorCode.NextHopUnreachable, error.Code);
        Assert.Contains(gateway, error.Message, StringComparison.Ordinal);
        Assert.Empty(Seen());
        Assert.Empty(Routes());
    });

    [Theory]
    [InlineData("203.0.113.7/32", "10.0.4.1")]
    [InlineData("2001:db8::7/128", "fd01::1")]
    public void With_an_address_alone_in_its_network_any_gateway_is_on_the_link(
        string address, string gateway) => Run(() =>
    {
        Here.Addresses.Create(Veth(), [Spec(address)], [IPAddress.Parse(gateway)]);
        var family = address.Contains(':', StringComparison.Ordinal) ? "-6 " : string.Empty;
        var route = Assert.Single(Sandbox.IpJson($"{family}route show default").EnumerateArray());
        Assert.Equal(gateway, route.GetProperty("gateway").GetString());
        Assert.Contains("onlink", route.GetProperty("flags").EnumerateArray().Select(flag => flag.GetString()));
    });

    [Fact]
    public void A_default_route_that_is_there_takes_the_address_back_and_stays() => Run(() =>
    {
        var link = Veth();
        Ip("addr add 10.0.3.2/24 dev eth0");
        Ip("route add default via 10.0.3.9");
        var error = Assert.Throws<NetworkException>(() =>
            Here.Addresses.Create(link, [Spec("10.0.4.2/24")], [IPAddress.Parse("10.0.4.1")]));
        Assert.Equal(NetworkErrorCode.RouteExists, error.Code);
        Assert.Equal("10.0.3.2", Assert.Single(Seen()).GetProperty("local").GetString());
        Assert.Equal("10.0.3.9", Assert.Single(Routes("default")).GetProperty("gateway").GetString());
    });

    [Fact]
    public void A_link_that_is_down_gets_neither_address_nor_route() => Run(() =>
    {
        var link = Veth(up: false);
        var error = Assert.Throws<NetworkException>(() =>
            Here.Addresses.Create(link, [Spec("10.0.3.2/24")], [IPAddress.Parse("10.0.3.1")]));
        Assert.Equal(NetworkErrorCode.NextHopUnreachable, error.Code);
        Assert.Contains("is down", error.Message, StringComparison.Ordinal);
        Assert.Contains(error.Advice, advice => advice is { Kind: AdviceKind.BringUp, Name: "eth0" });
        Assert.Empty(Seen());
    });

    [Theory]
    [InlineData("10.0.3.1/24")]
    [InlineData("fd00::1/64")]
    public void An_address_twice_is_refused_and_the_first_stays(string text) => Run(() =>
    {
        var link = Veth();
        Here.Addresses.Create(link, [Spec(text)]);
        var error =
            Assert.Throws<NetworkException>(() => Here.Addresses.Create(link, [Spec("10.0.8.1/24"), Spec(text)]));
        Assert.Equal(NetworkErrorCode.AddressExists, error.Code);
        Assert.Equal(text.Split('/')[0], Assert.Single(Seen()).GetProperty("local").GetString());
    });

    [Theory]
    [InlineData("0.0.0.0/24")]
    [InlineData("224.0.0.5/24")]
    [InlineData("255.255.255.255")]
    [InlineData("::/64")]
    [InlineData("ff02::1/64")]
    [InlineData("::1/128")]
    public void Addresses_that_no_interface_can_have_are_refused(string text) => Run(() =>
    {
        var link = Veth();
        var error = Assert.Throws<NetworkException>(() => Here.Addresses.Create(link, [Spec(text)]));
        Assert.Equal(NetworkErrorCode.InvalidArgument, error.Code);
        Assert.Empty(Seen());
    });

    [Fact]
    public void An_address_may_come_with_its_own_interface_as_scope_but_no_other() => Run(() =>
    {
        // The kernel gives the links no link-local addresses and routes of its own, which come when they like.
        File.WriteAllText("/proc/sys/net/ipv6/conf/default/addr_gen_mode", "1");
        var link = Veth();
        var index = link.Index;
        var made = Here.Addresses.Create(link,
            [Spec($"fe80::5%{index}/64") with { SkipDuplicateAddressDetection = true }],
            [IPAddress.Parse($"fe80::1%{index}")]);
        Assert.Equal("fe80::5/64", Assert.Single(made).ToString());
        Assert.Contains(Seen(scope: "link"), item => item.GetProperty("local").GetString() == "fe80::5");
        Assert.Equal("fe80::1", Assert.Single(IpJson("-6 route show default").EnumerateArray()).GetProperty("gateway")
            .GetString());
        string Held() => string.Join(' ', Seen(scope: "link").Select(item => item.GetProperty("local").GetString()))
            + string.Concat(Seen()) + Ip("-6 route show");
        var before = Held();
        foreach (
            var (address, gateway) in new[] { ($"fe80::6%{index + 1}/64", null),
                ("fe80::6/64", $"fe80::1%{index + 1}") })
            Assert.Equal(NetworkErrorCode.InvalidArgument,
                Assert.Throws<NetworkException>(() =>
                    Here.Addresses.Create(link, [Spec(address)], gateway is null ? null : [IPAddress.Parse(gateway)]))
                .Code);
        Assert.Equal(before, Held());
    });

    [Fact]
    public void What_does_not_go_together_is_refused_before_anything_is_done() => Run(() =>
    {
        var link = Veth();
        AddressSpec[] bad =
        [
            Spec("fd00::1/64") with { Broadcast = IPAddress.Parse("10.0.0.255") },
            Spec("fd00::1/64") with { Label = "eth0:1" },
            Spec("10.0.3.1/24") with { Label = "other:1" },
            Spec("10.0.3.1/24") with { Label = "eth0:much-too-long" },
            Spec("10.0.3.1/24") with { PeerAddress = IPAddress.Parse("fd00::2") },
            Spec("10.0.3.1/24") with { ValidLifetime = TimeSpan.Zero },
            Spec("10.0.3.1/24") with { ValidLifetime = TimeSpan.FromSeconds(-5) },
            Spec("10.0.3.1/24") with
            { ValidLifetime = TimeSpan.FromSeconds(5), PreferredLifetime = TimeSpan.FromSeconds(6) },
        ];
        foreach (var spec in bad)
            Assert.Equal(NetworkErrorCode.InvalidArgument,
                Assert.Throws<NetworkException>(() => Here.Addresses.Create(link, [Spec("10.9.9.9/24"), spec])).Code);
        foreach (var gateway in new[] { "10.9.9.9", "0.0.0.0", "224.0.0.1" })
            Assert.Equal(NetworkErrorCode.InvalidArgument,
                Assert.Throws<NetworkException>(() =>
                    Here.Addresses.Create(link, [Spec("10.9.9.9/24")], [IPAddress.Parse(gateway)])).Code);
        Assert.Empty(Seen());
    });

    [Fact]
    public void What_is_gone_cannot_be_changed_or_removed() => Run(() =>
    {
        var made = Here.Addresses.Create(Veth(), [Spec("10.0.3.1/24")])[0];
        Ip("addr del 10.0.3.1/24 dev eth0");
        Assert.Equal(NetworkErrorCode.AddressNotFound,
            Assert.Throws<NetworkException>(() =>
                Here.Addresses.Change(made, new() { ValidLifetime = TimeSpan.FromHours(1) })).Code);
        Assert.Equal(NetworkErrorCode.AddressNotFound, Assert.Single(Here.Addresses.Remove([made]))?.Code);
        Assert.Empty(Seen());
    });

    [Fact]
    public void All_go_though_the_first_takes_others_with_it() => Run(() =>
    {
        var link = Veth();
        var made = Here.Addresses.Create(link,
            [Spec("10.0.3.1/24"), Spec("10.0.3.2/24"), Spec("10.0.3.3/24"), Spec("fd00::1/64")]);
        Assert.All(Here.Addresses.Remove(made), Assert.Null);
        Assert.Empty(Seen());
    });

    [Fact]
    public void Text_of_the_kernels_is_read_with_lengths_checked()
    {
        Assert.Throws<Netlink.NetlinkProtocolException>(() => IP.Prefix(IPAddress.Parse("10.0.0.1"), 33));
        Assert.Equal("10.0.0.1/32", IP.Prefix(IPAddress.Parse("10.0.0.1"), 32).ToString());
    }
}
