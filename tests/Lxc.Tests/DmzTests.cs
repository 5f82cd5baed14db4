using Lxc.Tests.Support;
using LxcNetworking.Addressing;
using LxcNetworking.Bridges;
using LxcNetworking.Containers.Lxc;
using LxcNetworking.Containers.Networks;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Tests;
using LxcNetworking.Values;

namespace Lxc.Tests;

/// <summary>The DMZ of an article on LXC networking of 2013, with real containers, its configurations and its
/// steps.</summary>
public sealed class DmzTests
{
    private const string First = "10.0.5.3", Second = "10.0.5.4", MasterInside = "10.0.5.5",
        MasterOutside = "10.0.3.251";

    [Fact]
    public void The_host_reaches_the_containers_through_the_master_and_by_a_macvlan_of_its_own() => LxcSandbox.Run(() =>
    {
        if (!File.Exists("/usr/sbin/dnsmasq"))
            Sandbox.Lacking("dnsmasq is not installed: apt-get install dnsmasq-base");
        var host = Stacks.Pool.Get();
        // What lxc-net makes; the range is such that the master gets the address that it has in the article.
        var outside = IPAddress.Parse(MasterOutside);
        host.ContainerNetworks.Create(new ContainerNetworkSpec("lxcbr0")
        { Subnets = [new IPPrefix("10.0.3.0/24")], Nat = true, Dhcp = true, DhcpRange = (outside, outside) });
        try
        {
            host.Links.Create(new BridgeSpec("lxcbr1") { Up = true });
            Walk(host);
        }
        finally
        {
            host.ContainerNetworks.Remove("lxcbr0", force: true);
        }
    });

    private static void Walk(NetworkStack host)
    {
        using var first = Start("type = macvlan", "macvlan.mode = bridge", "hwaddr = 00:16:3e:48:35:d2", "flags = up",
            "link = lxcbr1", $"ipv4 = {First}/24");
        using var second = Start("type = macvlan", "macvlan.mode = bridge", "hwaddr = 00:16:3e:69:b3:4d", "flags = up",
            "link = lxcbr1", $"ipv4 = {Second}/24");
        Assert.Contains("link/ether 00:16:3e:48:35:d2", first.Attach("ip", "address", "show", "eth0"),
            StringComparison.Ordinal);
        Assert.Equal((First, Second), (AddressesSeenByLxc(first), AddressesSeenByLxc(second)));

        // The two reach each other, and the host neither of them; also not with an address on their parent.
        Answers(first, Second);
        Answers(second, First);
        HostIsCutOff(host, First, Second);

        using var master = Start("type = veth", "flags = up", "link = lxcbr0", "", "type = macvlan",
            "macvlan.mode = bridge", "flags = up", "link = lxcbr1", $"ipv4 = {MasterInside}/24");
        AskForAddress(master);
        Assert.Equal($"{MasterOutside}, {MasterInside}", AddressesSeenByLxc(master));

        // The master answers the host on its outer address alone, and reaches everybody.
        Assert.True(Sandbox.Pings(MasterOutside));
        HostIsCutOff(host, MasterInside);
        Answers(master, First);
        Answers(master, Second);
        Answers(master, "10.0.3.1");
        // Nobody else gets out of the inner network.
        Assert.False(Replies(first, MasterOutside));

        // With a child of the same parent, the host is one of them.
        using (var link = new HostChild(host))
        {
            foreach (var address in new[] { First, Second, MasterInside })
                Assert.True(Sandbox.Pings(address), address);
            Answers(first, HostChild.Address);
        }

        Assert.True(Sandbox.IsSilent(First));
        var inside = new ContainerStore(Stacks.Pool).List(["lxc"]).Single(container => container.Name == master.Name);
        Assert.Equal([MasterOutside, MasterInside], inside.IPv4.Select(address => address.ToString()));

        master.Stop();
        Assert.True(Sandbox.Eventually(() => Sandbox.IpJson("link show type veth").GetArrayLength() == 0));
        Answers(first, Second);
    }

    // The article's lines, brought up to date.
    private static LxcContainer Start(params string[] lines) => new(file =>
    {
        File.AppendAllText(file,
            string.Concat(lines.Select(line => line.Length == 0 ? "\n" : $"lxc.network.{line}\n")));
        var config = LxcConfiguration.Open(file);
        config.Update();
        config.Save();
    });

    // By the container's own client.
    private static void AskForAddress(LxcContainer container)
    {
        var script = $"{LxcSandbox.ContainerPath}/{container.Name}/rootfs/etc/lease";
        File.WriteAllText(script,
            "#!/bin/sh\n[ \"$1\" = bound ] || exit 0\nip address add $ip/$mask dev $interface\nip route add default " +
                "via $router\n");
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        container.Attach("udhcpc", "-i", "eth0", "-n", "-q", "-t", "20", "-s", "/etc/lease");
    }

    private static string AddressesSeenByLxc(LxcContainer container)
    {
        var line = Sandbox.Execute("lxc-ls", "--fancy", "-F", "NAME,STATE,IPV4").Split('\n')
            .Single(line => line.StartsWith(container.Name, StringComparison.Ordinal));
        Assert.Contains("RUNNING", line, StringComparison.Ordinal);
        return line[(line.IndexOf("RUNNING", StringComparison.Ordinal) + "RUNNING".Length)..].Trim();
    }

    private static void Answers(LxcContainer from, string address) =>
        Assert.True(Sandbox.Eventually(() => Replies(from, address)), address);

    private static bool Replies(LxcContainer from, string address) =>
        from.TryAttach("ping", "-c", "2", "-W", "2", address).Code == 0;

    private static void HostIsCutOff(NetworkStack host, params string[] addresses)
    {
        Assert.All(addresses, address => Assert.True(Sandbox.IsSilent(address), address));
        var parent = host.Links.Get("lxcbr1");
        host.Addresses.Create(parent, [new AddressSpec(new IPPrefix("10.0.5.1/24"))]);
        Assert.All(addresses, address => Assert.True(Sandbox.IsSilent(address), address));
        Sandbox.Ip("address del 10.0.5.1/24 dev lxcbr1");
    }

    private sealed class HostChild : IDisposable
    {
        public const string Address = "10.0.5.6";

        private readonly NetworkStack _host;
        private readonly NetLink _link;

        public HostChild(NetworkStack host)
        {
            _host = host;
            _link = host.Links.Create(new MacvlanSpec("macvlancont01", MacvlanMode.Bridge)
            { Parent = "lxcbr1", Up = true });
            host.Addresses.Create(_link, [new AddressSpec(new IPPrefix($"{Address}/24"))]);
        }

        public void Dispose() => Assert.Empty(_host.Links.Remove([_link]));
    }
}
