using Lxc.Tests.Support;
using LxcNetworking.Tests;

namespace Lxc.Tests;

/// <summary>The cmdlets as somebody runs them inside a privileged container of LXC.</summary>
[Trait("Suite", "Pester")]
public sealed class PesterTests
{
    [Fact]
    public void The_tagged_files_pass_in_a_privileged_container() => LxcSandbox.Run(() =>
    {
        var root = new PesterRoot();
        using var container = new LxcContainer(config => File.AppendAllLines(config,
        [
            "lxc.net.0.type = empty",
            $"lxc.rootfs.path = dir:{root.Path}",
            $"lxc.init.cmd = {string.Join(' ', root.Command)}",
            // An empty value clears what container.conf sets.
            "lxc.mount.auto =",
            "lxc.mount.auto = proc:rw sys:rw cgroup:rw",
            .. root.Mounts.Select(mount => $"lxc.mount.entry = {mount.Path} {mount.Path[1..]} none bind,{(
                mount.IsReadOnly ? "ro" : "rw")},create=dir 0 0"),
        ]));
        Sandbox.Execute("lxc-wait", "-P", LxcSandbox.ContainerPath, "-n", container.Name,
            "-s", "STOPPED", "-t", "1200");
        root.AssertPassed();
    });
}
