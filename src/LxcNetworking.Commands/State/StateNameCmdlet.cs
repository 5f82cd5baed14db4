using System.Collections;
using System.Globalization;
using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Namespaces;
using LxcNetworking.State;
using LxcNetworking.State.Apply;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.State;

/// <summary>A cmdlet that takes the names of documents that have been applied.</summary>
public abstract class StateNameCmdlet : StateCmdlet
{
    /// <summary>The documents' names; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(StateNameCompleter))]
    [SupportsWildcards]
    [NameNotEmpty]
    [ObjectName]
    public string[]? Name { get; set; }

    /// <summary>The names that are meant; null if there are none.</summary>
    private protected IReadOnlyList<NamePattern>? Names => NamesIn(nameof(Name), Name);

    /// <summary>The documents that names mean. Those that are not there are non-terminating errors.</summary>
    /// <param name="stack">Where.</param>
    /// <param name="names">The names.</param>
    private protected IReadOnlyList<string> Select(NetworkStack stack, IReadOnlyList<NamePattern> names)
        => NamePattern.Select(
            names,
            Known(stack),
            name => [name],
            name => Try(() => Missing(stack, name.Literal), name.Text));

    /// <summary>The names that there are.</summary>
    private protected virtual IReadOnlyList<string> Known(NetworkStack stack) => stack.State.ListNames();

    /// <summary>Says why one is not there.</summary>
    /// <exception cref="NetworkException">Always.</exception>
    private protected virtual void Missing(NetworkStack stack, string name)
        => stack.State.TestRemoval(name, null, Cancellation);
}

/// <summary>Offers the documents that have been applied, or that await confirmation, in the namespace already
/// typed.</summary>
public sealed class StateNameCompleter : LiveCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound)
    {
        var state = StackOf(bound).State;
        return StateDecisionCmdlet.Is(commandName)
            ? state.ListAwaiting().Select(waiting => (waiting.Name, Left(waiting)))
            : state.ListNames().Select(name => (name, string.Empty));
    }

    private static string Left(NetStateAwaiting waiting) => string.Create(
        CultureInfo.InvariantCulture, $"{Math.Ceiling(waiting.Remaining.TotalSeconds)} s");
}
