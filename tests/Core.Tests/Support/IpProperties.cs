using System.Globalization;
using System.Text.Json;
using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;
using LxcNetworking.WireGuard;

namespace LxcNetworking.Tests;

/// <summary>What each public property of the declared types is by what ip shows of the link's kind, as text; null for
/// nothing.</summary>
internal static class IpProperties
{
    private static readonly Dictionary<Type, Dictionary<string, Func<JsonElement, string?>>> s_types = new()
    {
        [typeof(BondSettings)] = new()
        {
            ["Mode"] = Named<BondMode>("mode", new()
            {
                ["balance-rr"] = BondMode.BalanceRoundRobin,
                ["active-backup"] = BondMode.ActiveBackup,
                ["balance-xor"] = BondMode.BalanceXor,
                ["broadcast"] = BondMode.Broadcast,
                ["802.3ad"] = BondMode.Lacp,
                ["balance-tlb"] = BondMode.BalanceTlb,
                ["balance-alb"] = BondMode.BalanceAlb,
            }),
            ["MiiMonitor"] = Time("miimon", 1),
            ["UpDelay"] = Time("updelay", 1),
            ["DownDelay"] = Time("downdelay", 1),
            ["ArpInterval"] = Time("arp_interval", 1),
            ["ArpTarget"] = data => Has(data, "arp_ip_target", out var targets)
                ? string.Join(", ", targets.EnumerateArray().Where(one => one.ValueKind == JsonValueKind.String))
                : string.Empty,
            // ip shows the port's name.
            ["PrimaryIndex"] = Index("primary", zero: "0"),
            ["ActivePortIndex"] = Index("active_slave", zero: "0"),
            ["HashPolicy"] = Named<BondHashPolicy>("xmit_hash_policy", new()
            {
                ["layer2"] = BondHashPolicy.Layer2,
                ["layer3+4"] = BondHashPolicy.Layer3And4,
                ["layer2+3"] = BondHashPolicy.Layer2And3,
                ["encap2+3"] = BondHashPolicy.Encapsulation2And3,
                ["encap3+4"] = BondHashPolicy.Encapsulation3And4,
                ["vlan+srcmac"] = BondHashPolicy.VlanAndSourceMac,
            }),
            ["PrimaryReselect"] = Named<BondPrimaryReselect>("primary_reselect", new()
            {
                ["always"] = BondPrimaryReselect.Always,
                ["better"] = BondPrimaryReselect.Better,
                ["failure"] = BondPrimaryReselect.Failure,
            }),
            ["FailOverMac"] = Named<BondFailOverMac>("fail_over_mac", new()
            {
                ["none"] = BondFailOverMac.None,
                ["active"] = BondFailOverMac.Active,
                ["follow"] = BondFailOverMac.Follow,
            }),
            ["UseCarrier"] = Flag("use_carrier"),
            ["ArpValidate"] = data => Text(data, "arp_validate") switch
            {
                null or "" => "None",
                var name =>
                $"{Enum.Parse<BondArpValidate>(name.Replace("_", string.Empty, StringComparison.Ordinal), true)}",
            },
            ["ArpAllTargets"] = data => $"{Text(data, "arp_all_targets") == "all"}",
            ["ArpMissedMaximum"] = Number("arp_missed_max"),
            ["NeighborTarget"] = data => Has(data, "ns_ip6_target", out var targets)
                ? string.Join(", ", targets.EnumerateArray().Where(one => one.ValueKind == JsonValueKind.String))
                : string.Empty,
            ["LacpActive"] = data => $"{Text(data, "ad_lacp_active") == "on"}",
            ["LacpSelection"] = Named<BondLacpSelection>("ad_select", new()
            {
                ["stable"] = BondLacpSelection.Stable,
                ["bandwidth"] = BondLacpSelection.Bandwidth,
                ["count"] = BondLacpSelection.Count,
            }),
            ["LacpSystemPriority"] = Number("ad_actor_sys_prio"),
            ["LacpUserPortKey"] = Number("ad_user_port_key"),
            ["LacpSystem"] = data => Text(data, "ad_actor_system") is var mac
            && mac != "00:00:00:00:00:00" ? mac : null,
            // Older ones neither show nor set it, and the kernel has it on.
            ["CoupledControl"] = data => $"{Text(data, "coupled_control") != "off"}",
            ["PeerNotifications"] = Number("num_peer_notif"),
            ["PeerNotificationDelay"] = Time("peer_notify_delay", 1),
            ["IgmpReports"] = Number("resend_igmp"),
            ["AllPortsActive"] = Flag("all_slaves_active"),
            ["PacketsPerPort"] = Number("packets_per_slave"),
            ["LearningInterval"] = Time("lp_interval", 1000),
            ["DynamicLoadBalancing"] = Flag("tlb_dynamic_lb"),
            ["LacpGroup"] = LacpInfo("aggregator"),
            ["LacpGroupPorts"] = LacpInfo("num_ports"),
            ["LacpActorKey"] = LacpInfo("actor_key"),
            ["LacpPartnerKey"] = LacpInfo("partner_key"),
            ["MinimumPorts"] = Number("min_links"),
            ["LacpRate"] = Named<BondLacpRate>(
                "ad_lacp_rate", new() { ["slow"] = BondLacpRate.Slow, ["fast"] = BondLacpRate.Fast }),
            ["LacpPartner"] = data => Has(data, "ad_info", out var info) && Text(info, "partner_mac") is { } mac
                && mac != "00:00:00:00:00:00" ? mac : null,
        },
        [typeof(BondPortSettings)] = new()
        {
            ["State"] = Named<BondPortState>(
                "state", new() { ["ACTIVE"] = BondPortState.Active, ["BACKUP"] = BondPortState.Backup }),
            ["Status"] = Named<BondPortStatus>("mii_status", new()
            {
                ["UP"] = BondPortStatus.Up,
                ["GOING_DOWN"] = BondPortStatus.GoingDown,
                ["DOWN"] = BondPortStatus.Down,
                ["GOING_BACK"] = BondPortStatus.GoingUp,
            }),
            ["Failures"] = Number("link_failure_count"),
            ["PermanentMacAddress"] = data => Text(data, "perm_hwaddr"),
            ["QueueId"] = Number("queue_id"),
            ["Priority"] = Number("prio"),
            ["LacpGroup"] = Number("ad_aggregator_id"),
            ["LacpActorState"] = LacpState("ad_actor_oper_port_state"),
            ["LacpPartnerState"] = LacpState("ad_partner_oper_port_state"),
        },
        [typeof(BridgePortSettings)] = new()
        {
            ["Hairpin"] = Flag("hairpin"),
            ["Isolated"] = Flag("isolated"),
            ["Learning"] = Flag("learning"),
            ["Flood"] = Flag("flood"),
            ["MulticastFlood"] = Flag("mcast_flood"),
            ["BroadcastFlood"] = Flag("bcast_flood"),
            ["Cost"] = Number("cost"),
            ["Priority"] = Number("priority"),
            ["BpduGuard"] = Flag("guard"),
            ["RootBlock"] = Flag("root_block"),
            ["FastLeave"] = Flag("fastleave"),
            ["ProxyArp"] = Flag("proxy_arp"),
            ["NeighborSuppress"] = Flag("neigh_suppress"),
            ["ProxyArpWifi"] = Flag("proxy_arp_wifi"),
            ["NeighborVlanSuppress"] = Newer(Flag("neigh_vlan_suppress")),
            ["Locked"] = Flag("locked"),
            ["MacAuthenticationBypass"] = Newer(Flag("mab")),
            ["VlanTunnel"] = Flag("vlan_tunnel"),
            ["GroupForwardMask"] = Hexadecimal("group_fwd_mask"),
            ["MulticastRouter"] = MulticastRouterOf("multicast_router"),
            ["MulticastToUnicast"] = Flag("mcast_to_unicast"),
            // bridge shows these four, and ip does not.
            ["MaxMulticastHosts"] = _ => NotShown,
            ["MulticastHostCount"] = _ => NotShown,
            ["MaxMulticastGroups"] = _ => NotShown,
            ["MulticastGroupCount"] = _ => NotShown,
            ["BackupPortIndex"] = Index("backup_port", zero: "0"),
            ["BackupNextHopId"] = Newer(Number("backup_nhid")),
            ["State"] = Named<BridgePortState>("state", new()
            {
                ["disabled"] = BridgePortState.Disabled,
                ["listening"] = BridgePortState.Listening,
                ["learning"] = BridgePortState.Learning,
                ["forwarding"] = BridgePortState.Forwarding,
                ["blocking"] = BridgePortState.Blocking,
            }),
            ["PortNumber"] = Number("no"),
            ["PortId"] = Number("id"),
            ["RootId"] = BridgeId("root_id"),
            ["DesignatedBridgeId"] = BridgeId("bridge_id"),
            ["DesignatedPort"] = Number("designated_port"),
            ["DesignatedCost"] = Number("designated_cost"),
            ["TopologyChangeAcknowledged"] = Flag("topology_change_ack"),
            ["ConfigurationPending"] = Flag("config_pending"),
            ["MessageAgeTimer"] = Timer("message_age_timer"),
            ["ForwardDelayTimer"] = Timer("forward_delay_timer"),
            ["HoldTimer"] = Timer("hold_timer"),
            ["MrpRingOpen"] = _ => NotShown,
            ["MrpInterconnectOpen"] = _ => NotShown,
        },
        [typeof(BridgeSettings)] = new()
        {
            ["ForwardDelay"] = Time("forward_delay", 10),
            ["HelloTime"] = Time("hello_time", 10),
            ["MaxAge"] = Time("max_age", 10),
            ["AgeingTime"] = Time("ageing_time", 10),
            ["Stp"] = Flag("stp_state"),
            ["Priority"] = Number("priority"),
            ["VlanFiltering"] = Flag("vlan_filtering"),
            ["DefaultVlanId"] = Number("vlan_default_pvid"),
            ["VlanProtocol"] = data => Text(data, "vlan_protocol"),
            ["VlanStatistics"] = Flag("vlan_stats_enabled"),
            ["VlanStatisticsPerPort"] = Flag("vlan_stats_per_port"),
            ["GroupForwardMask"] = Hexadecimal("group_fwd_mask"),
            ["GroupAddress"] = data => Text(data, "group_addr"),
            ["CallIptables"] = Flag("nf_call_iptables"),
            ["CallIp6tables"] = Flag("nf_call_ip6tables"),
            ["CallArptables"] = Flag("nf_call_arptables"),
            ["NoLinkLocalLearning"] = Flag("no_linklocal_learn"),
            ["MaxLearnedAddresses"] = Newer(Number("fdb_max_learned")),
            ["LearnedAddressCount"] = Newer(Number("fdb_n_learned")),
            ["LocalAddressesWithoutVlan"] = Newer(Flag("fdb_local_vlan_0")),
            ["MultipleSpanningTrees"] = Newer(Flag("mst_enabled")),
            ["MulticastSnooping"] = Flag("mcast_snooping"),
            ["MulticastVlanSnooping"] = Flag("mcast_vlan_snooping"),
            ["MulticastRouter"] = MulticastRouterOf("mcast_router"),
            ["MulticastQuerier"] = Flag("mcast_querier"),
            ["MulticastQueryUseAddress"] = Flag("mcast_query_use_ifaddr"),
            ["MaxMulticastGroups"] = Number("mcast_hash_max"),
            ["MulticastHashElasticity"] = Number("mcast_hash_elasticity"),
            ["MulticastLastMemberCount"] = Number("mcast_last_member_cnt"),
            ["MulticastLastMemberInterval"] = Time("mcast_last_member_intvl", 10),
            ["MulticastStartupQueryCount"] = Number("mcast_startup_query_cnt"),
            ["MulticastStartupQueryInterval"] = Time("mcast_startup_query_intvl", 10),
            ["MulticastQueryInterval"] = Time("mcast_query_intvl", 10),
            ["MulticastQueryResponseInterval"] = Time("mcast_query_response_intvl", 10),
            ["MulticastMembershipInterval"] = Time("mcast_membership_intvl", 10),
            ["MulticastQuerierInterval"] = Time("mcast_querier_intvl", 10),
            ["MulticastStatistics"] = Flag("mcast_stats_enabled"),
            ["IgmpVersion"] = Number("mcast_igmp_version"),
            ["MldVersion"] = Number("mcast_mld_version"),
            // ip shows the timers in another unit than it says.
            ["IPv4Querier"] = Querier("ipv4", "addr"),
            ["IPv4QuerierPortIndex"] = Querier("ipv4", "port"),
            ["IPv4QuerierTimer"] = _ => NotShown,
            ["IPv6Querier"] = Querier("ipv6", "addr"),
            ["IPv6QuerierPortIndex"] = Querier("ipv6", "port"),
            ["IPv6QuerierTimer"] = _ => NotShown,
            ["BridgeId"] = BridgeId("bridge_id"),
            ["RootId"] = BridgeId("root_id"),
            ["RootPort"] = Number("root_port"),
            ["RootPathCost"] = Number("root_path_cost"),
            ["TopologyChange"] = Flag("topology_change"),
            ["TopologyChangeDetected"] = Flag("topology_change_detected"),
            ["HelloTimer"] = Timer("hello_timer"),
            ["ChangeNotificationTimer"] = Timer("tcn_timer"),
            ["TopologyChangeTimer"] = Timer("topology_change_timer"),
            ["CleanupTimer"] = Timer("gc_timer"),
        },
        [typeof(DummySettings)] = [],
        [typeof(GeneveSettings)] = new()
        {
            ["Vni"] = Number("id"),
            ["Port"] = Number("port"),
            ["Remote"] = Either("remote", "remote6"),
            ["Ttl"] = Number("ttl", zero: "0"),
            ["Tos"] = Number("tos", zero: "0"),
            ["TtlInherit"] = data => Has(data, "ttl", out _) ? "False" : "True",
            ["UdpChecksum"] = Flag("udp_csum", absent: "False"),
            ["UdpZeroChecksum6Send"] = data => Has(data, "udp_zero_csum6_tx", out _) || Has(data, "remote6", out _)
                ? Flag("udp_zero_csum6_tx")(data) : null,
            ["UdpZeroChecksum6Receive"] = Flag("udp_zero_csum6_rx", absent: "False"),
            ["Df"] = Df,
            ["FlowLabel"] = Number("label", zero: "0"),
            ["InnerProtocolInherit"] = Flag("inner_proto_inherit", absent: "False"),
            ["SourcePort"] = _ => null,
            ["External"] = Flag("external", absent: "False"),
        },
        [typeof(GreSettings)] = new()
        {
            ["DeviceIndex"] = Index("link", zero: "0"),
            ["Local"] = Host("local"),
            ["Remote"] = Host("remote"),
            ["Ttl"] = Number("ttl", zero: "0"),
            ["Tos"] = Tos,
            ["Key"] = data => Key(data, "ikey") is var key && key == Key(data, "okey") ? key : null,
            ["Sequence"] = Flag("oseq", absent: "False"),
            ["Checksum"] = Flag("ocsum", absent: "False"),
            ["IgnoreDf"] = Flag("ignore_df", absent: "False"),
            ["PathMtuDiscovery"] = Flag("pmtudisc", absent: "False"),
            ["Mark"] = Number("fwmark", zero: "0"),
            ["External"] = Flag("external", absent: "False"),
            ["ErspanVersion"] = Number("erspan_ver"),
            ["ErspanIndex"] = Number("erspan_index"),
            ["ErspanDirection"] = Named<ErspanDirection>(
                "erspan_dir", new() { ["ingress"] = ErspanDirection.Ingress, ["egress"] = ErspanDirection.Egress }),
            ["ErspanHardwareId"] = Number("erspan_hwid"),
        },
        [typeof(IfbSettings)] = [],
        [typeof(NlmonSettings)] = [],
        [typeof(IPTunnelSettings)] = new()
        {
            ["DeviceIndex"] = Index("link", zero: "0"),
            ["Local"] = Host("local"),
            ["Remote"] = Host("remote"),
            ["Ttl"] = Number("ttl", zero: "0"),
            ["Tos"] = Tos,
            ["Payload"] = Named<IPTunnelPayload>("proto", new()
            {
                ["any"] = IPTunnelPayload.Any,
                ["ipip"] = IPTunnelPayload.IPv4,
                ["ip4ip4"] = IPTunnelPayload.IPv4,
                ["ipip6"] = IPTunnelPayload.IPv4,
                ["ip6ip"] = IPTunnelPayload.IPv6,
                ["ip6ip6"] = IPTunnelPayload.IPv6,
                ["mplsip"] = IPTunnelPayload.Mpls,
            }),
            ["PathMtuDiscovery"] = Flag("pmtudisc"),
            ["Mark"] = Number("fwmark", zero: "0"),
            ["External"] = Flag("external", absent: "False"),
            ["EncapsulationLimit"] = data => Has(data, "ip6_tnl_f_ign_encap_limit", out _)
                ? "-1" : Text(data, "encap_limit"),
            ["FlowLabel"] = data => NumberOf(data, "flowlabel")?.ToString(CultureInfo.InvariantCulture),
            ["InheritFlowLabel"] = OfIPv6("ip6_tnl_f_use_orig_flowlabel"),
            ["CopyTos"] = OfIPv6("ip6_tnl_f_rcv_dscp_copy"),
            ["AllowLocalRemote"] = OfIPv6("ip6_tnl_f_allow_local_remote"),
            ["Isatap"] = data => Has(data, "prefixlen", out _) ? $"{Has(data, "isatap", out _)}" : null,
            ["SixRdPrefix"] = data => Has(data, "prefix", out var prefix)
                ? $"{prefix}/{Text(data, "prefixlen")}" : null,
            ["SixRdRelayPrefix"] = data => Has(data, "relay_prefix", out var prefix)
                ? $"{prefix}/{Text(data, "relay_prefixlen")}" : Has(data, "prefix", out _) ? "0.0.0.0/0" : null,
        },
        [typeof(VtiSettings)] = new()
        {
            ["DeviceIndex"] = Index("link", zero: "0"),
            ["Local"] = Host("local"),
            ["Remote"] = Host("remote"),
            ["InputKey"] = data => Key(data, "ikey") ?? "0",
            ["OutputKey"] = data => Key(data, "okey") ?? "0",
            ["Mark"] = Number("fwmark", zero: "0"),
        },
        [typeof(XfrmSettings)] = new()
        {
            // ip shows it as the parent; the recorded external link has none.
            ["DeviceIndex"] = data => Has(data, "if_id", out _) ? "*" : "0",
            ["InterfaceId"] = Number("if_id", zero: "0"),
            ["External"] = Flag("external", absent: "False"),
        },
        [typeof(MacsecSettings)] = new()
        {
            ["Port"] = data => $"{Convert.ToInt32(Text(data, "sci")![^4..], 16)}",
            ["Cipher"] = Named<MacsecCipher>("cipher_suite", new()
            {
                ["GCM-AES-128"] = MacsecCipher.GcmAes128,
                ["GCM-AES-256"] = MacsecCipher.GcmAes256,
            }),
            ["CheckLength"] = Number("icv_len"),
            ["Encrypt"] = Flag("encrypt"),
            ["Protect"] = Flag("protect"),
            ["EncodingKey"] = Number("encoding_sa"),
            ["SendIdentifier"] = Flag("inc_sci"),
            ["EndStation"] = Flag("es"),
            ["SingleCopyBroadcast"] = Flag("scb"),
            ["ReplayProtection"] = Flag("replay_protect"),
            ["ReplayWindow"] = Number("window"),
            ["Validation"] = Named<MacsecValidation>("validation", new()
            {
                ["disabled"] = MacsecValidation.Disabled,
                ["check"] = MacsecValidation.Check,
                ["strict"] = MacsecValidation.Strict,
            }),
        },
        [typeof(IpvlanSettings)] = new()
        {
            ["Mode"] = Named<IpvlanMode>(
                "mode", new() { ["l2"] = IpvlanMode.L2, ["l3"] = IpvlanMode.L3, ["l3s"] = IpvlanMode.L3S }),
            ["Flag"] = data => Has(data, "private", out _) ? "Private" : Has(data, "vepa", out _) ? "Vepa" : "Bridge",
        },
        [typeof(MacvlanSettings)] = new()
        {
            ["Mode"] = Named<MacvlanMode>("mode", new()
            {
                ["private"] = MacvlanMode.Private,
                ["vepa"] = MacvlanMode.Vepa,
                ["bridge"] = MacvlanMode.Bridge,
                ["passthru"] = MacvlanMode.Passthru,
                ["source"] = MacvlanMode.Source,
            }),
            ["Flag"] = data => (Has(data, "nopromisc", out _) ? MacvlanFlags.NoPromiscuous : MacvlanFlags.None)
                .ToString(),
            ["BroadcastQueueLength"] = Number("bcqueuelen"),
            ["BroadcastQueueLengthUsed"] = Number("usedbcqueuelen"),
            // Older ones neither show nor set it.
            ["BroadcastQueueThreshold"] = Number("bclim", zero: "1"),
            ["SourceMacAddress"] = data => Has(data, "macaddr_data", out var sources)
                ? string.Join(", ", sources.EnumerateArray()) : string.Empty,
        },
        [typeof(NetkitSettings)] = new()
        {
            ["Mode"] = Named<NetkitMode>("mode", new() { ["l2"] = NetkitMode.L2, ["l3"] = NetkitMode.L3 }),
            ["Policy"] = NetkitPolicyOf("policy"),
            ["PeerPolicy"] = NetkitPolicyOf("peer_policy"),
            ["Scrub"] = NetkitScrubOf("scrub"),
            ["PeerScrub"] = NetkitScrubOf("peer_scrub"),
            ["IsPrimary"] = data => Text(data, "type") == "primary" ? "True" : "False",
        },
        [typeof(TapSettings)] = new()
        {
            ["Mode"] = Named<TapMode>("type", new() { ["tun"] = TapMode.Tun, ["tap"] = TapMode.Tap }),
            ["Owner"] = Number("user"),
            ["OwnerGroup"] = Number("group"),
            ["Persistent"] = Flag("persist"),
            ["MultiQueue"] = Flag("multi_queue"),
            ["VnetHeader"] = Flag("vnet_hdr"),
            ["PacketInformation"] = Flag("pi"),
        },
        [typeof(VethSettings)] = [],
        [typeof(VlanSettings)] = new()
        {
            ["VlanId"] = Number("id"),
            ["Protocol"] = data => Text(data, "protocol"),
            ["ReorderHeader"] = Listed("flags", "REORDER_HDR"),
            ["Gvrp"] = Listed("flags", "GVRP"),
            ["LooseBinding"] = Listed("flags", "LOOSE_BINDING"),
            ["Mvrp"] = Listed("flags", "MVRP"),
            ["BridgeBinding"] = Listed("flags", "BRIDGE_BINDING"),
            ["IngressQosMap"] = Pairs("ingress_qos"),
            ["EgressQosMap"] = Pairs("egress_qos"),
        },
        [typeof(VrfSettings)] = new() { ["Table"] = Number("table") },
        [typeof(VxlanSettings)] = new()
        {
            ["Vni"] = Number("id"),
            ["Port"] = Number("port"),
            ["Local"] = Either("local", "local6"),
            ["Remote"] = Either("remote", "remote6"),
            ["MulticastGroup"] = Either("group", "group6"),
            ["DeviceIndex"] = Index("link"),
            ["Ttl"] = Number("ttl", zero: "0"),
            ["Tos"] = Number("tos", zero: "0"),
            ["TtlInherit"] = data => Has(data, "ttl", out _) ? "False" : "True",
            ["Df"] = Df,
            ["FlowLabel"] = Number("label", zero: "0"),
            // The recorded links have what the kernel gives them, which ip does not show.
            ["FlowLabelPolicy"] = _ => "Fixed",
            ["ReservedBits"] = data => Has(data, "gbp", out _) ? "0x77000000000000ff"
                : Has(data, "gpe", out _) ? "0xc2ffff00000000ff" : "0xf7ffffff000000ff",
            ["RemoteChecksumSend"] = Flag("remcsum_tx", absent: "False"),
            ["RemoteChecksumReceive"] = Flag("remcsum_rx", absent: "False"),
            ["RemoteChecksumNoPartial"] = _ => "False",
            ["Learning"] = Flag("learning"),
            ["AgeingTime"] = Time("ageing", 1000),
            ["MaxAddresses"] = Number("limit", zero: "0"),
            ["SourcePort"] = data => data.GetProperty("port_range") is var range && Text(range, "low") != "0"
                ? $"{Text(range, "low")}-{Text(range, "high")}" : null,
            ["ArpProxy"] = Flag("proxy", absent: "False"),
            ["RouteShortCircuit"] = Flag("rsc", absent: "False"),
            ["NotifyMissingMac"] = Flag("l2miss", absent: "False"),
            ["NotifyMissingIP"] = Flag("l3miss", absent: "False"),
            ["UdpChecksum"] = Flag("udp_csum"),
            ["UdpZeroChecksum6Send"] = Flag("udp_zero_csum6_tx"),
            ["UdpZeroChecksum6Receive"] = Flag("udp_zero_csum6_rx"),
            ["External"] = Flag("external", absent: "False"),
            ["VniFilter"] = Flag("vnifilter", absent: "False"),
            // Older ones neither show nor set it, and the kernel has it on.
            ["LocalBypass"] = Flag("localbypass", absent: "True"),
            ["GroupPolicy"] = Flag("gbp", absent: "False"),
            ["GenericProtocolExtension"] = Flag("gpe", absent: "False"),
        },
        // What WireGuard has is read from another family.
        [typeof(WireGuardDetails)] = new()
        {
            ["PublicKey"] = _ => null,
            ["ListenPort"] = _ => null,
            ["FirewallMark"] = _ => null,
            ["PeerCount"] = _ => null,
        },
    };

    /// <summary>Stands for what ip does not show.</summary>
    public const string NotShown = "?";

    /// <summary>The properties of a declared type.</summary>
    public static IReadOnlyDictionary<string, Func<JsonElement, string?>> Of(Type type) => s_types[type];

    private static Func<JsonElement, string?> NetkitPolicyOf(string field) => Named<NetkitPolicy>(
        field, new() { ["forward"] = NetkitPolicy.Pass, ["blackhole"] = NetkitPolicy.Drop });

    private static Func<JsonElement, string?> NetkitScrubOf(string field) => Named<NetkitScrub>(
        field, new() { ["none"] = NetkitScrub.None, ["default"] = NetkitScrub.Default });

    private static Func<JsonElement, string?> OfIPv6(string field)
        => data => Has(data, "encap_limit", out _) || Has(data, "ip6_tnl_f_ign_encap_limit", out _)
            ? $"{Has(data, field, out _)}" : null;

    private static Func<JsonElement, string?> LacpInfo(string field)
        => data => Has(data, "ad_info", out var info) ? Text(info, field) : null;

    private static Func<JsonElement, string?> LacpState(string field)
        => data => NumberOf(data, field) is { } number ? $"{(LacpPortState)number}" : null;

    private static bool Has(JsonElement data, string field, out JsonElement value)
    {
        value = default;
        return data.ValueKind == JsonValueKind.Object && data.TryGetProperty(field, out value);
    }

    private static string? Text(JsonElement data, string field)
        => Has(data, field, out var value) ? value.ToString() : null;

    // ip shows some numbers in hexadecimal, as text.
    private static long? NumberOf(JsonElement data, string field) => Text(data, field) switch
    {
        null or "inherit" => null,
        ['0', 'x', .. var digits] => long.Parse(digits, NumberStyles.HexNumber, CultureInfo.InvariantCulture),
        var digits => long.Parse(digits, CultureInfo.InvariantCulture),
    };

    private static Func<JsonElement, string?> Number(string field, string? zero = null)
        => data => NumberOf(data, field)?.ToString(CultureInfo.InvariantCulture) ?? zero;

    private static Func<JsonElement, string?> Time(string field, int milliseconds)
        => data => NumberOf(data, field) is { } number
            ? new Duration(TimeSpan.FromMilliseconds(number * milliseconds)).ToString() : null;

    // It runs on between what ip shows and the message.
    private static Func<JsonElement, string?> Timer(string field) => data => Text(data, field) is not { } seconds ? null
        : double.Parse(seconds, CultureInfo.InvariantCulture) > 0 ? "*" : "00:00:00";

    // Without the 0x that other numbers have.
    private static Func<JsonElement, string?> Hexadecimal(string field) => data => Text(data, field) is { } digits
        ? $"{Convert.ToInt32(digits, 16)}" : null;

    // What older versions of ip do not show.
    private static Func<JsonElement, string?> Newer(Func<JsonElement, string?> shown)
        => data => shown(data) ?? NotShown;

    private static Func<JsonElement, string?> Querier(string family, string field)
        => data => Has(data, $"mcast_querier_state_{family}", out var state)
            && Text(state, $"mcast_querier_{family}_{field}") is { } value and not ("0.0.0.0" or "::") ? value : null;

    private static Func<JsonElement, string?> MulticastRouterOf(string field)
        => data => NumberOf(data, field) is { } number ? $"{(BridgeMulticastRouter)number}" : null;

    private static Func<JsonElement, string?> Flag(string field, string? absent = null)
        => data => Text(data, field) switch { null => absent, "0" or "False" => "False", _ => "True" };

    private static Func<JsonElement, string?> Named<T>(string field, Dictionary<string, T> names)
        => data => Text(data, field) is { } name ? $"{names[name]}" : null;

    private static Func<JsonElement, string?> Listed(string field, string name)
        => data => $"{data.GetProperty(field).EnumerateArray().Any(one => one.GetString() == name)}";

    private static Func<JsonElement, string?> Either(string field, string other)
        => data => Text(data, field) ?? Text(data, other);

    private static Func<JsonElement, string?> Host(string field)
        => data => Text(data, field) is { } host && host != "any" ? host : null;

    // Of a link that ip names, the index is any but 0.
    private static Func<JsonElement, string?> Index(string field, string? zero = null)
        => data => Text(data, field) is null ? zero : "*";

    private static Func<JsonElement, string?> Pairs(string field) => data => Has(data, field, out var pairs)
        ? string.Join(", ", pairs.EnumerateArray().Select(pair => $"{Text(pair, "from")}:{Text(pair, "to")}")) : null;

    // Four digits of priority, and an address without leading zeros.
    private static Func<JsonElement, string?> BridgeId(string field) => data => Text(data, field) is not { } id ? null
        : id[..5] + string.Concat(id[5..].Split(':').Select(part => part.PadLeft(2, '0')));

    private static string? Key(JsonElement data, string field) => Text(data, field) is not { } key ? null
        : $"{Convert.ToUInt32(Convert.ToHexString(IPAddress.Parse(key).GetAddressBytes()), 16)}";

    private static string Df(JsonElement data) => Text(data, "df") switch
    {
        "set" => "Set",
        "inherit" => "Inherit",
        _ => "Unset",
    };

    private static string Tos(JsonElement data) => Has(data, "ip6_tnl_f_use_orig_tclass", out _) ? "1"
        : $"{NumberOf(data, "tos") ?? NumberOf(data, "tclass") ?? 0}";
}
