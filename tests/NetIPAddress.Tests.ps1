BeforeAll {
    . $PSScriptRoot/common.ps1

    function Get-Seen([string] $Device = 'eth0', [string] $In) {
        @((Get-IpJson -In $In addr show dev $Device).addr_info |
            Where-Object { $_.local -and $_.local -notlike 'fe80*' } | ForEach-Object { "$($_.local)/$($_.prefixlen)" })
    }
}

Describe 'NetIPAddress cmdlets' -Tag PrivilegedContainer {
    BeforeEach {
        ip link add eth0 type veth peer name peer0
        ip link set eth0 up
        ip link set peer0 up
        ip netns add web
        ip -n web link add br0 type bridge
        ip -n web link set br0 up
    }
    AfterEach {
        ip link del eth0
        ip netns del web
    }

    It 'takes an address with its own interface as scope, and does not find it on another' {
        $index = (Get-NetLink eth0).InterfaceIndex
        New-NetIPAddress "fe80::5%$index/64" -InterfaceAlias eth0 -NoDad | Should -Be fe80::5/64
        (Get-NetIPAddress "fe80::5%$index").InterfaceAlias | Should -Be eth0
        (Get-NetIPAddress "fe80::%$index/64").InterfaceAlias | Should -Contain eth0
        (Get-ErrorOf { Get-NetIPAddress "fe80::5%$($index + 4711)" }).FullyQualifiedErrorId |
            Should -BeLike 'AddressNotFound,*'
        New-NetRoute fd05::/32 -NextHop "fe80::9%$index" -InterfaceAlias eth0 | Out-Null
        (Get-NetRoute -NextHop "fe80::9%$index").DestinationPrefix | Should -Be fd05::/32
        Remove-NetIPAddress "fe80::5%$index"
        (Get-IpJson addr show dev eth0).addr_info.local | Should -Not -Contain fe80::5
    }

    Context 'New-NetIPAddress' {
        It 'takes <Text>' -ForEach @(
            @{ Text = '10.0.3.1/24'; Expected = '10.0.3.1/24' }
            @{ Text = 'fd00::1/64'; Expected = 'fd00::1/64' }
            @{ Text = '10.0.3.1'; Expected = '10.0.3.1/32' }
            @{ Text = 'fd00::1'; Expected = 'fd00::1/128' }
        ) {
            $made = New-NetIPAddress $Text -InterfaceAlias eth0
            $made | Should -BeOfType LxcNetworking.Addressing.NetIPAddress
            "$($made.Prefix)" | Should -Be $Expected
            $made.InterfaceAlias | Should -BeExactly 'eth0'
            Get-Seen | Should -Be $Expected
        }

        It 'takes -PrefixLength' {
            $null = New-NetIPAddress 10.0.3.1 -PrefixLength 24 -InterfaceAlias eth0
            Get-Seen | Should -Be '10.0.3.1/24'
        }

        It 'refuses a prefix length that contradicts or does not fit' {
            foreach ($block in { New-NetIPAddress 10.0.3.1/24 -PrefixLength 16 -InterfaceAlias eth0 },
                { New-NetIPAddress 10.0.3.1 -PrefixLength 64 -InterfaceAlias eth0 }) {
                (Get-ErrorOf $block).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            }
            Get-Seen | Should -BeNullOrEmpty
        }

        It 'refuses <_> as an argument' -ForEach '10.0.3.1/33', 'fd00::1/129', '10.0.3', '10', 'nonsense',
            '10.0.3.256/24', "10.0.3.1`e[31m", 'default' {
            $text = $_
            $wrong = Get-ErrorOf { New-NetIPAddress $text -InterfaceAlias eth0 }
            $wrong.FullyQualifiedErrorId | Should -BeLike 'ParameterArgumentTransformationError,*'
            "$wrong" | Should -Not -Match "`e"
            Get-Seen | Should -BeNullOrEmpty
        }

        It 'adds several addresses, or none if one of them fails' {
            (New-NetIPAddress 10.0.3.1/24, fd00::1/64 -InterfaceAlias eth0).Count | Should -Be 2
            $wrong = Get-ErrorOf { New-NetIPAddress 10.0.4.1/24, 10.0.3.1/24 -InterfaceAlias eth0 }
            $wrong.FullyQualifiedErrorId | Should -BeLike 'AddressExists,*'
            $wrong.CategoryInfo.Category | Should -Be 'ResourceExists'
            Get-Seen | Sort-Object | Should -Be '10.0.3.1/24', 'fd00::1/64'
        }

        It 'takes the link from the pipeline, with its namespace' {
            $made = Get-NetLink br0 -Namespace web | New-NetIPAddress 10.0.5.3/24
            "$($made.Namespace)" | Should -Be 'web'
            Get-Seen br0 -In web | Should -Be '10.0.5.3/24'
            $null = New-VethPair veth1 -PeerName veth2 -Up | New-NetIPAddress 10.0.6.1/24
            Get-Seen veth1 | Should -Be '10.0.6.1/24'
            ip link del veth1
        }

        It 'takes a namespace from the pipeline, whose name is no interface' {
            $null = Get-NetNamespace web | New-NetIPAddress 10.0.5.4/24 -InterfaceAlias br0
            Get-Seen br0 -In web | Should -Be '10.0.5.4/24'
            (Get-ErrorOf { Get-NetNamespace web | New-NetIPAddress 10.0.5.5/24 }).FullyQualifiedErrorId |
                Should -BeLike 'InvalidArgument,*'
        }

        It 'makes a default route with it for <Gateway>' -ForEach @(
            @{ Address = '10.0.3.251/24'; Gateway = '10.0.3.1'; Family = '-4' }
            @{ Address = 'fd00::2/64'; Gateway = 'fd00::1'; Family = '-6' }
        ) {
            $null = New-NetIPAddress $Address -InterfaceAlias br0 -Namespace web -DefaultGateway $Gateway
            $route = Get-IpJson -In web $Family route show default
            $route.gateway | Should -Be $Gateway
            $route.dev | Should -Be 'br0'
        }

        It 'takes the address back if the gateway <Gateway> is out of reach' -ForEach @(
            @{ Address = '10.0.3.251/24'; Gateway = '10.9.9.9' }
            @{ Address = 'fd00::2/64'; Gateway = 'fd01::1' }
        ) {
            $wrong = Get-ErrorOf { New-NetIPAddress $Address -InterfaceAlias eth0 -DefaultGateway $Gateway }
            $wrong.FullyQualifiedErrorId | Should -BeLike 'NextHopUnreachable,*'
            "$wrong" | Should -Match ([regex]::Escape($Gateway))
            Get-Seen | Should -BeNullOrEmpty
        }

        It 'refuses a gateway that is a network or a short form' {
            foreach ($bad in '10.0.3.1/24', '10.3', 'nonsense') {
                (Get-ErrorOf { New-NetIPAddress 10.0.3.2/24 -InterfaceAlias eth0 `
                    -DefaultGateway $bad }).FullyQualifiedErrorId |
                    Should -BeLike 'ParameterArgumentTransformationError,*'
            }
            Get-Seen | Should -BeNullOrEmpty
        }

        It 'says who made it with -Protocol' {
            (New-NetIPAddress 10.9.0.1/24 -InterfaceAlias eth0 -Protocol 66).Protocol | Should -Be 66
            (Get-NetIPAddress 10.9.0.1).Protocol | Should -Be 66
            (Get-ErrorOf { New-NetIPAddress 10.9.1.1/24 -InterfaceAlias eth0 -Protocol 3 }).FullyQualifiedErrorId |
                Should -BeLike 'InvalidArgument,*'
        }
        It 'sets what ip sets' {
            $null = New-NetIPAddress 10.0.3.1/24 -InterfaceAlias eth0 -Label eth0:1 -Broadcast 10.0.3.9 -Scope Link `
                -ValidLifetime 01:00:00 -PreferredLifetime 00:30:00 -NoPrefixRoute
            $null = New-NetIPAddress fd00::1/64 -InterfaceAlias eth0 -NoDad
            $null = New-NetIPAddress 10.1.1.1 -PeerAddress 10.1.1.2 -InterfaceAlias eth0
            $seen = (Get-IpJson addr show dev eth0).addr_info
            $four = $seen | Where-Object local -EQ '10.0.3.1'
            $four.label | Should -Be 'eth0:1'
            $four.broadcast | Should -Be '10.0.3.9'
            $four.scope | Should -Be 'link'
            $four.valid_life_time | Should -BeGreaterThan 3500
            $four.preferred_life_time | Should -BeLessOrEqual 1800
            $four.noprefixroute | Should -BeTrue
            ($seen | Where-Object local -EQ 'fd00::1').nodad | Should -BeTrue
            ($seen | Where-Object local -EQ '10.1.1.1').address | Should -Be '10.1.1.2'
        }

        It 'says which link is missing' {
            $wrong = Get-ErrorOf { New-NetIPAddress 10.0.3.1/24 -InterfaceAlias nothere }
            $wrong.FullyQualifiedErrorId | Should -BeLike 'LinkNotFound,*'
            $wrong.CategoryInfo.Category | Should -Be 'ObjectNotFound'
            (Get-ErrorOf { New-NetIPAddress 10.0.3.1/24 }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        }

        It 'takes a name with wildcard characters literally' {
            (Get-ErrorOf { New-NetIPAddress 10.0.3.1/24 -InterfaceAlias 'eth*' }).FullyQualifiedErrorId |
                Should -BeLike 'LinkNotFound,*'
        }

        It 'changes nothing with -WhatIf' {
            New-NetIPAddress 10.0.3.1/24 -InterfaceAlias eth0 -DefaultGateway 10.0.3.2 -WhatIf | Should -BeNullOrEmpty
            Get-Seen | Should -BeNullOrEmpty
        }

        It 'needs CAP_NET_ADMIN and says so' {
            $module = (Get-Module LxcNetworking).Path
            $said = setpriv --bounding-set -net_admin --inh-caps -net_admin pwsh -NoProfile -Command "
                Import-Module '$module'
                try { New-NetIPAddress 10.0.3.1/24 -InterfaceAlias eth0 -ErrorAction Stop }
                catch { `$_.FullyQualifiedErrorId; `"`$_`" }"
            $said[0] | Should -BeLike 'PermissionDenied,*'
            "$said" | Should -Match 'CAP_NET_ADMIN'
            Get-Seen | Should -BeNullOrEmpty
        }
    }

    Context 'Get-NetIPAddress' {
        BeforeEach {
            ip addr add 10.0.3.1/24 dev eth0
            ip addr add 10.0.3.2/24 dev eth0
            ip addr add fd00::1/64 dev eth0 nodad
            ip -n web addr add 10.0.5.1/24 dev br0
        }

        It 'lists everything without a filter' {
            $both = Get-Both -Seen {
                (Get-IpJson addr show) |
                    ForEach-Object { $name = $_.ifname; $_.addr_info | Where-Object local |
                        ForEach-Object { "$name $($_.local)" } } | Sort-Object
            } -Found { Get-NetIPAddress | ForEach-Object { "$($_.InterfaceAlias) $($_.IPAddress)" } | Sort-Object }
            $both.Seen | Should -Contain 'eth0 fd00::1'
            $both.Found | Should -Be $both.Seen
        }

        It 'filters by <Parameters.Keys> <Parameters.Values>' -ForEach @(
            @{ Parameters = @{ IPAddress = '10.0.3.1' }; Expected = '10.0.3.1' }
            @{ Parameters = @{ IPAddress = '10.0.3.1/24' }; Expected = '10.0.3.1' }
            @{ Parameters = @{ IPAddress = '10.0.3.0/24' }; Expected = '10.0.3.1', '10.0.3.2' }
            @{ Parameters = @{ IPAddress = '10.0.3.*' }; Expected = '10.0.3.1', '10.0.3.2' }
            @{ Parameters = @{ InterfaceAlias = 'e*'; AddressFamily = 'IPv4' }; Expected = '10.0.3.1', '10.0.3.2' }
            @{ Parameters = @{ IPAddress = 'fd*'; AddressFamily = 'IPv6' }; Expected = 'fd00::1' }
            @{ Parameters = @{ Namespace = 'web'; InterfaceAlias = 'br0'; AddressFamily = 'IPv4' }
                Expected = '10.0.5.1' }
            @{ Parameters = @{ PrefixLength = 24 }; Expected = '10.0.3.1', '10.0.3.2' }
        ) {
            (Get-NetIPAddress @Parameters).IPAddress | ForEach-Object { "$_" } | Sort-Object | Should -Be $Expected
        }

        It 'finds nothing without a word where nothing matches' {
            Get-NetIPAddress '10.77.*' | Should -BeNullOrEmpty
            Get-NetIPAddress 10.77.0.0/16 | Should -BeNullOrEmpty
            Get-NetIPAddress -InterfaceAlias 'x*' | Should -BeNullOrEmpty
        }

        It 'reports a literal address that is not there, and goes on' {
            $found = Get-NetIPAddress 10.0.9.9, 10.0.3.1 -ErrorVariable wrong -ErrorAction SilentlyContinue
            "$($found.IPAddress)" | Should -Be '10.0.3.1'
            $wrong[0].FullyQualifiedErrorId | Should -BeLike 'AddressNotFound,*'
            $wrong[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
            (Get-ErrorOf { Get-NetIPAddress nonsense }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            (Get-ErrorOf { Get-NetIPAddress -InterfaceAlias nothere }).FullyQualifiedErrorId |
                Should -BeLike 'LinkNotFound,*'
        }

        It 'follows links, namespaces and itself down the pipeline' {
            "$((Get-NetLink eth0 | Get-NetIPAddress -AddressFamily IPv4).IPAddress)" | Should -Be '10.0.3.1 10.0.3.2'
            "$((Get-NetNamespace web | Get-NetIPAddress -AddressFamily IPv4).IPAddress)" | Should -Match '10\.0\.5\.1'
            "$((Get-NetIPAddress 10.0.5.1 -Namespace web | Get-NetIPAddress).Namespace)" | Should -Be 'web'
            (Get-NetIPAddress 10.0.5.1 -Namespace web | Get-NetLink).Name | Should -Be 'br0'
            (Get-NetIPAddress -All | Where-Object { "$($_.IPAddress)" -eq '10.0.5.1' }).InterfaceAlias |
                Should -Be 'br0'
        }

        It 'lists groups and anycast addresses, which are not there to be changed' {
            '1' > /proc/sys/net/ipv6/conf/eth0/forwarding
            $groups = Get-NetIPAddress -Type Multicast -InterfaceAlias eth0
            "$($groups.IPAddress)" | Should -BeLike '224.0.0.1 *ff02::1*'
            $groups.Type | Select-Object -Unique | Should -Be 'Multicast'
            "$((Get-NetIPAddress -Type Anycast -InterfaceAlias eth0).IPAddress)" | Should -BeLike '*fd00::*'
            (Get-NetIPAddress fd00::* -Type Unicast, Anycast -InterfaceAlias eth0).Type |
                Should -Be 'Unicast', 'Anycast'
            (Get-NetIPAddress 10.0.3.1).Type | Should -Be 'Unicast'
            (Get-ErrorOf { $groups[0] | Remove-NetIPAddress }).FullyQualifiedErrorId | Should -BeLike 'NotSupported,*'
            (Get-ErrorOf { $groups[0] | Set-NetIPAddress -ValidLifetime 9 }).FullyQualifiedErrorId |
                Should -BeLike 'NotSupported,*'
        }

        It 'is shown as a table that fits 100 columns' {
            ip addr add fd00:1111:2222:3333:4444:5555:6666:7777/64 dev eth0 nodad
            $lines = @(Get-NetIPAddress | Out-String -Width 100 -Stream)
            $lines -match 'InterfaceAlias +IPAddress +AddressState +Scope +Namespace' | Should -Not -BeNullOrEmpty
            $lines -match 'eth0 +10\.0\.3\.1/24 +Preferred +Global' | Should -Not -BeNullOrEmpty
        }

        It 'completes' {
            Get-Completion 'Get-NetIPAddress -InterfaceAlias et' | Should -Be 'eth0'
            Get-Completion 'New-NetIPAddress 1.1.1.1/24 -Namespace web -InterfaceAlias b' | Should -Be 'br0'
            Get-Completion 'Get-NetIPAddress -AddressFamily IPv' | Should -Be 'IPv4', 'IPv6'
            Get-Completion 'Remove-NetIPAddress 127' | Should -Be '127.0.0.1'
            Get-Completion 'Set-NetIPAddress 10.0.3.' | Should -Contain '10.0.3.1'
        }
    }

    Context 'Set-NetIPAddress' {
        BeforeEach {
            ip addr add 10.0.3.1/24 dev eth0
            ip addr add fd00::1/64 dev eth0 nodad
        }

        It 'changes lifetimes' {
            Set-NetIPAddress 10.0.3.1 -ValidLifetime 01:00:00 | Should -BeNullOrEmpty
            $changed = Get-NetIPAddress fd00::1 | Set-NetIPAddress -PreferredLifetime 0 -PassThru
            $changed.AddressState | Should -Be 'Deprecated'
            $seen = (Get-IpJson addr show dev eth0).addr_info
            ($seen | Where-Object local -EQ 10.0.3.1).valid_life_time | Should -BeLessOrEqual 3600
            ($seen | Where-Object local -EQ fd00::1).preferred_life_time | Should -Be 0
        }

        It 'takes a number for a lifetime as seconds' {
            Set-NetIPAddress 10.0.3.1 -ValidLifetime 600 -PreferredLifetime 300
            $seen = (Get-IpJson addr show dev eth0).addr_info | Where-Object local -EQ 10.0.3.1
            $seen.valid_life_time, $seen.preferred_life_time | ForEach-Object { [math]::Ceiling($_ / 100) } |
                Should -Be 6, 3
            # It is read back, and runs by then.
            (New-NetIPAddress 10.0.9.1/24 -InterfaceAlias eth0 -ValidLifetime 600).ValidLifetime.TotalSeconds |
                Should -BeIn (540..600)
        }

        It 'says forever in a list' {
            Get-NetIPAddress 10.0.3.1 | Format-List | Out-String | Should -Match 'ValidLifetime +: forever'
        }

        It 'changes the prefix length' {
            Set-NetIPAddress 10.0.3.1, fd00::1 -PrefixLength 20
            Get-Seen | Sort-Object | Should -Be '10.0.3.1/20', 'fd00::1/20'
        }

        It 'changes metric, protocol and IPv6 flags, and refuses what the kernel passes over' {
            (Set-NetIPAddress 10.0.3.1 -PrefixRouteMetric 70 -PassThru).PrefixRouteMetric | Should -Be 70
            (Set-NetIPAddress fd00::1 -Protocol 77 -PassThru).Protocol | Should -Be 77
            (Get-IpJson route show 10.0.3.0/24).metric | Should -Be 70
            Get-NetIPAddress fd00::1 | Set-NetIPAddress -SkipAsSource $true -NoPrefixRoute $true
            $seen = (Get-IpJson addr show dev eth0).addr_info | Where-Object local -EQ fd00::1
            $seen.preferred_life_time, $seen.noprefixroute, $seen.deprecated | Should -Be 0, $true, $true
            (Get-NetIPAddress fd00::1).SkipAsSource | Should -BeTrue
            $refusal = Get-ErrorOf { Set-NetIPAddress 10.0.3.1 -NoPrefixRoute $true -ValidLifetime 600 }
            $refusal.FullyQualifiedErrorId | Should -BeLike 'NotSupported,*'
            "$refusal" | Should -BeLike '*lifetimes, metric and protocol, not NoPrefixRoute*'
            (Get-NetIPAddress 10.0.3.1).ValidLifetime.IsForever | Should -BeTrue
            (New-NetIPAddress fd00::9/64 -InterfaceAlias eth0 -SkipAsSource $true -NoDad).AddressState |
                Should -Be 'Deprecated'
        }

        It 'says what will be different' {
            $said = pwsh -NoProfile -Command "Import-Module '$((Get-Module LxcNetworking).Path)'" (
                '; Set-NetIPAddress 10.0.3.1 -PrefixRouteMetric 5 -PrefixLength 20 -WhatIf') | Out-String
            $said | Should -BeLike '*PrefixRouteMetric from 0 to 5, PrefixLength from 24 to 20 (the address is removed*'
        }

        It 'changes nothing with -WhatIf, and reports what is not there' {
            Set-NetIPAddress 10.0.3.1 -PrefixLength 20 -WhatIf
            (Get-ErrorOf { Set-NetIPAddress 10.0.9.9 -PrefixLength 20 }).FullyQualifiedErrorId |
                Should -BeLike 'AddressNotFound,*'
            (Get-ErrorOf { Set-NetIPAddress -PrefixLength 20 }).FullyQualifiedErrorId |
                Should -BeLike 'InvalidArgument,*'
            Get-Seen | Sort-Object | Should -Be '10.0.3.1/24', 'fd00::1/64'
        }
    }

    Context 'Remove-NetIPAddress' {
        BeforeEach {
            ip addr add 10.0.3.1/24 dev eth0
            ip addr add 10.0.3.2/24 dev eth0
            ip addr add 10.0.4.1/24 dev eth0
            ip addr add fd00::1/64 dev eth0 nodad
        }

        It 'removes by address, wildcard and pipeline' {
            Remove-NetIPAddress 10.0.4.1/24 | Should -BeNullOrEmpty
            Get-Seen | Should -Not -Contain '10.0.4.1/24'
            Remove-NetIPAddress 'fd*'
            Get-Seen | Should -Be '10.0.3.1/24', '10.0.3.2/24'
            Get-NetIPAddress -InterfaceAlias eth0 | Remove-NetIPAddress
            Get-Seen | Should -BeNullOrEmpty
        }

        It 'removes all of an interface' {
            Remove-NetIPAddress -InterfaceAlias eth0 -AddressFamily IPv4
            Get-Seen | Should -Be 'fd00::1/64'
        }

        It 'does not take a network for its addresses' {
            (Get-ErrorOf { Remove-NetIPAddress 10.0.3.0/24 }).FullyQualifiedErrorId | Should -BeLike 'AddressNotFound,*'
            (Get-Seen).Count | Should -Be 4
        }

        It 'reports what is not there and what is not said' {
            (Get-ErrorOf { Remove-NetIPAddress 10.0.9.9 }).FullyQualifiedErrorId | Should -BeLike 'AddressNotFound,*'
            (Get-ErrorOf { Remove-NetIPAddress 10.0.3.1 -PrefixLength 16 }).FullyQualifiedErrorId |
                Should -BeLike 'AddressNotFound,*'
            (Get-ErrorOf { Remove-NetIPAddress }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            $address = Get-NetIPAddress fd00::1
            ip addr del fd00::1/64 dev eth0
            (Get-ErrorOf { $address | Remove-NetIPAddress }).FullyQualifiedErrorId | Should -BeLike 'AddressNotFound,*'
            (Get-Seen).Count | Should -Be 3
        }

        It 'changes nothing with -WhatIf' {
            Get-NetIPAddress -InterfaceAlias eth0 | Remove-NetIPAddress -WhatIf
            (Get-Seen).Count | Should -Be 4
        }
    }
}
