using LxcNetworking.State.Documents;
using LxcNetworking.Values;

namespace LxcNetworking.State.Plans;

/// <summary>
/// What the kernel removes with an address: routes that start from it (fib_sync_down_addr), and with a link's last IPv4
/// address all IPv4 routes and neighbours of the link (fib_disable_ip).
/// </summary>
internal sealed class AddressLosses
{
    private readonly IReadOnlyDictionary<StateKey, StateItem> _actual;
    private readonly IReadOnlySet<StateKey> _gone;
    private readonly List<StateKey> _made;

    /// <summary>Looks for them.</summary>
    /// <param name="actual">What is there.</param>
    /// <param name="gone">What goes.</param>
    /// <param name="made">What is made.</param>
    public AddressLosses(
        IReadOnlyDictionary<StateKey, StateItem> actual, IReadOnlySet<StateKey> gone, IEnumerable<StateKey> made)
        => (_actual, _gone, _made)
            = (actual, gone, [.. made.Where(key => key.Subject == StateSubject.Address)]);

    /// <summary>Whether an address goes before others are made: the kernel would take a new one of the same network for
    /// a second one, and remove it together with the first. An IPv6 address stands on a link once, with whatever
    /// length.</summary>
    public static bool GoesFirst(StateKey gone, IEnumerable<StateKey> made)
    {
        var name = AddressName.Parse(gone.Name);
        var isIPv4 = IP.FamilyOf(name.Prefix.Address) == IPFamily.IPv4;
        return made.Any(
            key => key.Subject == StateSubject.Address && key.Namespace == gone.Namespace
                && AddressName.Parse(key.Name) is var other && other.Link == name.Link
                && (isIPv4 ? other.Prefix.Length == name.Prefix.Length
                    && other.Prefix.Network.Address.Equals(name.Prefix.Network.Address)
                    : other.Prefix.Address.Equals(name.Prefix.Address)));
    }

    /// <summary>The things, each with the address that it goes with.</summary>
    public IEnumerable<(StateItem Item, StateKey Address)> Find()
    {
        var addresses = _gone.Where(key => key.Subject == StateSubject.Address && !LinkGoes(key)).ToList();
        if (addresses.Count == 0)
            yield break;
        foreach (var item in _actual.Values.Where(
            item => item.Key.Subject is StateSubject.Route or StateSubject.Neighbor && !_gone.Contains(item.Key)))
        {
            foreach (var address in addresses.Where(key => key.Namespace == item.Key.Namespace && Takes(key, item)))
            {
                yield return (item, address);
                break;
            }
        }
    }

    private static bool IsIPv4(StateKey address)
        => IP.FamilyOf(AddressName.Parse(address.Name).Prefix.Address) == IPFamily.IPv4;

    private bool LinkGoes(StateKey address) => _gone.Contains(AddressName.LinkOf(address));

    private bool Takes(StateKey address, StateItem item)
    {
        if (item.Text("source") == AddressName.Parse(address.Name).Prefix.Address.ToString())
            return true;
        var other = item.Key.Subject == StateSubject.Neighbor ? NeighborName.Parse(item.Key.Name).Address
            : RouteName.Parse(item.Key.Name).Destination.Address;
        return IP.FamilyOf(other) == IPFamily.IPv4 && IsIPv4(address) && IsLast(address)
            && StateNeeds.Of(item).Contains(AddressName.LinkOf(address));
    }

    // For a moment, before new ones are made, or for good.
    private bool IsLast(StateKey address)
    {
        var link = AddressName.LinkOf(address);
        bool IsOfLink(StateKey key)
            => key.Subject == StateSubject.Address && IsIPv4(key) && AddressName.LinkOf(key) == link;
        return !_actual.Keys.Any(key => IsOfLink(key) && !_gone.Contains(key))
            && (GoesFirst(address, _made) || !_made.Any(IsOfLink));
    }
}
