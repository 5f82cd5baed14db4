using System.Net.Sockets;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Namespaces;

/// <summary>Does what depends on the thread's network namespace in that of a stack.</summary>
internal static class StackThread
{
    /// <summary>Runs a function inside a stack's namespace: on the calling thread if it is there already, on one of its
    /// own otherwise.</summary>
    /// <exception cref="NetworkException">NamespaceNotFound, NamespaceChanged, PermissionDenied.</exception>
    public static T Within<T>(this NetworkStack stack, Func<T> action)
    {
        if (stack.Is(NamespaceFile.TryIdentify(NamespaceFile.OwnThread, out _)))
            return action();
        using var place = stack.OpenFile();
        try
        {
            return NamespaceExecutor.Run(place, action);
        }
        catch (NetlinkSocketException e)
        {
            throw KernelErrors.Explain(e, stack.Namespace.Text);
        }
    }

    /// <summary>Opens a socket that stays in a stack's namespace (socket(2)).</summary>
    /// <param name="stack">The stack.</param>
    /// <param name="family">AF_*.</param>
    /// <param name="type">SOCK_*, with its flags.</param>
    /// <param name="protocol">The family's protocol.</param>
    /// <exception cref="NetlinkSocketException">There is none to be had.</exception>
    /// <exception cref="NetworkException">NamespaceNotFound, NamespaceChanged, PermissionDenied.</exception>
    public static SafeFileHandle OpenSocket(this NetworkStack stack, int family, int type, int protocol)
    {
        var own = NamespaceFile.TryIdentify(NamespaceFile.OwnThread, out _);
        using var place = stack.Is(own) ? null : stack.OpenFile();
        return NamespaceExecutor.OpenSocket(place, family, type, protocol);
    }

    /// <summary>The same with .NET's names and type. It says that it is bound, though it is not.</summary>
    /// <exception cref="NetworkException">As above; ResourceBusy, PermissionDenied: there is none to be
    /// had.</exception>
    public static Socket OpenSocket(this NetworkStack stack, AddressFamily family, SocketType type)
    {
        // AF_UNIX, AF_INET, SOCK_STREAM and SOCK_DGRAM have the same numbers in .NET.
        const int SOCK_CLOEXEC = 0x80000;
        try
        {
            return new Socket(new SafeSocketHandle(
                Take(stack.OpenSocket((int)family, (int)type | SOCK_CLOEXEC, 0)), ownsHandle: true));
        }
        catch (NetlinkSocketException e)
        {
            throw KernelErrors.Explain(e, stack.Namespace.Text);
        }
    }

    private static nint Take(SafeFileHandle socket)
    {
        var descriptor = socket.DangerousGetHandle();
        socket.SetHandleAsInvalid();
        return descriptor;
    }
}
