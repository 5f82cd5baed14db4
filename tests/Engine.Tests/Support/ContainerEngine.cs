using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using LxcNetworking.Tests;

namespace Engine.Tests.Support;

/// <summary>A running engine and its own command, which is what the library's word is held against.</summary>
internal abstract class ContainerEngine : IDisposable
{
    /// <summary>The image that containers are made of: busybox alone.</summary>
    protected const string Image = "box";

    private const string BusyBox = "/bin/busybox";
    private static readonly string[] s_applets = ["sh", "sleep", "true", "cat", "ip", "ping"];
    private readonly string _group = $"lxcnetworking-test-{Guid.NewGuid():N}"[..26];
    private string _folder = string.Empty;
    private Process? _service;

    public abstract string Name { get; }

    public abstract string Program { get; }

    /// <summary>Where the engine listens: not under the sandbox's own /run, which the library's other threads do not
    /// see.</summary>
    public string SocketPath => Path.Combine(_folder, "socket");

    /// <summary>The cgroup that everything is put under.</summary>
    protected string CgroupParent => "/" + _group;

    protected abstract string Variable { get; }

    /// <summary>Starts the service and makes the image, if it is not there yet.</summary>
    public void Start()
    {
        if (_folder.Length == 0)
            _folder = Directory.CreateTempSubdirectory("engine-").FullName;
        Environment.SetEnvironmentVariable(Variable, $"unix://{SocketPath}");
        // Ends with the sandbox's thread, whatever becomes of the test.
        _service = new Process
        {
            StartInfo = new ProcessStartInfo("setpriv", ["--pdeathsig", "TERM", .. Service()])
            { RedirectStandardError = true, RedirectStandardOutput = true }
        };
        var said = new List<string>();
        void Note(object sender, DataReceivedEventArgs line)
        {
            lock (said)
                said.Add(line.Data ?? string.Empty);
        }

        _service.ErrorDataReceived += Note;
        _service.OutputDataReceived += Note;
        _service.Start();
        _service.BeginErrorReadLine();
        _service.BeginOutputReadLine();
        var watch = Stopwatch.StartNew();
        while (!IsReady())
        {
            if (_service.HasExited || watch.Elapsed > TimeSpan.FromMinutes(5))
            {
                lock (said)
                    Assert.Fail($"{Name} does not start: {string.Join('\n', said.TakeLast(20))}");
            }

            Thread.Sleep(100);
        }

        if (Command("images", "-q").Length == 0)
            MakeImage();
    }

    /// <summary>Ends the service at once, so that it leaves its socket behind.</summary>
    public void KillService()
    {
        _service!.Kill();
        _service.WaitForExit();
    }

    /// <summary>Runs the engine's own command.</summary>
    public string Command(params string[] arguments) =>
        Sandbox.Execute(Client()[0], [.. Client()[1..], .. arguments]).Trim();

    /// <summary>Runs a container that sleeps.</summary>
    /// <returns>Its whole id.</returns>
    public string Run(string name, string network = "none", params string[] options)
        => Command(["run", "-d", "--name", name, "--network", network, .. Limits, .. options, Image, "sleep", "600"]);

    /// <summary>Makes a container and does not start it.</summary>
    public void Create(string name) =>
        Command(["create", "--name", name, "--network", "none", .. Limits, Image, "sleep", "600"]);

    /// <summary>What the engine says about a container.</summary>
    public string Inspect(string name, string format) => Command("inspect", "-f", format, name);

    public int ProcessId(string name) => int.Parse(Inspect(name, "{{.State.Pid}}"), CultureInfo.InvariantCulture);

    /// <summary>Runs ip(8) in a container's network.</summary>
    public string Ip(string name, params string[] arguments)
        => Sandbox.Execute("nsenter",
            ["-t", ProcessId(name).ToString(CultureInfo.InvariantCulture), "-n", "ip", .. arguments]);

    public void Dispose()
    {
        if (_folder.Length == 0)
            return;
        try
        {
            // One that the test has killed still has containers.
            if (_service is { HasExited: true })
                Start();
            RemoveAll();
        }
        finally
        {
            Clean();
        }
    }

    private void Clean()
    {
        if (_service is not null)
        {
            Sandbox.TryExecute("kill", "-TERM", _service.Id.ToString(CultureInfo.InvariantCulture));
            if (!_service.WaitForExit(TimeSpan.FromMinutes(2)))
                _service.Kill(entireProcessTree: true);
            _service.Dispose();
        }

        Environment.SetEnvironmentVariable(Variable, null);
        var deadline = DateTime.UtcNow.AddSeconds(60);
        while (Cgroups() is { Length: > 0 } groups && DateTime.UtcNow < deadline)
        {
            // Whatever the engine has left in them.
            foreach (var group in groups)
            {
                foreach (var process in Processes(group))
                    Sandbox.TryExecute("kill", "-KILL", process);
            }

            Sandbox.TryExecute("rmdir", groups);
            Thread.Sleep(20);
        }

        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>The command that serves the API in the foreground.</summary>
    protected abstract string[] Service();

    /// <summary>The engine's own command, as far as it is the same for everything.</summary>
    protected abstract string[] Client();

    /// <summary>What every container is made with.</summary>
    protected virtual string[] Limits => [];

    protected abstract void RemoveAll();

    private bool IsReady()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(SocketPath));
        }
        catch (SocketException)
        {
            return false;
        }

        return Sandbox.TryExecute(Client()[0], [.. Client()[1..], "ps"]).Code == 0;
    }

    private void MakeImage()
    {
        var root = Path.Combine(_folder, "root");
        foreach (var name in new[] { "bin", "etc", "proc", "run", "sys", "dev", "tmp" })
            Directory.CreateDirectory(Path.Combine(root, name));
        File.Copy(BusyBox, Path.Combine(root, "bin/busybox"));
        foreach (var applet in s_applets)
            File.CreateSymbolicLink(Path.Combine(root, "bin", applet), "busybox");
        var archive = Path.Combine(_folder, "root.tar");
        Sandbox.Execute("tar", "-C", root, "-cf", archive, ".");
        Command("import", archive, Image);
    }

    // Another program may have removed the group meanwhile.
    private static string[] Processes(string group)
    {
        try
        {
            return File.ReadAllLines(Path.Combine(group, "cgroup.procs"));
        }
        catch (IOException)
        {
            return [];
        }
    }

    private string[] Cgroups() =>
        Sandbox.TryExecute("find", "/sys/fs/cgroup", "-depth", "-type", "d", "-path", $"*/{_group}*").Output
        .Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>Docker, with a containerd of its own.</summary>
internal sealed class Docker : ContainerEngine
{
    private const string PrivilegedRuntime = "bounded";
    private int _starts;

    public override string Name => "docker";

    public override string Program => "/usr/sbin/dockerd";

    protected override string Variable => "DOCKER_HOST";

    // Each start has a folder of its own, in which it finds nothing of a containerd that was killed with the one
    // before.
    protected override string[] Service() =>
    [
        Program, "--host", $"unix://{SocketPath}", "--data-root", "/run/docker-data",
        "--exec-root", $"/run/docker{++_starts}", "--pidfile", $"/run/docker{_starts}.pid",
        "--storage-driver", "vfs", "--cgroup-parent", CgroupParent,
        "--add-runtime", $"{PrivilegedRuntime}={Repository.File("tests", "lanes", "engines", "runtime.sh")}",
    ];

    protected override string[] Client() => ["/usr/bin/docker", "--host", $"unix://{SocketPath}"];

    /// <summary>Runs a privileged container with a root of its own, until its command has ended.</summary>
    /// <returns>What the engine said of it; the command's tests are judged by what they wrote.</returns>
    public string RunPrivileged(string name, PesterRoot root)
    {
        // The engine gives a container these itself.
        string[] own = ["dev", "proc", "run", "sys", "tmp"];
        var folders = Directory.EnumerateDirectories(root.Path).Where(folder => !own.Contains(Path.GetFileName(folder)))
            .Select(folder => $"{folder}:/{Path.GetFileName(folder)}")
            .Concat(root.Mounts.Select(mount =>
                $"{mount.Path}:{mount.Path}{(mount.IsReadOnly ? ":ro" : string.Empty)}"));
        var script = root.Command[^1];
        // Docker switches IPv6 off where a container has no IPv6 network.
        string[] network = ["--network", "none", "--sysctl", "net.ipv6.conf.all.disable_ipv6=0",
            "--sysctl", "net.ipv6.conf.default.disable_ipv6=0"];
        return Sandbox.TryExecute(Client()[0], [.. Client()[1..], "run", "--name", name, "--privileged",
            "--runtime", PrivilegedRuntime, .. network,
            .. folders.Append($"{root.Path}{script}:{script}:ro").SelectMany(volume => new[] { "-v", volume }),
            Image, .. root.Command]).Error;
    }

    protected override void RemoveAll()
    {
        if (Command("ps", "-aq").Split('\n', StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } all)
            Command(["rm", "-f", .. all]);
    }
}

/// <summary>Podman, by its API service.</summary>
internal sealed class Podman : ContainerEngine
{
    public override string Name => "podman";

    public override string Program => "/usr/bin/podman";

    protected override string Variable => "CONTAINER_HOST";

    protected override string[] Limits => ["--cgroup-parent", CgroupParent];

    /// <summary>Makes a pod with an infra container, which has the pod's network.</summary>
    public string CreatePod(string name)
    {
        var id = Command("pod", "create", "--name", name, "--network", "none", "--cgroup-parent", CgroupParent,
            "--infra-image", "box", "--infra-command", "sleep 600");
        Command("pod", "start", name);
        return id;
    }

    protected override string[] Service()
    {
        // What is allowed by default is more than a test's machine may allow.
        Directory.CreateDirectory("/etc/containers");
        File.WriteAllText("/etc/containers/containers.conf",
            "[containers]\ndefault_ulimits = [\"nofile=1000:1000\", \"nproc=1000:1000\"]\n");
        return [.. Client(), "system", "service", "--time", "0", $"unix://{SocketPath}"];
    }

    // Without the variable, by which the command would ask a service.
    protected override string[] Client() =>
        ["env", "-u", Variable, Program, "--root", "/run/podman-data", "--runroot", "/run/podman-run", "--tmpdir",
            "/run/podman-tmp", "--storage-driver", "vfs", "--runtime", "runc", "--cgroup-manager", "cgroupfs",
            "--events-backend", "file"];

    protected override void RemoveAll()
    {
        Command("pod", "rm", "-fa", "-t", "0");
        // One that shares another's network keeps that one from being removed the first time.
        if (Sandbox.TryExecute(Client()[0], [.. Client()[1..], "rm", "-fa", "-t", "0"]).Code != 0)
            Command("rm", "-fa", "-t", "0");
    }
}
