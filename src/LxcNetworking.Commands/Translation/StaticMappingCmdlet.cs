using System.Management.Automation;
using LxcNetworking.Commands.Completers;

namespace LxcNetworking.Commands;

/// <summary>A cmdlet that works on static mappings that are there, by number, by their translation, or as they come down the pipeline.</summary>
public abstract class StaticMappingCmdlet : StackCmdlet
{
    private string[]? _commandLineName;

    /// <summary>The translations that they belong to; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Name")]
    [ArgumentCompleter(typeof(NatCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? NatName { get; set; }

    /// <summary>The mappings' numbers.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(StaticMappingCompleter))]
    public ulong[]? StaticMappingID { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => _commandLineName = NatName;

    /// <inheritdoc/>
    protected override void ForgetPipelineNames() => NatName = _commandLineName;

    /// <summary>Reads the mappings that are meant. Those that are not there are non-terminating errors.</summary>
    /// <param name="stack">Where.</param>
    /// <returns>The mappings.</returns>
    protected IEnumerable<NetNatStaticMapping> Select(NetworkStack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        var there = stack.Translation.ListMappings(Cancellation);
        if (NatName is not null)
        {
            // A translation without mappings is no mistake.
            var patterns = NatName.Select(name => new NamePattern(name)).Where(pattern => !pattern.IsLiteral || there.Any(mapping => pattern.IsMatch(mapping.NatName))
                || Try(() => stack.Translation.Get(pattern.Literal, Cancellation), pattern.Text)).ToList();
            if (patterns.Count == 0)
                yield break;
            there = [.. there.Where(mapping => patterns.Exists(pattern => pattern.IsMatch(mapping.NatName)))];
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
