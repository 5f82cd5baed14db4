using System.Text.Json;
using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;
using static LxcNetworking.Tests.IpFields;

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
    };

    /// <summary>The properties of a declared type.</summary>
    public static IReadOnlyDictionary<string, Func<JsonElement, string?>> Of(Type type)
        => s_types.TryGetValue(type, out var own) ? own : IpLinkProperties.Types[type];
}
