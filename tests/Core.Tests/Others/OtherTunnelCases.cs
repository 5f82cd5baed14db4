using LxcNetworking.Links;
using LxcNetworking.Tunnels;
using LxcNetworking.Values;
using static LxcNetworking.Tests.OtherValues;

namespace LxcNetworking.Tests;

/// <summary>VXLAN, Geneve, GRE, IP in IP, VTI.</summary>
internal static class OtherTunnelCases
{
    private static readonly OtherCase[] s_vxlans =
    [
        new("N100", "netlink TestLinkAddDelVxlan",
            () => Vxlan("N100", new() { Vni = 10, Learning = true, NotifyMissingMac = true, NotifyMissingIP = true }),
            Data("vxlan", "'id':10,'learning':true,'l2miss':true,'l3miss':true")),
        new("N101", "netlink TestLinkAddDelVxlanUdpCSum6",
            () => Vxlan("N101", new() { Vni = 11, UdpZeroChecksum6Send = true, UdpZeroChecksum6Receive = true }),
            Data("vxlan", "'id':11,'udp_zero_csum6_tx':true,'udp_zero_csum6_rx':true")),
        new("N102", "netlink TestLinkAddDelVxlanGbp", () => Vxlan("N102", new() { Vni = 12, GroupPolicy = true }),
            Data("vxlan", "'id':12,'gbp':true")),
        new("N103", "netlink TestLinkAddDelVxlanFlowBased",
            () => Vxlan("N103", new() { External = true, Learning = false, Port = 4790 }),
            Data("vxlan", "'external':true,'learning':false")),
        new("N104", "netlink TestLinkAddDelVxlanVniFilter",
            () => Vxlan("N104", new() { External = true, VniFilter = true, Learning = false, Port = 4791 }),
            Data("vxlan", "'external':true,'vnifilter':true,'learning':false")),
        new("P100", "pyroute2 ndb test_vxlan",
            () => Vxlan("P100", new() { Vni = 101, Remote = A("239.1.1.1"), Ttl = 16, DeviceIndex = Index("e0") }),
            Data("vxlan", "'id':101,'group':'239.1.1.1','ttl':16,'link':'e0'")),
        new("P101", "pyroute2 test_fdb_vxlan, the link",
            () => Vxlan("P101", new() { Vni = 500, DeviceIndex = Index("e0") }), Data("vxlan", "'id':500,'link':'e0'")),
        new("K100", "kernel rtnetlink.sh kci_test_encap_vxlan",
            () => Vxlan("K100", new() { Vni = 42, Remote = A("239.1.1.2"), Ttl = 5, DeviceIndex = Index("e0") }),
            Data("vxlan", "'id':42,'ttl':5,'learning':true"),
            () => new VxlanSettings { Ttl = 64, Learning = false }, Data("vxlan", "'ttl':64,'learning':false")),
        new("K101", "kernel fib_nexthops.sh, IPv4 underlay",
            () => Vxlan("K101", new()
            {
                Vni = 1010, Local = A("10.0.3.1"), Remote = A("10.0.3.2"), Learning = false, UdpChecksum = false,
                Ttl = 100,
            }),
            Data("vxlan", "'id':1010,'local':'10.0.3.1','remote':'10.0.3.2','ttl':100,'udp_csum':false")),
        new("K102", "kernel fib_nexthops.sh, IPv6 underlay",
            () => Vxlan("K102", new()
            {
                Vni = 1011, Local = A("2001:db8:91::9"), Remote = A("2001:db8:91::10"), Learning = false, Ttl = 100,
            }),
            Data("vxlan", "'id':1011,'local6':'2001:db8:91::9','remote6':'2001:db8:91::10'")),
        new("K103", "kernel test_vxlan_fdb_changelink.sh",
            () => Vxlan("K103", new() { Vni = 77, Remote = A("10.0.3.9"), Port = 4792 }),
            Data("vxlan", "'remote':'10.0.3.9'"),
            () => new VxlanSettings { Remote = A("10.0.3.10") }, Data("vxlan", "'remote':'10.0.3.10'")),
        new("K104", "kernel l2_tos_ttl_inherit.sh",
            () => Vxlan("K104", new() { Vni = 78, Tos = 1, TtlInherit = true, Remote = A("10.0.3.9"), Port = 4793 }),
            Data("vxlan", "'id':78,'tos':'0x1'")),
    ];

    private static readonly OtherCase[] s_geneves =
    [
        new("N110", "netlink TestLinkAddDelGeneve, IPv4",
            () => new GeneveSpec("N110", new() { Vni = 0x1000, Remote = A("127.0.0.1") }) { Force = true },
            Data("geneve", "'id':4096,'remote':'127.0.0.1'")),
        new("N111", "netlink TestLinkAddDelGeneve, IPv6",
            () => new GeneveSpec("N111", new() { Vni = 0x1000, Remote = A("2001:db8:ef33::2") }),
            Data("geneve", "'id':4096,'remote6':'2001:db8:ef33::2'")),
        new("N112", "netlink TestLinkAddDelGeneveFlowBased",
            () => new GeneveSpec("N112", new() { Port = 1234, External = true }),
            Data("geneve", "'external':true,'port':1234")),
        new("N113", "netlink TestGeneveCompareToIP",
            () => new GeneveSpec("N113", new() { Vni = 0x764332, Remote = A("1.2.3.4") }),
            Data("geneve", "'id':7750450,'remote':'1.2.3.4','port':6081")),
        new("K110", "kernel l2_tos_ttl_inherit.sh, Geneve",
            () => new GeneveSpec("K110", new() { Vni = 0x100, Remote = A("198.18.0.2"), Ttl = 9, Tos = 16 }),
            Data("geneve", "'id':256,'ttl':9,'tos':'0x10'"),
            () => new GeneveSettings { Ttl = 64 }, Data("geneve", "'ttl':64")),
    ];

    private static readonly OtherCase[] s_gres =
    [
        new("N120", "netlink TestLinkAddDelGretap, IPv4",
            () => Tap("N120", new()
            {
                Key = 0x101, PathMtuDiscovery = true, Local = A("127.0.0.1"), Remote = A("127.0.0.1"),
            }),
            Data("gretap", "'ikey':'0.0.1.1','okey':'0.0.1.1','remote':'127.0.0.1','pmtudisc':true")),
        new("N121", "netlink TestLinkAddDelGretap, IPv6",
            () => Tap("N121", new() { Key = 0x101, Local = A("2001:db8:abcd::1"), Remote = A("2001:db8:ef33::2") }),
            Data("ip6gretap", "'ikey':'0.0.1.1','local':'2001:db8:abcd::1','remote':'2001:db8:ef33::2'")),
        new("N122", "netlink TestLinkAddDelGretun, IPv4",
            () => Gre("N122", new() { Local = A("127.0.0.1"), Remote = A("127.0.0.1") }),
            Data("gre", "'local':'127.0.0.1','remote':'127.0.0.1'")),
        new("N123", "netlink TestLinkAddDelGretun, IPv6",
            () => Gre("N123", new() { Local = A("2001:db8:abcd::1"), Remote = A("2001:db8:ef33::2") }),
            Data("ip6gre", "'local':'2001:db8:abcd::1','remote':'2001:db8:ef33::2'")),
        new("N124", "netlink TestLinkAddDelGretunPointToMultiPoint, IPv4",
            () => Gre("N124", new() { Local = A("127.0.0.1"), Key = 1234 }),
            Data("gre", "'remote':'any','local':'127.0.0.1','ikey':'0.0.4.210','okey':'0.0.4.210'")),
        new("N126", "netlink TestLinkAddDelGretunFlowBased", () => Gre("N126", new() { External = true }),
            Data("gre", "'external':true")),
        new("N127", "netlink TestLinkAddDelGretapFlowBased", () => Tap("N127", new() { External = true }),
            Data("gretap", "'external':true")),
        new("I120", "iproute2 add_tunnel.t, IPv4",
            () => Gre("I120", new() { Local = A("1.1.1.1"), Remote = A("2.2.2.2") }),
            Data("gre", "'local':'1.1.1.1','remote':'2.2.2.2'")),
        new("I121", "iproute2 add_tunnel.t, IPv6",
            () => Gre("I121", new() { Local = A("dead:beef::1"), Remote = A("dead:beef::2") }),
            Data("ip6gre", "'local':'dead:beef::1','remote':'dead:beef::2'")),
        new("P120", "pyroute2 test_tunnel_endpoints_down, gre",
            () => Gre("P120", new() { Local = A("10.0.3.1"), Remote = A("10.0.3.20") }),
            Data("gre", "'local':'10.0.3.1'"), () => new GreSettings { Local = A("10.0.3.7") },
            Data("gre", "'local':'10.0.3.7','remote':'10.0.3.20'")),
        new("K120", "kernel rtnetlink.sh kci_test_gretap",
            () => Tap("K120", new() { Sequence = true, Key = 102, Local = A("172.16.1.100"),
                Remote = A("172.16.1.200") }),
            Data("gretap", "'oseq':true,'okey':'0.0.0.102'")),
        new("K121", "kernel rtnetlink.sh kci_test_ip6gretap",
            () => Tap("K121", new() { Sequence = true, Key = 102, Local = A("fc00:100::1"),
                Remote = A("fc00:100::2") }),
            Data("ip6gretap", "'oseq':true,'okey':'0.0.0.102'")),
        new("K122", "kernel rtnetlink.sh kci_test_erspan, version 1",
            () => Tap("K122", new()
            {
                ErspanVersion = 1, ErspanIndex = 488, Key = 102, Local = A("172.16.1.100"), Remote = A("172.16.1.200"),
            }),
            Data("erspan", "'erspan_ver':1,'erspan_index':488,'okey':'0.0.0.102'")),
        new("K123", "kernel rtnetlink.sh kci_test_erspan, version 2",
            () => Tap("K123", new()
            {
                ErspanVersion = 2,
                ErspanDirection = ErspanDirection.Ingress,
                ErspanHardwareId = 7,
                Key = 103,
                Local = A("172.16.1.101"),
                Remote = A("172.16.1.200"),
            }),
            Data("erspan", "'erspan_ver':2,'erspan_dir':'ingress','erspan_hwid':'0x7'")),
        new("K124", "kernel rtnetlink.sh kci_test_ip6erspan",
            () => Tap("K124", new()
            {
                ErspanVersion = 1, ErspanIndex = 488, Key = 102, Local = A("fc00:100::1"), Remote = A("fc00:100::3"),
            }),
            Data("ip6erspan", "'erspan_ver':1,'erspan_index':488")),
    ];

    private static readonly OtherCase[] s_ips =
    [
        new("N130", "netlink TestLinkAddDelIptun",
            () => Ip("N130", IPTunnelMode.Ipip, new()
            {
                PathMtuDiscovery = true, Local = A("127.0.0.1"), Remote = A("127.0.0.1"),
            }),
            Data("ipip", "'local':'127.0.0.1','remote':'127.0.0.1','pmtudisc':true")),
        new("N131", "netlink TestLinkAddDelIptunFlowBased",
            () => Ip("N131", IPTunnelMode.Ipip, new() { External = true }), Data("ipip", "'external':true")),
        new("N132", "netlink TestLinkAddDelSittun",
            () => Ip("N132", IPTunnelMode.Sit, new()
            {
                PathMtuDiscovery = true, Local = A("127.0.0.1"), Remote = A("127.0.0.1"),
            }),
            Data("sit", "'local':'127.0.0.1','remote':'127.0.0.1'")),
        new("N133", "netlink TestLinkAddDelIp6tnl",
            () => Ip("N133", IPTunnelMode.Ip6Tunnel, new() { Local = A("2001:db8::100"), Remote = A("2001:db8::200") }),
            Data("ip6tnl", "'local':'2001:db8::100','remote':'2001:db8::200'")),
        new("N134", "netlink TestLinkAddDelIp6tnlFlowbased",
            () => Ip("N134", IPTunnelMode.Ip6Tunnel, new() { External = true }), Data("ip6tnl", "'external':true")),
        new("N135", "netlink TestLinkAddDelVti, IPv4",
            () => new VtiSpec("N135", new()
            {
                InputKey = 0x101, OutputKey = 0x101, Local = A("127.0.0.1"), Remote = A("127.0.0.1"),
            }) { Force = true },
            Data("vti", "'local':'127.0.0.1','ikey':'0.0.1.1','okey':'0.0.1.1'")),
        new("N136", "netlink TestLinkAddDelVti, IPv6",
            () => new VtiSpec("N136", new()
            {
                InputKey = 0x101, OutputKey = 0x101, Local = A("::1"), Remote = A("::1"),
            }) { Force = true },
            Data("vti6", "'local':'::1','ikey':'0.0.1.1'")),
        new("P130", "pyroute2 test_tunnel_endpoints_down, ipip",
            () => Ip("P130", IPTunnelMode.Ipip, new() { Local = A("10.0.3.1"), Remote = A("10.0.3.20") }),
            Data("ipip", "'local':'10.0.3.1'"), () => new IPTunnelSettings { Local = A("10.0.3.7") },
            Data("ipip", "'local':'10.0.3.7','remote':'10.0.3.20'")),
        new("P131", "pyroute2 test_tunnel_endpoints_up, sit",
            () => Ip("P131", IPTunnelMode.Sit, new() { Local = A("10.0.3.1"), Remote = A("10.0.3.21") }),
            Data("sit", "'local':'10.0.3.1'"), () => new IPTunnelSettings { Local = A("10.0.3.7") },
            Data("sit", "'local':'10.0.3.7','remote':'10.0.3.21'")),
    ];

    private static readonly string[] s_underlay =
    [
        "link add e0 type veth peer name e1", "addr add 10.0.3.1/24 dev e0", "addr add 10.0.3.7/24 dev e0",
        "addr add 2001:db8:91::9/64 dev e0 nodad", "link set e0 up", "link set e1 up",
    ];

    public static OtherCases[] All { get; } =
    [
        new("VXLANs", ["vxlan"], s_underlay, s_vxlans),
        new("Geneves", ["geneve"], s_underlay, s_geneves),
        new("GRE", ["gretap", "ip6gretap", "erspan", "ip6erspan"], s_underlay, s_gres),
        new("IP tunnels", ["ipip", "sit", "ip6tnl", "vti", "vti6"], s_underlay, s_ips),
    ];

    private static string Data(string kind, string data)
        => $"{{'linkinfo':{{'info_kind':'{kind}','info_data':{{{data}}}}}}}";

    private static VxlanSpec Vxlan(string name, VxlanSettings settings) => new(name, settings);

    private static GreSpec Gre(string name, GreSettings settings)
        => new(name, ethernet: false, settings) { Force = true };

    private static GreSpec Tap(string name, GreSettings settings)
        => new(name, ethernet: true, settings) { Force = true };

    private static IPTunnelSpec Ip(string name, IPTunnelMode mode, IPTunnelSettings settings)
        => new(name, mode, settings) { Force = true };
}
