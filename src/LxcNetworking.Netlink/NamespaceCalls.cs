using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LxcNetworking.Native;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Netlink;

/// <summary>
/// Makes namespaces, and opens sockets in others. While the thread is in another namespace there is nothing but system
/// calls: what .NET does for its own needs, such as compiling a method that was called often, may start a thread, which
/// begins where the calling one is and keeps that namespace alive for seconds.
/// </summary>
internal static unsafe partial class NamespaceCalls
{
    private const string Library = "libc";
    private const int Entering = 0, Opening = 1, IsAway = 2;
    private const int OpenFlags = LibC.O_RDONLY | LibC.O_CLOEXEC;

    // What the runtime has to look up it looks up here.
    static NamespaceCalls()
    {
        _ = SetNs(-1, 0);
        _ = Socket(-1, 0, 0);
        _ = Unshare(0);
        fixed (byte* nothing = "\0"u8)
            _ = Open(nothing, 0);
    }

    /// <summary>Makes a network namespace; the thread is where it was afterwards, or must end.</summary>
    /// <returns>Its file, which alone keeps it.</returns>
    /// <exception cref="NetlinkSocketException">The kernel refused.</exception>
    public static SafeFileHandle Make()
    {
        fixed (byte* path = "/proc/thread-self/ns/net\0"u8)
        {
            using var here = new SafeFileHandle(Open(path, OpenFlags), ownsHandle: true);
            var errno = 0;
            var made = Make(path, (int)here.DangerousGetHandle(), ErrnoLocation(), &errno);
            return made >= 0 ? new SafeFileHandle(made, ownsHandle: true)
                : throw new NetlinkSocketException("Making a network namespace", errno);
        }
    }

    /// <summary>Goes to a namespace, opens a socket there and comes back.</summary>
    /// <param name="there">The namespace's file.</param>
    /// <param name="back">The file of the one where the thread is.</param>
    /// <param name="family">AF_*.</param>
    /// <param name="type">SOCK_*, with its flags.</param>
    /// <param name="protocol">The family's protocol.</param>
    /// <param name="failure">Why there is no socket; null if there is one.</param>
    /// <param name="isAway">Whether the thread could not come back: it must end.</param>
    /// <returns>The socket, or -1.</returns>
    public static int OpenThere(
        SafeFileHandle there,
        SafeFileHandle back,
        int family,
        int type,
        int protocol,
        out NetlinkSocketException? failure,
        out bool isAway)
    {
        bool hasThere = false, hasBack = false;
        try
        {
            there.DangerousAddRef(ref hasThere);
            back.DangerousAddRef(ref hasBack);
            int step = Entering, errno = 0;
            var descriptor = Open(
                (int)there.DangerousGetHandle(),
                (int)back.DangerousGetHandle(),
                family,
                type,
                protocol,
                ErrnoLocation(),
                &step,
                &errno);
            isAway = (step & IsAway) != 0;
            failure = descriptor >= 0 ? null : new NetlinkSocketException(
                (step & Opening) != 0 ? "Opening a socket" : "Entering the network namespace", errno);
            return descriptor;
        }
        finally
        {
            if (hasThere)
                there.DangerousRelease();
            if (hasBack)
                back.DangerousRelease();
        }
    }

    // Compiled as a whole before its first call, it is not counted and never compiled again.
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static int Open(
        int there, int back, int family, int type, int protocol, int* threadErrno, int* step, int* errno)
    {
        if (SetNs(there, LibC.CLONE_NEWNET) != 0)
        {
            *errno = *threadErrno;
            return -1;
        }

        *step = Opening;
        var descriptor = Socket(family, type, protocol);
        *errno = *threadErrno;
        if (SetNs(back, LibC.CLONE_NEWNET) != 0)
            *step |= IsAway;
        return descriptor;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static int Make(byte* path, int back, int* threadErrno, int* errno)
    {
        if (Unshare(LibC.CLONE_NEWNET) != 0)
        {
            *errno = *threadErrno;
            return -1;
        }

        var made = Open(path, OpenFlags);
        *errno = *threadErrno;
        _ = SetNs(back, LibC.CLONE_NEWNET);
        return made;
    }

    // No errors are kept for Marshal.GetLastPInvokeError, so that these are calls and nothing else.
    [LibraryImport(Library, EntryPoint = "setns")]
    private static partial int SetNs(int file, int kind);

    [LibraryImport(Library, EntryPoint = "socket")]
    private static partial int Socket(int family, int type, int protocol);

    [LibraryImport(Library, EntryPoint = "unshare")]
    private static partial int Unshare(int flags);

    [LibraryImport(Library, EntryPoint = "open")]
    private static partial int Open(byte* path, int flags);

    [LibraryImport(Library, EntryPoint = "__errno_location")]
    private static partial int* ErrnoLocation();
}
