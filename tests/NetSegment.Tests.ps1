BeforeDiscovery { . $PSScriptRoot/common.ps1 }

BeforeAll { . $PSScriptRoot/common.ps1 }

Describe 'Connect-NetSegment' -Skip:(-not (Test-LinkKind vxlan)) {
    BeforeAll {
        foreach ($name in 'a', 'b') { ip netns add $name; ip -n $name link set lo up }
        ip link add u0 netns a type veth peer name u0 netns b
        ip -n a addr add 192.0.2.1/24 dev u0
        ip -n b addr add 192.0.2.2/24 dev u0
        ip -n a link set u0 up
        ip -n b link set u0 up
        $ends = @{ Local = '192.0.2.1'; Remote = '192.0.2.2'; Encapsulation = 'Vxlan'; Namespace = 'a' }
    }

    AfterEach {
        foreach ($name in 'a', 'b') { Disconnect-NetSegment superbr0 -Namespace $name -ErrorAction Ignore }
    }

    It 'prints the command that makes the other side' {
        $script = Connect-NetSegment superbr0 @ends -Key 42 -AsScript
        $script | Should -BeExactly ('Connect-NetSegment -Bridge superbr0 -Local 192.0.2.2 -Remote 192.0.2.1 ' +
            '-Encapsulation Vxlan -Key 42')
        $null = Invoke-Expression "$script -Namespace b"
        ip -n a addr add 10.0.2.1/24 dev superbr0
        ip -n b addr add 10.0.2.2/24 dev superbr0
        Test-Ping 10.0.2.2 -From a | Should -BeTrue
    }

    It 'prints what has to be quoted so that it can be pasted' {
        $spec = [LxcNetworking.Segments.SegmentSpec]::new(
            'a b', '192.0.2.2', [LxcNetworking.Values.IPAddress[]] ('192.0.2.1', '192.0.2.3'), 'Vxlan')
        $keys = (New-WireGuardKey).PublicKey, (New-WireGuardKey).PublicKey
        $part = [LxcNetworking.Segments.SegmentCounterpart]::new($spec)
        $part.PeerPublicKey = [LxcNetworking.WireGuard.WireGuardPublicKey[]] $keys
        # PowerShell takes a typographic quotation mark for a plain one.
        $part.PrivateKeyFile = "/etc/it's$([char] 0x2019).key"
        $part.ListenPort = 5
        $script = [LxcNetworking.Commands.Tunnels.SegmentScript]::For($part)
        function Read-Argument { $args | ForEach-Object { $_ } }
        $said = Invoke-Expression $script.Replace('Connect-NetSegment', 'Read-Argument')
        $said -join ' ' | Should -BeExactly (
            '-Bridge a b -Local 192.0.2.2 -Remote 192.0.2.1 192.0.2.3 -Encapsulation Vxlan -WireGuard ' +
            "-PeerPublicKey $keys " +
            "-PrivateKeyFile $($part.PrivateKeyFile) -ListenPort 5")
    }

    It 'says what was made and chosen' {
        $segment = Connect-NetSegment superbr0 @ends
        $segment.Bridge | Should -BeExactly 'superbr0'
        $segment.Mtu | Should -Be 1450
        (Get-IpJson -In a link show dev superbr0).mtu | Should -Be 1450
        $segment.Tunnel | Should -Be 'vx0-superbr0'
        $segment.Script | Should -BeExactly (
            'Connect-NetSegment -Bridge superbr0 -Local 192.0.2.2 -Remote 192.0.2.1 -Encapsulation Vxlan')
        (Get-IpJson -In a link show dev vx0-superbr0).linkinfo.info_data.id | Should -Be 1
        (bridge -n a fdb show dev vx0-superbr0) -join "`n" |
            Should -Match '00:00:00:00:00:00 dst 192.0.2.2 self permanent'
        ($segment | Format-Table | Out-String) | Should -Match 'superbr0'
    }

    It 'is listed as it was made, and prints the other commands again' {
        Get-NetSegment -Namespace a | Should -BeNullOrEmpty
        $made = Connect-NetSegment superbr0 @ends -Key 42 -Mtu 1400
        $read = Get-NetSegment superbr0 -Namespace a
        $same = 'Bridge', 'Local', 'Remote', 'Encapsulation', 'Key', 'Port', 'Mtu', 'Tunnel', 'InterfaceIndex', 'Script'
        foreach ($property in $same) { "$($read.$property)" | Should -BeExactly "$($made.$property)" }
        "$($read.Script)" | Should -BeLike '* -Key 42 -Mtu 1400'
        (Get-NetSegment s* -Namespace a).Bridge | Should -Be superbr0
        (Get-NetLink superbr0 -Namespace a | Get-NetSegment).Bridge | Should -Be superbr0
        Get-NetSegment x* -Namespace a | Should -BeNullOrEmpty
        (Get-ErrorOf { Get-NetSegment x -Namespace a }).FullyQualifiedErrorId | Should -BeLike 'ObjectNotFound,*'
        $typed = 'Disconnect-NetSegment -Namespace a -Bridge '
        $offered = TabExpansion2 $typed -CursorColumn $typed.Length
        $offered.CompletionMatches.CompletionText | Should -Be superbr0
        $read | Disconnect-NetSegment
        Get-NetSegment -Namespace a | Should -BeNullOrEmpty
    }

    It 'takes away what it made, from the pipeline' {
        Connect-NetSegment superbr0 @ends | Disconnect-NetSegment
        Test-Link superbr0 -In a | Should -BeFalse
        Test-Link vx0-superbr0 -In a | Should -BeFalse
    }

    It 'changes nothing with -WhatIf' {
        Connect-NetSegment superbr0 @ends -WhatIf
        Test-Link superbr0 -In a | Should -BeFalse
        $null = Connect-NetSegment superbr0 @ends
        Disconnect-NetSegment superbr0 -Namespace a -WhatIf
        Test-Link vx0-superbr0 -In a | Should -BeTrue
    }

    It 'warns of ports that can bring larger packets' {
        ip -n a link add superbr0 type bridge
        ip -n a link add v0 type veth peer name v1
        ip -n a link set v0 master superbr0
        $null = Connect-NetSegment superbr0 @ends -WarningVariable warnings -WarningAction SilentlyContinue
        "$warnings" | Should -Match 'v0'
        Disconnect-NetSegment superbr0 -Namespace a
        Test-Link superbr0 -In a | Should -BeTrue
        ip -n a link del v0
        ip -n a link del superbr0
    }

    It 'refuses <Title>' -ForEach @(
        @{ Title = 'an address that the host does not have'; Id = 'AddressNotFound'; Change = @{ Local = '192.0.2.9' } }
        @{ Title = 'a remote that is the local address'; Id = 'InvalidArgument'; Change = @{ Remote = '192.0.2.1' } }
        @{ Title = 'keys without -WireGuard'; Id = 'InvalidArgument'
            Change = @{ PeerPublicKey = 'SNC1rF4bGqIc2B3vUAsN1bXUtTRjRgaJC2dJBhDoNFM=' } }
        @{ Title = '-WireGuard without a key'; Id = 'InvalidArgument'; Change = @{ WireGuard = $true } }
    ) {
        $parameters = $ends.Clone()
        $Change.GetEnumerator() | ForEach-Object { $parameters[$_.Key] = $_.Value }
        (Get-ErrorOf { Connect-NetSegment superbr0 @parameters }).FullyQualifiedErrorId | Should -BeLike "$Id,*"
        Test-Link superbr0 -In a | Should -BeFalse
    }

    It 'starts at an address that is not here yet with -Force' {
        $parameters = $ends.Clone()
        $parameters.Local = '192.0.2.9'
        $problem = Get-ErrorOf { Connect-NetSegment superbr0 @parameters }
        "$problem" | Should -BeLike '*-Force*'
        Connect-NetSegment superbr0 @parameters -Force -AsScript | Should -Not -BeLike '*Force*'
        "$((Get-NetLink vx0-superbr0 -Namespace a).Local)" | Should -Be '192.0.2.9'
        Disconnect-NetSegment superbr0 -Namespace a
    }

    It 'encrypts, and the script carries the keys' -Skip:(-not (Test-LinkKind wireguard)) {
        $a = New-WireGuardKey /run/a.key
        $b = New-WireGuardKey /run/b.key
        $script = Connect-NetSegment superbr0 @ends -WireGuard -PrivateKeyFile /run/a.key `
            -PeerPublicKey $b.PublicKey -AsScript
        $script |
            Should -Match "-WireGuard -PeerPublicKey '$([regex]::Escape($a.PublicKey))' -PrivateKeyFile /run/a.key"
        $script | Should -Not -Match ([regex]::Escape((Get-Content /run/a.key)))
        $null = Invoke-Expression "$($script.Replace('/run/a.key', '/run/b.key')) -Namespace b"
        ip -n a addr add 10.0.2.1/24 dev superbr0
        ip -n b addr add 10.0.2.2/24 dev superbr0
        Test-Ping 10.0.2.2 -From a | Should -BeTrue
        (Get-NetLink vx0-superbr0 -Namespace a).Remote | Should -BeNullOrEmpty
        (Get-WireGuardPeer -Namespace a).PublicKey | Should -Be $b.PublicKey
        $read = Get-NetSegment -Namespace a
        "$($read.Local) $($read.Remote) $($read.PrivateKeyFile)" | Should -Be '192.0.2.1 192.0.2.2 /run/a.key'
        "$($read.PublicKey) $($read.PeerPublicKey)" | Should -Be "$($a.PublicKey) $($b.PublicKey)"
        "$($read.Script)" | Should -BeExactly "$script"
        (ip netns exec a wg show wg0-superbr0 latest-handshakes) | Should -Not -Match "`t0$"
        Disconnect-NetSegment superbr0 -Namespace a
        (Get-IpJson -In a link show).ifname | Sort-Object | Should -Be 'lo', 'u0'
    }

    It 'has nothing to disconnect where nothing is' {
        (Get-ErrorOf { Disconnect-NetSegment superbr0 -Namespace a }).FullyQualifiedErrorId |
            Should -BeLike 'ObjectNotFound,*'
    }
}
