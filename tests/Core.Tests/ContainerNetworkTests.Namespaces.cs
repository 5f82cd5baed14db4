using LxcNetworking.Addressing;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Networks;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Files;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.ContainerNetworkLab;

namespace LxcNetworking.Tests;

public sealed partial class ContainerNetworkTests
{
    [Fact]
    [Trait("Kernel", "none")]
    public void Networks_of_one_name_in_different_namespaces_do_not_know_each_other() => Run(() =>
    {
        foreach (var name in new[] { "web", "db", "c0", "c1", "c2" })
            Stacks.Pool.Namespaces.Create(name);
        var (web, db) = (Stacks.Pool.Get(new("web")), Stacks.Pool.Get(new("db")));
        NetworkStack[] hosts = [Stacks.Pool.Get(), web, db];
        var made = hosts.Select(stack => stack.ContainerNetworks.Create(s_full)).ToList();
        Assert.Equal(3, made.Select(network => network.DhcpProcessId).Distinct().Count());
        Assert.All(hosts, stack => Assert.Empty(stack.ContainerNetworks.Plan(s_full)));
        for (var i = 0; i < hosts.Length; i++)
        {
            // A lease and a name, of the container's own network.
            hosts[i].Containers.Connect(new($"c{i}"), new ContainerConnectionSpec { Network = "lxcbr0" });
            var network = Assert.Single(hosts[i].ContainerNetworks.List());
            Assert.Equal(made[i].DhcpProcessId, network.DhcpProcessId);
            var lease = Assert.Single(network.Lease);
            Assert.True(Sandbox.Pings(lease.IPAddress.ToString(), i == 0 ? null : hosts[i].Namespace.Text));
        }

        // What one has of its own stays with it, also while the others go.
        db.ContainerNetworks.Create(s_full with { Domain = "db" });
        hosts[0].ContainerNetworks.Remove("lxcbr0", force: true);
        Assert.Null(hosts[0].ContainerNetworks.Find("lxcbr0"));
        Assert.Equal(("lxc", "db"),
            (web.ContainerNetworks.Find("lxcbr0")!.Domain, db.ContainerNetworks.Find("lxcbr0")!.Domain));
        Assert.All([web, db], stack => Assert.True(stack.ContainerNetworks.Find("lxcbr0")!.DhcpProcessId > 0));
        Assert.True(hosts[0].ContainerNetworks.Create(s_full).DhcpProcessId > 0);
        Assert.True(web.IPInterfaces.IsForwarding(IPFamily.IPv4));
        foreach (var stack in hosts)
            stack.ContainerNetworks.Remove("lxcbr0", force: true);
        Assert.False(web.IPInterfaces.IsForwarding(IPFamily.IPv4));
        Assert.False(Directory.Exists(Folder));
        Assert.DoesNotContain(RunFolder.Names(), name => name.StartsWith("lxcbr0", StringComparison.Ordinal));

        // What is on file of a namespace that has ended goes with the next one of that name.
        var spec = new ContainerNetworkSpec("net0") { Subnets = [new IPPrefix("10.0.9.0/24")] };
        hosts[0].ContainerNetworks.Create(spec);
        web.ContainerNetworks.Create(spec);
        Stacks.Pool.Namespaces.Remove(Stacks.Pool.Namespaces.Get(new("web")), force: true);
        db.ContainerNetworks.Create(spec);
        Assert.Equal(
            ["net0", $"net0@{db.Cookie}"],
            RunFolder.Names().Where(name => name.StartsWith("net0", StringComparison.Ordinal)));
    });
}
