using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>What ip(8) tells of namespaces, a line for each thing, without indexes, counters and timers.</summary>
internal static class IpPicture
{
    /// <summary>The name that a sandbox's own namespace has among the others.</summary>
    public const string Home = "home";

    private static readonly string[] s_passing =
        ["NO-CARRIER", "LOWER_UP", "RUNNING", "M-DOWN", "linkdown", "dead", "DORMANT", "LOWERLAYERDOWN"];

    // The kernel tells such a link's own index as its parent's.
    private static readonly string?[] s_ownParents = ["vxlan", "geneve"];

    private static readonly HashSet<string> s_counted =
    [
        "ifindex", "operstate", "qdisc", "hello_timer", "tcn_timer", "topology_change_timer", "gc_timer",
        "message_age_timer", "forward_delay_timer", "hold_timer", "tentative", "dadfailed", "root_port",
        "root_path_cost", "topology_change", "topology_change_detected", "topology_change_ack", "config_pending",
        "port_no", "port_id", "designated_port", "designated_cost", "designated_bridge", "designated_root", "root_id",
        "bridge_id", "state", "promiscuity", "allmulti", "expires", "no", "permaddr", "ad_info", "active_slave",
        "mii_status", "ad_aggregator_id", "ad_actor_oper_port_state", "ad_actor_oper_port_state_str",
        "ad_partner_oper_port_state", "ad_partner_oper_port_state_str", "used", "confirmed", "updated", "probes",
        "refcnt", "cacheinfo", "perm_hwaddr", "link_failure_count", "cache", "tso_max_size", "tso_max_segs",
        "max_mtu", "sci",
    ];

    /// <summary>Gives the sandbox's own namespace a name, by which a link's parent in it can be told.</summary>
    public static void NameHome()
    {
        Ip("netns add first");
        Execute("sh", "-c", $"ip netns attach {Home} $$");
        Ip("netns del first");
    }

    /// <summary>Looks.</summary>
    /// <param name="places">Named namespaces, the sandbox's own among them.</param>
    public static string Of(IReadOnlyList<string> places)
    {
        var lists = places.ToDictionary(place => place, place => Ask(
            place,
            "netns list-id\nlink show\naddr show\nroute show table all\nneigh show nud permanent\nneigh show proxy"));
        var names = lists.ToDictionary(pair => pair.Key, pair => pair.Value.Select(node => node.AsArray())
            .First(list => list.Count > 0 && list[0]!["ifindex"] is not null)
            .ToDictionary(link => (int)link!["ifindex"]!, link => link!["ifname"]!.ToString()));
        var result = new StringBuilder();
        foreach (var (place, all) in lists)
        {
            var numbers = new Dictionary<int, string>();
            foreach (var known in all.SelectMany(list => list.AsArray()).Where(item => item!["nsid"] is not null))
                numbers[(int)known!["nsid"]!] = known["name"]?.ToString() ?? "nobody's";
            var lines = all.Concat(Ask(place, "rule show")).Concat(Ask(place, "rule show", "-6"))
                .SelectMany(list => list.AsArray()).Where(item => item!["nsid"] is null && !IsByItself(item))
                .Select(item =>
                {
                    Locate(item!, numbers, names);
                    Clean(item!);
                    return item!.ToJsonString();
                }).Where(line => line.Length > 2).Order(StringComparer.Ordinal);
            foreach (var line in lines)
                result.Append(place).Append(' ').Append(line).Append('\n');
        }

        return result.ToString();
    }

    /// <summary>Takes out what is counted or comes by itself.</summary>
    public static void Clean(JsonNode node)
    {
        switch (node)
        {
            case JsonObject item:
                CleanObject(item);
                break;
            case JsonArray list:
                for (var i = list.Count - 1; i >= 0; i--)
                {
                    if (IsByItself(list[i]) || (list[i] is JsonValue value && IsPassing(value)))
                        list.RemoveAt(i);
                }

                foreach (var value in list)
                {
                    if (value is not null)
                        Clean(value);
                }

                break;
        }
    }

    /// <summary>Whether the kernel makes it by itself: a link's own addresses come when it is up, of the Ethernet
    /// address that it has then.</summary>
    public static bool IsByItself(JsonNode? node) => node is JsonObject item
        && ((item["local"] ?? item["dst"])?.ToString() is { } address
            && (address.StartsWith("fe80:", StringComparison.Ordinal)
                // They are there once the address is no duplicate: its own route, and that to its peer.
                || (address.Contains(':', StringComparison.Ordinal) && node["protocol"]?.ToString() == "kernel"
                    && (node["table"]?.ToString() == "local" || !address.Contains('/', StringComparison.Ordinal)))
                // It comes when lo is up for the first time.
                || address.StartsWith("127.", StringComparison.Ordinal) || address == "::1"
                // The neighbour of a link that leads to one host alone.
                || (address == "0.0.0.0" && node["lladdr"] is not null)
                || address.StartsWith("ff00:", StringComparison.Ordinal)));

    private static void CleanObject(JsonObject item)
    {
        // Without ports its address is not exported (BridgeCarrier), and others have their parent's.
        if (item["linkinfo"]?["info_kind"]?.ToString() is "bridge" or "ipvlan" or "ipvtap")
            item.Remove("address");
        // It has a meaning in one mode alone.
        if (item["info_data"]?["mode"]?.ToString() is { } mode && mode != "802.3ad")
            item["info_data"]!.AsObject().Remove("ad_select");
        // A port's number is its place among the others.
        if (item["info_slave_kind"]?.ToString() == "bridge")
            item["info_slave_data"]!.AsObject().Remove("id");
        foreach (var name in item.Select(pair => pair.Key).ToList())
        {
            if (s_counted.Contains(name) || (name == "altnames" && IsOurs(item[name]!)))
                item.Remove(name);
            else if (item[name] is { } value)
                Clean(value);
        }
    }

    // Its parent's index and namespace, by their names.
    private static void Locate(
        JsonNode item, Dictionary<int, string> numbers, Dictionary<string, Dictionary<int, string>> names)
    {
        if (item is not JsonObject link)
            return;
        if (link["link_netnsid"] is { } number
            && numbers.GetValueOrDefault((int)number) is { } place)
        {
            link["link_place"] = place;
            if (link["link_index"] is { } index && !s_ownParents.Contains(link["linkinfo"]?["info_kind"]?.ToString()))
                link["link_name"] = names.GetValueOrDefault(place)?.GetValueOrDefault((int)index);
        }

        // A device in another namespace is told as its number, or as the link of that number here.
        if (link["link_netnsid"] is not null && link["linkinfo"]?["info_data"] is JsonObject data)
            data.Remove("link");
        link.Remove("link_netnsid");
        link.Remove("link_index");
        link.Remove("link_netns");
    }

    private static List<JsonNode> Ask(string place, string commands, params string[] options)
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, commands + "\n");
            var text = Execute("ip", [.. options, "-d", "-j", "-n", place, "-batch", file]);
            return Values(text);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static List<JsonNode> Values(string text)
    {
        var result = new List<JsonNode>();
        var reader = new Utf8JsonReader(
            Encoding.UTF8.GetBytes(text), new JsonReaderOptions { AllowMultipleValues = true });
        while (reader.Read())
            result.Add(JsonNode.Parse(ref reader)!);
        return result;
    }

    private static bool IsPassing(JsonValue value)
        => value.TryGetValue<string>(out var text) && s_passing.Contains(text);

    private static bool IsOurs(JsonNode names)
    {
        var list = names.AsArray();
        for (var i = list.Count - 1; i >= 0; i--)
        {
            if (list[i]!.GetValue<string>().StartsWith("state:", StringComparison.Ordinal))
                list.RemoveAt(i);
        }

        return list.Count == 0;
    }
}
