using System.Text.Json;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

public class IPTunnelTests
{
    private static NetworkStack A => TwoHosts.A;

    [Theory]
    [InlineData(IPTunnelMode.Ipip, 1480)]
    [InlineData(IPTunnelMode.Sit, 1480)]
    [InlineData(IPTunnelMode.Ip6Tunnel, 1452)]
    public void Packets_go_between_two_hosts_and_into_a_container(IPTunnelMode mode, int mtu) => Run(() =>
    {
        NeedsKind(KindOf(mode));
        _ = new TwoHosts();
        var (a, b) = Ends(mode);
        var near = (IPTunnelLink)A.Links.Create(
            new IPTunnelSpec("tun0", mode, new() { Local = a, Remote = b, Ttl = 64 }) { Up = true });
        // The other end is made for a container, and its outer packets are the host's.
        var far = TwoHosts.B.Links.Create(
            new IPTunnelSpec("eth9", mode, new() { Local = b, Remote = a, Ttl = 64 })
            {
                TargetNamespace = new("cb"),
                Up = true,
            });
        Assert.Equal((mtu, mtu, "cb"), ((int)near.Mtu, near.ChosenMtu, far.Namespace.Text));
        Assert.Contains("1500 of the underlay 'u0'", near.MtuReason, StringComparison.Ordinal);
        foreach (var ipv6 in new[] { false, true })
        {
            if (ipv6 ? mode == IPTunnelMode.Ipip : mode == IPTunnelMode.Sit)
                continue;
            var net = ipv6 ? "2001:db8:9::" : "10.9.0.";
            var length = ipv6 ? 64 : 30;
            if (ipv6)
            {
                foreach (var (host, link) in new[] { ("hosta", "tun0"), ("cb", "eth9") })
                {
                    Execute(
                        "ip", "netns", "exec", host, "sh", "-c",
                        $"echo 0 > /proc/sys/net/ipv6/conf/{link}/disable_ipv6");
                }
            }

            Ip($"-n hosta addr add {net}1/{length} dev tun0");
            Ip($"-n cb addr add {net}2/{length} dev eth9");
            Assert.True(Pings($"{net}2", "hosta"));
            Assert.True(Pings($"{net}1", "cb"));
        }

        Assert.Empty(Stacks.Pool.Get(new("cb")).Links.Remove([far]));
    });

    [Fact]
    public void Every_setting_goes_there_and_back() => Run(() =>
    {
        NeedsKind("ip6tnl");
        _ = new TwoHosts();
        GoesThereAndBack(
            IPTunnelMode.Ipip,
            new() { Ttl = 9, Tos = 0x10, Payload = IPTunnelPayload.Any, Mark = 7, PathMtuDiscovery = true },
            new() { Tos = 1, Mark = 0, PathMtuDiscovery = false, Ttl = 0 });
        GoesThereAndBack(
            IPTunnelMode.Sit,
            new()
            {
                Ttl = 9,
                Isatap = true,
                SixRdPrefix = new("2001:db8::/32"),
                SixRdRelayPrefix = new("192.0.0.0/8"),
            },
            new() { Ttl = 10, SixRdPrefix = new("2001:db8:1::/48"), SixRdRelayPrefix = new("192.0.2.0/24") });
        GoesThereAndBack(
            IPTunnelMode.Ip6Tunnel,
            new()
            {
                Ttl = 9,
                Tos = 0x20,
                FlowLabel = 0x12345,
                EncapsulationLimit = 7,
                CopyTos = true,
                AllowLocalRemote = true,
                Payload = IPTunnelPayload.IPv6,
            },
            new() { EncapsulationLimit = -1, Tos = 1, CopyTos = false },
            new() { Tos = 0x30, FlowLabel = 5, AllowLocalRemote = false, EncapsulationLimit = 0, Mark = 9 },
            new() { InheritFlowLabel = true });

        // What is not said stays, also what ip said.
        Ip("-n hosta link add g1 type ip6tnl local 2001:db8::1 remote 2001:db8::9 encaplimit none flowlabel 0x77 " +
            "mode ipip6");
        A.Links.Change(A.Links.Get("g1"), new IPTunnelSettings { Ttl = 44 });
        var read = (IPTunnelLink)A.Links.Get("g1");
        Assert.Equal(
            (44, -1, 0x77L, IPTunnelPayload.IPv4),
            (read.Ttl, read.EncapsulationLimit, read.FlowLabel, read.Payload));
        var external = new IPTunnelSpec("x0", IPTunnelMode.Ipip, new() { External = true });
        Assert.True(((IPTunnelLink)A.Links.Create(external)).External);
        Assert.True(Shown("x0").GetProperty("external").GetBoolean());
    });

    [Fact]
    public void What_cannot_be_is_refused_and_nothing_stays() => Run(() =>
    {
        NeedsKind("ip6tnl");
        _ = new TwoHosts();
        var (a, b) = Ends(IPTunnelMode.Ipip);
        A.Links.Create(new IPTunnelSpec("taken", IPTunnelMode.Ipip, new() { Local = a, Remote = b }));
        Refused(NetworkErrorCode.LinkExists, "'taken'", IPTunnelMode.Ipip, new() { Local = a, Remote = b });
        Refused("does not lead from or to", IPTunnelMode.Ip6Tunnel, new() { Local = a, Remote = b });
        Refused("does not lead from or to", IPTunnelMode.Sit, new() { Remote = TwoHosts.UnderlayB6 });
        Refused("goes with a tunnel over IPv6", IPTunnelMode.Ipip, new() { Remote = b, FlowLabel = 1 });
        Refused("goes with the mode Sit", IPTunnelMode.Ipip, new() { Remote = b, SixRdPrefix = new("2001:db8::/32") });
        Refused("a 6rd prefix is one of IPv6", IPTunnelMode.Sit, new() { SixRdPrefix = new("10.0.0.0/8") });
        Refused("an external link takes", IPTunnelMode.Ipip, new() { Remote = b, External = true });
        Refused("Sit has no external", IPTunnelMode.Sit, new() { External = true });
        Refused("does not carry MPLS", IPTunnelMode.Ip6Tunnel, new() { Payload = IPTunnelPayload.Mpls });
        Refused(
            NetworkErrorCode.AddressNotFound, "no such address", IPTunnelMode.Sit,
            new() { Local = IPAddress.Parse("192.0.2.50") });
        var error = Assert.Throws<NetworkException>(
            () => A.Links.Change(A.Links.Get("taken"), new IPTunnelSettings { Payload = IPTunnelPayload.Any }));
        Assert.Contains("Payload is chosen when", error.Message, StringComparison.Ordinal);

    });

    private static void Refused(string words, IPTunnelMode mode, IPTunnelSettings settings)
        => Refused(NetworkErrorCode.InvalidArgument, words, mode, settings);

    private static void Refused(NetworkErrorCode code, string words, IPTunnelMode mode, IPTunnelSettings settings)
    {
        var error = Assert.Throws<NetworkException>(() => A.Links.Create(new IPTunnelSpec("g0", mode, settings)));
        Assert.Equal(code, error.Code);
        Assert.Contains(words, error.Message, StringComparison.Ordinal);
        Assert.Null(A.Links.Find("g0"));
    }

    private static void GoesThereAndBack(IPTunnelMode mode, params IPTunnelSettings[] steps)
    {
        var (a, b) = Ends(mode);
        var set = DeclaredSet.Of(nameof(IPTunnelSettings));
        var expected = steps[0] with { Local = a, Remote = b };
        var link = A.Links.Create(new IPTunnelSpec("g0", mode, expected) { Device = "u0" });
        Assert.Equal(("u0", KindOf(mode)), (link.Parent, link.Kind));
        foreach (var step in steps)
        {
            if (step != steps[0])
                A.Links.Change(A.Links.Get("g0"), step);
            expected = (IPTunnelSettings)set.Over(step, expected);
            var read = A.Links.Get("g0").Details!;
            var said = set.Declarations.Where(one => one.IsPublic && one.IsSet(expected)).Select(one => one.Name);
            Assert.Empty(set.Differing(expected, read).Intersect(said).Except(["FlowLabel", "InheritFlowLabel"]));
            var told = read.Differences(set.Empty()).ToDictionary(item => item.Name, item => item.Mine);
            foreach (var (name, value) in IpProperties.Of(typeof(IPTunnelSettings)))
            {
                // ip shows either a label or that it is the inner packet's, and the link by its name; what packets are
                // not put into has no checksums for it.
                if (name is not ("FlowLabel" or "DeviceIndex" or "EncapsulationFlags"))
                    Assert.Equal($"{name}={value(Shown("g0"))}", $"{name}={told.GetValueOrDefault(name)}");
            }
        }

        Assert.Empty(A.Links.Remove([link]));
    }

    private static JsonElement Shown(string name)
        => IpJson($"-n hosta link show dev {name}")[0].GetProperty("linkinfo").GetProperty("info_data");

    private static string KindOf(IPTunnelMode mode)
        => mode switch { IPTunnelMode.Sit => "sit", IPTunnelMode.Ip6Tunnel => "ip6tnl", _ => "ipip" };

    private static (IPAddress A, IPAddress B) Ends(IPTunnelMode mode) => mode == IPTunnelMode.Ip6Tunnel
        ? (TwoHosts.UnderlayA6, TwoHosts.UnderlayB6) : (TwoHosts.UnderlayA, TwoHosts.UnderlayB);
}
