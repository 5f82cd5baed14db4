#!/usr/bin/env bash
# Runs a command where LXC works as it would on a machine and can reach nothing of this one: in a network and a mount
# namespace of its own, with its own /sys, /run and /var/lib/lxc. Only the cgroups are the machine's.
#     tests/lanes/lxc/sandbox.sh COMMAND [ARGUMENT]...
set -euo pipefail
if [ "${1-}" != --inside ]; then
    exec unshare --net --mount -- "$0" --inside "$@"
fi
shift

mount -t tmpfs run /run
mount -t tmpfs lxc /var/lib/lxc
# A sysfs mounted here shows this namespace's links, where LXC looks for a bridge; the cgroups go back under it.
mkdir /run/cgroup /run/netns
mount --rbind /sys/fs/cgroup /run/cgroup
mount -t sysfs sys /sys
mount --rbind /run/cgroup /sys/fs/cgroup
umount -l /run/cgroup
rmdir /run/cgroup
ip link set lo up
exec "$@"
