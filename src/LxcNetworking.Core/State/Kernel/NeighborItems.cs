using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.State.Documents;
using LxcNetworking.Values;

namespace LxcNetworking.State.Kernel;

/// <summary>Reads and changes neighbour entries that stay.</summary>
internal static class NeighborItems
{
    /// <summary>A namespace's neighbour entries, without those that the kernel found by itself.</summary>
    public static IEnumerable<StateItem> Read(NetworkStack stack, string name, CancellationToken cancellation)
        => stack.Neighbors.List(null, false, cancellation)
            // The one of a link that leads to one host alone has no address, and none can be said.
            .Where(neighbor => neighbor.State == NeighborState.Permanent && !IP.IsAny(neighbor.IPAddress))
            .Select(neighbor => ItemOf(name, neighbor));

    /// <summary>Makes an entry, or makes one that is there as it is to be.</summary>
    public static void Put(NetworkStack home, StateItem item, bool replace, CancellationToken cancellation)
    {
        var stack = StateWorld.StackOf(home, item.Key.Namespace, cancellation);
        var name = NeighborName.Parse(item.Key.Name);
        var entry = (NeighborEntry)StateTables.Neighbor.Read(item.Values, _ => 0);
        stack.Neighbors.Create(
            stack.Links.Get(name.Link, cancellation),
            new NeighborSpec(name.Address)
            {
                LinkLayerAddress = entry.LinkLayerAddress,
                Router = entry.Router == true,
                ExternallyLearned = entry.ExternallyLearned == true,
                Protocol = entry.Protocol ?? RouteProtocol.LxcNetworking,
            },
            replace,
            cancellation);
    }

    /// <summary>Removes an entry.</summary>
    public static void Remove(NetworkStack home, StateItem item, CancellationToken cancellation)
    {
        var stack = StateWorld.StackOf(home, item.Key.Namespace, cancellation);
        var name = NeighborName.Parse(item.Key.Name);
        var there = stack.Neighbors.List(null, false, cancellation)
            .FirstOrDefault(entry => entry.InterfaceAlias == name.Link && entry.IPAddress.Equals(name.Address));
        if (there is not null && stack.Neighbors.Remove([there], cancellation)[0] is { } refusal)
            throw refusal;
    }

    private static StateItem ItemOf(string name, NetNeighbor neighbor)
    {
        var item = new StateItem(new NeighborName(neighbor.InterfaceAlias, neighbor.IPAddress).In(name));
        StateTables.Neighbor.Write(
            new NeighborEntry
            {
                LinkLayerAddress = neighbor.LinkLayerAddress,
                Router = neighbor.IsRouter,
                ExternallyLearned = neighbor.IsExternallyLearned,
                Protocol = neighbor.Protocol ?? RouteProtocol.Unspecified,
            },
            item.Values,
            _ => null);
        return item;
    }
}
