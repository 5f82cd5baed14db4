using System.Diagnostics;
using System.Globalization;
using LxcNetworking.Namespaces;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.Values;

namespace LxcNetworking.State.Kernel;

/// <summary>Reads and changes named namespaces.</summary>
internal sealed class NamespaceItems : StateItems
{
    private static readonly TimeSpan s_ending = TimeSpan.FromSeconds(1), s_pause = TimeSpan.FromMilliseconds(20);

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

    // A process that was killed has given its locks back some time before it leaves its namespaces.
    /// <inheritdoc/>
    public override void Remove(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
    {
        for (var watch = Stopwatch.StartNew(); ; cancellation.WaitHandle.WaitOne(s_pause))
        {
            try
            {
                home.Pool.Namespaces.Remove(
                    home.Pool.Namespaces.Get(new NamespaceReference(step.Key.Name), cancellation),
                    force: false,
                    cancellation);
                return;
            }
            catch (NetworkException e) when (e.Code == NetworkErrorCode.NamespaceInUse && watch.Elapsed < s_ending)
            {
            }
        }
    }

    /// <inheritdoc/>
    public override void RemoveLeftover(NetworkStack home, StateKey key)
    {
        if (NamespaceStore.IsLeftover(key.Name))
            NamespaceStore.RemoveLeftover(key.Name);
    }
}
