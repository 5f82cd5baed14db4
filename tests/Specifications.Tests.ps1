# What docs/specifications.md says is missing, and the script that says it of a kernel's source tree.
BeforeAll {
    . $PSScriptRoot/common.ps1
    . $PSScriptRoot/specifications/known.ps1
    $script = "$PSScriptRoot/specifications/compare.ps1"
}

Describe 'What the page has as missing' {
    BeforeAll { $rows = @(Get-PageRow $PSScriptRoot/../docs/specifications.md) }

    It 'is not known' {
        $rows.Count | Should -BeGreaterThan 50
        $rows | Where-Object { Test-Known $_.Place $_.Name } | ForEach-Object Name | Should -BeNullOrEmpty
    }

    It 'stands there once, with a reason or another line that has one' {
        $rows | Group-Object Name | Where-Object Count -GT 1 | ForEach-Object Name | Should -BeNullOrEmpty
        $own = ($rows | Where-Object Reason -NotMatch '^as \S+$').Name
        $rows | Where-Object { $_.Reason -match '^as (\S+)$' -and $Matches[1] -notin $own } | ForEach-Object Name |
            Should -BeNullOrEmpty
    }
}

Describe 'What is known' {
    It 'is <Name>: <How>' -ForEach @(
        @{ Place = 'link/18/2:bond/1'; Name = 'IFLA_BOND_MODE'; How = 'declared of a kind' }
        @{ Place = 'link/18/2:ip6gretap/3'; Name = 'IFLA_GRE_OFLAGS'; How = 'declared of several kinds' }
        @{ Place = 'link/18/2:bond/23/5'; Name = 'IFLA_BOND_AD_INFO_PARTNER_MAC'; How = 'declared in another' }
        @{ Place = 'link/18/2:geneve/7'; Name = 'IFLA_GENEVE_REMOTE6'; How = 'declared for IPv6' }
        @{ Place = 'link/4'; Name = 'IFLA_MTU'; How = 'a member that code uses' }
        @{ Place = 'link/18/2:vlan/3/1'; Name = 'IFLA_VLAN_QOS_MAPPING'; How = 'a constant that code uses' }
        @{ Place = 'link/18/2:netkit/1'; Name = 'IFLA_NETKIT_PEER_INFO'; How = 'a constant of the same number' }
    ) {
        Test-Known $Place $Name | Should -BeTrue
    }

    It 'is not a constant that is only there for its name' { Test-Known 'link/17' 'IFLA_LINKMODE' | Should -BeFalse }
}

Describe 'The script' {
    BeforeAll {
        $specs = New-Item TestDrive:/tree/Documentation/netlink/specs -ItemType Directory
        $headers = New-Item TestDrive:/tree/include/uapi/linux -ItemType Directory
        @'
name: rt-link
attribute-sets:
  - { name: link, name-prefix: ifla-, attributes: [
      { name: mtu, type: u32, value: 4 }, { name: novelty, type: u32, value: 400 }, { name: pad, type: pad },
      { name: linkinfo, type: nest, value: 18, nested-attributes: info },
      { name: box, type: nest, value: 401, nested-attributes: box } ] }
  - { name: info, name-prefix: ifla-info-, attributes: [
      { name: kind, type: string }, { name: data, type: sub-message, sub-message: data } ] }
  - { name: bond, name-prefix: ifla-bond-, attributes: [
      { name: mode, type: u8 }, { name: colour, type: u8, value: 99 } ] }
  - { name: less, subset-of: bond, attributes: [ { name: colour } ] }
  - { name: box, name-prefix: ifla-box-, attributes: [ { name: lid, type: u8 }, { name: lock, type: u8 } ] }
  - { name: stats, attributes: [ { name: one, type: u8 } ] }
sub-messages:
  - { name: data, formats: [
      { value: bond, attribute-set: bond }, { value: ifb, attribute-set: less }, { value: boat, attribute-set: box },
      { value: dummy } ] }
operations:
  list: [ { name: getlink, attribute-set: link }, { name: getstats, attribute-set: stats } ]
'@ | Set-Content $specs/rt_link.yaml
        @'
enum {
    IFLA_VXLAN_UNSPEC,
    IFLA_VXLAN_ID, /* known */
    IFLA_VXLAN_SOUND = 90,
    IFLA_VXLAN_SMELL,
    __IFLA_VXLAN_MAX,
};
enum {
    IFLA_BOND_UNSPEC,
    IFLA_BOND_MODE,
    IFLA_BOND_COLOUR = 99,
};
enum { IFLA_BAREUDP_UNSPEC, IFLA_BAREUDP_PORT, IFLA_BAREUDP_ETHERTYPE };
'@ | Set-Content $headers/if_link.h
        $missing = & $script (Resolve-Path TestDrive:/tree).ProviderPath -WarningAction SilentlyContinue
    }

    It 'prints what is missing, and nothing else' {
        $missing | ForEach-Object { "$($_.Name) $($_.Place)" } | Should -Be @(
            'IFLA_NOVELTY link/400'
            'IFLA_BOND_COLOUR link/18/2:bond/99'
            'boat link/18/2:boat'
            'IFLA_BOND_COLOUR link/18/2:ifb/99'
            'IFLA_BOX link/401'
            'stats link:stats'
            'IFLA_VXLAN_SOUND link/18/2:vxlan/90'
            'IFLA_VXLAN_SMELL link/18/2:vxlan/91'
            'bareudp link/18/2:bareudp'
        )
    }

    It 'tells what a page lacks, and what it has too much' {
        @(
            $missing | Select-Object -Skip 1 | ForEach-Object { "| ``$($_.Name)`` | $($_.Place) | because |" }
            '| `IFLA_MTU` | link/4 | because |'
        ) | Set-Content TestDrive:/page.md
        $tree, $page = 'tree', 'page.md' | ForEach-Object { (Resolve-Path "TestDrive:/$_").ProviderPath }
        (& $script $tree -Page $page -WarningAction Ignore 2>$null).Name | Should -Be IFLA_NOVELTY
        $said = Get-ErrorOf { & $script $tree -Page $page -WarningAction Ignore }
        "$said" | Should -BeLike '*IFLA_MTU (link/4), which is not missing*'
    }

    It 'refuses a folder that is no such tree' {
        $none = (New-Item TestDrive:/none -ItemType Directory).FullName
        "$(Get-ErrorOf { & $script $none -WarningAction Ignore })" | Should -BeLike '*has no specifications*'
    }
}
