using System.Text.Json;
using LxcNetworking.Links;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;
using static LxcNetworking.Tests.TwoHosts;

namespace LxcNetworking.Tests;

/// <summary>Tunnels whose packets are put into UDP besides.</summary>
public class TunnelEncapsulationTests
{
    // The kernel does not load it by itself.
    private static void Prepare()
    {
        TryExecute("modprobe", "-a", "fou", "fou6");
        if (TryExecute("ip", "fou", "show").Code != 0)
            Lacking("this kernel has no FOU");
        _ = new TwoHosts();
    }

    [Theory]
    [InlineData("ipip", TunnelEncapsulation.Fou, 1472)]
    [InlineData("sit", TunnelEncapsulation.Gue, 1468)]
    [InlineData("ip6tnl", TunnelEncapsulation.Gue, 1440)]
    [InlineData("gre", TunnelEncapsulation.Fou, 1468)]
    [InlineData("ip6gretap", TunnelEncapsulation.Gue, 1422)]
    public void Packets_cross_in_UDP(string kind, TunnelEncapsulation encapsulation, int mtu) => Run(() =>
    {
        NeedsKind(kind);
        Prepare();
        var ipv6 = kind.StartsWith("ip6", StringComparison.Ordinal);
        var (a, b) = ipv6 ? (UnderlayA6, UnderlayB6) : (UnderlayA, UnderlayB);
        var receiver = encapsulation == TunnelEncapsulation.Gue ? "gue" : $"ipproto {(kind == "gre" ? 47 : 4)}";
        foreach (var host in new[] { HostA, HostB })
            Ip($"-n {host} {(ipv6 ? "-6 " : string.Empty)}fou add port 5555 {receiver}");
        var near = A.Links.Create(Spec(kind, a, b, encapsulation));
        var far = B.Links.Create(Spec(kind, b, a, encapsulation));
        Assert.Equal(mtu, (int)near.Mtu);
        var shown = Shown("t0");
        Assert.Equal(
            (encapsulation.ToString(), 0, 5555, true),
            (shown.GetProperty("type").GetString()![..1].ToUpperInvariant()
                + shown.GetProperty("type").GetString()![1..],
                shown.GetProperty("sport").GetInt32(), shown.GetProperty("dport").GetInt32(),
                shown.GetProperty(ipv6 ? "csum6" : "csum").GetBoolean()));
        var (one, other) = kind == "sit" ? ("2001:db8:9::1/64 nodad", "2001:db8:9::2") : ("10.9.0.1/24", "10.9.0.2");
        if (kind == "sit")
        {
            foreach (var host in new[] { HostA, HostB })
            {
                Execute(
                    "ip", "netns", "exec", host, "sh", "-c", "echo 0 > /proc/sys/net/ipv6/conf/t0/disable_ipv6");
            }
        }

        Ip($"-n {HostA} addr add {one} dev t0");
        Ip($"-n {HostB} addr add {other}{(kind == "sit" ? "/64 nodad" : "/24")} dev t0");
        Assert.True(Pings(other, HostA));

        // Another port, where nobody receives them, and none at all.
        Change(near, new() { EncapsulationPort = 5556 }, new() { EncapsulationPort = 5556 });
        Assert.Equal((5556, true), (Shown("t0").GetProperty("dport").GetInt32(), IsSilent(other, HostA)));
        foreach (var (host, link) in new[] { (A, near), (B, far) })
            Change(link, new() { Encapsulation = 0 }, new() { Encapsulation = 0 }, host);
        Assert.False(Data("t0").TryGetProperty("encap", out _));
        Assert.True(Pings(other, HostA));
    });

    [Fact]
    public void What_ip_says_is_read_and_stays_and_what_cannot_be_is_refused() => Run(() =>
    {
        Prepare();
        Ip($"-n {HostA} link add t0 type ipip local 192.0.2.1 remote 192.0.2.2 encap gue encap-sport 7 encap-dport 8 "
            + "encap-csum encap-remcsum");
        A.Links.Change(A.Links.Get("t0"), new IPTunnelSettings { Ttl = 9 });
        var read = (IPTunnelLink)A.Links.Get("t0");
        Assert.Equal(
            (TunnelEncapsulation.Gue, TunnelEncapsulationFlags.Checksum | TunnelEncapsulationFlags.RemoteChecksum, 7, 8,
                9),
            (read.Encapsulation, read.EncapsulationFlags, read.EncapsulationSourcePort, read.EncapsulationPort,
                read.Ttl));
        Assert.Equal(9, Data("t0").GetProperty("ttl").GetInt32());
        Refused("needs the EncapsulationPort", new() { Encapsulation = TunnelEncapsulation.Fou });
        Refused("go with Fou or Gue", new() { EncapsulationPort = 5 });
        Refused(
            "by GUE alone",
            new()
            {
                Encapsulation = TunnelEncapsulation.Fou,
                EncapsulationPort = 5,
                EncapsulationFlags = TunnelEncapsulationFlags.RemoteChecksum,
            });

        static void Refused(string words, IPTunnelSettings settings)
        {
            settings = settings with { Remote = IPAddress.Parse("192.0.2.3") };
            var error = Assert.Throws<NetworkException>(
                () => A.Links.Create(new IPTunnelSpec("t1", IPTunnelMode.Ipip, settings)));
            Assert.Equal(NetworkErrorCode.InvalidArgument, error.Code);
            Assert.Contains(words, error.Message, StringComparison.Ordinal);
        }
    });

    private static void Change(
        NetLink link, IPTunnelSettings tunnel, GreSettings gre, Namespaces.NetworkStack? stack = null)
        => (stack ?? A).Links.Change(link, link is GreLink ? gre : tunnel);

    private static LinkSpec Spec(string kind, IPAddress local, IPAddress remote, TunnelEncapsulation encapsulation)
    {
        const TunnelEncapsulationFlags Both = TunnelEncapsulationFlags.Checksum | TunnelEncapsulationFlags.Checksum6;
        if (kind is "gre" or "ip6gretap")
        {
            var gre = new GreSettings
            {
                Local = local,
                Remote = remote,
                Encapsulation = encapsulation,
                EncapsulationPort = 5555,
                EncapsulationFlags = Both,
            };
            return new GreSpec("t0", kind != "gre", gre) { Up = true };
        }

        var mode = kind switch
        {
            "ipip" => IPTunnelMode.Ipip,
            "sit" => IPTunnelMode.Sit,
            _ => IPTunnelMode.Ip6Tunnel,
        };
        var settings = new IPTunnelSettings
        {
            Local = local,
            Remote = remote,
            Encapsulation = encapsulation,
            EncapsulationPort = 5555,
            EncapsulationFlags = Both,
        };
        return new IPTunnelSpec("t0", mode, settings) { Up = true };
    }

    private static JsonElement Data(string name)
        => IpJson($"-n {HostA} link show dev {name}")[0].GetProperty("linkinfo").GetProperty("info_data");

    private static JsonElement Shown(string name) => Data(name).GetProperty("encap");
}
