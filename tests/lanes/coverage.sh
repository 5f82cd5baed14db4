# shellcheck shell=bash
# Sourced: runs tests so that the lines that they reach are counted, and reads what was counted.

# The classes of Core.Tests that are counted: of links, without those that race with the kernel or wait.
counted_classes=(
    DeclaredSetTests LinkRequestTests LinkSpecTests RecordedEntryTests RecordedLinkTests
    BondTests BridgeTests CommonLinkTests FailedRollbackTests GreTests IPTunnelTests IpvlanTests LeftoverTests
    ForcedTunnelTests LentLinkTests LinkQualityTests LinkTests MacvlanTests OtherKindTests SecurityLinkTests
    VlanTests VxlanTests VxlanVniTests
)

# count_lines DIR PROJECT LIMIT: the tests of a project, those of the counted classes over a copy of what was built, as
# counting changes the assemblies, which other lanes use at the same time. TRX files and counts in DIR.
count_lines() {
    local directory=$1 project=$2 limit=$3 status=0 name copy collector counted others
    name=$(basename "$project") copy=$top/out/coverage/$(basename "$project")
    counted=$(printf '|FullyQualifiedName~.%s.' "${counted_classes[@]}")
    others=$(printf '&FullyQualifiedName!~.%s.' "${counted_classes[@]}")
    timeout -k 30 "$limit" dotnet test "$project" -c Release --no-build --filter "${others:1}" \
        --results-directory "$directory" --logger "trx;LogFileName=$name.trx" || status=1
    collector=$(dotnet msbuild "$project" -getProperty:Pkgcoverlet_collector) || return
    rm -rf "$copy"
    mkdir -p "$copy"
    cp -a "$project/bin/Release/net10.0/." "$copy" || return
    timeout -k 30 "$limit" dotnet test "$copy/$name.dll" --test-adapter-path "$collector/build/net10.0" \
        --filter "${counted:1}" --results-directory "$directory" --logger "trx;LogFileName=$name-counted.trx" \
        --collect 'XPlat Code Coverage;SingleHit=true;Include=[LxcNetworking.*]*' || status=1
    return "$status"
}

# line_coverage DIR: one line about all counts under DIR. A line of a file counts once, whoever reached it.
line_coverage() {
    find "$1" -name coverage.cobertura.xml -exec cat {} + | awk '
        function value(s, name,    i) {
            i = index(s, " " name "=\"")
            s = substr(s, i + length(name) + 3)
            return substr(s, 1, index(s, "\"") - 1)
        }
        function add(part, line, hit) {
            if (!((part, line) in seen)) { seen[part, line] = 0; all[part]++ }
            if (hit && !seen[part, line]) { seen[part, line] = 1; reached[part]++ }
        }
        function percent(part) { return all[part] ? 100 * reached[part] / all[part] : 0 }
        /<class / { class = value($0, "name"); file = value($0, "filename") }
        /<line / {
            line = file ":" value($0, "number"); hit = value($0, "hits") > 0
            add("all", line, hit)
            if (class ~ /^LxcNetworking\.(Links|Tunnels)\./) add("links", line, hit)
        }
        END {
            printf "lines that the counted tests reach: %.1f %% of Links and Tunnels ", percent("links")
            printf "(90 %% are wanted), %.1f %% of all\n", percent("all")
        }'
}
