BeforeAll { . $PSScriptRoot/common.ps1 }

Describe 'New-VethPair' -Tag PrivilegedContainer {
    BeforeAll {
        ip netns add web
        ip link add br0 type bridge
    }
    AfterEach { Get-NetLink -Kind veth | Remove-NetLink }

    It 'makes both ends, each in its namespace, up and on the bridge' {
        $pair = New-VethPair vethweb -PeerName eth0 -PeerNamespace web -Bridge br0 -Up -MacAddress 02:00:00:00:00:01 `
            -PeerMacAddress 02:00:00:00:00:02 -Mtu 1400
        $pair.Name, $pair.Master, $pair.Peer.Name, "$($pair.Peer.Namespace)" |
            Should -Be 'vethweb', 'br0', 'eth0', 'web'
        $pair.State, $pair.Peer.State | Should -Be 'Up', 'Up'
        $near = Get-IpJson link show dev vethweb
        $far = Get-IpJson -In web link show dev eth0
        $near.master | Should -Be 'br0'
        $near.address, $far.address | Should -Be '02:00:00:00:00:01', '02:00:00:00:00:02'
        $near.mtu, $far.mtu | Should -Be 1400, 1400
        $near.flags, $far.flags | ForEach-Object { $_ | Should -Contain 'UP' }
    }

    It 'leaves both ends down without -Up' {
        $pair = New-VethPair a b
        $pair.IsUp, $pair.Peer.IsUp | Should -Be $false, $false
        (Get-IpJson link show dev b).flags | Should -Not -Contain 'UP'
    }

    It 'gives both ends what links of every kind can be given' {
        $pair = New-VethPair q0 q1 -InterfaceIndex 700 -PeerInterfaceIndex 701 -TxQueueCount 4 -RxQueueCount 2 `
            -LinkGroup 5 -TxQueueLength 9 -Multicast $false -GsoMaxSize 30000
        foreach ($seen in (Get-IpJson link show dev q0), (Get-IpJson link show dev q1)) {
            $seen.num_tx_queues, $seen.num_rx_queues, $seen.group, $seen.txqlen, $seen.gso_max_size |
                Should -Be 4, 2, '5', 9, 30000
            $seen.flags | Should -Not -Contain 'MULTICAST'
        }
        $pair.Index, $pair.Peer.Index, $pair.TxQueueCount, $pair.Multicast | Should -Be 700, 701, 4, $false
        { New-VethPair q2 q3 -InterfaceIndex 700 -ErrorAction Stop } | Should -Throw -ErrorId 'LinkExists,*'
        (New-NetBridge q4 -InterfaceIndex 710 -TxQueueCount 3 | Remove-NetLink) | Should -BeNullOrEmpty
    }

    It 'makes the near end in a namespace from the pipeline' {
        $null = Get-NetNamespace web | New-VethPair in0 in1
        Test-Link in0 -In web | Should -BeTrue
        Test-Link in1 -In web | Should -BeTrue
        Test-Link in0 | Should -BeFalse
        ip -n web link del in0
    }

    It 'emits what the pipeline can go on with' {
        New-VethPair a b | Set-NetLink -Mtu 1300
        (Get-IpJson link show dev a).mtu | Should -Be 1300
        (New-VethPair c d -PeerNamespace web).Peer | Rename-NetLink -NewName dd
        Test-Link dd -In web | Should -BeTrue
    }

    It 'makes nothing with -WhatIf' {
        New-VethPair a b -WhatIf
        Test-Link a | Should -BeFalse
    }

    It 'refuses <Case> and leaves nothing behind' -ForEach @(
        @{ Case = 'a peer namespace that is not there'
            Arguments = @{ Name = 'a'; PeerName = 'b'; PeerNamespace = 'nowhere' }; Id = 'NamespaceNotFound' }
        @{ Case = 'a name that is taken'; Arguments = @{ Name = 'br0'; PeerName = 'b' }; Id = 'LinkExists' }
        @{ Case = 'a peer name that is taken'; Arguments = @{ Name = 'a'; PeerName = 'lo'; PeerNamespace = 'web' }
            Id = 'LinkExists' }
        @{ Case = 'one name for both ends'; Arguments = @{ Name = 'a'; PeerName = 'a' }; Id = 'InvalidName' }
        @{ Case = 'a name of 16 bytes'; Arguments = @{ Name = 'sixteen-bytes-xx'; PeerName = 'b' }; Id = 'InvalidName' }
        @{ Case = 'a peer name with a slash'; Arguments = @{ Name = 'a'; PeerName = 'x/y' }; Id = 'InvalidName' }
        @{ Case = 'a peer name with white space'; Arguments = @{ Name = 'a'; PeerName = "x`ty" }; Id = 'InvalidName' }
        @{ Case = 'a name that is a folder'; Arguments = @{ Name = '..'; PeerName = 'b' }; Id = 'InvalidName' }
        @{ Case = 'a multicast MAC'; Arguments = @{ Name = 'a'; PeerName = 'b'; PeerMacAddress = '01:00:00:00:00:01' }
            Id = 'InvalidArgument' }
        @{ Case = 'an MTU of -1'; Arguments = @{ Name = 'a'; PeerName = 'b'; Mtu = -1 }; Id = 'InvalidArgument' }
        @{ Case = 'an MTU of 70000'; Arguments = @{ Name = 'a'; PeerName = 'b'; Mtu = 70000 }; Id = 'InvalidArgument' }
        @{ Case = 'a bridge that is not there'; Arguments = @{ Name = 'a'; PeerName = 'b'; Bridge = 'br9' }
            Id = 'LinkNotFound' }
        @{ Case = 'a bridge that is none'; Arguments = @{ Name = 'a'; PeerName = 'b'; Bridge = 'lo' }
            Id = 'NotSupported' }
    ) {
        $before = (Get-IpJson link show).ifname
        (Get-ErrorOf { New-VethPair @Arguments }).FullyQualifiedErrorId | Should -BeLike "$Id,*"
        (Get-IpJson link show).ifname | Should -Be $before
        (Get-IpJson -In web link show).ifname | Should -Not -Contain 'b'
    }

    It 'says which of the two names is taken, and where' {
        (Get-ErrorOf { New-VethPair a lo -PeerNamespace web }).Exception.Message |
            Should -BeLike "*'lo'*in namespace 'web' already*"
        (Get-ErrorOf { New-VethPair br0 b }).Exception.Message | Should -BeLike "There is an interface 'br0'*already*"
    }

    It 'completes bridges and namespaces' {
        Get-Completion 'New-VethPair a b -Bridge b' | Should -Be 'br0'
        Get-Completion 'New-VethPair a b -PeerNamespace w' | Should -Be 'web'
    }
}

Describe 'The hand-made veth of the walk through container networking' -Tag PrivilegedContainer {
    It 'is unreachable until its host end is on the bridge' {
        New-NetNamespace empty01 | Out-Null
        (Get-NetLink -Namespace empty01).Name | Should -Be 'lo'
        Test-Ping 127.0.0.1 -From empty01 | Should -BeTrue

        $null = New-NetBridge lxcbr9
        ip addr add 10.0.3.1/24 dev lxcbr9
        # Made inside the namespace; one end goes out to the host.
        $null = Get-NetNamespace empty01 | New-VethPair vethcont vethhost
        Get-NetLink vethhost -Namespace empty01 | Move-NetLink -Destination $PID -Up
        Set-NetLink vethcont -Namespace empty01 -Up
        ip -n empty01 addr add 10.0.3.78/24 dev vethcont
        Test-Ping 10.0.3.78 -Briefly | Should -BeFalse
        Test-Ping 10.0.3.1 -From empty01 -Briefly | Should -BeFalse

        $null = Add-BridgePort lxcbr9 vethhost
        Test-Ping 10.0.3.78 | Should -BeTrue
        Test-Ping 10.0.3.1 -From empty01 | Should -BeTrue
        Remove-NetLink lxcbr9, vethhost
    }
}
