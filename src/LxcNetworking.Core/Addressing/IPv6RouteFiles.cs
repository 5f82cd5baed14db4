using System.Globalization;
using System.Text;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>Reads /proc/net/ipv6_route and /proc/net/rt6_stats.</summary>
internal static class IPv6RouteFiles
{
    private const int AddressDigits = 32, LengthDigits = 2, MetricDigits = 8;

    /// <summary>Reads the list of routes.</summary>
    /// <returns>A key for each route that is up, which several routes may share.</returns>
    /// <exception cref="NetlinkProtocolException">A line is none of the kernel's.</exception>
    public static List<string> ReadKeys(TextReader list)
    {
        const uint Up = 1;
        var keys = new List<string>();
        // Each line: destination, its length, source, its length, next hop, metric, two counters, flags, interface.
        while (list.ReadLine()?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is { } fields)
        {
            if (fields.Length < 9)
                continue;
            // Each table has an entry that stands for no route.
            if ((Number(fields[8]) & Up) != 0)
                keys.Add(
                    Field(fields[0], AddressDigits) + Field(fields[1], LengthDigits) + Field(fields[5], MetricDigits));
        }

        return keys;
    }

    /// <summary>Reads of the list what routers announced on an interface.</summary>
    /// <exception cref="NetlinkProtocolException">A line is none of the kernel's.</exception>
    public static List<AnnouncedRoute> ReadAnnounced(TextReader list, string interfaceAlias)
    {
        // RTF_UP, RTF_GATEWAY and RTF_ADDRCONF of linux/route.h and linux/ipv6_route.h.
        const uint Announced = 0x1 | 0x2 | 0x40000;
        var routes = new List<AnnouncedRoute>();
        while (list.ReadLine()?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is { } fields)
        {
            if (fields.Length < 10 || fields[9] != interfaceAlias || (Number(fields[8]) & Announced) != Announced)
                continue;
            routes.Add(new AnnouncedRoute(
                IP.Prefix(Address(fields[0]), (byte)Number(Field(fields[1], LengthDigits))),
                Address(fields[4]),
                Number(fields[5])));
        }

        return routes;
    }

    /// <summary>The key that a route has in the list.</summary>
    public static string KeyOf(IPPrefix destination, long metric)
        => Convert.ToHexStringLower(destination.Address.GetAddressBytes())
            + string.Create(CultureInfo.InvariantCulture, $"{destination.Length:x2}{metric:x8}");

    /// <summary>What a key says of its route.</summary>
    /// <exception cref="NetlinkProtocolException">The prefix length is none of IPv6.</exception>
    public static (IPPrefix Destination, long Metric) ParseKey(string key) => (
        IP.Prefix(
            new IPAddress(Convert.FromHexString(key[..AddressDigits])),
            (byte)Number(key[AddressDigits..^MetricDigits])),
        Number(key[^MetricDigits..]));

    /// <summary>Reads the counters: none of them, or nothing, changes without a route.</summary>
    /// <exception cref="NetlinkProtocolException">A counter is no number.</exception>
    public static (long Routes, long Discarded)? Count(ReadOnlySpan<byte> statistics)
    {
        // Nodes, nodes with routes, allocated, routes, cached, in use, discarded.
        var fields = Encoding.ASCII.GetString(statistics).TrimEnd('\n')
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return fields.Length < 7 ? null : (Number(fields[3]), Number(fields[6]));
    }

    private static IPAddress Address(string field) => new(Convert.FromHexString(Field(field, AddressDigits)));

    private static string Field(string field, int digits) => field.Length == digits && field.All(char.IsAsciiHexDigit)
        ? field : throw Malformed(field);

    private static uint Number(string field)
        => Digits.TryParseHex(field, out uint number) ? number : throw Malformed(field);

    private static NetlinkProtocolException Malformed(string field)
        => new($"The kernel's list of IPv6 routes has '{KernelText.Shown(field)}' where a number was expected.");
}
