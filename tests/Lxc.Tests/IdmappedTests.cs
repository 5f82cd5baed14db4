using Lxc.Tests.Support;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Tests;
using LxcNetworking.Values;

namespace Lxc.Tests;

/// <summary>Unprivileged containers, whose root is another user of the machine.</summary>
public sealed class IdmappedTests
{
    private const string Map = "0 100000 65536";

    [Fact]
    public void A_container_whose_files_are_its_users() => Prove(isMount: false);

    [Fact]
    public void A_container_whose_root_is_an_idmapped_mount()
    {
        // Before Linux 6.3 there is none of tmpfs.
        if (Environment.OSVersion.Version >= new Version(6, 3))
            Prove(isMount: true);
    }

    private static void Prove(bool isMount) => LxcSandbox.Run(() =>
    {
        Sandbox.Ip("link add lxcbr0 up type bridge");
        Sandbox.Ip("address add 10.0.3.1/24 dev lxcbr0");
        using var container = new LxcContainer(path =>
        {
            var folder = Path.GetDirectoryName(path)!;
            var config = File.ReadAllText(path).Replace("sys:ro", "sys:mixed", StringComparison.Ordinal);
            File.WriteAllText(
                path, $"{config}lxc.net.0.type = empty\nlxc.idmap = u {Map}\nlxc.idmap = g {Map}\n"
                    + (isMount ? "lxc.rootfs.options = idmap=container\n" : string.Empty));
            if (!isMount)
                Sandbox.Execute("chown", "-R", "100000:100000", folder + "/rootfs");
            Sandbox.Execute("chmod", "755", folder);
        });
        var here = Stacks.Pool.Get();
        var name = new ContainerReference($"lxc:{container.Name}");
        // Twice: where there is none, and in place of one.
        foreach (var (i, server) in new[] { "10.0.3.1", "10.0.3.9" }.Index())
        {
            here.Containers.Connect(name, new ContainerConnectionSpec
            {
                Bridge = "lxcbr0",
                InterfaceName = $"eth{i}",
                Addresses = [new IPPrefix($"10.0.{3 + i}.5/24")],
                DnsServers = [IPAddress.Parse(server)],
            });
            Assert.Equal("0:0", container.Attach("stat", "-c", "%u:%g", "/etc/resolv.conf").Trim());
            Assert.Contains(
                $"nameserver {server}\n", container.Attach("cat", "/etc/resolv.conf"), StringComparison.Ordinal);
            // What is its own it may change.
            container.Attach("sh", "-c", "echo >>/etc/resolv.conf");
        }

        Assert.True(Sandbox.Pings("10.0.3.5"));
        // Nothing half-made stays.
        Assert.Equal([".", ".."], container.Attach("ls", "-a", "/etc").Split('\n').Where(file => file.StartsWith('.')));

        // Links go in and out.
        Sandbox.Ip("link add lent0 type veth peer name far0");
        Sandbox.Ip("link add moved0 type veth peer name far1");
        here.Containers.Connect(
            name,
            new ContainerConnectionSpec { Parent = "lent0", Kind = ContainerLinkKind.Phys, InterfaceName = "eth7" });
        var inside = here.Containers.StackOf(name);
        Assert.Empty(here.Containers.Disconnect([inside.Links.Get("eth7")]));
        Assert.NotNull(here.Links.Find("lent0"));
        var moved = here.Links.Move(here.Links.Get("moved0"), inside.Namespace, "eth8");
        inside.Links.Move(moved, here.Namespace, "moved0");
        Assert.NotNull(here.Links.Find("moved0"));
        Assert.Equal([IPAddress.Parse("10.0.3.5"), IPAddress.Parse("10.0.4.5")],
            Assert.Single(new ContainerStore(Stacks.Pool).List(["lxc"])).IPv4.Order());
        Assert.Empty(here.Containers.Disconnect(inside.Links.List(new LinkFilter { Kind = "veth" })));
        Assert.DoesNotContain("eth", container.Attach("ip", "link"), StringComparison.Ordinal);
    });
}
