#!/usr/bin/env bash
# Boots this machine's systemd in namespaces and a cgroup of its own, and runs a command there as a unit. It is over
# this machine's files: everything is there to read, what is written goes away with it, and there is no network.
#     tests/lanes/systemd/run.sh [-t SECONDS] [-b 'before'] 'command'
# What is given with -b is run over the files before it boots. Prints what the command prints. The exit code is the
# command's; 124 when the time is up, 125 when nothing booted.
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")
top=$(readlink -f "$here/../../..")
systemd=/lib/systemd/systemd

usage() {
    sed -n '2,6s/^# \{0,1\}//p' "$0" >&2
    exit 2
}

# In a mount namespace of its own: removes the cgroup again, whatever becomes of what runs in it.
outer() {
    local limit=$1 work=$2 cgroups=$2/cgroups group
    mkdir "$cgroups"
    mount -t cgroup2 none "$cgroups" || return 125
    group=$cgroups/lxcnetworking-tests-$$
    mkdir "$group" || return 125
    (
        echo 0 >"$group/cgroup.procs"
        exec timeout -k 5 "$limit" \
            unshare --mount --pid --net --uts --ipc --cgroup --fork --kill-child "$here/run.sh" --boot "$work"
    ) </dev/null >"$work/console" 2>&1
    local status=$?
    for ((tries = 0; tries < 100; tries++)); do
        find "$group" -depth -type d -exec rmdir {} + 2>/dev/null && break
        sleep 0.1
    done
    [ "$status" != 124 ] || return 124
    [ -e "$work/exit-code" ] || return 125
    return "$(cat "$work/exit-code")"
}

# As the first process of the namespaces: becomes systemd, in a root file system whose changes are kept in memory.
boot() {
    local work=$1 state=/run/lxcnetworking-root root place
    set -e
    mount --make-rprivate /
    mkdir -p "$state"
    mount -t tmpfs none "$state"
    mkdir "$state"/{changes,work,root}
    root=$state/root
    mount -t overlay overlay -o "lowerdir=/,upperdir=$state/changes,workdir=$state/work" "$root"
    mount -t proc proc "$root/proc"
    mount -t sysfs sysfs "$root/sys"
    mount -t cgroup2 none "$root/sys/fs/cgroup"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs none "$root/run"
    mount -t tmpfs none "$root/tmp"
    # What may lie on other file systems.
    for place in "$top" "$LXCNETWORKING_POWERSHELL" "$DOTNET_ROOT"; do
        mkdir -p "$root$place"
        mount --bind -o ro "$place" "$root$place"
    done
    mkdir -p "$root/run/work"
    mount --bind "$work" "$root/run/work"
    # Of what a machine does when it boots nothing is left that would change this one: its sysctls, its devices.
    rm -f "$root/etc/machine-id" "$root"{/etc,/lib}/systemd/system/*.wants/*
    echo 0123456789abcdef0123456789abcdef >"$root/etc/machine-id"
    cat >"$root/etc/systemd/system/lane.service" <<UNIT
[Unit]
DefaultDependencies=no
Requires=systemd-journald.service
After=systemd-journald.service
[Service]
Type=oneshot
Environment="PATH=$LXCNETWORKING_POWERSHELL:$PATH" "DOTNET_ROOT=$DOTNET_ROOT" "HOME=$HOME" TERM=dumb NO_COLOR=1
Environment=POWERSHELL_TELEMETRY_OPTOUT=1 POWERSHELL_UPDATECHECK=Off
WorkingDirectory=$top
StandardOutput=append:/run/work/output
StandardError=append:/run/work/output
ExecStart=/bin/bash -c 'bash /run/work/command; echo \$? >/run/work/exit-code'
ExecStopPost=/bin/sh -c 'systemctl poweroff --force --force >/dev/null 2>&1'
UNIT
    printf '[Unit]\nRequires=lane.service\nAfter=lane.service\nAllowIsolate=yes\n' \
        >"$root/etc/systemd/system/lane.target"
    if [ -s "$work/before" ]; then
        env -C "$top" chroot "$root" /bin/bash -ec 'cd "$0"; . /run/work/before' "$top" >>"$work/output" 2>&1 </dev/null
    fi
    exec env -i container=lxc PATH="$PATH" chroot "$root" \
        $systemd --unit=lane.target --log-target=console --show-status=0
}

case ${1-} in
    --outer) shift; outer "$@"; exit ;;
    --boot) boot "$2" ;;
esac
limit=120 before=
while getopts b:t: option; do
    case $option in
        b) before=$OPTARG ;;
        t) limit=$OPTARG ;;
        *) usage ;;
    esac
done
shift $((OPTIND - 1))
[ $# = 1 ] && [ -x $systemd ] || usage
LXCNETWORKING_POWERSHELL=$("$here/../powershell/setup.sh") || exit 125
DOTNET_ROOT=${DOTNET_ROOT:-$(dirname "$(readlink -f "$(command -v dotnet)")")}
export LXCNETWORKING_POWERSHELL DOTNET_ROOT
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '%s\n' "$1" >"$work/command"
printf '%s' "$before" >"$work/before"
unshare --mount -- "$here/run.sh" --outer "$limit" "$work"
status=$?
cat "$work/output" 2>/dev/null
[ $status -lt 124 ] || cat "$work/console" >&2
exit $status
