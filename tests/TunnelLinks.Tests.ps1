BeforeDiscovery {
    . $PSScriptRoot/common.ps1
    $has = @{}
    foreach ($kind in 'vxlan', 'gretap', 'ip6gretap', 'gre', 'geneve', 'ipip', 'sit', 'ip6tnl', 'vti', 'xfrm') {
        $has[$kind] = Test-LinkKind $kind
    }
}
Describe 'Tunnel links' {
    BeforeAll {
        . $PSScriptRoot/common.ps1
        ip link add eth0 type veth peer name far0
        ip addr add 192.0.2.1/24 dev eth0
        ip addr add 2001:db8::1/64 dev eth0 nodad
        ip link set far0 up
        ip link set eth0 up
        ip netns add web
    }
    AfterEach {
        Get-NetLink -Kind vxlan, gre*, ip6gre*, geneve, bridge, ipip, sit, ip6tnl, vti*, xfrm |
            Where-Object Name -NotIn 'gre0', 'gretap0', 'erspan0', 'ip6gre0', 'tunl0', 'sit0', 'ip6tnl0', 'ip_vti0',
            'ip6_vti0' | Remove-NetLink -ErrorAction Ignore
    }

    Context 'New-VxlanLink and Set-VxlanLink' {
        It 'leads to hosts, fits its MTU and its bridge''s, and says so' -Skip:(-not $has.vxlan) {
            ip link add br0 type bridge
            $link = New-VxlanLink vx0 -Vni 42 -Local 192.0.2.1 -Remote 192.0.2.2, 192.0.2.3 -Bridge br0 -Up
            $link.Vni, "$($link.Local)", "$($link.Remote)", $link.Port, $link.Mtu, $link.ChosenMtu |
                Should -Be 42, '192.0.2.1', '192.0.2.2', 4789, 1450, 1450
            $link.MtuReason | Should -BeLike "1450 = 1500 of the underlay 'eth0' - 50 for VXLAN over IPv4.*'br0'*"
            $link | Format-List | Out-String -Width 200 | Should -Match 'MtuReason'
            (Get-IpJson link show dev br0).mtu | Should -Be 1450
            (bridge -j fdb show dev vx0 | ConvertFrom-Json | Where-Object mac -EQ '00:00:00:00:00:00').dst |
                Should -Be '192.0.2.2', '192.0.2.3'
        }
        It 'joins a group, over IPv6 too' -Skip:(-not $has.vxlan) {
            $link = New-VxlanLink vx0 -Vni 1 -Group ff05::100 -Device eth0 -Learning $false -AgeingTime 60 -Ttl 4 `
                -SourcePort 5000-6000 -RouteShortCircuit $true
            $range = (Get-IpJson link show dev vx0).linkinfo.info_data
            $range.port_range.low, $range.port_range.high, $range.rsc | Should -Be 5000, 6000, $true
            "$($link.SourcePort)" | Should -Be '5000-6000'
            "$($link.MulticastGroup)", $link.Parent, $link.Mtu, $link.Learning | Should -Be 'ff05::100',
                'eth0', 1430, $false
            $seen = (Get-IpJson link show dev vx0).linkinfo.info_data
            $seen.group6, $seen.ageing, $seen.ttl | Should -Be 'ff05::100', 60, 4
        }
        It 'changes what can be changed, for wildcards and the pipeline' -Skip:(-not $has.vxlan) {
            $null = New-VxlanLink vx0 -Vni 1 -Remote 192.0.2.2
            $null = New-VxlanLink vx1 -Vni 2 -Remote 192.0.2.2
            Set-VxlanLink vx* -Ttl 9
            (Get-IpJson link show type vxlan).linkinfo.info_data.ttl | Should -Be 9, 9
            (Get-NetLink vx0 | Set-VxlanLink -Remote 192.0.2.7 -PassThru).Remote.ToString() | Should -Be '192.0.2.7'
            (Get-ErrorOf { Set-VxlanLink eth0 -Ttl 1 }).FullyQualifiedErrorId | Should -BeLike 'NotSupported,*'
        }
        It 'is external instead of having a VNI' -Skip:(-not $has.vxlan) {
            $link = New-VxlanLink vx0 -External
            $link.External, $link.Learning, $link.Mtu | Should -Be $true, $false, 1430
            (Get-IpJson link show dev vx0).linkinfo.info_data.external | Should -BeTrue
            $refusal = Get-ErrorOf { New-VxlanLink vx1 -Remote 192.0.2.2 }
            $refusal.FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            "$refusal" | Should -BeLike '*needs a VNI*Use -Vni or -External.'
            "$(Get-ErrorOf { New-VxlanLink vx1 -Vni 5 -External })" | Should -BeLike '*takes Vni from the route*'
        }
        It 'refuses <Case>' -ForEach @(
            @{ Case = 'a VNI over 24 bits'; Arguments = @{ Vni = 16777216; Remote = '192.0.2.2' }
                Id = 'InvalidArgument' }
            @{ Case = 'its own address as the other''s'
                Arguments = @{ Vni = 1; Local = '192.0.2.1'; Remote = '192.0.2.1' }; Id = 'InvalidArgument' }
            @{ Case = 'a local address that is not here'; Arguments = @{ Vni = 1; Local = '192.0.2.99' }
                Id = 'AddressNotFound' }
            @{ Case = 'a group without a device'; Arguments = @{ Vni = 1; Group = '239.1.1.1' }
                Id = 'InvalidArgument' }
            @{ Case = 'mixed families'; Arguments = @{ Vni = 1; Local = '192.0.2.1'; Remote = '2001:db8::2' }
                Id = 'InvalidArgument' }
        ) {
            (Get-ErrorOf { New-VxlanLink vx0 @Arguments }).FullyQualifiedErrorId | Should -BeLike "$Id,*"
            Test-Link vx0 | Should -BeFalse
        }
        It 'is made and changed all the same with -Force, as the refusal says' -Skip:(-not $has.vxlan) {
            $refusal = Get-ErrorOf { New-VxlanLink vx0 -Vni 1 -Local 192.0.2.99 -Remote 192.0.2.2 }
            "$refusal" | Should -BeLike '*no such address*use -Force if that is meant*'
            $link = New-VxlanLink vx0 -Vni 1 -Local 192.0.2.99 -Remote 192.0.2.2 -Force
            "$($link.Local)", $link.Mtu | Should -Be '192.0.2.99', 1450
            "$(Get-ErrorOf { Set-VxlanLink vx0 -Remote 192.0.2.1 })" | Should -BeLike '*itself*use -Force if that*'
            (Get-ErrorOf { Set-VxlanLink vx0 -Remote 192.0.2.99 -Force }).FullyQualifiedErrorId |
                Should -BeLike 'InvalidArgument,*'
            Set-VxlanLink vx0 -Remote 192.0.2.1 -Force
            (Get-IpJson link show dev vx0).linkinfo.info_data.remote | Should -Be '192.0.2.1'
            New-VxlanLink vx1 -Vni 2 -Local 192.0.2.99 -Force -WhatIf
            Test-Link vx1 | Should -BeFalse
        }
        It 'makes nothing with -WhatIf' { New-VxlanLink vx0 -Vni 1 -WhatIf; Test-Link vx0 | Should -BeFalse }
        It 'is made where a piped namespace says' -Skip:(-not $has.vxlan) {
            $link = Get-NetNamespace web | New-VxlanLink vx9 -Vni 9
            "$($link.Namespace)" | Should -Be 'web'
            $link | Remove-NetLink
            Test-Link vx9 -In web | Should -BeFalse
        }
    }

    Context 'Get-, Add- and Remove-VxlanVni' {
        It 'list, add and remove what an external link takes' -Skip:(-not $has.vxlan) {
            (New-VxlanLink vx0 -External -VniFilter $true).VniFilter | Should -BeTrue
            "$((Add-VxlanVni vx0 10-12, 20).Vni)" | Should -Be '10-12 20'
            "$((Add-VxlanVni vx0 31 -Remote 192.0.2.9).Remote)" | Should -Be '192.0.2.9'
            Add-VxlanVni vx0 40 -WhatIf
            (bridge -j vni show dev vx0 | ConvertFrom-Json).vnis.vni | Should -Be 10, 20, 31
            "$((Get-VxlanVni -Vni 11-25).Vni)" | Should -Be '10-12 20'
            Get-VxlanVni vx0 | Where-Object Remote -EQ 192.0.2.9 | Remove-VxlanVni
            Remove-VxlanVni vx* 11
            "$((Get-VxlanVni vx0).Vni)" | Should -Be '10 12 20'
            (Get-VxlanVni | Format-Table | Out-String) | Should -Match 'InterfaceAlias +Vni +Remote +Namespace'
            Get-VxlanVni | ConvertTo-Json | ConvertFrom-Json | Remove-VxlanVni
            Get-VxlanVni | Should -BeNullOrEmpty
            (Get-ErrorOf { Remove-VxlanVni vx0 5 }).FullyQualifiedErrorId | Should -BeLike 'ObjectNotFound,*'
            (Get-ErrorOf { Add-VxlanVni eth0 5 }).FullyQualifiedErrorId | Should -BeLike 'NotSupported,*'
            { Add-VxlanVni vx0 0 -ErrorAction Stop } | Should -Throw '*1 to 16777215*'
        }
    }

    Context 'New-GreTapTunnel, New-GreTunnel and Set-GreTunnel' {
        It 'carries Ethernet over IPv4' -Skip:(-not $has.gretap) {
            ip link add br0 type bridge
            $link = New-GreTapTunnel testgre -Local 192.0.2.1 -Remote 192.0.2.2 -Ttl 255 -Key 7 -Bridge br0 -Up
            $link.Kind, $link.Key, $link.Ttl, $link.ChosenMtu, $link.Master | Should -Be 'gretap', 7, 255, 1458, 'br0'
            $seen = (Get-IpJson link show dev testgre).linkinfo.info_data
            $seen.remote, $seen.ttl, $seen.okey | Should -Be '192.0.2.2', 255, '0.0.0.7'
            Set-GreTunnel testgre -Remote 192.0.2.9 -Key 8
            $seen = (Get-IpJson link show dev testgre).linkinfo.info_data
            $seen.remote, $seen.local, $seen.ttl, $seen.okey | Should -Be '192.0.2.9', '192.0.2.1', 255, '0.0.0.8'
        }
        It 'carries Ethernet over IPv6 by the addresses'' family' -Skip:(-not $has.ip6gretap) {
            (New-GreTapTunnel g6 -Local 2001:db8::1 -Remote 2001:db8::2).Kind | Should -Be 'ip6gretap'
        }
        It 'is external' -Skip:(-not $has.ip6gretap) {
            (New-GreTapTunnel g6 -External -AddressFamily IPv6).Kind | Should -Be 'ip6gretap'
            (Get-IpJson link show dev g6).linkinfo.info_data.external | Should -BeTrue
            "$(Get-ErrorOf { New-GreTunnel g7 -External -Key 5 })" | Should -BeLike '*takes Key from the route*'
        }
        It 'carries mirrored frames with a header of ERSPAN' -Skip:(-not $has.gretap) {
            $link = New-GreTapTunnel e0 -Local 192.0.2.1 -Remote 192.0.2.2 -Key 30 -ErspanVersion 1 -ErspanIndex 7
            $link.Kind, $link.ErspanVersion, $link.ErspanIndex, $link.Mtu | Should -Be 'erspan', 1, 7, 1450
            (Set-GreTunnel e0 -ErspanIndex 8 -PassThru).ErspanIndex | Should -Be 8
            (Get-IpJson link show dev e0).linkinfo.info_data.erspan_index | Should -Be 8
            "$(Get-ErrorOf { New-GreTapTunnel e1 -Remote 192.0.2.3 -ErspanVersion 2 })" | Should -BeLike '*Use -Key.'
        }
        It 'carries IP, with a key for each direction' -Skip:(-not $has.gre) {
            $link = New-GreTunnel g0 -Remote 192.0.2.2 -Mtu 1400 -InputKey 5 -OutputKey 6
            $link.Mtu, $link.Key, $link.InputKey, $link.OutputKey | Should -Be 1400, $null, 5, 6
            (Set-GreTunnel g0 -OutputKey 7 -PassThru).OutputKey | Should -Be 7
            $seen = (Get-IpJson link show dev g0).linkinfo.info_data
            $seen.ikey, $seen.okey | Should -Be '0.0.0.5', '0.0.0.7'
        }
        if (-not $has.gretap) {
            It 'names the module where the kernel has none' {
                "$(Get-ErrorOf { New-GreTapTunnel g0 -Remote 192.0.2.2 })" | Should -BeLike '*modprobe ip_gre*'
            }
        }
        It 'refuses its own address and one that is not here' {
            (Get-ErrorOf { New-GreTapTunnel g0 -Remote 192.0.2.1 }).FullyQualifiedErrorId |
                Should -BeLike 'InvalidArgument,*'
            (Get-ErrorOf { New-GreTunnel g0 -Local 192.0.2.5 -Remote 192.0.2.2 }).FullyQualifiedErrorId |
                Should -BeLike 'AddressNotFound,*'
        }
    }

    Context 'New-IPTunnel and Set-IPTunnel' {
        It 'goes over IPv4 or IPv6 by its addresses, fits its MTU, and is changed' -Skip:(-not $has.ip6tnl) {
            $link = New-IPTunnel t0 -Local 192.0.2.1 -Remote 192.0.2.2 -Up
            $link.Kind, $link.Ttl, $link.Mtu, $link.ChosenMtu | Should -Be 'ipip', 64, 1480, 1480
            $link.MtuReason | Should -BeLike "1480 = 1500 of the underlay 'eth0' - 20 for IP over IPv4.*"
            $link = New-IPTunnel t1 -Local 2001:db8::1 -Remote 2001:db8::2 -EncapsulationLimit -1 -FlowLabel 7
            $link.Kind, $link.Mtu, $link.EncapsulationLimit, $link.FlowLabel | Should -Be 'ip6tnl', 1460, -1, 7
            $link = New-IPTunnel t2 -Mode Sit -Local 192.0.2.1 -SixRdPrefix 2001:db8::/32 -TargetNamespace web
            $link.Kind, "$($link.SixRdPrefix)", "$($link.Namespace)" | Should -Be 'sit', '2001:db8::/32', 'web'
            Set-IPTunnel t0 -Ttl 9 -WhatIf
            (Get-NetLink t0, t1 | Set-IPTunnel -Ttl 99 -Tos 1 -PassThru).Ttl | Should -Be 99, 99
            (Get-IpJson link show dev t0).linkinfo.info_data.ttl | Should -Be 99
            Get-NetLink t0 | Out-String -Width 80 | Should -Match 't0 +\S+ +ipip'
        }
        It 'refuses what cannot be' -Skip:(-not $has.ipip) {
            foreach ($arguments in @{ Remote = '192.0.2.2'; FlowLabel = 1 }, @{ Mode = 'Sit'; Remote = '2001:db8::2' },
                @{ External = $true; Remote = '192.0.2.2' }, @{ Remote = '192.0.2.2'; Isatap = $true },
                @{ Remote = '192.0.2.2'; Encapsulation = 'Fou' }, @{ Remote = '192.0.2.2'; EncapsulationPort = 5 }) {
                (Get-ErrorOf { New-IPTunnel t9 @arguments }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            }
            Test-Link t9 | Should -BeFalse
            Get-Completion 'New-IPTunnel t9 -Mode I' | Should -Be 'Ip6Tunnel', 'Ipip'
            Get-Completion 'New-IPTunnel t9 -Encapsulation ' | Should -Be 'Fou', 'Gue', 'Mpls', 'None'
        }
    }

    Context 'New-VtiLink, New-XfrmLink and their Set-' {
        It 'makes and changes a vti' -Skip:(-not $has.vti) {
            $link = New-VtiLink vti7 -Local 192.0.2.1 -Remote 192.0.2.2 -InputKey 5 -OutputKey 6 -Up
            $link.Kind, $link.InputKey, $link.OutputKey | Should -Be 'vti', 5, 6
            (Set-VtiLink vti7 -InputKey 7 -PassThru).InputKey | Should -Be 7
            (Get-IpJson link show dev vti7).linkinfo.info_data.okey | Should -Be '0.0.0.6'
            (Get-ErrorOf { New-VtiLink v9 }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        }
        It 'makes and changes an xfrm link' -Skip:(-not $has.xfrm) {
            (New-XfrmLink x0 -InterfaceId 7 -Device eth0 -Up).Parent | Should -Be 'eth0'
            (Set-XfrmLink x0 -InterfaceId 8 -PassThru).InterfaceId | Should -Be 8
            (Get-ErrorOf { New-XfrmLink x1 -InterfaceId 8 }).FullyQualifiedErrorId | Should -BeLike 'LinkExists,*'
            (New-XfrmLink x1 -InterfaceId 9 -TargetNamespace web).InterfaceId | Should -Be 9
        }
    }

    Context 'New-GeneveLink and Set-GeneveLink' {
        It 'leads to a host' -Skip:(-not $has.geneve) {
            $link = New-GeneveLink g0 -Vni 42 -Remote 192.0.2.2 -Up
            $link.Vni, $link.Port, $link.ChosenMtu | Should -Be 42, 6081, 1450
            (Set-GeneveLink g0 -Ttl 7 -PassThru).Ttl | Should -Be 7
            (Get-IpJson link show dev g0).linkinfo.info_data.remote | Should -Be '192.0.2.2'
        }
        It 'is external instead of leading to a host' -Skip:(-not $has.geneve) {
            (New-GeneveLink g0 -External).External | Should -BeTrue
            (Get-ErrorOf { Set-GeneveLink g0 -Ttl 7 }).FullyQualifiedErrorId | Should -BeLike 'NotSupported,*'
            "$(Get-ErrorOf { New-GeneveLink g1 -Vni 5 })" | Should -BeLike '*Use -Remote or -External.'
        }
        It 'refuses a VNI over 24 bits' {
            (Get-ErrorOf { New-GeneveLink g0 -Vni 16777216 -Remote 192.0.2.2 }).FullyQualifiedErrorId |
                Should -BeLike 'InvalidArgument,*'
        }
    }
}
