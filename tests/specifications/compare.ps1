<#
.SYNOPSIS
Compares what the library knows of rtnetlink with the kernel's own specifications, and prints what is missing.
.DESCRIPTION
Reads Documentation/netlink/specs/rt-*.yaml of a kernel source tree: every attribute of links, addresses, routes,
neighbours and rules that no declaration and no hand-written reader has is printed, with the numbers that lead to it.
What the specifications say nothing of (VXLAN, MACVLAN, next-hop objects, bridges' VLANs and groups …) is read of
the enumerations of include/uapi/linux where the tree has them. Below an attribute that is not known nothing is looked
at. With -Page, what a page has as missing is left out, and what it has that is not missing is an error.
.EXAMPLE
tests/specifications/compare.ps1 ~/linux
.EXAMPLE
tests/specifications/compare.ps1 ~/linux -Page docs/specifications.md
.NOTES
dotnet build tests/Module.Tests -c Release comes first, which brings the library and the reader of YAML.
#>
[CmdletBinding()]
param(
    # The kernel's source tree.
    [Parameter(Mandatory, Position = 0)] [string] $Tree,
    # A page with a table of what stays missing.
    [string] $Page
)

$ErrorActionPreference = 'Stop'
if (-not (Get-Module LxcNetworking)) {
    Import-Module ($env:LXCNETWORKING_MODULE ??
        "$PSScriptRoot/../Module.Tests/bin/Release/net10.0/module/LxcNetworking.psd1")
}
Add-Type -Path $PSScriptRoot/../../out/modules/YamlDotNet/YamlDotNet.dll
. $PSScriptRoot/known.ps1

# A YAML file as dictionaries, lists and texts.
function Read-Yaml([string] $Path) {
    $reader = [System.IO.File]::OpenText($Path)
    try { [YamlDotNet.Serialization.DeserializerBuilder]::new().Build().Deserialize($reader) }
    finally { $reader.Dispose() }
}

# The attributes of a set with their numbers, which count from 1 where nothing else is said.
function Get-Attribute($Specification, [string] $Name) {
    $set = $Specification['attribute-sets'].Where({ $_['name'] -eq $Name })[0]
    $whole = $set['subset-of'] ? @(Get-Attribute $Specification $set['subset-of']) : $null
    $number = 0
    foreach ($item in $set['attributes']) {
        if ($whole) {
            $whole.Where({ $_.Item['name'] -eq $item['name'] })
            continue
        }
        $number = $item.ContainsKey('value') ? [int] $item['value'] : $number + 1
        [pscustomobject] @{
            Number = $number
            Name   = ($set['name-prefix'] + $item['name']).ToUpperInvariant() -replace '-', '_'
            Item   = $item
        }
    }
}

# Is it more than a place that is taken?
function Test-Meant($Item) { $Item['type'] -notin 'pad', 'unused' -and $Item['name'] -notin 'pad', 'unspec' }

# What the specification of a set has and the library does not.
function Compare-Set($Specification, [string] $Set, [string] $Place) {
    foreach ($attribute in Get-Attribute $Specification $Set) {
        $item = $attribute.Item
        if (-not (Test-Meant $item)) { continue }
        $here = "$Place/$($attribute.Number)"
        $null = $told.Add($here)
        if ($item['nested-attributes']) {
            $all = @(Get-Attribute $Specification $item['nested-attributes']).Where({ Test-Meant $_.Item })
            $below = @(Compare-Set $Specification $item['nested-attributes'] $here)
            # Where nothing in it is known it is one line.
            if ($all.Where({ "$here/$($_.Number)" -notin $below.Place })) { $below }
            else { [pscustomobject] @{ Name = $attribute.Name; Place = $here } }
        }
        elseif (-not (Test-Known $here $attribute.Name)) {
            [pscustomobject] @{ Name = $attribute.Name; Place = $here }
        }
        elseif ($item['sub-message']) {
            $kinds = $Specification['sub-messages'].Where({ $_['name'] -eq $item['sub-message'] })[0]['formats']
            # Kinds that have the same set are known by the same declaration, or not at all.
            foreach ($kind in $kinds | Group-Object { $_['attribute-set'] } | ForEach-Object { $_.Group[0] }) {
                $under = "$here`:$($kind['value'])"
                $null = $told.Add($under)
                $isKnown = $declaredPlaces.Where({ $_ -eq $under -or $_.StartsWith("$under/") }, 'First')
                if (-not $isKnown) { [pscustomobject] @{ Name = $kind['value']; Place = $under } }
                elseif ($kind['attribute-set']) { Compare-Set $Specification $kind['attribute-set'] $under }
            }
        }
    }
}

# The numbers of the enumerations of a header.
function Get-Enumerator([string] $Header) {
    $text = (Get-Content $Header -Raw) -replace '(?s)/\*.*?\*/' -replace '//.*'
    foreach ($enum in [regex]::Matches($text, '(?s)enum[^{;]*\{(?<body>[^}]*)\}')) {
        $number = -1
        foreach ($item in $enum.Groups['body'].Value -split ',') {
            if ($item -notmatch '^\s*(?<name>\w+)\s*(=\s*(?<value>\d+)?.*)?$') { continue }
            $number = $Matches['value'] ? [int] $Matches['value'] : $number + 1
            [pscustomobject] @{ Name = $Matches['name']; Number = $number }
        }
    }
}

# Where the attributes of a header's enumeration are whose names begin so.
$headers = [ordered] @{
    'if_link.h'   = [ordered] @{
        IFLA_BOND_SLAVE_ = 'link/18/5:bond'; IFLA_BOND_AD_INFO_ = 'link/18/2:bond/23'; IFLA_BOND_ = 'link/18/2:bond'
        IFLA_BRPORT_ = 'link/18/5:bridge'; IFLA_BR_ = 'link/18/2:bridge'; IFLA_VXLAN_ = 'link/18/2:vxlan'
        IFLA_MACVLAN_ = 'link/18/2:macvlan'; IFLA_IPVLAN_ = 'link/18/2:ipvlan'; IFLA_MACSEC_ = 'link/18/2:macsec'
        IFLA_XFRM_ = 'link/18/2:xfrm'; IFLA_GENEVE_ = 'link/18/2:geneve'; IFLA_NETKIT_ = 'link/18/2:netkit'
        IFLA_HSR_ = 'link/18/2:hsr'; IFLA_BAREUDP_ = 'link/18/2:bareudp'; VXLAN_VNIFILTER_ENTRY_ = 'vni'
    }
    'if_bridge.h' = [ordered] @{
        BRIDGE_VLANDB_ENTRY_ = 'vlan'; MDBA_MDB_EATTR_ = 'mdb'; MDBA_ROUTER_PATTR_ = 'router'
        BRIDGE_VLANDB_GOPTS_ = 'global'
    }
    'nexthop.h'   = [ordered] @{ NHA_RES_GROUP_ = 'nexthop/12'; NHA_ = 'nexthop' }
}

# What is in the headers only.
function Compare-Header([string] $Folder) {
    foreach ($header in $headers.GetEnumerator()) {
        $file = "$Folder/$($header.Key)"
        if (-not (Test-Path $file)) { continue }
        foreach ($one in Get-Enumerator $file | Where-Object Name -NotMatch '^__|_(UNSPEC|PAD|MAX)$') {
            # The longest beginning is the first one.
            $prefix = @($header.Value.Keys).Where({ $one.Name.StartsWith($_) }, 'First')[0]
            # These are nested in attributes that are not known.
            if (-not $prefix -or $one.Name -match '^NHA_(RES_BUCKET|GROUP_STATS)_') { continue }
            $here = "$($header.Value[$prefix])/$($one.Number)"
            if ($told.Contains($here) -or (Test-Known $here $one.Name)) { continue }
            # A kind of which nothing is known is one line.
            if ($here -match '^(link/18/2:(\w+))/' -and -not $declaredPlaces.Contains($Matches[1])) {
                if ($told.Add($Matches[1])) { [pscustomobject] @{ Name = $Matches[2]; Place = $Matches[1] } }
                continue
            }
            [pscustomobject] @{ Name = $one.Name; Place = $here }
        }
    }
}

$told = [System.Collections.Generic.HashSet[string]]::new()
$missing = @(foreach ($name in 'link', 'addr', 'route', 'neigh', 'rule') {
    # Older trees write them with an underscore, and have not all of them.
    $file = '-', '_' | ForEach-Object { "$Tree/Documentation/netlink/specs/rt$_$name.yaml" } |
        Where-Object { Test-Path $_ }
    if (-not $file) {
        Write-Warning "There is no specification rt-$name in '$Tree'."
        continue
    }
    $specification = Read-Yaml @($file)[0]
    $set = $specification['operations']['list'][0]['attribute-set']
    Compare-Set $specification $set $name
    # Other messages of the same specification.
    $specification['operations']['list'] | ForEach-Object { $_['attribute-set'] } |
        Where-Object { $_ -and $_ -ne $set } | Select-Object -Unique |
        ForEach-Object { [pscustomobject] @{ Name = $_; Place = "$name`:$_" } }
})
if (-not $told.Count) { throw "'$Tree' has no specifications of rtnetlink." }
$missing += @(Compare-Header "$Tree/include/uapi/linux")
if (-not $Page) { return $missing }

$rows = @(Get-PageRow $Page)
$missing | Where-Object { $row = $_; -not $rows.Where({ $_.Name -eq $row.Name -and $_.Place -eq $row.Place }) }
$rows | Where-Object { $row = $_; -not $missing.Where({ $_.Name -eq $row.Name -and $_.Place -eq $row.Place }) } |
    ForEach-Object { Write-Error "$Page has $($_.Name) ($($_.Place)), which is not missing." -ErrorAction Continue }
