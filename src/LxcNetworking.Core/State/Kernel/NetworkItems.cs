using System.Globalization;
using LxcNetworking.Containers.Networks;
using LxcNetworking.Namespaces;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.Values;

namespace LxcNetworking.State.Kernel;

/// <summary>Reads and changes container networks.</summary>
internal sealed class NetworkItems : StateItems
{
    /// <inheritdoc/>
    public override IEnumerable<StateItem> Read(StateWorld world, string name, CancellationToken cancellation)
        => world.StackOf(name).ContainerNetworks.List(null, cancellation).Select(network
            => new StateItem(new(StateSubject.Network, name, network.Name))
            {
                Values = NetworkSection.ValuesOf(network.Spec),
                Identity = string.Create(
                    CultureInfo.InvariantCulture, $"{network.Namespace.Cookie}/{network.InterfaceIndex}"),
            });

    /// <summary>Marks what was made for networks, and comes and goes with them.</summary>
    /// <param name="world">The namespaces that are looked at.</param>
    /// <param name="name">The namespace's name there.</param>
    /// <param name="items">What is there.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public static void Claim(
        StateWorld world, string name, Dictionary<StateKey, StateItem> items, CancellationToken cancellation)
    {
        var own = world.StackOf(name).ContainerNetworks.Belongings(cancellation);
        bool IsOwn(StateKey key) => key.Namespace == name && key.Subject switch
        {
            StateSubject.Link => own.Bridges.Contains(key.Name),
            StateSubject.Address => own.Bridges.Contains(AddressName.Parse(key.Name).Link),
            StateSubject.Nat => own.Nats.Contains(key.Name),
            _ => false,
        };
        foreach (var item in items.Values.Where(item => IsOwn(item.Key)).ToList())
            items[item.Key] = item with { IsTransient = true };
    }

    /// <inheritdoc/>
    public override void Create(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
        => StackOf(home, step, cancellation).ContainerNetworks.Create(
            NetworkSection.SpecOf(step.Key.Name, step.After!.Values), null, cancellation);

    /// <inheritdoc/>
    public override void Change(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
    {
        var networks = StackOf(home, step, cancellation).ContainerNetworks;
        var values = networks.Find(step.Key.Name, cancellation) is { } there
            ? NetworkSection.ValuesOf(there.Spec) : new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var property in step.Properties)
        {
            if (step.After!.Values.TryGetValue(property, out var value))
                values[property] = value;
            else
                values.Remove(property);
        }

        networks.Create(NetworkSection.SpecOf(step.Key.Name, values), null, cancellation);
    }

    // On the way back ports of others may have come to it, which would keep it there.
    /// <inheritdoc/>
    public override void Remove(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
        => Remove(StackOf(home, step, cancellation), step.Key.Name, force: document is null, cancellation);

    /// <inheritdoc/>
    public override void RemoveLeftover(NetworkStack home, StateKey key)
    {
        if (new StateWorld(home, [key.Namespace], CancellationToken.None).Stacks.Any())
            Remove(StateWorld.StackOf(home, key.Namespace, default), key.Name, force: true, default);
    }

    // Also one of which not all was made.
    private static void Remove(NetworkStack stack, string name, bool force, CancellationToken cancellation)
    {
        try
        {
            stack.ContainerNetworks.Remove(name, force, cancellation);
        }
        catch (NetworkException e) when (e.Code == NetworkErrorCode.ObjectNotFound)
        {
            // It is gone already.
        }
    }
}
