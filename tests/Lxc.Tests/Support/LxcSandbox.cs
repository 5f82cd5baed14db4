using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Lxc.Tests.Support;

/// <summary>
/// A thread in a network and a mount namespace of its own, with /sys, /run and /var/lib/lxc of its own: LXC runs there
/// as it would on a machine, and the machine's own links, /run/netns and containers are out of reach.
/// </summary>
internal sealed class LxcSandbox : IDisposable
{
    /// <summary>Where LXC looks for containers unless told otherwise.</summary>
    public const string ContainerPath = "/var/lib/lxc";

    private readonly BlockingCollection<Action> _work = [];
    private readonly Thread _thread;

    public LxcSandbox()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "LXC containers are made as root here");
        Assert.SkipUnless(Command.Exists("lxc-start"), "lxc-start is not installed: apt-get install lxc");
        _thread = new Thread(Work) { IsBackground = true, Name = nameof(LxcSandbox) };
        _thread.Start();
        Run(Enter);
    }

    /// <summary>Runs on the sandbox's thread; programs started there live in its namespaces.</summary>
    public void Run(Action action)
    {
        Exception? failure = null;
        using var done = new ManualResetEventSlim();
        _work.Add(() =>
        {
            try
            {
                action();
            }
#pragma warning disable CA1031 // Carried over to the caller's thread.
            catch (Exception e)
#pragma warning restore CA1031
            {
                failure = e;
            }

            done.Set();
        });
        done.Wait();
        if (failure is not null)
            ExceptionDispatchInfo.Throw(failure);
    }

    public void Dispose()
    {
        _work.CompleteAdding();
        _thread.Join();
        _work.Dispose();
    }

    private void Work()
    {
        foreach (var action in _work.GetConsumingEnumerable())
            action();
    }

    private static void Enter()
    {
        Native.Unshare(Native.NewNetworkNamespace | Native.NewMountNamespace);
        Native.Mount("none", "/", null, Native.Recursive | Native.Private);
        Native.Mount("run", "/run", "tmpfs");
        Native.Mount("lxc", ContainerPath, "tmpfs");

        // A sysfs mounted here shows this namespace's links, where LXC looks for a bridge; the cgroups go back under it.
        const string cgroup = "/sys/fs/cgroup", aside = "/run/cgroup";
        Directory.CreateDirectory(aside);
        Native.Mount(cgroup, aside, null, Native.Bind | Native.Recursive);
        Native.Mount("sys", "/sys", "sysfs");
        Native.Mount(aside, cgroup, null, Native.Bind | Native.Recursive);
        Native.Unmount(aside);
        Directory.Delete(aside);

        Directory.CreateDirectory("/run/netns");
        Command.Run("ip", "link", "set", "lo", "up");
    }
}
