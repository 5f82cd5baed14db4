<#
Dot-sourced by every *.Tests.ps1:
    BeforeAll { . $PSScriptRoot/common.ps1 }
and also in BeforeDiscovery where a -Skip needs Test-LinkKind. Imports the module and gives the tests their independent
eye.
#>

# A test makes and removes what it likes, so never on the machine itself: see tests/README.md for the command.
if (-not (Get-Content /proc/self/mountinfo | Where-Object { $_ -match '^\S+ \S+ \S+ \S+ /run .* - tmpfs none ' })) {
    throw 'The Pester suite runs only in a private namespace with an empty /run: dotnet test tests/Module.Tests, ' +
        'or the command in tests/README.md.'
}

$env:NO_COLOR = '1'
$env:LC_ALL = 'C.UTF-8'
if (-not (Get-Module LxcNetworking)) {
    # dotnet test names the module that it has just built; by hand it is the checkout's.
    Import-Module ($env:LXCNETWORKING_MODULE ?? "$PSScriptRoot/../LxcNetworking.psd1") -ErrorAction Stop
}

# Of a table's cases those that other kernels may lack (they have a Skip) where all are here but the processor is
# emulated:
# what PowerShell makes of the others is the same there, and each takes ten seconds.
function Select-Case {
    $input | Where-Object { $env:LXCNETWORKING_LANE -ne 'full-kernel' -or $_.ContainsKey('Skip') }
}

# A real sshd that listens at port 2222 of this namespace only.
function Start-SshServer {
    param([string] $Address = '127.0.0.1')
    $folder = '/run/ssh-test'
    if (-not (Test-Path $folder/pid)) {
        $null = New-Item $folder, /run/sshd -ItemType Directory -Force
        foreach ($key in 'host', 'user') { ssh-keygen -q -t ed25519 -N '' -f "$folder/$key" }
        # sshd refuses accounts that are locked, and a user of its own may be missing where it is not installed.
        'root:*:20000:0:99999:7:::' | Set-Content $folder/shadow
        @(Get-Content /etc/passwd) -notlike 'sshd:*' + 'sshd:x:65500:65534::/run/sshd:/usr/sbin/nologin' |
            Set-Content $folder/passwd
        foreach ($file in 'shadow', 'passwd') { mount --bind $folder/$file /etc/$file }
        @(
            "ListenAddress ${Address}:2222", "PidFile $folder/pid", "HostKey $folder/host"
            "AuthorizedKeysFile $folder/user.pub"
            'StrictModes no', 'UsePAM no', 'PermitRootLogin yes'
            "SetEnv DOTNET_ROOT=$env:DOTNET_ROOT NO_COLOR=1 POWERSHELL_TELEMETRY_OPTOUT=1"
            "Subsystem powershell $((Get-Command pwsh).Source) -sshs -NoLogo -NoProfile"
        ) | Set-Content $folder/config
        /usr/sbin/sshd -f $folder/config -E $folder/log
        Wait-Until { Test-Path $folder/pid }
    }
}

# A remoting session over SSH to this machine under another name.
function New-SshSession {
    param([Parameter(Mandatory)] [string] $Computer)
    Start-SshServer
    New-PSSession -HostName $Computer -UserName root -Port 2222 -KeyFilePath /run/ssh-test/user -Options @{
        HostName = '127.0.0.1'; StrictHostKeyChecking = 'no'; UserKnownHostsFile = '/dev/null'; LogLevel = 'ERROR'
    }
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

# The routes of all tables but those that the kernel adds in its own time after a link is up or an IPv6 address is set,
# and without
# what it notices of a carrier a moment later: what may be compared before and after.
function Get-SetRoute {
    param([string] $In)
    $where = $In ? @('-n', $In) : @()
    @(ip @where -4 route show table all
        (ip @where -6 route show table all) -notmatch ' table local |^fe80::/64 ') -replace ' linkdown'
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
    param(
        [Parameter(Mandatory)] [string] $Address,
        [string] $From,
        [int] $Count = 1,
        # Where no answer is expected, so that it is not waited for as long as on a slow machine, or for an IPv6 address
        # that is tentative yet.
        [switch] $Briefly
    )
    $prefix = $From ? @('ip', 'netns', 'exec', $From) : @('env')
    $program, $rest = $prefix
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    # A neighbour that did not answer a moment ago is asked again only after a second.
    for ($try = 1; $try -le 3 -or (-not $Briefly -and $clock.Elapsed.TotalSeconds -lt 30); $try++) {
        $null = & $program @rest ping -n -c $Count -i 0.2 -W 1 $Address 2>&1
        if (-not $LASTEXITCODE) { return $true }
        if ($try -ge 3) { Start-Sleep -Milliseconds 100 }
    }
    $false
}

# Waits until a block says yes; it fails where that takes longer than on any machine.
function Wait-Until {
    param([Parameter(Mandatory)] [scriptblock] $Condition, [int] $Seconds = 60)
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while (-not (& $Condition)) {
        if ($clock.Elapsed.TotalSeconds -gt $Seconds) {
            throw "This did not come true within $Seconds seconds: $Condition"
        }
        Start-Sleep -Milliseconds 20
    }
}

# Takes away what a test left of the module's own files; lxcnet may be doing that too.
function Remove-RunFolder {
    Wait-Until {
        try { Remove-Item /run/lxcnetworking -Recurse -Force -ErrorAction Ignore } catch [System.IO.IOException] { }
        -not (Test-Path /run/lxcnetworking)
    }
}

# Waits until a process has ended and has closed all that it had open, its sockets included.
function Wait-End {
    param([Parameter(Mandatory)] [int] $Id)
    $file = "/proc/$Id/stat"
    Wait-Until {
        $stat = Get-Content $file -ErrorAction Ignore
        -not $stat -or $stat -match '\) [ZX] '
    }
}

# Stops a block that runs in a session of its own once it has said that it is there, and gives the milliseconds that
# this took: the
# fewest of several turns, as a busy machine may keep anybody waiting once.
function Measure-Stop {
    param([Parameter(Mandatory)] [string] $Script, [int] $Enough)
    $times = foreach ($turn in 1..5) {
        $shell = [powershell]::Create([System.Management.Automation.RunspaceMode]::NewRunspace)
        try {
            $null = $shell.AddScript("Import-Module '$((Get-Module LxcNetworking).Path)'; $Script")
            $said = [System.Management.Automation.PSDataCollection[psobject]]::new()
            $running = $shell.BeginInvoke([System.Management.Automation.PSDataCollection[psobject]] $null, $said)
            Wait-Until { $said.Count -or $running.IsCompleted }
            # It said so right before.
            Start-Sleep -Milliseconds 500
            if ($running.IsCompleted) { throw "This ended by itself: $Script $($shell.Streams.Error)" }
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            $shell.Stop()
            $time = $clock.ElapsedMilliseconds
            if ($shell.InvocationStateInfo.State -ne 'Stopped' -or -not $running.AsyncWaitHandle.WaitOne(30000)) {
                throw "This was not stopped: $Script"
            }
            $time
            if ($time -lt $Enough) { break }
        }
        finally { $shell.Dispose() }
    }
    ($times | Measure-Object -Minimum).Minimum
}

# What two blocks find at one moment: the first one is asked before and after the second, until it finds the same both
# times, as the
# kernel adds addresses and routes of its own for a while after a link is up.
function Get-Both {
    param([Parameter(Mandatory)] [scriptblock] $Seen, [Parameter(Mandatory)] [scriptblock] $Found)
    foreach ($try in 1..100) {
        $before = @(& $Seen)
        $between = @(& $Found)
        if ((@(& $Seen) -join "`n") -ceq ($before -join "`n")) { return @{ Seen = $before; Found = $between } }
        Start-Sleep -Milliseconds 100
    }
    throw "This was never twice the same: $Seen"
}

# Has this kernel that kind of link? Everything is there in the guests' lanes, so that nothing is skipped in them.
function Test-LinkKind {
    param([Parameter(Mandatory)] [string] $Kind)
    if ($env:LXCNETWORKING_LANE -like '*-kernel') { return $true }
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
