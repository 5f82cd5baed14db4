using LxcNetworking.Netlink;
using Netlink.Tests.Support;

namespace LxcNetworking.Fuzz;

/// <summary>A message of the kernel's, and what it answers.</summary>
/// <param name="Request">The request's type; for a notification 0.</param>
/// <param name="Command">The request's first byte: a generic request's command, the family of others.</param>
/// <param name="Type">The message's type.</param>
/// <param name="Flags">Its flags.</param>
/// <param name="Payload">What follows the netlink header.</param>
internal sealed record Answer(ushort Request, byte Command, ushort Type, ushort Flags, byte[] Payload)
{
    /// <summary>How long the structure before the attributes is.</summary>
    public int HeaderLength => Command == Generic.Ctrl.GetFamily || Type > byte.MaxValue ? 4
        : Type switch { 20 or 21 => 8, >= 24 and < 36 => 12, _ => 16 };
}

/// <summary>Answers as the bytes of one input.</summary>
internal static class Transcript
{
    private const int HeaderSize = 12;

    public static byte[] Of(IEnumerable<Answer> answers)
    {
        var bytes = new List<byte>();
        foreach (var answer in answers)
        {
            bytes.AddRange(BitConverter.GetBytes(answer.Request));
            bytes.AddRange([answer.Command, 0]);
            bytes.AddRange(BitConverter.GetBytes(answer.Type));
            bytes.AddRange(BitConverter.GetBytes(answer.Flags));
            bytes.AddRange(BitConverter.GetBytes(answer.Payload.Length));
            bytes.AddRange(answer.Payload);
        }

        return [.. bytes];
    }

    public static List<Answer> Read(ReadOnlySpan<byte> bytes)
    {
        var answers = new List<Answer>();
        while (bytes.Length >= HeaderSize && BitConverter.ToInt32(bytes[8..]) is var length && length >= 0
            && length <= bytes.Length - HeaderSize)
        {
            answers.Add(new Answer(
                BitConverter.ToUInt16(bytes), bytes[2], BitConverter.ToUInt16(bytes[4..]),
                BitConverter.ToUInt16(bytes[6..]), bytes.Slice(HeaderSize, length).ToArray()));
            bytes = bytes[(HeaderSize + length)..];
        }

        return answers;
    }

    /// <summary>Spoils one answer, or two.</summary>
    public static byte[] Spoil(Generator random, IReadOnlyList<byte[]> corpus)
    {
        var answers = Read(random.Of(corpus));
        for (var i = random.OneIn(3) ? 2 : 1; i > 0 && answers.Count > 0; i--)
        {
            var at = random.Below(answers.Count);
            var answer = answers[at];
            switch (random.Below(12))
            {
                case 0:
                    answers.RemoveAt(at);
                    break;
                case 1:
                    answers.Insert(random.Below(answers.Count + 1), answer);
                    break;
                case 2:
                    answers[at] = answer with { Type = (ushort)(answer.Type ^ (1 << random.Below(4))) };
                    break;
                case 3 or 4 or 5:
                    answers[at] = answer with { Payload = random.Spoil(answer.Payload) };
                    break;
                default:
                    var others = Read(random.Of(corpus));
                    var other = others.Count == 0 ? null
                        : AttributeTree.Of(random.Of(others).Payload, answer.HeaderLength);
                    answers[at] = answer with
                    {
                        Payload = AttributeTree.Of(answer.Payload, answer.HeaderLength)
                        ?.Spoil(random, other) ?? random.Spoil(answer.Payload)
                    };
                    break;
            }
        }

        return Of(answers);
    }
}

/// <summary>Answers requests with the messages of a transcript.</summary>
internal sealed class ReplayKernel(IReadOnlyList<Answer> answers) : INetlinkChannel
{
    private const ushort Dump = 0x300, Multi = 2;
    private readonly Queue<byte[]> _datagrams = new();

    public uint PortId => 7;

    public void Send(ReadOnlySpan<byte> datagram)
    {
        while (datagram.Length >= 16)
        {
            var length = (int)BitConverter.ToUInt32(datagram);
            var message = datagram[..length];
            var (type, identity) = (BitConverter.ToUInt16(message[4..]), message[8..16].ToArray());
            var command = message[16];
            var isDump = (BitConverter.ToUInt16(message[6..]) & Dump) == Dump;
            var given = answers.Where(answer => answer.Request == type && answer.Command == command);
            var parts = (isDump ? given : given.Take(1))
                .Select(answer =>
                    Message(answer.Type, (ushort)(answer.Flags | (isDump ? Multi : 0)), identity, answer.Payload))
                .Append(isDump ? Message(3, Multi, identity, new byte[4])
                    : Message(2, 0x100, identity, [.. new byte[4], .. message[..16]]));
            _datagrams.Enqueue([.. parts.SelectMany(part => part)]);
            datagram = datagram[Math.Min((length + 3) & ~3, datagram.Length)..];
        }
    }

    public int Receive(ref byte[] buffer, TimeSpan timeout, CancellationToken cancellation)
    {
        if (!_datagrams.TryDequeue(out var datagram))
            throw new NetlinkTimeoutException(timeout);
        if (buffer.Length < datagram.Length)
            buffer = new byte[datagram.Length];
        datagram.CopyTo(buffer, 0);
        return datagram.Length;
    }

    public void Dispose()
    {
    }

    private static byte[] Message(ushort type, ushort flags, byte[] identity, byte[] payload) =>
        [.. BitConverter.GetBytes(16 + payload.Length), .. BitConverter.GetBytes(type), .. BitConverter.GetBytes(flags),
            .. identity, .. payload, .. new byte[-payload.Length & 3]];
}

/// <summary>Writes down what the kernel answers.</summary>
internal sealed class RecordingKernel(INetlinkChannel kernel) : INetlinkChannel
{
    private readonly Dictionary<uint, (ushort Type, byte Command)> _requests = [];

    public List<Answer> Answers { get; } = [];

    public uint PortId => kernel.PortId;

    public void Send(ReadOnlySpan<byte> datagram)
    {
        for (var rest = datagram; rest.Length
            >= 16; rest = rest[Math.Min((int)((BitConverter.ToUInt32(rest) + 3) & ~3u), rest.Length)..])
            _requests[BitConverter.ToUInt32(rest[8..])] = (BitConverter.ToUInt16(rest[4..]), rest[16]);
        kernel.Send(datagram);
    }

    public int Receive(ref byte[] buffer, TimeSpan timeout, CancellationToken cancellation)
    {
        var length = kernel.Receive(ref buffer, timeout, cancellation);
        var rest = buffer.AsSpan(0, Math.Max(length, 0));
        for (int size; rest.Length >= 16; rest = rest[Math.Min((size + 3) & ~3, rest.Length)..])
        {
            size = (int)BitConverter.ToUInt32(rest);
            var type = BitConverter.ToUInt16(rest[4..]);
            if (type is 2 or 3 || !_requests.TryGetValue(BitConverter.ToUInt32(rest[8..]), out var request))
                continue;
            // One part of a list is all that is replayed, so it is whole.
            Answers.Add(new Answer(request.Type, request.Command, type, (ushort)(BitConverter.ToUInt16(rest[6..]) & ~2),
                rest[16..size].ToArray()));
        }

        return length;
    }

    public void Dispose() => kernel.Dispose();
}
