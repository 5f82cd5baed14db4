using System.Diagnostics;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Packets;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>A route over a router that announced it to the kernel of this host (RFC 4861, RFC 4191).</summary>
/// <param name="Destination">Where it leads.</param>
/// <param name="Router">The router.</param>
/// <param name="Metric">Its metric.</param>
internal sealed record AnnouncedRoute(IPPrefix Destination, IPAddress Router, long Metric)
{
    /// <summary>Whether a route is it.</summary>
    public bool Is(NetRoute route) => IsLike(route) && route.RouteMetric == Metric;

    /// <summary>Whether a route stood for it while the kernel had not heard of the router yet.</summary>
    public bool IsCopiedBy(NetRoute route) => IsLike(route) && route.RouteMetric == Metric + 1
        && route.Protocol == RouteProtocol.RouterAdvertisement;

    private bool IsLike(NetRoute route) => route.DestinationPrefix.Equals(Destination) && route.NextHop.Equals(Router);
}

/// <summary>What routers announce to the kernel on a link.</summary>
internal static class AnnouncedRoutes
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(2), s_pause = TimeSpan.FromMilliseconds(20);

    // A router need not answer at once, and one question can be lost (RFC 4861, 6.3.7).
    private static readonly TimeSpan[] s_questions =
    [
        TimeSpan.Zero, TimeSpan.FromMilliseconds(400), TimeSpan.FromMilliseconds(1200),
    ];

    /// <summary>Lists them. rtnetlink does not tell them from those that a program made in a router's name.</summary>
    public static List<AnnouncedRoute> List(NetworkStack stack, NetLink link)
        => new RouteList(stack).Announced(link.Name);

    /// <summary>Whether the kernel believes the routers on a link.</summary>
    public static bool AreBelieved(NetworkStack stack, NetLink link) => stack.IPInterfaces.List(
        new AddressFilter { InterfaceIndexes = [link.Index], Family = IPFamily.IPv6 }).Any(item =>
            item.RouterAdvertisement == RouterAdvertisementPolicy.Accept
                || (item.RouterAdvertisement == RouterAdvertisementPolicy.AcceptUnlessForwarding && !item.Forwarding));

    /// <summary>Asks the routers on a link to announce themselves, and removes the routes that stood for theirs as soon
    /// as the kernel has its own again. Those that it does not get in time stay until they end by themselves.</summary>
    /// <param name="stack">The link's stack.</param>
    /// <param name="link">The link, as read from it.</param>
    /// <param name="copies">The routes that stood for theirs.</param>
    public static void Renew(NetworkStack stack, NetLink link, IReadOnlyCollection<StoredRoute> copies)
    {
        if (copies.Count == 0 || !AreBelieved(stack, link))
            return;
        var missing = copies.Select(copy => (Copy: copy, Route: copy.On(link.Index))).ToList();
        var asked = 0;
        for (var since = Stopwatch.GetTimestamp(); missing.Count > 0; Thread.Sleep(s_pause))
        {
            var elapsed = Stopwatch.GetElapsedTime(since);
            if (elapsed > s_timeout)
                return;
            if (asked < s_questions.Length && elapsed >= s_questions[asked])
            {
                asked++;
                Ask(stack, link);
            }

            var there = List(stack, link);
            foreach (var item in missing.FindAll(item => there.Exists(own => own.IsCopiedBy(item.Route))))
            {
                StoredConfiguration.RemoveRoutes(stack, link, [item.Copy]);
                missing.Remove(item);
            }
        }
    }

    private static void Ask(NetworkStack stack, NetLink link)
    {
        try
        {
            var socket = stack.PacketSockets.Rent(link.Index, 0);
            Span<byte> own = stackalloc byte[6], frame = stackalloc byte[NeighborFrames.MaxBytes];
            if (socket.TryReadAddress(own))
                socket.TrySend(frame[..NeighborFrames.WriteRouterSolicitation(frame, own)]);
            stack.PacketSockets.Return(socket);
        }
        catch (Exception e) when (e is IOException or NetworkException or NetlinkException)
        {
            // Without CAP_NET_RAW the routers are heard of when they announce themselves the next time.
        }
    }
}
