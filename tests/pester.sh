#!/usr/bin/env bash
# Runs Pester files in network, mount and process namespaces of their own, empty but for a loopback that is up:
#     tests/pester.sh [-r FOLDER] [-t TAG] FILE.Tests.ps1...
# -r names the folder for the results (default: out/test-results/pester), -t the only tests that are run. The module is
# that of LXCNETWORKING_MODULE, or the checkout's. With --inside the namespaces are those that it is started in: those
# of a container. dotnet build tests/Module.Tests comes first, which brings Pester.
#     tests/pester.sh --script FILE.ps1 ARGUMENT...
# runs another script there.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
if [ "${1-}" != --inside ]; then
    as_root=()
    [ "$EUID" = 0 ] || as_root=(--map-root-user)
    PATH=$("$here/lanes/powershell/setup.sh"):$PATH
    # The program pwsh looks for .NET in its default folders unless this names another.
    DOTNET_ROOT=${DOTNET_ROOT:-$(dirname "$(readlink -f "$(command -v dotnet)")")}
    export DOTNET_ROOT
    exec unshare "${as_root[@]}" --net --mount --pid --fork --kill-child --mount-proc -- "$0" --inside "$@"
fi
shift
export NO_COLOR=1 POWERSHELL_TELEMETRY_OPTOUT=1 POWERSHELL_UPDATECHECK=Off

# The machine's own name servers for its namespaces stay its own.
[ ! -d /etc/netns ] || mount -t tmpfs -o mode=755 none /etc/netns
mount -t tmpfs -o mode=755 none /run
ip link set lo up
if [ "${1-}" = --script ]; then
    pwsh -NoProfile -NonInteractive -File "${@:2}"
    exit $?
fi

results=$here/../out/test-results/pester only=()
while getopts r:t: option; do
    case $option in
        r) results=$OPTARG ;;
        t) only=(-Tag "$OPTARG") ;;
        *) sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2 ;;
    esac
done
shift $((OPTIND - 1))

mkdir -p "$results"
# Not exec: .NET as the first process of a namespace may take the end of a program that it waits for for an orphan's.
pwsh -NoProfile -NonInteractive -File "$here/pester.ps1" -ResultFolder "$results" "${only[@]}" "$@"
exit $?
