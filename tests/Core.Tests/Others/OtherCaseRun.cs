using System.Net.Sockets;
using System.Text.Json;
using System.Text.Json.Nodes;
using LxcNetworking.Addressing;
using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Namespaces;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>
/// Makes, changes and removes all cases of a sandbox, each step for all of them before one look: on an emulated
/// processor a look takes as long as many cases.
/// </summary>
internal sealed class OtherCaseRun(OtherCases cases)
{
    private static readonly string[] s_lists = ["addr_info", "vlans", "tunnels", "vnis", "mdb"];

    // What the kernel adds by itself, sooner or later, beside what is made.
    private static readonly string[] s_ofTheKernel =
    [
        "\"fe80:", "\"ff00:", "\"ff02:", "33:33:", "\"224.0.0.", "\"local\"",
        "\"state\":\"\"",
    ];

    private readonly Dictionary<OtherCase, object> _there = [];
    private readonly List<string> _failures = [];

    private static NetworkStack Here => Stacks.Pool.Get();

    /// <summary>Runs them.</summary>
    /// <returns>What went wrong, a line for each.</returns>
    public IReadOnlyList<string> Run()
    {
        Prepare();
        var before = Looks();
        Each("made", cases.Cases, one => _there[one] = Make(one, one.Made()));
        Check("made", Looks(), one => one.Seen);
        var changed = cases.Cases.Where(one => one.Changed is not null && _there.ContainsKey(one)).ToList();
        if (changed.Count > 0)
        {
            Each("changed", changed, one => _there[one] = Change(one, _there[one], one.Changed!()) ?? _there[one]);
            Check("changed", Looks(), one => one.Changed is null ? one.Seen : one.Then!);
        }

        Each("removed", [.. cases.Cases.Reverse().Where(_there.ContainsKey)], one => Remove(_there[one]));
        var left = Looks().Select(Identity).Except(before.Select(Identity));
        _failures.AddRange(left.Where(item => !Array.Exists(s_ofTheKernel, item.Contains))
            .Select(item => $"left over: {item}"));
        return _failures;
    }

    private void Prepare()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(file, cases.Prepared);
            Execute("ip", "-batch", file);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private void Each(string step, IReadOnlyList<OtherCase> all, Action<OtherCase> action)
    {
        foreach (var one in all)
        {
            try
            {
                action(one);
            }
            catch (Exception e) when (e is NetworkException or InvalidOperationException or ArgumentException)
            {
                _failures.Add($"{one.Id} ({one.Source}) cannot be {step}: {e.Message}");
            }
        }
    }

    private void Check(string step, HashSet<string> looks, Func<OtherCase, string> expected)
    {
        var all = looks.Select(item => JsonNode.Parse(item)!).ToList();
        foreach (var one in _there.Keys)
        {
            var wanted = JsonNode.Parse(expected(one).Replace('\'', '"'))!;
            foreach (var item in wanted is JsonArray several ? several.ToList() : [wanted])
            {
                // Links are called like their case unless something else is said.
                if (_there[one] is NetLink && item!.AsObject().ContainsKey("ifname") is false)
                    item["ifname"] = one.Id;
                if (all.Exists(actual => Has(actual, item)))
                    continue;
                var first = item!.AsObject().First();
                var close = all.Find(actual => $"{actual[first.Key]}" == $"{first.Value}"
                    && (item["ifname"] is null || $"{actual["ifname"]}" == $"{item["ifname"]}"))
                    ?? all.Find(actual => item["ifname"] is not null && $"{actual["ifname"]}" == $"{item["ifname"]}");
                _failures.Add($"{one.Id} ({one.Source}), {step}: no {item.ToJsonString()} but {close?.ToJsonString()}");
            }
        }
    }

    // What stays the same of what was there before: a link's state is another after others came and went, and a port's
    // first VLAN is no more that of untagged frames.
    private static string Identity(string item)
    {
        var node = JsonNode.Parse(item)!.AsObject();
        if (node.ContainsKey("ifindex"))
            return $"link {node["ifname"]}";
        node.Remove("flags");
        return node.ToJsonString();
    }

    // Whether it has all that is expected.
    private static bool Has(JsonNode? actual, JsonNode? expected) => expected switch
    {
        null => actual is null,
        JsonObject wanted => actual is JsonObject has
            && wanted.All(pair => has.TryGetPropertyValue(pair.Key, out var value) && Has(value, pair.Value)),
        JsonArray wanted => actual is JsonArray has && wanted.All(item => $"{item}" is ['!', ..] word
            ? has.All(one => $"{one}" != word[1..]) : has.Any(one => Has(one, item))),
        _ => string.Equals($"{actual}", $"{expected}", StringComparison.Ordinal),
    };

    // All that ip and bridge show of what the cases are about.
    private HashSet<string> Looks()
    {
        var looks = new HashSet<string>();
        foreach (var (program, words) in cases.Cases.Select(one => one.Made()).SelectMany(LooksOf).Distinct())
        {
            var text = Execute(program, words.Split(' '));
            using var document = JsonDocument.Parse(text.Length == 0 ? "[]" : text);
            foreach (var item in document.RootElement.EnumerateArray())
                looks.UnionWith(Flat(Node(item)!.AsObject()).Select(one => one.ToJsonString()));
        }

        return looks;
    }

    private static IEnumerable<(string Program, string Words)> LooksOf(object made) => made switch
    {
        LinkSpec => [("ip", "-d -j link show")],
        AddressSpec => [("ip", "-d -j addr show")],
        Appended appended => LooksOf(appended.Route),
        RouteSpec { Destination.AddressFamily: AddressFamily.InterNetworkV6 } => [("ip",
            "-6 -d -j route show table all")],
        RouteSpec => [("ip", "-4 -d -j route show table all")],
        RuleSpec { AddressFamily: IPFamily.IPv6 } => [("ip", "-6 -d -j rule show")],
        RuleSpec => [("ip", "-4 -d -j rule show")],
        NeighborSpec { Proxy: true } => [("ip", "-d -j neigh show proxy")],
        NeighborSpec => [("ip", "-d -j neigh show nud all")],
        NextHopSpec => [("ip", "-d -j nexthop show")],
        BridgeFdbSpec => [("bridge", "-d -j fdb show")],
        BridgeMdbSpec => [("bridge", "-d -j mdb show")],
        VlansOfPort => [("bridge", "-j vlan show"), ("bridge", "-j vlan tunnelshow")],
        VnisOfLink => [("bridge", "-j vni show")],
        _ => throw new InvalidOperationException($"nobody shows a {made.GetType().Name}"),
    };

    // The same, with a 2 behind a name that comes again, as a route's dst does inside its encapsulation.
    private static JsonNode? Node(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.Array)
            return new JsonArray([.. element.EnumerateArray().Select(Node)]);
        if (element.ValueKind != JsonValueKind.Object)
            return JsonNode.Parse(element.GetRawText());
        var result = new JsonObject();
        foreach (var item in element.EnumerateObject())
            result[result.ContainsKey(item.Name) ? item.Name + "2" : item.Name] = Node(item.Value);
        return result;
    }

    // The items of a link's list, each with the link's name.
    private static IEnumerable<JsonObject> Flat(JsonObject item)
    {
        var lists = s_lists.Where(name => item[name] is JsonArray).ToList();
        if (lists.Count == 0)
            return [item];
        var name = item["ifname"]?.ToString();
        return lists.SelectMany(list => item[list]!.AsArray()).Select(one =>
        {
            var copy = one!.DeepClone().AsObject();
            if (name is not null)
                copy["ifname"] = name;
            // They count down.
            copy.Remove("gc_timer");
            return copy;
        });
    }

    private static object Make(OtherCase one, object made) => made switch
    {
        VethSpec spec => Here.Links.CreateVeth(spec),
        NetkitSpec spec => Here.Links.CreateNetkit(spec),
        TapSpec spec => Here.Links.CreateTap(spec),
        LinkSpec spec => Here.Links.Create(spec),
        AddressSpec spec => Here.Addresses.Create(Here.Links.Get(one.On), [spec])[0],
        RouteSpec spec => Here.Routes.Create(spec),
        Appended appended => Here.Routes.Add(appended.Route),
        RuleSpec spec => Here.Rules.Create(spec),
        NeighborSpec spec => Here.Neighbors.Create(Here.Links.Get(one.On), spec),
        NextHopSpec spec => Here.NextHops.Create(spec),
        BridgeFdbSpec spec => Here.Bridges.AddFdbEntry(spec),
        BridgeMdbSpec spec => Here.Bridges.AddMdbEntry(spec),
        VlansOfPort vlans => Add(vlans),
        VnisOfLink vnis => Add(vnis),
        _ => throw new InvalidOperationException($"nobody makes a {made.GetType().Name}"),
    };

    private static VlansOfPort Add(VlansOfPort vlans)
    {
        Here.Bridges.AddVlan(vlans.Port, [new VlanRange(vlans.Vlans)], vlans.Pvid, vlans.Untagged, vlans.TunnelId);
        return vlans;
    }

    private static VnisOfLink Add(VnisOfLink vnis)
    {
        Here.Vxlan.AddVnis(vnis.Link, [vnis.Vnis], vnis.Remote);
        return vnis;
    }

    // What it is now; null for the same.
    private static object? Change(OtherCase one, object there, object change)
    {
        switch (there, change)
        {
            case (NetLink link, LinkSettings settings):
                Here.Links.Change(link, settings);
                return null;
            case (NetLink link, LinkChange settings):
                Here.Links.Change(link, settings);
                return null;
            case (NetLink link, BridgePortSettings settings):
                Here.Bridges.ChangePort(link.Name, settings);
                return null;
            case (NetLink link, BondPortSettings settings):
                Here.Links.ChangeBondPort(link.Name, settings);
                return null;
            case (NetLink link, string name):
                Here.Links.Rename(link, name);
                return Here.Links.Get(name);
            case (NetIPAddress address, AddressChange settings):
                return Here.Addresses.Change(address, settings);
            case (NetRoute route, RouteChange settings):
                return Here.Routes.Change(route, settings);
            case (NetRoute, RouteSpec spec):
                return Here.Routes.Replace(spec);
            case (NetNextHop nextHop, NextHopChange settings):
                return Here.NextHops.Change(nextHop, settings);
            case (NetNextHop, NextHopSpec spec):
                return Here.NextHops.Replace(spec);
            case (NetNeighbor, NeighborSpec spec):
                return Here.Neighbors.Create(Here.Links.Get(one.On), spec, replace: true);
            case (_, BridgeFdbSpec or BridgeMdbSpec or VlansOfPort or VnisOfLink):
                return Make(one, change);
            default:
                throw new InvalidOperationException($"a {change.GetType().Name} changes no {there.GetType().Name}");
        }
    }

    private static void Remove(object there)
    {
        IEnumerable<NetworkException?> refused = there switch
        {
            NetLink link => Here.Links.Remove([link]).Select(NetworkException? (failure) => failure.Error),
            NetIPAddress address => Here.Addresses.Remove([address]),
            NetRoute route => Here.Routes.Remove([route]),
            NetRule rule => Here.Rules.Remove([rule]),
            NetNeighbor neighbor => Here.Neighbors.Remove([neighbor]),
            _ => [],
        };
        if (refused.FirstOrDefault(error => error is not null) is { } first)
            throw first;
        switch (there)
        {
            case NetNextHop nextHop:
                Here.NextHops.Remove(nextHop);
                break;
            case BridgeFdbEntry entry:
                Here.Bridges.RemoveFdbEntry(entry);
                break;
            case IReadOnlyList<BridgeMdbEntry> entries:
                foreach (var entry in entries)
                    Here.Bridges.RemoveMdbEntry(entry);
                break;
            case VlansOfPort vlans:
                Here.Bridges.RemoveVlan(vlans.Port, [new VlanRange(vlans.Vlans)]);
                break;
            case VnisOfLink vnis:
                Here.Vxlan.RemoveVnis(vnis.Link, [vnis.Vnis]);
                break;
        }
    }
}
