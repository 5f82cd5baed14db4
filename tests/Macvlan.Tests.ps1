BeforeAll { . $PSScriptRoot/common.ps1 }

Describe 'Add-MacvlanLink' {
    BeforeAll {
        ip link add up0 type veth peer name far0
        ip link set up0 up
        ip link set far0 up
        ip netns add web
    }
    AfterEach { Get-NetLink -Kind macvlan, macvtap | Remove-NetLink }

    It 'makes a link in mode <Mode>' -ForEach @(
        @{ Mode = 'Private' }, @{ Mode = 'Vepa' }, @{ Mode = 'Bridge' }, @{ Mode = 'Passthru' }, @{ Mode = 'Source' }
    ) {
        $link = Add-MacvlanLink m0 -Parent up0 -Mode $Mode
        $link.Mode, $link.Parent, $link.Kind | Should -Be $Mode, 'up0', 'macvlan'
        (Get-IpJson link show dev m0).linkinfo.info_data.mode | Should -Be $Mode.ToLower()
        (Get-IpJson link show dev m0).link | Should -Be 'up0'
    }

    It 'makes it in its namespace, up, with its MAC and MTU, and the object says where it is' {
        $link = Add-MacvlanLink eth0 -Parent up0 -Mode Bridge -TargetNamespace web `
            -MacAddress 02:00:00:00:00:05 -Mtu 1400 -Up
        "$($link.Namespace)", $link.Name, $link.IsUp | Should -Be 'web', 'eth0', $true
        $seen = Get-IpJson -In web link show dev eth0
        $seen.address, $seen.mtu | Should -Be '02:00:00:00:00:05', 1400
        $link | Set-NetLink -Mtu 1300
        (Get-IpJson -In web link show dev eth0).mtu | Should -Be 1300
        $link | Remove-NetLink
        Test-Link eth0 -In web | Should -BeFalse
    }

    It 'makes it in a namespace under a name that is taken here' {
        $null = Add-MacvlanLink up0 -Parent up0 -TargetNamespace web
        (Get-IpJson -In web link show dev up0).linkinfo.info_kind | Should -Be 'macvlan'
        ip -n web link del up0
    }

    It 'lists the senders of Source mode' {
        $link = Add-MacvlanLink m0 -Parent up0 -Mode Source -SourceMacAddress 02:00:00:00:00:07, 02-00-00-00-00-08
        $link.SourceMacAddress.Count | Should -Be 2
        (ip -d link show dev m0) -join ' ' | Should -Match '02:00:00:00:00:07'
    }

    It 'makes nothing with -WhatIf' {
        Add-MacvlanLink m0 -Parent up0 -WhatIf
        Test-Link m0 | Should -BeFalse
    }

    It 'refuses <Case> and leaves nothing behind' -ForEach @(
        @{ Case = 'a parent that is not there'; Arguments = @{ Name = 'm0'; Parent = 'nowhere' }; Id = 'LinkNotFound' }
        @{ Case = 'lo as parent'; Arguments = @{ Name = 'm0'; Parent = 'lo' }; Id = 'InvalidArgument' }
        @{ Case = 'a name that is taken'; Arguments = @{ Name = 'far0'; Parent = 'up0' }; Id = 'LinkExists' }
        @{ Case = 'a name that is taken there'; Arguments = @{ Name = 'lo'; Parent = 'up0'; TargetNamespace = 'web' }
            Id = 'LinkExists' }
        @{ Case = 'a namespace that is not there'
            Arguments = @{ Name = 'm0'; Parent = 'up0'; TargetNamespace = 'nowhere' }; Id = 'NamespaceNotFound' }
        @{ Case = 'a multicast MAC'; Arguments = @{ Name = 'm0'; Parent = 'up0'; MacAddress = '01:00:00:00:00:01' }
            Id = 'InvalidArgument' }
        @{ Case = 'an MTU over the parent''s'; Arguments = @{ Name = 'm0'; Parent = 'up0'; Mtu = 70000 }
            Id = 'InvalidArgument' }
        @{ Case = 'senders without Source mode'
            Arguments = @{ Name = 'm0'; Parent = 'up0'; SourceMacAddress = '02:00:00:00:00:01' }
            Id = 'InvalidArgument' }
    ) {
        $before = (Get-IpJson link show).ifname
        (Get-ErrorOf { Add-MacvlanLink @Arguments }).FullyQualifiedErrorId | Should -BeLike "$Id,*"
        (Get-IpJson link show).ifname | Should -Be $before
        (Get-IpJson -In web link show).ifname | Should -Be 'lo'
    }

    It 'refuses a second child beside, and one on top of, a Passthru child' {
        $null = Add-MacvlanLink m0 -Parent up0 -Mode Passthru
        foreach ($parent in 'up0', 'm0') {
            $said = Get-ErrorOf { Add-MacvlanLink m1 -Parent $parent }
            $said.FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            $said.Exception.Message | Should -Match 'Passthru'
        }
        Test-Link m1 | Should -BeFalse
    }

    It 'completes parents and modes' {
        Get-Completion 'Add-MacvlanLink m0 -Parent u' | Should -Be 'up0'
        Get-Completion 'Add-MacvlanLink m0 -Mode V' | Should -Be 'Vepa'
    }
}

Describe 'Add-MacvtapLink' {
    It 'makes a macvtap' {
        ip link add up1 type veth peer name far1
        $link = Add-MacvtapLink tap0 -Parent up1 -Mode Bridge -Up
        $link.Kind, $link.Mode | Should -Be 'macvtap', 'Bridge'
        (Get-IpJson link show dev tap0).linkinfo.info_kind | Should -Be 'macvtap'
    }
}

Describe 'Set-MacvlanLink' {
    BeforeAll {
        ip link add up2 type veth peer name far2
        $null = Add-MacvlanLink m2 -Parent up2 -Flag NoPromiscuous -BroadcastQueueLength 50
        $null = Add-MacvtapLink tap2 -Parent up2
        function Get-Shown { (Get-IpJson link show dev m2).linkinfo.info_data }
    }

    It 'changes mode, flags and the queue, and says so only with -PassThru' {
        (Get-Shown).mode, (Get-Shown).nopromisc, (Get-Shown).bcqueuelen | Should -Be 'bridge', $true, 50
        Set-MacvlanLink m2 -Mode Private -Flag None -WhatIf
        (Get-Shown).mode | Should -Be 'bridge'
        Set-MacvlanLink m2 -Mode Private -Flag NoDestination -BroadcastQueueLength 60 | Should -BeNullOrEmpty
        (Get-Shown).mode, (Get-Shown).nopromisc, (Get-Shown).nodst, (Get-Shown).bcqueuelen |
            Should -Be 'private', $null, $true, 60
        (Get-NetLink m2, tap2 | Set-MacvlanLink -Mode Vepa -PassThru).Kind | Should -Be 'macvlan', 'macvtap'
    }

    It 'sets senders, adds to them and takes them out' {
        $link = Set-MacvlanLink m2 -Mode Source -SourceMacAddress 02:00:00:00:00:01, 02-00-00-00-00-02 -PassThru
        $link.SourceMacAddress.Count | Should -Be 2
        Set-MacvlanLink m2 -AddSourceMacAddress 02:00:00:00:00:03 -RemoveSourceMacAddress 02:00:00:00:00:01
        (Get-Shown).macaddr_data | Sort-Object | Should -Be '02:00:00:00:00:02', '02:00:00:00:00:03'
        Set-MacvlanLink m2 -SourceMacAddress @()
        (Get-Shown).macaddr_data | Should -BeNullOrEmpty
    }

    It 'refuses what cannot be' {
        foreach ($arguments in @{ Mode = 'Passthru' }, @{ Mode = 'Vepa'; AddSourceMacAddress = '02:00:00:00:00:01' },
            @{ BroadcastQueueThreshold = -2 }, @{ SourceMacAddress = '01:00:00:00:00:01' }) {
            (Get-ErrorOf { Set-MacvlanLink m2 @arguments }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        }
        (Get-ErrorOf { Set-MacvlanLink up2 -Mode Vepa }).FullyQualifiedErrorId | Should -BeLike 'NotSupported,*'
    }

    It 'completes flags' { Get-Completion 'Set-MacvlanLink m2 -Flag NoP' | Should -Be 'NoPromiscuous' }
}

Describe 'VEPA with a switch that sends frames back' {
    It 'is unreachable before Set-BridgeHairpin on the switch''s port, and reachable after' {
        New-NetNamespace switch, c1, c2 | Out-Null
        $null = New-NetBridge br0 -Namespace switch
        $null = New-VethPair uplink port0 -PeerNamespace switch -Up
        $null = Add-BridgePort br0 port0 -Namespace switch
        foreach ($i in 1, 2) {
            $null = Add-MacvlanLink eth0 -Parent uplink -Mode Vepa -TargetNamespace c$i -Up
            ip -n c$i addr add 10.9.0.1$i/24 dev eth0
        }
        Test-Ping 10.9.0.12 -From c1 -Briefly | Should -BeFalse
        Get-BridgePort port0 -Namespace switch | Set-BridgeHairpin
        Test-Ping 10.9.0.12 -From c1 | Should -BeTrue
    }
}

Describe 'The macvlan DMZ' {
    It 'cuts the host off from its children until it has one of its own' {
        New-NetNamespace macvlanbridge01, macvlanbridge02 | Out-Null
        $null = New-NetBridge lxcbr1
        foreach ($i in 1, 2) {
            $null = Add-MacvlanLink eth0 -Parent lxcbr1 -Mode Bridge -TargetNamespace macvlanbridge0$i -Up
            ip -n macvlanbridge0$i addr add 10.0.5.$($i + 2)/24 dev eth0
        }
        Test-Ping 10.0.5.4 -From macvlanbridge01 | Should -BeTrue
        Test-Ping 10.0.5.3 -Briefly | Should -BeFalse
        $null = Add-MacvlanLink macvlancont01 -Parent lxcbr1 -Mode Bridge -Up
        ip addr add 10.0.5.6/24 dev macvlancont01
        Test-Ping 10.0.5.3 | Should -BeTrue
    }
}
