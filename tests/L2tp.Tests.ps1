BeforeDiscovery {
    . $PSScriptRoot/common.ps1
    $null = ip l2tp show tunnel 2>&1
    $lacking = $LASTEXITCODE -and $env:LXCNETWORKING_LANE -ne 'full-kernel'
}

BeforeAll { . $PSScriptRoot/common.ps1 }

Describe 'L2TP tunnels and sessions' -Skip:$lacking {
    BeforeAll {
        ip link add u0 type veth peer name u1
        ip addr add 192.0.2.1/24 dev u0
        ip link set u0 up
        ip link set u1 up
        ip link add br0 type bridge
        $ends = @{ Local = '192.0.2.1'; Remote = '192.0.2.2' }
    }

    AfterEach { Get-L2tpTunnel | Remove-L2tpTunnel -Force }

    It 'makes a tunnel that ip shows' {
        $tunnel = New-L2tpTunnel 1000 2000 @ends -SourcePort 6000 -DestinationPort 5000
        $tunnel.TunnelId | Should -Be 1000
        "$($tunnel.Namespace)" | Should -Not -BeNullOrEmpty
        $shown = (ip l2tp show tunnel) -join "`n"
        $shown | Should -Match 'Tunnel 1000, encap UDP'
        $shown | Should -Match 'From 192.0.2.1 to 192.0.2.2'
        $shown | Should -Match 'UDP source / dest ports: 6000/5000'
    }

    It 'makes a session from a tunnel in the pipeline, on a bridge' {
        $session = New-L2tpTunnel 1 2 @ends |
            New-L2tpSession l2t0 -SessionId 3 -PeerSessionId 4 -Cookie 01020304 -Bridge br0 -Up
        $session.Link.Name | Should -BeExactly 'l2t0'
        $session.Link.Master | Should -BeExactly 'br0'
        $session.Mtu | Should -Be 1442
        $session.MtuReason | Should -Match '1500 of the underlay - 58'
        $seen = Get-IpJson link show dev l2t0
        $seen.master | Should -BeExactly 'br0'
        $seen.flags | Should -Contain 'UP'
        (ip l2tp show session) -join "`n" | Should -Match 'cookie 01020304'
    }

    It 'lists, narrows and removes by the pipeline and by wildcards' {
        $null = New-L2tpTunnel 1 1 @ends
        $null = New-L2tpTunnel 2 2 @ends -Encapsulation Ip
        1..2 | ForEach-Object { $null = New-L2tpSession "one$_" -TunnelId 1 -SessionId $_ -PeerSessionId $_ }
        $null = New-L2tpSession two -TunnelId 2 -SessionId 9 -PeerSessionId 9
        (Get-L2tpTunnel 1 | Get-L2tpSession).SessionId | Should -Be 1, 2
        (Get-L2tpSession one*).InterfaceAlias | Should -Be 'one1', 'one2'
        (Get-L2tpSession -SessionId 9).InterfaceAlias | Should -BeExactly 'two'
        Remove-L2tpSession one*
        Test-Link one1 | Should -BeFalse
        Get-L2tpSession | Remove-L2tpSession
        Get-L2tpSession | Should -BeNullOrEmpty
        (Get-L2tpTunnel 1).Sessions | Should -BeNullOrEmpty
        Get-L2tpTunnel | Remove-L2tpTunnel
        ip l2tp show tunnel | Should -BeNullOrEmpty
    }

    It 'changes nothing with -WhatIf' {
        New-L2tpTunnel 1 1 @ends -WhatIf
        Get-L2tpTunnel | Should -BeNullOrEmpty
        $null = New-L2tpTunnel 1 1 @ends
        New-L2tpSession l2t0 -TunnelId 1 -SessionId 1 -PeerSessionId 1 -WhatIf
        Test-Link l2t0 | Should -BeFalse
        $null = New-L2tpSession l2t0 -TunnelId 1 -SessionId 1 -PeerSessionId 1
        Remove-L2tpSession l2t0 -WhatIf
        Remove-L2tpTunnel 1 -Force -WhatIf
        Test-Link l2t0 | Should -BeTrue
    }

    It 'refuses <Title>' -ForEach @(
        @{ Title = 'a tunnel id of 0'; Id = 'InvalidArgument'; Block = { New-L2tpTunnel 0 1 @ends } }
        @{ Title = 'a remote that is the local address'; Id = 'InvalidArgument'
            Block = { New-L2tpTunnel 1 1 -Local 192.0.2.1 -Remote 192.0.2.1 } }
        @{ Title = 'an address that the host does not have'; Id = 'AddressNotFound'
            Block = { New-L2tpTunnel 1 1 -Local 192.0.2.9 -Remote 192.0.2.2 } }
        @{ Title = 'another host without a route'; Id = 'NextHopUnreachable'
            Block = { New-L2tpTunnel 1 1 -Local 192.0.2.1 -Remote 198.51.100.1 } }
        @{ Title = 'a tunnel that is there'; Id = 'ObjectExists'
            Block = { $null = New-L2tpTunnel 1 1 @ends; New-L2tpTunnel 1 1 @ends -SourcePort 9 } }
        @{ Title = 'a session on no tunnel'; Id = 'ObjectNotFound'
            Block = { New-L2tpSession -TunnelId 7 -SessionId 1 -PeerSessionId 1 } }
        @{ Title = 'a bad cookie'; Id = 'InvalidArgument'
            Block = { $null = New-L2tpTunnel 1 1 @ends
                New-L2tpSession -TunnelId 1 -SessionId 1 -PeerSessionId 1 -Cookie xyz } }
        @{ Title = 'a bridge that is not there'; Id = 'LinkNotFound'
            Block = { $null = New-L2tpTunnel 1 1 @ends
                New-L2tpSession -TunnelId 1 -SessionId 1 -PeerSessionId 1 -Bridge nobridge } }
        @{ Title = 'to remove a tunnel with sessions'; Id = 'ResourceBusy'
            Block = { $null = New-L2tpTunnel 1 1 @ends | New-L2tpSession -SessionId 1 -PeerSessionId 1
                Remove-L2tpTunnel 1 } }
        @{ Title = 'to remove what is not there'; Id = 'ObjectNotFound'; Block = { Remove-L2tpTunnel 77 } }
        @{ Title = 'to remove a session that is not there'; Id = 'ObjectNotFound'
            Block = { Remove-L2tpSession nothing } }
    ) {
        $record = Get-ErrorOf $Block
        $record.FullyQualifiedErrorId | Should -BeLike "$Id,*"
    }

    It 'works in a namespace from the pipeline, and completes ids' {
        ip netns add other
        ip -n other addr add 192.0.2.1/24 dev lo
        ip -n other link set lo up
        $null = Get-NetNamespace other | New-L2tpTunnel 4711 1 @ends
        ip l2tp show tunnel | Should -BeNullOrEmpty
        (ip -n other l2tp show tunnel) -join "`n" | Should -Match 'Tunnel 4711'
        Get-Completion 'Remove-L2tpTunnel -Namespace other -TunnelId 4' | Should -Contain '4711'
        Get-NetNamespace other | Get-L2tpTunnel | Remove-L2tpTunnel
        ip -n other l2tp show tunnel | Should -BeNullOrEmpty
        ip netns del other
    }
}
