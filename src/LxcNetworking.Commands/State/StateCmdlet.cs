using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Namespaces;
using LxcNetworking.State;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;

namespace LxcNetworking.Commands.State;

/// <summary>A cmdlet about what documents say and have made.</summary>
public abstract class StateCmdlet : StackCmdlet
{
    // The documents that were told of in this pipeline.
    private readonly HashSet<(ulong Cookie, string Name)> _told = [];

    /// <summary>Puts back what commands that were killed left undone and what nobody has confirmed in time, and says
    /// so. Whoever only asks what would be done changes nothing.</summary>
    /// <param name="stack">Where.</param>
    protected void Recover(NetworkStack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        if (WhatIf)
            return;
        foreach (var outcome in stack.State.Recover(Cancellation))
            WriteWarning(StateWords.Of(outcome));
        if (TellsWhatAwaits)
            WarnOfConfirmation(stack);
    }

    /// <summary>Whether it says what awaits confirmation; one that is refused because of that, or decides on it, need
    /// not.</summary>
    private protected virtual bool TellsWhatAwaits => true;

    /// <summary>Says what awaits confirmation.</summary>
    /// <param name="stack">Where.</param>
    /// <param name="name">Which document; null for all that have not been told of.</param>
    private protected void WarnOfConfirmation(NetworkStack stack, string? name = null)
    {
        foreach (var waiting in stack.State.ListAwaiting())
        {
            if (name is null ? !_told.Add((stack.Cookie, waiting.Name)) : waiting.Name != name)
                continue;
            _told.Add((stack.Cookie, waiting.Name));
            WriteWarning(StateWords.Of(waiting, "Confirm-NetState"));
        }
    }

    /// <summary>All that is in a namespace; of the session's own, and in all that have names.</summary>
    private protected StateDocument ReadAll(NetworkStack stack)
        => NamespaceIn(Namespace) is null ? stack.State.ReadAll(Cancellation) : stack.State.Read(null, Cancellation);

    /// <summary>Asks whether it may be done: of a plan that is only to be shown, a line for each difference.</summary>
    /// <param name="name">The document's name.</param>
    /// <param name="stack">Where.</param>
    /// <param name="action">What is done with the document.</param>
    /// <param name="plan">Finds out what is different.</param>
    /// <returns>True to do it.</returns>
    private protected bool ShouldDo(
        string name, NetworkStack stack, string action, Func<IReadOnlyList<NetStateDifference>> plan)
    {
        if (WhatIf)
        {
            foreach (var difference in plan())
                _ = ShouldProcess(StateWords.TargetOf(difference), StateWords.OperationOf(difference));
            return false;
        }

        var target = $"document {name} in namespace {stack.Namespace}";
        if (!Asks)
            return ShouldProcess(target, action);
        var lines = plan()
            .Select(difference => $"{StateWords.OperationOf(difference)}: {StateWords.TargetOf(difference)}").ToList();
        if (lines.Count == 0)
            return true;
        var description = $"{action}: {target}\n{string.Join('\n', lines)}";
        return ShouldProcess(description, description + "\nContinue?", action);
    }

    /// <summary>Shows how far it is, where it takes longer than a second.</summary>
    private protected StateProgress Progress(string activity) => new(WriteProgress, activity);

    private bool Asks => MyInvocation.BoundParameters.TryGetValue("Confirm", out var value)
        ? (SwitchParameter)value
        : GetVariableValue("ConfirmPreference") is { } preference
            && LanguagePrimitives.TryConvertTo<
                ConfirmImpact>(preference, out var impact)
            && impact is ConfirmImpact.Low
                or ConfirmImpact.Medium;
}
