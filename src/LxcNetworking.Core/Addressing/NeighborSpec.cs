using LxcNetworking.Links;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>A neighbour (ARP, NDP) entry to make.</summary>
/// <param name="IPAddress">The neighbour's IP address.</param>
public sealed record NeighborSpec(IPAddress IPAddress)
{
    /// <summary>Its Ethernet address, or on a tunnel the IP address of its end; null for a proxy entry, for one that
    /// the kernel finds by itself, and on links without addresses.</summary>
    public LinkLayerAddress? LinkLayerAddress { get; init; }

    /// <summary>What is to be known about it.</summary>
    public NeighborState State { get; init; } = NeighborState.Permanent;

    /// <summary>This host answers for it.</summary>
    public bool Proxy { get; init; }

    /// <summary>IPv6: it is a router.</summary>
    public bool Router { get; init; }

    /// <summary>It was learned elsewhere, and the kernel does not forget it.</summary>
    public bool ExternallyLearned { get; init; }

    /// <summary>The kernel finds it and keeps it known by itself (Linux 5.16).</summary>
    public bool Managed { get; init; }

    /// <summary>The kernel asks for it at once, as if a packet went there.</summary>
    public bool Use { get; init; }

    /// <summary>Who makes it, by which it is known later; null for nobody.</summary>
    public RouteProtocol? Protocol { get; init; } = RouteProtocol.LxcNetworking;

    /// <summary>True where the kernel is to find the address out.</summary>
    internal bool IsToBeFound => LinkLayerAddress is null && (Managed || Use);

    private NeighborFlags Flags => (Proxy ? NeighborFlags.Proxy : 0) | (Router ? NeighborFlags.Router : 0)
        | (ExternallyLearned ? NeighborFlags.ExternallyLearned : 0) | (Managed ? NeighborFlags.Managed : 0)
        | (Use ? NeighborFlags.Use : 0);

    /// <summary>Checks it for what the kernel would take amiss, or would take and should not.</summary>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    internal void Validate(NetLink link)
    {
        var isNeeded = link.HardwareAddress is not null && !IsToBeFound && State != NeighborState.NoArp;
        var problem = IP.IsAny(IPAddress) || (IP.IsMulticast(IPAddress) && Proxy)
                ? $"{IPAddress} cannot be a neighbour."
            : Proxy && LinkLayerAddress is not null
                ? $"A proxy entry for {IPAddress} takes no link-layer address: this host answers with its own."
            : !Proxy && LinkLayerAddress is null && isNeeded
                ? $"The neighbour {IPAddress} needs a link-layer address, such as 00:16:3e:00:00:01."
            : !Proxy && IP.FamilyOf(IPAddress) == IPFamily.IPv4
                && (link.Flags & (LinkFlags.Loopback | LinkFlags.PointToPoint)) != 0
                ? $"'{link.Name}' leads to one host alone, and has one IPv4 neighbour for all addresses, which "
                    + $"{IPAddress} cannot be."
            : LinkLayerAddress is { } address && link.HardwareAddress is { } own && own.Length != address.Length
                ? $"{address} cannot be the address of {IPAddress} on '{link.Name}', whose own is {own}."
            : !Proxy && !IsToBeFound && State is NeighborState.None or NeighborState.Incomplete or NeighborState.Failed
                ? $"The neighbour {IPAddress} cannot be made {State}: choose Permanent, Reachable, Stale, Delay, Probe "
                    + "or NoArp."
            : Managed && State == NeighborState.Permanent && LinkLayerAddress is not null
                ? $"The neighbour {IPAddress} cannot be both permanent and managed: leave its address to the kernel."
            : null;
        if (problem is not null)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, problem, IPAddress.ToString());
    }

    /// <summary>Writes the request.</summary>
    internal NetlinkRequest ToRequest(int interfaceIndex, bool replace)
    {
        var request = new NetlinkRequest(
            Rtm.NewNeigh, NetlinkFlags.Create | (replace ? NetlinkFlags.Replace : NetlinkFlags.Exclusive))
            .Header(new NdMsg
            {
                Family = (byte)IP.FamilyOf(IPAddress),
                Index = interfaceIndex,
                State = (ushort)(Proxy || IsToBeFound ? NeighborState.None : State),
                Flags = (byte)Flags,
            })
            .PutAddress(Nda.Dst, IPAddress);
        if (LinkLayerAddress is { } address)
            LinkLayerAddress.Write(request, Nda.LlAddr, address);
        if (Protocol is { } protocol)
            request.Put(Nda.Protocol, (byte)protocol);
        if ((uint)Flags >> NetNeighbor.ExtendedShift is var extended and not 0)
            request.Put(Nda.FlagsExt, extended);
        return request;
    }
}
