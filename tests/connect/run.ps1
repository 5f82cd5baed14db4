<#
Connects many containers by several processes at once, and says what was not as it has to be: an address twice, one that
does not answer in time, something left. Called by tests/long.sh connect, in namespaces of its own.
#>
[CmdletBinding()]
param(
    # How long random steps are made.
    [int] $Seconds = 300,
    [int] $Seed = 0,
    # How many containers there are for the random steps.
    [int] $Containers = 100,
    # How many there are for the addresses of one bridge.
    [int] $Many = 1000,
    [int] $Processes = 4
)

$ErrorActionPreference = 'Stop'
. $PSScriptRoot/../common.ps1
if (-not $Seed) { $Seed = Get-Random -Minimum 1 -Maximum 1000000 }
$faults = [System.Collections.Generic.List[string]]::new()
$counts = @{}
$reaches = [System.Collections.Generic.List[int]]::new()

function Add-Fault([string] $Fault) {
    Write-Host "    $Fault"
    $faults.Add($Fault)
}

function Start-Worker([string[]] $Names, [string] $Networks, [int] $Number) {
    $start = [System.Diagnostics.ProcessStartInfo]::new((Get-Process -Id $PID).Path)
    $words = '-NoProfile', '-NonInteractive', '-File', "$PSScriptRoot/worker.ps1", '-Seed', "$($Seed + $Number)",
        '-Containers', ($Names -join ','), '-Networks', $Networks
    $words | ForEach-Object { $start.ArgumentList.Add($_) }
    $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
    [System.Diagnostics.Process]::Start($start)
}

# Has every process do something, and gives the addresses that their containers have then.
function Invoke-Worker([System.Diagnostics.Process[]] $Worker, [string] $Line) {
    $Worker | ForEach-Object { $_.StandardInput.WriteLine($Line) }
    foreach ($one in $Worker) {
        while (($answer = $one.StandardOutput.ReadLine()) -ne 'done') {
            if ($null -eq $answer) { throw "A process has ended in the middle of '$Line'." }
            $word, $rest = $answer -split ': ', 2
            switch ($word) {
                fault { Add-Fault $rest }
                count { $counts[$rest] = 1 + $counts[$rest] }
                reach { $reaches.Add([int] $rest) }
                have { , ($rest -split ' ') }
                default { Add-Fault "unexpected: $answer" }
            }
        }
    }
}

# What the processes say they have, and what the kernel has, by ip(8).
function Test-Address([object[]] $Have, [string[]] $Names) {
    $said = @($Have | ForEach-Object { $_ | Select-Object -Skip 1 })
    $said | Group-Object | Where-Object Count -gt 1 | ForEach-Object {
        Add-Fault "$($_.Name) was given $($_.Count) times"
    }
    $there = @(
        foreach ($name in $Names) {
            ip -n $name -j addr show scope global | ConvertFrom-Json | ForEach-Object { $_.addr_info.local }
        }
    ) | Where-Object { $_ }
    Compare-Object @($said) @($there) | ForEach-Object {
        Add-Fault "$($_.InputObject) is $($_.SideIndicator -eq '=>' ? 'set, but nobody was given it' : 'lost')"
    }
    $there = @($there).Count
    # A namespace that was removed takes its links with it a moment later.
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    do { $ports = @(bridge -j link show | ConvertFrom-Json).Count }
    while ($ports -ne @($Have).Count -and $clock.Elapsed.TotalSeconds -lt 10)
    if ($ports -ne @($Have).Count) {
        Add-Fault "$ports ports for $(@($Have).Count) connected containers$(Get-Holder $Names)"
    }
    $there
}

# The threads that are in a namespace which has no name any more, and keep it.
function Get-Holder([string[]] $Names) {
    $known = @($Names.ForEach{ "/run/netns/$_" }; '/proc/self/ns/net').ForEach{ stat -Lc %i $_ }
    foreach ($thread in Get-ChildItem /proc/[0-9]*/task/[0-9]* -Directory -ErrorAction Ignore) {
        $inode = stat -Lc %i "$thread/ns/net" 2>/dev/null
        if ($inode -and $inode -notin $known) {
            "; $thread ($(Get-Content "$thread/comm" -ErrorAction Ignore)) is in $inode"
        }
    }
}

function Stop-Worker([System.Diagnostics.Process[]] $Worker) {
    foreach ($one in $Worker) {
        $one.StandardInput.Close()
        $one.WaitForExit()
        if ($one.ExitCode) { Add-Fault "a process ended with $($one.ExitCode)" }
        $one.Dispose()
    }
}

function Test-Leftover([string[]] $Names) {
    foreach ($name in $Names) {
        $links = @(ip -n $name -j link show | ConvertFrom-Json | Where-Object link_type -ne loopback)
        if ($links) { Add-Fault "$name has $($links.ifname) still" }
    }
    Remove-NetNamespace $Names
    Get-ContainerNetwork | Remove-ContainerNetwork
    # lxcnet sees by itself that there is no lease any more.
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    do {
        $left = @(
            (ip -j link show | ConvertFrom-Json).ifname.Where{ $_ -ne 'lo' }
            nft list ruleset
            Get-ChildItem /run -Recurse -File -Exclude *.lock | Where-Object FullName -match lxcnetworking
            Get-Content /proc/net/unix | Where-Object { $_ -match '@lxcnetworking' }
        )
        if (-not $left) { return }
        Start-Sleep -Milliseconds 500
    } while ($clock.Elapsed.TotalSeconds -lt 20)
    $left | ForEach-Object { Add-Fault "is left: $_" }
}

function Get-Share([string[]] $Names) {
    $shares = for ($i = 0; $i -lt $Processes; $i++) {
        , @(for ($j = $i; $j -lt $Names.Count; $j += $Processes) { $Names[$j] })
    }
    , $shares
}

Write-Host "seed $Seed"
if ($Many) {
    $names = 1..$Many | ForEach-Object { "n$_" }
    $null = $names | New-NetNamespace
    $null = New-ContainerNetwork many -Subnet 10.77.0.1/22, fd77::1/64
    $shares = Get-Share $names
    $workers = @(for ($i = 0; $i -lt $Processes; $i++) { Start-Worker $shares[$i] many $i })
    $null = Invoke-Worker $workers 'steps 0'
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $have = @(Invoke-Worker $workers 'connect many')
    $took = $clock.Elapsed.TotalSeconds
    $count = Test-Address $have $names
    Write-Host ('{0} addresses given to {1} of {2} containers in {3:0.0} s' -f $count, $have.Count, $Many, $took)
    if ($have.Count -ne $Many -or $count -ne 2 * $Many) { Add-Fault "$count addresses where $(2 * $Many) are to be" }
    $clock.Restart()
    $have = @(Invoke-Worker $workers 'disconnect')
    Write-Host ('taken back in {0:0.0} s' -f $clock.Elapsed.TotalSeconds)
    if (Test-Address $have $names) { Add-Fault 'addresses are left' }
    Stop-Worker $workers
    Test-Leftover $names
}

if ($Seconds) {
    $names = 1..$Containers | ForEach-Object { "c$_" }
    $null = $names | New-NetNamespace
    $null = New-ContainerNetwork fixed -Subnet 10.78.0.1/22, fd78::1/64
    $null = New-ContainerNetwork leased -Subnet 10.79.0.1/22 -Dhcp
    $shares = Get-Share $names
    $workers = @(for ($i = 0; $i -lt $Processes; $i++) { Start-Worker $shares[$i] 'fixed,leased' $i })
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while ($clock.Elapsed.TotalSeconds -lt $Seconds) {
        $have = @(Invoke-Worker $workers 'steps 25')
        $null = Test-Address $have $names
    }
    $null = Invoke-Worker $workers 'disconnect'
    Stop-Worker $workers
    Test-Leftover $names
    $sorted = @($reaches | Sort-Object)
    Write-Host ('{0} times asked: answered after {1} ms (median), {2} ms (99 of 100), {3} ms (longest)' -f
        $sorted.Count,
        $sorted[$sorted.Count / 2], $sorted[[int] ($sorted.Count * 0.99) - 1], $sorted[-1])
    $counts.GetEnumerator() | Sort-Object Name | ForEach-Object { Write-Host ('{0,6} {1}' -f $_.Value, $_.Name) }
}

Write-Host "$($faults.Count) faults, seed $Seed"
exit [int] ($faults.Count -gt 0)
