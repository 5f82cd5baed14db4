using LxcNetworking.L2tp;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Segments;
using LxcNetworking.Values;
using LxcNetworking.WireGuard;
using static LxcNetworking.Tests.Sandbox;
using static LxcNetworking.Tests.TwoHosts;

namespace LxcNetworking.Tests;

public class SegmentTests
{
    public static TheoryData<SegmentEncapsulation, bool, bool> Ways()
    {
        var ways = new TheoryData<SegmentEncapsulation, bool, bool>();
        foreach (var encapsulation in Enum.GetValues<SegmentEncapsulation>())
        {
            ways.Add(encapsulation, false, false);
            ways.Add(encapsulation, true, false);
            ways.Add(encapsulation, false, true);
        }

        return ways;
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void A_segment_carries_everything(SegmentEncapsulation encapsulation, bool encrypted, bool ipv6) => Run(() =>
    {
        Needs(encapsulation, ipv6 || encrypted);
        if (encrypted)
            NeedsKind("wireguard");
        _ = new TwoHosts();
        EnableIPv6();
        var (a, b) = ipv6 ? (UnderlayA6, UnderlayB6) : (UnderlayA, UnderlayB);
        using WireGuardSecret keyA = WireGuardSecret.NewPrivateKey(), keyB = WireGuardSecret.NewPrivateKey();
        var segment = A.Segments.Connect(new SegmentSpec(Bridge, a, [b], encapsulation)
        { Encryption = encrypted ? new(keyA, [keyB.PublicKey()]) : null });
        B.Segments.Connect(new SegmentSpec(Bridge, b, [a], encapsulation)
        { Encryption = encrypted ? new(keyB, [keyA.PublicKey()]) : null });
        Assert.Equal(segment.Mtu, IpJson($"-n {HostA} link show dev {Bridge}")[0].GetProperty("mtu").GetInt64());
        AddContainers();
        ProveSegment();
        ProveDhcp();
        var capture = Capture();
        Assert.Equal((!encrypted, 0), (capture.Plain, capture.Fragments));
        Assert.InRange(capture.LargestPacket, 1484, 1500);

        foreach (var (stack, host) in new[] { (A, HostA), (B, HostB) })
        {
            stack.Segments.Disconnect(Bridge);
            Assert.Equal(["lo", Bridge, "u0", "v0"], LinksOf(host));
        }
    });

    [Theory]
    [InlineData(SegmentEncapsulation.Vxlan)]
    [InlineData(SegmentEncapsulation.Gretap)]
    public void One_is_made_before_its_local_address_is_here_with_force(SegmentEncapsulation encapsulation) => Run(() =>
    {
        Needs(encapsulation, false);
        _ = new TwoHosts();
        var spec = new SegmentSpec(Bridge, IPAddress.Parse("192.0.2.7"), [UnderlayB], encapsulation);
        var refusal = Assert.Throws<NetworkException>(() => A.Segments.Connect(spec));
        Assert.Equal(NetworkErrorCode.AddressNotFound, refusal.Code);
        Assert.Contains(refusal.Advice, advice => advice.Kind == AdviceKind.Override);
        Assert.Equal(["lo", "u0"], LinksOf(HostA));
        A.Segments.Connect(spec with { Force = true });
        B.Segments.Connect(new SegmentSpec(Bridge, UnderlayB, [spec.Local], encapsulation));
        AddContainers();
        Assert.True(IsSilent(AddressB, ContainerA));
        Ip($"-n {HostA} addr add 192.0.2.7/24 dev u0");
        Assert.True(Pings(AddressB, ContainerA));
        A.Segments.Disconnect(Bridge);
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void What_was_made_goes_and_what_was_there_stays() => Run(() =>
    {
        NeedsKind("vxlan");
        _ = new TwoHosts();
        A.Segments.Connect(new SegmentSpec(Bridge, UnderlayA, [UnderlayB], SegmentEncapsulation.Vxlan));
        Assert.Equal(["lo", Bridge, "u0", "vx0-superbr0"], LinksOf(HostA));
        Refuses(NetworkErrorCode.ObjectExists,
            () => A.Segments.Connect(new SegmentSpec(Bridge, UnderlayA, [UnderlayB], SegmentEncapsulation.Vxlan)
            { Key = 2 }));
        A.Segments.Disconnect(Bridge);
        Assert.Equal(["lo", "u0"], LinksOf(HostA));
        Refuses(NetworkErrorCode.ObjectNotFound, () => A.Segments.Disconnect(Bridge));

        Ip($"-n {HostA} link add {Bridge} mtu 1500 type bridge");
        Ip($"-n {HostA} link add v0 type veth peer name w0");
        Ip($"-n {HostA} link set v0 master {Bridge}");
        var segment = A.Segments.Connect(new SegmentSpec(Bridge, UnderlayA, [UnderlayB], SegmentEncapsulation.Vxlan));
        Assert.Equal(1450, segment.Mtu);
        Assert.Equal(["v0"], segment.LargerPort);
        Assert.Contains("UP", IpJson($"-n {HostA} link show dev {Bridge}")[0].GetProperty("flags").EnumerateArray()
            .Select(flag => flag.GetString()));
        A.Segments.Disconnect(Bridge);
        Assert.Equal(["lo", Bridge, "u0", "v0", "w0"], LinksOf(HostA));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_bridge_that_stays_for_other_ports_is_connected_again_and_goes_with_the_last_one() => Run(() =>
    {
        NeedsKind("vxlan");
        _ = new TwoHosts();
        var spec = new SegmentSpec(Bridge, UnderlayA, [UnderlayB], SegmentEncapsulation.Vxlan);
        A.Segments.Connect(spec);
        Ip($"-n {HostA} link add v0 type veth peer name w0");
        Ip($"-n {HostA} link set v0 master {Bridge}");
        for (var turn = 0; turn < 2; turn++)
        {
            A.Segments.Disconnect(Bridge);
            Assert.Equal(["lo", Bridge, "u0", "v0", "w0"], LinksOf(HostA));
            var refusal = Assert.Throws<NetworkException>(() => A.Segments.Disconnect(Bridge));
            Assert.Equal(NetworkErrorCode.ResourceBusy, refusal.Code);
            Assert.Contains("has ports: v0.", refusal.Message, StringComparison.Ordinal);
            A.Segments.Connect(spec);
            Assert.Contains("vx0-superbr0", LinksOf(HostA));
        }

        A.Segments.Disconnect(Bridge);
        Ip($"-n {HostA} link set v0 nomaster");
        A.Segments.Disconnect(Bridge);
        Assert.Equal(["lo", "u0", "v0", "w0"], LinksOf(HostA));
        Refuses(NetworkErrorCode.ObjectNotFound, () => A.Segments.Disconnect(Bridge));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_step_that_fails_takes_all_others_back() => Run(() =>
    {
        NeedsKind("vxlan");
        _ = new TwoHosts();
        // The VXLAN port is taken by another link with the same network.
        Ip($"-n {HostA} link add taken type vxlan id 1 dstport 4789");
        Refuses(NetworkErrorCode.LinkExists,
            () => A.Segments.Connect(new SegmentSpec(Bridge, UnderlayA, [UnderlayB], SegmentEncapsulation.Vxlan)));
        Assert.Equal(["lo", "taken", "u0"], LinksOf(HostA));
        Refuses(NetworkErrorCode.AddressNotFound,
            () => A.Segments.Connect(
                new SegmentSpec(Bridge, IPAddress.Parse("192.0.2.77"), [UnderlayB], SegmentEncapsulation.Vxlan)));
        Refuses(NetworkErrorCode.NotSupported,
            () => A.Segments.Connect(new SegmentSpec("u0", UnderlayA, [UnderlayB], SegmentEncapsulation.Vxlan)));
        foreach (var bad in new[]
        {
            new SegmentSpec(Bridge, UnderlayA, [], SegmentEncapsulation.Vxlan),
            new SegmentSpec(Bridge, UnderlayA, [UnderlayA], SegmentEncapsulation.Vxlan),
            new SegmentSpec(Bridge, UnderlayA, [UnderlayB, UnderlayB], SegmentEncapsulation.Vxlan),
            new SegmentSpec(Bridge, UnderlayA, [UnderlayB6], SegmentEncapsulation.Vxlan),
            new SegmentSpec(Bridge, UnderlayA, [UnderlayB], SegmentEncapsulation.Vxlan) { Key = 1 << 24 },
            new SegmentSpec(Bridge, UnderlayA, [UnderlayB], SegmentEncapsulation.Gretap) { Port = 1 },
            new SegmentSpec(Bridge, UnderlayA, [UnderlayB], SegmentEncapsulation.Vxlan)
            { Encryption = new(WireGuardSecret.NewPrivateKey(), []) },
        })
            Refuses(NetworkErrorCode.InvalidArgument, () => A.Segments.Connect(bad));
        Assert.Equal(["lo", "taken", "u0"], LinksOf(HostA));
    });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_tunnel_that_fails_leaves_the_bridge_its_mtu(bool own) => Run(() =>
    {
        Needs(SegmentEncapsulation.L2tp, ipv6: false);
        _ = new TwoHosts();
        Ip($"-n {HostA} link add {Bridge} type bridge");
        if (own)
            Ip($"-n {HostA} link set {Bridge} mtu 1490");
        Refuses(NetworkErrorCode.NextHopUnreachable,
            () => A.Segments.Connect(
                new SegmentSpec(Bridge, UnderlayA, [UnderlayB, IPAddress.Parse("203.0.113.9")],
                    SegmentEncapsulation.L2tp)));
        Assert.Equal(["lo", Bridge, "u0"], LinksOf(HostA));
        Assert.Equal(own ? 1490 : 1500, IpJson($"-n {HostA} link show dev {Bridge}")[0].GetProperty("mtu").GetInt64());
    });

    private static void AddTunnel(int id, int peerId, int port)
        => Ip($"-n {HostA} l2tp add tunnel tunnel_id {id} peer_tunnel_id {peerId} local {UnderlayA} remote {UnderlayB} "
            + $"encap udp udp_sport {port} udp_dport {port}");

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void A_tunnel_whose_maker_was_killed_is_removed(bool hasSession, bool byConnect) => Run(() =>
    {
        Needs(SegmentEncapsulation.L2tp, ipv6: false);
        _ = new TwoHosts();
        // As it is right before the session, or right before the session's link gets its alias.
        AddTunnel(5, 6, 1701);
        if (hasSession)
            Ip($"-n {HostA} l2tp add session name l2t0-{Bridge} tunnel_id 5 session_id 7 peer_session_id 8");
        Ip($"-n {HostA} link add l2m0-{Bridge} group {ContainerConnectionTests.GroupOfTheDead} type bridge");
        Execute("ip", "-n", HostA, "link", "set", $"l2m0-{Bridge}", "alias", "NetSegment tunnel: 5");
        AddTunnel(9, 10, 1702);
        if (byConnect)
        {
            A.Segments.Connect(new SegmentSpec(Bridge, UnderlayA, [UnderlayB], SegmentEncapsulation.L2tp));
            Assert.Equal(["l2t0-superbr0", "lo", Bridge, "u0"], LinksOf(HostA));
        }

        A.Segments.Disconnect(Bridge);
        Assert.Equal(["lo", "u0"], LinksOf(HostA));
        // Another one's stays.
        Assert.Equal([9u], A.L2tp.ListTunnels().Select(tunnel => tunnel.TunnelId));
    });

    [Fact]
    public void A_tunnel_that_is_being_made_is_left_alone() => Run(() =>
    {
        Needs(SegmentEncapsulation.L2tp, ipv6: false);
        _ = new TwoHosts();
        AddTunnel(5, 6, 1701);
        using var pending = PendingMark.Hold(A);
        Ip($"-n {HostA} link add l2m0-{Bridge} group {pending.Group} type bridge");
        Execute("ip", "-n", HostA, "link", "set", $"l2m0-{Bridge}", "alias", "NetSegment tunnel: 5");
        Refuses(NetworkErrorCode.ObjectNotFound, () => A.Segments.Disconnect(Bridge));
        Assert.Equal([5u], A.L2tp.ListTunnels().Select(tunnel => tunnel.TunnelId));
    });

    [Fact]
    public void Without_IPv6_on_new_links_an_encrypted_segment_says_what_enables_it() => Run(() =>
    {
        Needs(SegmentEncapsulation.Vxlan, ipv6: true);
        NeedsKind("wireguard");
        _ = new TwoHosts();
        Execute("ip", "netns", "exec", HostA, "sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6");
        using WireGuardSecret key = WireGuardSecret.NewPrivateKey(), other = WireGuardSecret.NewPrivateKey();
        var error = Assert.Throws<NetworkException>(() =>
            A.Segments.Connect(new SegmentSpec(Bridge, UnderlayA, [UnderlayB], SegmentEncapsulation.Vxlan)
            { Encryption = new(key, [other.PublicKey()]) }));
        Assert.Equal(NetworkErrorCode.NotSupported, error.Code);
        Assert.Contains("net.ipv6.conf.default.disable_ipv6=0", error.Message, StringComparison.Ordinal);
        Assert.Equal(["lo", "u0"], LinksOf(HostA));
    });

    [Theory]
    [InlineData(SegmentEncapsulation.Gretap)]
    [InlineData(SegmentEncapsulation.L2tp)]
    [InlineData(SegmentEncapsulation.Vxlan)]
    public void Three_hosts_reach_each_other_and_no_frame_goes_round(SegmentEncapsulation encapsulation) => Run(() =>
    {
        Needs(encapsulation, ipv6: false);
        Ip("link add underlay type bridge");
        Ip("link set underlay up");
        string[] hosts = ["h1", "h2", "h3"];
        var addresses = hosts.Select((_, i) => IPAddress.Parse($"192.0.2.{i + 1}")).ToArray();
        for (var i = 0; i < 3; i++)
        {
            Ip($"netns add {hosts[i]}");
            Ip($"-n {hosts[i]} link set lo up");
            Ip($"link add u{i} type veth peer name u0 netns {hosts[i]}");
            Ip($"link set u{i} master underlay up");
            Ip($"-n {hosts[i]} addr add {addresses[i]}/24 dev u0");
            Ip($"-n {hosts[i]} link set u0 up");
        }

        for (var i = 0; i < 3; i++)
        {
            var stack = Stacks.Pool.Get(new(hosts[i]));
            var segment = stack.Segments.Connect(
                new SegmentSpec(Bridge, addresses[i], [.. addresses.Where((_, other) => other != i)], encapsulation));
            Assert.Equal(encapsulation == SegmentEncapsulation.Vxlan ? 1 : 2, segment.Tunnel.Count);
            Ip($"-n {hosts[i]} addr add 10.0.2.{i + 1}/24 dev {Bridge}");
        }

        foreach (var from in hosts)
        {
            for (var to = 1; to <= 3; to++)
                Assert.True(Pings($"10.0.2.{to}", from), $"{from} does not reach 10.0.2.{to}");
        }

        // A broadcast that went round would be there thousands of times by now.
        TryExecute("ip", "netns", "exec", "h1", "ping", "-b", "-c", "1", "-W", "1", "10.0.2.255");
        var sent = IpJson("-s link show dev u0")[0].GetProperty("stats64").GetProperty("rx")
            .GetProperty("packets").GetInt64();
        Assert.True(sent < 500, $"{sent} packets");
    });

    [Fact]
    public void Another_hosts_part_mirrors_this_ones()
    {
        var spec = new SegmentSpec(Bridge, UnderlayA, [UnderlayB, IPAddress.Parse("192.0.2.3")],
            SegmentEncapsulation.Vxlan)
        { Key = 7, Mtu = 1400 };
        var part = Of(spec, null).CounterpartOf(1);
        Assert.Equal(("192.0.2.3", 7, 1400), (part.Spec.Local.ToString(), part.Spec.Key, part.Spec.Mtu));
        Assert.Equal([UnderlayB, UnderlayA], part.Spec.Remote);
        Assert.Null(part.PeerPublicKey);
        using WireGuardSecret own = WireGuardSecret.NewPrivateKey(), second = WireGuardSecret.NewPrivateKey(),
            third = WireGuardSecret.NewPrivateKey();
        spec = spec with
        {
            Key = null,
            Mtu = null,
            Encryption = new(own, [second.PublicKey(), third.PublicKey()])
            { PrivateKeyFile = "/etc/it's.key", ListenPort = 5 }
        };
        part = Of(spec, own.PublicKey()).CounterpartOf(0);
        Assert.Equal([own.PublicKey(), third.PublicKey()], part.PeerPublicKey);
        Assert.Equal(("/etc/it's.key", 5), (part.PrivateKeyFile, part.ListenPort));
        Assert.Null(part.Spec.Encryption);
    }

    private static NetSegment Of(SegmentSpec spec, WireGuardPublicKey? publicKey)
        => NetSegment.Of(new(NamespaceReference.HostText), spec, publicKey);

    [Fact]
    public void Both_ends_work_out_the_same()
    {
        IPAddress[] hosts = [.. Enumerable.Range(1, 6).Select(i => IPAddress.Parse($"192.0.2.{i}"))];
        foreach (var host in hosts)
        {
            var others = hosts.Where(other => !other.Equals(host)).ToList();
            var ports = others.Select(other => SegmentPlan.PairPort(1701, host, other, others)).ToList();
            Assert.Equal(ports.Count, ports.Distinct().Count());
            foreach (var other in others)
                Assert.Equal(SegmentPlan.PairPort(1701, host, other, others),
                    SegmentPlan.PairPort(1701, other, host, [.. hosts.Where(third => !third.Equals(other))]));
        }

        Assert.Equal(1701, SegmentPlan.PairPort(1701, hosts[0], hosts[1], [hosts[1]]));
        Assert.NotEqual(SegmentPlan.Id("tunnel", 1, hosts[0], hosts[1]),
            SegmentPlan.Id("tunnel", 1, hosts[1], hosts[0]));
        Assert.Equal(IPAddress.Parse("192.0.2.1").GetAddressBytes(), SegmentPlan.InnerAddress(1, hosts[0])
            .GetAddressBytes()[12..]);
    }

    internal static void Needs(SegmentEncapsulation encapsulation, bool ipv6)
    {
        if (encapsulation == SegmentEncapsulation.Gretap)
            NeedsKind(ipv6 ? "ip6gretap" : "gretap");
        else if (encapsulation == SegmentEncapsulation.Vxlan)
            NeedsKind("vxlan");
        else
            L2tpTests.NeedsL2tp();
    }

    internal static void EnableIPv6()
    {
        foreach (var host in new[] { HostA, HostB })
            Execute("ip", "netns", "exec", host, "sh", "-c", "echo 0 > /proc/sys/net/ipv6/conf/default/disable_ipv6");
    }

    internal static IEnumerable<string> LinksOf(string host) => IpJson($"-n {host} link show").EnumerateArray()
        .Select(link => link.GetProperty("ifname").GetString()!).Order(StringComparer.Ordinal);

    private static void Refuses(NetworkErrorCode code, Action action)
    {
        var error = Assert.Throws<NetworkException>(action);
        Assert.True(code == error.Code, $"{error.Code}: {error.Message}");
    }
}
