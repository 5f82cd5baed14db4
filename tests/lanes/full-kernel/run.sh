#!/usr/bin/env bash
# Runs a command in a QEMU guest that has the distribution's own kernel with all its modules, over this machine's
# files: everything is there to read, what is written goes away with the guest, and there is no outside network.
#     tests/lanes/full-kernel/run.sh [-t SECONDS] [-w FOLDER] 'command'
# -w names the one folder that the guest may write to (default: a temporary one). The exit code is the command's;
# 124 when the time is up, 125 when the guest did not boot.
# LXCNETWORKING_GUEST_KERNEL=backports boots the kernel of Debian's backports.
# LXCNETWORKING_GUEST_MEMORY (default 3G) and LXCNETWORKING_GUEST_ACCEL (default tcg; kvm where that works).
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")
limit=1800 boot_limit=120 work=
while getopts t:w: option; do
    case $option in
        t) limit=$OPTARG ;;
        w) work=$(readlink -f "$OPTARG") ;;
        *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
done
shift $((OPTIND - 1))

ready=$("$here/setup.sh") || { echo 'full-kernel: the kernel could not be made ready' >&2; exit 125; }
state=$(mktemp -d)
guest=
trap '[ -z "$guest" ] || kill -KILL "$guest" 2>/dev/null; rm -rf "$state"' EXIT
[ -n "$work" ] || mkdir "${work:=$state/work}"
case $here$work$ready in
    *[[:space:],]*) echo "full-kernel: no white space nor commas in a path: $here $work $ready" >&2; exit 2 ;;
esac
rm -f "$work"/{booted,exit-code}
printf '%s\n' "$*" >"$work/command"
{
    printf 'cd %q\n' "$PWD"
    declare -px | grep -E '^declare -x (PATH|HOME|LANG|LC_ALL|NO_COLOR|(DOTNET|LXCNETWORKING)_[A-Za-z_]*)='
    # shellcheck disable=SC2016 # the guest's PATH
    printf 'export PATH=%q:$PATH\n' "$ready/tools/sbin:$ready/tools/bin"
    lane=full-kernel
    [ -z "${LXCNETWORKING_GUEST_KERNEL-}" ] || lane=new-kernel
    echo "export TERM=dumb LXCNETWORKING_LANE=$lane"
    # On an emulated processor .NET spends most of its time compiling. Instrumented code, code compiled a second time
    # and pages mapped twice cost more than they win in these minutes, and so do many small collections.
    echo 'export DOTNET_TieredPGO=0 DOTNET_TC_CallCountThreshold=1000 DOTNET_EnableWriteXorExecute=0 DOTNET_GCgen0size=0x4000000 DOTNET_gcConcurrent=0'
} >"$work/environment"

accel=${LXCNETWORKING_GUEST_ACCEL:-tcg,thread=multi,tb-size=1024}
processors=2
# A newer kernel patches its own code while another processor runs it (int3), and crashes on two emulated processors.
[ -z "${LXCNETWORKING_GUEST_KERNEL-}" ] || processors=1
# Fewer devices and checks, a faster boot; no fallback tunnels nor default dummies, so that a new namespace has
# nothing but lo in it.
kernel_arguments=(
    console=ttyS0 panic=-1 mitigations=off tsc=reliable no_timer_check edd=off
    fb_tunnels=none dummy.numdummies=0 ifb.numifbs=0 bonding.max_bonds=0
    "lane.init=$here/guest-init.sh" "lane.work=$work" "lane.modules=$ready/modules" lane.tty=ttyS1
)
share=security_model=passthrough
qemu=(
    qemu-system-x86_64 -M q35 -accel "$accel" -cpu max -smp "$processors" -m "${LXCNETWORKING_GUEST_MEMORY:-3G}"
    -display none -nodefaults -no-user-config -no-reboot
    -serial "file:$state/console" -chardev "stdio,id=output,signal=off" -device "isa-serial,chardev=output,index=1"
    -virtfs "local,path=/,mount_tag=host,$share,readonly=on,multidevs=remap"
    -virtfs "local,path=$work,mount_tag=work,$share"
    -kernel "$ready/vmlinuz" -initrd "$ready/initramfs.gz" -append "${kernel_arguments[*]}"
)

started=$SECONDS
"${qemu[@]}" </dev/null 2>"$state/qemu.log" &
guest=$!
why=
while kill -0 "$guest" 2>/dev/null; do
    if [ $((SECONDS - started)) -ge "$limit" ]; then
        why="the time is up after $limit s" code=124
    elif [ ! -e "$work/booted" ] && [ $((SECONDS - started)) -ge "$boot_limit" ]; then
        why="not booted after $boot_limit s" code=125
    fi
    [ -z "$why" ] || break
    sleep 0.1
done
[ -z "$why" ] || kill -KILL "$guest"
wait "$guest" 2>/dev/null
guest=

if [ -s "$work/exit-code" ]; then
    code=$(<"$work/exit-code")
else
    echo "full-kernel: ${why:-the guest ended without an exit code}" >&2
    tail -n 60 "$state/qemu.log" "$state/console" >&2
fi
exit "${code:-125}"
