using LxcNetworking.Native;
using LxcNetworking.Values;

namespace LxcNetworking.Namespaces;

/// <summary>Starts processes that are in a network namespace with all of their threads.</summary>
public static class NamespaceProcess
{
    private const string Settings = "/etc/netns";
    private const ulong MS_SLAVE = 1 << 19;

    /// <summary>
    /// Starts a process in a namespace, with the /sys and the files under /etc that belong there, as ip-netns(8) does.
    /// </summary>
    /// <param name="reference">The namespace.</param>
    /// <param name="start">Starts the process from the thread that calls it, and gives its id.</param>
    /// <param name="cancellation">Ends the wait for a container's runtime.</param>
    /// <exception cref="NetworkException">NamespaceNotFound, NamespaceChanged, NotANamespace,
    /// PermissionDenied, NotSupported.</exception>
    public static void Start(NamespaceReference reference, Func<int> start, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(start);
        Exception? failure = null;

        // A thread of its own, as a thread cannot come back from another mount namespace, and those that it starts are
        // where it is.
        var thread = new Thread(() =>
        {
            try
            {
                StartHere(reference, start, cancellation);
            }
#pragma warning disable CA1031 // it is thrown where it is waited for
            catch (Exception e)
#pragma warning restore CA1031
            {
                failure = e;
            }
        });
        thread.Start();
        thread.Join();
        if (failure is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    /// <summary>
    /// Makes this process the first one of a session without a terminal (setsid(2)), so that the terminal's signals
    /// do not reach it. A process that is the first one of a group already stays where it is.
    /// </summary>
    public static void LeaveTerminal() => _ = LibC.SetSid();

    private static void StartHere(NamespaceReference reference, Func<int> start, CancellationToken cancellation)
    {
        using var scope = NamespaceScope.Enter(reference, cancellation);
        if (LibC.Unshare(LibC.CLONE_NEWNS) == 0
            && LibC.Mount(string.Empty, "/", "none", MS_SLAVE | LibC.MS_REC, 0) == 0)
            MountOwn(NamespaceFile.PathOf(reference, cancellation));
        var id = start();
        if (NamespaceFile.TryIdentify(NamespaceFile.ProcessPath(id), out _)
            != NamespaceFile.TryIdentify(NamespaceFile.OwnThread, out _))
        {
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"The process {id} did not start in the network namespace '{reference.Text}'.",
                reference.Text);
        }
    }

    // A process without these works on the right network all the same, so what cannot be mounted is left.
    private static void MountOwn(string path)
    {
        _ = LibC.Mount("sysfs", "/sys", "sysfs", 0, 0);
        var settings = Path.Combine(Settings, Path.GetFileName(path));
        if (Path.GetDirectoryName(path) != NamespaceFile.RunDirectory || !Directory.Exists(settings))
            return;
        foreach (var file in Directory.EnumerateFileSystemEntries(settings))
            _ = LibC.Mount(file, Path.Combine("/etc", Path.GetFileName(file)), "none", LibC.MS_BIND, 0);
    }
}
