using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Dhcp;
using LxcNetworking.Containers.Networks;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>A lease that a container leaves behind is free for the next one; dnsmasq's own file says so.</summary>
public sealed class DhcpReleaseTests
{
    [Fact]
    public void A_container_that_goes_gives_its_lease_back() => Sandbox.Run(() =>
    {
        const string leases = "/run/lxcnetworking/net0/leases";
        if (!File.Exists("/usr/sbin/dnsmasq"))
            Sandbox.Lacking("dnsmasq is not installed: apt-get install dnsmasq-base");
        var here = Stacks.Pool.Get();
        // For one container at a time.
        var only = System.Net.IPAddress.Parse("10.0.3.9");
        here.ContainerNetworks.Create(new ContainerNetworkSpec("net0") { Subnets = [new IPPrefix("10.0.3.0/24")], Dhcp = true, DhcpRange = (only, only) });
        try
        {
            for (var round = 0; round < 3; round++)
            {
                Sandbox.Ip($"netns add c{round}");
                var made = here.Containers.Connect(new ContainerReference($"c{round}"), new ContainerConnectionSpec { Network = "net0", Dhcp = true });
                Assert.Equal("10.0.3.9/24", made.IPAddress[0].ToString());
                Assert.Contains($"{made.MacAddress} 10.0.3.9", File.ReadAllText(leases), StringComparison.OrdinalIgnoreCase);
                Assert.Empty(here.Containers.Disconnect([Stacks.Pool.Get(made.Namespace).Links.Get(made.InterfaceIndex)]));
                Assert.True(Sandbox.Eventually(() => !File.ReadAllText(leases).Contains("10.0.3.9", StringComparison.Ordinal)), File.ReadAllText(leases));
            }
        }
        finally
        {
            here.ContainerNetworks.Remove("net0", force: true);
        }
    });

    [Fact]
    public void Where_there_is_no_lease_nothing_is_sent() => Sandbox.Run(() =>
    {
        Sandbox.Ip("netns add web");
        Sandbox.Ip("link add v0 up type veth peer name eth0 netns web");
        Sandbox.Ip("address add 10.0.3.1/24 dev v0");
        var inside = Stacks.Pool.Get(new NamespaceReference("web"));
        using var server = new System.Net.Sockets.UdpClient(new System.Net.IPEndPoint(System.Net.IPAddress.Parse("10.0.3.1"), 67));

        // Down, then up with an address that stays, then with one that ends but without a router.
        DhcpRelease.Send(inside, inside.Links.Get("eth0"));
        Sandbox.Ip("-n web link set eth0 up");
        Sandbox.Ip("-n web address add 10.0.3.8/24 dev eth0");
        Sandbox.Ip("-n web route add default via 10.0.3.1");
        DhcpRelease.Send(inside, inside.Links.Get("eth0"));
        Sandbox.Ip("-n web route del default");
        Sandbox.Ip("-n web address add 10.0.3.9/24 dev eth0 valid_lft 60 preferred_lft 60");
        DhcpRelease.Send(inside, inside.Links.Get("eth0"));
        Assert.Equal(0, server.Available);

        Sandbox.Ip("-n web route add default via 10.0.3.1");
        DhcpRelease.Send(inside, inside.Links.Get("eth0"));
        Assert.True(Sandbox.Eventually(() => server.Available > 0));
        System.Net.IPEndPoint? from = null;
        var said = server.Receive(ref from);
        Assert.Equal("10.0.3.9:68", from!.ToString());
        Assert.Equal((300, 10, 0, 3, 9), (said.Length, said[12], said[13], said[14], said[15]));
    });

    [Fact]
    public void However_much_a_container_has_set_few_messages_are_sent() => Sandbox.Run(() =>
    {
        Sandbox.Ip("netns add web");
        Sandbox.Ip("link add v0 up type veth peer name eth0 netns web");
        Sandbox.Ip("-n web link set eth0 up");
        var numbers = Enumerable.Range(1, 20).ToList();
        File.WriteAllLines("/run/here", numbers.Select(number => $"address add 10.0.3.{number}/24 dev v0"));
        File.WriteAllLines("/run/inside", numbers.Select(number =>
                $"address add 10.0.3.{100 + number}/24 dev eth0 valid_lft 600 preferred_lft 600")
            .Concat(numbers.Select(number => $"route add default via 10.0.3.{number} metric {number}")));
        Sandbox.Ip("-batch /run/here");
        Sandbox.Ip("-n web -batch /run/inside");
        var any = new System.Net.IPEndPoint(System.Net.IPAddress.Any, 67);
        using var server = new System.Net.Sockets.UdpClient(any);
        server.Client.ReceiveBufferSize = 4 << 20;
        var inside = Stacks.Pool.Get(new NamespaceReference("web"));
        DhcpRelease.Send(inside, inside.Links.Get("eth0"));

        // What waits for a neighbour's hardware address is sent in its order: after a message to each router nothing
        // of before is under way.
        using var own = inside.Within(() => new System.Net.Sockets.UdpClient(4567));
        foreach (var number in numbers)
            own.Send([1], new System.Net.IPEndPoint(System.Net.IPAddress.Parse($"10.0.3.{number}"), 67));
        var from = new HashSet<string>();
        var to = new HashSet<string>();
        var (count, ends) = (0, 0);
        server.Client.ReceiveTimeout = 60_000;
        while (ends < numbers.Count)
        {
            System.Net.IPEndPoint? sender = null;
            var message = server.Receive(ref sender);
            if (message.Length == 1)
            {
                ends++;
                continue;
            }
            count++;
            from.Add(sender!.ToString());
            to.Add(new System.Net.IPAddress(message.AsSpan(245, 4)).ToString());
        }

        Assert.Equal((64, 8, 8), (count, from.Count, to.Count));
    });
}
