namespace LxcNetworking.State.Documents;

/// <summary>
/// A bridge without ports that is given another Ethernet address than the kernel's has no carrier from then on
/// (br_port_state_selection), so that macvlan links on it reach nobody. Its carrier counts for more than its address.
/// </summary>
internal static class BridgeCarrier
{
    private const string Address = "macAddress";

    /// <summary>A bridge that is to have no ports, without its address; everything else as it is.</summary>
    /// <param name="item">A thing.</param>
    /// <param name="all">All things, the ports among them.</param>
    public static StateItem WithoutAddress(StateItem item, IEnumerable<StateItem> all)
    {
        if (item.Text("kind") != "bridge" || !item.Values.ContainsKey(Address) || all.Any(other => IsPort(other, item)))
            return item;
        var values = new SortedDictionary<string, string>(item.Values, StringComparer.Ordinal);
        values.Remove(Address);
        return item with { Values = values };
    }

    private static bool IsPort(StateItem port, StateItem bridge) => port.Key.Subject == StateSubject.Link
        && port.Key.Namespace == bridge.Key.Namespace && port.Text("master") == bridge.Key.Name;
}
