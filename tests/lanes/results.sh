# shellcheck shell=bash
# Sourced: reads the TRX files that a lane left behind. Needs nothing but awk, which every Debian has.

# trx_rows DIR: one "outcome<TAB>test<TAB>why" line for each test result in DIR/*.trx; the lines of why end in \037.
trx_rows() {
    find "$1" -maxdepth 1 -name '*.trx' -exec cat {} + | awk '
        function plain(s) {
            gsub(/&lt;/, "<", s); gsub(/&gt;/, ">", s); gsub(/&quot;/, "\"", s); gsub(/&apos;/, "\047", s)
            gsub(/&#xA;|\n/, "\037", s); gsub(/&#x[0-9A-Fa-f]+;|[ \t\r]+/, " ", s); gsub(/&amp;/, "\\&", s); gsub(/\\"/, "\"", s)
            return s
        }
        function between(s, open, close_,    i) {
            if (!(i = index(s, open))) return ""
            s = substr(s, i + length(open))
            return substr(s, 1, index(s, close_) - 1)
        }
        # VSTest gives the reason of a skip as an error message, the xunit runner as output; what a test printed is a
        # message too, and comes before that of its failure.
        function row(tag, rest,    why) {
            why = between(substr(rest, index(rest, "<ErrorInfo>")), "<Message>", "</Message>")
            if (why == "") why = between(rest, "<StdOut>", "</StdOut>")
            printf "%s\t%s\t%s\n", between(tag, " outcome=\"", "\""), plain(between(tag, " testName=\"", "\"")), plain(why)
        }
        BEGIN { RS = "<UnitTestResult" }
        / outcome="/ && / testName="/ { end = index($0, ">"); row(substr($0, 1, end), between($0, ">", "</UnitTestResult>")) }
    '
}

# read_results DIR: sets PASSED, FAILED and SKIPPED. Whatever is neither passed nor skipped has failed.
read_results() {
    local rows
    rows=$(trx_rows "$1")
    # shellcheck disable=SC2034 # used where this is sourced
    read -r PASSED FAILED SKIPPED < <(awk -F'\t' '
        $1 == "Passed" { passed++; next }
        $1 == "NotExecuted" { skipped++; next }
        NF { failed++ }
        END { print passed + 0, failed + 0, skipped + 0 }' <<<"$rows")
}

# skipped_tests DIR: "test: why" for each skipped test.
skipped_tests() {
    trx_rows "$1" | awk -F'\t' '$1 == "NotExecuted" { gsub(/[ \037]+/, " ", $3); print $2 ": " $3 }' | sort
}

# failed_tests DIR: the name of each failed test, and under it, indented, the first lines of what it said.
failed_tests() {
    trx_rows "$1" | awk -F'\t' '$1 != "" && $1 != "Passed" && $1 != "NotExecuted"' | sort | awk -F'\t' '{
        print $2 ($1 == "Failed" ? "" : " (" $1 ")")
        count = split($3, line, /[ ]*\037[ ]*/)
        for (i = shown = 0; ++i <= count && shown < 12;) if (line[i] ~ /[^ ]/) { print "    " substr(line[i], 1, 240); shown++ }
    }'
}
