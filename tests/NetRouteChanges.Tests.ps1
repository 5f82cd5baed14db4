BeforeAll { . $PSScriptRoot/common.ps1 }

Describe 'Changes of routes' {
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
                Should -BeLike '*256 is no RouteProtocol*'
        }

        It 'takes what JSON says of numbers without a name' {
            ip -n web rule add pref 9 table 42 ipproto 200 protocol 77
            $rule = Get-NetRule 9 -Namespace web | ConvertTo-Json | ConvertFrom-Json
            Remove-NetRule 9 -Namespace web
            $made = New-NetRule 9 -Table $rule.Table -IPProtocol $rule.IPProtocol -Protocol $rule.Protocol `
                -Namespace web
            [int]$made.IPProtocol, [int]$made.Protocol, $made.Matches | Should -Be 200, 77, 'ipproto 200'
            "$(Get-ErrorOf { New-NetRule 10 -Table 42 -IPProtocol 256 -Namespace web })" |
                Should -BeLike '*256 is no IPProtocol: a name or a number of 0 to 255 is.*'

            ip -n web route add 10.7.1.0/24 dev eth0 scope 100
            ip -n web addr add 10.0.8.1/24 dev eth0 scope 100
            $route = Get-NetRoute 10.7.1.0/24 -Namespace web | ConvertTo-Json | ConvertFrom-Json
            $null = New-NetRoute 10.7.2.0/24 -InterfaceAlias eth0 -Scope $route.Scope -Namespace web
            (Get-IpJson -In web route show scope 100).dst | Should -Be '10.7.1.0/24', '10.7.2.0/24'
            $address = Get-NetIPAddress 10.0.8.1 -Namespace web | ConvertTo-Json | ConvertFrom-Json
            $null = New-NetIPAddress 10.0.9.1/24 -InterfaceAlias eth0 -Scope $address.Scope -Namespace web
            (Get-IpJson -In web addr show dev eth0).addr_info.Where{ $_.scope -eq '100' }.local |
                Should -Be '10.0.8.1', '10.0.9.1'
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
}
