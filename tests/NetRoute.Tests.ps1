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

    Context 'New-NetRoute -Append' {
        BeforeEach {
            ip -n web route add 10.0.5.0/24 via 10.0.3.1
            ip -n web -6 route add fd05::/48 via fd00::1
        }

        It 'makes a route beside the one that is there' {
            $made = New-NetRoute 10.0.5.0/24 10.0.3.9 -Append -Namespace web
            (Get-IpJson -In web route show 10.0.5.0/24).gateway | Should -Be @('10.0.3.1', '10.0.3.9')
            # Where there is none, it makes one; one just like it is refused.
            (New-NetRoute 10.0.6.0/24 10.0.3.9 -Append -Namespace web).NextHop | Should -Be '10.0.3.9'
            (Get-ErrorOf { New-NetRoute 10.0.5.0/24 10.0.3.9 -Append -Namespace web }).FullyQualifiedErrorId |
                Should -BeLike 'RouteExists,*'
            $made | Remove-NetRoute
            (Get-IpJson -In web route show 10.0.5.0/24).gateway | Should -Be '10.0.3.1'
        }

        It 'adds a way to an IPv6 route' {
            $made = New-NetRoute fd05::/48 fd00::9 -Append -Namespace web
            $made.Multipath.NextHop | Sort-Object | Should -Be @('fd00::1', 'fd00::9')
            (Get-IpJson -In web -6 route show fd05::/48).nexthops.gateway | Should -Be @('fd00::1', 'fd00::9')
        }

        It 'changes nothing with -WhatIf, and with -Replace it is refused' {
            New-NetRoute 10.0.5.0/24 10.0.3.9 -Append -Namespace web -WhatIf | Should -BeNullOrEmpty
            (Get-ErrorOf { New-NetRoute 10.0.5.0/24 10.0.3.9 -Append -Replace -Namespace web }).FullyQualifiedErrorId |
                Should -BeLike 'InvalidArgument,*'
            (Get-IpJson -In web route show 10.0.5.0/24).gateway | Should -Be '10.0.3.1'
        }
    }

    Context 'New-NetRoute -Replace and Set-NetRoute' {
        BeforeEach {
            ip -n web route add 10.0.5.0/24 via 10.0.3.1 metric 10
            ip -n web -6 route add fd05::/48 via fd00::1
        }

        It 'takes the place of the route to <Destination>' -ForEach @(
            @{ Destination = '10.0.5.0/24'; Gateway = '10.0.3.9'; Metric = 10; Family = '-4' }
            @{ Destination = 'fd05::/48'; Gateway = 'fd00::9'; Metric = 1024; Family = '-6' }
        ) {
            $made = New-NetRoute $Destination $Gateway -RouteMetric $Metric -Replace -Namespace web
            "$($made.NextHop)" | Should -Be $Gateway
            (Get-IpJson -In web $Family route show $Destination).gateway | Should -Be $Gateway
            # Where there is none, it makes one.
            $null = New-NetRoute $Destination $Gateway -RouteMetric 77 -Replace -Namespace web
            (Get-IpJson -In web $Family route show $Destination).metric | Should -Be @($Metric, 77 | Sort-Object)
        }

        It 'changes what is said and leaves the rest' {
            Get-NetRoute 10.0.5.0/24 -Namespace web | Set-NetRoute -Mtu 1300 | Should -BeNullOrEmpty
            $changed = Get-NetRoute 10.0.5.0/24 -Namespace web | Set-NetRoute -NextHop 10.0.4.9 -PassThru
            $changed.InterfaceAlias | Should -Be 'eth1'
            $changed.Mtu | Should -Be 1300
            $seen = Get-IpJson -In web route show 10.0.5.0/24
            $seen.gateway | Should -Be '10.0.4.9'
            $seen.metric | Should -Be 10
            $seen.metrics.mtu | Should -Be 1300
            Set-NetRoute fd05::/48 -RouteMetric 7 -Namespace web
            (Get-IpJson -In web -6 route show fd05::/48).metric | Should -Be 7
        }

        It 'takes an object that was text in between' {
            Get-NetRoute 10.0.5.0/24 -Namespace web | ConvertTo-Json | ConvertFrom-Json | Set-NetRoute -NextHop 10.0.3.9
            (Get-IpJson -In web route show 10.0.5.0/24).gateway | Should -Be '10.0.3.9'
        }

        It 'takes a next hop and an interface that a route has for a choice, as Windows does' {
            ip -n web route add 10.0.5.0/24 via 10.0.4.9 metric 20
            Set-NetRoute 10.0.5.0/24 -NextHop 10.0.4.9 -RouteMetric 30 -Namespace web
            Set-NetRoute 10.0.5.0/24 -InterfaceAlias eth0 -RouteMetric 5 -Namespace web
            $seen = Get-IpJson -In web route show 10.0.5.0/24
            $seen.gateway | Should -Be '10.0.3.1', '10.0.4.9'
            $seen.metric | Should -Be 5, 30
            $problem = Get-ErrorOf { Set-NetRoute 10.0.5.0/24 -RouteMetric 7 -Namespace web }
            $problem.FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            "$problem" | Should -BeLike '*Pipe the one that is meant from Get-NetRoute*'
        }

        It 'changes the ways of a route' {
            Set-NetRoute 10.0.5.0/24 -NextHop 10.0.3.7, 10.0.4.7 -Weight 5, 1 -Namespace web
            $seen = Get-IpJson -In web route show 10.0.5.0/24
            $seen.nexthops.gateway | Should -Be '10.0.3.7', '10.0.4.7'
            $seen.nexthops.weight | Should -Be 5, 1
            Set-NetRoute 10.0.5.0/24 -NextHop 192.0.2.1 -InterfaceAlias eth1 -OnLink -Namespace web
            (Get-IpJson -In web route show 10.0.5.0/24).flags | Should -Be 'onlink'
            Set-NetRoute 10.0.5.0/24 -Type Unreachable -Namespace web
            (Get-IpJson -In web route show 10.0.5.0/24).type | Should -Be 'unreachable'
        }

        It 'puts packets into a tunnel' {
            $made = New-NetRoute 10.0.6.0/24 10.0.3.1 -Encapsulation 'ip id 42 dst 192.0.2.9' -Namespace web
            $made.Encapsulation -eq 'ip id 42 dst 192.0.2.9' | Should -BeTrue
            $made.Encapsulation.Type | Should -Be 'Ip'
            ip -n web route show 10.0.6.0/24 | Should -BeLike '*encap ip id 42 * dst 192.0.2.9 *'
            # A new gateway leaves it, and its text is taken again.
            Set-NetRoute 10.0.6.0/24 -NextHop 10.0.3.9 -Namespace web
            $changed = Get-NetRoute 10.0.6.0/24 -Namespace web
            "$($changed.NextHop) $($changed.Encapsulation)" | Should -Be '10.0.3.9 ip id 42 dst 192.0.2.9'
            Set-NetRoute 10.0.6.0/24 -Encapsulation 'ip id 7 dst 192.0.2.9' -Namespace web
            $changed | ConvertTo-Json | ConvertFrom-Json | ForEach-Object Encapsulation |
                Should -Be 'ip id 42 dst 192.0.2.9'
            ip -n web route show 10.0.6.0/24 | Should -BeLike '*encap ip id 7 * via 10.0.3.9 *'
            $made = New-NetNextHop 7 10.0.3.1 -Encapsulation 'ip id 5 dst 192.0.2.9' -Namespace web
            "$($made.Encapsulation)" | Should -Be 'ip id 5 dst 192.0.2.9'
            $problem = Get-ErrorOf { New-NetRoute 10.0.7.0/24 10.0.3.1 -Encapsulation 'ip of mine' -Namespace web }
            $problem.FullyQualifiedErrorId | Should -BeLike 'CannotConvertArgument*,*'
        }

        It 'takes, shows and finds makers by number, and says its own' {
            (New-NetRoute 10.7.1.0/24 10.0.3.1 -Namespace web).Protocol | Should -Be 'LxcNetworking'
            "$((New-NetRoute 10.7.2.0/24 10.0.3.1 -Protocol 77 -Namespace web).Protocol)" | Should -Be '77'
            (Get-IpJson -In web route show 10.7.0.0/16).protocol | Sort-Object | Should -BeNullOrEmpty
            (Get-IpJson -In web route show root 10.7.0.0/16).protocol | Sort-Object | Should -Be '108', '77'
            ip -n web route add 10.7.3.0/24 via 10.0.3.1 proto 99
            ip -n web route add 10.7.4.0/24 via 10.0.3.1 proto 201
            "$((Get-NetRoute -Protocol 77, 201 -Namespace web).DestinationPrefix)" |
                Should -Be '10.7.2.0/24 10.7.4.0/24'
            "$((Get-NetRoute -Protocol OpenR -Namespace web).DestinationPrefix)" | Should -Be '10.7.3.0/24'
            Get-NetRoute -Protocol 77 -Namespace web | Out-String -Width 100 | Should -Match '10\.7\.2\.0/24'
            Set-NetRoute 10.7.2.0/24 -Protocol 200 -Namespace web
            Get-NetRoute -Protocol 200 -Namespace web | ConvertTo-Json | ConvertFrom-Json | Remove-NetRoute
            Get-NetRoute -Protocol 201 -Namespace web | ConvertTo-Csv | ConvertFrom-Csv | Remove-NetRoute
            (Get-IpJson -In web route show root 10.7.0.0/16).dst | Sort-Object | Should -Be '10.7.1.0/24', '10.7.3.0/24'
            "$((New-NetRule 77 -Table 42 -Protocol 77 -Namespace web).Protocol)" | Should -Be '77'
            $made = New-NetNeighbor 10.0.3.9 00:16:3e:00:00:09 -Protocol 77 -InterfaceAlias eth0 -Namespace web
            "$($made.Protocol)" |
                Should -Be '77'
            "$(Get-ErrorOf { New-NetRoute 10.7.5.0/24 10.0.3.1 -Protocol 256 -Namespace web })" |
                Should -BeLike '*256 is no protocol*'
        }

        It 'says from what to what it would change' {
            $before = Get-SetRoute web
            $text = pwsh -NoProfile -c (
                "Import-Module '$((Get-Module LxcNetworking).Path)'; " +
                'Set-NetRoute 10.0.5.0/24 -NextHop 10.0.3.9 -RouteMetric 5 -Namespace web -WhatIf') | Out-String
            $text | Should -BeLike '*RouteMetric from 10 to 5, NextHop from 10.0.3.1 dev eth0 to 10.0.3.9*'
            Get-SetRoute web | Should -Be $before
        }

        It 'refuses <Id> for <Text> and leaves the route' -ForEach @(
            @{ Id = 'RouteNotFound'; Text = '10.99.0.0/24 -RouteMetric 5' }
            @{ Id = 'InvalidArgument'; Text = '-RouteMetric 5' }
            @{ Id = 'NextHopUnreachable'; Text = '10.0.5.0/24 -NextHop 10.99.0.1' }
            @{ Id = 'LinkNotFound'; Text = '10.0.5.0/24 -InterfaceAlias nothere' }
            @{ Id = 'InvalidArgument'; Text = '10.0.5.0/24 -Mtu 1' }
            @{ Id = 'InvalidArgument'; Text = '10.0.5.0/24 -Lifetime 100' }
        ) {
            $before = Get-SetRoute web
            $problem = Get-ErrorOf { Invoke-Expression "Set-NetRoute $Text -Namespace web" }
            $problem.FullyQualifiedErrorId | Should -BeLike "$Id,*"
            Get-SetRoute web | Should -Be $before
        }

        It 'makes IPv6 routes that end, and that only some packets take' {
            $made = New-NetRoute fd06::/48 fd00::1 -SourcePrefix fd07::/64 -Lifetime 300 -Namespace web
            "$($made.SourcePrefix)" | Should -Be 'fd07::/64'
            $seen = Get-IpJson -In web -6 route show fd06::/48
            $seen.from | Should -Be 'fd07::/64'
            $seen.expires | Should -BeGreaterThan 290
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
            $lines -match 'DestinationPrefix +NextHop +InterfaceAlias +RouteMetric +Type +Table +Namespace' |
                Should -Not -BeNullOrEmpty
            $lines -match '^0\.0\.0\.0/0 +10\.0\.3\.1 +eth0 +0 +Unicast +main +web' | Should -Not -BeNullOrEmpty
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
