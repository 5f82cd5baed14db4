using System.Collections.Concurrent;
using System.Diagnostics;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Lxc;
using LxcNetworking.Containers.Networks;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Files;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Segments;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>What a killed command left is taken away by the one that would take back what it did, also if that finds
/// nothing.</summary>
public sealed class LeftoverTests
{
    private const string Temporary = ".0123456789ab.lxcnetworking";

    private static NetworkStack Here => Stacks.Pool.Get();

    [Theory]
    [InlineData("")]
    [InlineData("lxcbr0/")]
    [InlineData("lxcbr0/ lxcbr0/.network.json" + Temporary)]
    [InlineData("moved-interfaces/ moved-interfaces/.1-2-veth-v0" + Temporary)]
    public void Of_a_network_that_is_not_there_nothing_stays_in_run(string left) => Run(() =>
    {
        Plant("/run/lxcnetworking", ".lock " + left);
        Assert.Equal(NetworkErrorCode.ObjectNotFound,
            Assert.Throws<NetworkException>(() => Here.ContainerNetworks.Remove("lxcbr0")).Code);
        Assert.False(Directory.Exists("/run/lxcnetworking"));

        Plant("/run/lxcnetworking", ".lock " + left);
        Here.Containers.Disconnect([]);
        Assert.False(Directory.Exists("/run/lxcnetworking"));
    });

    [Fact]
    public void What_is_in_use_or_anothers_stays_in_run() => Run(() =>
    {
        Plant("/run/lxcnetworking", "a/ a/.network.json" + Temporary + " b/ b/network.json c/ c/.mine");
        using (new FileStream("/run/lxcnetworking/a/.network.json" + Temporary, FileMode.Open, FileAccess.ReadWrite,
            FileShare.None))
            RunFolder.Sweep();
        Assert.Equal(["a", "b", "c"], Names("/run/lxcnetworking"));
        using (new FileStream("/run/lxcnetworking/.lock", FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None))
            RunFolder.Sweep();
        Assert.Equal([".lock", "a", "b", "c"], Names("/run/lxcnetworking"));
        RunFolder.Sweep();
        Assert.Equal(["b", "c"], Names("/run/lxcnetworking"));
    });

    [Fact]
    public void Who_tidies_up_takes_nothing_from_those_who_write() => Run(() =>
    {
        Directory.CreateDirectory("/run/files");
        var failures = new ConcurrentBag<Exception>();
        var stop = false;
        void Work(Action action)
        {
            if (Record.Exception(action) is { } failure)
                failures.Add(failure);
        }

        var sweepers = Enumerable.Range(0, 2).Select(_ => new Thread(() => Work(() =>
        {
            using var folder = OpenFolder.InRoot("/run", "files");
            while (!Volatile.Read(ref stop))
                folder.Sweep();
        }))).ToList();
        var writers = Enumerable.Range(0, 2).Select(number => new Thread(() => Work(() =>
        {
            using var folder = OpenFolder.InRoot("/run", "files");
            for (var turn = 0; turn < 300; turn++)
                folder.Replace($"file{number}", "content"u8, 0, 0, 0x1a4);
        }))).ToList();
        sweepers.ForEach(thread => thread.Start());
        writers.ForEach(thread => thread.Start());
        writers.ForEach(thread => thread.Join());
        Volatile.Write(ref stop, true);
        sweepers.ForEach(thread => thread.Join());
        Assert.Empty(failures);
        Assert.Equal(["file0", "file1"], Names("/run/files"));
    });

    [Fact]
    public void Beside_an_LXC_configuration_nothing_stays() => Run(() =>
    {
        Plant("/run/web", $".config{Temporary} .other{Temporary}");
        File.WriteAllText("/run/web/config", "lxc.net.0.type = empty\n");
        LxcConfiguration.Open("/run/web/config").Sweep();
        Assert.Equal([".other" + Temporary, "config"], Names("/run/web"));
    });

    [Fact]
    public void Of_name_servers_for_a_namespace_nothing_stays() => Run(() =>
    {
        Execute("mount", "-t", "tmpfs", "etc", "/etc");
        var spec = new ContainerConnectionSpec
        { Bridge = "br0", InterfaceName = "eth0", DnsServers = [IPAddress.Parse("10.0.3.1")] };
        Ip("link add br0 up type bridge");
        var web = new ContainerReference("web");
        Stacks.Pool.Namespaces.Create("web");
        Here.Containers.Connect(web, spec);
        Here.Containers.Connect(web, spec with { InterfaceName = "eth1" });
        void Disconnect(string name)
            => Assert.Empty(Here.Containers.Disconnect([Stacks.Pool.Get(new NamespaceReference("web")).Links.Get(name)],
                container: web));
        Disconnect("eth0");
        Assert.True(File.Exists("/etc/netns/web/resolv.conf"));
        Disconnect("eth1");
        Assert.False(Directory.Exists("/etc/netns"));

        // With the namespace too, and what was begun.
        Here.Containers.Connect(web, spec);
        Plant("/etc/netns/web", ".resolv.conf" + Temporary);
        Stacks.Pool.Namespaces.Remove(Stacks.Pool.Namespaces.Get(new("web")));
        Assert.False(Directory.Exists("/etc/netns"));

        // What somebody else wrote stays.
        Stacks.Pool.Namespaces.Create("web");
        Plant("/etc/netns/web", "hosts");
        File.WriteAllText("/etc/netns/web/resolv.conf", "nameserver 1.1.1.1\n");
        Stacks.Pool.Namespaces.Remove(Stacks.Pool.Namespaces.Get(new("web")));
        Assert.Equal(["hosts", "resolv.conf"], Names("/etc/netns/web"));
    });

    [Fact]
    public void In_a_container_nothing_stays_of_its_name_servers() => Run(() =>
    {
        using var container = Process.Start("unshare",
            ["--net", "--mount", "sh", "-c",
                $"mount -t tmpfs none /etc; touch /etc/.resolv.conf{Temporary} /run/ready; exec sleep 600"]);
        try
        {
            Assert.True(Eventually(() => File.Exists("/run/ready")));
            var etc = $"/proc/{container.Id}/root/etc";
            Assert.Equal([".resolv.conf" + Temporary], Names(etc));
            Here.Containers.Disconnect([], container: new ContainerReference($"{container.Id}"));
            Assert.Empty(Names(etc));
        }
        finally
        {
            container.Kill();
            container.WaitForExit();
        }
    });

    [Fact]
    public void A_part_of_a_segment_that_was_never_completed_goes_with_it() => Run(() =>
    {
        // No process has that number.
        Ip("link add vx0-seg0 group 746586111 type vxlan id 7 dstport 4789 remote 192.0.2.9 dev lo");
        Here.Segments.Disconnect("seg0");
        Assert.Equal("lo", Assert.Single(IpJson("link show").EnumerateArray()).GetProperty("ifname").GetString());

        Ip("link add seg0 group 746586111 type bridge");
        using var pending = PendingMark.Hold(Here);
        Ip($"link add vx0-seg0 group {pending.Group} type vxlan id 7 dstport 4789 remote 192.0.2.9 dev lo");
        Here.Segments.Disconnect("seg0");
        Assert.Equal(["lo", "vx0-seg0"], IpJson("link show").EnumerateArray()
            .Select(link => link.GetProperty("ifname").GetString()!));
    });

    [Fact]
    public void A_link_in_the_making_is_known_by_its_maker_and_not_by_a_process_id() => Run(() =>
    {
        Ip("link add br0 up type bridge");
        Ip("netns add web");
        var web = Stacks.Pool.Get(new NamespaceReference("web"));
        var spec = new ContainerConnectionSpec { Bridge = "br0" };
        string[] InWeb() =>
        [
            .. IpJson("-n web link show type veth").EnumerateArray()
                .Select(link => link.GetProperty("ifname").GetString()!),
        ];
        using (var others = PendingMark.Hold(web))
        {
            // As another command makes it, whose process is in another PID namespace.
            Ip($"link add v0 type veth peer name eth0 netns web group {others.Group}");
            Assert.Equal("eth1", Here.Containers.Connect(new ContainerReference("web"), spec).InterfaceAlias);
            Assert.Contains("eth0", InWeb());
        }

        Assert.Equal("eth0", Here.Containers.Connect(new ContainerReference("web"), spec).InterfaceAlias);
        // The number of a killed process, which is this one's now.
        Ip($"link add v1 type veth peer name eth2 netns web group {0x2C000000 | Environment.ProcessId}");
        Assert.Equal("eth2", Here.Containers.Connect(new ContainerReference("web"), spec).InterfaceAlias);
        Assert.Equal(["eth0", "eth1", "eth2"], InWeb().Order(StringComparer.Ordinal));
        Assert.Equal(3, IpJson("link show type veth").GetArrayLength());
    });

    private static string[] Names(string folder)
        => [.. Directory.EnumerateFileSystemEntries(folder).Select(path => Path.GetFileName(path))
            .Order(StringComparer.Ordinal)];

    // Empty files, and folders where a name ends so.
    private static void Plant(string folder, string names)
    {
        Directory.CreateDirectory(folder);
        foreach (var name in names.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (name.EndsWith('/'))
                Directory.CreateDirectory($"{folder}/{name}");
            else
                File.WriteAllText($"{folder}/{name}", string.Empty);
        }
    }
}
