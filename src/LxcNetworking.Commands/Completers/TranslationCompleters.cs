using System.Collections;
using LxcNetworking.Nat;

namespace LxcNetworking.Commands.Completers;

/// <summary>Offers the translations of the namespace already typed.</summary>
public sealed class NatCompleter : LiveCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound)
        => StackOf(bound).Translation.List()
            .Select(
                nat => (nat.Name, $"{nat.InternalIPInterfaceAddressPrefix}, {nat.StaticMappingCount} static mappings"));
}

/// <summary>Offers the static mappings of the namespace already typed, each with what it maps.</summary>
public sealed class StaticMappingCompleter : LiveCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<(string Name, string ToolTip)> Names(string commandName, IDictionary bound)
        => StackOf(bound).Translation.ListMappings()
            .Select(
                mapping => (
                    mapping.StaticMappingID.ToString(System.Globalization.CultureInfo.InvariantCulture),
                    $"{mapping.NatName}: {mapping}"));
}
