using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Namespaces;

/// <summary>Starts processes that are in a network namespace with all of their threads.</summary>
public static class NamespaceProcess
{
    private const string Settings = "/etc/netns";
    private const ulong MS_SLAVE = 1 << 19;

    /// <summary>
    /// Starts a process in a namespace, with the /sys and the files under /etc that belong there, as ip-netns(8) does.
    /// </summary>
    /// <param name="pool">The pool, which knows the namespaces that are in use.</param>
    /// <param name="reference">The namespace.</param>
    /// <param name="start">Starts the process from the thread that calls it, and gives its id.</param>
    /// <param name="cancellation">Ends the wait for a container's runtime.</param>
    /// <exception cref="NetworkException">NamespaceNotFound, NamespaceChanged, NotANamespace,
    /// PermissionDenied, NotSupported.</exception>
    public static void Start(
        NetworkStackPool pool,
        NamespaceReference reference,
        Func<int> start,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pool);
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(start);
        using var file = pool.OpenFile(reference, cancellation);
        // Where the name leads, in the caller's view of the file system.
        var path = NamespaceFile.PathOf(reference, cancellation);
        StartIn(file, reference, () => StartHere(reference, path, start));
    }

    /// <summary>Starts a process in a stack's namespace, with the files that the caller sees.</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="start">Starts it, on a thread that ends afterwards.</param>
    /// <exception cref="NetworkException">NamespaceChanged, PermissionDenied.</exception>
    internal static void Start(NetworkStack stack, Func<bool> start)
    {
        using var file = stack.OpenFile();
        StartIn(file, stack.Namespace, start);
    }

    private static void StartIn<T>(SafeFileHandle file, NamespaceReference reference, Func<T> start)
    {
        PoolThreads.Prepare();
        var identity = NamespaceFile.Identify(file);
        var isThere = NamespaceFile.TryIdentify(NamespaceFile.OwnThread, out _) == identity;
        try
        {
            NamespaceExecutor.Run(isThere ? null : file, start);
        }
        catch (NetlinkSocketException e)
        {
            throw KernelErrors.Explain(e, reference.Text);
        }
        finally
        {
            if (!isThere)
                PoolThreads.MoveBack(identity);
        }
    }

    /// <summary>
    /// Makes this process the first one of a session without a terminal (setsid(2)), so that the terminal's signals
    /// do not reach it. A process that is the first one of a group already stays where it is.
    /// </summary>
    public static void LeaveTerminal() => _ = LibC.SetSid();

    // On a thread that ends afterwards, as it cannot come back from another mount namespace.
    private static int StartHere(NamespaceReference reference, string path, Func<int> start)
    {
        if (LibC.Unshare(LibC.CLONE_NEWNS) == 0
            && LibC.Mount(string.Empty, "/", "none", LibC.MS_SLAVE | LibC.MS_REC) == 0)
            MountOwn(path);
        var id = start();
        if (NamespaceFile.TryIdentify(NamespaceFile.ProcessPath(id), out _)
            != NamespaceFile.TryIdentify(NamespaceFile.OwnThread, out _))
        {
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"The process {id} did not start in the network namespace '{reference.Text}'.",
                reference.Text);
        }

        return id;
    }

    // A process without these works on the right network all the same, so what cannot be mounted is left.
    private static void MountOwn(string path)
    {
        _ = LibC.Mount("sysfs", "/sys", "sysfs", 0);
        var settings = Path.Combine(Settings, Path.GetFileName(path));
        if (Path.GetDirectoryName(path) != NamespaceFile.RunDirectory || !Directory.Exists(settings))
            return;
        foreach (var file in Directory.EnumerateFileSystemEntries(settings))
            _ = LibC.Mount(file, Path.Combine("/etc", Path.GetFileName(file)), "none", LibC.MS_BIND);
    }
}
