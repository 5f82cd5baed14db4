#!/bin/busybox sh
# shellcheck shell=dash
# The guest's first program: puts a throwaway layer over the host's files, shared read-only over 9p, and goes on in
# there.
b=/bin/busybox
fail() { $b echo "initramfs: $1 failed"; $b poweroff -f; }

$b mount -t proc proc /proc
$b mount -t devtmpfs dev /dev
while read -r module; do $b insmod "$module" || fail "loading $module"; done </modules/order

# The host's files may be read ahead and kept: nothing that the guest runs changes while it runs.
$b mount -t 9p -o trans=virtio,version=9p2000.L,msize=262144,cache=loose,ro host /host || fail 'mounting the host'
$b mount -t tmpfs -o size=80% layer /layer
$b mkdir /layer/upper /layer/work /layer/root
$b mount -t overlay -o lowerdir=/host,upperdir=/layer/upper,workdir=/layer/work overlay /layer/root || fail 'the overlay'

# lane.init=PATH on the kernel's command line says what goes on from here.
for word in $($b cat /proc/cmdline); do
    case $word in lane.init=*) next=${word#lane.init=} ;; esac
done
$b umount /proc
$b umount /dev
exec $b switch_root /layer/root "$next"
