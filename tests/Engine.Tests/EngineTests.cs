using Engine.Tests.Support;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Dhcp;
using LxcNetworking.Containers.Networks;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Tests;
using LxcNetworking.Values;

namespace Engine.Tests;

/// <summary>Containers of a real Docker and a real Podman: as the library lists them and as the engine itself describes
/// them.</summary>
public sealed class EngineTests
{
    private static ContainerOperations Here => Stacks.Pool.Get().Containers;

    [Theory]
    [InlineData("docker")]
    [InlineData("podman")]
    public void Every_state_is_listed_as_the_engine_has_it(string name) => EngineSandbox.Run(name, engine =>
    {
        engine.Run("web");
        engine.Ip("web", "link", "add", "eth0", "up", "type", "veth", "peer", "name", "eth9");
        engine.Ip("web", "address", "add", "10.0.3.2/24", "dev", "eth0");
        engine.Run("beside", "container:web");
        engine.Run("onhost", "host");
        engine.Run("held");
        engine.Command("pause", "held");
        engine.Run("ended");
        engine.Command("stop", "-t", "0", "ended");
        engine.Create("made");

        var all = new ContainerStore(Stacks.Pool).List([name]).ToDictionary(item => item.Name);
        Assert.Equal(["beside", "ended", "held", "made", "onhost", "web"], all.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(
            [ContainerState.Running, ContainerState.Stopped, ContainerState.Frozen, ContainerState.Stopped,
                ContainerState.Running, ContainerState.Running],
            all.OrderBy(item => item.Key, StringComparer.Ordinal).Select(item => item.Value.State));
        foreach (var item in all.Values)
        {
            Assert.Equal(engine.ProcessId(item.Name), item.ProcessId);
            Assert.Equal(item.ProcessId > 0, item.Namespace is not null);
            Assert.Equal(name, item.Runtime);
        }

        Assert.Equal([IPAddress.Parse("10.0.3.2")], all["web"].IPv4);
        Assert.Equal(all["web"].IPv4, all["beside"].IPv4);
        Assert.Equal(Stacks.Pool.Get().Cookie, Stacks.Pool.Get(new NamespaceReference($"{name}:onhost")).Cookie);
        // It has no network of its own, and its name is not what the namespace is called from now on.
        var refusal = Refusal(() => Here.StackOf(new ContainerReference($"{name}:onhost")));
        Assert.Equal(NetworkErrorCode.InvalidArgument, refusal.Code);

        foreach (var stopped in new[] { "ended", "made" })
            Assert.Equal((NetworkErrorCode.ContainerNotFound, true),
                (Refusal(() => Links($"{name}:{stopped}")).Code, Refusal(() => Links($"{name}:{stopped}"))
                    .Message.Contains("Stopped", StringComparison.Ordinal)));
        Assert.Equal(NetworkErrorCode.ContainerNotFound, Refusal(() => Links($"{name}:nobody")).Code);
        Assert.Equal(NetworkErrorCode.InvalidName, Refusal(() => Links($"{name}:../web")).Code);
    });

    [Theory]
    [InlineData("docker")]
    [InlineData("podman")]
    public void A_container_is_meant_by_its_name_its_id_and_the_ids_beginning(string name) =>
        EngineSandbox.Run(name, engine =>
    {
        var id = engine.Run("a.b-c_9");
        var cookie = Stacks.Pool.Get(new NamespaceReference($"{engine.ProcessId("a.b-c_9")}")).Cookie;
        foreach (var text in new[] { "a.b-c_9", id, id[..12], id[..4] })
            Assert.Equal(cookie, Stacks.Pool.Get(new NamespaceReference($"{name}:{text}")).Cookie);
        foreach (var text in new[] { "a.b-c_9", id, id[..12] })
            Assert.Equal(cookie, Here.StackOf(new ContainerReference(text)).Cookie);

        // The namespaces, too, know whose they are.
        var found = Stacks.Pool.Namespaces.List(all: true);
        NamespaceContainers.Fill(found);
        Assert.Equal($"{name}:a.b-c_9", Assert.Single(found, item => item.Container is not null).Container);
    });

    [Theory]
    [InlineData("docker")]
    [InlineData("podman")]
    public void A_container_is_connected_with_both_families_and_disconnected_again(string name) =>
        EngineSandbox.Run(name, engine =>
    {
        MakeNetwork(dhcp: false);
        engine.Run("web");
        engine.Run("db");
        var container = new ContainerReference($"{name}:web");
        var made = Here.Connect(container,
            new ContainerConnectionSpec
            {
                Network = "br0",
                Addresses = [new IPPrefix("10.0.3.5"), new IPPrefix("fd00:3::5")],
                DnsServers = [IPAddress.Parse("10.0.3.1")]
            });
        Here.Connect(new ContainerReference($"{name}:db"),
            new ContainerConnectionSpec { Network = "br0", Addresses = [new IPPrefix("10.0.3.6")] });
        Assert.Equal(("eth0", "10.0.3.5/24 fd00:3::5/64"), (made.InterfaceAlias, string.Join(' ', made.IPAddress)));
        Assert.Contains("inet6 fd00:3::5/64", engine.Ip("web", "address", "show", "dev", "eth0"),
            StringComparison.Ordinal);
        Assert.Contains("default via 10.0.3.1 dev eth0", engine.Ip("web", "route"), StringComparison.Ordinal);
        Assert.Contains("default via fd00:3::1 dev eth0", engine.Ip("web", "-6", "route"), StringComparison.Ordinal);
        Assert.True(Sandbox.Pings("10.0.3.5") && Sandbox.Pings("fd00:3::5"));
        Assert.Contains("nameserver 10.0.3.1", engine.Command("exec", "web", "cat", "/etc/resolv.conf"),
            StringComparison.Ordinal);
        var listed = Assert.Single(new ContainerStore(Stacks.Pool).List([name]), item => item.Name == "web");
        Assert.Equal([IPAddress.Parse("10.0.3.5")], listed.IPv4);
        Assert.Contains(IPAddress.Parse("fd00:3::5"), listed.IPv6);

        // A second network's gateway leaves the way out as it is.
        var second = Here.Connect(container,
            new ContainerConnectionSpec { Network = "br0", Addresses = [new IPPrefix("10.0.3.7")] });
        Assert.Empty(second.Gateway);
        var inside = Here.StackOf(container);
        Here.Disconnect([inside.Links.Get("eth1")]);
        Assert.Equal(["eth0", "lo"], LinkNames(engine.Ip("web", "-o", "link")));
        Here.Disconnect([inside.Links.Get("eth0")]);
        Assert.Equal(["lo"], LinkNames(engine.Ip("web", "-o", "link")));
        Assert.Equal(["eth0", "lo"], LinkNames(engine.Ip("db", "-o", "link")));
        Assert.Single(Sandbox.IpJson("link show type veth master br0").EnumerateArray());
    });

    [Theory]
    [InlineData("docker")]
    [InlineData("podman")]
    public void A_container_gets_a_lease_and_a_link_on_the_wire_and_takes_both_with_it(string name) =>
        EngineSandbox.Run(name, engine =>
    {
        var network = MakeNetwork(dhcp: true);
        Sandbox.Ip("link add card up type veth peer name wire");
        Sandbox.Ip("link set wire up");
        Sandbox.Ip("address add 10.0.9.1/24 dev wire");
        engine.Run("web");
        var container = new ContainerReference($"{name}:web");
        var lease = Here.Connect(container,
            new ContainerConnectionSpec { Network = network, Dhcp = true, InterfaceName = "inside7" }).Lease!;
        Assert.Contains($"inet {lease.IPAddress} ", engine.Ip("web", "address", "show", "dev", "inside7"),
            StringComparison.Ordinal);
        Assert.True(Sandbox.Pings(lease.IPAddress.Address.ToString()));
        Here.Connect(container,
            new ContainerConnectionSpec { Parent = "card", Addresses = [new IPPrefix("10.0.9.2/24")] });
        Assert.True(Sandbox.Pings("10.0.9.2"));

        engine.Command("stop", "-t", "0", "web");
        Assert.Equal(NetworkErrorCode.ContainerNotFound, Refusal(() => Here.StackOf(container)).Code);
        Assert.True(
            Sandbox.Eventually(() => !LinkNames(Sandbox.Ip("-o link")).Except(["lo", "br0", "card", "wire", "docker0"])
                .Any()), Sandbox.Ip("-o link"));

        engine.Command("start", "web");
        var again = Here.Connect(container,
            new ContainerConnectionSpec { Network = network, Addresses = [new IPPrefix("10.0.3.5")] });
        Assert.Equal("eth0", again.InterfaceAlias);
        Stacks.Pool.Get().ContainerNetworks.Remove(network, force: true);
    });

    [Theory]
    [InlineData("docker")]
    [InlineData("podman")]
    public void An_engine_that_was_killed_is_told_and_asked_again_when_it_is_back(string name) =>
        EngineSandbox.Run(name, engine =>
    {
        engine.Create("made");
        engine.KillService();
        Assert.True(File.Exists(engine.SocketPath));
        var problems = new List<NetworkException>();
        Assert.DoesNotContain(new ContainerStore(Stacks.Pool).List([name], problems.Add), item => item.Runtime == name);
        Assert.Contains("nobody listens", Assert.Single(problems).Message, StringComparison.Ordinal);
        Assert.Equal(NetworkErrorCode.DependencyFailed, Refusal(() => Links($"{name}:made")).Code);
        Assert.Contains("nobody listens", Refusal(() => Here.StackOf(new ContainerReference("made"))).Message,
            StringComparison.Ordinal);

        engine.Start();
        Assert.Equal("made", Assert.Single(new ContainerStore(Stacks.Pool).List([name])).Name);
    });

    [Fact]
    public void Docker_containers_on_its_own_bridge_are_listed_with_their_addresses_and_keep_their_way_out() =>
        EngineSandbox.Run("docker", engine =>
    {
        MakeNetwork(dhcp: false);
        engine.Command("network", "create", "--ipv6", "--subnet", "fd00:9::/64", "--subnet", "172.30.0.0/24", "both");
        engine.Run("web", "both");
        var listed = Assert.Single(new ContainerStore(Stacks.Pool).List(["docker"]));
        Assert.Equal(
            [IPAddress.Parse(engine.Inspect("web", "{{.NetworkSettings.Networks.both.IPAddress}}"))], listed.IPv4);
        Assert.Equal(
            [IPAddress.Parse(engine.Inspect("web", "{{.NetworkSettings.Networks.both.GlobalIPv6Address}}"))],
            listed.IPv6);

        var routes = engine.Ip("web", "route", "show", "default");
        var made = Here.Connect(new ContainerReference("web"),
            new ContainerConnectionSpec { Network = "br0", Addresses = [new IPPrefix("10.0.3.5")] });
        Assert.Equal(("docker:web", "eth1"), (made.Namespace.Text, made.InterfaceAlias));
        Assert.Equal(routes, engine.Ip("web", "route", "show", "default"));
        Assert.True(Sandbox.Pings("10.0.3.5"));
        Here.Disconnect([Here.StackOf(new ContainerReference("web")).Links.Get("eth1")]);
        Assert.Equal(["eth0", "lo"], LinkNames(engine.Ip("web", "-o", "link")));
    });

    [Fact]
    public void Podmans_pods_and_initialized_containers_have_a_network() => EngineSandbox.Run("podman", engine =>
    {
        MakeNetwork(dhcp: false);
        var pod = ((Podman)engine).CreatePod("pod1")[..12];
        engine.Command("run", "-d", "--name", "member", "--pod", "pod1", "box", "sleep", "600");
        engine.Create("ready");
        engine.Command("init", "ready");

        var all = new ContainerStore(Stacks.Pool).List(["podman"]).ToDictionary(item => item.Name);
        Assert.Equal([$"{pod}-infra", "member", "ready"], all.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(ContainerState.Starting, all["ready"].State);
        Assert.Equal(engine.ProcessId("ready"), all["ready"].ProcessId);

        // What one container of a pod is connected to, all of them are.
        Here.Connect(new ContainerReference($"podman:{pod}-infra"),
            new ContainerConnectionSpec { Network = "br0", Addresses = [new IPPrefix("10.0.3.5")] });
        Assert.Equal([IPAddress.Parse("10.0.3.5")],
            Assert.Single(new ContainerStore(Stacks.Pool).List(["podman"]), item => item.Name == "member").IPv4);
        Here.Connect(new ContainerReference("podman:ready"),
            new ContainerConnectionSpec { Network = "br0", Addresses = [new IPPrefix("10.0.3.6")] });
        engine.Command("start", "ready");
        Assert.True(Sandbox.Pings("10.0.3.5") && Sandbox.Pings("10.0.3.6"));
    });

    private static string MakeNetwork(bool dhcp)
    {
        Stacks.Pool.Get()
            .ContainerNetworks.Create(new ContainerNetworkSpec("br0")
            { Subnets = [new IPPrefix("10.0.3.0/24"), new IPPrefix("fd00:3::/64")], Dhcp = dhcp });
        return "br0";
    }

    private static IReadOnlyList<NetLink> Links(string where) => Stacks.Pool.Get(new NamespaceReference(where))
        .Links.List();

    private static NetworkException Refusal(Action action) => Assert.Throws<NetworkException>(action);

    private static IEnumerable<string> LinkNames(string oneLineEach)
        => oneLineEach.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => line.Split(": ")[1].Split('@')[0]).Order(StringComparer.Ordinal);
}
