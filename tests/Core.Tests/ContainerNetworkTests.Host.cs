using LxcNetworking.Addressing;
using LxcNetworking.Containers.Networks;
using LxcNetworking.Namespaces;
using LxcNetworking.Nat;
using LxcNetworking.Values;
using static LxcNetworking.Tests.ContainerNetworkLab;

namespace LxcNetworking.Tests;

/// <summary>What a network does to its host besides, and what containers get of it over IPv6.</summary>
public sealed partial class ContainerNetworkTests
{
    [Fact]
    [Trait("Kernel", "none")]
    public void The_default_route_that_a_router_announced_is_not_lost_unasked() => RunWithRouter(() =>
    {
        // One that a program made for itself is not touched by the kernel.
        Sandbox.Ip("link add card up type veth peer name wire");
        Sandbox.Ip("link set wire up");
        Sandbox.Ip("-6 route add fd00:8::/64 dev card proto ra");
        File.WriteAllText("/proc/sys/net/ipv6/conf/card/accept_ra", "0");
        Learn();
        var refusal = Refusal(() => Here.Create(s_plain));
        Assert.Equal(NetworkErrorCode.ResourceBusy, refusal.Code);
        Assert.Contains("conf/eth0/accept_ra", refusal.Message, StringComparison.Ordinal);
        Assert.True(HasLearnedRoute());
        Assert.False(Directory.Exists("/run/lxcnetworking"));
        // IPv4 alone forwards without a word.
        Here.Create(s_plain with { Subnets = [new IPPrefix("10.0.3.0/24")] });
        Assert.True(HasLearnedRoute());

        // What the refusal is about.
        Here.Create(s_plain with { Force = true });
        Assert.False(HasLearnedRoute());
        Here.Remove("lxcbr0");

        File.WriteAllText("/proc/sys/net/ipv6/conf/eth0/accept_ra", "2");
        Learn();
        Assert.Empty(Stacks.Pool.Get().IPInterfaces.ForwardingLosses());
        Here.Create(s_plain);
        Assert.Equal("1", Sysctl("net/ipv6/conf/all/forwarding"));
        Assert.True(HasLearnedRoute());
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_rollback_brings_a_translations_static_mappings_back() => Run(() =>
    {
        var plain = s_plain with { Subnets = [new IPPrefix("10.0.3.0/24")] };
        Here.Create(plain);
        var nats = Stacks.Pool.Get().Translation;
        nats.AddMapping(new NetNatStaticMappingSpec("lxcbr0", IPAddress.Parse("10.0.3.10"))
        {
            Protocol = NatProtocol.TCP,
            ExternalPort = new PortRange(8000, 8003),
            InternalPort = new PortRange(9000, 9003)
        });
        nats.AddMapping(new NetNatStaticMappingSpec("lxcbr0", IPAddress.Parse("10.0.3.11"))
        { ExternalIPAddress = IPAddress.Parse("192.0.2.7") });
        var before = Everything(withAddresses: true);
        // Another network for it, or none at all.
        foreach (
            var spec in new[] { plain with { Subnets = [new IPPrefix("10.0.4.0/24")] },
                plain with { Nat = false, Dhcp = true } })
        {
            Assert.Single(Here.Plan(spec), step => step.Contains("lxcbr0", StringComparison.Ordinal)
                && step.EndsWith("with its 2 static mappings", StringComparison.Ordinal));
            // Everything but the last step, and then the user gives up.
            using var stop = new CancellationTokenSource();
            var steps = Here.Plan(spec).Count;
            Assert.ThrowsAny<OperationCanceledException>(() => Here.Create(
                spec,
                _ =>
                {
                    if (--steps == 1)
                        stop.Cancel();
                },
                stop.Token));
            Assert.Equal(before, Everything(withAddresses: true));
        }
    });

    [Theory]
    [InlineData("fd00:3::/64")]
    [InlineData("10.0.3.0/24", "fd00:3::/64")]
    [Trait("Kernel", "none")]
    public void A_kept_IPv6_address_is_leased(params string[] subnets) => Run(() =>
    {
        if (!File.Exists("/usr/sbin/dhclient"))
            Sandbox.Lacking("dhclient is not installed: apt-get install isc-dhcp-client");
        Here.Create(new ContainerNetworkSpec("lxcbr0")
        {
            Subnets = [.. subnets.Select(IPPrefix.Parse)],
            Dhcp = true,
            Domain = "lxc",
            StaticLeases = [new StaticLease("web", IPAddress.Parse("fd00:3::10"),
                MacAddress.Parse("02:00:00:00:00:10")), new StaticLease("db", IPAddress.Parse("fd00:3::11"))],
        });
        var containers = new[] { ("web", "02:00:00:00:00:10", "fd00:3::10"), ("db", "02:00:00:00:00:99", "fd00:3::11"),
            ("nobody", "02:00:00:00:00:98", null) };
        var clients = new List<Thread>();
        foreach (var (name, mac, expected) in containers)
        {
            Sandbox.Ip($"netns add {name}");
            Sandbox.Ip($"link add v{name} up master lxcbr0 type veth peer name eth0 address {mac} netns {name}");
            Sandbox.Ip($"-n {name} link set eth0 up");
            File.WriteAllText($"/run/{name}.conf", $"send fqdn.fqdn \"{name}\"; send fqdn.encoded on;\n");
            File.WriteAllText($"/run/{name}.leases", "");
            clients.Add(new Thread(() =>
            {
                // Each also makes an address of its own from the advertisement.
                Sandbox.Eventually(() => Sandbox.Ip($"-n {name} -6 address show dev eth0 scope global -tentative")
                    .Contains("fd00:3::ff:fe00:", StringComparison.Ordinal));
                var code = Sandbox.TryExecute("timeout", expected is null ? "4" : "60", "ip", "netns", "exec", name,
                    "dhclient", "-6", "-1", "-cf", $"/run/{name}.conf", "-sf", "/bin/true", "-lf",
                    $"/run/{name}.leases", "-pf", $"/run/{name}.pid", "eth0").Code;
                // With a lease it goes into the background, and then writes down who it is.
                var file = $"/run/{name}.pid";
                if (code == 0)
                    Sandbox.Eventually(() => File.Exists(file) && File.ReadAllText(file).EndsWith('\n'));
                if (File.Exists(file))
                    Sandbox.TryExecute("kill", File.ReadAllText(file).Trim());
            }));
            clients[^1].Start();
        }

        clients.ForEach(client => client.Join());
        foreach (var (name, _, expected) in containers)
        {
            Assert.Contains("fd00:3::ff:fe00:", Sandbox.Ip($"-n {name} -6 address show dev eth0 scope global"),
                StringComparison.Ordinal);
            var leases = File.ReadAllText($"/run/{name}.leases");
            if (expected is null)
                Assert.DoesNotContain("iaaddr", leases, StringComparison.Ordinal);
            else
                Assert.Contains($"iaaddr {expected} ", leases, StringComparison.Ordinal);
        }

        // dnsmasq writes a lease of DHCPv6 down after it has told the client.
        static IEnumerable<string> Leases() => Here.Find("lxcbr0")!.Lease.Select(lease => lease.IPAddress.ToString())
            .Order(StringComparer.Ordinal);
        Sandbox.Eventually(() => Leases().Count() == 2);
        Assert.Equal(["fd00:3::10", "fd00:3::11"], Leases());
    });

    private static void RunWithRouter(Action body) => Run(() =>
    {
        MakeWorld();
        Sandbox.Ip("-n world address add fd00:9::1/64 dev w0 nodad");
        // One that says of itself that it forwards nothing takes its own default route away (RFC 4861, 7.2.5).
        Sandbox.Execute("ip", "netns", "exec", "world", "sysctl", "-qw", "net.ipv6.conf.all.forwarding=1");
        Sandbox.Execute("ip", "netns", "exec", "world", "dnsmasq", "--conf-file=/dev/null", "--interface=w0",
            "--bind-interfaces", "--user=root", "--group=", "--port=0", "--enable-ra",
            "--ra-param=w0,4,1800", "--dhcp-range=fd00:9::,ra-only,64,3600", "--pid-file=/run/router.pid",
            "--dhcp-leasefile=/run/router.leases");
        try
        {
            body();
        }
        finally
        {
            Sandbox.TryExecute("kill", File.ReadAllText("/run/router.pid").Trim());
        }
    });

    // A link that comes up asks for routers.
    private static void Learn()
    {
        Sandbox.Ip("link set eth0 down");
        Sandbox.Ip("link set eth0 up");
        Assert.True(Sandbox.Eventually(HasLearnedRoute));
    }

    private static bool HasLearnedRoute() => Sandbox.Ip("-6 route show default dev eth0")
        .Contains("proto ra", StringComparison.Ordinal);
}
