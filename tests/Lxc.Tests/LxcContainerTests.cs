using System.Text.Json;
using Lxc.Tests.Support;
using LxcNetworking.Tests;

namespace Lxc.Tests;

/// <summary>What the other tests here take for granted of a container of each network type, seen with
/// iproute2.</summary>
public sealed class LxcContainerTests
{
    [Fact]
    public void The_sandbox_sees_its_own_links_and_no_containers() => LxcSandbox.Run(() =>
    {
        Assert.Equal(["lo"], Directory.EnumerateDirectories("/sys/class/net").Select(Path.GetFileName));
        Assert.Equal("", Sandbox.Execute("lxc-ls", "-1"));
        Assert.False(Directory.Exists("/run/netns"));
    });

    [Fact]
    public void An_empty_container_has_only_lo() => LxcSandbox.Run(() =>
    {
        using var container = new LxcContainer("type = empty");
        Assert.Equal(["lo"], Names(Links(container)));
        Assert.NotEqual(NetworkOf("self"), NetworkOf($"{container.ProcessId}"));
        Assert.Equal(container.Name, container.Attach("hostname").Trim());
    });

    [Fact]
    public void A_container_without_a_network_of_its_own_has_that_of_the_host() => LxcSandbox.Run(() =>
    {
        using var container = new LxcContainer("type = none");
        Assert.Equal(NetworkOf("thread-self"), NetworkOf($"{container.ProcessId}"));
    });

    [Fact]
    public void A_veth_container_has_its_host_end_on_the_bridge() => LxcSandbox.Run(() =>
    {
        Sandbox.Ip("link add name lxcbr0 up type bridge");
        Sandbox.Ip("address add 10.0.3.1/24 dev lxcbr0");
        using var container = new LxcContainer(
            "type = veth", "link = lxcbr0", "name = eth0", "veth.pair = vethtest", "flags = up",
            "ipv4.address = 10.0.3.2/24");

        var inside = Link(Links(container), "eth0");
        var outside = Link(Links(), "vethtest");
        Assert.Equal("veth", Kind(inside));
        Assert.Equal("lxcbr0", outside.GetProperty("master").GetString());
        Assert.Equal(outside.GetProperty("ifindex").GetInt32(), inside.GetProperty("link_index").GetInt32());
        Assert.Contains("10.0.3.2/24", container.Attach("ip", "address", "show", "eth0"), StringComparison.Ordinal);
        Assert.True(Sandbox.Pings("10.0.3.2"));

        container.Stop();
        Assert.True(Sandbox.Eventually(() => Names(Links()).SequenceEqual(["lo", "lxcbr0"])));
    });

    [Theory]
    [InlineData("bridge")]
    [InlineData("private")]
    [InlineData("vepa")]
    public void A_macvlan_container_has_a_child_of_the_parent(string mode) => LxcSandbox.Run(() =>
    {
        MakeParent();
        using var container = new LxcContainer("type = macvlan", $"macvlan.mode = {mode}", "link = parent",
            "flags = up");
        var link = ChildOfParent(container, "macvlan");
        Assert.Equal(mode, Data(link, "mode"));
    });

    [Theory]
    [InlineData("l2")]
    [InlineData("l3")]
    [InlineData("l3s")]
    public void An_ipvlan_container_has_a_child_of_the_parent(string mode) => LxcSandbox.Run(() =>
    {
        Sandbox.NeedsKind("ipvlan");
        MakeParent();
        using var container = new LxcContainer("type = ipvlan", $"ipvlan.mode = {mode}", "link = parent", "flags = up");
        Assert.Equal(mode, Data(ChildOfParent(container, "ipvlan"), "mode"));
    });

    [Fact]
    public void A_vlan_container_has_a_child_of_the_parent() => LxcSandbox.Run(() =>
    {
        Sandbox.NeedsKind("vlan");
        MakeParent();
        using var container = new LxcContainer("type = vlan", "vlan.id = 20", "link = parent", "flags = up");
        Assert.Equal("20", Data(ChildOfParent(container, "vlan"), "id"));
    });

    [Fact]
    public void A_phys_link_goes_into_the_container_and_comes_back() => LxcSandbox.Run(() =>
    {
        MakeParent();
        var address = Link(Links(), "parent").GetProperty("address").GetString();
        using var container = new LxcContainer("type = phys", "link = parent", "name = eth0", "flags = up");
        Assert.Equal(address, Link(Links(container), "eth0").GetProperty("address").GetString());
        Assert.DoesNotContain("parent", Names(Links()));

        container.Stop();
        Assert.True(Sandbox.Eventually(() => Names(Links()).Contains("parent")));
        Assert.Equal(address, Link(Links(), "parent").GetProperty("address").GetString());
    });

    [Fact]
    public void Lxc_finds_the_container_by_its_name_alone() => LxcSandbox.Run(() =>
    {
        using var container = new LxcContainer("type = empty");
        Assert.Equal(container.Name, Sandbox.Execute("lxc-ls", "--running", "-1").Trim());
        Assert.Equal($"{container.ProcessId}", Sandbox.Execute("lxc-info", "-n", container.Name, "-pH").Trim());
    });

    [Fact]
    public void A_container_may_lie_under_another_path() => LxcSandbox.Run(() =>
    {
        var path = Directory.CreateTempSubdirectory("lxc-").FullName;
        try
        {
            using var container = new LxcContainer(path, ["type = empty"]);
            Assert.Equal("", Sandbox.Execute("lxc-ls", "-1"));
            Assert.Equal(container.Name, Sandbox.Execute("lxc-ls", "-P", path, "-1").Trim());
        }
        finally
        {
            Directory.Delete(path);
        }
    });

    [Fact]
    public void A_disposed_container_leaves_nothing_behind() => LxcSandbox.Run(() =>
    {
        var container = new LxcContainer("type = empty");
        Assert.NotEmpty(container.Cgroups());
        container.Dispose();

        Assert.Empty(container.Cgroups());
        Assert.True(Sandbox.Eventually(() => !Directory.Exists($"/proc/{container.ProcessId}")));
        Assert.Empty(Directory.EnumerateFileSystemEntries(LxcSandbox.ContainerPath));
    });

    // A veth pair stands for a network card: its other end is the wire.
    private static void MakeParent()
    {
        Sandbox.Ip("link add parent up type veth peer name wire");
        Sandbox.Ip("link set wire up");
    }

    private static JsonElement ChildOfParent(LxcContainer container, string kind)
    {
        var link = Assert.Single(Links(container), link => Kind(link) == kind);
        Assert.Equal(Link(Links(), "parent").GetProperty("ifindex").GetInt32(),
            link.GetProperty("link_index").GetInt32());
        return link;
    }

    private static JsonElement[] Links(LxcContainer? container = null)
    {
        var links = container is null
            ? Sandbox.IpJson("link show")
            : JsonDocument.Parse(container.Nsenter("ip", "-d", "-j", "link", "show")).RootElement;
        return [.. links.EnumerateArray()];
    }

    private static JsonElement Link(JsonElement[] links, string name) =>
        Assert.Single(links, link => link.GetProperty("ifname").GetString() == name);

    private static IEnumerable<string?> Names(JsonElement[] links) =>
        links.Select(link => link.GetProperty("ifname").GetString());

    private static string? Kind(JsonElement link) =>
        link.TryGetProperty("linkinfo", out var info) ? info.GetProperty("info_kind").GetString() : null;

    private static string Data(JsonElement link, string name) =>
        link.GetProperty("linkinfo").GetProperty("info_data").GetProperty(name).ToString();

    private static string NetworkOf(string process) =>
        File.ResolveLinkTarget($"/proc/{process}/ns/net", returnFinalTarget: false)!.Name;
}
