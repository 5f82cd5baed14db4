using System.Buffers;
using System.Diagnostics;

namespace LxcNetworking.Netlink;

/// <summary>Sends requests over a connection's socket and reads each one's answer.</summary>
internal sealed class RequestExchange(ConnectionSocket socket)
{
    private const int MaxOverruns = 10;
    // The kernel adds counters and names; 32 KiB are there.
    private const int MaxLengthOfSmallEcho = 4 << 10;

    /// <summary>Sends requests in one datagram and reads their answers.</summary>
    /// <param name="requests">A list of requests.</param>
    /// <param name="start">The first of it to send.</param>
    /// <param name="end">The one behind the last to send.</param>
    /// <param name="bytes">The length of them together.</param>
    /// <param name="results">Gets the kernel's refusals, each in its request's place.</param>
    /// <param name="onReply">Takes answers to queries and echoes.</param>
    /// <param name="isTransaction">True if the first and the last one make a transaction of those between them.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public void Execute(
        IReadOnlyList<NetlinkRequest> requests,
        int start,
        int end,
        int bytes,
        NetlinkErrorException?[] results,
        BatchReplyHandler? onReply,
        bool isTransaction,
        CancellationToken cancellation)
    {
        socket.DiscardUnread(cancellation);
        var first = socket.NextSequence((uint)(end - start));
        socket.IsUnread = true;
        Send(requests, start, end, bytes, first, isTransaction);

        var answered = new bool[end - start];
        // The messages around a transaction are answered only where it is refused as a whole.
        var waiting = isTransaction ? answered.Length - 2 : answered.Length;
        var overruns = 0;
        var since = Stopwatch.GetTimestamp();
        while (waiting > 0)
        {
            if (!TryReceive(since, ref overruns, MayBeLarge(), cancellation, out var size))
                continue;
            var messages = socket.Messages(size);
            var isOurs = false;
            while (messages.MoveNext())
            {
                var index = messages.Sequence - first;
                if (messages.PortId != socket.Channel.PortId || index >= answered.Length || answered[index])
                    continue;
                isOurs = true;
                var place = start + (int)index;
                if (!IsLast(messages.Current, requests[place], place, onReply, ref results[place]))
                    continue;
                answered[index] = true;
                if (!isTransaction || (index > 0 && index < answered.Length - 1))
                    waiting--;
                // Some kernels answer what is inside a refused transaction besides, others do not.
                else if (results[place] is not null)
                    waiting = 0;
            }

            if (isOurs)
                since = Stopwatch.GetTimestamp();
        }

        socket.IsUnread = overruns > 0;

        // Answers come in the order of the requests. An acknowledgement fits in the buffer, and so does the echo of
        // what is not large itself.
        bool MayBeLarge()
        {
            var next = requests[start + Array.IndexOf(answered, false)];
            return next.IsQuery
                || ((next.Flags & NetlinkFlags.Echo) != 0 && next.Length > MaxLengthOfSmallEcho);
        }
    }

    // False if messages were lost: what was not is there to be read, as the kernel answers before send(2) returns.
    private bool TryReceive(
        long since, ref int overruns, bool mayBeLarge, CancellationToken cancellation, out int size)
    {
        try
        {
            size = socket.Receive(since, wait: overruns == 0, mayBeLarge, cancellation);
            return true;
        }
        catch (NetlinkOverrunException) when (overruns < MaxOverruns)
        {
            overruns++;
            size = 0;
            return false;
        }
        catch (NetlinkTimeoutException) when (overruns > 0)
        {
            throw new NetlinkOverrunException();
        }
    }

    // Hands a message out, and tells whether it ends the answer to its request.
    private static bool IsLast(
        NetlinkReply reply,
        NetlinkRequest request,
        int place,
        BatchReplyHandler? onReply,
        ref NetlinkErrorException? result)
    {
        switch (reply.Type)
        {
            case NetlinkMessageType.Noop:
                return false;
            case NetlinkMessageType.Overrun:
                throw new NetlinkOverrunException();
            case NetlinkMessageType.Error:
            // A multipart answer has no acknowledgement besides.
            case NetlinkMessageType.Done:
                result = Acknowledgement.Read(reply, request);
                return true;
            default:
                onReply?.Invoke(place, reply);
                return request.IsQuery;
        }
    }

    private void Send(
        IReadOnlyList<NetlinkRequest> requests, int start, int end, int bytes, uint sequence, bool isTransaction)
    {
        var channel = socket.Channel;
        if (end - start == 1 && !isTransaction)
        {
            // Not copied, as it can carry a key.
            var flags = requests[start].IsQuery ? NetlinkFlags.None : NetlinkFlags.Ack;
            channel.Send(requests[start].Seal(sequence, channel.PortId, flags));
            return;
        }

        var datagram = ArrayPool<byte>.Shared.Rent(bytes);
        var length = 0;
        try
        {
            for (var i = start; i < end; i++)
            {
                var wantsAck = (!isTransaction || (i > start && i < end - 1)) && !requests[i].IsQuery;
                var flags = wantsAck ? NetlinkFlags.Ack : NetlinkFlags.None;
                var message = requests[i].Seal(sequence++, channel.PortId, flags);
                message.CopyTo(datagram.AsSpan(length));
                length += message.Length;
            }

            channel.Send(datagram.AsSpan(0, length));
        }
        finally
        {
            // It can carry a key.
            datagram.AsSpan(0, length).Clear();
            ArrayPool<byte>.Shared.Return(datagram);
        }
    }
}
