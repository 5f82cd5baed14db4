#!/usr/bin/env bash
# Runs every test that this machine can be made to run. As root, on Debian or Ubuntu with the .NET SDK 10:
#     tests/run.sh [native|full-kernel|lxc|engines|new-kernel]...
# Without arguments, all. The last line is "N passed, N failed, N skipped"; the exit code is 0 only when
# every lane ran and nothing failed. Results (TRX) and logs are left in out/test-results.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
top=$PWD
# shellcheck source=tests/lanes/results.sh
. tests/lanes/results.sh
# shellcheck source=tests/lanes/coverage.sh
. tests/lanes/coverage.sh

all_lanes=(native full-kernel lxc engines new-kernel)
lanes=("${@:-${all_lanes[@]}}")
for lane in "${lanes[@]}"; do
    case " ${all_lanes[*]} " in
        *" $lane "*) ;;
        *) echo "usage: tests/run.sh [${all_lanes[*]}]..." >&2; exit 2 ;;
    esac
done
if [ "$EUID" != 0 ]; then
    echo 'tests/run.sh: run it as root, it makes network namespaces and installs packages' >&2
    exit 2
fi

# The parent of all that the tests start and leave behind (PR_SET_CHILD_SUBREAPER), so that it is found.
if [ -z "${LXCNETWORKING_SUBREAPER-}" ]; then
    declare -A prctl=([x86_64]=157 [aarch64]=167)
    export LXCNETWORKING_SUBREAPER=1
    exec perl -e 'syscall(shift, 36, 1, 0, 0, 0) == 0 or die "prctl: $!"; exec @ARGV' "${prctl[$(uname -m)]}" \
        "$top/tests/run.sh" "$@"
fi

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_CLI_UI_LANGUAGE=en NO_COLOR=1
results=$top/out/test-results
# For a hang only: each lane takes minutes.
native_limit=30m
guest_limit=4800

# What the tests look at the kernel with, and talk through.
packages=(
    iproute2 iputils-ping procps nftables tcpdump dnsmasq-base wireguard-tools kmod busybox-static iptables lxc
    isc-dhcp-client isc-dhcp-server kea-dhcp4-server openssh-server strace systemd
    gcc libc6-dev zlib1g-dev lintian
)
# The machine of the full-kernel and new-kernel lanes.
guest_packages=(qemu-system-x86 cpio zstd xz-utils)

# In a subshell, so that its trap cleans up however it ends.
install_packages() (
    missing=()
    for package in "$@"; do
        [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing+=("$package")
    done
    [ ${#missing[@]} -gt 0 ] || exit 0
    echo "== installing ${missing[*]}"
    # Servers would start: the tests want their programs only.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
        trap 'rm -f "$policy"' EXIT
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod +x $policy
    fi
    log=$results/apt.log
    if ! { apt-get update -q &&
        DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
    } </dev/null >"$log" 2>&1; then
        tail -n 20 "$log"
        exit 1
    fi
)

# The machine's own network, without what changes by itself (counters, lifetimes), and what a test could leave of it.
machine_state() {
    ip -o link | sed 's/ qlen.*//'
    ip -o addr | sed 's/\\.*//'
    ip route show table all
    ip -6 route show table all | sed 's/ expires [0-9]*sec//'
    ip rule
    nft list ruleset 2>/dev/null
    find /run/netns /etc/netns /run/lxcnetworking 2>/dev/null | sort
    # What the network of this machine is set to; a module that a test needs may add others.
    sysctl -a 2>/dev/null | grep -E '^net\.(core|ipv4|ipv6)\.' | grep -vE 'fastopen_key|stable_secret'
    left_processes
}

# What the tests started and did not end is a child of this process by now. Builds keep their compilers running.
left_processes() {
    ps -o pid=,args= --ppid $$ | grep -v -e "$top/tests/run.sh" -e 'MSBuild\.dll' -e VBCSCompiler
}

# test_projects DIR PROJECT...: `dotnet test` for each, one TRX file each in DIR. Of the one in $counted the lines that
# it reaches are counted.
test_projects() {
    local directory=$1 project status=0
    shift
    export LXCNETWORKING_RESULTS=$directory
    for project in "$@"; do
        if [ "$(basename "$project")" = "${counted-}" ]; then
            count_lines "$directory" "$project" "$native_limit" || status=1
            continue
        fi
        timeout -k 30 "$native_limit" dotnet test "$project" -c Release --no-build \
            --results-directory "$directory" --logger "trx;LogFileName=$(basename "$project").trx" || status=1
    done
    return "$status"
}

lane_native() {
    # The tests of cmdlets run them in processes of their own, whose lines would not be counted.
    local project projects=() status=0 counted=Core.Tests
    for project in tests/*.Tests/; do
        case $project in
            tests/Lxc.Tests/ | tests/Engine.Tests/) ;;
            *) projects+=("$project") ;;
        esac
    done
    test_projects "$1" "${projects[@]}" || status=1
    # What .editorconfig asks for, the order of usings included.
    Configuration=Release dotnet format LxcNetworking.slnx --verify-no-changes --no-restore || status=1
    return "$status"
}

lane_full_kernel() {
    LXCNETWORKING_MODULE=$top/LxcNetworking.psd1 LXCNETWORKING_KILLS=7 \
        tests/lanes/full-kernel/run.sh -t "$guest_limit" -w "$1" "tests/lanes/run-assemblies.sh $(printf %q "$1")" ||
        return
    check_none_skipped "$1"
}

# What the distribution's own kernel is too old for.
lane_new_kernel() {
    LXCNETWORKING_MODULE=$top/LxcNetworking.psd1 LXCNETWORKING_GUEST_KERNEL=backports \
        tests/lanes/full-kernel/run.sh -t 900 -w "$1" "tests/lanes/run-assemblies.sh $(printf %q "$1")" || return
    check_none_skipped "$1"
}

# These kernels have everything, so that nothing may be left out.
check_none_skipped() {
    [ -z "$(skipped_tests "$1")" ] || { echo 'Tests were skipped where nothing is lacking.'; return 1; }
}

lane_lxc() {
    test_projects "$1" tests/Lxc.Tests/
}

lane_engines() {
    local skipped
    test_projects "$1" tests/Engine.Tests/ || return
    skipped=$(skipped_tests "$1")
    [ -z "$skipped" ] || { echo 'Tests were skipped though the engines are there.'; return 1; }
}

# add_lane NAME DIR REST: counts what read_results has read of DIR, and keeps what the summary says about it.
add_lane() {
    table+=$(printf '%-12s %5d passed %5d failed %5d skipped %s' "$1" "$PASSED" "$FAILED" "$SKIPPED" "$3")$'\n'
    skipped+=$(skipped_tests "$2" | sed 's/^/skipped: /'; echo .)
    failed+=$(failed_tests "$2" | sed 's/^[^ ]/FAILED: &/'; echo .)
    # The dot kept the last newline.
    skipped=${skipped%.} failed=${failed%.}
    total_passed=$((total_passed + PASSED)) total_failed=$((total_failed + FAILED))
    total_skipped=$((total_skipped + SKIPPED))
}

rm -rf "$results"
mkdir -p "$results"
case " ${lanes[*]} " in *-kernel' '*) packages+=("${guest_packages[@]}") ;; esac
install_packages "${packages[@]}" || { echo 'tests/run.sh: the packages could not be installed' >&2; exit 1; }
case " ${lanes[*]} " in
    *' engines '*)
        echo '== unpacking Docker and Podman'
        LXCNETWORKING_ENGINES=$(tests/lanes/engines/setup.sh 2>"$results/engines.log") ||
            { tail -n 20 "$results/engines.log"; echo 'tests/run.sh: the engines could not be unpacked' >&2; exit 1; }
        export LXCNETWORKING_ENGINES
        ;;
esac
echo '== making PowerShell ready'
LXCNETWORKING_POWERSHELL=$(tests/lanes/powershell/setup.sh 2>"$results/powershell.log") ||
    { tail -n 20 "$results/powershell.log"; echo 'tests/run.sh: there is no PowerShell for the tests' >&2; exit 1; }
export LXCNETWORKING_POWERSHELL
echo '== building'
# Compiled ahead of time, as in a release: on an emulated processor the JIT takes longer than most tests.
dotnet publish src/LxcNetworking.Commands -c Release -o Module/bin || exit 1
dotnet build LxcNetworking.slnx -c Release || exit 1
case " ${lanes[*]} " in
    *-kernel\ *)
        for project in Core.Tests Netlink.Tests Lxc.Tests; do
            dotnet publish "tests/$project" -c Release --use-current-runtime --no-self-contained \
                -p:PublishReadyToRun=true -o "out/guest/$project" || exit 1
        done
        ;;
esac

# run_lane NAME: leaves the lane's exit code and seconds in its file "lane".
run_lane() {
    local began=$SECONDS
    case $1 in
        native) lane_native "$results/$1" ;;
        full-kernel) lane_full_kernel "$results/$1" ;;
        lxc) lane_lxc "$results/$1" ;;
        engines) lane_engines "$results/$1" ;;
        new-kernel) lane_new_kernel "$results/$1" ;;
    esac
    echo "$? $((SECONDS - began))" >"$results/$1/lane"
}

# check_machine NAME: fails the lane if the machine is not as it was.
check_machine() {
    local tries after changes
    # What was told to end a moment ago takes its time.
    for ((tries = 0; tries < 50; tries++)); do
        after=$(machine_state)
        changes=$(diff <(echo "$before") <(echo "$after")) && return
        sleep 0.2
    done
    printf "The machine is not as it was before the tests:\n%s\n" "$changes"
    echo "1 $(cut -d' ' -f2 "$results/$1/lane")" >"$results/$1/lane"
    before=$after
}

before=$(machine_state)
for lane in "${lanes[@]}"; do mkdir -p "$results/$lane"; done
for lane in "${lanes[@]}"; do
    [ "$lane" = full-kernel ] || continue
    echo '== full-kernel, beside the others: its emulated kernel leaves a part of two processors idle'
    # Made here, as the job may start later than the look whether it is there.
    : >"$results/full-kernel.log"
    run_lane full-kernel >"$results/full-kernel.log" 2>&1 &
done
for lane in "${lanes[@]}"; do
    case $lane in *-kernel) continue ;; esac
    echo "== $lane"
    run_lane "$lane"
    check_machine "$lane"
done
if [ -e "$results/full-kernel.log" ]; then
    wait
    echo '== full-kernel'
    cat "$results/full-kernel.log"
    check_machine full-kernel
fi
# One guest after the other.
case " ${lanes[*]} " in
    *' new-kernel '*)
        echo '== new-kernel'
        run_lane new-kernel
        check_machine new-kernel
        ;;
esac

total_passed=0 total_failed=0 total_skipped=0 exit_code=0 skipped='' table='' failed=''
for lane in "${lanes[@]}"; do
    read -r status seconds <"$results/$lane/lane"
    read_results "$results/$lane"
    verdict=ok
    [ "$status" = 0 ] || verdict=FAILED
    [ $((PASSED + FAILED)) -gt 0 ] || verdict='FAILED: no test ran'
    [ "$verdict" = ok ] || exit_code=1
    # A lane that broke without naming a test still shows in the totals.
    if [ "$verdict" != ok ] && [ "$FAILED" = 0 ]; then
        FAILED=1
        failed+="the lane $lane failed, none of its tests: see its output above"$'\n'
    fi
    add_lane "$lane" "$results/$lane" "$(printf '%5d s  %s' "$seconds" "$verdict")"
    # The Pester suite, a file of which is one test above, test by test.
    [ -d "$results/$lane/pester" ] || continue
    read_results "$results/$lane/pester"
    add_lane '  its Pester' "$results/$lane/pester" ''
done

# What matters most comes last: a log is read from its end.
echo
printf '%s' "$skipped"
echo
printf '%s' "$table"
echo
[ ! -d "$results/native" ] || line_coverage "$results/native"
echo
printf '%s' "$failed"
echo "$total_passed passed, $total_failed failed, $total_skipped skipped"
exit $exit_code
