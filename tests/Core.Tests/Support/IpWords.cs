using System.Globalization;
using System.Text;

namespace LxcNetworking.Tests;

/// <summary>
/// Random words for ip(8). In a text, <c>{1-9}</c> stands for a number, <c>{a|b}</c> for one of two words,
/// <c>{a4}</c>, <c>{a6}</c> and <c>{mac}</c> for addresses; parts between semicolons are there or not.
/// </summary>
internal static class IpWords
{
    private const string Gre = "local {a4} ; remote {a4} ; ttl {1-255} ; tos {hex} ; nopmtudisc ; fwmark {1-999} ; "
        + "encap {fou|gue} encap-sport auto encap-dport {1-65535} ; dev {link}";

    private const string Gre6 = "hoplimit {1-255} ; tclass {hex} ; flowlabel {hex5} ; encaplimit {0-255} ; "
        + "fwmark {1-999} ; dev {link}";

    private const string Tap = "mode {bridge|private|vepa|passthru} ; bcqueuelen {0-5000}";

    private const string Udp = "ttl {1-255} ; tos {hex} ; df {set|unset|inherit}";

    /// <summary>Kinds of links, each with what its command has always, and what it may have.</summary>
    public static IReadOnlyDictionary<string, (string Always, string Perhaps)> Kinds { get; }
        = new Dictionary<string, (string Always, string Perhaps)>
        {
            ["dummy"] = ("", ""),
            ["bridge"] = ("", "ageing_time {0-100000} ; forward_delay {200-3000} ; hello_time {100-1000} ; "
                + "max_age {600-4000} ; priority {0-65535} ; stp_state {0|1} ; vlan_filtering {0|1} ; "
                + "vlan_protocol {802.1q|802.1ad} ; group_fwd_mask {8|16|65528} ; mcast_snooping {0|1} ; "
                + "mcast_router {0|1|2} ; mcast_querier {0|1} ; mcast_query_use_ifaddr {0|1} ; "
                + "mcast_hash_max {16|512|16384} ; mcast_last_member_count {0-10} ; "
                + "mcast_startup_query_count {0-10} ; mcast_last_member_interval {10-1000} ; "
                + "mcast_membership_interval {1000-90000} ; mcast_querier_interval {1000-90000} ; "
                + "mcast_query_interval {1000-90000} ; mcast_query_response_interval {100-9000} ; "
                + "mcast_startup_query_interval {1000-9000} ; mcast_stats_enabled {0|1} ; mcast_igmp_version {2|3} ; "
                + "mcast_mld_version {1|2} ; nf_call_iptables {0|1} ; no_linklocal_learn {0|1} ; "
                + "group_address 01:80:c2:00:00:0{4|5|d} ; vlan_default_pvid {0-4094} ; vlan_stats_enabled {0|1} ; "
                + "vlan_stats_per_port {0|1}"),
            ["ifb"] = ("", ""),
            ["nlmon"] = ("", ""),
            ["vcan"] = ("", ""),
            ["wireguard"] = ("", ""),
            ["vrf"] = ("table {1000-1009}", ""),
            ["bond"] = ("mode {balance-rr|active-backup|balance-xor|broadcast|802.3ad|balance-tlb|balance-alb}",
                "miimon {100-900} ; updelay {0-5}00 downdelay {0-5}00 ; min_links {0-4} ; "
                + "resend_igmp {0-255} ; num_grat_arp {0-255} ; all_slaves_active {0|1} ; "
                + "fail_over_mac {none|active|follow} ; primary_reselect {always|better|failure} ; "
                + "xmit_hash_policy {layer2|layer2+3|layer3+4|encap2+3|encap3+4|vlan+srcmac} ; "
                + "lacp_rate {slow|fast} ; ad_select {stable|bandwidth|count} ; lp_interval {1-90}"),
            ["vlan"] = ("id {1-4094}", "protocol {802.1q|802.1ad} ; reorder_hdr off ; gvrp on ; mvrp on ; "
                + "loose_binding on ; ingress-qos-map {1-7}:{1-7} ; egress-qos-map {1-7}:{1-7} {8-15}:{1-7}"),
            ["macvlan"] = ("", Tap + " ; mode source"),
            ["macvtap"] = ("", Tap),
            ["ipvlan"] = ("", "mode {l2|l3|l3s} ; {bridge|private|vepa}"),
            ["ipvtap"] = ("", "mode {l2|l3|l3s} ; {bridge|private|vepa}"),
            ["vxlan"] = ("id {1-16777215} dstport {4000-4010}", Udp + " ; local {a4} ; remote {a4} ; nolearning ; "
                + "proxy ; rsc ; l2miss ; l3miss ; noudpcsum ; udp6zerocsumtx ; udp6zerocsumrx ; "
                + "srcport {1-100} {101-999} ; ageing {0-9000} ; maxaddress {1-900} ; gbp ; remcsumtx remcsumrx ; "
                + "dev {link}"),
            ["geneve"] = ("id {1-16777215} remote {a4}", Udp + " ; dstport {6000-6009} ; noudpcsum ; "
                + "udp6zerocsumtx ; udp6zerocsumrx"),
            ["gre"] = ("", Gre + " ; key {1-99} ; ikey {1-9} ; okey {1-9} ; iseq ; oseq ; icsum ; ocsum ; ignore-df"),
            ["gretap"] = ("remote {a4}", Gre + " ; key {1-99} ; seq ; csum ; ignore-df"),
            ["erspan"] = ("local {a4} remote {a4} seq key {1-999} erspan_ver {1|2}", "tos {hex} ; ttl {1-255}"),
            ["ip6gre"] = ("local {a6} remote {a6}", Gre6 + " ; key {1-99} ; seq ; csum"),
            ["ip6gretap"] = ("local {a6} remote {a6}", Gre6 + " ; key {1-99} ; seq ; csum"),
            ["ipip"] = ("remote {a4}", Gre + " ; mode {any|ipip}"),
            ["sit"] = ("local {a4}", Gre + " ; mode {any|ip6ip|ipip} ; 6rd-prefix 2001:db8::/32"),
            ["ip6tnl"] = ("local {a6} remote {a6}", Gre6 + " ; mode {any|ip6ip6|ipip6} ; tclass inherit"),
            ["vti"] = ("local {a4} remote {a4}", "key {1-99} ; ikey {1-99} ; fwmark {1-99} ; dev {link}"),
            ["vti6"] = ("local {a6} remote {a6}", "key {1-99} ; okey {1-99} ; fwmark {1-99} ; dev {link}"),
            ["xfrm"] = ("if_id {1-999}", "dev {link}"),
            ["macsec"] = ("", "port {1-999} ; cipher {gcm-aes-128|gcm-aes-256} ; encrypt on ; protect off ; "
                + "send_sci off ; scb on ; validate {strict|check|disabled} ; encodingsa {0-3} ; replay on window 7"),
        };

    /// <summary>Kinds whose command names a parent.</summary>
    public static IReadOnlySet<string> OnParent { get; } = new HashSet<string>
    {
        "vlan", "macvlan", "macvtap", "ipvlan", "ipvtap", "macsec",
    };

    /// <summary>What a link of any kind may have, each a command of its own after <c>link set dev NAME</c>.</summary>
    public const string Common = "mtu {1280-1499} ; mtu {68-9000} ; txqueuelen {0-5000} ; address {mac} ; "
        + "alias A{1-99}; group {1-99} ; addrgenmode {none|random} ; promisc on ; allmulticast on ; arp off ; "
        + "multicast off ; gso_max_size {9000-65535} ; gso_max_segs {1-65535} ; gro_max_size {9000-65535} ; "
        + "protodown on";

    /// <summary>What a bridge's port may have.</summary>
    public const string BridgePort = "cost {1-65535} ; priority {0-63} ; hairpin {on|off} ; guard {on|off} ; "
        + "root_block {on|off} ; fastleave {on|off} ; learning {on|off} ; flood {on|off} ; mcast_flood {on|off} ; "
        + "bcast_flood {on|off} ; mcast_router {0|1|2} ; mcast_to_unicast {on|off} ; proxy_arp {on|off} ; "
        + "proxy_arp_wifi {on|off} ; neigh_suppress {on|off} ; vlan_tunnel {on|off} ; isolated {on|off} ; "
        + "locked {on|off} ; group_fwd_mask {8|16} ; backup_port {link}";

    /// <summary>What IPv4 and IPv6 addresses may have.</summary>
    public const string Address4 = "broadcast {+|-} ; broadcast 10.255.255.255 ; label {label} ; "
            + "scope {link|host|77} ; metric {1-9000} ; noprefixroute",
        Address6 = "nodad ; home ; mngtmpaddr ; noprefixroute ; metric {1-9000}";

    /// <summary>What a route may have.</summary>
    public const string Route = "metric {1-999} ; proto {static|boot|zebra|77} ; mtu {lock 1280|1300} ; "
        + "advmss {500-1400} ; initcwnd {1-99} ; initrwnd {1-99} ; window {1-9999} ; hoplimit {1-255} ; quickack 1 ; "
        + "congctl reno ; "
        + "rto_min {100-900}ms ; features ecn ; reordering {1-99} ; fastopen_no_cookie 1 ; table {1000-1009} ; "
        + "scope link ; tos 0x10 ; pref {low|high}";

    /// <summary>What a rule may have.</summary>
    public const string Rule = "not ; iif {link} ; oif {link} ; fwmark {1-99}/{100-255} ; fwmark {1-99} ; tos 0x10 ; "
        + "ipproto {tcp|udp} sport {1-99}-{100-999} ; ipproto tcp dport {1-99} ; uidrange {1-99}-{100-999} ; "
        + "tun_id {1-99} ; protocol {3-255}";

    /// <summary>A text with each part there or not, and random words.</summary>
    /// <param name="random">What chooses.</param>
    /// <param name="parts">The parts, semicolons between them.</param>
    /// <param name="named">Words of the namespace: <c>link</c>, <c>label</c>.</param>
    /// <param name="one">How many leave one out.</param>
    public static IEnumerable<string> Some(
        Random random, string parts, Func<string, string?> named, int one = 4)
    {
        foreach (var part in parts.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (random.Next(one) == 0 && Fill(random, part, named) is { } text)
                yield return text;
        }
    }

    /// <summary>A text with random words; null where one is missing.</summary>
    public static string? Fill(Random random, string text, Func<string, string?> named)
    {
        var result = new StringBuilder();
        for (var at = 0; at < text.Length;)
        {
            var open = text.IndexOf('{', at);
            if (open < 0)
                return result.Append(text, at, text.Length - at).ToString();
            var close = text.IndexOf('}', open);
            result.Append(text, at, open - at);
            if (Word(random, text[(open + 1)..close], named) is not { } word)
                return null;
            result.Append(word);
            at = close + 1;
        }

        return result.ToString();
    }

    private static string? Word(Random random, string word, Func<string, string?> named)
    {
        string Number(int least, int most) => random.Next(least, most).ToString(CultureInfo.InvariantCulture);
        if (word.Contains('|', StringComparison.Ordinal))
            return word.Split('|') is var all ? all[random.Next(all.Length)] : null;
        if (word.Split('-') is [var low, var high] && Values.Digits.TryParse(low, out int least)
            && Values.Digits.TryParse(high, out int most))
            return random.Next(8) switch { 0 => low, 1 => high, _ => Number(least, most + 1) };
        return word switch
        {
            "a4" => $"192.0.2.{Number(1, 255)}",
            "a6" => $"2001:db8::{random.Next(1, 65536):x}",
            "mac" => $"02:00:00:{random.Next(256):x2}:{random.Next(256):x2}:{random.Next(256):x2}",
            "hex" => $"0x{random.Next(1, 64) * 4:x}",
            "hex5" => $"0x{random.Next(1, 1 << 20):x5}",
            _ => named(word),
        };
    }
}
