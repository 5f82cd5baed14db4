using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>
/// Reads the kernel's routes and proves that none is missing. The kernel ends a family's own list without a word
/// at a route that does not fit in a part of it; in the list of all families it says so. IPv6 besides leaves out
/// routes that stand between the ways of a route with several, and those that a change shifts while it counts:
/// its number of routes tells that.
/// </summary>
internal sealed class RouteList(NetworkStack stack)
{
    private const int MaxAttempts = 10;
    private const string Statistics = "/proc/thread-self/net/rt6_stats", AllRoutes = "/proc/thread-self/net/ipv6_route";
    private static readonly Entry s_otherTable = new(null, 1);

    /// <summary>Reads the routes of a table and family, or of all.</summary>
    /// <exception cref="NetlinkListIncompleteException">The kernel leaves some out.</exception>
    /// <exception cref="NetlinkDumpInterruptedException">IPv6's routes changed at every attempt.</exception>
    public List<NetRoute> Read(RouteFilter filter, CancellationToken cancellation)
    {
        var withIPv6 = filter.Family != IPFamily.IPv4;
        using var statistics = withIPv6 ? Open(Statistics) : null;
        for (var attempt = 1; ; attempt++)
        {
            var before = Count(statistics);
            var entries = Dump(filter, cancellation);
            var count = entries.Sum(entry => entry.IPv6Count);
            if (before is not { } number
                || (Count(statistics) == number && (number.Routes == count || IsWhole(cancellation))))
                return [.. entries.Select(entry => entry.Route).OfType<NetRoute>()];
            if (attempt == MaxAttempts)
                throw new NetlinkDumpInterruptedException(MaxAttempts);
            if (attempt > 2)
                cancellation.WaitHandle.WaitOne(1 << (attempt - 3));
        }
    }

    /// <summary>Lists the routes over routers that announced them to the kernel on a link.</summary>
    public List<AnnouncedRoute> Announced(string interfaceAlias)
    {
        using var list = Open(AllRoutes);
        if (list is null)
            return [];
        using var reader = new StreamReader(list);
        return IPv6RouteFiles.ReadAnnounced(reader, interfaceAlias);
    }

    // Of IPv6 everything is read, as its number of routes is that of all tables.
    private List<Entry> Dump(RouteFilter filter, CancellationToken cancellation)
    {
        var table = filter.Table ?? RouteTable.Main;
        using var request = new NetlinkRequest(Rtm.GetRoute)
            .Header(new RtMsg { Family = filter.Family == IPFamily.IPv6 ? Af.IPv6 : (byte)0 });
        if (filter.Family == IPFamily.IPv4 && table.Id != 0)
            request.Put(Rta.Table, (uint)table.Id);
        try
        {
            return stack.Route.Dump(request, Read, cancellation);
        }
        catch (NetlinkErrorException e) when (e.Errno is LibC.EAFNOSUPPORT or LibC.EOPNOTSUPP)
        {
            // A kernel may have no IPv6.
            return [];
        }

        Entry? Read(NetlinkReply reply)
        {
            // Other families come too, with headers of their own.
            if (reply.Payload.IsEmpty || IP.FamilyOf(reply.Payload[0]) is not { } family
                || (filter.Family is { } wanted && wanted != family))
                return null;
            var attributes = reply.Read<RtMsg>(out var header);
            var isCounted = family == IPFamily.IPv6 && (header.Flags & (uint)RouteFlags.Cloned) == 0;
            var isWanted = table.Id == 0
                || table.Id == (attributes.TryFind(Rta.Table, out var number) ? number.AsUInt32() : header.Table);
            var route = isWanted || (isCounted && attributes.TryFind(Rta.Multipath, out _))
                ? RouteMessages.Parse(reply, stack.Namespace) : null;
            if (route is null)
                return isCounted ? s_otherTable : null;
            // A next-hop object is one way however many it has.
            var ways = route.NextHopId == 0 ? Math.Max(1, route.Multipath.Count) : 1;
            return new Entry(isWanted ? route : null, isCounted ? ways : 0);
        }
    }

    /// <summary>
    /// Compares with IPv6's own list, which shows each way as a route of its own and nothing else of it. The number
    /// that the kernel keeps is not exact where several processors count at once, so that this list alone is believed.
    /// </summary>
    /// <returns>False if there was a change meanwhile.</returns>
    private bool IsWhole(CancellationToken cancellation)
    {
        using var list = Open(AllRoutes);
        if (list is null)
            return true;
        var before = ReadLines(list);
        var listed = Dump(new RouteFilter { Table = RouteTable.All, Family = IPFamily.IPv6 }, cancellation);
        if (!before.SequenceEqual(ReadLines(list)))
            return false;
        var there = before.CountBy(line => line).ToDictionary();
        foreach (var (route, ways) in listed.Where(entry => entry.IPv6Count > 0))
        {
            var key = IPv6RouteFiles.KeyOf(route!.DestinationPrefix, route.RouteMetric);
            there[key] = there.GetValueOrDefault(key) - ways;
        }

        if (there.FirstOrDefault(entry => entry.Value > 0) is not { Key.Length: > 0 } missing)
            return true;
        var (destination, metric) = IPv6RouteFiles.ParseKey(missing.Key);
        throw new NetlinkListIncompleteException(
            $"it leaves out IPv6 routes of namespace '{stack.Namespace}', among them one to {destination} "
            + $"with metric {metric}. It does so with what stands between the ways of a route with several; "
            + "another metric for either avoids it.");
    }

    private static List<string> ReadLines(FileStream list)
    {
        list.Position = 0;
        using var reader = new StreamReader(list, leaveOpen: true);
        return IPv6RouteFiles.ReadKeys(reader);
    }

    private FileStream? Open(string path)
    {
        try
        {
            return stack.Within(
                () => new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NetworkException)
        {
            // A kernel without IPv6, no /proc, or a namespace that only its open sockets lead to.
            return null;
        }
    }

    private static (long Routes, long Discarded)? Count(FileStream? statistics)
    {
        if (statistics is null)
            return null;
        statistics.Position = 0;
        Span<byte> text = stackalloc byte[256];
        return IPv6RouteFiles.Count(text[..statistics.Read(text)]);
    }

    private sealed record Entry(NetRoute? Route, int IPv6Count);
}
