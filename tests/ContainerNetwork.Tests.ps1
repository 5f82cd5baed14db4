BeforeAll { . $PSScriptRoot/common.ps1 }

Describe 'ContainerNetwork' {
    BeforeDiscovery { $noServer = -not (Get-Command dnsmasq -ErrorAction Ignore) }

    AfterEach {
        foreach ($id in Get-Content /run/lxcnetworking/*/dnsmasq.pid -ErrorAction Ignore) {
            kill -9 $id
            # The next one listens where it listened.
            Wait-End $id
        }
        Remove-RunFolder
        ip -all netns del
        (Get-IpJson link show).ifname | Where-Object { $_ -ne 'lo' } | ForEach-Object { ip link del $_ 2>$null }
        nft flush ruleset
    }

    It 'makes what lxc-net makes, shows it and removes it' -Skip:$noServer {
        $made = New-ContainerNetwork lxcbr0 -Subnet 10.0.3.0/24 -Nat -Dhcp
        $made.Name | Should -BeExactly 'lxcbr0'
        "$($made.Gateway)" | Should -Be '10.0.3.1'
        $made.Nat | Should -BeTrue
        (Get-Process -Id $made.DhcpProcessId).Name | Should -Be 'dnsmasq'
        (Get-IpJson addr show dev lxcbr0).addr_info.local | Should -Contain '10.0.3.1'
        nft list ruleset | Out-String | Should -Match 'masquerade'
        (Get-ContainerNetwork lxc*).Name | Should -Be 'lxcbr0'
        (Get-NetNat).Name | Should -Be 'lxcbr0'

        Remove-ContainerNetwork lxcbr0 | Should -BeNullOrEmpty
        Test-Link lxcbr0 | Should -BeFalse
        nft list ruleset | Should -BeNullOrEmpty
        Test-Path /run/lxcnetworking | Should -BeFalse
        # What has ended but was not waited for has no command line any more.
        Get-Content "/proc/$($made.DhcpProcessId)/cmdline" -Raw -ErrorAction Ignore | Should -BeNullOrEmpty
    }

    It 'warns of what drops its packets, and what it advises lets them pass' -Skip:$noServer {
        nft 'add table inet fw; add chain inet fw in { type filter hook input priority 0; policy drop; };
            add chain inet fw way { type filter hook forward priority 0; };
            add rule inet fw way iifname lxcbr0 tcp dport 25 reject; add rule inet fw way ip daddr 192.0.2.1 drop;
            add chain inet fw raw { type filter hook prerouting priority -300; policy drop; }'
        $subnet = '10.0.3.0/24', 'fd00:3::/64'
        $null = New-ContainerNetwork lxcbr0 $subnet -Dhcp -WarningVariable said -WarningAction Ignore
        $said -join "`n" | Should -BeLike ("*chain 'inet fw in' in namespace '*' drops DHCP, DNS, neighbour " +
            "discovery and router discovery of 'lxcbr0'. Let them pass: nft 'insert rule inet fw in *")
        $said -match "iifname `"lxcbr0`" tcp dport 25 reject.*' \(handle \d+\)" | Should -Match 'may drop'
        $said | Should -HaveCount 3
        # Nothing tells what comes back from other packets where connections are not known yet.
        $said -match 'inet fw raw' | Should -Match 'See that it lets them pass\.$'
        nft 'add chain inet fw raw { policy accept; }'
        foreach ($line in $said -notmatch 'inet fw raw') {
            [regex]::Match($line, "nft '(.*)'$").Groups[1].Value | Should -Not -BeNullOrEmpty
            nft ([regex]::Match($line, "nft '(.*)'$").Groups[1].Value)
            $LASTEXITCODE | Should -Be 0
        }
        $null = New-ContainerNetwork lxcbr0 $subnet -Dhcp -WarningVariable said -WarningAction Ignore
        $said | Should -BeNullOrEmpty
    }

    It 'makes its NAT again where another program emptied the ruleset' {
        $null = New-ContainerNetwork lxcbr0 10.0.3.0/24, fd00:3::/64 -Nat
        $before = nft list ruleset
        nft flush ruleset
        (Get-ContainerNetwork lxcbr0).Nat | Should -BeFalse
        (New-ContainerNetwork lxcbr0 10.0.3.0/24, fd00:3::/64 -Nat).Nat | Should -BeTrue
        nft list ruleset | Should -Be $before
        Remove-ContainerNetwork lxcbr0
        nft list ruleset | Should -BeNullOrEmpty
    }

    It 'lists with -WhatIf what it would do, and does nothing' -Skip:$noServer {
        $script = "Import-Module '$((Get-Module LxcNetworking).Path)'; " +
            'New-ContainerNetwork lxcbr0 -Subnet 10.0.3.0/24 -Nat -Dhcp -WhatIf'
        $said = pwsh -NoProfile -c $script | Out-String
        foreach ($step in "Create the bridge 'lxcbr0'", '10.0.3.1/24', 'Translate what leaves 10.0.3.0/24',
            'Start dnsmasq') {
            $said | Should -Match $step
        }
        Test-Link lxcbr0 | Should -BeFalse
        Test-Path /run/lxcnetworking | Should -BeFalse
    }

    It 'changes nothing the second time, and only the difference with other parameters' -Skip:$noServer {
        $first = New-ContainerNetwork lxcbr0 10.0.3.0/24 -Nat -Dhcp
        $said = New-ContainerNetwork lxcbr0 10.0.3.0/24 -Nat -Dhcp -Verbose 4>&1
        $said | Should -HaveCount 1
        $said.DhcpProcessId | Should -Be $first.DhcpProcessId
        $said = New-ContainerNetwork lxcbr0 10.0.3.0/24 -Nat -Dhcp -StaticLease @{ web = '10.0.3.9'
            db = '02:00:00:00:00:01 10.0.3.10' } -Domain lxc -Verbose 4>&1
        "$($said[0])" | Should -Match 'Restart dnsmasq'
        $said[-1].InterfaceIndex | Should -Be $first.InterfaceIndex
        $said[-1].StaticLease.HostName | Should -Be 'db', 'web'
        Get-Content /run/lxcnetworking/lxcbr0/dnsmasq.conf | Should -Contain 'dhcp-host=02:00:00:00:00:01,10.0.3.10,db'
    }

    It 'leases addresses to containers' -Skip:$noServer {
        $null = New-ContainerNetwork lxcbr0 10.0.3.0/24 -Dhcp -DhcpRange 10.0.3.100, 10.0.3.110
        ip netns add web
        $made = Connect-Container web -Network lxcbr0 -IPAddress dhcp
        $lease = Get-DhcpLease lxcbr0
        "$($lease.IPAddress)/24" | Should -Be "$($made.IPAddress)"
        "$($lease.MacAddress)" | Should -Be "$($made.MacAddress)"
        [int] "$($lease.IPAddress)".Split('.')[3] | Should -BeIn (100..110)
        (Get-ContainerNetwork lxcbr0).Port | Should -Be $made.HostInterfaceAlias
        (Get-DhcpLease).Network | Should -Be 'lxcbr0'
        # In the container, what its link has.
        $own = Get-DhcpLease -Namespace web
        "$($own.InterfaceAlias) $($own.IPAddress) $($own.Server) $($own.HostName)" |
            Should -Be "eth0 $($made.IPAddress) 10.0.3.1 web"
        $own.Expires | Should -Be $made.Lease.Expires
        $own.RenewAt | Should -BeLessThan $own.Expires
        (Request-DhcpLease eth0 -Namespace web).IPAddress | Should -Be $own.IPAddress

        $refusal = Get-ErrorOf { Remove-ContainerNetwork lxcbr0 }
        $refusal.FullyQualifiedErrorId | Should -BeLike 'ResourceBusy,*'
        $refusal.CategoryInfo.Category | Should -Be 'ResourceBusy'
        Remove-ContainerNetwork lxcbr0 -WhatIf
        Test-Link lxcbr0 | Should -BeTrue
        Remove-ContainerNetwork lxcbr0 -Force
        Test-Link lxcbr0 | Should -BeFalse
    }

    It 'moves an uplink onto the bridge and back' {
        ip netns add world
        ip link add eth0 up type veth peer name w0 netns world
        ip -n world link set w0 up
        ip -n world addr add 192.0.2.254/24 dev w0
        ip addr add 192.0.2.1/24 dev eth0
        ip route add default via 192.0.2.254
        $made = New-ContainerNetwork br0 -Uplink eth0
        $made.Uplink | Should -Be 'eth0'
        (Get-IpJson route show default).dev | Should -Be 'br0'
        Test-Ping 192.0.2.254 | Should -BeTrue
        Get-ContainerNetwork br0 | Remove-ContainerNetwork
        (Get-IpJson route show default).dev | Should -Be 'eth0'
        Test-Ping 192.0.2.254 | Should -BeTrue
    }

    It 'gives addresses without names where another program answers DNS' {
        $other = [System.Net.Sockets.TcpListener]::new([ipaddress]::Any, 53)
        $other.Start()
        try {
            $made = New-ContainerNetwork net0 10.0.3.0/24 -Dhcp -WarningVariable warning -WarningAction SilentlyContinue
            $made.Dns | Should -BeFalse
            $made.DhcpProcessId | Should -BeGreaterThan 0
            "$warning" | Should -BeLike 'Another program has port 53 on 10.0.3.1, *-DnsServer.'
            $made = New-ContainerNetwork net0 10.0.3.0/24 -Dhcp -DnsServer 192.0.2.9, 192.0.2.10 `
                -WarningVariable warning
            "$($made.DnsServer)" | Should -Be '192.0.2.9 192.0.2.10'
            $warning | Should -BeNullOrEmpty
        }
        finally {
            $other.Stop()
        }
        $made = New-ContainerNetwork net0 10.0.3.0/24 -Dhcp
        $made.Dns, "$($made.DnsServer)" | Should -Be $true, '10.0.3.1'
        Remove-ContainerNetwork net0
        (Get-ErrorOf { New-ContainerNetwork net0 10.0.3.0/24 -DnsServer 192.0.2.9 }).FullyQualifiedErrorId |
            Should -BeLike 'InvalidArgument,*'
    }

    It 'works in another namespace' {
        ip netns add router
        $made = New-ContainerNetwork net0 10.0.3.0/24 -Nat -Namespace router
        "$($made.Namespace)" | Should -Be 'router'
        Test-Link net0 -In router | Should -BeTrue
        Test-Link net0 | Should -BeFalse
        Get-ContainerNetwork | Should -BeNullOrEmpty
        (Get-NetNamespace router | Get-ContainerNetwork).Name | Should -Be 'net0'
        "$((New-ContainerNetwork net0 10.0.4.0/24).Subnet)" | Should -Be '10.0.4.0/24'
        Remove-ContainerNetwork net0
        $made | Remove-ContainerNetwork
        Test-Link net0 -In router | Should -BeFalse
    }

    It 'says what is wrong with <Arguments.Values>: <Id>' -ForEach @(
        @{ Arguments = @{ Name = 'lxcbr0' }; Id = 'InvalidArgument'; Category = 'InvalidArgument' }
        @{ Arguments = @{ Name = 'lxcbr0'; Subnet = '0.0.0.0/24' }; Id = 'InvalidArgument'
            Category = 'InvalidArgument' }
        @{ Arguments = @{ Name = 'lxcbr0'; Subnet = '::ffff:10.0.0.1/120' }; Id = 'InvalidArgument'
            Category = 'InvalidArgument' }
        @{ Arguments = @{ Name = 'a b'; Subnet = '10.0.3.0/24' }; Id = 'InvalidName'; Category = 'InvalidArgument' }
        @{ Arguments = @{ Name = '..'; Subnet = '10.0.3.0/24' }; Id = 'InvalidName'; Category = 'InvalidArgument' }
        @{ Arguments = @{ Name = 'lxcbr0'; Subnet = '10.9.0.0/16' }; Id = 'RouteExists'; Category = 'ResourceExists' }
        @{ Arguments = @{ Name = 'br0'; Uplink = 'nowhere' }; Id = 'LinkNotFound'; Category = 'ObjectNotFound' }
        @{ Arguments = @{ Name = 'lxcbr0'; Subnet = '10.0.3.0/24'; Dhcp = $true; StaticLease = @{ web = 'x' } }
            Id = 'InvalidArgument'; Category = 'InvalidArgument' }
    ) {
        ip link add card up type veth peer name wire
        ip link set wire up
        ip addr add 10.9.1.1/24 dev card
        $refusal = Get-ErrorOf { New-ContainerNetwork @Arguments }
        $refusal.FullyQualifiedErrorId | Should -BeLike "$Id,*"
        $refusal.CategoryInfo.Category | Should -Be $Category
        Test-Path /run/lxcnetworking | Should -BeFalse
    }

    It 'says that there is no such network' {
        (Get-ErrorOf { Get-ContainerNetwork nobody }).FullyQualifiedErrorId | Should -BeLike 'ObjectNotFound,*'
        (Get-ErrorOf { Remove-ContainerNetwork nobody }).FullyQualifiedErrorId | Should -BeLike 'ObjectNotFound,*'
        Get-ContainerNetwork no* | Should -BeNullOrEmpty
        Remove-ContainerNetwork no*
    }

    It 'means each one once, and goes on after a name that is not there' {
        $null = New-ContainerNetwork net0 10.0.4.0/24
        (Get-ContainerNetwork n*, net0 -ErrorAction Stop).Name | Should -Be 'net0'
        $found = Get-ContainerNetwork typo, net0, net? -ErrorAction SilentlyContinue -ErrorVariable problems
        $found | Should -HaveCount 1
        $problems | Should -HaveCount 1
        Remove-ContainerNetwork net?, net0
        Test-Link net0 | Should -BeFalse
    }

    It 'fits into 100 columns and completes names' {
        $lines = New-ContainerNetwork lxcbr0 10.0.3.0/24, fd00:3::/64 -Nat | Out-String -Width 100 -Stream
        $lines -match '^lxcbr0 +10\.0\.3\.0/24 fd00:3::/64 +True +False +0 +0' | Should -HaveCount 1
        Get-Completion 'Remove-ContainerNetwork l' | Should -Be 'lxcbr0'
    }
}
