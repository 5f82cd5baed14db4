using System.Globalization;
using System.Text.Json;
using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;
using LxcNetworking.WireGuard;
using static LxcNetworking.Tests.IpFields;

namespace LxcNetworking.Tests;

/// <summary>The part of <see cref="IpProperties"/> for links that are neither bonds nor bridges.</summary>
internal static class IpLinkProperties
{
    public static readonly Dictionary<Type, Dictionary<string, Func<JsonElement, string?>>> Types = new()
    {
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
            ["InputKey"] = data => Key(data, "ikey"),
            ["OutputKey"] = data => Key(data, "okey"),
            ["External"] = Flag("external", absent: "False"),
            ["Encapsulation"] = EncapsulationOf,
            ["EncapsulationFlags"] = EncapsulationFlagsOf,
            ["EncapsulationSourcePort"] = data => PortOf(data, "sport"),
            ["EncapsulationPort"] = data => PortOf(data, "dport"),
            ["ErspanVersion"] = Number("erspan_ver"),
            ["ErspanIndex"] = Number("erspan_index"),
            ["ErspanDirection"] = Named<ErspanDirection>(
                "erspan_dir", new() { ["ingress"] = ErspanDirection.Ingress, ["egress"] = ErspanDirection.Egress }),
            ["ErspanHardwareId"] = Number("erspan_hwid"),
        },
        [typeof(IfbSettings)] = [],
        [typeof(NlmonSettings)] = [],
        [typeof(VcanSettings)] = [],
        [typeof(HsrSettings)] = new()
        {
            ["PortAIndex"] = Index("slave1"),
            ["PortBIndex"] = Index("slave2"),
            ["SupervisionNumber"] = data => $"{Convert.ToInt32(Text(data, "supervision_addr")![^2..], 16)}",
            ["SupervisionAddress"] = data => Text(data, "supervision_addr"),
            // The kernel does not tell it.
            ["Version"] = _ => null,
            ["Protocol"] = data => Text(data, "proto") == "1" ? "Prp" : "Hsr",
        },
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
            ["Encapsulation"] = EncapsulationOf,
            ["EncapsulationFlags"] = EncapsulationFlagsOf,
            ["EncapsulationSourcePort"] = data => PortOf(data, "sport"),
            ["EncapsulationPort"] = data => PortOf(data, "dport"),
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
}
