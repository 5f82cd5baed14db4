BeforeDiscovery { . $PSScriptRoot/common.ps1 }

BeforeAll {
    . $PSScriptRoot/common.ps1
    Push-Location $TestDrive
    $yaml = @'
name: dmz
namespaces: [web, db, dmzmaster01]
links:
  - {name: lxcbr0, kind: bridge, addresses: [10.0.3.1/24]}
  - {name: lxcbr1, kind: bridge}
  - name: vethdmz
    kind: veth
    bridge: lxcbr0
    peer: {name: eth0, namespace: dmzmaster01, addresses: [10.0.3.251/24], gateway: 10.0.3.1}
routes: [{destinationPrefix: 10.0.4.0/24, nextHop: 10.0.3.10}]
rules: [{priority: 100, from: 10.0.3.0/24, table: 7}]
'@
    $hashtable = @{
        name       = 'dmz'
        namespaces = 'web', 'db', 'dmzmaster01'
        links      = @(
            @{ name = 'lxcbr0'; kind = 'bridge'; addresses = @('10.0.3.1/24') }
            @{ name = 'lxcbr1'; kind = 'bridge' }
            @{
                name = 'vethdmz'; kind = 'veth'; bridge = 'lxcbr0'; peer = @{
                    name = 'eth0'; namespace = 'dmzmaster01'; addresses = @('10.0.3.251/24'); gateway = '10.0.3.1'
                }
            }
        )
        routes     = @(@{ destinationPrefix = '10.0.4.0/24'; nextHop = '10.0.3.10' })
        rules      = @(@{ priority = 100; from = '10.0.3.0/24'; table = 7 })
    }
    Set-Content dmz.yaml $yaml
    $hashtable | ConvertTo-Json -Depth 8 | Set-Content dmz.json
    Set-Content dmz.psd1 @'
@{
    Name       = 'dmz'
    Namespaces = 'web', 'db', 'dmzmaster01'
    Links      = @(
        @{ Name = 'lxcbr0'; Kind = 'bridge'; Addresses = '10.0.3.1/24' }
        @{ Name = 'lxcbr1'; Kind = 'bridge' }
        @{ Name = 'vethdmz'; Kind = 'veth'; Bridge = 'lxcbr0'; Peer = @{
                Name = 'eth0'; Namespace = 'dmzmaster01'; Addresses = '10.0.3.251/24'; Gateway = '10.0.3.1' } }
    )
    Routes     = @(@{ DestinationPrefix = '10.0.4.0/24'; NextHop = '10.0.3.10' })
    Rules      = @(@{ Priority = 100; From = '10.0.3.0/24'; Table = 7 })
}
'@

    # What is there, by ip; names and not numbers, as what is made again has another one.
    function Get-Picture {
        foreach ($in in @('') + @(ip -j netns | ConvertFrom-Json | ForEach-Object name)) {
            $where = $in ? @('-n', $in) : @()
            "namespace '$in'"
            ip @where -d -j link | ConvertFrom-Json | ForEach-Object {
                "$in $($_.ifname) $($_.linkinfo.info_kind) $($_.mtu) $($_.address) $($_.master) $($_.altnames)"
            }
            ip @where -4 -o addr | ForEach-Object { "$in $($_ -replace '^\d+: ')" }
            Get-SetRoute $in | ForEach-Object { "$in $_" }
            ip @where rule | ForEach-Object { "$in $_" }
        }
    }
}

AfterAll { Pop-Location }

Describe 'A document' {
    AfterEach { Remove-NetState * -Force }

    It 'is the same in every format' {
        $plans = @(
            Test-NetState dmz.yaml | Join-String -Separator "`n"
            Test-NetState dmz.json | Join-String -Separator "`n"
            Test-NetState dmz.psd1 | Join-String -Separator "`n"
            $hashtable | Test-NetState | Join-String -Separator "`n"
            Test-NetState -InputObject ([pscustomobject] $hashtable) | Join-String -Separator "`n"
            Get-Item dmz.yaml | Test-NetState | Join-String -Separator "`n"
            'dmz.yaml' | Test-NetState | Join-String -Separator "`n"
        ) | ForEach-Object { ($_ -split "`n" | Sort-Object) -join "`n" }
        $plans[0] | Should -Match 'Create link eth0 in dmzmaster01'
        $plans | Select-Object -Unique | Should -HaveCount 1
        Test-NetState dmz.yaml -Quiet | Should -BeExactly $false
    }

    It 'is made so, once' {
        $done = Set-NetState dmz.yaml
        $done | Should -BeOfType LxcNetworking.State.Plans.NetStateDifference
        $done.Action | Sort-Object -Unique | Should -Be Create
        (Get-IpJson -In dmzmaster01 addr show dev eth0).addr_info.local | Should -Contain '10.0.3.251'
        (Get-IpJson link show dev vethdmz).master | Should -Be 'lxcbr0'
        (Get-IpJson -In dmzmaster01 route show default).gateway | Should -Be '10.0.3.1'
        (Get-IpJson route show 10.0.4.0/24).gateway | Should -Be '10.0.3.10'
        Test-Ping 10.0.3.1 -From dmzmaster01 | Should -BeTrue
        foreach ($file in 'dmz.yaml', 'dmz.json', 'dmz.psd1') {
            Set-NetState $file | Should -BeNullOrEmpty
            Test-NetState $file -Quiet | Should -BeExactly $true
        }
    }

    It 'is changed where it differs, and nowhere else' {
        $null = Set-NetState dmz.yaml
        $before = (Get-IpJson link show).ifindex
        $state = Import-NetState dmz.yaml
        $state.links[1].mtu = 1400
        $state.links[1] | Add-Member ageingTime 60
        $state.links += @{ name = 'other7'; kind = 'bridge' }
        $state.rules = @()
        ($state | Set-NetState | ForEach-Object { "$_" } | Sort-Object) -join '; ' |
            Should -BeExactly ('Change link lxcbr1: ageingTime 00:05:00 -> 00:01:00; ' +
                'Change link lxcbr1: mtu 1500 -> 1400; Create link other7; ' +
                'Remove rule IPv4 from 10.0.3.0/24 priority 100 table 7')
        (Get-IpJson link show dev lxcbr1).mtu | Should -Be 1400
        (Get-IpJson link show).ifindex | Where-Object { $_ -in $before } | Should -Be $before
        ip rule | Should -Not -Match '10.0.3.0/24'
        $state.links[1].mtu = 1300
        $state | ConvertTo-Json -Depth 8 | ConvertFrom-Json | Set-NetState | Should -HaveCount 1
        (Get-IpJson link show dev lxcbr1).mtu | Should -Be 1300
    }

    It 'whose last step fails leaves nothing of the first' {
        $before = Get-Picture
        $state = Import-NetState dmz.yaml
        $state.routes[0].nextHop = '192.0.2.1'
        $state.rules = @()
        $refusal = Get-ErrorOf { $state | Set-NetState }
        $refusal.FullyQualifiedErrorId | Should -BeLike 'NextHopUnreachable,*SetNetStateCommand'
        Get-Picture | Should -BeExactly $before
        '/run/lxcnetworking/state' | Should -Not -Exist
        Get-NetState -Name * | Should -BeNullOrEmpty
    }

    It 'changes nothing with -WhatIf, which says what it would do' {
        $before = Get-Picture
        Set-NetState dmz.yaml -WhatIf | Should -BeNullOrEmpty
        Get-Picture | Should -BeExactly $before
        $null = Set-NetState dmz.yaml
        $after = Get-Picture
        (Get-Content dmz.yaml) -replace 'lxcbr1, kind: bridge', '$0, mtu: 1400' -notmatch '^rules' |
            Set-Content next.yaml
        $said = pwsh -NoProfile -NonInteractive -Command "
            Import-Module '$((Get-Module LxcNetworking).Path)'
            Set-NetState next.yaml -WhatIf; Remove-NetState dmz -WhatIf"
        $said[0..1] | Should -BeExactly @(
            'What if: Performing the operation "Change: mtu from 1500 to 1400" on target "link lxcbr1".'
            'What if: Performing the operation "Remove" on target "rule IPv4 from 10.0.3.0/24 priority 100 table 7".'
        )
        $said | Should -Contain 'What if: Performing the operation "Remove" on target "namespace web".'
        Get-Picture | Should -BeExactly $after
    }

    It 'has all its mistakes told at once, each with its place, and nothing done' {
        Set-Content wrong.yaml @'
name: wrong
links:
  - {name: d0, kind: bridge, mtuu: 3}
  - {name: d1, kind: strange}
  - {name: d2, kind: vlan, vlanId: 5000, parent: d0}
rules: [{from: 10.0.0.0/8}]
more: 1
'@
        $ErrorActionPreference = 'Continue'
        $records = @(Set-NetState wrong.yaml, dmz.yaml 2>&1 |
            Where-Object { $_ -is [System.Management.Automation.ErrorRecord] })
        $records.FullyQualifiedErrorId | Sort-Object -Unique |
            Should -BeExactly 'InvalidArgument,LxcNetworking.Commands.State.SetNetStateCommand'
        $records.TargetObject | Sort-Object -Unique | Should -BeExactly "$TestDrive/wrong.yaml"
        $words = $records | ForEach-Object { "$_" }
        $words | Should -HaveCount 5
        $words[0] | Should -BeExactly (
            "wrong.yaml:3:30: links[0].mtuu: 'mtuu' is no property of a bridge link; 'mtu' is.")
        $words[1] | Should -BeLike 'wrong.yaml:4:*: links?1?.kind: *'
        $words[2] | Should -BeLike 'wrong.yaml:5:*: links?2?.vlanId: *'
        $words[3] | Should -BeLike "wrong.yaml:6:* rules?0?: has no 'priority'*"
        $words[4] | Should -BeLike 'wrong.yaml:7:1: more: *'
        Test-Link d0 | Should -BeFalse
        # The next one was applied all the same.
        Test-Link lxcbr0 | Should -BeTrue
        $records = @(@{ links = @(@{ name = 'd0'; kind = 'bridge'; mtu = 'x' }); more = 1 } | Test-NetState 2>&1)
        $records | ForEach-Object { ("$_" -split ':')[0] } | Should -Be 'links[0].mtu', 'more'
        (Get-ErrorOf { Set-NetState nowhere.yaml }).FullyQualifiedErrorId | Should -BeLike 'ObjectNotFound,*'
        (Get-ErrorOf { Set-NetState dmz.txt }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        (Get-ErrorOf { 5 | Set-NetState }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
    }

    It 'is not undone by another one of its name' {
        'name: twice', 'links: [{name: d0, kind: bridge}]' | Set-Content one.yaml
        'name: twice', 'links: [{name: d1, kind: bridge}]' | Set-Content two.yaml
        $refusal = Get-ErrorOf { Set-NetState one.yaml, two.yaml }
        "$refusal" | Should -BeLike "*named 'twice' as '*/one.yaml' is*"
        Test-Link d0 | Should -BeTrue
        Test-Link d1 | Should -BeFalse
        # On purpose, one after the other.
        (Set-NetState two.yaml).Action | Should -Be Create, Remove
        Test-Link d0 | Should -BeFalse
    }
}

Describe 'What others made' {
    BeforeAll {
        ip link add lxcbr0 type bridge
        ip link add mine type bridge
    }

    AfterAll {
        Remove-NetState * -Force
        ip link del lxcbr0 2>$null
        ip link del mine
    }

    It 'is in the way unless it is as the document says' {
        $state = @{ name = 'other'; links = @(@{ name = 'lxcbr0'; kind = 'bridge'; mtu = 1300 }) }
        foreach ($command in { $state | Set-NetState }, { $state | Test-NetState }) {
            $refusal = Get-ErrorOf $command
            $refusal.FullyQualifiedErrorId | Should -BeLike 'ObjectExists,*'
            "$refusal" | Should -BeLike '*mtu 1500 and not 1300*Use -Adopt if that is meant.'
        }
        ($state | Test-NetState -Adopt).Property | Should -Be 'mtu', 'owner'
        $null = $state | Set-NetState -Adopt
        (Get-IpJson link show dev lxcbr0).mtu | Should -Be 1300
        Remove-NetState other
        Test-Link lxcbr0 | Should -BeFalse
    }

    It 'goes with what it is on only by -Force' {
        @{ name = 'base'; namespaces = @('base') } | Set-NetState | Should -HaveCount 1
        ip -n base link add strange0 type bridge
        $refusal = Get-ErrorOf { Remove-NetState base }
        $refusal.FullyQualifiedErrorId | Should -BeLike 'ResourceBusy,*'
        "$refusal" | Should -BeLikeExactly 'The namespace ''base'' goes*strange0*Use -Force if that is meant.'
        Test-Link strange0 -In base | Should -BeTrue
        Remove-NetState base -Force
        '/run/netns/base' | Should -Not -Exist
    }
}

Describe 'The page of the project' {
    It 'has an example that is a document, and a document that is applied as it says' {
        $page = Get-Content $PSScriptRoot/../docs/declared-state.md -Raw
        $null = $page -match '(?s)```yaml\n(.*?)```'
        Set-Content dmz.page.yaml $Matches[1]
        (Set-NetState dmz.page.yaml).Action | Sort-Object -Unique | Should -Be Create
        Test-NetState dmz.page.yaml -Quiet | Should -BeTrue
        Remove-NetState dmz
    }
}

Describe 'What is there' {
    BeforeAll {
        $clean = Get-Picture
        $null = Set-NetState dmz.yaml
        ip link add others type bridge
        ip -n web addr add 10.7.0.1/24 dev lo
    }

    AfterAll {
        Remove-NetState * -Force
        ip link del others
        Get-Picture | Should -BeExactly $clean
    }

    It 'is a document that changes nothing' {
        $before = Get-Picture
        $state = Get-NetState
        $state.PSObject.TypeNames[0] | Should -BeExactly 'LxcNetworking.NetState'
        $state.namespaces | Should -Be db, dmzmaster01, web
        $state.links.name | Should -Contain 'others'
        $state | Set-NetState | Should -BeNullOrEmpty
        Get-Picture | Should -BeExactly $before
        ($state | Format-List | Out-String -Width 80) | Should -Match '(?m)^ +peer eth0 in dmzmaster01 10.0.3.251/24$'
    }

    It 'is of one document by its name' {
        $state = Get-NetState -Name dm*
        $state.name | Should -BeExactly 'dmz'
        $state.links.name | Should -Be lxcbr0, lxcbr1, vethdmz
        $state | Set-NetState | Should -BeNullOrEmpty
        (Get-ErrorOf { Get-NetState -Name nope }).FullyQualifiedErrorId | Should -BeLike 'ObjectNotFound,*'
        Get-Completion 'Get-NetState -Name d' | Should -Be 'dmz'
        Get-Completion 'Remove-NetState ' | Should -Contain 'dmz'
        Get-Completion "Set-NetState $TestDrive/dm" | Should -Contain "$TestDrive/dmz.yaml"
    }

    It 'is the same in a file of each format' -ForEach 'yaml', 'json', 'psd1' {
        $file = "export.$_"
        Export-NetState $file | Should -BeNullOrEmpty
        Set-NetState $file | Should -BeNullOrEmpty
        $all = Get-NetState | Select-Object * -ExcludeProperty Namespace, NamespaceId | ConvertTo-Json -Depth 8
        Import-NetState $file | ConvertTo-Json -Depth 8 | Should -BeExactly $all
        # What is there is not overwritten.
        Set-Content $file 'kept'
        $refusal = Get-ErrorOf { Export-NetState $file }
        $refusal.FullyQualifiedErrorId | Should -BeLike 'ObjectExists,*'
        "$refusal" | Should -BeLike '*-Force*'
        Export-NetState $file -Force -WhatIf
        Get-Content $file | Should -Be 'kept'
        (Export-NetState $file -Name dmz -Force -PassThru).FullName | Should -BeExactly "$TestDrive/$file"
        ($file | Import-NetState).name | Should -BeExactly 'dmz'
        (Get-Item $file | Import-NetState).name | Should -BeExactly 'dmz'
    }

    It 'is written in the format that is asked for' {
        Import-NetState dmz.yaml | Export-NetState state.txt -Format Json
        (Get-Content state.txt -Raw | ConvertFrom-Json).links[2].peer.gateway | Should -Be '10.0.3.1'
        (Get-ErrorOf { Export-NetState state.conf }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        (Get-ErrorOf { @{ more = 1 } | Export-NetState more.yaml }).FullyQualifiedErrorId |
            Should -BeLike 'InvalidArgument,*'
        'more.yaml' | Should -Not -Exist
    }

    It 'leads back to its namespace on every road' {
        $state = @{ name = 'inner'; links = @(@{ name = 'inner0'; kind = 'bridge' }) }
        $null = $state | Set-NetState -Namespace web
        Test-Link inner0 -In web | Should -BeTrue
        $read = Get-NetState -Namespace web
        $read.namespaces | Should -BeNullOrEmpty
        $read.links.name | Should -Be 'inner0', 'lo'
        $roads = @(
            { $args[0] }
            { $args[0] | ConvertTo-Json -Depth 8 | ConvertFrom-Json }
            # As Receive-Job gives it.
            { $args[0] | Select-Object * | Add-Member PSSourceJobInstanceId (New-Guid) -PassThru }
            { $args[0] | Export-Clixml state.xml; Import-Clixml state.xml }
        )
        foreach ($road in $roads) {
            & $road $read | Set-NetState | Should -BeNullOrEmpty
            Test-Link inner0 | Should -BeFalse
            $named = & $road (Get-NetState -Namespace web -Name inner)
            $named.links[0].mtu = 1400
            ($named | Set-NetState -WhatIf) | Should -BeNullOrEmpty
            ($named | Test-NetState).Target | Should -Be 'link inner0'
            $named | Set-NetState | Should -HaveCount 1
            (Get-IpJson -In web link show dev inner0).mtu | Should -Be 1400
            ip -n web link set inner0 mtu 1500
        }
        # One of another machine, or of a namespace that is no longer there, is refused.
        $there = $read | ConvertTo-Json -Depth 8 | ConvertFrom-Json
        $there.NamespaceId = (Get-NetNamespace db).NamespaceId
        (Get-ErrorOf { $there | Set-NetState }).FullyQualifiedErrorId | Should -BeLike 'NamespaceChanged,*'
        (Get-ErrorOf { $read | Set-NetState -Namespace db }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        Get-NetState -Name inner -Namespace web | Remove-NetState
        Test-Link inner0 -In web | Should -BeFalse
    }
}

Describe 'Remove-NetState' {
    It 'needs no file' {
        $before = Get-Picture
        $null = Set-NetState dmz.yaml
        Remove-NetState dmz | Should -BeNullOrEmpty
        Get-Picture | Should -BeExactly $before
        (Get-ErrorOf { Remove-NetState dmz }).FullyQualifiedErrorId | Should -BeLike 'ObjectNotFound,*'
        (Get-ErrorOf { Remove-NetState }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        Remove-NetState x*
        '/run/lxcnetworking/state' | Should -Not -Exist
    }

    It 'takes several' {
        foreach ($name in 'one', 'two', 'three') {
            $null = @{ name = $name; links = @(@{ name = "$($name)0"; kind = 'bridge' }) } | Set-NetState
        }
        Remove-NetState t*
        (Get-NetState -Name *).name | Should -Be 'one'
        Get-NetState -Name * | Remove-NetState
        Test-Link one0 | Should -BeFalse
    }
}

Describe 'A command that was killed' {
    BeforeAll {
        $before = Get-Picture
        # The process ends at the step of that number, without being asked.
        function Invoke-KilledSet([int] $Step) {
            pwsh -NoProfile -NonInteractive -Command "
                Import-Module '$((Get-Module LxcNetworking).Path)'
                `$stack = [LxcNetworking.Namespaces.NetworkStackPool]::new().Get()
                `$state = [LxcNetworking.State.StateOperationsOfStack]::get_State(`$stack)
                `$document = [LxcNetworking.State.Documents.StateDocument]::Load('$TestDrive/dmz.yaml')
                `$kill = { if (`$args[0] -eq $Step) { [Diagnostics.Process]::GetCurrentProcess().Kill() } }
                `$state.Set(`$document, `$null, `$kill, [Threading.CancellationToken]::None)
            "
            $LASTEXITCODE | Should -Be 137
        }
    }

    It 'is put back by the next one: <_>' -ForEach 'Test-NetState dmz.yaml -Quiet', 'Get-NetState -Name *',
        'Remove-NetState x*', 'Set-NetState dmz.yaml' {
        Invoke-KilledSet 5
        Compare-Object $before (Get-Picture) | Should -Not -BeNullOrEmpty
        $said = Invoke-Expression "$_ 3>&1"
        $said | Where-Object { $_ -is [System.Management.Automation.WarningRecord] } |
            Should -BeLike "*document 'dmz' was killed*put back*"
        if ($_ -like 'Set*') {
            Test-NetState dmz.yaml -Quiet | Should -BeTrue
            Remove-NetState dmz
        }
        Get-Picture | Should -BeExactly $before
        '/run/lxcnetworking/state' | Should -Not -Exist
    }
}
