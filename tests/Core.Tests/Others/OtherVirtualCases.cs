using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;
using static LxcNetworking.Tests.OtherValues;

namespace LxcNetworking.Tests;

/// <summary>Links over others: macvlan, ipvlan, VLAN, bond, VRF, tap, MACsec, xfrm.</summary>
internal static class OtherVirtualCases
{
    private static readonly OtherCase[] s_macvlans =
    [
        new("N50", "netlink TestLinkAddDelMacvlan, private", () => Macvlan("N50", MacvlanMode.Private),
            Data("macvlan", "'mode':'private'")),
        new("N51", "netlink TestLinkAddDelMacvlan, bridge", () => Macvlan("N51", MacvlanMode.Bridge),
            Data("macvlan", "'mode':'bridge'")),
        new("N52", "netlink TestLinkAddDelMacvlan, vepa", () => Macvlan("N52", MacvlanMode.Vepa),
            Data("macvlan", "'mode':'vepa'")),
        new("N53", "netlink TestLinkAddDelMacvtap, private", () => Macvlan("N53", MacvlanMode.Private, tap: true),
            Data("macvtap", "'mode':'private'")),
        new("N54", "netlink TestLinkAddDelMacvtap, bridge", () => Macvlan("N54", MacvlanMode.Bridge, tap: true),
            Data("macvtap", "'mode':'bridge'")),
        new("N55", "netlink TestLinkAddDelMacvtap, vepa", () => Macvlan("N55", MacvlanMode.Vepa, tap: true),
            Data("macvtap", "'mode':'vepa'")),
        new("N56", "netlink TestLinkMacvBCQueueLen",
            () => new MacvlanSpec("N56",
                new MacvlanSettings { Mode = MacvlanMode.Private, BroadcastQueueLength = 10000 })
            {
                Parent = "e0",
            },
            Data("macvlan", "'bcqueuelen':10000")),
        new("N57", "netlink TestLinkMacvBCQueueLen, macvtap",
            () => new MacvlanSpec(
                "N57", new MacvlanSettings { Mode = MacvlanMode.Private, BroadcastQueueLength = 10000 }, tap: true)
            {
                Parent = "e0",
            },
            Data("macvtap", "'bcqueuelen':10000")),
        new("N58", "netlink TestLinkSetMacvlanMode", () => Macvlan("N58", MacvlanMode.Bridge),
            Data("macvlan", "'mode':'bridge'"), () => new MacvlanSettings { Mode = MacvlanMode.Vepa },
            Data("macvlan", "'mode':'vepa'")),
        new("N59", "netlink TestLinkSetMacvlanMode, source", () => Macvlan("N59", MacvlanMode.Bridge, tap: true),
            Data("macvtap", "'mode':'bridge'"), () => new MacvlanSettings { Mode = MacvlanMode.Source },
            Data("macvtap", "'mode':'source'")),
        new("K50", "kernel protodown.sh", () => Macvlan("K50", MacvlanMode.Bridge), "{'link':'e0'}",
            () => new LinkChange { Common = new() { ProtoDown = true, ProtoDownReason = [0] } },
            "{'proto_down':true,'proto_down_reason':['0']}"),
    ];

    private static readonly OtherCase[] s_vlans =
    [
        new("N60", "netlink TestLinkAddDelVlan", () => Vlan("N60", 900),
            Data("vlan", "'id':900,'protocol':'802.1Q'")),
        new("N61", "netlink TestLinkAddVlanWithQosMaps",
            () => Vlan(
                "N61", 901, new() { IngressQosMap = Map((0, 2), (1, 3), (2, 5)),
                EgressQosMap = Map((1, 3), (2, 5), (3, 7)) }),
            Data("vlan", "'ingress_qos':[{'from':0,'to':2},{'from':1,'to':3},{'from':2,'to':5}],"
                + "'egress_qos':[{'from':1,'to':3},{'from':2,'to':5},{'from':3,'to':7}]")),
        new("N62", "netlink TestLinkAddVlanWithFlags",
            () => Vlan("N62", 902, new() { Gvrp = true, ReorderHeader = true }),
            Data("vlan", "'flags':['REORDER_HDR','GVRP','!MVRP','!LOOSE_BINDING','!BRIDGE_BINDING']")),
        new("N63", "netlink TestLinkModifyVlanFlags",
            () => Vlan("N63", 903, new() { Gvrp = true, ReorderHeader = true }, "br0"),
            Data("vlan", "'flags':['REORDER_HDR','GVRP','!BRIDGE_BINDING']"),
            () => new VlanSettings { BridgeBinding = true },
            Data("vlan", "'flags':['REORDER_HDR','GVRP','BRIDGE_BINDING','!MVRP','!LOOSE_BINDING']")),
        new("P60", "pyroute2 ipr test_vlan test_add", () => Vlan("P60", 101), Data("vlan", "'id':101")),
        new("P61", "pyroute2 test_qos_add, egress", () => Vlan("P61", 111, new() { EgressQosMap = Map((0, 3)) }),
            Data("vlan", "'egress_qos':[{'from':0,'to':3}]")),
        new("P62", "pyroute2 test_qos_add, ingress", () => Vlan("P62", 112, new() { IngressQosMap = Map((0, 4)) }),
            Data("vlan", "'ingress_qos':[{'from':0,'to':4}]")),
        new("P63", "pyroute2 test_qos_set, egress", () => Vlan("P63", 113), Data("vlan", "'id':113"),
            () => new VlanSettings { EgressQosMap = Map((0, 5)) }, Data("vlan", "'egress_qos':[{'from':0,'to':5}]")),
        new("P64", "pyroute2 test_qos_set, ingress", () => Vlan("P64", 114), Data("vlan", "'id':114"),
            () => new VlanSettings { IngressQosMap = Map((0, 6)) }, Data("vlan", "'ingress_qos':[{'from':0,'to':6}]")),
        new("K60", "kernel rtnetlink.sh kci_test_bridge", () => Vlan("K60", 1, null, "br0"), Data("vlan", "'id':1")),
        new("K61", "kernel vlan_bridge_binding.sh", () => Vlan("K61", 10, new() { BridgeBinding = true }, "br0"),
            Data("vlan", "'id':10,'flags':['BRIDGE_BINDING']"),
            () => new VlanSettings { BridgeBinding = false }, Data("vlan", "'flags':['!BRIDGE_BINDING']")),
        new("K62", "kernel vlan_bridge_binding.sh, loose binding too",
            () => Vlan("K62", 11, new() { LooseBinding = true }, "br0"), Data("vlan", "'flags':['LOOSE_BINDING']")),
    ];

    private static readonly OtherCase[] s_ipvlans =
    [
        new("N70", "netlink TestLinkAddDelIPVlanL2", () => Ipvlan("N70", new() { Mode = IpvlanMode.L2 }),
            Data("ipvlan", "'mode':'l2'")),
        new("N71", "netlink TestLinkAddDelIPVlanL3", () => Ipvlan("N71", new() { Mode = IpvlanMode.L3 }, "d1"),
            Data("ipvlan", "'mode':'l3'")),
        new("N72", "netlink TestLinkAddDelIPVlanVepa",
            () => Ipvlan("N72", new() { Mode = IpvlanMode.L3, Flag = IpvlanFlag.Vepa }, "d2"),
            Data("ipvlan", "'mode':'l3','vepa':true")),
        new("P70", "pyroute2 test_create_ipvlan, L2", () => Ipvlan("P70", new() { Mode = IpvlanMode.L2 }),
            "{'link':'d0','linkinfo':{'info_kind':'ipvlan'}}"),
        new("K70", "kernel ipvtap_test.sh", () => new IpvlanSpec("K70", new() { Mode = IpvlanMode.L2 }, tap: true)
        {
            Parent = "d3",
        }, Data("ipvtap", "'mode':'l2'")),
    ];

    private static readonly OtherCase[] s_bonds =
    [
        new("N80", "netlink TestLinkAddDelBond, 802.3ad",
            () => new BondSpec("N80", new()
            {
                Mode = BondMode.Lacp,
                LacpSelection = BondLacpSelection.Bandwidth,
                LacpSystemPriority = 1,
                LacpUserPortKey = 1,
                LacpSystem = Mac("06:aa:bb:cc:dd:ee"),
            }),
            Data("bond", "'mode':'802.3ad','ad_select':'bandwidth','ad_actor_sys_prio':1,'ad_user_port_key':1,"
                + "'ad_actor_system':'06:aa:bb:cc:dd:ee'")),
        new("N81", "netlink TestLinkAddDelBond, balance-tlb",
            () => new BondSpec("N81", new() { Mode = BondMode.BalanceTlb, DynamicLoadBalancing = true }),
            Data("bond", "'mode':'balance-tlb','tlb_dynamic_lb':1")),
        new("N82", "netlink TestLinkAddDelBond, ARP targets",
            () => new BondSpec("N82", new()
            {
                Mode = BondMode.ActiveBackup,
                ArpInterval = Seconds(1),
                ArpTarget = [A("1.1.1.2"), A("1.1.1.1")],
            }),
            Data("bond", "'arp_interval':1000,'arp_ip_target':['1.1.1.2','1.1.1.1']")),
        new("N83", "netlink TestLinkSlaveBond", () => Dummy("N83", one => one.Master = "rr"),
            "{'master':'rr','linkinfo':{'info_slave_kind':'bond'}}"),
        new("N84", "netlink TestLinkSetBondSlaveQueueId", () => Dummy("N84", one => one.Master = "rr"),
            "{'linkinfo':{'info_slave_data':{'queue_id':0}}}", () => new BondPortSettings { QueueId = 1 },
            "{'linkinfo':{'info_slave_data':{'queue_id':1}}}"),
        new("N85", "netlink TestLinkFailover",
            () => new BondSpec("N85", new() { Mode = BondMode.ActiveBackup, MiiMonitor = Seconds(0.1) })
            {
                Ports = ["d8", "d9"], Up = true,
            },
            Data("bond", "'mode':'active-backup','miimon':100"),
            () => new BondSettings { ActivePortIndex = Index("d9") }, Data("bond", "'active_slave':'d9'")),
        new("N86", "netlink TestLinkSetUnsetResetMasterBond", () => Dummy("N86", one => one.Master = "rr"),
            "{'master':'rr'}", () => new LinkChange { Master = string.Empty }, "{'linkinfo':{'info_kind':'dummy'}}"),
    ];

    private static readonly OtherCase[] s_further =
    [
        new("P90", "pyroute2 test_vrf", () => new LinkSpec("P90", new VrfSettings { Table = 42 }),
            Data("vrf", "'table':42")),
        new("K90", "kernel rtnetlink.sh kci_test_vrf",
            () => new LinkSpec("K90", new VrfSettings { Table = 10 }) { Up = true },
            Data("vrf", "'table':10")),
        new("N91", "netlink TestLinkAddDelXfrmi",
            () => new XfrmSpec("N91", new() { InterfaceId = 123 }) { Device = "lo" },
            Data("xfrm", "'if_id':'0x7b'")),
        new("I91", "iproute2 add_type_xfrm.t", () => new XfrmSpec("I91", new() { InterfaceId = 15 }) { Device = "lo" },
            Data("xfrm", "'if_id':'0xf'")),
        new("K92", "kernel rtnetlink.sh kci_test_macsec",
            () => new MacsecSpec("K92", new() { Port = 42, Encrypt = true }) { Parent = "d0" },
            Data("macsec", "'encrypt':true")),
        new("N93", "netlink TestLinkAddDelTuntap", () => new TapSpec("N93"),
            Data("tun", "'type':'tap','persist':true")),
        new("N94", "netlink TestLinkAddDelTuntapMq", () => new TapSpec("N94") { MultiQueue = true },
            Data("tun", "'type':'tap','multi_queue':true")),
        new("N95", "netlink TestLinkAddDelTuntapMq, vnet header",
            () => new TapSpec("N95") { MultiQueue = true, VnetHeader = true },
            Data("tun", "'multi_queue':true,'vnet_hdr':true")),
        new("N96", "netlink TestLinkAddDelTuntapOwnerGroup",
            () => new TapSpec("N96") { Owner = "0", OwnerGroup = "0" }, Data("tun", "'user':'root','group':'root'")),
        new("N97", "netlink TestLinkAddDelWireguard",
            () => new LinkSpec("N97", new LxcNetworking.WireGuard.WireGuardDetails()),
            "{'linkinfo':{'info_kind':'wireguard'}}"),
    ];

    private static readonly OtherCase[] s_netkits =
    [
        new("N98", "netlink TestLinkAddDelNetkit",
            () => new NetkitSpec(
                "N98",
                new()
                {
                    Mode = NetkitMode.L2, Policy = NetkitPolicy.Pass, PeerPolicy = NetkitPolicy.Drop,
                },
                new NetkitPeerSpec("N98p") { MacAddress = Mac("66:77:88:99:aa:bb") })
            {
                MacAddress = Mac("00:11:22:33:44:55"),
            },
            "[{'address':'00:11:22:33:44:55','linkinfo':{'info_kind':'netkit','info_data':{'mode':'l2'}}},"
                + "{'ifname':'N98p','address':'66:77:88:99:aa:bb'}]"),
        new("N99", "netlink TestNetkitPeerNs",
            () => new NetkitSpec(
                "N99", new() { Mode = NetkitMode.L2 }, new NetkitPeerSpec("N99p") { TargetNamespace = new("far") }),
            "{'link_netnsid':0}"),
    ];

    public static OtherCases[] All { get; } =
    [
        new("macvlans", ["macvlan", "macvtap"], ["link add e0 type veth peer name e1"], s_macvlans),
        new("VLANs", ["vlan"], ["link add e0 type veth peer name e1", "link add br0 type bridge"], s_vlans),
        new("ipvlans", ["ipvlan", "dummy"],
            [.. Enumerable.Range(0, 4).Select(i => $"link add d{i} type dummy")], s_ipvlans),
        new("bonds", ["bond", "dummy"],
            ["link add rr type bond mode balance-rr", "link add d8 type dummy", "link add d9 type dummy"], s_bonds),
        new("further kinds", ["vrf", "xfrm", "macsec", "wireguard", "dummy"],
            ["link add d0 type dummy"], s_further),
    ];

    /// <summary>What only newer kernels have.</summary>
    public static OtherCases Netkits { get; } = new("netkits", ["netkit"], ["netns add far"], s_netkits);

    private static string Data(string kind, string data)
        => $"{{'linkinfo':{{'info_kind':'{kind}','info_data':{{{data}}}}}}}";

    private static MacvlanSpec Macvlan(string name, MacvlanMode mode, bool tap = false)
        => new(name, mode, tap) { Parent = "e0" };

    private static IpvlanSpec Ipvlan(string name, IpvlanSettings settings, string parent = "d0")
        => new(name, settings) { Parent = parent };

    private static VlanSpec Vlan(string name, int id, VlanSettings? settings = null, string parent = "e0")
        => new(name, (settings ?? new()) with { VlanId = id }) { Parent = parent };

    private static ValueMap<long> Map(params (int From, int To)[] pairs)
        => new(pairs.ToDictionary(pair => $"{pair.From}", pair => (long)pair.To));
}
