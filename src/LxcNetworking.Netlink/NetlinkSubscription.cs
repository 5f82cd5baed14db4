namespace LxcNetworking.Netlink;

/// <summary>Listens to multicast groups. A gap (messages that the kernel had to drop) is told, never hidden.</summary>
/// <param name="channel">A socket that has joined the groups, owned by the subscription from now on.</param>
public sealed class NetlinkSubscription(INetlinkChannel channel) : IDisposable
{
    private byte[] _buffer = new byte[32 << 10];

    /// <summary>Waits for one datagram of notifications.</summary>
    /// <param name="onMessage">Takes each notification.</param>
    /// <param name="timeout">How long to wait; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What came.</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="NetlinkProtocolException">A notification is malformed.</exception>
    public SubscriptionResult Receive(ReplyHandler onMessage, TimeSpan timeout, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(onMessage);
        try
        {
            var size = channel.Receive(ref _buffer, timeout, cancellation);
            if (size < 0)
                return SubscriptionResult.Messages;
            var messages = new MessageReader(_buffer.AsSpan(0, size));
            while (messages.MoveNext())
            {
                if (messages.Current.Type == NetlinkMessageType.Overrun)
                    return SubscriptionResult.Gap;
                if (messages.Current.Type > NetlinkMessageType.Overrun)
                    onMessage(messages.Current);
            }

            return SubscriptionResult.Messages;
        }
        catch (NetlinkOverrunException)
        {
            return SubscriptionResult.Gap;
        }
        catch (NetlinkTimeoutException)
        {
            return SubscriptionResult.TimedOut;
        }
    }

    /// <summary>Closes the socket.</summary>
    public void Dispose() => channel.Dispose();
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
