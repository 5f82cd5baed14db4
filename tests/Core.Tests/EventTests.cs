using LxcNetworking.Addressing;
using LxcNetworking.Events;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

public partial class EventTests
{
    [Fact]
    public void Links_are_told_as_they_come_change_and_go() => Run(() =>
    {
        using var watcher = Watch(NetEventType.Link);
        Ip("link add v0 mtu 1400 type veth peer name v1");
        var added = Next(watcher, "v0");
        Assert.Equal((NetEventType.Link, NetEventAction.Added, "v0"), (added.Type, added.Action, added.InterfaceAlias));
        Assert.Equal(IpJson("link show dev v0")[0].GetProperty("ifindex").GetInt32(), added.InterfaceIndex);
        var link = Assert.IsType<NetLink>(added.Item, exactMatch: false);
        Assert.Equal(("veth", 1400L, "v1"), (link.Kind, link.Mtu, link.Parent));

        Ip("link set v0 mtu 1300");
        Assert.Equal(["Mtu 1400 -> 1300"], Next(watcher, "v0").Changes);
        Ip("link set v0 address 02:00:00:00:00:01");
        Assert.Equal($"MacAddress {link.MacAddress} -> 02:00:00:00:00:01", Assert.Single(Next(watcher, "v0").Changes));
        Ip("link set v0 promisc on");
        Assert.Equal(["Promiscuous False -> True"], Next(watcher, "v0").Changes);
        Ip("link set v0 name w0");
        var renamed = Next(watcher, "w0");
        Assert.Equal((NetEventAction.Changed, added.InterfaceIndex), (renamed.Action, renamed.InterfaceIndex));
        Assert.Equal(["Name v0 -> w0"], renamed.Changes);
        // Nobody has told the other end.
        Ip("link set v1 mtu 1200");
        Assert.Equal(["Mtu 1500 -> 1200"], Next(watcher, "v1", NetEventAction.Changed).Changes);
        Ip("link set w0 up");
        Assert.Contains("IsUp False -> True", Next(watcher, "w0").Changes);
        Ip("link set v1 up");
        Next(watcher, item => item.Subject == "w0"
            && item.Changes.Any(change => change.StartsWith("State ", StringComparison.Ordinal)
                && change.EndsWith(" -> Up", StringComparison.Ordinal)));
        // The kernel notifies these of a link that is up.
        Ip("link set w0 alias uplink");
        Assert.Equal(["Alias none -> uplink"], Next(watcher, "w0").Changes);
        Ip("link set w0 group 7");
        Assert.Equal(["Group 0 -> 7"], Next(watcher, "w0").Changes);

        Ip("link del w0");
        var removed = Next(watcher, "w0", NetEventAction.Removed);
        Assert.Equal((1300L, "uplink"), (((NetLink)removed.Item).Mtu, ((NetLink)removed.Item).Alias));
        Assert.Empty(removed.Changes);
        Next(watcher, "v1", NetEventAction.Removed);
    });

    [Fact]
    public void What_nobody_can_see_is_not_told() => Run(() =>
    {
        Ip("link add v0 type veth peer name v1");
        using var watcher = Watch(NetEventType.Link);
        Ip("link set v0 txqueuelen 77");
        Assert.Equal(77, IpJson("link show dev v0")[0].GetProperty("txqlen").GetInt32());
        Assert.Empty(UntilMark(watcher));
    });

    [Fact]
    public void Details_of_a_kind_are_told() => Run(() =>
    {
        Ip("link add v0 type veth peer name v1");
        Ip("link add link v0 name m0 type macvlan mode bridge");
        Ip("link set v0 up");
        Ip("link set m0 up");
        using var watcher = Watch(NetEventType.Link);
        Ip("link set m0 type macvlan mode private");
        Next(watcher, item => item.Subject == "m0" && item.Changes.Contains("Mode Bridge -> Private"));
    });

    [Fact]
    public void A_port_that_leaves_its_bridge_stays_a_link() => Run(() =>
    {
        Ip("link add br0 type bridge");
        Ip("link add v0 type veth peer name v1");
        using var watcher = Watch();
        Ip("link set v0 master br0");
        var told = Until(watcher, item => item.Subject == "v0" && item.Changes.Contains("Master none -> br0"));
        Ip("link set v0 nomaster");
        told.AddRange(Until(watcher, item => item.Subject == "v0" && item.Changes.Contains("Master br0 -> none")));
        told.AddRange(UntilMark(watcher));
        Assert.All(told, item => Assert.Equal(NetEventAction.Changed, item.Action));
        Assert.DoesNotContain(told, item => item.Type == NetEventType.Neighbor);
    });

    [Fact]
    public void A_link_that_moves_is_gone_here_and_new_there() => Run(() =>
    {
        Ip("netns add web");
        Ip("link add v0 type veth peer name v1");
        using var watcher = Watch(NetEventType.Link);
        watcher.Add(Stacks.Pool.Get(new("web")));
        Ip("link set v1 netns web");
        var told = Until(watcher, item => item.Action == NetEventAction.Added);
        if (!told.Any(item => item.Action == NetEventAction.Removed))
            told.AddRange(Until(watcher, item => item.Action == NetEventAction.Removed));
        var gone = told.Single(item => item.Action == NetEventAction.Removed);
        var there = told.Single(item => item.Action == NetEventAction.Added);
        Assert.Equal(("v1", Here.Namespace), (gone.Subject, gone.Namespace));
        Assert.Equal(("v1", "web"), (there.Subject, there.Namespace.Text));

        Ip("-n web link set v1 netns " + Environment.ProcessId);
        Assert.Equal("web",
            Next(watcher, item => item is { Subject: "v1", Action: NetEventAction.Removed, Namespace.Text: "web" })
            .Namespace.Text);
    });

    [Fact]
    public void Addresses_are_told() => Run(() =>
    {
        Ip("link add v0 type veth peer name v1");
        using var watcher = Watch(NetEventType.Address);
        Ip("addr add 10.0.0.1/24 dev v0");
        var added = Next(watcher, "10.0.0.1/24");
        Assert.Equal((NetEventType.Address, NetEventAction.Added, "v0"),
            (added.Type, added.Action, added.InterfaceAlias));
        Assert.Equal("10.0.0.1", Assert.IsType<NetIPAddress>(added.Item).IPAddress.ToString());
        Ip("addr add 2001:db8::1/64 dev v0 nodad");
        Assert.Equal(NetEventAction.Added, Next(watcher, "2001:db8::1/64").Action);
        Ip("addr add 10.0.0.1/32 peer 10.0.0.9 dev v0");
        Assert.Equal(NetEventAction.Added,
            Next(watcher, item => item.Item is NetIPAddress { PeerAddress: not null }).Action);

        Ip("addr change 10.0.0.1/24 dev v0 valid_lft 3600 preferred_lft 1800");
        Assert.Equal(["ValidLifetime unlimited -> limited", "PreferredLifetime unlimited -> limited"],
            Next(watcher, "10.0.0.1/24").Changes);
        // Another lifetime is no event, and neither is the label that goes with the link's name.
        Ip("addr change 10.0.0.1/24 dev v0 valid_lft 7200 preferred_lft 3600");
        Ip("link set v0 name w0");
        Ip("addr change 2001:db8::1/64 dev w0 valid_lft 7200 preferred_lft 0");
        var changed = Until(watcher, item => item.Subject == "2001:db8::1/64");
        Assert.Contains("AddressState Preferred -> Deprecated", Assert.Single(changed).Changes);
        Assert.Equal("w0", changed[0].InterfaceAlias);

        Ip("addr del 10.0.0.1/24 dev w0");
        Assert.Equal(NetEventAction.Removed, Next(watcher, "10.0.0.1/24").Action);
        Ip("addr del 2001:db8::1/64 dev w0");
        Assert.Equal(NetEventAction.Removed, Next(watcher, "2001:db8::1/64").Action);
    });

    [Fact]
    public void Routes_are_told() => Run(() =>
    {
        UpPair();
        using var watcher = Watch(NetEventType.Route);
        Ip("route add 10.9.0.0/16 via 10.0.0.2");
        var added = Next(watcher, "10.9.0.0/16 via 10.0.0.2 dev v0");
        Assert.Equal((NetEventType.Route, NetEventAction.Added, "v0"),
            (added.Type, added.Action, added.InterfaceAlias));
        Assert.IsType<NetRoute>(added.Item);
        Ip("route replace 10.9.0.0/16 via 10.0.0.3");
        var replaced = Next(watcher, "10.9.0.0/16 via 10.0.0.3 dev v0");
        Assert.Equal(NetEventAction.Changed, replaced.Action);
        Assert.Equal(["NextHop 10.0.0.2 -> 10.0.0.3"], replaced.Changes);
        // Another one beside it is not another one instead.
        Ip("route append 10.9.0.0/16 via 10.0.0.4");
        Assert.Equal(NetEventAction.Added, Next(watcher, "10.9.0.0/16 via 10.0.0.4 dev v0").Action);
        Ip("route del 10.9.0.0/16 via 10.0.0.3");
        Assert.Equal(NetEventAction.Removed, Next(watcher, "10.9.0.0/16 via 10.0.0.3 dev v0").Action);
        Ip("route add unreachable 10.8.0.0/16 table 77");
        Assert.Null(Next(watcher, "Unreachable 10.8.0.0/16 table 77").InterfaceAlias);

        Ip("-6 route add 2001:db8:9::/48 via 2001:db8::2");
        Assert.Equal(NetEventAction.Added, Next(watcher, "2001:db8:9::/48 via 2001:db8::2 dev v0").Action);
        Ip("-6 route replace 2001:db8:9::/48 via 2001:db8::3");
        Assert.Equal(["NextHop 2001:db8::2 -> 2001:db8::3"],
            Next(watcher, "2001:db8:9::/48 via 2001:db8::3 dev v0").Changes);
        Ip("-6 route append 2001:db8:9::/48 via 2001:db8::4");
        var further = Next(watcher, item => item.Subject.StartsWith("2001:db8:9::/48", StringComparison.Ordinal));
        Assert.Equal((NetEventAction.Changed, 2), (further.Action, ((NetRoute)further.Item).Multipath.Count));
        Ip("-6 route del 2001:db8:9::/48 via 2001:db8::3");
        var fewer = Next(watcher, "2001:db8:9::/48 via 2001:db8::4 dev v0");
        Assert.Equal((NetEventAction.Changed, 0), (fewer.Action, ((NetRoute)fewer.Item).Multipath.Count));
        Ip("-6 route del 2001:db8:9::/48");
        Assert.Equal(NetEventAction.Removed, Next(watcher, "2001:db8:9::/48 via 2001:db8::4 dev v0").Action);
    });

    [Fact]
    public void Routes_that_vanish_with_their_link_or_address_are_told() => Run(() =>
    {
        UpPair();
        Ip("route add 10.9.0.0/16 via 10.0.0.2");
        Ip("-6 route add 2001:db8:9::/48 via 2001:db8::2");
        using var watcher = Watch(NetEventType.Route);
        Ip("link set v0 down");
        Gone(watcher, "10.9.0.0/16 via 10.0.0.2 dev v0", "10.0.0.0/24 dev v0",
            "2001:db8:9::/48 via 2001:db8::2 dev v0");
        Ip("link set v0 up");
        Assert.Equal(NetEventAction.Added, Next(watcher, "10.0.0.0/24 dev v0").Action);
        Ip("route add 10.9.0.0/16 via 10.0.0.2");
        Next(watcher, "10.9.0.0/16 via 10.0.0.2 dev v0", NetEventAction.Added);
        Ip("addr del 10.0.0.1/24 dev v0");
        Gone(watcher, "10.9.0.0/16 via 10.0.0.2 dev v0", "10.0.0.0/24 dev v0");
        Ip("addr add 10.0.0.1/24 dev v0");
        Ip("route add 10.9.0.0/16 via 10.0.0.2");
        Next(watcher, "10.9.0.0/16 via 10.0.0.2 dev v0", NetEventAction.Added);
        Ip("link del v0");
        Gone(watcher, "10.9.0.0/16 via 10.0.0.2 dev v0", "10.0.0.0/24 dev v0");
    });

    [Fact]
    public void Neighbors_are_told() => Run(() =>
    {
        UpPair();
        using var watcher = Watch(NetEventType.Neighbor);
        Ip("neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev v0");
        var added = Next(watcher, "10.0.0.9");
        Assert.Equal((NetEventType.Neighbor, NetEventAction.Added, "v0"),
            (added.Type, added.Action, added.InterfaceAlias));
        Assert.Equal(NeighborState.Permanent, Assert.IsType<NetNeighbor>(added.Item).State);
        Ip("neigh replace 10.0.0.9 lladdr 02:00:00:00:00:0a dev v0");
        Assert.Equal(["LinkLayerAddress 02:00:00:00:00:09 -> 02:00:00:00:00:0a"], Next(watcher, "10.0.0.9").Changes);
        Ip("neigh add 2001:db8::9 lladdr 02:00:00:00:00:09 dev v0");
        Assert.Equal(NetEventAction.Added, Next(watcher, "2001:db8::9").Action);
        Ip("neigh del 10.0.0.9 dev v0");
        Next(watcher, "10.0.0.9", NetEventAction.Removed);
        // The multicast entries that go with it never came.
        Ip("link del v0");
        Assert.All(Until(watcher, item => item.Subject == "2001:db8::9" && item.Action == NetEventAction.Removed),
            item => Assert.False(IP.IsMulticast(((NetNeighbor)item.Item).IPAddress)));
    });

    [Fact]
    public void Namespaces_are_told_by_whomever_they_are_made() => Run(() =>
    {
        Assert.False(Directory.Exists("/run/netns"));
        using var watcher = new NetEventWatcher(Stacks.Pool, [NetEventType.Namespace]);
        Ip("netns add web");
        var added = Next(watcher, "web");
        Assert.Equal((NetEventType.Namespace, NetEventAction.Added, "web"),
            (added.Type, added.Action, added.Namespace.Text));
        Assert.Equal(Stacks.Pool.Namespaces.Get(new("web")).Cookie, Assert.IsType<NetNamespace>(added.Item).Cookie);
        Stacks.Pool.Namespaces.Create("db");
        Assert.Equal(NetEventAction.Added, Next(watcher, "db").Action);
        // No namespace ever, and not told.
        File.WriteAllText("/run/netns/leftover", string.Empty);
        Ip("netns del web");
        Assert.Equal(NetEventAction.Removed, Next(watcher, "web").Action);
        Stacks.Pool.Namespaces.Remove(Stacks.Pool.Namespaces.Get(new("db")));
        Assert.Equal(NetEventAction.Removed, Next(watcher, "db").Action);
    });

    [Fact]
    public void New_namespaces_can_be_watched_at_once_and_gone_ones_are_let_go() => Run(() =>
    {
        using var watcher = new NetEventWatcher(Stacks.Pool, includeNew: true);
        Ip("netns add web");
        Next(watcher, "web", NetEventAction.Added);
        // Whether it listens already is seen by its telling.
        for (var i = 0; ; i++)
        {
            Assert.NotEqual(600, i);
            Ip($"-n web link set lo mtu {2000 + i}");
            if (watcher.Take(TimeSpan.FromMilliseconds(100)) is { } item)
            {
                Assert.Equal((NetEventType.Link, "web"), (item.Type, item.Namespace.Text));
                break;
            }
        }

        var cookie = Stacks.Pool.Namespaces.Get(new("web")).Cookie;
        Ip("netns del web");
        Assert.Equal(cookie,
            ((NetNamespace)Until(watcher,
                item => item is { Type: NetEventType.Namespace, Action: NetEventAction.Removed })[^1].Item).Cookie);
        Assert.False(watcher.IsEnded);
    });

    [Fact]
    public void The_watch_of_a_namespace_ends_with_its_name() => Run(() =>
    {
        Ip("netns add web");
        Channel? channel = null;
        using var watcher = Listening(made => channel = made, NetEventType.Link);
        watcher.Add(Stacks.Pool.Get(new("web")));
        Ip("-n web link set lo mtu 2000");
        Ip("netns del web");
        Assert.Equal(["Mtu 65536 -> 2000"], watcher.Take(s_timeout)!.Changes);
        Assert.Null(watcher.Take(s_timeout));
        Assert.True(watcher.IsEnded);
        Assert.True(Eventually(() => channel!.IsDisposed));
    });

    [Fact]
    public void A_namespace_that_is_not_there_is_an_error() => Run(() =>
    {
        Stacks.Pool.Namespaces.Create("web");
        var stack = Stacks.Pool.Get(new("web"));
        Stacks.Pool.Namespaces.Remove(Stacks.Pool.Namespaces.Get(new("web")));
        using var watcher = new NetEventWatcher(Stacks.Pool);
        Assert.Equal(NetworkErrorCode.NamespaceNotFound,
            Assert.Throws<NetworkException>(() => watcher.Add(stack)).Code);
    });
}
