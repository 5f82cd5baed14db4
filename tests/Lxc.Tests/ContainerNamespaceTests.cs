using System.Diagnostics;
using System.Net.Sockets;
using Lxc.Tests.Support;
using LxcNetworking.Addressing;
using LxcNetworking.Bridges;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Tests;
using LxcNetworking.Values;

namespace Lxc.Tests;

/// <summary>What the library does in a container that is known by its name alone, for every network type.</summary>
public sealed class ContainerNamespaceTests
{
    private const string Bridge = "lxcbr0";

    [Fact]
    public void A_link_moves_in_by_the_containers_name_and_back() => LxcSandbox.Run(() =>
    {
        using var container = new LxcContainer("type = empty");
        Sandbox.Ip("link add veth0 type veth peer name veth1");
        var here = Stacks.Pool.Get();
        var inside = here.Links.Move(here.Links.Get("veth1"), Named(container), "eth7", up: true);

        Assert.Equal($"lxc:{container.Name}", inside.Namespace.Text);
        Assert.Contains("eth7", container.Attach("ip", "link"), StringComparison.Ordinal);

        var back = Stacks.Pool.Get(Named(container)).Links.Move(inside, here.Namespace, "veth1");
        Assert.Equal("veth1", back.Name);
        Assert.DoesNotContain("eth7", container.Attach("ip", "link"), StringComparison.Ordinal);
        Assert.Equal(2, Sandbox.IpJson("link show type veth").GetArrayLength());
    });

    [Fact]
    public void A_veth_containers_addresses_are_read_and_its_host_end_is_a_port_that_can_hairpin() =>
        LxcSandbox.Run(() =>
    {
        MakeBridge();
        using var container = new LxcContainer(
            "type = veth", $"link = {Bridge}", "name = eth0", "veth.pair = vethtest", "flags = up",
            "ipv4.address = 10.0.3.2/24", "ipv6.address = fd00:3::2/64");

        var found = Assert.Single(new ContainerStore(Stacks.Pool).List(), item => item.Name == container.Name);
        Assert.Equal(("lxc", ContainerState.Running, container.ProcessId),
            (found.Runtime, found.State, found.ProcessId));
        Assert.Equal([IPAddress.Parse("10.0.3.2")], found.IPv4);
        Assert.Equal([IPAddress.Parse("fd00:3::2")], found.IPv6);

        var port = Stacks.Pool.Get().Bridges;
        port.ChangePort("vethtest", new BridgePortSettings { Hairpin = true });
        Assert.True(Sandbox.IpJson("link show dev vethtest")[0].GetProperty("linkinfo").GetProperty("info_slave_data")
            .GetProperty("hairpin").GetBoolean());
    });

    [Theory]
    [InlineData("empty")]
    [InlineData("veth", "link = lxcbr0", "ipv4.address = 10.0.3.2/24")]
    [InlineData("macvlan", "macvlan.mode = bridge", "link = parent", "ipv4.address = 10.0.3.2/24")]
    [InlineData("macvlan", "macvlan.mode = private", "link = parent", "ipv4.address = 10.0.3.2/24")]
    [InlineData("macvlan", "macvlan.mode = vepa", "link = parent", "ipv4.address = 10.0.3.2/24")]
    [InlineData("phys", "link = parent", "ipv4.address = 10.0.3.2/24")]
    [InlineData("none")]
    [InlineData("vlan", "vlan.id = 20", "link = parent", "ipv4.address = 10.0.3.2/24")]
    [InlineData("ipvlan", "ipvlan.mode = l2", "link = parent", "ipv4.address = 10.0.3.2/24")]
    public void Every_type_is_reached_by_name(string type, params string[] lines) => LxcSandbox.Run(() =>
    {
        if (type is "vlan" or "ipvlan")
            Sandbox.NeedsKind(type);
        MakeBridge();
        MakeParent();
        using var container = new LxcContainer(
            [$"type = {type}", .. lines, .. type is "empty" or "none" ? Array.Empty<string>()
                : ["name = eth0", "flags = up"]]);

        var stack = Stacks.Pool.Get(Named(container));
        var kinds = stack.Links.List().Select(link => link.Kind).ToList();
        // A phys link of these tests is an end of a veth pair.
        Assert.Contains(
            type switch { "empty" => "loopback", "none" => "bridge", "phys" => "veth", var kind => kind }, kinds);
        Assert.Equal(lines.Length > 0,
            stack.Addresses.List().Any(address => address.IPAddress.ToString() == "10.0.3.2"));

        using (NamespaceScope.Enter(Stacks.Pool, Named(container)))
            Assert.Equal(NetworkOf($"{container.ProcessId}"), NetworkOf("thread-self"));
        Assert.NotEqual(type == "none", NetworkOf($"{container.ProcessId}") != NetworkOf("thread-self"));
    });

    [Fact]
    public void A_container_under_another_path_is_reached_by_name_too() => LxcSandbox.Run(() =>
    {
        // One that fits into a socket's name, and one that does not.
        foreach (var length in new[] { 10, 100 })
        {
            var path = Directory.CreateTempSubdirectory("lxc-" + new string('x', length)).FullName;
            try
            {
                using var container = new LxcContainer(path, ["type = empty"]);
                Assert.Equal("lo", Assert.Single(Stacks.Pool.Get(Named(container)).Links.List()).Name);
                Assert.Equal(container.ProcessId,
                    Assert.Single(new ContainerStore(Stacks.Pool).List(["lxc"])).ProcessId);
            }
            finally
            {
                Directory.Delete(path);
            }
        }
    });

    // A monitor that takes a caller and then asks for its credentials reads a command that came between without any.
    [Fact]
    [Trait("Kernel", "none")]
    public void A_running_container_answers_every_time() => LxcSandbox.Run(() =>
    {
        using var container = new LxcContainer("type = empty");
        var containers = new ContainerStore(Stacks.Pool);
        for (var i = 0; i < 5000; i++)
            Assert.Equal(container.ProcessId, Assert.Single(containers.List(["lxc"])).ProcessId);
    });

    [Fact]
    public void A_stopped_container_is_listed_and_has_no_network() => LxcSandbox.Run(() =>
    {
        using var container = new LxcContainer("type = empty");
        Sandbox.Execute("lxc-freeze", "-n", container.Name);
        Assert.Equal(ContainerState.Frozen, Assert.Single(new ContainerStore(Stacks.Pool).List(["lxc"])).State);
        Sandbox.Execute("lxc-unfreeze", "-n", container.Name);
        container.Stop();

        var found = Assert.Single(new ContainerStore(Stacks.Pool).List(["lxc"]));
        Assert.Equal((ContainerState.Stopped, 0, null), (found.State, found.ProcessId, found.Namespace));
        var refusal = Assert.Throws<NetworkException>(() => Stacks.Pool.Get(Named(container)));
        Assert.Equal(NetworkErrorCode.ContainerNotFound, refusal.Code);
    });

    [Theory]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a b")]
    [InlineData("a'b\"c")]
    [InlineData("a\nb")]
    [InlineData("-rf")]
    public void A_name_that_no_container_can_have_is_refused(string name) => Sandbox.Run(() =>
        Assert.Equal(NetworkErrorCode.InvalidName,
            Assert.Throws<NetworkException>(() => Stacks.Pool.Get(new NamespaceReference("lxc:" + name))).Code));

    [Theory]
    [InlineData("")]
    [InlineData("0100")]
    [InlineData("00000000ffffff7f0000000000000000")]
    [InlineData("0000000000000000ffffffffffffff7f")]
    [InlineData("00000000040000000100000000000000")]
    public void What_is_no_answer_of_a_container_is_no_container(string answer) => Sandbox.Run(() =>
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint("\0/var/lib/lxc/fake/command"));
        listener.Listen();
        var serving = Task.Run(() =>
        {
            while (true)
            {
                try
                {
                    using var client = listener.Accept();
                    client.Receive(new byte[16]);
                    client.Send(Convert.FromHexString(answer));
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    return;
                }
            }
        });
        var watch = Stopwatch.StartNew();
        Assert.DoesNotContain(new ContainerStore(Stacks.Pool).List(["lxc"]), item => item.ProcessId != 0);
        Assert.Equal(NetworkErrorCode.ContainerNotFound,
            Assert.Throws<NetworkException>(() => Stacks.Pool.Get(new NamespaceReference("lxc:fake"))).Code);
        Assert.True(watch.Elapsed < TimeSpan.FromMinutes(1), $"{watch.Elapsed}");
        listener.Dispose();
        serving.Wait(TimeSpan.FromSeconds(5));
    });

    [Fact]
    public void A_container_that_does_not_answer_can_be_given_up() => Sandbox.Run(() =>
    {
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint("\0/var/lib/lxc/mute/command"));
        listener.Listen();
        using var stop = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        var watch = Stopwatch.StartNew();
        Assert.ThrowsAny<OperationCanceledException>(() => new ContainerStore(Stacks.Pool)
            .List(["lxc"], cancellation: stop.Token).Count());
        Assert.True(watch.Elapsed < TimeSpan.FromMinutes(1), $"{watch.Elapsed}");
    });

    private static NamespaceReference Named(LxcContainer container) => new($"lxc:{container.Name}");

    private static void MakeBridge()
    {
        Sandbox.Ip($"link add name {Bridge} up type bridge");
        Sandbox.Ip($"address add 10.0.3.1/24 dev {Bridge}");
    }

    // A veth pair stands for a network card: its other end is the wire.
    private static void MakeParent()
    {
        Sandbox.Ip("link add parent up type veth peer name wire");
        Sandbox.Ip("link set wire up");
    }

    private static string NetworkOf(string process) =>
        File.ResolveLinkTarget($"/proc/{process}/ns/net", returnFinalTarget: false)!.Name;
}
