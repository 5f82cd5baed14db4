using System.Net.Sockets;
using LxcNetworking.Addressing;
using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.Netfilter.Filtering;

/// <summary>Says what the filters of one namespace, whoever made them, do to a network's traffic.</summary>
internal sealed class TrafficFilters(NetworkStack stack)
{
    private const int MaxObstacles = 20;
    private const string BridgeSettings = "/proc/sys/net/bridge/bridge-nf-call-";
    private static readonly bool[] s_certainty = [true, false];

    /// <summary>Looks at a network's traffic.</summary>
    /// <param name="question">The network, its interface and what it does.</param>
    /// <param name="bridge">Its interface, where that is a bridge.</param>
    /// <param name="external">The interface that packets leave by; null for that of the default route.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>What drops it; nothing where the ruleset may not be read.</returns>
    public FilterReport Report(
        FilterQuestion question, BridgeLink? bridge, string? external, CancellationToken cancellation)
    {
        try
        {
            var notSeen = LegacyTables();
            if (FilterRuleset.Read(stack, cancellation) is not { } ruleset || ruleset.Hooked.Count == 0)
                return new FilterReport([], notSeen);
            IReadOnlyList<NetRoute>? routes = null;
            question = question with
            {
                IsBridge = bridge is not null,
                BridgedFamilies = [.. BridgedFamilies(bridge)],
                Outside = family => Outside(routes ??= stack.Routes.List(cancellation: cancellation), family, external),
            };
            var walk = new FilterWalk(ruleset, cancellation);
            foreach (var flow in FilterFlows.Of(question))
                walk.Send(flow);
            if (!ruleset.IsWhole || !walk.IsWhole)
            {
                notSeen.Add(
                    $"The nftables ruleset of namespace '{stack.Namespace}' is too large to be looked at whole.");
            }

            var found = Obstacles(ruleset, walk, question).ToList();
            if (found.Count > MaxObstacles)
                notSeen.Add($"{found.Count - MaxObstacles} more nftables rules drop what they drop, or other parts.");
            return new FilterReport([.. found.Take(MaxObstacles)], notSeen);
        }
        catch (NetlinkException)
        {
            return new FilterReport([], []);
        }
    }

    /// <summary>Finds the one interface that a network is reached over without a router.</summary>
    public NetLink? LinkOf(IPPrefix prefix, CancellationToken cancellation)
    {
        if (prefix.Length == 0)
            return null;
        var indexes = stack.Routes.List(cancellation: cancellation)
            .Where(route => route.DestinationPrefix.Length > 0 && route.DestinationPrefix.Overlaps(prefix)
                && IP.IsAny(route.NextHop) && route.InterfaceIndex != 0)
            .Select(route => route.InterfaceIndex).Distinct().ToList();
        return indexes is [var index]
            ? stack.Links.List(cancellation: cancellation).FirstOrDefault(link => link.Index == index) : null;
    }

    private static FilterLink Outside(IReadOnlyList<NetRoute> routes, AddressFamily family, string? external)
    {
        if (external is not null)
            return new FilterLink(external);
        var way = routes.Where(route => route.DestinationPrefix.Length == 0
            && route.DestinationPrefix.AddressFamily == family && route.InterfaceIndex != 0)
            .OrderBy(route => route.RouteMetric).FirstOrDefault();
        return way is null ? FilterLink.Unknown : new FilterLink(way.InterfaceAlias, way.InterfaceIndex);
    }

    // The namespace's setting counts for all bridges, a bridge's own for it alone.
    private IEnumerable<AddressFamily> BridgedFamilies(BridgeLink? bridge)
    {
        if (bridge is null)
            return [];
        var (ipv4, ipv6) = stack.Within(() => (Setting("iptables"), Setting("ip6tables")));
        return new[]
        {
            (AddressFamily.InterNetwork, ipv4 || bridge.CallIptables == true),
            (AddressFamily.InterNetworkV6, ipv6 || bridge.CallIp6tables == true),
        }.Where(item => item.Item2).Select(item => item.Item1);
    }

    private static bool Setting(string name)
    {
        try
        {
            return File.ReadAllText(BridgeSettings + name).Trim() == "1";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // br_netfilter is not loaded.
            return false;
        }
    }

    private List<string> LegacyTables()
    {
        var names = stack.Within(() => Tables("ip_tables_names").Union(Tables("ip6_tables_names"))
            .Order(StringComparer.Ordinal).ToList());
        return names.Count == 0 ? [] :
        [
            $"Namespace '{stack.Namespace}' has tables of legacy iptables too ({string.Join(", ", names)}), whose "
                + "rules are not looked at.",
        ];
    }

    private static List<string> Tables(string file)
    {
        try
        {
            return [.. File.ReadLines("/proc/thread-self/net/" + file).Take(16).Select(KernelText.Printable)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private IEnumerable<FilterObstacle> Obstacles(FilterRuleset ruleset, FilterWalk walk, FilterQuestion question)
        => from hit in walk.Hits
           from isCertain in s_certainty
           from packets in Alike([.. hit.Packets.Where(item => item.Value == isCertain).Select(item => item.Key)])
           select Obstacle(ruleset, hit, isCertain, packets, question);

    // Parts of what is forwarded of which the same protocols are dropped; the rest goes with the first ones.
    private static List<List<FilterPacket>> Alike(List<FilterPacket> packets)
    {
        List<List<FilterPacket>> result =
        [
            .. packets.Where(packet => packet.Traffic <= FilteredTraffic.Bridged).GroupBy(packet => packet.Traffic)
                .GroupBy(part => string.Join(' ', part.Select(packet => packet.ProtocolName).Distinct()))
                .Select(parts => parts.SelectMany(part => part).ToList()),
        ];
        var rest = packets.Where(packet => packet.Traffic > FilteredTraffic.Bridged).ToList();
        if (result.Count == 0 && rest.Count > 0)
            return [rest];
        if (result.Count > 0)
            result[0].AddRange(rest);
        return result;
    }

    private FilterObstacle Obstacle(
        FilterRuleset ruleset, FilterHit hit, bool isCertain, List<FilterPacket> packets, FilterQuestion question)
    {
        string[] protocols =
        [
            .. packets.Where(packet => packet.Traffic <= FilteredTraffic.Bridged)
                .Select(packet => packet.ProtocolName).Distinct(),
        ];
        return new FilterObstacle(stack.Namespace)
        {
            Family = FilterWords.Family(hit.Chain.Family),
            Table = hit.Chain.Table,
            Chain = hit.Chain.Name,
            BaseChain = hit.Hooked.Name,
            Hook = hit.Hook,
            Handle = hit.Rule?.Handle,
            Rule = hit.Words,
            IsCertain = isCertain,
            Traffic = [.. packets.Select(packet => packet.Traffic).Distinct().Order()],
            Protocol = protocols.Length is 0 or 3 ? [] : [.. protocols],
            Prefix =
            [
                .. question.Prefixes.Select(prefix => prefix.Network).Distinct().Where(prefix => packets.Exists(
                    packet => packet.IsIPv6 == (prefix.AddressFamily == AddressFamily.InterNetworkV6))),
            ],
            InterfaceAlias = question.Inside.Name,
            Program = ProgramOf(ruleset, hit),
        };
    }

    private static FirewallProgram ProgramOf(FilterRuleset ruleset, FilterHit hit)
    {
        if (hit.Chain.Table == "firewalld")
            return FirewallProgram.Firewalld;
        bool Has(string chain) => ruleset.Find(hit.Chain.Family, hit.Chain.Table, chain) is not null;
        if (hit.Chain.Family is not (Nf.IPv4 or Nf.IPv6) || hit.Chain.Table != "filter")
            return FirewallProgram.Other;
        var isUfw = Has("ufw-user-input") || Has("ufw6-user-input");
        if (hit.Hook == "forward" && Has("DOCKER-USER")
            && (!isUfw || hit.Chain.Name.StartsWith("DOCKER", StringComparison.Ordinal)))
            return FirewallProgram.Docker;
        return isUfw && (hit.Hook is "input" or "forward") ? FirewallProgram.Ufw : FirewallProgram.Other;
    }
}
