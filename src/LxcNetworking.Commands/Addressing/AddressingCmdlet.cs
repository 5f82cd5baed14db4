using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Addressing;

/// <summary>A cmdlet that reads or removes what interfaces carry: addresses, routes, neighbours.</summary>
public abstract class AddressingCmdlet : StackCmdlet
{
    /// <summary>Only those of these interfaces; wildcards are allowed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "Interface", "ifAlias")]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [SupportsWildcards]
    [ObjectName]
    public string[]? InterfaceAlias { get; set; }

    /// <summary>Only those of the interfaces with these indexes.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("ifIndex")]
    public int[]? InterfaceIndex { get; set; }

    /// <summary>Only IPv4 or IPv6.</summary>
    [Parameter]
    public IPFamily? AddressFamily { get; set; }

    /// <summary>The names that are meant; null if there are none.</summary>
    private protected IReadOnlyList<NamePattern>? Aliases => NamesIn(nameof(InterfaceAlias), InterfaceAlias);

    /// <summary>Finds the interfaces that are meant. A literal name that is not there is a non-terminating
    /// error.</summary>
    /// <param name="stack">Where.</param>
    /// <returns>Their indexes; null if no interface was named, which leaves it open.</returns>
    protected IReadOnlyCollection<int>? SelectInterfaces(NetworkStack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        var names = Aliases;
        return names is null && InterfaceIndex is not { Length: > 0 } ? null
            : FindLinks(stack, names, InterfaceIndex, new LinkFilter { SkipStatistics = true, SkipRelatives = true })
                .Select(link => link.Index).ToHashSet();
    }

    /// <summary>The addresses that a parameter means: what an object in the pipeline brought is one address.</summary>
    /// <param name="parameter">The parameter's name.</param>
    /// <param name="texts">Its values.</param>
    /// <param name="networks">A typed network picks out all its addresses.</param>
    /// <returns>The addresses; null if there are none.</returns>
    private protected IReadOnlyList<AddressPattern>? AddressesIn(
        string parameter, string[]? texts, bool networks = false)
        => texts is null ? null : [.. texts.Select(text => new AddressPattern(text, networks, IsPiped(parameter)))];
}
