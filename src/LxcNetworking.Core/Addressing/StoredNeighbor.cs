using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>An entry of a neighbour table on file.</summary>
internal sealed record StoredNeighbor(string Address, string? LinkLayer, int State, int Flags, int? Protocol)
{
    // What the kernel neither learned nor forgets by itself.
    private const NeighborFlags Lasting
        = NeighborFlags.Proxy | NeighborFlags.ExternallyLearned | NeighborFlags.Managed;

    private const string Everybody = "ff:ff:ff:ff:ff:ff";

    private const NeighborState Known = NeighborState.Reachable | NeighborState.Stale | NeighborState.Delay
        | NeighborState.Probe | NeighborState.Permanent | NeighborState.NoArp;

    /// <summary>Whether an entry can be made again. The kernel has some of its own, for groups and everybody.</summary>
    public static bool IsCarried(NetNeighbor neighbor) => !IP.IsMulticast(neighbor.IPAddress)
        && ((neighbor.Flags & Lasting) != 0
            || ((neighbor.State & Known) != 0 && neighbor.LinkLayerAddress is not null
                && (neighbor.State != NeighborState.NoArp || neighbor.LinkLayerAddress.ToString() != Everybody)));

    /// <summary>Whether an entry stays until somebody removes it.</summary>
    public static bool IsLasting(NetNeighbor neighbor) => (neighbor.Flags & Lasting) != 0
        || neighbor.State is NeighborState.Permanent or NeighborState.NoArp;

    public static StoredNeighbor Of(NetNeighbor neighbor) => new(
        neighbor.IPAddress.ToString(),
        neighbor.LinkLayerAddress?.ToString(),
        // What was learned is believed, and asked again when it is used.
        (int)(IsLasting(neighbor) ? neighbor.State : NeighborState.Stale),
        (int)neighbor.Flags,
        (int?)neighbor.Protocol);

    public NeighborSpec ToSpec()
    {
        var flags = (NeighborFlags)Flags;
        var isManaged = (flags & NeighborFlags.Managed) != 0;
        return new NeighborSpec(IPAddress.Parse(Address))
        {
            LinkLayerAddress = LinkLayer is null || isManaged ? null : LinkLayerAddress.Parse(LinkLayer),
            State = (NeighborState)State,
            Proxy = (flags & NeighborFlags.Proxy) != 0,
            Router = (flags & NeighborFlags.Router) != 0,
            ExternallyLearned = (flags & NeighborFlags.ExternallyLearned) != 0,
            Managed = isManaged,
            Protocol = (RouteProtocol?)Protocol,
        };
    }
}
