using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>Asks the kernel which route a packet would take (RTM_GETROUTE without NLM_F_DUMP).</summary>
internal sealed class RouteLookUp(NetworkStack stack)
{
    private const uint LookUpTable = 0x1000, FibMatch = 0x2000;

    /// <summary>Does what <see cref="RouteOperations.Find"/> says, without interfaces' names.</summary>
    public NetRoute Find(
        IPAddress destination, IPAddress? source, int interfaceIndex, long mark, CancellationToken cancellation)
    {
        if (interfaceIndex == 0 && IP.FamilyOf(destination) == IPFamily.IPv6)
            interfaceIndex = (int)destination.ScopeId;
        destination = IP.Unscoped(destination, interfaceIndex);
        if (source is not null && IP.FamilyOf(source) != IP.FamilyOf(destination))
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"{source} cannot be the source address on the way to {destination}: one is IPv4, the other IPv6.",
                destination.ToString());
        // One answer says how a packet would go, the other one which entry of which table that follows from.
        var lookUpTable = IP.FamilyOf(destination) == IPFamily.IPv4 ? LookUpTable : 0; // IPv6 always names it
        using var lookUp = Question(destination, source, interfaceIndex, mark, lookUpTable);
        using var match = Question(destination, source, interfaceIndex, mark, lookUpTable | FibMatch);
        var answers = new NetRoute?[2];
        var errors = stack.Route.ExecuteAll(
            [lookUp, match], (i, reply) => answers[i] = RouteMessages.Parse(reply, stack.Namespace), cancellation);
        if (errors[0] is { } refusal)
            throw FindRefused(refusal, destination, source);
        var way = answers[0]
            ?? throw new NetworkException(
                NetworkErrorCode.RouteNotFound, $"The kernel named no route to {destination}.", destination.ToString());
        var entry = answers[1] ?? way;
        // As long as there are no rules of its own, IPv4 keeps its local table inside main and names main for both.
        var isLocal = entry is
        { Type: RouteType.Local or RouteType.Broadcast, Protocol: RouteProtocol.Kernel, Table.Id: 254 };
        return entry with
        {
            NextHop = way.NextHop,
            InterfaceIndex = way.InterfaceIndex,
            Table = isLocal ? RouteTable.Local : entry.Table,
            Type = way.Type,
            Source = way.Source ?? source,
            Lifetime = way.Lifetime,
        };
    }

    /// <summary>The gateways of this host's default routes over a link.</summary>
    public List<IPAddress> DefaultGatewaysOver(NetLink link, CancellationToken cancellation)
    {
        var found = new List<IPAddress>();
        // No packet goes to either: the IPv4 dummy address (RFC 7600) and the discard-only network (RFC 6666).
        List<NetlinkRequest> requests =
        [
            Question(IPAddress.Parse("192.0.0.8"), null, link.Index, 0, LookUpTable | FibMatch),
            Question(IPAddress.Parse("100::1"), null, link.Index, 0, FibMatch),
        ];
        try
        {
            stack.Route.ExecuteAll(
                requests,
                (_, reply) =>
                {
                    if (RouteMessages.Parse(reply, stack.Namespace) is { DestinationPrefix.Length: 0 } route
                        && route.InterfaceIndex == link.Index && !IP.IsAny(route.NextHop))
                        found.Add(route.NextHop);
                },
                cancellation);
        }
        finally
        {
            requests.ForEach(request => request.Dispose());
        }

        return found;
    }

    private static NetlinkRequest Question(
        IPAddress destination, IPAddress? source, int interfaceIndex, long mark, uint flags)
    {
        var family = IP.FamilyOf(destination);
        var length = (byte)IP.FullLength(family);
        var request = new NetlinkRequest(Rtm.GetRoute).AsQuery()
            .Header(
                new RtMsg
                {
                    Family = (byte)family,
                    DestinationLength = length,
                    SourceLength = source is null ? (byte)0 : length,
                    Flags = flags,
                })
            .PutAddress(Rta.Dst, destination);
        if (source is not null)
            request.PutAddress(Rta.Src, source);
        if (interfaceIndex != 0)
            request.Put(Rta.Oif, interfaceIndex);
        if (mark != 0)
            request.Put(Rta.Mark, (uint)mark);
        return request;
    }

    private NetworkException FindRefused(NetlinkErrorException refusal, IPAddress destination, IPAddress? source)
    {
        var target = destination.ToString();
        // What the kernel says to a source that is not its own differs from version to version.
        if (source is not null && (refusal.Errno is LibC.ENETUNREACH or LibC.EHOSTUNREACH or LibC.EINVAL)
            && !stack.Addresses.List(new AddressFilter { Family = IP.FamilyOf(source) })
                .Any(own => own.IPAddress.Equals(source)))
            return new NetworkException(
                NetworkErrorCode.AddressNotFound,
                $"No packet can go from {source} to {destination} in namespace '{stack.Namespace}': {source} is no "
                    + "address of its own.",
                target,
                refusal)
            {
                Advice = [Advice.List(AdviceThing.IPAddress, stack.Namespace.Text)],
            };
        return refusal.Errno switch
        {
            LibC.ENETUNREACH or LibC.EHOSTUNREACH => new NetworkException(
                NetworkErrorCode.RouteNotFound, $"Namespace '{stack.Namespace}' has no way to {destination}: "
                    + $"{refusal.Message.TrimEnd('.')}.", target, refusal)
            {
                Advice =
                [
                    Advice.List(AdviceThing.Route, stack.Namespace.Text),
                    Advice.To(AdviceKind.Create, AdviceThing.Route, stack.Namespace.Text),
                ],
            },
            LibC.EACCES => new NetworkException(
                NetworkErrorCode.RouteNotFound,
                $"A Prohibit route or rule of namespace '{stack.Namespace}' forbids the way to {destination}.",
                target,
                refusal),
            LibC.EINVAL when refusal.KernelMessage is null => new NetworkException(
                NetworkErrorCode.RouteNotFound,
                $"A Blackhole route of namespace '{stack.Namespace}' drops what is sent to {destination}.",
                target,
                refusal),
            _ => KernelErrors.Explain(refusal, $"find a route to {destination}", target),
        };
    }
}
