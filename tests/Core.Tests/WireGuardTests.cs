using System.Globalization;
using System.Net;
using System.Security;
using System.Security.Cryptography;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using LxcNetworking.WireGuard;
using static LxcNetworking.Tests.Sandbox;
using static LxcNetworking.Tests.TwoHosts;
using IPAddress = LxcNetworking.Values.IPAddress;

namespace LxcNetworking.Tests;

public class WireGuardTests
{
    [Fact]
    public void A_key_survives_a_secure_string_and_a_file() => Run(() =>
    {
        using var key = WireGuardSecret.NewPrivateKey();
        using var text = key.ToSecureString();
        using (var again = WireGuardSecret.From(text))
            Assert.Equal(key.PublicKey(), again.PublicKey());
        key.Save("/run/key");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode("/run/key"));
        Assert.False(WireGuardSecret.IsExposed("/run/key"));
        using (var again = WireGuardSecret.FromFile("/run/key"))
            Assert.Equal(key.PublicKey(), again.PublicKey());
        Refuses(NetworkErrorCode.ObjectExists, () => key.Save("/run/key"));
        Refuses(NetworkErrorCode.ObjectNotFound, () => key.Save("/run/nowhere/key"));
        File.CreateSymbolicLink("/run/trap", "/run/target");
        Refuses(NetworkErrorCode.ObjectExists, () => key.Save("/run/trap"));
        Assert.False(File.Exists("/run/target"));
        File.SetUnixFileMode("/run/key", UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.True(WireGuardSecret.IsExposed("/run/key"));
        key.Dispose();
        Assert.True(key.Bytes.IndexOfAnyExcept((byte)0) < 0);
    });

    [Fact]
    public void What_is_no_key_is_refused_without_being_repeated() => Run(() =>
    {
        Refuses(NetworkErrorCode.ObjectNotFound, () => WireGuardSecret.FromFile("/run/nothing"));
        Refuses(NetworkErrorCode.InvalidArgument, () => WireGuardSecret.FromFile("/run"));
        foreach (var text in new[] { "", "short", new string('A', 43), new string('A', 45), new string('A', 44),
            new string('!', 44), new string('A', 400) })
        {
            File.WriteAllText("/run/bad", text);
            var error = Assert.Throws<NetworkException>(() => WireGuardSecret.FromFile("/run/bad"));
            Assert.Equal(NetworkErrorCode.InvalidArgument, error.Code);
            if (text.Length > 5)
                Assert.DoesNotContain(text, error.Message, StringComparison.Ordinal);
            var secure = new SecureString();
            text.ToList().ForEach(secure.AppendChar);
            Refuses(NetworkErrorCode.InvalidArgument, () => WireGuardSecret.From(secure));
            Assert.Throws<FormatException>(() => new WireGuardPublicKey(text));
        }
    });

    [Fact]
    public void Keys_are_the_same_as_wgs() => Run(() =>
    {
        Execute("sh", "-c", "umask 077; wg genkey > /run/k; wg pubkey < /run/k > /run/p");
        using var key = WireGuardSecret.FromFile("/run/k");
        Assert.Equal(File.ReadAllText("/run/p").Trim(), key.PublicKey().ToString());
        using var own = WireGuardSecret.NewPrivateKey();
        own.Save("/run/own");
        Assert.Equal(Execute("sh", "-c", "wg pubkey < /run/own").Trim(), own.PublicKey().ToString());
    });

    [Theory]
    [InlineData("192.0.2.1:51820", "192.0.2.1:51820")]
    [InlineData("[2001:db8::1]:1", "[2001:db8::1]:1")]
    public void An_endpoint_is_read(string text, string endpoint) =>
        Assert.Equal(endpoint, WireGuardPeerSpec.ParseEndpoint(text).ToString());

    [Theory]
    [InlineData("192.0.2.1")]
    [InlineData("192.0.2.1:")]
    [InlineData("192.0.2.1:0")]
    [InlineData("192.0.2.1:65536")]
    [InlineData("2001:db8::1:1")]
    [InlineData(":51820")]
    [InlineData("")]
    public void What_is_no_endpoint_is_refused(string text) =>
        Refuses(NetworkErrorCode.InvalidArgument, () => WireGuardPeerSpec.ParseEndpoint(text));

    [Fact]
    public void Wg_reads_what_is_made_here() => Run(() =>
    {
        NeedsKind("wireguard");
        _ = new TwoHosts();
        using var key = WireGuardSecret.NewPrivateKey();
        using var preshared = WireGuardSecret.NewPresharedKey();
        using var peerKey = WireGuardSecret.NewPrivateKey();
        var link = Assert.IsType<WireGuardLink>(
            A.Links.Create(new WireGuardSpec("wg0", new() { PrivateKey = key, ListenPort = 51820, FirewallMark = 7 })
            { Up = true }));
        Assert.Equal((key.PublicKey(), 51820, 7u), (link.PublicKey, link.ListenPort, link.FirewallMark));
        var peer = A.WireGuard.AddPeer(link, new(peerKey.PublicKey())
        {
            Endpoint = new IPEndPoint(UnderlayB6, 51821),
            AllowedIP = [new("10.9.0.2/32"), new("10.8.1.1/16"), new("fd00::/8")],
            PersistentKeepalive = TimeSpan.FromSeconds(25),
            PresharedKey = preshared,
        });
        Assert.True(peer.HasPresharedKey);
        Assert.Equal(new Duration(TimeSpan.FromSeconds(25)), peer.PersistentKeepalive);
        Assert.Null(peer.LatestHandshake);

        var dump = Execute("ip", "netns", "exec", HostA, "wg", "show", "wg0", "dump").Split('\n')
            .Select(line => line.Split('\t')).ToList();
        Assert.Equal([key.PublicKey().ToString(), "51820", "0x7"], dump[0][1..]);
        preshared.Save("/run/psk");
        Assert.Equal(peerKey.PublicKey().ToString(), dump[1][0]);
        Assert.Equal(File.ReadAllText("/run/psk").Trim(), dump[1][1]);
        Assert.Equal("[2001:db8::2]:51821", dump[1][2]);
        Assert.Equal(["10.8.0.0/16", "10.9.0.2/32", "fd00::/8"], dump[1][3].Split(',').Order(StringComparer.Ordinal));
        Assert.Equal("25", dump[1][7]);
        Assert.Equal("wireguard", IpJson($"-n {HostA} link show dev wg0")[0].GetProperty("linkinfo")
            .GetProperty("info_kind").GetString());

        A.WireGuard.ChangePeer(link,
            new(peerKey.PublicKey()) { AllowedIP = [new("10.1.0.0/24")], PersistentKeepalive = TimeSpan.Zero });
        dump = [.. Execute("ip", "netns", "exec", HostA, "wg", "show", "wg0", "dump").Split('\n')
            .Select(line => line.Split('\t'))];
        Assert.Equal(("10.1.0.0/24", "off", "[2001:db8::2]:51821"), (dump[1][3], dump[1][7], dump[1][2]));
        A.WireGuard.RemovePeer(link, peerKey.PublicKey());
        Assert.Empty(A.WireGuard.ListPeers(link));
        Assert.Equal("", Execute("ip", "netns", "exec", HostA, "wg", "show", "wg0", "peers"));
        A.WireGuard.Change(link, new() { ListenPort = 40000, FirewallMark = 0 });
        Assert.Equal("40000", Execute("ip", "netns", "exec", HostA, "wg", "show", "wg0", "listen-port").Trim());
    });

    [Fact]
    public void What_wg_makes_is_read_here() => Run(() =>
    {
        NeedsKind("wireguard");
        _ = new TwoHosts();
        Ip($"-n {HostA} link add wg9 type wireguard");
        Assert.Null(((WireGuardLink)A.Links.Get("wg9")).PublicKey);
        Execute("sh", "-c", "umask 077; wg genkey > /run/k; wg genpsk > /run/s; wg genkey | wg pubkey > /run/p");
        var publicKey = File.ReadAllText("/run/p").Trim();
        Execute("ip", "netns", "exec", HostA, "wg", "set", "wg9", "private-key", "/run/k", "listen-port", "1234",
            "peer", publicKey, "preshared-key", "/run/s", "endpoint", "192.0.2.2:999", "persistent-keepalive", "15",
            "allowed-ips", "0.0.0.0/0,::/0");
        using var key = WireGuardSecret.FromFile("/run/k");
        var link = Assert.IsType<WireGuardLink>(Assert.Single(A.Links.List(new LinkFilter { Kind = "wireguard" })));
        Assert.Equal((key.PublicKey(), 1234), (link.PublicKey, link.ListenPort));
        Assert.Equal(1, Assert.IsType<WireGuardDetails>(link.Details).PeerCount);
        var peer = Assert.Single(A.WireGuard.ListPeers(link));
        Assert.Equal((publicKey, "192.0.2.2:999", new Duration(TimeSpan.FromSeconds(15)), true),
            (peer.PublicKey.ToString(), peer.Endpoint!.ToString(), peer.PersistentKeepalive!, peer.HasPresharedKey));
        Assert.Equal(["0.0.0.0/0", "::/0"], peer.AllowedIP.Select(prefix => prefix.ToString())
            .Order(StringComparer.Ordinal));
    });

    [Fact]
    public void Many_prefixes_and_peers_cross_several_messages() => Run(() =>
    {
        NeedsKind("wireguard");
        _ = new TwoHosts();
        using var key = WireGuardSecret.NewPrivateKey();
        var link = A.Links.Create(new WireGuardSpec("wg0", new() { PrivateKey = key }));
        var prefixes = Enumerable.Range(0, 2500)
            .Select(i => new IPPrefix(new IPAddress([10, 20, (byte)(i >> 8), (byte)i]), 32)).ToList();
        var peers = new List<WireGuardPublicKey>();
        for (var i = 0; i < 40; i++)
        {
            peers.Add(new WireGuardPublicKey(Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))));
            A.WireGuard.AddPeer(link,
                new(peers[i])
                {
                    AllowedIP = i == 0 ? prefixes
                    : [new(string.Create(CultureInfo.InvariantCulture, $"10.30.0.{i}/32"))]
                });
        }

        var read = A.WireGuard.ListPeers(link);
        Assert.Equal(peers.Select(peer => peer.ToString()).Order(StringComparer.Ordinal),
            read.Select(peer => peer.ToString()).Order(StringComparer.Ordinal));
        var first = read.Single(peer => peer.PublicKey.Equals(peers[0]));
        Assert.Equal(prefixes.Select(prefix => prefix.ToString()).Order(StringComparer.Ordinal),
            first.AllowedIP.Select(prefix => prefix.ToString()).Order(StringComparer.Ordinal));
        Assert.Equal(40, ((WireGuardDetails)A.Links.Get("wg0").Details!).PeerCount);
    });

    [Fact]
    public void Packets_cross_encrypted_from_a_namespace_without_the_underlay() => Run(() =>
    {
        NeedsKind("wireguard");
        _ = new TwoHosts();
        using WireGuardSecret keyA = WireGuardSecret.NewPrivateKey(), keyB = WireGuardSecret.NewPrivateKey();
        // Created in the containers, with the encrypted side on the hosts.
        var a = A.Links.Create(new WireGuardSpec("wg0", new() { PrivateKey = keyA, ListenPort = 51820 })
        { TargetNamespace = new(ContainerA), Up = true });
        var b = B.Links.Create(new WireGuardSpec("wg0", new() { PrivateKey = keyB, ListenPort = 51820 })
        { TargetNamespace = new(ContainerB), Up = true });
        Assert.Equal(ContainerA, a.Namespace.Text);
        var (insideA, insideB) = (Stacks.Pool.Get(new(ContainerA)), Stacks.Pool.Get(new(ContainerB)));
        insideA.WireGuard.AddPeer(a,
            new(keyB.PublicKey()) { Endpoint = new(UnderlayB, 51820), AllowedIP = [new("10.0.2.0/24")] });
        insideB.WireGuard.AddPeer(b,
            new(keyA.PublicKey()) { Endpoint = new(UnderlayA, 51820), AllowedIP = [new("10.0.2.0/24")] });
        Ip($"-n {ContainerA} addr add {AddressA}/24 dev wg0");
        Ip($"-n {ContainerB} addr add {AddressB}/24 dev wg0");
        Assert.True(Pings(AddressB, ContainerA));
        var capture = Capture();
        Assert.Equal((false, 0), (capture.Plain, capture.Fragments));
        var peer = Assert.Single(insideA.WireGuard.ListPeers(a));
        Assert.True(DateTimeOffset.UtcNow - peer.LatestHandshake < TimeSpan.FromMinutes(5), $"{peer.LatestHandshake}");
        Assert.True(peer.SentBytes > 200_000 && peer.ReceivedBytes > 0);
    });

    [Fact]
    public void Bad_input_is_refused_and_leaves_nothing() => Run(() =>
    {
        NeedsKind("wireguard");
        _ = new TwoHosts();
        using WireGuardSecret key = WireGuardSecret.NewPrivateKey(), other = WireGuardSecret.NewPrivateKey(),
            third = WireGuardSecret.NewPrivateKey();
        Refuses(NetworkErrorCode.InvalidArgument,
            () => A.Links.Create(new WireGuardSpec("wg0", new() { PrivateKey = key, ListenPort = 70000 })));
        Refuses(NetworkErrorCode.InvalidArgument,
            () => A.Links.Create(new WireGuardSpec("wg0", new() { PrivateKey = key }) { Master = "br0" }));
        var link =
            A.Links.Create(new WireGuardSpec("wg0", new() { PrivateKey = key, ListenPort = 51820 }) { Up = true });
        Refuses(NetworkErrorCode.ResourceBusy,
            () => A.Links.Create(new WireGuardSpec("wg1", new() { PrivateKey = other, ListenPort = 51820 })
            { Up = true }));
        Assert.Null(A.Links.Find("wg1"));
        Refuses(NetworkErrorCode.InvalidArgument, () => A.WireGuard.AddPeer(link, new(key.PublicKey())));
        Refuses(NetworkErrorCode.InvalidArgument,
            () => A.WireGuard.AddPeer(link,
                new(other.PublicKey()) { PersistentKeepalive = TimeSpan.FromSeconds(70000) }));
        Refuses(NetworkErrorCode.ObjectNotFound, () => A.WireGuard.ChangePeer(link, new(other.PublicKey())));
        Refuses(NetworkErrorCode.ObjectNotFound, () => A.WireGuard.RemovePeer(link, other.PublicKey()));
        A.WireGuard.AddPeer(link, new(other.PublicKey()) { AllowedIP = [new("10.0.0.1/24")] });
        Refuses(NetworkErrorCode.ObjectExists, () => A.WireGuard.AddPeer(link, new(other.PublicKey())));
        Refuses(NetworkErrorCode.ObjectExists,
            () => A.WireGuard.AddPeer(link, new(third.PublicKey()) { AllowedIP = [new("10.0.0.9/24")] }));
        Assert.Single(A.WireGuard.ListPeers(link));
        Refuses(NetworkErrorCode.NotSupported, () => A.WireGuard.ListPeers(A.Links.Get("u0")));
    });

    private static void Refuses(NetworkErrorCode code, Action action)
    {
        var error = Assert.Throws<NetworkException>(action);
        Assert.True(code == error.Code, $"{error.Code}: {error.Message}");
    }
}
