using LxcNetworking.Netlink.Native;
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
        var result = new NamespaceWork<T>(networkNamespace, work);
        new Thread(result.Run, 1 << 20) { IsBackground = true, Name = "netns" }.Start();
        return result.Wait();
    }

    /// <summary>
    /// Starts work that leaves nothing behind on its thread, such as opening a socket, on a thread that is kept for a
    /// moment in case there is more to do: starting one takes ten times as long as the work. Between two works it rests
    /// where the process began, so that it keeps no namespace alive. Which mount namespace it is in is not known.
    /// </summary>
    /// <typeparam name="T">What the work gives.</typeparam>
    /// <param name="networkNamespace">An open namespace file, which stays open until the work is done.</param>
    /// <param name="work">What to do there.</param>
    /// <returns>The work, to be waited for.</returns>
    public static NamespaceWork<T> Start<T>(SafeFileHandle networkNamespace, Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(networkNamespace);
        var result = new NamespaceWork<T>(networkNamespace, work);
        Worker? worker = null;
        lock (s_idle)
        {
            if (s_idle is [.., var last])
            {
                s_idle.RemoveAt(s_idle.Count - 1);
                worker = last;
            }
        }

        if (worker is not null)
            worker.Give(result);
        else
            new Thread(() => Live(result), 1 << 18) { IsBackground = true, Name = "netns sockets" }.Start();
        return result;
    }

    private static void Live(NamespaceWork first)
    {
        using var worker = new Worker();
        worker.Live(first);
    }

    private sealed class Worker : IDisposable
    {
        private readonly AutoResetEvent _wake = new(false);
        private NamespaceWork? _next;

        public void Give(NamespaceWork work)
        {
            _next = work;
            _wake.Set();
        }

        public void Dispose() => _wake.Dispose();

        public void Live(NamespaceWork first)
        {
            using var own = new SafeFileHandle(
                LibC.Open("/proc/self/ns/net", LibC.O_RDONLY | LibC.O_CLOEXEC), ownsHandle: true);
            for (NamespaceWork? work = first; work is not null; work = Next())
            {
                work.Run();
                // Resting where it is, it would keep that namespace alive.
                if (own.IsInvalid || LibC.SetNs(own, LibC.CLONE_NEWNET) < 0)
                    return;
                lock (s_idle)
                    s_idle.Add(this);
            }
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
