using System.Diagnostics;

namespace LxcNetworking.Netlink;

public sealed partial class NetlinkConnection
{
    // The wait runs from the last message that belonged to the answer: neither stale answers nor strangers' messages prolong it.
    private int Receive(long since, bool wait, bool mayBeLarge, CancellationToken cancellation)
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

    // The kernel refuses a new dump while one is under way, and after an overrun it drops every message until the queue has
    // been read empty. It fills the queue of a dump as it is read, so an empty queue is also the end of a dump.
    private void DiscardUnread(CancellationToken cancellation)
    {
        var since = Stopwatch.GetTimestamp();
        while (_unread)
        {
            try
            {
                Receive(since, wait: false, mayBeLarge: true, cancellation);
            }
            catch (NetlinkOverrunException)
            {
            }
            catch (NetlinkTimeoutException) when (Timeout == System.Threading.Timeout.InfiniteTimeSpan || Stopwatch.GetElapsedTime(since) <= Timeout)
            {
                _unread = false;
            }
        }
    }
}
