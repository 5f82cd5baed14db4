using System.Diagnostics;
using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Events;

/// <summary>Watches one namespace's stack on a thread of its own. It listens once <see cref="Start"/>
/// returns.</summary>
internal sealed class StackWatch : IDisposable
{
    private const int Attempts = 10;
    private static readonly TimeSpan s_staleLimit = TimeSpan.FromMilliseconds(500);

    private readonly NetworkStack _stack;
    private readonly NetlinkSubscription _subscription;
    private readonly Action<Exception?> _ended;
    private readonly Action<string> _lost;
    private readonly LinkEvents _links;
    private readonly AddressEvents? _addresses;
    private readonly NeighborEvents? _neighbors;
    private readonly RouteEvents? _routes;
    private readonly List<EventTable> _tables;
    private readonly List<Notification> _pending = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationToken _stopped;
    private Thread? _thread;
    private bool _isMalformed;
    private volatile bool _isGone;

    /// <summary>Makes the watch; it takes the subscription over.</summary>
    /// <param name="stack">What to watch.</param>
    /// <param name="subscription">Listens to <see cref="Groups"/>.</param>
    /// <param name="types">What is to be told.</param>
    /// <param name="tell">Takes the events, on the watch's thread.</param>
    /// <param name="lost">Takes the news that notifications were lost.</param>
    /// <param name="ended">Is called when the watch ended by itself, with the reason if that is an error.</param>
    public StackWatch(
        NetworkStack stack, NetlinkSubscription subscription, IReadOnlySet<NetEventType> types, Action<NetEvent> tell,
        Action<string> lost, Action<Exception?> ended)
    {
        (_stack, _subscription, _lost, _ended) = (stack, subscription, lost, ended);
        _stopped = _stop.Token;
        // Links are always followed: their names are everybody's, and their going takes routes along.
        _links = new LinkEvents(stack, types.Contains(NetEventType.Link) ? tell : null);
        _addresses = types.Contains(NetEventType.Address) ? new AddressEvents(stack, tell) : null;
        _neighbors = types.Contains(NetEventType.Neighbor) ? new NeighborEvents(stack, tell) : null;
        _routes = types.Contains(NetEventType.Route) ? new RouteEvents(stack, tell) : null;
        _tables = [.. new EventTable?[] { _links, _addresses, _routes, _neighbors }.OfType<EventTable>()];
    }

    public NetworkStack Stack => _stack;

    /// <summary>The multicast groups that tell of these types.</summary>
    public static IReadOnlyList<uint> Groups(IReadOnlySet<NetEventType> types)
    {
        var groups = new List<uint> { RtnlGroup.Link };
        if (types.Contains(NetEventType.Address))
            groups.AddRange([RtnlGroup.IPv4IfAddr, RtnlGroup.IPv6IfAddr]);
        else if (types.Contains(NetEventType.Route))
            groups.Add(RtnlGroup.IPv4IfAddr);
        if (types.Contains(NetEventType.Route))
            groups.AddRange([RtnlGroup.IPv4Route, RtnlGroup.IPv6Route, RtnlGroup.NextHop]);
        if (types.Contains(NetEventType.Neighbor))
            groups.Add(RtnlGroup.Neigh);
        return groups;
    }

    /// <summary>Lists what is there and begins to tell what becomes different.</summary>
    public void Start(CancellationToken cancellation)
    {
        Synchronize(isTold: false, cancellation);
        _thread = new Thread(Run) { IsBackground = true, Name = "network events" };
        _thread.Start();
    }

    /// <summary>Ends the watch once what has come is told: its namespace has no name any more.</summary>
    public void End()
    {
        _isGone = true;
        _stop.Cancel();
    }

    /// <summary>Ends the watch at once.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _thread?.Join();
        _subscription.Dispose();
        _stop.Dispose();
    }

    private void Run()
    {
        Exception? error = null;
        try
        {
            Listen();
        }
        catch (OperationCanceledException)
        {
        }
        catch (ObjectDisposedException)
        {
        }
        catch (NetworkException e) when (e.Code is NetworkErrorCode.NamespaceNotFound
            or NetworkErrorCode.NamespaceChanged or NetworkErrorCode.NotANamespace)
        {
            // It went while something was read.
            _isGone = true;
        }
        catch (Exception e) when (e is NetworkException or NetlinkException)
        {
            error = e;
        }

        if (_isGone)
            FinishReading();
        _subscription.Dispose();
        if (_isGone || error is not null)
            _ended(error);
    }

    private void FinishReading()
    {
        try
        {
            while (_subscription.Receive(Collect, TimeSpan.Zero) == SubscriptionResult.Messages)
            {
            }

            Apply(CancellationToken.None);
        }
        catch (Exception e) when (e is NetlinkException or NetworkException or ObjectDisposedException)
        {
            // Nothing can be read any more.
        }
    }

    private void Listen()
    {
        var staleSince = 0L;
        while (true)
        {
            var isStale = _routes is { IsStale: true };
            if (!isStale)
                staleSince = 0;
            else if (staleSince == 0)
                staleSince = Stopwatch.GetTimestamp();
            var result = _subscription.Receive(Collect, isStale ? TimeSpan.Zero : Timeout.InfiniteTimeSpan, _stopped);
            if (result == SubscriptionResult.Gap || _isMalformed)
            {
                Recover();
                continue;
            }

            Apply(_stopped);
            // As late as possible, because nothing is told twice then; but not never.
            if (isStale
                && (result == SubscriptionResult.TimedOut || Stopwatch.GetElapsedTime(staleSince) > s_staleLimit))
                ReadRoutes();
        }
    }

    private void Recover()
    {
        _pending.Clear();
        _lost(
            $"The kernel had more to tell of namespace '{_stack.Namespace}' than could be read in time, and dropped "
                + "some. What is different now follows; steps in between are lost.");
        Synchronize(isTold: true, _stopped);
    }

    /// <summary>Lists everything. The list and the queue of notifications agree if nothing came in while it was
    /// read.</summary>
    private void Synchronize(bool isTold, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            List<Action<bool>> lists;
            try
            {
                WaitForKernel(cancellation);
                lists = [.. _tables.Select(table => table.Read(cancellation))];
            }
            catch (NetlinkDumpInterruptedException) when (attempt < Attempts)
            {
                continue;
            }

            var isWhole = Drain(cancellation);
            if ((isWhole && _pending.Count == 0) || attempt >= Attempts)
            {
                if (_routes is not null)
                    _routes.IsStale = false;
                lists.ForEach(commit => commit(isTold));
                Apply(cancellation);
                return;
            }

            _pending.Clear();
        }
    }

    /// <summary>Lists the routes and tells what the kernel has not.</summary>
    private void ReadRoutes()
    {
        for (var attempt = 1; ; attempt++)
        {
            Action<bool> commit;
            try
            {
                WaitForKernel(_stopped);
                commit = _routes!.Read(_stopped);
            }
            catch (NetlinkDumpInterruptedException) when (attempt < Attempts)
            {
                continue;
            }

            if (!Drain(_stopped))
            {
                Recover();
                return;
            }

            _routes.IsStale = false;
            if (attempt >= Attempts || !_pending.Any(message => message.Item is NetRoute))
            {
                commit(true);
                Apply(_stopped);
                return;
            }

            Apply(_stopped);
        }
    }

    // The kernel tells that a link goes down before it takes the routes away, but under the lock that reading a single
    // link waits for.
    private void WaitForKernel(CancellationToken cancellation) => LinkNames.Read(_stack, [1], null, cancellation);

    /// <summary>Takes what is in the queue.</summary>
    /// <returns>False if something was lost.</returns>
    private bool Drain(CancellationToken cancellation)
    {
        while (true)
        {
            switch (_subscription.Receive(Collect, TimeSpan.Zero, cancellation))
            {
                case SubscriptionResult.Gap: return false;
                case SubscriptionResult.TimedOut: return !_isMalformed;
            }
        }
    }

    private void Collect(NetlinkReply reply)
    {
        try
        {
            if (Parse(reply, _stack.Namespace) is { } item)
                _pending.Add(new Notification(reply.Type, (reply.Flags & NetlinkFlags.Replace) != 0, item));
        }
        catch (NetlinkProtocolException)
        {
            // As good as lost.
            _isMalformed = true;
        }
    }

    /// <summary>Makes the thing of a notification that it is about; null for what is nobody's event.</summary>
    /// <exception cref="NetlinkProtocolException">The message is malformed.</exception>
    internal static object? Parse(NetlinkReply reply, NamespaceReference reference)
    {
        switch (reply.Type)
        {
            case Rtm.NewLink or Rtm.DelLink:
                // A bridge tells of its ports by links' messages of its own family, and wireless drivers of what they
                // did by messages that say nothing of the link.
                var attributes = LinkParser.Attributes(reply, out var header);
                return header.Family == 0 && attributes.TryFind(Ifla.Mtu, out _)
                    ? LinkParser.Parse(reply, reference)
                    : null;
            case Rtm.NewAddr or Rtm.DelAddr: return AddressMessages.Parse(reply, reference);
            case Rtm.NewNeigh or Rtm.DelNeigh:
                return NeighborOperations.Parse(reply, reference) is { } neighbor
                && NeighborEvents.IsTold(neighbor)
                ? neighbor
                : null;
            case Rtm.NewRoute or Rtm.DelRoute:
                return RouteMessages.Parse(reply, reference) is { } route
                && RouteEvents.IsTold(route)
                ? route
                : null;
            case Rtm.DelNextHop: return Rtm.DelNextHop;
            default: return null;
        }
    }

    private void Apply(CancellationToken cancellation)
    {
        _isMalformed = false;
        // What fails must not be tried again.
        var messages = _pending.ToList();
        _pending.Clear();
        foreach (var message in messages)
        {
            switch (message.Item)
            {
                case NetLink link: Apply(message, link, cancellation); break;
                case NetIPAddress address: Apply(message, address); break;
                case NetNeighbor neighbor:
                    neighbor.InterfaceAlias = _links.Names.Of(neighbor.InterfaceIndex);
                    Apply(_neighbors, message, neighbor, Rtm.DelNeigh);
                    break;
                case NetRoute route:
                    Name(route);
                    Apply(_routes, message, route, Rtm.DelRoute);
                    break;
                default: ExpectLostRoutes(); break;
            }
        }
    }

    private void Apply(Notification message, NetLink link, CancellationToken cancellation)
    {
        if (message.Type == Rtm.DelLink)
        {
            _links.Drop(link);
            ExpectLostRoutes();
            return;
        }

        var wasUp = _links.Find(link.Index)?.IsUp;
        try
        {
            _stack.Links.NameRelatives([link], cancellation, _links.Names);
        }
        catch (Exception e) when (e is NetworkException or NetlinkException)
        {
            // The link's own message is told all the same.
        }

        _links.Put(link);
        if (!link.IsUp && wasUp != false)
            ExpectLostRoutes();
    }

    private void Apply(Notification message, NetIPAddress address)
    {
        address.InterfaceAlias = _links.Names.Of(address.InterfaceIndex);
        Apply(_addresses, message, address, Rtm.DelAddr);
        if (message.Type == Rtm.DelAddr && address.AddressFamily == IPFamily.IPv4)
            ExpectLostRoutes();
    }

    private static void Apply<TKey, TItem>(
        EventTable<TKey, TItem>? table, Notification message, TItem item, ushort removal)
        where TKey : notnull
        where TItem : class
    {
        if (message.Type == removal)
            table?.Drop(item);
        else
            table?.Put(item, message.IsReplacement);
    }

    // IPv4 routes go with their link, with the address that they start from and with the interface's last one, without
    // a notification of their own.
    private void ExpectLostRoutes()
    {
        if (_routes is not null)
            _routes.IsStale = true;
    }

    private void Name(NetRoute route)
    {
        route.InterfaceAlias = route.InterfaceIndex == 0 ? null : _links.Names.Of(route.InterfaceIndex);
        foreach (var hop in route.Multipath)
            hop.InterfaceAlias = hop.InterfaceIndex == 0 ? null : _links.Names.Of(hop.InterfaceIndex);
    }

    private sealed record Notification(ushort Type, bool IsReplacement, object Item);
}
