#!/usr/bin/env bash
# run-assemblies.sh RESULTS [pester]: runs the test assemblies as built, without the SDK's help, which takes longer than the
# tests on an emulated processor: all but Engine.Tests and the Pester suite, which take longer still, or the latter alone.
# One TRX file each in RESULTS.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
results=$1
export LXCNETWORKING_RESULTS=$results
status=0
if [ "${2:-}" = pester ]; then
    exec dotnet tests/Module.Tests/bin/Release/net10.0/Module.Tests.dll -noColor -noLogo -longRunning 120 \
        -class '*PesterTests' -trx "$results/Module.Tests.trx"
fi
for assembly in tests/*.Tests/bin/Release/net10.0/*.Tests.dll; do
    # Docker takes minutes for each test on an emulated processor, and of the kernel nothing that others lack.
    [ "${assembly##*/}" != Engine.Tests.dll ] || continue
    dotnet "$assembly" -noColor -noLogo -longRunning 120 -class- '*PesterTests' -trx "$results/$(basename "$assembly" .dll).trx" || status=1
done
exit $status
