using System.Collections;

namespace LxcNetworking.Commands.Completers;

/// <summary>Offers containers and named namespaces.</summary>
public sealed class ContainerCompleter : LiveCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound)
        => ContainerStore.List().Select(item => (item.ToString(), $"{item.State}, {string.Join(' ', item.IPv4)}"));
}

/// <summary>Offers the runtimes' names.</summary>
public sealed class RuntimeCompleter : LiveCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound)
        => ContainerStore.Runtimes.Select(name => (name, string.Empty));
}
