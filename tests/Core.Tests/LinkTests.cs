using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

public class LinkTests
{
    private static NetworkStack Here => Stacks.Pool.Get();

    [Fact]
    public void A_veth_pair_is_made_with_each_end_in_its_namespace() => Run(() =>
    {
        Stacks.Pool.Namespaces.Create("web");
        Here.Links.Create(new BridgeSpec("br0") { Up = true });
        var pair = Here.Links.CreateVeth(
            new VethSpec("veth0",
                new VethPeerSpec("eth0")
                { TargetNamespace = new("web"), Up = true, MacAddress = MacAddress.Parse("00:16:3e:00:00:01") })
            {
                Up = true,
                Master = "br0",
                Mtu = 1400,
            });

        Assert.Equal("br0", pair.Master);
        Assert.Equal("web", pair.Peer.Namespace.Text);
        var near = IpJson("link show dev veth0")[0];
        Assert.Equal("br0", near.GetProperty("master").GetString());
        Assert.Equal(1400, near.GetProperty("mtu").GetInt32());
        Assert.Contains(near.GetProperty("flags").EnumerateArray(), flag => flag.GetString() == "UP");
        var far = IpJson("-n web link show dev eth0")[0];
        Assert.Equal("00:16:3e:00:00:01", far.GetProperty("address").GetString());
        Assert.Equal("veth", far.GetProperty("linkinfo").GetProperty("info_kind").GetString());
    });

    [Fact]
    public void A_veth_pair_reaches_namespaces_that_nobody_has_used_yet_and_the_own_one_by_its_path() => Run(() =>
    {
        string[] names = [.. Enumerable.Range(0, 8).Select(i => $"n{i}")];
        foreach (var name in names)
            Ip($"netns add {name}");
        // Two threads for each namespace, which start from this one and see what it sees.
        Thread[] threads = [.. names.Concat(names).Select((name, i) => new Thread(() =>
            Here.Links.CreateVeth(
                new VethSpec($"v{i}", new VethPeerSpec($"e{i}") { TargetNamespace = new(name), Up = true })
                { Up = true })))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        for (var i = 0; i < names.Length; i++)
        {
            Assert.Equivalent(new[] { "lo", $"e{i}", $"e{i + names.Length}" }, IpJson($"-n n{i} link show")
                .EnumerateArray().Select(link => link.GetProperty("ifname").GetString()), strict: true);
            Assert.Contains("UP", IpJson($"-n n{i} link show dev e{i}")[0].GetProperty("flags").EnumerateArray()
                .Select(flag => flag.GetString()));
        }

        var pair = Here.Links.CreateVeth(
            new VethSpec("a", new VethPeerSpec("b") { TargetNamespace = new("/proc/thread-self/ns/net"), Up = true }));
        Assert.Equal("b", Here.Links.Get(pair.Peer.Index).Name);
    });

    [Fact]
    public void A_missing_peer_namespace_leaves_no_half_pair() => Run(() =>
    {
        var error = Assert.Throws<NetworkException>(() =>
            Here.Links.CreateVeth(
                new VethSpec("veth0", new VethPeerSpec("eth0") { TargetNamespace = new("nowhere") })));
        Assert.Equal(NetworkErrorCode.NamespaceNotFound, error.Code);
        Assert.Single(IpJson("link show").EnumerateArray());
    });

    [Theory]
    [InlineData("sixteen-bytes-xx")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("veth%d")]
    [InlineData("a\u001b[31m")]
    public void Names_that_no_interface_can_have_are_refused(string name) => Run(() =>
    {
        var error = Assert.Throws<NetworkException>(() => Here.Links.Create(new BridgeSpec(name)));
        Assert.Equal(NetworkErrorCode.InvalidName, error.Code);
        Assert.DoesNotContain('\u001b', error.Message);
    });

    [Fact]
    public void Sockets_that_were_closed_as_idle_open_again_where_they_were() => Run(() =>
    {
        Stacks.Pool.Namespaces.Create("web");
        var stack = Stacks.Pool.Get(new("web"));
        var route = stack.Route;
        Assert.True(stack.CloseIdle(0));
        using var request = LinkOperations.LookUp("lo");
        route.Execute(request);
        Assert.Equal("web", Assert.Single(stack.Links.List()).Namespace.Text);
    });

    [Fact]
    public void A_link_is_changed_whole_or_not_at_all() => Run(() =>
    {
        Ip("link add v0 type veth peer name v1");
        var before = Here.Links.Get("v0");
        Here.Links.Change(before,
            new LinkChange
            {
                Up = true,
                Mtu = 1400,
                Alias = "to web",
                Group = 7,
                TxQueueLength = 50,
                Promiscuous = true,
                MacAddress = MacAddress.Parse("02:00:00:00:00:07")
            });
        var now = IpJson("link show dev v0")[0];
        Assert.Equal(1400, now.GetProperty("mtu").GetInt32());
        Assert.Equal("to web", now.GetProperty("ifalias").GetString());
        Assert.Equal("7", now.GetProperty("group").GetString());
        Assert.Equal(50, now.GetProperty("txqlen").GetInt32());
        Assert.Equal("02:00:00:00:00:07", now.GetProperty("address").GetString());
        Assert.Equal(1, now.GetProperty("promiscuity").GetInt32());

        // The MTU is taken before the master is looked at, and must go back.
        Ip("link add br0 type bridge");
        Ip("link add br1 type bridge");
        var refusal = Assert.Throws<NetworkException>(() =>
            Here.Links.Change(Here.Links.Get("br1"), new LinkChange { Mtu = 1300, Alias = "x", Master = "br0" }));
        Assert.Empty(refusal.NotRolledBack);
        var kept = IpJson("link show dev br1")[0];
        Assert.Equal(1500, kept.GetProperty("mtu").GetInt32());
        Assert.False(kept.TryGetProperty("ifalias", out _));
    });

    [Theory]
    [InlineData(-1)]
    [InlineData(67)]
    [InlineData(70000)]
    public void An_MTU_that_no_link_takes_is_refused(int mtu) => Run(() =>
    {
        Ip("link add v0 type veth peer name v1");
        var error = Assert.Throws<NetworkException>(() =>
            Here.Links.Change(Here.Links.Get("v0"), new LinkChange { Mtu = mtu }));
        Assert.Equal(NetworkErrorCode.InvalidArgument, error.Code);
        Assert.Throws<NetworkException>(() =>
            Here.Links.CreateVeth(new VethSpec("a", new VethPeerSpec("b")) { Mtu = mtu }));
        Assert.Equal(3, IpJson("link show").GetArrayLength());
    });

    [Fact]
    public void A_link_moves_with_its_new_name_or_stays_whole() => Run(() =>
    {
        Stacks.Pool.Namespaces.Create("web");
        Ip("link add v0 address 02:00:00:00:00:01 type veth peer name v1");
        Ip("-n web link add eth0 type veth peer name eth9");

        // The kernel would move it first and then find the name taken.
        var error = Assert.Throws<NetworkException>(() => Here.Links.Move(Here.Links.Get("v0"), new("web"), "eth0"));
        Assert.Equal(NetworkErrorCode.LinkExists, error.Code);
        Assert.Equal("02:00:00:00:00:01", IpJson("link show dev v0")[0].GetProperty("address").GetString());

        var moved = Here.Links.Move(Here.Links.Get("v0"), new("web"), "eth1", up: true);
        Assert.Equal(("eth1", "web", true), (moved.Name, moved.Namespace.Text, moved.IsUp));
        Assert.Equal("02:00:00:00:00:01", IpJson("-n web link show dev eth1")[0].GetProperty("address").GetString());

        Assert.Equal(NetworkErrorCode.NotSupported,
            Assert.Throws<NetworkException>(() => Here.Links.Move(Here.Links.Get("lo"), new("web"))).Code);
        Assert.Equal(NetworkErrorCode.NamespaceNotFound,
            Assert.Throws<NetworkException>(() => Here.Links.Move(Here.Links.Get("v1"), new("nowhere"))).Code);
    });

    [Fact]
    public void A_link_is_born_elsewhere_under_a_name_that_is_taken_here() => Run(() =>
    {
        Stacks.Pool.Namespaces.Create("web");
        Ip("link add eth0 type veth peer name v1");
        var link = Here.Links.Create(new MacvlanSpec("eth0", MacvlanMode.Bridge)
        { Parent = "v1", TargetNamespace = new("web"), Up = true });
        Assert.Equal(("eth0", "web", true), (link.Name, link.Namespace.Text, link.IsUp));
        Assert.Equal("macvlan", IpJson("-n web link show dev eth0")[0].GetProperty("linkinfo").GetProperty("info_kind")
            .GetString());
        Assert.Equal(3, IpJson("link show").GetArrayLength());
    });

    [Fact]
    public void A_link_is_renamed_while_it_is_up() => Run(() =>
    {
        Ip("link add v0 type veth peer name v1");
        Ip("link set v0 up");
        Here.Links.Rename(Here.Links.Get("v0"), "uplink");
        Assert.Contains(IpJson("link show dev uplink")[0].GetProperty("flags").EnumerateArray(),
            flag => flag.GetString() == "UP");
        var error = Assert.Throws<NetworkException>(() => Here.Links.Rename(Here.Links.Get("v1"), "uplink"));
        Assert.Equal(NetworkErrorCode.LinkExists, error.Code);
    });

    [Fact]
    public void Names_and_aliases_that_a_terminal_would_obey_are_shown_harmlessly() => Run(() =>
    {
        // No shell and no JSON here: the bytes go as they are.
        Execute("ip", ["link", "add", "a\u001b[31mb", "type", "bridge"]);
        Execute("ip", ["link", "set", "a\u001b[31mb", "alias", "\u001b]0;title\u0007"]);
        var link = Assert.Single(Here.Links.List(), link => link.Kind == "bridge");
        Assert.Equal(@"a\x1b[31mb", link.Name);
        Assert.Equal(@"\x1b]0;title\x07", link.Alias);
        Assert.Equal(link.Index, Here.Links.Get(link.Name).Index);
        Assert.Empty(Here.Links.Remove([link]));
        Assert.Single(IpJson("link show").EnumerateArray());
    });

    [Fact]
    public void What_is_not_there_is_said_not_to_be() => Run(() =>
    {
        Ip("link add v0 type veth peer name v1");
        var link = Here.Links.Get("v0");
        Ip("link del v0");
        Assert.Equal(NetworkErrorCode.LinkNotFound, Assert.Single(Here.Links.Remove([link])).Error.Code);
        Assert.Equal(NetworkErrorCode.LinkNotFound,
            Assert.Throws<NetworkException>(() => Here.Links.Change(link, new LinkChange { Up = true })).Code);
        Assert.Equal(NetworkErrorCode.LinkNotFound, Assert.Throws<NetworkException>(() => Here.Links.Get(-5)).Code);
        Assert.Null(Here.Links.Find("a name that is far too long to be one"));
    });

    [Fact]
    public void Waiting_ends_with_what_was_waited_for_or_in_time_or_at_once_when_cancelled() => Run(() =>
    {
        var stack = Here;
        Ip("link add v0 type veth peer name v1");
        var waiting = Task.Run(() => stack.Links.Wait("v0", LinkCondition.Up, TimeSpan.FromSeconds(60)));
        Ip("link set v0 up");
        Thread.Sleep(200);
        Assert.False(waiting.IsCompleted, "without its other end it has no carrier");
        Ip("link set v1 up");
        // The state follows the carrier after a moment.
        var link = waiting.GetAwaiter().GetResult()!;
        Assert.True(link.State == LinkState.Up
            || (link.State == LinkState.Unknown && (link.Flags & LinkFlags.LowerUp) != 0));

        Assert.Equal(NetworkErrorCode.TimedOut,
            Assert.Throws<NetworkException>(() =>
                stack.Links.Wait("v0", LinkCondition.Absent, TimeSpan.FromMilliseconds(50))).Code);
        using var stop = new CancellationTokenSource(50);
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        Assert.ThrowsAny<OperationCanceledException>(() =>
            stack.Links.Wait("v0", LinkCondition.Absent, Timeout.InfiniteTimeSpan, stop.Token));
        Assert.True(System.Diagnostics.Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(60));
    });

    [Fact]
    public void Many_links_go_as_one_group_and_the_rest_is_reported() => Run(() =>
    {
        for (var i = 0; i < 20; i++)
            Here.Links.CreateVeth(new VethSpec($"v{i}", new VethPeerSpec($"p{i}")));
        var links = Here.Links.List().Where(link => link.Name.StartsWith('v') || link.Name == "lo").ToList();
        var failure = Assert.Single(Here.Links.Remove(links));
        Assert.Equal("lo", failure.Link.Name);
        Assert.Equal(NetworkErrorCode.NotSupported, failure.Error.Code);
        Assert.Single(IpJson("link show").EnumerateArray());
    });

    [Fact]
    public void A_link_given_twice_is_removed_once() => Run(() =>
    {
        Ip("link add br0 type bridge");
        Ip("link add br1 type bridge");
        Assert.Empty(
            Here.Links.Remove(
                [Here.Links.Get("br0"), Here.Links.Get("br0"), Here.Links.Get("br1"), Here.Links.Get("br1")]));
        Ip("link add br0 type bridge");
        Assert.Empty(Here.Links.Remove([Here.Links.Get("br0"), Here.Links.Get("br0")]));
        Assert.Single(IpJson("link show").EnumerateArray());
    });
}
