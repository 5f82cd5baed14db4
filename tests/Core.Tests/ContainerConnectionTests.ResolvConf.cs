using System.Diagnostics;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>Name servers of a container.</summary>
public sealed partial class ContainerConnectionTests
{
    [Fact]
    public void A_namespaces_resolv_conf_is_written_where_programs_in_it_look() => Run(() =>
    {
        // A killed process left the first behind; somebody is at the second; the others are none of ours.
        string[] names =
        [
            ".resolv.conf.0123456789ab.lxcnetworking",
            ".resolv.conf.ba9876543210.lxcnetworking",
            ".resolv.conf.swp",
            ".resolv.conf.link01234567.lxcnetworking",
        ];
        Sandbox.HideEtcNetns();
        Directory.CreateDirectory("/etc/netns/web");
        foreach (var name in names[..3])
            File.WriteAllText("/etc/netns/web/" + name, "old");
        File.CreateSymbolicLink("/etc/netns/web/" + names[3], names[2]);
        using var held = new FileStream("/etc/netns/web/" + names[1], FileMode.Open, FileAccess.ReadWrite,
            FileShare.None);
        Here.Connect(Web,
            OnBridge("10.0.3.2/24") with
            {
                DnsServers = [IPAddress.Parse("10.0.3.1"), IPAddress.Parse("fd00:3::1")],
                DnsSearch = ["lxc", "example.org"]
            });
        Assert.Equal("# Written by LxcNetworking\nsearch lxc example.org\nnameserver 10.0.3.1\nnameserver fd00:3::1\n",
            Sandbox.Execute("ip", "netns", "exec", "web", "cat", "/etc/resolv.conf"));
        Assert.Equal([.. names[1..].Append("resolv.conf").Order(StringComparer.Ordinal)],
            Directory.EnumerateFileSystemEntries("/etc/netns/web").Select(Path.GetFileName)
            .Order(StringComparer.Ordinal));
    });

    [Theory]
    [InlineData("--net", "true", false)]
    [InlineData("--net --mount", "mount --bind /etc/resolv.conf /etc/resolv.conf", false)]
    [InlineData("--net --mount", "mount --bind /etc/own /etc/resolv.conf", true)]
    [Trait("Kernel", "none")]
    public void A_process_that_sees_the_hosts_files_does_not_have_the_hosts_resolv_conf_overwritten(string namespaces,
        string prepare, bool hasItsOwn) => Run(() =>
    {
        Sandbox.Execute("mount", "-t", "tmpfs", "etc", "/etc");
        File.WriteAllText("/etc/resolv.conf", "precious");
        File.WriteAllText("/etc/own",
            "something longer than what is to be written into it ................................");
        using var container = Process.Start("unshare",
            [.. namespaces.Split(' '), "sh", "-c", prepare + "; touch /run/ready; exec sleep 600"]);
        try
        {
            Assert.True(Sandbox.Eventually(() => File.Exists("/run/ready")));
            var reference = new ContainerReference($"{container.Id}");
            var spec = OnBridge("10.0.3.2/24") with { DnsServers = [IPAddress.Parse("1.1.1.1")] };
            if (hasItsOwn)
                Here.Connect(reference, spec);
            else
                Assert.Equal(NetworkErrorCode.NotSupported, Refusal(() => Here.Connect(reference, spec)).Code);
            Assert.Equal("precious", File.ReadAllText("/etc/resolv.conf"));
            Assert.Equal(hasItsOwn, File.ReadAllText("/etc/own") == "# Written by LxcNetworking\nnameserver 1.1.1.1\n");
            Assert.Equal(hasItsOwn ? 1 : 0, Sandbox.IpJson("link show type veth").GetArrayLength());
        }
        finally
        {
            container.Kill();
            container.WaitForExit();
        }
    });
}
