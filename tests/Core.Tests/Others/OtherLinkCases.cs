using LxcNetworking.Bridges;
using LxcNetworking.Links;
using LxcNetworking.Links.Kinds;
using static LxcNetworking.Tests.OtherValues;

namespace LxcNetworking.Tests;

/// <summary>Pairs, dummies, bridges and their ports, and what links of every kind have.</summary>
internal static class OtherLinkCases
{
    private static readonly OtherCase[] s_pairs =
    [
        new("N01", "netlink TestLinkAddDelVeth",
            () => Veth(
                "N01",
                near => (near.TxQueueLength, near.Mtu, near.Common) = (100, 1400, Queues(4, 8)),
                far => (far.TxQueueLength, far.MacAddress, far.Common) = (100, Mac("00:12:34:56:78:02"), Queues(4, 8))),
            "[{'txqlen':100,'mtu':1400,'num_tx_queues':4,'num_rx_queues':8},"
                + "{'ifname':'N01p','txqlen':100,'address':'00:12:34:56:78:02','num_tx_queues':4,'num_rx_queues':8}]"),
        new("N02", "netlink TestLinkAddVethWithDefaultTxQLen", () => Veth("N02"),
            "[{'txqlen':1000},{'ifname':'N02p','txqlen':1000}]"),
        new("N03", "netlink TestLinkAddVethWithZeroTxQLen",
            () => Veth("N03", near => near.TxQueueLength = 0, far => far.TxQueueLength = 0),
            "[{'link':'N03p'},{'ifname':'N03p','link':'N03'}]"),
        new("N04", "netlink TestLinkAddVethWithPeerAttrs",
            () => Veth(
                "N04",
                near => (near.Mtu, near.TxQueueLength, near.Common) = (1500, 500, Queues(3, 2)),
                far => (far.Mtu, far.TxQueueLength, far.Common) = (1400, 1000, Queues(5, 4))),
            "[{'mtu':1500,'txqlen':500,'num_rx_queues':2,'num_tx_queues':3},"
                + "{'ifname':'N04p','mtu':1400,'txqlen':1000,'num_rx_queues':4,'num_tx_queues':5}]"),
        new("N05", "netlink TestLinkAddVethWithoutPeerAttrs",
            () => Veth(
                "N05",
                near => (near.Mtu, near.TxQueueLength, near.Common) = (1500, 500, Queues(3, 2)),
                far => (far.Mtu, far.TxQueueLength, far.Common) = (1500, 500, Queues(3, 2))),
            "[{'txqlen':500,'num_tx_queues':3},{'ifname':'N05p','txqlen':500,'num_tx_queues':3}]"),
        new("N06", "netlink TestLinkSetGSOMaxSize", () => Veth("N06"), "{'mtu':1500}",
            () => Said(new() { GsoMaxSize = 32768 }), "{'gso_max_size':32768}"),
        new("N07", "netlink TestLinkSetGSOMaxSegs", () => Veth("N07"), "{'mtu':1500}",
            () => Said(new() { GsoMaxSegments = 16 }), "{'gso_max_segs':16}"),
        new("N08", "netlink TestLinkSetGROMaxSize", () => Veth("N08"), "{'mtu':1500}",
            () => Said(new() { GroMaxSize = 32768 }), "{'gro_max_size':32768}"),
        new("N09", "netlink TestLinkGetTSOMax", () => Veth("N09"), "{'tso_max_size':524280,'tso_max_segs':65535}"),
        new("N10", "netlink TestLinkSetAllmulticast", () => Veth("N10"), "{'flags':['!ALLMULTI']}",
            () => Said(new() { AllMulticast = true }), "{'flags':['ALLMULTI']}"),
        new("N11", "netlink TestLinkSetMulticast", () => Veth("N11"), "{'flags':['MULTICAST']}",
            () => Said(new() { Multicast = false }), "{'flags':['!MULTICAST']}"),
        new("N12", "netlink TestVethPeerIndex", () => Veth("N12", near => near.Up = true),
            "[{'link':'N12p','flags':['UP']},{'ifname':'N12p','link':'N12'}]"),
        new("N13", "netlink TestVethPeerNs", () => Veth("N13", null, far => far.TargetNamespace = new("far")),
            "{'link_netnsid':0}"),
        new("P01", "pyroute2 test_veth_simple", () => Veth("P01"),
            "[{'link':'P01p'},{'ifname':'P01p','link':'P01'}]"),
        new("P02", "pyroute2 test_veth_spec",
            () => Veth(
                "P02",
                null,
                far => (far.MacAddress, far.TargetNamespace) = (Mac("00:11:22:33:44:55"), new("far"))),
            "{'linkinfo':{'info_kind':'veth'},'link_netnsid':0}"),
        new("P03", "pyroute2 test_updown_link", () => Veth("P03"), "{'flags':['!UP']}",
            () => new LinkChange { Up = true }, "{'flags':['UP']}"),
        new("P04", "pyroute2 test_link_rename", () => Veth("P04"), "{}", () => "P04x", "{'ifname':'P04x'}"),
        new("P05", "pyroute2 test_link_altname", () => Veth("P05"), "{}",
            () => new LinkChange { AlternativeName = ["P05one", "P05two"] }, "{'altnames':['P05one','P05two']}"),
        new("P06", "pyroute2 test_link_altname, a long name with letters of no alphabet", () => Veth("P06"), "{}",
            () => new LinkChange { AlternativeName = ["a_long_name_of_a_link_♠♥♦_and_so_on"] },
            "{'altnames':['a_long_name_of_a_link_♠♥♦_and_so_on']}"),
        new("K01", "kernel rtnetlink.sh kci_test_ifalias", () => Veth("K01"), "{}",
            () => new LinkChange { Alias = "of a test" }, "{'ifalias':'of a test'}"),
        new("K02", "kernel altnames.sh", () => Veth("K02"), "{}",
            () => new LinkChange { AlternativeName = ["K02short", "K02someveryveryveryverylongname"] },
            "{'altnames':['K02someveryveryveryverylongname','K02short']}"),
    ];

    private static readonly OtherCase[] s_dummies =
    [
        new("N20", "netlink TestLinkAddDelWithIndex", () => Dummy("N20", one => one.Index = 1000), "{'ifindex':1000}"),
        new("N21", "netlink TestLinkAddDelDummy", () => Dummy("N21"), "{'linkinfo':{'info_kind':'dummy'}}"),
        new("N22", "netlink TestLinkAddDelDummyWithGroup", () => Dummy("N22", one => one.Group = 42), "{'group':'42'}"),
        new("N23", "netlink TestLinkModify", () => Dummy("N23", one => one.Mtu = 1500), "{'mtu':1500}",
            () => new LinkChange { Mtu = 1442 }, "{'mtu':1442}"),
        new("N24", "netlink TestLinkAddDelDummyWithGSO",
            () => Dummy("N24", one => one.Common = new() { GsoMaxSize = 16384, GsoMaxSegments = 16 }),
            "{'gso_max_size':16384,'gso_max_segs':16}"),
        new("N25", "netlink TestLinkAddDelDummyWithGRO",
            () => Dummy("N25", one => one.Common = new() { GroMaxSize = 16384 }), "{'gro_max_size':16384}"),
        new("N26", "netlink TestLinkAddDummyWithTxQLen", () => Dummy("N26", one => one.TxQueueLength = 1500),
            "{'txqlen':1500}"),
        new("N27", "netlink TestLinkAddDelBridgeMaster", () => Dummy("N27", one => one.Master = "br1"),
            "{'master':'br1'}"),
        new("N28", "netlink TestLinkSetUnsetResetMaster", () => Dummy("N28", one => one.Master = "br1"),
            "{'master':'br1'}", () => new LinkChange { Master = "br2" }, "{'master':'br2'}"),
        new("N29", "netlink TestLinkSetNoMaster", () => Dummy("N29", one => one.Master = "br1"),
            "{'master':'br1'}", () => new LinkChange { Master = string.Empty }, "{'linkinfo':{'info_kind':'dummy'}}"),
        new("N30", "netlink TestLinkSet", () => Dummy("N30"), "{}",
            () => new LinkChange
            {
                Mtu = 1400,
                TxQueueLength = 500,
                MacAddress = Mac("00:12:34:56:78:ab"),
                Alias = "another name",
                Group = 42,
            },
            "{'mtu':1400,'txqlen':500,'address':'00:12:34:56:78:ab','ifalias':'another name','group':'42'}"),
        new("P20", "pyroute2 test_dummy", () => Dummy("P20", one => one.MacAddress = Mac("00:11:22:33:44:55")),
            "{'address':'00:11:22:33:44:55'}"),
        new("P21", "pyroute2 test_link_arp_flag", () => Dummy("P21"), "{'flags':['NOARP']}",
            () => Said(new() { Arp = true }), "{'flags':['!NOARP']}"),
        new("P22", "pyroute2 test_bridge", () => Dummy("P22", one => one.Master = "br2"),
            "{'master':'br2','linkinfo':{'info_slave_kind':'bridge'}}"),
        new("I20", "iproute2 new_link.t", () => Dummy("I20"), "{'linkinfo':{'info_kind':'dummy'}}"),
        new("K20", "kernel protodown.sh, carrier", () => Dummy("K20", one => one.Up = true), "{'flags':['LOWER_UP']}",
            () => Said(new() { Carrier = false }), "{'flags':['UP','!LOWER_UP']}"),
        new("K21", "kernel netdev-l2addr.sh", () => Dummy("K21"), "{'mtu':1500}",
            () => new LinkChange { MacAddress = Mac("02:11:22:33:44:55") }, "{'address':'02:11:22:33:44:55'}"),
        new("N31", "netlink TestLinkAddDelIfb", () => new LinkSpec("N31", new IfbSettings()),
            "{'linkinfo':{'info_kind':'ifb'}}"),
    ];

    private static readonly OtherCase[] s_bridges =
    [
        new("N40", "netlink TestLinkAddDelBridge", () => new BridgeSpec("N40") { Mtu = 1400 }, "{'mtu':1400}"),
        new("N41", "netlink TestBridgeSetMcastSnoop", () => new BridgeSpec("N41"), Bridge("'mcast_snooping':1"),
            () => new BridgeSettings { MulticastSnooping = false }, Bridge("'mcast_snooping':0")),
        new("N42", "netlink TestBridgeCreationWithMulticastSnooping",
            () => new BridgeSpec("N42", new() { MulticastSnooping = false }), Bridge("'mcast_snooping':0"),
            () => new BridgeSettings { MulticastSnooping = true }, Bridge("'mcast_snooping':1")),
        new("N43", "netlink TestBridgeCreationWithAgeingTime",
            () => new BridgeSpec("N43", new() { AgeingTime = Seconds(200) }), Bridge("'ageing_time':20000"),
            () => new BridgeSettings { AgeingTime = Seconds(300) }, Bridge("'ageing_time':30000")),
        new("N44", "netlink TestBridgeCreationWithHelloTime",
            () => new BridgeSpec("N44", new() { HelloTime = Seconds(3) }), Bridge("'hello_time':300"),
            () => new BridgeSettings { HelloTime = Seconds(2) }, Bridge("'hello_time':200")),
        new("N45", "netlink TestBridgeGroupFwdMask",
            () => new BridgeSpec("N45", new() { GroupForwardMask = 0xfff0 }),
            Bridge("'group_fwd_mask':'0xfff0'")),
        new("K40", "kernel bridge_igmp.sh, querier",
            () => new BridgeSpec(
                "K40",
                new() { MulticastQuerier = true, MulticastQueryInterval = Seconds(1), IgmpVersion = 3 }),
            Bridge("'mcast_querier':1,'mcast_query_intvl':100,'mcast_igmp_version':3"),
            () => new BridgeSettings { IgmpVersion = 2, MulticastQueryInterval = Seconds(125) },
            Bridge("'mcast_igmp_version':2,'mcast_query_intvl':12500")),
        new("K41", "kernel bridge_mld.sh",
            () => new BridgeSpec("K41", new() { MldVersion = 2, MulticastQueryResponseInterval = Seconds(1) }),
            Bridge("'mcast_mld_version':2,'mcast_query_response_intvl':100")),
        new("K42", "kernel bridge_mdb_max.sh, groups",
            () => new BridgeSpec("K42", new() { MaxMulticastGroups = 16 }), Bridge("'mcast_hash_max':16")),
        new("P40", "pyroute2 test_brport_basic", () => Port("P40"), Bridged("'cost':2"),
            () => new BridgePortSettings { Flood = false, Cost = 200, ProxyArp = true },
            Bridged("'flood':false,'cost':200,'proxy_arp':true")),
        new("N46", "netlink TestProtinfo, the first port", () => Port("N46"), Bridged("'hairpin':false"),
            () => new BridgePortSettings
            {
                Hairpin = true, RootBlock = true, NeighborSuppress = true, Isolated = true,
            },
            Bridged("'hairpin':true,'root_block':true,'neigh_suppress':true,'isolated':true,'learning':true")),
        new("N47", "netlink TestProtinfo, the second port", () => Port("N47"), Bridged("'guard':false"),
            () => new BridgePortSettings { BpduGuard = true, Learning = false },
            Bridged("'guard':true,'learning':false,'hairpin':false,'root_block':false")),
        new("N48", "netlink TestProtinfo, the fourth port", () => Port("N48"), Bridged("'proxy_arp':false"),
            () => new BridgePortSettings { ProxyArp = true, ProxyArpWifi = true },
            Bridged("'proxy_arp':true,'proxy_arp_wifi':true,'fastleave':false")),
        new("N49", "netlink TestBridgeGroupFwdMask, a port", () => Port("N49"), Bridged("'group_fwd_mask':'0'"),
            () => new BridgePortSettings { GroupForwardMask = 0xfff0 }, Bridged("'group_fwd_mask':'0xfff0'")),
        new("K43", "kernel bridge_locked_port.sh", () => Port("K43"), Bridged("'locked':false"),
            () => new BridgePortSettings { Locked = true, Learning = false },
            Bridged("'locked':true,'learning':false")),
        new("K44", "kernel bridge_mdb.sh, floods", () => Port("K44"), Bridged("'mcast_flood':true"),
            () => new BridgePortSettings { MulticastFlood = false, FastLeave = true },
            Bridged("'mcast_flood':false,'fastleave':true")),
        new("K45", "kernel test_bridge_backup_port.sh", () => Port("K45"), Bridged("'state':'disabled'"),
            () => new BridgePortSettings { BackupPortIndex = Index("e9") }, Bridged("'backup_port':'e9'")),
        new("K46", "kernel rtnetlink.sh, flood and learning", () => Port("K46"), Bridged("'flood':true"),
            () => new BridgePortSettings { Flood = false, Learning = false },
            Bridged("'flood':false,'learning':false")),
    ];

    public static OtherCases[] All { get; } =
    [
        new("pairs", ["veth"], ["netns add far"], s_pairs),
        new("dummies", ["dummy", "ifb"], ["link add br1 type bridge", "link add br2 type bridge"], s_dummies),
        new("bridges", ["bridge"],
            ["link add br0 type bridge", "link add e9 type veth peer name e9p", "link set e9 master br0"], s_bridges),
    ];

    private static CommonLinkSettings Queues(int send, int receive)
        => new() { TxQueueCount = send, RxQueueCount = receive };

    private static LinkChange Said(CommonLinkSettings settings) => new() { Common = settings };

    private static string Bridge(string data) => $"{{'linkinfo':{{'info_kind':'bridge','info_data':{{{data}}}}}}}";

    private static VethSpec Port(string name) => Veth(name, near => near.Master = "br0");

    private static string Bridged(string data)
        => $"{{'master':'br0','linkinfo':{{'info_slave_kind':'bridge','info_slave_data':{{{data}}}}}}}";
}
