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
# Namespaces in a line, each with two pairs to the next one.
lab() {
    local i=$1 next=$(($1 + 1)) k
    [ "$i" != 0 ] || echo "netns add n0"
    echo "netns add n$next"
    for k in 0 1; do
        echo "link add r$k netns n$i type veth peer name l$k netns n$next"
        echo "-n n$i address add 10.$k.$((i / 250)).$((i % 250))/31 dev r$k"
        echo "-n n$i link set r$k up"
        echo "-n n$next address add 10.$((k + 2)).$((i / 250)).$((i % 250))/31 dev l$k"
        echo "-n n$next link set l$k up"
    done
    echo "-n n$next link set lo up"
}
lab-remove() {
    echo "-n n$1 link del r0"
    echo "-n n$1 link del r1"
    echo "last netns del n$1"
}
vlans() {
    echo "link add b$1 up type bridge"
    echo "link add link up0 name up0.$(($1 + 1)) master b$1 up type vlan id $(($1 + 1))"
}

commands=$(mktemp)
trap 'rm -f "$commands"*' EXIT
for ((i = 0; i < count; i++)); do "$work" "$i"; done >"$commands"
case $how in
    command) # each line a process of its own; word splitting is meant
        sed 's/^/ip /; s/$/ >\/dev\/null/' "$commands" >"$commands.sh"
        run=(bash -e "$commands.sh") ;;
    batch) # a batch stays in one namespace: what belongs inside goes to one batch for each container
        grep -v -e '^-n' -e '^last' "$commands" >"$commands.out" || true
        sed -n 's/^last //p' "$commands" >"$commands.last"
        {
            echo "ip -batch $commands.out >/dev/null"
            sed -n 's/^-n \([a-z][0-9]*\) .*/\1/p' "$commands" | sort -u | while read -r name; do
                sed -n "s/^-n $name //p" "$commands" >"$commands.$name"
                echo "ip -n $name -batch $commands.$name >/dev/null"
            done
            echo "ip -batch $commands.last >/dev/null"
        } >"$commands.sh"
        run=(bash -e "$commands.sh") ;;
esac
started=$(date +%s%N)
"${run[@]}"
ended=$(date +%s%N)
echo "$(((ended - started) / 1000))e-6"
