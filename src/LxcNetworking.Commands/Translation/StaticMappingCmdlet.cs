using System.Management.Automation;
using LxcNetworking.Commands.Common;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Namespaces;
using LxcNetworking.Nat;

namespace LxcNetworking.Commands.Translation;

/// <summary>A cmdlet that works on static mappings that are there, by number, by their translation, or as they come
/// down the pipeline.</summary>
public abstract class StaticMappingCmdlet : NatNameCmdlet
{
    /// <summary>The mappings' numbers.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(StaticMappingCompleter))]
    public ulong[]? StaticMappingID { get; set; }

    /// <summary>Reads the mappings that are meant. Those that are not there are non-terminating errors.</summary>
    /// <param name="stack">Where.</param>
    /// <returns>The mappings.</returns>
    protected IEnumerable<NetNatStaticMapping> Select(NetworkStack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        var there = stack.Translation.ListMappings(Cancellation);
        if (SelectNames(stack, there.Select(mapping => mapping.NatName)) is { } meant)
        {
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
