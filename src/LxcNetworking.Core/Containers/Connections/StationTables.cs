using System.Runtime.InteropServices;
using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Connections;

/// <summary>
/// Keeps the links and addresses of namespaces that one stack's bridges lead to, until the kernel tells that something has
/// changed there. Without that, each connection would read all of them.
/// </summary>
/// <param name="stack">The stack.</param>
internal sealed class StationTables(NetworkStack stack) : IStackOperations<StationTables>, IHasSockets
{
    // Of a notification only the type is read.
    private const int NotificationBytes = 64;
    private readonly Lock _gate = new();
    private readonly Dictionary<int, StationTable> _known = [];
    private NetlinkSocket? _changes;
    private bool _isRefused;

    static StationTables IStackOperations<StationTables>.On(NetworkStack stack) => new(stack);

    /// <summary>Gives a namespace's table as it is at this moment.</summary>
    /// <param name="place">The namespace's number in the stack's own.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="NetlinkErrorException">The namespace is gone, or another user's.</exception>
    /// <exception cref="NetlinkDumpInterruptedException">It changed at every attempt.</exception>
    public StationTable Of(int place, CancellationToken cancellation)
    {
        lock (_gate)
        {
            var mayKeep = ReadChanges();
            if (_known.TryGetValue(place, out var known))
                return known;
            var table = new StationTable(Links(place, cancellation), Addresses(place, cancellation));
            if (mayKeep)
                _known[place] = table;
            return table;
        }
    }

    /// <summary>Tells whether <see cref="Of"/> has a namespace's table already.</summary>
    public bool Knows(int place)
    {
        lock (_gate)
        {
            ReadChanges();
            return _known.ContainsKey(place);
        }
    }

    /// <inheritdoc/>
    void IHasSockets.CloseSockets()
    {
        lock (_gate)
            Forget();
    }

    private void Forget()
    {
        _changes?.Dispose();
        _changes = null;
        _known.Clear();
    }

    // What changes after this is told by the next call, so that a table that is read from here on can be kept.
    private bool ReadChanges()
    {
        try
        {
            if (_isRefused)
                return false;
            if (_changes is null)
            {
                _changes = stack.ListenToAll(
                    RtnlGroup.Link, RtnlGroup.IPv4IfAddr, RtnlGroup.IPv6IfAddr, RtnlGroup.NsId);
                stack.KeepOpen();
                _isRefused = _changes is null;
                return !_isRefused;
            }

            Span<byte> message = stackalloc byte[NotificationBytes];
            while (_changes.TryReceive(message, out var place) is > 0 and var size)
            {
                if ((place ?? Number(message[..size])) is { } changed)
                    _known.Remove(changed);
            }

            return true;
        }
        catch (NetlinkOverrunException)
        {
            // A socket opened anew has no gap.
            Forget();
            return false;
        }
    }

    // A number that is given or taken back may be another namespace's from now on: struct nlmsghdr, struct rtgenmsg
    // and, as the first attribute, NETNSA_NSID (linux/net_namespace.h).
    private static int? Number(ReadOnlySpan<byte> message)
    {
        const int TypeAt = 4, AttributeTypeAt = 22, NumberAt = 24;
        const ushort NETNSA_NSID = 1;
        return message.Length >= NumberAt + sizeof(int)
            && MemoryMarshal.Read<ushort>(message[TypeAt..]) is Rtm.NewNsId or Rtm.DelNsId
            && MemoryMarshal.Read<ushort>(message[AttributeTypeAt..]) == NETNSA_NSID
                ? MemoryMarshal.Read<int>(message[NumberAt..]) : null;
    }

    private List<StationLink> Links(int place, CancellationToken cancellation)
    {
        using var request = new NetlinkRequest(Rtm.GetLink).Header(default(IfInfoMsg))
            .Put(Ifla.TargetNetNsId, place).Put(Ifla.ExtMask, RtextFilter.SkipStats);
        var links = stack.Route.DumpInOrder(
            request, reply => LinkParser.Parse(reply, stack.Namespace), link => link.Index, cancellation).Items;
        return links.ConvertAll(link => new StationLink(
            link.Index, link.MasterIndex, link.ParentIsElsewhere ? 0 : link.ParentIndex));
    }

    private List<IPAddress> Addresses(int place, CancellationToken cancellation)
    {
        using var request = new NetlinkRequest(Rtm.GetAddr).Header(default(IfAddrMsg)).Put(Ifa.TargetNetNsId, place);
        return
        [
            .. stack.Route.Dump(request, reply => AddressMessages.Parse(reply, stack.Namespace), cancellation)
                .Select(item => item.IPAddress),
        ];
    }
}

/// <summary>A link of a namespace that a bridge leads to.</summary>
/// <param name="Index">Its index.</param>
/// <param name="MasterIndex">The bridge or bond that it is a port of; 0 for none.</param>
/// <param name="ParentIndex">The link below it in the same namespace; 0 for none.</param>
internal readonly record struct StationLink(int Index, int MasterIndex, int ParentIndex);

/// <summary>What there is in a namespace that a bridge leads to.</summary>
/// <param name="Links">Its links.</param>
/// <param name="Addresses">Its addresses, of both families.</param>
internal sealed record StationTable(IReadOnlyList<StationLink> Links, IReadOnlyList<IPAddress> Addresses)
{
    /// <summary>Tells whether a link there leads no further.</summary>
    public bool IsEnd(int index)
        => Links.Any(link => link.Index == index && link.MasterIndex == 0)
            && !Links.Any(link => link.ParentIndex == index);
}

/// <summary>Gives a stack its <see cref="StationTables"/>.</summary>
internal static class StationTablesOfStack
{
    extension(NetworkStack stack)
    {
        /// <summary>The tables of the namespaces that its bridges lead to.</summary>
        internal StationTables StationTables => stack.Operations<StationTables>();
    }
}
