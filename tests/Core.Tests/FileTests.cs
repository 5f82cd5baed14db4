using System.Diagnostics;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Lxc;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Files;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>Files that a container or another user has put in the place of what is read or written.</summary>
[Trait("Kernel", "none")]
public sealed class FileTests
{
    private const string Place = "/run/files";
    private const int SomeUser = 65534;

    [Fact]
    public void A_leftover_is_swept_away_and_what_is_planted_is_not_opened() => Run(() =>
    {
        Directory.CreateDirectory(Place);
        using var folder = OpenFolder.InRoot("/run", "files");
        File.WriteAllText($"{Place}/.a.0123456789ab.lxcnetworking", "left");
        Execute("mkfifo", $"{Place}/.a.ba9876543210.lxcnetworking");
        // With a reader, to open the FIFO for writing would succeed too.
        using var reader = FileCalls.TryOpen(
            $"{Place}/.a.ba9876543210.lxcnetworking", Native.LibC.O_RDONLY | Native.LibC.O_NONBLOCK);
        File.CreateSymbolicLink($"{Place}/.a.aaaaaaaaaaaa.lxcnetworking", "/run/target");
        File.WriteAllText("/run/target", "stays");
        File.WriteAllText($"{Place}/.a.short.lxcnetworking", "another's");
        Assert.True(folder.Replace("a", "new"u8, 0, 0, 0x1a4));
        Assert.Equal(
            [".a.aaaaaaaaaaaa.lxcnetworking", ".a.ba9876543210.lxcnetworking", ".a.short.lxcnetworking", "a"],
            folder.Names().Order(StringComparer.Ordinal));
        Assert.Equal("new", File.ReadAllText($"{Place}/a"));
        Assert.Equal("stays", File.ReadAllText("/run/target"));
    });

    [Fact]
    public void A_mount_has_the_place_that_it_was_mounted_on() => Run(() =>
    {
        Directory.CreateDirectory("/run/a b");
        Execute("mount", "-t", "tmpfs", "none", "/run/a b");
        Assert.Contains(("/", "/run/a b"), MountTable.Read("/proc/thread-self"));
        Assert.Empty(MountTable.Read("/proc/0"));
    });

    [Fact]
    public void Only_a_regular_file_is_read_and_none_of_the_kernels() => Run(() =>
    {
        Directory.CreateDirectory($"{Place}/folder");
        using var folder = OpenFolder.InRoot("/run", "files");
        File.WriteAllText($"{Place}/plain", new string('x', 1024));
        File.CreateSymbolicLink($"{Place}/link", "plain");
        Execute("mkfifo", $"{Place}/pipe");
        using var own = Process.Start("sleep", "600");
        try
        {
            File.WriteAllText($"{Place}/comm", string.Empty);
            Execute("mount", "--bind", $"/proc/{own.Id}/comm", $"{Place}/comm");
            Assert.Equal(1024, folder.Read("plain", 1024)!.Length);
            Assert.Null(folder.Read("missing", 1024));
            var refused = new[]
            {
                ("link", "link"), ("pipe", "no regular"), ("folder", "folder"), ("comm", "kernel"), ("plain", "larger"),
            };
            foreach (var (name, what) in refused)
            {
                var refusal = Assert.Throws<UnsafeFileException>(() => folder.Read(name, 1023));
                Assert.Contains(what, refusal.What, StringComparison.Ordinal);
            }
        }
        finally
        {
            own.Kill();
            own.WaitForExit();
        }
    });

    [Fact]
    public void A_kernels_file_in_place_of_resolv_conf_is_not_written() => Run(() =>
    {
        Ip("link add br0 up type bridge");
        Execute("mount", "-t", "tmpfs", "etc", "/etc");
        File.WriteAllText("/etc/resolv.conf", "precious");
        const string script = "mount --bind /proc/$$/comm /etc/resolv.conf; touch /run/ready; exec sleep 600";
        using var container = Process.Start("unshare", ["--net", "--mount", "sh", "-c", script]);
        try
        {
            Assert.True(Eventually(() => File.Exists("/run/ready")));
            var spec = new ContainerConnectionSpec
            {
                Bridge = "br0",
                Addresses = [new IPPrefix("10.0.3.2/24")],
                DnsServers = [IPAddress.Parse("1.1.1.1")],
            };
            var containers = Stacks.Pool.Get().Containers;
            var refusal = Assert.Throws<NetworkException>(
                () => containers.Connect(new ContainerReference($"{container.Id}"), spec));
            Assert.Equal(NetworkErrorCode.NotSupported, refusal.Code);
            Assert.Contains("kernel", refusal.Message, StringComparison.Ordinal);
            Assert.True(Eventually(() => File.ReadAllText($"/proc/{container.Id}/comm") == "sleep\n"));
            Assert.Equal(0, IpJson("link show type veth").GetArrayLength());
        }
        finally
        {
            container.Kill();
            container.WaitForExit();
        }
    });

    [Theory]
    [InlineData("link", "symbolic link")]
    [InlineData("folderlink/config", "symbolic link")]
    [InlineData("hardlink", "second name")]
    [InlineData("pipe", "no regular file")]
    public void A_file_that_a_user_planted_is_not_edited_by_root(string name, string what) => Run(() =>
    {
        NeedsOtherUsers();
        Directory.CreateDirectory(Place);
        Directory.CreateDirectory("/run/roots");
        File.WriteAllText("/run/roots/config", "secret\n");
        var planted = $"{Place}/{name.Split('/')[0]}";
        switch (name)
        {
            case "link": File.CreateSymbolicLink(planted, "/run/roots/config"); break;
            case "folderlink/config": Directory.CreateSymbolicLink(planted, "/run/roots"); break;
            case "hardlink": Execute("ln", "/run/roots/config", planted); break;
            default: Execute("mkfifo", planted); break;
        }

        Execute("chown", "-h", $"{SomeUser}", Place);
        if (name != "hardlink")
            Execute("chown", "-h", $"{SomeUser}", planted);
        var refusal = Assert.Throws<NetworkException>(() => LxcConfiguration.Open($"{Place}/{name}"));
        Assert.Equal(NetworkErrorCode.InvalidArgument, refusal.Code);
        Assert.Contains(what, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", refusal.Message, StringComparison.Ordinal);
    });

    [Fact]
    public void A_link_of_roots_is_followed_and_stays() => Run(() =>
    {
        Directory.CreateDirectory($"{Place}/real");
        File.WriteAllText($"{Place}/real/config", "# mine\n");
        File.CreateSymbolicLink($"{Place}/absolute", $"{Place}/relative");
        File.CreateSymbolicLink($"{Place}/relative", "real/../real/./config");
        Directory.CreateSymbolicLink("/run/short", "files");
        var config = LxcConfiguration.Open("/run/short/absolute");
        config.Add(new LxcNetworkSettings { Type = LxcNetworkType.Empty });
        config.Save();
        Assert.StartsWith("# mine\n", File.ReadAllText($"{Place}/real/config"), StringComparison.Ordinal);
        Assert.Contains("lxc.net.0.type = empty", File.ReadAllText($"{Place}/real/config"), StringComparison.Ordinal);
        Assert.NotNull(new FileInfo($"{Place}/absolute").LinkTarget);
        Assert.NotNull(new FileInfo($"{Place}/relative").LinkTarget);
        File.CreateSymbolicLink($"{Place}/loop", "loop");
        foreach (var path in new[] { $"{Place}/loop", "/proc/self/root/run/files/relative" })
        {
            var refusal = Assert.Throws<NetworkException>(() => LxcConfiguration.Open(path));
            Assert.Equal(NetworkErrorCode.InvalidArgument, refusal.Code);
        }
    });
}
