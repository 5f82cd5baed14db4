using LxcNetworking.Addressing;
using LxcNetworking.Namespaces;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.Values;

namespace LxcNetworking.State.Kernel;

/// <summary>Reads and changes policy rules.</summary>
internal sealed class RuleItems : StateItems
{
    /// <inheritdoc/>
    public override IEnumerable<StateItem> Read(StateWorld world, string name, CancellationToken cancellation)
        => world.StackOf(name).Rules.List(null, cancellation).Select(rule => ItemOf(name, rule));

    /// <inheritdoc/>
    public override void Create(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
    {
        var stack = StackOf(home, step, cancellation);
        var item = step.After!;
        var spec = (RuleSpec)StateTables.Rule.Read(item.Values, _ => 0);
        var made = stack.Rules.Create(spec with { AddressFamily = RuleName.FamilyOf(item.Key.Name) }, cancellation);
        var there = ItemOf(item.Key.Namespace, made).Key;
        if (there == item.Key)
            return;
        // It would not be found again, neither to be removed nor to be put back.
        var failure = new NetworkException(
            NetworkErrorCode.KernelRefused,
            $"The {item.Key.Words} was made otherwise by the kernel: {there.Words}.",
            item.Key.Name);
        if (stack.Rules.Remove([made], CancellationToken.None)[0] is { } left)
            RollbackFailures.Add(failure, [$"It cannot be removed: {left.Message}"], left);
        throw failure;
    }

    /// <inheritdoc/>
    public override void Remove(
        NetworkStack home, StateStep step, string? document, CancellationToken cancellation)
    {
        var stack = StackOf(home, step, cancellation);
        var there = stack.Rules.List(RuleName.FamilyOf(step.Key.Name), cancellation)
            .FirstOrDefault(rule => ItemOf(step.Key.Namespace, rule).Key == step.Key);
        if (there is not null && stack.Rules.Remove([there], cancellation)[0] is { } refusal)
            throw refusal;
    }

    private static StateItem ItemOf(string name, NetRule rule)
    {
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        StateTables.Rule.Write(rule, values, _ => null);
        values.TryAdd("priority", "0");
        return new StateItem(new(StateSubject.Rule, name, RuleName.Of(rule.AddressFamily, values)))
        {
            Values = values,
            IsTransient = rule.Protocol == RouteProtocol.Kernel,
        };
    }
}
