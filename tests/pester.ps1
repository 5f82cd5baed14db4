<#
.SYNOPSIS
Runs Pester files and leaves the results of each as TRX, in which tests/run.sh counts them.
.NOTES
Called by tests/pester.sh, inside the namespaces that it makes: with one file, or with several where starting PowerShell
takes longer than they do, as on an emulated processor. Each of them finds what the first one found.
#>
[CmdletBinding(PositionalBinding = $false)]
param(
    [Parameter(Mandatory)] [string] $ResultFolder,
    # The only tests that are run.
    [string] $Tag,
    [Parameter(Mandatory, ValueFromRemainingArguments)] [string[]] $Path
)

$ErrorActionPreference = 'Stop'
# The build of Module.Tests lays it there.
Import-Module $PSScriptRoot/../out/modules/Pester/Pester.psd1

# What no link takes with it.
function Get-Setting {
    sh -c 'cd /proc/sys/net && for it in all default lo; do
        grep -s "" ipv4/ip_forward ipv4/conf/$it/* ipv6/conf/$it/*; done'
}

function Clear-Sandbox([string[]] $Setting, [int] $MountCount) {
    # All but this process and the first one of its process namespace.
    for ($i = 0; $i -lt 500 -and ($others = Get-Process | Where-Object Id -NotIn 1, $PID); $i++) {
        $others | Stop-Process -Force -ErrorAction Ignore
        Start-Sleep -Milliseconds 20
    }
    # Whatever was mounted since, the last one first; /run was the last one before.
    $mounts = @(Get-Content /proc/self/mounts)
    [array]::Reverse($mounts)
    $mounts | Select-Object -First ($mounts.Count - $MountCount + 1) | ForEach-Object {
        umount -l ($_ -split ' ')[1] 2>$null
    }
    mount -t tmpfs -o mode=755 none /run
    Remove-Item /etc/netns/* -Recurse -ErrorAction Ignore
    # These outlive the links of their sessions.
    @(ip l2tp show tunnel 2>$null) -match '^Tunnel \d' -replace '^Tunnel (\d+).*', '$1' | ForEach-Object {
        ip l2tp del tunnel tunnel_id $_
    }
    # A link's other end or child may be gone with it.
    (ip -j link show | ConvertFrom-Json).ifname -ne 'lo' | ForEach-Object { ip link del $_ 2>$null }
    ip link set lo down
    ip address flush dev lo 2>$null
    ip link set lo up
    foreach ($family in '-4', '-6') {
        # The three rules that a new namespace has stay.
        (ip $family -j rule show | ConvertFrom-Json).priority | Where-Object { $_ -notin 0, 32766, 32767 } |
            ForEach-Object {
            ip $family rule del pref $_
        }
        ip $family route flush table main 2>$null
    }
    # Those of forwarding entries have no link with which they would go.
    ip nexthop flush 2>$null
    nft flush ruleset
    # Forwarding sets others.
    foreach ($turn in 1, 2) {
        $now = Get-Setting
        $Setting | Where-Object { $_ -notin $now } | ForEach-Object {
            $file, $value = $_ -split ':', 2
            try { [System.IO.File]::WriteAllText("/proc/sys/net/$file", $value) } catch { Write-Verbose "$file`: $_" }
        }
    }
}

function Invoke-File([string] $Path, [string] $ResultFolder, [string] $Tag) {
    $configuration = New-PesterConfiguration -Hashtable @{
        Run    = @{ Path = $Path; PassThru = $true }
        Filter = @{ Tag = @($Tag | Where-Object { $_ }) }
        Output = @{ Verbosity = 'Detailed'; RenderMode = 'Plaintext' }
    }
    $run = Invoke-Pester -Configuration $configuration

    $file = [System.IO.Path]::GetFileNameWithoutExtension($Path)
    $outcomes = @{ Passed = 'Passed'; Skipped = 'NotExecuted'; Inconclusive = 'NotExecuted'; NotRun = 'NotExecuted' }
    $asked = @($run.Tests | Where-Object { -not $Tag -or $_.Result -ne 'NotRun' })
    $rows = foreach ($test in $asked) {
        $outcome = $outcomes[$test.Result] ?? 'Failed'
        $message =
            [System.Security.SecurityElement]::Escape(
                (($test.ErrorRecord.DisplayErrorMessage -join "`n") -replace '[\x00-\x08\x0b-\x1f]'))
        $name = [System.Security.SecurityElement]::Escape("$file`: $($test.ExpandedPath)")
        "    <UnitTestResult testName=""$name"" outcome=""$outcome""><Output><ErrorInfo><Message>$message</Message>" +
            '</ErrorInfo></Output></UnitTestResult>'
    }
    @(
        '<?xml version="1.0" encoding="utf-8"?>'
        '<TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010">'
        '  <Results>'
        $rows
        '  </Results>'
        '</TestRun>'
    ) | Set-Content -LiteralPath (Join-Path $ResultFolder "$file.trx")

    # A file whose blocks fail, or that holds no test at all, has not passed either.
    $verdict = $run.Result -eq 'Passed' -and $asked.Count -gt 0 ? 'ok' : 'FAILED'
    $skipped = $asked.Count - $run.PassedCount - $run.FailedCount
    Write-Host "pester: $file`: $($run.PassedCount) passed, $($run.FailedCount) failed, $skipped skipped, $verdict"
    $verdict -eq 'ok'
}

if ($Path.Count -gt 1 -and (Get-Process -Id $PID).Parent.Id -ne 1) {
    throw 'Several files are run in a process namespace of their own only: all other processes are ended between them.'
}
$settings = Get-Setting
$environment = @(Get-ChildItem env:)
$mounts = @(Get-Content /proc/self/mounts).Count
$failed = 0
$isFirst = $true
foreach ($file in $Path) {
    if (-not $isFirst) {
        Clear-Sandbox $settings $mounts
        # Also where a test failed before it could put them back.
        Get-ChildItem env: | Where-Object Name -NotIn $environment.Name | Remove-Item
        $environment | ForEach-Object { Set-Item -LiteralPath "env:$($_.Name)" $_.Value }
    }
    $isFirst = $false
    if (-not (Invoke-File $file $ResultFolder $Tag)) { $failed++ }
}
exit $failed
