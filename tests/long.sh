#!/usr/bin/env bash
# Runs a part of the tests for longer than each run can take, as root: tests/long.sh NAME [AMOUNT]
#     churn [ROUNDS]                   lists of 3,000 links and their addresses, read 300 times while others come and go
#     fuzz [SECONDS|INPUTS]            spoilt input for every reader, for 600 s; a number over 86,400 is that of
#                                      the inputs
#     kills [COUNT] [SEED] [COMMAND]   500 processes killed in the middle of commands, none of which may leave anything
#     state [COUNT] [SEED]             500 of them in the middle of Set-NetState alone
#     circles [COUNT] [SEED]           200 random topologies exported, applied in empty namespaces and exported again
#     connect [SECONDS] [SEED]         100 containers connected, moved, restarted and disconnected by four processes for
#                                      300 s;
#                                      before that they give out and take back 1,000 addresses of one bridge
# It takes the assemblies as built: dotnet build tests/Core.Tests -c Release, tests/Fuzz.Tests or tests/Module.Tests
set -euo pipefail
cd "$(dirname "$0")/.."

churn() {
    LXCNETWORKING_CHURN_LINKS=3000 LXCNETWORKING_CHURN_ROUNDS=${1:-300} \
        dotnet tests/Core.Tests/bin/Release/net10.0/Core.Tests.dll -class '*ChurnTests'
}

fuzz() {
    local amount=${1:-600} report status=0
    amount=${amount%s}
    case $amount in '' | *[!0-9]*) usage ;; esac
    if [ "$amount" -le 86400 ]; then
        export LXCNETWORKING_FUZZ_SECONDS=$amount
    else
        export LXCNETWORKING_FUZZ_INPUTS=$amount
    fi
    : "${LXCNETWORKING_FUZZ_SEED:=$(od -An -N6 -tu8 /dev/urandom | tr -d ' ')}"
    echo "LXCNETWORKING_FUZZ_SEED=$LXCNETWORKING_FUZZ_SEED"
    report=$(mktemp)
    export LXCNETWORKING_FUZZ_SEED LXCNETWORKING_FUZZ_REPORT=$report
    dotnet tests/Fuzz.Tests/bin/Release/net10.0/Fuzz.Tests.dll -method '*What_is_spoilt*' || status=1
    cat "$report"
    rm "$report"
    return $status
}

kills() {
    : "${LXCNETWORKING_MODULE:=$PWD/tests/Module.Tests/bin/Release/net10.0/module/LxcNetworking.psd1}"
    export LXCNETWORKING_MODULE
    tests/pester.sh --script "$PWD/tests/kills/run.ps1" "$@"
}

state() {
    kills "${1:-500}" "${2:-0}" 'Set-NetState*'
}

circles() {
    LXCNETWORKING_CIRCLE_COUNT=${1:-200} LXCNETWORKING_CIRCLE_SEED=${2:-1} LXCNETWORKING_CIRCLE_REPORT=/dev/stderr \
        dotnet tests/Core.Tests/bin/Release/net10.0/Core.Tests.dll -class '*StateTopologyTests' \
        -printMaxStringLength 0
}

connect() {
    : "${LXCNETWORKING_MODULE:=$PWD/tests/Module.Tests/bin/Release/net10.0/module/LxcNetworking.psd1}"
    export LXCNETWORKING_MODULE
    tests/pester.sh --script "$PWD/tests/connect/run.ps1" "$@"
}

usage() {
    sed -n 's/^#  *//p' "$0" >&2
    exit 2
}

case ${1:-} in
    churn | fuzz | kills | state | circles | connect) "$@" ;;
    *) usage ;;
esac
