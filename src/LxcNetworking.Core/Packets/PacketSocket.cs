using System.Buffers.Binary;
using System.Runtime.InteropServices;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Packets;

/// <summary>A packet(7) socket on one link that sends and takes whole Ethernet frames of one type.</summary>
internal sealed partial class PacketSocket : IDisposable
{
    private const int AF_PACKET = 17, SOCK_RAW = 3, SOCK_CLOEXEC = 0x80000, SOCK_NONBLOCK = 0x800;
    private const int EPERM = 1, EINTR = 4, EAGAIN = 11;
    private const short POLLIN = 1;
    private const int MaxKeptFrames = 1000, SocketAddressBytes = 20;
    private readonly SafeFileHandle _socket;

    private PacketSocket(SafeFileHandle socket, int interfaceIndex, ushort etherType)
        => (_socket, InterfaceIndex, EtherType) = (socket, interfaceIndex, etherType);

    /// <summary>The link that it is on.</summary>
    public int InterfaceIndex { get; }

    /// <summary>The frames that it takes: ETH_P_* of linux/if_ether.h.</summary>
    public ushort EtherType { get; }

    /// <summary>Opens one.</summary>
    /// <param name="stack">The link's stack.</param>
    /// <param name="interfaceIndex">The link.</param>
    /// <param name="etherType">ETH_P_* of linux/if_ether.h; 0 to receive nothing.</param>
    /// <param name="filter">What it is to take of these; nothing for all.</param>
    /// <exception cref="IOException">The system refused; with an inner <see cref="UnauthorizedAccessException"/> for
    /// want of CAP_NET_RAW.</exception>
    public static PacketSocket Open(
        NetworkStack stack, int interfaceIndex, ushort etherType, ReadOnlySpan<PacketFilter> filter = default)
    {
        SafeFileHandle socket;
        try
        {
            // Protocol 0 takes nothing before it is bound: no frame of another link slips in.
            socket = stack.OpenSocket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        }
        catch (NetlinkSocketException e)
        {
            throw Failed("open", e.Errno);
        }

        // struct sockaddr_ll: family, protocol (network order), index, hardware type, packet type, address length,
        // address.
        Span<byte> address = stackalloc byte[SocketAddressBytes];
        BitConverter.TryWriteBytes(address, (ushort)AF_PACKET);
        BinaryPrimitives.WriteUInt16BigEndian(address[2..], etherType);
        BitConverter.TryWriteBytes(address[4..], interfaceIndex);
        if (TryAttach(socket, filter) && Calls.Bind(socket, address, SocketAddressBytes) == 0)
            return new PacketSocket(socket, interfaceIndex, etherType);
        var failure = Failed("bind", Marshal.GetLastPInvokeError());
        socket.Dispose();
        throw failure;
    }

    /// <summary>Reads its link's Ethernet address as it is now: a bridge gets another one with a new port.</summary>
    /// <param name="mac">Where to: six bytes.</param>
    /// <returns>False if the link has none.</returns>
    public bool TryReadAddress(Span<byte> mac)
    {
        Span<byte> address = stackalloc byte[SocketAddressBytes];
        var length = SocketAddressBytes;
        if (Calls.GetSocketName(_socket, address, ref length) < 0 || address[11] != 6)
            return false;
        address[12..18].CopyTo(mac);
        return true;
    }

    /// <summary>Sends a frame.</summary>
    /// <returns>False if the link is down or gone.</returns>
    public bool TrySend(ReadOnlySpan<byte> frame)
    {
        nint sent;
        do
            sent = Calls.Send(_socket, frame, frame.Length, 0);
        while (sent < 0 && Marshal.GetLastPInvokeError() == EINTR);
        return sent == frame.Length;
    }

    /// <summary>Takes a frame if there is one.</summary>
    /// <param name="buffer">Where to; what does not fit is cut off.</param>
    /// <returns>The frame's length, or 0.</returns>
    public int Receive(Span<byte> buffer)
    {
        nint got;
        do
            got = Calls.Receive(_socket, buffer, buffer.Length, 0);
        while (got < 0 && Marshal.GetLastPInvokeError() == EINTR);
        return (int)Math.Max(got, 0);
    }

    /// <summary>Sleeps until one of several has a frame, or the time is up.</summary>
    /// <param name="sockets">The sockets.</param>
    /// <param name="time">How long at most; the kernel adds a timer slack of 50 microseconds.</param>
    public static void Wait(IReadOnlyList<PacketSocket> sockets, TimeSpan time)
    {
        Span<Calls.PollFd> descriptors = stackalloc Calls.PollFd[sockets.Count];
        for (var i = 0; i < sockets.Count; i++)
            descriptors[i] = new Calls.PollFd
            {
                Descriptor = (int)sockets[i]._socket.DangerousGetHandle(),
                Events = POLLIN,
            };
        var seconds = (long)time.TotalSeconds;
        var left = new Calls.TimeSpec
        {
            Seconds = seconds,
            Nanoseconds = (long)(time - TimeSpan.FromSeconds(seconds)).TotalNanoseconds,
        };
        _ = Calls.Poll(descriptors, (nuint)descriptors.Length, in left, 0);
    }

    /// <summary>Throws away what has come.</summary>
    /// <returns>False if it is of no more use: its link was down or is gone, or more comes than can be thrown
    /// away.</returns>
    public bool TryEmpty()
    {
        Span<byte> nothing = stackalloc byte[1];
        for (var frames = 0; frames < MaxKeptFrames; frames++)
        {
            if (Calls.Receive(_socket, nothing, nothing.Length, 0) < 0
                && Marshal.GetLastPInvokeError() is not EINTR and var errno)
                return errno == EAGAIN;
        }

        return false;
    }

    /// <summary>Closes it behind the caller's back: the kernel waits for an RCU grace period, tens of
    /// milliseconds.</summary>
    public void Dispose()
        => ThreadPool.UnsafeQueueUserWorkItem(static socket => socket.Dispose(), _socket, preferLocal: false);

    private static unsafe bool TryAttach(SafeFileHandle socket, ReadOnlySpan<PacketFilter> filter)
    {
        const int SOL_SOCKET = 1, SO_ATTACH_FILTER = 26;
        if (filter.IsEmpty)
            return true;
        fixed (PacketFilter* instructions = filter)
        {
            var program = new Calls.SockFprog { Length = (ushort)filter.Length, Filter = (nint)instructions };
            var size = sizeof(Calls.SockFprog);
            return Calls.SetSocketOption(socket, SOL_SOCKET, SO_ATTACH_FILTER, in program, size) == 0;
        }
    }

    private static IOException Failed(string verb, int errno) => new(
        $"Cannot {verb} a packet socket: {Marshal.GetPInvokeErrorMessage(errno)}.",
        errno == EPERM ? new UnauthorizedAccessException() : null);

    private static partial class Calls
    {
        [StructLayout(LayoutKind.Sequential)]
        public struct PollFd
        {
            public int Descriptor;
            public short Events;
            public short Result;
        }

        [StructLayout(LayoutKind.Sequential)]
        public struct TimeSpec
        {
            public long Seconds;
            public long Nanoseconds;
        }

        [StructLayout(LayoutKind.Sequential)]
        public struct SockFprog
        {
            public ushort Length;
            public nint Filter;
        }

        [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
        public static partial int SetSocketOption(
            SafeFileHandle socket, int level, int option, in SockFprog value, int length);

        [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
        public static partial int Bind(SafeFileHandle socket, ReadOnlySpan<byte> address, uint length);

        [LibraryImport("libc", EntryPoint = "getsockname", SetLastError = true)]
        public static partial int GetSocketName(SafeFileHandle socket, Span<byte> address, ref int length);

        [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
        public static partial nint Send(SafeFileHandle socket, ReadOnlySpan<byte> data, nint length, int flags);

        [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
        public static partial nint Receive(SafeFileHandle socket, Span<byte> data, nint length, int flags);

        [LibraryImport("libc", EntryPoint = "ppoll", SetLastError = true)]
        public static partial int Poll(Span<PollFd> descriptors, nuint count, in TimeSpec time, nint signalMask);
    }
}
