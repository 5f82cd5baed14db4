#!/usr/bin/env bash
# Measures reading and writing of links' messages before they were generated from declarations, and now, in one run:
#     benchmarks/codecs/run.sh
# The table becomes the end of docs/performance.md, below its heading "Codecs".
set -euo pipefail
cd "$(dirname "$0")/../.."
codecs=benchmarks/codecs out=$PWD/out/codecs
# The commit before the first file of the generator.
first=$(git log --diff-filter=A --format=%h -- src/LxcNetworking.Generators | tail -n 1)
old=$(mktemp -d)
trap 'git worktree remove --force "$old/tree"; rmdir "$old"' EXIT
git worktree add --quiet --detach "$old/tree" "$first^"

# library TREE NAME: builds the library of a tree, whose codecs the benchmark then sees, beside what is built otherwise.
library() {
    dotnet build "$1/src/LxcNetworking.Core" -c Release --artifacts-path "$out/$2" --nologo -v quiet \
        "-p:CustomAfterMicrosoftCommonTargets=$PWD/$codecs/visible.targets"
}
library "$old/tree" before
library . now

for name in before now; do
    dotnet build $codecs -c Release -o "$out/$name-work" --nologo -v quiet "-p:Library=$name"
    # The order of attributes may differ, what is read and the length of what is written may not.
    dotnet "$out/$name-work/Codecs.dll" work | awk '{ print $1, length($2) }' >"$out/$name.work"
done
cmp "$out/before.work" "$out/now.work" || { echo 'codecs: the two do not do the same' >&2; exit 1; }

dotnet build $codecs -c Release --nologo -v quiet
(cd "$out" && dotnet "$OLDPWD/$codecs/bin/Release/net10.0/Codecs.dll")
sed -i '/^## Codecs$/,$d' docs/performance.md
{
    printf '## Codecs\n\n'
    echo "Written by \`$codecs/run.sh\`: the library before its codecs were generated from declarations (commit"
    echo "$(git rev-parse --short "$first^")), and now. \`ReadLinks\` makes objects of"
    echo "$(head -n 1 "$out/now.work" | cut -d' ' -f1) recorded"
    echo "messages of links of all kinds that both know, and is to take no longer and allocate no more than before."
    echo "\`WriteLinks\` writes the requests for $(($(wc -l <"$out/now.work") - 1)) links, and is to do so too."
    echo "On a busy machine the times scatter (\`StdDev\`), the allocations do not."
    echo
    grep '^|' "$out"/BenchmarkDotNet.Artifacts/results/*-github.md
} >>docs/performance.md
