using LxcNetworking.State.Documents;

namespace LxcNetworking.State.Plans;

/// <summary>What goes with things that go, by itself: what is on a link, the other end of a pair, all of a namespace;
/// and routes, neighbours and IPv6 addresses with a link that goes down, if only for a moment.</summary>
internal sealed class StateLosses
{
    private readonly Dictionary<StateKey, List<StateItem>> _users = [];
    private readonly HashSet<StateKey> _gone;

    /// <summary>Finds it.</summary>
    /// <param name="actual">What is there.</param>
    /// <param name="gone">What goes.</param>
    /// <param name="made">What is made.</param>
    /// <param name="changes">What is changed.</param>
    public StateLosses(
        IReadOnlyDictionary<StateKey, StateItem> actual,
        IEnumerable<StateKey> gone,
        IReadOnlyCollection<StateItem> made,
        IEnumerable<StateStep> changes)
    {
        foreach (var item in actual.Values)
        {
            foreach (var need in StateNeeds.Of(item))
                Use(need, item);
            if (StateNeeds.PeerOf(item) is { } peer)
                Use(peer, item);
        }

        _gone = [.. gone];
        foreach (var key in _gone.ToList())
            Spread(key);
        foreach (var item in actual.Values.Where(item => !_gone.Contains(item.Key)))
        {
            foreach (var master in StateNeeds.Wants(item).Where(_gone.Contains))
                Ports.Add((item, master));
        }

        var links = new LinkStops(actual, made);
        Paused = [.. changes.Where(links.IsPaused).Select(step => step.Key),
            .. Ports.Where(pair => links.Pauses(pair.Master)).Select(pair => pair.Port.Key)];
        foreach (var link in Paused.Concat(changes.Where(LinkStops.Ends).Select(step => step.Key)))
            Stop(link, _ => true);
        foreach (var link in changes.Where(LinkStops.EndsIPv6).Select(step => step.Key))
            Stop(link, LinkStops.IsIPv6);
        // A second address of a network that goes with the first is made again.
        var again = Lost.Where(pair => pair.Cause.Subject == StateSubject.Address).Select(pair => pair.Item.Key);
        var addresses = new AddressLosses(actual, _gone, made.Select(item => item.Key).Concat(again));
        foreach (var (item, address) in addresses.Find())
        {
            if (_gone.Add(item.Key))
                Lost.Add((item, address));
        }
    }

    /// <summary>What goes too, each with what it goes with.</summary>
    public List<(StateItem Item, StateKey Cause)> Lost { get; } = [];

    /// <summary>What stays, and is no port any more.</summary>
    public List<(StateItem Port, StateKey Master)> Ports { get; } = [];

    /// <summary>Links that go down and come up again.</summary>
    public HashSet<StateKey> Paused { get; }

    /// <summary>Whether a thing goes.</summary>
    public bool IsGone(StateKey key) => _gone.Contains(key);

    private void Stop(StateKey link, Func<StateItem, bool> isMeant)
    {
        foreach (var user in _users.GetValueOrDefault(link) ?? [])
        {
            if (!LinkStops.Takes(user) || !isMeant(user) || !_gone.Add(user.Key))
                continue;
            Lost.Add((user, link));
            Spread(user.Key);
        }
    }

    private void Use(StateKey need, StateItem user)
    {
        if (!_users.TryGetValue(need, out var users))
            _users[need] = users = [];
        users.Add(user);
    }

    private void Spread(StateKey key)
    {
        foreach (var user in _users.GetValueOrDefault(key) ?? [])
        {
            if (!_gone.Add(user.Key))
                continue;
            Lost.Add((user, key));
            Spread(user.Key);
        }
    }
}
