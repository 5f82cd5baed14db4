<#
Every command that changes more than one thing, with what prepares it (Before, which runs once per kill), the command
(Do), what takes it back (Undo), and, where there is more to see than that it succeeds, what must be true after Do
(Done). Leaves is a pattern of what the kernel itself leaves behind. Milliseconds is how long Do and Undo take at most.
Idempotent says that Do may be given again whatever there is; otherwise it may find its own complete work and say so, by
an error that has Exists in its id, or is like May.
Each is a text or block in which `web` and `wire` are namespaces and `card` a link whose other end, `end`, is in `wire`.
#>
# Asked of the kernel's files, as a question to the kernel itself needs a link.
$shapes = [bool] (Get-ChildItem "/lib/modules/$(uname -r)/kernel/net/sched" -Filter sch_netem.ko* -ErrorAction Ignore)
$hasServer = [bool] (Get-Command dnsmasq -ErrorAction Ignore)

$uplink = {
    ip addr add 192.0.2.1/24 dev card
    ip addr add 2001:db8::1/64 dev card nodad
    ip route add default via 192.0.2.9
}
$network = { $null = New-ContainerNetwork net0 -Subnet 10.0.3.0/24 }
$served = { $null = New-ContainerNetwork net0 -Subnet 10.0.3.0/24 -Dhcp }
$links = { foreach ($i in 0..5) { ip link add "a$i" type ifb } }
$lxc = {
    $null = New-Item -ItemType Directory /run/lxc/web -Force
    "lxc.uts.name = web`nlxc.net.0.type = veth`nlxc.net.0.link = lxcbr0`n" | Set-Content /run/lxc/web/config -NoNewline
}

# Two states of one document: the second one removes, changes, makes again and adds.
$documents = {
    $far = @{ name = 'eth0'; namespace = 'other'; addresses = '10.60.0.2/24', 'fd60::2/64'; gateway = '10.60.0.1' }
    @{
        name = 'lab'; namespaces = @('other')
        links = @(
            @{ name = 'sbr0'; kind = 'bridge'; mtu = 1500; addresses = '10.60.0.1/24' }
            @{ name = 's1'; kind = 'veth'; bridge = 'sbr0'; peer = $far }
            @{ name = 's2'; kind = 'veth'; bridge = 'sbr0'; peer = @{ name = 'eth2'; namespace = 'web' } }
        )
        routes = @(@{ destinationPrefix = '10.61.0.0/24'; nextHop = '10.60.0.9' })
        rules = @(@{ priority = 60; from = '10.60.0.0/24'; table = 60 })
    } | ConvertTo-Json -Depth 9 | Set-Content /run/lab1.json
    $far = @{ name = 'eth1'; namespace = 'other'; addresses = '10.60.0.2/24'; gateway = '10.60.0.3' }
    @{
        name = 'lab'; namespaces = @('other')
        links = @(
            @{ name = 'sbr0'; kind = 'bridge'; mtu = 1400; addresses = '10.60.0.3/24' }
            @{ name = 's1'; kind = 'veth'; bridge = 'sbr0'; peer = $far }
            @{ name = 's3'; kind = 'veth'; bridge = 'sbr0'; peer = @{ name = 'eth3'; namespace = 'web' } }
        )
        routes = @(@{ destinationPrefix = '10.61.0.0/24'; nextHop = '10.60.0.8' })
    } | ConvertTo-Json -Depth 9 | Set-Content /run/lab2.json
}
$applied = [scriptblock]::Create("$documents`n`$null = Set-NetState /run/lab1.json")

@(
    @{
        What = 'Set-NetState'; Idempotent = $true; Milliseconds = 300; Before = $documents
        Do = 'Set-NetState /run/lab1.json'; Undo = 'Remove-NetState lab'
        Done = { Test-NetState /run/lab1.json -Quiet | Should -BeTrue }
    }
    @{
        What = 'Set-NetState that changes'; Idempotent = $true; Milliseconds = 300; Before = $applied
        Do = 'Set-NetState /run/lab2.json'; Undo = 'Set-NetState /run/lab1.json'
        Done = { Test-NetState /run/lab2.json -Quiet | Should -BeTrue }
    }
    @{
        What = 'New-ContainerNetwork'; Idempotent = $true; Milliseconds = 150
        Do = 'New-ContainerNetwork net0 -Subnet 10.0.3.0/24'; Undo = 'Remove-ContainerNetwork net0'
    }
    @{
        What = 'New-ContainerNetwork with NAT and DHCP'; Needs = $hasServer; Idempotent = $true; Milliseconds = 900
        Do = 'New-ContainerNetwork net0 -Subnet 10.0.3.0/24, fd00:3::/64 -Nat -Dhcp'
        Undo = 'Remove-ContainerNetwork net0'
        Done = {
            (Get-Process -Id (Get-ContainerNetwork net0).DhcpProcessId).Name | Should -Be 'dnsmasq'
            (Get-IpJson addr show dev net0).addr_info.local | Should -Contain '10.0.3.1'
            (nft -j list ruleset | ConvertFrom-Json).nftables.rule.comment -notmatch 'within' | Sort-Object |
                Should -Be 'NetNat net0', 'NetNat net0-v6'
            @(ss -H -lntp) -match ' 10\.0\.3\.1:53 ' | Should -HaveCount 1
        }
    }
    @{
        # The one that was killed may have been at the first or the second.
        What = 'New-ContainerNetwork with other parameters'; Needs = $hasServer; Idempotent = $true; Milliseconds = 900
        Do = 'New-ContainerNetwork net0 -Subnet 10.0.7.0/24; New-ContainerNetwork net0 -Subnet 10.0.3.0/24 -Nat ' +
            '-Dhcp -Domain lxc'
        Undo = 'Remove-ContainerNetwork net0'
        Done = { (Get-IpJson addr show dev net0).addr_info | Where-Object family -EQ inet | ForEach-Object local |
            Should -Be '10.0.3.1' }
    }
    @{
        What = 'New-ContainerNetwork on an uplink'; Idempotent = $true; Milliseconds = 300
        Before = $uplink; Do = 'New-ContainerNetwork br0 -Uplink card'; Undo = 'Remove-ContainerNetwork br0'
        Done = {
            (Get-IpJson link show dev card).master | Should -Be 'br0'
            (Get-IpJson route show default).dev | Should -Be 'br0'
            Test-Ping 192.0.2.9 | Should -BeTrue
        }
    }
    @{
        What = 'Connect-Container by veth'; Milliseconds = 300; Before = $network
        Do = 'Connect-Container web -Network net0 -IPAddress 10.0.3.9 -InterfaceName eth0 -HostInterfaceName vweb'
        Undo = 'Disconnect-Container web eth0'
        Done = {
            (Get-IpJson link show dev vweb).master | Should -Be 'net0'
            Test-Ping 10.0.3.9 | Should -BeTrue
        }
    }
    @{
        What = 'Connect-Container with name servers'; Milliseconds = 300; Before = $network
        Do = 'Connect-Container web -Network net0 -IPAddress 10.0.3.9 -InterfaceName eth0 -DnsServer 10.0.3.1 ' +
            '-DnsSearch lxc'
        Undo = 'Disconnect-Container web eth0'
        Done = { '/etc/netns/web/resolv.conf' | Should -FileContentMatch 'nameserver 10.0.3.1' }
    }
    @{
        # The kernel lets go of a namespace's links in its own time, so that the last turn's may still answer.
        What = 'Connect-Container, then Remove-NetNamespace'; Milliseconds = 300; Before = $network
        Do = '$null = New-NetNamespace other; Connect-Container other -Network net0 -IPAddress 10.0.3.9 ' +
            '-InterfaceName eth0 -DnsServer 10.0.3.1 -Force'
        Undo = 'Remove-NetNamespace other'
    }
    @{
        What = 'Connect-Container by macvlan'; Milliseconds = 300
        Do = 'Connect-Container web -Parent card -IPAddress 192.0.2.2/24 -InterfaceName eth0'
        Undo = 'Disconnect-Container web eth0'
        Done = { Test-Ping 192.0.2.2 -From wire | Should -BeTrue }
    }
    @{
        What = 'Connect-Container by ipvlan'; Kind = 'ipvlan'; Milliseconds = 300
        Do = 'Connect-Container web -Parent card -Kind Ipvlan -IPAddress 192.0.2.2/24 -InterfaceName eth0'
        Undo = 'Disconnect-Container web eth0'
    }
    @{
        What = 'Connect-Container by VLAN'; Kind = 'vlan'; Milliseconds = 300
        Do = 'Connect-Container web -Parent card -Kind Vlan -VlanId 7 -IPAddress 192.0.2.2/24 -InterfaceName eth0'
        Undo = 'Disconnect-Container web eth0'
    }
    @{
        # One that is in the container, complete, is not here.
        What = 'Connect-Container with a physical link'; Milliseconds = 300; May = 'Exists|LinkNotFound'
        Before = { ip link set card down alias mine }
        Do = 'Connect-Container web -Parent card -Kind Phys -IPAddress 192.0.2.2/24 -InterfaceName eth0'
        Undo = 'Disconnect-Container web eth0'
        Done = { Test-Ping 192.0.2.2 -From wire | Should -BeTrue }
    }
    @{
        What = 'Connect-Container by DHCP'; Needs = $hasServer; Milliseconds = 400; Before = $served
        Do = 'Connect-Container web -Network net0 -IPAddress dhcp -InterfaceName eth0'
        Undo = 'Disconnect-Container web eth0'
        Done = {
            $own = (Get-IpJson -In web addr show dev eth0).addr_info | Where-Object family -EQ inet
            Test-Ping $own.local | Should -BeTrue
        }
    }
    @{
        What = 'Request-DhcpLease'; Needs = $hasServer; Milliseconds = 600; Before = $served
        Do = '$null = Connect-Container web -Network net0 -InterfaceName eth0; Request-DhcpLease eth0 -Namespace web'
        Undo = 'Disconnect-Container web eth0'
    }
    @{
        What = 'New-NetNat'; Milliseconds = 100; Before = { sysctl -qw net.ipv4.ip_forward=1 }
        Do = 'New-NetNat out -InternalIPInterfaceAddressPrefix 10.0.3.0/24'; Undo = 'Remove-NetNat out'
    }
    @{
        What = 'Add-NetNatStaticMapping'; Milliseconds = 100
        Before = { $null = New-NetNat out -InternalIPInterfaceAddressPrefix 10.0.3.0/24 }
        Do = 'Add-NetNatStaticMapping out -Protocol TCP -ExternalPort 8000-8009 -InternalPort 9000-9009 ' +
            '-InternalIPAddress 10.0.3.9'
        Undo = 'Get-NetNatStaticMapping | Remove-NetNatStaticMapping'
    }
    @{
        What = 'Connect-NetSegment by VXLAN'; Kind = 'vxlan'; Milliseconds = 200
        Before = { ip addr add 192.0.2.1/24 dev card }
        Do = 'Connect-NetSegment seg0 -Remote 192.0.2.9, 192.0.2.8 -Local 192.0.2.1 -Key 7 -Encapsulation Vxlan'
        Undo = 'Disconnect-NetSegment seg0'
    }
    @{
        What = 'Connect-NetSegment by GRE'; Kind = 'gretap'; Milliseconds = 200
        Before = { ip addr add 192.0.2.1/24 dev card }
        Do = 'Connect-NetSegment seg0 -Remote 192.0.2.9, 192.0.2.8 -Local 192.0.2.1 -Key 7 -Encapsulation Gretap'
        Undo = 'Disconnect-NetSegment seg0'
    }
    @{
        What = 'Connect-NetSegment by L2TP'; Kind = 'l2tp'; Milliseconds = 200
        Before = { ip addr add 192.0.2.1/24 dev card }
        Do = 'Connect-NetSegment seg0 -Remote 192.0.2.9, 192.0.2.8 -Local 192.0.2.1 -Key 7 -Encapsulation L2tp'
        Undo = 'Disconnect-NetSegment seg0'
    }
    @{
        What = 'Connect-NetSegment, encrypted'; Kind = 'wireguard'; Milliseconds = 200
        Before = { ip addr add 192.0.2.1/24 dev card }
        Do = 'Connect-NetSegment seg0 -Remote 192.0.2.9 -Local 192.0.2.1 -Key 7 -Encapsulation Vxlan -WireGuard ' +
            '-PrivateKey (New-WireGuardKey).PrivateKey -PeerPublicKey (New-WireGuardKey).PublicKey'
        Undo = 'Disconnect-NetSegment seg0'
        # The kernel turns redirects off for the whole namespace when a WireGuard link comes up (wg_open), and never on
        # again.
        Leaves = 'setting: ipv4/conf/all/send_redirects:'
    }
    @{
        What = 'New-WireGuardLink and peers'; Kind = 'wireguard'; Milliseconds = 200
        Do = '$null = New-WireGuardLink wg0 -PrivateKey (New-WireGuardKey).PrivateKey; Add-WireGuardPeer wg0 ' +
            '(New-WireGuardKey).PublicKey -AllowedIP 10.9.0.0/24'
        Undo = 'Remove-NetLink wg0'
    }
    @{
        What = 'New-L2tpTunnel and session'; Kind = 'l2tp'; Milliseconds = 200
        Before = { ip addr add 192.0.2.1/24 dev card }
        Do = '$null = New-L2tpTunnel 1 2 -Local 192.0.2.1 -Remote 192.0.2.9 -Encapsulation Ip; New-L2tpSession l0 ' +
            '-TunnelId 1 -SessionId 3 -PeerSessionId 4'
        Undo = 'Remove-L2tpTunnel 1 -Force'
    }
    @{
        What = 'New-GreTunnel'; Kind = 'gre'; Milliseconds = 100; Before = { ip addr add 192.0.2.1/24 dev card }
        Do = 'New-GreTunnel g0 -Local 192.0.2.1 -Remote 192.0.2.9 -TargetNamespace web -Up'
        Undo = 'Remove-NetLink g0 -Namespace web'
    }
    @{
        What = 'New-VxlanLink'; Kind = 'vxlan'; Milliseconds = 100; Before = { ip link add b0 type bridge }
        Do = 'New-VxlanLink vx0 -Vni 5 -Device card -Remote 192.0.2.9, 192.0.2.8 -Bridge b0 -Up'
        Undo = 'Remove-NetLink vx0'
    }
    @{
        What = 'New-VethPair'; Milliseconds = 100; Before = { ip link add b0 type bridge }
        Do = 'New-VethPair v0 v1 -Bridge b0 -PeerNamespace web -Up'; Undo = 'Remove-NetLink v0'
    }
    @{
        What = 'New-NetBridge and ports'; Milliseconds = 200; Before = $links
        Do = '$null = New-NetBridge b0 -IPAddress 10.7.0.1/24; Get-NetLink a? | Add-BridgePort b0 -Hairpin'
        Undo = 'Remove-NetLink b0'
    }
    @{
        What = 'New-TapLink'; Kind = 'tun'; Milliseconds = 100
        Do = 'New-TapLink t0 -TargetNamespace web -Up'; Undo = 'Remove-NetLink t0 -Namespace web'
    }
    @{
        What = 'New-BondLink'; Kind = 'bond'; Milliseconds = 100; Before = $links
        Do = 'New-BondLink o0 -Mode ActiveBackup -Port a0, a1'; Undo = 'Remove-NetLink o0'
    }
    @{
        What = 'Move-NetLink'; Idempotent = $true; Milliseconds = 200; Before = $links
        Do = 'Get-NetLink a? | Move-NetLink -Destination web'
        Undo = 'Get-NetLink a? -Namespace web | Move-NetLink -Destination host'
    }
    @{
        What = 'Set-NetLink'; Idempotent = $true; Milliseconds = 100; Before = $links
        Do = 'Set-NetLink a? -Mtu 1400 -Alias here -Up'; Undo = 'Set-NetLink a? -Mtu 1500 -Alias "" -Down'
    }
    @{
        What = 'Set-NetLinkQuality'; Needs = $shapes; Kind = 'ifb'; Idempotent = $true; Milliseconds = 200
        Do = 'Set-NetLinkQuality card -Delay 1ms -Rate 1Gbit -Direction Both'; Undo = 'Remove-NetLinkQuality card'
        Done = { (tc -j qdisc show dev card | ConvertFrom-Json).kind | Should -Be 'netem', 'ingress' }
    }
    @{
        What = 'Remove-NetLink'; Milliseconds = 200
        Do = '0..5 | ForEach-Object { $null = New-VethPair "p$_" "q$_" }'; Undo = 'Remove-NetLink p?'
    }
    @{
        What = 'New-NetNamespace'; Milliseconds = 100
        Do = 'New-NetNamespace other'; Undo = 'Remove-NetNamespace other'
        Done = { (Get-IpJson -In other link show dev lo).flags | Should -Contain 'UP' }
    }
    @{
        What = 'New-NetIPAddress and routes'; Milliseconds = 150; Before = { ip addr add 192.0.2.1/24 dev card }
        Do = '$null = New-NetIPAddress 10.8.0.1/24, 10.9.0.1/24, fd00:9::1/64 -InterfaceAlias card; "10.20.0.0/16", ' +
            '"10.21.0.0/16" | ForEach-Object { New-NetRoute $_ 10.8.0.9 }'
        Undo = 'Get-NetRoute 10.20.0.0/16, 10.21.0.0/16 -ErrorAction Ignore | Remove-NetRoute; Get-NetIPAddress ' +
            '-InterfaceAlias card | Where-Object IPAddress -Match "^10\.|^fd00:9::1" | Remove-NetIPAddress'
    }
    @{
        What = 'Set-NetForwarding'; Idempotent = $true; Milliseconds = 100
        Do = 'Set-NetForwarding $true -PassThru'; Undo = 'Set-NetForwarding $false'
    }
    @{
        What = 'Add-LxcNetworkConfig'; Milliseconds = 100; Before = $lxc
        Do = 'Add-LxcNetworkConfig -Path /run/lxc/web/config -Index 1 -Type Macvlan -Link card'
        Undo = 'Remove-LxcNetworkConfig -Path /run/lxc/web/config -Index 1'
    }
    @{
        What = 'Set-LxcNetworkConfig'; Idempotent = $true; Milliseconds = 100; Before = $lxc
        Do = 'Set-LxcNetworkConfig -Path /run/lxc/web/config -Index 0 -Link br1'
        Undo = 'Set-LxcNetworkConfig -Path /run/lxc/web/config -Index 0 -Link lxcbr0'
    }
) | Where-Object { -not $_.ContainsKey('Needs') -or $_.Needs }
