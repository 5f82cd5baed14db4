using System.Net.Sockets;
using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Tunnels;

/// <summary>How an address is reached from a namespace.</summary>
/// <param name="Interface">The link that packets leave by.</param>
/// <param name="Mtu">The largest packet on that way, in bytes: the route's own limit, or the link's.</param>
internal sealed record UnderlayRoute(string Interface, int Mtu);

internal static partial class Underlay
{
    private const byte RTN_LOCAL = 2;

    /// <summary>Asks the kernel for the way to an address.</summary>
    /// <returns>Null if there is none.</returns>
    public static UnderlayRoute? Find(NetworkStack stack, IPAddress remote, IPAddress? local = null, CancellationToken cancellation = default)
    {
        if (Query(stack, remote, local, cancellation) is not { Interface: not 0 } route)
            return null;
        var link = stack.Links.Get(route.Interface, cancellation);
        if ((link.Flags & LinkFlags.Loopback) != 0)
            return null;
        return new UnderlayRoute(link.Name, route.Mtu is > 0 and var own && own < link.Mtu ? own : (int)link.Mtu);
    }

    /// <summary>Whether an address is the namespace's own; also one that is still being checked for duplicates.</summary>
    public static bool IsOwn(NetworkStack stack, IPAddress address, CancellationToken cancellation = default)
    {
        if (Query(stack, address, null, cancellation)?.Type == RTN_LOCAL)
            return true;
        var ofFamily = new AddressFilter { Family = IP.FamilyOf(address) };
        return stack.Addresses.List(ofFamily, cancellation)
            .Any(own => WithoutScope(own.IPAddress).Equals(WithoutScope(address)));
    }

    /// <summary>Refuses a tunnel's ends that cannot be.</summary>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    public static void CheckEnds(IPAddress? local, IPAddress? remote, string name)
    {
        var problem = (local, remote) switch
        {
            ({ } a, { } b) when a.Equals(b) => $"its remote address {b} is its local one too. A tunnel leads to another host: the remote address is one of that host",
            ({ } a, { } b) when a.AddressFamily != b.AddressFamily => $"its local address {a} and its remote address {b} are of different families. Give both as IPv4 or both as IPv6",
            ({ } a, _) when IP.IsMulticast(a) => $"its local address {a} is a multicast address. A tunnel begins at one of this host's own",
            _ => null,
        };
        if (problem is not null)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, $"The tunnel '{KernelText.Printable(name)}' cannot be: {problem}.", name);
    }

    /// <summary>Refuses a local address that is not here and a remote one that is; the kernel takes both and the tunnel stays silent.</summary>
    /// <exception cref="NetworkException">AddressNotFound or InvalidArgument.</exception>
    public static void CheckHosts(NetworkStack stack, IPAddress? local, IEnumerable<IPAddress> remotes, string name, CancellationToken cancellation = default)
    {
        if (local is not null && !IsOwn(stack, local, cancellation))
        {
            throw new NetworkException(
                NetworkErrorCode.AddressNotFound,
                $"The tunnel '{name}' cannot start at {local}: namespace '{stack.Namespace}' has no such address.",
                local.ToString())
            {
                Advice =
                [
                    Advice.List(AdviceThing.IPAddress, stack.Namespace.Text),
                    Advice.To(AdviceKind.Create, AdviceThing.IPAddress, stack.Namespace.Text),
                ],
            };
        }

        foreach (var remote in remotes)
        {
            if (IsOwn(stack, remote, cancellation))
                throw new NetworkException(NetworkErrorCode.InvalidArgument, $"The tunnel '{name}' cannot lead to {remote}: it is an address of namespace '{stack.Namespace}' itself. A tunnel leads to another host's.", remote.ToString())
                {
                    Advice = [Advice.Choose("Remote")],
                };
        }
    }

    private static IPAddress WithoutScope(IPAddress address) => new(address.GetAddressBytes());

    private static RouteAnswer? Query(NetworkStack stack, IPAddress remote, IPAddress? local, CancellationToken cancellation)
    {
        var length = (byte)(remote.AddressFamily == AddressFamily.InterNetworkV6 ? 128 : 32);
        using var request = new NetlinkRequest(Rtm.GetRoute).AsQuery()
            .Header(new RtMsg { Family = (byte)IP.FamilyOf(remote), DestinationLength = length, SourceLength = local is null ? (byte)0 : length })
            .Put(Rta.Dst, remote.GetAddressBytes());
        if (local is not null)
            request.Put(Rta.Src, local.GetAddressBytes());
        if (remote.IsIPv6LinkLocal && remote.ScopeId != 0)
            request.Put(Rta.Oif, (int)remote.ScopeId);
        RouteAnswer? answer = null;
        try
        {
            stack.Route.Execute(
                request,
                reply =>
                {
                    if (reply.Type != Rtm.NewRoute)
                        return;
                    var attributes = reply.Read<RtMsg>(out var header);
                    answer = new RouteAnswer(header.Type, attributes.TryFind(Rta.Oif, out var oif) ? oif.AsInt32() : 0, attributes.TryFind(Rta.Metrics, out var metrics) && metrics.Nested.TryFind(RTAX_MTU, out var mtu) ? (int)mtu.AsUInt32() : 0);
                },
                cancellation);
        }
        catch (NetlinkErrorException)
        {
            return null;
        }

        return answer;
    }

    private sealed record RouteAnswer(byte Type, int Interface, int Mtu);
}
