using LxcNetworking.Addressing;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.Values;

namespace LxcNetworking.State.Kernel;

/// <summary>Reads and changes neighbour entries that stay.</summary>
internal sealed class NeighborItems : StateItems
{
    // Without those that the kernel found by itself.
    /// <inheritdoc/>
    public override IEnumerable<StateItem> Read(StateWorld world, string name, CancellationToken cancellation)
        => world.StackOf(name).Neighbors.List(
                new AddressFilter { KnownNames = world.LinkNamesOf(name, cancellation) }, false, cancellation)
            // The one of a link that leads to one host alone has no address, and none can be said.
            .Where(neighbor => neighbor.State == NeighborState.Permanent && !IP.IsAny(neighbor.IPAddress))
            .Select(neighbor => ItemOf(name, neighbor));

    /// <inheritdoc/>
    public override void Create(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
        => Put(home, step, replace: false, cancellation);

    /// <inheritdoc/>
    public override void Change(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
        => Put(home, step, replace: true, cancellation);

    private static void Put(NetworkStack home, StateStep step, bool replace, CancellationToken cancellation)
    {
        var stack = StackOf(home, step, cancellation);
        var item = step.After!;
        var name = NeighborName.Parse(item.Key.Name);
        var entry = (NeighborEntry)StateTables.Neighbor.Read(item.Values, _ => 0);
        stack.Neighbors.Create(
            LinkOf(stack, name.Link, cancellation),
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

    /// <inheritdoc/>
    public override void Remove(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
    {
        var stack = StackOf(home, step, cancellation);
        var name = NeighborName.Parse(step.Key.Name);
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
