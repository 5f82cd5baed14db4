using System.Collections;
using LxcNetworking.Addressing;

namespace LxcNetworking.Commands.Completers;

/// <summary>Offers the routing tables that there always are, and those with routes in them.</summary>
public sealed class RouteTableCompleter : LiveCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound)
    {
        var tables = StackOf(bound).Routes.List(new RouteFilter { Table = RouteTable.All })
            .GroupBy(route => route.Table.ToString())
            .Select(group => (group.Key, $"{group.Count()} routes")).Append(("main", "no routes"))
            .Append(("local", "no routes")).Append(("default", "no routes"));
        // Something is made in one table, but read from all of them.
        return commandName?.StartsWith("New-", StringComparison.OrdinalIgnoreCase) == true
            ? tables
            : tables.Append(("all", "every table"));
    }
}

/// <summary>Offers the addresses of the namespace already typed.</summary>
public sealed class AddressCompleter : LiveCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound)
        => StackOf(bound).Addresses.List()
            .Select(address => (address.IPAddress.ToString(), $"{address} on {address.InterfaceAlias}"));
}

/// <summary>Offers the destinations of the routes of the namespace already typed.</summary>
public sealed class DestinationCompleter : LiveCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound)
        => StackOf(bound).Routes.List(
            new RouteFilter { Table = bound?["Table"] is null ? RouteTable.Main : RouteTable.All })
            .Select(route => (route.DestinationPrefix.ToString(), route.ToString()));
}

/// <summary>Offers the next-hop objects of the namespace already typed.</summary>
public sealed class NextHopCompleter : LiveCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound)
        => StackOf(bound).NextHops.List().Select(nextHop => ($"{nextHop.NextHopId}", nextHop.ToString()));
}

/// <summary>Offers the neighbours of the namespace already typed.</summary>
public sealed class NeighborCompleter : LiveCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound)
        => StackOf(bound).Neighbors.List()
            .Where(neighbor => neighbor.State is not (NeighborState.NoArp or NeighborState.None))
            .Select(neighbor => (neighbor.IPAddress.ToString(), neighbor.ToString()));
}
