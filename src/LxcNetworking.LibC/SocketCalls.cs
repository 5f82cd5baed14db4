using Microsoft.Win32.SafeHandles;
using Tmds.Linux;
using Linux = Tmds.Linux.LibC;

namespace LxcNetworking.Native;

/// <summary>The system calls of sockets, as <see cref="LibC"/> has the others.</summary>
internal static unsafe class SocketCalls
{
    /// <summary>socket(2).</summary>
    internal static int Open(int family, int type, int protocol) => Linux.socket(family, type, protocol);

    /// <summary>bind(2).</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="address">struct sockaddr_* of its family.</param>
    /// <param name="size">The address's size in bytes.</param>
    internal static int Bind(SafeFileHandle socket, void* address, int size)
    {
        using var held = new HeldFile(socket);
        return Linux.bind(held, (sockaddr*)address, (uint)size);
    }

    /// <summary>getsockname(2).</summary>
    internal static int GetName(SafeFileHandle socket, void* address, int size)
    {
        using var held = new HeldFile(socket);
        socklen_t length = (uint)size;
        return Linux.getsockname(held, (sockaddr*)address, &length);
    }

    /// <summary>setsockopt(2) of a number.</summary>
    internal static int SetOption(SafeFileHandle socket, int level, int name, int value)
        => SetOption(socket, level, name, &value, sizeof(int));

    /// <summary>setsockopt(2).</summary>
    internal static int SetOption(SafeFileHandle socket, int level, int name, void* value, int size)
    {
        using var held = new HeldFile(socket);
        return Linux.setsockopt(held, level, name, value, (uint)size);
    }

    /// <summary>getsockopt(2) of a number of 64 bits.</summary>
    internal static int GetOption(SafeFileHandle socket, int level, int name, out ulong value)
    {
        using var held = new HeldFile(socket);
        socklen_t length = sizeof(ulong);
        fixed (ulong* target = &value)
            return Linux.getsockopt(held, level, name, target, &length);
    }

    /// <summary>sendto(2).</summary>
    internal static nint SendTo(SafeFileHandle socket, ReadOnlySpan<byte> data, void* address, int size)
    {
        using var held = new HeldFile(socket);
        fixed (byte* source = data)
            return (nint)Linux.sendto(held, source, data.Length, 0, (sockaddr*)address, (uint)size);
    }

    /// <summary>send(2).</summary>
    internal static nint Send(SafeFileHandle socket, ReadOnlySpan<byte> data)
    {
        using var held = new HeldFile(socket);
        fixed (byte* source = data)
            return (nint)Linux.send(held, source, data.Length, 0);
    }

    /// <summary>recvfrom(2).</summary>
    internal static nint ReceiveFrom(SafeFileHandle socket, Span<byte> buffer, int flags, void* sender, int size)
    {
        using var held = new HeldFile(socket);
        socklen_t length = (uint)size;
        fixed (byte* target = buffer)
            return (nint)Linux.recvfrom(held, target, buffer.Length, flags, (sockaddr*)sender, &length);
    }

    /// <summary>recv(2).</summary>
    internal static nint Receive(SafeFileHandle socket, Span<byte> buffer)
    {
        using var held = new HeldFile(socket);
        fixed (byte* target = buffer)
            return (nint)Linux.recv(held, target, buffer.Length, 0);
    }

    /// <summary>recvmsg(2).</summary>
    /// <param name="socket">The socket.</param>
    /// <param name="buffer">Where the data goes.</param>
    /// <param name="sender">Where the sender's address goes.</param>
    /// <param name="senderSize">Its room in bytes.</param>
    /// <param name="control">Where the control messages go.</param>
    /// <param name="controlSize">Their room in bytes; how many there are.</param>
    /// <param name="flags">MSG_* for the call; those of the message.</param>
    internal static nint ReceiveMessage(
        SafeFileHandle socket,
        Span<byte> buffer,
        void* sender,
        int senderSize,
        void* control,
        ref int controlSize,
        ref int flags)
    {
        using var held = new HeldFile(socket);
        fixed (byte* target = buffer)
        {
            var part = new iovec { iov_base = target, iov_len = buffer.Length };
            var message = new msghdr
            {
                msg_name = sender,
                msg_namelen = (uint)senderSize,
                msg_iov = &part,
                msg_iovlen = 1,
                msg_control = control,
                msg_controllen = controlSize,
            };
            var size = (nint)Linux.recvmsg(held, &message, flags);
            (controlSize, flags) = ((int)(uint)message.msg_controllen, message.msg_flags);
            return size;
        }
    }
}
