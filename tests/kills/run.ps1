<#
Kills many processes, shared out over all commands, and says what stayed. Called by tests/long.sh kills, in namespaces
of its own.
#>
[CmdletBinding()]
param(
    [int] $Count = 500,
    [int] $Seed = 0,
    # Only the commands that are called like this.
    [string] $Like = '*'
)

$ErrorActionPreference = 'Stop'
Import-Module $PSScriptRoot/../../out/modules/Pester/Pester.psd1
. $PSScriptRoot/../common.ps1
. $PSScriptRoot/kills.ps1
if (-not $Seed) { $Seed = Get-Random -Minimum 1 -Maximum 1000000 }

Start-Killing
$commands =
    @(& $PSScriptRoot/commands.ps1 |
        Where-Object { $_.What -like $Like -and (-not $_.Kind -or (Test-LinkKind $_.Kind)) })
if (-not $commands) { throw "No command is called like '$Like'." }
$how = $script:hasStrace ? '' : ', by time only: strace is not installed'
Write-Host "seed $Seed, $Count kills of $($commands.Count) commands$how"
$table = [ordered] @{}
$commands | ForEach-Object { $table[$_.What] = @{ Kills = 0; Left = 0 } }
$clock = [System.Diagnostics.Stopwatch]::StartNew()
for ($i = 0; $i -lt $Count; $i++) {
    $command = $commands[$i % $commands.Count]
    try { $trouble = @(Invoke-Kill $command ($Seed + $i)) }
    catch { $trouble = @("$_ $($_.ScriptStackTrace)") }
    $table[$command.What].Kills++
    if ($trouble) {
        $table[$command.What].Left++
        Write-Host "$($command.What):"
        $trouble | ForEach-Object { Write-Host "    $_" }
        Write-Host "    again: tests/long.sh kills 1 $($Seed + $i) '$($command.What)'"
    }
    Clear-Kill
    if (($i + 1) % 25 -eq 0) {
        $left = ($table.Values.Left | Measure-Object -Sum).Sum
        Write-Host "$($i + 1) kills, $left left something, $([int] $clock.Elapsed.TotalSeconds) s"
    }
}
Stop-Killing

Write-Host
foreach ($what in $table.Keys) {
    Write-Host ('{0,5} kills {1,5} left something  {2}' -f $table[$what].Kills, $table[$what].Left, $what)
}
$bad = ($table.Values.Left | Measure-Object -Sum).Sum
Write-Host "$($Count - $bad) of $Count left nothing, seed $Seed, $([int] $clock.Elapsed.TotalSeconds) s"
exit [int] ($bad -gt 0)
