BeforeAll { . $PSScriptRoot/common.ps1 }

Describe 'Get-NetLink' -Tag PrivilegedContainer {
    BeforeAll {
        ip link add v0 type veth peer name v1
        ip link set v0 mtu 1400 up
        ip link add br7 type bridge
        ip link set v1 master br7
    }

    It 'shows a link as ip does' {
        $link = Get-NetLink v0
        $seen = Get-IpJson link show dev v0
        $link.Name | Should -BeExactly 'v0'
        $link.Index | Should -Be $seen.ifindex
        $link.Kind | Should -BeExactly $seen.linkinfo.info_kind
        $link.Mtu | Should -Be 1400
        "$($link.MacAddress)" | Should -Be $seen.address
    }

    It 'lists everything without a name' {
        (Get-NetLink).Name | Sort-Object | Should -Be ((Get-IpJson link show).ifname | Sort-Object)
    }

    It 'lists everything where a link has many alternative names' {
        ip link add a0 type veth peer name a1
        ip link add a2 type bridge
        0..249 | ForEach-Object { 'link property add dev a1 altname {0:d127}' -f $_ } | ip -batch -
        (Get-NetLink).Name | Sort-Object | Should -Be ((Get-IpJson link show).ifname | Sort-Object)
        (Get-NetLink -Kind bridge).Name | Sort-Object | Should -Be 'a2', 'br7'
        (Get-NetLink a1).AlternativeName.Count | Should -Be 250
        ip link del a0
        ip link del a2
    }

    It 'takes wildcards' {
        (Get-NetLink v*).Name | Sort-Object | Should -Be 'v0', 'v1'
        Get-NetLink nothing* | Should -BeNullOrEmpty
    }

    It 'finds by index' {
        (Get-NetLink -InterfaceIndex (Get-IpJson link show dev br7).ifindex).Name | Should -BeExactly 'br7'
    }

    It 'filters by -<Parameter>' -ForEach @(
        @{ Parameter = 'Kind'; Value = 'veth'; Expected = 'v0', 'v1' }
        @{ Parameter = 'Master'; Value = 'br7'; Expected = @('v1') }
        @{ Parameter = 'Up'; Value = $true; Expected = 'lo', 'v0' }
    ) {
        $parameters = @{ $Parameter = $Value }
        (Get-NetLink @parameters).Name | Sort-Object | Should -Be $Expected
    }

    It 'writes an error for a link that is not there, and goes on' {
        $found = Get-NetLink nothere, v0 -ErrorVariable wrong -ErrorAction SilentlyContinue
        $found.Name | Should -BeExactly 'v0'
        $wrong.Count | Should -Be 1
        $wrong[0].FullyQualifiedErrorId | Should -BeLike 'LinkNotFound,*'
        $wrong[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
    }

    It 'reads a named namespace that ip made' {
        ip netns add web
        ip -n web link add inside0 type bridge
        (Get-NetLink -Namespace web).Name | Sort-Object | Should -Be 'inside0', 'lo'
        (Get-NetLink inside0 -Namespace web | Get-NetLink).Namespace.ToString() | Should -Be 'web'
    }

    It 'completes the names of the namespace already typed' {
        ip netns add shop
        ip -n shop link add only0 type bridge
        Get-Completion 'Get-NetLink -Namespace shop -InterfaceAlias on' | Should -Be 'only0'
        Get-Completion 'Get-NetLink -InterfaceAlias b' | Should -Be 'br7'
        Get-Completion 'Get-NetLink -Kind vet' | Should -Be 'veth'
    }

    It 'finds the name <Name>, which reads like a pattern or is escaped, and nothing else' -ForEach @(
        @{ Name = 'q[1]'; Expected = @('q[1]') }
        @{ Name = 'q`[1`]'; Expected = @('q[1]') }
        @{ Name = 'a\x1b[31mb'; Expected = @('a\x1b[31mb') }
        @{ Name = 's`*'; Expected = @('s*') }
        @{ Name = 's*'; Expected = @('s*') }
    ) {
        $names = 'q[1]', 'q1', "a`e[31mb", 's*', 's1'
        foreach ($item in $names) { ip link add "$item" type bridge }
        try {
            (Get-NetLink $Name).Name | Sort-Object | Should -Be $Expected
            (Get-NetBridge $Name).Name | Sort-Object | Should -Be $Expected
            Get-NetIPAddress -InterfaceAlias $Name -ErrorVariable problem | Should -BeNullOrEmpty
            $problem | Should -BeNullOrEmpty
            Get-NetBridge $Name | Set-NetBridge -Priority 4096
            @(Get-NetBridge | Where-Object Priority -eq 4096).Name | Sort-Object | Should -Be $Expected
            Remove-NetLink $Name
            $left = @((Get-IpJson link show).ifname | Where-Object { $_ -in $names })
            $left.Count | Should -Be ($names.Count - @($Expected).Count)
        }
        finally {
            foreach ($item in (Get-IpJson link show).ifname | Where-Object { $_ -in $names }) { ip link del "$item" }
        }
    }

    It 'removes only the bridge s* that is piped, not what the pattern means' {
        ip link add 's*' type bridge
        ip link add s1 type bridge
        Get-NetBridge 's`*' | Set-NetBridge -Priority 4096
        (Get-NetBridge s1).Priority | Should -Be 32768
        Get-NetBridge 's`*' | Remove-NetLink
        Test-Link s1 | Should -BeTrue
        (Get-IpJson link show).ifname | Should -Not -Contain 's*'
        ip link del s1
    }

    It 'completes a name with wildcard characters so that it means itself alone' {
        ip link add 's*' type bridge
        ip link add s1 type bridge
        try {
            Get-Completion 'Remove-NetLink s' | Should -Be "'s``*'", 's1'
            Get-Completion 'Add-BridgePort s' | Should -Be "'s*'", 's1'
            (Wait-NetLink 's`*' -PassThru).Name | Should -Be 's*'
        }
        finally {
            ip link del 's*'
            ip link del s1
        }
    }

    It 'names the other end of a pair and its namespace' {
        ip netns add far
        ip link add out0 type veth peer name in0 netns far
        ip link add out1 type veth peer name in1 netns far
        try {
            (Get-NetLink out?).ParentPlace | Should -Be 'in0@far', 'in1@far'
            (Get-NetLink out0).Parent | Should -Match '^if\d+$'
            (Get-NetLink br7).ParentPlace | Should -BeNullOrEmpty
            Get-NetLink out0 | Out-String -Width 80 | Should -Match '(?m)^out0 .* in0@far'
            # Whoever has the file still has the namespace, which has no name any more.
            $file = [System.IO.File]::OpenRead('/run/netns/far')
            ip netns del far
            (Get-NetLink out0).ParentPlace | Should -Match '^in0@nsid \d+$'
        }
        finally {
            if ($file) { $file.Dispose() }
            ip link del out0
            ip link del out1
        }
    }

    It 'is shown as a table that fits 100 columns' {
        $lines = @(Get-NetLink | Out-String -Width 100 -Stream)
        ($lines -match '^Name')[0] | Should -Match 'Namespace .*Kind .*State .*MacAddress .*Master .*Parent'
        $lines -match '^br7 ' | Should -Match ' bridge '
    }
}
