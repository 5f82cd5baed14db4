using System.Diagnostics;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Packets;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>
/// The multicast groups in which neighbours ask for IPv6 addresses (RFC 4291, 2.7.1). The kernel joins that of a new
/// address in a work queue, and a neighbour that asked before asks again only after a second.
/// </summary>
internal static class SolicitedNodeGroups
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits until a link receives the questions for its IPv6 addresses, at most 100 ms.</summary>
    /// <param name="stack">The link's stack.</param>
    /// <param name="link">The link, which is up.</param>
    /// <param name="addresses">Its addresses; those of IPv4 need no group.</param>
    public static void AwaitJoined(NetworkStack stack, NetLink link, IEnumerable<NetIPAddress> addresses)
    {
        var missing = addresses.Select(address => address.IPAddress)
            .Where(address => IP.FamilyOf(address) == IPFamily.IPv6).Select(GroupOf).ToHashSet();
        if (missing.Count == 0)
            return;
        for (var since = Stopwatch.GetTimestamp(); ; Thread.Sleep(1))
        {
            missing.ExceptWith(List(stack, link.Index));
            if (missing.Count == 0 || Stopwatch.GetElapsedTime(since) > s_timeout)
                return;
        }
    }

    private static IPAddress GroupOf(IPAddress address)
    {
        Span<byte> group = stackalloc byte[16];
        NeighborFrames.WriteSolicitedNodeGroup(group, address.GetAddressBytes());
        return new IPAddress(group);
    }

    // The answer has the type of the request, and that of a notification since 6.14 (net/ipv6/addrconf.c).
    private static List<IPAddress> List(NetworkStack stack, int interfaceIndex)
    {
        using var request = new NetlinkRequest(Rtm.GetMulticast)
            .Header(new IfAddrMsg { Family = Af.IPv6, Index = interfaceIndex });
        return stack.Route.Dump(request, reply => reply.Type is Rtm.GetMulticast or Rtm.NewMulticast
            && reply.Read<IfAddrMsg>(out var header).TryFind(Ifa.Multicast, out var group)
            && header.Index == interfaceIndex ? IP.Read(group) : null);
    }
}
