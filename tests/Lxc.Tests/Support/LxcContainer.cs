using System.Globalization;
using LxcNetworking.Tests;

namespace Lxc.Tests.Support;

/// <summary>
/// A running busybox container. Made, used and disposed of inside an <see cref="LxcSandbox"/>, whose network its host
/// ends are in.
/// </summary>
internal sealed class LxcContainer : IDisposable
{
    private const string BusyBox = "/bin/busybox";

    private static readonly Lazy<string[]> Applets = new(() =>
        Sandbox.Execute(BusyBox, "--list").Split('\n', StringSplitOptions.RemoveEmptyEntries));

    private readonly string _path;

    /// <summary>Starts a container and waits until it runs.</summary>
    /// <param name="network">Lines for its one network, without "lxc.net.0.": "type = veth", "link = lxcbr0" …</param>
    public LxcContainer(params string[] network)
        : this(LxcSandbox.ContainerPath, network)
    {
    }

    /// <summary>The same, with a network that somebody else writes into the configuration file.</summary>
    public LxcContainer(Action<string> configure)
        : this(LxcSandbox.ContainerPath, [], configure)
    {
    }

    /// <summary>The same, kept under another path than LXC's default.</summary>
    public LxcContainer(string path, string[] network, Action<string>? configure = null)
    {
        _path = path;
        // Cgroups are the machine's, so that names must differ between test runs at the same time.
        Name = $"test-{Guid.NewGuid():N}"[..13];
        Write(network);
        try
        {
            configure?.Invoke(Path.Combine(Folder, "config"));
            Sandbox.Execute("lxc-start", "-P", _path, "-n", Name, "-d", "-o", LogFile, "-l", "INFO");
            Sandbox.Execute("lxc-wait", "-P", _path, "-n", Name, "-s", "RUNNING", "-t", "120");
            ProcessId = int.Parse(Sandbox.Execute("lxc-info", "-P", _path, "-n", Name, "-pH"),
                CultureInfo.InvariantCulture);
        }
        catch (Exception e)
        {
            var log = File.Exists(LogFile) ? File.ReadAllText(LogFile) : "";
            Dispose();
            throw new InvalidOperationException($"{e.Message}\n{log}", e);
        }
    }

    public string Name { get; }

    /// <summary>The container's init, as the machine numbers it.</summary>
    public int ProcessId { get; }

    private string Folder => Path.Combine(_path, Name);

    private string LogFile => Path.Combine(Folder, "log");

    /// <summary>Runs a program inside, with all the container's namespaces.</summary>
    public string Attach(params string[] command) => Sandbox.Execute("lxc-attach", Inside(command));

    /// <summary>The same, where it may fail.</summary>
    public (int Code, string Output, string Error) TryAttach(params string[] command) =>
        Sandbox.TryExecute("lxc-attach", Inside(command));

    /// <summary>Runs a program of this machine in the container's network namespace.</summary>
    public string Nsenter(params string[] command) =>
        Sandbox.Execute("nsenter", ["-t", ProcessId.ToString(CultureInfo.InvariantCulture), "-n", "--", .. command]);

    /// <summary>Halts the container as its administrator would.</summary>
    public void Stop() => Sandbox.Execute("lxc-stop", "-P", _path, "-n", Name, "-t", "30");

    public void Dispose()
    {
        // Ends with 2 where the container is already stopped.
        Sandbox.TryExecute("lxc-stop", "-P", _path, "-n", Name, "-k");
        Sandbox.TryExecute("lxc-wait", "-P", _path, "-n", Name, "-s", "STOPPED", "-t", "120");
        RemoveCgroups();
        Directory.Delete(Folder, recursive: true);
    }

    /// <summary>The container's cgroups in every hierarchy, innermost first.</summary>
    public string[] Cgroups() =>
        Sandbox.TryExecute("find", "/sys/fs/cgroup", "-depth", "-type", "d", "-path", $"*/lxc.*.{Name}*").Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private string[] Inside(string[] command) =>
        ["-P", _path, "-n", Name, "--clear-env", "--set-var", "PATH=/bin:/sbin", "--", .. command];

    // The monitor cannot remove the group that it is in, and may still be ending; lxc.pivot, where LXC parks it
    // meanwhile, is shared and stays as long as another container's monitor is in it.
    private void RemoveCgroups()
    {
        var deadline = DateTime.UtcNow.AddSeconds(60);
        for (var groups = Cgroups(); groups.Length > 0 && DateTime.UtcNow < deadline; groups = Cgroups())
        {
            Sandbox.TryExecute("rmdir", groups);
            Thread.Sleep(20);
        }

        Sandbox.TryExecute("find", "/sys/fs/cgroup", "-depth", "-type", "d", "-name", "lxc.pivot", "-delete");
    }

    private void Write(string[] network)
    {
        var root = Path.Combine(Folder, "rootfs");
        foreach (var folder in (string[])["bin", "sbin", "etc", "proc", "sys", "dev", "tmp", "root", "run", "var/run"])
            Directory.CreateDirectory(Path.Combine(root, folder));

        File.Copy(BusyBox, Path.Combine(root, "bin/busybox"));
        foreach (var applet in Applets.Value.Where(applet => applet != "busybox"))
            File.CreateSymbolicLink(Path.Combine(root, "bin", applet), "busybox");
        File.CreateSymbolicLink(Path.Combine(root, "sbin/init"), "../bin/busybox");
        File.Copy(Path.Combine(AppContext.BaseDirectory, "container/inittab"), Path.Combine(root, "etc/inittab"));
        File.WriteAllText(Path.Combine(root, "etc/passwd"), "root:x:0:0:root:/root:/bin/sh\n");
        File.WriteAllText(Path.Combine(root, "etc/group"), "root:x:0:\n");

        var config = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "container/container.conf"))
            .Replace("@ROOTFS@", root, StringComparison.Ordinal)
            .Replace("@NAME@", Name, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(Folder, "config"),
            config + string.Concat(network.Select(line => $"lxc.net.0.{line}\n")));
    }
}
