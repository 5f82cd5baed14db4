using System.Buffers.Binary;
using System.Runtime.InteropServices;
using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Packets;

/// <summary>A packet(7) socket on one link that sends and takes whole Ethernet frames of one type.</summary>
internal sealed class PacketSocket : IDisposable
{
    private const int SocketType = LibC.SOCK_RAW | LibC.SOCK_CLOEXEC | LibC.SOCK_NONBLOCK;
    // struct sockaddr_ll with an Ethernet address.
    private const int MaxKeptFrames = 1000, SocketAddressBytes = 20, MacBytes = 6;
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
    public static unsafe PacketSocket Open(
        NetworkStack stack, int interfaceIndex, ushort etherType, ReadOnlySpan<PacketFilter> filter = default)
    {
        SafeFileHandle socket;
        try
        {
            // Protocol 0 takes nothing before it is bound: no frame of another link slips in.
            socket = stack.OpenSocket(LibC.AF_PACKET, SocketType, 0);
        }
        catch (NetlinkSocketException e)
        {
            throw Failed("open", e.Errno);
        }

        var address = new SockAddrLl
        {
            Family = LibC.AF_PACKET,
            Protocol = BitConverter.IsLittleEndian ? BinaryPrimitives.ReverseEndianness(etherType) : etherType,
            InterfaceIndex = interfaceIndex,
        };
        if (TryAttach(socket, filter) && SocketCalls.Bind(socket, &address, SocketAddressBytes) == 0)
            return new PacketSocket(socket, interfaceIndex, etherType);
        var failure = Failed("bind", Marshal.GetLastPInvokeError());
        socket.Dispose();
        throw failure;
    }

    /// <summary>Reads its link's Ethernet address as it is now: a bridge gets another one with a new port.</summary>
    /// <param name="mac">Where to: six bytes.</param>
    /// <returns>False if the link has none.</returns>
    public unsafe bool TryReadAddress(Span<byte> mac)
    {
        var address = default(SockAddrLl);
        if (SocketCalls.GetName(_socket, &address, SocketAddressBytes) < 0 || address.AddressLength != MacBytes)
            return false;
        new ReadOnlySpan<byte>(address.Address, MacBytes).CopyTo(mac);
        return true;
    }

    /// <summary>Sends a frame.</summary>
    /// <returns>False if the link is down or gone.</returns>
    public bool TrySend(ReadOnlySpan<byte> frame)
    {
        nint sent;
        do
            sent = SocketCalls.Send(_socket, frame);
        while (sent < 0 && Marshal.GetLastPInvokeError() == LibC.EINTR);
        return sent == frame.Length;
    }

    /// <summary>Takes a frame if there is one.</summary>
    /// <param name="buffer">Where to; what does not fit is cut off.</param>
    /// <returns>The frame's length, or 0.</returns>
    public int Receive(Span<byte> buffer)
    {
        nint got;
        do
            got = SocketCalls.Receive(_socket, buffer);
        while (got < 0 && Marshal.GetLastPInvokeError() == LibC.EINTR);
        return (int)Math.Max(got, 0);
    }

    /// <summary>Sleeps until one of several has a frame, or the time is up.</summary>
    /// <param name="sockets">The sockets.</param>
    /// <param name="time">How long at most; the kernel adds a timer slack of 50 microseconds.</param>
    public static void Wait(IReadOnlyList<PacketSocket> sockets, TimeSpan time)
    {
        var files = new SafeFileHandle[sockets.Count];
        for (var i = 0; i < files.Length; i++)
            files[i] = sockets[i]._socket;
        LibC.PollToRead(files, time);
    }

    /// <summary>Throws away what has come.</summary>
    /// <returns>False if it is of no more use: its link was down or is gone, or more comes than can be thrown
    /// away.</returns>
    public bool TryEmpty()
    {
        Span<byte> nothing = stackalloc byte[1];
        for (var frames = 0; frames < MaxKeptFrames; frames++)
        {
            if (SocketCalls.Receive(_socket, nothing) < 0
                && Marshal.GetLastPInvokeError() is not LibC.EINTR and var errno)
                return errno == LibC.EAGAIN;
        }

        return false;
    }

    /// <summary>Closes it behind the caller's back: the kernel waits for an RCU grace period, tens of
    /// milliseconds.</summary>
    public void Dispose()
        => ThreadPool.UnsafeQueueUserWorkItem(static socket => socket.Dispose(), _socket, preferLocal: false);

    private static unsafe bool TryAttach(SafeFileHandle socket, ReadOnlySpan<PacketFilter> filter)
    {
        if (filter.IsEmpty)
            return true;
        fixed (PacketFilter* instructions = filter)
        {
            var program = new SockFprog { Length = (ushort)filter.Length, Filter = (nint)instructions };
            var size = sizeof(SockFprog);
            return SocketCalls.SetOption(socket, LibC.SOL_SOCKET, LibC.SO_ATTACH_FILTER, &program, size) == 0;
        }
    }

    private static IOException Failed(string verb, int errno) => new(
        $"Cannot {verb} a packet socket: {Marshal.GetPInvokeErrorMessage(errno)}.",
        errno == LibC.EPERM ? new UnauthorizedAccessException() : null);

    /// <summary>struct sockaddr_ll of linux/if_packet.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct SockAddrLl
    {
        public ushort Family;
        // In network byte order.
        public ushort Protocol;
        public int InterfaceIndex;
        public ushort HardwareType;
        public byte PacketType;
        public byte AddressLength;
        public fixed byte Address[8];
    }

    /// <summary>struct sock_fprog of linux/filter.h.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct SockFprog
    {
        public ushort Length;
        public nint Filter;
    }
}
