BeforeAll { . $PSScriptRoot/common.ps1 }

Describe 'Get-NetLink' {
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

    It 'is shown as a table that fits 100 columns' {
        $lines = @(Get-NetLink | Out-String -Width 100 -Stream)
        ($lines -match '^Index|^ *Index')[0] | Should -Match 'Name .*Namespace .*Kind .*State .*MacAddress .*Mtu .*Master .*Parent'
        $lines -match '^ +\d+ br7 ' | Should -Match ' bridge '
    }
}
