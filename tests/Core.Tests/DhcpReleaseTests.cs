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
    [Trait("Kernel", "none")]
    public void A_container_that_goes_gives_its_lease_back_to_the_server_whatever_became_of_its_routes()
        => Sandbox.Run(() =>
    {
        const string leases = "/run/lxcnetworking/net0/leases";
        if (!File.Exists("/usr/sbin/dnsmasq"))
            Sandbox.Lacking("dnsmasq is not installed: apt-get install dnsmasq-base");
        var here = Stacks.Pool.Get();
        // For one container at a time.
        var only = System.Net.IPAddress.Parse("10.0.3.9");
        here.ContainerNetworks.Create(new ContainerNetworkSpec("net0")
        {
            Subnets = [new IPPrefix("10.0.3.0/24")],
            Dhcp = true,
            DhcpRange = (only, only)
        });
        try
        {
            for (var round = 0; round < 3; round++)
            {
                Sandbox.Ip($"netns add c{round}");
                var made = here.Containers.Connect(new ContainerReference($"c{round}"),
                    new ContainerConnectionSpec { Network = "net0", Dhcp = true });
                Assert.Equal("10.0.3.9/24", made.IPAddress[0].ToString());
                Assert.Contains($"{made.MacAddress} 10.0.3.9 c{round} {ColonsIn(made.Lease!.ClientId)}",
                    File.ReadAllText(leases), StringComparison.OrdinalIgnoreCase);
                // The router is another one, or nothing of it is left.
                Sandbox.Ip($"-n c{round} route replace default via 10.0.3.77");
                if (round == 1)
                    Sandbox.Ip($"-n c{round} address flush dev eth0");
                Assert.Empty(
                    here.Containers.Disconnect([Stacks.Pool.Get(made.Namespace).Links.Get(made.InterfaceIndex)]));
                Assert.True(Sandbox.Eventually(() => !File.ReadAllText(leases).Contains("10.0.3.9",
                    StringComparison.Ordinal)), File.ReadAllText(leases));
            }
        }
        finally
        {
            here.ContainerNetworks.Remove("net0", force: true);
        }

        Assert.False(Directory.Exists("/run/lxcnetworking"));
    });

    [Fact]
    [Trait("Kernel", "none")]
    public void What_nobody_leased_here_is_not_given_back() => Sandbox.Run(() =>
    {
        Sandbox.Ip("netns add web");
        Sandbox.Ip("link add v0 up type veth peer name eth0 netns web");
        Sandbox.Ip("address add 10.0.3.1/24 dev v0");
        Sandbox.Ip("-n web link set eth0 up");
        Sandbox.Ip("-n web address add 10.0.3.9/24 dev eth0 valid_lft 60 preferred_lft 60");
        Sandbox.Ip("-n web route add default via 10.0.3.1");
        var inside = Stacks.Pool.Get(new NamespaceReference("web"));
        using var server = new HostileServer(Stacks.Pool.Get().Links.Get("v0").Index, _ => []);
        inside.Dhcp.Release(inside.Links.Get("eth0"));
        Assert.True(Sandbox.Pings("10.0.3.9"));
        Assert.Empty(server.Heard);
    });

    private static string ColonsIn(string digits) => string.Join(':', digits.Chunk(2).Select(pair => new string(pair)));
}
