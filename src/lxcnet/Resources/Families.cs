using System.Text.Json.Nodes;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Text;
using LxcNetworking.Values;

namespace LxcNetworking.Program.Resources;

/// <summary>The address family as the users of NetworkingDsc say it beside an address.</summary>
internal static class Families
{
    /// <summary>Its name.</summary>
    public const string Property = "addressFamily";

    /// <summary>Its schema.</summary>
    public static JsonObject Schema()
        => new() { ["type"] = "string", ["enum"] = new JsonArray(nameof(IPFamily.IPv4), nameof(IPFamily.IPv6)) };

    /// <summary>A family as a property.</summary>
    public static StateEntry Entry(IPFamily family)
        => new(Property, default, StateNode.OfText(family.ToString()));

    /// <summary>Takes the family out of what is said, where it is that of an address.</summary>
    /// <param name="entries">What is said.</param>
    /// <param name="address">The property with the address or prefix.</param>
    /// <param name="problems">Where a mistake is put.</param>
    public static void Take(List<StateEntry> entries, string address, ICollection<StateProblem> problems)
    {
        var at = entries.FindIndex(entry => entry.Name.Equals(Property, StringComparison.OrdinalIgnoreCase));
        if (at < 0)
            return;
        var said = entries[at];
        entries.RemoveAt(at);
        var text = entries.Where(entry => entry.Name.Equals(address, StringComparison.OrdinalIgnoreCase))
            .Select(entry => DocumentObject.TextOf(entry.Value)).FirstOrDefault();
        if (text is null || !IPPrefix.TryParse(text, out var prefix, out _))
            return;
        var family = IP.FamilyOf(prefix.Address).ToString();
        if (!DocumentObject.Is(said.Value, family))
        {
            problems.Add(new StateProblem(
                $"is not the family of '{address}', which is {family}", said.Name, said.Place));
        }
    }
}
