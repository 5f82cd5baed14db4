using System.Diagnostics;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Links;

/// <summary>What <see cref="LinkOperations.Wait"/> waits for.</summary>
public enum LinkCondition
{
    /// <summary>The link is there.</summary>
    Present,

    /// <summary>The link is gone.</summary>
    Absent,

    /// <summary>The link is there, set up, and works (operational state Up; or, for drivers that do not tell, Unknown with a carrier).</summary>
    Up,
}

public sealed partial class LinkOperations
{
    /// <summary>Waits until a link is as wanted, by the kernel's notifications and not by asking again and again.</summary>
    /// <param name="name">The link's name.</param>
    /// <param name="condition">What to wait for.</param>
    /// <param name="timeout">How long; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The link, or null if it is to be absent and is.</returns>
    /// <exception cref="NetworkException">TimedOut.</exception>
    public NetLink? Wait(string name, LinkCondition condition, TimeSpan timeout, CancellationToken cancellation = default)
    {
        var started = Stopwatch.GetTimestamp();
        using var events = _stack.Subscribe(NetlinkProtocol.Route, RtnlGroup.Link);
        while (true)
        {
            var link = Find(name, cancellation);
            var met = condition switch
            {
                LinkCondition.Present => link is not null,
                LinkCondition.Absent => link is null,
                _ => link is { IsUp: true, State: LinkState.Up } || (link is { IsUp: true, State: LinkState.Unknown } && (link.Flags & LinkFlags.LowerUp) != 0),
            };
            if (met)
                return link;

            var left = timeout == Timeout.InfiniteTimeSpan ? timeout : timeout - Stopwatch.GetElapsedTime(started);
            if (left < TimeSpan.Zero && timeout != Timeout.InfiniteTimeSpan)
                left = TimeSpan.Zero;
            if (events.Receive(static _ => { }, left, cancellation) == SubscriptionResult.TimedOut)
            {
                throw new NetworkException(
                    NetworkErrorCode.TimedOut,
                    $"'{KernelText.Printable(name)}' is still not {condition.ToString().ToLowerInvariant()} in namespace '{_stack.Namespace}'{(timeout > TimeSpan.Zero ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $" after {timeout.TotalSeconds:0.###} second{(timeout.TotalSeconds == 1 ? string.Empty : "s")}") : string.Empty)}; it is {(link is null ? "not there" : $"there, {(link.IsUp ? "set up" : "set down")}, in state {link.State}")}.",
                    name);
            }
        }
    }
}
