BeforeAll { . $PSScriptRoot/common.ps1 }

Describe 'NetRule cmdlets' {
    BeforeEach { ip netns add web }
    AfterEach { ip netns del web }

    It 'makes a rule as ip shows it' {
        $made = New-NetRule 100 -From 10.0.3.0/24 -Table 42 -InputInterface eth0 -FirewallMark 0x10 -Namespace web
        $made | Should -BeOfType LxcNetworking.Addressing.NetRule
        "$($made.Namespace)" | Should -Be 'web'
        $seen = Get-IpJson -In web -4 rule show | Where-Object priority -EQ 100
        "$($seen.src)/$($seen.srclen)" | Should -Be '10.0.3.0/24'
        $seen.table | Should -Be '42'
        $seen.iif | Should -Be 'eth0'
        $seen.fwmark | Should -Be '0x10'
    }

    It 'knows the family by the address, or by -AddressFamily' {
        $null = New-NetRule 100 -To fd00::/64 -Action Unreachable -Namespace web
        $null = New-NetRule 101 -AddressFamily IPv6 -Table main -Namespace web
        (Get-IpJson -In web -6 rule show).priority | Should -Be 0, 100, 101, 32766
        (Get-IpJson -In web -4 rule show).priority | Should -Be 0, 32766, 32767
    }

    It 'refuses <Line>' -ForEach @(
        @{ Line = 'New-NetRule 7 -Table 42'; Id = 'ObjectExists' }
        @{ Line = 'New-NetRule 8'; Id = 'InvalidArgument' }
        @{ Line = 'New-NetRule 8 -From 10.0.0.1/8 -Table 42'; Id = 'InvalidArgument' }
        @{ Line = 'New-NetRule 8 -From nonsense -Table 42'; Id = 'ParameterArgumentTransformationError' }
        @{ Line = 'Remove-NetRule 8'; Id = 'ObjectNotFound' }
        @{ Line = 'Remove-NetRule'; Id = 'InvalidArgument' }
        @{ Line = 'Get-NetRule 8'; Id = 'ObjectNotFound' }
    ) {
        ip -n web rule add table 42 prio 7 protocol 108
        $before = ip -n web rule
        (Get-ErrorOf { Invoke-Expression "$Line -Namespace web" }).FullyQualifiedErrorId | Should -BeLike "$Id,*"
        ip -n web rule | Should -Be $before
    }

    It 'filters and removes' {
        ip -n web rule add from 10.0.3.0/24 table 42 prio 7
        ip -n web rule add from 10.0.4.0/24 table 42 prio 8
        ip -n web rule add table 43 prio 9
        (Get-NetRule -Namespace web -AddressFamily IPv4).Priority | Should -Be 0, 7, 8, 9, 32766, 32767
        (Get-NetRule -Table 42 -Namespace web).Priority | Should -Be 7, 8
        (Get-NetRule -From 10.0.4.0/24 -Namespace web).Priority | Should -Be 8
        (Get-NetNamespace web | Get-NetRule -Priority 9).Table -eq 43 | Should -BeTrue
        Remove-NetRule -Table 42 -Namespace web -WhatIf
        (Get-IpJson -In web -4 rule show).priority | Should -Be 0, 7, 8, 9, 32766, 32767
        Remove-NetRule 7 -Namespace web
        Get-NetRule -Table 42, 43 -Namespace web | Remove-NetRule
        (Get-IpJson -In web -4 rule show).priority | Should -Be 0, 32766, 32767
    }

    It 'removes the rule that was given, and not its like' -ForEach @(
        @{ First = 'iif v0 lookup 100'; Second = 'lookup 100' }
        @{ First = 'fwmark 0x10/0xff lookup 100'; Second = 'fwmark 0/0xff lookup 100' }
    ) {
        ip -n web rule add @(-split $First) prio 10
        $left = ip -n web rule show prio 10
        ip -n web rule add @(-split $Second) prio 10
        (Get-NetRule 10 -Namespace web)[1] | Remove-NetRule
        ip -n web rule show prio 10 | Should -Be $left
    }

    It 'changes nothing with -WhatIf, and is shown as a table that fits 80 columns' {
        New-NetRule 100 -Table 42 -Namespace web -WhatIf | Should -BeNullOrEmpty
        @(Get-IpJson -In web -4 rule show).Count | Should -Be 3
        $null = New-NetRule 100 -Table 42 -IPProtocol Tcp -DestinationPort 443 -InputInterface eth0 -Namespace web
        $lines = @(Get-NetRule -Namespace web | Out-String -Width 80 -Stream)
        $lines -match '32766 +IPv4 +all +Lookup +main +web' | Should -Not -BeNullOrEmpty
        $lines -match '100 +IPv4 +all +Lookup +42 +web +iif eth0' | Should -Not -BeNullOrEmpty
    }
}
