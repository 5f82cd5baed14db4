#!/bin/bash
# PID 1 of the guest, on an overlay over the host's files: makes the machine that the tests expect, runs the command
# found in the work folder and brings its exit code back there.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
for word in $(</proc/cmdline); do
    case $word in
        lane.work=*) work=${word#*=} ;;
        lane.modules=*) modules=${word#*=} ;;
        lane.tty=*) tty=/dev/${word#*=} ;;
    esac
done

mount -t sysfs sysfs /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm /dev/net
mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o mode=1777 shm /dev/shm
[ -e /dev/net/tun ] || mknod /dev/net/tun c 10 200
ln -sfn /proc/self/fd /dev/fd
ln -sfn /proc/self/fd/0 /dev/stdin
ln -sfn /proc/self/fd/1 /dev/stdout
ln -sfn /proc/self/fd/2 /dev/stderr
mount -t tmpfs -o mode=755 run /run
mkdir -p /run/lock

# The one place where the guest writes to the host.
mkdir -p "$work"
mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144 work "$work"

# The kernel loads what it lacks by itself, through modprobe.
mkdir -p /lib/modules
mount --bind "$modules" /lib/modules
ip link set lo up
hostname full-kernel
: >"$work/booted"

# shellcheck disable=SC1091 # written by run.sh
. "$work/environment"
stty -F "$tty" raw -echo
# A pipe between, so that programs do not take the line for a terminal.
exec 3> >(exec cat >"$tty")
writer=$!
setsid bash "$work/command" </dev/null >&3 2>&1 3>&-
code=$?
exec 3>&-
# What the command left running may still hold the pipe: that is not waited for.
for _ in {1..40}; do
    kill -0 $writer 2>/dev/null || break
    sleep 0.05
done
echo $code >"$work/exit-code"
sync
echo o >/proc/sysrq-trigger
sleep 60
