using System.Diagnostics;

namespace LxcNetworking.Netlink;

public sealed partial class NetlinkConnection
{
    private const int MaxDumpAttempts = 10;
    private const int EBUSY = 16, EMSGSIZE = 90;

    /// <summary>
    /// Reads a whole list. A list that changed while it was read is read again, so that what
    /// comes back is never a mixture.
    /// </summary>
    /// <typeparam name="T">The objects' type.</typeparam>
    /// <param name="request">The request; NLM_F_DUMP is added.</param>
    /// <param name="parse">Makes an object of each message. It cannot use this connection itself.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The objects in the kernel's order.</returns>
    /// <exception cref="NetlinkErrorException">The kernel refused.</exception>
    /// <exception cref="NetlinkDumpInterruptedException">The list changed at every attempt.</exception>
    public List<T> Dump<T>(NetlinkRequest request, ReplyParser<T> parse, CancellationToken cancellation = default)
        where T : class
        => DumpUntil(request, parse, placeOf: null, static reading => !reading.IsInterrupted, cancellation).Items;

    /// <summary>
    /// Reads a whole list that the kernel goes through by a number. Where the numbers ascend, a change
    /// leaves out or repeats nothing else: the list holds all that was there the whole time, once. It is
    /// read again only where they do not.
    /// </summary>
    /// <typeparam name="T">The objects' type.</typeparam>
    /// <param name="request">The request; NLM_F_DUMP is added.</param>
    /// <param name="parse">Makes an object of each message. It cannot use this connection itself.</param>
    /// <param name="placeOf">An object's number, which others may have too.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The objects; those of a place in <see cref="DumpReading{T}.Torn"/> are to be read anew.</returns>
    /// <exception cref="NetlinkErrorException">The kernel refused.</exception>
    /// <exception cref="NetlinkDumpInterruptedException">The list changed at every attempt.</exception>
    public DumpReading<T> DumpInOrder<T>(
        NetlinkRequest request,
        ReplyParser<T> parse,
        Func<T, long> placeOf,
        CancellationToken cancellation = default)
        where T : class
        => DumpUntil(
            request, parse, placeOf, static reading => !reading.IsInterrupted || reading.IsInOrder, cancellation);

    /// <summary>
    /// Reads a whole list whose changes the kernel does not tell, though it goes on behind so many
    /// objects. What comes in one part is of one moment; a longer list is read until two readings in a row
    /// are the same and show nothing twice.
    /// </summary>
    /// <typeparam name="T">The objects' type.</typeparam>
    /// <param name="request">The request; NLM_F_DUMP is added.</param>
    /// <param name="parse">Makes an object of each message. It cannot use this connection itself.</param>
    /// <param name="keyOf">What tells one object from the others, as a value that can be compared.</param>
    /// <param name="isUndisturbed">Is asked after each reading of a longer list whether nothing went since it was asked
    /// last, as two readings may miss the same one; null if nobody can know.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The objects in the kernel's order.</returns>
    /// <exception cref="NetlinkErrorException">The kernel refused.</exception>
    /// <exception cref="NetlinkDumpInterruptedException">The list changed at every attempt.</exception>
    public List<T> DumpTwice<T>(
        NetlinkRequest request,
        ReplyParser<T> parse,
        Func<T, object> keyOf,
        Func<bool>? isUndisturbed = null,
        CancellationToken cancellation = default)
        where T : class
    {
        List<object>? before = null;
        return DumpUntil(
            request,
            parse,
            placeOf: null,
            reading =>
            {
                if (reading.Parts <= 1)
                    return true;
                var keys = reading.Items.ConvertAll(item => keyOf(item));
                var isWhole = isUndisturbed?.Invoke() != false
                    && before?.SequenceEqual(keys) == true
                    && keys.Distinct().Count() == keys.Count;
                before = keys;
                return isWhole;
            },
            cancellation).Items;
    }

    private DumpReading<T> DumpUntil<T>(
        NetlinkRequest request,
        ReplyParser<T> parse,
        Func<T, long>? placeOf,
        Func<DumpReading<T>, bool> isWhole,
        CancellationToken cancellation)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(parse);
        Enter(cancellation);
        try
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
                    if (attempt == MaxDumpAttempts)
                        throw new NetlinkDumpInterruptedException(MaxDumpAttempts);
                }
                catch (NetlinkOverrunException) when (attempt < MaxDumpAttempts)
                {
                }
                catch (NetlinkErrorException refusal) when (refusal.Errno == EBUSY && attempt < MaxDumpAttempts)
                {
                    // An earlier dump on this socket is still under way.
                    _unread = true;
                }

                // Changes come in bursts; trying again at once would meet the same one each time.
                if (attempt > 2)
                    cancellation.WaitHandle.WaitOne(1 << (attempt - 3));
            }
        }
        finally
        {
            Leave();
        }
    }

    private void Read<T>(
        NetlinkRequest request, ReplyParser<T> parse, DumpReading<T> reading, CancellationToken cancellation)
        where T : class
    {
        DiscardUnread(cancellation);
        var sequence = NextSequence(1);
        _unread = true;
        channel.Send(request.Seal(sequence, channel.PortId, NetlinkFlags.Dump));
        var since = Stopwatch.GetTimestamp();
        while (_unread)
        {
            // A statement of its own: the buffer may be another one afterwards.
            var size = Receive(since, wait: true, mayBeLarge: true, cancellation);
            if (size == 0)
            {
                Abandon();
                throw TooLarge();
            }

            var messages = new MessageReader(_buffer.AsSpan(0, size));
            var isOurs = false;
            while (_unread && messages.MoveNext())
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
                        _unread = false;
                        if (Acknowledgement.Read(reply, request) is { } refusal)
                            throw refusal.Errno == EMSGSIZE ? TooLarge() : refusal;
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

    // A dump without end cannot be read to its end: the next exchange takes another socket where it can.
    private void Abandon()
    {
        if (Reopen is null)
            return;
        channel.Dispose();
        (_idle, _unread) = (true, false);
    }
}
