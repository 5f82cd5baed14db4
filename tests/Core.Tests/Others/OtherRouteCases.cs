using LxcNetworking.Addressing;
using LxcNetworking.Values;
using static LxcNetworking.Tests.OtherValues;

namespace LxcNetworking.Tests;

/// <summary>Routes, and next-hop objects.</summary>
internal static class OtherRouteCases
{
    private static readonly OtherCase[] s_ipv4 =
    [
        new("N200", "netlink TestRouteChange", () => To("192.168.0.0/24", "@lo") with { Source = A("127.1.1.1") },
            "{'dst':'192.168.0.0/24','dev':'lo','prefsrc':'127.1.1.1'}",
            () => new RouteChange { Source = A("127.1.1.2") }, "{'dst':'192.168.0.0/24','prefsrc':'127.1.1.2'}"),
        new("N201", "netlink TestRouteReplace", () => To("192.168.1.0/24", "@lo") with { Source = A("127.1.1.1") },
            "{'dst':'192.168.1.0/24','prefsrc':'127.1.1.1'}",
            () => To("192.168.1.0/24", "@lo") with { Source = A("127.1.1.2") },
            "{'dst':'192.168.1.0/24','prefsrc':'127.1.1.2'}"),
        new("N202", "netlink TestRouteAddDel, default by a device", () => To("0.0.0.0/0", "@lo"),
            "{'dst':'default','dev':'lo'}"),
        new("N203", "netlink TestRouteAddDel, blackhole",
            () => Type("0.0.0.0/0", RouteType.Blackhole) with { Metric = 9 },
            "{'type':'blackhole','dst':'default','metric':9}"),
        new("N204", "netlink TestRouteAddDel, prohibit",
            () => Type("0.0.0.0/0", RouteType.Prohibit) with { Metric = 10 },
            "{'type':'prohibit','dst':'default','metric':10}"),
        new("N205", "netlink TestRouteUnreachableEmptyDst, unreachable", () => In100(RouteType.Unreachable, 100),
            "{'type':'unreachable','dst':'default','table':'100','metric':100}"),
        new("N206", "netlink TestRouteUnreachableEmptyDst, blackhole", () => In100(RouteType.Blackhole, 101),
            "{'type':'blackhole','dst':'default','table':'100','metric':101}"),
        new("N207", "netlink TestRouteUnreachableEmptyDst, prohibit", () => In100(RouteType.Prohibit, 102),
            "{'type':'prohibit','dst':'default','table':'100','metric':102}"),
        new("N208", "netlink TestRouteExtraFields",
            () => To("1.1.1.1/32", "@lo") with
            {
                Source = A("127.3.3.3"),
                Scope = NetScope.Link,
                Metric = 13,
                TypeOfService = 12,
                HopLimit = 100,
                Realms = 239,
            },
            "{'dst':'1.1.1.1','tos':'0x0c','prefsrc':'127.3.3.3','metric':13,'scope':'link',"
                + "'metrics':[{'hoplimit':100}]}"),
        new("N209", "netlink TestRouteMultiPath", () => To("192.168.2.0/24", "@lo", "@lo"),
            "{'dst':'192.168.2.0/24','nexthops':[{'dev':'lo','weight':1}]}"),
        new("N210", "netlink TestMTURouteAddDel", () => To("192.168.3.0/24", "@lo") with { Mtu = 500 },
            "{'dst':'192.168.3.0/24','metrics':[{'mtu':500}]}"),
        new("N211", "netlink TestMTULockRouteAddDel",
            () => To("192.168.4.0/24", "@lo") with { Mtu = 500, LockedMetrics = RouteMetricLocks.Mtu },
            "{'dst':'192.168.4.0/24','metrics':[{'mtu':500}]}"),
        new("N212", "netlink TestRtoMinLockRouteAddDel",
            () => To("192.168.5.0/24", "@lo") with
            {
                MinimumRetransmissionTimeout = TimeSpan.FromMilliseconds(40),
                LockedMetrics = RouteMetricLocks.MinimumRetransmissionTimeout,
            },
            "{'dst':'192.168.5.0/24','metrics':[{'rto_min':40}]}"),
        new("N213", "netlink TestRouteViaAddDel", () => To("192.168.6.0/24", "dead:beef::9@e0"),
            "{'dst':'192.168.6.0/24','via':{'family':'inet6','host':'dead:beef::9'},'dev':'e0'}"),
        new("N214", "netlink TestRouteMultiPathViaIPv4Mapped",
            () => To("192.168.99.0/24", "1.9.1.1@e0") with { OnLink = true },
            "{'dst':'192.168.99.0/24','gateway':'1.9.1.1','dev':'e0','flags':['onlink']}"),
        new("N215", "netlink TestRouteNHID", () => To("10.0.0.0/24") with { NextHopId = 1 },
            "{'dst':'10.0.0.0/24','nhid':1,'via':{'family':'inet6','host':'fe80::1'}}"),
        new("N216", "netlink TestFilterDefaultRoute", () => To("192.168.7.0/24", "127.0.0.2"),
            "{'dst':'192.168.7.0/24','gateway':'127.0.0.2','dev':'lo'}"),
        new("N217", "netlink TestRouteAppend, the first",
            () => To("192.168.8.0/24", "@lo") with { Source = A("127.1.1.1") },
            "{'dst':'192.168.8.0/24','prefsrc':'127.1.1.1'}"),
        new("N218", "netlink TestRouteAppend, beside it",
            () => new Appended(To("192.168.8.0/24", "@lo") with { Source = A("127.1.1.2") }),
            "[{'dst':'192.168.8.0/24','prefsrc':'127.1.1.1'},{'dst':'192.168.8.0/24','prefsrc':'127.1.1.2'}]"),
        new("I200", "iproute2 add_default_route.t", () => To("0.0.0.0/0", "1.1.1.2") with { Metric = 5 },
            "{'dst':'default','gateway':'1.1.1.2','dev':'e0','metric':5}"),
        new("I201", "iproute2 add_default_route.t, a network", () => To("2.2.2.0/24", "@e0"),
            "{'dst':'2.2.2.0/24','dev':'e0','scope':'link'}"),
        new("P200", "pyroute2 test_scopes, universe", () => Host(142, NetScope.Global),
            "{'dst':'172.24.200.142','scope':'global'}"),
        new("P201", "pyroute2 test_scopes, site", () => Host(143, NetScope.Site),
            "{'dst':'172.24.200.143','scope':'site'}"),
        new("P202", "pyroute2 test_scopes, link", () => Host(144, NetScope.Link),
            "{'dst':'172.24.200.144','scope':'link'}"),
        new("P203", "pyroute2 test_scopes, a table",
            () => Host(145, NetScope.Link) with { Table = new RouteTable(6001) },
            "{'dst':'172.24.200.145','scope':'link','table':'6001'}"),
        new("P204", "pyroute2 test_flags, onlink",
            () => To("172.24.200.146", "10.9.9.9@e0") with { OnLink = true },
            "{'dst':'172.24.200.146','gateway':'10.9.9.9','flags':['onlink']}"),
        new("P205", "pyroute2 test_flags, a table",
            () => To("172.24.200.147", "10.9.9.9@e0") with { OnLink = true, Table = new RouteTable(6001) },
            "{'dst':'172.24.200.147','flags':['onlink'],'table':'6001'}"),
        new("P206", "pyroute2 test_basic, table 501",
            () => To("10.99.1.0/24", "1.1.1.2") with { Table = new RouteTable(501) },
            "{'dst':'10.99.1.0/24','gateway':'1.1.1.2','table':'501'}"),
        new("P207", "pyroute2 test_basic, table 5001",
            () => To("10.99.1.0/24", "1.1.1.2") with { Table = new RouteTable(5001) },
            "{'dst':'10.99.1.0/24','gateway':'1.1.1.2','table':'5001'}"),
        new("P208", "pyroute2 test_default", () => To("0.0.0.0/0", "1.1.1.2") with { Table = new RouteTable(555) },
            "{'dst':'default','gateway':'1.1.1.2','table':'555'}"),
        new("P209", "pyroute2 test_multipath_ipv4", () => To("10.99.2.0/24", "1.1.1.2", "1.1.1.3"),
            "{'dst':'10.99.2.0/24','nexthops':[{'gateway':'1.1.1.2'},{'gateway':'1.1.1.3'}]}"),
        new("P210", "pyroute2 test_route_multipath, weights",
            () => To("10.99.3.0/24") with
            {
                NextHops = [new(A("1.1.1.2"), Index("e0"), 21), new(A("1.1.1.3"), Index("e0"), 31)],
            },
            "{'dst':'10.99.3.0/24','nexthops':[{'gateway':'1.1.1.2','weight':21},{'gateway':'1.1.1.3','weight':31}]}"),
        new("P211", "pyroute2 test_route_onlink_multipath",
            () => To("10.99.4.0/24") with
            {
                NextHops = [new(A("10.9.9.1"), 1) { OnLink = true }, new(A("10.9.9.2"), 1) { OnLink = true }],
            },
            "{'dst':'10.99.4.0/24','nexthops':[{'gateway':'10.9.9.1','flags':['onlink']},"
                + "{'gateway':'10.9.9.2','dev':'lo'}]}"),
        new("P212", "pyroute2 test_update_set", () => To("10.99.5.0/24", "1.1.1.2"),
            "{'dst':'10.99.5.0/24','gateway':'1.1.1.2'}", () => new RouteChange { NextHops = [Hop("1.1.1.3")] },
            "{'dst':'10.99.5.0/24','gateway':'1.1.1.3'}"),
        new("P213", "pyroute2 test_update_replace", () => To("10.99.6.0/24", "1.1.1.2") with { Metric = 10 },
            "{'dst':'10.99.6.0/24','metric':10}"),
        new("P214", "pyroute2 test_metrics_update_apply", () => To("10.99.7.0/24", "1.1.1.2") with { Mtu = 1300 },
            "{'dst':'10.99.7.0/24','metrics':[{'mtu':1300}]}", () => new RouteChange { Mtu = 1500 },
            "{'dst':'10.99.7.0/24','metrics':[{'mtu':1500}]}"),
        new("P215", "pyroute2 test_metrics_set", () => To("10.99.8.0/24", "1.1.1.2"),
            "{'dst':'10.99.8.0/24','gateway':'1.1.1.2'}", () => new RouteChange { Mtu = 1280 },
            "{'dst':'10.99.8.0/24','metrics':[{'mtu':1280}]}"),
        new("P216", "pyroute2 test_route_replace_existing", () => To("10.99.9.0/24", "1.1.1.2"),
            "{'dst':'10.99.9.0/24','gateway':'1.1.1.2'}", () => To("10.99.9.0/24", "1.1.1.3"),
            "{'dst':'10.99.9.0/24','gateway':'1.1.1.3'}"),
        new("K200", "kernel fib_tests.sh, a way becomes two", () => To("172.16.104.0/24", "1.1.1.2"),
            "{'dst':'172.16.104.0/24','gateway':'1.1.1.2'}", () => To("172.16.104.0/24", "1.1.1.3", "1.1.2.2"),
            "{'dst':'172.16.104.0/24','nexthops':[{'gateway':'1.1.1.3','dev':'e0'},{'gateway':'1.1.2.2','dev':'e1'}]}"),
        new("K201", "kernel fib_tests.sh, two ways become one", () => To("172.16.105.0/24", "1.1.1.2", "1.1.2.2"),
            "{'dst':'172.16.105.0/24','nexthops':[{'gateway':'1.1.1.2'},{'gateway':'1.1.2.2'}]}",
            () => To("172.16.105.0/24", "1.1.1.3"), "{'dst':'172.16.105.0/24','gateway':'1.1.1.3'}"),
        new("K202", "kernel fib_tests.sh, a way becomes a refusal", () => To("172.16.106.0/24", "1.1.1.2"),
            "{'dst':'172.16.106.0/24','gateway':'1.1.1.2'}", () => Type("172.16.106.0/24", RouteType.Unreachable),
            "{'dst':'172.16.106.0/24','type':'unreachable'}"),
        new("K203", "kernel fib_tests.sh, two ways change", () => To("172.16.107.0/24", "1.1.1.2", "1.1.2.2"),
            "{'dst':'172.16.107.0/24','nexthops':[{'gateway':'1.1.2.2'}]}",
            () => new RouteChange { NextHops = [Hop("1.1.1.3"), Hop("1.1.2.3")] },
            "{'dst':'172.16.107.0/24','nexthops':[{'gateway':'1.1.1.3'},{'gateway':'1.1.2.3'}]}"),
        new("K207", "kernel fib_tests.sh ipv4_rt_append", () => To("172.16.109.0/24", "1.1.1.2"),
            "{'dst':'172.16.109.0/24','gateway':'1.1.1.2'}"),
        new("K208", "kernel fib_tests.sh ipv4_rt_append, beside it",
            () => new Appended(To("172.16.109.0/24", "1.1.2.2")),
            "[{'dst':'172.16.109.0/24','gateway':'1.1.1.2'},{'dst':'172.16.109.0/24','gateway':'1.1.2.2'}]"),
        new("K204", "kernel fib_tests.sh ipv4_rt_add, throw",
            () => Type("172.16.108.0/24", RouteType.Throw) with { Table = new RouteTable(123) },
            "{'dst':'172.16.108.0/24','type':'throw','table':'123'}"),
        new("K205", "kernel rtnetlink.sh kci_test_polrouting, local",
            () => Type("0.0.0.0/0", RouteType.Local) with { Table = new RouteTable(101), NextHops = [Hop("@lo")] },
            "{'dst':'default','type':'local','table':'101','dev':'lo'}"),
        new("K206", "kernel fib_tests.sh, vrf default of the lowest preference",
            () => Type("0.0.0.0/0", RouteType.Unreachable) with { Metric = 4278198272, Table = new RouteTable(122) },
            "{'dst':'default','type':'unreachable','metric':4278198272}"),
    ];

    private static readonly OtherCase[] s_ipv6 =
    [
        new("N220", "netlink TestRoute6AddDel, expires",
            () => To("2001:db8:a::/64", "@e0") with { Lifetime = Seconds(100) },
                "{'dst':'2001:db8:a::/64','dev':'e0'}"),
        new("N221", "netlink TestRoute6AddDel, default", () => To("::/0", "@e0"), "{'dst':'default','dev':'e0'}"),
        new("N222", "netlink TestRoute6AddDel, blackhole", () => Type("::/0", RouteType.Blackhole) with { Metric = 7 },
            "{'type':'blackhole','dst':'default','metric':7}"),
        new("I220", "iproute2 add_default_route.t, IPv6", () => To("::/0", "dead:beef::2") with { Metric = 8 },
            "{'dst':'default','gateway':'dead:beef::2','dev':'e0'}"),
        new("I221", "iproute2 add_default_route.t, a network of IPv6", () => To("cafe:babe::/64", "@e0"),
            "{'dst':'cafe:babe::/64','dev':'e0','metric':1024}"),
        new("P220", "pyroute2 test_table_undef",
            () => To("fd00:77::1/128", "@e0") with { Table = new RouteTable(5000) },
            "{'dst':'fd00:77::1','table':'5000','dev':'e0'}"),
        new("P221", "pyroute2 test_ipv6_default_priority", () => To("beef:feed:fade::/112", "@e0"),
            "{'dst':'beef:feed:fade::/112','metric':1024}"),
        new("P222", "pyroute2 test_empty_target",
            () => To("fd00:78::1/128", "@e0") with { Table = new RouteTable(501) },
            "{'dst':'fd00:78::1','table':'501'}"),
        new("K220", "kernel fib_tests.sh, a way becomes two, IPv6", () => To("2001:db8:104::/64", "dead:beef::2"),
            "{'dst':'2001:db8:104::/64','gateway':'dead:beef::2'}",
            () => To("2001:db8:104::/64", "dead:beef::3", "dead:feed::2"),
            "{'dst':'2001:db8:104::/64','nexthops':[{'gateway':'dead:beef::3'},{'gateway':'dead:feed::2'}]}"),
        new("K221", "kernel fib_tests.sh, two ways become one, IPv6",
            () => To("2001:db8:105::/64", "dead:beef::2", "dead:feed::2"),
            "{'dst':'2001:db8:105::/64','nexthops':[{'gateway':'dead:beef::2'},{'gateway':'dead:feed::2'}]}",
            () => To("2001:db8:105::/64", "dead:beef::3"), "{'dst':'2001:db8:105::/64','gateway':'dead:beef::3'}"),
        new("K222", "kernel fib_tests.sh ipv6_rt_metrics",
            () => To("2001:db8:106::/64", "dead:beef::2") with { Mtu = 1300 },
            "{'dst':'2001:db8:106::/64','metrics':[{'mtu':1300}]}", () => new RouteChange { Mtu = 1400 },
            "{'dst':'2001:db8:106::/64','metrics':[{'mtu':1400}]}"),
        new("K223", "kernel fib_tests.sh ipv6_rt_add, unreachable",
            () => Type("2001:db8:101::2/128", RouteType.Unreachable), "{'dst':'2001:db8:101::2','type':'unreachable'}"),
        new("K224", "kernel fib_tests.sh, a link-local gateway", () => To("2001:12::/64", "fe80::dead:beef@e0"),
            "{'dst':'2001:12::/64','gateway':'fe80::dead:beef','dev':'e0'}"),
        new("K225", "kernel fib_tests.sh, a table of a rule",
            () => To("2001:db8:102::/64", "@e0") with { Table = new RouteTable(123) },
            "{'dst':'2001:db8:102::/64','table':'123'}"),
        new("K227", "kernel fib_tests.sh ipv6_rt_append", () => new Appended(To("2001:db8:112::/64", "dead:feed::2")),
            "{'dst':'2001:db8:112::/64','nexthops':[{'gateway':'dead:beef::2'},{'gateway':'dead:feed::2'}]}"),
        new("K226", "kernel ipv6 preference of a router",
            () => To("2001:db8:107::/64", "dead:beef::2") with { Preference = RouterPreference.High },
            "{'dst':'2001:db8:107::/64','pref':'high'}"),
    ];

    private static readonly OtherCase[] s_encapsulated =
    [
        new("N230", "netlink TestIP6tnlRouteAddDel",
            () => In("192.168.98.0/24", "e0", "ip6 id 0 src :: dst 2001:db8::"),
            "{'dst':'192.168.98.0/24','encap':'ip6','dst2':'2001:db8::','dev':'e0'}"),
        new("N231", "netlink TestSEG6RouteAddDel, encap",
            () => In("10.0.0.102/32", "e0", "seg6 mode encap segs fc00:a000::22,fc00:a000::21"),
            "{'dst':'10.0.0.102','encap':'seg6','mode':'encap','segs':['fc00:a000::22','fc00:a000::21']}"),
        new("K230", "kernel test of an IPv4 tunnel for a route",
            () => In("172.30.1.0/24", "e0", "ip id 100 dst 10.1.1.1"),
                "{'dst':'172.30.1.0/24','encap':'ip','id':100,'dst2':'10.1.1.1'}"),
    ];

    private static readonly OtherCase[] s_encapsulated6 =
    [
        new("N232", "netlink TestSEG6RouteAddDel, inline",
            () => In("2001:db8::1/128", "e0", "seg6 mode inline segs fc00:a000::12,fc00:a000::11"),
            "{'dst':'2001:db8::1','encap':'seg6','mode':'inline'}"),
    ];

    private static readonly OtherCase[] s_nextHops =
    [
        new("N240", "netlink TestNexthopAddListDelReplace, blackhole", () => Object(2) with { Blackhole = true },
            "{'id':2,'blackhole':null}"),
        new("N241", "netlink TestNexthopAddListDelReplace, replaced",
            () => Object(3, "fe80::1234:5678:9abc:def0", "e0") with { Protocol = (RouteProtocol)186 },
            "{'id':3,'gateway':'fe80::1234:5678:9abc:def0','dev':'e0','protocol':'bgp'}",
            () => Object(3, "1.1.1.9", "e0") with { Protocol = RouteProtocol.Static },
            "{'id':3,'gateway':'1.1.1.9','protocol':'static'}"),
        new("K240", "kernel fib_nexthops.sh ipv4_fcnal", () => Object(12, "1.1.1.2", "e0"),
            "{'id':12,'gateway':'1.1.1.2','dev':'e0','scope':'link'}", () => Object(12, "1.1.1.3", "e0"),
            "{'id':12,'gateway':'1.1.1.3'}"),
        new("K241", "kernel fib_nexthops.sh ipv6_fcnal", () => Object(52, "dead:beef::2", "e0"),
            "{'id':52,'gateway':'dead:beef::2','dev':'e0'}"),
        new("K242", "kernel fib_nexthops.sh ipv4_fcnal, onlink",
            () => Object(13, "172.16.3.2", "e0") with { OnLink = true },
            "{'id':13,'gateway':'172.16.3.2','flags':['onlink']}"),
        new("K243", "kernel fib_nexthops.sh ipv6_fcnal, onlink",
            () => Object(53, "2001:db8:3::3", "e0") with { OnLink = true },
            "{'id':53,'gateway':'2001:db8:3::3','flags':['onlink']}"),
        new("K244", "kernel fib_nexthops.sh, a device only", () => Object(58, null, "e0"), "{'id':58,'dev':'e0'}"),
        new("K245", "kernel fib_nexthops.sh ipv6_grp_fcnal, a device",
            () => Object(65, null, "e1") with { AddressFamily = IPFamily.IPv6 }, "{'id':65,'dev':'e1'}"),
        new("K246", "kernel fib_nexthops.sh ipv4_grp_fcnal, two", () => Group(101, "12/52"),
            "{'id':101,'group':[{'id':12},{'id':52}]}", () => Group(101, "12"), "{'id':101,'group':[{'id':12}]}"),
        new("K247", "kernel fib_nexthops.sh ipv4_grp_fcnal, weights", () => Group(103, "12,3/13,2"),
            "{'id':103,'group':[{'id':12,'weight':3},{'id':13,'weight':2}]}"),
        new("K248", "kernel fib_nexthops.sh ipv4_res_grp_fcnal",
            () => Group(102, "12,3/13,1") with
            {
                GroupType = NextHopGroupType.Resilient, Buckets = 4, IdleTimer = Seconds(0),
            },
            "{'id':102,'type':'resilient','resilient_args':{'buckets':4,'idle_timer':0}}"),
        new("K249", "kernel fib_nexthops.sh, resilient timers",
            () => Group(104, "12") with
            {
                GroupType = NextHopGroupType.Resilient, Buckets = 8, IdleTimer = Seconds(6),
                UnbalancedTimer = Seconds(9),
            },
            "{'id':104,'resilient_args':{'buckets':8,'idle_timer':6,'unbalanced_timer':9}}",
            () => new NextHopChange { IdleTimer = Seconds(512), UnbalancedTimer = Seconds(256) },
            "{'id':104,'resilient_args':{'buckets':8,'idle_timer':512,'unbalanced_timer':256}}"),
        new("K250", "kernel fib_nexthops.sh ipv4_fdb_grp_fcnal", () => Object(16, "172.16.1.2") with { Fdb = true },
            "{'id':16,'gateway':'172.16.1.2','fdb':null}"),
        new("K251", "kernel fib_nexthops.sh ipv6_fdb_grp_fcnal", () => Object(66, "2001:db8:91::2") with { Fdb = true },
            "{'id':66,'gateway':'2001:db8:91::2','fdb':null}"),
        new("K252", "kernel fib_nexthops.sh ipv4_fdb_grp_fcnal, a group", () => Group(107, "16") with { Fdb = true },
            "{'id':107,'group':[{'id':16}],'fdb':null}"),
        new("K253", "kernel fib_nexthops.sh basic, a protocol",
            () => Object(105) with { Blackhole = true, Protocol = (RouteProtocol)99 },
            "{'id':105,'blackhole':null,'protocol':'openr'}"),
        new("K254", "kernel fib_nexthops.sh basic, blackhole replaced",
            () => Object(23) with { Blackhole = true }, "{'id':23,'blackhole':null}",
            () => Object(23, "1.1.1.2", "e0"), "{'id':23,'gateway':'1.1.1.2'}"),
    ];

    private static readonly string[] s_prepared =
    [
        "link add e0 type veth peer name e1", "addr add 1.1.1.1/24 dev e0", "addr add 1.1.2.1/24 dev e1",
        "addr add 127.0.0.2/24 dev lo", "addr add dead:beef::1/64 dev e0 nodad",
            "addr add dead:feed::1/64 dev e1 nodad",
        "link set e0 up", "link set e1 up",
    ];

    public static OtherCases[] All { get; } =
    [
        new("IPv4 routes", ["veth"], [.. s_prepared, "nexthop add id 1 via fe80::1 dev e0"], s_ipv4),
        new("IPv6 routes", ["veth"], [.. s_prepared, "route add 2001:db8:112::/64 via dead:beef::2"], s_ipv6),
        new("next-hop objects", ["veth"], s_prepared, s_nextHops),
    ];

    /// <summary>What a kernel without lightweight tunnels lacks.</summary>
    public static OtherCases[] Encapsulated { get; } =
    [
        new("routes into tunnels", ["veth"], s_prepared, s_encapsulated),
        new("IPv6 routes into tunnels", ["veth"], s_prepared, s_encapsulated6),
    ];

    private static RouteSpec Type(string destination, RouteType type) => To(destination) with { Type = type };

    private static RouteSpec In100(RouteType type, long metric)
        => Type("0.0.0.0/0", type) with { Table = new RouteTable(100), Metric = metric };

    private static RouteSpec Host(int last, NetScope scope) => To($"172.24.200.{last}", "@e0") with { Scope = scope };

    private static RouteSpec In(string destination, string device, string encapsulation)
        => To(destination) with
        {
            NextHops = [new(null, Index(device)) { Encapsulation = new RouteEncapsulation(encapsulation) }],
        };

    private static NextHopSpec Object(long id, string? gateway = null, string? device = null) => new()
    {
        NextHopId = id,
        NextHop = gateway is null ? null : A(gateway),
        InterfaceIndex = device is null ? 0 : Index(device),
    };

    private static NextHopSpec Group(long id, string members)
        => new() { NextHopId = id, Group = [.. members.Split('/').Select(Member)] };

    private static NextHopMember Member(string text)
        => text.Split(',') is [var id, var weight] ? new(long.Parse(id), int.Parse(weight)) : new(long.Parse(text));
}
