using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Namespaces;
using LxcNetworking.Nat;

namespace LxcNetworking.Commands.Translation;

/// <summary>A cmdlet that works on translations that are there, by name with wildcards or as they come down the
/// pipeline.</summary>
public abstract class NatCmdlet : StackCmdlet
{
    /// <summary>The translations' names; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(NatCompleter))]
    [SupportsWildcards]
    [NameNotEmpty]
    [ObjectName]
    public string[]? Name { get; set; }

    /// <summary>The names that are meant; null if there are none.</summary>
    private protected IReadOnlyList<NamePattern>? Names => NamesIn(nameof(Name), Name);

    /// <summary>Reads the translations that are meant. Those that are not there are non-terminating errors.</summary>
    /// <param name="stack">Where.</param>
    /// <returns>The translations.</returns>
    protected IEnumerable<NetNat> Select(NetworkStack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        return NamePattern.Select(
            Names, stack.Translation.List(Cancellation), nat => [nat.Name], name => Try(
                () => stack.Translation.Get(name.Literal, Cancellation), name.Text));
    }
}
