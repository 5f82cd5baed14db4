using LxcNetworking.Netlink;
using LxcNetworking.Values;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Namespaces;

/// <summary>
/// One network namespace's stack. Its sockets are opened once and used from any thread; idle ones are closed after a
/// moment, because an open socket keeps a namespace alive that everyone else has left. What can be done on it
/// (<c>stack.Links</c>, <c>stack.Routes</c> …) is declared beside each class of operations.
/// </summary>
public sealed class NetworkStack
{
    private static readonly TimeSpan s_closeTimeout = TimeSpan.FromSeconds(2);
    // By family.
    private readonly NetlinkConnection?[] _connections = new NetlinkConnection?[(int)NetlinkProtocol.Generic + 1];
    private readonly Lock _gate = new();
    // By StackOperations<T>.Slot.
    private object?[] _operations = [];
    private long _lastUse;

    internal NetworkStack(
        NetworkStackPool pool,
        NamespaceReference reference,
        string path,
        NamespaceIdentity identity,
        ulong cookie,
        NetlinkConnection route,
        NetlinkConnection? generic = null,
        NetlinkConnection? netfilter = null)
    {
        Pool = pool;
        Identity = identity;
        Path = path;
        Cookie = cookie;
        Namespace = new NamespaceReference(reference.Text, cookie, path);
        route.Reopen = () => Open(NetlinkProtocol.Route);
        _connections[(int)NetlinkProtocol.Route] = route;
        _connections[(int)NetlinkProtocol.Generic] = generic;
        _connections[(int)NetlinkProtocol.Netfilter] = netfilter;
        _lastUse = Environment.TickCount64;
    }

    /// <summary>The pool that it is from, which finds the stacks of other namespaces.</summary>
    public NetworkStackPool Pool { get; }

    /// <summary>The namespace, as every object read from this stack carries it.</summary>
    public NamespaceReference Namespace { get; }

    /// <summary>The kernel's number for the namespace; 0 before Linux 5.14.</summary>
    public ulong Cookie { get; }

    internal string Path { get; }

    internal NamespaceIdentity Identity { get; }

    /// <summary>Whether the place where it was found still leads to the namespace.</summary>
    internal bool IsInPlace => NamespaceFile.TryIdentify(Path, out _) == Identity;

    /// <summary>The rtnetlink connection.</summary>
    internal NetlinkConnection Route => Connection(NetlinkProtocol.Route);

    /// <summary>The operations of one kind on this stack, made once.</summary>
    internal T Operations<T>()
        where T : class, IStackOperations<T>
    {
        var slot = StackOperations<T>.Slot;
        var all = Volatile.Read(ref _operations);
        if (slot < all.Length && all[slot] is { } known)
            return (T)known;
        var made = T.On(this);
        lock (_gate)
        {
            all = _operations;
            if (slot >= all.Length)
                Array.Resize(ref all, slot + 1);
            made = (T)(all[slot] ??= made);
            Volatile.Write(ref _operations, all);
            return made;
        }
    }

    /// <summary>The connection of a netlink family, opened where it is not.</summary>
    /// <exception cref="NetworkException">NamespaceChanged, if the namespace is gone from its place.</exception>
    internal NetlinkConnection Connection(NetlinkProtocol protocol)
    {
        lock (_gate)
        {
            _lastUse = Environment.TickCount64;
            if (_connections[(int)protocol] is { } open)
                return open;
            return _connections[(int)protocol] = new NetlinkConnection(Open(protocol))
            {
                Reopen = () => Open(protocol),
            };
        }
    }

    /// <summary>Opens the namespace's file, for a move into it.</summary>
    /// <exception cref="NetworkException">NamespaceChanged: its place leads to another one by now, as where the process
    /// has ended whose number it is.</exception>
    internal SafeFileHandle OpenFile()
    {
        var file = NamespaceFile.Open(Path, Namespace);
        try
        {
            return Is(NamespaceFile.Identify(file)) ? file : throw NamespaceStore.Changed(Namespace.Text);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Tells whether an identity is this namespace's. The kernel gives an inode to another namespace once the socket is
    /// closed as idle and nothing else keeps this one, so the socket is opened first, which compares the cookies.
    /// </summary>
    /// <param name="identity">What was read of a namespace that is in use: open as a file, or a thread's.</param>
    /// <exception cref="NetworkException">NamespaceChanged, NamespaceNotFound: it is gone from its place.</exception>
    internal bool Is(NamespaceIdentity? identity)
    {
        if (identity != Identity)
            return false;
        Route.EnsureOpen();
        return true;
    }

    /// <summary>Reads a whole list of rtnetlink whose changes the kernel tells only to those who listen.</summary>
    /// <param name="request">The request.</param>
    /// <param name="parse">Makes an object of each message.</param>
    /// <param name="keyOf">What tells one object from the others, as a value that can be compared.</param>
    /// <param name="isRemoval">The types of notification that tell that something went.</param>
    /// <param name="groups">Where they come.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NetlinkDumpInterruptedException">The list changed at every attempt.</exception>
    internal List<T> DumpListening<T>(
        NetlinkRequest request,
        ReplyParser<T> parse,
        Func<T, object> keyOf,
        Func<ushort, bool> isRemoval,
        IReadOnlyList<uint> groups,
        CancellationToken cancellation)
        where T : class
    {
        NetlinkSubscription? subscription = null;
        try
        {
            return Route.DumpTwice(request, parse, keyOf, IsUndisturbed, cancellation);
        }
        finally
        {
            subscription?.Dispose();
        }

        bool IsUndisturbed()
        {
            if (subscription is null)
            {
                // What comes in one part needs nobody who listens.
                subscription = Subscribe(NetlinkProtocol.Route, groups);
                return false;
            }

            var isUndisturbed = true;
            while (true)
            {
                var result = subscription.Receive(
                    reply => isUndisturbed &= !isRemoval(reply.Type), TimeSpan.Zero, cancellation);
                switch (result)
                {
                    case SubscriptionResult.Gap: return false;
                    case SubscriptionResult.TimedOut: return isUndisturbed;
                }
            }
        }
    }

    /// <summary>Opens a socket of its own that listens to notifications.</summary>
    internal NetlinkSubscription Subscribe(NetlinkProtocol protocol, params IReadOnlyList<uint> groups)
        => new(OpenChecked(protocol, groups));

    /// <summary>Opens a socket of its own that listens to rtnetlink's notifications from this namespace and all that
    /// have a number in it.</summary>
    /// <returns>The socket; null where the kernel does not let the caller.</returns>
    internal NetlinkSocket? ListenToAll(params IReadOnlyList<uint> groups)
    {
        var socket = OpenChecked(NetlinkProtocol.Route, groups);
        if (socket.TryListenToAllNamespaces())
            return socket;
        socket.Dispose();
        return null;
    }

    private NetlinkSocket Open(NetlinkProtocol protocol)
    {
        var socket = OpenChecked(protocol);
        Pool.Track(this, Identity);
        return socket;
    }

    private NetlinkSocket OpenChecked(NetlinkProtocol protocol, params IReadOnlyList<uint> groups)
    {
        var socket = Pool.OpenSocket(protocol, Path, Namespace, Identity, out var cookie, groups);
        if (cookie == Cookie)
            return socket;
        socket.Dispose();
        throw NamespaceStore.Changed(Namespace.Text);
    }

    /// <summary>Notes that a socket was used, so that it stays open for a moment, and no longer.</summary>
    internal void KeepOpen()
    {
        lock (_gate)
            _lastUse = Environment.TickCount64;
        Pool.Track(this, Identity);
    }

    /// <summary>Closes sockets that were not used for a while; they open again when they are used.</summary>
    /// <returns>True if none is open any more.</returns>
    internal bool CloseIdle(long idleMilliseconds)
    {
        // Whoever opens a socket of this stack holds the lock, and may be the one who closes those of the others.
        if (!_gate.TryEnter())
            return false;
        try
        {
            if (Environment.TickCount64 - _lastUse < idleMilliseconds)
                return false;
            // One that is in use, or was asked for and is about to be, must live on: an answer can take as long as the
            // kernel likes.
            var allClosed = true;
            CloseOperations();
            foreach (var connection in _connections)
                allClosed &= connection?.TryCloseIdle() ?? true;
            return allClosed;
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>Closes every socket, after what is under way. Whoever has the stack still can go on with it, if its
    /// namespace is there.</summary>
    internal void Close()
    {
        CloseOperations();
        for (var i = 0; i < _connections.Length; i++)
        {
            NetlinkConnection? connection;
            lock (_gate)
                connection = _connections[i];
            if (connection?.TryCloseIdle(s_closeTimeout) != false)
                continue;
            lock (_gate)
                _connections[i] = null;
            connection.Dispose();
        }
    }

    // What has sockets of its own opens them again when it is used.
    private void CloseOperations()
    {
        foreach (var operations in _operations)
            (operations as IHasSockets)?.CloseSockets();
    }
}
