using System.Net.Sockets;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Tunnels;

/// <summary>How an address is reached from a namespace.</summary>
/// <param name="Interface">The link that packets leave by.</param>
/// <param name="Mtu">The largest packet on that way, in bytes: the route's own limit, or the link's.</param>
internal sealed record UnderlayRoute(string Interface, int Mtu)
{
    private const byte RTN_LOCAL = 2;
    private const ushort RTAX_MTU = 2;

    /// <summary>Asks the kernel for the way to an address.</summary>
    /// <returns>Null if there is none.</returns>
    public static UnderlayRoute? Find(
        NetworkStack stack, IPAddress remote, IPAddress? local = null, CancellationToken cancellation = default)
    {
        if (Query(stack, remote, local, cancellation) is not { Interface: not 0 } route)
            return null;
        var link = stack.Links.Get(route.Interface, cancellation);
        if ((link.Flags & LinkFlags.Loopback) != 0)
            return null;
        return new UnderlayRoute(link.Name, route.Mtu is > 0 and var own && own < link.Mtu ? own : (int)link.Mtu);
    }

    /// <summary>Whether the kernel keeps packets to an address, as it is the namespace's own.</summary>
    public static bool IsLocal(NetworkStack stack, IPAddress address, CancellationToken cancellation)
        => Query(stack, address, null, cancellation)?.Type == RTN_LOCAL;

    private static Answer? Query(
        NetworkStack stack, IPAddress remote, IPAddress? local, CancellationToken cancellation)
    {
        var length = (byte)(remote.AddressFamily == AddressFamily.InterNetworkV6 ? 128 : 32);
        using var request = new NetlinkRequest(Rtm.GetRoute).AsQuery()
            .Header(new RtMsg
            {
                Family = (byte)IP.FamilyOf(remote),
                DestinationLength = length,
                SourceLength = local is null ? (byte)0 : length,
            })
            .Put(Rta.Dst, remote.GetAddressBytes());
        if (local is not null)
            request.Put(Rta.Src, local.GetAddressBytes());
        if (remote.IsIPv6LinkLocal && remote.ScopeId != 0)
            request.Put(Rta.Oif, (int)remote.ScopeId);
        Answer? answer = null;
        try
        {
            stack.Route.Execute(
                request,
                reply =>
                {
                    if (reply.Type != Rtm.NewRoute)
                        return;
                    var attributes = reply.Read<RtMsg>(out var header);
                    answer = new Answer(
                        header.Type,
                        attributes.TryFind(Rta.Oif, out var oif) ? oif.AsInt32() : 0,
                        attributes.TryFind(Rta.Metrics, out var metrics)
                            && metrics.Nested.TryFind(RTAX_MTU, out var mtu) ? (int)mtu.AsUInt32() : 0);
                },
                cancellation);
        }
        catch (NetlinkErrorException)
        {
            return null;
        }

        return answer;
    }

    private sealed record Answer(byte Type, int Interface, int Mtu);
}
