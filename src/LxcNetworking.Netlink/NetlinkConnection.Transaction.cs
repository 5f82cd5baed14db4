namespace LxcNetworking.Netlink;

public sealed partial class NetlinkConnection
{
    /// <summary>
    /// Sends requests between two messages that make them one transaction, in one datagram: the kernel does all or none
    /// (NFNL_MSG_BATCH_BEGIN and NFNL_MSG_BATCH_END of linux/netfilter/nfnetlink.h).
    /// </summary>
    /// <param name="begin">Opens the transaction. The kernel answers it only to refuse the whole.</param>
    /// <param name="requests">What to do, in this order; NLM_F_ACK is added.</param>
    /// <param name="end">Closes the transaction.</param>
    /// <param name="cancellation">Ends the wait. The kernel may have done the work all the same.</param>
    /// <exception cref="NetlinkErrorException">The kernel refused, and nothing was changed: what it said first.</exception>
    /// <exception cref="NetlinkSocketException">The transaction is larger than a datagram can be (EMSGSIZE).</exception>
    public void ExecuteTransaction(NetlinkRequest begin, IReadOnlyList<NetlinkRequest> requests, NetlinkRequest end, CancellationToken cancellation = default)
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
            Exchange(all, 0, all.Length, all.Sum(request => request.Length), results, onReply: null, isTransaction: true, cancellation);
        }
        finally
        {
            Leave();
        }

        if (Array.Find(results, result => result is not null) is { } refusal)
            throw refusal;
    }
}
