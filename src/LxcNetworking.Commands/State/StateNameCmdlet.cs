using System.Collections;
using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Namespaces;
using LxcNetworking.State;

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
            stack.State.ListNames(),
            name => [name],
            name => Try(() => stack.State.TestRemoval(name.Literal, null, Cancellation), name.Text));
}

/// <summary>Offers the documents that have been applied in the namespace already typed.</summary>
public sealed class StateNameCompleter : LiveCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound)
        => StackOf(bound).State.ListNames().Select(name => (name, string.Empty));
}
