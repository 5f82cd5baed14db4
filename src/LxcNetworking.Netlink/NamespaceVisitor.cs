using System.Runtime.InteropServices;
using LxcNetworking.Netlink.Native;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Netlink;

/// <summary>
/// A short-lived thread that goes into network namespaces and opens sockets there, so that its callers' own threads never
/// move. Between two errands it goes home, to where the process began, and waits for a moment, as starting a thread takes ten times as long as an errand.
/// It opens sockets only: what else belongs to a thread, such as its mount namespace, is that of whoever needed it first.
/// </summary>
#pragma warning disable CA1001 // the semaphore never makes a wait handle that would have to be closed
internal sealed class NamespaceVisitor
#pragma warning restore CA1001
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(250);
    // The one that came home last goes first, so that those that are too many retire.
    private static readonly List<NamespaceVisitor> s_idle = [];
    private readonly SemaphoreSlim _wake = new(0);
    private Errand _errand;

    private NamespaceVisitor(Errand errand) => _errand = errand;

    /// <summary>Opens a socket in a network namespace.</summary>
    /// <param name="networkNamespace">An open namespace file.</param>
    /// <param name="open">Opens it in the namespace of the thread that runs it.</param>
    /// <returns>The socket.</returns>
    /// <exception cref="NetlinkSocketException">The namespace could not be entered, or what <paramref name="open"/> throws.</exception>
    public static NetlinkSocket Send(SafeFileHandle networkNamespace, Func<NetlinkSocket> open)
    {
        var errand = new Errand(networkNamespace, open, new TaskCompletionSource<NetlinkSocket>());
        NamespaceVisitor? visitor = null;
        lock (s_idle)
        {
            if (s_idle is [.., var last])
            {
                s_idle.RemoveAt(s_idle.Count - 1);
                (visitor = last)._errand = errand;
            }
        }

        if (visitor is not null)
            visitor._wake.Release();
        else
            new Thread(new NamespaceVisitor(errand).Live, 1 << 18) { IsBackground = true }.Start();
        return errand.Done.Task.GetAwaiter().GetResult();
    }

    private void Live()
    {
        using var home = new SafeFileHandle(LibC.Open("/proc/self/ns/net", LibC.O_RDONLY | LibC.O_CLOEXEC), ownsHandle: true);
        while (true)
        {
            Run(_errand);
            if (home.IsInvalid || LibC.SetNs(home, LibC.CLONE_NEWNET) < 0)
                return; // resting where it is, it would keep that namespace alive
            lock (s_idle)
                s_idle.Add(this);
            if (_wake.Wait(s_patience))
                continue;
            lock (s_idle)
            {
                if (s_idle.Remove(this))
                    return;
            }

            // An errand came at the last moment.
            _wake.Wait();
        }
    }

    private static void Run(Errand errand)
    {
        try
        {
            if (LibC.SetNs(errand.NetworkNamespace, LibC.CLONE_NEWNET) < 0)
                throw new NetlinkSocketException("Entering the network namespace", Marshal.GetLastPInvokeError());
            errand.Done.SetResult(errand.Open());
        }
#pragma warning disable CA1031 // whatever it is, it belongs to the caller's thread
        catch (Exception e)
#pragma warning restore CA1031
        {
            errand.Done.SetException(e);
        }
    }

    private readonly record struct Errand(SafeFileHandle NetworkNamespace, Func<NetlinkSocket> Open, TaskCompletionSource<NetlinkSocket> Done);
}
