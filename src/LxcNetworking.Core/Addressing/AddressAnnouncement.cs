using System.Diagnostics;
using System.Runtime.CompilerServices;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Packets;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>
/// Tells the neighbours of a link that its addresses are there now. The kernel does so only where arp_notify and
/// ndisc_notify are set; without it, neighbours send to the station that had an address before for up to a minute.
/// </summary>
internal static class AddressAnnouncement
{
    private static readonly TimeSpan s_carrierTimeout = TimeSpan.FromMilliseconds(20);

    // RFC 5227 (2.3) and RFC 4861 (7.2.6) repeat it too: the bridge's port at a link's far end begins to forward a
    // moment after the link has its carrier, which is not seen from here.
    private static readonly TimeSpan[] s_repeatedAfter = [.. new[] { 10, 40, 150, 400 }
        .Select(milliseconds => TimeSpan.FromMilliseconds(milliseconds))];

    /// <summary>Has a link tell of its addresses when it comes up, or gets another Ethernet address.</summary>
    [ModuleInitializer]
    internal static void Register() => LinkChanges.Reappeared += (stack, link) =>
    {
        if (TrySend(stack, link, s_carrierTimeout))
            _ = RepeatAsync(stack, link);
    };

    /// <summary>
    /// Sends one announcement for each address. It says nothing where nobody would hear it or nobody asks: on a link
    /// that is down or has no Ethernet address, without ARP, or for an address that may be a duplicate still.
    /// </summary>
    /// <param name="stack">The link's stack.</param>
    /// <param name="link">The link, as read from it.</param>
    /// <param name="addresses">The addresses, as read from it.</param>
    public static void Send(NetworkStack stack, NetLink link, IReadOnlyList<NetIPAddress> addresses)
    {
        const LinkFlags Silent = LinkFlags.NoArp | LinkFlags.Loopback;
        var usable = addresses.Where(IsUsable).ToList();
        if (!link.IsUp || link.MacAddress is null || (link.Flags & Silent) != 0 || usable.Count == 0)
            return;
        try
        {
            SolicitedNodeGroups.AwaitJoined(stack, link, usable);
            // A socket of type 0 receives nothing.
            var socket = stack.PacketSockets.Rent(link.Index, 0);
            Span<byte> own = stackalloc byte[6], frame = stackalloc byte[NeighborFrames.MaxBytes];
            if (socket.TryReadAddress(own))
            {
                var isRouter = IsRouter(stack, link, addresses);
                foreach (var address in usable)
                    socket.TrySend(frame[..NeighborFrames.WriteAnnouncement(frame, own, address.IPAddress, isRouter)]);
            }

            stack.PacketSockets.Return(socket);
        }
        catch (Exception e) when (e is IOException or NetworkException or NetlinkException)
        {
            // Without CAP_NET_RAW, or where the namespace has ended meanwhile, the neighbours find out by themselves.
        }
    }

    // The addresses are read each time, as one may have moved to another link meanwhile.
    private static async Task RepeatAsync(NetworkStack stack, NetLink link)
    {
        foreach (var pause in s_repeatedAfter)
        {
            await Task.Delay(pause).ConfigureAwait(false);
            try
            {
                if (!TrySend(stack, link, TimeSpan.Zero))
                    return;
            }
            catch (Exception e) when (e is NetworkException or NetlinkException or IOException
                or ObjectDisposedException)
            {
                // The namespace has ended, or the module was removed.
                return;
            }
        }
    }

    // False if the link is gone, or has no address.
    private static bool TrySend(NetworkStack stack, NetLink link, TimeSpan timeout)
    {
        if (stack.Links.Find(link.Index, LinkFilter.Bare) is not { } now
            || stack.Addresses.ListOn(now) is not { Count: > 0 } addresses)
            return false;
        AwaitCarrier(stack, now, timeout, CancellationToken.None);
        Send(stack, now, addresses);
        return true;
    }

    // A neighbour that is told that a router is none any more has no default route over it from then on
    // (RFC 4861, 7.2.5).
    private static bool IsRouter(NetworkStack stack, NetLink link, IReadOnlyList<NetIPAddress> addresses)
        => addresses.Any(address => IP.FamilyOf(address.IPAddress) == IPFamily.IPv6)
            && stack.IPInterfaces.List(
                new AddressFilter { InterfaceIndexes = [link.Index], Family = IPFamily.IPv6 },
                CancellationToken.None).Any(item => item.Forwarding);

    /// <summary>
    /// Waits for the carrier: what is sent before is lost. The kernel sees that of a new pair of links a moment after
    /// it was made.
    /// </summary>
    /// <param name="stack">The link's stack.</param>
    /// <param name="link">The link, up.</param>
    /// <param name="timeout">How long at most.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <param name="isReady">What else has to be so.</param>
    public static void AwaitCarrier(
        NetworkStack stack, NetLink link, TimeSpan timeout, CancellationToken cancellation, Func<bool>? isReady = null)
    {
        for (var since = Stopwatch.GetTimestamp();
            Stopwatch.GetElapsedTime(since) < timeout && !(HasCarrier(stack, link) && isReady?.Invoke() != false);)
        {
            cancellation.ThrowIfCancellationRequested();
            Thread.Sleep(1);
        }
    }

    private static bool HasCarrier(NetworkStack stack, NetLink link)
        => stack.Links.Find(link.Index, LinkFilter.Bare) is not { State: LinkState.Down or LinkState.LowerLayerDown };

    private static bool IsUsable(NetIPAddress address)
        => (address.Flags & AddressFlags.Tentative) == 0 && !IPAddress.IsLoopback(address.IPAddress)
            && !IP.IsMulticast(address.IPAddress);
}
