using System.Globalization;
using LxcNetworking.Namespaces;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;

namespace LxcNetworking.State.Kernel;

/// <summary>Reads and changes named namespaces.</summary>
internal sealed class NamespaceItems : StateItems
{
    /// <inheritdoc/>
    public override IEnumerable<StateItem> Read(StateWorld world, string name, CancellationToken cancellation)
        => name.Length == 0 ? []
            : [new StateItem(StateKey.Of(name))
            {
                Identity = world.StackOf(name).Cookie.ToString(CultureInfo.InvariantCulture),
            }];

    /// <inheritdoc/>
    public override void Create(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
        => home.Pool.Namespaces.Create(step.Key.Name, cancellation: cancellation);

    /// <inheritdoc/>
    public override void Remove(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
        => home.Pool.Namespaces.Remove(
            home.Pool.Namespaces.Get(new NamespaceReference(step.Key.Name), cancellation),
            force: false,
            cancellation);

    /// <inheritdoc/>
    public override void RemoveLeftover(NetworkStack home, StateKey key)
    {
        if (NamespaceStore.IsLeftover(key.Name))
            NamespaceStore.RemoveLeftover(key.Name);
    }
}
