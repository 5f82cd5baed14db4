using LxcNetworking.Addressing;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Dhcp;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.Values;

namespace LxcNetworking.State.Kernel;

/// <summary>Asks DHCP servers for the leases of containers' links, and gives them back.</summary>
internal sealed class LeaseItems : StateItems
{
    /// <inheritdoc/>
    public override IEnumerable<StateItem> Read(StateWorld world, string name, CancellationToken cancellation)
        => world.StackOf(name).Containers.ListLeases(cancellation)
            .Select(lease => new StateItem(new(StateSubject.Lease, name, lease.InterfaceAlias)));

    /// <inheritdoc/>
    public override void Create(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
    {
        var stack = StackOf(home, step, cancellation);
        stack.Containers.RequestLease(
            stack.Links.Get(step.Key.Name, cancellation), cancellation: cancellation);
    }

    /// <inheritdoc/>
    public override void Remove(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
    {
        var stack = StackOf(home, step, cancellation);
        if (stack.Links.Find(step.Key.Name, LinkFilter.Bare, cancellation) is not { } link
            || stack.Containers.ListLeases(cancellation).FirstOrDefault(
                lease => lease.InterfaceAlias == step.Key.Name) is not { } lease)
            return;
        stack.Dhcp.Release(link);
        var address = stack.Addresses.ListOn(link, cancellation)
            .FirstOrDefault(address => address.Prefix.Equals(lease.IPAddress));
        if (address is not null && stack.Addresses.Remove([address], cancellation)[0] is { } refusal)
            throw refusal;
    }
}
