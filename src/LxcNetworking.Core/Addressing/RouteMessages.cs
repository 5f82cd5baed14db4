using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>Writes and reads the messages about routes (rtnetlink(7), linux/rtnetlink.h).</summary>
internal static class RouteMessages
{
    // What is known here by name; of a route that another one is made like, the rest is sent as it was told.
    private static readonly HashSet<ushort> s_named =
    [
        Rta.Dst, Rta.Src, Rta.Oif, Rta.Gateway, Rta.Priority, Rta.Metrics, Rta.Multipath, Rta.Table, Rta.Via,
        Rta.PrefSrc, Rta.Flow, Rta.Pref, Rta.NextHopId,
    ];

    /// <summary>The request that adds a route.</summary>
    public static NetlinkRequest Add(RouteSpec spec) => Make(spec, NetlinkFlags.Create | NetlinkFlags.Exclusive);

    /// <summary>The request that makes a route; the kernel gives the route back with its answer.</summary>
    /// <param name="spec">What it is to be like.</param>
    /// <param name="flags">Whether it may be new, and what becomes of one that is there.</param>
    public static NetlinkRequest Make(RouteSpec spec, NetlinkFlags flags)
    {
        var request = new NetlinkRequest(Rtm.NewRoute, flags | NetlinkFlags.Echo).Header(new RtMsg
        {
            Family = (byte)spec.Family,
            DestinationLength = (byte)spec.Destination.Length,
            SourceLength = (byte)(spec.SourcePrefix?.Length ?? 0),
            Tos = (byte)(spec.TypeOfService ?? 0),
            Protocol = (byte)spec.Protocol,
            Scope = (byte)spec.RealScope,
            Type = (byte)spec.Type,
            Flags = spec.NextHops is [var hop] && spec.IsOnLink(hop) ? (uint)RouteFlags.OnLink : 0,
        });
        request.Put(Rta.Table, (uint)spec.RealTable.Id);
        if (spec.Destination.Length > 0)
            request.PutAddress(Rta.Dst, spec.Destination.Address);
        if (spec.SourcePrefix is { Length: > 0 } source)
            request.PutAddress(Rta.Src, source.Address);
        if (spec.Metric is { } metric)
            request.Put(Rta.Priority, (uint)metric);
        if (spec.Lifetime is { IsForever: false } lifetime)
            request.Put(Rta.Expires, Seconds(lifetime));
        spec.Write(request);
        if (spec.Like is { } like)
            PutUnnamed(request, like);
        if (spec is { Like: { } same, KeepsWays: true })
            PutWays(request, same);
        else
            RouteWays.Put(request, spec);
        return request;
    }

    /// <summary>The request that removes this route and brings back what was removed. It says all that the kernel
    /// compares.</summary>
    public static NetlinkRequest Remove(NetRoute route) => Repeat(route, Rtm.DelRoute, NetlinkFlags.Echo);

    /// <summary>The request that makes a route that was there again: before its twins in IPv4, behind them in
    /// IPv6.</summary>
    public static NetlinkRequest Again(NetRoute route) => Repeat(
        route,
        Rtm.NewRoute,
        NetlinkFlags.Create | (route.AddressFamily == IPFamily.IPv6 ? NetlinkFlags.Append : NetlinkFlags.None));

    /// <summary>The request that makes a route again behind those of its destination that are there.</summary>
    public static NetlinkRequest Append(NetRoute route)
        => Repeat(route, Rtm.NewRoute, NetlinkFlags.Create | NetlinkFlags.Append);

    /// <summary>The request that puts a route in the place of the one that took its place.</summary>
    public static NetlinkRequest PutBack(NetRoute route)
        => Repeat(route, Rtm.NewRoute, NetlinkFlags.Create | NetlinkFlags.Replace);

    /// <summary>A text that is the same for the same route.</summary>
    public static string Identity(NetRoute route) => route.Table + " " + new KernelRecord(route.Raw).Identity(
        (uint)RouteFlags.OnLink,
        type => type == Rta.Table || IsLeftOut(route, type),
        static (type, value) => type != Rta.Multipath ? null
            : string.Join(
                '+', RouteWays.WithoutState(value).Select(Convert.ToHexString).Order(StringComparer.Ordinal)));

    /// <summary>Makes a route of a message.</summary>
    /// <exception cref="NetlinkProtocolException">The message is malformed.</exception>
    public static NetRoute? Parse(NetlinkReply reply, NamespaceReference reference)
    {
        return reply.Type is Rtm.NewRoute or Rtm.DelRoute ? Parse(reply.Payload, reference) : null;
    }

    /// <summary>Makes a route of what follows a message's netlink header.</summary>
    /// <exception cref="NetlinkProtocolException">The message is malformed.</exception>
    public static NetRoute? Parse(ReadOnlySpan<byte> payload, NamespaceReference reference)
    {
        if (payload.Length < Unsafe.SizeOf<RtMsg>())
            throw new NetlinkProtocolException($"A message about a route has {payload.Length} bytes.");
        var header = MemoryMarshal.Read<RtMsg>(payload);
        if (IP.FamilyOf(header.Family) is not { } family)
            return null;
        var attributes = new AttributeReader(payload[Unsafe.SizeOf<RtMsg>()..]);
        IPAddress destination = IP.Any(family), sourceNetwork = destination, nextHop = destination;
        List<RouteNextHop> hops = [];
        uint metric = 0, table = header.Table;
        TimeSpan? lifetime = null;
        var index = 0;
        foreach (var attribute in attributes)
        {
            switch (attribute.Type)
            {
                case Rta.Dst: destination = ReadOf(family, attribute); break;
                case Rta.Src: sourceNetwork = ReadOf(family, attribute); break;
                case Rta.Gateway: nextHop = IP.Read(attribute); break;
                case Rta.Via: nextHop = RouteWays.ReadVia(attribute); break;
                case Rta.Oif: index = attribute.AsInt32(); break;
                case Rta.Priority: metric = attribute.AsUInt32(); break;
                case Rta.Table: table = attribute.AsUInt32(); break;
                case Rta.Multipath: hops = RouteWays.Read(attribute.Value, family); break;
                case Rta.CacheInfo:
                    lifetime = attribute.AsStruct<RouteCacheInfo>() is { Expires: > 0 } cache
                        ? TimeSpan.FromSeconds(cache.Expires / (double)RouteCacheInfo.TicksPerSecond) : null;
                    break;
            }
        }

        return new NetRoute(attributes, reference)
        {
            DestinationPrefix = IP.Prefix(destination, header.DestinationLength),
            SourcePrefix = header.SourceLength == 0 ? null : IP.Prefix(sourceNetwork, header.SourceLength),
            NextHop = hops.Count > 0 ? hops[0].NextHop : nextHop,
            InterfaceIndex = hops.Count > 0 ? hops[0].InterfaceIndex : index,
            RouteMetric = metric,
            Table = RouteTable.Of(table),
            Type = (RouteType)header.Type,
            Protocol = (RouteProtocol)header.Protocol,
            Scope = (NetScope)header.Scope,
            TypeOfService = header.Tos == 0 ? null : header.Tos,
            Lifetime = lifetime,
            Multipath = [.. hops],
            Encapsulation = hops.Count > 0 ? hops[0].Encapsulation
                : RouteEncapsulation.Find(attributes, Rta.EncapType, Rta.Encap),
            OtherAttributes = OtherAttributes.Of(attributes, IsUnnamed, Rta.Metrics, RouteSettings.LastMetric),
            Flags = (RouteFlags)(header.Flags & 0x27f),
            Raw = payload.ToArray(),
        };
    }

    private static NetlinkRequest Repeat(NetRoute route, ushort type, NetlinkFlags flags)
    {
        var record = new KernelRecord(route.Raw);
        var header = record.Header;
        header.Flags &= (uint)RouteFlags.OnLink;
        header.Table = 0;
        var request = new NetlinkRequest(type, flags).Header(header).Put(Rta.Table, (uint)route.Table.Id);
        foreach (var attribute in record.Attributes)
        {
            if (attribute.Type == Rta.Table || IsLeftOut(route, attribute.Type))
                continue;
            if (attribute.Type != Rta.Multipath)
                RouteWays.PutTold(request, attribute);
            else if (type == Rtm.DelRoute && route.AddressFamily == IPFamily.IPv6 && route.Multipath.Count > 1)
                // without a gateway IPv6 removes all ways at once, else one after the other
                request.Put(Rta.Oif, route.InterfaceIndex);
            else
                request.Put(Rta.Multipath, Ways(attribute));
        }

        return type == Rtm.NewRoute && route.Lifetime is { } lifetime
            ? request.Put(Rta.Expires, Seconds(lifetime)) : request;
    }

    private static void PutUnnamed(NetlinkRequest request, NetRoute like)
    {
        foreach (var attribute in new KernelRecord(like.Raw).Attributes)
        {
            if (IsUnnamed(attribute.Type))
                request.Put(attribute.Type, attribute.Value);
        }
    }

    private static void PutWays(NetlinkRequest request, NetRoute like)
    {
        foreach (var attribute in new KernelRecord(like.Raw).Attributes)
        {
            if (!IsWay(attribute.Type) || IsLeftOut(like, attribute.Type))
                continue;
            if (attribute.Type == Rta.Multipath)
                request.Put(Rta.Multipath, Ways(attribute));
            else
                RouteWays.PutTold(request, attribute);
        }
    }

    private static byte[] Ways(NetlinkAttribute attribute)
        => [.. RouteWays.WithoutState(attribute.Value.ToArray()).SelectMany(hop => hop)];

    private static uint Seconds(Duration lifetime)
        => (uint)Math.Clamp(Math.Ceiling(lifetime.TotalSeconds), 1, int.MaxValue);

    private static bool IsWay(ushort type)
        => type is Rta.Oif or Rta.Gateway or Rta.Via or Rta.Multipath or Rta.EncapType or Rta.Encap;

    private static bool IsUnnamed(ushort type) => !s_named.Contains(type) && !IsState(type) && !IsWay(type);

    private static bool IsState(ushort type)
        => type is Rta.Iif or Rta.CacheInfo or Rta.Mark or Rta.Expires or Rta.Uid;

    // State, and what a next-hop object says of itself: the kernel takes its number alone.
    private static bool IsLeftOut(NetRoute route, ushort type)
        => IsState(type) || (route.NextHopId != 0 && (type == Rta.Flow || IsWay(type)));

    private static IPAddress ReadOf(IPFamily family, NetlinkAttribute attribute)
        => IP.Read(attribute) is var address && IP.FamilyOf(address) == family
        ? address
        : throw new NetlinkProtocolException(
            $"Attribute {attribute.Type} of an {family} route is {attribute.Value.Length} bytes long.");

    // struct rta_cacheinfo; times in USER_HZ.
    [StructLayout(LayoutKind.Sequential)]
    private struct RouteCacheInfo
    {
        public const int TicksPerSecond = 100;
        public uint References;
        public uint LastUse;
        public int Expires;
        public uint Error;
        public uint Used;
        public uint Id;
        public uint Timestamp;
        public uint TimestampAge;
    }
}
