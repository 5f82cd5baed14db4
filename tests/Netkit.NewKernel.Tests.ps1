BeforeDiscovery {
    . $PSScriptRoot/common.ps1
    $hasNetkit = Test-LinkKind netkit
}
Describe 'New-NetkitPair and Set-NetkitPair' {
    BeforeAll {
        . $PSScriptRoot/common.ps1
        ip netns add web
    }
    AfterEach {
        ip link del nk0 2>$null
    }

    It 'makes both ends, one in a container' -Skip:(-not $hasNetkit) {
        $pair = New-NetkitPair nk0 eth7 -PeerNamespace web -Mode L2 -PeerPolicy Drop -Up
        $pair.Mode, $pair.PeerPolicy, $pair.Peer.Name, "$($pair.Peer.Namespace)" |
            Should -Be 'L2', 'Drop', 'eth7', 'web'
        (Get-IpJson link show dev nk0).linkinfo.info_data.peer_policy | Should -Be 'blackhole'
        Set-NetkitPair nk0 -PeerPolicy Pass -PassThru | ForEach-Object PeerPolicy | Should -Be 'Pass'
        (Get-ErrorOf { Set-NetkitPair eth7 -PeerPolicy Drop -Namespace web }).Exception.Message |
            Should -BeLike '*primary*'
    }
    It 'shows the peer in its table' -Skip:(-not $hasNetkit) {
        New-NetkitPair nk0 nk1 | Out-String -Width 80 | Should -Match 'Peer +PeerNamespace[\s\S]* nk1 '
    }
    if (-not $hasNetkit) {
        It 'says what to do where the kernel has none' {
            (Get-ErrorOf { New-NetkitPair nk0 nk1 }).FullyQualifiedErrorId | Should -BeLike 'KindNotSupported,*'
        }
    }
    It 'makes nothing with -WhatIf' { New-NetkitPair nk0 nk1 -WhatIf; Test-Link nk0 | Should -BeFalse }
}
