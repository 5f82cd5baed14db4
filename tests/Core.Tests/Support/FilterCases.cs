namespace LxcNetworking.Tests;

/// <summary>
/// Rulesets of the shape that firewalls and container engines give theirs (tables, chains, priorities, policies and
/// sorts of rules), and single means of nf_tables, with what is to be said of each.
/// </summary>
internal static class FilterCases
{
    private const string Hook = "type filter hook";

    // firewalld: chains that accept by policy and end in reject; a dispatch by interface to chains of zones.
    private const string Firewalld =
        """
        table inet firewalld {
         chain filter_IN_trusted { accept; }; chain filter_FWD_trusted { accept; }
         chain filter_IN_public { tcp dport 22 ct state { new, untracked } accept
          meta l4proto { icmp, ipv6-icmp } accept
          reject with icmpx admin-prohibited; }
         chain filter_FWD_public { reject with icmpx admin-prohibited; }
         chain filter_INPUT_ZONES { ZONE_IN iifname "out0" goto filter_IN_public; goto filter_IN_public; }
         chain filter_FORWARD_ZONES { ZONE_FWD iifname "out0" goto filter_FWD_public; goto filter_FWD_public; }
         chain filter_PREROUTING { type filter hook prerouting priority 10; policy accept
          icmpv6 type { nd-router-advert, nd-neighbor-solicit } accept
          meta nfproto ipv6 fib saddr . mark . iif oif missing drop; }
         chain filter_INPUT { type filter hook input priority 10; policy accept
          ct state { established, related } accept; ct status dnat accept; iifname "lo" accept; ct state invalid drop
          jump filter_INPUT_ZONES; reject with icmpx admin-prohibited; }
         chain filter_FORWARD { type filter hook forward priority 10; policy accept
          ct state { established, related } accept; ct status dnat accept; iifname "lo" accept; ct state invalid drop
          ip6 daddr { ::/96, ::ffff:0.0.0.0/96, 2002::/24, 2002:a00::/24, 2002:c0a8::/32 } reject
          jump filter_FORWARD_ZONES; reject with icmpx admin-prohibited; }
         chain filter_OUTPUT { type filter hook output priority 10; policy accept
          ct state { established, related } accept; oifname "lo" accept
          ip6 daddr { ::/96, ::ffff:0.0.0.0/96, 2002::/24 } reject; }
        }
        """;

    private const string Docker =
        """
        *filter
        :INPUT ACCEPT [0:0]
        :FORWARD DROP [0:0]
        :OUTPUT ACCEPT [0:0]
        :DOCKER - [0:0]
        :DOCKER-ISOLATION-STAGE-1 - [0:0]
        :DOCKER-ISOLATION-STAGE-2 - [0:0]
        :DOCKER-USER - [0:0]
        -A FORWARD -j DOCKER-USER
        -A FORWARD -j DOCKER-ISOLATION-STAGE-1
        -A FORWARD -o docker0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        -A FORWARD -o docker0 -j DOCKER
        -A FORWARD -i docker0 ! -o docker0 -j ACCEPT
        -A FORWARD -i docker0 -o docker0 -j ACCEPT
        -A DOCKER -d 172.17.0.2/32 ! -i docker0 -o docker0 -p tcp -m tcp --dport 80 -j ACCEPT
        -A DOCKER-ISOLATION-STAGE-1 -i docker0 ! -o docker0 -j DOCKER-ISOLATION-STAGE-2
        -A DOCKER-ISOLATION-STAGE-1 -j RETURN
        -A DOCKER-ISOLATION-STAGE-2 -o docker0 -j DROP
        -A DOCKER-ISOLATION-STAGE-2 -j RETURN
        @@
        -A DOCKER-USER -j RETURN
        COMMIT
        *nat
        :PREROUTING ACCEPT [0:0]
        :OUTPUT ACCEPT [0:0]
        :POSTROUTING ACCEPT [0:0]
        :DOCKER - [0:0]
        -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
        -A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
        -A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
        -A DOCKER -i docker0 -j RETURN
        -A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
        COMMIT

        """;

    private const string Ufw =
        """
        *filter
        :INPUT DROP [0:0]
        :FORWARD DROP [0:0]
        :OUTPUT ACCEPT [0:0]
        :ufw-before-input - [0:0]
        :ufw-before-forward - [0:0]
        :ufw-after-input - [0:0]
        :ufw-logging-deny - [0:0]
        :ufw-not-local - [0:0]
        :ufw-user-input - [0:0]
        :ufw-user-forward - [0:0]
        :ufw-skip-to-policy-input - [0:0]
        -A INPUT -j ufw-before-input
        -A INPUT -j ufw-after-input
        -A FORWARD -j ufw-before-forward
        -A ufw-before-input -i lo -j ACCEPT
        -A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        -A ufw-before-input -m conntrack --ctstate INVALID -j ufw-logging-deny
        -A ufw-before-input -m conntrack --ctstate INVALID -j DROP
        -A ufw-before-input -p icmp --icmp-type 8 -j ACCEPT
        -A ufw-before-input -p udp --sport 67 --dport 68 -j ACCEPT
        -A ufw-before-input -j ufw-not-local
        -A ufw-before-input -d 224.0.0.251 -p udp --dport 5353 -j ACCEPT
        -A ufw-before-input -j ufw-user-input
        -A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN
        -A ufw-not-local -m addrtype --dst-type MULTICAST -j RETURN
        -A ufw-not-local -m addrtype --dst-type BROADCAST -j RETURN
        -A ufw-not-local -m limit --limit 3/min --limit-burst 10 -j ufw-logging-deny
        -A ufw-not-local -j DROP
        -A ufw-logging-deny -m limit --limit 3/min -j LOG --log-prefix "[UFW BLOCK] "
        -A ufw-after-input -p udp --dport 137 -j ufw-skip-to-policy-input
        -A ufw-after-input -p udp --dport 67 -j ufw-skip-to-policy-input
        -A ufw-after-input -m addrtype --dst-type BROADCAST -j ufw-skip-to-policy-input
        -A ufw-skip-to-policy-input -j DROP
        -A ufw-before-forward -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        -A ufw-before-forward -p icmp --icmp-type 3 -j ACCEPT
        -A ufw-before-forward -p icmp --icmp-type 8 -j ACCEPT
        -A ufw-before-forward -j ufw-user-forward
        -A ufw-user-input -p tcp -m multiport --dports 22,443 -j ACCEPT
        @@
        COMMIT

        """;

    private const string Libvirt =
        """
        *filter
        :INPUT ACCEPT [0:0]
        :FORWARD ACCEPT [0:0]
        :LIBVIRT_FWI - [0:0]
        :LIBVIRT_FWO - [0:0]
        :LIBVIRT_FWX - [0:0]
        :LIBVIRT_INP - [0:0]
        -A INPUT -j LIBVIRT_INP
        -A FORWARD -j LIBVIRT_FWX
        -A FORWARD -j LIBVIRT_FWI
        -A FORWARD -j LIBVIRT_FWO
        -A LIBVIRT_FWX -i virbr0 -o virbr0 -j ACCEPT
        -A LIBVIRT_FWI -d 192.168.122.0/24 -o virbr0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT
        -A LIBVIRT_FWI -o virbr0 -j REJECT --reject-with icmp-port-unreachable
        -A LIBVIRT_FWO -s 192.168.122.0/24 -i virbr0 -j ACCEPT
        -A LIBVIRT_FWO -i virbr0 -j REJECT --reject-with icmp-port-unreachable
        -A LIBVIRT_INP -i virbr0 -p udp -m udp --dport 67 -j ACCEPT
        COMMIT

        """;

    private const string LibvirtOfNft =
        """
        table ip libvirt_network {
         chain guest_cross { iif "virbr0" oif "virbr0" counter accept; }
         chain guest_input { oif "virbr0" ip daddr 192.168.122.0/24 ct state established,related counter accept
          oif "virbr0" counter reject; }
         chain guest_output { ip saddr 192.168.122.0/24 iif "virbr0" counter accept; iif "virbr0" counter reject; }
         chain forward { type filter hook forward priority filter; policy accept
          counter jump guest_cross; counter jump guest_input; counter jump guest_output; }
        }
        """;

    private const string DockerOfNft =
        """
        table ip docker-bridges {
         chain in__docker0 { ct state established,related counter accept; iifname "docker0" counter accept
          counter drop; }
         chain out__docker0 { ct state established,related counter accept; counter accept; }
         chain filter-FORWARD { type filter hook forward priority filter; policy accept
          oifname vmap { "docker0" : jump in__docker0 }; iifname vmap { "docker0" : jump out__docker0 }; }
         chain raw-PREROUTING { type filter hook prerouting priority raw; policy accept
          iifname != "docker0" ip daddr 172.17.0.2 counter drop; }
         chain nat-PREROUTING { type nat hook prerouting priority dstnat; policy accept
          fib daddr type local counter dnat ip to tcp dport map { 8080 : 172.17.0.2 . 80 }; }
        }
        """;

    /// <summary>A name, what is loaded one after the other, and what is said.</summary>
    public static IReadOnlyList<(string Name, string[] Rules, string[] Expected)> All =>
    [
        ("no rules", [], []),
        ("Docker", [Docker.Replace("@@\n", string.Empty, StringComparison.Ordinal)],
            ["drops ip filter FORWARD [policy drop] Outbound, Replies"]),
        (
            "Docker with what it is advised",
            [
                Docker.Replace(
                    "@@\n",
                    "-A DOCKER-USER -i lxcbr0 -j ACCEPT\n"
                        + "-A DOCKER-USER -o lxcbr0 -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n",
                    StringComparison.Ordinal),
            ],
            []),
        ("Docker over nft", [DockerOfNft], []),
        ("firewalld", [OfZones(string.Empty, string.Empty)], [
            "drops inet firewalld filter_FWD_public [reject with icmpx admin-prohibited] Outbound",
            "drops inet firewalld filter_IN_public [reject with icmpx admin-prohibited] Dhcp, Dns",
        ]),
        (
            "firewalld with what it is advised",
            [
                OfZones(
                    "iifname \"lxcbr0\" goto filter_IN_trusted;", "iifname \"lxcbr0\" goto filter_FWD_trusted;"),
            ],
            []),
        ("ufw", [Ufw.Replace("@@\n", string.Empty, StringComparison.Ordinal)], [
            "drops ip filter FORWARD [policy drop] Outbound (TCP, UDP)",
            "drops ip filter INPUT [policy drop] Dns",
            "drops ip filter ufw-skip-to-policy-input [drop] Dhcp",
        ]),
        (
            "ufw with what it is advised",
            [
                Ufw.Replace(
                    "@@\n",
                    "-A ufw-user-input -i lxcbr0 -j ACCEPT\n-A ufw-user-forward -i lxcbr0 -j ACCEPT\n",
                    StringComparison.Ordinal),
            ],
            []),
        ("libvirt", [Libvirt], []),
        ("libvirt over nft", [LibvirtOfNft], []),
        .. Means,
        .. Places,
    ];

    private static IEnumerable<(string Name, string[] Rules, string[] Expected)> Means =>
    [
        ("input by policy", ["table inet fw { chain in { type filter hook input priority 0; policy drop; ct state " +
            "established,related accept; iifname \"lo\" accept; }; }"],
            ["drops inet fw in [policy drop] Dhcp, Dns, NeighborDiscovery, RouterDiscovery"]),
        ("a map of interfaces", ["table inet fw { chain end { meta l4proto tcp return; drop; }; chain inner { " +
            "oifname " +
            "\"out0\" goto end; drop; }; chain way { " + Hook + " forward priority 0; iifname vmap { \"lxcbr0\" " +
            ": jump inner, \"eth9\" : accept }; }; }"],
            ["drops inet fw end [drop] Outbound (UDP, ICMP)"]),
        ("accept in one chain, drop in a later one", ["table inet fw { chain early { " + Hook + " forward " +
            "priority -10; " +
            "accept; }; chain late { " + Hook + " forward priority 10; ip saddr 10.0.0.0/16 counter drop; }; }"],
            ["drops inet fw late [ip saddr 10.0.0.0/16 drop] Outbound"]),
        ("return", ["table inet fw { chain sub { iifname \"lxc*\" return; drop; }; chain way { " + Hook +
            " forward priority 0; jump sub; accept; }; }"],
            ["drops inet fw sub [drop] Replies"]),
        ("what is left over", ["table inet fw { chain way { " + Hook + " forward priority 0; policy drop; ct " +
            "state vmap { " +
            "established : accept, related : accept, invalid : drop }; tcp dport { 80, 443 } accept; }; }"],
            ["drops inet fw way [policy drop] Outbound (UDP, ICMP)", "may drop inet fw way [policy drop] " +
            "Outbound (TCP)"]),
        ("intervals of several fields", ["table ip fw { set closed { type ipv4_addr . inet_service; flags interval; " +
            "elements = { 10.0.2.0-10.0.3.255 . 50-60, 192.0.2.0/24 . 1-9 }; }; chain in { " + Hook +
            " input priority 0; ip saddr . udp dport @closed drop; udp dport 60-70 reject; }; }"],
            ["drops ip fw in [ip saddr . udp dport @closed drop] Dns",
                "drops ip fw in [udp dport 60-70 reject] Dhcp"]),
        ("marks", ["table ip fw { chain pre { " + Hook + " prerouting priority -150; iifname \"lxcbr0\" meta " +
            "mark set 5; }; chain way { " + Hook + " forward priority 0; meta mark & 0x4 == 0x4 drop; }; }"],
            ["drops ip fw way [meta mark & 0x00000004 == 0x00000004 drop] Outbound"]),
        ("what is not tracked", ["table ip fw { chain pre { " + Hook + " prerouting priority -300; ip saddr " +
            "10.0.3.0/24 notrack; }; chain way { " + Hook + " forward priority 0; ct state untracked drop; }; }"],
            ["drops ip fw way [ct state untracked drop] Outbound"]),
        ("what is not known", ["table ip fw { chain way { " + Hook + " forward priority 0; limit rate over " +
            "9000/second drop; meta cpu 77 drop; }; }"],
            ["may drop ip fw way [limit rate drop] Outbound, Replies",
                "may drop ip fw way [meta cpu 0x0000004d drop] Outbound, Replies"]),
        ("a table that sleeps", ["table ip fw { flags dormant; chain way { " + Hook +
            " forward priority 0; policy drop; }; }"], []),
        ("first packets alone in a chain of translations", ["table ip fw { chain pre { type nat hook prerouting " +
            "priority -100; ct state established drop; iifname \"lxcbr0\" udp dport 53 drop; }; }"],
            ["drops ip fw pre [iifname \"lxcbr0\" udp dport 53 drop] Dns",
                "may drop ip fw pre [iifname \"lxcbr0\" udp dport 53 drop] Outbound (UDP)"]),
    ];

    private static IEnumerable<(string Name, string[] Rules, string[] Expected)> Places =>
    [
        ("before the routes", ["table ip raw { chain pre { " + Hook + " prerouting priority -300; iifname \"lxcbr0\" " +
            "udp dport 67 drop; }; }"],
            ["drops ip raw pre [iifname \"lxcbr0\" udp dport 67 drop] Dhcp",
                "may drop ip raw pre [iifname \"lxcbr0\" udp dport 67 drop] Outbound (UDP)"]),
        ("answers", ["table inet fw { chain out { " + Hook + " output priority 0; udp sport 67 drop; }; chain post { " +
            Hook + " postrouting priority 0; oifname \"lxcbr0\" tcp sport 1-1023 ip6 daddr fd00:3::/64 drop; }; }"],
            ["drops inet fw out [udp sport 67 drop] Dhcp",
                "drops inet fw post [oifname \"lxcbr0\" tcp sport 1-1023 ip6 daddr fd00:3::/64 drop] Dns",
                "may drop inet fw post [oifname \"lxcbr0\" tcp sport 1-1023 ip6 daddr fd00:3::/64 drop] Replies " +
                "(TCP)"]),
        ("ARP", ["table arp fw { chain in { " + Hook + " input priority 0; policy drop; }; }"],
            ["drops arp fw in [policy drop] Arp"]),
        ("an interface", ["table netdev fw { chain in { " + Hook + " ingress device \"lxcbr0\" priority 0; udp " +
            "dport 67 drop; }; chain other { " + Hook + " ingress device \"virbr0\" priority 0; drop; }; }"],
            ["drops netdev fw in [udp dport 67 drop] Dhcp", "may drop netdev fw in [udp dport 67 drop] Outbound " +
            "(UDP)"]),
        ("the bridge", ["table bridge fw { chain pre { " + Hook + " prerouting priority 0; ether type ip6 drop; }; }"],
            ["drops bridge fw pre [ether type ip6 drop] Outbound, Bridged, Dns, NeighborDiscovery, RouterDiscovery"]),
        ("what is said in the network's header", ["table inet fw { chain in { " + Hook + " input priority 0; " +
            "icmpv6 type " +
            "nd-neighbor-solicit ip6 hoplimit 255 reject; ip ttl < 5 drop; ip frag-off & 0x1fff != 0 drop; }; }"],
            ["drops inet fw in [icmpv6 type 135 ip6 hoplimit 255 reject] NeighborDiscovery"]),
    ];

    private static string OfZones(string input, string forward) => Firewalld
        .Replace("ZONE_IN", input, StringComparison.Ordinal).Replace("ZONE_FWD", forward, StringComparison.Ordinal);
}
