using Lxc.Tests.Support;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Tests;
using LxcNetworking.Values;

namespace Lxc.Tests;

/// <summary>Real containers that are connected while they run, and what lies in wait in their file systems.</summary>
public sealed class ContainerConnectionTests
{
    [Fact]
    public void A_running_container_is_plugged_in_and_out_by_its_name() => Run(container =>
    {
        var made = Connect(container,
            new ContainerConnectionSpec
            { Network = "lxcbr0", Addresses = [new IPPrefix("10.0.3.5"), new IPPrefix("fd00:3::5")] });
        Assert.Equal(("eth0", $"lxc:{container.Name}"), (made.InterfaceAlias, made.Container.Text));
        Assert.Contains("10.0.3.5/24", container.Attach("ip", "address", "show", "eth0"), StringComparison.Ordinal);
        Assert.Contains("default via 10.0.3.1 dev eth0", container.Attach("ip", "route"), StringComparison.Ordinal);
        Assert.True(Sandbox.Pings("10.0.3.5") && Sandbox.Pings("fd00:3::5"));
        Assert.True(Sandbox.Eventually(() => container.TryAttach("ping", "-c", "1", "-W", "2", "10.0.3.1").Code == 0));
        Assert.Equal([IPAddress.Parse("10.0.3.5")], Assert.Single(new ContainerStore(Stacks.Pool).List(["lxc"])).IPv4);

        // Its name alone will do, where nothing else is called so.
        var here = Stacks.Pool.Get();
        Assert.Equal("eth1",
            here.Containers.Connect(new ContainerReference(container.Name),
                new ContainerConnectionSpec { Bridge = "lxcbr0" }).InterfaceAlias);
        Assert.Empty(
            here.Containers.Disconnect(here.Containers.StackOf(Named(container))
                .Links.List(new LinkFilter { Kind = "veth" })));
        Assert.DoesNotContain("eth", container.Attach("ip", "link"), StringComparison.Ordinal);
    });

    [Fact]
    public void A_container_that_stops_takes_its_connection_along() => Run(container =>
    {
        Connect(container,
            new ContainerConnectionSpec { Bridge = "lxcbr0", Addresses = [new IPPrefix("10.0.3.5/24")] });
        container.Stop();
        Assert.True(Sandbox.Eventually(() => Sandbox.IpJson("link show type veth").GetArrayLength() == 0));
    });

    [Fact]
    public void Its_resolv_conf_is_written_where_asked_and_nowhere_else() => Run(container =>
    {
        var root = Root(container);
        Connect(container, new ContainerConnectionSpec { Bridge = "lxcbr0" });
        Assert.False(File.Exists(root + "/etc/resolv.conf"));

        void Write() =>
            Connect(container,
                new ContainerConnectionSpec
                {
                    Bridge = "lxcbr0",
                    DnsServers = [IPAddress.Parse("10.0.3.1")],
                    DnsSearch = ["lxc"]
                });
        const string expected = "# Written by LxcNetworking\nsearch lxc\nnameserver 10.0.3.1\n";
        Write();
        Assert.Equal(expected, container.Attach("cat", "/etc/resolv.conf"));

        // A link in its place is replaced, not followed.
        var precious = Path.Combine(Path.GetTempPath(), $"precious-{Guid.NewGuid():N}");
        File.WriteAllText(precious, "precious");
        File.Delete(root + "/etc/resolv.conf");
        File.CreateSymbolicLink(root + "/etc/resolv.conf", precious);
        Write();
        Assert.Equal(expected, container.Attach("cat", "/etc/resolv.conf"));
        Assert.Null(new FileInfo(root + "/etc/resolv.conf").LinkTarget);
        Assert.Equal("precious", File.ReadAllText(precious));
        File.Delete(precious);

        // What is mounted there is written in place.
        container.Attach("sh", "-c", "echo old >/tmp/mounted; mount --bind /tmp/mounted /etc/resolv.conf");
        Write();
        Assert.Equal(expected, container.Attach("cat", "/tmp/mounted"));
        container.Attach("umount", "/etc/resolv.conf");
    });

    [Theory]
    [InlineData("../../../../../../../../tmp/@")]
    [InlineData("/tmp/@")]
    public void A_folder_that_leads_out_of_the_container_does_not(string target) => Run(container =>
    {
        var name = $"outside-{Guid.NewGuid():N}";
        var outside = Directory.CreateDirectory(Path.Combine("/tmp", name)).FullName;
        var root = Root(container);
        Directory.Delete(root + "/etc", recursive: true);
        Directory.CreateSymbolicLink(root + "/etc", target.Replace("@", name, StringComparison.Ordinal));
        var refusal = Assert.Throws<NetworkException>(() =>
            Connect(container,
                new ContainerConnectionSpec { Bridge = "lxcbr0", DnsServers = [IPAddress.Parse("10.0.3.1")] }));
        Assert.Equal(NetworkErrorCode.NotSupported, refusal.Code);
        Assert.Empty(Directory.EnumerateFileSystemEntries(outside));
        Assert.Equal(0, Sandbox.IpJson("link show type veth").GetArrayLength());
        Directory.Delete(outside);
    });

    private static void Run(Action<LxcContainer> body) => LxcSandbox.Run(() =>
    {
        Sandbox.Ip("link add lxcbr0 up type bridge");
        Sandbox.Ip("address add 10.0.3.1/24 dev lxcbr0");
        Sandbox.Ip("address add fd00:3::1/64 dev lxcbr0 nodad");
        using var container = new LxcContainer("type = empty");
        body(container);
    });

    private static ContainerConnection Connect(LxcContainer container, ContainerConnectionSpec spec) =>
        Stacks.Pool.Get().Containers.Connect(Named(container), spec);

    private static ContainerReference Named(LxcContainer container) => new($"lxc:{container.Name}");

    private static string Root(LxcContainer container) => $"{LxcSandbox.ContainerPath}/{container.Name}/rootfs";
}
