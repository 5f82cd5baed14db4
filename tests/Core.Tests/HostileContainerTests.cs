using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Networks;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>Names, files and interfaces of containers as somebody would choose them who means harm: a clear error,
/// nothing run, nothing lost.</summary>
public sealed class HostileContainerTests
{
    private static NetworkStack Here => Stacks.Pool.Get();

    public static TheoryData<string> Names =>
        ["..", ".", "../../etc/shadow", "a/b", "a b", "a'b\"c", "a`id`", "$(id)", "a\nb", "a\0b", "\u001b[31m", "-rf",
            "--script=x", new string('a', 300), ""];

    [Theory]
    [MemberData(nameof(Names))]
    [Trait("Kernel", "none")]
    public void A_name_that_no_container_can_have_is_refused_before_anything_is_asked(string name) => Sandbox.Run(() =>
    {
        Sandbox.Ip("link add br0 up type bridge");
        // Whoever asked them would have to wait.
        Directory.CreateDirectory("/run/podman");
        Sandbox.Execute("mkfifo", "/run/docker.sock", "/run/podman/podman.sock");
        var before = Sandbox.Lasting("link show");
        foreach (var text in new[] { "lxc:", "docker:", "podman:", "nspawn:" }.Select(prefix => prefix + name))
        {
            Assert.Equal(NetworkErrorCode.InvalidName,
                Code(() =>
                    Here.Containers.Connect(new ContainerReference(text),
                        new ContainerConnectionSpec { Bridge = "br0" })));
            Assert.Equal(NetworkErrorCode.InvalidName,
                Code(() => Here.Containers.StackOf(new ContainerReference(text))));
            Assert.Equal(NetworkErrorCode.InvalidName, Code(() => Stacks.Pool.Get(new NamespaceReference(text))));
        }

        // A named namespace may be called almost anything, so these are not there, or cannot be.
        foreach (var text in new[] { name, "netns:" + name })
            Assert.True(
                Code(() => Here.Containers.Connect(new ContainerReference(text),
                    new ContainerConnectionSpec { Bridge = "br0" })) is NetworkErrorCode.InvalidName
                or NetworkErrorCode.NamespaceNotFound or NetworkErrorCode.ContainerNotFound, text);
        Assert.Equal(before, Sandbox.Lasting("link show"));
    });

    [Fact]
    public void Lease_files_without_end_are_told_and_the_network_can_still_be_removed() => Sandbox.Run(() =>
    {
        const string leases = "/run/lxcnetworking/net0/leases";
        Here.ContainerNetworks.Create(new ContainerNetworkSpec("net0") { Subnets = [new IPPrefix("10.0.3.0/24")] });
        using (var file = File.Create(leases))
            file.SetLength(5L << 30);
        var said = new List<NetworkException>();
        Assert.Empty(Here.ContainerNetworks.List(said.Add));
        Assert.Contains(leases, Assert.Single(said).Message, StringComparison.Ordinal);

        // Cut off in the middle of a line, of a number, of a character.
        foreach (var length in Enumerable.Range(0, 60))
        {
            File.WriteAllBytes(leases,
                "1700000000 02:00:00:00:00:01 10.0.3.9 h\u00e9 01:02:00:00:00:00:01\n"u8[..length].ToArray());
            Assert.True(Here.ContainerNetworks.Find("net0")!.Lease.Count <= 1);
        }

        File.Delete(leases);
        Sandbox.Execute("mkfifo", leases);
        Assert.Empty(Here.ContainerNetworks.Find("net0")!.Lease);
        using (var file = File.Create(leases + ".tmp"))
            file.SetLength(5L << 30);
        File.Move(leases + ".tmp", leases, overwrite: true);
        Here.ContainerNetworks.Remove("net0");
        Assert.False(Directory.Exists("/run/lxcnetworking"));
        Assert.Equal(1, Sandbox.IpJson("link show").GetArrayLength());
    });

    [Fact]
    public void What_lies_beside_the_networks_hides_none_of_them() => Sandbox.Run(() =>
    {
        Here.ContainerNetworks.Create(new ContainerNetworkSpec("net0") { Subnets = [new IPPrefix("10.0.3.0/24")] });
        foreach (var name in new[] { "a b", "-rf", "a\nb", "\u001b[31m", "sixteen-letters!" })
            Directory.CreateDirectory($"/run/lxcnetworking/{name}");
        Directory.CreateSymbolicLink("/run/lxcnetworking/etc", "/etc");
        File.CreateSymbolicLink("/run/lxcnetworking/dead", "/nowhere");
        File.WriteAllText("/run/lxcnetworking/file", "precious");
        Directory.CreateDirectory("/run/lxcnetworking/net1");
        Directory.CreateDirectory("/run/lxcnetworking/net1/network.json");
        var said = new List<NetworkException>();
        Assert.Equal(["net0"], Here.ContainerNetworks.List(said.Add).Select(network => network.Name));
        Assert.All(said, problem => Assert.DoesNotContain('\u001b', problem.Message));
        var etc = new ContainerNetworkSpec("etc") { Subnets = [new IPPrefix("10.0.4.0/24")] };
        Assert.Equal(NetworkErrorCode.NotSupported, Code(() => Here.ContainerNetworks.Create(etc)));
        Assert.Equal(NetworkErrorCode.NotSupported, Code(() => Here.ContainerNetworks.Remove("etc")));

        Here.ContainerNetworks.Remove("net0");
        Assert.Equal("precious", File.ReadAllText("/run/lxcnetworking/file"));
        // Empty folders go, as a killed command leaves them.
        var left = Directory.GetFileSystemEntries("/run/lxcnetworking").Select(path => Path.GetFileName(path));
        Assert.Equal(["dead", "etc", "file", "net1"], left.Order(StringComparer.Ordinal));
    });

    private static NetworkErrorCode Code(Action action) => Assert.Throws<NetworkException>(action).Code;
}
