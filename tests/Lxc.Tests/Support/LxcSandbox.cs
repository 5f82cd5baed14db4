using System.ComponentModel;
using LxcNetworking.Tests;

namespace Lxc.Tests.Support;

/// <summary>
/// A <see cref="Sandbox"/> with a /sys and a /var/lib/lxc of its own as well: LXC runs there as it would on a machine,
/// and the machine's own links and containers are out of reach.
/// </summary>
internal static class LxcSandbox
{
    /// <summary>Where LXC looks for containers unless told otherwise.</summary>
    public const string ContainerPath = "/var/lib/lxc";

    public static void Run(Action body) => Sandbox.Run(() =>
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "LXC containers are made as root here");
        if (!IsInstalled())
            Sandbox.Lacking("lxc-start is not installed: apt-get install lxc");
        Sandbox.Execute("mount", "-t", "tmpfs", "lxc", ContainerPath);

        // A sysfs mounted here shows this namespace's links, where LXC looks for a bridge; the cgroups go back under
        // it.
        const string cgroup = "/sys/fs/cgroup", aside = "/run/cgroup";
        Directory.CreateDirectory(aside);
        Sandbox.Execute("mount", "--rbind", cgroup, aside);
        Sandbox.Execute("mount", "-t", "sysfs", "sys", "/sys");
        Sandbox.Execute("mount", "--rbind", aside, cgroup);
        Sandbox.Execute("umount", "-l", aside);
        Directory.Delete(aside);
        body();
    });

    private static bool IsInstalled()
    {
        try
        {
            return Sandbox.TryExecute("lxc-start", "--version").Code == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
