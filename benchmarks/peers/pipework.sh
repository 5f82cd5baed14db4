#!/usr/bin/env bash
# The commands that pipework runs for one container with a static address and a gateway, without pipework's own
# look-ups: pipework.sh connect COUNT prints the seconds that the work took.
set -euo pipefail
count=$2
started=$(date +%s%N)
for ((i = 0; i < count; i++)); do
    ip link add name "v1pl$i" mtu 1500 type veth peer name "v1pg$i" mtu 1500
    ip link set "v1pl$i" master br0 >/dev/null
    ip link set "v1pl$i" up
    ip link set "v1pg$i" netns "c$i"
    ip netns exec "c$i" ip link set "v1pg$i" name eth0
    ip netns exec "c$i" ip addr add "10.9.$((i / 250)).$((i % 250 + 2))/16" brd + dev eth0
    ip netns exec "c$i" ip link set eth0 up
    ip netns exec "c$i" ip route replace default via 10.9.255.1 dev eth0
done
ended=$(date +%s%N)
echo "$(((ended - started) / 1000))e-6"
