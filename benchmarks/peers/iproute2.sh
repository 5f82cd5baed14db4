#!/usr/bin/env bash
# iproute2's side of the benchmark: iproute2.sh command|batch WORK COUNT prints the seconds that the work took.
set -euo pipefail
how=$1 work=$2 count=$3

attach() {
    local i=$1 address=10.9.$(($1 / 250)).$(($1 % 250 + 2))/16
    echo "link add v$i master br0 up type veth peer name eth0 netns c$i"
    echo "-n c$i address add $address dev eth0"
    echo "-n c$i link set eth0 up"
    echo "-n c$i route add default via 10.9.255.1"
}
create() { echo "link add v$1 type veth peer name p$1"; }
remove() { echo "link del v$1"; }
list() { [ "$1" != 0 ] || echo "link show"; }

commands=$(mktemp)
trap 'rm -f "$commands"*' EXIT
for ((i = 0; i < count; i++)); do "$work" "$i"; done >"$commands"
case $how in
    command) # each line a process of its own; word splitting is meant
        sed 's/^/ip /; s/$/ >\/dev\/null/' "$commands" >"$commands.sh"
        run=(bash -e "$commands.sh") ;;
    batch) # a batch stays in one namespace: what belongs inside goes to one batch for each container
        grep -v '^-n' "$commands" >"$commands.out" || true
        {
            echo "ip -batch $commands.out >/dev/null"
            sed -n 's/^-n \(c[0-9]*\) .*/\1/p' "$commands" | uniq | while read -r name; do
                sed -n "s/^-n $name //p" "$commands" >"$commands.$name"
                echo "ip -n $name -batch $commands.$name >/dev/null"
            done
        } >"$commands.sh"
        run=(bash -e "$commands.sh") ;;
esac
started=$(date +%s%N)
"${run[@]}"
ended=$(date +%s%N)
echo "$(((ended - started) / 1000))e-6"
