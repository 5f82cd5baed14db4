using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Native;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Connections;

/// <summary>
/// Tells who is on a bridge, where the kernel knows: where each port is a veth whose far end can be read, and is
/// neither a port nor a parent there. What was read is kept until the kernel tells that something has changed, so that
/// of many connections in a row each reads what the one before has made.
/// </summary>
/// <param name="stack">The bridge's stack.</param>
internal sealed class BridgeStations(NetworkStack stack) : IStackOperations<BridgeStations>, IHasSockets
{
    // A namespace that is not known yet takes two lists.
    private const int MostRead = 64;
    private const int NotificationBytes = 32 << 10;
    private readonly Lock _gate = new();
    // By the bridge's index, and the port's.
    private readonly Dictionary<int, Dictionary<int, StationPort>> _bridges = [];
    // By the namespace's number in the bridge's own.
    private readonly Dictionary<int, StationTable> _tables = [];
    private readonly byte[] _notification = new byte[NotificationBytes];
    private NetlinkSocket? _changes;
    private bool _isRefused;

    static BridgeStations IStackOperations<BridgeStations>.On(NetworkStack stack) => new(stack);

    /// <summary>Looks for addresses.</summary>
    /// <param name="bridge">The bridge.</param>
    /// <param name="addresses">The addresses.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>What is known of who is on it, and an address that somebody has behind which port.</returns>
    public (StationKnowledge Knowledge, (IPAddress Address, string Port)? Holder) Find(
        NetLink bridge, IReadOnlyList<IPAddress> addresses, CancellationToken cancellation)
    {
        lock (_gate)
        {
            ReadChanges();
            var isKept = _bridges.ContainsKey(bridge.Index);
            var found = Look(bridge.Index, addresses, cancellation);
            if (isKept && found.Knowledge == StationKnowledge.Some)
            {
                // Nobody is told here that a port's far end has gone to another namespace.
                _bridges.Remove(bridge.Index);
                found = Look(bridge.Index, addresses, cancellation);
            }

            return found;
        }
    }

    /// <summary>Lists the addresses of those who are on it.</summary>
    /// <param name="bridge">The bridge.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Them, as far as they can be read; null where it leads out of this machine.</returns>
    public IReadOnlyList<IPAddress>? Addresses(NetLink bridge, CancellationToken cancellation)
    {
        lock (_gate)
        {
            ReadChanges();
            var ports = Ports(bridge.Index, cancellation);
            return !ports.All(port => port.StaysInMachine) ? null :
            [
                .. ports.Where(port => port.Place >= 0).Select(port => port.Place).Distinct()
                    .SelectMany(place => Table(place, cancellation)?.Addresses.AsEnumerable() ?? []),
            ];
        }
    }

    /// <summary>
    /// Tells whether the container that has an address has ended: the kernel destroys a namespace some time after its
    /// last user is gone, and until then its links answer.
    /// </summary>
    /// <param name="bridge">The bridge.</param>
    /// <param name="address">The address.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public bool IsEnding(NetLink bridge, IPAddress address, CancellationToken cancellation)
    {
        lock (_gate)
        {
            ReadChanges();
            var isAny = false;
            foreach (var port in Ports(bridge.Index, cancellation).Where(port => port.IsVeth))
            {
                var isKnown = _tables.TryGetValue(port.Place, out var table);
                if (isKnown && !table!.Addresses.Contains(address))
                    continue;
                _tables.Remove(port.Place);
                var isEnding = port.IsEnding;
                if (port.Place >= 0
                    && Table(port.Place, cancellation, out isEnding)?.Addresses.Contains(address) == true)
                    return stack.Pool.Namespaces.Ended.Contains(stack.Identity, port.Place);
                isAny |= isKnown || isEnding;
            }

            // Who answered may be gone by now.
            return isAny || stack.Pool.Namespaces.Ended.IsAny;
        }
    }

    /// <inheritdoc/>
    void IHasSockets.CloseSockets()
    {
        // The caller may have the stack's lock, which whoever has this one waits for.
        if (!_gate.TryEnter())
            return;
        try
        {
            Forget();
        }
        finally
        {
            _gate.Exit();
        }
    }

    private (StationKnowledge Knowledge, (IPAddress Address, string Port)? Holder) Look(
        int bridge, IReadOnlyList<IPAddress> addresses, CancellationToken cancellation)
    {
        var isAlone = true;
        (IPAddress, string)? holder = null;
        var unknown = 0;
        foreach (var port in Ports(bridge, cancellation))
        {
            isAlone &= port.StaysInMachine && (!port.IsVeth || port.Place >= 0);
            // The containers that are not read this time are only asked.
            if (port.Place < 0 || (!_tables.ContainsKey(port.Place) && ++unknown > MostRead))
                continue;
            var table = Table(port.Place, cancellation);
            isAlone &= table?.IsEnd(port.FarEnd) == true;
            if (holder is null && table is not null && addresses.FirstOrDefault(table.Addresses.Contains) is { } held)
                holder = (held, port.Name);
        }

        return (!isAlone ? StationKnowledge.Some
            : unknown > MostRead ? StationKnowledge.Containers : StationKnowledge.All, holder);
    }

    private Dictionary<int, StationPort>.ValueCollection Ports(int bridge, CancellationToken cancellation)
    {
        if (_bridges.TryGetValue(bridge, out var known))
            return known.Values;
        using var request = new NetlinkRequest(Rtm.GetLink).Header(default(IfInfoMsg))
            .Put(Ifla.Master, bridge).Put(Ifla.ExtMask, RtextFilter.SkipStats);
        var ports = stack.Route.DumpInOrder(
                request, reply => LinkParser.Parse(reply, stack.Namespace), port => port.Index, cancellation)
            .Items.Where(port => port.MasterIndex == bridge).ToDictionary(port => port.Index, StationPort.Of);
        _bridges[bridge] = ports;
        return ports.Values;
    }

    // Null where it is another user's, or gone this moment: whoever is there is asked.
    private StationTable? Table(int place, CancellationToken cancellation) => Table(place, cancellation, out _);

    private StationTable? Table(int place, CancellationToken cancellation, out bool isEnding)
    {
        isEnding = false;
        if (_tables.TryGetValue(place, out var known))
            return known;
        try
        {
            using var links = new NetlinkRequest(Rtm.GetLink).Header(default(IfInfoMsg))
                .Put(Ifla.TargetNetNsId, place).Put(Ifla.ExtMask, RtextFilter.SkipStats);
            using var addresses = new NetlinkRequest(Rtm.GetAddr).Header(default(IfAddrMsg))
                .Put(Ifa.TargetNetNsId, place);
            return _tables[place] = new StationTable(
                stack.Route.DumpInOrder(
                    links, reply => LinkParser.Parse(reply, stack.Namespace), link => link.Index, cancellation).Items,
                stack.Route.Dump(addresses, reply => AddressMessages.Parse(reply, stack.Namespace), cancellation));
        }
        catch (Exception e) when (e is NetlinkErrorException or NetlinkDumpInterruptedException)
        {
            // Another user's is EACCES.
            isEnding = e is NetlinkErrorException { Errno: LibC.EINVAL };
            return null;
        }
    }

    private void Forget()
    {
        _changes?.Dispose();
        _changes = null;
        _bridges.Clear();
        _tables.Clear();
    }

    // What changes from here on is told the next time.
    private void ReadChanges()
    {
        try
        {
            while (_changes?.TryReceive(_notification, Note) == true)
            {
            }
        }
        catch (NetlinkOverrunException)
        {
            Forget();
        }

        if (_changes is not null)
            return;
        // Whoever is told of no changes reads everything each time.
        Forget();
        if (_isRefused)
            return;
        _changes = stack.ListenToAll(RtnlGroup.Link, RtnlGroup.IPv4IfAddr, RtnlGroup.IPv6IfAddr, RtnlGroup.NsId);
        _isRefused = _changes is null;
        stack.KeepOpen();
    }

    private void Note(int? place, NetlinkReply reply)
    {
        if (place is { } changed)
        {
            _tables.Remove(changed);
        }
        else if (reply.Type is Rtm.NewNsId or Rtm.DelNsId)
        {
            // The number may be another namespace's by now.
            if (NamespaceNumber.Read(reply) is { } number)
                _tables.Remove(number);
        }
        else if (reply.Type is Rtm.NewLink or Rtm.DelLink && _bridges.Count > 0)
        {
            reply.Read<IfInfoMsg>(out var header);
            // A bridge's own word about its port lacks the kind.
            if (header.Family != Af.Bridge && LinkParser.Parse(reply, stack.Namespace) is { } link)
                Note(link, isGone: reply.Type == Rtm.DelLink);
        }
    }

    private void Note(NetLink link, bool isGone)
    {
        foreach (var (bridge, ports) in _bridges)
        {
            if (!isGone && link.MasterIndex == bridge)
                ports[link.Index] = StationPort.Of(link);
            else
                ports.Remove(link.Index);
        }

        if (isGone)
            _bridges.Remove(link.Index);
    }

    /// <summary>A port of a bridge.</summary>
    /// <param name="Name">Its name.</param>
    /// <param name="IsVeth">Whether it has a far end.</param>
    /// <param name="StaysInMachine">Whether its kind leads nowhere else.</param>
    /// <param name="Place">The number of the namespace in which its far end is; -1 if that is not known, or is the
    /// bridge's own.</param>
    /// <param name="FarEnd">Its far end's index there.</param>
    /// <param name="IsEnding">Whether that namespace has lost its number: the kernel is about to remove it.</param>
    private sealed record StationPort(
        string Name, bool IsVeth, bool StaysInMachine, int Place, int FarEnd, bool IsEnding)
    {
        public static StationPort Of(NetLink link) => new(
            link.Name,
            link.Kind == "veth",
            LinkKinds.Find(link.Kind)?.StaysInMachine == true,
            link.Kind == "veth" ? link.Data.ParentNamespaceId ?? -1 : -1,
            link.ParentIndex,
            link.Data.ParentNamespaceId == -1);
    }

    /// <summary>What there is in a namespace that a bridge leads to.</summary>
    private sealed class StationTable(IEnumerable<NetLink> links, IEnumerable<NetIPAddress> addresses)
    {
        private readonly HashSet<int> _free =
            [.. links.Where(link => link.MasterIndex == 0).Select(link => link.Index)];
        private readonly HashSet<int> _parents =
            [.. links.Where(link => !link.ParentIsElsewhere).Select(link => link.ParentIndex)];

        /// <summary>Its addresses, of both families.</summary>
        public HashSet<IPAddress> Addresses { get; } = addresses.Select(item => item.IPAddress).ToHashSet();

        /// <summary>Tells whether a link there leads no further: it is neither a port nor a parent.</summary>
        public bool IsEnd(int index) => _free.Contains(index) && !_parents.Contains(index);
    }
}

/// <summary>What is known of who is on a bridge.</summary>
internal enum StationKnowledge
{
    /// <summary>Others than those of whom the kernel tells may be on it.</summary>
    Some,

    /// <summary>There are containers on it alone, which answer at once, but not all of them were read.</summary>
    Containers,

    /// <summary>The kernel has told of everyone.</summary>
    All,
}

/// <summary>Gives a stack its <see cref="BridgeStations"/>.</summary>
internal static class BridgeStationsOfStack
{
    extension(NetworkStack stack)
    {
        /// <summary>Who is on its bridges.</summary>
        internal BridgeStations BridgeStations => stack.Operations<BridgeStations>();
    }
}
