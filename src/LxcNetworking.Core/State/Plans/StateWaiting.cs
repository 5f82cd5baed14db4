using LxcNetworking.State.Documents;
using LxcNetworking.Values;

namespace LxcNetworking.State.Plans;

/// <summary>
/// Finds what is not made yet: what needs a container that does not run and, where that is allowed, what needs a link
/// or a namespace that is not there and that the document does not make.
/// </summary>
/// <param name="input">What is planned.</param>
/// <param name="desired">The document's things, completed.</param>
internal sealed class StateWaiting(StatePlanInput input, IReadOnlyDictionary<StateKey, StateItem> desired)
{
    private StateGateways Gateways => field ??= new(input.Actual.Values, desired.Values);

    /// <summary>Whether a thing waits; what needs a thing that waits does so too.</summary>
    public bool IsPending(StateItem item)
    {
        var canWait = input.AllowMissing && item.Presence == NetStatePresence.Present;
        return (input.Pending.Count > 0 || canWait)
            && Depends(item, [], key => IsStopped(key) || (canWait && IsMissing(key)), canWait);
    }

    /// <summary>The links and namespaces that the document needs and does not make.</summary>
    public IEnumerable<StateKey> Others() => desired.Values
        .SelectMany(item => NeedsOf(item).Append(item.Key))
        .Where(key => key.Subject is StateSubject.Link or StateSubject.Namespace && !IsMade(key)).Distinct();

    private bool IsStopped(StateKey key) => key.Subject == StateSubject.Namespace && input.Pending.Contains(key.Name);

    private bool IsMissing(StateKey key)
        => key.Subject is StateSubject.Link or StateSubject.Namespace && !IsMade(key)
            && (!input.Actual.ContainsKey(key) || input.NotYet.Contains(key)) && input.Renamed(key) is null;

    private bool IsMade(StateKey key)
    {
        if (!desired.TryGetValue(key, out var said))
            return ProviderOf(key) is not null;
        return said.Presence == NetStatePresence.Absent || (said.Presence == NetStatePresence.Present
            && (key.Subject != StateSubject.Link || said.Values.ContainsKey("kind")));
    }

    private StateKey? ProviderOf(StateKey key) => StateNeeds.ProviderOf(key, desired.ContainsKey);

    private bool Depends(StateItem item, HashSet<StateKey> seen, Func<StateKey, bool> isSuch, bool canWait)
    {
        if (isSuch(item.Key) || !seen.Add(item.Key))
            return isSuch(item.Key);
        var needs = NeedsOf(item).Where(need => need != item.Key).ToList();
        return needs.Exists(need => isSuch(need)) || needs.Exists(Waits)
            || (canWait && item.Key.Subject == StateSubject.Route && !input.Actual.ContainsKey(item.Key)
                && Gateways.Lacks(item, other => !Depends(other, [.. seen], isSuch, canWait)));

        bool Waits(StateKey need)
            => (desired.TryGetValue(need, out var needed)
                    || (ProviderOf(need) is { } provider && desired.TryGetValue(provider, out needed)))
                && Depends(needed, seen, isSuch, canWait);
    }

    // Both ends of a pair are made at once, so that each needs what the other one does.
    private IEnumerable<StateKey> NeedsOf(StateItem item)
    {
        var needs = StateNeeds.Of(item).Concat(StateNeeds.Wants(item));
        return StateNeeds.PeerOf(item) is { } peer && desired.TryGetValue(peer, out var other)
            ? needs.Concat(StateNeeds.Of(other)).Concat(StateNeeds.Wants(other)) : needs;
    }
}
