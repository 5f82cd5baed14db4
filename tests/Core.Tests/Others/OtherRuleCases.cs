using LxcNetworking.Addressing;
using LxcNetworking.Values;
using static LxcNetworking.Tests.OtherValues;

namespace LxcNetworking.Tests;

/// <summary>Rules of both families.</summary>
internal static class OtherRuleCases
{
    private static readonly OtherCase[] s_ipv4 =
    [
        new("N400", "netlink TestRuleAddDel",
            () => Rule(5, 254) with
            {
                From = new("172.16.0.0/16"),
                To = new("172.16.1.0/24"),
                OutputInterface = "lo",
                InputInterface = "lo",
                Not = true,
                TypeOfService = 0x10,
                DestinationPort = new("80"),
                SourcePort = new("1000-1024"),
                IPProtocol = IPProtocol.Udp,
                UserId = new("100"),
                Protocol = RouteProtocol.Kernel,
            },
            "{'priority':5,'not':null,'src':'172.16.0.0','srclen':16,'dst':'172.16.1.0','dstlen':24,'tos':'0x10',"
                + "'iif':'lo','oif':'lo','uid_start':100,'uid_end':100,'ipproto':'udp','sport_start':1000,"
                + "'sport_end':1024,'dport':80,'protocol':'kernel'}"),
        new("N401", "netlink TestRuleListFiltered, source", () => Rule(1, 1) with { From = new("172.16.0.0/16") },
            "{'priority':1,'src':'172.16.0.0','srclen':16,'table':'1'}"),
        new("N402", "netlink TestRuleListFiltered, destination", () => Rule(1, 1) with { To = new("172.16.1.0/24") },
            "{'priority':1,'dst':'172.16.1.0','dstlen':24,'table':'1'}"),
        new("N403", "netlink TestRuleListFiltered, both",
            () => Rule(2, 1) with { From = new("172.16.0.0/16"), To = new("172.16.1.0/24") },
            "{'priority':2,'src':'172.16.0.0','dst':'172.16.1.0'}"),
        new("N404", "netlink TestRuleListFiltered, right before main",
            () => Rule(32765, 1) with { From = new("172.16.0.0/16") }, "{'priority':32765,'table':'1'}"),
        new("N405", "netlink TestRuleListFiltered, a table", () => Rule(3, 199) with { From = new("172.16.0.0/16") },
            "{'priority':3,'table':'199'}"),
        new("N406", "netlink TestRuleListFiltered, a mask",
            () => Rule(4, 1) with { From = new("172.16.0.0/16"), FirewallMark = 0, FirewallMask = 5 },
            "{'priority':4,'fwmark':'0','fwmask':'0x5'}"),
        new("N407", "netlink TestRuleListFiltered, a mark",
            () => Rule(6, 1) with { FirewallMark = 0xbb, FirewallMask = 0xff },
            "{'priority':6,'fwmark':'0xbb','fwmask':'0xff'}"),
        new("N408", "netlink TestRuleListFiltered, the highest mark",
            () => Rule(7, 100) with { FirewallMark = 0xffffffff }, "{'priority':7,'fwmark':'0xffffffff'}"),
        new("N409", "netlink TestRuleListFiltered, a mark of all bits",
            () => Rule(8, 100) with { FirewallMark = 0x12345678 }, "{'priority':8,'fwmark':'0x12345678'}"),
        new("N410", "netlink TestRuleListFiltered, TOS",
            () => Rule(9, 12) with { From = new("172.16.0.0/16"), TypeOfService = 12 },
            "{'priority':9,'tos':'0x0c','table':'12'}"),
        new("P400", "pyroute2 test_rule_add_del, a table", () => Rule(20100, 10), "{'priority':20100,'table':'10'}"),
        new("P401", "pyroute2 test_rule_add_del, a mark", () => Rule(20101, 10) with { FirewallMark = 15 },
            "{'priority':20101,'fwmark':'0xf'}"),
        new("P402", "pyroute2 test_rule_add_del, a mark and a mask",
            () => Rule(20102, 10) with { FirewallMark = 15, FirewallMask = 20 },
            "{'priority':20102,'fwmark':'0xf','fwmask':'0x14'}"),
        new("P403", "pyroute2 test_rule_add_del, a large table",
            () => Rule(20103, 2048) with { FirewallMark = 10, FirewallMask = 12 },
            "{'priority':20103,'fwmark':'0xa','fwmask':'0xc','table':'2048'}"),
        new("P404", "pyroute2 test_rule_add_del, a source", () => Rule(20104, 2048) with { From = new("127.0.1.0/24") },
            "{'priority':20104,'src':'127.0.1.0','srclen':24}"),
        new("P405", "pyroute2 test_rule_add_del, a destination",
            () => Rule(20105, 2048) with { To = new("127.0.1.0/24") },
            "{'priority':20105,'dst':'127.0.1.0','dstlen':24}"),
        new("P406", "pyroute2 test_rule_strict_src", () => Rule(30313, 10), "{'priority':30313,'table':'10'}"),
        new("P407", "pyroute2 test_rule_strict_src, a destination",
            () => Rule(30316, 10) with { To = new("127.0.0.0/24") }, "{'priority':30316,'dst':'127.0.0.0'}"),
        new("P408", "pyroute2 test_flush_rules, prohibit",
            () => new RuleSpec(IPFamily.IPv4) { Priority = 150, Action = RuleAction.Prohibit },
            "{'priority':150,'action':'prohibit'}"),
        new("P409", "pyroute2 test_flush_rules, an address", () => Rule(200, 20) with { From = new("10.9.8.7/32") },
            "{'priority':200,'src':'10.9.8.7','table':'20'}"),
        new("I400", "iproute2 dsfield.t", () => Rule(300, 254) with { TypeOfService = 0x10 },
            "{'priority':300,'tos':'0x10','table':'main'}"),
        new("K400", "kernel fib_rule_tests.sh, oif", () => Rule(410, 100) with { OutputInterface = "e0" },
            "{'priority':410,'oif':'e0'}"),
        new("K401", "kernel fib_rule_tests.sh, from and iif",
            () => Rule(411, 100) with { From = new("192.0.2.3/32"), InputInterface = "e0" },
            "{'priority':411,'src':'192.0.2.3','iif':'e0'}"),
        new("K402", "kernel fib_rule_tests.sh, fwmark", () => Rule(412, 100) with { FirewallMark = 0x64 },
            "{'priority':412,'fwmark':'0x64'}"),
        new("K403", "kernel fib_rule_tests.sh, uidrange", () => Rule(413, 100) with { UserId = new("100-100") },
            "{'priority':413,'uid_start':100,'uid_end':100}"),
        new("K404", "kernel fib_rule_tests.sh, ports",
            () => Rule(414, 100) with { SourcePort = new("666"), DestinationPort = new("777") },
            "{'priority':414,'sport':666,'dport':777}"),
        new("K405", "kernel fib_rule_tests.sh, ranges of ports",
            () => Rule(415, 100) with { SourcePort = new("100-200"), DestinationPort = new("300-400") },
            "{'priority':415,'sport_start':100,'sport_end':200,'dport_start':300,'dport_end':400}"),
        new("K406", "kernel fib_rule_tests.sh, ipproto tcp", () => Rule(416, 100) with { IPProtocol = IPProtocol.Tcp },
            "{'priority':416,'ipproto':'tcp'}"),
        new("K407", "kernel fib_rule_tests.sh, ipproto icmp",
            () => Rule(417, 100) with { IPProtocol = IPProtocol.Icmp },
            "{'priority':417,'ipproto':'icmp'}"),
        new("K408", "kernel fib_rule_tests.sh, suppress_prefixlength",
            () => Rule(418, 254) with { SuppressPrefixLength = 0 }, "{'priority':418,'suppress_prefixlen':0}"),
        new("K409", "kernel fib_rule_tests.sh, the local table later", () => Rule(32764, 255),
            "{'priority':32764,'table':'local'}"),
    ];

    private static readonly OtherCase[] s_ipv6 =
    [
        new("N420", "netlink TestRuleListFiltered, IPv6, source",
            () => Six(1, 1) with { From = new("fd56:6b58:db28:2913::/64") },
            "{'priority':1,'src':'fd56:6b58:db28:2913::','srclen':64}"),
        new("N421", "netlink TestRuleListFiltered, IPv6, destination",
            () => Six(1, 1) with { To = new("fde9:379f:3b35:6635::/96") },
            "{'priority':1,'dst':'fde9:379f:3b35:6635::','dstlen':96}"),
        new("N422", "netlink TestRuleListFiltered, IPv6, a mark",
            () => Six(2, 1) with { FirewallMark = 0xbb, FirewallMask = 0xff }, "{'priority':2,'fwmark':'0xbb'}"),
        new("P420", "pyroute2 test_rule_add_del, IPv6, a source",
            () => Six(20106, 5192) with { From = new("fd00::/8") },
            "{'priority':20106,'src':'fd00::','srclen':8,'table':'5192'}"),
        new("P421", "pyroute2 test_rule_add_del, IPv6, a destination",
            () => Six(20107, 5192) with { To = new("fd00::/8") },
            "{'priority':20107,'dst':'fd00::','dstlen':8}"),
        new("P422", "pyroute2 test_explicit_ipv6_src", () => Six(50, 10000) with { From = new("fd00:5::/64") },
            "{'priority':50,'src':'fd00:5::','table':'10000'}"),
        new("I420", "iproute2 dsfield.t, IPv6", () => Six(300, 254) with { TypeOfService = 0x10 },
            "{'priority':300,'tos':'0x10'}"),
        new("K420", "kernel fib_tests.sh, ports and a protocol",
            () => Six(100, 123) with
            {
                IPProtocol = IPProtocol.Udp, SourcePort = new("12345"), DestinationPort = new("54321"),
            },
            "{'priority':100,'ipproto':'udp','sport':12345,'dport':54321,'table':'123'}"),
        new("K421", "kernel fib_rule_tests.sh, ipproto ipv6-icmp",
            () => Six(421, 100) with { IPProtocol = IPProtocol.IcmpV6 }, "{'priority':421,'ipproto':'ipv6-icmp'}"),
        new("K422", "kernel fib_rule_tests.sh, from and iif",
            () => Six(422, 100) with { From = new("2001:db8:1::3/128"), InputInterface = "e0" },
            "{'priority':422,'src':'2001:db8:1::3','iif':'e0'}"),
        new("K423", "kernel fib_tests.sh fib6_suppress", () => Six(423, 254) with { SuppressPrefixLength = 0 },
            "{'priority':423,'suppress_prefixlen':0}"),
        new("K424", "kernel fib_rule_tests.sh, uidrange", () => Six(424, 100) with { UserId = new("100-100") },
            "{'priority':424,'uid_start':100}"),
    ];

    public static OtherCases[] All { get; } =
    [
        new("IPv4 rules", ["veth"], [], s_ipv4),
        new("IPv6 rules", ["veth"], [], s_ipv6),
    ];

    private static RuleSpec Six(int priority, int table) => Rule(priority, table, IPFamily.IPv6);
}
