<#
Dot-sourced by compare.ps1 and tests/Specifications.Tests.ps1, with the module imported: which attributes of rtnetlink
the library knows. A place is written as the numbers that lead to an attribute: link/18/2:bond/33 is number 33 of what
a bond has in IFLA_LINKINFO (18), IFLA_INFO_DATA (2).
#>

# What leads to the attributes of the declared sets that are not what a kind of link has. Several are of one message.
$roots = @{
    CommonLinkSettings        = 'link'
    BridgePortSettings        = 'link/18/5:bridge'
    BondPortSettings          = 'link/18/5:bond'
    NetIPAddress              = 'addr'
    NetNeighbor               = 'neigh'
    BridgeFdbEntry            = 'neigh'
    RouteSettings             = 'route'
    RuleSpec                  = 'rule'
    NextHopSettings           = 'nexthop'
    BridgeVlanSettings        = 'vlan'
    BridgeVlanGlobalSettings  = 'global'
    BridgeMulticastRouterPort = 'router'
    BridgeMdbEntry            = 'mdb'
    VxlanVni                  = 'vni'
}

# The places of all attributes that are declared, as the assembly has them.
function Get-DeclaredPlace {
    $assembly = [LxcNetworking.Links.NetLink].Assembly
    $types = $assembly.GetTypes() | Where-Object { $_.IsSubclassOf([LxcNetworking.Declarations.AttributeSet]) }
    foreach ($type in $types) {
        $kinds = $type.GetCustomAttributes([LxcNetworking.Declarations.LinkKindAttribute], $false).Names |
            ForEach-Object { "link/18/2:$_" }
        $kinds
        $under = @($kinds; $roots[$type.Name]) | Where-Object { $_ }
        foreach ($property in $type.GetProperties('Instance, Public, NonPublic, DeclaredOnly')) {
            $declared = $property.GetCustomAttributes([LxcNetworking.Declarations.NlaAttribute], $false)[0]
            if (-not $declared) { continue }
            if (-not $under) { throw "known.ps1 does not say where the attributes of $($type.Name) are." }
            foreach ($place in $under) {
                foreach ($outer in @($declared.Outer, $declared.In) -ne 0) {
                    $place += "/$outer"
                    $place
                }
                @($declared.Type, $declared.IPv6) -ne 0 | ForEach-Object { "$place/$_" }
            }
        }
    }
}

# The name of an attribute in the kernel's headers, as it compares with a name of ours.
function Get-PlainName([string] $Name) { ($Name -replace '[_-]').ToUpperInvariant() }

# The names of the attributes that hand-written code reads or writes: constants, and only those that code uses. They
# are called as in the kernel's headers, or are members of a class that has the beginning of the name.
function Get-UsedName {
    $classes = 'Ifla', 'IflaInfo', 'Ifa', 'Rta', 'Nha', 'Nda'
    $members = [regex] "\b(?<class>$($classes -join '|'))\.(?<name>[A-Z]\w+)"
    $constants = [regex] '\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b'
    foreach ($file in Get-ChildItem $PSScriptRoot/../../src/LxcNetworking.Core -Recurse -Filter *.cs) {
        if ($file.FullName -match '/(obj|bin)/|/Rtnetlink/Constants\.cs$') { continue }
        $code = (Get-Content $file) -replace '//.*' -join "`n"
        $members.Matches($code) | ForEach-Object { Get-PlainName ($_.Groups['class'].Value + $_.Groups['name'].Value) }
        # One that is only declared is no use.
        $constants.Matches($code) | Group-Object Value | Where-Object Count -GT 1 |
            ForEach-Object { Get-PlainName $_.Name }
    }
}

$declaredPlaces = [System.Collections.Generic.HashSet[string]]::new([string[]] @(Get-DeclaredPlace))
$usedNames = [System.Collections.Generic.HashSet[string]]::new([string[]] @(Get-UsedName))

# What is written by one constant under its other name: both kinds of pairs have the same number for it.
$otherNames = @{ IFLA_NETKIT_PEER_INFO = 'VETH_INFO_PEER' }

# Does the library read or write it?
function Test-Known([string] $Place, [string] $Name) {
    $declaredPlaces.Contains($Place) -or $usedNames.Contains((Get-PlainName ($otherNames[$Name] ?? $Name)))
}

# The rows of a page: what stays missing, its place, and why.
function Get-PageRow([string] $Path) {
    foreach ($line in Get-Content $Path) {
        if ($line -match '^\| `(?<name>[^`]+)` \| (?<place>\S+) \| (?<reason>.+) \|$') {
            [pscustomobject] @{ Name = $Matches.name; Place = $Matches.place; Reason = $Matches.reason }
        }
    }
}
