using LxcNetworking.L2tp;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;
using static LxcNetworking.Tests.TwoHosts;

namespace LxcNetworking.Tests;

public class L2tpTests
{
    [Theory]
    [InlineData(L2tpEncapsulation.Udp, false, 1446)]
    [InlineData(L2tpEncapsulation.Ip, false, 1458)]
    [InlineData(L2tpEncapsulation.Udp, true, 1426)]
    [InlineData(L2tpEncapsulation.Ip, true, 1438)]
    public void A_segment_over_l2tp_carries_everything(L2tpEncapsulation encapsulation, bool ipv6, int mtu) => Run(() =>
    {
        NeedsL2tp();
        _ = new TwoHosts();
        AddBridges();
        var session = ConnectBoth(encapsulation, ipv6);
        Assert.Equal((mtu, mtu), ((int)session.Mtu!, session.ChosenMtu));
        Assert.Contains("1500 of the underlay", session.MtuReason, StringComparison.Ordinal);
        Assert.Equal(Bridge, session.Bridge);
        Assert.Equal(mtu, IpJson($"-n {HostA} link show dev {Bridge}")[0].GetProperty("mtu").GetInt32());
        AddContainers();
        ProveSegment();
        ProveDhcp();
        var capture = Capture();
        Assert.True(capture.Plain);
        Assert.Equal((0, 1500), (capture.Fragments, capture.LargestPacket));
        var statistics = A.L2tp.GetSession(1000, 3000).Statistics;
        Assert.True(statistics.SentBytes > 1 << 20 && statistics.ReceivedBytes > 1 << 20, statistics.ToString());
    });

    [Fact]
    public void A_smaller_underlay_makes_a_smaller_mtu() => Run(() =>
    {
        NeedsL2tp();
        _ = new TwoHosts(underlayMtu: 1400);
        AddBridges();
        // Somebody has set it, so the kernel does not fit it to its ports.
        Ip($"-n {HostA} link set {Bridge} mtu 1500");
        Assert.Equal(1346, ConnectBoth(L2tpEncapsulation.Udp, ipv6: false).Mtu);
        Assert.Equal(1346, IpJson($"-n {HostA} link show dev {Bridge}")[0].GetProperty("mtu").GetInt32());
        AddContainers();
        ProveSegment();
    });

    [Fact]
    public void Cookies_sequence_numbers_and_no_sublayer_are_agreed_on() => Run(() =>
    {
        NeedsL2tp();
        _ = new TwoHosts();
        AddBridges();
        ConnectBoth(L2tpEncapsulation.Ip, ipv6: false, spec => spec with
        {
            Cookie = L2tpSessionSpec.ParseCookie(spec.TunnelId == 1000 ? "0102030405060708" : "a1b2c3d4"),
            PeerCookie = L2tpSessionSpec.ParseCookie(spec.TunnelId == 1000 ? "a1b2c3d4" : "0102030405060708"),
            Sequencing = L2tpSequencing.Both,
        });
        AddContainers();
        ProveSegment();
        var session = A.L2tp.GetSession(1000, 3000);
        Assert.Equal(("0102030405060708", "a1b2c3d4", L2tpSequencing.Both),
            (session.Cookie, session.PeerCookie, session.Sequencing));
        var shown = Ip($"-n {HostA} l2tp show session");
        Assert.Contains("cookie 0102030405060708", shown, StringComparison.Ordinal);
        Assert.Contains("peer cookie a1b2c3d4", shown, StringComparison.Ordinal);

        A.L2tp.RemoveSession(1000, 3000);
        B.L2tp.RemoveSession(2000, 4000);
        Assert.Equal(1462,
            A.L2tp.CreateSession(
                new(1000, 3000, 4000) { Name = "l2t0", Bridge = Bridge, Up = true, Sublayer = L2tpSublayer.None }).Mtu);
        B.L2tp.CreateSession(
            new(2000, 4000, 3000) { Name = "l2t0", Bridge = Bridge, Up = true, Sublayer = L2tpSublayer.None });
        Assert.True(Pings(AddressB, ContainerA));
    });

    [Fact]
    public void Iproute2_reads_what_is_made_here() => Run(() =>
    {
        NeedsL2tp();
        _ = new TwoHosts();
        var tunnel = A.L2tp.CreateTunnel(new(1000, 2000, UnderlayA, UnderlayB)
        { SourcePort = 6000, DestinationPort = 5000, NoChecksum = true });
        Assert.Equal((false, (bool?)null), (tunnel.Checksum, tunnel.ReceiveChecksum));
        A.L2tp.CreateSession(new(1000, 3000, 4000));
        var shown = Ip($"-n {HostA} l2tp show tunnel");
        Assert.Contains("Tunnel 1000, encap UDP", shown, StringComparison.Ordinal);
        Assert.Contains("From 192.0.2.1 to 192.0.2.2", shown, StringComparison.Ordinal);
        Assert.Contains("Peer tunnel 2000", shown, StringComparison.Ordinal);
        Assert.Contains("UDP source / dest ports: 6000/5000", shown, StringComparison.Ordinal);
        Assert.Contains("UDP checksum: disabled", shown, StringComparison.Ordinal);
        shown = Ip($"-n {HostA} l2tp show session");
        Assert.Contains("Session 3000 in tunnel 1000", shown, StringComparison.Ordinal);
        Assert.Contains("Peer session 4000, tunnel 2000", shown, StringComparison.Ordinal);
        Assert.Contains("interface name: l2tpeth0", shown, StringComparison.Ordinal);
        var link = A.Links.Get("l2tpeth0");
        Assert.Equal(("l2tpeth", 3000u), (link.Kind, Assert.IsType<L2tpLinkDetails>(link.Details).SessionId));
        Assert.Equal("l2tpeth0", Assert.Single(A.Links.List(new LinkFilter { Kind = "l2tpeth" })).Name);
        var failure = Assert.Single(A.Links.Remove([link]));
        Assert.Equal(NetworkErrorCode.NotSupported, failure.Error.Code);
        Assert.Contains("session 3000 of tunnel 1000", failure.Error.Message, StringComparison.Ordinal);
        var advice = Assert.Single(failure.Error.Advice);
        Assert.Equal(
            (AdviceKind.Remove, AdviceThing.Session, "l2tpeth0"), (advice.Kind, advice.Thing!.Value, advice.Name));
        A.L2tp.RemoveTunnel(1000, force: true);
        Assert.DoesNotContain("unnel", Ip($"-n {HostA} l2tp show tunnel"), StringComparison.Ordinal);
    });

    [Fact]
    public void What_iproute2_makes_is_read_here() => Run(() =>
    {
        NeedsL2tp();
        _ = new TwoHosts();
        Ip($"-n {HostA} l2tp add tunnel tunnel_id 7 peer_tunnel_id 8 encap udp local 192.0.2.1 remote 192.0.2.2 " +
            "udp_sport 6000 udp_dport 5000");
        Ip($"-n {HostA} l2tp add session name one tunnel_id 7 session_id 1 peer_session_id 2 cookie 01020304 seq both");
        Ip($"-n {HostA} l2tp add tunnel tunnel_id 9 peer_tunnel_id 10 encap ip local 2001:db8::1 remote 2001:db8::2");
        var tunnels = A.L2tp.ListTunnels().ToDictionary(tunnel => tunnel.TunnelId);
        Assert.Equal([7u, 9u], tunnels.Keys.Order());
        var udp = tunnels[7];
        Assert.Equal((8u, UnderlayA, UnderlayB, L2tpEncapsulation.Udp, 6000, 5000, 3),
            (udp.PeerTunnelId, udp.Local!, udp.Remote!, udp.Encapsulation, udp.SourcePort!.Value,
                udp.DestinationPort!.Value, udp.Version));
        Assert.Equal([1u], udp.Sessions);
        var ip = tunnels[9];
        Assert.Equal((UnderlayA6, L2tpEncapsulation.Ip, null), (ip.Local!, ip.Encapsulation, ip.SourcePort));
        var session = Assert.Single(A.L2tp.ListSessions(7));
        Assert.Equal(("one", 2u, "01020304", L2tpSequencing.Both, L2tpPseudowire.Ethernet),
            (session.InterfaceAlias, session.PeerSessionId, session.Cookie, session.Sequencing, session.Pseudowire));
        Assert.Equal("one", session.Link!.Name);
        Assert.Empty(A.L2tp.ListSessions(9));
        A.L2tp.RemoveTunnel(9);
        A.L2tp.RemoveSession(7, 1);
        A.L2tp.RemoveTunnel(7);
        Assert.Empty(A.L2tp.ListTunnels());
    });

    [Fact]
    public void Bad_input_is_refused_and_leaves_nothing() => Run(() =>
    {
        NeedsL2tp();
        _ = new TwoHosts();
        var good = new L2tpTunnelSpec(1000, 2000, UnderlayA, UnderlayB);
        Refuses(NetworkErrorCode.InvalidArgument, () => A.L2tp.CreateTunnel(good with { TunnelId = 0 }));
        Refuses(NetworkErrorCode.InvalidArgument, () => A.L2tp.CreateTunnel(good with { Remote = UnderlayA }));
        Refuses(NetworkErrorCode.InvalidArgument, () => A.L2tp.CreateTunnel(good with { Remote = UnderlayB6 }));
        Refuses(NetworkErrorCode.InvalidArgument,
            () => A.L2tp.CreateTunnel(good with { Encapsulation = L2tpEncapsulation.Ip, SourcePort = 1 }));
        Refuses(NetworkErrorCode.InvalidArgument, () => A.L2tp.CreateTunnel(good with { SourcePort = 70000 }));
        foreach (var encapsulation in Enum.GetValues<L2tpEncapsulation>())
        {
            Refuses(NetworkErrorCode.AddressNotFound,
                () => A.L2tp.CreateTunnel(
                    good with { Local = IPAddress.Parse("192.0.2.77"), Encapsulation = encapsulation }));
            Refuses(NetworkErrorCode.AddressNotFound,
                () => A.L2tp.CreateTunnel(
                    good with
                    {
                        Local = IPAddress.Parse("2001:db8::77"),
                        Remote = UnderlayB6,
                        Encapsulation = encapsulation
                    }));
        }

        Refuses(NetworkErrorCode.ObjectNotFound, () => A.L2tp.GetTunnel(1000));
        Refuses(NetworkErrorCode.ObjectNotFound, () => A.L2tp.RemoveTunnel(1000));
        Refuses(NetworkErrorCode.ObjectNotFound, () => A.L2tp.CreateSession(new(1000, 1, 2)));
        Assert.Empty(A.L2tp.ListTunnels());

        A.L2tp.CreateTunnel(good);
        Refuses(NetworkErrorCode.ObjectExists, () => A.L2tp.CreateTunnel(good with { SourcePort = 4000 }));
        Refuses(NetworkErrorCode.ResourceBusy, () => A.L2tp.CreateTunnel(good with { TunnelId = 1001 }));
        Refuses(NetworkErrorCode.InvalidArgument, () => A.L2tp.CreateSession(new(1000, 0, 2)));
        Refuses(NetworkErrorCode.InvalidName, () => A.L2tp.CreateSession(new(1000, 1, 2) { Name = "a/b" }));
        Refuses(NetworkErrorCode.LinkExists, () => A.L2tp.CreateSession(new(1000, 1, 2) { Name = "u0" }));
        Refuses(NetworkErrorCode.LinkNotFound, () => A.L2tp.CreateSession(new(1000, 1, 2) { Bridge = "nobridge" }));
        Refuses(NetworkErrorCode.NotSupported, () => A.L2tp.CreateSession(new(1000, 1, 2) { Bridge = "u0" }));
        Refuses(NetworkErrorCode.ObjectNotFound, () => A.L2tp.RemoveSession(1000, 1));
        Refuses(NetworkErrorCode.ObjectNotFound, () => A.L2tp.RemoveSession(1, 1));
        Assert.Throws<NetworkException>(() => L2tpSessionSpec.ParseCookie("xyz"));
        Assert.Empty(A.L2tp.ListSessions());
        Assert.Equal(2, IpJson($"-n {HostA} link show").GetArrayLength());

        A.L2tp.CreateSession(new(1000, 1, 2));
        Refuses(NetworkErrorCode.ObjectExists, () => A.L2tp.CreateSession(new(1000, 1, 5) { Name = "other" }));
        Refuses(NetworkErrorCode.ResourceBusy, () => A.L2tp.RemoveTunnel(1000));
        Assert.Single(A.L2tp.ListSessions());
        A.L2tp.RemoveTunnel(1000, force: true);
        Assert.Equal(2, IpJson($"-n {HostA} link show").GetArrayLength());
        // Id and port are free at once.
        A.L2tp.CreateTunnel(good);
    });

    [Fact]
    public void Whoever_cancels_finds_nothing_left_behind() => Run(() =>
    {
        NeedsL2tp();
        _ = new TwoHosts();
        A.L2tp.ListTunnels();
        for (uint i = 1; i <= 100; i++)
        {
            using var source = new CancellationTokenSource();
            using var start = new ManualResetEventSlim();
            var canceller = new Thread(() =>
            {
                start.Wait();
                Thread.SpinWait((int)i * 200);
                source.Cancel();
            });
            canceller.Start();
            start.Set();
            var made = false;
            try
            {
                A.L2tp.CreateTunnel(new L2tpTunnelSpec(i, i, UnderlayA, UnderlayB) { SourcePort = 20000 + (int)i },
                    source.Token);
                made = true;
            }
            catch (OperationCanceledException)
            {
                // As asked for.
            }

            canceller.Join();
            Assert.Equal(made, A.L2tp.ListTunnels().Any(tunnel => tunnel.TunnelId == i));
        }
    });

    [Fact]
    public void A_session_that_cannot_join_its_bridge_is_taken_back() => Run(() =>
    {
        NeedsL2tp();
        _ = new TwoHosts();
        AddBridges();
        A.L2tp.CreateTunnel(new(1000, 2000, UnderlayA, UnderlayB));
        // The link takes at most 65535, which is only known to be too much once it is there.
        Refuses(NetworkErrorCode.InvalidArgument,
            () => A.L2tp.CreateSession(new(1000, 1, 2) { Name = "l2t0", Bridge = Bridge, Mtu = 65536 }));
        Assert.Empty(A.L2tp.ListSessions());
        Assert.DoesNotContain(IpJson($"-n {HostA} link show").EnumerateArray(), link => link.GetProperty("ifname")
            .GetString() == "l2t0");
    });

    [Fact]
    public void A_kernel_without_l2tp_says_which_module() => Run(() =>
    {
        if (TryExecute("ip", "l2tp", "show", "tunnel").Code == 0)
            return;
        var error = Assert.Throws<NetworkException>(() => Stacks.Pool.Get().L2tp.ListTunnels());
        Assert.Equal(NetworkErrorCode.KindNotSupported, error.Code);
        Assert.Contains("modprobe l2tp_eth", error.Message, StringComparison.Ordinal);
    });

    internal static void NeedsL2tp()
    {
        if (TryExecute("ip", "l2tp", "show", "tunnel").Code != 0)
            Lacking("this kernel has no L2TP");
    }

    private static L2tpSession ConnectBoth(L2tpEncapsulation encapsulation, bool ipv6, Func<L2tpSessionSpec,
        L2tpSessionSpec>? change = null)
    {
        var (a, b) = ipv6 ? (UnderlayA6, UnderlayB6) : (UnderlayA, UnderlayB);
        int? portA = encapsulation == L2tpEncapsulation.Udp ? 6000 : null,
            portB = encapsulation == L2tpEncapsulation.Udp ? 5000 : null;
        A.L2tp.CreateTunnel(
            new(1000, 2000, a, b) { Encapsulation = encapsulation, SourcePort = portA, DestinationPort = portB });
        B.L2tp.CreateTunnel(
            new(2000, 1000, b, a) { Encapsulation = encapsulation, SourcePort = portB, DestinationPort = portA });
        L2tpSessionSpec sessionA = new(1000, 3000, 4000) { Name = "l2t0", Bridge = Bridge, Up = true },
            sessionB = new(2000, 4000, 3000) { Name = "l2t0", Bridge = Bridge, Up = true };
        var result = A.L2tp.CreateSession(change?.Invoke(sessionA) ?? sessionA);
        B.L2tp.CreateSession(change?.Invoke(sessionB) ?? sessionB);
        return result;
    }

    private static void Refuses(NetworkErrorCode code, Action action)
    {
        var error = Assert.Throws<NetworkException>(action);
        Assert.True(code == error.Code, $"{error.Code}: {error.Message}");
    }
}
