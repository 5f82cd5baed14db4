using System.Runtime.InteropServices;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>Writes and reads the ways of a route: one in the message itself, several in RTA_MULTIPATH.</summary>
internal static class RouteWays
{
    private const int NextHopHeader = 8;

    /// <summary>Writes a route's ways.</summary>
    public static void Put(NetlinkRequest request, RouteSpec spec)
    {
        if (spec.NextHops.Count == 1)
            Put(request, spec.NextHops[0], spec.Family);
        else if (spec.NextHops.Count > 1)
            request.Put(Rta.Multipath, Multipath(spec));
    }

    /// <summary>Reads RTA_MULTIPATH.</summary>
    /// <exception cref="NetlinkProtocolException">It is malformed.</exception>
    public static List<RouteNextHop> Read(ReadOnlySpan<byte> rest, IPFamily family)
    {
        var hops = new List<RouteNextHop>();
        while (!rest.IsEmpty)
        {
            var length = rest.Length < NextHopHeader ? 0 : MemoryMarshal.Read<ushort>(rest);
            if (length < NextHopHeader || length > rest.Length)
            {
                throw new NetlinkProtocolException(
                    $"A next hop claims more than the {rest.Length} bytes that are left, "
                        + "or less than its header takes.");
            }

            var gateway = IP.Any(family);
            foreach (var attribute in new AttributeReader(rest[NextHopHeader..length]))
            {
                if (attribute.Type == Rta.Gateway)
                    gateway = IP.Read(attribute);
                else if (attribute.Type == Rta.Via)
                    gateway = ReadVia(attribute);
            }

            hops.Add(new RouteNextHop
            {
                Encapsulation = RouteEncapsulation.Find(
                    new AttributeReader(rest[NextHopHeader..length]), Rta.EncapType, Rta.Encap),
                NextHop = gateway,
                InterfaceIndex = MemoryMarshal.Read<int>(rest[4..]),
                Weight = rest[3] + 1,
                Flags = (RouteFlags)rest[2],
            });
            rest = rest[Math.Min((length + 3) & ~3, rest.Length)..];
        }

        return hops;
    }

    /// <summary>Reads struct rtvia: the address's family, then the address.</summary>
    /// <exception cref="NetlinkProtocolException">It has another length.</exception>
    public static IPAddress ReadVia(NetlinkAttribute attribute) => attribute.Value.Length is 6 or 18
        ? new IPAddress(attribute.Value[2..])
        : throw new NetlinkProtocolException(
            $"Attribute {attribute.Type} is {attribute.Value.Length} bytes long, which no next hop is.");

    /// <summary>The ways in RTA_MULTIPATH, each as it is sent.</summary>
    public static List<byte[]> WithoutState(byte[] multipath)
    {
        var hops = new List<byte[]>();
        for (var start = 0; start < multipath.Length;)
        {
            var length = (BitConverter.ToUInt16(multipath, start) + 3) & ~3;
            var hop = multipath.AsSpan(start, Math.Min(length, multipath.Length - start)).ToArray();
            hop[2] &= (byte)RouteFlags.OnLink;
            MarkNested(hop);
            hops.Add(hop);
            start += length;
        }

        return hops;
    }

    /// <summary>Writes an attribute as the kernel told it. It leaves out a flag that it asks for.</summary>
    public static void PutTold(NetlinkRequest request, NetlinkAttribute attribute)
        => request.Put(
            (ushort)(attribute.Type | (attribute.Type == Rta.Encap ? Rta.Nested : 0)),
            attribute.Value);

    // The same in a way of several.
    private static void MarkNested(byte[] hop)
    {
        for (var start = NextHopHeader; start + 4 <= hop.Length;)
        {
            if (BitConverter.ToUInt16(hop, start + 2) == Rta.Encap)
                BitConverter.TryWriteBytes(hop.AsSpan(start + 2), (ushort)(Rta.Encap | Rta.Nested));
            start += Math.Max(4, (BitConverter.ToUInt16(hop, start) + 3) & ~3);
        }
    }

    private static void Put(NetlinkRequest request, RouteHopSpec hop, IPFamily family)
    {
        hop.Encapsulation?.Write(request, Rta.EncapType, Rta.Encap);
        if (hop.RealGateway is { } gateway)
            request.Put(GatewayType(gateway, family), GatewayOf(gateway, family));
        if (hop.InterfaceIndex != 0)
            request.Put(Rta.Oif, hop.InterfaceIndex);
    }

    private static ushort GatewayType(IPAddress gateway, IPFamily family)
        => IP.FamilyOf(gateway) == family ? Rta.Gateway : Rta.Via;

    private static byte[] GatewayOf(IPAddress gateway, IPFamily family) => IP.FamilyOf(gateway) == family
        ? gateway.GetAddressBytes()
        : [.. BitConverter.GetBytes((ushort)IP.FamilyOf(gateway)), .. gateway.GetAddressBytes()];

    // An array of struct rtnexthop, each followed by its attributes.
    private static byte[] Multipath(RouteSpec spec)
    {
        var bytes = new List<byte>();
        foreach (var hop in spec.NextHops)
        {
            byte[] gateway = [];
            if (hop.RealGateway is { } address)
            {
                var value = GatewayOf(address, spec.Family);
                gateway =
                [
                    .. BitConverter.GetBytes((ushort)(4 + value.Length)),
                    .. BitConverter.GetBytes(GatewayType(address, spec.Family)), .. value,
                ];
            }

            var padding = -gateway.Length & 3;
            var encapsulation = hop.Encapsulation?.ToBytes() ?? [];
            bytes.AddRange(BitConverter.GetBytes(
                (ushort)(NextHopHeader + gateway.Length + padding + encapsulation.Length)));
            bytes.Add((byte)(spec.IsOnLink(hop) ? RouteFlags.OnLink : 0));
            bytes.Add((byte)(hop.Weight - 1));
            bytes.AddRange(BitConverter.GetBytes(hop.InterfaceIndex));
            bytes.AddRange(gateway);
            bytes.AddRange(new byte[padding]);
            bytes.AddRange(encapsulation);
        }

        return [.. bytes];
    }
}
