using System.Collections;
using System.Management.Automation;
using LxcNetworking.Bridges;
using LxcNetworking.Commands.Shared;
using LxcNetworking.Containers.Connections;
using LxcNetworking.Containers.Networks;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;

namespace LxcNetworking.Commands.Completers;

/// <summary>Offers containers and named namespaces.</summary>
public sealed class ContainerCompleter : LiveCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound)
        => new ContainerStore(ModuleStacks.Pool).List(timeout: Timeout)
            .Select(item => (item.ToString(), $"{item.State}, {string.Join(' ', item.IPv4)}"));

    /// <inheritdoc/>
    protected override bool IsMeant(WildcardPattern pattern, string name) => IsContainerMeant(pattern, name);
}

/// <summary>Offers the runtimes' names.</summary>
public sealed class RuntimeCompleter : LiveCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound)
        => ContainerStore.Runtimes.Select(name => (name, string.Empty));
}

/// <summary>Offers interface names of the namespace that containers are connected to.</summary>
public class HostInterfaceCompleter : LiveCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound)
        => StackOf(bound, "HostNamespace").Links.List(new LinkFilter { SkipStatistics = true }).Where(IsOffered)
            .Select(Describe);

    /// <summary>Leaves links out.</summary>
    /// <param name="link">A link.</param>
    /// <returns>True to offer it.</returns>
    protected virtual bool IsOffered(NetLink link) => link?.Kind != "loopback";
}

/// <summary>Offers bridges of the namespace that containers are connected to.</summary>
public sealed class HostBridgeCompleter : HostInterfaceCompleter
{
    /// <inheritdoc/>
    protected override bool IsOffered(NetLink link) => link is BridgeLink;
}

/// <summary>Offers interface names of the container already typed.</summary>
public sealed class ContainerInterfaceCompleter : LiveCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound)
    {
        ArgumentNullException.ThrowIfNull(bound);
        if (bound["Container"]?.ToString() is not { } text)
            return [];
        using var stop = new CancellationTokenSource(Timeout);
        var containers = ModuleStacks.Pool.Get(cancellation: stop.Token).Containers;
        return containers.StackOf(new ContainerReference(text), stop.Token)
            .Links.List(new LinkFilter { SkipStatistics = true }, stop.Token)
            .Where(link => link.Kind != "loopback").Select(Describe);
    }
}

/// <summary>Offers the container networks of the namespace already typed.</summary>
public sealed class ContainerNetworkCompleter : LiveCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound)
        => StackOf(bound).ContainerNetworks.List().Select(network => (network.Name, string.Join(' ', network.Subnet)));
}
