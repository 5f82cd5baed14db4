#!/usr/bin/env bash
# run-assemblies.sh RESULTS [pester]: runs the test assemblies as built, without the SDK's help, which takes longer than the
# tests on an emulated processor: all but Engine.Tests, and through Module.Tests those Pester files that skip tests on other
# kernels; or the whole Pester suite alone. One TRX file each in RESULTS.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
results=$1
export LXCNETWORKING_RESULTS=$results
status=0
if [ "${2:-}" = pester ]; then
    export LXCNETWORKING_PESTER=all
    exec dotnet tests/Module.Tests/bin/Release/net10.0/Module.Tests.dll -noColor -noLogo -longRunning 120 \
        -class '*PesterTests' -trx "$results/Module.Tests.trx"
fi
for assembly in tests/*.Tests/bin/Release/net10.0/*.Tests.dll; do
    # Docker takes minutes for each test on an emulated processor, and of the kernel nothing that others lack.
    [ "${assembly##*/}" != Engine.Tests.dll ] || continue
    dotnet "$assembly" -noColor -noLogo -longRunning 120 -trx "$results/$(basename "$assembly" .dll).trx" || status=1
done
exit $status
