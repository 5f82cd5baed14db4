using System.Diagnostics;
using System.Globalization;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links;

/// <summary>Waits for links of one namespace.</summary>
internal sealed class LinkWait(LinkOperations links)
{
    /// <inheritdoc cref="LinkOperations.Wait"/>
    public NetLink? Wait(string name, LinkCondition condition, TimeSpan timeout, CancellationToken cancellation)
    {
        var started = Stopwatch.GetTimestamp();
        using var events = links.Stack.Subscribe(NetlinkProtocol.Route, RtnlGroup.Link);
        while (true)
        {
            var link = links.Find(name, cancellation);
            if (IsMet(condition, link))
                return link;

            var left = timeout == Timeout.InfiniteTimeSpan ? timeout : timeout - Stopwatch.GetElapsedTime(started);
            if (left < TimeSpan.Zero && timeout != Timeout.InfiniteTimeSpan)
                left = TimeSpan.Zero;
            if (events.Receive(static _ => { }, left, cancellation) == SubscriptionResult.TimedOut)
                throw TimedOut(name, condition, timeout, link);
        }
    }

    private static bool IsMet(LinkCondition condition, NetLink? link) => condition switch
    {
        LinkCondition.Present => link is not null,
        LinkCondition.Absent => link is null,
        _ => link is { IsUp: true, State: LinkState.Up }
            || (link is { IsUp: true, State: LinkState.Unknown } && (link.Flags & LinkFlags.LowerUp) != 0),
    };

    private NetworkException TimedOut(string name, LinkCondition condition, TimeSpan timeout, NetLink? link)
    {
        var after = timeout > TimeSpan.Zero
            ? string.Create(
                CultureInfo.InvariantCulture,
                $" after {timeout.TotalSeconds:0.###} second{(timeout.TotalSeconds == 1 ? string.Empty : "s")}")
            : string.Empty;
        var present = link is null
            ? "not there" : $"there, {(link.IsUp ? "set up" : "set down")}, in state {link.State}";
        return new NetworkException(
            NetworkErrorCode.TimedOut,
            $"'{KernelText.Printable(name)}' is still not {condition.ToString().ToLowerInvariant()} in namespace "
                + $"'{links.Stack.Namespace}'{after}; it is {present}.",
            name);
    }
}
