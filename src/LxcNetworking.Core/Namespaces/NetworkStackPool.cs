using System.Collections.Concurrent;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Namespaces;

/// <summary>
/// The stacks in use: one for each namespace, found by the namespace's identity and never by its name alone. Whoever
/// uses the library makes one and hands it down; every stack knows its pool.
/// </summary>
public sealed class NetworkStackPool : IDisposable
{
    private const int IdleMilliseconds = 250;

    // Most of the files that the process may open are left to others, as .NET cannot even start a thread without any; a
    // stack has two for each socket.
    private static readonly int s_most = (int)Math.Clamp(LibC.MaxOpenFiles() / 16, 8, 4096);
    private readonly ConcurrentDictionary<NamespaceIdentity, NetworkStack> _stacks = new();
    private readonly ConcurrentDictionary<NetworkStack, NamespaceIdentity> _open = new();
    private readonly Timer _sweeper;
    private readonly Lock _sweeping = new();
    private bool _ticking;

    /// <summary>Makes an empty pool.</summary>
    public NetworkStackPool()
    {
        _sweeper = new Timer(_ => Sweep(IdleMilliseconds), null, Timeout.Infinite, Timeout.Infinite);
        Namespaces = new NamespaceStore(this);
    }

    /// <summary>Makes, lists and removes network namespaces.</summary>
    public NamespaceStore Namespaces { get; }

    /// <summary>Gives a namespace's stack.</summary>
    /// <param name="reference">Which namespace; null for the calling thread's own.</param>
    /// <param name="cancellation">Ends the wait for a container's runtime.</param>
    /// <returns>The stack.</returns>
    /// <exception cref="NetworkException">NamespaceNotFound, NamespaceChanged, NotANamespace,
    /// PermissionDenied.</exception>
    public NetworkStack Get(NamespaceReference? reference = null, CancellationToken cancellation = default)
    {
        var path = NamespaceFile.PathOf(reference, cancellation);
        var identity = NamespaceFile.Identify(path, reference);
        // An open socket keeps its namespace alive, so an inode that is in the pool cannot have been given to another
        // one. The process by which a stack was found may have ended, while another one that was named now is in the
        // namespace as well.
        if (_stacks.TryGetValue(identity, out var stack) && reference?.Text != stack.Namespace.Text
            && NamespaceFile.TryIdentify(stack.Path, out _) != identity)
        {
            _stacks.TryRemove(new(identity, stack));
            stack = null;
        }

        ulong cookie = 0;
        var socket = stack is null ? OpenSocket(NetlinkProtocol.Route, path, reference, identity, out cookie) : null;
        try
        {
            NamespaceFile.Confirm(reference, path, cancellation);
        }
        catch
        {
            socket?.Dispose();
            throw;
        }

        stack ??= Add(reference ?? NamespaceFile.Describe(identity, cookie), path, identity, socket!);
        if (reference is { Cookie: not 0 } && stack.Cookie != 0 && reference.Cookie != stack.Cookie)
            throw NamespaceStore.Changed(reference.Text);
        return stack;
    }

    /// <summary>Gives a namespace's stack as <see cref="Get"/> does, while the caller does something else.</summary>
    /// <param name="reference">Which namespace.</param>
    /// <param name="cancellation">Ends the wait for a container's runtime.</param>
    /// <returns>Its file, and the stack once it is asked for.</returns>
    /// <exception cref="NetworkException">As for <see cref="Get"/>.</exception>
    internal PendingStack Begin(NamespaceReference reference, CancellationToken cancellation)
    {
        var path = NamespaceFile.PathOf(reference, cancellation);
        // Here, as the thread that goes there may see other files than the caller's.
        var file = WithRoom(() => NamespaceFile.Open(path, reference));
        try
        {
            var identity = NamespaceFile.Identify(file);
            reference = NamespaceFile.DescribeOwn(reference, identity) ?? reference;
            if (reference.Cookie == 0 && !_stacks.ContainsKey(identity))
            {
                NamespaceFile.Confirm(reference, path, cancellation);
                var opening = NetlinkSocket.StartOpening(NetlinkProtocol.Route, file);
                var open = opening.Wait;
                return new PendingStack(
                    file,
                    () => Add(reference, path, identity, WithRoom(() =>
                    {
                        var now = open;
                        // Where there was no room for it, it is opened once more.
                        open = () => NetlinkSocket.Open(NetlinkProtocol.Route, file);
                        return Explained(now, reference.Text);
                    })),
                    opening);
            }

            // Whoever means one namespace and no other is told before anything is done if it is another one by now.
            var stack = Get(new NamespaceReference(reference.Text, reference.Cookie, path), cancellation);
            return stack.Identity == identity
                ? new PendingStack(file, () => stack)
                : throw NamespaceStore.Changed(reference.Text);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Opens the file of the namespace that is meant, and of no other one that has its name by now.</summary>
    /// <param name="reference">Which namespace; null for the calling thread's own.</param>
    /// <param name="cancellation">Ends the wait for a container's runtime.</param>
    /// <returns>The file.</returns>
    /// <exception cref="NetworkException">As for <see cref="Get"/>.</exception>
    internal SafeFileHandle OpenFile(NamespaceReference? reference, CancellationToken cancellation)
    {
        var path = NamespaceFile.PathOf(reference, cancellation);
        var file = NamespaceFile.Open(path, reference);
        try
        {
            NamespaceFile.Confirm(reference, path, cancellation);
            if (reference is { Cookie: not 0 } && TryGetCookie(path, reference) is var cookie and not 0
                && cookie != reference.Cookie)
                throw NamespaceStore.Changed(reference.Text);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Tells whether two references lead to the same namespace.</summary>
    /// <param name="one">The one.</param>
    /// <param name="other">The other.</param>
    /// <param name="cancellation">Ends the wait for a container's runtime.</param>
    /// <returns>True if they do.</returns>
    /// <exception cref="NetworkException">As for <see cref="Get"/>.</exception>
    public bool AreSame(NamespaceReference one, NamespaceReference other, CancellationToken cancellation = default)
        => Get(one, cancellation).Identity == Get(other, cancellation).Identity;

    /// <summary>Closes every socket. What is used afterwards opens its own anew.</summary>
    public void Dispose()
    {
        _stacks.Clear();
        foreach (var stack in _open.Keys)
        {
            if (_open.TryRemove(stack, out _))
                stack.Close();
        }
    }

    /// <summary>Closes a namespace's sockets, so that they do not keep it alive.</summary>
    internal void Forget(NamespaceReference reference)
    {
        if (NamespaceFile.TryIdentify(NamespaceFile.PathOf(reference), out _) is not { } identity)
            return;
        if (_stacks.TryRemove(identity, out var stack))
            stack.Close();
        // One that a cmdlet holds on to, and that was idle in between, is open again and is not the one that is handed
        // out.
        foreach (var (other, itsIdentity) in _open)
        {
            if (itsIdentity.Equals(identity))
                other.Close();
        }
    }

    /// <summary>A namespace's cookie, or 0 if it may not be entered.</summary>
    internal ulong TryGetCookie(string path, NamespaceReference? reference)
    {
        var identity = NamespaceFile.Identify(path, reference);
        if (_stacks.TryGetValue(identity, out var stack))
            return stack.Cookie;
        try
        {
            OpenSocket(NetlinkProtocol.Route, path, reference, identity, out var cookie).Dispose();
            return cookie;
        }
        catch (NetworkException e) when (e.Code == NetworkErrorCode.PermissionDenied)
        {
            return 0;
        }
    }

    /// <summary>Sees to it that a stack's sockets are closed some time after their last use.</summary>
    internal void Track(NetworkStack stack, NamespaceIdentity identity)
    {
        // Before this one is known, which is in use.
        if (_open.Count >= s_most)
            Sweep(0);
        _open[stack] = identity;
        lock (_sweeping)
        {
            if (_ticking)
                return;
            _ticking = true;
            _sweeper.Change(IdleMilliseconds, IdleMilliseconds);
        }
    }

    internal NetlinkSocket OpenSocket(
        NetlinkProtocol protocol,
        string path,
        NamespaceReference? reference,
        NamespaceIdentity identity,
        out ulong cookie,
        params IReadOnlyList<uint> groups)
    {
        var socket = WithRoom(() =>
        {
            var isOwn = NamespaceFile.TryIdentify(NamespaceFile.OwnThread, out _) == identity;
            using var file = isOwn ? null : NamespaceFile.Open(path, reference);
            return Explained(() => NetlinkSocket.Open(protocol, file, groups), reference?.Text ?? path);
        });
        cookie = socket.NamespaceCookie;
        return socket;
    }

    private static NetlinkSocket Explained(Func<NetlinkSocket> open, string name)
    {
        try
        {
            return open();
        }
        catch (NetlinkSocketException e)
        {
            throw KernelErrors.Explain(e, name);
        }
    }

    // Where the process has as many files open as it may, the sockets that nobody uses at this moment are closed.
    private T WithRoom<T>(Func<T> open)
    {
        try
        {
            return open();
        }
        catch (NetworkException e) when (e.Code == NetworkErrorCode.ResourceBusy)
        {
            Sweep(0);
            return open();
        }
    }

    /// <summary>Puts a new stack into the pool; where another thread was faster, its stack is the one.</summary>
    private NetworkStack Add(
        NamespaceReference reference, string path, NamespaceIdentity identity, NetlinkSocket socket)
    {
        // Not by the name of a container that shares it, which would be the name of everything here until that
        // container ends.
        if (NamespaceFile.TryIdentify(NamespaceFile.Host, out _) == identity)
            (path, reference) = (
                NamespaceFile.Host,
                new NamespaceReference(NamespaceReference.HostText, reference.Cookie, NamespaceFile.Host));
        else if ((NamespaceFile.DescribeOwn(reference, identity)
            ?? DescribeShared(path, identity, reference.Cookie)) is { } lasting)
            (path, reference) = (lasting.KnownPath!, lasting);
        var stack = new NetworkStack(
            this,
            reference,
            reference.KnownPath ?? path,
            identity,
            socket.NamespaceCookie,
            new NetlinkConnection(socket));
        while (!_stacks.TryAdd(identity, stack))
        {
            if (!_stacks.TryGetValue(identity, out var other))
                continue;
            stack.Close();
            return other;
        }

        Track(stack, identity);
        return stack;
    }

    // The session's own namespace, by a container that shares it.
    private static NamespaceReference? DescribeShared(string path, NamespaceIdentity identity, ulong cookie)
        => path.StartsWith("/proc/", StringComparison.Ordinal)
            && (NamespaceFile.TryIdentify(NamespaceFile.OwnThread, out _) == identity
                || NamespaceFile.TryIdentify(NamespaceFile.OwnProcess, out _) == identity)
                ? NamespaceFile.DescribeLasting(identity, cookie) : null;

    private void Sweep(long idleMilliseconds)
    {
        foreach (var (stack, identity) in _open)
        {
            _open.TryRemove(stack, out _);
            if (stack.CloseIdle(idleMilliseconds))
                _stacks.TryRemove(new(identity, stack));
            else
                _open[stack] = identity;
        }

        lock (_sweeping)
        {
            if (!_open.IsEmpty)
                return;
            _ticking = false;
            _sweeper.Change(Timeout.Infinite, Timeout.Infinite);
        }
    }
}
