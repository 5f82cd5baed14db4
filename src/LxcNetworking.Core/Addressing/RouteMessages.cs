using System.Runtime.InteropServices;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>Writes and reads the messages about routes (rtnetlink(7), linux/rtnetlink.h).</summary>
internal static class RouteMessages
{
    private const int NextHopHeader = 8;

    /// <summary>The request that adds a route; the kernel gives the route back with its answer.</summary>
    public static NetlinkRequest Add(RouteSpec spec)
    {
        var request = new NetlinkRequest(Rtm.NewRoute, NetlinkFlags.Create | NetlinkFlags.Exclusive | NetlinkFlags.Echo)
            .Header(new RtMsg
            {
                Family = (byte)spec.Family,
                DestinationLength = (byte)spec.Destination.Length,
                Tos = (byte)(spec.TypeOfService ?? 0),
                Protocol = (byte)spec.Protocol,
                Scope = (byte)spec.RealScope,
                Type = (byte)spec.Type,
                Flags = spec is { OnLink: true, NextHops.Count: 1 } ? (uint)RouteFlags.OnLink : 0,
            });
        request.Put(Rta.Table, (uint)spec.RealTable.Id);
        if (spec.Destination.Length > 0)
            request.PutAddress(Rta.Dst, spec.Destination.Address);
        if (spec.Metric is { } metric)
            request.Put(Rta.Priority, (uint)metric);
        spec.Write(request);
        if (spec.NextHops.Count == 1)
            PutHop(request, spec.NextHops[0], spec.Family);
        else if (spec.NextHops.Count > 1)
            request.Put(Rta.Multipath, Multipath(spec));
        return request;
    }

    /// <summary>The request that removes this route and brings back what was removed. It says all that the kernel
    /// compares.</summary>
    public static NetlinkRequest Remove(NetRoute route) => Repeat(route, Rtm.DelRoute, NetlinkFlags.Echo);

    /// <summary>The request that makes a route that was there again: before its twins in IPv4, behind them in
    /// IPv6.</summary>
    public static NetlinkRequest Again(NetRoute route)
    {
        var request = Repeat(
            route,
            Rtm.NewRoute,
            NetlinkFlags.Create | (route.AddressFamily == IPFamily.IPv6 ? NetlinkFlags.Append : NetlinkFlags.None));
        return route.Lifetime is { } lifetime
            ? request.Put(Rta.Expires, (uint)Math.Max(1, lifetime.TotalSeconds))
            : request;
    }

    /// <summary>A text that is the same for the same route.</summary>
    public static string Identity(NetRoute route) => route.Table + " " + new KernelRecord(route.Raw).Identity(
        (uint)RouteFlags.OnLink,
        type => type == Rta.Table || IsLeftOut(route, type),
        static (type, value) => type == Rta.Multipath
            ? string.Join('+', HopsWithoutState(value).Select(Convert.ToHexString).Order(StringComparer.Ordinal))
            : null);

    /// <summary>Makes a route of a message.</summary>
    /// <exception cref="NetlinkProtocolException">The message is malformed.</exception>
    public static NetRoute? Parse(NetlinkReply reply, NamespaceReference reference)
    {
        if (reply.Type is not (Rtm.NewRoute or Rtm.DelRoute))
            return null;
        var attributes = reply.Read<RtMsg>(out var header);
        if (IP.FamilyOf(header.Family) is not { } family)
            return null;
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
                case Rta.Via: nextHop = ReadVia(attribute); break;
                case Rta.Oif: index = attribute.AsInt32(); break;
                case Rta.Priority: metric = attribute.AsUInt32(); break;
                case Rta.Table: table = attribute.AsUInt32(); break;
                case Rta.Multipath: hops = ReadMultipath(attribute.Value, family); break;
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
            Flags = (RouteFlags)(header.Flags & 0x27f),
            Raw = reply.Payload.ToArray(),
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
                request.Put(attribute.Type, attribute.Value);
            else if (type == Rtm.DelRoute && route.AddressFamily == IPFamily.IPv6)
                // without a gateway IPv6 removes all ways at once, else one after the other
                request.Put(Rta.Oif, route.InterfaceIndex);
            else
                request.Put(Rta.Multipath, [.. HopsWithoutState(attribute.Value.ToArray()).SelectMany(hop => hop)]);
        }

        return request;
    }

    // State, and what a next-hop object says of itself: the kernel takes its number alone.
    private static bool IsLeftOut(NetRoute route, ushort type)
        => type is Rta.Iif or Rta.CacheInfo or Rta.Mark or Rta.Expires or Rta.Uid
        || (route.NextHopId != 0
            && type is Rta.Oif or Rta.Gateway or Rta.Via or Rta.Multipath or Rta.Flow or Rta.EncapType or Rta.Encap);

    private static List<byte[]> HopsWithoutState(byte[] multipath)
    {
        var hops = new List<byte[]>();
        for (var start = 0; start < multipath.Length;)
        {
            var length = (BitConverter.ToUInt16(multipath, start) + 3) & ~3;
            var hop = multipath.AsSpan(start, Math.Min(length, multipath.Length - start)).ToArray();
            hop[2] &= (byte)RouteFlags.OnLink;
            hops.Add(hop);
            start += length;
        }

        return hops;
    }

    private static void PutHop(NetlinkRequest request, RouteHopSpec hop, IPFamily family)
    {
        if (hop.RealGateway is { } gateway)
        {
            if (IP.FamilyOf(gateway) == family)
                request.PutAddress(Rta.Gateway, gateway);
            else
                request.Put(
                    Rta.Via,
                    (byte[])[.. BitConverter.GetBytes((ushort)IP.FamilyOf(gateway)), .. gateway.GetAddressBytes()]);
        }

        if (hop.InterfaceIndex != 0)
            request.Put(Rta.Oif, hop.InterfaceIndex);
    }

    // An array of struct rtnexthop, each followed by its attributes.
    private static byte[] Multipath(RouteSpec spec)
    {
        var bytes = new List<byte>();
        foreach (var hop in spec.NextHops)
        {
            byte[] gateway = [];
            if (hop.RealGateway is { } address)
            {
                var value = address.GetAddressBytes();
                gateway = IP.FamilyOf(address) == spec.Family
                    ? [
                        .. BitConverter.GetBytes((ushort)(4 + value.Length)),
                        .. BitConverter.GetBytes(Rta.Gateway),
                        .. value,
                    ]
                    : [
                        .. BitConverter.GetBytes((ushort)(6 + value.Length)),
                        .. BitConverter.GetBytes(Rta.Via),
                        .. BitConverter.GetBytes((ushort)IP.FamilyOf(address)),
                        .. value,
                    ];
            }

            var padding = -gateway.Length & 3;
            bytes.AddRange(BitConverter.GetBytes((ushort)(NextHopHeader + gateway.Length + padding)));
            bytes.Add((byte)(spec.OnLink ? RouteFlags.OnLink : 0));
            bytes.Add((byte)(hop.Weight - 1));
            bytes.AddRange(BitConverter.GetBytes(hop.InterfaceIndex));
            bytes.AddRange(gateway);
            bytes.AddRange(new byte[padding]);
        }

        return [.. bytes];
    }

    private static List<RouteNextHop> ReadMultipath(ReadOnlySpan<byte> rest, IPFamily family)
    {
        var hops = new List<RouteNextHop>();
        while (!rest.IsEmpty)
        {
            if (rest.Length < NextHopHeader
                || MemoryMarshal.Read<ushort>(rest) is var length && (length < NextHopHeader || length > rest.Length))
                throw new NetlinkProtocolException(
                    $"A next hop claims more than the {rest.Length} bytes that are left, or less than its header "
                        + "takes.");
            length = MemoryMarshal.Read<ushort>(rest);
            var gateway = IP.Any(family);
            foreach (var attribute in new AttributeReader(rest[NextHopHeader..length]))
            {
                if (attribute.Type == Rta.Gateway)
                    gateway = IP.Read(attribute);
                else if (attribute.Type == Rta.Via)
                    gateway = ReadVia(attribute);
            }

            hops.Add(
                new RouteNextHop
                {
                    NextHop = gateway,
                    InterfaceIndex = MemoryMarshal.Read<int>(rest[4..]),
                    Weight = rest[3] + 1,
                    Flags = (RouteFlags)rest[2],
                });
            rest = rest[Math.Min((length + 3) & ~3, rest.Length)..];
        }

        return hops;
    }

    private static IPAddress ReadOf(IPFamily family, NetlinkAttribute attribute)
        => IP.Read(attribute) is var address && IP.FamilyOf(address) == family
        ? address
        : throw new NetlinkProtocolException(
            $"Attribute {attribute.Type} of an {family} route is {attribute.Value.Length} bytes long.");

    // struct rtvia: the address's family, then the address.
    private static IPAddress ReadVia(NetlinkAttribute attribute) => attribute.Value.Length is 6 or 18
        ? new IPAddress(attribute.Value[2..])
        : throw new NetlinkProtocolException(
            $"Attribute {attribute.Type} is {attribute.Value.Length} bytes long, which no next hop is.");

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
