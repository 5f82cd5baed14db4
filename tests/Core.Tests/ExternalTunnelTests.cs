using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>Tunnels whose packets bring the other host with them.</summary>
public class ExternalTunnelTests
{
    private static NetworkStack Here => Stacks.Pool.Get();

    [Theory]
    [InlineData("vxlan", false)]
    [InlineData("vxlan", true)]
    [InlineData("geneve", true)]
    [InlineData("gretap", false)]
    [InlineData("gretap", true)]
    public void A_route_says_where_the_packets_of_an_external_link_go(string kind, bool ipv6) => Run(() =>
    {
        NeedsKind(kind);
        _ = new TwoHosts();
        var hosts = new[] { TwoHosts.A, TwoHosts.B };
        var ends = ipv6 ? new[] { TwoHosts.UnderlayA6, TwoHosts.UnderlayB6 }
            : [TwoHosts.UnderlayA, TwoHosts.UnderlayB];
        var links = new NetLink[2];
        for (var own = 0; own < 2; own++)
        {
            var spec = Spec(kind, "x0", ipv6);
            spec.MacAddress = MacAddress.Parse($"02:00:00:00:00:0{own}");
            spec.Up = true;
            links[own] = hosts[own].Links.Create(spec);
            Ip($"-n {hosts[own].Namespace} addr add 10.8.0.{own}/32 dev x0");
            Ip($"-n {hosts[own].Namespace} neigh add 10.8.0.{1 - own} lladdr 02:00:00:00:00:0{1 - own} dev x0");
        }

        var routes = new NetRoute[2];
        for (var own = 0; own < 2; own++)
        {
            routes[own] = hosts[own].Routes.Create(new RouteSpec(new IPPrefix($"10.8.0.{1 - own}/32"))
            {
                NextHops = [To(links[own], ends[1 - own])],
            });
        }

        Assert.Equal(kind == "gretap" ? ipv6 ? 1434 : 1462 : 1430, (int)links[0].Mtu);
        Assert.True(Pings("10.8.0.1", "hosta"));
        Ip($"netns exec hosta ping -n -c 1 -W 5 -M do -s {links[0].Mtu - 28} 10.8.0.1");
        // Another host, which is not there, gets them now.
        TwoHosts.A.Routes.Change(routes[0], new RouteChange
        {
            NextHops = [To(links[0], IPAddress.Parse(ipv6 ? "2001:db8::9" : "192.0.2.9"))],
        });
        Assert.True(IsSilent("10.8.0.1", "hosta"));

        RouteHopSpec To(NetLink link, IPAddress host) => new(null, link.Index)
        {
            // UDP over IPv6 is dropped without a checksum.
            Encapsulation = new RouteEncapsulation(
                $"{(ipv6 ? "ip6" : "ip")} id 77 dst {host} {(kind == "gretap" ? "key" : "csum")}"),
        };
    });

    [Theory]
    [InlineData("vxlan", false)]
    [InlineData("geneve", false)]
    [InlineData("gre", false)]
    [InlineData("gre", true)]
    [InlineData("gretap", false)]
    [InlineData("gretap", true)]
    public void One_is_made_as_ip_makes_it_and_a_second_one_is_refused(string kind, bool ipv6) => Run(() =>
    {
        NeedsKind(kind);
        var name = ipv6 ? "ip6" + kind : kind;
        var made = (TunnelLink)Here.Links.Create(Spec(kind, "x0", ipv6));
        var ours = Shown("x0");
        Assert.True(ours.GetProperty("external").GetBoolean());
        Assert.Equal((name, (bool?)true), (made.Kind, ((TunnelSettings)made.Details!).External));
        Assert.StartsWith("external", $"{made.Details}", StringComparison.Ordinal);
        var error = Assert.Throws<NetworkException>(() => Here.Links.Create(Spec(kind, "x1", ipv6)));
        Assert.Equal(NetworkErrorCode.LinkExists, error.Code);
        if (kind != "geneve")
            Assert.Contains("'x0'", error.Message, StringComparison.Ordinal);
        Assert.Null(Here.Links.Find("x1"));
        // Nothing of what a packet brings is a setting.
        TunnelSettings change = kind switch
        {
            "vxlan" => new VxlanSettings { External = false },
            "geneve" => new GeneveSettings { Ttl = 5 },
            _ => new GreSettings { Key = 5 },
        };
        error = Assert.Throws<NetworkException>(() => Here.Links.Change(made, change));
        Assert.Equal(kind == "vxlan" ? NetworkErrorCode.InvalidArgument : NetworkErrorCode.NotSupported, error.Code);
        Assert.Equal($"{ours}", $"{Shown("x0")}");
        Assert.Empty(Here.Links.Remove([made]));

        Ip($"link add x0 type {name} external{(kind == "vxlan" ? " dstport 4789" : string.Empty)}");
        Assert.Equal($"{ours}", $"{Shown("x0")}");
        Assert.Equal(made.Details, Here.Links.Get("x0").Details);
    });

    [Fact]
    public void An_external_Geneve_link_has_its_port_to_itself() => Run(() =>
    {
        NeedsKind("geneve");
        var settings = new GeneveSettings { Vni = 5, Remote = IPAddress.Parse("192.0.2.9"), Port = 7000 };
        Here.Links.Create(new GeneveSpec("g0", settings));
        var external = new GeneveSettings { External = true, Port = 7000 };
        Refused("takes every VNI of its port", new GeneveSpec("g1", external));
        Here.Links.Create(new GeneveSpec("g1", external with { Port = 7001 }));
        Refused("one that takes every VNI", new GeneveSpec("g2", settings with { Port = 7001 }));

        static void Refused(string words, GeneveSpec spec)
        {
            var error = Assert.Throws<NetworkException>(() => Here.Links.Create(spec));
            Assert.Equal(NetworkErrorCode.LinkExists, error.Code);
            Assert.Contains(words, error.Message, StringComparison.Ordinal);
            Assert.Null(Here.Links.Find(spec.Name));
        }
    });

    private static System.Text.Json.JsonElement Shown(string link)
        => IpJson($"link show dev {link}")[0].GetProperty("linkinfo").GetProperty("info_data");

    private static TunnelSpec Spec(string kind, string name, bool ipv6) => kind switch
    {
        "vxlan" => new VxlanSpec(name, new VxlanSettings { External = true }),
        "geneve" => new GeneveSpec(name, new GeneveSettings { External = true }),
        _ => new GreSpec(name, kind == "gretap", new GreSettings { External = true })
        {
            AddressFamily = ipv6 ? IPFamily.IPv6 : null,
        },
    };
}
