<#
Kills a process in the middle of a command and sees whether anything stays. Dot-sourced, after common.ps1, by
Interruption.Tests.ps1 and run.ps1, in namespaces of their own:
    Start-Killing                    makes the machine's /etc and temporary folder its own
    Invoke-Kill $command 7           one kill; gives what stays
    Clear-Kill                       makes room for the next one
    Stop-Killing
#>

# What changes something: a process is killed right before one of these system calls.
$script:calls = 'sendto,sendmsg,sendmmsg,write,pwrite64,rename,renameat,renameat2,link,linkat,symlink,symlinkat,' +
    'unlink,unlinkat,mkdir,mkdirat,rmdir,ftruncate,fchmod,fchmodat,chmod,fchown,chown,flock,mount,umount2,setns,' +
    'unshare,clone,clone3,fork,vfork,execve,kill'
$script:longest = @{}
$script:worker = $null

# The same for both: a text, so that states can be compared as lines.
$script:look = @'
for it in '' web wire other; do
    [ -z "$it" ] || [ -e "/run/netns/$it" ] || continue
    in="ip ${it:+-n $it}"
    $in -o addr show |
        sed -E "s/^[0-9]+: //; /inet6 fe80/d; s/\\\\.*//; s/ (tentative|dadfailed)//g; s/^/address $it: /"
    $in -4 route show table all | sed -E "s/ linkdown//; s/^/route $it: /"
    $in -6 route show table all | grep -v ' table local \|^fe80::/64 \|^multicast ff00' |
        sed -E "s/ linkdown//; s/ expires [0-9]+sec//; s/^/route $it: /"
    $in rule show | sed "s/^/rule $it: /"; $in -6 rule show | sed "s/^/rule6 $it: /"
    $in neigh show nud permanent | sed "s/^/neighbour $it: /"
    $in netns exec "$it" true 2>/dev/null || true
done
nft list ruleset | sed 's/ # handle.*//; s/^/nft: /'
find /run -mindepth 1 -not -path '/run/netns/*' -not -path '/run/kills*' 2>/dev/null | sed 's/^/file: /'
ls -A /run/netns | sed 's/^/namespace: /'
[ ! -e /run/lxc ] || find /run/lxc -type f -exec sha256sum {} + | sed 's/^/content: /'
[ ! -e /etc/netns ] || find /etc/netns | sed 's/^/file: /'
find "$TMPDIR" -mindepth 1 | sed 's/^/file: /'
cd /proc/sys/net && for it in all default lo card; do grep -s '' ipv4/ip_forward ipv4/conf/$it/* ipv6/conf/$it/*; done |
    grep -v stable_secret | sed 's/^/setting: /'
sed -E 's/ (size|nr_inodes)=[^ ,]*//; s/^/mount: /' /proc/self/mounts
'@

function Get-MachineState {
    @(
        sh -c $script:look 2>$null
        # What has ended but was not waited for has no command line any more.
        Get-ChildItem /proc -Directory | Where-Object Name -Match '^\d+$' | ForEach-Object {
            $words = [string] (Get-Content "$_/cmdline" -Raw -ErrorAction Ignore) -replace '[\0\n]', ' '
            if ($words -and $words -notmatch '^([^ ]*/)?(pwsh|bash|strace) ') { "process: $words" }
        }
        foreach ($in in '', 'web', 'wire', 'other') {
            if ($in -and -not (Test-Path "/run/netns/$in")) { continue }
            $text = $in ? (ip -n $in -d -j link show 2>$null) : (ip -d -j link show)
            # Names and not numbers, and nothing that the kernel changes by itself.
            foreach ($link in $text | ConvertFrom-Json) {
                "link ${in}: $($link.ifname) $($link.linkinfo.info_kind) mtu $($link.mtu) master $($link.master) " +
                    "group $($link.group) alias $($link.ifalias) $($link.flags -match '^(UP|PROMISC|NOARP)$')"
            }
        }
    ) | Where-Object { $_ -and
        $_ -notmatch '^file: /run/kills/tmp($|/(clr-debug-pipe|dotnet-diagnostic|CoreFxPipe))' } |
        Sort-Object -CaseSensitive
}

# The lines in which two states differ.
function Compare-MachineState([string[]] $Before, [string[]] $After, [string] $Except) {
    Compare-Object $Before $After -CaseSensitive |
        ForEach-Object { "$($_.SideIndicator -eq '=>' ? 'is left' : 'is missing'): $($_.InputObject)" } |
        Where-Object { -not $Except -or $_ -notmatch $Except }
}

# Waits until the state is what it was, as the kernel tidies up in its own time, and gives what differs in the end.
function Wait-SameState([string[]] $Before, [int] $Seconds, [string] $Except) {
    $clock = [System.Diagnostics.Stopwatch]::StartNew()
    while (($left = @(Compare-MachineState $Before (Get-MachineState) $Except)) -and
        $clock.Elapsed.TotalSeconds -lt $Seconds) {
        Start-Sleep -Milliseconds 50
    }
    $left
}

# Hides files in the machine's folder: what is written there is this mount namespace's own.
function Mount-Own([string] $Path) {
    $name = $Path -replace '\W', '-'
    $null = New-Item -ItemType Directory "/run/kills/upper$name", "/run/kills/work$name" -Force
    mount -t overlay kills $Path -o "lowerdir=$Path,upperdir=/run/kills/upper$name,workdir=/run/kills/work$name"
    if ($LASTEXITCODE) { throw "There is no overlay file system, without which $Path would be the machine's own." }
}

function Start-Killing {
    $null = New-Item -ItemType Directory /run/kills, /run/netns -Force
    mount -t tmpfs -o mode=755 kills /run/kills
    $null = New-Item -ItemType Directory /run/kills/tmp
    Mount-Own /etc
    $env:TMPDIR = '/run/kills/tmp'
    # As the first namespace would do it.
    mount --bind --make-shared /run/netns /run/netns
    # On an emulated processor, to stop at each call would take longer than all the rest.
    $script:hasStrace = $env:LXCNETWORKING_LANE -ne 'full-kernel' -and [bool] (Get-Command strace -ErrorAction Ignore)
}

# A PowerShell that has the module and waits for lines to run, each of which it answers. The one that is killed next
# starts meanwhile.
function Start-Worker {
    $manifest = $env:LXCNETWORKING_MODULE ?? (Get-Module LxcNetworking).Path
    $loop = "Import-Module '$manifest'; [Console]::WriteLine('ready'); while (`$null -ne (`$line = " +
        "[Console]::ReadLine())) " +
        "{ `$null = . ([scriptblock]::Create([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String(`$line)))); " +
        "[Console]::WriteLine('done') }"
    $start = [System.Diagnostics.ProcessStartInfo]::new('pwsh',
        [string[]] @('-NoProfile', '-NonInteractive', '-c', $loop))
    $start.RedirectStandardOutput = $start.RedirectStandardError = $start.RedirectStandardInput = $true
    $process = [System.Diagnostics.Process]::Start($start)
    # So that it never waits for its words to be read.
    @{ Process = $process; Words = $process.StandardError.ReadToEndAsync() }
}

function Send-Worker($Worker, [string] $Script) {
    $Worker.Process.StandardInput.WriteLine([Convert]::ToBase64String([Text.Encoding]::UTF8.GetBytes($Script)))
    $Worker.Process.StandardInput.Flush()
}

function Receive-Worker($Worker) {
    $line = $Worker.Process.StandardOutput.ReadLine()
    if ($null -eq $line) { throw "The process that was to be killed has ended: $($Worker.Words.Result)" }
    $line
}

# Starts strace on all threads of a process; the programs that it starts are left alone.
function Start-Trace([int] $Id, [string[]] $Arguments) {
    $start = [System.Diagnostics.ProcessStartInfo]::new('strace',
        [string[]] (@('-f', '-qq', '-b', 'execve', '-e', "trace=$script:calls") + $Arguments + '-p', $Id))
    $start.RedirectStandardError = $start.RedirectStandardOutput = $true
    $trace = [System.Diagnostics.Process]::Start($start)
    $null = $trace.StandardError.ReadToEndAsync()
    Wait-Until {
        $trace.HasExited -or
            -not (Get-ChildItem "/proc/$Id/task" -Directory |
                Where-Object { (Get-Content "$_/status" -ErrorAction Ignore) -match '^TracerPid:\s+0$' })
    }
    # A thread of the runtime makes such calls too, and the kill may be at its first one.
    if ($trace.HasExited -and $trace.ExitCode) { throw "strace ended at once with $($trace.ExitCode)." }
    $trace
}

# How many of these calls the busiest thread makes in one turn of a command.
function Measure-Call($Command, $Worker, [string] $Turn) {
    if (-not $script:longest[$Command.What]) {
        $log = '/run/kills/trace'
        $trace = Start-Trace $Worker.Process.Id '-o', $log
        if ($trace.HasExited) { throw 'The process that was to be measured has ended.' }
        Send-Worker $Worker $Turn
        $null = Receive-Worker $Worker
        $trace.Kill()
        $trace.WaitForExit()
        $counts = Get-Content $log | Where-Object { $_ -match '^\d+ +[a-z]' } |
            Group-Object { ($_ -split ' ')[0] } -NoElement
        $script:longest[$Command.What] = ($counts | Measure-Object Count -Maximum).Maximum
    }
    $script:longest[$Command.What]
}

# Runs a text and gives its errors but for those that may be.
function Get-Trouble([string] $Script, [string] $Allowed) {
    $ErrorActionPreference = 'Continue'
    try { $said = & ([scriptblock]::Create($Script)) 2>&1 }
    catch { $said = $_ }
    $said | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] -and
        (-not $Allowed -or $_.FullyQualifiedErrorId -notmatch $Allowed) } |
        ForEach-Object { "${Script}: $($_.FullyQualifiedErrorId): $_" }
}

<#
One kill: by a time or before the n-th call, and back by the command again or only by its undoing, as the seed says.
Gives what is wrong in sentences, which is nothing if all is well.
#>
function Invoke-Kill([hashtable] $Command, [int] $Seed) {
    $random = [Random]::new($Seed)
    $place, $isAgain, $isTraced = $random.NextDouble(), [bool] $random.Next(2), ($random.Next(4) -gt 0)
    $isTraced = $isTraced -and $script:hasStrace
    ip netns add web
    ip netns add wire
    ip link add card up type veth peer name end netns wire
    ip -n wire link set end up
    ip -n wire addr add 192.0.2.9/24 dev end
    if ($Command.Before) { & $Command.Before }
    $found = Get-MachineState

    $worker = $script:worker ?? (Start-Worker)
    $script:worker = Start-Worker
    $process = $worker.Process
    $null = Receive-Worker $worker
    # Once without a kill, by which the process gets as fast as it will be. What is told as a warning or an error would
    # be told here.
    $turn = "`$null = & { $($Command.Do) }; $($Command.Undo)"
    Send-Worker $worker $turn
    $null = Receive-Worker $worker
    $left = Wait-SameState $found 5 $Command.Leaves
    $before = Get-MachineState
    $trouble = @($left | ForEach-Object { "without a kill, $_" })

    if ($isTraced) {
        $number = 1 + [int] [Math]::Floor($place * (Measure-Call $Command $worker $turn))
        $how = "before call $number of a thread"
        $trace = Start-Trace $process.Id '-o', '/dev/null', '-e', "inject=${script:calls}:signal=KILL:when=$number"
        # It ends earlier if it was killed, also before it reads what is sent.
        try { Send-Worker $worker $turn }
        catch [System.IO.IOException] { $how += ', which came before its turn' }
        $null = $process.StandardOutput.ReadLine()
    }
    else {
        $number = $place * $Command.Milliseconds
        $how = "after $([int] $number) ms"
        Send-Worker $worker "while (`$true) { $turn }"
        [System.Threading.Thread]::Sleep([TimeSpan]::FromMilliseconds($number))
    }
    $process.Kill()
    $process.WaitForExit()
    if ($isTraced -and -not $trace.WaitForExit(60000)) { throw 'strace did not end.' }
    if ($worker.Words.Result) { $trouble += "it said: $($worker.Words.Result)" }

    if ($isAgain) {
        $how += ', then again'
        # What was complete is there already; of a namespace that was begun, the message says how it is taken away.
        $said = Get-Trouble $Command.Do ($Command.Idempotent ? '' : $Command.May ?? 'Exists')
        if ($said -match 'NotANamespace') {
            $said = Get-Trouble $Command.Undo
            $said += Get-Trouble $Command.Do
        }
        $trouble += $said
        if (-not $trouble -and $Command.Done) {
            try { & $Command.Done }
            catch { $trouble += "not done: $_" }
        }
        $trouble += Get-Trouble $Command.Undo
    }
    else {
        $trouble += Get-Trouble $Command.Undo 'NotFound'
    }

    @($trouble) + (Wait-SameState $before 5) | Where-Object { $_ } | ForEach-Object { "killed $how, $_" }
}

# Whatever happened, the next one finds an empty place.
function Clear-Kill {
    Get-Process dnsmasq, strace -ErrorAction Ignore | Stop-Process -Force -ErrorAction Ignore
    ip -all netns delete 2>$null
    Get-ChildItem /run/netns | ForEach-Object { umount -l $_.FullName 2>$null; Remove-Item $_.FullName }
    @(ip l2tp show tunnel 2>$null) -match '^Tunnel \d' -replace '^Tunnel (\d+).*', '$1' | ForEach-Object {
        ip l2tp del tunnel tunnel_id $_
    }
    (ip -j link show | ConvertFrom-Json).ifname -ne 'lo' | ForEach-Object { ip link del $_ 2>$null }
    nft flush ruleset
    sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0 net.ipv4.conf.all.send_redirects=1
    Remove-Item /run/lxcnetworking, /run/lxc, /etc/netns -Recurse -Force -ErrorAction Ignore
    Get-ChildItem /run/kills/tmp -Force | Remove-Item -Recurse -Force
}

function Stop-Killing {
    if ($script:worker) {
        $script:worker.Process.Kill()
        $script:worker = $null
    }
}
