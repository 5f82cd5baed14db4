#!/usr/bin/env bash
# Real LXC containers with busybox in them, for use inside sandbox.sh; by hand and from scripts:
#     container.sh start NAME 'type = veth' 'link = lxcbr0' 'flags = up' 'ipv4.address = 10.0.3.2/24'
#     container.sh stop NAME
# The network's lines are LXC's own, without "lxc.net.0."; start prints the process id of the container's init.
# Types: empty, none, veth, macvlan (macvlan.mode), ipvlan (ipvlan.mode), vlan (vlan.id), phys.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
containers=/var/lib/lxc

# An own mount says that this is the sandbox: on the machine itself, these names could be somebody's containers.
mountpoint -q $containers || { echo "container.sh: only inside $here/sandbox.sh" >&2; exit 2; }

start() {
    local name=$1 folder=$containers/$1 line applet busybox
    shift
    busybox=$(command -v busybox)
    mkdir -p "$folder"/rootfs/{bin,sbin,etc,proc,sys,dev,tmp,root,run,var/run}
    cp "$busybox" "$folder/rootfs/bin/busybox"
    for applet in $("$busybox" --list); do
        [ "$applet" = busybox ] || ln -s busybox "$folder/rootfs/bin/$applet"
    done
    ln -s ../bin/busybox "$folder/rootfs/sbin/init"
    cp "$here/inittab" "$folder/rootfs/etc/inittab"
    echo root:x:0:0:root:/root:/bin/sh >"$folder/rootfs/etc/passwd"
    echo root:x:0: >"$folder/rootfs/etc/group"
    {
        sed "s|@ROOTFS@|$folder/rootfs|; s|@NAME@|$name|" "$here/container.conf"
        for line in "$@"; do echo "lxc.net.0.$line"; done
    } >"$folder/config"
    lxc-start -n "$name" -d -l INFO -o "$folder/log" || { cat "$folder/log" >&2; return 1; }
    lxc-wait -n "$name" -s RUNNING -t 30
    lxc-info -n "$name" -pH
}

stop() {
    local name=$1 _
    lxc-stop -n "$name" -k || true
    lxc-wait -n "$name" -s STOPPED -t 30
    # The monitor cannot remove the group that it is in, and may still be ending.
    for _ in {1..50}; do
        find /sys/fs/cgroup -depth -type d \( -path "*/lxc.*.$name" -o -path "*/lxc.*.$name/*" \) -delete 2>/dev/null && break
        sleep 0.1
    done
    find /sys/fs/cgroup -depth -type d -name lxc.pivot -delete 2>/dev/null || true
    rm -rf "${containers:?}/$name"
}

case ${1-} in
    start | stop) "$@" ;;
    *) sed -n '2,6s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
esac
