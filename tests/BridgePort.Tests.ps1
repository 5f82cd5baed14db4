BeforeAll { . $PSScriptRoot/common.ps1 }

Describe 'Bridge ports' -Tag PrivilegedContainer {
    BeforeEach {
        ip link add br0 type bridge
        ip link add br1 type bridge
        ip link add v0 type veth peer name v1
        ip link add v2 type veth peer name v3
    }
    AfterEach { Get-NetLink | Where-Object Kind -ne loopback | Remove-NetLink }

    It 'Add-BridgePort makes a link a port with its settings' {
        $port = Add-BridgePort br0 v0 -Hairpin -Isolated -Cost 9 -Priority 10 -Learning $false -Flood $false `
            -MulticastFlood $false -BroadcastFlood $false
        $port.InterfaceAlias, $port.Bridge, $port.Hairpin, $port.Cost, "$($port.Namespace)" |
            Should -Be 'v0', 'br0', $true, 9, "$((Get-NetLink lo).Namespace)"
        $data = (Get-IpJson link show dev v0).linkinfo.info_slave_data
        $data.hairpin, $data.isolated, $data.learning, $data.flood, $data.mcast_flood, $data.bcast_flood |
            Should -Be $true, $true, $false, $false, $false, $false
        $data.cost, $data.priority | Should -Be 9, 10
    }

    It 'Add-BridgePort takes links from the pipeline and by wildcard' {
        (Get-NetLink v0, v2 | Add-BridgePort br0).InterfaceAlias | Should -Be 'v0', 'v2'
        (Add-BridgePort br1 -InterfaceAlias v[13]).InterfaceAlias | Sort-Object | Should -Be 'v1', 'v3'
        (Get-IpJson link show master br0).ifname | Sort-Object | Should -Be 'v0', 'v2'
        ip netns add web
        ip -n web link add br0 type bridge
        ip -n web link add w0 type veth peer name w1
        (Get-NetNamespace web | Add-BridgePort br0 w0).InterfaceAlias | Should -Be 'w0'
        (Get-IpJson -In web link show dev w0).master | Should -Be 'br0'
        ip netns del web
    }

    It 'Add-BridgePort refuses <Case> and changes nothing' -ForEach @(
        @{ Case = 'a bridge in a bridge'; Bridge = 'br0'; Link = 'br1'; Id = 'KernelRefused' }
        @{ Case = 'lo'; Bridge = 'br0'; Link = 'lo'; Id = 'InvalidArgument' }
        @{ Case = 'a bridge that is none'; Bridge = 'v1'; Link = 'v0'; Id = 'NotSupported' }
        @{ Case = 'a bridge that is not there'; Bridge = 'br9'; Link = 'v0'; Id = 'LinkNotFound' }
        @{ Case = 'a link that is not there'; Bridge = 'br0'; Link = 'v9'; Id = 'LinkNotFound' }
        @{ Case = 'a cost of 0'; Bridge = 'br0'; Link = 'v0'; More = @{ Cost = 0 }; Id = 'InvalidArgument' }
    ) {
        if (-not $More) { $More = @{} }
        (Get-ErrorOf { Add-BridgePort $Bridge $Link @More }).FullyQualifiedErrorId | Should -BeLike "$Id,*"
        Get-IpJson link show master br0 | Should -BeNullOrEmpty
        Add-BridgePort br0 v0 -WhatIf
        Get-IpJson link show master br0 | Should -BeNullOrEmpty
    }

    It 'Add-BridgePort does not take a port from another bridge' {
        $null = Add-BridgePort br0 v0
        (Get-ErrorOf { Add-BridgePort br1 v0 }).FullyQualifiedErrorId | Should -BeLike 'ResourceBusy,*'
        (Get-IpJson link show dev v0).master | Should -Be 'br0'
    }

    It 'Get-BridgePort lists ports of all, of one bridge, and by name' {
        $null = Add-BridgePort br0 v0, v1
        $null = Add-BridgePort br1 v2
        (Get-BridgePort).InterfaceAlias | Sort-Object | Should -Be 'v0', 'v1', 'v2'
        (Get-BridgePort br0).InterfaceAlias | Sort-Object | Should -Be 'v0', 'v1'
        (Get-NetBridge br1 | Get-BridgePort).InterfaceAlias | Should -Be 'v2'
        (Get-BridgePort -InterfaceAlias v[02]).InterfaceAlias | Sort-Object | Should -Be 'v0', 'v2'
        (Get-BridgePort br0 v*).Count | Should -Be 2
        (Get-NetLink v2 | Get-BridgePort).Bridge | Should -Be 'br1'
        (Get-BridgePort v0).Bridge | Should -Be 'br0'
        (Get-ErrorOf { Get-BridgePort -InterfaceAlias v3 }).FullyQualifiedErrorId | Should -BeLike 'NotSupported,*'
        (Get-ErrorOf { Get-BridgePort br9 }).FullyQualifiedErrorId | Should -BeLike 'LinkNotFound,*'
        (Get-ErrorOf { Get-BridgePort br0 v2 }).FullyQualifiedErrorId | Should -BeLike 'NotSupported,*'
        (Get-BridgePort | Out-String -Width 100) |
            Should -Match 'InterfaceAlias +Bridge +Namespace +State +Hairpin'
    }

    It 'Set-BridgePort changes ports, and emits with -PassThru' {
        $null = Add-BridgePort br0 v0, v1
        Set-BridgePort -InterfaceAlias v0 -Isolated $true -Cost 7 | Should -BeNullOrEmpty
        $data = (Get-IpJson link show dev v0).linkinfo.info_slave_data
        $data.isolated, $data.cost | Should -Be $true, 7
        (Get-BridgePort br0 | Set-BridgePort -Learning $false -PassThru).Learning | Should -Be $false, $false
        (Get-IpJson link show dev v1).linkinfo.info_slave_data.learning | Should -BeFalse
        Set-BridgePort br0 v1 -Learning $true -WhatIf
        (Get-IpJson link show dev v1).linkinfo.info_slave_data.learning | Should -BeFalse
        (Get-ErrorOf { Set-BridgePort -InterfaceAlias v0 }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        (Get-ErrorOf { Set-BridgePort br0 -Cost 5 }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        (Get-ErrorOf { Set-BridgePort -InterfaceAlias v0 -Priority 64 }).FullyQualifiedErrorId |
            Should -BeLike 'InvalidArgument,*'
    }

    It 'Set-BridgePort sets what few people need, and Get-BridgePort shows it' {
        $null = Add-BridgePort br0 v0, v2 -MulticastToUnicast $true
        Set-BridgePort br0 v0 -BackupPort v2 -MulticastRouter Always -VlanTunnel $true -GroupForwardMask 0x4000
        $data = (Get-IpJson link show dev v0).linkinfo.info_slave_data
        $data.backup_port, $data.multicast_router, $data.vlan_tunnel, $data.group_fwd_mask, $data.mcast_to_unicast |
            Should -Be 'v2', 2, $true, '0x4000', $true
        $port = Get-BridgePort br0 v0
        $port.BackupPort, "$($port.MulticastRouter)", $port.VlanTunnel | Should -Be 'v2', 'Always', $true
        (Set-BridgePort br0 v0 -BackupPort '' -PassThru).BackupPort | Should -BeNullOrEmpty
        (Get-IpJson link show dev v0).linkinfo.info_slave_data.PSObject.Properties.Name |
            Should -Not -Contain 'backup_port'
        $failure = Get-ErrorOf { Set-BridgePort br0 v0 -Hairpin $true -State Disabled }
        $failure.FullyQualifiedErrorId | Should -BeLike 'NotSupported,*'
        "$($failure.ErrorDetails)" | Should -BeLike '*Set-NetLink v0 -Up*'
        (Get-BridgePort br0 v0).Hairpin | Should -BeFalse
    }

    It 'Set-BridgeHairpin turns it on, and off' {
        $null = Add-BridgePort br0 v0
        Set-BridgeHairpin v0 | Should -BeNullOrEmpty
        (Get-IpJson link show dev v0).linkinfo.info_slave_data.hairpin | Should -BeTrue
        (Get-BridgePort v0 | Set-BridgeHairpin -Enabled $false -PassThru).Hairpin | Should -BeFalse
        (Get-IpJson link show dev v0).linkinfo.info_slave_data.hairpin | Should -BeFalse
        Set-BridgeHairpin v0 -WhatIf
        (Get-IpJson link show dev v0).linkinfo.info_slave_data.hairpin | Should -BeFalse
        Set-BridgeHairpin v*
        (Get-IpJson link show dev v0).linkinfo.info_slave_data.hairpin | Should -BeTrue
        (Get-ErrorOf { Set-BridgeHairpin v1 }).FullyQualifiedErrorId | Should -BeLike 'NotSupported,*'
    }

    It 'Remove-BridgePort takes ports out, and the links stay' {
        $null = Add-BridgePort br0 v0, v1, v2
        Remove-BridgePort br0 v0 | Should -BeNullOrEmpty
        (Get-IpJson link show master br0).ifname | Sort-Object | Should -Be 'v1', 'v2'
        Remove-BridgePort -InterfaceAlias v1 -WhatIf
        (Get-IpJson link show master br0).ifname | Should -Contain 'v1'
        (Get-ErrorOf { Remove-BridgePort br0 }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        Get-BridgePort br0 | Remove-BridgePort
        Get-IpJson link show master br0 | Should -BeNullOrEmpty
        Test-Link v1 | Should -BeTrue
        (Get-ErrorOf { Remove-BridgePort -InterfaceAlias v1 }).FullyQualifiedErrorId | Should -BeLike 'NotSupported,*'
    }
}
