using System.Globalization;
using System.Text.Json;
using LxcNetworking.Addressing;
using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Links.Quality;
using LxcNetworking.Namespaces;
using LxcNetworking.Netlink;
using LxcNetworking.Rtnetlink;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>Addresses, neighbours, rules, routes, forwarding entries and VLANs, which kernels told and tests/record.sh
/// has written down, read without a kernel.</summary>
public class RecordedEntryTests
{
    private static readonly NamespaceReference s_nowhere = new("nowhere");

    [Fact]
    public void An_address_is_what_ip_shows() => Each("address", (reply, shown) =>
    {
        var attributes = reply.Read<IfAddrMsg>(out var header);
        var address = new NetIPAddress(header, attributes, s_nowhere);
        Assert.Equal(Text(shown, "local"), $"{address.IPAddress}");
        Assert.Equal(Text(shown, "prefixlen"), $"{address.PrefixLength}");
        Assert.Equal(Text(shown, "ifindex"), $"{address.InterfaceIndex}");
        Assert.Equal(Text(shown, "label"), address.Label);
        Assert.Equal(Text(shown, "broadcast"), address.Broadcast?.ToString());
        Assert.Equal(Text(shown, "address"), address.PeerAddress?.ToString());
        Assert.Equal(Text(shown, "scope"), $"{address.Scope}".ToLowerInvariant());
        Assert.Equal(Lifetime("valid_life_time"), address.ValidLifetime);
        Assert.Equal(Lifetime("preferred_life_time"), address.PreferredLifetime);
        Assert.Equal(Text(shown, "metric") ?? "0", $"{address.PrefixRouteMetric}");
        foreach (var (name, flag) in new[]
        {
            ("noprefixroute", AddressFlags.NoPrefixRoute), ("home", AddressFlags.HomeAddress),
            ("mngtmpaddr", AddressFlags.ManageTemporary), ("nodad", AddressFlags.SkipDuplicateAddressDetection),
        })
            Assert.Equal(Has(shown, name), (address.Flags & flag) != 0);
        Assert.Equal(Has(shown, "dynamic"), (address.Flags & AddressFlags.Permanent) == 0);

        Duration Lifetime(string name) => shown.GetProperty(name).GetUInt32() is var seconds and not uint.MaxValue
            ? TimeSpan.FromSeconds(seconds) : Duration.Forever;
    });

    [Fact]
    public void A_neighbor_is_what_ip_shows() => Each("neighbor", (reply, shown) =>
    {
        var attributes = reply.Read<NdMsg>(out var header);
        var neighbor = new NetNeighbor(header, attributes, s_nowhere);
        Assert.Equal(Text(shown, "dst"), $"{neighbor.IPAddress}");
        Assert.Equal(Text(shown, "lladdr"), neighbor.LinkLayerAddress?.ToString());
        Assert.Equal(Text(shown.GetProperty("state")[0]), $"{neighbor.State}".ToUpperInvariant());
        Assert.Equal(
            (Has(shown, "router"), Has(shown, "extern_learn"), Has(shown, "managed")),
            (neighbor.IsRouter, neighbor.IsExternallyLearned, neighbor.IsManaged));
        Assert.Equal(Text(shown, "protocol"), neighbor.Protocol?.ToString().ToLowerInvariant());
        Assert.False(neighbor.Proxy);
    });

    [Theory]
    [InlineData("rule")]
    [InlineData("rule6")]
    public void A_rule_is_what_ip_shows(string list) => Each(list, (reply, shown) =>
    {
        var rule = RuleOperations.Parse(reply, s_nowhere)!;
        Assert.Equal(list == "rule" ? IPFamily.IPv4 : IPFamily.IPv6, rule.AddressFamily);
        Assert.Equal(Text(shown, "priority"), $"{rule.Priority}");
        Assert.Equal(Prefix("src"), rule.From?.ToString());
        Assert.Equal(Prefix("dst"), rule.To?.ToString());
        Assert.Equal(Text(shown, "iif"), rule.InputInterface);
        Assert.Equal(Text(shown, "oif"), rule.OutputInterface);
        Assert.Equal(Text(shown, "fwmark"), Hexadecimal(rule.FirewallMark));
        Assert.Equal(Text(shown, "fwmask"), rule.FirewallMask == uint.MaxValue ? null : Hexadecimal(rule.FirewallMask));
        Assert.Equal(Text(shown, "tos"), Hexadecimal(rule.TypeOfService));
        Assert.Equal(Text(shown, "table"), Number(rule.Table?.Id));
        Assert.Equal(Text(shown, "goto"), Number(rule.GotoPriority));
        Assert.Equal(Has(shown, "not"), rule.Not == true);
        Assert.Equal(
            Text(shown, "action") ?? (Has(shown, "goto") ? "goto" : "lookup"), $"{rule.Action}".ToLowerInvariant());
        Assert.Equal(Text(shown, "ipproto"), rule.IPProtocol?.ToString().ToLowerInvariant());
        Assert.Equal(Range("sport", "sport_start", "sport_end"), rule.SourcePort?.ToString());
        Assert.Equal(Range("dport", "dport_start", "dport_end"), rule.DestinationPort?.ToString());
        Assert.Equal(Range("uid", "uid_start", "uid_end"), rule.UserId?.ToString());
        Assert.Equal(Text(shown, "suppress_prefixlen"), Number(rule.SuppressPrefixLength));
        Assert.Equal(Text(shown, "tun_id"), Number(rule.TunnelId));
        Assert.Equal(Text(shown, "suppress_ifgroup"), Number(rule.SuppressInterfaceGroup));
        Assert.Equal(Text(shown, "protocol") is "unspec" ? "0" : Text(shown, "protocol"), Number((long?)rule.Protocol));

        string? Prefix(string name) => Text(shown, name) is not { } address || address == "all" ? null
            : $"{address}/{Text(shown, name + "len") ?? (address.Contains(':') ? "128" : "32")}";

        string? Range(string one, string first, string last)
            => Text(shown, one) ?? (Has(shown, first) ? $"{Text(shown, first)}-{Text(shown, last)}" : null);
    });

    [Fact]
    public void A_forwarding_entry_is_what_bridge_shows() => Each("fdb", (reply, shown) =>
    {
        var attributes = reply.Read<NdMsg>(out var header);
        var entry = new BridgeFdbEntry(header, attributes, s_nowhere);
        var flags = shown.GetProperty("flags").EnumerateArray().Select(Text).ToList();
        Assert.Equal(Text(shown, "mac"), $"{entry.MacAddress}");
        Assert.Equal(Text(shown, "state"), $"{entry.Type}".ToLowerInvariant());
        Assert.Equal(flags.Contains("self"), entry.Self);
        Assert.Equal(flags.Contains("sticky"), entry.Sticky);
        Assert.Equal(flags.Contains("extern_learn"), entry.External);
        Assert.Equal(Has(shown, "master"), entry.Master is not null);
        Assert.Equal(Text(shown, "dst"), entry.Destination?.ToString());
        Assert.Equal(Text(shown, "port"), Number(entry.Port));
        Assert.Equal(Text(shown, "vni"), Number(entry.Vni));
        Assert.Equal(Text(shown, "src_vni"), Number(entry.SourceVni));
        Assert.Equal(Text(shown, "nhid"), Number(entry.NextHopId));
        Assert.Equal(Has(shown, "viaIf"), entry.DeviceIndex != 0);
        Assert.Null(entry.VlanId);
    });

    [Theory]
    [InlineData("route")]
    [InlineData("route6")]
    public void A_route_is_what_ip_shows(string list) => Each(list, (reply, shown) =>
    {
        var route = RouteMessages.Parse(reply, s_nowhere)!;
        var any = list == "route" ? "0.0.0.0" : "::";
        Assert.Equal(list == "route" ? IPFamily.IPv4 : IPFamily.IPv6, route.AddressFamily);
        Assert.Equal(Text(shown, "dst") is "default" ? $"{any}/0" : Text(shown, "dst"), $"{route.DestinationPrefix}");
        Assert.Equal(Text(shown, "from"), route.SourcePrefix?.ToString());
        Assert.Equal(Text(shown, "type"), $"{route.Type}".ToLowerInvariant());
        Assert.Equal(Text(shown, "table"), $"{route.Table}".ToLowerInvariant());
        Assert.Equal(Text(shown, "protocol"), $"{route.Protocol}".ToLowerInvariant());
        Assert.Equal(Text(shown, "scope"), $"{route.Scope}".ToLowerInvariant());
        Assert.Equal(Text(shown, "metric") ?? "0", $"{route.RouteMetric}");
        Assert.Equal(Text(shown, "tos"), Hexadecimal(route.TypeOfService));
        Assert.Equal(Text(shown, "prefsrc"), route.Source?.ToString());
        Assert.Equal(Text(shown, "pref"), route.Preference?.ToString().ToLowerInvariant());
        Assert.Equal(Text(shown, "expires"), Number((long?)route.Lifetime?.TotalSeconds));
        var flags = shown.GetProperty("flags").EnumerateArray().Select(Text).ToList();
        Assert.Equal(flags.Contains("onlink"), route.Flags == RouteFlags.OnLink);
        var hops = Has(shown, "nexthops") ? shown.GetProperty("nexthops").EnumerateArray().ToList() : [];
        Assert.Equal(
            hops.Select(hop => $"{Text(hop, "gateway")} {Text(hop, "weight")}"),
            route.Multipath.Select(hop => $"{hop.NextHop} {hop.Weight}"));
        var first = hops.Count > 0 ? hops[0] : shown;
        Assert.Equal(Has(first, "dev"), route.InterfaceIndex != 0);
        var via = Has(first, "via") ? Text(first.GetProperty("via"), "host") : Text(first, "gateway");
        Assert.Equal(via ?? any, $"{route.NextHop}");
        Assert.Equal(Text(shown, "encap"), route.Encapsulation?.Type.ToString().ToLowerInvariant());
        if (route.Encapsulation?.Type == RouteEncapsulationType.Seg6)
        {
            var segments = shown.GetProperty("segs").EnumerateArray().Select(Text).Where(segment => segment != "::");
            Assert.Equal(
                $"seg6 mode {Text(shown, "mode")} segs {string.Join(',', segments)}", $"{route.Encapsulation}");
        }

        Assert.Empty(route.OtherAttributes);
        var metrics = Has(shown, "metrics") ? shown.GetProperty("metrics")[0] : default;
        foreach (var (name, value) in new[]
        {
            ("mtu", route.Mtu), ("advmss", route.AdvertisedMss), ("hoplimit", route.HopLimit),
            ("window", route.Window), ("initcwnd", route.InitialCongestionWindow),
            ("initrwnd", route.InitialReceiveWindow), ("rtt", (long?)route.RoundTripTime?.TotalMilliseconds),
            ("quickack", route.QuickAck == true ? 1 : null),
        })
            Assert.Equal($"{name} {Text(metrics, name)}", $"{name} {Number(value)}");
        Assert.Equal(Text(metrics, "congestion"), route.CongestionControl);
        Assert.Equal(Has(metrics, "mtu") && list == "route", route.LockedMetrics == RouteMetricLocks.Mtu);
    });

    [Theory]
    [InlineData("route")]
    [InlineData("route6")]
    public void A_route_is_made_again_as_it_was(string list) => Each(list, (reply, _) =>
    {
        var route = RouteMessages.Parse(reply, s_nowhere)!;
        using var request = RouteMessages.Again(route);
        var again = RouteMessages.Parse(
            new NetlinkReply(Rtm.NewRoute, NetlinkFlags.None, request.Seal(1, 1, 0)[NetlinkRequest.HeaderSize..]),
            s_nowhere)!;
        Assert.Equal(RouteMessages.Identity(route), RouteMessages.Identity(again));
        Assert.Equal(
            (route.DestinationPrefix, route.SourcePrefix, route.NextHop, route.Table, route.RouteMetric, route.Type),
            (again.DestinationPrefix, again.SourcePrefix, again.NextHop, again.Table, again.RouteMetric, again.Type));
    });

    [Fact]
    public void A_next_hop_object_is_what_ip_shows() => Each("nexthop", (reply, shown) =>
    {
        var nextHop = NextHopOperations.Parse(reply, s_nowhere)!;
        var flags = shown.GetProperty("flags").EnumerateArray().Select(Text).ToList();
        Assert.Equal(Text(shown, "id"), Number(nextHop.NextHopId));
        Assert.Equal(Text(shown, "gateway"), nextHop.NextHop?.ToString());
        Assert.Equal(Has(shown, "dev"), nextHop.InterfaceIndex != 0);
        Assert.Equal(Text(shown, "scope"), $"{nextHop.Scope}".ToLowerInvariant());
        Assert.Equal(
            Text(shown, "protocol"), $"{nextHop.Protocol}".ToLowerInvariant().Replace("unspecified", "unspec"));
        Assert.Equal(flags.Contains("onlink"), nextHop.Flags == RouteFlags.OnLink);
        Assert.Equal(Has(shown, "fdb"), nextHop.Fdb);
        Assert.Equal(Has(shown, "blackhole"), nextHop.Blackhole);
        var members = Has(shown, "group") ? shown.GetProperty("group").EnumerateArray().ToList() : [];
        Assert.Equal(
            members.Select(member => $"{Text(member, "id")} {Text(member, "weight") ?? "1"}"),
            nextHop.Group!.Select(member => $"{member.NextHopId} {member.Weight}"));
        Assert.Equal(
            Text(shown, "type") ?? (members.Count > 0 ? "multipath" : null),
            nextHop.GroupType?.ToString().ToLowerInvariant());
        var resilience = Has(shown, "resilient_args") ? shown.GetProperty("resilient_args") : default;
        Assert.Equal(Text(resilience, "buckets"), Number(nextHop.Buckets));
        foreach (var (name, value) in new[]
        {
            ("idle_timer", nextHop.IdleTimer), ("unbalanced_timer", nextHop.UnbalancedTimer),
            ("unbalanced_time", nextHop.UnbalancedTime),
        })
            Assert.Equal($"{name} {Text(resilience, name)}", $"{name} {Number((long?)value?.TotalSeconds)}");
    });

    [Fact]
    public void A_queueing_discipline_is_what_tc_shows() => Each("qdisc", (reply, shown) =>
    {
        var qdisc = LinkQueue.Parse(reply, 0)!;
        var options = Has(shown, "options") ? shown.GetProperty("options") : default;
        JsonElement Part(string name) => Has(options, name) ? options.GetProperty(name) : default;
        Assert.Equal($"{Text(shown, "kind")} {Text(shown, "handle")}", $"{qdisc}");
        Assert.Equal(Has(shown, "root"), qdisc.IsRoot);
        var settings = qdisc.Settings;
        var rate = Part("rate") is { ValueKind: JsonValueKind.Object } own ? own : options;
        Assert.Equal(Text(rate, "rate"), Number(settings.Rate?.BitsPerSecond / 8));
        if (qdisc.Kind != "netem")
        {
            Assert.Equal(Text(options, "burst"), Number(settings.Burst));
            Assert.Equal(Has(options, "overhead"), $"{qdisc.Other}" == "peak rate 60Gbit, overhead 4 mpu 0");
            return;
        }

        Assert.Equal(Text(options, "limit"), Number(qdisc.Limit));
        Assert.Equal(Seconds(Part("delay"), "delay"), settings.Delay?.TotalSeconds);
        Assert.Equal(Seconds(Part("delay"), "jitter"), settings.Jitter?.TotalSeconds);
        foreach (var (part, name, value) in new[]
        {
            ("delay", "correlation", settings.DelayCorrelation), ("loss-random", "loss", settings.Loss),
            ("loss-random", "correlation", settings.LossCorrelation), ("duplicate", "duplicate", settings.Duplicate),
            ("corrupt", "corrupt", settings.Corrupt), ("reorder", "reorder", settings.Reorder),
            ("reorder", "correlation", settings.ReorderCorrelation),
        })
            Assert.Equal(Seconds(Part(part), name) ?? 0, (double)(value?.Value ?? 0) / 100, 1e-8);
        Assert.Equal(
            Has(options, "slot"), $"{qdisc.Other}" == "ecn, a model of losses, slots, rate overhead 5 cell 100 6");

        static double? Seconds(JsonElement part, string name)
            => Has(part, name) && part.GetProperty(name).GetDouble() is var number and not 0 ? number : null;
    });

    [Fact]
    public void A_filter_of_what_comes_in_is_what_tc_shows() => Each("filter", (reply, shown) =>
    {
        var filter = IngressFilter.Parse(reply)!;
        var action = shown.GetProperty("options").GetProperty("actions")[0];
        var isAll = Text(shown, "kind") == "matchall";
        Assert.Equal((Text(shown, "kind"), Text(shown, "pref")), (filter.Kind, $"{filter.Info >> 16}"));
        Assert.Equal(isAll && Text(action, "mirred_action") == "redirect", filter.Target != 0);
        Assert.Equal(Has(action, "cookie"), filter.IsOwn);
        Assert.Equal(filter.IsOwn, filter.MadeQdisc);
    });

    [Fact]
    public void The_VLANs_of_a_port_and_of_a_bridge_are_what_bridge_shows() => Each("bridge-vlan", (reply, shown) =>
    {
        var link = LinkParser.Parse(reply, s_nowhere)!;
        Assert.Equal(Text(shown, "ifname"), link.Name);
        Assert.True(reply.Read<IfInfoMsg>(out _).TryFind(Ifla.AfSpec, out var specific));
        Assert.Equal(
            shown.GetProperty("vlans").EnumerateArray().Select(vlan =>
            {
                var flags = Has(vlan, "flags") ? vlan.GetProperty("flags").EnumerateArray().Select(Text).ToList() : [];
                return $"{Text(vlan, "vlan")} {flags.Contains("PVID")} {flags.Contains("Egress Untagged")}";
            }),
            BridgeVlans.Read(specific.Nested, link).Select(vlan => $"{vlan.VlanId} {vlan.Pvid} {vlan.Untagged}"));
    });

    private static void Each(string list, Action<NetlinkReply, JsonElement> look)
    {
        var entries = Recording.Entries.Where(recording => recording.Kind == list).ToList();
        Assert.NotEmpty(entries);
        Assert.All(
            entries,
            entry => look(new NetlinkReply(entry.Type, NetlinkFlags.None, entry.Payload), entry.Shown));
    }

    private static bool Has(JsonElement json, string field) => Text(json, field) is not null;

    private static string? Text(JsonElement json, string field)
        => json.ValueKind == JsonValueKind.Object && json.TryGetProperty(field, out var value)
            ? value.ToString() : null;

    private static string Text(JsonElement json) => json.ToString();

    private static string? Number(long? number) => number?.ToString(CultureInfo.InvariantCulture);

    private static string? Hexadecimal(long? number) => number is { } given ? $"0x{given:x}" : null;
}
