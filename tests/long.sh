#!/usr/bin/env bash
# Runs a part of the tests for longer than each run can take, as root: tests/long.sh NAME
#     churn   lists of 3,000 links and their addresses, read 300 times while others come and go
# It takes the assemblies as built: dotnet build tests/Core.Tests -c Release
set -euo pipefail
cd "$(dirname "$0")/.."

churn() {
    LXCNETWORKING_CHURN_LINKS=3000 LXCNETWORKING_CHURN_ROUNDS=${1:-300} \
        dotnet tests/Core.Tests/bin/Release/net10.0/Core.Tests.dll -class '*ChurnTests'
}

case ${1:-} in
    churn) "$@" ;;
    *) sed -n 's/^#  *//p' "$0" >&2; exit 2 ;;
esac
