<#
Dot-sourced by every *.Tests.ps1:
    BeforeAll { . $PSScriptRoot/common.ps1 }
and also in BeforeDiscovery where a -Skip needs Test-LinkKind. Imports the module and gives the tests their independent eye.
#>

# A test makes and removes what it likes, so never on the machine itself: see tests/README.md for the command.
if (-not (Get-Content /proc/self/mountinfo | Where-Object { $_ -match '^\S+ \S+ \S+ \S+ /run .* - tmpfs none ' })) {
    throw 'The Pester suite runs only in a private namespace with an empty /run: dotnet test tests/Module.Tests, or the command in tests/README.md.'
}

$env:NO_COLOR = '1'
$env:LC_ALL = 'C.UTF-8'
if (-not (Get-Module LxcNetworking)) {
    # dotnet test names the module that it has just built; by hand it is the checkout's.
    Import-Module ($env:LXCNETWORKING_MODULE ?? "$PSScriptRoot/../LxcNetworking.psd1") -ErrorAction Stop
}

# What the kernel holds, as ip(8) reads it: Get-IpJson link show dev v0; Get-IpJson -In web route
function Get-IpJson {
    [CmdletBinding(PositionalBinding = $false)]
    param(
        # A named namespace.
        [string] $In,
        [Parameter(Mandatory, ValueFromRemainingArguments)] [string[]] $Command
    )
    $where = $In ? @('-n', $In) : @()
    $text = & ip @where -d -j @Command
    if ($LASTEXITCODE) { throw "ip $where $Command failed with $LASTEXITCODE" }
    # ip prints nothing at all, or an empty object, for what is not there.
    $text | ConvertFrom-Json | Where-Object { $_.PSObject.Properties.Name }
}

# The routes of all tables but those that the kernel adds in its own time after a link is up or an IPv6 address is set, and without
# what it notices of a carrier a moment later: what may be compared before and after.
function Get-SetRoute {
    param([string] $In)
    $where = $In ? @('-n', $In) : @()
    @(ip @where -4 route show table all; (ip @where -6 route show table all) -notmatch ' table local |^fe80::/64 ') -replace ' linkdown'
}

# Does the link exist? By its name, according to the kernel.
function Test-Link {
    param([Parameter(Mandatory)] [string] $Name, [string] $In)
    $where = $In ? @('-n', $In) : @()
    $null = & ip @where link show dev $Name 2>&1
    -not $LASTEXITCODE
}

# Does the address answer? Ping is asked from a named namespace, or from this one.
function Test-Ping {
    param([Parameter(Mandatory)] [string] $Address, [string] $From, [int] $Count = 1)
    $prefix = $From ? @('ip', 'netns', 'exec', $From) : @('env')
    $program, $rest = $prefix
    # A neighbour that did not answer a moment ago is asked again only after a second.
    foreach ($try in 1..3) {
        $null = & $program @rest ping -n -c $Count -i 0.2 -W 1 $Address 2>&1
        if (-not $LASTEXITCODE) { return $true }
    }
    $false
}

# Has this kernel that kind of link? Everything is there in the full-kernel lane, so that nothing is skipped in it.
function Test-LinkKind {
    param([Parameter(Mandatory)] [string] $Kind)
    if ($env:LXCNETWORKING_LANE -eq 'full-kernel') { return $true }
    $said = ip link add probe0 type $Kind 2>&1
    $has = -not $LASTEXITCODE -or "$said" -notmatch 'Unknown device type|not supported'
    $null = ip link del probe0 2>&1
    $has
}

# What Tab offers at the end of a command line.
function Get-Completion {
    param([Parameter(Mandatory)] [string] $Line)
    (TabExpansion2 -inputScript $Line -cursorColumn $Line.Length).CompletionMatches.CompletionText
}

# The one error that a block writes or throws; fails if there is none, or more than one.
function Get-ErrorOf {
    param([Parameter(Mandatory)] [scriptblock] $ScriptBlock)
    $ErrorActionPreference = 'Continue'
    try { $said = & $ScriptBlock 2>&1 }
    catch { return $_ }
    $records = @($said | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] })
    if ($records.Count -ne 1) { throw "one error was expected, but there were $($records.Count): $records" }
    $records[0]
}
