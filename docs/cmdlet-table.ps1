<#
.SYNOPSIS
Writes the table of cmdlets into README.md: the manifest's areas, and a link to each cmdlet's page.
#>
$ErrorActionPreference = 'Stop'
$top = Resolve-Path "$PSScriptRoot/.."
$order = 'Get', 'Find', 'New', 'Add', 'Connect', 'Set'

# Areas are comments in the manifest's list, so it is read as text.
$list = [regex]::Match((Get-Content $top/LxcNetworking.psd1 -Raw),
    '(?s)CmdletsToExport\s*=\s*@\((.*?)\n\s*\)').Groups[1].Value
$areas = [ordered]@{}
switch -Regex ($list -split "`n") {
    '^\s*#\s*(.+)$' { $area = $Matches[1]; $areas[$area] = @() }
    "^\s*'([^']+)'" { if (Test-Path "$top/docs/en-US/$($Matches[1]).md") { $areas[$area] += $Matches[1] } }
}

$rows = foreach ($area in $areas.Keys | Where-Object { $areas[$_] }) {
    $nouns = [ordered]@{}
    foreach ($name in $areas[$area]) { $nouns[$name.Split('-')[1]] += @($name) }
    $cells = foreach ($noun in $nouns.Keys) {
        $sorted = $nouns[$noun] | Sort-Object -Stable { $at = $order.IndexOf($_.Split('-')[0]); $at -lt 0 ? 9 : $at }
        ($sorted | ForEach-Object { "[$_](docs/en-US/$_.md)" }) -join ', '
    }
    "| $area | $($cells -join '<br>') |"
}
$table = (@('<!-- cmdlets -->', '| about | cmdlets |', '|---|---|') + $rows + '<!-- /cmdlets -->') -join "`n"
$readme = Get-Content $top/README.md -Raw
[regex]::Replace($readme, '(?s)<!-- cmdlets -->.*?<!-- /cmdlets -->', { $table }) |
    Set-Content $top/README.md -NoNewline
