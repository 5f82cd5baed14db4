BeforeAll { . $PSScriptRoot/common.ps1 }

Describe 'NetNat' -Tag PrivilegedContainer {
    BeforeAll {
        # What nft holds, one object for each rule of this module's table.
        function Get-Rule {
            param([string] $In)
            $where = $In ? @('ip', 'netns', 'exec', $In) : @('env')
            $program, $rest = $where
            (& $program @rest nft -j list ruleset | ConvertFrom-Json).nftables.rule |
                Where-Object table -EQ 'lxcnetworking'
        }
    }

    AfterEach {
        nft flush ruleset
        ip -all netns del
    }

    Context 'New-NetNat' {
        It 'masquerades a network, and turns forwarding on' {
            $nat = New-NetNat web -Prefix 10.0.3.0/24 -Verbose 4>&1
            "$nat" | Should -Match 'Forwarding of IPv4 packets was turned on'
            $nat[-1].Name | Should -BeExactly 'web'
            "$($nat[-1].InternalIPInterfaceAddressPrefix)" | Should -Be '10.0.3.0/24'
            $nat[-1].ExternalIPAddress | Should -BeNullOrEmpty
            "$($nat[-1].Namespace)" | Should -Be "$((Get-NetNat).Namespace)"
            $rule = Get-Rule | Where-Object comment -EQ 'NetNat web'
            $rule.expr[-1].PSObject.Properties.Name | Should -Be 'masquerade'
            $rule.expr[0].match.right.prefix.addr | Should -Be '10.0.3.0'
            Get-Content /proc/sys/net/ipv4/ip_forward | Should -Be 1
        }

        It 'warns of a firewall that drops what is forwarded' {
            nft 'table ip filter { chain FORWARD { type filter hook forward priority 0; policy drop; }; }'
            $null = New-NetNat web 10.0.3.0/24 -WarningVariable warned -WarningAction SilentlyContinue
            "$warned" | Should -BeLike "*'ip filter FORWARD'*10.0.3.0/24*"
            $null = New-NetNat web6 fd00:3::/64 -WarningVariable warned -WarningAction SilentlyContinue
            $warned | Should -BeNullOrEmpty
            $null = New-ContainerNetwork lxcbr0 10.0.4.0/24 -Nat -WarningVariable warned -WarningAction SilentlyContinue
            "$warned" | Should -BeLike "*'ip filter FORWARD'*10.0.4.0/24*"
            Remove-ContainerNetwork lxcbr0
        }

        It 'leaves forwarding alone if told so' {
            ip netns add quiet
            $null = New-NetNat web fd00:3::/64 -Namespace quiet -NoForwarding
            ip netns exec quiet cat /proc/sys/net/ipv6/conf/all/forwarding | Should -Be 0
        }

        It 'warns of a route from a router that forwarding removes' {
            ip netns add quiet
            ip -n quiet link add eth0 type veth peer name eth1
            'eth0', 'eth1' | ForEach-Object { ip -n quiet link set $_ up }
            ip -n quiet -6 route add default dev eth0 proto ra
            $null = New-NetNat web6 fd00:3::/64 -Namespace quiet -WhatIf -WarningVariable warned `
                -WarningAction SilentlyContinue
            "$warned" | Should -BeLike "*'quiet'*'eth0'*::/0*conf/eth0/accept_ra*"
            (Get-ErrorOf { New-ContainerNetwork lxcbr0 fd00:3::/64 -Namespace quiet }).FullyQualifiedErrorId |
                Should -BeLike 'ResourceBusy,*'
            New-ContainerNetwork lxcbr0 fd00:3::/64 -Namespace quiet -Force -WarningVariable warned `
                -WarningAction SilentlyContinue | Remove-ContainerNetwork
            "$warned" | Should -BeLike "*'quiet'*'eth0'*::/0*conf/eth0/accept_ra*"
            $null = New-NetNat web6 fd00:3::/64 -Namespace quiet -NoForwarding -WarningVariable warned
            $null = New-NetNat web 10.0.3.0/24 -Namespace quiet -WarningVariable +warned
            $warned | Should -BeNullOrEmpty
        }

        It 'takes one interface and one address, and warns of an interface that is not there' {
            $nat = New-NetNat web 10.0.3.0/24 -InterfaceAlias ppp7 -ExternalIPAddress 192.0.2.1 `
                -WarningVariable warned -WarningAction SilentlyContinue
            $warned | Should -Match "no interface 'ppp7'"
            $nat.ExternalInterfaceAlias | Should -BeExactly 'ppp7'
            $expressions = (Get-Rule | Where-Object comment -EQ 'NetNat web').expr
            ($expressions.match | Where-Object { $_.left.meta.key -eq 'oifname' }).right | Should -Be 'ppp7'
            $expressions[-1].snat.addr | Should -Be '192.0.2.1'
        }

        It 'changes nothing with -WhatIf' {
            New-NetNat web 10.0.3.0/24 -WhatIf
            nft list ruleset | Should -BeNullOrEmpty
        }

        It 'says what is wrong with <Arguments.Name> <Arguments.Prefix>: <Id>' -ForEach @(
            @{ Arguments = @{ Name = 'web'; Prefix = '10.0.9.0/24' }; Id = 'ObjectExists'; Category = 'ResourceExists' }
            @{ Arguments = @{ Name = 'new'; Prefix = '10.0.3.0/25' }; Id = 'ObjectExists'; Category = 'ResourceExists' }
            @{ Arguments = @{ Name = 'a;b'; Prefix = '10.0.9.0/24' }; Id = 'InvalidName'; Category = 'InvalidArgument' }
            @{ Arguments = @{ Name = 'new'; Prefix = '10.0.9.0/24'; ExternalIPAddress = 'fd00::1' }
                Id = 'InvalidArgument'; Category = 'InvalidArgument' }
        ) {
            $null = New-NetNat web 10.0.3.0/24
            $before = nft list ruleset
            $problem = Get-ErrorOf { New-NetNat @Arguments }
            $problem.FullyQualifiedErrorId | Should -BeLike "$Id,*"
            $problem.CategoryInfo.Category | Should -Be $Category
            nft list ruleset | Should -Be $before
        }
    }

    Context 'Get-NetNat and Remove-NetNat' {
        BeforeEach {
            ip netns add space
            $null = New-NetNat web 10.0.3.0/24
            $null = New-NetNat web6 fd00:3::/64
            $null = New-NetNat space 10.0.3.0/24 -Namespace space
        }

        It 'refuses to translate <_>, which no host has' -ForEach '224.0.0.0/24', '255.255.255.0/24', '127.0.0.0/8',
            '::ffff:10.0.0.0/120', 'ff02::/64' {
            (Get-ErrorOf { New-NetNat other $_ }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            (Get-NetNat).Name | Sort-Object | Should -Be 'web', 'web6'
        }

        It 'lists by name and wildcard' {
            (Get-NetNat).Name | Sort-Object | Should -Be 'web', 'web6'
            (Get-NetNat *6).Name | Should -Be 'web6'
            Get-NetNat nothing* | Should -BeNullOrEmpty
            $problem = Get-ErrorOf { Get-NetNat nothing, web }
            $problem.FullyQualifiedErrorId | Should -BeLike 'ObjectNotFound,*'
            $problem.CategoryInfo.Category | Should -Be 'ObjectNotFound'
        }

        It 'means the whole stack by a namespace in the pipeline, not a NAT of its name' {
            $null = New-NetNat other 10.0.4.0/24 -Namespace space
            (Get-NetNamespace space | Get-NetNat).Name | Sort-Object | Should -Be 'other', 'space'
            (Get-ErrorOf { Get-NetNamespace space | Remove-NetNat }).FullyQualifiedErrorId |
                Should -BeLike 'InvalidArgument,*'
            Get-NetNamespace space | Remove-NetNat o*
            (Get-NetNat -Namespace space).Name | Should -Be 'space'
        }

        It 'removes what comes down the pipeline, and the table with the last one' {
            Get-NetNat | Remove-NetNat -WhatIf
            (Get-NetNat).Count | Should -Be 2
            Get-NetNat web6 | Remove-NetNat
            (Get-NetNat).Name | Should -Be 'web'
            Get-NetNat -Namespace space | Remove-NetNat
            Get-Rule -In space | Should -BeNullOrEmpty
            Remove-NetNat *
            nft list ruleset | Should -BeNullOrEmpty
        }

        It 'means each one once, and goes on after a name that is not there' {
            (Get-NetNat w*, web, web6).Name | Sort-Object | Should -Be 'web', 'web6'
            Remove-NetNat typo, w*, web -ErrorAction SilentlyContinue -ErrorVariable problems
            $problems | Should -HaveCount 1
            $problems[0].TargetObject | Should -Be 'typo'
            nft list ruleset | Should -BeNullOrEmpty
        }

        It 'finds them in another session' {
            $module = $env:LXCNETWORKING_MODULE ?? "$PSScriptRoot/../LxcNetworking.psd1"
            pwsh -NoProfile -c "Import-Module '$module'; (Get-NetNat web).InternalIPInterfaceAddressPrefix.ToString()" |
                Should -Be '10.0.3.0/24'
        }

        It 'completes names of the namespace already typed' {
            Get-Completion 'Get-NetNat w' | Should -Be 'web', 'web6'
            Get-Completion 'Remove-NetNat -Namespace space -Name ' | Should -Be 'space'
        }

        It 'is shown as a table that fits 100 columns' {
            $null = New-NetNat long 2001:db8:1234:5678::/64 -ExternalIPAddress 2001:db8:1234::1 -InterfaceAlias lo
            $lines = @(Get-NetNat | Out-String -Width 100 -Stream)
            $lines -match '^Name .*InternalPrefix .*Interface .*ExternalIPAddress .*Namespace' |
                Should -Not -BeNullOrEmpty
            $lines -match '^long +2001:db8:1234:5678::/64 +lo +2001:db8:1234::1 ' | Should -Not -BeNullOrEmpty
        }
    }
}

Describe 'NetNatStaticMapping' -Tag PrivilegedContainer {
    BeforeEach {
        $null = New-NetNat web 10.0.3.0/24
        $null = New-NetNat web6 fd00:3::/64
    }

    AfterEach { nft flush ruleset }

    It 'maps <Name>' -ForEach @(
        @{ Name = 'a port'; Arguments = @{ NatName = 'web'; Protocol = 'TCP'; ExternalPort = 8080
            InternalIPAddress = '10.0.3.10'; InternalPort = 80 }
            Shown = 'TCP any address of its own port 8080 to 10.0.3.10 port 80' }
        @{ Name = 'ports in a row'; Arguments = @{ NatName = 'web6'; Protocol = 'UDP'; ExternalPort = '8000-8003'
            InternalIPAddress = 'fd00:3::10'; InternalPort = '9000-9003'; ExternalIPAddress = '2001:db8::1' }
            Shown = 'UDP 2001:db8::1 port 8000-8003 to fd00:3::10 port 9000-9003' }
        @{ Name = 'an address'
            Arguments = @{ NatName = 'web'; InternalIPAddress = '10.0.3.10'; ExternalIPAddress = '192.0.2.7' }
            Shown = '192.0.2.7 to 10.0.3.10 and back' }
    ) {
        $mapping = Add-NetNatStaticMapping @Arguments
        "$mapping" | Should -Be $Shown
        "$(Get-NetNatStaticMapping $Arguments.NatName)" | Should -Be $Shown
        $rules = (nft -j list ruleset | ConvertFrom-Json).nftables.rule |
            Where-Object comment -EQ "NetNatStaticMapping $($Arguments.NatName)"
        $rules.chain | Sort-Object -Unique | Select-Object -First 1 -Skip 1 | Should -BeIn 'prerouting', 'postrouting'
        ($rules | Where-Object chain -EQ 'prerouting').handle | Should -Be $mapping.StaticMappingID
        ($rules | Where-Object chain -EQ 'output').expr[-1].dnat.addr | Should -Be $Arguments.InternalIPAddress
        (Get-NetNat $Arguments.NatName).StaticMappingCount | Should -Be 1
    }

    It 'goes on after a name that is not there' {
        $null = Add-NetNatStaticMapping web -Protocol TCP -ExternalPort 1 -InternalIPAddress 10.0.3.10
        $one = Get-NetNatStaticMapping typo, web -ErrorAction SilentlyContinue -ErrorVariable problems
        $problems | Should -HaveCount 1
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'ObjectNotFound,*'
        $one | Should -HaveCount 1
        Remove-NetNatStaticMapping typo -StaticMappingID $one.StaticMappingID -ErrorAction SilentlyContinue `
            -ErrorVariable problems
        $problems | Should -HaveCount 1
        Remove-NetNatStaticMapping typo, w*, web -StaticMappingID $one.StaticMappingID,
            $one.StaticMappingID -ErrorAction SilentlyContinue -ErrorVariable problems
        $problems | Should -HaveCount 1
        (nft -j list ruleset | ConvertFrom-Json).nftables.rule.comment | Should -Not -Contain 'NetNatStaticMapping web'
    }

    It 'removes no other mapping that got the number of one that is gone' {
        $gone = Add-NetNatStaticMapping web -Protocol TCP -ExternalPort 1 -InternalIPAddress 10.0.3.10
        nft flush ruleset
        $null = New-NetNat web 10.0.3.0/24
        $null = New-NetNat web6 fd00:3::/64
        $other = Add-NetNatStaticMapping web -Protocol TCP -ExternalPort 2 -InternalIPAddress 10.0.3.10
        $other.StaticMappingID | Should -Be $gone.StaticMappingID
        (Get-ErrorOf { $gone | Remove-NetNatStaticMapping }).FullyQualifiedErrorId | Should -BeLike 'ObjectNotFound,*'
        "$((Get-NetNatStaticMapping).ExternalPort)" | Should -Be 2
    }

    It 'takes the NAT from the pipeline, and is removed by it, by number and as an object' {
        $one = Get-NetNat web | Add-NetNatStaticMapping -Protocol TCP -ExternalPort 1 -InternalIPAddress 10.0.3.10
        $null = Add-NetNatStaticMapping web -Protocol TCP -ExternalPort 2 -InternalIPAddress 10.0.3.10
        $null = Add-NetNatStaticMapping web -Protocol TCP -ExternalPort 3 -InternalIPAddress 10.0.3.10
        $null = Add-NetNatStaticMapping web6 -Protocol TCP -ExternalPort 3 -InternalIPAddress fd00:3::10
        (Get-NetNat web | Get-NetNatStaticMapping).Count | Should -Be 3
        Remove-NetNatStaticMapping -StaticMappingID $one.StaticMappingID
        Get-NetNatStaticMapping | Where-Object ExternalPort -EQ 2 | Remove-NetNatStaticMapping
        Get-NetNatStaticMapping web | ForEach-Object { "$($_.ExternalPort)" } | Should -Be 3
        Remove-NetNatStaticMapping w* -WhatIf
        (Get-NetNatStaticMapping).Count | Should -Be 2
        Get-NetNat web6 | Remove-NetNatStaticMapping
        (Get-NetNatStaticMapping).NatName | Should -Be 'web'
        Remove-NetNat web
        Get-NetNatStaticMapping | Should -BeNullOrEmpty
    }

    It 'changes nothing with -WhatIf' {
        $before = nft list ruleset
        Add-NetNatStaticMapping web -Protocol TCP -ExternalPort 80 -InternalIPAddress 10.0.3.10 -WhatIf
        nft list ruleset | Should -Be $before
    }

    It 'says what is wrong with <Arguments.NatName> <Arguments.ExternalPort> <Arguments.InternalIPAddress>: <Id>' `
        -ForEach @(
        @{ Arguments = @{ NatName = 'none'; Protocol = 'TCP'; ExternalPort = 80; InternalIPAddress = '10.0.3.10' }
            Id = 'ObjectNotFound' }
        @{ Arguments = @{ NatName = 'web'; Protocol = 'TCP'; ExternalPort = 22; InternalIPAddress = '10.0.3.11' }
            Id = 'ObjectExists' }
        @{ Arguments = @{ NatName = 'web'; Protocol = 'TCP'; ExternalPort = 80; InternalIPAddress = '10.0.4.10' }
            Id = 'InvalidArgument' }
        @{ Arguments = @{ NatName = 'web'; ExternalPort = 80; InternalIPAddress = '10.0.3.10' }
            Id = 'InvalidArgument' }
        @{ Arguments = @{ NatName = 'web'; Protocol = 'TCP'; ExternalPort = '80-70'; InternalIPAddress = '10.0.3.10' }
            Id = 'CannotConvertArgument' }
        @{ Arguments = @{ NatName = 'web'; Protocol = 'TCP'; ExternalPort = 65536; InternalIPAddress = '10.0.3.10' }
            Id = 'CannotConvertArgument' }
    ) {
        $null = Add-NetNatStaticMapping web -Protocol TCP -ExternalPort 20-30 -InternalIPAddress 10.0.3.10
        $before = nft list ruleset
        (Get-ErrorOf { Add-NetNatStaticMapping @Arguments }).FullyQualifiedErrorId | Should -BeLike "$Id*,*"
        nft list ruleset | Should -Be $before
    }

    It 'finds no mapping that is not there' {
        (Get-ErrorOf { Get-NetNatStaticMapping -StaticMappingID 9999 }).FullyQualifiedErrorId |
            Should -BeLike 'ObjectNotFound,*'
        (Get-ErrorOf { Remove-NetNatStaticMapping nothing }).FullyQualifiedErrorId | Should -BeLike 'ObjectNotFound,*'
        (Get-ErrorOf { Remove-NetNatStaticMapping }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        Get-NetNatStaticMapping web | Should -BeNullOrEmpty
    }

    It 'completes numbers and is shown as a table that fits 100 columns' {
        $mapping = Add-NetNatStaticMapping web -Protocol TCP -ExternalPort 8000-8010 -InternalIPAddress 10.0.3.10 `
            -ExternalIPAddress 198.51.100.1
        Get-Completion 'Remove-NetNatStaticMapping -StaticMappingID ' | Should -Be "$($mapping.StaticMappingID)"
        $lines = @(Get-NetNatStaticMapping | Out-String -Width 100 -Stream)
        $lines -match "^ *$($mapping.StaticMappingID) web +TCP +198.51.100.1:8000-8010 +10.0.3.10:8000-8010 " |
            Should -Not -BeNullOrEmpty
    }
}

Describe 'NetNatSession' -Tag PrivilegedContainer {
    BeforeAll {
        ip netns add web
        ip netns add out
        ip link add v0 type veth peer name eth0 netns web
        ip link add up0 type veth peer name eth0 netns out
        ip addr add 10.0.3.1/24 dev v0
        ip addr add 192.0.2.1/24 dev up0
        ip link set v0 up
        ip link set up0 up
        ip -n web addr add 10.0.3.10/24 dev eth0
        ip -n web link set eth0 up
        ip -n web route add default via 10.0.3.1
        ip -n out addr add 192.0.2.9/24 dev eth0
        ip -n out link set eth0 up
    }

    AfterAll {
        nft flush ruleset
        ip -all netns del
    }

    It 'is listed while the kernel knows it, and ends with its NAT' {
        Get-NetNatSession | Should -BeNullOrEmpty
        $null = New-NetNat web 10.0.3.0/24
        $null = New-NetNat other 10.0.4.0/24
        Test-Ping 192.0.2.9 -From web | Should -BeTrue
        $session = Get-NetNatSession | Select-Object -First 1
        "$($session.InternalSourceAddress)", "$($session.ExternalSourceAddress)" | Should -Be '10.0.3.10', '192.0.2.1'
        "$($session.ExternalDestinationAddress)", $session.Protocol | Should -Be '192.0.2.9', 'ICMP'
        $session.NatName, $session.IsFromInside, $session.InternalSourcePort | Should -Be 'web', $true, $null
        "$session" | Should -Be 'ICMP 10.0.3.10 as 192.0.2.1 with 192.0.2.9'
        (Get-NetNat web | Get-NetNatSession).NatName | Should -Contain 'web'
        Get-NetNatSession o* | Should -BeNullOrEmpty
        (Get-ErrorOf { Get-NetNatSession nothere }).FullyQualifiedErrorId | Should -BeLike 'ObjectNotFound,*'
        ($session | ConvertTo-Json | ConvertFrom-Json).InternalSourceAddress | Should -Be '10.0.3.10'
        $lines = @(Get-NetNatSession | Out-String -Width 80 -Stream)
        $lines -match '^Proto +Internal +External +Remote +NatName' | Should -Not -BeNullOrEmpty
        $lines -match '^ICMP +10\.0\.3\.10 +192\.0\.2\.1 +192\.0\.2\.9 +web' | Should -Not -BeNullOrEmpty
        Get-NetNatSession -Namespace web | Should -BeNullOrEmpty
        Remove-NetNat web
        Get-NetNatSession | Should -BeNullOrEmpty
    }
}
