BeforeDiscovery {
    . $PSScriptRoot/common.ps1
    $has = @{}
    foreach ($kind in 'vlan', 'ipvlan', 'dummy', 'ifb', 'vrf', 'bond', 'macsec', 'nlmon', 'vcan') {
        $has[$kind] = Test-LinkKind $kind
    }
    $hasTun = Test-Path /dev/net/tun
}
Describe 'Link kinds' {
    BeforeAll {
        . $PSScriptRoot/common.ps1
        ip link add eth0 type veth peer name far0
        ip link set eth0 up
        ip link set far0 up
        ip netns add web
    }
    AfterEach {
        Get-NetLink | Where-Object Name -NotIn 'lo', 'eth0', 'far0' | Where-Object Kind -NE 'physical' |
            Remove-NetLink -ErrorAction Ignore
        Get-NetLink -Namespace web | Where-Object Name -NE 'lo' | Remove-NetLink -ErrorAction Ignore
    }

    Context 'Add-VlanLink and Set-VlanLink' {
        It 'names it after its parent and id, and passes it on' -Skip:(-not $has.vlan) {
            $link = Add-VlanLink -Parent eth0 -VlanId 20 -Up
            $link.Name, $link.VlanId, "$($link.Protocol)", $link.Parent | Should -Be 'eth0.20', 20, '802.1Q', 'eth0'
            (Get-IpJson link show dev eth0.20).linkinfo.info_data.id | Should -Be 20
            $link | Move-NetLink -Destination web -NewName lan -Up
            (Get-IpJson -In web link show dev lan).linkinfo.info_kind | Should -Be 'vlan'
        }

        It 'sets and changes its options' -Skip:(-not $has.vlan) {
            $null = Add-VlanLink v0 -Parent eth0 -VlanId 5 -Protocol 802.1ad -Gvrp -EgressQosMap @{ 3 = 5 } `
                -TargetNamespace web
            $seen = (Get-IpJson -In web link show dev v0).linkinfo.info_data
            $seen.protocol, $seen.egress_qos[0].to | Should -Be '802.1ad', 5
            $seen.flags | Should -Contain 'GVRP'
            $link = Get-NetLink -Namespace web -Kind vlan |
                Set-VlanLink -Gvrp $false -ReorderHeader $false -LooseBinding $true -PassThru
            $link.Options | Should -Be 'LooseBinding'
            (Get-IpJson -In web link show dev v0).linkinfo.info_data.flags | Should -Be 'LOOSE_BINDING'
        }

        It 'says which link has a VLAN already' -Skip:(-not $has.vlan) {
            $null = Add-VlanLink one -Parent eth0 -VlanId 20
            $failure = Get-ErrorOf { Add-VlanLink two -Parent eth0 -VlanId 20 }
            $failure.FullyQualifiedErrorId | Should -BeLike 'LinkExists,*'
            $failure.CategoryInfo.Category | Should -Be 'ResourceExists'
            "$failure" | Should -BeLike "VLAN 20 (802.1Q) on 'eth0' exists already: its link is 'one'*"
        }

        It 'refuses id <_>' -ForEach 0, 4095, -1 {
            $failure = Get-ErrorOf { Add-VlanLink -Parent eth0 -VlanId $_ }
            $failure.FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        }

        It 'makes nothing with -WhatIf' {
            Add-VlanLink v0 -Parent eth0 -VlanId 20 -WhatIf
            Test-Link v0 | Should -BeFalse
        }

        It 'completes the protocols and the parents' {
            Get-Completion 'Add-VlanLink -Parent eth0 -VlanId 4 -Protocol ' | Should -Be '802.1Q', '802.1ad'
            Get-Completion 'Add-VlanLink -Parent et' | Should -Contain 'eth0'
        }

        if (-not $has.vlan) {
            It 'names the module where the kernel has none' {
                $failure = Get-ErrorOf { Add-VlanLink -Parent eth0 -VlanId 20 }
                $failure.FullyQualifiedErrorId | Should -BeLike 'KindNotSupported,*'
                $failure.CategoryInfo.Category | Should -Be 'NotImplemented'
                "$failure" | Should -BeLike '*modprobe 8021q*'
            }
        }
    }

    Context 'Add-IpvlanLink and Set-IpvlanLink' {
        It 'makes mode <Mode> <Flag>' -Skip:(-not $has.ipvlan) -ForEach @(
            foreach ($mode in 'L2', 'L3', 'L3S') {
                foreach ($flag in 'Bridge', 'Private', 'Vepa') { @{ Mode = $mode; Flag = $flag } }
            }
        ) {
            $link = Add-IpvlanLink eth0 -Parent eth0 -Mode $Mode -Flag $Flag -TargetNamespace web -Up
            $link.Mode, $link.Flag, "$($link.Namespace)" | Should -Be $Mode, $Flag, 'web'
            $seen = (Get-IpJson -In web link show dev eth0).linkinfo.info_data
            $seen.mode | Should -Be $Mode.ToLower()
            $seen.PSObject.Properties.Name | Should -Contain $Flag.ToLower()
        }

        It 'refuses to change the mode of siblings, and Set-IpvlanLink does' -Skip:(-not $has.ipvlan) {
            $null = Add-IpvlanLink iv0 -Parent eth0 -Mode L3
            (Get-ErrorOf { Add-IpvlanLink iv1 -Parent eth0 -Mode L2 }).FullyQualifiedErrorId |
                Should -BeLike 'ResourceBusy,*'
            (Set-IpvlanLink iv0 -Mode L2 -PassThru).Mode | Should -Be 'L2'
            (Add-IpvlanLink iv1 -Parent eth0).Mode | Should -Be 'L2'
        }
    }

    Context 'New-DummyLink' {
        It 'makes one, in a namespace too' -Skip:(-not $has.dummy) {
            (New-DummyLink d0 -Up).Kind | Should -Be 'dummy'
            $null = New-NetNamespace other
            'web', 'other' | ForEach-Object { Get-NetNamespace $_ } | New-DummyLink d1 |
                ForEach-Object { "$($_.Namespace)" } | Should -Be 'web', 'other'
            Test-Link d1 -In other | Should -BeTrue
        }
        It 'makes nothing with -WhatIf' { New-DummyLink d0 -WhatIf; Test-Link d0 | Should -BeFalse }
    }

    Context 'Add-IpvtapLink' {
        It 'makes an ipvtap, which Set-IpvlanLink changes' -Skip:(-not $has.ipvlan) {
            $link = Add-IpvtapLink it0 -Parent eth0 -Mode L3 -Flag Private
            $link.Kind, $link.Mode, $link.Flag | Should -Be 'ipvtap', 'L3', 'Private'
            (Get-IpJson link show dev it0).linkinfo.info_kind | Should -Be 'ipvtap'
            (Set-IpvlanLink it0 -Flag Bridge -PassThru).Flag | Should -Be 'Bridge'
        }
    }

    Context 'New-IfbLink' {
        It 'makes one, in a namespace too' -Skip:(-not $has.ifb) {
            (New-IfbLink i0 -Up).Kind | Should -Be 'ifb'
            (Get-IpJson link show dev i0).linkinfo.info_kind | Should -Be 'ifb'
            (New-IfbLink i1 -TargetNamespace web -Mtu 1400).Mtu | Should -Be 1400
            Test-Link i1 -In web | Should -BeTrue
        }
        It 'makes nothing with -WhatIf' { New-IfbLink i0 -WhatIf; Test-Link i0 | Should -BeFalse }
    }

    Context 'New-VrfLink' {
        It 'has its table' -Skip:(-not $has.vrf) {
            (New-VrfLink red -Table 10 -Up).Table | Should -Be 10
            (Get-IpJson link show dev red).linkinfo.info_data.table | Should -Be 10
        }
        It 'refuses table <_>' -ForEach 0, 254, 4294967296 {
            (Get-ErrorOf { New-VrfLink red -Table $_ }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        }
    }

    Context 'New-BondLink and Set-BondLink' {
        It 'takes ports, with numbers as milliseconds' -Skip:(-not $has.bond) {
            ip link add e1 type veth peer name w1
            ip link add e2 type veth peer name w2
            $bond = New-BondLink bond0 -Mode ActiveBackup -Port e1, e2 -Primary e2 -MiiMonitor 50 -Up
            $bond.Mode, $bond.MiiMonitor.TotalMilliseconds | Should -Be 'ActiveBackup', 50
            (Get-IpJson link show dev e1).master | Should -Be 'bond0'
            $seen = (Get-IpJson link show dev bond0).linkinfo.info_data
            $seen.mode, $seen.miimon, $seen.primary | Should -Be 'active-backup', 50, 'e2'
            (Set-BondLink bond0 -MiiMonitor 00:00:00.2 -Primary e1 -PassThru).MiiMonitor.TotalMilliseconds |
                Should -Be 200
            (Get-IpJson link show dev bond0).linkinfo.info_data.primary | Should -Be 'e1'
        }
        It 'refuses what does not go together' {
            (Get-ErrorOf { New-BondLink b0 -Mode Lacp -Primary e1 }).FullyQualifiedErrorId |
                Should -BeLike 'InvalidArgument,*'
            (Get-ErrorOf { New-BondLink b0 -MiiMonitor 100 -ArpInterval 100 }).FullyQualifiedErrorId |
                Should -BeLike 'InvalidArgument,*'
            Test-Link b0 | Should -BeFalse
        }
    }

    Context 'Get-BondPort and Set-BondPort' {
        It 'lists and changes ports' -Skip:(-not $has.bond) {
            ip link add e1 type veth peer name w1
            ip link add e2 type veth peer name w2
            $bond = New-BondLink bond0 -Port e1, e2 -PrimaryReselect Failure -PeerNotifications 3 -Up
            $bond.PrimaryReselect, $bond.PeerNotifications | Should -Be 'Failure', 3
            (Get-BondPort).InterfaceAlias | Should -Be 'e1', 'e2'
            (Get-BondPort bond0 e2).Bond | Should -Be 'bond0'
            ($bond | Get-BondPort).InterfaceAlias | Should -Be 'e1', 'e2'
            Set-BondPort -InterfaceAlias e1 -Priority 5 -WhatIf
            Set-BondPort bond0 e1 -Priority 7 -QueueId 2 | Should -BeNullOrEmpty
            $seen = (Get-IpJson link show dev e1).linkinfo.info_slave_data
            $seen.prio, $seen.queue_id | Should -Be 7, 2
            (Get-BondPort e2 | Set-BondPort -Priority -1 -PassThru).Priority | Should -Be -1
            Get-BondPort | Out-String -Width 80 |
                Should -Match 'Bond +InterfaceAlias +Namespace +State +Status +Failures Priority'
            (Get-ErrorOf { Get-BondPort -InterfaceAlias w1 }).FullyQualifiedErrorId | Should -BeLike 'NotSupported,*'
            (Get-ErrorOf { Get-BondPort bond9 }).FullyQualifiedErrorId | Should -BeLike 'LinkNotFound,*'
            (Get-ErrorOf { Set-BondPort bond0 e1 }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            Get-Completion 'Get-BondPort b' | Should -Be 'bond0'
            Get-Completion 'Set-BondPort bond0 e' | Should -Be 'e1', 'e2'
        }
    }

    Context 'New-MacsecLink, Set-MacsecLink, New-NlmonLink and New-VcanLink' {
        It 'makes and changes a macsec link' -Skip:(-not $has.macsec) {
            $link = New-MacsecLink ms0 -Parent eth0 -Port 7 -Cipher GcmAes256 -Encrypt $true -Up
            $link.Port, $link.Cipher, $link.Encrypt, $link.Parent | Should -Be 7, 'GcmAes256', $true, 'eth0'
            (Set-MacsecLink ms0 -Validation Check -PassThru).Validation | Should -Be 'Check'
            (Get-IpJson link show dev ms0).linkinfo.info_data.validation | Should -Be 'check'
            (Get-ErrorOf { New-MacsecLink m1 -Parent eth0 -Port 7 }).FullyQualifiedErrorId |
                Should -BeLike 'LinkExists,*'
            (New-MacsecLink m1 -Parent eth0 -TargetNamespace web).Port | Should -Be 1
        }
        It 'makes an nlmon link' -Skip:(-not $has.nlmon) {
            (New-NlmonLink nl0 -Up).Kind | Should -Be 'nlmon'
            New-NlmonLink nl1 -WhatIf
            Test-Link nl1 | Should -BeFalse
        }
        It 'makes a vcan link' -Skip:(-not $has.vcan) {
            $made = New-VcanLink vcan0 -TargetNamespace web -Up
            $made.Kind, $made.LinkType, "$($made.Namespace)" | Should -Be 'vcan', 'Can', 'web'
            Get-NetLink vcan0 -Namespace web | Remove-NetLink
            New-VcanLink vcan1 -WhatIf
            Test-Link vcan1 | Should -BeFalse
        }
    }

    Context 'New-TapLink' {
        It 'makes a persistent <_>' -Skip:(-not $hasTun) -ForEach 'Tap', 'Tun' {
            $link = New-TapLink t0 -Mode $_ -Owner root -Group 12 -MultiQueue -TargetNamespace web -Up
            $link.Mode, $link.Owner, $link.OwnerGroup, $link.Persistent | Should -Be $_, 0, 12, $true
            $seen = (Get-IpJson -In web link show dev t0).linkinfo.info_data
            $seen.type, $seen.persist, $seen.multi_queue | Should -Be $_.ToLower(), $true, $true
        }
        It 'refuses <Case>' -ForEach @(
            @{ Case = 'a user that is not there'; Arguments = @{ Owner = 'no-such-user' }; Id = 'ObjectNotFound' }
            @{ Case = 'a bridge for IP packets'; Arguments = @{ Mode = 'Tun'; Bridge = 'br0' }; Id = 'InvalidArgument' }
            @{ Case = 'a bridge that is not there'; Arguments = @{ Bridge = 'br0' }; Id = 'LinkNotFound' }
        ) {
            (Get-ErrorOf { New-TapLink t0 @Arguments }).FullyQualifiedErrorId | Should -BeLike "$Id,*"
            Test-Link t0 | Should -BeFalse
        }
        It 'makes nothing with -WhatIf' { New-TapLink t0 -WhatIf; Test-Link t0 | Should -BeFalse }
    }
}
