using System.Management.Automation;
using LxcNetworking.Commands.Completers;

namespace LxcNetworking.Commands;

/// <summary>A cmdlet that works on translations that are there, by name with wildcards or as they come down the pipeline.</summary>
public abstract class NatCmdlet : StackCmdlet
{
    private string[]? _commandLineName;

    /// <summary>The translations' names; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(NatCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[]? Name { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => _commandLineName = Name;

    /// <inheritdoc/>
    protected override void ForgetPipelineNames() => Name = _commandLineName;

    /// <summary>Reads the translations that are meant. Those that are not there are non-terminating errors.</summary>
    /// <param name="stack">Where.</param>
    /// <returns>The translations.</returns>
    protected IEnumerable<NetNat> Select(NetworkStack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        var there = stack.Translation.List(Cancellation);
        var seen = new HashSet<NetNat>();
        foreach (var pattern in (Name ?? ["*"]).Select(name => new NamePattern(name)))
        {
            var found = there.Where(nat => pattern.IsMatch(nat.Name)).ToList();
            if (found.Count == 0 && pattern.IsLiteral)
                Try(() => stack.Translation.Get(pattern.Literal, Cancellation), pattern.Text);
            foreach (var nat in found.Where(seen.Add))
                yield return nat;
        }
    }
}
