using System.Runtime.InteropServices;
using LxcNetworking.Native;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Netlink;

/// <summary>
/// Runs work in other network namespaces, always on threads of its own: setns(2) moves the thread that calls it, and
/// the threads of callers never move. Whoever waits for the work sleeps in the kernel.
/// </summary>
public static class NamespaceExecutor
{
    private static readonly TimeSpan s_idleTime = TimeSpan.FromMilliseconds(250);
    // The thread that was used last is used next, so that those that are too many end.
    private static readonly List<Worker> s_idle = [];

    /// <summary>
    /// Runs work on a thread that ends with it, and that has the caller's view of the file system: the work may change
    /// whatever belongs to a thread (unshare(2)), and start processes, which begin where it is.
    /// </summary>
    /// <typeparam name="T">What the work gives.</typeparam>
    /// <param name="networkNamespace">An open namespace file; null for the namespace that the caller is in, which takes
    /// no rights.</param>
    /// <param name="work">What to do there.</param>
    /// <returns>What the work gave.</returns>
    /// <exception cref="NetlinkSocketException">The namespace could not be entered.</exception>
    public static T Run<T>(SafeFileHandle? networkNamespace, Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        var result = new NamespaceWork<T>(networkNamespace is null ? work : () => Inside(networkNamespace, work));
        new Thread(result.Run, 1 << 20) { IsBackground = true, Name = "netns" }.Start();
        return result.Wait();
    }

    /// <summary>Makes a network namespace (unshare(2)).</summary>
    /// <returns>Its file, which alone keeps it until it is mounted or somebody enters.</returns>
    /// <exception cref="NetlinkSocketException">The kernel refused.</exception>
    public static SafeFileHandle Create() => Run(null, NamespaceCalls.Make);

    /// <summary>Opens a socket in the calling thread's network namespace, or in another one (socket(2)).</summary>
    /// <param name="networkNamespace">An open namespace file; null for the thread's own, which takes no rights.</param>
    /// <param name="family">AF_*.</param>
    /// <param name="type">SOCK_*, with its flags.</param>
    /// <param name="protocol">The family's protocol.</param>
    /// <returns>The socket, which stays in that namespace whoever uses it.</returns>
    /// <exception cref="NetlinkSocketException">The namespace could not be entered, or the socket not be
    /// opened.</exception>
    public static SafeFileHandle OpenSocket(SafeFileHandle? networkNamespace, int family, int type, int protocol)
    {
        if (networkNamespace is not null)
            return StartSocket(networkNamespace, family, type, protocol, static socket => socket).Wait();
        var descriptor = SocketCalls.Open(family, type, protocol);
        return descriptor >= 0 ? new SafeFileHandle(descriptor, ownsHandle: true)
            : throw new NetlinkSocketException("Opening a socket", Marshal.GetLastPInvokeError());
    }

    /// <summary>
    /// Starts to open a socket in another network namespace, on a thread that is kept for a moment in case there is
    /// more to do: starting one takes ten times as long. That thread is in the namespace for the one system call only,
    /// so that it keeps no namespace alive.
    /// </summary>
    /// <typeparam name="T">What is made of the socket.</typeparam>
    /// <param name="networkNamespace">An open namespace file, which stays open until the work is done.</param>
    /// <param name="family">AF_*.</param>
    /// <param name="type">SOCK_*, with its flags.</param>
    /// <param name="protocol">The family's protocol.</param>
    /// <param name="finish">Takes the socket, on that thread, outside the namespace.</param>
    /// <returns>The work, to be waited for.</returns>
    internal static NamespaceWork<T> StartSocket<T>(
        SafeFileHandle networkNamespace, int family, int type, int protocol, Func<SafeFileHandle, T> finish)
    {
        Worker? worker = null;
        lock (s_idle)
        {
            if (s_idle is [.., var last])
            {
                s_idle.RemoveAt(s_idle.Count - 1);
                worker = last;
            }
        }

        var isNew = worker is null;
        worker ??= new Worker();
        var result = new NamespaceWork<T>(() => finish(worker.OpenSocket(networkNamespace, family, type, protocol)));
        worker.Give(result);
        if (isNew)
            new Thread(worker.Live, 1 << 18) { IsBackground = true, Name = "netns sockets" }.Start();
        return result;
    }

    private static T Inside<T>(SafeFileHandle networkNamespace, Func<T> work)
    {
        ForegroundCollection.Begin();
        try
        {
            return LibC.SetNs(networkNamespace, LibC.CLONE_NEWNET) < 0
                ? throw new NetlinkSocketException("Entering the network namespace", Marshal.GetLastPInvokeError())
                : work();
        }
        finally
        {
            ForegroundCollection.End();
        }
    }

    private sealed class Worker : IDisposable
    {
        private readonly AutoResetEvent _wake = new(false);
        private NamespaceWork? _next;
        private SafeFileHandle? _own;
        private bool _isAway;

        public void Give(NamespaceWork work)
        {
            _next = work;
            _wake.Set();
        }

        public SafeFileHandle OpenSocket(SafeFileHandle networkNamespace, int family, int type, int protocol)
        {
            var descriptor = NamespaceCalls.OpenThere(
                networkNamespace, _own!, family, type, protocol, out var failure, out _isAway);
            return failure is null ? new SafeFileHandle(descriptor, ownsHandle: true) : throw failure;
        }

        public void Live()
        {
            _own = new SafeFileHandle(
                LibC.Open("/proc/self/ns/net", LibC.O_RDONLY | LibC.O_CLOEXEC), ownsHandle: true);
            // It began where the session is, which may be a namespace that it would keep alive.
            _ = LibC.SetNs(_own, LibC.CLONE_NEWNET);
            for (NamespaceWork? work = Take(Timeout.InfiniteTimeSpan); work is not null; work = Next())
            {
                work.Run();
                // Resting where it is, it would keep that namespace alive.
                if (_isAway)
                    break;
                lock (s_idle)
                    s_idle.Add(this);
            }

            Dispose();
        }

        public void Dispose()
        {
            _own?.Dispose();
            _wake.Dispose();
        }

        private NamespaceWork? Next()
        {
            if (Take(s_idleTime) is { } work)
                return work;
            lock (s_idle)
            {
                if (s_idle.Remove(this))
                    return null;
            }

            // Work came at the last moment.
            return Take(Timeout.InfiniteTimeSpan);
        }

        private NamespaceWork? Take(TimeSpan time) => _wake.WaitOne(time) ? _next : null;
    }
}
