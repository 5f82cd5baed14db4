using System.Globalization;
using LxcNetworking.State.Documents;
using LxcNetworking.Values;

namespace LxcNetworking.State.Plans;

/// <summary>Counts the TCP connections that end with addresses, or wait while nothing leads to them.</summary>
/// <param name="input">What the plan is made from.</param>
internal sealed class LostConnections(StatePlanInput input)
{
    private readonly ILookup<StateKey, StateKey> _addresses = input.Actual.Keys
        .Where(key => key.Subject == StateSubject.Address).ToLookup(AddressName.LinkOf);

    private readonly Dictionary<string, IReadOnlyDictionary<IPAddress, int>> _counts = new(StringComparer.Ordinal);

    /// <summary>The addresses of a link.</summary>
    public IEnumerable<StateKey> AddressesOn(StateKey link) => _addresses[link];

    /// <summary>The addresses that are reached over a port: those of its other end.</summary>
    public IEnumerable<StateKey> AddressesBehind(StateItem port)
        => StateNeeds.PeerOf(port) is { } end ? _addresses[end] : [];

    /// <summary>Says how many connections addresses have.</summary>
    /// <param name="addresses">The keys of addresses.</param>
    /// <returns><c>12 connections of lxc:mail</c> for each namespace that has some.</returns>
    public IEnumerable<string> WordsOf(IEnumerable<StateKey> addresses)
        => addresses.Select(address => (address.Namespace, AddressName.Parse(address.Name).Prefix.Address)).Distinct()
            .Where(place => !IPAddress.IsLoopback(place.Address))
            .GroupBy(place => place.Namespace, place => CountsOf(place.Namespace).GetValueOrDefault(place.Address))
            .Select(group => (group.Key, Count: group.Sum())).Where(pair => pair.Count > 0)
            .OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => string.Create(
                CultureInfo.InvariantCulture, $"{pair.Count} connection{(pair.Count == 1 ? "" : "s")}")
                + (pair.Key.Length == 0 ? string.Empty : $" of {pair.Key}"));

    private IReadOnlyDictionary<IPAddress, int> CountsOf(string name)
    {
        if (!_counts.TryGetValue(name, out var counts))
            _counts[name] = counts = input.Connections(name);
        return counts;
    }
}
