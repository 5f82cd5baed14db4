<#
.SYNOPSIS
Makes docs/session.svg, the picture in README.md, from a real session in throwaway namespaces. Needs tmux and a built
module.
#>
[CmdletBinding()]
param(
    [string[]] $Line = @(
        'New-NetBridge lxcbr0 -IPAddress 10.0.3.1/24'
        'New-NetNamespace web, db'
        'New-VethPair vethweb -PeerName eth0 -PeerNamespace web -Bridge lxcbr0 -Up'
        'New-VethPair vethdb -PeerName eth0 -PeerNamespace db -Bridge lxcbr0 -Up | Out-Null'
        'Get-NetLink eth0 -Namespace web | New-NetIPAddress 10.0.3.10/24 -DefaultGateway 10.0.3.1'
        'Get-NetNamespace | Get-NetLink eth* | Set-NetLink -Mtu 1400'
        'Get-NetLink -All -Kind veth | Where-Object Mtu -lt 1500'
        'ping -c 1 10.0.3.10'
    ),
    [int] $Columns = 100,
    [int] $Rows = 60,
    [string] $OutputFile = "$PSScriptRoot/../session.svg"
)

$ErrorActionPreference = 'Stop'
$top = Resolve-Path "$PSScriptRoot/../.."
$tmux = @('-L', "picture$PID", '-f', '/dev/null')
$prompt = 'PS> '

# Waits until the prompt is back and gives what is on the screen, colours included.
function Get-Screen {
    for ($i = 0; $i -lt 300; $i++) {
        Start-Sleep -Milliseconds 100
        $plain = @(tmux @tmux capture-pane -p | Where-Object { $_ })
        if ($plain -and $plain[-1].TrimEnd() -eq $prompt.TrimEnd()) { return tmux @tmux capture-pane -e -p }
    }
    throw "The session is stuck:`n$($plain -join "`n")"
}

$start = "Import-Module $top/LxcNetworking.psd1; Set-PSReadLineOption -PredictionSource None; function prompt { " +
    "'$prompt' }; Clear-Host"
$inside = 'mount -t tmpfs run /run && mount -t sysfs sys /sys && ip link set lo up && exec "$@"'
# The tool of .config/dotnet-tools.json is an assembly that dotnet runs.
$program = [System.Environment]::ProcessPath
$powershell = (Split-Path $program -Leaf) -eq 'dotnet' ? @($program, "$PSHOME/pwsh.dll") : $program
tmux @tmux new-session -d -x $Columns -y $Rows unshare --net --mount --pid --fork --mount-proc sh `
    -c $inside sh @powershell -NoProfile -NoLogo -NoExit -Command $start
try {
    tmux @tmux set-option -g status off
    $null = Get-Screen
    foreach ($command in $Line) {
        tmux @tmux send-keys -l $command
        Start-Sleep -Milliseconds 500
        tmux @tmux send-keys Enter
        $screen = Get-Screen
    }
}
finally {
    tmux @tmux kill-server
}

# The last prompt is of no use, and neither is what is empty below it.
$lines = @($screen)
while ($lines -and ($lines[-1] -replace '\e\[[\d;]*m').Trim() -in '', $prompt.Trim()) {
    $lines = @($lines | Select-Object -SkipLast 1)
}

$palette = @{ 30 = '#9399b2'; 31 = '#f38ba8'; 32 = '#a6e3a1'; 33 = '#f9e2af'; 34 = '#89b4fa'; 35 = '#cba6f7'
    36 = '#94e2d5'; 37 = '#cdd6f4' }
$cell = 8.4; $height = 18; $margin = 14
$row = 0
$texts = foreach ($text in $lines) {
    $row++
    $column = 0
    $colour = $palette[37]
    foreach ($part in [regex]::Matches($text, '\e\[([\d;]*)m|[^\e]+')) {
        if ($part.Value[0] -eq [char]27) {
            foreach ($code in $part.Groups[1].Value -split ';') {
                if ($code -in '', '0', '39') { $colour = $palette[37] }
                elseif ([int]$code -ge 90) { $colour = $palette[[int]$code - 60] ?? $colour }
                else { $colour = $palette[[int]$code] ?? $colour }
            }
            continue
        }
        # Word by word, each at its place, so that columns stand whatever the viewer's font.
        foreach ($word in [regex]::Matches($part.Value, '\S+( \S+)*')) {
            '<text x="{0:0.0}" y="{1}" fill="{2}" textLength="{3:0.0}">{4}</text>' -f
                ($margin + ($column + $word.Index) * $cell), ($margin + $row * $height - 5), $colour,
                    ($word.Length * $cell), [System.Security.SecurityElement]::Escape($word.Value)
        }
        $column += $part.Length
    }
}
@(
    ('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0:0} {1:0}" ' +
        'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14">') -f
        (2 * $margin + $Columns * $cell), (2 * $margin + $row * $height)
    '<rect width="100%" height="100%" rx="8" fill="#1e1e2e"/>'
    $texts
    '</svg>'
) | Set-Content -LiteralPath $OutputFile
