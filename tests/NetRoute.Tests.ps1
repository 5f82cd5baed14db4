BeforeAll { . $PSScriptRoot/common.ps1 }

Describe 'NetRoute cmdlets' {
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

    Context 'New-NetRoute' {
        It 'routes <Destination> via <Gateway>' -ForEach @(
            @{ Destination = '10.0.5.0/24'; Gateway = '10.0.3.1'; Family = '-4'; Shown = '10.0.5.0/24' }
            @{ Destination = 'default'; Gateway = '10.0.3.1'; Family = '-4'; Shown = 'default' }
            @{ Destination = '0.0.0.0/0'; Gateway = '10.0.3.1'; Family = '-4'; Shown = 'default' }
            @{ Destination = 'fd05::/48'; Gateway = 'fd00::1'; Family = '-6'; Shown = 'fd05::/48' }
            @{ Destination = 'default'; Gateway = 'fd00::1'; Family = '-6'; Shown = 'default' }
        ) {
            $made = New-NetRoute $Destination $Gateway -Namespace web
            $made | Should -BeOfType LxcNetworking.Addressing.NetRoute
            "$($made.NextHop)" | Should -Be $Gateway
            $made.InterfaceAlias | Should -Be 'eth0'
            $seen = Get-IpJson -In web $Family route show $Shown
            $seen.gateway | Should -Be $Gateway
            $seen.dev | Should -Be 'eth0'
        }

        It 'takes everything that ip takes' {
            $null = New-NetRoute 10.1.0.0/16 -NextHop 192.0.2.1 -InterfaceAlias eth1 -OnLink -RouteMetric 77 `
                -Table 1000 -Source 10.0.4.2 -Mtu 1300 -Protocol Static -Namespace web
            $seen = Get-IpJson -In web route show table 1000
            $seen.gateway | Should -Be '192.0.2.1'
            $seen.metric | Should -Be 77
            $seen.prefsrc | Should -Be '10.0.4.2'
            $seen.flags | Should -Contain 'onlink'
            $seen.metrics.mtu | Should -Be 1300
            $seen.protocol | Should -Be 'static'
        }

        It 'routes straight to a link from the pipeline' {
            $made = Get-NetLink eth1 -Namespace web | New-NetRoute 10.9.0.0/16
            $made.Scope | Should -Be 'Link'
            (Get-IpJson -In web route show 10.9.0.0/16).dev | Should -Be 'eth1'
        }

        It 'takes several next hops with weights' {
            $made = New-NetRoute 10.6.0.0/16 -NextHop 10.0.3.7, 10.0.4.7 -Weight 5, 1 -Namespace web
            $made.Multipath.Weight | Should -Be 5, 1
            (Get-IpJson -In web route show 10.6.0.0/16).nexthops.gateway | Should -Be '10.0.3.7', '10.0.4.7'
            (Get-ErrorOf { New-NetRoute 10.8.0.0/16 -NextHop 10.0.3.7,
                10.0.4.7 -Weight 5 -Namespace web }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        }

        It 'makes a <_> route' -ForEach 'Blackhole', 'Unreachable', 'Prohibit' {
            $null = New-NetRoute 10.7.0.0/16 -Type $_ -Namespace web
            $null = New-NetRoute fd07::/16 -Type $_ -Namespace web
            (Get-IpJson -In web route show 10.7.0.0/16).type | Should -Be $_
            (Get-IpJson -In web -6 route show fd07::/16).type | Should -Be $_
            Get-NetRoute 10.7.0.0/16, fd07::/16 -Namespace web | Remove-NetRoute
            Get-NetRoute -Namespace web -Type $_ | Should -BeNullOrEmpty
        }

        It 'refuses <Id> for <Text>' -ForEach @(
            @{ Id = 'NextHopUnreachable'; Text = '10.5.0.0/16 10.99.0.1' }
            @{ Id = 'NextHopUnreachable'; Text = 'fd05::/32 fd99::1' }
            @{ Id = 'RouteExists'; Text = '10.0.5.0/24 10.0.3.9' }
            @{ Id = 'InvalidArgument'; Text = '10.5.0.1/16 10.0.3.1' }
            @{ Id = 'InvalidArgument'; Text = '10.5.0.0/16' }
            @{ Id = 'InvalidArgument'; Text = 'fd05::/32 fe80::1' }
            @{ Id = 'LinkNotFound'; Text = '10.5.0.0/16 10.0.3.1 -InterfaceAlias nothere' }
            @{ Id = 'ParameterArgumentTransformationError'; Text = '10.5.0.0/33 10.0.3.1' }
            @{ Id = 'ParameterArgumentTransformationError'; Text = '10.5.0.0/16 10.3' }
            @{ Id = 'NamespaceNotFound'; Text = '10.5.0.0/16 10.0.3.1 -Namespace nothere' }
        ) {
            ip -n web route add 10.0.5.0/24 via 10.0.3.1
            $before = Get-SetRoute web
            $line = "New-NetRoute $Text" + ($Text -match '-Namespace' ? '' : ' -Namespace web')
            (Get-ErrorOf { Invoke-Expression $line }).FullyQualifiedErrorId | Should -BeLike "$Id,*"
            Get-SetRoute web | Should -Be $before
        }

        It 'changes nothing with -WhatIf' {
            New-NetRoute 10.0.5.0/24 10.0.3.1 -Namespace web -WhatIf | Should -BeNullOrEmpty
            Get-IpJson -In web route show 10.0.5.0/24 | Should -BeNullOrEmpty
        }
    }

    Context 'Get-NetRoute' {
        BeforeEach {
            ip -n web route add default via 10.0.3.1
            ip -n web route add 10.0.5.0/24 via 10.0.3.1 metric 10
            ip -n web route add 10.0.6.0/24 via 10.0.4.1
            ip -n web route add blackhole 10.7.0.0/16
            ip -n web route add 10.9.0.0/16 via 10.0.3.1 table 42
            ip -n web -6 route add default via fd00::1
        }

        It 'lists the main table without a filter, as ip does' {
            $both = Get-Both -Seen {
                @(Get-IpJson -In web -4 route show).dst +
                    @(Get-IpJson -In web -6 route show | ForEach-Object { $_.dst -eq 'default' ? '::/0' : $_.dst }) |
                    Sort-Object
            } -Found { (Get-NetRoute -Namespace web).DestinationPrefix |
                ForEach-Object { "$_" -replace '^0.0.0.0/0$', 'default' } | Sort-Object }
            $both.Seen | Should -Contain 'fd00::/64'
            $both.Found | Should -Be $both.Seen
        }

        It 'shows table local as objects' {
            $local = Get-NetRoute -Table local -AddressFamily IPv4 -Namespace web
            $seen = Get-IpJson -In web -4 route show table local
            $local.Count | Should -Be $seen.Count
            ($local | Where-Object Type -EQ Broadcast).DestinationPrefix | ForEach-Object { "$_" } |
                Should -Be ($seen | Where-Object type -EQ broadcast).dst.ForEach({ "$_/32" })
            ($local | Where-Object { "$($_.DestinationPrefix)" -eq '10.0.3.2/32' }).InterfaceAlias | Should -Be 'eth0'
            $local.Table | ForEach-Object { "$_" } | Select-Object -Unique | Should -Be 'local'
        }

        It 'filters by <Parameters.Keys> <Parameters.Values>' -ForEach @(
            @{ Parameters = @{ DestinationPrefix = '10.0.5.0/24' }; Expected = '10.0.5.0/24' }
            @{ Parameters = @{ DestinationPrefix = 'default' }; Expected = '0.0.0.0/0' }
            @{ Parameters = @{ DestinationPrefix = 'default'; AddressFamily = 'IPv6' }; Expected = '::/0' }
            @{ Parameters = @{ DestinationPrefix = '10.0.[56]*' }; Expected = '10.0.5.0/24', '10.0.6.0/24' }
            @{ Parameters = @{ NextHop = '10.0.4.*' }; Expected = '10.0.6.0/24' }
            @{ Parameters = @{ NextHop = 'fd00::1' }; Expected = '::/0' }
            @{ Parameters = @{ RouteMetric = 10 }; Expected = '10.0.5.0/24' }
            @{ Parameters = @{ Type = 'Blackhole' }; Expected = '10.7.0.0/16' }
            @{ Parameters = @{ Table = 42 }; Expected = '10.9.0.0/16' }
            @{ Parameters = @{ Table = 'all'; DestinationPrefix = '10.9.*' }; Expected = '10.9.0.0/16' }
            @{ Parameters = @{ InterfaceAlias = '*1'; AddressFamily = 'IPv4' }; Expected = '10.0.4.0/24',
                '10.0.6.0/24' }
        ) {
            (Get-NetRoute @Parameters -Namespace web).DestinationPrefix | ForEach-Object { "$_" } | Sort-Object |
                Should -Be $Expected
        }

        It 'compares with text on both sides' {
            (Get-NetRoute default -Namespace web).DestinationPrefix -eq '0.0.0.0/0' | Should -BeTrue
            (Get-NetRoute default -Namespace web).NextHop -eq '10.0.3.1' | Should -BeTrue
            (Get-NetRoute default -Namespace web).Table -eq 'main' | Should -BeTrue
        }

        It 'reports what is not there' {
            (Get-ErrorOf { Get-NetRoute 10.99.0.0/16 -Namespace web }).FullyQualifiedErrorId |
                Should -BeLike 'RouteNotFound,*'
            (Get-ErrorOf { Get-NetRoute nonsense -Namespace web }).FullyQualifiedErrorId |
                Should -BeLike 'InvalidArgument,*'
            (Get-ErrorOf { Get-NetRoute -InterfaceAlias nothere -Namespace web }).FullyQualifiedErrorId |
                Should -BeLike 'LinkNotFound,*'
            Get-NetRoute -Table 4711 -Namespace web | Should -BeNullOrEmpty
        }

        It 'follows links and namespaces down the pipeline' {
            (Get-NetLink eth1 -Namespace web | Get-NetRoute -AddressFamily IPv4).DestinationPrefix |
                ForEach-Object { "$_" } | Should -Contain '10.0.6.0/24'
            (Get-NetNamespace web | Get-NetRoute default).Namespace | Should -Be 'web'
            (Get-NetRoute -All -DestinationPrefix '10.0.6*').Namespace | Should -Be 'web'
        }

        It 'is shown as a table that fits 100 columns' {
            $lines = @(Get-NetRoute -Table all -Namespace web | Out-String -Width 100 -Stream)
            $lines -match 'DestinationPrefix +NextHop +InterfaceAlias +Metric +Table +Namespace' |
                Should -Not -BeNullOrEmpty
            $lines -match '^0\.0\.0\.0/0 +10\.0\.3\.1 +eth0 +0 +main +web' | Should -Not -BeNullOrEmpty
        }
    }

    Context 'Completion' {
        It 'offers tables and destinations' {
            ip -n web route add 10.0.5.0/24 via 10.0.3.1 table 77
            Get-Completion 'Get-NetRoute -Namespace web -Table ' | Should -Be '77', 'all', 'default', 'local', 'main'
            Get-Completion 'New-NetRoute 10.0.0.0/8 -Namespace web -Table ' | Should -Not -Contain 'all'
            Get-Completion 'Remove-NetRoute -Namespace web -DestinationPrefix 10.0.4' | Should -Be "'10.0.4.0/24'"
        }
    }

    Context 'Remove-NetRoute' {
        BeforeEach {
            ip -n web route add 10.0.5.0/24 via 10.0.3.1 metric 10
            ip -n web route add 10.0.5.0/24 via 10.0.3.9 metric 20
            ip -n web route add 10.0.6.0/24 via 10.0.4.1
            ip -n web -6 route add default via fd00::1
        }

        It 'removes exactly what comes down the pipeline' {
            Get-NetRoute 10.0.5.0/24 -NextHop 10.0.3.9 -Namespace web | Remove-NetRoute | Should -BeNullOrEmpty
            (Get-IpJson -In web route show 10.0.5.0/24).gateway | Should -Be '10.0.3.1'
        }

        It 'removes by destination, wildcard and next hop' {
            Remove-NetRoute default -AddressFamily IPv6 -Namespace web
            Get-IpJson -In web -6 route show default | Should -BeNullOrEmpty
            Remove-NetRoute -NextHop 10.0.3.9 -Namespace web
            Remove-NetRoute '10.0.[56].*' -Namespace web
            (Get-IpJson -In web -4 route show).dst | Should -Be '10.0.3.0/24', '10.0.4.0/24'
        }

        It 'reports what is not there and what is not said' {
            (Get-ErrorOf { Remove-NetRoute default -Namespace web }).FullyQualifiedErrorId |
                Should -BeLike 'RouteNotFound,*'
            (Get-ErrorOf { Remove-NetRoute -Namespace web }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            $route = Get-NetRoute 10.0.6.0/24 -Namespace web
            ip -n web route del 10.0.6.0/24
            (Get-ErrorOf { $route | Remove-NetRoute }).FullyQualifiedErrorId | Should -BeLike 'RouteNotFound,*'
            (Get-IpJson -In web route show 10.0.5.0/24).Count | Should -Be 2
        }

        It 'changes nothing with -WhatIf' {
            $before = Get-SetRoute web
            $before.Count | Should -BeGreaterThan 6
            Get-NetRoute -Namespace web | Remove-NetRoute -WhatIf
            Get-SetRoute web | Should -Be $before
        }
    }

    Context 'Routes that are like each other' {
        It 'removes the one that was given' -ForEach @(
            @{
                First = 'nexthop via 10.0.3.1 nexthop via 10.0.3.7'
                Second = 'nexthop via 10.0.3.8 nexthop via 10.0.3.9'
            }
            @{ First = 'via 10.0.3.1 src 10.0.3.2'; Second = 'via 10.0.3.1' }
        ) {
            ip -n web route append 10.9.0.0/24 @(-split $First)
            $left = ip -n web route show 10.9.0.0/24
            ip -n web route append 10.9.0.0/24 @(-split $Second)
            (Get-NetRoute 10.9.0.0/24 -Namespace web)[1] | Remove-NetRoute
            ip -n web route show 10.9.0.0/24 | Should -Be $left
        }

        It 'removes none for one that is gone' {
            ip -n web route add 10.9.0.0/24 via 10.0.3.1
            $route = Get-NetRoute 10.9.0.0/24 -Namespace web
            $route | Remove-NetRoute
            ip -n web route add 10.9.0.0/24 via 10.0.3.1 metric 7
            $left = ip -n web route show 10.9.0.0/24
            (Get-ErrorOf { $route | Remove-NetRoute }).FullyQualifiedErrorId | Should -BeLike 'RouteNotFound,*'
            ip -n web route show 10.9.0.0/24 | Should -Be $left
        }
    }

    Context 'Routes that the kernel leaves out' {
        It 'are an error and no short list' {
            ip -n web -6 route add fd07::/48 via fd00::7 metric 5
            ip -n web -6 route append fd07::/48 dev eth0 metric 5
            ip -n web -6 route append fd07::/48 via fd00::8 metric 5
            $problem = Get-ErrorOf { Get-NetRoute -Namespace web -AddressFamily IPv6 }
            $problem.FullyQualifiedErrorId | Should -BeLike 'NetlinkListIncomplete,*'
            "$problem" | Should -BeLike '*fd07::/48 with metric 5*'
            (Get-NetRoute -Namespace web -AddressFamily IPv4).Count | Should -Be (Get-IpJson -In web -4 route).Count
        }
    }

    Context 'Find-NetRoute' {
        BeforeEach { ip -n web route add default via 10.0.3.1 }

        It 'tells what the kernel would take' {
            $route = Find-NetRoute 8.8.8.8 -Namespace web
            $seen = Get-IpJson -In web route get 8.8.8.8
            "$($route.NextHop)" | Should -Be $seen.gateway
            $route.InterfaceAlias | Should -Be $seen.dev
            "$($route.Source)" | Should -Be $seen.prefsrc
            "$($route.DestinationPrefix)" | Should -Be '0.0.0.0/0'
        }

        It 'takes a source, an interface, several addresses and a namespace' {
            "$((Find-NetRoute 8.8.8.8 -Source 10.0.4.2 -Namespace web).Source)" | Should -Be '10.0.4.2'
            (Get-NetLink eth1 -Namespace web | Find-NetRoute 10.0.4.9).InterfaceAlias | Should -Be 'eth1'
            (Get-NetNamespace web | Find-NetRoute 10.0.3.9, fd00::9).InterfaceAlias | Should -Be 'eth0', 'eth0'
        }

        It 'says that there is no way' {
            $wrong = Get-ErrorOf { Find-NetRoute 2001:db8::1 -Namespace web }
            $wrong.FullyQualifiedErrorId | Should -BeLike 'RouteNotFound,*'
            $wrong.CategoryInfo.Category | Should -Be 'ObjectNotFound'
            (Get-ErrorOf { Find-NetRoute 10.3 -Namespace web }).FullyQualifiedErrorId |
                Should -BeLike 'ParameterArgumentTransformationError,*'
        }
    }
}
