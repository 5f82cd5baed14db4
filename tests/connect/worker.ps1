<#
One of the processes of run.ps1: it connects, moves, restarts and disconnects its own containers. It reads lines:
    steps 20         makes 20 random steps, each in one of its containers
    connect NETWORK  connects all of them to a network, in one pipeline
    disconnect       disconnects all of them
and answers each with lines: "fault: …", "count: STEP", "reach: MILLISECONDS", "have: CONTAINER ADDRESS…", and at last
"done".
#>
[CmdletBinding()]
param([int] $Seed, [string] $Containers, [string] $Networks)

$ErrorActionPreference = 'Stop'
. $PSScriptRoot/../common.ps1
$null = Get-Random -SetSeed $Seed
$own = $Containers -split ','
$choices = $Networks -split ','
# By container: the network, and the addresses there.
$connected = @{}

function Write-Answer([string] $Line) { [Console]::Out.WriteLine($Line) }

# How long it takes until an address answers somebody, in milliseconds.
function Measure-Reach([string] $From, [string] $Address) {
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    $ask = {
        $ping = [System.Net.NetworkInformation.Ping]::new()
        try { while ($clock.ElapsedMilliseconds -lt 5000 -and $ping.Send($Address, 20).Status -ne 'Success') { } }
        finally { $ping.Dispose() }
    }
    if ($From) { Invoke-NetNamespace $From $ask } else { & $ask }
    $clock.ElapsedMilliseconds
}

# Who is asked from: the host, and another container of the network.
function Get-Neighbour([string] $Container) {
    ''
    $connected.Keys |
        Where-Object { $_ -ne $Container -and $connected[$_].Network -eq $connected[$Container].Network } |
        Get-Random -Count 1
}

function Test-Reach([string] $Container, [string[]] $From, [string] $After) {
    foreach ($address in $connected[$Container].Addresses) {
        foreach ($who in $From) {
            $took = Measure-Reach $who $address
            Write-Answer "reach: $took"
            if ($took -gt 200) {
                Write-Answer "fault: after '$After' $Container ($address) answered '$who' after $took ms only"
            }
        }
    }
}

function Connect-One([string] $Container, [string] $Network, [string[]] $Address) {
    $how = $Address ? @{ IPAddress = $Address } : @{}
    $made = Connect-Container $Container -Network $Network @how
    $connected[$Container] =
        @{ Network = $Network; Addresses = @($made.IPAddress | ForEach-Object { "$($_.Address)" }) }
}

function Disconnect-One([string] $Container) {
    Disconnect-Container $Container eth0
    $connected.Remove($Container)
}

function Step-Connect([string] $Container) {
    Connect-One $Container ($choices | Get-Random)
    Test-Reach $Container (Get-Neighbour $Container) connect
}

function Step-Restart([string] $Container) {
    $before = $connected[$Container]
    $neighbours = @(Get-Neighbour $Container)
    Test-Reach $Container $neighbours 'before restart'
    Remove-NetNamespace $Container
    $connected.Remove($Container)
    $null = New-NetNamespace $Container
    Connect-One $Container $before.Network
    $after = $connected[$Container]
    $same = "$($before.Addresses)" -eq "$($after.Addresses)"
    Write-Answer "count: restart $($same ? 'with the same addresses' : 'with others')"
    # Only a lease belongs to its container while that is away.
    if (-not $same -and $before.Network -eq 'leased') {
        Write-Answer "fault: $Container had $($before.Addresses) before its restart and has $($after.Addresses) now"
    }
    Test-Reach $Container $neighbours restart
}

# The addresses of one container go to another one, while their neighbours know where they were.
function Step-Move([string] $Container) {
    $to = $own | Where-Object { -not $connected.ContainsKey($_) } | Get-Random -Count 1
    if (-not $to -or $connected[$Container].Network -eq 'leased') { return }
    $before = $connected[$Container]
    $neighbours = @(Get-Neighbour $Container)
    Test-Reach $Container $neighbours 'before move'
    $lengths = @{ InterNetwork = 22; InterNetworkV6 = 64 }
    $prefixes = $before.Addresses | ForEach-Object { "$_/$($lengths["$(([ipaddress] $_).AddressFamily)"])" }
    Disconnect-One $Container
    try { Connect-One $to $before.Network $prefixes }
    catch {
        # Another process has given the address to a container meanwhile.
        if ($_.FullyQualifiedErrorId -notlike 'AddressExists*') { throw }
        Write-Answer 'count: move to an address that is taken'
        return
    }
    Test-Reach $to $neighbours move
}

function Step-Any {
    $container = $own | Get-Random
    if (-not $connected.ContainsKey($container)) { $what = 'Connect' }
    else { $what = 'Restart', 'Move', 'Move', 'Disconnect' | Get-Random }
    Write-Answer "count: $what"
    try {
        if ($what -eq 'Disconnect') { Disconnect-One $container } else { & "Step-$what" $container }
    }
    catch { $where = $_.ScriptStackTrace -replace '\n', ' | '
            Write-Answer "fault: $what $container`: $_ ($($_.FullyQualifiedErrorId)) $where" }
}

# What .NET compiles at first use is not the network's time.
$null = Measure-Reach '' 127.0.0.1
while ($line = [Console]::In.ReadLine()) {
    $word, $what = $line -split ' ', 2
    try {
        switch ($word) {
            steps { for ($i = 0; $i -lt [int] $what; $i++) { Step-Any } }
            connect {
                $own | Connect-Container -Network $what | ForEach-Object {
                    $connected["$($_.Container)"] = @{
                        Network = $what; Addresses = @($_.IPAddress | ForEach-Object { "$($_.Address)" })
                    }
                }
            }
            disconnect { $own | Where-Object { $connected.ContainsKey($_) } | ForEach-Object { Disconnect-One $_ } }
        }
    }
    catch { Write-Answer "fault: $line`: $_ ($($_.FullyQualifiedErrorId)) $($_.ScriptStackTrace -replace '\n', ' | ')" }
    foreach ($container in $connected.Keys) { Write-Answer "have: $container $($connected[$container].Addresses)" }
    Write-Answer 'done'
}
