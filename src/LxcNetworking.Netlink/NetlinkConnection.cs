using Microsoft.Win32.SafeHandles;

namespace LxcNetworking.Netlink;

/// <summary>
/// Asks the kernel and hands its answers out. Safe to use from several threads: one exchange runs at a time.
/// Answers are matched by sequence number and port id; anything else that arrives is ignored.
/// </summary>
public sealed class NetlinkConnection : IDisposable
{
    // Each acknowledgement takes about a kilobyte of the socket's receive buffer until it is read.
    private const int MaxMessagesPerSend = 64;
    private const int MaxBytesPerSend = 32 << 10;
    private static readonly TimeSpan _disposeWait = TimeSpan.FromSeconds(2);

    private readonly ConnectionSocket _socket;
    private readonly RequestExchange _requests;
    private readonly DumpExchange _dumps;
    // Not a lock statement: those who wait for their turn can be cancelled too.
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile int _owner;
    private volatile bool _closed;

    /// <summary>Makes a connection over a socket.</summary>
    /// <param name="channel">The socket, owned by the connection from now on.</param>
    public NetlinkConnection(INetlinkChannel channel)
    {
        _socket = new ConnectionSocket(channel);
        _requests = new RequestExchange(_socket);
        _dumps = new DumpExchange(_socket);
    }

    /// <summary>The socket.</summary>
    public INetlinkChannel Channel => _socket.Channel;

    /// <summary>How long to wait for each datagram of an answer. Default: 30 seconds, as creating links can wait for
    /// others.</summary>
    public TimeSpan Timeout
    {
        get => _socket.Timeout;
        set => _socket.Timeout = value;
    }

    /// <summary>Zeroes the receive buffer after each exchange, for families whose answers hold secrets.</summary>
    public bool ClearsBuffer
    {
        get => _socket.ClearsBuffer;
        set => _socket.ClearsBuffer = value;
    }

    /// <summary>Opens the channel anew for the first exchange after <see cref="TryCloseIdle(TimeSpan)"/>. Without it
    /// nothing is closed as idle.</summary>
    public Func<INetlinkChannel>? Reopen
    {
        get => _socket.Reopen;
        set => _socket.Reopen = value;
    }

    /// <summary>The number that the last request carried; a test sets it to see the numbers wrap.</summary>
    internal uint Sequence
    {
        get => _socket.Sequence;
        set => _socket.Sequence = value;
    }

    /// <summary>Opens a socket and a connection over it.</summary>
    /// <param name="protocol">The netlink family.</param>
    /// <param name="networkNamespace">An open namespace file, or null for the calling thread's own namespace.</param>
    /// <returns>The connection.</returns>
    public static NetlinkConnection Open(NetlinkProtocol protocol, SafeFileHandle? networkNamespace = null)
        => new(NetlinkSocket.Open(protocol, networkNamespace));

    /// <summary>Sends one request and waits for its acknowledgement.</summary>
    /// <param name="request">The request; NLM_F_ACK is added where it is no query.</param>
    /// <param name="onReply">Takes the answer to a query, and the echo that comes before an acknowledgement. It cannot
    /// use this connection itself.</param>
    /// <param name="cancellation">Ends the wait. The kernel may have done the work all the same.</param>
    /// <exception cref="NetlinkErrorException">The kernel refused.</exception>
    public void Execute(NetlinkRequest request, ReplyHandler? onReply = null, CancellationToken cancellation = default)
    {
        var error = ExecuteAll([request], onReply is null ? null : (_, reply) => onReply(reply), cancellation)[0];
        if (error is not null)
            throw error;
    }

    /// <summary>Sends several requests in as few datagrams as is sound, and gives each one's answer. One that fails
    /// does not stop the next.</summary>
    /// <param name="requests">The requests, done in this order; NLM_F_ACK is added to those that are no
    /// queries.</param>
    /// <param name="onReply">The same, with the request's place in the list.</param>
    /// <param name="cancellation">Ends the wait. The kernel may have done the work all the same.</param>
    /// <returns>For each request null, or the kernel's refusal.</returns>
    public IReadOnlyList<NetlinkErrorException?> ExecuteAll(
        IReadOnlyList<NetlinkRequest> requests,
        BatchReplyHandler? onReply = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(requests);
        var results = new NetlinkErrorException?[requests.Count];
        Enter(cancellation);
        try
        {
            for (var start = 0; start < requests.Count;)
            {
                cancellation.ThrowIfCancellationRequested();
                int end = start, bytes = 0;
                while (end < requests.Count && end - start < MaxMessagesPerSend
                    && (end == start || bytes + requests[end].Length <= MaxBytesPerSend))
                    bytes += requests[end++].Length;
                _requests.Execute(
                    requests, start, end, bytes, results, onReply, isTransaction: false, cancellation);
                start = end;
            }
        }
        finally
        {
            Leave();
        }

        return results;
    }

    /// <summary>
    /// Sends requests between two messages that make them one transaction, in one datagram: the kernel does all or none
    /// (NFNL_MSG_BATCH_BEGIN and NFNL_MSG_BATCH_END of linux/netfilter/nfnetlink.h).
    /// </summary>
    /// <param name="begin">Opens the transaction. The kernel answers it only to refuse the whole.</param>
    /// <param name="requests">What to do, in this order; NLM_F_ACK is added.</param>
    /// <param name="end">Closes the transaction.</param>
    /// <param name="cancellation">Ends the wait. The kernel may have done the work all the same.</param>
    /// <exception cref="NetlinkErrorException">The kernel refused, and nothing was changed: what it said
    /// first.</exception>
    /// <exception cref="NetlinkSocketException">The transaction is larger than a datagram can be
    /// (EMSGSIZE).</exception>
    public void ExecuteTransaction(
        NetlinkRequest begin,
        IReadOnlyList<NetlinkRequest> requests,
        NetlinkRequest end,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(begin);
        ArgumentNullException.ThrowIfNull(requests);
        ArgumentNullException.ThrowIfNull(end);
        if (requests.Count == 0)
            return;
        NetlinkRequest[] all = [begin, .. requests, end];
        var results = new NetlinkErrorException?[all.Length];
        Enter(cancellation);
        try
        {
            cancellation.ThrowIfCancellationRequested();
            var bytes = all.Sum(request => request.Length);
            _requests.Execute(
                all, 0, all.Length, bytes, results, onReply: null, isTransaction: true, cancellation);
        }
        finally
        {
            Leave();
        }

        if (Array.Find(results, result => result is not null) is { } refusal)
            throw refusal;
    }

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

    /// <summary>Opens the socket if it was closed as idle.</summary>
    /// <param name="cancellation">Ends the wait for the exchange that is under way.</param>
    public void EnsureOpen(CancellationToken cancellation = default)
    {
        Enter(cancellation);
        Leave();
    }

    /// <summary>Closes the socket if no exchange is under way or waits for its turn to end; the next exchange opens
    /// another one.</summary>
    /// <param name="timeout">How long to wait for the end of those that are.</param>
    /// <returns>False if it is in use.</returns>
    public bool TryCloseIdle(TimeSpan timeout = default)
    {
        if (Reopen is null || _owner == Environment.CurrentManagedThreadId || !_turn.Wait(timeout))
            return false;
        _socket.CloseIdle();
        _turn.Release();
        return true;
    }

    /// <summary>Closes the socket, after the exchange that is under way; one that waits in vain is ended.</summary>
    public void Dispose()
    {
        _closed = true;
        var entered = _owner != Environment.CurrentManagedThreadId && _turn.Wait(_disposeWait);
        _socket.Channel.Dispose();
        if (entered)
            _turn.Release();
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
            return _dumps.ReadUntil(request, parse, placeOf, isWhole, cancellation);
        }
        finally
        {
            Leave();
        }
    }

    private void Enter(CancellationToken cancellation)
    {
        if (_owner == Environment.CurrentManagedThreadId)
        {
            throw new InvalidOperationException(
                "What handles a netlink answer cannot ask over the same connection: its buffer holds the answer.");
        }

        _turn.Wait(cancellation);
        _owner = Environment.CurrentManagedThreadId;
        try
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            _socket.BeginExchange();
        }
        catch
        {
            Leave();
            throw;
        }
    }

    private void Leave()
    {
        _socket.EndExchange();
        _owner = 0;
        _turn.Release();
    }
}
