BeforeAll {
    . $PSScriptRoot/common.ps1

    function Get-Setting([string] $Name, [string] $In) {
        $In ? (ip netns exec $In cat /proc/sys/net/$Name) : (Get-Content /proc/sys/net/$Name)
    }
}

Describe 'Forwarding, IP interfaces and configurations' {
    BeforeEach {
        ip netns add web
        ip -n web link set lo up
        ip -n web link add eth0 type veth peer name eth1
        ip -n web link set eth0 up
        ip -n web link set eth1 up
    }
    AfterEach { ip netns del web }

    It 'turns forwarding on and off for a namespace' {
        Set-NetForwarding -Namespace web | Should -BeNullOrEmpty
        Get-Setting ipv4/ip_forward web | Should -Be 1
        Get-Setting ipv6/conf/all/forwarding web | Should -Be 1
        Get-Setting ipv4/ip_forward | Should -Be 0
        (Get-NetForwarding -Namespace web).Enabled | Should -Be $true, $true
        $off = Set-NetForwarding $false -AddressFamily IPv4 -Namespace web -PassThru
        $off.Enabled | Should -BeFalse
        Get-Setting ipv4/ip_forward web | Should -Be 0
        Get-Setting ipv6/conf/all/forwarding web | Should -Be 1
    }

    It 'does it for an interface, from the pipeline' {
        Get-NetLink eth0 -Namespace web | Set-NetForwarding -AddressFamily IPv4
        Get-Setting ipv4/conf/eth0/forwarding web | Should -Be 1
        Get-Setting ipv4/conf/eth1/forwarding web | Should -Be 0
        Get-Setting ipv4/ip_forward web | Should -Be 0
        (Get-NetForwarding -InterfaceAlias eth* -AddressFamily IPv4 -Namespace web |
            Where-Object Enabled).InterfaceAlias | Should -Be 'eth0'
    }

    It 'takes a namespace from the pipeline' {
        Get-NetNamespace web | Set-NetForwarding
        Get-Setting ipv4/ip_forward web | Should -Be 1
        (Get-NetNamespace web | Get-NetForwarding).Enabled | Should -Be $true, $true
    }

    It 'changes nothing with -WhatIf, and reports what is not there' {
        Set-NetForwarding -Namespace web -WhatIf
        Get-Setting ipv4/ip_forward web | Should -Be 0
        (Get-ErrorOf { Set-NetForwarding -InterfaceAlias nothere -Namespace web }).FullyQualifiedErrorId |
            Should -BeLike 'LinkNotFound,*'
    }

    It 'warns of routes that a router announced, and that are lost' {
        ip -n web link set eth0 up
        ip -n web -6 route add default dev eth0 proto ra
        Set-NetForwarding -AddressFamily IPv4 -Namespace web -WarningVariable warned -WarningAction SilentlyContinue
        $warned | Should -BeNullOrEmpty
        Set-NetForwarding -Namespace web -WhatIf -WarningVariable warned -WarningAction SilentlyContinue
        "$warned" | Should -BeLike "*'web'*'eth0'*::/0*conf/eth0/accept_ra*"
    }

    It 'says that it may not' {
        $module = (Get-Module LxcNetworking).Path
        $said = unshare --mount sh -c "mount --bind -o ro /proc/sys /proc/sys && mount -o remount,ro,bind /proc/sys &&
            exec pwsh -NoProfile -Command `"
            Import-Module '$module'
            try { Set-NetForwarding -AddressFamily IPv4 -ErrorAction Stop } catch { \`$_.FullyQualifiedErrorId }`""
        $said | Should -BeLike 'PermissionDenied,*'
    }

    It 'lists IP interfaces' {
        ip netns exec web sh -c 'echo 1 > /proc/sys/net/ipv4/conf/eth0/forwarding'
        ip -n web link set eth1 down
        $all = Get-NetIPInterface -Namespace web
        $all.Count | Should -Be 6
        $four = $all | Where-Object { $_.InterfaceAlias -eq 'eth0' -and $_.AddressFamily -eq 'IPv4' }
        $four.Forwarding | Should -BeTrue
        $four.Mtu | Should -Be 1500
        (Get-NetIPInterface -InterfaceAlias eth1 -AddressFamily IPv6 -Namespace web).ConnectionState |
            Should -Be 'Disconnected'
        (Get-NetLink lo -Namespace web | Get-NetIPInterface).InterfaceAlias | Should -Be 'lo', 'lo'
        @(Get-NetIPInterface -Namespace web | Out-String -Width 100 -Stream) -match 'eth0 +IPv4 +1500 +True' |
            Should -Not -BeNullOrEmpty
    }

    It 'shows configurations' {
        ip -n web addr add 10.0.3.2/24 dev eth0
        ip -n web addr add fd00::2/64 dev eth0 nodad
        ip -n web route add default via 10.0.3.1
        ip -n web link set eth1 down
        $found = Get-NetIPConfiguration -Namespace web
        $found.InterfaceAlias | Should -Be 'eth0'
        "$($found.IPv4Address)" | Should -Be '10.0.3.2/24'
        "$($found.IPv6Address)" | Should -Be 'fd00::2/64'
        "$($found.IPv4DefaultGateway.NextHop)" | Should -Be '10.0.3.1'
        (Get-NetIPConfiguration eth1, lo -Namespace web).InterfaceAlias | Sort-Object | Should -Be 'eth1', 'lo'
        (Get-ErrorOf { Get-NetIPConfiguration nothere -Namespace web }).FullyQualifiedErrorId |
            Should -BeLike 'LinkNotFound,*'
        @($found | Out-String -Width 100 -Stream) -match 'eth0 +10\.0\.3\.2/24 +10\.0\.3\.1 +fd00::2/64 +web' |
            Should -Not -BeNullOrEmpty
        (Get-NetNamespace web | Get-NetIPConfiguration).InterfaceAlias | Should -Be 'eth0'
    }
}
