using LxcNetworking.State.Documents;
using LxcNetworking.Values;

namespace LxcNetworking.State.Plans;

/// <summary>Puts things into the order in which each comes after all that it needs.</summary>
internal sealed class StateOrder
{
    private readonly Dictionary<StateKey, StateItem> _items;
    private readonly Dictionary<StateKey, bool> _isDone = [];
    private readonly List<StateItem> _result = [];
    private readonly ILookup<string, StateKey> _addresses;

    private StateOrder(IReadOnlyCollection<StateItem> items)
    {
        _items = items.ToDictionary(item => item.Key);
        _addresses = items.Where(item => item.Key.Subject == StateSubject.Address)
            .ToLookup(item => AddressName.Parse(item.Key.Name).Prefix.Address.ToString(), item => item.Key);
    }

    /// <summary>Orders things.</summary>
    /// <param name="items">The things, in the order that they have where no need says another one.</param>
    /// <exception cref="NetworkException">InvalidArgument: some need each other.</exception>
    public static IReadOnlyList<StateItem> Of(IReadOnlyCollection<StateItem> items)
    {
        var order = new StateOrder(items);
        foreach (var item in items.OrderBy(item => item.Key.Subject).ThenBy(RouteRank))
            order.Visit(item, []);
        return order._result;
    }

    // A gateway may be reached by another route: those on the link come first, then the narrow ones.
    private static int RouteRank(StateItem item)
    {
        if (item.Key.Subject != StateSubject.Route)
            return 0;
        var isOnLink = item.Text("nextHop") is null && !item.Values.ContainsKey("nextHops");
        return (isOnLink ? 0 : 1000) - RouteName.Parse(item.Key.Name).Destination.Length;
    }

    private void Visit(StateItem item, List<StateItem> path)
    {
        if (_isDone.TryGetValue(item.Key, out var isDone))
        {
            if (isDone)
                return;
            var circle = path.SkipWhile(step => step.Key != item.Key).Select(
                step => step.Path.Length == 0 ? step.Key.Words : $"{step.Key.Words} ({Place(step)}{step.Path})");
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"These need each other, so that none can be first: {string.Join(ValueList.Separator, circle)}.",
                item.Path);
        }

        _isDone[item.Key] = false;
        path.Add(item);
        foreach (var need in StateNeeds.Of(item).Concat(StateNeeds.Wants(item)).Concat(StateNeeds.Uses(item))
            .Concat(Beginnings(item)))
        {
            if (need != item.Key && Find(need, item) is { } needed)
                Visit(needed, path);
        }

        // Both ends of a pair are made at once, so what the other one needs comes before it too.
        if (StateNeeds.PeerOf(item) is { } peer && _items.TryGetValue(peer, out var other))
        {
            foreach (var need in StateNeeds.Of(other).Concat(StateNeeds.Wants(other)))
            {
                if (need != item.Key && need != peer && Find(need, item) is { } needed)
                    Visit(needed, path);
            }
        }

        path.RemoveAt(path.Count - 1);
        _isDone[item.Key] = true;
        _result.Add(item);
    }

    private static string Place(StateItem item)
        => item.Place.ToString() is { Length: > 0 } place ? $"{place} " : string.Empty;

    private StateItem? Find(StateKey need, StateItem user) => _items.GetValueOrDefault(need)
        ?? (StateNeeds.ProviderOf(need, key => key != user.Key && _items.ContainsKey(key)) is { } provider
            ? _items[provider] : null);

    private IEnumerable<StateKey> Beginnings(StateItem item)
        => StateNeeds.LocalAddressOf(item) is { } local
            ? _addresses[local].Where(key => key.Namespace == StateNeeds.MakerOf(item) && !Needs(_items[key], item.Key))
            : [];

    // A tunnel may bear the address that it begins at, too.
    private bool Needs(StateItem item, StateKey other)
        => StateNeeds.Of(item).Any(need => need == other
            || (need.Subject != StateSubject.Namespace && _items.TryGetValue(need, out var needed)
                && need != item.Key && Needs(needed, other)));
}
