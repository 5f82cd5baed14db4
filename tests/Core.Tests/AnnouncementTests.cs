using System.Collections.Concurrent;
using System.Diagnostics;
using LxcNetworking.Addressing;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Networks;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>
/// Who had the address of another station in memory reaches its new place: the neighbour's kernel would believe in what
/// it has for an hour, so that nothing but an announcement helps.
/// </summary>
public sealed class AnnouncementTests
{
    private const string Stale = "02:00:00:00:00:99";

    private static ContainerOperations Here => Stacks.Pool.Get().Containers;

    [Theory]
    [InlineData("10.0.3.9/24")]
    [InlineData("fd00:3::9/64")]
    [Trait("Kernel", "none")]
    public void An_address_that_moved_to_another_container_is_reached_within_100_ms(string text) => Run(() =>
    {
        var address = text.Split('/')[0];
        var fastest = TimeSpan.MaxValue;
        ContainerConnection? before = null;
        foreach (var name in new[] { "web", "other", "web" })
        {
            // Its port has learned the old place.
            if (before is not null)
                Assert.Empty(Here.Disconnect([Stacks.Pool.Get(before.Namespace).Links.Get(before.InterfaceIndex)]));
            Believe("db", "eth0", address, before?.MacAddress?.ToString() ?? Stale);
            before = Connect(name, text);
            // Starting ping takes most of the time on a busy machine.
            var time = TimeOfPing(address) - TimeOfPing(address);
            fastest = time < fastest ? time : fastest;
        }

        Assert.True(fastest < TimeSpan.FromMilliseconds(100), $"{fastest}");
    });

    [Theory]
    [InlineData("10.0.3.9/24")]
    [InlineData("fd00:3::9/64")]
    [Trait("Kernel", "none")]
    public void The_host_and_the_neighbours_of_a_macvlan_link_learn_too(string text) => Run(() =>
    {
        var address = text.Split('/')[0];
        Believe(null, "br0", address, Stale);
        Connect("web", text);
        Assert.True(Sandbox.Pings(address));

        Sandbox.Ip("netns add wire");
        Sandbox.Ip("link add card up type veth peer name end netns wire");
        Sandbox.Ip("-n wire link set end up");
        Sandbox.Ip("-n wire address add 10.0.3.77/24 dev end");
        Sandbox.Ip("-n wire address add fd00:3::77/64 dev end nodad");
        Believe("wire", "end", address, Stale);
        Here.Connect(
            new ContainerReference("other"),
            new ContainerConnectionSpec { Parent = "card", Addresses = [new IPPrefix(text)] });
        Assert.True(Sandbox.Pings(address, "wire"));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Neighbours_can_ask_for_a_new_address_as_soon_as_it_is_there() => Run(() =>
    {
        var web = Stacks.Pool.Get(new NamespaceReference("web"));
        var link = web.Links.Get(Connect("web", "fd00:3::2/64").InterfaceIndex);
        for (var i = 0; i < 300; i++)
        {
            var spec = new AddressSpec(new IPPrefix($"fd00:3::{0x1000 + i:x}/64"))
            {
                SkipDuplicateAddressDetection = true,
            };
            web.Addresses.Create(link, [spec]);
            // The kernel's own list, where the last 24 bits tell the groups apart.
            using var scope = NamespaceScope.Enter(Stacks.Pool, new NamespaceReference("web"));
            Assert.Contains(
                $"ff0200000000000000000001ff00{0x1000 + i:x4}", File.ReadAllText("/proc/thread-self/net/igmp6"));
        }
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_new_address_of_a_link_and_a_networks_gateway_are_told() => Run(() =>
    {
        Connect("web", "10.0.3.2/24");
        Believe("db", "eth0", "10.0.3.9", Stale);
        var web = Stacks.Pool.Get(new NamespaceReference("web"));
        web.Addresses.Create(web.Links.Get("eth0"), [new AddressSpec(new IPPrefix("10.0.3.9/24"))]);
        Assert.True(Sandbox.Pings("10.0.3.9", "db"));

        foreach (var address in new[] { "10.0.3.254", "fd00:3::254" })
            Believe("db", "eth0", address, Stale);
        var here = Stacks.Pool.Get();
        var spec = new ContainerNetworkSpec("br0")
        {
            Subnets = [new IPPrefix("10.0.3.254/24"), new IPPrefix("fd00:3::254/64")],
            Force = true,
        };
        here.ContainerNetworks.Create(spec);
        Assert.True(Sandbox.Pings("10.0.3.254", "db") && Sandbox.Pings("fd00:3::254", "db"));
        here.ContainerNetworks.Remove("br0", force: true);
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_link_that_comes_up_or_has_another_ethernet_address_tells_of_its_addresses() => Run(() =>
    {
        var made = Connect("web", "10.0.3.9/24");
        var links = Stacks.Pool.Get(made.Namespace).Links;
        links.Change(links.Get("eth0"), new LinkChange { Up = false });
        Believe("db", "eth0", "10.0.3.9", Stale);
        links.Change(links.Get("eth0"), new LinkChange { Up = true });
        Assert.True(Sandbox.Pings("10.0.3.9", "db"));

        Believe("db", "eth0", "10.0.3.9", made.MacAddress!.ToString());
        links.Change(links.Get("eth0"), new LinkChange { MacAddress = MacAddress.Parse("02:00:00:00:00:77") });
        Assert.True(Sandbox.Pings("10.0.3.9", "db"));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_router_stays_one_for_those_who_hear_that_its_address_moved() => Run(() =>
    {
        File.WriteAllText("/proc/sys/net/ipv6/conf/all/forwarding", "1");
        Sandbox.Execute("dnsmasq", "--conf-file=/dev/null", "--interface=br0", "--bind-interfaces", "--user=root",
            "--group=", "--port=0", "--enable-ra", "--dhcp-range=fd00:3::,ra-only,64", "--pid-file=/run/router.pid",
            "--dhcp-leasefile=/run/router.leases");
        try
        {
            string Default() => Sandbox.Ip("-n db -6 route show default");
            Sandbox.Ip("-n db link set eth0 down");
            Sandbox.Ip("-n db link set eth0 up");
            Assert.True(Sandbox.Eventually(() => Default().Contains("proto ra", StringComparison.Ordinal)));
            var start = new ProcessStartInfo("ip", ["-n", "db", "monitor", "route"]) { RedirectStandardOutput = true };
            using var monitor = new Process { StartInfo = start };
            var seen = new ConcurrentQueue<string>();
            monitor.OutputDataReceived += (_, line) => seen.Enqueue(line.Data ?? string.Empty);
            monitor.Start();
            monitor.BeginOutputReadLine();
            bool Tells(string route)
            {
                Sandbox.Ip($"-n db -6 route replace {route} dev eth0");
                Sandbox.Ip($"-n db -6 route del {route} dev eth0");
                return seen.Any(line => line.Contains(route, StringComparison.Ordinal));
            }

            Assert.True(Sandbox.Eventually(() => Tells("2001:db8:1::/64")));
            var links = Stacks.Pool.Get().Links;
            var mac = MacAddress.Parse("02:00:00:00:00:78");
            links.Change(links.Get("br0"), new LinkChange { MacAddress = mac });
            bool HasHeard() => Sandbox.Ip("-n db -6 neigh").Contains($"{mac}", StringComparison.Ordinal);
            Assert.True(Sandbox.Eventually(HasHeard), Sandbox.Ip("-n db -6 neigh"));
            Assert.True(Sandbox.Eventually(() => Tells("2001:db8:2::/64")));
            monitor.Kill();
            Assert.DoesNotContain(seen, line => line.StartsWith("Deleted default", StringComparison.Ordinal));
        }
        finally
        {
            Sandbox.TryExecute("kill", File.ReadAllText("/run/router.pid").Trim());
        }
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void Nothing_is_told_of_an_address_that_may_be_a_duplicate() => Run(() =>
    {
        Connect("web", "10.0.3.2/24");
        Believe("db", "eth0", "fd00:3::9", Stale);
        var web = Stacks.Pool.Get(new NamespaceReference("web"));
        web.Addresses.Create(web.Links.Get("eth0"), [new AddressSpec(new IPPrefix("fd00:3::9/64"))]);
        Connect("other", "fd00:3::10/64");
        Assert.True(Sandbox.Pings("fd00:3::10", "db"));
        Assert.Contains(Stale, Sandbox.Ip("-n db neigh show fd00:3::9"), StringComparison.Ordinal);
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void A_removed_namespace_ends_though_its_links_are_told_of() => Run(() =>
    {
        var made = Connect("web", "10.0.3.9/24");
        var links = Stacks.Pool.Get(made.Namespace).Links;
        links.Change(links.Get("eth0"), new LinkChange { MacAddress = MacAddress.Parse("02:00:00:00:00:77") });
        Sandbox.Ip("netns del web");
        string[] show = ["link", "show", made.HostInterfaceAlias!];
        Assert.True(Sandbox.Eventually(() => Sandbox.TryExecute("ip", show).Code != 0));
    });

    private static ContainerConnection Connect(string name, string address)
        => Here.Connect(
            new ContainerReference(name),
            new ContainerConnectionSpec { Bridge = "br0", Addresses = [new IPPrefix(address)] });

    private static TimeSpan TimeOfPing(string address)
    {
        var watch = Stopwatch.StartNew();
        Assert.True(Sandbox.Pings(address, "db"), Sandbox.Ip("-n db neigh"));
        return watch.Elapsed;
    }

    // For an hour, whatever speaks against it.
    private static void Believe(string? name, string link, string address, string mac)
    {
        var place = name is null ? string.Empty : $"-n {name} ";
        var family = address.Contains(':', StringComparison.Ordinal) ? "ipv6" : "ipv4";
        string[] set = ["sh", "-c", $"echo 3600000 > /proc/sys/net/{family}/neigh/{link}/base_reachable_time_ms"];
        Sandbox.Execute(name is null ? set[0] : "ip", name is null ? set[1..] : ["netns", "exec", name, .. set]);
        Sandbox.Ip($"{place}neigh replace {address} dev {link} lladdr {mac} nud reachable");
    }

    private static void Run(Action body) => Sandbox.Run(() =>
    {
        Sandbox.Ip("link add br0 up type bridge");
        Sandbox.Ip("address add 10.0.3.1/24 dev br0");
        Sandbox.Ip("address add fd00:3::1/64 dev br0 nodad");
        foreach (var name in new[] { "web", "other", "db" })
            Sandbox.Ip($"netns add {name}");
        Connect("db", "10.0.3.3/24");
        Sandbox.Ip("-n db address add fd00:3::3/64 dev eth0 nodad");
        Assert.True(Sandbox.Pings("10.0.3.1", "db") && Sandbox.Pings("fd00:3::1", "db"));
        body();
    });
}
