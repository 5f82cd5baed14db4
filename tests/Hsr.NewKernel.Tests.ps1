BeforeDiscovery {
    . $PSScriptRoot/common.ps1
    $hasHsr = Test-LinkKind hsr
}
Describe 'New-HsrLink' {
    BeforeAll {
        . $PSScriptRoot/common.ps1
        ip link add p0 type veth peer name p1
        ip link add q0 type veth peer name q1
    }

    It 'makes a link of two ports' -Skip:(-not $hasHsr) {
        $made = New-HsrLink hsr0 -PortA p0 -PortB q0 -Version 1 -SupervisionNumber 45 -Up
        $made | Should -BeOfType LxcNetworking.Links.Kinds.HsrLink
        "$($made.SupervisionAddress)", $made.Protocol | Should -Be '01:15:4e:00:01:2d', 'Hsr'
        (Get-IpJson link show dev hsr0).linkinfo.info_data.slave2 | Should -Be 'q0'
        (Get-ErrorOf { New-HsrLink hsr1 -Slave1 p0 -Slave2 p1 }).Exception.Message | Should -BeLike '*HSR slave*'
        ($made | ConvertTo-Json -WarningAction Ignore | ConvertFrom-Json).PortAIndex | Should -Be $made.PortAIndex
        Get-NetLink hsr0 | Remove-NetLink
        Test-Link hsr0 | Should -BeFalse
    }
    It 'completes its ports' { Get-Completion 'New-HsrLink hsr0 -PortA p' | Should -Be 'p0', 'p1' }
    if (-not $hasHsr) {
        It 'says what to do where the kernel has none' {
            (Get-ErrorOf { New-HsrLink hsr0 -PortA p0 -PortB q0 }).FullyQualifiedErrorId |
                Should -BeLike 'KindNotSupported,*'
        }
    }
    It 'makes nothing with -WhatIf' {
        New-HsrLink hsr0 -PortA p0 -PortB q0 -WhatIf
        Test-Link hsr0 | Should -BeFalse
    }
}
