using System.Runtime.ExceptionServices;

namespace LxcNetworking.Netlink;

/// <summary>Work that runs on another thread, in a network namespace (<see cref="NamespaceExecutor"/>).</summary>
#pragma warning disable CA1001 // the event is closed by its finalizer: another thread may be setting it
public abstract class NamespaceWork
#pragma warning restore CA1001
{
    private ExceptionDispatchInfo? _failure;
    // Who waits for an event sleeps at once, where tasks, semaphores and monitors spin first and take the processor
    // from the thread that works. It is made by whoever has to wait.
    private ManualResetEvent? _event;
    private volatile bool _isDone;

    private protected NamespaceWork()
    {
    }

    /// <summary>Does it on the calling thread.</summary>
    internal void Run()
    {
        try
        {
            Do();
        }
#pragma warning disable CA1031 // whatever it is, it belongs to the thread that waits
        catch (Exception e)
#pragma warning restore CA1031
        {
            _failure = ExceptionDispatchInfo.Capture(e);
        }

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

    internal NamespaceWork(Func<T> work) => _work = work;

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
