using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Commands.Shared;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Namespaces;

/// <summary>A cmdlet that works on namespaces themselves, by name with wildcards or as they come down the
/// pipeline.</summary>
public abstract class NamespaceNameCmdlet : NetworkCmdlet
{
    /// <summary>The names.</summary>
    [Parameter(Position = 0)]
    [ArgumentCompleter(typeof(NamespaceCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ObjectName]
    public string[]? Name { get; set; }

    /// <inheritdoc/>
    private protected override bool Takes(PipelineRecord record) => record.IsNamespace;

    /// <summary>The namespace in the pipeline as it was when it was read; null if there is none.</summary>
    private protected NamespaceReference? Piped => Record?.Namespace;

    /// <summary>Reads the namespaces that are meant. Those that are not there are non-terminating errors.</summary>
    /// <param name="all">Wildcards and no name also mean unnamed namespaces.</param>
    /// <returns>The namespaces.</returns>
    protected IEnumerable<NetNamespace> Select(bool all = false)
    {
        if (Piped is { } piped)
        {
            RefuseChoice(name => name == nameof(Name));
            yield return ModuleStacks.Pool.Namespaces.Get(piped, Cancellation);
            yield break;
        }

        if (NamesIn(nameof(Name), Name) is not { } names)
        {
            foreach (var item in ModuleStacks.Pool.Namespaces.List(all, Cancellation))
                yield return item;
            yield break;
        }

        IReadOnlyList<NetNamespace>? list = null;
        foreach (var pattern in names)
        {
            if (Handles(pattern.IsLiteral ? pattern.Literal : pattern.Text))
                continue;
            if (!pattern.IsLiteral)
            {
                // What has no name is a part of everything only.
                list ??= ModuleStacks.Pool.Namespaces.List(all, Cancellation);
                foreach (var item in pattern.Select(list, item => NamesOf(item, pattern)))
                    yield return item;
                continue;
            }

            NetNamespace? found = null;
            var given = ObjectNameAttribute.ObjectOf(pattern.Text);
            Try(
                () => found = ModuleStacks.Pool.Namespaces.Get(
                    given is null ? new NamespaceReference(pattern.Literal) : new PipelineRecord(given).Namespace,
                    Cancellation),
                pattern.Text);
            if (found is not null)
                yield return found;
        }
    }

    private static IReadOnlyList<string> NamesOf(NetNamespace item, NamePattern pattern)
        => item.Name is { } name ? [name] : pattern.Text == "*" ? [string.Empty] : [];

    /// <summary>Deals with a name that may be no namespace's.</summary>
    /// <param name="name">The name, literally.</param>
    /// <returns>True if that was all that is to be done about it.</returns>
    protected virtual bool Handles(string name) => false;
}
