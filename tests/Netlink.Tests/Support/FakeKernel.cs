using LxcNetworking.Netlink;

namespace Netlink.Tests.Support;

/// <summary>What the kernel puts in a socket's queue: a datagram, or a condition that recvmsg(2) reports.</summary>
internal sealed class Delivery
{
    /// <summary>The datagram; null for a condition.</summary>
    internal byte[]? Bytes { get; init; }

    /// <summary>ENOBUFS: messages were lost here.</summary>
    internal bool Overrun { get; init; }

    /// <summary>It was sent by another process.</summary>
    internal bool Stranger { get; init; }

    /// <summary>What happens just before it is received.</summary>
    internal Action? Before { get; init; }

    public static implicit operator Delivery(byte[] bytes) => new() { Bytes = bytes };

    internal static Delivery Datagram(params byte[][] messages) => new() { Bytes = Wire.Join(messages) };
}

/// <summary>
/// Stands in for the kernel's end of a netlink socket. Like the kernel it answers inside send(2), refuses a dump while one is
/// under way (EBUSY), and after ENOBUFS drops all answers until the queue has been read empty. It never waits: with
/// an empty queue, a receive with a time-out times out at once, and one without is a hang that it reports.
/// </summary>
internal sealed class FakeKernel : INetlinkChannel
{
    private readonly Queue<IEnumerator<Delivery>> _queue = new();
    private readonly Queue<Func<SentMessage, IEnumerable<Delivery>>> _script = new();
    private IEnumerator<Delivery>? _dump;
    private bool _congested;

    public uint PortId { get; init; } = 4242;

    /// <summary>Each datagram's messages.</summary>
    internal List<List<SentMessage>> Sent { get; } = [];

    /// <summary>Answers what the script does not; acknowledges and ends dumps unless told otherwise.</summary>
    internal Func<SentMessage, IEnumerable<Delivery>> Otherwise { get; set; } = request => [request.IsDump ? Wire.End(request) : Wire.Ack(request)];

    internal bool Disposed { get; private set; }

    /// <summary>How long the last receive would have waited.</summary>
    internal TimeSpan LastTimeout { get; private set; }

    /// <summary>Of each datagram that was received, whether it was to fit in the buffer.</summary>
    internal List<bool> SmallReceives { get; } = [];

    internal IEnumerable<SentMessage> Requests => Sent.SelectMany(messages => messages);

    /// <summary>How the next request that has no answer yet will be answered.</summary>
    internal FakeKernel Then(Func<SentMessage, IEnumerable<Delivery>> answer)
    {
        _script.Enqueue(answer);
        return this;
    }

    internal FakeKernel Then(Func<SentMessage, byte[]> answer) => Then(request => [answer(request)]);

    /// <summary>Puts something in the queue that no request asked for.</summary>
    internal FakeKernel Notify(params IEnumerable<Delivery> deliveries)
    {
        Enqueue(deliveries.GetEnumerator());
        return this;
    }

    public void Send(ReadOnlySpan<byte> datagram)
    {
        ObjectDisposedException.ThrowIf(Disposed, this);
        var messages = new List<SentMessage>();
        Sent.Add(messages);
        while (!datagram.IsEmpty)
        {
            var length = (int)BitConverter.ToUInt32(datagram);
            var message = new SentMessage(datagram[..length].ToArray());
            messages.Add(message);
            datagram = datagram[((length + 3) & ~3)..];
            Take(message);
        }
    }

    public int ReceiveSmall(ref byte[] buffer, TimeSpan timeout, CancellationToken cancellation)
    {
        var size = Receive(ref buffer, timeout, cancellation);
        SmallReceives[^1] = true;
        return size;
    }

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
            throw new InvalidOperationException("Nothing will ever come: this would hang.");
        throw new NetlinkTimeoutException(timeout);
    }

    public void Dispose() => Disposed = true;

    private void Take(SentMessage message)
    {
        const int EBUSY = 16;
        IEnumerable<Delivery> answer;
        if (message.IsDump && _dump is not null)
            answer = [Wire.Refusal(message, EBUSY)];
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
