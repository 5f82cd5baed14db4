# The cmdlets' side of the benchmark: cmdlets.ps1 WORK COUNT prints the seconds (or for memory the bytes) that the work
# took.
param([string] $Work, [int] $Count)
$ErrorActionPreference = 'Stop'
$clock = [Diagnostics.Stopwatch]::StartNew()
Import-Module "$PSScriptRoot/../LxcNetworking.psd1"
if ($Work -eq 'import') { return $clock.Elapsed.TotalSeconds }
$clock.Restart()
$null = Get-NetLink lo
if ($Work -eq 'first') { return $clock.Elapsed.TotalSeconds }
New-VethPair warm0 warm1 | Remove-NetLink
# What is not the cmdlets' work is done before the clock runs.
$addresses = 0..$Count | ForEach-Object { "10.9.$([Math]::Floor($_ / 250)).$($_ % 250 + 2)/16" }
$attach = {
    param([int] $first, [int] $last)
    for ($i = $first; $i -le $last; $i++) {
        $null = New-VethPair "v$i" eth0 -PeerNamespace "c$i" -Bridge br0 -Up
        $null = New-NetIPAddress $addresses[$i] -InterfaceAlias eth0 -Namespace "c$i" -DefaultGateway 10.9.255.1
    }
}
$connect = {
    param([int] $first, [int] $last, [hashtable] $how = @{})
    for ($i = $first; $i -le $last; $i++) {
        $null = Connect-Container "c$i" -Bridge br0 -IPAddress $addresses[$i] -Gateway 10.9.255.1 @how
    }
}
# From the command until a neighbour, who knows the container that had the address before, has an answer.
$moved = {
    param([int] $number)
    $address = '10.9.254.2'
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $null = Connect-Container "c$number" -Bridge br0 -IPAddress $address/16 -Gateway 10.9.255.1
    Invoke-NetNamespace c0 {
        $ping = [Net.NetworkInformation.Ping]::new()
        while ($ping.Send($address, 10).Status -ne 'Success') { }
        $ping.Dispose()
    }
    $clock.Elapsed.TotalSeconds
    Disconnect-Container "c$number" eth0
}
if ($Work -eq 'attach') { & $attach $Count $Count }
if ($Work -like 'connect*') { & $connect $Count $Count }
if ($Work -eq 'moved') {
    & $connect 0 0
    # The first one is no move.
    return (1..$Count | ForEach-Object { & $moved $_ } | Select-Object -Skip 1 | Measure-Object -Average).Average
}
$before = [GC]::GetTotalMemory($true)
$residentBefore = [Environment]::WorkingSet
$clock.Restart()
switch ($Work) {
    'attach' { & $attach 0 ($Count - 1) }
    'connect' { & $connect 0 ($Count - 1) }
    'connect-unchecked' { & $connect 0 ($Count - 1) @{ AddressCheck = 'None' } }
    'create' { for ($i = 0; $i -lt $Count; $i++) { $null = New-VethPair "v$i" "p$i" } }
    'remove' { Get-NetLink v* | Remove-NetLink }
    'list' { $links = Get-NetLink; if ($links.Count -lt $Count) { throw 'links are missing' } }
    'memory' {
        $links = Get-NetLink
        return [Math]::Max([Environment]::WorkingSet - $residentBefore, [GC]::GetTotalMemory($false) - $before)
    }
    default { throw "no such work: $Work" }
}
$clock.Elapsed.TotalSeconds
