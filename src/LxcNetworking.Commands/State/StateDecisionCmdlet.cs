using LxcNetworking.Commands.Common;
using LxcNetworking.Namespaces;
using LxcNetworking.State;
using LxcNetworking.State.Apply;

namespace LxcNetworking.Commands.State;

/// <summary>A cmdlet that decides on documents that await confirmation; without names, on all of a namespace.</summary>
public abstract class StateDecisionCmdlet : StateNameCmdlet
{
    /// <inheritdoc/>
    private protected sealed override bool TellsWhatAwaits => false;

    /// <summary>Whether a cmdlet is one of these.</summary>
    internal static bool Is(string cmdlet) => cmdlet.StartsWith("Confirm-", StringComparison.OrdinalIgnoreCase)
        || cmdlet.StartsWith("Restore-", StringComparison.OrdinalIgnoreCase);

    /// <summary>What is done, for the question.</summary>
    private protected abstract string Action { get; }

    /// <inheritdoc/>
    protected override void ProcessItem()
    {
        var stack = Stack;
        Recover(stack);
        var names = Names is { } patterns ? Select(stack, patterns) : Known(stack);
        if (Names is null && names.Count == 0)
            throw StateWords.NothingAwaits(stack);
        foreach (var name in InOrder(names, Known(stack)))
        {
            Try(
                () =>
                {
                    if (ShouldProcess($"document {name} in namespace {stack.Namespace}", Action))
                        WriteObject(Decide(stack, name), enumerateCollection: true);
                },
                name);
        }
    }

    /// <summary>The names in the order in which they can be decided on.</summary>
    /// <param name="names">The names.</param>
    /// <param name="known">All that await confirmation, in the order in which they were applied.</param>
    private protected abstract IEnumerable<string> InOrder(IReadOnlyList<string> names, IReadOnlyList<string> known);

    /// <summary>Decides on one.</summary>
    private protected abstract IReadOnlyList<NetStateOutcome> Decide(NetworkStack stack, string name);

    /// <inheritdoc/>
    private protected sealed override IReadOnlyList<string> Known(NetworkStack stack)
        => [.. stack.State.ListAwaiting().Select(waiting => waiting.Name)];

    /// <inheritdoc/>
    private protected sealed override void Missing(NetworkStack stack, string name)
        => stack.State.CheckAwaiting(name, Cancellation);
}
