using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Connections;

/// <summary>Reads from the kernel who is on a bridge, where that is known: where each port is a veth whose far end can
/// be read, and is neither a port nor a parent there.</summary>
/// <param name="stack">The bridge's stack.</param>
internal sealed class BridgeStations(NetworkStack stack)
{
    // A namespace that is not known yet takes two lists.
    private const int MostRead = 64;

    /// <summary>Looks for addresses.</summary>
    /// <param name="bridge">The bridge.</param>
    /// <param name="addresses">The addresses.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Whether nobody else can be on it, and an address that somebody has behind which port.</returns>
    public (bool IsAlone, (IPAddress Address, string Port)? Holder) Find(
        NetLink bridge, IReadOnlyList<IPAddress> addresses, CancellationToken cancellation)
    {
        var ports = stack.Bridges.KnownPorts.Of(bridge, MostRead, cancellation);
        var isAlone = ports.All(port => LinkKinds.Find(port.Kind)?.StaysInMachine == true);
        (IPAddress, string)? holder = null;
        var unknown = 0;
        foreach (var group in ports.Where(port => port.Kind == "veth").GroupBy(port => port.Data.ParentNamespaceId))
        {
            if (group.Key is not (>= 0 and var place))
            {
                isAlone = false;
                continue;
            }

            // The containers that are not read this time are asked alone, and they answer at once.
            if (!stack.StationTables.Knows(place) && ++unknown > MostRead)
                continue;
            if (Table(place, cancellation) is not { } table)
            {
                isAlone = false;
                continue;
            }

            isAlone &= group.All(port => table.IsEnd(port.ParentIndex));
            if (holder is null && addresses.FirstOrDefault(table.Addresses.Contains) is { } held)
                holder = (held, group.First().Name);
        }

        return (isAlone, holder);
    }

    /// <summary>Lists the addresses of those who are on it.</summary>
    /// <param name="bridge">The bridge.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>Them, as far as they can be read; null where it leads out of this machine.</returns>
    public IReadOnlyList<IPAddress>? Addresses(NetLink bridge, CancellationToken cancellation)
    {
        var ports = stack.Bridges.KnownPorts.Of(bridge, MostRead, cancellation);
        if (ports.Any(port => LinkKinds.Find(port.Kind)?.StaysInMachine != true))
            return null;
        return
        [
            .. ports.Select(port => port.Data.ParentNamespaceId ?? -1).Where(id => id >= 0).Distinct()
                .SelectMany(place => Table(place, cancellation)?.Addresses ?? []),
        ];
    }

    // Null where it is another user's, or gone this moment: whoever is there is asked.
    private StationTable? Table(int place, CancellationToken cancellation)
    {
        try
        {
            return stack.StationTables.Of(place, cancellation);
        }
        catch (Exception e) when (e is NetlinkErrorException or NetlinkDumpInterruptedException)
        {
            return null;
        }
    }
}
