BeforeAll { . $PSScriptRoot/common.ps1 }

Describe 'NetNextHop cmdlets' {
    BeforeEach {
        ip netns add web
        ip -n web link set lo up
        ip -n web link add eth0 type veth peer name eth1
        ip -n web link set eth0 up
        ip -n web link set eth1 up
        ip -n web addr add 10.0.3.2/24 dev eth0
        ip -n web addr add fd00::2/64 dev eth0 nodad
        ip -n web addr add 10.0.4.2/24 dev eth1
    }
    AfterEach { ip netns del web }

    Context 'New-NetNextHop' {
        It 'makes a way to <Gateway>' -ForEach @{ Gateway = '10.0.3.1' }, @{ Gateway = 'fd00::1' } {
            $made = New-NetNextHop 7 $Gateway -Namespace web
            $made | Should -BeOfType LxcNetworking.Addressing.NetNextHop
            $made.InterfaceAlias | Should -Be 'eth0'
            $seen = Get-IpJson -In web nexthop show id 7
            $seen.gateway | Should -Be $Gateway
            $seen.dev | Should -Be 'eth0'
            $seen.protocol | Should -Be '108'
        }

        It 'makes what drops, what is on a link, and what the kernel numbers' {
            $null = New-NetNextHop 7 -Blackhole -Namespace web
            (Get-IpJson -In web nexthop show id 7).PSObject.Properties.Name | Should -Contain 'blackhole'
            $made = Get-NetLink eth1 -Namespace web | New-NetNextHop -AddressFamily IPv6
            $made.AddressFamily | Should -Be 'IPv6'
            (Get-IpJson -In web nexthop show id $made.NextHopId).dev | Should -Be 'eth1'
        }

        It 'makes groups with weights' {
            $null = New-NetNextHop 1 10.0.3.1 -Namespace web
            $null = New-NetNextHop 2 10.0.4.9 -Namespace web
            $made = New-NetNextHop 10 -Group 1, 2 -Weight 3, 1 -Namespace web
            $made.Group.ToString() | Should -Be '1 weight 3, 2'
            $made.Group.NextHopId | Should -Be 1, 2
            @((Get-IpJson -In web nexthop show id 10).group)[0].weight | Should -Be 3
            $resilient = @{ GroupType = 'Resilient'; Buckets = 32; IdleTimer = 60 }
            $null = New-NetNextHop 11 -Group '1 weight 5', 2 @resilient -Namespace web
            $seen = Get-IpJson -In web nexthop show id 11
            $seen.type | Should -Be 'resilient'
            $seen.resilient_args.buckets | Should -Be 32
            $seen.resilient_args.idle_timer | Should -Be 60
            (Get-ErrorOf { New-NetNextHop 12 -Group 1, 2 -Weight 3 -Namespace web }).FullyQualifiedErrorId |
                Should -BeLike 'InvalidArgument,*'
        }

        It 'refuses what is there, and replaces it where that is asked for' {
            $null = New-NetNextHop 7 10.0.3.1 -Namespace web
            $problem = Get-ErrorOf { New-NetNextHop 7 10.0.3.9 -Namespace web }
            $problem.FullyQualifiedErrorId | Should -BeLike 'ObjectExists,*'
            "$problem" | Should -BeLike '*Get-NetNextHop*'
            New-NetNextHop 7 10.0.3.9 -Replace -Namespace web -WhatIf
            (Get-IpJson -In web nexthop show id 7).gateway | Should -Be '10.0.3.1'
            $null = New-NetNextHop 7 10.0.3.9 -Replace -Namespace web
            (Get-IpJson -In web nexthop show id 7).gateway | Should -Be '10.0.3.9'
        }
    }

    Context 'Get-, Set- and Remove-NetNextHop' {
        BeforeEach {
            ip -n web nexthop add id 1 via 10.0.3.1 dev eth0
            ip -n web nexthop add id 2 via 10.0.4.9 dev eth1
            ip -n web nexthop add id 3 via fd00::1 dev eth0 protocol static
            ip -n web nexthop add id 10 group 1/2,4
            ip -n web route add 10.5.0.0/16 nhid 10
        }

        It 'lists by <Parameters.Keys> <Parameters.Values>' -ForEach @(
            @{ Parameters = @{}; Expected = 1, 2, 3, 10 }
            @{ Parameters = @{ NextHopId = 2, 10 }; Expected = 2, 10 }
            @{ Parameters = @{ NextHop = '10.0.*' }; Expected = 1, 2 }
            @{ Parameters = @{ InterfaceAlias = '*0' }; Expected = 1, 3 }
            @{ Parameters = @{ AddressFamily = 'IPv6' }; Expected = 3 }
            @{ Parameters = @{ Protocol = 'Static' }; Expected = 3 }
        ) {
            (Get-NetNextHop @Parameters -Namespace web).NextHopId | Should -Be $Expected
        }

        It 'is shown as a table' {
            $lines = @(Get-NetNextHop -Namespace web | Out-String -Width 80 -Stream)
            $lines -match 'NextHopId +NextHop +InterfaceAlias +Group +Protocol +Namespace' | Should -HaveCount 1
            $lines -match '10 +1, 2 weight 4 +Unspecified +web' | Should -HaveCount 1
        }

        It 'makes routes of objects from the pipeline' {
            $made = Get-NetNextHop 1 -Namespace web | New-NetRoute 10.6.0.0/16
            $made.NextHopId | Should -Be 1
            (Get-IpJson -In web route show 10.6.0.0/16).nhid | Should -Be 1
            $made = Get-NetNextHop 10 -Namespace web | New-NetRoute 10.7.0.0/16
            $made.Multipath.Weight | Should -Be 1, 4
            Set-NetRoute 10.6.0.0/16 -NextHopId 10 -Namespace web
            (Get-IpJson -In web route show 10.6.0.0/16).nhid | Should -Be 10
        }

        It 'changes objects and the routes that use them' {
            Get-NetNextHop 1 -Namespace web | Set-NetNextHop -NextHop 10.0.3.7
            Set-NetNextHop 10 -Group 1 -Namespace web -PassThru | ForEach-Object { "$($_.Group)" } | Should -Be '1'
            (Get-IpJson -In web route show 10.5.0.0/16).gateway | Should -Be '10.0.3.7'
            Set-NetNextHop 1 -NextHop 10.0.4.7 -Namespace web
            (Get-IpJson -In web nexthop show id 1).dev | Should -Be 'eth1'
            $said = pwsh -NoProfile -c (
                "Import-Module '$((Get-Module LxcNetworking).Path)'; " +
                'Set-NetNextHop 1 -NextHop 10.0.4.1 -Namespace web -WhatIf') | Out-String
            $said | Should -BeLike '*NextHop from 10.0.4.7 to 10.0.4.1*'
            (Get-IpJson -In web nexthop show id 1).gateway | Should -Be '10.0.4.7'
        }

        It 'removes them' {
            Get-NetNextHop 2 -Namespace web | Remove-NetNextHop
            (Get-IpJson -In web nexthop show id 10).group.id | Should -Be 1
            Remove-NetNextHop 1, 3 -Namespace web
            Get-IpJson -In web nexthop | Should -BeNullOrEmpty
        }

        It 'reports what is not there and what is not said' {
            foreach ($command in 'Get', 'Remove', 'Set') {
                $problem = Get-ErrorOf { & "$command-NetNextHop" 99 -Namespace web }
                $problem.FullyQualifiedErrorId | Should -BeLike 'ObjectNotFound,*'
            }
            foreach ($command in 'Remove', 'Set') {
                $problem = Get-ErrorOf { & "$command-NetNextHop" -Namespace web }
                $problem.FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            }
            (Get-ErrorOf { New-NetRoute 10.6.0.0/16 -NextHopId 99 -Namespace web }).FullyQualifiedErrorId |
                Should -BeLike 'InvalidArgument,*'
            (Get-NetNextHop -Namespace web).NextHopId | Should -Be 1, 2, 3, 10
        }

        It 'offers them' {
            Get-Completion 'Get-NetNextHop -Namespace web -NextHopId ' | Should -Be '1', '10', '2', '3'
            Get-Completion 'New-NetRoute 10.6.0.0/16 -Namespace web -NextHopId 1' | Should -Be '1', '10'
        }
    }
}
