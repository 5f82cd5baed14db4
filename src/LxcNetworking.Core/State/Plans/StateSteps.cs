using LxcNetworking.State.Documents;

namespace LxcNetworking.State.Plans;

/// <summary>Puts what is to be done in order.</summary>
internal sealed class StateSteps(
    IReadOnlyDictionary<StateKey, StateItem> made,
    IReadOnlyDictionary<StateKey, StateItem> gone,
    IReadOnlyDictionary<StateKey, StateKey> lost,
    IReadOnlyList<StateStep> changes,
    IReadOnlyDictionary<StateKey, StateItem> actual)
{
    // What takes along things that are made again.
    private readonly HashSet<StateKey> _carriers = [];

    /// <summary>The steps: what has to make room goes first, then all is made and changed in the order of needs, and
    /// what only goes goes last, so that a failure before it costs nothing.</summary>
    public IReadOnlyList<StateStep> InOrder()
    {
        foreach (var key in made.Keys)
            Climb(key);
        var removals = StateOrder.Of([.. gone.Values]).Reverse().Where(GoesByItsOwnStep).ToList();
        var first = removals.Where(MakesRoom).ToList();
        var steps = new List<StateStep>();
        steps.AddRange(first.Select(Removal));
        steps.AddRange(Making());
        steps.AddRange(removals.Except(first).Select(Removal));
        return steps;
    }

    private void Climb(StateKey key)
    {
        if (!gone.TryGetValue(key, out var item))
            return;
        // A route goes with an address that it does not need.
        if (lost.TryGetValue(key, out var cause) && cause.Subject == StateSubject.Address)
            _carriers.Add(cause);
        foreach (var need in StateNeeds.Of(item).Where(need => gone.ContainsKey(need) && _carriers.Add(need)))
            Climb(need);
    }

    private static StateStep Removal(StateItem item) => new(item, null, []);

    // What is on a link, or in a namespace, goes with it; the kernel would only be asked twice.
    private bool GoesByItsOwnStep(StateItem item)
    {
        var isLink = item.Key.Subject == StateSubject.Link;
        if (lost.ContainsKey(item.Key) && !isLink)
            return false;
        if (StateNeeds.Of(item).Any(need => need.Subject == StateSubject.Link && gone.ContainsKey(need)))
            return false;
        // The kernel takes its time to end a namespace, and a link that leads out of it would stay for that long.
        if (GoesWithItsNamespace(item.Key))
            return isLink && StateNeeds.PeerOf(item) is null && StateNeeds.MakerOf(item) != item.Key.Namespace;
        // Of a pair one end is removed.
        return StateNeeds.PeerOf(item) is not { } peer || !gone.ContainsKey(peer) || GoesWithItsNamespace(peer)
            || string.CompareOrdinal(item.Key.ToString(), peer.ToString()) < 0;
    }

    private bool GoesWithItsNamespace(StateKey key)
        => key.Namespace.Length > 0 && gone.ContainsKey(StateKey.Of(key.Namespace));

    // A thing that is made again, a link of the kind of a new one, with which it may share a number, and one whose
    // ports go down with it.
    private bool MakesRoom(StateItem item)
        => made.ContainsKey(item.Key) || _carriers.Contains(item.Key) || LinkStops.PausesPorts(item)
        || (StateNeeds.PeerOf(item) is { } peer && made.ContainsKey(peer))
        || (item.Key.Subject == StateSubject.Link && item.Text("kind") is { } kind
            && made.Values.Any(other => other.Text("kind") == kind && kind is not ("veth" or "dummy" or "bridge")))
        || (item.Key.Subject == StateSubject.Address && AddressLosses.GoesFirst(item.Key, made.Keys))
        || (item.Key.Subject == StateSubject.Namespace && made.Keys.Any(key => key.Namespace == item.Key.Name));

    private IEnumerable<StateStep> Making()
    {
        var changed = changes.ToLookup(step => step.Key);
        var all = made.Values.Concat(changes.Where(step => !made.ContainsKey(step.Key)).Select(Whole)
            .DistinctBy(item => item.Key));
        var done = new HashSet<StateKey>();
        var later = new List<StateStep>();
        foreach (var item in StateOrder.Of([.. all]))
        {
            if (!done.Add(item.Key))
                continue;
            if (!made.TryGetValue(item.Key, out var whole))
            {
                foreach (var step in changed[item.Key])
                    yield return step;
                continue;
            }

            StateItem? peer = null;
            if (StateNeeds.PeerOf(item) is { } key && made.TryGetValue(key, out peer))
                done.Add(key);
            yield return new StateStep(null, Now(whole, later), [], peer is null ? null : Now(peer, later));
        }

        foreach (var step in later)
            yield return step;
    }

    // The order follows from what a thing is to be, of which a change has only a part.
    private StateItem Whole(StateStep step)
    {
        var values = new SortedDictionary<string, string>(
            actual.GetValueOrDefault(step.Key)?.Values ?? [], StringComparer.Ordinal);
        foreach (var (name, value) in step.After!.Values)
            values[name] = value;
        return step.After with { Values = values };
    }

    private static StateItem Now(StateItem item, List<StateStep> later)
    {
        var postponed = item.Values.Keys.Where(StateNeeds.Later.Contains).ToList();
        if (postponed.Count == 0)
            return item;
        var values = new SortedDictionary<string, string>(item.Values, StringComparer.Ordinal);
        foreach (var name in postponed)
            values.Remove(name);
        var now = item with { Values = values };
        later.Add(new StateStep(now, item, postponed));
        return now;
    }
}
