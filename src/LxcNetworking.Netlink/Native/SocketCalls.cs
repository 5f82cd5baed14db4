using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Netlink.Native;

/// <summary>
/// Opens sockets in other namespaces. Between the two setns(2) there is nothing but system calls: what .NET does for
/// its own needs, such as compiling a method that was called often, may start a thread, which begins where the calling
/// one is and keeps that namespace alive for seconds.
/// </summary>
internal static unsafe partial class SocketCalls
{
    private const string Library = "libc";
    private const int Entering = 0, Opening = 1, IsAway = 2;

    // What the runtime has to look up it looks up here.
    static SocketCalls()
    {
        _ = SetNs(-1, 0);
        _ = Socket(-1, 0, 0);
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
                (int)there.DangerousGetHandle(), (int)back.DangerousGetHandle(), family, type, protocol, ErrnoLocation(),
                &step, &errno);
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
        var descriptor = -1;
        if (SetNs(there, LibC.CLONE_NEWNET) == 0)
        {
            *step = Opening;
            descriptor = Socket(family, type, protocol);
            *errno = *threadErrno;
            if (SetNs(back, LibC.CLONE_NEWNET) != 0)
                *step |= IsAway;
        }
        else
        {
            *errno = *threadErrno;
        }

        return descriptor;
    }

    // No errors are kept for Marshal.GetLastPInvokeError, so that these are calls and nothing else.
    [LibraryImport(Library, EntryPoint = "setns")]
    private static partial int SetNs(int file, int kind);

    [LibraryImport(Library, EntryPoint = "socket")]
    private static partial int Socket(int family, int type, int protocol);

    [LibraryImport(Library, EntryPoint = "__errno_location")]
    private static partial int* ErrnoLocation();
}
