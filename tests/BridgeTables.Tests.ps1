BeforeDiscovery {
    . $PSScriptRoot/common.ps1
    $null = ip link add probe0 type bridge vlan_filtering 1 2>&1
    $filters = $env:LXCNETWORKING_LANE -eq 'full-kernel' -or -not $LASTEXITCODE
    $null = ip link del probe0 2>&1
}
BeforeAll { . $PSScriptRoot/common.ps1 }
Describe 'Bridge tables' {
    BeforeEach {
        ip link add br0 type bridge
        ip link set br0 up
        foreach ($i in 1, 2) {
            ip link add p$i type veth peer name f$i
            # A port without carrier is disabled a moment later, and is then no port of a router.
            ip link set f$i up
            ip link set p$i master br0 up
        }
    }
    AfterEach { foreach ($name in 'br0', 'p1', 'p2', 'vx0') { $null = ip link del $name 2>&1 } }

    Context 'Get-, Add- and Remove-BridgeVlan' {
        It 'works with ids and ranges' -Skip:(-not $filters) {
            Set-NetBridge br0 -VlanFiltering $true
            (Add-BridgeVlan p1 10, 20-22).VlanId | Should -Be 10, 20, 21, 22
            $pvid = Add-BridgeVlan -InterfaceAlias p1 -VlanId 5 -Pvid -Untagged
            $pvid.Pvid, $pvid.Untagged, $pvid.Bridge | Should -Be $true, $true, 'br0'
            (bridge -j vlan show dev p1 | ConvertFrom-Json).vlans.vlan | Should -Be 1, 5, 10, 20, 21, 22
            (Get-BridgeVlan p* -VlanId 20-30).VlanId | Should -Be 20, 21, 22
            Get-BridgeVlan -Bridge br0 | Where-Object VlanId -GT 20 | Remove-BridgeVlan
            (bridge -j vlan show dev p1 | ConvertFrom-Json).vlans.vlan | Should -Be 1, 5, 10, 20
            "$((Get-BridgeVlan p1 -VlanId 5).State)" | Should -Be 'Forwarding'
            (Get-ErrorOf { Add-BridgeVlan p1 30 -TunnelId 7 }).FullyQualifiedErrorId | Should -BeLike 'NotSupported,*'
            Set-BridgePort br0 p1 -VlanTunnel $true
            (Add-BridgeVlan p1 30-31 -TunnelId 700).TunnelId | Should -Be 700, 701
            "$(bridge vlan tunnelshow dev p1)" | Should -Match '30-31 +700-701'
            Remove-BridgeVlan p1 30-31
            (Add-BridgeVlan -Bridge br0 -VlanId 100 -Self).Self | Should -BeTrue
            (bridge -j vlan show dev br0 | ConvertFrom-Json).vlans.vlan | Should -Be 1, 100
            (Get-NetBridge br0 | Get-BridgeVlan).InterfaceAlias | Sort-Object -Unique | Should -Be 'br0', 'p1', 'p2'
            Add-BridgeVlan p2 7 -WhatIf
            (bridge -j vlan show dev p2 | ConvertFrom-Json).vlans.vlan | Should -Be 1
        }
        It 'changes what VLANs have' -Skip:(-not $filters) {
            Set-NetBridge br0 -VlanFiltering $true
            $null = Add-BridgeVlan p1 10, 20-22
            $changed = Set-BridgeVlan [fp]* 10-30 -State Blocking -PassThru -ErrorAction Stop
            $changed.VlanId, "$($changed.State | Sort-Object -Unique)" | Should -Be @((10, 20, 21, 22), 'Blocking')
            $null = Set-BridgeVlan p1 10, 20 -State Forwarding -WhatIf
            Get-BridgeVlan p1 -VlanId 20-21 | Set-BridgeVlan -MulticastRouter Always -WarningVariable said `
                -WarningAction SilentlyContinue
            "$said" | Should -BeLike '*Set-NetBridge br0 -MulticastVlanSnooping*'
            (bridge -s -d -j vlan show dev p1 | ConvertFrom-Json).vlans |
                ForEach-Object { "$($_.vlan) $($_.state) $($_.mcast_router)" } |
                Should -Be '1 forwarding 1', '10 blocking 1', '20 blocking 2', '21 blocking 2', '22 blocking 1'
            Set-BridgeVlan -Bridge br0 -VlanId 1 -State Learning
            (Get-BridgeVlan -Bridge br0 -Self).State | Should -Be 'Learning'
            (Get-ErrorOf { Set-BridgeVlan p1 30 -State Learning }).FullyQualifiedErrorId |
                Should -BeLike 'ObjectNotFound,*'
            (Get-ErrorOf { Set-BridgeVlan p1 10 }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            Get-BridgeVlan p1 | Out-String -Width 80 | Should -Match 'VlanId Pvid +Untagged State +Namespace'
        }
        It 'changes what whole VLANs have' -Skip:(-not $filters) {
            Set-NetBridge br0 -VlanFiltering $true
            $null = Add-BridgeVlan p1 10, 20-22
            (Get-BridgeVlanGlobal b* 10-21).VlanId | Should -Be 10, 20, 21
            $changed = Set-BridgeVlanGlobal br0 10, 20-30 -MulticastQuerier $true -MulticastQueryInterval 60 -PassThru `
                -WarningVariable said -WarningAction SilentlyContinue
            "$said" | Should -BeLike '*Set-NetBridge br0 -MulticastVlanSnooping*'
            $changed.VlanId | Should -Be 10, 20, 21, 22
            Set-NetBridge br0 -MulticastVlanSnooping $true
            Set-BridgeVlanGlobal br0 10 -IgmpVersion 3 -WhatIf
            Get-BridgeVlan p1 -VlanId 20 | Set-BridgeVlanGlobal -IgmpVersion 3
            Get-BridgeVlanGlobal br0 10 | ConvertTo-Json | ConvertFrom-Json |
                Set-BridgeVlanGlobal -MulticastQueryInterval 30
            $shown = (bridge -d -j vlan global show dev br0 | ConvertFrom-Json).vlans
            $shown | ForEach-Object {
                "$($_.vlan) $($_.mcast_querier) $($_.mcast_igmp_version) $($_.mcast_query_interval)"
            } | Should -Be '1 0 2 12500', '10 1 2 3000', '20 1 3 6000', '21 1 2 6000'
            (Get-NetBridge br0 | Get-BridgeVlanGlobal).Count | Should -Be 5
            (Get-ErrorOf { Set-BridgeVlanGlobal br0 30 -IgmpVersion 3 }).FullyQualifiedErrorId |
                Should -BeLike 'ObjectNotFound,*'
            (Get-ErrorOf { Set-BridgeVlanGlobal br0 10 }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            Get-BridgeVlanGlobal | Out-String -Width 80 |
                Should -Match 'Bridge +VlanId Snooping Querier IGMP MLD SpanningTree Namespace'
        }
        It 'lists the ports of routers' {
            Set-BridgePort -InterfaceAlias p1 -MulticastRouter Always
            $port = Get-NetBridge br0 | Get-BridgeMulticastRouter
            $port.InterfaceAlias, $port.Bridge, "$($port.Type)", $port.Timer | Should -Be 'p1', 'br0', 'Always', $null
            Get-BridgeMulticastRouter p2 | Should -BeNullOrEmpty
            Get-BridgeMulticastRouter p* | Out-String -Width 80 |
                Should -Match 'InterfaceAlias +Bridge +VlanId Type +Timer +Namespace'
        }
        It 'warns of a bridge that does not look at tags' -Skip:(-not $filters) {
            Add-BridgeVlan p1 10 -WarningVariable said -WarningAction SilentlyContinue | Should -Not -BeNullOrEmpty
            "$said" | Should -BeLike '*Set-NetBridge br0 -VlanFiltering*'
        }
        It 'refuses <Case>' -ForEach @(
            @{ Case = 'a link that is no port'; Arguments = @{ InterfaceAlias = 'f1'; VlanId = 3 }
                Id = 'NotSupported' }
            @{ Case = 'a link that is not there'; Arguments = @{ InterfaceAlias = 'nope'; VlanId = 3 }
                Id = 'LinkNotFound' }
            @{ Case = '-Self of a port'; Arguments = @{ InterfaceAlias = 'p1'; VlanId = 3; Self = $true }
                Id = 'NotSupported' }
        ) { (Get-ErrorOf { Add-BridgeVlan @Arguments }).FullyQualifiedErrorId | Should -BeLike "$Id,*" }
        It 'refuses VLAN <_>' -ForEach '0', '4095', '20-10', 'ten' {
            { Add-BridgeVlan p1 $_ -ErrorAction Stop } | Should -Throw
        }
        if (-not $filters) {
            It 'says that the kernel has no VLAN filtering' {
                (Get-ErrorOf { Add-BridgeVlan p1 10 }).FullyQualifiedErrorId | Should -BeLike 'KindNotSupported,*'
                (Get-ErrorOf { Set-NetBridge br0 -VlanFiltering $true }).FullyQualifiedErrorId |
                    Should -BeLike 'KindNotSupported,*'
            }
        }
    }

    Context 'Get-, Add- and Remove-BridgeMdbEntry' {
        BeforeEach { 1, 2 | ForEach-Object { ip link set f$_ up } }

        It 'puts ports into groups and takes them out' {
            $entries = Add-BridgeMdbEntry [fp]* 239.1.1.1 -ErrorAction Stop
            $entries.InterfaceAlias | Sort-Object | Should -Be 'p1', 'p2'
            "$($entries[0].Group)", "$($entries[0].Type)", $entries[0].Bridge |
                Should -Be '239.1.1.1', 'Permanent', 'br0'
            $null = Add-BridgeMdbEntry p1 ff0e::7 -Source 2001:db8::1
            $null = Add-BridgeMdbEntry p2 01:00:5e:00:00:09
            $shown = (bridge -d -j mdb show dev br0 | ConvertFrom-Json).mdb | Where-Object grp -Match '^(239|ff0e|01)'
            $shown | ForEach-Object { "$($_.grp) $($_.port) $($_.src)".Trim() } | Sort-Object |
                Should -Be '01:00:5e:00:00:09 p2', '239.1.1.1 p1', '239.1.1.1 p2', 'ff0e::7 p1 2001:db8::1'
            (Get-BridgeMdbEntry p1 ff0e::7).Source | Should -Be '2001:db8::1'
            (Get-NetBridge br0 | Get-BridgeMdbEntry -Group 239.1.1.1 -Type Permanent).Count | Should -Be 2
            Get-Completion 'Get-BridgeMdbEntry p1 239' | Should -Contain '239.1.1.1'
            (Get-BridgeMdbEntry -Group 239.1.1.1 | Out-String -Width 80) |
                Should -Match 'Group +InterfaceAlias +VlanId Type +Source +Namespace'
            (Get-ErrorOf { Add-BridgeMdbEntry p1 239.1.1.1 }).FullyQualifiedErrorId | Should -BeLike 'ObjectExists,*'
            { Add-BridgeMdbEntry p1 10.0.0.1 -ErrorAction Stop } | Should -Throw '*multicast group*'
            Add-BridgeMdbEntry p1 239.1.1.2 -WhatIf
            Remove-BridgeMdbEntry p1 239.1.1.1 -WhatIf
            @(Get-BridgeMdbEntry p1).Where{ "$($_.Group)" -like '239*' }.Count | Should -Be 1
            Remove-BridgeMdbEntry p1 239.1.1.1
            Get-BridgeMdbEntry -Group ff0e::7 | ConvertTo-Json | ConvertFrom-Json | Remove-BridgeMdbEntry
            Get-BridgeMdbEntry -Group 01:00:5e:00:00:09 | Remove-BridgeMdbEntry
            (Get-BridgeMdbEntry).Where{ "$($_.Group)" -match '^(239|ff0e|01)' }.InterfaceAlias | Should -Be 'p2'
            (Get-ErrorOf { Remove-BridgeMdbEntry p1 239.1.1.1 }).FullyQualifiedErrorId |
                Should -BeLike 'ObjectNotFound,*'
            (Get-ErrorOf { Add-BridgeMdbEntry f1 239.1.1.1 }).FullyQualifiedErrorId | Should -BeLike 'NotSupported,*'
        }
    }

    Context 'Get-, Add- and Remove-BridgeFdbEntry' {
        It 'pins an address to a port and lets it go' {
            $entry = Add-BridgeFdbEntry p1 02:00:00:00:00:01
            "$($entry.Type)", $entry.Bridge, $entry.Self | Should -Be 'Static', 'br0', $false
            bridge -j fdb show br br0 | ConvertFrom-Json |
                Where-Object { $_.mac -eq '02:00:00:00:00:01' -and $_.ifname -eq 'p1' -and $_.state -eq 'static' } |
                Should -Not -BeNullOrEmpty
            (Get-ErrorOf { Add-BridgeFdbEntry p2 02:00:00:00:00:01 }).FullyQualifiedErrorId |
                Should -BeLike 'ObjectExists,*'
            (Add-BridgeFdbEntry p2 02:00:00:00:00:01 -Replace).InterfaceAlias | Should -Be 'p2'
            Remove-BridgeFdbEntry p2 02:00:00:00:00:01 -WhatIf
            (Get-BridgeFdbEntry -Bridge br0 -MacAddress 02:00:00:00:00:01) | Should -Not -BeNullOrEmpty
            Get-BridgeFdbEntry -Bridge br0 -MacAddress 02:00:00:00:00:01 | Remove-BridgeFdbEntry -ErrorAction Stop
            (Get-BridgeFdbEntry -Bridge br0 -MacAddress 02:00:00:00:00:01) | Should -BeNullOrEmpty
            $failure = Get-ErrorOf { Remove-BridgeFdbEntry p2 02:00:00:00:00:01 }
            $failure.FullyQualifiedErrorId | Should -BeLike 'ObjectNotFound,*'
            $failure.CategoryInfo.Category | Should -Be 'ObjectNotFound'
        }
        It 'tells a VXLAN link of hosts' {
            ip link add vx0 type vxlan id 1 dstport 4789
            $entry = Add-BridgeFdbEntry vx0 02:00:00:00:00:02 -Destination 192.0.2.2 -Vni 77 -Port 8472
            "$($entry.Destination)", $entry.Vni, $entry.Port, $entry.Self | Should -Be '192.0.2.2', 77, 8472, $true
            $null = Add-BridgeFdbEntry vx0 -Destination 192.0.2.3
            $null = Add-BridgeFdbEntry vx0 -Destination 192.0.2.4 -Append
            (bridge -j fdb show dev vx0 | ConvertFrom-Json | Where-Object mac -EQ '00:00:00:00:00:00').dst |
                Should -Be '192.0.2.3', '192.0.2.4'
            Get-BridgeFdbEntry vx0 | Where-Object Destination -EQ 192.0.2.3 | Remove-BridgeFdbEntry
            @(bridge -j fdb show dev vx0 | ConvertFrom-Json).Count | Should -Be 2
            $null = New-NetNextHop 1 192.0.2.2 -Fdb
            $null = New-NetNextHop 10 -Group 1 -Fdb
            (Add-BridgeFdbEntry vx0 02:00:00:00:00:03 -NextHopId 10).NextHopId | Should -Be 10
            (bridge -j fdb show dev vx0 | ConvertFrom-Json | Where-Object mac -EQ 02:00:00:00:00:03).nhid |
                Should -Be 10
            Get-BridgeFdbEntry vx0 | Out-String | Should -Match 'next hop 10'
            $failure = Get-ErrorOf { Add-BridgeFdbEntry vx0 02:00:00:00:00:02 -Destination 192.0.2.9 -Append }
            "$failure" | Should -BeLike '*go to several*-Replace*'
            Get-NetNextHop | Sort-Object NextHopId -Descending | Remove-NetNextHop
        }
        It 'never takes the name of a namespace that is piped in for an interface' {
            ip netns add fdbns
            ip -n fdbns link add fdbns type bridge
            (Get-ErrorOf { Get-NetNamespace fdbns |
                Add-BridgeFdbEntry -MacAddress 02:00:00:00:00:09 }).FullyQualifiedErrorId |
                Should -BeLike 'InvalidArgument,*'
            (Get-ErrorOf { Get-NetNamespace fdbns |
                Add-BridgeFdbEntry nowhere -MacAddress 02:00:00:00:00:09 }).FullyQualifiedErrorId |
                Should -BeLike 'LinkNotFound,*'
            ip netns del fdbns
        }

        It 'lists a namespace that is piped in' {
            ip netns add fdb
            ip -n fdb link add br9 type bridge
            ip -n fdb link set br9 up
            (Get-NetNamespace fdb | Get-BridgeFdbEntry).InterfaceAlias | Sort-Object -Unique | Should -Be 'br9'
            ip netns del fdb
        }
    }
}
