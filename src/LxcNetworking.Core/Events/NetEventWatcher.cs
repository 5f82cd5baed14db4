using System.Collections.Concurrent;
using System.Diagnostics;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Events;

/// <summary>
/// Tells what happens in network namespaces, by the kernel's notifications. What is notified is compared with what was
/// there before, so that each event says what is different. A watched namespace lives until the watch ends or its name
/// under /run/netns goes, which ends the watch of it.
/// </summary>
public sealed class NetEventWatcher : IDisposable
{
    private readonly BlockingCollection<Notice> _notices = [];
    private readonly NetworkStackPool _pool;
    private readonly HashSet<NetEventType> _types;
    private readonly Action<string>? _onLoss;
    private readonly bool _includeNew;
    private readonly List<StackWatch> _stacks = [];
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private NamespaceWatch? _namespaces;
    private bool _disposed;

    /// <summary>Makes a watcher. Namespaces' names are watched from now on; stacks are added.</summary>
    /// <param name="pool">Where the stacks of new namespaces come from.</param>
    /// <param name="types">What is to be told; null for everything.</param>
    /// <param name="includeNew">Adds the stack of each named namespace that appears.</param>
    /// <param name="onLoss">Takes the news that the kernel dropped notifications, on the thread that calls
    /// <see cref="Take"/>.</param>
    public NetEventWatcher(
        NetworkStackPool pool,
        IReadOnlyCollection<NetEventType>? types = null,
        bool includeNew = false,
        Action<string>? onLoss = null)
    {
        ArgumentNullException.ThrowIfNull(pool);
        _pool = pool;
        _types = [.. types ?? Enum.GetValues<NetEventType>()];
        (_includeNew, _onLoss) = (includeNew, onLoss);
        if (_types.Contains(NetEventType.Namespace) || includeNew)
            WatchNamespaces();
    }

    /// <summary>True when there is nothing left to watch, and everything was taken.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>Opens a stack's subscription; tests stand in for the kernel here.</summary>
    internal Func<NetworkStack, IReadOnlyList<uint>, NetlinkSubscription> Subscribe { get; init; } = (stack, groups)
        => stack.Subscribe(NetlinkProtocol.Route, groups);

    /// <summary>Watches a stack. What happens after the call returns is told; what is there is not.</summary>
    /// <param name="stack">The stack; one that is watched already stays so.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NetworkException">NamespaceNotFound, NamespaceChanged, PermissionDenied.</exception>
    public void Add(NetworkStack stack, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(stack);
        if (_types.All(type => type == NetEventType.Namespace))
            return;
        lock (_gate)
        {
            if (_disposed || _stacks.Any(watch => watch.Stack.Identity == stack.Identity))
                return;
        }

        NetlinkSubscription subscription;
        try
        {
            subscription = Subscribe(stack, StackWatch.Groups(_types));
        }
        catch (NetlinkSocketException e)
        {
            throw KernelErrors.Explain(e, stack.Namespace.Text);
        }

        StackWatch? watch = null;
        watch = new StackWatch(
            stack,
            subscription,
            _types,
            Put,
            text => _notices.Add(new Notice(Loss: text)),
            error => OnEnded(watch!, error));
        try
        {
            watch.Start(cancellation);
        }
        catch
        {
            watch.Dispose();
            throw;
        }

        lock (_gate)
        {
            _stacks.Add(watch);
        }

        // Its name may have gone before anybody watched it.
        if (IsNamed(stack))
            WatchNamespaces();
        EndNameless();
    }

    /// <summary>Waits for the next event.</summary>
    /// <param name="timeout">How long; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The event, or null if none came in time or nothing is watched any more.</returns>
    /// <exception cref="NetworkException">The watch of one stack failed; the others go on.</exception>
    /// <exception cref="NetlinkException">The same.</exception>
    public NetEvent? Take(TimeSpan timeout, CancellationToken cancellation = default)
    {
        var started = Stopwatch.GetTimestamp();
        while (!IsEnded)
        {
            var left = timeout - Stopwatch.GetElapsedTime(started);
            var milliseconds = timeout == Timeout.InfiniteTimeSpan || left.TotalMilliseconds > int.MaxValue
                ? -1
                : (int)Math.Max(0, Math.Ceiling(left.TotalMilliseconds));
            if (!_notices.TryTake(out var notice, milliseconds, cancellation))
                return null;
            if (notice.Error is not null)
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(notice.Error);
            if (notice.Event is not null)
                return notice.Event;
            if (notice.Loss is not null)
                _onLoss?.Invoke(notice.Loss);
            else
                IsEnded = true;
        }

        return null;
    }

    /// <summary>Ends all watches and closes their sockets.</summary>
    public void Dispose()
    {
        List<StackWatch> stacks;
        NamespaceWatch? namespaces;
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            (stacks, namespaces) = ([.. _stacks], _namespaces);
        }

        // One that is being added ends itself.
        _stop.Cancel();
        namespaces?.Dispose();
        lock (_gate)
        {
            stacks = [.. _stacks];
        }

        stacks.ForEach(watch => watch.Dispose());
        _stop.Dispose();
        _notices.Dispose();
    }

    private static bool IsNamed(NetworkStack stack)
        => stack.Path.StartsWith(NamespaceFile.RunDirectory + "/", StringComparison.Ordinal);

    private void Put(NetEvent item) => _notices.Add(new Notice(item));

    private void WatchNamespaces()
    {
        lock (_gate)
        {
            if (!_disposed)
                _namespaces ??= new NamespaceWatch(_pool.Namespaces, OnNamespace, EndNameless);
        }
    }

    private void OnNamespace(NetNamespace item, bool isNew)
    {
        if (_types.Contains(NetEventType.Namespace))
            Put(new NetEvent(
                NetEventType.Namespace,
                isNew ? NetEventAction.Added : NetEventAction.Removed,
                item.Namespace,
                item,
                item.Name ?? item.Path));
        if (!isNew || !_includeNew)
            return;
        try
        {
            Add(_pool.Get(item.Namespace), _stop.Token);
        }
        catch (OperationCanceledException)
        {
        }
        catch (NetworkException e) when (e.Code is NetworkErrorCode.NamespaceNotFound
            or NetworkErrorCode.NamespaceChanged or NetworkErrorCode.NotANamespace)
        {
            // It is gone again.
        }
        catch (Exception e) when (e is NetworkException or NetlinkException)
        {
            _notices.Add(new Notice(Error: e));
        }
    }

    private void EndNameless()
    {
        List<StackWatch> stacks;
        lock (_gate)
        {
            stacks = _disposed ? [] : [.. _stacks.Where(watch => IsNamed(watch.Stack) && !watch.Stack.IsInPlace)];
        }

        stacks.ForEach(watch => watch.End());
    }

    private void OnEnded(StackWatch watch, Exception? error)
    {
        if (error is not null)
            _notices.Add(new Notice(Error: error));
        lock (_gate)
        {
            _stacks.Remove(watch);
            if (_stacks.Count == 0 && !_types.Contains(NetEventType.Namespace) && !_includeNew)
                _notices.Add(new Notice());
        }
    }

    // Of the three one, or none at the end.
    private sealed record Notice(NetEvent? Event = null, string? Loss = null, Exception? Error = null);
}
