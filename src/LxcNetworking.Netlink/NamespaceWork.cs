using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using LxcNetworking.Netlink.Native;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Netlink;

/// <summary>Work that runs on another thread, in a network namespace (<see cref="NamespaceExecutor"/>).</summary>
#pragma warning disable CA1001 // the event is closed by its finalizer: another thread may be setting it
public abstract class NamespaceWork
#pragma warning restore CA1001
{
    private readonly SafeFileHandle? _networkNamespace;
    private ExceptionDispatchInfo? _failure;
    // Who waits for an event sleeps at once, where tasks, semaphores and monitors spin first and take the processor
    // from the thread that works. It is made by whoever has to wait.
    private ManualResetEvent? _event;
    private volatile bool _isDone;

    private protected NamespaceWork(SafeFileHandle? networkNamespace) => _networkNamespace = networkNamespace;

    /// <summary>Goes there and does it.</summary>
    internal void Run()
    {
        if (_networkNamespace is not null)
            ForegroundCollection.Begin();
        try
        {
            if (_networkNamespace is not null && LibC.SetNs(_networkNamespace, LibC.CLONE_NEWNET) < 0)
                throw new NetlinkSocketException("Entering the network namespace", Marshal.GetLastPInvokeError());
            Do();
        }
#pragma warning disable CA1031 // whatever it is, it belongs to the thread that waits
        catch (Exception e)
#pragma warning restore CA1031
        {
            _failure = ExceptionDispatchInfo.Capture(e);
        }

        if (_networkNamespace is not null)
            ForegroundCollection.End();
        _isDone = true;
        // Whoever waits has shown the event before it looked whether this is done.
        Interlocked.MemoryBarrier();
        _event?.Set();
    }

    private protected abstract void Do();

    private protected void WaitUntilDone()
    {
        if (!_isDone)
        {
            if (_event is null)
                Interlocked.CompareExchange(ref _event, new ManualResetEvent(false), null);
            Interlocked.MemoryBarrier();
            if (!_isDone)
                _event.WaitOne();
        }

        _failure?.Throw();
    }
}

/// <summary>Work that gives something.</summary>
/// <typeparam name="T">What it gives.</typeparam>
public sealed class NamespaceWork<T> : NamespaceWork
{
    private readonly Func<T> _work;
    private T? _result;

    internal NamespaceWork(SafeFileHandle? networkNamespace, Func<T> work)
        : base(networkNamespace)
    {
        ArgumentNullException.ThrowIfNull(work);
        _work = work;
    }

    /// <summary>Waits until it is done.</summary>
    /// <returns>What it gave, each time.</returns>
    /// <exception cref="NetlinkSocketException">The namespace could not be entered, or what the work threw.</exception>
    public T Wait()
    {
        WaitUntilDone();
        return _result!;
    }

    private protected override void Do() => _result = _work();
}
