using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;

namespace LxcNetworking.Program.Resources;

/// <summary>What several resources need to tell what is there.</summary>
internal static class DscState
{
    /// <summary>Things as documents are exported, with whatever is said of them as it is there.</summary>
    /// <param name="keys">The things.</param>
    /// <param name="said">What is said.</param>
    /// <param name="there">What is there.</param>
    public static List<StateItem> Shown(
        IEnumerable<StateKey> keys, IEnumerable<StateItem> said, IReadOnlyDictionary<StateKey, StateItem> there)
    {
        var wanted = said.DistinctBy(item => item.Key).ToDictionary(item => item.Key, item => item.Values);
        List<StateItem> actual =
        [
            .. keys.Distinct().Select(key => there.GetValueOrDefault(key)).OfType<StateItem>()
                .Select(item => item with { IsTransient = false }),
        ];
        var exported = StateExport.Of(actual).ToDictionary(item => item.Key);
        return [.. actual.Select(item => WithSaid(
            exported.GetValueOrDefault(item.Key) ?? new StateItem(item.Key),
            item,
            wanted.GetValueOrDefault(item.Key)))];
    }

    /// <summary>The first name of a path.</summary>
    public static string FirstOf(string path) => path.Split('.', '[')[0];

    /// <summary>What a difference is about: <c>link</c>, <c>address</c> …</summary>
    public static string WordOf(NetStateDifference difference) => difference.Target.Split(' ')[0];

    private static StateItem WithSaid(StateItem shown, StateItem actual, SortedDictionary<string, string>? said)
    {
        var values = new SortedDictionary<string, string>(shown.Values, StringComparer.Ordinal);
        foreach (var property in said?.Keys ?? Enumerable.Empty<string>())
        {
            if (actual.Values.TryGetValue(property, out var value))
                values[property] = value;
        }

        return shown with { Values = values };
    }
}
