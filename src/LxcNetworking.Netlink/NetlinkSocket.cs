using System.Diagnostics;
using System.Runtime.InteropServices;
using LxcNetworking.Native;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Netlink;

/// <summary>
/// A netlink socket (netlink(7)). It stays bound to the network namespace in which it was opened and may be used from
/// any thread; as long as it is open it keeps that namespace alive. One thread at a time may receive; closing the
/// socket from another one ends its wait with <see cref="ObjectDisposedException"/>.
/// </summary>
public sealed class NetlinkSocket : INetlinkChannel
{
    private const int NETLINK_ADD_MEMBERSHIP = 1;
    private const int NETLINK_LISTEN_ALL_NSID = 8;
    private const int NETLINK_CAP_ACK = 10;
    private const int NETLINK_EXT_ACK = 11;
    private const int NETLINK_GET_STRICT_CHK = 12;
    private const int SocketType = LibC.SOCK_RAW | LibC.SOCK_CLOEXEC;
    private const int ReceiveBufferBytes = 4 << 20;

    private readonly SafeFileHandle _socket;
    private bool _hasReceived;
    private int _receiving;
    private int _closed;
    // Made for the first wait, as most answers are there before anybody waits.
    private volatile SafeFileHandle? _wake;

    private NetlinkSocket(SafeFileHandle socket, uint portId, ulong cookie)
        => (_socket, PortId, NamespaceCookie) = (socket, portId, cookie);

    /// <inheritdoc/>
    public uint PortId { get; }

    /// <summary>The kernel's number for the network namespace, never used twice (SO_NETNS_COOKIE); 0 before Linux
    /// 5.14.</summary>
    public ulong NamespaceCookie { get; }

    /// <summary>Opens a socket in the calling thread's network namespace, or in another one.</summary>
    /// <param name="protocol">The netlink family.</param>
    /// <param name="networkNamespace">An open namespace file (/run/netns/NAME, /proc/PID/ns/net), or null for the
    /// calling thread's own.</param>
    /// <param name="groups">Multicast groups to join.</param>
    /// <returns>The socket.</returns>
    /// <exception cref="NetlinkSocketException">The namespace could not be entered or the socket not be
    /// opened.</exception>
    public static NetlinkSocket Open(
        NetlinkProtocol protocol, SafeFileHandle? networkNamespace = null, params IReadOnlyList<uint> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        return networkNamespace is null
            ? Finish(NamespaceExecutor.OpenSocket(null, LibC.AF_NETLINK, SocketType, (int)protocol), groups)
            : StartOpening(protocol, networkNamespace, groups).Wait();
    }

    /// <summary>Starts to open a socket in another network namespace.</summary>
    /// <param name="protocol">The netlink family.</param>
    /// <param name="networkNamespace">An open namespace file, which stays open until the socket is open.</param>
    /// <param name="groups">Multicast groups to join.</param>
    /// <returns>Gives the socket, or what <see cref="Open"/> throws.</returns>
    public static NamespaceWork<NetlinkSocket> StartOpening(
        NetlinkProtocol protocol, SafeFileHandle networkNamespace, params IReadOnlyList<uint> groups)
    {
        ArgumentNullException.ThrowIfNull(groups);
        return NamespaceExecutor.StartSocket(
            networkNamespace, LibC.AF_NETLINK, SocketType, (int)protocol, socket => Finish(socket, groups));
    }

    /// <summary>Listens, in the groups that the socket has joined, also to the network namespaces that have a number in
    /// its own (NETLINK_LISTEN_ALL_NSID, Linux 4.2).</summary>
    /// <returns>False if the kernel refuses: it takes CAP_NET_BROADCAST over the socket's namespace.</returns>
    public bool TryListenToAllNamespaces()
        => SetOption(_socket, LibC.SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, 1, required: false);

    /// <summary>Takes a datagram of notifications that has come by now, without a wait.</summary>
    /// <param name="buffer">Where to put it.</param>
    /// <param name="onMessage">Takes each notification.</param>
    /// <returns>False where none has come.</returns>
    /// <exception cref="NetlinkOverrunException">Messages were lost, or one did not fit.</exception>
    /// <exception cref="NetlinkProtocolException">A notification is malformed.</exception>
    /// <exception cref="NetlinkSocketException">The system call failed.</exception>
    /// <exception cref="ObjectDisposedException">The socket is closed.</exception>
    public bool TryReceive(Span<byte> buffer, NotificationHandler onMessage)
    {
        ArgumentNullException.ThrowIfNull(onMessage);
        if (!TryReceive(buffer, out var size, out var namespaceId))
            return false;
        var messages = new MessageReader(buffer[..size]);
        while (messages.MoveNext())
        {
            if (messages.Current.Type > NetlinkMessageType.Overrun)
                onMessage(namespaceId, messages.Current);
        }

        return true;
    }

    private unsafe bool TryReceive(Span<byte> buffer, out int size, out int? namespaceId)
    {
        namespaceId = null;
        while (true)
        {
            var sender = default(SockAddrNl);
            var control = default(NamespaceIdControl);
            int controlSize = sizeof(NamespaceIdControl), flags = LibC.MSG_DONTWAIT;
            size = (int)SocketCalls.ReceiveMessage(
                _socket, buffer, &sender, sizeof(SockAddrNl), &control, ref controlSize, ref flags);
            if (size >= 0)
            {
                if (sender.PortId != 0)
                    continue;
                if ((flags & LibC.MSG_TRUNC) != 0)
                    throw new NetlinkOverrunException();
                if (controlSize > 0 && control.Level == LibC.SOL_NETLINK && control.Type == NETLINK_LISTEN_ALL_NSID)
                    namespaceId = control.NamespaceId;
                return true;
            }

            if (IsEmpty(Marshal.GetLastPInvokeError()))
                return false;
        }
    }

    // What a failed receive means: true where nothing is there, false where it was interrupted and is repeated.
    private static bool IsEmpty(int errno) => errno switch
    {
        LibC.EAGAIN => true,
        LibC.EINTR => false,
        LibC.ENOBUFS => throw new NetlinkOverrunException(),
        _ => throw new NetlinkSocketException("Receiving from the kernel", errno),
    };

    /// <inheritdoc/>
    public void Send(ReadOnlySpan<byte> datagram)
    {
        if (!_hasReceived && MemoryMarshal.TryRead<ushort>(datagram[6..], out var flags)
            && (NetlinkFlags)flags is var asked && (asked & NetlinkFlags.Dump) == NetlinkFlags.Dump)
            AskForLargeParts();
        SendOnce(datagram);
    }

    private unsafe void SendOnce(ReadOnlySpan<byte> datagram)
    {
        var kernel = new SockAddrNl { Family = LibC.AF_NETLINK };
        while (SocketCalls.SendTo(_socket, datagram, &kernel, sizeof(SockAddrNl)) < 0)
        {
            if (Marshal.GetLastPInvokeError() is var errno && errno != LibC.EINTR)
                throw new NetlinkSocketException("Sending to the kernel", errno);
        }
    }

    /// <inheritdoc/>
    public int Receive(ref byte[] buffer, TimeSpan timeout, CancellationToken cancellation)
        => Receive(ref buffer, mayBeLarge: true, timeout, cancellation);

    /// <inheritdoc/>
    public int ReceiveSmall(ref byte[] buffer, TimeSpan timeout, CancellationToken cancellation)
        => Receive(ref buffer, mayBeLarge: false, timeout, cancellation);

    private int Receive(ref byte[] buffer, bool mayBeLarge, TimeSpan timeout, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        // Between the look at a datagram's size and its receipt, another thread would take it away.
        if (Interlocked.Exchange(ref _receiving, 1) != 0)
            throw new InvalidOperationException("Another thread is receiving from this netlink socket.");
        try
        {
            return ReceiveWhole(ref buffer, mayBeLarge, timeout, cancellation);
        }
        finally
        {
            Volatile.Write(ref _receiving, 0);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _closed, 1) != 0)
            return;
        // poll(2) does not notice that a descriptor is closed under it.
        if (_wake is { } wake)
            Wake(wake);
        _socket.Dispose();
        _wake?.Dispose();
    }

    private int ReceiveWhole(ref byte[] buffer, bool mayBeLarge, TimeSpan timeout, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var sender = default(SockAddrNl);
            var size = mayBeLarge
                ? ReceiveOnce([], LibC.MSG_PEEK | LibC.MSG_TRUNC | LibC.MSG_DONTWAIT, out sender) : 0;
            if (size > buffer.Length)
            {
                // What is left in it may be secret.
                Array.Clear(buffer);
                buffer = GC.AllocateUninitializedArray<byte>(Math.Max(size, buffer.Length * 2), pinned: true);
            }

            if (size >= 0)
                size = ReceiveOnce(buffer, LibC.MSG_TRUNC | LibC.MSG_DONTWAIT, out sender);
            if (size < 0)
            {
                Wait(timeout, started, cancellation);
                continue;
            }

            _hasReceived = true;
            return size > buffer.Length
                ? throw new NetlinkProtocolException(
                    $"A datagram of {size} bytes came where at most {buffer.Length} were to come.")
                : sender.PortId == 0 ? size : -1;
        }
    }

    // The kernel makes the parts of a list as large as the largest receive so far, up to 32 KiB, and before the first
    // one only a page: an object that does not fit would end the list. So before the first list a message of no type is
    // sent, which the kernel answers at once.
    private void AskForLargeParts()
    {
        var message = new byte[NetlinkRequest.HeaderSize];
        MemoryMarshal.Write(message, NetlinkRequest.HeaderSize);
        const int flags = (int)(NetlinkFlags.Request | NetlinkFlags.Ack);
        MemoryMarshal.Write(message.AsSpan(4), NetlinkMessageType.Noop | (flags << 16));
        SendOnce(message);
        var buffer = ReceiveBuffers.Rent();
        ReceiveOnce(buffer, LibC.MSG_DONTWAIT, out _);
        ReceiveBuffers.Return(buffer);
        _hasReceived = true;
    }

    private static unsafe NetlinkSocket Finish(SafeFileHandle socket, IReadOnlyList<uint> groups)
    {
        try
        {
            // Older kernels lack these three; what they give is then missing, not wrong.
            SetOption(socket, LibC.SOL_NETLINK, NETLINK_EXT_ACK, 1, required: false);
            SetOption(socket, LibC.SOL_NETLINK, NETLINK_CAP_ACK, 1, required: false);
            SetOption(socket, LibC.SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1, required: false);
            // Without CAP_NET_ADMIN over the first user namespace the plain option gives as much as the system allows.
            if (!SetOption(socket, LibC.SOL_SOCKET, LibC.SO_RCVBUFFORCE, ReceiveBufferBytes, required: false))
                SetOption(socket, LibC.SOL_SOCKET, LibC.SO_RCVBUF, ReceiveBufferBytes, required: false);

            var address = new SockAddrNl { Family = LibC.AF_NETLINK };
            Check(SocketCalls.Bind(socket, &address, sizeof(SockAddrNl)), "Binding a netlink socket");
            Check(SocketCalls.GetName(socket, &address, sizeof(SockAddrNl)), "Reading a netlink socket's port");
            foreach (var group in groups)
                SetOption(socket, LibC.SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, (int)group, required: true);

            if (SocketCalls.GetOption(socket, LibC.SOL_SOCKET, LibC.SO_NETNS_COOKIE, out ulong cookie) < 0)
                cookie = 0;
            return new NetlinkSocket(socket, address.PortId, cookie);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static SafeFileHandle OpenEvent()
    {
        var descriptor = LibC.EventFd();
        Check(descriptor, "Opening an eventfd");
        return new SafeFileHandle(descriptor, ownsHandle: true);
    }

    private static void Check(int result, string operation)
    {
        if (result < 0)
            throw new NetlinkSocketException(operation, Marshal.GetLastPInvokeError());
    }

    private static bool SetOption(SafeFileHandle socket, int level, int name, int value, bool required)
    {
        if (SocketCalls.SetOption(socket, level, name, value) == 0)
            return true;
        return !required
            ? false
            : throw new NetlinkSocketException("Setting a netlink socket option", Marshal.GetLastPInvokeError());
    }

    private unsafe int ReceiveOnce(Span<byte> buffer, int flags, out SockAddrNl sender)
    {
        sender = default;
        while (true)
        {
            nint size;
            fixed (SockAddrNl* address = &sender)
                size = SocketCalls.ReceiveFrom(_socket, buffer, flags, address, sizeof(SockAddrNl));
            if (size >= 0)
                return (int)size;
            if (IsEmpty(Marshal.GetLastPInvokeError()))
                return -1;
        }
    }

    private static void Wake(SafeFileHandle wake)
    {
        try
        {
            LibC.Signal(wake);
        }
        catch (ObjectDisposedException)
        {
            // Whoever closed the socket has woken the wait.
        }
    }

    private void Wait(TimeSpan timeout, long started, CancellationToken cancellation)
    {
        bool socketHeld = false, wakeHeld = false;
        // One thread at a time receives. Whoever closes the socket says so before it looks for this.
        var wake = _wake ??= OpenEvent();
        try
        {
            // The numbers given to poll(2) must not become another file's.
            _socket.DangerousAddRef(ref socketHeld);
            wake.DangerousAddRef(ref wakeHeld);
            using var registration = cancellation.UnsafeRegister(static wake => Wake((SafeFileHandle)wake!), wake);
            Poll(wake, timeout, started);
        }
        finally
        {
            if (wakeHeld)
                wake.DangerousRelease();
            if (socketHeld)
                _socket.DangerousRelease();
        }
    }

    private void Poll(SafeFileHandle wake, TimeSpan timeout, long started)
    {
        Span<bool> ready = stackalloc bool[2];
        while (true)
        {
            var milliseconds = -1;
            if (timeout != Timeout.InfiniteTimeSpan)
            {
                var left = timeout - Stopwatch.GetElapsedTime(started);
                if (left <= TimeSpan.Zero)
                    throw new NetlinkTimeoutException(timeout);
                milliseconds = (int)Math.Min(Math.Ceiling(left.TotalMilliseconds), int.MaxValue);
            }

            var count = LibC.PollToRead([_socket, wake], milliseconds, ready);
            if (count < 0 && Marshal.GetLastPInvokeError() is var errno && errno != LibC.EINTR)
                throw new NetlinkSocketException("Waiting for the kernel", errno);
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _closed) != 0, this);
            if (count <= 0)
                continue;
            if (ready[1])
                LibC.Drain(wake);
            return;
        }
    }
}
