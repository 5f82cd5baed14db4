using System.Diagnostics;

namespace LxcNetworking.Netlink;

/// <summary>
/// Listens to multicast groups. A gap (messages that the kernel had to drop) is told, never hidden. One thread at a
/// time may wait; disposing the subscription from another one ends its wait with <see cref="ObjectDisposedException"/>.
/// </summary>
/// <param name="channel">A socket that has joined the groups, owned by the subscription from now on.</param>
public sealed class NetlinkSubscription(INetlinkChannel channel) : IDisposable
{
    private static readonly TimeSpan _discardLimit = TimeSpan.FromSeconds(1);
    private byte[] _buffer = new byte[32 << 10];
    private bool _gap;

    /// <summary>Waits for one datagram of notifications.</summary>
    /// <param name="onMessage">Takes each notification.</param>
    /// <param name="timeout">How long to wait; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What came. After <see cref="SubscriptionResult.Gap"/>, a list read now is newer than all that was lost,
    /// and whatever changes after it is notified again.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled; a gap found meanwhile is told by the next
    /// call.</exception>
    /// <exception cref="NetlinkProtocolException">A notification is malformed.</exception>
    public SubscriptionResult Receive(
        ReplyHandler onMessage, TimeSpan timeout, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(onMessage);
        var size = 0;
        try
        {
            if (!_gap)
                size = ReceiveFromKernel(timeout, cancellation);
        }
        catch (NetlinkTimeoutException)
        {
            return SubscriptionResult.TimedOut;
        }
        catch (NetlinkOverrunException)
        {
            _gap = true;
        }

        // Outside the try block: what the handler throws is its own.
        var messages = new MessageReader(_buffer.AsSpan(0, size));
        while (messages.MoveNext())
        {
            if (messages.Current.Type == NetlinkMessageType.Overrun)
                _gap = true;
            else if (messages.Current.Type > NetlinkMessageType.Overrun)
                onMessage(messages.Current);
        }

        if (!_gap)
            return SubscriptionResult.Messages;
        Discard(cancellation);
        return SubscriptionResult.Gap;
    }

    /// <summary>Closes the socket.</summary>
    public void Dispose() => channel.Dispose();

    private int ReceiveFromKernel(TimeSpan timeout, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        var left = timeout;
        while (true)
        {
            var size = channel.Receive(ref _buffer, left, cancellation);
            if (size >= 0)
                return size;
            if (timeout == Timeout.InfiniteTimeSpan)
                continue;
            left = timeout - Stopwatch.GetElapsedTime(started);
            if (left < TimeSpan.Zero)
                throw new NetlinkTimeoutException(timeout);
        }
    }

    // After an overrun the kernel goes on dropping, and says so no second time, until the queue has been read empty.
    // What is in it is older than the gap and would only overwrite what the caller reads to fill it.
    private void Discard(CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        while (_gap)
        {
            // Under a storm the next call goes on, and tells of another gap.
            if (Stopwatch.GetElapsedTime(started) > _discardLimit)
                return;
            try
            {
                channel.Receive(ref _buffer, TimeSpan.Zero, cancellation);
            }
            catch (NetlinkOverrunException)
            {
            }
            catch (NetlinkTimeoutException)
            {
                _gap = false;
            }
        }
    }
}

/// <summary>What <see cref="NetlinkSubscription.Receive"/> found.</summary>
public enum SubscriptionResult
{
    /// <summary>Notifications came and were handed out.</summary>
    Messages,

    /// <summary>The kernel dropped notifications: read the state anew.</summary>
    Gap,

    /// <summary>Nothing came in time.</summary>
    TimedOut,
}
