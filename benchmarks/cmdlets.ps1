# The cmdlets' side of the benchmark: cmdlets.ps1 WORK COUNT prints the seconds (or for memory the bytes) that the work took.
param([string] $Work, [int] $Count)
$ErrorActionPreference = 'Stop'
$clock = [Diagnostics.Stopwatch]::StartNew()
Import-Module "$PSScriptRoot/../LxcNetworking.psd1"
if ($Work -eq 'import') { return $clock.Elapsed.TotalSeconds }
$clock.Restart()
$null = Get-NetLink lo
if ($Work -eq 'first') { return $clock.Elapsed.TotalSeconds }
New-VethPair warm0 warm1 | Remove-NetLink
function Get-Address([int] $i) { "10.9.$([Math]::Floor($i / 250)).$($i % 250 + 2)/16" }
function Add-Attachment([int] $i) {
    $null = New-VethPair "v$i" eth0 -PeerNamespace "c$i" -Bridge br0 -Up
    $null = New-NetIPAddress (Get-Address $i) -InterfaceAlias eth0 -Namespace "c$i" -DefaultGateway 10.9.255.1
}
function Add-Connection([int] $i) { $null = Connect-Container "c$i" -Bridge br0 -IPAddress (Get-Address $i) -Gateway 10.9.255.1 }
if ($Work -eq 'attach') { Add-Attachment $Count }
if ($Work -eq 'connect') { Add-Connection $Count }
$before = [GC]::GetTotalMemory($true)
$residentBefore = [Environment]::WorkingSet
$clock.Restart()
switch ($Work) {
    'attach' { for ($i = 0; $i -lt $Count; $i++) { Add-Attachment $i } }
    'connect' { for ($i = 0; $i -lt $Count; $i++) { Add-Connection $i } }
    'create' { for ($i = 0; $i -lt $Count; $i++) { $null = New-VethPair "v$i" "p$i" } }
    'remove' { Get-NetLink v* | Remove-NetLink }
    'list' { $links = Get-NetLink; if ($links.Count -lt $Count) { throw 'links are missing' } }
    'memory' { $links = Get-NetLink; return [Math]::Max([Environment]::WorkingSet - $residentBefore, [GC]::GetTotalMemory($false) - $before) }
    default { throw "no such work: $Work" }
}
$clock.Elapsed.TotalSeconds
