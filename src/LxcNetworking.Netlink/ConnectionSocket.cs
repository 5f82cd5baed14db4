using System.Diagnostics;

namespace LxcNetworking.Netlink;

/// <summary>
/// The socket of a connection, and the state of the exchange that is under way on it. It is used by one thread at a
/// time, which <see cref="NetlinkConnection"/> sees to.
/// </summary>
internal sealed class ConnectionSocket(INetlinkChannel channel)
{
    // Empty between exchanges.
    private byte[] _buffer = [];

    /// <inheritdoc cref="NetlinkConnection.Channel"/>
    public INetlinkChannel Channel => channel;

    /// <inheritdoc cref="NetlinkConnection.Timeout"/>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <inheritdoc cref="NetlinkConnection.ClearsBuffer"/>
    public bool ClearsBuffer { get; set; }

    /// <inheritdoc cref="NetlinkConnection.Reopen"/>
    public Func<INetlinkChannel>? Reopen { get; set; }

    /// <summary>The number that the last request carried.</summary>
    public uint Sequence { get; set; } = (uint)Environment.TickCount;

    /// <summary>True while an answer may not have been read to its end: after a cancellation, a timeout, a failure in a
    /// handler.</summary>
    public bool IsUnread { get; set; }

    /// <summary>True while the socket is closed, to be opened anew by the next exchange.</summary>
    public bool IsIdle { get; private set; }

    /// <summary>Opens the socket if it is idle, and takes a buffer.</summary>
    public void BeginExchange()
    {
        if (IsIdle)
            channel = Reopen!();
        IsIdle = false;
        _buffer = ReceiveBuffers.Rent();
    }

    /// <summary>Gives the buffer back.</summary>
    public void EndExchange()
    {
        if (ClearsBuffer)
            Array.Clear(_buffer);
        ReceiveBuffers.Return(_buffer);
        _buffer = [];
    }

    /// <summary>Closes the socket until the next exchange.</summary>
    public void CloseIdle()
    {
        if (!IsIdle)
            channel.Dispose();
        IsIdle = true;
        IsUnread = false;
    }

    /// <summary>Takes sequence numbers for requests.</summary>
    /// <returns>The first of them.</returns>
    public uint NextSequence(uint count)
    {
        var first = Sequence + 1;
        // Sequence 0 marks notifications; a run of numbers must not cross it.
        if (first == 0 || first > uint.MaxValue - count)
            first = 1;
        Sequence = first + count - 1;
        return first;
    }

    /// <summary>Receives one datagram.</summary>
    /// <param name="since">When the last message that belongs to the answer came: neither stale answers nor other
    /// messages prolong the wait.</param>
    /// <param name="wait">False to take only what is there.</param>
    /// <param name="mayBeLarge">True if the datagram may be larger than the buffer.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Its size, for <see cref="Messages"/>.</returns>
    public int Receive(long since, bool wait, bool mayBeLarge, CancellationToken cancellation)
    {
        while (true)
        {
            var left = wait ? Timeout : TimeSpan.Zero;
            if (Timeout != System.Threading.Timeout.InfiniteTimeSpan)
            {
                var elapsed = Stopwatch.GetElapsedTime(since);
                if (elapsed > Timeout)
                    throw new NetlinkTimeoutException(Timeout);
                if (wait)
                    left -= elapsed;
            }

            try
            {
                var size = mayBeLarge
                    ? channel.Receive(ref _buffer, left, cancellation)
                    : channel.ReceiveSmall(ref _buffer, left, cancellation);
                if (size >= 0)
                    return size;
            }
            catch (NetlinkTimeoutException)
            {
                throw new NetlinkTimeoutException(Timeout);
            }
        }
    }

    /// <summary>The messages of the datagram that was received last.</summary>
    public MessageReader Messages(int size) => new(_buffer.AsSpan(0, size));

    /// <summary>
    /// Reads what an earlier exchange left. The kernel refuses a new dump while one is under way, and after an overrun
    /// it drops every message until the queue has been read empty. It fills the queue of a dump as it is read, so an
    /// empty queue is also the end of a dump.
    /// </summary>
    public void DiscardUnread(CancellationToken cancellation)
    {
        var since = Stopwatch.GetTimestamp();
        while (IsUnread)
        {
            try
            {
                Receive(since, wait: false, mayBeLarge: true, cancellation);
            }
            catch (NetlinkOverrunException)
            {
            }
            catch (NetlinkTimeoutException) when (Timeout == System.Threading.Timeout.InfiniteTimeSpan
                || Stopwatch.GetElapsedTime(since) <= Timeout)
            {
                IsUnread = false;
            }
        }
    }
}
