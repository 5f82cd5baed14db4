using System.Globalization;
using LxcNetworking.Values;

namespace LxcNetworking.State.Documents;

/// <summary>What tells a rule from the others of its namespace: all that it has, but for who made it.</summary>
internal static class RuleName
{
    private static readonly string[] s_addresses = ["from", "to"];

    // What the kernel tells where nothing was said.
    private static readonly Dictionary<string, string> s_usual = new()
    {
        ["action"] = "\"Lookup\"",
        ["not"] = "false",
        ["vrf"] = "false",
        ["firewallMask"] = "4294967295",
        ["flowLabelMask"] = "1048575",
        ["dscpMask"] = "63",
        ["sourcePortMask"] = "65535",
        ["destinationPortMask"] = "65535",
    };

    /// <summary>The name.</summary>
    /// <param name="family">The rule's family.</param>
    /// <param name="values">What is said of it; what is usual is taken out.</param>
    public static string Of(IPFamily family, IDictionary<string, string> values)
    {
        foreach (var (name, usual) in s_usual)
        {
            if (values.TryGetValue(name, out var value) && value == usual)
                values.Remove(name);
        }

        // A mask alone is for the mark 0, which the kernel tells.
        if (values.ContainsKey("firewallMask"))
            values.TryAdd("firewallMark", "0");
        var said = values.Where(pair => pair.Key is not "protocol")
            .Select(pair => string.Create(CultureInfo.InvariantCulture, $" {pair.Key} {StateValue.Text(pair.Value)}"));
        return $"{family}{string.Concat(said)}";
    }

    /// <summary>The family that a name begins with.</summary>
    public static IPFamily FamilyOf(string name)
        => name.StartsWith("IPv6", StringComparison.Ordinal) ? IPFamily.IPv6 : IPFamily.IPv4;

    /// <summary>The family that a rule is of: as it is said, or as its addresses are; null for both, or
    /// none.</summary>
    public static IPFamily? FamilyOf(string? said, IReadOnlyDictionary<string, string> values)
    {
        var families = s_addresses.Where(values.ContainsKey)
            .Select(name => IP.FamilyOf(IPPrefix.Parse(StateValue.Text(values[name])).Address)).Distinct().ToList();
        IPFamily? told = said?.ToUpperInvariant() switch
        {
            null => families is [var only] ? only : families.Count == 0 ? IPFamily.IPv4 : null,
            "IPV4" => IPFamily.IPv4,
            "IPV6" => IPFamily.IPv6,
            _ => null,
        };
        return families.TrueForAll(family => family == told) ? told : null;
    }
}
