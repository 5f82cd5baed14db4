# shellcheck shell=bash
# Sourced: runs test projects so that the lines that they reach are counted, and reads what was counted.

# count_lines DIR PROJECT LIMIT: the tests of a project over a copy of what was built, as counting changes the
# assemblies, which other lanes use at the same time. TRX file and counts in DIR.
count_lines() {
    local directory=$1 project=$2 limit=$3 name copy collector
    name=$(basename "$project") copy=$top/out/coverage/$(basename "$project")
    collector=$(dotnet msbuild "$project" -getProperty:Pkgcoverlet_collector) || return
    rm -rf "$copy"
    mkdir -p "$copy"
    cp -a "$project/bin/Release/net10.0/." "$copy" || return
    timeout -k 30 "$limit" dotnet test "$copy/$name.dll" --test-adapter-path "$collector/build/net10.0" \
        --results-directory "$directory" --logger "trx;LogFileName=$name.trx" \
        --collect 'XPlat Code Coverage;SingleHit=true;Include=[LxcNetworking.*]*'
}

# line_coverage DIR: one line for each assembly, and for the folders of links and tunnels, of all counts under DIR. A
# line of a file counts once, whoever reached it.
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
        /<package / { assembly = value($0, "name") }
        /<class / { class = value($0, "name"); file = value($0, "filename") }
        /<line / {
            line = file ":" value($0, "number"); hit = value($0, "hits") > 0
            add(assembly, line, hit)
            if (class ~ /^LxcNetworking\.Links\./) add(assembly ": Links", line, hit)
            if (class ~ /^LxcNetworking\.Tunnels\./) add(assembly ": Tunnels", line, hit)
        }
        END {
            for (part in all) printf "%s\t%d\t%d\n", part, reached[part], all[part]
        }' | sort -k1,1 | awk -F'\t' '{ printf "%-28s %5.1f %% of %d lines\n", $1, 100 * $2 / $3, $3 }'
}
