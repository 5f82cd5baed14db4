#!/usr/bin/env bash
# Records what kernels say about a link of every kind, for tests that read it on any machine. As root:
#     tests/record.sh            writes tests/Core.Tests/Recorded/KIND.txt: of this machine's kernel what it has, and
#                                what it lacks of the new-kernel guest's
#                                of entries of other lists, tests/Core.Tests/RecordedEntries/LIST.txt
#     tests/record.sh -here FILE [MISSING]    records of this kernel alone; only what MISSING lists
# Each link is made in a network namespace of its own. A recording is the commands, the kernel's release, what
# `ip -d -j link` says, and the RTM_NEWLINK message in hexadecimal digits, without its counters of 32 bits and what
# address families tell.
set -uo pipefail
top=$(dirname "$(dirname "$(readlink -f "$0")")")
declare -A numbers

# record KIND LINK COMMAND...: makes LINK by the commands and writes it down, or its name where the kernel cannot.
# With $work=entry, the entry of the list KIND that is shown with the text LINK.
record() {
    local kind=$1 number=$((numbers[$1] = ${numbers[$1]-0} + 1))
    [ -z "$missing" ] || grep -qx "$kind $number" "$missing" || return
    unshare --net perl "$top/tests/record.pl" "${work:-make}" "$@" >>"$file" 2>"$file.why" && return
    echo "$kind $number" >>"$file.missing"
    echo "$kind $number: $(tail -n 1 "$file.why")" >&2
}

ends='ip link add p0 type veth peer name p1'

record_basics() {
    record loopback lo 'ip link set lo up' 'ip link property add dev lo altname self' 'ip link set lo alias text'
    record veth v0 'ip link add v0 mtu 1400 txqueuelen 7 group 3 type veth peer name v1' 'ip link set v1 up' \
        'ip link set v0 up promisc on'
    record netkit nk0 'ip link add nk0 type netkit mode l2 scrub none peer blackhole scrub default name nk1'
    record netkit nk1 'ip link add nk0 type netkit peer blackhole name nk1'
    record dummy d0 'ip link add d0 type dummy'
    record ifb ifb7 'ip link add ifb7 type ifb'
    record sit sit7 'ip link add sit7 type sit remote 192.0.2.1 local 192.0.2.2'
    record vrf vrf0 'ip link add vrf0 type vrf table 77'
    record vrf d0 'ip link add vrf0 type vrf table 4294967295' "$ends" 'ip link set p0 master vrf0' \
        'ip link set p0 name d0'
    record wireguard wg0 'ip link add wg0 type wireguard'
    record tun tap0 'ip tuntap add dev tap0 mode tap user 70007 group 80008 multi_queue vnet_hdr pi'
    record tun tap1 'ip tuntap add dev tap1 mode tap'
    record tun tun0 'ip tuntap add dev tun0 mode tun'
    local tunnel='ip l2tp add tunnel tunnel_id 5 peer_tunnel_id 6 encap udp local 127.0.0.1 remote 127.0.0.1'
    record l2tp l2tp0 'ip link set lo up' "$tunnel udp_sport 5000 udp_dport 5001" \
        'ip l2tp add session tunnel_id 5 session_id 7 peer_session_id 8 name l2tp0'
}

record_bridges() {
    local port='ip link set p0 type bridge_slave'
    record bridge br0 'ip link add br0 type bridge'
    record bridge br1 "ip link add br1 type bridge forward_delay 400 hello_time 300 max_age 1200 ageing_time 900\
 stp_state 1 priority 4096 mcast_snooping 0"
    record bridge br2 'ip link add br2 type bridge vlan_filtering 1 vlan_default_pvid 7'
    record bridge br3 "ip link add br3 type bridge vlan_filtering 1 group_fwd_mask 0x4008\
 group_address 01:80:c2:00:00:05 nf_call_iptables 1 nf_call_ip6tables 1 nf_call_arptables 1\
 vlan_protocol 802.1ad vlan_stats_enabled 1 vlan_stats_per_port 1 no_linklocal_learn 1 mcast_vlan_snooping 1 mst_enabled 1 fdb_max_learned 7 mcast_router 2\
 mcast_querier 1 mcast_query_use_ifaddr 1 mcast_hash_max 512 mcast_last_member_count 3 mcast_startup_query_count 4\
 mcast_last_member_interval 200 mcast_membership_interval 30000 mcast_querier_interval 20000 mcast_query_interval 8000\
 mcast_query_response_interval 400 mcast_startup_query_interval 1200 mcast_stats_enabled 1 mcast_igmp_version 3\
 mcast_mld_version 2"
    record bridge br1 "$ends" "ip link add br0 type bridge mcast_querier 1 mcast_query_use_ifaddr 1\
 mcast_startup_query_interval 200 mcast_startup_query_count 9" 'ip link add br1 type bridge fdb_max_learned 9' \
        'ip address add 192.0.2.1/24 dev br0' 'ip link set br0 up' 'ip link set br1 up' \
        'ip link set p0 master br0 up' 'ip link set p1 master br1 up' 'sleep 7'
    record bridge-port p0 "$ends" 'ip link add br0 type bridge' 'ip link set p0 master br0'
    record bridge-port p0 "$ends" 'ip link add br0 type bridge' 'ip link set br0 up' 'ip link set p0 up master br0' \
        'ip link set p1 up' "$port cost 7 priority 9 hairpin on isolated on learning off flood off mcast_flood off" \
        "$port bcast_flood off guard on root_block on fastleave on proxy_arp on neigh_suppress on locked on"
    record bridge-port p0 "$ends" 'ip link add br0 type bridge' 'ip link set p0 up master br0' \
        'ip link add q0 up master br0 type dummy' 'ip nexthop add id 7 via 192.0.2.9 fdb' \
        "$port locked on mab on vlan_tunnel on proxy_arp_wifi on mcast_router 2 mcast_to_unicast on" \
        "$port group_fwd_mask 0x4008 backup_port q0 backup_nhid 7 neigh_vlan_suppress on"
}

record_bonds() {
    local hash modes=(balance-rr active-backup balance-xor broadcast 802.3ad balance-tlb balance-alb)
    for hash in layer2 layer2+3 layer3+4 encap2+3 encap3+4 vlan+srcmac layer2; do
        record bond b0 "ip link add b0 type bond mode ${modes[0]} miimon 100 updelay 200 downdelay 300 min_links 2\
 xmit_hash_policy $hash"
        modes=("${modes[@]:1}")
    done
    record bond b0 'ip link add b0 type bond mode active-backup arp_interval 1000 arp_ip_target 192.0.2.1,192.0.2.2'
    record bond b0 "$ends" 'ip link add b0 type bond mode active-backup miimon 100' 'ip link set p0 master b0' \
        'ip link set b0 type bond primary p0' 'ip link set b0 up' 'ip link set p1 up' 'sleep 1'
    record bond b0 "$ends" 'ip link add b0 type bond mode 802.3ad lacp_rate fast miimon 100' \
        'ip link add b1 type bond mode 802.3ad lacp_rate fast miimon 100' 'ip link set p0 master b0' \
        'ip link set p1 master b1' 'ip link set b0 up' 'ip link set b1 up' 'sleep 4'
    record bond b0 "ip link add b0 type bond mode 802.3ad miimon 100 lacp_active off ad_select count\
 ad_actor_sys_prio 7 ad_user_port_key 9 ad_actor_system 02:00:00:00:00:09 peer_notify_delay 200"
    record bond b0 "ip link add b0 type bond mode active-backup arp_interval 1000 arp_ip_target 192.0.2.1\
 arp_validate filter_active arp_all_targets all arp_missed_max 5 ns_ip6_target 2001:db8::1,2001:db8::2\
 fail_over_mac follow primary_reselect failure num_grat_arp 3 resend_igmp 4 all_slaves_active 1"
    record bond b0 'ip link add b0 type bond mode balance-tlb miimon 100 tlb_dynamic_lb 0 lp_interval 5'
    record bond b0 'ip link add b0 type bond mode balance-rr miimon 100 packets_per_slave 9'
    record bond-port p0 "$ends" 'ip link add b0 type bond mode active-backup miimon 100' 'ip link set p0 master b0'
    record bond-port p0 "$ends" 'ip link add b0 type bond mode active-backup miimon 100' 'ip link set p0 master b0' \
        'ip link set p0 type bond_slave prio -5 queue_id 2'
    record bond-port p0 "$ends" 'ip link add b0 type bond mode 802.3ad lacp_rate fast miimon 100' \
        'ip link add b1 type bond mode 802.3ad miimon 100' 'ip link set p0 master b0' \
        'ip link set p1 master b1' 'ip link set b0 up' 'ip link set b1 up' 'sleep 4'
}

record_children() {
    local mode
    for mode in private vepa bridge passthru; do
        record macvlan m0 "$ends" "ip link add m0 link p0 type macvlan mode $mode"
    done
    record macvlan m0 "$ends" 'ip link add m0 link p0 type macvlan mode source'
    record macvlan m0 "$ends" 'ip link add m0 link p0 type macvlan mode source' \
        'ip link set m0 type macvlan macaddr set 02:00:00:00:00:01 02:00:00:00:00:02 02:00:00:00:00:03'
    record macvlan m0 "$ends" 'ip link add m0 link p0 type macvlan mode passthru flag nopromisc bcqueuelen 30'
    record macvtap m0 "$ends" 'ip link add m0 link p0 type macvtap mode bridge'
    for mode in 'l2 bridge' 'l3 private' 'l3s vepa'; do
        record ipvlan i0 "$ends" "ip link add i0 link p0 type ipvlan mode $mode"
    done
    record ipvtap i0 "$ends" 'ip link add i0 link p0 type ipvtap mode l3 private'
    record vlan v0 "$ends" 'ip link add v0 link p0 type vlan id 7'
    record vlan v0 "$ends" "ip link add v0 link p0 type vlan protocol 802.1ad id 4094 reorder_hdr off gvrp on mvrp on\
 loose_binding on ingress-qos-map 1:5 2:6 egress-qos-map 9:3 4:2"
    record vlan v0 'ip link add br0 type bridge' 'ip link add v0 link br0 type vlan id 8 bridge_binding on'
    record vlan v0 "$ends" 'ip link add v0 link p0 type vlan id 9 protocol 802.1ad'
}

record_vxlans() {
    local vxlan='ip link add vx0 type vxlan' switches='nolearning proxy rsc l2miss l3miss udpcsum gbp'
    record vxlan vx0 "$vxlan id 77 dstport 4789"
    record vxlan vx0 "$ends" "$vxlan id 16777215 dstport 8472 remote 192.0.2.1 local 192.0.2.2 dev p0 ttl 7 tos 0x10\
 ageing 90 maxaddress 50 srcport 1000 2000 $switches"
    record vxlan vx0 "$vxlan id 78 dstport 4789 remote 2001:db8::1 local 2001:db8::2 udp6zerocsumtx udp6zerocsumrx\
 noudpcsum tos inherit"
    record vxlan vx0 "$ends" "$vxlan id 79 dstport 4789 group 239.1.1.1 dev p0 learning"
    record vxlan vx0 "$ends" "$vxlan id 80 dstport 4789 group ff05::1 dev p0"
    record vxlan vx0 "$vxlan dstport 4789 external"
    record vxlan vx0 "$vxlan dstport 4789 external vnifilter"
    record vxlan vx0 "$vxlan dstport 4790 external gpe"
    record vxlan vx0 "$vxlan id 81 dstport 4789 remote 2001:db8::1 ttl inherit df set flowlabel 0x12345"
}

record_tunnels() {
    local kind ends4='local 192.0.2.2 remote 192.0.2.1' ends6='local 2001:db8::2 remote 2001:db8::1'
    record geneve g0 'ip link add g0 type geneve id 77 remote 192.0.2.1'
    record geneve g0 'ip link add g0 type geneve id 16777215 remote 192.0.2.1 ttl 7 tos 8 dstport 6082 udpcsum'
    record geneve g0 'ip link add g0 type geneve id 7 remote 2001:db8::1 ttl inherit udp6zerocsumtx udp6zerocsumrx'
    record geneve g0 'ip link add g0 type geneve external'
    record geneve g0 'ip link add g0 type geneve id 78 remote 2001:db8::1 df inherit flowlabel 0x5'
    record geneve g0 'ip link add g0 type geneve external innerprotoinherit'
    for kind in gre gretap; do
        record $kind t0 "ip link add t0 type $kind $ends4"
        record $kind t0 "$ends" "ip link add t0 type $kind $ends4 dev p0 ttl 9 tos 0x10\
 key 4294967295 csum seq fwmark 3"
        record $kind t0 "ip link add t0 type $kind remote 192.0.2.1 ikey 5 okey 6 tos inherit nopmtudisc ignore-df"
        record $kind t0 "ip link add t0 type $kind $ends4 ikey 5 ocsum iseq"
        record $kind t0 "ip link add t0 type $kind external"
    done
    for kind in ip6gre ip6gretap; do
        record $kind t0 "ip link add t0 type $kind $ends6"
        record $kind t0 "$ends" "ip link add t0 type $kind $ends6 dev p0 hoplimit 9 tclass 0x20 flowlabel 0x12345\
 key 9 csum seq fwmark 3 encaplimit 7"
        record $kind t0 "ip link add t0 type $kind $ends6 tclass inherit flowlabel inherit encaplimit none okey 6"
        record $kind t0 "ip link add t0 type $kind external"
    done
    record_ip_tunnels
    record erspan t0 "ip link add t0 type erspan $ends4 seq key 30 erspan_ver 1 erspan 123"
    record erspan t0 "ip link add t0 type erspan $ends4 seq key 30 erspan_ver 2 erspan_dir egress erspan_hwid 17"
    record ip6erspan t0 "ip link add t0 type ip6erspan $ends6 seq key 30 erspan_ver 1 erspan 123"
}

record_ip_tunnels() {
    local ends4='local 192.0.2.2 remote 192.0.2.1' ends6='local 2001:db8::2 remote 2001:db8::1'
    record ipip t0 "ip link add t0 type ipip $ends4"
    record ipip t0 "$ends" "ip link add t0 type ipip $ends4 dev p0 ttl 9 tos 0x10 mode any fwmark 3"
    record ipip t0 'ip link add t0 type ipip remote 192.0.2.1 tos inherit nopmtudisc mode mplsip'
    record ipip t0 'ip link add t0 type ipip external'
    # The kernel does not load what they are put into by itself.
    modprobe -qa fou fou6 2>/dev/null
    record ipip t0 "ip link add t0 type ipip $ends4 encap fou encap-sport 7 encap-dport 5555 encap-csum"
    record ip6tnl t0 "ip link add t0 type ip6tnl $ends6 encap gue encap-dport 5555 encap-csum6 encap-remcsum"
    record gre t0 "ip link add t0 type gre $ends4 encap gue encap-dport 5555"
    record sit t0 "$ends" "ip link add t0 type sit $ends4 dev p0 ttl 9 tos 0x10 mode ip6ip fwmark 3"
    record sit t0 'ip link add t0 type sit local 192.0.2.2 isatap nopmtudisc ttl inherit'
    record sit t0 'ip link add t0 type sit local 192.0.2.2 6rd-prefix 2001:db8::/32 6rd-relay_prefix 192.0.0.0/8'
    record ip6tnl t0 "ip link add t0 type ip6tnl $ends6"
    record ip6tnl t0 "$ends" "ip link add t0 type ip6tnl $ends6 dev p0 hoplimit 9 tclass 0x20 flowlabel 0x12345\
 encaplimit 7 fwmark 3 mode ip6ip6 allow-localremote"
    record ip6tnl t0 "ip link add t0 type ip6tnl $ends6 tclass inherit flowlabel inherit encaplimit none mode ipip6\
 dscp inherit"
    record ip6tnl t0 'ip link add t0 type ip6tnl external'
    record vti t0 "ip link add t0 type vti $ends4 ikey 5 okey 6"
    record vti t0 "$ends" "ip link add t0 type vti $ends4 dev p0 key 4294967295 fwmark 3"
    record vti6 t0 "ip link add t0 type vti6 $ends6 key 7"
    record xfrm x0 "$ends" 'ip link add x0 type xfrm dev p0 if_id 0xffffffff'
    record xfrm x0 'ip link add x0 type xfrm external'
    record macsec m0 "$ends" 'ip link add m0 link p0 type macsec'
    record macsec m0 "$ends" "ip link add m0 link p0 type macsec port 77 cipher gcm-aes-256 icvlen 16 encrypt on\
 send_sci off end_station on replay on window 9 validate strict encodingsa 2"
    record nlmon n0 'ip link add n0 type nlmon'
    record vcan v0 'ip link add v0 type vcan'
    record hsr hsr0 "$ends" 'ip link add q0 type veth peer name q1' \
        'ip link add hsr0 type hsr slave1 p0 slave2 q0 supervision 45 version 1'
    record hsr hsr0 "$ends" 'ip link add hsr0 type hsr slave1 p0 slave2 p1 proto 1'
}

record_routes() {
    local address='ip address add 192.0.2.1/24 dev p0' address6='ip address add 2001:db8::1/64 dev p0 nodad'
    local up=("$ends" 'ip link set p0 up' 'ip link set p1 up' "$address" "$address6")
    record route 198.51.100.0 "${up[@]}" "ip route add 198.51.100.0/24 protocol 99 tos 0x10 metric 7 table 4294967295\
 nexthop via 192.0.2.2 dev p0 weight 3 nexthop via 192.0.2.3 dev p0"
    record route 198.51.101.0 "${up[@]}" "ip route add 198.51.101.0/24 via inet6 2001:db8::2 dev p0 src 192.0.2.1\
 mtu lock 1300 advmss 1200 window 7 rtt 300 initcwnd 5 initrwnd 6 hoplimit 9 quickack 1 congctl cubic"
    record route 198.51.102.0 "${up[@]}" 'ip route add 198.51.102.0/24 via 10.9.9.9 dev p0 onlink'
    record route 203.0.113.0 "${up[@]}" 'ip route add blackhole 203.0.113.0/24'
    record route default "${up[@]}" 'ip route add default dev p0 scope link'
    record route6 2001:db8:1:: "${up[@]}" 'ip -6 route add 2001:db8:1::/48 via 2001:db8::2 dev p0 pref high expires 500'
    record route6 2001:db8:2:: "${up[@]}" 'ip -6 route add unreachable 2001:db8:2::/48 metric 9'
    record route6 2001:db8:3:: "${up[@]}" "ip -6 route add 2001:db8:3::/48 nexthop via 2001:db8::2 nexthop\
 via 2001:db8::3 weight 4"
    record route6 2001:db8:4:: "${up[@]}" 'ip -6 route add 2001:db8:4::/48 from 2001:db8::/32 dev p0 mtu 1280 table 77'
    record route6 2001:db8:5:: "${up[@]}" "ip -6 route add 2001:db8:5::/48 encap seg6 mode encap segs\
 2001:db8::8,2001:db8::9 dev p0"
    record route6 2001:db8:6:: "${up[@]}" 'ip -6 route add 2001:db8:6::/48 encap seg6 mode inline segs 2001:db8::8 dev p0'
    record route6 2001:db8:7:: "${up[@]}" 'ip -6 route add 2001:db8:7::/48 encap seg6local action End dev p0'
}

record_next_hops() {
    local up=("$ends" 'ip link set p0 up' 'ip link set p1 up' 'ip address add 192.0.2.1/24 dev p0'
        'ip address add 2001:db8::1/64 dev p0 nodad')
    local two=('ip nexthop add id 1 via 192.0.2.2 dev p0' 'ip nexthop add id 2 via 192.0.2.3 dev p0')
    record nexthop '"id":7,' "${up[@]}" 'ip nexthop add id 7 via 192.0.2.2 dev p0 protocol zebra'
    record nexthop '"id":7,' "${up[@]}" 'ip nexthop add id 7 via 2001:db8::2 dev p0'
    record nexthop '"id":7,' "${up[@]}" 'ip nexthop add id 7 via 10.9.9.9 dev p0 onlink'
    record nexthop '"id":7,' "${up[@]}" 'ip nexthop add id 7 via 192.0.2.9 fdb'
    record nexthop '"id":7,' 'ip link set lo up' 'ip nexthop add id 7 blackhole'
    record nexthop '"id":7,' "${up[@]}" 'ip nexthop add id 7 dev p0'
    record nexthop '"id":70,' "${up[@]}" "${two[@]}" 'ip nexthop add id 70 group 1,3/2,250'
    record nexthop '"id":70,' "${up[@]}" "${two[@]}" "ip nexthop add id 70 group 1/2 type resilient buckets 16\
 idle_timer 60 unbalanced_timer 300"
}

record_vlans() {
    local bridge=("$ends" 'ip link add br0 type bridge vlan_filtering 1' 'ip link set p0 master br0')
    record bridge-vlan '"p0"' "${bridge[@]}" 'bridge vlan add vid 10-20 dev p0' \
        'bridge vlan add vid 7 dev p0 pvid untagged' 'bridge vlan add vid 4094 dev p0 untagged'
    record bridge-vlan '"br0"' "${bridge[@]}" 'bridge vlan add vid 9 dev br0 self'
}

record_queues() {
    local netem='tc qdisc add dev p0 root handle 7: netem' ingress='tc qdisc add dev ifb7 ingress'
    local filter='tc filter add dev ifb7 ingress pref 1 protocol all'
    record qdisc '"tbf"' "$ends" 'tc qdisc add dev p0 root handle 7: tbf rate 10mbit burst 20000 latency 50ms'
    record qdisc '"tbf"' "$ends" "tc qdisc add dev p0 root handle 8: tbf rate 50gbit burst 900000 limit 1000000\
 peakrate 60gbit mtu 2000 overhead 4"
    record qdisc '"netem"' "$ends" "$netem delay 20ms 5ms 25% loss 1% 30% duplicate 2% corrupt 0.5% reorder 10% 50%\
 rate 10mbit limit 500"
    record qdisc '"netem"' "$ends" "$netem delay 3s rate 50gbit loss 0.0001%"
    record qdisc '"netem"' "$ends" "$netem loss gemodel 1% 10% 70% 0.1% ecn slot 800us rate 1mbit 5 100 6"
    record qdisc '"ingress"' "$ends" 'ip link add ifb7 type ifb' "$ingress"
    record qdisc '"htb"' "$ends" 'tc qdisc add dev p0 root handle 7: htb default 5'
    record filter '"actions"' "$ends" 'ip link add ifb7 type ifb' "$ingress" \
        "$filter u32 match u32 0 0 action mirred egress redirect dev p1"
    record filter '"actions"' "$ends" 'ip link add ifb7 type ifb' "$ingress" \
        "$filter matchall action mirred egress redirect dev p1 cookie 4c78634e6574776f726b696e67000001"
    record filter '"actions"' "$ends" 'ip link add ifb7 type ifb' "$ingress" \
        "$filter matchall action mirred egress mirror dev p1"
}

record_entries() {
    local work=entry mac='lladdr 02:00:00:00:00:01' conditions='iif lo oif p0 fwmark 7/0xff ipproto tcp sport 100-200'
    record address 192.0.2.1 "$ends" 'ip address add 192.0.2.1/24 dev p0 label p0:1 broadcast 192.0.2.255'
    record address 192.0.2.1 "$ends" "ip address add 192.0.2.1 peer 192.0.2.9/32 dev p0 metric 7 noprefixroute\
 valid_lft 1000 preferred_lft 500 scope link"
    record address 2001:db8::1 "$ends" 'ip address add 2001:db8::1/64 dev p0 nodad home mngtmpaddr'
    record neighbor 192.0.2.2 "$ends" "ip neighbor add 192.0.2.2 $mac dev p0 nud permanent"
    record neighbor 2001:db8::2 "$ends" "ip neighbor add 2001:db8::2 $mac dev p0 nud stale router"
    record rule ':77,' "$ends" "ip rule add pref 77 from 192.0.2.0/24 to 198.51.100.0/25 table 100 $conditions dport 80\
 uidrange 5-9 tos 0x10 suppress_prefixlength 16 protocol 5"
    record rule ':78,' 'ip rule add pref 78 not from 192.0.2.1 goto 32766'
    record rule ':79,' 'ip rule add pref 79 to 192.0.2.1 prohibit'
    record rule6 ':80,' \
        'ip -6 rule add pref 80 from 2001:db8::/32 table 4294967290 suppress_ifgroup 7 tun_id 9 fwmark 5'
    record_routes
    record_next_hops
    record_queues
    record_vlans
    record fdb 02:00:00:00:00:05 "$ends" 'ip link add br0 type bridge' 'ip link set p0 master br0' \
        'bridge fdb add 02:00:00:00:00:05 dev p0 master static sticky'
    record fdb 192.0.2.9 "$ends" 'ip link add vx0 type vxlan id 77 dstport 4789' \
        'bridge fdb append 02:00:00:00:00:06 dev vx0 dst 192.0.2.9 port 4790 vni 7 via p0'
    record fdb 02:00:00:00:00:07 'ip link add vx0 type vxlan dstport 4789 external' \
        'bridge fdb add 02:00:00:00:00:07 dev vx0 dst 192.0.2.9 vni 7 src_vni 8'
    record fdb 02:00:00:00:00:08 'ip link add vx0 type vxlan id 77 dstport 4789' 'ip nexthop add id 1 via 192.0.2.2 fdb' \
        'ip nexthop add id 10 group 1 fdb' 'bridge fdb add 02:00:00:00:00:08 dev vx0 nhid 10'
}

[ "$EUID" = 0 ] || { echo 'tests/record.sh: run it as root, it makes network namespaces' >&2; exit 2; }
if [ "${1-}" != -here ]; then
    folder=$top/out/recorded
    rm -rf "$folder"
    mkdir -p "$folder/guest"
    "$0" -here "$folder/native" || exit
    cp "$folder/native.missing" "$folder/guest/missing"
    LXCNETWORKING_GUEST_KERNEL=backports "$top/tests/lanes/full-kernel/run.sh" -t 1800 -w "$folder/guest" \
        "$(printf '%q -here %q %q' "$top/tests/record.sh" "$folder/guest/records" "$folder/guest/missing")" || exit
    exec perl "$top/tests/record.pl" files "$top/tests/Core.Tests/Recorded" "$folder/native" "$folder/guest/records"
fi

file=$2 missing=${3-}
rm -f "$file" "$file.missing"
record_basics
record_bridges
record_bonds
record_children
record_vxlans
record_tunnels
record_entries
