BeforeDiscovery {
    . $PSScriptRoot/common.ps1
    $hasVlan, $hasBond, $hasGre, $hasGeneve = 'vlan', 'bond', 'gretap', 'geneve' | ForEach-Object { Test-LinkKind $_ }
    $hasWireGuard = Test-LinkKind wireguard
    # What cmdlets emit, made in the namespace web, where BeforeEach has made a bridge, a veth pair and addresses.
    $objects = @(
        @{ Kind = 'NetLink'; Make = { Get-NetLink eth0 -Namespace web } }
        @{ Kind = 'VethPair'; Make = { New-VethPair v0 v1 -MacAddress 02:00:00:00:00:09 -Namespace web } }
        @{ Kind = 'BridgeLink'; Make = { Get-NetBridge br0 -Namespace web } }
        @{ Kind = 'BridgePort'; Make = { Get-BridgePort br0 -Namespace web } }
        @{ Kind = 'BridgeFdbEntry'; Make = { Add-BridgeFdbEntry eth1 02:00:00:00:00:77 -Namespace web } }
        @{ Kind = 'MacvlanLink'
            Make = { Add-MacvlanLink m0 -Parent eth0 -Mode Source -SourceMacAddress 02:00:00:00:00:08,
                02:00:00:00:00:07 -Namespace web } }
        @{ Kind = 'VxlanLink'; Make = { New-VxlanLink x0 -Vni 5 -Local 10.0.3.100 -Remote 10.0.3.1 -Namespace web } }
        @{ Kind = 'TapLink'; Make = { New-TapLink t0 -Namespace web } }
        @{ Kind = 'VlanLink'
            Make = { Add-VlanLink n0 -Parent eth0 -VlanId 5 -Protocol 802.1ad -EgressQosMap @{ 3 = 5 } -Namespace web }
            Skip = -not $hasVlan }
        @{ Kind = 'BondLink'; Make = { New-BondLink b0 -ArpInterval 100 -ArpTarget 10.0.3.1, 10.0.3.2 -Namespace web }
            Skip = -not $hasBond }
        @{ Kind = 'GreLink'; Make = { New-GreTapTunnel g0 -Local 10.0.3.100 -Remote 10.0.3.1 -Namespace web }
            Skip = -not $hasGre }
        @{ Kind = 'GeneveLink'; Make = { New-GeneveLink e0 -Vni 5 -Remote 10.0.3.1 -Namespace web }
            Skip = -not $hasGeneve }
        @{ Kind = 'WireGuardPeer'; Skip = -not $hasWireGuard
            Make = {
                $null = New-WireGuardLink w0 -Namespace web
                Add-WireGuardPeer w0 (New-WireGuardKey).PublicKey -Endpoint [2001:db8::1]:51820 -AllowedIP 10.0.0.0/8,
                    fd00::/8 -PersistentKeepalive 25 -Namespace web
            }
        }
        @{ Kind = 'NetIPAddress'; Make = { Get-NetIPAddress -InterfaceAlias eth0 -Namespace web } }
        @{ Kind = 'NetRoute'
            Make = { New-NetRoute 10.5.0.0/16 -NextHop 10.0.3.1, 10.0.3.2 -Table 100 -Namespace web
                Get-NetRoute -Namespace web } }
        @{ Kind = 'NetRule'; Make = { New-NetRule -From 10.0.3.0/24 -To 10.9.0.0/16 -Table 100 -Namespace web } }
        @{ Kind = 'NetNeighbor'
            Make = { New-NetNeighbor fd00::9 02:00:00:00:00:44 -InterfaceAlias eth0 -Namespace web } }
        @{ Kind = 'NetIPInterface'; Make = { Get-NetIPInterface -Namespace web } }
        @{ Kind = 'NetForwarding'; Make = { Get-NetForwarding -Namespace web } }
        @{ Kind = 'NetIPConfiguration'; Make = { Get-NetIPConfiguration -Namespace web } }
        @{ Kind = 'NetNamespace'; Make = { Get-NetNamespace web } }
        @{ Kind = 'NetContainer'; Make = { Get-NetContainer web } }
        @{ Kind = 'NetNat'
            Make = { New-NetNat nat0 10.0.3.0/24 -ExternalIPAddress 192.0.2.1 -NoForwarding -Namespace web } }
        @{ Kind = 'NetNatStaticMapping'
            Make = {
                $null = New-NetNat nat0 10.0.3.0/24 -NoForwarding -Namespace web
                Add-NetNatStaticMapping nat0 -Protocol Tcp -ExternalPort 8000-8010 -InternalIPAddress 10.0.3.100 `
                    -Namespace web
            }
        }
        @{ Kind = 'ContainerNetwork'
            Make = { New-ContainerNetwork lxcbr9 -Subnet 10.0.9.0/24, fd00:9::/64 -Namespace web } }
        @{ Kind = 'ContainerConnection'
            Make = { Connect-Container web -Bridge br9 -IPAddress 10.0.9.2/24,
                fd00:9::2/64 -Gateway 10.0.9.1 -InterfaceName eth9 } }
        @{ Kind = 'LxcNetworkConfig'; Make = { Get-LxcNetworkConfig -Path $lxcFile } }
        @{ Kind = 'WireGuardKey'; Make = { New-WireGuardKey } }
        @{ Kind = 'NetEvent'
            Make = {
                $changing = Start-Process sh -ArgumentList '-c',
                    '"i=1400; while ip -n web link set eth0 mtu $i; do i=$((i + 1)); sleep 0.1; done"' -PassThru
                try { Watch-NetEvent -Namespace web -Type Link -MaxEvents 1 -Timeout 60 }
                finally { $changing.Kill(); $changing.WaitForExit() }
            }
        }
    )
}

BeforeAll {
    . $PSScriptRoot/common.ps1

    # What each format makes of an object and back.
    $formats = [ordered]@{
        Json     = { param($item) $item | ConvertTo-Json -Depth 2 -WarningAction Ignore | ConvertFrom-Json }
        Selected = { param($item) $item | Select-Object -Property * | ConvertTo-Json -WarningAction Ignore |
            ConvertFrom-Json }
        Csv      = { param($item) $item | Export-Csv "$TestDrive/item.csv"; Import-Csv "$TestDrive/item.csv" }
        Clixml   = { param($item) $item | Export-Clixml "$TestDrive/item.xml"; Import-Clixml "$TestDrive/item.xml" }
    }
}

Describe 'Values' {
    BeforeEach {
        $lxcFile = "$TestDrive/config"
        'type = veth', 'ipv4.address = 10.0.3.9/24', 'ipv4.address = 10.0.4.9/24', 'ipv6.address = fd00::9/64',
            'veth.ipv4.route = 10.1.0.0/16' | ForEach-Object { "lxc.net.0.$_" } | Set-Content $lxcFile
        ip netns add web
        ip link add br9 type bridge
        ip -n web link add br0 type bridge
        ip -n web link add eth0 address 02:00:00:00:00:05 type veth peer name eth1
        ip -n web link set eth1 master br0
        foreach ($name in 'lo', 'br0', 'eth0', 'eth1') { ip -n web link set $name up }
        ip -n web addr add 10.0.3.100/24 dev eth0
        ip -n web addr add 10.0.3.20/24 dev eth0
        ip -n web addr add fd00::1/64 dev eth0 nodad
        ip -n web addr add 10.0.4.1/24 dev eth0 valid_lft 3600 preferred_lft 1800
    }
    AfterEach {
        ip netns del web
        ip link del br9
    }

    It 'of a <Kind> are their texts in every format' -ForEach @($objects | Select-Case) {
        if ($Skip) { Set-ItResult -Skipped -Because "this kernel has no $Kind"; return }
        $items = @(& $Make)
        $items.Count | Should -BeGreaterThan 0
        $seen = 0
        foreach ($item in $items) {
            $back = @{}
            foreach ($format in $formats.Keys) { $back[$format] = & $formats[$format] $item }
            $json = @{}
            foreach ($depth in 1..4) {
                $json[$depth] = $item | ConvertTo-Json -Depth $depth -WarningAction Ignore | ConvertFrom-Json
            }
            foreach ($property in $item.PSObject.Properties) {
                $value = $property.Value
                $isList = $value -is [System.Collections.IList] -and $value.Count -and
                    $value[0] -is [LxcNetworking.Values.TextValue]
                if ($value -isnot [LxcNetworking.Values.TextValue] -and -not $isList) { continue }
                $seen++
                $name = $property.Name
                $because = "$Kind.$name, in"
                $texts = @($value | ForEach-Object ToString)
                $texts | Should -Not -Contain ''
                @(($value | Out-String).Trim() -split "`n") | Should -Be $texts -Because "$because the console"
                foreach ($text in $texts) {
                    $item | Format-List $name | Out-String -Width 500 |
                        Should -BeLike "*$([WildcardPattern]::Escape($text))*" -Because "$because a list"
                }
                foreach ($depth in 1..4) {
                    @($json[$depth].$name) | Should -BeExactly $texts -Because "$because JSON of depth $depth"
                }
                @($back.Json.$name) | Should -BeExactly $texts -Because "$because JSON"
                @($back.Selected.$name) | Should -BeExactly $texts -Because "$because JSON of Select-Object"
                $back.Csv.$name | Should -BeExactly ($texts -join ', ') -Because "$because CSV"
                @($back.Clixml.$name) | Should -BeExactly $texts -Because "$because CLIXML"
                foreach ($each in @($value)) {
                    $each -eq "$each" | Should -BeTrue -Because "$because a comparison with its text"
                    "$each" -eq $each | Should -BeTrue -Because "$because a comparison of its text"
                    $each -eq $null | Should -BeFalse
                }
            }
        }
        $seen | Should -BeGreaterThan 0
    }

    It 'are what ip shows' {
        $link = Get-NetLink eth0 -Namespace web | ConvertTo-Json | ConvertFrom-Json
        $link.MacAddress | Should -BeExactly (Get-IpJson -In web link show dev eth0).address
        $seen = (Get-IpJson -In web addr show dev eth0).addr_info
        $shown = Get-NetIPAddress -InterfaceAlias eth0 -Namespace web | ConvertTo-Csv | ConvertFrom-Csv
        $shown.IPAddress | Sort-Object | Should -BeExactly ($seen.local | Sort-Object)
        ($shown | Where-Object ValidLifetime -ne forever).IPAddress |
            Should -BeExactly ($seen | Where-Object valid_life_time -lt 4294967295).local
    }

    It 'sort by what they mean' {
        $addresses = Get-NetIPAddress -InterfaceAlias eth0 -Namespace web | Where-Object Scope -eq Global
        "$(($addresses | Sort-Object IPAddress).IPAddress)" | Should -BeExactly '10.0.3.20 10.0.3.100 10.0.4.1 fd00::1'
        "$(($addresses | Sort-Object Prefix -Descending).IPAddress)" |
            Should -BeExactly 'fd00::1 10.0.4.1 10.0.3.100 10.0.3.20'
        "$(($addresses | Sort-Object ValidLifetime)[0].IPAddress)" | Should -BeExactly '10.0.4.1'
        @($addresses.IPAddress | Sort-Object -Unique).Count | Should -Be 4
        ($addresses | Group-Object Namespace).Name | Should -BeExactly 'web'
        $addresses[0].IPAddress -lt '10.0.20.1' | Should -BeTrue
        ($addresses | Where-Object IPAddress -ge '10.0.3.100' | Measure-Object).Count | Should -Be 3
    }

    It 'are what they were to scripts of the framework''s types' {
        $address = Get-NetIPAddress 10.0.4.1 -Namespace web
        $address.IPAddress.AddressFamily | Should -Be InterNetwork
        $address.IPAddress -eq [ipaddress] '10.0.4.1' | Should -BeTrue
        [ipaddress] '10.0.4.1' -eq $address.IPAddress | Should -BeTrue
        [ipaddress] $address.IPAddress | Should -BeOfType ([ipaddress])
        (& { param([ipaddress] $Address) $Address } $address.IPAddress) | Should -BeOfType ([ipaddress])
        $address.ValidLifetime -gt [timespan] '0:30:0' | Should -BeTrue
        ($address.ValidLifetime - $address.PreferredLifetime).TotalMinutes | Should -Be 30
        (Get-Date) + $address.ValidLifetime | Should -BeGreaterThan (Get-Date)
        (& { param([timespan] $Span) $Span } $address.ValidLifetime) | Should -BeOfType ([timespan])
        (Get-NetIPAddress 10.0.3.20 -Namespace web).ValidLifetime | Should -Be ([timespan]::MaxValue)
    }

    It 'reach another process as texts' {
        $said = Start-Job { param($module) Import-Module $module; Get-NetIPAddress 10.0.3.20 -Namespace web } `
            -ArgumentList (Get-Module LxcNetworking).Path | Receive-Job -Wait -AutoRemoveJob
        $said.IPAddress, $said.ValidLifetime, $said.Namespace | Should -BeExactly '10.0.3.20', 'forever', 'web'
    }

    Context 'from <_>' -ForEach 'Json', 'Selected', 'Csv', 'Clixml' {
        BeforeAll { $there = $formats[$_] }

        It 'lead to the link that they are of' {
            & $there (Get-NetLink eth0 -Namespace web) | Set-NetLink -Mtu 1400
            (Get-IpJson -In web link show dev eth0).mtu | Should -Be 1400
        }

        It 'lead to the namespace' {
            (& $there (Get-NetNamespace web) | Get-NetLink eth0).Namespace | Should -Be 'web'
            (Get-NetLink eth0 -Namespace (& $there (Get-NetLink lo -Namespace web)).Namespace).Name | Should -Be 'eth0'
        }

        It 'remove the address' {
            & $there (Get-NetIPAddress 10.0.3.20 -Namespace web) | Remove-NetIPAddress
            (Get-IpJson -In web addr show dev eth0).addr_info.local | Should -Not -Contain '10.0.3.20'
        }

        It 'remove the route' {
            $null = New-NetRoute 10.5.0.0/16 10.0.3.1 -Namespace web
            & $there (Get-NetRoute 10.5.0.0/16 -Namespace web) | Remove-NetRoute
            Get-IpJson -In web route show 10.5.0.0/16 | Should -BeNullOrEmpty
        }

        It 'remove the neighbour' {
            & $there (New-NetNeighbor 10.0.3.9 02:00:00:00:00:44 -InterfaceAlias eth0 -Namespace web) |
                Remove-NetNeighbor
            Get-IpJson -In web neigh show 10.0.3.9 | Should -BeNullOrEmpty
        }

        It 'remove the forwarding entry' {
            & $there (Add-BridgeFdbEntry eth1 02:00:00:00:00:77 -Namespace web) | Remove-BridgeFdbEntry
            ip netns exec web bridge fdb show | Should -Not -Match '02:00:00:00:00:77'
        }

        It 'remove the mapping and the translation' {
            $nat = New-NetNat nat0 10.0.3.0/24 -NoForwarding -Namespace web
            & $there (Add-NetNatStaticMapping nat0 -Protocol Tcp -ExternalPort 8000-8010 -InternalIPAddress 10.0.3.100 `
                -Namespace web) | Remove-NetNatStaticMapping
            Get-NetNatStaticMapping -Namespace web | Should -BeNullOrEmpty
            & $there $nat | Remove-NetNat
            Get-NetNat -Namespace web | Should -BeNullOrEmpty
        }

        It 'make it anew' {
            $address = & $there (Get-NetIPAddress 10.0.3.20 -Namespace web)
            $route = & $there (New-NetRoute 10.5.0.0/16 10.0.3.1 -Table 100 -Source 10.0.3.20 -Namespace web)
            $link = & $there (Get-NetLink eth0 -Namespace web)
            $bridge = & $there (Get-NetBridge br0 -Namespace web)
            $mapping = [pscustomobject] @{ ExternalPort = [LxcNetworking.Values.PortRange] '8000-8010' }
            $null = Remove-NetIPAddress 10.0.3.20 -Namespace web
            (New-NetIPAddress $address.Prefix -InterfaceAlias eth0 -ValidLifetime $address.ValidLifetime `
                -PreferredLifetime $address.PreferredLifetime -Namespace $address.Namespace).ValidLifetime |
                Should -Be 'forever'
            (New-NetRoute 10.6.0.0/16 $route.NextHop -Table $route.Table -Source $route.Source -Namespace web).Table |
                Should -Be '100'
            (Get-NetRoute $route.DestinationPrefix -Table $route.Table -Namespace web).DestinationPrefix |
                Should -Be '10.5.0.0/16'
            (New-NetRule -From $route.DestinationPrefix -Table $route.Table -Namespace web).From |
                Should -Be '10.5.0.0/16'
            (New-VethPair v0 v1 -MacAddress $link.MacAddress -Namespace web).MacAddress | Should -Be '02:00:00:00:00:05'
            (New-NetBridge br1 -AgeingTime $bridge.AgeingTime -ForwardDelay $bridge.ForwardDelay `
                -Namespace web).AgeingTime | Should -Be $bridge.AgeingTime
            $null = New-NetNat nat0 10.0.3.0/24 -NoForwarding -Namespace web
            (Add-NetNatStaticMapping nat0 -Protocol Udp -ExternalPort (& $there $mapping).ExternalPort `
                -InternalIPAddress $address.IPAddress -Namespace web).ExternalPort | Should -Be '8000-8010'
        }

        It 'give a list back' {
            $macvlan = & $there (Add-MacvlanLink m0 -Parent eth0 -Mode Source -SourceMacAddress 02:00:00:00:00:08,
                02:00:00:00:00:07 -Namespace web)
            $again = Add-MacvlanLink m1 -Parent eth0 -Mode Source -SourceMacAddress $macvlan.SourceMacAddress `
                -Namespace web
            "$($again.SourceMacAddress | Sort-Object)" |
                Should -BeExactly '02:00:00:00:00:07 02:00:00:00:00:08'
            $config = & $there (Get-LxcNetworkConfig -Path $lxcFile)
            $config | Set-LxcNetworkConfig -Mtu 1400
            Get-Content $lxcFile | Should -Contain 'lxc.net.0.ipv4.address = 10.0.4.9/24'
            Get-Content $lxcFile | Should -Contain 'lxc.net.0.mtu = 1400'
        }
    }

    It 'without an end have a word that is taken back' {
        (Set-NetIPAddress 10.0.4.1 -ValidLifetime forever -Namespace web -PassThru).ValidLifetime | Should -Be 'forever'
        (Get-IpJson -In web addr show dev eth0).addr_info.Where({ $_.local -eq '10.0.4.1' }).valid_life_time |
            Should -Be 4294967295
        (Wait-NetLink eth0 -Up -Timeout forever -Namespace web -PassThru).Name | Should -Be 'eth0'
    }
}
