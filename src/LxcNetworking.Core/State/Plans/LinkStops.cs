using LxcNetworking.State.Documents;
using LxcNetworking.Values;

namespace LxcNetworking.State.Plans;

/// <summary>
/// Which links go down: those that a change says it of, for a moment those that join or leave a VRF (cycle_netdev) or a
/// bond (bond_enslave), and what goes with that.
/// </summary>
/// <param name="actual">What is there.</param>
/// <param name="made">What is made.</param>
internal sealed class LinkStops(
    IReadOnlyDictionary<StateKey, StateItem> actual, IReadOnlyCollection<StateItem> made)
{
    private const string Up = "up", Master = "master", Mtu = "mtu";
    private const int LeastIPv6Mtu = 1280;

    private readonly HashSet<StateKey> _pausing =
        [.. made.Concat(actual.Values).Where(PausesPorts).Select(item => item.Key)];

    /// <summary>Whether ports of links of a kind go down when they join or leave.</summary>
    public static bool PausesPorts(StateItem item)
        => item.Key.Subject == StateSubject.Link && item.Text("kind") is "vrf" or "bond";

    /// <summary>Whether a thing goes when its link goes down.</summary>
    public static bool Takes(StateItem item) => item.Key.Subject switch
    {
        StateSubject.Route or StateSubject.Neighbor => true,
        StateSubject.Address => IP.FamilyOf(AddressName.Parse(item.Key.Name).Prefix.Address) == IPFamily.IPv6,
        _ => false,
    };

    /// <summary>Whether a change takes a link down for good.</summary>
    public static bool Ends(StateStep change) => change.Key.Subject == StateSubject.Link && IsUp(change.Before)
        && change.Properties.Contains(Up) && !IsUp(change.After);

    /// <summary>Whether a change ends IPv6 on a link, which needs an MTU of 1280 bytes (RFC 8200).</summary>
    public static bool EndsIPv6(StateStep change) => change.Key.Subject == StateSubject.Link
        && change.Properties.Contains(Mtu) && MtuOf(change.Before) >= LeastIPv6Mtu
        && MtuOf(change.After) < LeastIPv6Mtu;

    /// <summary>Whether a thing is of IPv6.</summary>
    public static bool IsIPv6(StateItem item) => item.Key.Subject switch
    {
        StateSubject.Route => IP.FamilyOf(RouteName.Parse(item.Key.Name).Destination.Address) == IPFamily.IPv6,
        StateSubject.Neighbor => IP.FamilyOf(NeighborName.Parse(item.Key.Name).Address) == IPFamily.IPv6,
        _ => true,
    };

    /// <summary>Whether a change takes a link down for a moment.</summary>
    public bool IsPaused(StateStep change)
        => change.Key.Subject == StateSubject.Link && IsUp(change.Before) && !Ends(change)
            && change.Properties.Contains(Master)
            && new[] { change.Before, change.After }.Any(
                item => item is not null && StateNeeds.Wants(item).Any(Pauses));

    /// <summary>Whether ports of a link go down when they join or leave.</summary>
    public bool Pauses(StateKey master) => _pausing.Contains(master);

    private static int MtuOf(StateItem? item)
        => Digits.TryParse(item?.Text(Mtu) ?? string.Empty, out int mtu) ? mtu : LeastIPv6Mtu;

    private static bool IsUp(StateItem? item) => item?.Text(Up) == "true";
}
