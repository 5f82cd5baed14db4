#!/usr/bin/env bash
# What a document has made is as the document says after a restart of systemd-networkd that is told to manage every
# link, with the files that come with the Debian package; without them it is not:
#     tests/lanes/systemd/run.sh -b PACKAGE-IS-INSTALLED 'tests/lanes/systemd/lxcnet-networkd.sh'
set -euo pipefail

# Waits for what the words say.
await() {
    local tries
    for ((tries = 0; tries < 300; tries++)); do
        eval "$1" && return
        sleep 0.1
    done
    echo "lxcnet-networkd: it does not come to this: $1" >&2
    exit 1
}

# No udev runs here, and a link is waited for until udev has seen it.
seen() {
    local link
    mkdir -p /run/udev/data
    for link in /sys/class/net/*; do
        echo I:1 >"/run/udev/data/n$(cat "$link/ifindex")"
    done
}

# It has dealt with all links when its own address, which was removed, is there again.
restart() {
    seen
    ip address flush dev card0
    systemctl restart systemd-networkd
    await 'ip -4 address show card0 | grep -q 10.0.3.2'
    sleep 1
}

ip link add card0 type veth peer name card1
ip link set card1 up
mkdir -p /etc/systemd/network
printf '[Match]\nName=card0\n[Network]\nAddress=10.0.3.2/24\nKeepConfiguration=static\n' \
    >/etc/systemd/network/20-card.network
printf '[Match]\nName=*\n[Network]\nAddress=10.99.0.1/24\nLinkLocalAddressing=no\n' \
    >/etc/systemd/network/90-all.network
cat >/tmp/lab.yaml <<'DOCUMENT'
name: lab
links:
- {name: br7, kind: bridge, addresses: 10.9.0.1/24}
- {name: v7, kind: veth, bridge: br7, peer: {name: v8, addresses: 10.8.0.1/24}}
routes: [{destinationPrefix: 10.7.0.0/16, nextHop: 10.9.0.9}]
rules: [{priority: 77, from: 10.7.0.0/16, table: 42}]
DOCUMENT
restart
lxcnet apply -q /tmp/lab.yaml
restart
echo "with the files: $(lxcnet test /tmp/lab.yaml | wc -l) differences, $(networkctl --no-legend list br7 v7 v8 |
    awk '{print $NF}' | sort -u)"
ip -br -4 address show br7 | awk '{print $1, $3, $4}'
rm /usr/lib/systemd/network/10-lxcnetworking.network /usr/lib/systemd/networkd.conf.d/10-lxcnetworking.conf
restart
[ "$(lxcnet test -q /tmp/lab.yaml >/dev/null; echo $?)" = 0 ] || echo 'without them: different'
