# The walks of docs/walks.md over whole networks, with the traffic that they are for.
BeforeDiscovery {
    . $PSScriptRoot/common.ps1
    $cannotServe = -not (Get-Command dnsmasq -ErrorAction Ignore) -or -not (Get-Command busybox -ErrorAction Ignore)
}
BeforeAll {
    . $PSScriptRoot/common.ps1

    # A machine on a wire of its own, whose addresses are in use at once.
    function Add-Machine {
        param([string] $Name)
        ip netns add $Name
        ip -n $Name link set lo up
        ip netns exec $Name sysctl -qw net.ipv6.conf.default.accept_dad=0
    }

    function Open-Listener {
        param([string] $In, [string] $Address, [int] $Port)
        $listener =
            Invoke-NetNamespace $In { [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress] $args[0],
                $args[1]) } -ArgumentList $Address, $Port
        $listener.Start()
        $listener
    }

    # Who connects, as the other side sees it; nothing if nobody gets through.
    function Get-Caller {
        param([Parameter(Position = 0)] [System.Net.Sockets.TcpListener] $At, [string] $From,
            [Parameter(Position = 1)] [string] $To, [Parameter(Position = 2)] [int] $Port)
        $address = [System.Net.IPAddress] $To
        $client = $From ? (Invoke-NetNamespace $From { [System.Net.Sockets.TcpClient]::new($args[0]) } `
            -ArgumentList $address.AddressFamily) : [System.Net.Sockets.TcpClient]::new($address.AddressFamily)
        try {
            if (-not $client.ConnectAsync($address, $Port).Wait(30000)) { return }
            # Whoever answers, it must be this listener.
            for ($i = 0; $i -lt 1500 -and -not $At.Pending(); $i++) { Start-Sleep -Milliseconds 20 }
            if (-not $At.Pending()) { return }
            $server = $At.AcceptTcpClient()
            "$($server.Client.RemoteEndPoint.Address)"
            $server.Dispose()
        }
        catch [System.AggregateException], [System.Management.Automation.MethodInvocationException] { return }
        finally { $client.Dispose() }
    }

    # The address that a container has in a network, once it is in use.
    function Get-Address {
        param([string] $In, [string] $Like)
        for ($i = 0; $i -lt 600; $i++) {
            $found = (Get-IpJson -In $In addr show dev eth0).addr_info | Where-Object {
                $_.local -like $Like -and -not $_.tentative
            }
            if ($found) { return @($found)[0].local }
            Start-Sleep -Milliseconds 100
        }
    }

    function Clear-Network {
        Get-ContainerNetwork | Remove-ContainerNetwork -Force
        Get-NetNamespace | Where-Object IsHost -EQ $false | ForEach-Object {
            Get-ContainerNetwork -Namespace $_ | Remove-ContainerNetwork -Force
            Remove-NetNamespace $_.Name
        }
        ip -j link show | ConvertFrom-Json | Where-Object ifname -NE 'lo' | ForEach-Object {
            ip link del $_.ifname 2>$null
        }
        nft flush ruleset
    }
}

Describe 'A network with NAT, DHCP and names' -Skip:$cannotServe {
    BeforeAll {
        Add-Machine outside
        ip link add out0 up type veth peer name eth0 netns outside
        ip addr add 198.51.100.1/24 dev out0
        ip addr add 2001:db8::1/64 dev out0 nodad
        ip -n outside link set eth0 up
        ip -n outside addr add 198.51.100.2/24 dev eth0
        ip -n outside addr add 2001:db8::2/64 dev eth0 nodad
        New-ContainerNetwork lxcbr0 -Subnet 10.0.3.0/24,
            fd00:3::/64 -Nat -Dhcp -Domain lxc -StaticLease @{ db = '02:00:00:00:00:40 10.0.3.40' }
        New-NetNamespace web, db
        Connect-Container web -Network lxcbr0 -IPAddress dhcp
        Connect-Container db -Network lxcbr0 -IPAddress dhcp -MacAddress 02:00:00:00:00:40
        $web = Get-Address -In web '10.0.3.*'
        $web6 = Get-Address -In web 'fd00:3::*'
        $db6 = Get-Address -In db 'fd00:3::*'
        $far = Open-Listener outside 198.51.100.2 7
        $far6 = Open-Listener outside 2001:db8::2 7
        $near = Open-Listener web $web 80
        $near6 = Open-Listener web $web6 80
        # Where bridged packets go through the rules too (br_netfilter), one that comes back to its own port needs this.
        if (Test-Path /proc/sys/net/bridge/bridge-nf-call-iptables) {
            Get-ContainerNetwork lxcbr0 | ForEach-Object Port | ForEach-Object { Set-BridgeHairpin $_ }
        }
    }
    AfterAll {
        foreach ($listener in $far, $far6, $near, $near6) { ${listener}?.Stop() }
        Clear-Network
    }

    It 'gives a container an address by DHCP, and one by router advertisement' {
        $web | Should -Not -BeNullOrEmpty
        $web6, $db6 | Should -Not -BeNullOrEmpty
        $mac = (Get-IpJson -In web link show dev eth0).address
        # dnsmasq writes the file anew for each lease, and DHCPv6 may have taken one this moment.
        Wait-Until { Select-String -Path /run/lxcnetworking/lxcbr0/leases -SimpleMatch " $mac $web " -Quiet }
        (Get-IpJson -In web route show default).gateway | Should -Be '10.0.3.1'
        (Get-IpJson -In db addr show dev eth0).addr_info.local | Should -Contain '10.0.3.40'
    }

    It 'lets it out, and the outside sees the host' {
        Test-Ping 198.51.100.2 -From web | Should -BeTrue
        Test-Ping 2001:db8::2 -From web | Should -BeTrue
        Get-Caller $far -From web 198.51.100.2 7 | Should -Be '198.51.100.1'
        Get-Caller $far6 -From web 2001:db8::2 7 | Should -Be '2001:db8::1'
        # And knows no way to it of its own.
        Test-Ping $web -From outside -Briefly | Should -BeFalse
    }

    It 'knows another container by its name' {
        (ip netns exec web busybox nslookup db.lxc 10.0.3.1) -join ' ' | Should -Match 'db\.lxc.*Address: 10\.0\.3\.40'
        (ip netns exec web busybox nslookup db.lxc fd00:3::1) -join ' ' | Should -Match 'db\.lxc.*Address: 10\.0\.3\.40'
        # Also one that only asked for an address.
        (ip netns exec db busybox nslookup web.lxc 10.0.3.1) -join ' ' |
            Should -Match "web\.lxc.*Address: $([regex]::Escape($web))"
    }

    It 'is reached on a forwarded port from outside, from the host and from its own network' {
        Get-Caller $near -From outside 198.51.100.1 8080 | Should -BeNullOrEmpty
        Get-NetNat lxcbr0 |
            Add-NetNatStaticMapping -Protocol TCP -ExternalPort 8080 -InternalIPAddress $web -InternalPort 80
        Get-NetNat lxcbr0-v6 |
            Add-NetNatStaticMapping -Protocol TCP -ExternalPort 8080 -InternalIPAddress $web6 -InternalPort 80
        Get-Caller $near -From outside 198.51.100.1 8080 | Should -Be '198.51.100.2'
        Get-Caller $near6 -From outside 2001:db8::1 8080 | Should -Be '2001:db8::2'
        Get-Caller $near 198.51.100.1 8080 | Should -Be '198.51.100.1'
        Get-Caller $near6 2001:db8::1 8080 | Should -Be '2001:db8::1'
        foreach ($container in 'db', 'web') {
            Get-Caller $near -From $container 198.51.100.1 8080 | Should -Be '10.0.3.1'
            Get-Caller $near6 -From $container 2001:db8::1 8080 | Should -Be 'fd00:3::1'
        }
    }

    It 'is gone with all of it' {
        $server = (Get-ContainerNetwork lxcbr0).DhcpProcessId
        'web', 'db' | Disconnect-Container -InterfaceName eth0
        Remove-ContainerNetwork lxcbr0
        (Get-IpJson link show).ifname | Sort-Object | Should -Be 'lo', 'out0'
        nft list ruleset | Should -BeNullOrEmpty
        Test-Path /run/lxcnetworking | Should -BeFalse
        Get-Content "/proc/$server/cmdline" -Raw -ErrorAction Ignore | Should -BeNullOrEmpty
        foreach ($container in 'db', 'web') { (Get-IpJson -In $container link show).ifname | Should -Be 'lo' }
        Get-ChildItem ([System.IO.Path]::GetTempPath()) -Filter lxcnetworking-dhcp-* | Should -BeNullOrEmpty
    }
}

Describe 'Two hosts with routes instead of NAT' {
    BeforeAll {
        Add-Machine hosta
        Add-Machine hostb
        ip link add eth0 netns hosta type veth peer name eth0 netns hostb
        foreach ($machine in @{ Name = 'hosta'; Last = 5 }, @{ Name = 'hostb'; Last = 10 }) {
            ip -n $machine.Name link set eth0 up
            ip -n $machine.Name addr add "192.168.1.$($machine.Last)/24" dev eth0
            ip -n $machine.Name addr add "2001:db8::$($machine.Last)/64" dev eth0 nodad
        }
        New-ContainerNetwork neta -Subnet 10.0.3.0/24, fd00:3::/64 -Namespace hosta
        New-ContainerNetwork netb -Subnet 10.0.4.0/24, fd00:4::/64 -Namespace hostb
        New-NetNamespace ca, cb
        Connect-Container ca -Network neta -IPAddress 10.0.3.2, fd00:3::2/64 -HostNamespace hosta
        Connect-Container cb -Network netb -IPAddress 10.0.4.2, fd00:4::2/64 -HostNamespace hostb
    }
    AfterAll { Clear-Network }

    It 'has no way between the networks at first' {
        Test-Ping 10.0.3.1 -From ca | Should -BeTrue
        Test-Ping 10.0.4.2 -From ca -Briefly | Should -BeFalse
        Test-Ping fd00:4::2 -From ca -Briefly | Should -BeFalse
    }

    It 'has one with a route on each host' {
        New-NetRoute 10.0.4.0/24 -NextHop 192.168.1.10 -Namespace hosta
        New-NetRoute fd00:4::/64 -NextHop 2001:db8::10 -Namespace hosta
        New-NetRoute 10.0.3.0/24 -NextHop 192.168.1.5 -Namespace hostb
        New-NetRoute fd00:3::/64 -NextHop 2001:db8::5 -Namespace hostb
        (Get-IpJson -In hosta route show 10.0.4.0/24).gateway | Should -Be '192.168.1.10'
        Test-Ping 10.0.4.2 -From ca -Count 2 | Should -BeTrue
        Test-Ping fd00:4::2 -From ca -Count 2 | Should -BeTrue
        Test-Ping 10.0.3.2 -From cb -Count 2 | Should -BeTrue
    }

    It 'shows each container to the other as it is' {
        foreach ($way in @{ From = 'ca'; Own = '10.0.3.2'; To = '10.0.4.2' },
            @{ From = 'ca'; Own = 'fd00:3::2'; To = 'fd00:4::2' }) {
            $listener = Open-Listener cb $way.To 80
            Get-Caller $listener -From $way.From $way.To 80 | Should -Be $way.Own
            $listener.Stop()
        }
        ip netns exec hosta nft list ruleset | Should -BeNullOrEmpty
    }

    It 'crosses both hosts, one after the other' {
        # A packet that may make one hop ends at the first host, one that may make two at the second.
        (ip netns exec ca ping -n -c 1 -W 30 -t 1 10.0.4.2) -join ' ' | Should -Match 'From 10\.0\.3\.1 .*exceeded'
        (ip netns exec ca ping -n -c 1 -W 30 -t 2 10.0.4.2) -join ' ' | Should -Match 'From 192\.168\.1\.10 .*exceeded'
    }

    It 'has no way again without the routes' {
        Remove-NetRoute 10.0.4.0/24 -Namespace hosta
        Test-Ping 10.0.4.2 -From ca -Briefly | Should -BeFalse
    }
}

Describe 'A container as a router' {
    BeforeAll {
        # The bridges have no addresses, so that the host itself is no way from one to the other.
        New-NetBridge br5
        New-NetBridge br6
        New-NetNamespace router, inner, outer
        Connect-Container router -Bridge br5 -IPAddress 10.0.5.1/24, fd00:5::1/64
        Connect-Container router -Bridge br6 -IPAddress 10.0.6.1/24, fd00:6::1/64
        Connect-Container inner -Bridge br5 -IPAddress 10.0.5.2/24, fd00:5::2/64 -Gateway 10.0.5.1, fd00:5::1
        Connect-Container outer -Bridge br6 -IPAddress 10.0.6.2/24, fd00:6::2/64 -Gateway 10.0.6.1, fd00:6::1
        $listener = Open-Listener outer 10.0.6.2 80
        $listener6 = Open-Listener outer fd00:6::2 80
    }
    AfterAll {
        $listener.Stop()
        $listener6.Stop()
        Clear-Network
    }

    It 'keeps its networks apart as long as it does not forward' {
        (Get-IpJson -In router link show).ifname | Sort-Object | Should -Be 'eth0', 'eth1', 'lo'
        Test-Ping 10.0.5.1 -From inner | Should -BeTrue
        Test-Ping 10.0.6.2 -From inner -Briefly | Should -BeFalse
        Test-Ping fd00:6::2 -From inner -Briefly | Should -BeFalse
    }

    It 'joins them once it does' {
        Set-NetForwarding -Namespace router
        Test-Ping 10.0.6.2 -From inner -Count 2 | Should -BeTrue
        Test-Ping fd00:6::2 -From inner -Count 2 | Should -BeTrue
        (ip netns exec inner ping -n -c 1 -W 30 -t 1 10.0.6.2) -join ' ' | Should -Match 'From 10\.0\.5\.1 .*exceeded'
        Get-Caller $listener -From inner 10.0.6.2 80 | Should -Be '10.0.5.2'
        Get-Caller $listener6 -From inner fd00:6::2 80 | Should -Be 'fd00:5::2'
    }

    It 'hides one behind the other if told so' {
        New-NetNat lan 10.0.5.0/24 -InterfaceAlias eth1 -Namespace router
        New-NetNat lan6 fd00:5::/64 -InterfaceAlias eth1 -Namespace router
        Get-Caller $listener -From inner 10.0.6.2 80 | Should -Be '10.0.6.1'
        Get-Caller $listener6 -From inner fd00:6::2 80 | Should -Be 'fd00:6::1'
        nft list ruleset | Should -BeNullOrEmpty
    }
}
