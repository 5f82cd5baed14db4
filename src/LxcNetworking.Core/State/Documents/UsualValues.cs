using System.Globalization;
using System.Text.Json;

namespace LxcNetworking.State.Documents;

/// <summary>
/// What a new link of a kind has where nothing is said (a test compares it with kernels). It is left out
/// of exports and of the messages that make links: some kernels refuse what they have no support for even where it says
/// what is so anyway.
/// </summary>
internal static class UsualValues
{
    /// <summary>Stands for the kind of the link that every namespace has.</summary>
    public const string Loopback = "loopback";

    private const string Port = StateTables.BridgePort + ".";

    private static readonly Lazy<Dictionary<string, Dictionary<string, string>>> s_all = new(Read);

    /// <summary>Whether a link of a kind has a value without being told.</summary>
    public static bool Has(string? kind, string property, string value)
        => Of(kind, property) == value;

    /// <summary>What a link of a kind has without being told; null where that is not known.</summary>
    public static string? Of(string? kind, string property)
        => property.StartsWith(Port, StringComparison.Ordinal)
            ? s_all.Value["bridge port"].GetValueOrDefault(property[Port.Length..])
            : s_all.Value.GetValueOrDefault(kind ?? string.Empty)?.GetValueOrDefault(property);

    /// <summary>The link <c>lo</c> of a namespace that is made.</summary>
    public static StateItem NewLoopback(string inNamespace) => new(StateKey.Link(inNamespace, "lo"))
    {
        IsTransient = true,
        Values = new SortedDictionary<string, string>(s_all.Value[Loopback], StringComparer.Ordinal),
    };

    /// <summary>Whether a value of a link follows from its others, so that it is neither exported nor sent.</summary>
    public static bool IsImplied(StateItem link, string property) => property switch
    {
        // The kernel tells what the usual encapsulation would have.
        "encapsulationFlags" or "encapsulationPort" or "encapsulationSourcePort"
            => link.Text("encapsulation") is null or "None",
        "inputKey" or "outputKey" => link.Values.TryGetValue("key", out var key) && key == link.Values[property],
        // As many as there are processors.
        "txQueueCount" or "rxQueueCount" => link.Text("kind") == "veth"
            && link.Text(property) == Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture),
        // They have their parent's, and take no other.
        "macAddress" => link.Text("kind") is "ipvlan" or "ipvtap",
        // It has a meaning in that mode alone.
        "lacpSelection" => link.Text("kind") == "bond" && link.Text("mode") != "Lacp",
        "interfaceId" => link.Text("kind") == "xfrm" && link.Text("external") == "true",
        _ => false,
    };

    private static Dictionary<string, Dictionary<string, string>> Read()
    {
        using var document = JsonDocument.Parse(UsualValuesText.Json);
        return document.RootElement.EnumerateObject().ToDictionary(
            kind => kind.Name,
            kind => kind.Value.EnumerateObject().ToDictionary(item => item.Name, item => item.Value.GetRawText()));
    }
}
