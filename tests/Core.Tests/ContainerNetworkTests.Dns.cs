using System.Net.Sockets;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Networks;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.ContainerNetworkLab;

namespace LxcNetworking.Tests;

public sealed partial class ContainerNetworkTests
{
    [Theory]
    [InlineData("0.0.0.0", "192.0.2.53", "192.0.2.53")]
    [InlineData("10.0.3.1", "127.0.0.1", "10.0.3.1")]
    [Trait("Kernel", "none")]
    public void Where_port_53_is_taken_there_are_addresses_all_the_same(string address, string machines, string named)
        => Run(() =>
        {
            var web = MakeWeb(machines);
            Sandbox.Ip("-n web link add lxcbr0 up type bridge");
            Sandbox.Ip("-n web addr add 10.0.3.1/24 dev lxcbr0");
            var spec = s_full with { Subnets = [new IPPrefix("10.0.3.0/24")], StaticLeases = [] };
            ContainerNetwork made;
            using (web.Within(() => Listen(address, SocketType.Dgram, ProtocolType.Udp)))
            using (web.Within(() => Listen(address, SocketType.Stream, ProtocolType.Tcp)))
            {
                made = web.ContainerNetworks.Create(spec);
                Assert.Equal(
                    (true, false, named), (made.DhcpProcessId > 0, made.Dns, $"{Assert.Single(made.DnsServer)}"));
                Assert.Equal(named, LeasedServer("c0"));
                // It stays so as long as the port is taken.
                Assert.Empty(web.ContainerNetworks.Plan(spec));
                Assert.Equal(made.DhcpProcessId, web.ContainerNetworks.Create(spec).DhcpProcessId);
            }

            made = web.ContainerNetworks.Create(spec);
            Assert.Equal((true, "10.0.3.1"), (made.Dns, $"{Assert.Single(made.DnsServer)}"));
            Assert.Equal("10.0.3.1", LeasedServer("c1"));
        });

    [Fact]
    [Trait("Kernel", "none")]
    public void Leases_name_the_servers_that_were_given() => Run(() =>
    {
        var web = MakeWeb("192.0.2.53");
        var spec = s_full with { DnsServers = [IPAddress.Parse("192.0.2.9"), IPAddress.Parse("fd00:9::9")] };
        using (web.Within(() => Listen("0.0.0.0", SocketType.Stream, ProtocolType.Tcp)))
        {
            var made = web.ContainerNetworks.Create(spec);
            Assert.Equal((false, "192.0.2.9, fd00:9::9"), (made.Dns, string.Join(", ", made.DnsServer)));
            Assert.Equal("192.0.2.9", LeasedServer("c0"));
            Assert.Empty(web.ContainerNetworks.Plan(spec));
        }

        // Without them it is the gateway again.
        Assert.True(web.ContainerNetworks.Create(s_full).Dns);
        Assert.Equal("10.0.3.1", LeasedServer("c1"));
        foreach (var wrong in new[] { "127.0.0.1", "224.0.0.1", "::" })
        {
            Assert.Equal(
                NetworkErrorCode.InvalidArgument,
                Refusal(() => web.ContainerNetworks.Plan(s_full with { DnsServers = [IPAddress.Parse(wrong)] })).Code);
        }

        var bare = spec with { Dhcp = false, Domain = null, StaticLeases = [] };
        Assert.Equal(NetworkErrorCode.InvalidArgument, Refusal(() => web.ContainerNetworks.Plan(bare)).Code);
    });

    private static NetworkStack MakeWeb(string server)
    {
        foreach (var name in new[] { "web", "c0", "c1" })
            Stacks.Pool.Namespaces.Create(name);
        if (!Directory.Exists("/etc/netns"))
            Sandbox.HideEtcNetns();
        Directory.CreateDirectory("/etc/netns/web");
        File.WriteAllText("/etc/netns/web/resolv.conf", $"# The machine's\nnameserver {server}\nnameserver ::1\n");
        return Stacks.Pool.Get(new("web"));
    }

    private static Socket Listen(string address, SocketType type, ProtocolType protocol)
    {
        var socket = new Socket(AddressFamily.InterNetwork, type, protocol);
        socket.Bind(new System.Net.IPEndPoint(System.Net.IPAddress.Parse(address), 53));
        if (type == SocketType.Stream)
            socket.Listen();
        return socket;
    }

    private static string LeasedServer(string container)
    {
        var web = Stacks.Pool.Get(new("web"));
        web.Containers.Connect(new(container), new ContainerConnectionSpec { Network = "lxcbr0" });
        return string.Join(
            ", ", Assert.Single(Stacks.Pool.Get(new(container)).Containers.ListLeases()).DnsServer);
    }
}
