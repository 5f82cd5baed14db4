using LxcNetworking.State.Documents;

namespace LxcNetworking.State.Plans;

/// <summary>What goes with things that go, by itself: what is on a link, the other end of a pair, all of a
/// namespace.</summary>
internal sealed class StateLosses
{
    private readonly Dictionary<StateKey, List<StateItem>> _users = [];
    private readonly HashSet<StateKey> _gone;

    /// <summary>Finds it.</summary>
    /// <param name="actual">What is there.</param>
    /// <param name="gone">What goes.</param>
    /// <param name="made">What is made.</param>
    public StateLosses(
        IReadOnlyDictionary<StateKey, StateItem> actual, IEnumerable<StateKey> gone, IEnumerable<StateKey> made)
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
        foreach (var (route, address) in new AddressLosses(actual, _gone, made).Routes())
        {
            if (_gone.Add(route.Key))
                Lost.Add((route, address));
        }

        foreach (var item in actual.Values.Where(item => !_gone.Contains(item.Key)))
        {
            foreach (var master in StateNeeds.Wants(item).Where(_gone.Contains))
                Ports.Add((item, master));
        }
    }

    /// <summary>What goes too, each with what it goes with.</summary>
    public List<(StateItem Item, StateKey Cause)> Lost { get; } = [];

    /// <summary>What stays, and is no port any more.</summary>
    public List<(StateItem Port, StateKey Master)> Ports { get; } = [];

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
