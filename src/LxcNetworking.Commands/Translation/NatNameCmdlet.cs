using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Namespaces;
using LxcNetworking.Nat;

namespace LxcNetworking.Commands.Translation;

/// <summary>A cmdlet that works on what belongs to translations.</summary>
public abstract class NatNameCmdlet : StackCmdlet
{
    /// <summary>The translations that they belong to; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Name")]
    [ArgumentCompleter(typeof(NatCompleter))]
    [SupportsWildcards]
    [NameNotEmpty]
    [ObjectName]
    public string[]? NatName { get; set; }

    /// <summary>The translations' names that are meant; null if there are none.</summary>
    private protected IReadOnlyList<NamePattern>? NatNames => NamesIn(nameof(NatName), NatName);

    /// <summary>Reads the names of the translations that are meant. Those that are not there are non-terminating
    /// errors; a translation to which nothing belongs is no mistake.</summary>
    /// <param name="stack">Where.</param>
    /// <param name="more">Names that may be meant besides.</param>
    /// <returns>The names; null if all are meant.</returns>
    private protected IReadOnlyList<string>? SelectNames(NetworkStack stack, IEnumerable<string> more)
    {
        if (NatNames is not { } names)
            return null;
        // A name is taken before what a pattern matches.
        var nats = stack.Translation.List(Cancellation).Select(nat => nat.Name).Union(more).ToList();
        return NamePattern.Select(
            names,
            nats,
            nat => [nat],
            name => Try(() => stack.Translation.Get(name.Literal, Cancellation), name.Text));
    }
}
