# A name that is typed, and names that differ from record to record. Those that objects bring are in Names.Tests.ps1.
BeforeAll { . $PSScriptRoot/common.ps1 }

Describe 'A name that is typed' {
    BeforeEach {
        foreach ($name in 'a[b]', 'ab', 'a*', 'a?') {
            ip link add $name type bridge
            ip netns add $name
        }
    }
    AfterEach {
        Get-NetLink | Where-Object Kind -ne loopback | Remove-NetLink
        foreach ($name in 'a[b]', 'ab', 'a*', 'a?') { ip netns del $name 2>$null }
    }

    It 'means what is called <Typed>, and only where there is none what it matches' -ForEach @(
        @{ Typed = 'a[b]'; Matched = @('ab') }
        @{ Typed = 'a*'; Matched = 'a?', 'a[b]', 'ab' }
        @{ Typed = 'a?'; Matched = 'a*', 'ab' }
        @{ Typed = 'a`[b`]'; Exactly = 'a[b]'; Matched = @() }
        @{ Typed = 'a`*'; Exactly = 'a*'; Matched = @() }
    ) {
        if (-not $Exactly) { $Exactly = $Typed }
        (Get-NetLink $Typed).Name | Should -Be $Exactly
        (Get-NetBridge $Typed).Name | Should -Be $Exactly
        (Get-NetIPInterface -InterfaceAlias $Typed -AddressFamily IPv4).InterfaceAlias | Should -Be $Exactly
        (Get-NetNamespace $Typed).Name | Should -Be $Exactly
        (Get-NetContainer $Typed).Name | Should -Be $Exactly
        Remove-NetLink $Typed
        Remove-NetNamespace $Typed
        (Get-IpJson link show).ifname | Where-Object { $_ -ne 'lo' } | Sort-Object |
            Should -Be (@('a[b]', 'ab', 'a*', 'a?') -ne $Exactly | Sort-Object)
        (Get-NetLink $Typed -ErrorAction Ignore).Name | Sort-Object | Should -Be ($Matched | Sort-Object)
        (Get-NetNamespace $Typed -ErrorAction Ignore).Name | Sort-Object | Should -Be ($Matched | Sort-Object)
    }

    It 'leaves the ports of another bridge alone' {
        ip link add v0 type veth peer name v1
        ip link set v0 master ab
        Get-NetLink -Master 'a[b]' | Should -BeNullOrEmpty
        ip link del 'a[b]'
        (Get-NetLink -Master 'a[b]').Name | Should -Be 'v0'
    }

    It 'is everything where no name is given, also where something is called *' {
        ip link add '*' type bridge
        ip netns add '*'
        try {
            (Get-NetNamespace).Name | Should -Contain 'ab'
            (Get-NetContainer).Name | Should -Contain 'ab'
            (Get-NetBridge).Name | Should -Contain 'ab'
            (Get-NetLink *).Name | Should -Be '*'
        }
        finally { ip netns del '*' }
    }
}

Describe 'Two records' {
    BeforeEach {
        foreach ($space in 'a', 'b') {
            ip netns add $space
            ip -n $space link add br0 type bridge
            ip -n $space link add "v$space" type veth peer name w0
            ip -n $space link set "v$space" master br0
        }
    }
    AfterEach { foreach ($space in 'a', 'b') { ip netns del $space } }

    It 'Get-BridgePort reads the port of each namespace, and each bridge' {
        ip -n a link set va name v0
        ip -n b link set vb name v0
        $found = [pscustomobject]@{ Namespace = 'a' }, [pscustomobject]@{ Namespace = 'b' } | Get-BridgePort v0
        $found.Namespace.ForEach{ "$_" } | Should -Be 'a', 'b'
        $bridges = 'a', 'b' | ForEach-Object { Get-NetBridge br0 -Namespace $_ }
        ($bridges | Get-BridgePort).Count | Should -Be 2
        ($bridges | Get-BridgePort -InterfaceAlias v0).Count | Should -Be 2
        # What has a bridge and then what has a port's name.
        ($bridges[0], (Get-NetLink v0 -Namespace b) | Get-BridgePort).Namespace.ForEach{ "$_" } | Should -Be 'a', 'b'
    }

    It 'each have their own name, whatever brings it' {
        $records = (Get-NetNamespace a), [pscustomobject]@{ Name = 'vb'; Namespace = 'b' }, (Get-NetNamespace b)
        ($records | Get-NetLink).Name | Sort-Object | Should -Be 'br0', 'br0', 'lo', 'lo', 'va', 'vb', 'vb', 'w0', 'w0'
        ($records[1, 0] | Get-NetLink).Count | Should -Be 5
        ($records[1, 0] | Get-NetBridge -ErrorAction Ignore).Namespace.ForEach{ "$_" } | Should -Be 'a'
    }

    It 'Remove-BridgeFdbEntry removes the same entry of each namespace' {
        foreach ($space in 'a', 'b') { bridge -n $space fdb add 02:00:00:00:00:01 dev "v$space" master static }
        'a', 'b' | ForEach-Object { Get-BridgeFdbEntry -Namespace $_ -MacAddress 02:00:00:00:00:01 } |
            Remove-BridgeFdbEntry
        foreach ($space in 'a', 'b') { bridge -n $space fdb show | Should -Not -Match '02:00:00:00:00:01' }
    }

    It 'Add-LxcNetworkConfig and Set-LxcNetworkConfig write the keys of each' {
        $paths = 'a', 'b' | ForEach-Object { Set-Content "$TestDrive/$_" '# x' -PassThru; "$TestDrive/$_" } |
            Where-Object { $_ -like '*/*' }
        $records = [pscustomobject]@{
            Path = $paths[0]; Type = 'Veth'; Mtu = 1400; Link = 'br0'; Up = $true
            OtherKeys = @{ 'veth.mode' = 'router' }
        }, [pscustomobject]@{ Path = $paths[1]; Type = 'Macvlan'; Link = 'eth0' }
        $null = $records | Add-LxcNetworkConfig
        Get-Content $paths[0] | Should -Contain 'lxc.net.0.mtu = 1400'
        Get-Content $paths[1] | Where-Object { $_ -like 'lxc*' } |
            Should -Be 'lxc.net.0.type = macvlan', 'lxc.net.0.link = eth0'
        [pscustomobject]@{ Path = $paths[0]; Index = 0; Mtu = 9000 }, [pscustomobject]@{ Path = $paths[1]; Index = 0 } |
            Set-LxcNetworkConfig -Link lxcbr0
        Get-Content $paths[0] | Should -Contain 'lxc.net.0.mtu = 1400'
        foreach ($path in $paths) { Get-Content $path | Should -Contain 'lxc.net.0.link = lxcbr0' }
    }

    It 'a namespace after a record with a name leaves Remove-WireGuardPeer and New-NetRoute without a link' {
        (Get-ErrorOf {
            Get-NetNamespace a | Remove-WireGuardPeer -PublicKey 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA='
        }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        ip -n a link set w0 up
        ip -n a link set va up
        ip -n b link set w0 up
        ip -n b link set vb up
        ip -n a address add 10.1.0.1/24 dev va
        ip -n b address add 10.1.0.1/24 dev w0
        $null = [pscustomobject]@{ Name = 'w0'; Namespace = 'b' }, (Get-NetNamespace a) |
            New-NetRoute 10.9.0.0/24 -NextHop 10.1.0.2
        (Get-IpJson -In a route show 10.9.0.0/24).dev | Should -Be 'va'
        (Get-IpJson -In b route show 10.9.0.0/24).dev | Should -Be 'w0'
    }
}
