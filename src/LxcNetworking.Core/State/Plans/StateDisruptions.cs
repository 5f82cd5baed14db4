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
    /// <param name="input">What the plan is made from.</param>
    public static IReadOnlyList<NetStateDifference> AddTo(
        IReadOnlyList<NetStateDifference> differences, StateLosses? losses, StatePlanInput input)
    {
        // Most plans are of what is as it should be.
        if (differences.Count == 0)
            return differences;
        var connections = new LostConnections(input);
        var links = input.Actual.Keys.Where(key => key.Subject is StateSubject.Link or StateSubject.Address)
            .ToDictionary(PlaceOf);
        var (words, addresses) = LossesOf(losses, connections);
        return [.. differences.Select(difference => DisruptionsOf(difference) is { Length: > 0 } disrupts
            ? difference with { Disrupts = [.. disrupts] } : difference)];

        string[] DisruptionsOf(NetStateDifference difference)
        {
            var place = (difference.Namespace, difference.Target);
            var isThere = links.TryGetValue(place, out var key);
            return difference switch
            {
                { Action: NetStateAction.Change, Property: "up", Desired: "false" } when isThere
                    => [.. connections.WordsOf(connections.AddressesOn(key)), "all traffic over it"],
                { Action: NetStateAction.Change, Property: WireGuardReading.PublicKey } when isThere
                    => [.. connections.WordsOf(connections.AddressesOn(key)), "the sessions with its peers"],
                { Action: NetStateAction.Recreate or NetStateAction.Remove } =>
                [
                    .. connections.WordsOf(isThere && key.Subject == StateSubject.Address
                        ? addresses[place].Append(key) : addresses[place]),
                    .. Cut([.. words[place]]),
                ],
                _ => [],
            };
        }
    }

    // By what goes in the first place, as a difference names it: what goes with it in words, and the addresses to
    // which nothing leads then.
    private static (ILookup<(string, string), string> Words, ILookup<(string, string), StateKey> Addresses) LossesOf(
        StateLosses? losses, LostConnections connections)
    {
        var words = new List<((string, string) Place, string Words)>();
        var addresses = new List<((string, string) Place, StateKey Address)>();
        var causes = losses?.Lost.ToDictionary(pair => pair.Item.Key, pair => pair.Cause) ?? [];
        foreach (var (item, cause) in losses?.Lost ?? [])
        {
            if (!item.IsTransient && item.Key.Subject != StateSubject.WireGuard)
                words.Add((FirstOf(cause), Words(item.Key)));
            if (item.Key.Subject == StateSubject.Address)
                addresses.Add((FirstOf(cause), item.Key));
        }

        foreach (var (port, master) in losses?.Ports ?? [])
        {
            words.Add((FirstOf(master), $"{Words(port.Key)} as a port"));
            addresses.AddRange(connections.AddressesBehind(port).Select(address => (FirstOf(master), address)));
        }

        return (words.ToLookup(pair => pair.Place, pair => pair.Words),
            addresses.ToLookup(pair => pair.Place, pair => pair.Address));

        (string, string) FirstOf(StateKey cause)
        {
            while (causes.TryGetValue(cause, out var earlier))
                cause = earlier;
            return PlaceOf(cause);
        }
    }

    private static List<string> Cut(List<string> words)
    {
        if (words.Count > MostTold)
        {
            var more = words.Count - MostTold;
            words.RemoveRange(MostTold, more);
            words.Add(string.Create(CultureInfo.InvariantCulture, $"{more} more"));
        }

        return words;
    }

    private static (string Namespace, string Target) PlaceOf(StateKey key) => (key.Namespace, TargetOf(key));

    private static string Words(StateKey key)
        => key.Namespace.Length == 0 ? TargetOf(key) : $"{TargetOf(key)} in {key.Namespace}";

    /// <summary>A thing as a difference names it.</summary>
    public static string TargetOf(StateKey key) => $"{key.Subject.ToString().ToLowerInvariant()} {key.Name}";
}
