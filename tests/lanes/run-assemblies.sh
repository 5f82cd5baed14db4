#!/usr/bin/env bash
# run-assemblies.sh RESULTS: runs the test assemblies as built, without the SDK's help, which takes longer than the
# tests on an emulated processor. One TRX file each in RESULTS. The new-kernel lane runs what needs a newer kernel, or
# does something else on one (the trait Kernel, *.NewKernel.Tests.ps1, and the examples); the full-kernel lane runs the
# rest. The Pester suite runs through Module.Tests alone there, and not once more in a container; systemd is booted
# elsewhere, as it does the same on each kernel.
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
results=$1
export LXCNETWORKING_RESULTS=$results
status=0
if [ "$LXCNETWORKING_LANE" = new-kernel ]; then
    dotnet out/guest/Core.Tests/Core.Tests.dll -noColor -maxThreads 4 -noLogo -trait Kernel=new \
        -trait Kernel=any -trx "$results/Core.Tests.trx" || status=1
    tests/pester.sh -r "$results/pester" tests/*.NewKernel.Tests.ps1 tests/Examples.Tests.ps1 || status=1
    exit $status
fi
for assembly in tests/*.Tests/bin/Release/net10.0/*.Tests.dll; do
    # Docker and the compiler take minutes for each test on an emulated processor, and neither these nor the fuzz tests
    # need what other kernels lack.
    case ${assembly##*/} in Engine.Tests.dll | Fuzz.Tests.dll | Generators.Tests.dll) continue ;; esac
    # Tests wait for programs and packets much of their time: four at once end sooner than two on two processors.
    name=$(basename "$assembly" .dll) report=$results/$(basename "$assembly" .dll).trx
    # What tests/run.sh has compiled ahead of time.
    [ ! -e "out/guest/$name/$name.dll" ] || assembly=out/guest/$name/$name.dll
    # The others of Module.Tests read sources, documents and parameters, and ask no kernel.
    only=()
    [ "${assembly##*/}" != Module.Tests.dll ] || only=(-class '*PesterTests')
    # What asks no kernel, or takes long and is the same on each, is the native lane's (Kernel=none).
    dotnet "$assembly" -noColor -maxThreads 4 -noLogo -longRunning 120 "${only[@]}" -trait- Suite=Pester \
        -trait- Suite=systemd -trait- Kernel=new -trait- Kernel=none -trx "$report" || status=1
done
exit $status
