using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using LxcNetworking.Files;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Namespaces;

/// <summary>The files under /run/netns that namespaces are mounted on, as ip-netns(8) makes them.</summary>
internal static class NamespaceMount
{
    private const uint IFF_UP = 1;
    private static readonly TimeSpan s_lockTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Takes a namespace off its file.</summary>
    public static void Unmount(string name, string path)
    {
        if (LibC.Unmount(path, LibC.MNT_DETACH | LibC.UMOUNT_NOFOLLOW) < 0 && Marshal.GetLastPInvokeError() is var errno
            && errno != LibC.EINVAL)
            throw Failed("remove", name, errno);
    }

    /// <summary>Tells whether a name is a symbolic link: to another name, or to a process's namespace.</summary>
    public static bool IsLink(string path)
        => LibC.Look(path, follow: false) is { } about && (about.Mode & LibC.S_IFMT) == LibC.S_IFLNK;

    /// <summary>Removes the file that a namespace was mounted on.</summary>
    public static void DeleteFile(string name, string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Explain(e, $"The name '{name}' cannot be taken away", name);
        }
    }

    /// <summary>Makes /run/netns as ip-netns(8) does it: a shared mount, so that a removal is seen in every mount
    /// namespace that has a copy.</summary>
    /// <param name="name">The namespace that is to be made in it.</param>
    /// <param name="cancellation">Ends the wait for another program that does the same.</param>
    public static void PrepareRunDirectory(string name, CancellationToken cancellation)
    {
        try
        {
            Directory.CreateDirectory(
                NamespaceFile.RunDirectory,
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead
                    | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw FileErrors.Explain(e, $"The folder {NamespaceFile.RunDirectory} cannot be made", name);
        }

        if (IsShared())
            return;
        // ip-netns(8) takes the same lock, so that of several that come at once only the first one mounts. The file's
        // closing lets it go.
        using var folder = FileCalls.TryOpen(NamespaceFile.RunDirectory, LibC.O_RDONLY)
            ?? throw Failed("create", name, Marshal.GetLastPInvokeError());
        // Any user can open the folder and hold the lock for ever.
        for (var since = Stopwatch.GetTimestamp();
            LibC.Flock(folder, LibC.LOCK_EX | LibC.LOCK_NB) < 0;
            cancellation.WaitHandle.WaitOne(10))
        {
            cancellation.ThrowIfCancellationRequested();
            if (Marshal.GetLastPInvokeError() is not (LibC.EAGAIN or LibC.EINTR))
                throw Failed("create", name, Marshal.GetLastPInvokeError());
            if (Stopwatch.GetElapsedTime(since) > s_lockTimeout)
            {
                throw new NetworkException(
                    NetworkErrorCode.TimedOut,
                    $"The namespace '{name}' cannot be created: another process has held a lock on "
                        + $"{NamespaceFile.RunDirectory} for {s_lockTimeout.TotalSeconds} seconds. "
                        + $"'lsof {NamespaceFile.RunDirectory}' tells which one.",
                    name);
            }
        }

        if (IsShared())
            return;
        if (LibC.Mount(
            NamespaceFile.RunDirectory, NamespaceFile.RunDirectory, "none", LibC.MS_BIND | LibC.MS_REC) < 0
            || !IsShared())
            throw Failed("create", name, Marshal.GetLastPInvokeError());
    }

    // False where it is no mount yet.
    private static bool IsShared()
        => LibC.Mount(string.Empty, NamespaceFile.RunDirectory, "none", LibC.MS_SHARED | LibC.MS_REC) == 0;

    private static void SetLoopbackUp(string name, SafeFileHandle file)
    {
        using var connection = NetlinkConnection.Open(NetlinkProtocol.Route, file);
        using var request = new NetlinkRequest(Rtm.SetLink);
        request.Header(new IfInfoMsg { Index = 1, Flags = IFF_UP, Change = IFF_UP });
        try
        {
            connection.Execute(request);
        }
        catch (NetlinkErrorException e)
        {
            throw KernelErrors.Explain(e, $"bring lo up in '{name}'", "lo");
        }
    }

    /// <summary>Makes a namespace and mounts it on a file.</summary>
    public static void MountNew(string name, string path, bool loopbackUp)
    {
        // The namespace has its name only when it is complete.
        try
        {
            using var file = NamespaceExecutor.Create();
            if (loopbackUp)
                SetLoopbackUp(name, file);
            if (LibC.Mount(FileCalls.PathOf(file), path, "none", LibC.MS_BIND) < 0)
                throw Failed("create", name, Marshal.GetLastPInvokeError());
        }
        catch (NetlinkSocketException e)
        {
            throw Failed("create", name, e.Errno);
        }
    }

    /// <summary>Tells whether a namespace has another place in the file system than one file.</summary>
    /// <param name="path">That file.</param>
    /// <param name="inode">The namespace's.</param>
    public static bool IsElsewhere(string path, ulong inode)
    {
        var root = string.Create(CultureInfo.InvariantCulture, $"net:[{inode}]");
        return MountTable.Read("/proc/thread-self").Any(mount => mount.Root == root && mount.Place != path);
    }

    /// <summary>What a failed call means.</summary>
    public static NetworkException Failed(string verb, string name, int errno) => errno switch
    {
        LibC.EPERM or LibC.EACCES => new NetworkException(
            NetworkErrorCode.PermissionDenied,
            $"This user may not {verb} the network namespace '{name}': it takes CAP_SYS_ADMIN.",
            name)
        { Advice = [Advice.RunPrivileged] },
        LibC.ENOSPC => new NetworkException(
            NetworkErrorCode.NoSpace,
            $"There is no room for the network namespace '{name}': {NamespaceFile.RunDirectory} is full, or the kernel "
                + "has as many namespaces "
                + "and mounts as it may (user.max_net_namespaces and fs.mount-max of sysctl).",
            name),
        _ => FileErrors.Explain(errno, $"The network namespace '{name}' cannot be {verb}d", name),
    };
}
