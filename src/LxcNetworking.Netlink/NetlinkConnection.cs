using System.Buffers;
using System.Runtime.InteropServices;

namespace LxcNetworking.Netlink;

/// <summary>
/// Asks the kernel and hands its answers out. Safe to use from several threads: one exchange runs at a time.
/// Answers are matched by sequence number and port id; anything else that arrives is ignored.
/// </summary>
/// <param name="channel">The socket, owned by the connection from now on.</param>
public sealed class NetlinkConnection(INetlinkChannel channel) : IDisposable
{
    // Each acknowledgement takes about a kilobyte of the socket's receive buffer until it is read.
    private const int MaxMessagesPerSend = 64;
    private const int MaxBytesPerSend = 32 << 10;
    private const int MaxDumpAttempts = 10;

    private readonly Lock _gate = new();
    private byte[] _buffer = new byte[32 << 10];
    private uint _sequence = (uint)Environment.TickCount;

    /// <summary>The socket.</summary>
    public INetlinkChannel Channel => channel;

    /// <summary>How long to wait for each datagram of an answer. Default: 30 seconds, as creating links can wait for others.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Opens a socket and a connection over it.</summary>
    /// <param name="protocol">The netlink family.</param>
    /// <param name="networkNamespace">An open namespace file, or null for the calling thread's own namespace.</param>
    /// <returns>The connection.</returns>
    public static NetlinkConnection Open(NetlinkProtocol protocol, Microsoft.Win32.SafeHandles.SafeFileHandle? networkNamespace = null)
        => new(NetlinkSocket.Open(protocol, networkNamespace));

    /// <summary>Sends one request and waits for its acknowledgement.</summary>
    /// <param name="request">The request; NLM_F_ACK is added.</param>
    /// <param name="onReply">Takes the messages that come before the acknowledgement.</param>
    /// <param name="cancellation">Ends the wait. The kernel may have done the work all the same.</param>
    /// <exception cref="NetlinkErrorException">The kernel refused.</exception>
    public void Execute(NetlinkRequest request, ReplyHandler? onReply = null, CancellationToken cancellation = default)
    {
        var error = ExecuteAll([request], onReply is null ? null : (_, reply) => onReply(reply), cancellation)[0];
        if (error is not null)
            throw error;
    }

    /// <summary>Sends several requests in as few datagrams as is sound, and gives each one's answer. One that fails does not stop the next.</summary>
    /// <param name="requests">The requests, done in this order; NLM_F_ACK is added.</param>
    /// <param name="onReply">Takes the messages that come before an acknowledgement, with the request's place in the list.</param>
    /// <param name="cancellation">Ends the wait. The kernel may have done the work all the same.</param>
    /// <returns>For each request null, or the kernel's refusal.</returns>
    public IReadOnlyList<NetlinkErrorException?> ExecuteAll(IReadOnlyList<NetlinkRequest> requests, BatchReplyHandler? onReply = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        var results = new NetlinkErrorException?[requests.Count];
        lock (_gate)
        {
            for (var start = 0; start < requests.Count;)
            {
                cancellation.ThrowIfCancellationRequested();
                int end = start, bytes = 0;
                while (end < requests.Count && end - start < MaxMessagesPerSend && (end == start || bytes + requests[end].Length <= MaxBytesPerSend))
                    bytes += requests[end++].Length;
                Exchange(requests, start, end, bytes, results, onReply, cancellation);
                start = end;
            }
        }

        return results;
    }

    /// <summary>Reads a whole list. A list that changed while it was read is read again, so that what comes back is never a mixture.</summary>
    /// <typeparam name="T">The objects' type.</typeparam>
    /// <param name="request">The request; NLM_F_DUMP is added.</param>
    /// <param name="parse">Makes an object of each message.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The objects in the kernel's order.</returns>
    /// <exception cref="NetlinkErrorException">The kernel refused.</exception>
    /// <exception cref="NetlinkDumpInterruptedException">The list changed at every attempt.</exception>
    public List<T> Dump<T>(NetlinkRequest request, ReplyParser<T> parse, CancellationToken cancellation = default)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(parse);
        request.Flags |= NetlinkFlags.Dump;
        lock (_gate)
        {
            for (var attempt = 1; attempt <= MaxDumpAttempts; attempt++)
            {
                var result = new List<T>();
                if (TryDump(request, parse, result, cancellation))
                    return result;
            }
        }

        throw new NetlinkDumpInterruptedException(MaxDumpAttempts);
    }

    /// <summary>Closes the socket, after the exchange that is under way.</summary>
    public void Dispose()
    {
        lock (_gate)
            channel.Dispose();
    }

    private void Exchange(
        IReadOnlyList<NetlinkRequest> requests, int start, int end, int bytes, NetlinkErrorException?[] results, BatchReplyHandler? onReply, CancellationToken cancellation)
    {
        var first = NextSequence((uint)(end - start));
        var datagram = ArrayPool<byte>.Shared.Rent(bytes);
        try
        {
            var length = 0;
            for (var i = start; i < end; i++)
            {
                requests[i].Flags |= NetlinkFlags.Ack;
                var message = requests[i].Seal(first + (uint)(i - start), channel.PortId);
                message.CopyTo(datagram.AsSpan(length));
                length += message.Length;
            }

            channel.Send(datagram.AsSpan(0, length));
        }
        finally
        {
            // A request can carry a key.
            ArrayPool<byte>.Shared.Return(datagram, clearArray: true);
        }

        var answered = new bool[end - start];
        var waiting = answered.Length;
        while (waiting > 0)
        {
            var size = channel.Receive(ref _buffer, Timeout, cancellation);
            if (size < 0)
                continue;
            var messages = new MessageReader(_buffer.AsSpan(0, size));
            while (messages.MoveNext())
            {
                var index = messages.Sequence - first;
                if (messages.PortId != channel.PortId || index >= answered.Length || answered[index])
                    continue;
                var reply = messages.Current;
                switch (reply.Type)
                {
                    case NetlinkMessageType.Noop:
                        break;
                    case NetlinkMessageType.Overrun:
                        throw new NetlinkOverrunException();
                    case NetlinkMessageType.Error:
                        results[start + (int)index] = ReadError(reply, requests[start + (int)index]);
                        answered[index] = true;
                        waiting--;
                        break;
                    case NetlinkMessageType.Done:
                        break;
                    default:
                        onReply?.Invoke(start + (int)index, reply);
                        break;
                }
            }
        }
    }

    private bool TryDump<T>(NetlinkRequest request, ReplyParser<T> parse, List<T> result, CancellationToken cancellation)
        where T : class
    {
        var sequence = NextSequence(1);
        channel.Send(request.Seal(sequence, channel.PortId));
        var finished = false;
        try
        {
            var interrupted = false;
            while (!finished)
            {
                var size = channel.Receive(ref _buffer, Timeout, cancellation);
                if (size < 0)
                    continue;
                var messages = new MessageReader(_buffer.AsSpan(0, size));
                while (messages.MoveNext())
                {
                    if (messages.PortId != channel.PortId || messages.Sequence != sequence)
                        continue;
                    var reply = messages.Current;
                    interrupted |= (reply.Flags & NetlinkFlags.DumpInterrupted) != 0 && reply.Type != NetlinkMessageType.Error;
                    switch (reply.Type)
                    {
                        case NetlinkMessageType.Noop:
                            break;
                        case NetlinkMessageType.Overrun:
                            throw new NetlinkOverrunException();
                        case NetlinkMessageType.Error:
                            finished = true;
                            if (ReadError(reply, request) is { } refusal)
                                throw refusal;
                            break;
                        case NetlinkMessageType.Done:
                            finished = true;
                            if (ReadDone(reply, request) is { } failure)
                                throw failure;
                            break;
                        default:
                            if (!interrupted && parse(reply) is { } item)
                                result.Add(item);
                            break;
                    }
                }
            }

            return !interrupted;
        }
        catch (NetlinkOverrunException)
        {
            Drain(sequence);
            return false;
        }
        catch when (!finished)
        {
            Drain(sequence);
            throw;
        }
    }

    // The kernel refuses a new dump while one is under way, so an abandoned one is read to its end.
    private void Drain(uint sequence)
    {
        var deadline = Environment.TickCount64 + 2000;
        while (Environment.TickCount64 < deadline)
        {
            try
            {
                var size = channel.Receive(ref _buffer, TimeSpan.FromMilliseconds(50), CancellationToken.None);
                if (size < 0)
                    continue;
                var messages = new MessageReader(_buffer.AsSpan(0, size));
                while (messages.MoveNext())
                {
                    if (messages.Sequence == sequence && messages.Current.Type is NetlinkMessageType.Done or NetlinkMessageType.Error)
                        return;
                }
            }
            catch (NetlinkOverrunException)
            {
            }
            catch (NetlinkProtocolException)
            {
            }
            catch (NetlinkTimeoutException)
            {
                return;
            }
        }
    }

    private uint NextSequence(uint count)
    {
        var first = _sequence + 1;
        // Sequence 0 marks notifications; a run of numbers must not cross it.
        if (first == 0 || first > uint.MaxValue - count)
            first = 1;
        _sequence = first + count - 1;
        return first;
    }

    private static NetlinkErrorException? ReadError(NetlinkReply reply, NetlinkRequest request)
    {
        const int EchoedHeader = NetlinkRequest.HeaderSize;
        var payload = reply.Payload;
        if (payload.Length < 4 + EchoedHeader)
            throw new NetlinkProtocolException($"An acknowledgement has {payload.Length} bytes where {4 + EchoedHeader} are the least.");
        var code = MemoryMarshal.Read<int>(payload);
        if (code == 0)
            return null;

        var rest = payload[(4 + EchoedHeader)..];
        if ((reply.Flags & NetlinkFlags.Capped) == 0)
        {
            var echoed = MemoryMarshal.Read<uint>(payload[4..]);
            if (echoed < EchoedHeader || echoed - EchoedHeader > (uint)rest.Length)
                throw new NetlinkProtocolException($"An acknowledgement claims to repeat {echoed} bytes where {rest.Length + EchoedHeader} are there.");
            rest = rest[Math.Min(((int)echoed - EchoedHeader + 3) & ~3, rest.Length)..];
        }

        return Refusal(code, (reply.Flags & NetlinkFlags.AckTlvs) != 0 ? rest : [], request);
    }

    private static NetlinkErrorException? ReadDone(NetlinkReply reply, NetlinkRequest request)
    {
        // Some families end a dump without a code.
        if (reply.Payload.Length < 4 || MemoryMarshal.Read<int>(reply.Payload) is var code && code >= 0)
            return null;
        return Refusal(code, (reply.Flags & NetlinkFlags.AckTlvs) != 0 ? reply.Payload[4..] : [], request);
    }

    private static NetlinkErrorException Refusal(int code, ReadOnlySpan<byte> extended, NetlinkRequest request)
    {
        const ushort NLMSGERR_ATTR_MSG = 1, NLMSGERR_ATTR_OFFS = 2, NLMSGERR_ATTR_MISS_TYPE = 5;
        if (code is > 0 or < -4095)
            throw new NetlinkProtocolException($"An acknowledgement carries the impossible code {code}.");
        string? message = null;
        ushort[] path = [];
        foreach (var attribute in new AttributeReader(extended))
        {
            if (attribute.Type == NLMSGERR_ATTR_MSG)
                message = attribute.AsString();
            else if (attribute.Type == NLMSGERR_ATTR_OFFS)
                path = request.PathTo(attribute.AsUInt32());
            else if (attribute.Type == NLMSGERR_ATTR_MISS_TYPE && path.Length == 0)
                path = [(ushort)attribute.AsUInt32()];
        }

        return new NetlinkErrorException(-code, message, request.Type, path);
    }
}

/// <summary>Takes one message of an answer to one of several requests.</summary>
/// <param name="index">The request's place in the list.</param>
/// <param name="reply">The message.</param>
public delegate void BatchReplyHandler(int index, NetlinkReply reply);
