using System.Runtime.InteropServices;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Values;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Namespaces;

/// <summary>Moves the calling thread into a network namespace until it is disposed, on the same thread (setns(2)).
/// Scopes nest.</summary>
public sealed class NamespaceScope : IDisposable
{
    private readonly SafeFileHandle _inside;
    private readonly SafeFileHandle _outside;
    private readonly int _thread = LibC.GetTid();
    private bool _disposed;

    private NamespaceScope(SafeFileHandle outside, SafeFileHandle inside)
    {
        (_outside, _inside) = (outside, inside);
        ForegroundCollection.Begin();
    }

    /// <summary>Enters a namespace.</summary>
    /// <param name="pool">The pool, which knows the namespaces that are in use.</param>
    /// <param name="reference">Which; null for the one that the thread is in.</param>
    /// <param name="cancellation">Ends the wait for a container's runtime.</param>
    /// <returns>The scope; its disposal brings the thread back.</returns>
    /// <exception cref="NetworkException">NamespaceNotFound, NamespaceChanged, NotANamespace,
    /// PermissionDenied.</exception>
    public static NamespaceScope Enter(
        NetworkStackPool pool, NamespaceReference? reference, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pool);
        PoolThreads.Prepare();
        var outside = NamespaceFile.Open(NamespaceFile.OwnThread, null);
        NamespaceScope? scope = null;
        try
        {
            scope = new NamespaceScope(outside, pool.OpenFile(reference, cancellation));
            scope.Resume();
            return scope;
        }
        catch
        {
            scope?.Close();
            outside.Dispose();
            throw;
        }
    }

    /// <summary>Whether the calling thread is in the scope's namespace now.</summary>
    public bool IsInside
        => NamespaceFile.TryIdentify(NamespaceFile.OwnThread, out _) == NamespaceFile.Identify(_inside);

    /// <summary>Whether the process began in the scope's namespace, so that its other threads are there.</summary>
    public bool IsProcess
        => NamespaceFile.TryIdentify(NamespaceFile.OwnProcess, out _) == NamespaceFile.Identify(_inside);

    /// <summary>Goes inside again, wherever the thread is now.</summary>
    public void Resume() => Switch(_inside);

    /// <summary>
    /// Brings threads of .NET's pool out of the scope's namespace that were created in it;
    /// the calling thread has left it.
    /// </summary>
    public void MovePoolBack() => PoolThreads.MoveBack(NamespaceFile.Identify(_inside));

    /// <summary>Brings the thread back to where it was.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        Switch(_outside);
        MovePoolBack();
        Close();
    }

    private void Close()
    {
        _disposed = true;
        ForegroundCollection.End();
        _inside.Dispose();
        _outside.Dispose();
    }

    private void Switch(SafeFileHandle target)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (LibC.GetTid() != _thread)
            throw new InvalidOperationException("A namespace scope can only be used on the thread that entered it.");
        // To go where the thread is already takes no rights, though the kernel asks for them.
        if (NamespaceFile.TryIdentify(NamespaceFile.OwnThread, out _) == NamespaceFile.Identify(target))
            return;
        if (LibC.SetNs(target, LibC.CLONE_NEWNET) < 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            throw errno == LibC.EPERM
                ? new NetworkException(
                    NetworkErrorCode.PermissionDenied,
                    "This user may not enter network namespaces: it takes CAP_SYS_ADMIN.")
                {
                    Advice = [
                        Advice.RunPrivileged,
                    ]
                }
                : new NetworkException(
                    NetworkErrorCode.KernelRefused,
                    $"The kernel did not let the session into the network namespace: "
                        + $"{Marshal.GetPInvokeErrorMessage(errno)}.");
        }
    }
}
