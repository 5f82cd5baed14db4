using LxcNetworking.Addressing;
using LxcNetworking.Values;

namespace LxcNetworking.State.Documents;

/// <summary>Makes of what is there what a document says: without what comes by itself, and what is usual.</summary>
internal static class StateExport
{
    private static readonly Dictionary<string, string> s_usualOfLinks = new(StringComparer.Ordinal)
    {
        ["master"] = "\"\"",
        ["alias"] = "\"\"",
        ["broadcastAddress"] = "\"ff:ff:ff:ff:ff:ff\"",
        ["alternativeName"] = "[]",
        ["group"] = "0",
        ["linkGroup"] = "0",
        ["promiscuous"] = "false",
        ["txQueueCount"] = "1",
        ["rxQueueCount"] = "1",
        ["gsoMaxSize"] = "65536",
        ["gsoMaxSegments"] = "65535",
        ["groMaxSize"] = "65536",
        ["gsoIPv4MaxSize"] = "65536",
        ["groIPv4MaxSize"] = "65536",
        ["allMulticast"] = "false",
        ["dynamic"] = "false",
        ["addressGenerationMode"] = "\"Eui64\"",
        ["protoDown"] = "false",
        ["protoDownReason"] = "[]",
    };

    private static readonly Dictionary<string, string> s_usualOfAddresses = new(StringComparer.Ordinal)
    {
        ["skipAsSource"] = "false",
        ["skipDuplicateAddressDetection"] = "false",
        ["noPrefixRoute"] = "false",
        ["prefixRouteMetric"] = "0",
        ["manageTemporary"] = "false",
        ["multicastAutoJoin"] = "false",
        ["homeAddress"] = "false",
        ["protocol"] = "108",
    };

    private static readonly Dictionary<string, string> s_usualOfRoutes = new(StringComparer.Ordinal)
    {
        ["type"] = "\"Unicast\"",
        ["protocol"] = "\"LxcNetworking\"",
        ["routerPreference"] = "\"Medium\"",
        ["nextHopId"] = "0",
    };

    /// <summary>Makes them.</summary>
    public static IReadOnlyList<StateItem> Of(IEnumerable<StateItem> items)
    {
        var all = items.ToList();
        var ports = all.Where(item => item.Text("master") is { Length: > 0 }).ToList();
        // Not in the kernel's order, which tells when a thing was made; but the first of a link's addresses is the one
        // that connections come from.
        return
        [
            .. all.Where(item => !item.IsTransient || IsLoopback(item)).OrderBy(item => item.Key.Subject)
                .ThenBy(item => item.Key.Namespace, StringComparer.Ordinal)
                .ThenBy(
                    item => item.Key.Subject == StateSubject.Address ? AddressName.Parse(item.Key.Name).Link
                        : item.Key.Name,
                    StringComparer.Ordinal)
                .Select(item => BridgeCarrier.WithoutAddress(Shorten(item), ports))
                // Every namespace has one, of which only something else than usual is to be said.
                .Where(item => !IsLoopback(item) || item.Values.Count > 0 || all.Any(address => IsOn(address, item))),
        ];
    }

    private static bool IsOn(StateItem item, StateItem link)
        => item is { IsTransient: false, Key.Subject: StateSubject.Address }
            && AddressName.LinkOf(item.Key) == link.Key;

    private static bool IsLoopback(StateItem item) => item.Key is { Subject: StateSubject.Link, Name: "lo" };

    private static StateItem Shorten(StateItem item)
    {
        var values = new SortedDictionary<string, string>(item.Values, StringComparer.Ordinal);
        foreach (var (name, value) in item.Values)
        {
            if (IsUsual(item, name, value))
                values.Remove(name);
        }

        return new StateItem(item.Key) { Values = values };
    }

    private static bool IsUsual(StateItem item, string name, string value) => item.Key.Subject switch
    {
        StateSubject.Link => StateTables.Volatile.Contains(name) || IsUsualOfLink(item, name, value),
        StateSubject.Address => IsUsualOfAddress(item, name, value),
        StateSubject.Route => IsUsualOfRoute(item, name, value),
        StateSubject.WireGuard or StateSubject.Peer => value is "0" or "false" or "[]" or "\"00:00:00\"",
        StateSubject.Rule => name == "protocol" && value == "\"LxcNetworking\"",
        StateSubject.Neighbor => value is "false" or "\"LxcNetworking\"",
        var subject => StateSections.Of(subject)?.IsUsual(name, value) == true,
    };

    // A link's parent is in its own namespace, or in the document's; which one is said where they differ.
    private static bool IsUsualOfLink(StateItem item, string name, string value) => name == "parentNamespace"
        ? item.Key.Namespace.Length == 0 && value == "\"\""
        : s_usualOfLinks.GetValueOrDefault(name) == value
            || UsualValues.Has(IsLoopback(item) ? UsualValues.Loopback : item.Text("kind"), name, value)
            || UsualValues.IsImplied(item, name);

    private static bool IsUsualOfAddress(StateItem item, string name, string value)
    {
        if (s_usualOfAddresses.GetValueOrDefault(name) == value)
            return true;
        var (link, prefix, peer) = AddressName.Parse(item.Key.Name);
        return name switch
        {
            "label" => value == StateValue.Of(link),
            "scope" => value == "\"Global\"" && !IPAddress.IsLoopback(prefix.Address),
            "broadcast" => value == StateValue.Of(
                peer is null && prefix.Length < 31 && !IPAddress.IsLoopback(prefix.Address)
                    ? prefix.LastAddress.ToString() : "0.0.0.0"),
            _ => false,
        };
    }

    // The kernel's own choice, as RouteSpec makes it.
    private static bool IsUsualOfRoute(StateItem item, string name, string value)
    {
        if (name != "scope")
            return s_usualOfRoutes.GetValueOrDefault(name) == value;
        var entry = (RouteEntry)StateTables.Route.Read(item.Values, _ => 0);
        var hasGateway = entry.NextHop is not null || (item.Values.TryGetValue("nextHops", out var ways)
            && RouteWay.Read(StateValue.Read(ways)).Exists(way => way.NextHop is not null));
        var family = IP.FamilyOf(RouteName.Parse(item.Key.Name).Destination.Address);
        return entry.Scope == RouteSpec.UsualScope(family, entry.Type ?? RouteType.Unicast, hasGateway);
    }
}
