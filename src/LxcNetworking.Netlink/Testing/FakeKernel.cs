using LxcNetworking.Native;

namespace LxcNetworking.Netlink.Testing;

/// <summary>
/// A test double for the kernel's end of a netlink socket: <c>new NetlinkConnection(new FakeKernel())</c>. Like the
/// kernel it answers inside send(2), refuses a dump while one is under way (EBUSY), and after ENOBUFS drops all answers
/// until the queue has been read empty. It never waits: with an empty queue, a receive with a timeout times out at
/// once, and one without throws <see cref="InvalidOperationException"/>, as it would never return.
/// </summary>
public sealed class FakeKernel : INetlinkChannel
{
    private readonly Queue<IEnumerator<Delivery>> _queue = new();
    private readonly Queue<Func<SentMessage, IEnumerable<Delivery>>> _script = new();
    private readonly List<IReadOnlyList<SentMessage>> _sent = [];
    private IEnumerator<Delivery>? _dump;
    private bool _congested;

    /// <inheritdoc/>
    public uint PortId { get; init; } = 4242;

    /// <summary>The datagrams that were sent, each with its messages.</summary>
    public IReadOnlyList<IReadOnlyList<SentMessage>> Sent => _sent;

    /// <summary>All messages that were sent.</summary>
    public IEnumerable<SentMessage> Requests => Sent.SelectMany(messages => messages);

    /// <summary>Answers what <see cref="Then(Func{SentMessage, IEnumerable{Delivery}})"/> does not; by default it
    /// acknowledges each request, and ends each list at once.</summary>
    public Func<SentMessage, IEnumerable<Delivery>> Otherwise { get; set; }
        = request => [request.IsDump ? request.End() : request.Acknowledge()];

    /// <summary>Whether it was closed.</summary>
    public bool Disposed { get; private set; }

    /// <summary>How long the last receive would have waited.</summary>
    public TimeSpan LastTimeout { get; private set; }

    /// <summary>Of each datagram that was received, whether it was to fit in the buffer.</summary>
    internal List<bool> SmallReceives { get; } = [];

    /// <summary>Says how the next request that has no answer yet will be answered.</summary>
    /// <param name="answer">Makes the datagrams of the answer; none for a request that stays without one.</param>
    /// <returns>This double.</returns>
    public FakeKernel Then(Func<SentMessage, IEnumerable<Delivery>> answer)
    {
        _script.Enqueue(answer);
        return this;
    }

    /// <summary>Says how the next request that has no answer yet will be answered.</summary>
    /// <param name="answer">Makes the answer, one message.</param>
    /// <returns>This double.</returns>
    public FakeKernel Then(Func<SentMessage, byte[]> answer) => Then(request => [answer(request)]);

    /// <summary>Puts something in the queue that no request asked for.</summary>
    /// <param name="deliveries">The datagrams and conditions, in their order.</param>
    /// <returns>This double.</returns>
    public FakeKernel Notify(params IEnumerable<Delivery> deliveries)
    {
        Enqueue(deliveries.GetEnumerator());
        return this;
    }

    /// <inheritdoc/>
    public void Send(ReadOnlySpan<byte> datagram)
    {
        ObjectDisposedException.ThrowIf(Disposed, this);
        var messages = new List<SentMessage>();
        _sent.Add(messages);
        while (!datagram.IsEmpty)
        {
            var length = (int)BitConverter.ToUInt32(datagram);
            var message = new SentMessage(datagram[..length].ToArray());
            messages.Add(message);
            datagram = datagram[((length + 3) & ~3)..];
            Take(message);
        }
    }

    /// <inheritdoc/>
    public int ReceiveSmall(ref byte[] buffer, TimeSpan timeout, CancellationToken cancellation)
    {
        var size = Receive(ref buffer, timeout, cancellation);
        SmallReceives[^1] = true;
        return size;
    }

    /// <inheritdoc/>
    public int Receive(ref byte[] buffer, TimeSpan timeout, CancellationToken cancellation)
    {
        SmallReceives.Add(false);
        ObjectDisposedException.ThrowIf(Disposed, this);
        cancellation.ThrowIfCancellationRequested();
        LastTimeout = timeout;
        if (_queue.TryPeek(out var answer))
        {
            var delivery = answer.Current;
            if (!answer.MoveNext())
            {
                _queue.Dequeue();
                if (_dump == answer)
                    _dump = null;
            }

            return Deliver(delivery, ref buffer, cancellation);
        }

        _congested = false;
        if (timeout == Timeout.InfiniteTimeSpan)
            throw new InvalidOperationException(
                "Nothing is to come, and the receive has no timeout: it would never return.");
        throw new NetlinkTimeoutException(timeout);
    }

    /// <inheritdoc/>
    public void Dispose() => Disposed = true;

    private void Take(SentMessage message)
    {
        IEnumerable<Delivery> answer;
        if (message.IsDump && _dump is not null)
            answer = [message.Refuse(LibC.EBUSY)];
        else
            answer = (_script.TryDequeue(out var scripted) ? scripted : Otherwise)(message);
        if (_congested)
            return;

        var deliveries = answer.GetEnumerator();
        if (Enqueue(deliveries) && message.IsDump)
            _dump ??= deliveries;
    }

    // Each enumerator in the queue stands on what comes next.
    private bool Enqueue(IEnumerator<Delivery> deliveries)
    {
        var any = deliveries.MoveNext();
        if (any)
            _queue.Enqueue(deliveries);
        return any;
    }

    private int Deliver(Delivery delivery, ref byte[] buffer, CancellationToken cancellation)
    {
        delivery.Before?.Invoke();
        cancellation.ThrowIfCancellationRequested();
        ObjectDisposedException.ThrowIf(Disposed, this);
        if (delivery.Overrun)
        {
            _congested = true;
            throw new NetlinkOverrunException();
        }

        var bytes = delivery.Bytes!;
        if (bytes.Length > buffer.Length)
            buffer = new byte[bytes.Length];
        bytes.CopyTo(buffer, 0);
        return delivery.Stranger ? -1 : bytes.Length;
    }
}
