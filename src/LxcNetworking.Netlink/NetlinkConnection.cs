using System.Buffers;
using System.Diagnostics;

namespace LxcNetworking.Netlink;

/// <summary>
/// Asks the kernel and hands its answers out. Safe to use from several threads: one exchange runs at a time.
/// Answers are matched by sequence number and port id; anything else that arrives is ignored.
/// </summary>
/// <param name="channel">The socket, owned by the connection from now on.</param>
public sealed partial class NetlinkConnection(INetlinkChannel channel) : IDisposable
{
    // Each acknowledgement takes about a kilobyte of the socket's receive buffer until it is read.
    private const int MaxMessagesPerSend = 64;
    private const int MaxBytesPerSend = 32 << 10;
    private const int MaxOverruns = 10;
    // The kernel adds counters and names; 32 KiB are there.
    private const int MaxLengthOfSmallEcho = 4 << 10;
    private static readonly TimeSpan _disposeWait = TimeSpan.FromSeconds(2);

    // Not a lock statement: those who wait for their turn can be cancelled too.
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile int _owner;
    private volatile bool _closed;
    // Empty between exchanges.
    private byte[] _buffer = [];
    private uint _sequence = (uint)Environment.TickCount;

    private bool _idle;

    // True while an answer may not have been read to its end: after a cancellation, a time-out, a failure in a handler.
    private bool _unread;

    /// <summary>The socket.</summary>
    public INetlinkChannel Channel => channel;

    /// <summary>How long to wait for each datagram of an answer. Default: 30 seconds, as creating links can wait for others.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Zeroes the receive buffer after each exchange, for families whose answers hold secrets.</summary>
    public bool ClearsBuffer { get; set; }

    /// <summary>Opens the channel anew for the first exchange after <see cref="TryCloseIdle(TimeSpan)"/>. Without it nothing is closed as idle.</summary>
    public Func<INetlinkChannel>? Reopen { get; set; }

    /// <summary>The number that the last request carried; a test sets it to see the numbers wrap.</summary>
    internal uint Sequence
    {
        get => _sequence;
        set => _sequence = value;
    }

    /// <summary>Opens a socket and a connection over it.</summary>
    /// <param name="protocol">The netlink family.</param>
    /// <param name="networkNamespace">An open namespace file, or null for the calling thread's own namespace.</param>
    /// <returns>The connection.</returns>
    public static NetlinkConnection Open(NetlinkProtocol protocol, Microsoft.Win32.SafeHandles.SafeFileHandle? networkNamespace = null)
        => new(NetlinkSocket.Open(protocol, networkNamespace));

    /// <summary>Sends one request and waits for its acknowledgement.</summary>
    /// <param name="request">The request; NLM_F_ACK is added where it is no query.</param>
    /// <param name="onReply">Takes the answer to a query, and the echo that comes before an acknowledgement. It cannot use
    /// this connection itself.</param>
    /// <param name="cancellation">Ends the wait. The kernel may have done the work all the same.</param>
    /// <exception cref="NetlinkErrorException">The kernel refused.</exception>
    public void Execute(NetlinkRequest request, ReplyHandler? onReply = null, CancellationToken cancellation = default)
    {
        var error = ExecuteAll([request], onReply is null ? null : (_, reply) => onReply(reply), cancellation)[0];
        if (error is not null)
            throw error;
    }

    /// <summary>Sends several requests in as few datagrams as is sound, and gives each one's answer. One that fails does not stop the next.</summary>
    /// <param name="requests">The requests, done in this order; NLM_F_ACK is added to those that are no queries.</param>
    /// <param name="onReply">The same, with the request's place in the list.</param>
    /// <param name="cancellation">Ends the wait. The kernel may have done the work all the same.</param>
    /// <returns>For each request null, or the kernel's refusal.</returns>
    public IReadOnlyList<NetlinkErrorException?> ExecuteAll(IReadOnlyList<NetlinkRequest> requests, BatchReplyHandler? onReply = null, CancellationToken cancellation = default)
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
                while (end < requests.Count && end - start < MaxMessagesPerSend && (end == start || bytes + requests[end].Length <= MaxBytesPerSend))
                    bytes += requests[end++].Length;
                Exchange(requests, start, end, bytes, results, onReply, isTransaction: false, cancellation);
                start = end;
            }
        }
        finally
        {
            Leave();
        }

        return results;
    }

    /// <summary>Closes the socket if no exchange is under way or waits for its turn to end; the next exchange opens another one.</summary>
    /// <param name="patience">How long to wait for the end of those that are.</param>
    /// <returns>False if it is in use.</returns>
    public bool TryCloseIdle(TimeSpan patience = default)
    {
        if (Reopen is null || _owner == Environment.CurrentManagedThreadId || !_turn.Wait(patience))
            return false;
        if (!_idle)
            channel.Dispose();
        _idle = true;
        _unread = false;
        _turn.Release();
        return true;
    }

    /// <summary>Closes the socket, after the exchange that is under way; one that waits in vain is ended.</summary>
    public void Dispose()
    {
        _closed = true;
        var entered = _owner != Environment.CurrentManagedThreadId && _turn.Wait(_disposeWait);
        channel.Dispose();
        if (entered)
            _turn.Release();
    }

    private void Enter(CancellationToken cancellation)
    {
        if (_owner == Environment.CurrentManagedThreadId)
            throw new InvalidOperationException("What handles a netlink answer cannot ask over the same connection: its buffer holds the answer.");
        _turn.Wait(cancellation);
        _owner = Environment.CurrentManagedThreadId;
        try
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (_idle)
                channel = Reopen!();
            _idle = false;
            _buffer = ReceiveBuffers.Rent();
        }
        catch
        {
            Leave();
            throw;
        }
    }

    private void Leave()
    {
        if (ClearsBuffer)
            Array.Clear(_buffer);
        ReceiveBuffers.Return(_buffer);
        _buffer = [];
        _owner = 0;
        _turn.Release();
    }

    private void Exchange(
        IReadOnlyList<NetlinkRequest> requests, int start, int end, int bytes, NetlinkErrorException?[] results, BatchReplyHandler? onReply, bool isTransaction, CancellationToken cancellation)
    {
        DiscardUnread(cancellation);
        var first = NextSequence((uint)(end - start));
        _unread = true;
        SendAll(requests, start, end, bytes, first, isTransaction);

        var answered = new bool[end - start];
        // The messages around a transaction are answered only where it is refused as a whole.
        var waiting = isTransaction ? answered.Length - 2 : answered.Length;
        var overruns = 0;
        var since = Stopwatch.GetTimestamp();
        while (waiting > 0)
        {
            int size;
            try
            {
                size = Receive(since, wait: overruns == 0, MayBeLarge(), cancellation);
            }
            catch (NetlinkOverrunException) when (overruns < MaxOverruns)
            {
                // The kernel answers before send(2) returns: what was not lost is there to be read.
                overruns++;
                continue;
            }
            catch (NetlinkTimeoutException) when (overruns > 0)
            {
                throw new NetlinkOverrunException();
            }

            var messages = new MessageReader(_buffer.AsSpan(0, size));
            var ours = false;
            while (messages.MoveNext())
            {
                var index = messages.Sequence - first;
                if (messages.PortId != channel.PortId || index >= answered.Length || answered[index])
                    continue;
                ours = true;
                var place = start + (int)index;
                var reply = messages.Current;
                switch (reply.Type)
                {
                    case NetlinkMessageType.Noop:
                        break;
                    case NetlinkMessageType.Overrun:
                        throw new NetlinkOverrunException();
                    case NetlinkMessageType.Error:
                    case NetlinkMessageType.Done: // a multipart answer, which the kernel does not acknowledge besides
                        results[place] = Acknowledgement.Read(reply, requests[place]);
                        answered[index] = true;
                        if (!isTransaction || (index > 0 && index < answered.Length - 1))
                            waiting--;
                        else if (results[place] is not null)
                            waiting = 0; // some kernels answer what is inside besides, others do not
                        break;
                    default:
                        onReply?.Invoke(place, reply);
                        if (requests[place].IsQuery)
                        {
                            answered[index] = true;
                            waiting--;
                        }

                        break;
                }
            }

            if (ours)
                since = Stopwatch.GetTimestamp();
        }

        _unread = overruns > 0;

        // Answers come in the order of the requests. An acknowledgement fits in the buffer, and so does the echo of what is
        // not large itself.
        bool MayBeLarge()
        {
            var next = requests[start + Array.IndexOf(answered, false)];
            return next.IsQuery || ((next.Flags & NetlinkFlags.Echo) != 0 && next.Length > MaxLengthOfSmallEcho);
        }
    }

    private void SendAll(IReadOnlyList<NetlinkRequest> requests, int start, int end, int bytes, uint sequence, bool isTransaction)
    {
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
                var message = requests[i].Seal(sequence++, channel.PortId, wantsAck ? NetlinkFlags.Ack : NetlinkFlags.None);
                message.CopyTo(datagram.AsSpan(length));
                length += message.Length;
            }

            channel.Send(datagram.AsSpan(0, length));
        }
        finally
        {
            // What it carries is nobody else's business.
            datagram.AsSpan(0, length).Clear();
            ArrayPool<byte>.Shared.Return(datagram);
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
}
