using System.Runtime.InteropServices;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>
/// Takes the link out of messages about routes and puts another one in, so that everything else that a route has goes
/// to another link, also what has no name here.
/// </summary>
internal static class RouteOverLink
{
    private const int RouteHeader = 12, AttributeHeader = 4, NextHopHeader = 8, NextHopIndex = 4;

    /// <summary>
    /// The messages about what of a route leads over a link, without the link. IPv4 has one object of several ways;
    /// the ways of IPv6 come and go one by one.
    /// </summary>
    public static IEnumerable<byte[]> Take(NetRoute route, int link)
    {
        if (route.Multipath.Count == 0 || route.AddressFamily == IPFamily.IPv4)
            return [Exchange(route.Raw, link, 0)];
        var ways = RouteWays.WithoutState(new KernelRecord(route.Raw).Find(Rta.Multipath).ToArray());
        return ways.FindAll(way => BitConverter.ToInt32(way, NextHopIndex) == link)
            .ConvertAll(way => Alone(route, way));
    }

    /// <summary>Puts one link in the place of another.</summary>
    /// <param name="payload">The message without its netlink header.</param>
    /// <param name="from">The index of the link that goes.</param>
    /// <param name="to">That of the one that comes.</param>
    /// <exception cref="NetlinkProtocolException">The message is malformed.</exception>
    public static byte[] Exchange(ReadOnlySpan<byte> payload, int from, int to)
    {
        var result = payload.ToArray();
        foreach (var (start, length) in Parts(result, RouteHeader, result.Length, AttributeHeader))
        {
            switch (BitConverter.ToUInt16(result, start + 2) & 0x3fff)
            {
                case Rta.Oif when length >= AttributeHeader + sizeof(int):
                    Exchange(result, start + AttributeHeader, from, to);
                    break;
                case Rta.Multipath:
                    foreach (var (way, _) in Parts(result, start + AttributeHeader, start + length, NextHopHeader))
                        Exchange(result, way + NextHopIndex, from, to);
                    break;
            }
        }

        return result;
    }

    /// <summary>Makes the metric one worse.</summary>
    public static byte[] WithNextMetric(ReadOnlySpan<byte> payload)
    {
        var result = payload.ToArray();
        foreach (var (start, length) in Parts(result, RouteHeader, result.Length, AttributeHeader))
        {
            var value = result.AsSpan(start + AttributeHeader);
            if (BitConverter.ToUInt16(result, start + 2) == Rta.Priority && length == AttributeHeader + sizeof(uint)
                && MemoryMarshal.Read<uint>(value) is var metric and < uint.MaxValue)
                MemoryMarshal.Write(value, metric + 1);
        }

        return result;
    }

    private static void Exchange(byte[] payload, int at, int from, int to)
    {
        if (BitConverter.ToInt32(payload, at) == from)
            BitConverter.TryWriteBytes(payload.AsSpan(at), to);
    }

    // One way of several of IPv6, as a route that has no other; with a weight it is still a list.
    private static byte[] Alone(NetRoute route, byte[] way)
    {
        BitConverter.TryWriteBytes(way.AsSpan(NextHopIndex), 0);
        var result = new List<byte>(route.Raw[..RouteHeader]);
        foreach (var attribute in new KernelRecord(route.Raw).Attributes)
        {
            if (attribute.Type != Rta.Multipath)
                Add(result, attribute.Type, attribute.Value);
        }

        const int Weight = 3;
        if (way[Weight] == 0)
        {
            Add(result, Rta.Oif, BitConverter.GetBytes(0));
            result.AddRange(way.AsSpan(NextHopHeader));
        }
        else
        {
            Add(result, Rta.Multipath, way);
        }

        return [.. result];
    }

    private static void Add(List<byte> payload, ushort type, ReadOnlySpan<byte> value)
    {
        payload.AddRange(BitConverter.GetBytes((ushort)(AttributeHeader + value.Length)));
        payload.AddRange(BitConverter.GetBytes(type));
        payload.AddRange(value);
        payload.AddRange(new byte[-value.Length & 3]);
    }

    // Attributes and ways alike begin with their length in 16 bits, and the next one begins at a multiple of 4.
    private static IEnumerable<(int Start, int Length)> Parts(byte[] payload, int start, int end, int header)
    {
        while (start < end)
        {
            var length = end - start < header ? 0 : BitConverter.ToUInt16(payload, start);
            if (length < header || length > end - start)
            {
                throw new NetlinkProtocolException(
                    $"A part of a route claims {length} bytes where {end - start} are left.");
            }

            yield return (start, length);
            start += (length + 3) & ~3;
        }
    }
}
