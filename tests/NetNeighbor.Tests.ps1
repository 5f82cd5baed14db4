BeforeAll { . $PSScriptRoot/common.ps1 }

Describe 'NetNeighbor cmdlets' {
    BeforeEach {
        ip netns add web
        ip -n web link add eth0 type veth peer name eth1
        ip -n web link set eth0 up
        ip -n web link set eth1 up
        ip -n web addr add 10.0.3.2/24 dev eth0
    }
    AfterEach { ip netns del web }

    It 'makes <Address>' -ForEach @{ Address = '10.0.3.9' }, @{ Address = 'fd00::9' } {
        $made = New-NetNeighbor $Address 00-16-3E-00-00-09 -InterfaceAlias eth0 -Namespace web
        $made | Should -BeOfType LxcNetworking.Addressing.NetNeighbor
        $made.State | Should -Be 'Permanent'
        $seen = Get-IpJson -In web neigh show dev eth0
        $seen.dst | Should -Be $Address
        $seen.lladdr | Should -Be '00:16:3e:00:00:09'
        $seen.state | Should -Be 'PERMANENT'
    }

    It 'makes a proxy entry, and one in another state' {
        $null = Get-NetLink eth0 -Namespace web | New-NetNeighbor 10.0.3.77 -Proxy
        (Get-IpJson -In web neigh show proxy).dst | Should -Be '10.0.3.77'
        (New-NetNeighbor 10.0.3.8 00:16:3e:00:00:08 -State Stale -InterfaceAlias eth0 -Namespace web).State |
            Should -Be 'Stale'
        Remove-NetNeighbor 10.0.3.77 -Proxy -Namespace web
        Get-IpJson -In web neigh show proxy | Should -BeNullOrEmpty
    }

    It 'makes what belongs to a program, takes the place of another, and lets the kernel find it' {
        $null = New-NetNeighbor 10.0.3.9 00:16:3e:00:00:09 -ExternallyLearned -Protocol Static -State Stale `
            -InterfaceAlias eth0 -Namespace web
        $made = New-NetNeighbor 10.0.3.9 00:16:3e:00:00:0a -Replace -InterfaceAlias eth0 -Namespace web
        "$($made.LinkLayerAddress)", $made.State, $made.IsExternallyLearned | Should -Be '00:16:3e:00:00:0a',
            'Permanent', $false
        (Get-NetNeighbor -LinkLayerAddress 0016.3e00.000a -Namespace web).IPAddress | Should -Be '10.0.3.9'
        (New-NetNeighbor fd00::8 00:16:3e:00:00:08 -Router -InterfaceAlias eth0 -Namespace web).IsRouter |
            Should -BeTrue
        (New-NetNeighbor 10.0.3.30 -Managed -InterfaceAlias eth0 -Namespace web).IsManaged | Should -BeTrue
    }

    It 'refuses what is there already, and what makes no sense' {
        $null = New-NetNeighbor 10.0.3.9 00:16:3e:00:00:09 -InterfaceAlias eth0 -Namespace web
        $wrong = Get-ErrorOf { New-NetNeighbor 10.0.3.9 00:16:3e:00:00:01 -InterfaceAlias eth0 -Namespace web }
        $wrong.FullyQualifiedErrorId | Should -BeLike 'NeighborExists,*'
        $wrong.CategoryInfo.Category | Should -Be 'ResourceExists'
        (Get-ErrorOf { New-NetNeighbor 10.0.3.10 -InterfaceAlias eth0 -Namespace web }).FullyQualifiedErrorId |
            Should -BeLike 'InvalidArgument,*'
        (Get-ErrorOf { New-NetNeighbor 10.0.3.10 00:16:3e:00:00:01 -InterfaceAlias nothere `
            -Namespace web }).FullyQualifiedErrorId | Should -BeLike 'LinkNotFound,*'
        (Get-ErrorOf { New-NetNeighbor 10.0.3.0/24 00:16:3e:00:00:01 -InterfaceAlias eth0 `
            -Namespace web }).FullyQualifiedErrorId | Should -BeLike 'ParameterArgumentTransformationError,*'
        (Get-ErrorOf { New-NetNeighbor 10.0.3.10 00:16:3e -InterfaceAlias eth0 -Namespace web }).CategoryInfo.Category |
            Should -BeIn 'InvalidData', 'InvalidArgument'
        New-NetNeighbor 10.0.3.11 00:16:3e:00:00:01 -InterfaceAlias eth0 -Namespace web -WhatIf
        @(Get-IpJson -In web neigh show dev eth0).Count | Should -Be 1
    }

    Context 'reading and removing' {
        BeforeEach {
            ip -n web neigh add 10.0.3.5 lladdr 00:16:3e:00:00:05 dev eth0 nud permanent
            ip -n web neigh add 10.0.3.6 lladdr 00:16:3e:00:00:06 dev eth0 nud stale
            ip -n web neigh add fd00::7 lladdr 00:16:3e:00:00:07 dev eth1 nud permanent
            ip -n web neigh add 10.0.9.9 lladdr 00:16:3e:00:00:99 dev eth1 nud noarp
        }

        It 'filters by <Parameters.Keys> <Parameters.Values>' -ForEach @(
            @{ Parameters = @{}; Expected = '10.0.3.5', '10.0.3.6', 'fd00::7' }
            @{ Parameters = @{ IPAddress = '10.0.3.5' }; Expected = '10.0.3.5' }
            @{ Parameters = @{ IPAddress = '10.0.*' }; Expected = '10.0.3.5', '10.0.3.6' }
            @{ Parameters = @{ IPAddress = '10.0.3.0/24' }; Expected = '10.0.3.5', '10.0.3.6' }
            @{ Parameters = @{ LinkLayerAddress = '00-16-3e-00-00-06' }; Expected = '10.0.3.6' }
            @{ Parameters = @{ State = 'Stale' }; Expected = '10.0.3.6' }
            @{ Parameters = @{ State = 'NoArp'; AddressFamily = 'IPv4' }; Expected = '10.0.9.9' }
            @{ Parameters = @{ InterfaceAlias = '*1' }; Expected = 'fd00::7' }
            @{ Parameters = @{ AddressFamily = 'IPv6' }; Expected = 'fd00::7' }
        ) {
            (Get-NetNeighbor @Parameters -Namespace web).IPAddress | ForEach-Object { "$_" } | Sort-Object |
                Should -Be $Expected
        }

        It 'removes by address, wildcard and pipeline' {
            Remove-NetNeighbor 10.0.3.5 -Namespace web | Should -BeNullOrEmpty
            (Get-IpJson -In web neigh show).dst | Sort-Object | Should -Be '10.0.3.6', 'fd00::7'
            Get-NetNeighbor -Namespace web | Remove-NetNeighbor -WhatIf
            @(Get-IpJson -In web neigh show).Count | Should -Be 2
            Get-NetNamespace web | Get-NetNeighbor | Remove-NetNeighbor
            Get-IpJson -In web neigh show | Should -BeNullOrEmpty
        }

        It 'changes what is named, by address, wildcard and pipeline' {
            Set-NetNeighbor 10.0.3.6 00-16-3e-00-00-66 -Namespace web | Should -BeNullOrEmpty
            $seen = Get-IpJson -In web neigh show 10.0.3.6
            $seen.lladdr, $seen.state[0] | Should -Be '00:16:3e:00:00:66', 'STALE'
            Set-NetNeighbor 10.0.3.* -ExternallyLearned $true -Namespace web -WhatIf
            (Get-NetNeighbor -Namespace web).IsExternallyLearned | Should -Not -Contain $true
            $changed = Get-NetNeighbor 10.0.3.* -Namespace web |
                Set-NetNeighbor -State Permanent -Protocol Babel -PassThru
            $changed.State | Select-Object -Unique | Should -Be 'Permanent'
            (Get-IpJson -In web neigh show dev eth0).protocol | Should -Be 'babel', 'babel'
            (Get-IpJson -In web neigh show 10.0.3.6).lladdr | Should -Be '00:16:3e:00:00:66'
            (Get-ErrorOf { Set-NetNeighbor 10.0.3.99 -State Stale -Namespace web }).FullyQualifiedErrorId |
                Should -BeLike 'NeighborNotFound,*'
            (Get-ErrorOf { Set-NetNeighbor -State Stale -Namespace web }).FullyQualifiedErrorId |
                Should -BeLike 'InvalidArgument,*'
            $null = New-NetNeighbor 10.0.3.77 -Proxy -InterfaceAlias eth0 -Namespace web
            $refusal = Get-ErrorOf { Set-NetNeighbor 10.0.3.77 -State Stale -Namespace web }
            $refusal.FullyQualifiedErrorId | Should -BeLike 'NotSupported,*'
            "$refusal" | Should -BeLike '*proxy entry*Remove it and make it again*'
            (Get-ErrorOf { Get-NetNeighbor 10.0.3.77 -Proxy -Namespace web |
                Set-NetNeighbor -State Stale }).FullyQualifiedErrorId |
                Should -BeLike 'NotSupported,*'
        }

        It 'says from what to what it would change' {
            $text = pwsh -NoProfile -c (
                "Import-Module '$((Get-Module LxcNetworking).Path)'; " +
                'Set-NetNeighbor 10.0.3.6 00:16:3e:00:00:07 -State Permanent -Router $true -Namespace web -WhatIf') |
                    Out-String
            $text | Should -BeLike '*LinkLayerAddress from 00:16:3e:00:00:06 to 00:16:3e:00:00:07, State from Stale to*'
        }

        It 'reports what is not there and what is not said' {
            $wrong = Get-ErrorOf { Remove-NetNeighbor 10.0.3.99 -Namespace web }
            $wrong.FullyQualifiedErrorId | Should -BeLike 'NeighborNotFound,*'
            $wrong.CategoryInfo.Category | Should -Be 'ObjectNotFound'
            (Get-ErrorOf { Remove-NetNeighbor -Namespace web }).FullyQualifiedErrorId |
                Should -BeLike 'InvalidArgument,*'
            (Get-ErrorOf { Get-NetNeighbor 10.0.3.99 -Namespace web }).FullyQualifiedErrorId |
                Should -BeLike 'NeighborNotFound,*'
        }

        It 'is shown as a table that fits 100 columns' {
            $lines = @(Get-NetNeighbor -Namespace web | Out-String -Width 100 -Stream)
            $lines -match 'eth0 +10\.0\.3\.6 +00:16:3e:00:00:06 +Stale +web' | Should -Not -BeNullOrEmpty
        }
    }
}
