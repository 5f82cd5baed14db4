# Each line of the page that stands beside one of pipework's, in a namespace `web` with a bridge and a link that leads
# out.
BeforeDiscovery {
    $kinds = @{ 'Kind Ipvlan' = 'ipvlan'; 'Kind Vlan|BridgeVlan' = 'vlan'; DummyLink = 'dummy' }
    $rows = foreach ($line in Get-Content $PSScriptRoot/../docs/connecting-containers.md) {
        if ($line -notmatch '^\| (?<What>[^|]+) \|[^|]*\| `(?<Line>[^`]+)`') { continue }
        $row = @{ What = $Matches.What; Line = $Matches.Line; Kind = $null }
        foreach ($word in $kinds.Keys) { if ($row.Line -match $word) { $row.Kind = $kinds[$word] } }
        $row
    }
}

BeforeAll { . $PSScriptRoot/common.ps1 }

Describe 'What pipework does' -Tag PrivilegedContainer {
    BeforeEach {
        ip netns add web
        ip netns add wire
        ip link add br1 up type bridge
        ip addr add 192.168.1.254/24 dev br1
        ip link add eth2 up type veth peer name far netns wire
        ip -n wire link set far up
    }

    AfterEach {
        Get-ContainerNetwork | Remove-ContainerNetwork -Force
        Get-NetNamespace | Where-Object IsHost -EQ $false | Remove-NetNamespace
        ip link del br1 2>$null
        Wait-Until { -not (Get-IpJson link show type veth) }
    }

    It '<What>: <Line>' -ForEach $rows {
        if ($Kind -and -not (Test-LinkKind $Kind)) {
            Set-ItResult -Skipped -Because "this kernel has no $Kind links"
            return
        }
        # What shapes traffic cannot be asked for by making a link.
        if ($Line -match 'LinkQuality' -and
            -not (Test-Path "/lib/modules/$(uname -r)/kernel/net/sched/sch_netem.ko*")) {
            Set-ItResult -Skipped -Because 'this kernel has no netem'
            return
        }
        if ($Line -match 'dhcp$' -and -not (Get-Command dnsmasq -ErrorAction Ignore)) {
            Set-ItResult -Skipped -Because 'dnsmasq is not installed'
            return
        }
        switch -Regex ($Line) {
            '^New-NetBridge' { ip link del br1 }
            'BridgeVlan' { ip link set br1 type bridge vlan_filtering 1 }
            '^New-NetIPAddress' { ip addr flush dev br1 }
            'eth1|192\.168\.1\.9' {
                ip link add vweb up master br1 type veth peer name eth1 netns web
                ip -n web link set eth1 up
            }
            '192\.168\.1\.9' { ip -n web addr add 192.168.1.2/24 dev eth1 }
            'dhcp' {
                ip -n wire addr add 10.10.5.1/24 dev far
                ip netns exec wire dnsmasq --conf-file=/dev/null --interface=far --bind-interfaces --user=root `
                    --group= --port=0 '--dhcp-range=10.10.5.10,10.10.5.50' --pid-file=/run/wire.pid `
                    --dhcp-leasefile=/run/wire.leases --no-ping
            }
        }
        try {
            $made = Invoke-Expression $Line
            if ($made) { "$($made | Out-String)" | Should -Not -BeNullOrEmpty }
        }
        finally {
            if ($Line -match 'dhcp') { Get-Content /run/wire.pid | ForEach-Object { kill $_ } }
        }
        if ($Line -notmatch '^Connect-Container' -or $Kind) { return }
        # What each line says is so by another program's word.
        $inside = Get-IpJson -In web addr show | Where-Object ifname -NE lo
        foreach ($address in [regex]::Matches($Line, '(?<= )[0-9a-f.:]+/[0-9]+').Value) {
            $inside.addr_info | ForEach-Object { "$($_.local)/$($_.prefixlen)" } | Should -Contain $address
        }
        if ($Line -match '-Gateway (?<Gateway>\S+)') {
            (Get-IpJson -In web route show default).gateway | Should -Be $Matches.Gateway
        }
        if ($Line -match '-InterfaceName (?<Name>\S+)') { $inside.ifname | Should -Be $Matches.Name }
        if ($Line -match '-MacAddress (?<Mac>\S+)') { $inside.address | Should -Be $Matches.Mac }
        if ($Line -match 'dhcp$') { "$($inside.addr_info.local)" | Should -Match '10\.10\.5\.' }
    }
}
