using System.Globalization;
using LxcNetworking.Namespaces;
using LxcNetworking.State.Apply;
using LxcNetworking.State.Plans;
using LxcNetworking.Values;

namespace LxcNetworking.State;

/// <summary>What users are told about declared state, whatever they use the library by.</summary>
public static class StateWords
{
    /// <summary>Says that a document was put back by another command than the one that has applied it.</summary>
    /// <param name="outcome">What <see cref="StateOperations.Recover"/> tells.</param>
    /// <returns>Sentences.</returns>
    public static string Of(NetStateOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        return (outcome.Result == NetStateResult.Killed
            ? $"A command that applied or removed the document '{outcome.Name}' was killed. "
            : $"The document '{outcome.Name}' was not confirmed in time. ")
            + (outcome.NotPutBack.Count == 0 ? "What it had done is put back."
                : $"What it had done is put back but for this. {string.Join(' ', outcome.NotPutBack)}");
    }

    /// <summary>Says that a document awaits confirmation.</summary>
    /// <param name="waiting">The document.</param>
    /// <param name="command">The command that confirms it.</param>
    /// <returns>Sentences.</returns>
    public static string Of(NetStateAwaiting waiting, string command)
    {
        ArgumentNullException.ThrowIfNull(waiting);
        var seconds = Math.Ceiling(waiting.Remaining.TotalSeconds);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"The document '{waiting.Name}' awaits confirmation. Unless {command} comes within "
                + $"{seconds} seconds, what was there before is put back.");
    }

    /// <summary>Says what a difference is about.</summary>
    /// <param name="difference">The difference.</param>
    /// <returns><c>link eth0 in namespace web</c>.</returns>
    public static string TargetOf(NetStateDifference difference)
    {
        ArgumentNullException.ThrowIfNull(difference);
        return difference.Target
            + (difference.Namespace.Length == 0 ? string.Empty : $" in namespace {difference.Namespace}");
    }

    /// <summary>Says what is done about a difference.</summary>
    /// <param name="difference">The difference.</param>
    /// <returns><c>Create</c>, <c>Change: mtu from 1500 to 1400</c>.</returns>
    public static string OperationOf(NetStateDifference difference)
    {
        ArgumentNullException.ThrowIfNull(difference);
        return difference.Action switch
        {
            NetStateAction.Pending => "Wait for the container",
            var action when difference.Property is null => action.ToString(),
            var action => $"{action}: {ChangeOf(difference)}",
        };
    }

    /// <summary>Says how a property is different.</summary>
    /// <param name="difference">The difference.</param>
    /// <returns><c>mtu from 1500 to 1400</c>; empty where the whole thing is different.</returns>
    public static string ChangeOf(NetStateDifference difference)
    {
        ArgumentNullException.ThrowIfNull(difference);
        return difference.Property is null ? string.Empty
            : $"{difference.Property} from {Text(difference.Actual)} to {Text(difference.Desired)}";
    }

    /// <summary>The error that no document awaits confirmation.</summary>
    /// <param name="stack">Where.</param>
    /// <returns>The error: ObjectNotFound.</returns>
    public static NetworkException NothingAwaits(NetworkStack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        return new(
            NetworkErrorCode.ObjectNotFound,
            $"No document awaits confirmation in namespace '{stack.Namespace}'.");
    }

    private static string Text(string? value) => string.IsNullOrEmpty(value) ? "nothing" : value;
}
