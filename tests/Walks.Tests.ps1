# docs/walks.md on the real kernel: each walk, with its pings.
BeforeDiscovery { . $PSScriptRoot/common.ps1 }
BeforeAll {
    . $PSScriptRoot/common.ps1

    # Everything that a walk made, so that the next one starts with nothing.
    function Clear-Network {
        Get-NetNamespace | Where-Object IsHost -EQ $false | Remove-NetNamespace
        ip -j link show | ConvertFrom-Json | Where-Object ifname -NE 'lo' | ForEach-Object {
            ip link del $_.ifname 2>$null
        }
    }
}

Describe 'Empty' {
    BeforeAll { New-NetNamespace empty01 }
    AfterAll { Clear-Network }

    It 'holds nothing but a loopback, which is up' {
        $links = @(Get-NetLink -Namespace empty01)
        $links.Name | Should -BeExactly 'lo'
        (Get-IpJson -In empty01 link show).flags | Should -Contain 'UP'
        ip netns list | Should -Contain 'empty01'
    }

    It 'has the loopback''s addresses' {
        $addresses = (Get-NetIPAddress -Namespace empty01).IPAddress | ForEach-Object ToString
        $addresses | Should -HaveCount 2
        $addresses | Should -Contain '127.0.0.1'
        $addresses | Should -Contain '::1'
    }

    It 'has a local table of objects, as ip route show table local' {
        $routes = Get-NetRoute -Namespace empty01 -Table Local
        $seen = ip -n empty01 -d -j route show table local | ConvertFrom-Json
        $v4 = $routes | Where-Object { "$($_.DestinationPrefix)" -notmatch ':' }
        @($v4).Count | Should -Be @($seen).Count
        ($v4 | Where-Object { "$($_.DestinationPrefix)" -eq '127.0.0.0/8' }).Type | Should -Be 'Local'
        ($v4 | Where-Object { "$($_.DestinationPrefix)" -eq '127.255.255.255/32' }).Type | Should -Be 'Broadcast'
        $routes | ForEach-Object { $_.InterfaceAlias | Should -BeExactly 'lo' }
    }
}

Describe 'A veth made by hand' {
    BeforeAll {
        New-NetBridge lxcbr0 -IPAddress 10.0.3.1/24
        New-NetNamespace mynamespace
    }
    AfterAll { Clear-Network }

    It 'is made inside the namespace, and configured there' {
        $pair = New-VethPair vethMYTEST eth0 -Namespace mynamespace
        $pair.Peer.Name | Should -BeExactly 'eth0'
        New-NetIPAddress 10.0.3.78/24 -InterfaceAlias eth0 -Namespace mynamespace
        Set-NetLink eth0 -Up -Namespace mynamespace
        (Get-IpJson -In mynamespace link show).ifname | Sort-Object | Should -Be 'eth0', 'lo', 'vethMYTEST'
        (Get-IpJson -In mynamespace addr show dev eth0).addr_info.local | Should -Contain '10.0.3.78'
    }

    It 'has its other end moved out to the host' {
        Move-NetLink vethMYTEST -Namespace mynamespace -Destination host
        Set-NetLink vethMYTEST -Up
        Test-Link vethMYTEST | Should -BeTrue
        Test-Link vethMYTEST -In mynamespace | Should -BeFalse
    }

    It 'reaches nothing before it is bridged' {
        Test-Ping 10.0.3.78 -Briefly | Should -BeFalse
    }

    It 'answers once it is' {
        Add-BridgePort lxcbr0 vethMYTEST
        (Get-IpJson link show dev vethMYTEST).master | Should -BeExactly 'lxcbr0'
        (Get-NetBridge lxcbr0).Ports | Should -Contain 'vethMYTEST'
        Test-Ping 10.0.3.78 -Count 2 | Should -BeTrue
    }

    It 'is one step with New-VethPair' {
        New-NetNamespace onestep
        New-VethPair vethone -PeerName eth0 -PeerNamespace onestep -Bridge lxcbr0 -Up
        New-NetIPAddress 10.0.3.79/24 -InterfaceAlias eth0 -Namespace onestep -DefaultGateway 10.0.3.1
        Test-Ping 10.0.3.79 | Should -BeTrue
        Test-Ping 10.0.3.78 -From onestep | Should -BeTrue
    }

    It 'joins two namespaces without a bridge' {
        New-NetNamespace myns1, myns2
        New-VethPair vethNS1 vethNS2 -Namespace myns1 -PeerNamespace myns2 -Up
        New-NetIPAddress 10.9.0.1/24 -InterfaceAlias vethNS1 -Namespace myns1
        New-NetIPAddress 10.9.0.2/24 -InterfaceAlias vethNS2 -Namespace myns2
        Test-Ping 10.9.0.2 -From myns1 | Should -BeTrue
    }
}

Describe 'The DMZ' {
    BeforeAll {
        New-NetBridge lxcbr0 -IPAddress 10.0.3.1/24
        New-NetBridge lxcbr1
        New-NetNamespace macvlanbridge01, macvlanbridge02, dmzmaster01
        New-VethPair vethdmz -PeerName eth0 -PeerNamespace dmzmaster01 -Bridge lxcbr0 -Up
        New-NetIPAddress 10.0.3.251/24 -InterfaceAlias eth0 -Namespace dmzmaster01 -DefaultGateway 10.0.3.1
        Add-MacvlanLink eth0 -Parent lxcbr1 -Mode Bridge -TargetNamespace macvlanbridge01 -Up |
            New-NetIPAddress 10.0.5.3/24
        Add-MacvlanLink eth0 -Parent lxcbr1 -Mode Bridge -TargetNamespace macvlanbridge02 -Up |
            New-NetIPAddress 10.0.5.4/24
        Add-MacvlanLink eth1 -Parent lxcbr1 -Mode Bridge -TargetNamespace dmzmaster01 -Up | New-NetIPAddress 10.0.5.5/24
    }
    AfterAll { Clear-Network }

    It 'is what the kernel holds' {
        (Get-IpJson link show dev vethdmz).master | Should -BeExactly 'lxcbr0'
        (Get-IpJson -In dmzmaster01 link show dev eth1).linkinfo.info_data.mode | Should -Be 'bridge'
        (Get-IpJson -In dmzmaster01 route show default).gateway | Should -Be '10.0.3.1'
        (Get-IpJson -In macvlanbridge01 addr show dev eth0).addr_info.local | Should -Contain '10.0.5.3'
    }

    It 'lets <From> reach <To>' -ForEach @(
        @{ From = 'macvlanbridge01'; To = '10.0.5.4' }
        @{ From = 'macvlanbridge02'; To = '10.0.5.3' }
        @{ From = 'dmzmaster01'; To = '10.0.5.3' }
        @{ From = 'dmzmaster01'; To = '10.0.5.4' }
        @{ From = 'dmzmaster01'; To = '10.0.3.1' }
    ) {
        Test-Ping $To -From $From -Count 2 | Should -BeTrue
    }

    It 'runs a block inside: its native commands live there' {
        $said = Invoke-NetNamespace dmzmaster01 { ping -n -c 2 -W 10 10.0.5.3 }
        "$said" | Should -Match ' 0% packet loss'
        (Invoke-NetNamespace dmzmaster01 { ip -j link show | ConvertFrom-Json }).ifname | Sort-Object |
            Should -Be 'eth0', 'eth1', 'lo'
    }

    It 'lets the host reach the master, and not the children' {
        Test-Ping 10.0.3.251 | Should -BeTrue
        Test-Ping 10.0.5.3 -Briefly | Should -BeFalse
        Test-Ping 10.0.5.5 -Briefly | Should -BeFalse
        # Not for want of a route: an address on the parent itself is no help.
        New-NetIPAddress 10.0.5.1/24 -InterfaceAlias lxcbr1
        Test-Ping 10.0.5.3 -Briefly | Should -BeFalse
        Remove-NetIPAddress 10.0.5.1 -InterfaceAlias lxcbr1
    }

    It 'lets the host reach the children once it has a macvlan of its own' {
        Add-MacvlanLink macvlancont01 -Parent lxcbr1 -Mode Bridge -Up | New-NetIPAddress 10.0.5.6/24
        Test-Ping 10.0.5.3 -Count 2 | Should -BeTrue
        Test-Ping 10.0.5.4 -Count 2 | Should -BeTrue
    }

    It 'is listed as a whole, within 100 columns' {
        $lines = @(Get-NetNamespace | Get-NetLink | Format-Table | Out-String -Width 100 -Stream)
        $lines | Where-Object { $_ -match '^eth1 +dmzmaster01 +macvlan ' } | Should -Not -BeNullOrEmpty
        (Get-NetNamespace dmzmaster01 | Get-NetLink).Name | Sort-Object | Should -Be 'eth0', 'eth1', 'lo'
    }

    It 'is taken down, and the veth with its namespace' {
        Get-NetNamespace dmzmaster01 | Remove-NetNamespace
        ip netns list | Should -Not -Match 'dmzmaster01'
        # The kernel ends a namespace in its own time.
        Wait-NetLink vethdmz -Absent -Timeout 60
        Test-Link vethdmz | Should -BeFalse
    }
}

Describe 'Macvlan in mode <Mode>' -ForEach @(
    @{ Mode = 'Bridge'; Before = $true; After = $true; ToHost = $true }
    @{ Mode = 'Vepa'; Before = $false; After = $true; ToHost = $true }
    @{ Mode = 'Private'; Before = $false; After = $false; ToHost = $false }
) {
    BeforeAll {
        # The parent's other end is a port of the bridge upstream, as a switch's.
        New-NetNamespace upstream, container-1, container-2
        New-VethPair enp1s0 -PeerName vnet0 -PeerNamespace upstream -Up
        New-NetBridge virbr0 -Namespace upstream -IPAddress 192.168.122.1/24
        Add-BridgePort virbr0 vnet0 -Namespace upstream
        foreach ($i in 1, 2) {
            Add-MacvlanLink "mvlan$i" -Parent enp1s0 -Mode $Mode -TargetNamespace "container-$i" -Up |
                New-NetIPAddress "192.168.122.10$i/24" -DefaultGateway 192.168.122.1
        }
    }
    AfterAll { Clear-Network }

    It 'is in that mode' {
        (Get-IpJson -In container-1 link show dev mvlan1).linkinfo.info_data.mode | Should -Be $Mode
        (Get-NetLink mvlan1 -Namespace container-1).Mode | Should -Be $Mode
    }

    It 'reaches what is upstream' {
        Test-Ping 192.168.122.1 -From container-1 | Should -BeTrue
    }

    It 'reaches its sibling without hairpin: <Before>' {
        Test-Ping 192.168.122.102 -From container-1 -Briefly:(-not $Before) | Should -Be $Before
    }

    It 'does not reach the host' {
        New-NetIPAddress 192.168.122.240/24 -InterfaceAlias enp1s0
        Test-Ping 192.168.122.240 -From container-1 -Briefly | Should -BeFalse
    }

    It 'reaches its sibling with hairpin: <After>' {
        Set-BridgeHairpin vnet0 -Namespace upstream
        (Get-IpJson -In upstream link show dev vnet0).linkinfo.info_slave_data.hairpin | Should -BeTrue
        Test-Ping 192.168.122.102 -From container-1 -Count 2 -Briefly:(-not $After) | Should -Be $After
    }

    It 'reaches the host with hairpin: <ToHost>' {
        Test-Ping 192.168.122.240 -From container-1 -Briefly:(-not $ToHost) | Should -Be $ToHost
    }
}

Describe 'Macvlan in mode Passthru' {
    BeforeAll {
        New-NetNamespace upstream, container-1
        New-VethPair enp1s0 -PeerName vnet0 -PeerNamespace upstream -Up
        New-NetIPAddress 192.168.122.1/24 -InterfaceAlias vnet0 -Namespace upstream
    }
    AfterAll { Clear-Network }

    It 'takes over the parent, address included' {
        $link = Add-MacvlanLink mvlan1 -Parent enp1s0 -Mode Passthru -TargetNamespace container-1 -Up
        $link.MacAddress | Should -Be (Get-NetLink enp1s0).MacAddress
        $link | New-NetIPAddress 192.168.122.101/24
        Test-Ping 192.168.122.1 -From container-1 | Should -BeTrue
    }

    It 'is alone on it' {
        $wrong = Get-ErrorOf { Add-MacvlanLink mvlan2 -Parent enp1s0 -Mode Bridge }
        $wrong.FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        Test-Link mvlan2 | Should -BeFalse
    }
}

Describe 'Phys' {
    BeforeAll {
        New-NetNamespace milosns
        $sleeper = Start-Process unshare -ArgumentList '--net', 'sleep', '900' -PassThru
        # The process is in its own namespace once it runs sleep.
        Wait-Until { (Get-Content "/proc/$($sleeper.Id)/comm") -eq 'sleep' }
        # A link with a peer stands for the network card.
        New-VethPair eth2 outside0 -MacAddress 02:00:27:9c:f8:58 -Up
    }
    AfterAll {
        $sleeper | Stop-Process
        Clear-Network
    }

    It 'moves by name and back, with its MAC address' {
        Move-NetLink eth2 -Destination milosns
        Test-Link eth2 | Should -BeFalse
        (Get-IpJson -In milosns link show dev eth2).address | Should -Be '02:00:27:9c:f8:58'
        Move-NetLink eth2 -Namespace milosns -Destination host
        Test-Link eth2 -In milosns | Should -BeFalse
        (Get-IpJson link show dev eth2).address | Should -Be '02:00:27:9c:f8:58'
    }

    It 'moves by process id and back' {
        Move-NetLink eth2 -Destination $sleeper.Id -Up
        Test-Link eth2 | Should -BeFalse
        (nsenter -t $sleeper.Id -n ip -j link show dev eth2 | ConvertFrom-Json).address | Should -Be '02:00:27:9c:f8:58'
        (Get-NetLink eth2 -Namespace $sleeper.Id).IsUp | Should -BeTrue
        Move-NetLink eth2 -Namespace $sleeper.Id -Destination host
        Test-Link eth2 | Should -BeTrue
    }

    It 'moves between two namespaces, of which the session is in neither' {
        New-NetNamespace other
        Move-NetLink eth2 -Destination milosns
        $moved = Get-NetLink eth2 -Namespace milosns | Move-NetLink -Destination other -NewName uplink0 -PassThru
        $moved.Name | Should -BeExactly 'uplink0'
        "$($moved.Namespace)" | Should -BeExactly 'other'
        (Get-IpJson -In other link show dev uplink0).address | Should -Be '02:00:27:9c:f8:58'
    }
}

Describe 'VLANs' -Skip:(-not (Test-LinkKind vlan)) {
    BeforeAll {
        New-NetNamespace empty01, trunk
        New-VethPair eth0 -PeerName port0 -PeerNamespace trunk -Up
    }
    AfterAll { Clear-Network }

    It 'moves a VLAN into a container' {
        $link = Add-VlanLink vlan20 -Parent eth0 -VlanId 20
        $link.VlanId | Should -Be 20
        Move-NetLink vlan20 -Destination empty01 -Up
        (Get-IpJson -In empty01 link show dev vlan20).linkinfo.info_data.id | Should -Be 20
        Test-Link vlan20 | Should -BeFalse
        New-NetIPAddress 10.20.0.1/24 -InterfaceAlias vlan20 -Namespace empty01
        Add-VlanLink vlan20 -Parent port0 -VlanId 20 -Namespace trunk -Up | New-NetIPAddress 10.20.0.2/24
        Test-Ping 10.20.0.2 -From empty01 | Should -BeTrue
    }

    It 'serves several containers of one VLAN through a bridge' {
        New-NetBridge br10
        Add-VlanLink vlan10 -Parent eth0 -VlanId 10 -Up
        Add-BridgePort br10 vlan10
        New-NetNamespace c1, c2
        foreach ($i in 1, 2) {
            New-VethPair "vethc$i" -PeerName eth0 -PeerNamespace "c$i" -Bridge br10 -Up
            New-NetIPAddress "10.10.0.$i/24" -InterfaceAlias eth0 -Namespace "c$i"
        }
        Add-VlanLink -Parent port0 -VlanId 10 -Namespace trunk -Up | New-NetIPAddress 10.10.0.9/24
        Test-Link port0.10 -In trunk | Should -BeTrue
        Test-Ping 10.10.0.2 -From c1 | Should -BeTrue
        Test-Ping 10.10.0.9 -From c1 | Should -BeTrue
        Test-Ping 10.10.0.9 -From c2 | Should -BeTrue
    }
}
