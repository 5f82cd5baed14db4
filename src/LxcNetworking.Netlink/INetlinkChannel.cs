namespace LxcNetworking.Netlink;

/// <summary>
/// Sends and receives whole datagrams. <see cref="NetlinkSocket"/> is the kernel's; a test can stand in for the kernel
/// with its own.
/// </summary>
public interface INetlinkChannel : IDisposable
{
    /// <summary>The port id that the kernel gave this end, which its answers carry.</summary>
    uint PortId { get; }

    /// <summary>Sends one datagram of one or more messages to the kernel.</summary>
    /// <param name="datagram">The messages.</param>
    /// <exception cref="NetlinkSocketException">The system call failed.</exception>
    void Send(ReadOnlySpan<byte> datagram);

    /// <summary>Receives one datagram whole, growing the buffer where it is too small.</summary>
    /// <param name="buffer">Where to put it; replaced by a larger one where needed.</param>
    /// <param name="timeout">How long to wait; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The datagram's length, or -1 for one that did not come from the kernel and is to be ignored.</returns>
    /// <exception cref="NetlinkOverrunException">Messages were lost.</exception>
    /// <exception cref="NetlinkTimeoutException">Nothing came in time.</exception>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The channel was closed, which may happen while another thread waits
    /// here.</exception>
    /// <exception cref="NetlinkSocketException">The system call failed.</exception>
    int Receive(ref byte[] buffer, TimeSpan timeout, CancellationToken cancellation);

    /// <summary>Receives one datagram that fits in the buffer, such as an acknowledgement, without a look at its
    /// size.</summary>
    /// <param name="buffer">As for <see cref="Receive"/>.</param>
    /// <param name="timeout">As for <see cref="Receive"/>.</param>
    /// <param name="cancellation">As for <see cref="Receive"/>.</param>
    /// <returns>As for <see cref="Receive"/>.</returns>
    /// <exception cref="NetlinkProtocolException">It did not fit.</exception>
    int ReceiveSmall(ref byte[] buffer, TimeSpan timeout, CancellationToken cancellation)
        => Receive(ref buffer, timeout, cancellation);
}
