using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Events;

/// <summary>Links by their indexes.</summary>
internal sealed class LinkEvents(
    NetworkStack stack, Action<NetEvent>? tell) : EventTable<int, NetLink>(NetEventType.Link, stack, tell)
{
    // How well the link works, which is the state's to tell.
    private const LinkFlags Working = LinkFlags.Running | LinkFlags.LowerUp | LinkFlags.Dormant;

    /// <summary>The names of the links that are there.</summary>
    public Dictionary<int, string> Names { get; } = [];

    /// <summary>The link as it was told last, or null.</summary>
    public NetLink? Find(int index) => Items.GetValueOrDefault(index);

    /// <inheritdoc/>
    public override Action<bool> Read(CancellationToken cancellation)
    {
        var commit = base.Read(cancellation);
        return isTold =>
        {
            commit(isTold);
            Names.Clear();
            foreach (var link in Items.Values)
                Names[link.Index] = link.Name;
        };
    }

    /// <inheritdoc/>
    public override void Put(NetLink item, bool isReplacement = false)
    {
        Names[item.Index] = item.Name;
        base.Put(item, isReplacement);
    }

    /// <inheritdoc/>
    public override void Drop(NetLink item)
    {
        // The last notification says less than the ones before: the link has no parent any more, for one.
        base.Drop(Find(item.Index) ?? item);
        Names.Remove(item.Index);
    }

    protected override IReadOnlyList<NetLink> List(CancellationToken cancellation)
        => Stack.Links.List(cancellation: cancellation);

    protected override int KeyOf(NetLink item) => item.Index;

    protected override (string? Alias, int Index, string Subject) Describe(NetLink item)
        => (item.Name, item.Index, item.Name);

    protected override IReadOnlyList<string> Compare(NetLink before, NetLink now)
    {
        var changes = new EventChanges().Add("Name", before.Name, now.Name).Add("IsUp", before.IsUp, now.IsUp)
            .Add("State", before.State, now.State)
            .Add("Mtu", before.Mtu, now.Mtu).Add("MacAddress", before.MacAddress, now.MacAddress)
            .Add("Group", before.Group, now.Group).Add("Alias", before.Alias, now.Alias);
        // Another name is the other link's event.
        if (before.MasterIndex != now.MasterIndex)
            changes.Add("Master", before.Master, now.Master);
        // Of a pair, the end that is made first and the one that is removed last know of no other one.
        if (before.ParentIndex != 0 && now.ParentIndex != 0
            && (before.ParentIndex, before.Data.ParentNamespaceId) != (now.ParentIndex, now.Data.ParentNamespaceId))
            changes.Add("Parent", before.Parent, now.Parent);
        var others = (before.Flags ^ now.Flags) & ~(Working | LinkFlags.Up);
        foreach (var flag in Enum.GetValues<LinkFlags>().Where(flag => flag != LinkFlags.None && (others & flag) != 0))
            changes.Add(flag.ToString(), (before.Flags & flag) != 0, (now.Flags & flag) != 0);
        return changes.AddDifferences(before.Details, now.Details).List;
    }
}

/// <summary>Addresses by interface, address, prefix length and peer.</summary>
internal sealed class AddressEvents(NetworkStack stack, Action<NetEvent>? tell)
    : EventTable<(int Index, IPPrefix Prefix, IPAddress? Peer), NetIPAddress>(NetEventType.Address, stack, tell)
{
    // What AddressState and the lifetimes tell.
    private const AddressFlags Progress
        = AddressFlags.Tentative | AddressFlags.Optimistic | AddressFlags.DuplicateFound | AddressFlags.Deprecated
            | AddressFlags.Permanent;

    protected override IReadOnlyList<NetIPAddress> List(CancellationToken cancellation)
        => Stack.Addresses.List(cancellation: cancellation);

    protected override (int Index, IPPrefix Prefix, IPAddress? Peer) KeyOf(NetIPAddress item)
        => (item.InterfaceIndex, item.Prefix, item.PeerAddress);

    protected override (string? Alias, int Index, string Subject) Describe(NetIPAddress item)
        => (item.InterfaceAlias, item.InterfaceIndex, item.ToString());

    // Routers' announcements set lifetimes anew all the time; whether there is an end is what matters.
    protected override IReadOnlyList<string> Compare(NetIPAddress before, NetIPAddress now) => new EventChanges()
        .Add("AddressState", before.AddressState, now.AddressState)
        .Add("Flags", before.Flags & ~Progress, now.Flags & ~Progress)
        .Add("ValidLifetime", Ends(before.ValidLifetime), Ends(now.ValidLifetime))
        .Add("PreferredLifetime", Ends(before.PreferredLifetime), Ends(now.PreferredLifetime)).List;

    private static string Ends(TimeSpan lifetime) => lifetime == TimeSpan.MaxValue ? "unlimited" : "limited";
}

/// <summary>Neighbours by interface and address.</summary>
internal sealed class NeighborEvents(NetworkStack stack, Action<NetEvent>? tell)
    : EventTable<(int Index, IPAddress Address), NetNeighbor>(NetEventType.Neighbor, stack, tell)
{
    /// <summary>Tells whether the kernel tells of such an entry's coming as well as of its going.</summary>
    public static bool IsTold(NetNeighbor item) => !item.Proxy && !IP.IsMulticast(item.IPAddress);

    protected override IReadOnlyList<NetNeighbor> List(CancellationToken cancellation)
        => [.. Stack.Neighbors.List(cancellation: cancellation).Where(IsTold)];

    protected override (int Index, IPAddress Address) KeyOf(NetNeighbor item) => (item.InterfaceIndex, item.IPAddress);

    protected override (string? Alias, int Index, string Subject) Describe(NetNeighbor item)
        => (item.InterfaceAlias, item.InterfaceIndex, item.IPAddress.ToString());

    protected override IReadOnlyList<string> Compare(NetNeighbor before, NetNeighbor now) => new EventChanges()
        .Add("State", before.State, now.State)
        .Add("LinkLayerAddress", before.LinkLayerAddress, now.LinkLayerAddress).List;
}
