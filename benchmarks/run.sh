#!/usr/bin/env bash
# Measures this module beside its peers and writes docs/performance.md. As root; peers that are not installed are left
# out:
#     apt-get install iproute2 python3-pyroute2 golang-go golang-github-vishvananda-netlink-dev
#     containernetworking-plugins
set -euo pipefail
cd "$(dirname "$0")/.."
mkdir -p out/benchmarks
# The cmdlets run in a PowerShell that is compiled ahead of time, as an installed one is.
PATH=$(tests/lanes/powershell/setup.sh):$PATH
DOTNET_ROOT=${DOTNET_ROOT:-$(dirname "$(readlink -f "$(command -v dotnet)")")}
export DOTNET_ROOT
dotnet publish src/LxcNetworking.Commands -c Release -o Module/bin --nologo -v quiet
dotnet publish benchmarks -c Release -o out/benchmarks/library --nologo -v quiet
if command -v go >/dev/null && [ -d /usr/share/gocode/src/github.com/vishvananda/netlink ]; then
    (cd benchmarks/peers/go &&
        GO111MODULE=off GOPATH=/usr/share/gocode go build -o ../../../out/benchmarks/go-netlink .)
fi
exec out/benchmarks/library/Benchmarks "$PWD"
