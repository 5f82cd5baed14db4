using LxcNetworking.Netlink;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Namespaces;

/// <summary>A stack whose socket is being opened, and the namespace's file, which is open until this is
/// disposed.</summary>
/// <param name="file">The file, owned from now on.</param>
/// <param name="get">Gives the stack, after a wait.</param>
/// <param name="opening">The socket, where it is not a stack's yet.</param>
internal sealed class PendingStack(
    SafeFileHandle file, Func<NetworkStack> get, NamespaceWork<NetlinkSocket>? opening = null) : IDisposable
{
    private NetworkStack? _stack;

    /// <summary>The namespace's file.</summary>
    public SafeFileHandle File => file;

    /// <summary>The stack.</summary>
    /// <exception cref="Values.NetworkException">As for <see cref="NetworkStackPool.Get"/>.</exception>
    public NetworkStack Stack => _stack ??= get();

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            // The socket is opened by this file, and is nobody's if it was not asked for.
            var socket = opening?.Wait();
            if (_stack is null)
                socket?.Dispose();
        }
        catch (NetlinkSocketException)
        {
            // Whoever asked for the stack has been told.
        }
        finally
        {
            file.Dispose();
        }
    }
}
