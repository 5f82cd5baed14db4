<#
What is applied for a time: lxcnet puts it back unless it is confirmed, whatever becomes of the session, also when the
session came over the very link that was cut.
#>
BeforeDiscovery {
    $hasSsh = [bool] (Get-Command /usr/sbin/sshd, ssh, ssh-keygen -ErrorAction Ignore | Select-Object -Skip 2)
}

BeforeAll {
    . $PSScriptRoot/common.ps1
    Push-Location $TestDrive
    $script:folder = '/run/lxcnetworking/state'

    # Those that wait for a confirmation.
    function Get-Watcher {
        @(Get-Process lxcnet -ErrorAction Ignore | Where-Object {
                (Get-Content "/proc/$($_.Id)/cmdline" -Raw -ErrorAction Ignore) -match "^lxcnet\0watch-confirmation\0"
            })
    }

    # What there is, by ip.
    function Get-Picture {
        foreach ($in in @('') + @(ip -j netns | ConvertFrom-Json | ForEach-Object name)) {
            $where = $in ? @('-n', $in) : @()
            "namespace '$in'"
            ip @where -j link 2>$null | ConvertFrom-Json |
                ForEach-Object { "$($_.ifname) $($_.mtu) $($_.flags -contains 'UP') $($_.altnames)" }
            ip @where -4 -o addr 2>$null | ForEach-Object { $_ -replace '^\d+: ' }
            Get-SetRoute $in
        }
    }

    # Whether the client gets an answer at this moment.
    function Test-Way {
        $null = ip netns exec client ping -n -c 1 -W 1 10.9.0.1 2>&1
        -not $LASTEXITCODE
    }

    # What a block warns of.
    function Get-Warning([scriptblock] $Block) {
        & $Block 3>&1 | Where-Object { $_ -is [System.Management.Automation.WarningRecord] } | ForEach-Object { "$_" }
    }

    # The server is this namespace; the client has no other way to it than this link.
    ip netns add client
    ip link add wan0 type veth peer name eth0 netns client
    ip addr add 10.9.0.1/24 dev wan0
    ip link set wan0 up
    ip -n client addr add 10.9.0.2/24 dev eth0
    ip -n client link set eth0 up
    Set-Content cut.yaml 'name: cut', 'namespaces: [made]', 'links:', '  - {name: wan0, up: false}',
        '  - {name: br7, kind: bridge}'
    $before = Get-Picture
}

AfterAll {
    Pop-Location
    ip link del wan0
    ip netns del client
}

Describe 'A document that awaits confirmation' {
    AfterEach {
        Restore-NetState -ErrorAction Ignore -WarningAction Ignore
        Remove-NetState * -Force -WarningAction Ignore
        Wait-Until { -not (Get-Watcher) }
        Get-Picture | Should -BeExactly $before
        $folder | Should -Not -Exist
    }

    It 'goes back by itself, and the next command says so' {
        Test-Ping 10.9.0.1 -From client | Should -BeTrue
        $done = Set-NetState cut.yaml -ConfirmTimeout 3 -WarningVariable said -WarningAction SilentlyContinue
        "$said" | Should -BeLike "*'cut' awaits confirmation*Confirm-NetState*3 seconds*"
        $done.Action | Should -Contain 'Create'
        Test-Way | Should -BeFalse
        (Get-Watcher).Count | Should -Be 1
        Wait-Until { Test-Way }
        Wait-Until { -not (Get-Watcher) }
        Get-Picture | Should -BeExactly $before
        Get-Content /run/lxcnetworking/helper-program-lock/log | Select-Object -Last 1 |
            Should -BeLike "*document 'cut' was not confirmed in time*put back*"
        Get-Warning { Test-NetState cut.yaml } | Should -BeLike "*'cut' was not confirmed in time*put back*"
        Get-Warning { Test-NetState cut.yaml } | Should -BeNullOrEmpty
        (Get-ErrorOf { Confirm-NetState cut }).FullyQualifiedErrorId | Should -BeLike 'ObjectNotFound,*'
        (Get-ErrorOf { Confirm-NetState }).FullyQualifiedErrorId | Should -BeLike 'ObjectNotFound,*'
    }

    It 'stays if it is confirmed in time' {
        $null = Set-NetState cut.yaml -ConfirmTimeout 5 -WarningAction SilentlyContinue
        Get-Warning { Test-NetState cut.yaml -Quiet } | Should -BeLike "*'cut' awaits confirmation*"
        Get-Warning { Get-NetState -Name cut } | Should -BeLike "*'cut' awaits confirmation*"
        Confirm-NetState cut -WhatIf
        Get-Completion 'Confirm-NetState ' | Should -Contain 'cut'
        Get-Completion 'Restore-NetState -Name c' | Should -Be 'cut'
        $kept = Get-NetState -Name c* -WarningAction Ignore | Confirm-NetState
        $kept | Should -BeOfType LxcNetworking.State.Apply.NetStateOutcome
        $kept.Name, "$($kept.Result)" | Should -Be 'cut', 'Confirmed'
        Wait-Until { -not (Get-Watcher) }
        Start-Sleep 5
        Test-NetState cut.yaml -Quiet | Should -BeTrue
        Get-Completion 'Confirm-NetState ' | Should -Not -Contain 'cut'
        # What it was before a change of a link that is not the document's is not known any more.
        Remove-NetState cut
        ip link set wan0 up
    }

    It 'goes back at once by Restore-NetState' {
        $null = Set-NetState cut.yaml -ConfirmTimeout 600 -WarningAction SilentlyContinue
        Restore-NetState -WhatIf
        Test-NetState cut.yaml -Quiet -WarningAction Ignore | Should -BeTrue
        $back = Restore-NetState
        $back.Name, "$($back.Result)" | Should -Be 'cut', 'Restored'
        $back | Format-Table | Out-String -Width 80 | Should -Match '(?m)^cut +\S+ +Restored'
        Test-Ping 10.9.0.1 -From client | Should -BeTrue
        Wait-Until { -not (Get-Watcher) }
    }

    It 'is put back by the next command if lxcnet is killed' {
        $null = Set-NetState cut.yaml -ConfirmTimeout 2 -WarningAction SilentlyContinue
        Get-Watcher | Stop-Process -Force
        Wait-Until { Get-Warning { Get-NetState -Name x* } | Where-Object { $_ -like "*'cut' was not confirmed*" } }
    }

    It 'is in the way of others that do not await it' {
        $null = Set-NetState cut.yaml -ConfirmTimeout 600 -WarningAction SilentlyContinue
        $refusal = Get-ErrorOf { Set-NetState cut.yaml -ConfirmTimeout 5 -WarningAction Ignore }
        $refusal.FullyQualifiedErrorId | Should -BeLike 'ResourceBusy,*'
        "$refusal" | Should -BeLike '*Confirm-NetState cut*Restore-NetState cut*'
        $other = @{ name = 'other'; links = @(@{ name = 'br8'; kind = 'bridge' }) }
        "$(Get-ErrorOf { $other | Set-NetState -WarningAction Ignore })" | Should -BeLike '*-ConfirmTimeout*'
        $null = $other | Set-NetState -ConfirmTimeout 600 -WarningAction SilentlyContinue
        (Get-Watcher).Count | Should -Be 2
        (Restore-NetState cut).Name | Should -Be 'other', 'cut'
        # One after the other in one command, and all that wait are confirmed in their order.
        $null = $other, @{ name = 'more'; links = @(@{ name = 'br9'; kind = 'bridge' }) } |
            Set-NetState -ConfirmTimeout 600 -WarningAction SilentlyContinue
        (Get-ErrorOf { Confirm-NetState more }).FullyQualifiedErrorId | Should -BeLike 'ResourceBusy,*'
        (Confirm-NetState more, other).Name | Should -Be 'other', 'more'
        Remove-NetState other, more
    }

    It 'is of one namespace' {
        $document = @{ name = 'cut'; links = @(@{ name = 'br7'; kind = 'bridge' }) }
        $null = $document | Set-NetState -Namespace client -ConfirmTimeout 600 -WarningAction SilentlyContinue
        $null = Set-NetState cut.yaml -ConfirmTimeout 2 -WarningAction SilentlyContinue
        Wait-Until { -not (Test-Link br7) }
        Test-Link br7 -In client | Should -BeTrue
        (Confirm-NetState -Namespace client).Namespace.Text | Should -Be 'client'
        Remove-NetState cut -Namespace client -WarningAction Ignore
        Wait-Until { (Get-Warning { Test-NetState cut.yaml }) -like '*not confirmed in time*' }
    }

    It 'may be a removal, and is nothing where there is nothing to do' {
        $document = @{ name = 'lab'; links = @(@{ name = 'br7'; kind = 'bridge' }) }
        $null = $document | Set-NetState
        Remove-NetState lab -ConfirmTimeout 2 -WarningAction SilentlyContinue
        Test-Link br7 | Should -BeFalse
        Wait-Until { Test-Link br7 }
        Wait-Until { -not (Get-Watcher) }
        $document | Set-NetState -ConfirmTimeout 2 -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        $document | Set-NetState -ConfirmTimeout 2 -WhatIf
        Get-Watcher | Should -BeNullOrEmpty
        Get-ChildItem $folder/*.journal | Should -BeNullOrEmpty
        foreach ($wrong in 0, '90000', -1) {
            (Get-ErrorOf { $document | Set-NetState -ConfirmTimeout $wrong }).FullyQualifiedErrorId |
                Should -BeLike 'InvalidArgument,*'
        }
        Remove-NetState lab
    }

    It 'is not begun where lxcnet is missing' {
        $program = Join-Path (Split-Path (Get-Module LxcNetworking).Path) lxcnet
        Move-Item $program "$program.kept"
        try { $refusal = Get-ErrorOf { Set-NetState cut.yaml -ConfirmTimeout 5 } }
        finally { Move-Item "$program.kept" $program }
        $refusal.FullyQualifiedErrorId | Should -BeLike 'DependencyFailed,*'
        "$refusal" | Should -BeLike "*$program is not there*"
        Get-Picture | Should -BeExactly $before
    }

    It 'goes back if the command is killed between two steps' {
        pwsh -NoProfile -NonInteractive -Command "
            Import-Module '$((Get-Module LxcNetworking).Path)'
            `$null = Get-NetLink lo
            `$stack = [LxcNetworking.Namespaces.NetworkStackPool]::new().Get()
            `$state = [LxcNetworking.State.StateOperationsOfStack]::get_State(`$stack)
            `$document = [LxcNetworking.State.Documents.StateDocument]::Load('$TestDrive/cut.yaml')
            `$options = [LxcNetworking.State.Apply.StateOptions] @{ ConfirmTimeout = [timespan] '00:00:02' }
            `$kill = { if (`$args[0] -eq 1) { [Diagnostics.Process]::GetCurrentProcess().Kill() } }
            `$state.Set(`$document, `$options, `$kill, [Threading.CancellationToken]::None)
        "
        $LASTEXITCODE | Should -Be 137
        Compare-Object $before (Get-Picture) | Should -Not -BeNullOrEmpty
        try { Wait-Until { -not (Compare-Object $before (Get-Picture)) } }
        catch { throw "$_`n$(Get-Content /run/lxcnetworking/*/log -Raw)$(Get-Picture | Out-String)" }
        Wait-Until { (Get-Warning { Test-NetState cut.yaml }) -like "*'cut'*put back*" }
    }

    It 'goes back when the session that came over the link is gone' -Skip:(-not $hasSsh) {
        Start-SshServer 10.9.0.1
        $run = "Import-Module '$((Get-Module LxcNetworking).Path)'; " +
            "Set-NetState '$TestDrive/cut.yaml' -ConfirmTimeout 3; Start-Sleep 600"
        $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($run))
        $ssh = Start-Process ip -ArgumentList @(
            'netns', 'exec', 'client', 'ssh', '-tt', '-p', '2222', '-i', '/run/ssh-test/user'
            '-o', 'StrictHostKeyChecking=no', '-o', 'UserKnownHostsFile=/dev/null', '-o', 'LogLevel=ERROR'
            'root@10.9.0.1', "$((Get-Command pwsh).Source) -NoProfile -NonInteractive -EncodedCommand $encoded"
        ) -PassThru -RedirectStandardOutput said.txt -RedirectStandardError said.err
        try {
            Wait-Until { -not (Test-Way) }
            # The connection ends, and with it the session and its terminal.
            $ssh.Kill()
            Get-Process sshd* | Where-Object Id -ne (Get-Content /run/ssh-test/pid) | Stop-Process -Force
            Wait-Until { Test-Way }
            Wait-Until { -not (Get-Watcher) }
            Get-Warning { Test-NetState cut.yaml } | Should -BeLike "*'cut' was not confirmed in time*"
        }
        finally { Stop-Process -Id (Get-Content /run/ssh-test/pid) -Force }
    }

    It 'is watched by a process of its own session without the caller''s files' {
        $null = Set-NetState cut.yaml -ConfirmTimeout 600 -WarningAction SilentlyContinue
        $id = (Get-Watcher).Id
        ((Get-Content /proc/$id/stat) -replace '^.*\) ' -split ' ')[3] | Should -Be $id
        0..2 | ForEach-Object { (Get-Item /proc/$id/fd/$_).Target } | Should -Be (, '/dev/null' * 3)
        $null = Restore-NetState
    }
}
