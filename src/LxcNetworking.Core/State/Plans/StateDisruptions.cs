using System.Globalization;
using LxcNetworking.State.Documents;
using LxcNetworking.Values;

namespace LxcNetworking.State.Plans;

/// <summary>Says of each difference what stops working while it is done away with.</summary>
internal static class StateDisruptions
{
    private const int MostTold = 20;

    /// <summary>Adds it to the differences.</summary>
    /// <param name="differences">The differences.</param>
    /// <param name="losses">What goes with things that go.</param>
    public static IReadOnlyList<NetStateDifference> AddTo(
        IReadOnlyList<NetStateDifference> differences, StateLosses? losses)
    {
        var words = WordsOf(losses);
        return [.. differences.Select(difference => difference switch
        {
            { Action: NetStateAction.Change, Property: "up", Desired: "false" }
                => difference with { Disrupts = ["all traffic over it"] },
            { Action: NetStateAction.Change, Property: WireGuardReading.PublicKey }
                => difference with { Disrupts = ["the sessions with its peers"] },
            { Action: NetStateAction.Recreate or NetStateAction.Remove }
                when words.TryGetValue((difference.Namespace, difference.Target), out var lost)
                => difference with { Disrupts = [.. lost] },
            _ => difference,
        })];
    }

    // By what goes in the first place, as a difference names it.
    private static Dictionary<(string Namespace, string Target), List<string>> WordsOf(StateLosses? losses)
    {
        var result = new Dictionary<(string Namespace, string Target), List<string>>();
        if (losses is null)
            return result;
        var causes = losses.Lost.ToDictionary(pair => pair.Item.Key, pair => pair.Cause);
        foreach (var (item, cause) in losses.Lost.Where(
            pair => !pair.Item.IsTransient && pair.Item.Key.Subject != StateSubject.WireGuard))
            Add(cause, Words(item.Key));
        foreach (var (port, master) in losses.Ports)
            Add(master, $"{Words(port.Key)} as a port");
        foreach (var list in result.Values.Where(list => list.Count > MostTold))
        {
            var more = list.Count - MostTold;
            list.RemoveRange(MostTold, more);
            list.Add(string.Create(CultureInfo.InvariantCulture, $"{more} more"));
        }

        return result;

        void Add(StateKey cause, string words)
        {
            while (causes.TryGetValue(cause, out var earlier))
                cause = earlier;
            var place = (cause.Namespace, TargetOf(cause));
            if (!result.TryGetValue(place, out var list))
                result[place] = list = [];
            list.Add(words);
        }
    }

    private static string Words(StateKey key)
        => key.Namespace.Length == 0 ? TargetOf(key) : $"{TargetOf(key)} in {key.Namespace}";

    /// <summary>A thing as a difference names it.</summary>
    public static string TargetOf(StateKey key) => $"{key.Subject.ToString().ToLowerInvariant()} {key.Name}";
}
