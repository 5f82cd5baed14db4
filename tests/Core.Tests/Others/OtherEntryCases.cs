using LxcNetworking.Addressing;
using LxcNetworking.Bridges;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;
using static LxcNetworking.Tests.OtherValues;

namespace LxcNetworking.Tests;

/// <summary>Addresses, neighbours, and what bridges and VXLAN links keep in tables.</summary>
internal static class OtherEntryCases
{
    private static readonly OtherCase[] s_addresses =
    [
        new("N300", "netlink TestAddrAdd lo_uni_perm",
            () => new AddressSpec(new("127.0.0.2/32")) { Scope = NetScope.Global },
            "{'local':'127.0.0.2','prefixlen':32,'label':'lo','scope':'global'}") { On = "lo" },
        new("N301", "netlink TestAddrAdd lo_nullroute_perm",
            () => new AddressSpec(new("127.0.0.4/32")) { Scope = NetScope.Nowhere },
            "{'local':'127.0.0.4','scope':'nowhere'}") { On = "lo" },
        new("N302", "netlink TestAddrAdd lo_uni_perm_with_peer",
            () => new AddressSpec(new("127.0.0.5/24")) { PeerAddress = A("127.0.0.3") },
            "{'local':'127.0.0.5','address':'127.0.0.3','prefixlen':24}") { On = "lo" },
        new("N303", "netlink TestAddrAddReplace", () => new AddressSpec(new("127.0.1.2/24")),
            "{'local':'127.0.1.2','prefixlen':24}") { On = "lo" },
        new("P300", "pyroute2 minimal test_addr_add", () => new AddressSpec(new("192.168.145.150/24")),
            "{'local':'192.168.145.150','prefixlen':24}"),
        new("P301", "pyroute2 test_addr_add_broadcast",
            () => new AddressSpec(new("192.168.146.150/24")) { Broadcast = A("192.168.146.250") },
            "{'local':'192.168.146.150','broadcast':'192.168.146.250'}"),
        new("P302", "pyroute2 test_addr_add_broadcast_default",
            () => new AddressSpec(new("192.168.147.150/24")) { Broadcast = A("192.168.147.255") },
            "{'local':'192.168.147.150','broadcast':'192.168.147.255'}"),
        new("P303", "pyroute2 test_addr_add_local",
            () => new AddressSpec(new("10.77.0.1/24")) { PeerAddress = A("10.77.0.2") },
            "{'local':'10.77.0.1','address':'10.77.0.2'}"),
        new("P304", "pyroute2 test_addr_cacheinfo, valid",
            () => Lasting("2001:db8::5678/128", 1190, 1000), "{'local':'2001:db8::5678','prefixlen':128}",
            () => Times(Seconds(129000), Seconds(100000)), "{'local':'2001:db8::5678','dynamic':true}"),
        new("P305", "pyroute2 test_add_del_ip_dict, IPv6", () => new AddressSpec(new("fd00:9::5/64")),
            "{'local':'fd00:9::5','prefixlen':64}"),
        new("I300", "iproute2 add_default_route.t", () => new AddressSpec(new("1.1.1.1/24")),
            "{'local':'1.1.1.1','prefixlen':24}"),
        new("I301", "iproute2 add_default_route.t, IPv6", () => new AddressSpec(new("dead:beef::1/64")),
            "{'local':'dead:beef::1','prefixlen':64}"),
        new("K300", "kernel rtnetlink.sh kci_test_promote_secondaries", () => Lasting("10.23.11.7/32", 1000, 900),
            "{'local':'10.23.11.7','dynamic':true}"),
        new("K301", "kernel rtnetlink.sh kci_test_addrlft, IPv6",
            () => Lasting("2001:db8:7::7/64", 3000, 3000), "{'local':'2001:db8:7::7','dynamic':true}",
            () => Times(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan),
            "{'local':'2001:db8:7::7','valid_life_time':4294967295}"),
        new("K302", "kernel rtnetlink.sh kci_test_address_proto_none",
            () => new AddressSpec(new("10.20.0.1/16")) { Broadcast = A("10.20.255.255") },
            "{'local':'10.20.0.1','prefixlen':16,'broadcast':'10.20.255.255'}"),
        new("K303", "kernel fib_tests.sh ipv4_addr_metric",
            () => new AddressSpec(new("172.16.104.1/24")) { PrefixRouteMetric = 257 },
            "{'local':'172.16.104.1','metric':257}"),
        new("K304", "kernel fib_tests.sh ipv6_addr_metric",
            () => new AddressSpec(new("2001:db8:104::1/64")) { PrefixRouteMetric = 258 },
            "{'local':'2001:db8:104::1','metric':258}"),
        new("K305", "kernel fib_tests.sh ipv6_addr_metric, a peer",
            () => new AddressSpec(new("2001:db8:109::1/128"))
            {
                PeerAddress = A("2001:db8:109::2"), PrefixRouteMetric = 260,
            },
            "{'local':'2001:db8:109::1','address':'2001:db8:109::2','metric':260}"),
        new("K306", "kernel l2_tos_ttl_inherit.sh, no duplicates looked for",
            () => new AddressSpec(new("fdd1:ced0:5d88:3fce::1/64")) { SkipDuplicateAddressDetection = true },
            "{'local':'fdd1:ced0:5d88:3fce::1','nodad':true}"),
    ];

    private static readonly OtherCase[] s_neighbors =
    [
        new("N310", "netlink TestNeighAddDel, the first",
            () => Near("10.99.0.1", "aa:bb:cc:dd:00:01") with { State = NeighborState.Reachable },
            "{'dst':'10.99.0.1','lladdr':'aa:bb:cc:dd:00:01'}"),
        new("N311", "netlink TestNeighAddDel, the last",
            () => Near("10.99.0.5", "aa:bb:cc:dd:00:05") with { State = NeighborState.Stale },
            "{'dst':'10.99.0.5','lladdr':'aa:bb:cc:dd:00:05','state':['STALE']}"),
        new("I310", "iproute2 neigh/basic.t",
            () => Near("192.0.2.2", "02:00:00:00:00:01"),
            "{'dst':'192.0.2.2','lladdr':'02:00:00:00:00:01','state':['PERMANENT']}"),
        new("P310", "pyroute2 test_add_neighbour_simple",
            () => Near("10.99.1.1", "00:11:22:33:44:55"),
            "{'dst':'10.99.1.1','lladdr':'00:11:22:33:44:55'}"),
        new("P311", "pyroute2 test_dump, IPv6",
            () => Near("fd00:99::1", "00:11:22:33:44:55"),
            "{'dst':'fd00:99::1','lladdr':'00:11:22:33:44:55'}"),
        new("K310", "kernel rtnetlink.sh kci_test_neigh_update",
            () => Near("10.0.2.4", "de:ad:be:ef:13:37"),
            "{'dst':'10.0.2.4','state':['PERMANENT']}",
            () => Near("10.0.2.4", "de:ad:be:ef:13:37") with { ExternallyLearned = true },
            "{'dst':'10.0.2.4','lladdr':'de:ad:be:ef:13:37','extern_learn':null}"),
        new("K311", "kernel rtnetlink.sh kci_test_neigh_update, protocol",
            () => Near("10.0.2.5", "de:ad:be:ef:13:38") with { Protocol = RouteProtocol.Boot },
            "{'dst':'10.0.2.5','protocol':'boot'}",
            () => Near("10.0.2.5", "de:ad:be:ef:13:38") with { Protocol = RouteProtocol.Static },
            "{'dst':'10.0.2.5','protocol':'static'}"),
        new("K312", "kernel rtnetlink.sh kci_test_neigh_get, IPv6",
            () => Near("dead::2", "de:ad:be:ef:13:37"),
            "{'dst':'dead::2','lladdr':'de:ad:be:ef:13:37'}"),
        new("K313", "kernel fib_nexthops.sh, a neighbour of IPv6",
            () => Near("2001:db8:91::2", "00:11:22:33:44:55"),
            "{'dst':'2001:db8:91::2','state':['PERMANENT']}",
            () => Near("2001:db8:91::2", "00:11:22:33:44:56") with { Router = true },
            "{'dst':'2001:db8:91::2','lladdr':'00:11:22:33:44:56','router':null}"),
    ];

    private static readonly OtherCase[] s_proxies =
    [
        new("N312", "netlink TestNeighAddDelProxy", () => new NeighborSpec(A("10.99.0.1")) { Proxy = true },
            "{'dst':'10.99.0.1','dev':'e0'}"),
        new("N313", "netlink TestNeighAddDelProxy, another", () => new NeighborSpec(A("10.99.0.5")) { Proxy = true },
            "{'dst':'10.99.0.5','dev':'e0'}"),
        new("K314", "kernel rtnetlink.sh kci_test_neigh_get, a proxy of IPv6",
            () => new NeighborSpec(A("dead::2")) { Proxy = true }, "{'dst':'dead::2','dev':'e0'}"),
    ];

    private static readonly OtherCase[] s_forwarding =
    [
        new("P320", "pyroute2 test_fdb_vxlan",
            () => new BridgeFdbSpec("vx0", Mac("00:11:22:33:44:55")) { Destination = A("10.0.3.9"), Port = 5678,
                Vni = 600 },
            "{'mac':'00:11:22:33:44:55','dst':'10.0.3.9','port':5678,'vni':600,'ifname':'vx0'}",
            () => new BridgeFdbSpec("vx0", Mac("00:11:22:33:44:55"))
            {
                Destination = A("10.0.3.10"), Port = 5678, Vni = 600, Replace = true,
            },
            "{'mac':'00:11:22:33:44:55','dst':'10.0.3.10'}"),
        new("P321", "pyroute2 test_fdb_bridge_simple",
            () => new BridgeFdbSpec("br0", Mac("00:11:22:33:44:66")) { Self = true, Type = BridgeFdbType.Permanent },
            "{'mac':'00:11:22:33:44:66','master':'br0','state':'permanent'}"),
        new("P322", "pyroute2 ndb test_fdb_create",
            () => new BridgeFdbSpec("p1", Mac("00:11:22:33:44:77")) { Type = BridgeFdbType.Static },
            "{'mac':'00:11:22:33:44:77','ifname':'p1','master':'br0','state':'static'}"),
        new("K320", "kernel bridge_sticky_fdb.sh",
            () => new BridgeFdbSpec("p1", Mac("de:ad:be:ef:13:37")) { Type = BridgeFdbType.Static, Sticky = true },
            "{'mac':'de:ad:be:ef:13:37','flags':['sticky'],'state':'static'}"),
        new("K321", "kernel fib_nexthops.sh, an entry by an object",
            () => new BridgeFdbSpec("vx0", Mac("02:02:00:00:00:13")) { NextHopId = 102 },
            "{'mac':'02:02:00:00:00:13','nhid':102}"),
        new("K322", "kernel bridge_locked_port.sh",
            () => new BridgeFdbSpec("p2", Mac("02:00:00:00:00:22")) { Type = BridgeFdbType.Static },
            "{'mac':'02:00:00:00:00:22','ifname':'p2'}"),
        new("K323", "kernel fdb_notify.sh, two remotes",
            () => new BridgeFdbSpec("vx0", Mac("02:00:00:00:00:23")) { Destination = A("10.0.3.11") },
            "{'mac':'02:00:00:00:00:23','dst':'10.0.3.11'}"),
    ];

    private static readonly OtherCase[] s_groups =
    [
        new("K330", "kernel bridge_mdb.sh, permanent",
            () => new BridgeMdbSpec("p1", MulticastGroup.Parse("239.1.1.1")) { Type = BridgeMdbType.Permanent },
            "{'grp':'239.1.1.1','port':'p1','state':'permanent'}"),
        new("K331", "kernel bridge_mdb.sh, temporary",
            () => new BridgeMdbSpec("p1", MulticastGroup.Parse("239.1.1.4")) { Type = BridgeMdbType.Temporary },
            "{'grp':'239.1.1.4','port':'p1','state':'temp'}"),
        new("K332", "kernel bridge_mdb.sh, a sender",
            () => new BridgeMdbSpec("p1", MulticastGroup.Parse("239.1.1.2")) { Source = A("192.0.2.2") },
            "{'grp':'239.1.1.2','src':'192.0.2.2','port':'p1'}"),
        new("K333", "kernel bridge_mdb.sh, IPv6",
            () => new BridgeMdbSpec("p1", MulticastGroup.Parse("ff0e::1")) { Type = BridgeMdbType.Permanent },
            "{'grp':'ff0e::1','port':'p1','state':'permanent'}"),
        new("K334", "kernel bridge_mdb.sh, IPv6, a sender",
            () => new BridgeMdbSpec("p1", MulticastGroup.Parse("ff0e::2")) { Source = A("2001:db8:1::2") },
            "{'grp':'ff0e::2','src':'2001:db8:1::2'}"),
        new("K335", "kernel bridge_mdb.sh, Ethernet",
            () => new BridgeMdbSpec("p1", MulticastGroup.Parse("01:02:03:04:05:06")) { Type = BridgeMdbType.Permanent },
            "{'grp':'01:02:03:04:05:06','port':'p1'}"),
        new("K336", "kernel bridge_mdb_host.sh, the host itself",
            () => new BridgeMdbSpec("br0", MulticastGroup.Parse("239.1.1.5")) { Type = BridgeMdbType.Temporary },
            "{'grp':'239.1.1.5','port':'br0'}"),
        new("K337", "kernel bridge_mdb.sh, another port",
            () => new BridgeMdbSpec("p2", MulticastGroup.Parse("239.1.1.1")) { Type = BridgeMdbType.Permanent },
            "{'grp':'239.1.1.1','port':'p2'}"),
    ];

    private static readonly OtherCase[] s_vlans =
    [
        new("N340", "netlink TestBridgeVlan, tagged", () => new VlansOfPort("p1", "2"), "{'ifname':'p1','vlan':2}"),
        new("N341", "netlink TestBridgeVlan, of untagged frames",
            () => new VlansOfPort("p1", "3", Pvid: true, Untagged: true),
            "{'ifname':'p1','vlan':3,'flags':['PVID','Egress Untagged']}"),
        new("N342", "netlink TestBridgeVlan, several", () => new VlansOfPort("p1", "4-6"),
            "[{'ifname':'p1','vlan':4},{'ifname':'p1','vlan':6}]"),
        new("N343", "netlink TestBridgeVlanTunnelInfo", () => new VlansOfPort("vx0", "10", TunnelId: 20),
            "{'ifname':'vx0','vlan':10,'tunid':20}"),
        new("N344", "netlink TestBridgeVlanTunnelInfo, several", () => new VlansOfPort("vx0", "11-12", TunnelId: 31),
            "{'ifname':'vx0','vlan':11,'vlanEnd':12,'tunid':31,'tunidEnd':32}"),
        new("N345", "netlink TestBridgeVlanTunnelShowDev", () => new VlansOfPort("vx0", "20", TunnelId: 200),
            "{'ifname':'vx0','vlan':20,'tunid':200}"),
        new("I340", "iproute2 tunnelshow.t, one", () => new VlansOfPort("vx0", "1000", TunnelId: 1000),
            "{'ifname':'vx0','vlan':1000,'tunid':1000}"),
        new("I341", "iproute2 tunnelshow.t, several", () => new VlansOfPort("vx0", "1010-1020", TunnelId: 1010),
            "{'ifname':'vx0','vlan':1010,'tunid':1010}"),
        new("I342", "iproute2 tunnelshow.t, a large number", () => new VlansOfPort("vx0", "1030", TunnelId: 65556),
            "{'ifname':'vx0','vlan':1030,'tunid':65556}"),
        new("P340", "pyroute2 test_vlan_filter_add", () => new VlansOfPort("p2", "568"), "{'ifname':'p2','vlan':568}"),
        new("P341", "pyroute2 test_vlan_set_state, the bridge itself",
            () => new VlansOfPort("br0", "101", Untagged: true),
            "{'ifname':'br0','vlan':101,'flags':['Egress Untagged']}"),
        new("K340", "kernel bridge_vlan_dump.sh", () => new VlansOfPort("p2", "10-20"),
            "[{'ifname':'p2','vlan':10},{'ifname':'p2','vlan':20}]",
            () => new VlansOfPort("p2", "10-20", Untagged: true),
            "[{'ifname':'p2','vlan':10,'flags':['Egress Untagged']}]"),
    ];

    private static readonly OtherCase[] s_networks =
    [
        new("N350", "netlink TestBridgeVni, one", () => new VnisOfLink("vx1", new(100)), "{'ifname':'vx1','vni':100}"),
        new("N351", "netlink TestBridgeVni, several", () => new VnisOfLink("vx1", new(200, 210)),
            "{'ifname':'vx1','vni':200,'vniEnd':210}"),
        new("K350", "kernel test_vxlan_vnifiltering.sh, a remote",
            () => new VnisOfLink("vx1", new(1000), A("10.0.3.30")), "{'ifname':'vx1','vni':1000,'remote':'10.0.3.30'}"),
    ];

    private static readonly string[] s_bridge =
    [
        "link add br0 type bridge mcast_snooping 1", "link set br0 up",
        "link add p1 type veth peer name p1p", "link set p1 master br0 up", "link set p1p up",
        "link add p2 type veth peer name p2p", "link set p2 master br0 up", "link set p2p up",
    ];

    public static OtherCases[] All { get; } =
    [
        new("addresses", ["veth"], ["link add e0 type veth peer name e1"], s_addresses),
        new("neighbours", ["veth"], s_near, s_neighbors),
        new("proxies", ["veth"], s_near, s_proxies),
        new("forwarding entries", ["vxlan"],
            [
                .. s_bridge, "link add vx0 type vxlan id 500 dstport 4789", "link set vx0 up",
                "nexthop add id 12 via 10.0.3.1 fdb", "nexthop add id 102 group 12 fdb",
            ],
            s_forwarding),
        new("multicast groups", ["bridge"], s_bridge, s_groups),
        new("VNIs", ["vxlan"], ["link add vx1 type vxlan external vnifilter dstport 4790", "link set vx1 up"],
            s_networks),
        new("VLANs of ports", ["vxlan"],
            [
                .. s_bridge, "link set br0 type bridge vlan_filtering 1",
                "link add vx0 type vxlan dstport 4789 nolearning external", "link set vx0 master br0 up",
                "link set vx0 type bridge_slave vlan_tunnel on",
            ],
            s_vlans) { NeedVlanFiltering = true },
    ];

    private static string[] s_near => ["link add e0 type veth peer name e1", "link set e0 up", "link set e1 up"];

    private static AddressChange Times(TimeSpan valid, TimeSpan preferred)
        => new() { ValidLifetime = valid, PreferredLifetime = preferred };

    private static NeighborSpec Near(string address, string mac)
        => new(A(address)) { LinkLayerAddress = LinkLayerAddress.Parse(mac) };

    private static AddressSpec Lasting(string text, double valid, double preferred)
        => new(new(text)) { ValidLifetime = Seconds(valid), PreferredLifetime = Seconds(preferred) };
}
