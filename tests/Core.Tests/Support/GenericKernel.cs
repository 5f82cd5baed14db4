using System.Runtime.InteropServices;
using LxcNetworking.Generic;
using LxcNetworking.Netlink;

namespace LxcNetworking.Tests;

/// <summary>Stands in for the kernel's generic netlink: knows families by name, keeps what it is sent, and answers with
/// what it is told.</summary>
internal sealed class GenericKernel : INetlinkChannel
{
    private readonly Queue<byte[]> _answers = new();
    private byte[] _buffer = [];

    public uint PortId => 7;

    /// <summary>The families' numbers.</summary>
    public Dictionary<string, ushort> Families { get; } = new(StringComparer.Ordinal);

    /// <summary>Commands other than the question for a family: type, command, version and attributes.</summary>
    public List<(ushort Type, byte Command, byte Version, byte[] Attributes)> Commands { get; } = [];

    /// <summary>How often a family was asked for.</summary>
    public int Questions { get; private set; }

    /// <summary>The answer's attributes, for commands that get one.</summary>
    public byte[]? Answer { get; set; }

    /// <summary>Where the connection received the last datagram.</summary>
    public byte[] Buffer => _buffer;

    public void Send(ReadOnlySpan<byte> datagram)
    {
        var message = datagram.ToArray();
        var (type, flags) = (BitConverter.ToUInt16(message, 4), BitConverter.ToUInt16(message, 6));
        var attributes = message[20..];
        if (type == Ctrl.FamilyType)
        {
            Questions++;
            Assert.True(new AttributeReader(attributes).TryFind(Ctrl.FamilyName, out var name));
            if (!Families.TryGetValue(name.AsString(), out var number))
            {
                Reply(message, 2, 0, BitConverter.GetBytes(-2));
                return;
            }

            Reply(message, type, 0, [1, 2, 0, 0, 6, 0, 1, 0, (byte)number, (byte)(number >> 8), 0, 0]);
        }
        else if (!Families.ContainsValue(type))
        {
            Reply(message, 2, 0, BitConverter.GetBytes(-2));
            return;
        }
        else
        {
            Commands.Add((type, message[16], message[17], attributes));
            if (Answer is not null)
                Reply(message, type, 2, [message[16], 1, 0, 0, .. Answer]);
        }

        if ((flags & (ushort)NetlinkFlags.Dump) == (ushort)NetlinkFlags.Dump)
            Reply(message, 3, 2, BitConverter.GetBytes(0));
        else
            Reply(message, 2, 0, BitConverter.GetBytes(0));
    }

    public int Receive(ref byte[] buffer, TimeSpan timeout, CancellationToken cancellation)
    {
        if (!_answers.TryDequeue(out var answer))
            throw new NetlinkTimeoutException(timeout);
        answer.CopyTo(buffer, 0);
        _buffer = buffer;
        return answer.Length;
    }

    public void Dispose()
    {
    }

    private void Reply(byte[] request, ushort type, ushort flags, byte[] payload)
    {
        // An acknowledgement repeats the request's header, and says that it repeats no more.
        if (type == 2)
            flags |= (ushort)NetlinkFlags.Capped;
        byte[] body = type == 2 ? [.. payload, .. request[..16]] : payload;
        var message = new byte[16 + body.Length];
        MemoryMarshal.Write(message, message.Length);
        MemoryMarshal.Write(message.AsSpan(4), in type);
        MemoryMarshal.Write(message.AsSpan(6), in flags);
        request.AsSpan(8, 8).CopyTo(message.AsSpan(8));
        body.CopyTo(message, 16);
        _answers.Enqueue(message);
    }
}
