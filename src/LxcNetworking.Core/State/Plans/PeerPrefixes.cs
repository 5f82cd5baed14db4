using LxcNetworking.State.Documents;
using LxcNetworking.Values;

namespace LxcNetworking.State.Plans;

/// <summary>A prefix of a WireGuard link has one peer: the kernel takes it from whoever has it, without a
/// word.</summary>
internal static class PeerPrefixes
{
    private const string AllowedIP = "allowedIP";

    /// <summary>What peers of a document would take from peers that it leaves as they are.</summary>
    /// <param name="desired">What the document says.</param>
    /// <param name="actual">What is there.</param>
    /// <param name="gone">What goes.</param>
    public static IEnumerable<(NetworkErrorCode Code, StateItem Item, string Words)> Problems(
        IReadOnlyDictionary<StateKey, StateItem> desired,
        IReadOnlyDictionary<StateKey, StateItem> actual,
        IReadOnlyDictionary<StateKey, StateItem> gone)
    {
        var said = desired.Values.Where(item => item is
        { Key.Subject: StateSubject.Peer, Presence: NetStatePresence.Present }).ToList();
        if (said.Count == 0)
            yield break;
        var left = new Dictionary<(string, string, string), StateItem>();
        foreach (var peer in actual.Values.Where(item => item.Key.Subject == StateSubject.Peer
            && !gone.ContainsKey(item.Key)
            && desired.GetValueOrDefault(item.Key)?.Values.ContainsKey(AllowedIP) != true))
        {
            foreach (var prefix in PrefixesOf(peer))
                left[PlaceOf(peer, prefix)] = peer;
        }

        foreach (var peer in said)
        {
            foreach (var prefix in PrefixesOf(peer))
            {
                if (left.TryGetValue(PlaceOf(peer, prefix), out var other) && other.Key != peer.Key)
                    yield return (NetworkErrorCode.ObjectExists, peer,
                        $"{prefix} belongs to the {other.Key.Words}, and a prefix has one peer only");
            }
        }
    }

    private static (string Namespace, string Link, string Prefix) PlaceOf(StateItem peer, string prefix)
        => (peer.Key.Namespace, WireGuardPeerName.Parse(peer.Key.Name).Link, prefix);

    private static IEnumerable<string> PrefixesOf(StateItem peer)
        => peer.Values.TryGetValue(AllowedIP, out var json)
            ? StateValue.Read(json).EnumerateArray().Select(item => item.GetString()!) : [];
}
