BeforeAll { . $PSScriptRoot/common.ps1 }

Describe 'Connect-Container and Disconnect-Container' -Tag PrivilegedContainer {
    BeforeEach {
        foreach ($name in 'web', 'db', 'wire') { ip netns add $name }
        ip link add lxcbr0 up type bridge
        ip addr add 10.0.3.1/24 dev lxcbr0
        ip link add card up type veth peer name end netns wire
        ip -n wire link set end up
        ip -n wire addr add 10.0.9.9/24 dev end
    }

    AfterEach {
        $env:TMPDIR = $null
        # Not by ip netns del: the sockets that this session has open in them would keep them, and their links, for
        # another second or two.
        Get-NetNamespace | Where-Object IsHost -EQ $false | Remove-NetNamespace
        ip link del lxcbr0
        # Links whose other end's namespace goes away take a moment to follow: until its last socket is closed, and the
        # kernel has swept.
        Wait-Until { -not (Get-IpJson link show type veth) }
    }

    It 'plugs a container into a bridge with address and gateway, and takes it out again' {
        $made = Connect-Container web -Bridge lxcbr0 -IPAddress 10.0.3.2/24 -Gateway 10.0.3.1 -HostInterfaceName vweb
        $made.InterfaceAlias | Should -BeExactly 'eth0'
        $made.HostInterfaceAlias | Should -BeExactly 'vweb'
        "$($made.IPAddress)" | Should -Be '10.0.3.2/24'
        "$($made.Namespace)" | Should -Be 'web'
        (Get-IpJson link show dev vweb).master | Should -Be 'lxcbr0'
        (Get-IpJson -In web route show default).gateway | Should -Be '10.0.3.1'
        Test-Ping 10.0.3.2 | Should -BeTrue

        Disconnect-Container web eth0 | Should -BeNullOrEmpty
        Test-Link vweb | Should -BeFalse
        Test-Link eth0 -In web | Should -BeFalse
    }

    It 'gives an address to one of two processes that give it out at once' {
        $work = "Import-Module '$((Get-Module LxcNetworking).Path -replace 'psm1$', 'psd1')'
            while (`$name = [Console]::In.ReadLine()) {
                try {
                    `$null = Connect-Container `$name -Bridge lxcbr0 -IPAddress 10.0.3.7/24 -ErrorAction Stop
                    'given'
                }
                catch { `$_.FullyQualifiedErrorId }
            }"
        $processes = @(
            foreach ($i in 1..2) {
                $start = [System.Diagnostics.ProcessStartInfo]::new((Get-Process -Id $PID).Path)
                '-NoProfile', '-NonInteractive', '-Command', $work | ForEach-Object { $start.ArgumentList.Add($_) }
                $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
                [System.Diagnostics.Process]::Start($start)
            }
        )
        # A first round, in which both have compiled what it takes.
        foreach ($round in 0..10) {
            $processes[0].StandardInput.WriteLine('web')
            $processes[1].StandardInput.WriteLine('db')
            $said = $processes.ForEach{ $_.StandardOutput.ReadLine() }
            @($said) -eq 'given' | Should -HaveCount 1 -Because "round $round said $said"
            @($said) -like 'AddressExists,*' | Should -HaveCount 1 -Because "round $round said $said"
            $given, $other = $said[0] -eq 'given' ? @('web', 'db') : @('db', 'web')
            (Get-IpJson -In $given addr show dev eth0).addr_info.local | Should -Contain '10.0.3.7'
            Test-Link eth0 -In $other | Should -BeFalse
            Disconnect-Container $given eth0
        }
        $processes.ForEach{ $_.StandardInput.Close(); $_.WaitForExit(); $_.ExitCode } | Should -Be 0, 0
    }

    It 'takes prefix length and gateway from a network' {
        $made = Connect-Container web -Network lxcbr0 -IPAddress 10.0.3.7
        "$($made.IPAddress)" | Should -Be '10.0.3.7/24'
        "$($made.Gateway)" | Should -Be '10.0.3.1'
    }

    It 'connects to the wire by macvlan, with a MAC address and an MTU' {
        $made = Connect-Container web -Parent card -Mode Vepa -IPAddress 10.0.9.2/24 -MacAddress 02:00:00:00:00:05 `
            -Mtu 1400 -InterfaceName lan
        $made.Kind | Should -Be 'Macvlan'
        $link = Get-IpJson -In web link show dev lan
        $link.linkinfo.info_data.mode | Should -Be 'vepa'
        $link.address | Should -Be '02:00:00:00:00:05'
        $link.mtu | Should -Be 1400
        Test-Ping 10.0.9.2 -From wire | Should -BeTrue
    }

    It 'takes a physical link in and gives it back' {
        $null = Connect-Container web -Parent card -Kind Phys -IPAddress 10.0.9.2/24
        Test-Ping 10.0.9.2 -From wire | Should -BeTrue
        Test-Link card | Should -BeFalse
        Disconnect-Container web eth0
        Test-Link card | Should -BeTrue
    }

    It 'leaves a link in the container that took the place of a lent one' {
        $null = Connect-Container web -Parent card -Kind Phys
        $lent = Get-IpJson -In web link show dev eth0
        ip -n web link del eth0
        ip -n web link add eth0 index $lent.ifindex address $lent.address type veth peer name eth0p index 1000
        foreach ($more in @{}, @{ HostInterfaceName = 'mine0' }) {
            $refusal = Get-ErrorOf { Disconnect-Container web eth0 @more }
            $refusal.FullyQualifiedErrorId | Should -BeLike 'LinkChanged,*'
            $refusal.CategoryInfo.Category | Should -Be 'InvalidOperation'
            "$refusal" | Should -BeLike '*card*Remove-NetLink eth0 -Namespace web*'
        }
        Test-Link eth0 -In web | Should -BeTrue
        (Get-IpJson link show type veth) | Should -BeNullOrEmpty
        Remove-NetLink eth0 -Namespace web
        # Its name is anybody's again.
        $null = Connect-Container web -Bridge lxcbr0 -InterfaceName eth0
        Disconnect-Container web eth0
        Test-Link eth0 -In web | Should -BeFalse
        Test-Path /run/lxcnetworking/moved-interfaces | Should -BeFalse
    }

    It 'takes containers, namespaces and connections from the pipeline' {
        $null = Get-NetNamespace web | Connect-Container -Bridge lxcbr0 -IPAddress 10.0.3.2/24
        $null = Get-NetContainer db | Connect-Container -Bridge lxcbr0 -IPAddress 10.0.3.3/24
        $null = 'wire' | Connect-Container -Bridge lxcbr0 -IPAddress 10.0.3.4/24
        Test-Ping 10.0.3.3 -From web | Should -BeTrue
        Test-Ping 10.0.3.4 -From db | Should -BeTrue
        $made = 'web', 'db' | Connect-Container -Bridge lxcbr0
        $made.InterfaceAlias | Should -Be 'eth1', 'eth1'
        $made | Disconnect-Container
        Test-Link eth1 -In web | Should -BeFalse
        Test-Link eth0 -In web | Should -BeTrue
        Get-NetContainer web, db, wire | Disconnect-Container -InterfaceName eth*
        (Get-IpJson link show type veth).ifname | Should -Be 'card'
    }

    It 'leads on to the link''s own cmdlets' {
        Connect-Container web -Bridge lxcbr0 | Set-NetLink -Mtu 1300
        (Get-IpJson -In web link show dev eth0).mtu | Should -Be 1300
    }

    It 'works on the bridge of another namespace' {
        ip -n wire link add br1 up type bridge
        $made = Connect-Container web -Bridge br1 -HostNamespace wire
        Test-Link $made.HostInterfaceAlias -In wire | Should -BeTrue
    }

    It 'refuses an address that is in use, unless forced' {
        $null = Connect-Container db -Bridge lxcbr0 -IPAddress 10.0.3.2/24
        $refusal = Get-ErrorOf { Connect-Container web -Bridge lxcbr0 -IPAddress 10.0.3.2/24 }
        $refusal.FullyQualifiedErrorId | Should -BeLike 'AddressExists,*'
        $refusal.CategoryInfo.Category | Should -Be 'ResourceExists'
        Test-Link eth0 -In web | Should -BeFalse
        $null = Connect-Container web -Bridge lxcbr0 -IPAddress 10.0.3.2/24 -Force
        (Get-IpJson -In web addr show dev eth0).addr_info.local | Should -Contain '10.0.3.2'
    }

    It 'changes nothing with -WhatIf' {
        Connect-Container web -Bridge lxcbr0 -IPAddress 10.0.3.2/24 -WhatIf
        Test-Link eth0 -In web | Should -BeFalse
        (Get-ErrorOf { Connect-Container nobody -Bridge lxcbr0 -WhatIf }).FullyQualifiedErrorId |
            Should -BeLike 'ContainerNotFound,*'
        (Get-ErrorOf { Connect-Container web -Network nowhere -WhatIf }).FullyQualifiedErrorId |
            Should -BeLike 'LinkNotFound,*'
        # What is missing can be made.
        "$(Get-ErrorOf { Connect-Container web -Bridge br1 })" | Should -BeLike '*. New-NetBridge br1 makes it.'
        "$(Get-ErrorOf { New-VethPair v7 v8 -Bridge br1 })" | Should -BeLike '*. New-NetBridge br1 makes it.'
        "$(Get-ErrorOf { Add-BridgePort br1 lo })" | Should -BeLike '*. New-NetBridge br1 makes it.'
        "$(Get-ErrorOf { Connect-Container web -Network net1 })" |
            Should -BeLike '*. New-ContainerNetwork net1 makes one.'
        $null = Connect-Container web -Bridge lxcbr0
        Disconnect-Container web eth0 -WhatIf
        Test-Link eth0 -In web | Should -BeTrue
    }

    It 'says what is wrong with <Arguments.Values>: <Id>' -ForEach @(
        @{ Arguments = @{ Container = 'nobody'; Bridge = 'lxcbr0' }; Id = 'ContainerNotFound'
            Category = 'ObjectNotFound' }
        @{ Arguments = @{ Container = 'web'; Bridge = 'nowhere' }; Id = 'LinkNotFound'; Category = 'ObjectNotFound' }
        @{ Arguments = @{ Container = 'web'; Bridge = 'card' }; Id = 'NotSupported'; Category = 'NotImplemented' }
        @{ Arguments = @{ Container = 'web' }; Id = 'InvalidArgument'; Category = 'InvalidArgument' }
        @{ Arguments = @{ Container = 'web'; Bridge = 'lxcbr0'; Parent = 'card' }; Id = 'InvalidArgument'
            Category = 'InvalidArgument' }
        @{ Arguments = @{ Container = 'web'; Bridge = 'lxcbr0'; IPAddress = '10.0.3.x' }; Id = 'InvalidArgument'
            Category = 'InvalidArgument' }
        @{ Arguments = @{ Container = 'web'; Bridge = 'lxcbr0'; IPAddress = '10.0.3.2/24'; Gateway = '10.0.4.1' }
            Id = 'NextHopUnreachable'; Category = 'ConnectionError' }
        @{ Arguments = @{ Container = 'docker:web'; Bridge = 'lxcbr0' }; Id = 'DependencyFailed'
            Category = 'ResourceUnavailable' }
    ) {
        $refusal = Get-ErrorOf { Connect-Container @Arguments }
        $refusal.FullyQualifiedErrorId | Should -BeLike "$Id,*"
        $refusal.CategoryInfo.Category | Should -Be $Category
        Test-Link eth0 -In web | Should -BeFalse
    }

    It 'refuses a container called <_>' -ForEach 'lxc:..', 'docker:a/b', 'podman:a b', "nspawn:a'b`"c", "lxc:a`nb",
        'docker:-rf', '../x' {
        $name = $_
        foreach ($block in { Connect-Container $name -Bridge lxcbr0 }, { Disconnect-Container $name eth0 },
            { Get-NetLink -Namespace $name }) {
            (Get-ErrorOf $block).FullyQualifiedErrorId | Should -BeLike 'InvalidName,*'
        }
        (Get-IpJson link show type veth).ifname | Should -Be 'card'
    }

    It 'goes on after a container that is not there' {
        $made = 'nobody', 'web' | Connect-Container -Bridge lxcbr0 -ErrorAction SilentlyContinue
        $made.InterfaceAlias | Should -Be 'eth0'
    }

    It 'says that there is no such link to disconnect' {
        (Get-ErrorOf { Disconnect-Container web eth9 }).FullyQualifiedErrorId | Should -BeLike 'LinkNotFound,*'
        Disconnect-Container web eth* | Should -BeNullOrEmpty
    }

    It 'takes a link''s name with brackets for that link too' {
        $null = Connect-Container web -Bridge lxcbr0 -InterfaceName 'q[1]'
        $null = Connect-Container web -Bridge lxcbr0 -InterfaceName q1
        Disconnect-Container web 'q`[1`]'
        (Get-IpJson -In web link show type veth).ifname | Should -Be 'q1'
        $null = Connect-Container web -Bridge lxcbr0 -InterfaceName 'q[2]'
        Disconnect-Container web 'q[2]'
        (Get-IpJson -In web link show type veth).ifname | Should -Be 'q1'
        ip -n web link property add dev q1 altname another
        Disconnect-Container web another
        Get-IpJson -In web link show type veth | Should -BeNullOrEmpty
    }

    It 'fits into 100 columns and completes names' {
        $lines = Connect-Container web -Bridge lxcbr0 -IPAddress 10.0.3.2/24 | Out-String -Width 100 -Stream
        $lines -match '^web +eth0 +Veth +lxcbr0 +veth[0-9a-f]{8} +10\.0\.3\.2/24' | Should -HaveCount 1
        Get-Completion 'Connect-Container web -Bridge l' | Should -Be 'lxcbr0'
        # A second is all that Tab waits for, which is short where it is the first time on a slow machine.
        Wait-Until { Get-Completion 'Connect-Container d' }
        Get-Completion 'Connect-Container d' | Should -Be 'db'
        Get-Completion 'Disconnect-Container web ' | Should -Contain 'eth0'
    }

    It 'connects <Count> from several runspaces and leaves nothing' `
        -Skip:(-not (Get-Command dnsmasq -ErrorAction Ignore)) `
        -ForEach @{ Count = $env:LXCNETWORKING_LANE -eq 'full-kernel' ? 20 : 100 } {
        # The first four by DHCP, the others by an address of their own.
        $null = New-ContainerNetwork net0 -Subnet 10.0.4.0/24 -Nat -Dhcp -DhcpRange 10.0.4.200, 10.0.4.250
        1..$Count | ForEach-Object { ip netns add "c$_" }
        $env:TMPDIR = (New-Item -ItemType Directory (Join-Path $TestDrive tmp)).FullName
        $before = @(nft list ruleset; ip rule; (ip route) -replace ' linkdown')
        $manifest = $env:LXCNETWORKING_MODULE ?? (Get-Module LxcNetworking).Path
        $made = 1..$Count | ForEach-Object -ThrottleLimit 4 -Parallel {
            Import-Module $using:manifest
            Connect-Container "c$_" -Network net0 -IPAddress ($_ -le 4 ? 'dhcp' : "10.0.4.$($_ + 10)")
        }
        $made | Should -HaveCount $Count
        @(Get-IpJson link show type veth | Where-Object master -EQ net0) | Should -HaveCount $Count
        ($made.IPAddress | Sort-Object -Unique) | Should -HaveCount $Count
        Test-Ping 10.0.4.15 -From c20 | Should -BeTrue

        $made | ForEach-Object -ThrottleLimit 4 -Parallel {
            Import-Module $using:manifest
            $_ | Disconnect-Container
        }
        (Get-IpJson link show type veth).ifname | Should -Be 'card'
        1..$Count | ForEach-Object { (ip -n "c$_" -br link | Measure-Object -Line).Lines | Should -Be 1 }
        @(nft list ruleset; ip rule; (ip route) -replace ' linkdown') | Should -Be $before
        Get-ChildItem $env:TMPDIR | Should -BeNullOrEmpty
        # The leases are given back; dnsmasq writes that down in its own time.
        Wait-Until { -not (Select-String -Path /run/lxcnetworking/net0/leases -SimpleMatch ' 10.0.4.' -Quiet) }
        Get-DhcpLease net0 | Should -BeNullOrEmpty
        Remove-ContainerNetwork net0
        Test-Path /run/lxcnetworking | Should -BeFalse
        nft list ruleset | Should -BeNullOrEmpty
    }
}

Describe 'Request-DhcpLease' -Tag PrivilegedContainer {
    It 'says that nobody answered' {
        ip netns add web
        ip link add v0 up type veth peer name eth0 netns web
        ip -n web link set eth0 up
        $refusal = Get-ErrorOf { Request-DhcpLease eth0 -Namespace web -Timeout 1 }
        $refusal.FullyQualifiedErrorId | Should -BeLike 'TimedOut,*'
        Request-DhcpLease eth0 -Namespace web -WhatIf | Should -BeNullOrEmpty
        (Get-ErrorOf { Request-DhcpLease lo -Namespace web }).FullyQualifiedErrorId | Should -BeLike 'NotSupported,*'
        ip netns del web
    }
}
