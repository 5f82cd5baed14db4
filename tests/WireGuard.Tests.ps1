BeforeDiscovery { . $PSScriptRoot/common.ps1 }

BeforeAll { . $PSScriptRoot/common.ps1 }

Describe 'New-WireGuardKey' {
    It 'makes a pair whose private half is a secure string' {
        $key = New-WireGuardKey
        $key.PrivateKey | Should -BeOfType [securestring]
        ConvertFrom-SecureString $key.PrivateKey -AsPlainText | wg pubkey | Should -BeExactly "$($key.PublicKey)"
        ($key | Format-List | Out-String) |
            Should -Not -Match ([regex]::Escape((ConvertFrom-SecureString $key.PrivateKey -AsPlainText)))
        ($key | Format-Table | Out-String) |
            Should -Not -Match ([regex]::Escape((ConvertFrom-SecureString $key.PrivateKey -AsPlainText)))
    }

    It 'writes a file for its owner alone, and never over another' {
        $key = New-WireGuardKey /run/wg.key
        (Get-Item /run/wg.key).UnixMode | Should -Be '-rw-------'
        Get-Content /run/wg.key | wg pubkey | Should -BeExactly "$($key.PublicKey)"
        $key.PrivateKey | Should -BeNullOrEmpty
        (Get-ErrorOf { New-WireGuardKey /run/wg.key }).FullyQualifiedErrorId | Should -BeLike 'ObjectExists,*'
        (Get-ErrorOf { New-WireGuardKey /run/nowhere/wg.key }).FullyQualifiedErrorId | Should -BeLike 'ObjectNotFound,*'
    }

    It 'writes nothing with -WhatIf' {
        New-WireGuardKey /run/other.key -WhatIf | Should -BeNullOrEmpty
        Test-Path /run/other.key | Should -BeFalse
    }

    It 'makes a preshared key' {
        $key = New-WireGuardKey -Preshared
        $key.PublicKey | Should -BeNullOrEmpty
        (ConvertFrom-SecureString $key.PresharedKey -AsPlainText).Length | Should -Be 44
    }
}

Describe 'WireGuard links and peers' -Skip:(-not (Test-LinkKind wireguard)) {
    BeforeAll {
        $peer = (New-WireGuardKey).PublicKey
        $null = New-WireGuardKey /run/a.key
    }

    AfterEach { Get-NetLink -Kind wireguard | Remove-NetLink }

    It 'makes a link that wg shows' {
        $link = New-WireGuardLink wg0 -PrivateKeyFile /run/a.key -ListenPort 51820 -FirewallMark 7 -Mtu 1380 -Up
        "$($link.PublicKey)" | Should -BeExactly (wg show wg0 public-key)
        wg show wg0 private-key | Should -BeExactly (Get-Content /run/a.key)
        wg show wg0 listen-port | Should -Be 51820
        wg show wg0 fwmark | Should -Be 0x7
        $link.Mtu | Should -Be 1380
        ($link | Format-List * | Out-String) | Should -Not -Match ([regex]::Escape((Get-Content /run/a.key)))
        (Get-NetLink wg0).ListenPort | Should -Be 51820
    }

    It 'makes a key where none is given, and takes one from New-WireGuardKey' {
        (New-WireGuardLink wg0).PublicKey | Should -Not -BeNullOrEmpty
        $key = New-WireGuardKey
        (New-WireGuardLink wg1 -PrivateKey $key.PrivateKey).PublicKey | Should -Be $key.PublicKey
    }

    It 'never takes a key as plain text' {
        (Get-ErrorOf { New-WireGuardLink wg0 -PrivateKey (Get-Content /run/a.key) }).CategoryInfo.Category |
            Should -Be 'InvalidArgument'
        Test-Link wg0 | Should -BeFalse
    }

    It 'warns of a key file that others can read' {
        Copy-Item /run/a.key /run/open.key
        chmod 644 /run/open.key
        $null = New-WireGuardLink wg0 -PrivateKeyFile /run/open.key -WarningVariable warnings `
            -WarningAction SilentlyContinue
        "$warnings" | Should -Match 'chmod 600'
    }

    It 'is created in another namespace' {
        ip netns add inside
        $null = New-WireGuardLink wg0 -TargetNamespace inside -Up
        Test-Link wg0 -In inside | Should -BeTrue
        ip netns del inside
    }

    It 'changes port and key' {
        $link = New-WireGuardLink wg0
        (Set-WireGuardLink wg0 -ListenPort 40000 -PassThru).ListenPort | Should -Be 40000
        $link | Set-WireGuardLink -PrivateKeyFile /run/a.key
        wg show wg0 private-key | Should -BeExactly (Get-Content /run/a.key)
    }

    It 'adds, changes, lists and removes peers' {
        $null = New-WireGuardLink wg0
        $psk = New-WireGuardKey -Preshared
        $made = Get-NetLink wg0 | Add-WireGuardPeer -PublicKey $peer -Endpoint '[2001:db8::2]:999' `
            -AllowedIP 10.0.0.0/24, fd00::/8 -PersistentKeepalive 25 -PresharedKey $psk.PresharedKey
        $made.HasPresharedKey | Should -BeTrue
        $made.PersistentKeepalive | Should -Be ([timespan]::FromSeconds(25))
        $row = (wg show wg0 dump)[1] -split "`t"
        $row[1] | Should -BeExactly (ConvertFrom-SecureString $psk.PresharedKey -AsPlainText)
        $row[2] | Should -BeExactly '[2001:db8::2]:999'
        $row[3] -split ',' | Sort-Object | Should -Be '10.0.0.0/24', 'fd00::/8'
        $row[7] | Should -Be 25
        Get-WireGuardPeer wg* | Set-WireGuardPeer -PersistentKeepalive 0 -AllowedIP 10.1.0.0/16
        (Get-WireGuardPeer).AllowedIP -join ' ' | Should -BeExactly '10.1.0.0/16'
        (Get-WireGuardPeer wg0 -PublicKey $peer).PersistentKeepalive | Should -BeNullOrEmpty
        Remove-WireGuardPeer wg0 $peer -WhatIf
        wg show wg0 peers | Should -BeExactly "$peer"
        Get-NetLink wg0 | Get-WireGuardPeer | Remove-WireGuardPeer
        wg show wg0 peers | Should -BeNullOrEmpty
    }

    It 'refuses <Title>' -ForEach @(
        @{ Title = 'a key of the wrong length'; Id = 'InvalidArgument'
            Block = { Set-Content /run/short.key 'AAAA'; chmod 600 /run/short.key
                New-WireGuardLink wg0 -PrivateKeyFile /run/short.key } }
        @{ Title = 'a port over 65535'; Id = 'InvalidArgument'; Block = { New-WireGuardLink wg0 -ListenPort 70000 } }
        @{ Title = 'a peer on no WireGuard link'; Id = 'NotSupported'; Block = { Add-WireGuardPeer lo $peer } }
        @{ Title = 'a peer on no link'; Id = 'LinkNotFound'; Block = { Add-WireGuardPeer nothing $peer } }
        @{ Title = 'an endpoint without a port'; Id = 'InvalidArgument'
            Block = { $null = New-WireGuardLink wg0; Add-WireGuardPeer wg0 $peer -Endpoint 192.0.2.1 } }
        @{ Title = 'to change a peer that is not there'; Id = 'ObjectNotFound'
            Block = { $null = New-WireGuardLink wg0; Set-WireGuardPeer wg0 $peer -PersistentKeepalive 1 } }
        @{ Title = 'to remove a peer that is not there'; Id = 'ObjectNotFound'
            Block = { $null = New-WireGuardLink wg0; Remove-WireGuardPeer wg0 $peer } }
    ) {
        (Get-ErrorOf $Block).FullyQualifiedErrorId | Should -BeLike "$Id,*"
    }

    It 'completes links and peers' {
        $null = New-WireGuardLink wg7
        $null = Add-WireGuardPeer wg7 $peer
        Get-Completion 'Remove-WireGuardPeer ' | Should -Contain 'wg7'
        Get-Completion 'Remove-WireGuardPeer wg7 -PublicKey ' | Should -Contain "'$peer'"
    }
}
