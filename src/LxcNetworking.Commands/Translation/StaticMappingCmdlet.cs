using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Namespaces;
using LxcNetworking.Nat;

namespace LxcNetworking.Commands.Translation;

/// <summary>A cmdlet that works on static mappings that are there, by number, by their translation, or as they come
/// down the pipeline.</summary>
public abstract class StaticMappingCmdlet : StackCmdlet
{
    /// <summary>The translations that they belong to; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Name")]
    [ArgumentCompleter(typeof(NatCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ObjectName]
    public string[]? NatName { get; set; }

    /// <summary>The mappings' numbers.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(StaticMappingCompleter))]
    public ulong[]? StaticMappingID { get; set; }

    /// <summary>The translations' names that are meant; null if there are none.</summary>
    private protected IReadOnlyList<NamePattern>? NatNames => NamesIn(nameof(NatName), NatName);

    /// <summary>Reads the mappings that are meant. Those that are not there are non-terminating errors.</summary>
    /// <param name="stack">Where.</param>
    /// <returns>The mappings.</returns>
    protected IEnumerable<NetNatStaticMapping> Select(NetworkStack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        var there = stack.Translation.ListMappings(Cancellation);
        if (NatNames is { } names)
        {
            // A translation without mappings is no mistake, and its name is taken before what a pattern matches.
            var nats = stack.Translation.List(Cancellation).Select(nat => nat.Name)
                .Union(there.Select(mapping => mapping.NatName)).ToList();
            var meant = NamePattern.Select(
                names,
                nats,
                nat => [nat],
                name => Try(() => stack.Translation.Get(name.Literal, Cancellation), name.Text));
            if (meant.Count == 0)
                yield break;
            there = [.. there.Where(mapping => meant.Contains(mapping.NatName))];
        }

        if (StaticMappingID is null)
        {
            foreach (var mapping in there)
                yield return mapping;
            yield break;
        }

        foreach (var id in StaticMappingID.Distinct())
        {
            if (there.FirstOrDefault(mapping => mapping.StaticMappingID == id) is { } found)
                yield return found;
            else
                WriteError(ErrorOf(stack.Translation.MappingNotFound(id), id));
        }
    }
}
