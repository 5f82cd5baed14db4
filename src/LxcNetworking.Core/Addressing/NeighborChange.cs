using LxcNetworking.Links;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Addressing;

/// <summary>What is to become of a neighbour entry; null leaves a thing as it is.</summary>
public sealed record NeighborChange
{
    // What a message leaves out of these the kernel takes away.
    private const NeighborFlags Kept = NeighborFlags.Router | NeighborFlags.ExternallyLearned | NeighborFlags.Managed
        | NeighborFlags.ExternallyValidated;

    private const NeighborState Unknown = NeighborState.Incomplete | NeighborState.Failed;

    /// <summary>Its Ethernet address, or on a tunnel that of its end.</summary>
    public LinkLayerAddress? LinkLayerAddress { get; init; }

    /// <summary>What is to be known about it.</summary>
    public NeighborState? State { get; init; }

    /// <summary>IPv6: whether it is a router.</summary>
    public bool? Router { get; init; }

    /// <summary>Whether it was learned elsewhere, so that the kernel does not forget it.</summary>
    public bool? ExternallyLearned { get; init; }

    /// <summary>Whether the kernel finds it and keeps it known by itself (Linux 5.16).</summary>
    public bool? Managed { get; init; }

    /// <summary>The kernel asks for it at once, as if a packet went there. It stays no longer than what was
    /// learned.</summary>
    public bool Use { get; init; }

    /// <summary>Who is noted as its maker.</summary>
    public RouteProtocol? Protocol { get; init; }

    private IEnumerable<(NeighborFlags Flag, bool? IsOn)> FlagChanges =>
    [
        (NeighborFlags.Router, Router),
        (NeighborFlags.ExternallyLearned, ExternallyLearned),
        (NeighborFlags.Managed, Managed),
    ];

    /// <summary>Says what will be different.</summary>
    /// <param name="neighbor">As read.</param>
    /// <returns>Such as <c>State from Stale to Permanent</c>.</returns>
    public IReadOnlyList<string> Describe(NetNeighbor neighbor)
    {
        ArgumentNullException.ThrowIfNull(neighbor);
        (string Name, object? Mine, object? Others)[] own =
        [
            (nameof(LinkLayerAddress), LinkLayerAddress ?? neighbor.LinkLayerAddress, neighbor.LinkLayerAddress),
            (nameof(State), State ?? neighbor.State, neighbor.State),
            .. FlagChanges.Where(change => change.IsOn is not null).Select(
                change => ($"{change.Flag}", (object?)change.IsOn, (object?)((neighbor.Flags & change.Flag) != 0))),
            (nameof(Protocol), Protocol ?? neighbor.Protocol, neighbor.Protocol),
        ];
        var steps = own.Where(item => !Equals(item.Mine, item.Others))
            .Select(item => $"{item.Name} from {item.Others ?? "none"} to {item.Mine}");
        return [.. steps, .. Use ? ["asked for at once"] : Array.Empty<string>()];
    }

    /// <summary>Checks it for what the kernel would take amiss, or would pass over.</summary>
    /// <param name="neighbor">As read.</param>
    /// <exception cref="NetworkException">InvalidArgument; NotSupported for a proxy entry.</exception>
    public void Validate(NetNeighbor neighbor)
    {
        ArgumentNullException.ThrowIfNull(neighbor);
        var address = neighbor.IPAddress;
        if (neighbor.Proxy)
        {
            throw new NetworkException(
                NetworkErrorCode.NotSupported,
                $"The entry for {address} on '{neighbor.InterfaceAlias}' is a proxy entry, of which nothing can be "
                    + "changed. Remove it and make it again.",
                address.ToString());
        }

        var isManaged = Managed ?? neighbor.IsManaged;
        var problem = State is NeighborState.None or NeighborState.Incomplete or NeighborState.Failed
                ? $"The neighbour {address} cannot be made {State}: choose Permanent, Reachable, Stale, Delay, Probe "
                    + "or NoArp."
            : (State ?? (object?)LinkLayerAddress) is null ? null
            : isManaged ? $"The kernel finds the address and state of the neighbour {address} by itself, as it is "
                + "managed."
            : Use ? $"The kernel is to ask for the neighbour {address}, and so finds its address and state by itself."
            : null;
        problem ??= !isManaged && !Use && LinkLayerAddress is null
            && (neighbor.State == NeighborState.None || (neighbor.State & Unknown) != 0)
                ? $"The kernel does not know the address of the neighbour {address}, which is {neighbor.State}: say it."
            : Protocol == RouteProtocol.Unspecified
                ? $"The kernel notes another maker of the neighbour {address}, but not none." : null;
        if (problem is not null)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, problem, address.ToString());
    }

    /// <summary>Checks that an address is one of the link's kind.</summary>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    internal void Validate(NetNeighbor neighbor, NetLink link)
    {
        if (LinkLayerAddress is { } address && link.HardwareAddress is { } own && own.Length != address.Length)
        {
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"{address} cannot be the address of {neighbor.IPAddress} on '{link.Name}', whose own is {own}.",
                neighbor.IPAddress.ToString());
        }
    }

    /// <summary>Writes the request, with what stays as it is.</summary>
    internal NetlinkRequest ToRequest(NetNeighbor neighbor)
    {
        var flags = FlagChanges.Aggregate(neighbor.Flags & Kept, (all, change) => change.IsOn switch
        {
            null => all,
            true => all | change.Flag,
            false => all & ~change.Flag,
        }) | (Use ? NeighborFlags.Use : 0);
        var request = new NetlinkRequest(Rtm.NewNeigh, NetlinkFlags.Replace)
            .Header(new NdMsg
            {
                Family = (byte)neighbor.AddressFamily,
                Index = neighbor.InterfaceIndex,
                State = (ushort)(State ?? neighbor.State),
                Flags = (byte)flags,
            })
            .PutAddress(Nda.Dst, neighbor.IPAddress);
        if ((LinkLayerAddress ?? neighbor.LinkLayerAddress) is { } address)
            LinkLayerAddress.Write(request, Nda.LlAddr, address);
        if (Protocol is { } protocol)
            request.Put(Nda.Protocol, (byte)protocol);
        if ((uint)flags >> NetNeighbor.ExtendedShift is var extended and not 0)
            request.Put(Nda.FlagsExt, extended);
        return request;
    }

    /// <summary>What the kernel passed over of it.</summary>
    /// <param name="changed">The entry after the change.</param>
    internal IReadOnlyList<string> Unanswered(NetNeighbor changed)
    {
        var names = new List<string>();
        if (Managed is { } managed && managed != changed.IsManaged)
            names.Add("Managed (Linux 5.16)");
        if (Protocol is { } protocol && protocol != changed.Protocol)
            names.Add("Protocol (Linux 5.2)");
        return names;
    }
}
