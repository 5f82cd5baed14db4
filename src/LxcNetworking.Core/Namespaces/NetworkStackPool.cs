using System.Collections.Concurrent;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Namespaces;

/// <summary>The stacks in use: one for each namespace, found by the namespace's identity and never by its name alone.</summary>
public sealed class NetworkStackPool : IDisposable
{
    private const int IdleMilliseconds = 250;

    // Most of the files that the process may open are left to others, as .NET cannot even start a thread without any; a stack has two for each socket.
    private static readonly int s_most = (int)Math.Clamp(LibC.MaxOpenFiles() / 16, 8, 4096);
    private readonly ConcurrentDictionary<NamespaceIdentity, NetworkStack> _stacks = new();
    private readonly ConcurrentDictionary<NetworkStack, NamespaceIdentity> _open = new();
    private readonly Timer _sweeper;
    private readonly Lock _sweeping = new();
    private bool _ticking;

    private NetworkStackPool() => _sweeper = new Timer(_ => Sweep(IdleMilliseconds), null, Timeout.Infinite, Timeout.Infinite);

    /// <summary>The process's pool.</summary>
    public static NetworkStackPool Shared { get; } = new();

    /// <summary>Gives a namespace's stack.</summary>
    /// <param name="reference">Which namespace; null for the calling thread's own.</param>
    /// <param name="cancellation">Ends the wait for a container's runtime.</param>
    /// <returns>The stack.</returns>
    /// <exception cref="NetworkException">NamespaceNotFound, NamespaceChanged, NotANamespace, PermissionDenied.</exception>
    public NetworkStack Get(NamespaceReference? reference = null, CancellationToken cancellation = default)
    {
        var path = NamespaceFile.PathOf(reference, cancellation);
        var identity = NamespaceFile.Identify(path, reference);
        // An open socket keeps its namespace alive, so an inode that is in the pool cannot have been given to another one. The process
        // by which a stack was found may have ended, while another one that was named now is in the namespace as well.
        if (_stacks.TryGetValue(identity, out var stack) && reference is not null && reference.Text != stack.Namespace.Text
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

    /// <summary>Gives a namespace's stack as <see cref="Get"/> does; a socket that has yet to be opened is opened on another thread meanwhile.</summary>
    /// <param name="reference">Which namespace.</param>
    /// <param name="cancellation">Ends the wait for a container's runtime.</param>
    /// <param name="file">Its file, to be kept open until the stack is there.</param>
    /// <returns>The stack, or what <see cref="Get"/> throws of a namespace that may not be entered.</returns>
    /// <exception cref="NetworkException">As for <see cref="Get"/>.</exception>
    internal Task<NetworkStack> GetAsync(
        NamespaceReference reference, CancellationToken cancellation, out SafeFileHandle file)
    {
        var path = NamespaceFile.PathOf(reference, cancellation);
        // Here, as the caller's thread may see other files than the one that goes there.
        var opened = file = WithRoom(() => NamespaceFile.Open(path, reference));
        var identity = NamespaceFile.Identify(opened);
        reference = NamespaceFile.DescribeOwn(reference, identity) ?? reference;
        // Whoever means one namespace and no other is told before anything is done if it is another one by now.
        try
        {
            if (reference.Cookie == 0 && !_stacks.ContainsKey(identity))
            {
                NamespaceFile.Confirm(reference, path, cancellation);
                return Task.Run(() => Add(
                    reference, path, identity, WithRoom(() => Enter(NetlinkProtocol.Route, opened, reference.Text))));
            }

            var stack = Get(new NamespaceReference(reference.Text, reference.Cookie, path), cancellation);
            return stack.Identity == identity ? Task.FromResult(stack) : throw NamespaceStore.Changed(reference.Text);
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
        // One that a cmdlet holds on to, and that was idle in between, is open again and is not the one that is handed out.
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
            return Enter(protocol, file, reference?.Text ?? path, groups);
        });
        cookie = socket.NamespaceCookie;
        return socket;
    }

    private static NetlinkSocket Enter(NetlinkProtocol protocol, SafeFileHandle? file, string name, params IReadOnlyList<uint> groups)
    {
        try
        {
            return NetlinkSocket.Open(protocol, file, groups);
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
    private NetworkStack Add(NamespaceReference reference, string path, NamespaceIdentity identity, NetlinkSocket socket)
    {
        // Not by the name of a container that shares it, which would be the name of everything here until that container ends.
        if (NamespaceFile.TryIdentify(NamespaceFile.Host, out _) == identity)
            (path, reference) = (NamespaceFile.Host, new NamespaceReference(NamespaceReference.HostText, reference.Cookie, NamespaceFile.Host));
        else if (NamespaceFile.DescribeOwn(reference, identity) is { } lasting)
            (path, reference) = (lasting.KnownPath!, lasting);
        var stack = new NetworkStack(reference, reference.KnownPath ?? path, identity, socket.NamespaceCookie, new NetlinkConnection(socket));
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
