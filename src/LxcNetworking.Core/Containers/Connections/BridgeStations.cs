using LxcNetworking.Addressing;
using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Containers.Connections;

/// <summary>Reads from the kernel who is on a bridge, where that is known: where each port is a veth whose far end can
/// be read, and is neither a port nor a parent there.</summary>
/// <param name="stack">The bridge's stack.</param>
internal sealed class BridgeStations(NetworkStack stack)
{
    // Each container takes two lists. On a larger bridge the containers are asked alone, who answer at once.
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
        if (ports.Count > MostRead)
            return (isAlone, holder);
        foreach (var group in ports.Where(port => port.Kind == "veth").GroupBy(port => port.Data.ParentNamespaceId))
        {
            if (group.Key is not (>= 0 and var place))
            {
                isAlone = false;
                continue;
            }

            try
            {
                var links = Links(place, cancellation);
                isAlone &= group.All(port => IsEnd(links, port.ParentIndex));
                if (Held(place, addresses, cancellation) is { } held)
                    holder ??= (held, group.First().Name);
            }
            catch (Exception e) when (e is NetlinkErrorException or NetlinkDumpInterruptedException)
            {
                // Another user's, or gone this moment.
                isAlone = false;
            }
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
        var result = new List<IPAddress>();
        foreach (var place in ports.Select(port => port.Data.ParentNamespaceId ?? -1).Where(id => id >= 0).Distinct())
        {
            try
            {
                foreach (var family in new[] { IPFamily.IPv4, IPFamily.IPv6 })
                    result.AddRange(Addresses(place, family, cancellation));
            }
            catch (Exception e) when (e is NetlinkErrorException or NetlinkDumpInterruptedException)
            {
                // They are asked when it is their turn.
            }
        }

        return result;
    }

    private static bool IsEnd(List<NetLink> links, int index)
        => links.Exists(link => link.Index == index && link.MasterIndex == 0)
            && !links.Exists(link => link.ParentIndex == index && !link.ParentIsElsewhere);

    private List<NetLink> Links(int place, CancellationToken cancellation)
    {
        using var request = new NetlinkRequest(Rtm.GetLink).Header(default(IfInfoMsg))
            .Put(Ifla.TargetNetNsId, place).Put(Ifla.ExtMask, RtextFilter.SkipStats);
        return stack.Route.DumpInOrder(
            request, reply => LinkParser.Parse(reply, stack.Namespace), link => link.Index, cancellation).Items;
    }

    private IPAddress? Held(int place, IReadOnlyList<IPAddress> addresses, CancellationToken cancellation)
        => addresses.Select(IP.FamilyOf).Distinct()
            .SelectMany(family => Addresses(place, family, cancellation)).FirstOrDefault(addresses.Contains);

    private IEnumerable<IPAddress> Addresses(int place, IPFamily family, CancellationToken cancellation)
    {
        using var request = new NetlinkRequest(Rtm.GetAddr).Header(new IfAddrMsg { Family = (byte)family })
            .Put(Ifa.TargetNetNsId, place);
        return stack.Route.Dump(request, reply => AddressMessages.Parse(reply, stack.Namespace), cancellation)
            .Select(item => item.IPAddress);
    }
}
