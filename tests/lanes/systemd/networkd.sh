#!/usr/bin/env bash
# What the module made is there after a restart of systemd-networkd, with the file that comes with the module, and
# without that file it is not, but on links that systemd-networkd has nothing to do with:
#     tests/lanes/systemd/run.sh 'tests/lanes/systemd/networkd.sh MANIFEST'
set -euo pipefail
top=$(dirname "$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")")
manifest=$1
settings=/run/systemd/networkd.conf.d

# Waits for what the words say.
await() {
    local tries
    for ((tries = 0; tries < 300; tries++)); do
        eval "$1" && return
        sleep 0.1
    done
    echo "networkd: it does not come to this: $1" >&2
    exit 1
}

make() {
    pwsh -NoProfile -Command "
        \$ErrorActionPreference = 'Stop'
        Import-Module '$manifest'
        \$null = New-NetIPAddress 10.0.4.1/24 -InterfaceAlias v1
        \$null = New-NetRoute 10.9.0.0/16 10.0.3.9 -InterfaceAlias v0
        \$null = New-NetRule 77 -From 10.9.0.0/16 -Table 42
        \$null = New-NetNextHop 9 10.0.3.9 -InterfaceAlias v0"
}

# What there is of the module's, in one line.
made() {
    {
        ip -4 address show to 10.0.4.1
        ip route show proto 108
        ip rule show pref 77
        ip nexthop show
    } | grep -o -E '10\.0\.4\.1|^10\.9\.0\.0/16|^77|^id 9' | paste -sd ' '
}

# It has dealt with the link when its own route, which was removed, is there again.
restart() {
    ip route del 10.7.0.0/16
    systemctl restart systemd-networkd
    await 'ip route show 10.7.0.0/16 | grep -q "proto static"'
}

ip link add v0 type veth peer name v1
ip link set v1 up
mkdir -p /run/systemd/network /run/udev/data "$settings"
# No udev runs here, and a link is waited for until udev has seen it.
for link in lo v0 v1; do
    echo I:1 >"/run/udev/data/n$(cat /sys/class/net/$link/ifindex)"
done
cat >/run/systemd/network/10-v0.network <<'NETWORK'
[Match]
Name=v0
[Network]
Address=10.0.3.2/24
[Route]
Destination=10.7.0.0/16
Gateway=10.0.3.1
NETWORK
systemctl start systemd-networkd
await 'ip route show 10.7.0.0/16 | grep -q "proto static"'

make
echo "made: $(made)"
[ "$(made)" = '10.0.4.1 10.9.0.0/16 77 id 9' ]
restart
echo "left without the file: $(made)"
[ "$(made)" = 10.0.4.1 ]

ip address del 10.0.4.1/24 dev v1
cp "$top/Module/networkd/10-lxcnetworking.conf" "$settings"
sed -i '/^\[Network\]/a KeepConfiguration=static' /run/systemd/network/10-v0.network
systemctl restart systemd-networkd
make
restart
echo "left with the file: $(made)"
# Older ones have no setting for next-hop objects.
nexthop=' id 9'
[ "$(systemctl --version | awk 'NR == 1 { print $2 }')" -ge 256 ] || nexthop=
[ "$(made)" = "10.0.4.1 10.9.0.0/16 77$nexthop" ]
