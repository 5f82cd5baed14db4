using System.Diagnostics;
using LxcNetworking.Native;

namespace LxcNetworking.Netlink;

/// <summary>Reads lists over a connection's socket.</summary>
internal sealed class DumpExchange(ConnectionSocket socket)
{
    private const int MaxAttempts = 10;

    /// <summary>Reads a list until a reading is whole.</summary>
    /// <param name="request">The request; NLM_F_DUMP is added.</param>
    /// <param name="parse">Makes an object of each message.</param>
    /// <param name="placeOf">An object's number, if the kernel goes through the list by a number.</param>
    /// <param name="isWhole">Whether a reading is whole.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NetlinkErrorException">The kernel refused.</exception>
    /// <exception cref="NetlinkDumpInterruptedException">The list changed at every attempt.</exception>
    public DumpReading<T> ReadUntil<T>(
        NetlinkRequest request,
        ReplyParser<T> parse,
        Func<T, long>? placeOf,
        Func<DumpReading<T>, bool> isWhole,
        CancellationToken cancellation)
        where T : class
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                cancellation.ThrowIfCancellationRequested();
                var reading = new DumpReading<T>(placeOf);
                Read(request, parse, reading, cancellation);
                if (isWhole(reading))
                    return reading;
                if (attempt == MaxAttempts)
                    throw new NetlinkDumpInterruptedException(MaxAttempts);
            }
            catch (NetlinkOverrunException) when (attempt < MaxAttempts)
            {
            }
            catch (NetlinkErrorException refusal) when (refusal.Errno == LibC.EBUSY && attempt < MaxAttempts)
            {
                // An earlier dump on this socket is still under way.
                socket.IsUnread = true;
            }

            // Changes come in bursts; trying again at once would meet the same one each time.
            if (attempt > 2)
                cancellation.WaitHandle.WaitOne(1 << (attempt - 3));
        }
    }

    private void Read<T>(
        NetlinkRequest request, ReplyParser<T> parse, DumpReading<T> reading, CancellationToken cancellation)
        where T : class
    {
        socket.DiscardUnread(cancellation);
        var sequence = socket.NextSequence(1);
        socket.IsUnread = true;
        var channel = socket.Channel;
        channel.Send(request.Seal(sequence, channel.PortId, NetlinkFlags.Dump));
        var since = Stopwatch.GetTimestamp();
        while (socket.IsUnread)
        {
            var size = socket.Receive(since, wait: true, mayBeLarge: true, cancellation);
            if (size == 0)
            {
                // A dump without end cannot be read to its end: the next exchange takes another socket where it can.
                if (socket.Reopen is not null)
                    socket.CloseIdle();
                throw TooLarge();
            }

            var messages = socket.Messages(size);
            var isOurs = false;
            while (socket.IsUnread && messages.MoveNext())
            {
                if (messages.PortId != channel.PortId || messages.Sequence != sequence)
                    continue;
                var reply = messages.Current;
                if (!isOurs && reply.Type > NetlinkMessageType.Overrun)
                    reading.Parts++;
                isOurs = true;
                reading.IsInterrupted |= (reply.Flags & NetlinkFlags.DumpInterrupted) != 0
                    && reply.Type != NetlinkMessageType.Error;
                switch (reply.Type)
                {
                    case NetlinkMessageType.Noop:
                        break;
                    case NetlinkMessageType.Overrun:
                        throw new NetlinkOverrunException();
                    case NetlinkMessageType.Error:
                    case NetlinkMessageType.Done:
                        socket.IsUnread = false;
                        if (Acknowledgement.Read(reply, request) is { } refusal)
                            throw refusal.Errno == LibC.EMSGSIZE ? TooLarge() : refusal;
                        break;
                    default:
                        if (parse(reply) is { } item)
                            reading.Add(item);
                        break;
                }
            }

            if (isOurs)
                since = Stopwatch.GetTimestamp();
        }
    }

    private static NetlinkListIncompleteException TooLarge()
        => new("one entry is larger than the parts that it comes in, and those behind it are left out. A route with "
            + "thousands of next hops is one; next-hop objects avoid it.");
}
