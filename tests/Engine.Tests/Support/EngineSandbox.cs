using LxcNetworking.Tests;

// DOCKER_HOST and CONTAINER_HOST, by which the library finds a test's engine, are the whole process's.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Engine.Tests.Support;

/// <summary>
/// A <see cref="Sandbox"/> in which Docker and Podman run as they would on a machine, with what
/// tests/lanes/engines/setup.sh unpacked laid over /usr and /etc. Only the cgroups are the machine's, under a name of
/// the sandbox's own.
/// </summary>
internal static class EngineSandbox
{
    /// <summary>Runs a test body with an engine.</summary>
    /// <param name="name">docker or podman.</param>
    /// <param name="body">What to do.</param>
    public static void Run(string name, Action<ContainerEngine> body) => Sandbox.Run(() =>
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "the engines are run as root here");
        LayOver();
        ContainerEngine engine = name == "docker" ? new Docker() : new Podman();
        if (!File.Exists(engine.Program))
            Sandbox.Lacking(
                $"{name} is not there: set LXCNETWORKING_ENGINES to the folder that tests/lanes/engines/setup.sh " +
                    "prints");
        using (engine)
        {
            engine.Start();
            body(engine);
        }
    });

    private static void LayOver()
    {
        var unpacked = Environment.GetEnvironmentVariable("LXCNETWORKING_ENGINES") is { Length: > 0 } path
            ? path : null;
        foreach (var folder in new[] { "usr", "etc", "var/lib" })
        {
            var (upper, work) = ($"/run/over/{folder}/upper", $"/run/over/{folder}/work");
            Directory.CreateDirectory(upper);
            Directory.CreateDirectory(work);
            var extra = unpacked is not null && Directory.Exists($"{unpacked}/{folder}") ? $"{unpacked}/{folder}:"
                : string.Empty;
            Sandbox.Execute("mount", "-t", "overlay", "engines", "/" + folder, "-o",
                $"lowerdir={extra}/{folder},upperdir={upper},workdir={work}");
        }

        // Podman's locks.
        Sandbox.Execute("mount", "-t", "tmpfs", "shm", "/dev/shm");
    }
}
