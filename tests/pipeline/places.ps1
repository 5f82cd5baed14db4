# Namespaces with the same in each, records of all that is in them, and the roads on which records travel.
# For BeforeAll.
. $PSScriptRoot/../common.ps1

# A namespace has all that the others have.
function Initialize-Place([string] $In) {
    $where = $In ? @('-n', $In) : @()
    @(
        'link add br0 type bridge'
        'link add eth0 address 02:00:00:00:00:05 type veth peer name eth1'
        'link set br0 addrgenmode none', 'link set eth0 addrgenmode none'
        'link set eth1 addrgenmode none master br0'
        'link set lo up', 'link set br0 up', 'link set eth0 up', 'link set eth1 up'
        'addr add 10.0.3.100/24 dev eth0', 'addr add 10.0.3.20/24 dev eth0'
        'route add 10.5.0.0/16 via 10.0.3.1', 'rule add pref 100 to 10.9.0.0/16 lookup 100'
        'neigh add 10.0.3.9 lladdr 02:00:00:00:00:44 dev eth0 nud permanent'
    ) | ip @where -batch -
    if ($LASTEXITCODE) { throw "ip $where -batch failed" }
    # A kernel with VLAN filtering would make a second forwarding entry for each one that a bridge gets.
    ip @where link set br0 type bridge vlan_default_pvid 0 2>$null
    $bridge = $In ? @('-n', $In) : @()
    bridge @bridge fdb add 02:00:00:00:00:77 dev eth1 master static
    $place = $In ? @{ Namespace = $In } : @{}
    $null = New-NetNat nat0 10.0.3.0/24 -NoForwarding @place
    $null = Add-NetNatStaticMapping nat0 -Protocol Tcp -ExternalPort 8000 -InternalIPAddress 10.0.3.100 @place
}

# What there is, as other programs see it.
function Get-State([string] $In) {
    $where = $In ? @('ip', 'netns', 'exec', $In) : @('env')
    $program, $rest = $where
    $script = @(
        'ip -br -d link', 'ip link | grep -o "^[0-9]*: [^ ]*\|mtu [0-9]*"', 'ip -br addr'
        'ip route show table all', 'ip rule', 'ip neigh show nud permanent'
        # What a bridge has learned goes by itself.
        'bridge fdb | grep "permanent\|static"'
        'nft list ruleset', 'sysctl net.ipv4.ip_forward', 'ls /run/netns'
    ) -join '; '
    & $program @rest sh -c $script 2>&1 |
        ForEach-Object {
            "$_" -replace ' linkdown| state \w+|\bLOWER_UP\b|\bNO-CARRIER\b|\b(UP|DOWN|UNKNOWN|LOWERLAYERDOWN) '
        }
}

# Everything that names a namespace, in text as other programs write it, without an own object.
function New-Record([type] $Type, [string] $Id) {
    $record = [ordered] @{}
    foreach ($property in $Type.GetProperties().Name) {
        $record[$property] = switch -Wildcard ($property) {
            'Namespace' { 'web'; break }
            'Container' { 'web'; break }
            'NamespaceId' { $Id; break }
            '*Index' { 2; break }
            '*Id' { 1; break }
            default { 'eth0' }
        }
    }
    $record = [pscustomobject] $record
    $record.PSTypeNames.Insert(0, "Deserialized.$($Type.FullName)")
    $record
}

$read = {
    Get-NetLink eth0 -Namespace web
    Get-NetBridge br0 -Namespace web
    Get-BridgePort br0 -Namespace web
    Get-BridgeFdbEntry eth1 -Namespace web | Where-Object MacAddress -eq 02:00:00:00:00:77
    Get-NetIPAddress 10.0.3.20 -Namespace web
    Get-NetRoute 10.5.0.0/16 -Namespace web
    Get-NetRule -Namespace web | Where-Object Priority -eq 100
    Get-NetNeighbor 10.0.3.9 -Namespace web
    Get-NetIPInterface -InterfaceAlias eth0 -AddressFamily IPv4 -Namespace web
    Get-NetForwarding -InterfaceAlias eth0 -AddressFamily IPv4 -Namespace web
    Get-NetIPConfiguration eth0 -Namespace web
    Get-NetNamespace web
    Get-NetContainer web
    Get-NetNat -Namespace web
    Get-NetNatStaticMapping -Namespace web
}
# Names of types that are not read but made, or that this kernel may not have, are read as texts alone.
$types = [LxcNetworking.Links.NetLink].Assembly.GetExportedTypes().Where{
    $_.GetProperty('Namespace') -and $_.GetProperty('NamespaceId') -and -not $_.IsAbstract
}

$roads = [ordered] @{
    'itself'            = { param($items) $items }
    'JSON of depth 1'   = {
        param($items)
        $items | ForEach-Object { $_ | ConvertTo-Json -Depth 1 -WarningAction Ignore | ConvertFrom-Json }
    }
    'JSON of depth 2'   = {
        param($items) $items | ConvertTo-Json -Depth 2 -WarningAction Ignore | ConvertFrom-Json
    }
    'JSON of depth 3'   = {
        param($items) $items | ConvertTo-Json -Depth 3 -WarningAction Ignore | ConvertFrom-Json
    }
    'JSON of depth 4'   = {
        param($items) $items | ConvertTo-Json -Depth 4 -WarningAction Ignore | ConvertFrom-Json
    }
    'CLIXML'            = {
        param($items) $items | Export-Clixml "$TestDrive/items.xml"; Import-Clixml "$TestDrive/items.xml"
    }
    'CSV'               = {
        param($items) foreach ($item in $items) { $item | ConvertTo-Csv | ConvertFrom-Csv }
    }
    'CSV with types'    = {
        param($items)
        foreach ($item in $items) { $item | ConvertTo-Csv -IncludeTypeInformation | ConvertFrom-Csv }
    }
    'Select-Object'     = { param($items) $items | Select-Object -Property * }
    'Select and CLIXML' = {
        param($items)
        $items | Select-Object -Property * | Export-Clixml "$TestDrive/items.xml"
        Import-Clixml "$TestDrive/items.xml"
    }
}

# PowerShell refuses itself what has nothing of what is mandatory.
$refusals = 'OtherMachine', 'NamespaceChanged', 'InvalidArgument', 'InputObjectNotBound',
    'InputObjectMissingMandatory', 'AmbiguousParameterSet'

# Pipes records into a cmdlet and gives its errors' names; whatever else it says is said.
function Invoke-On([object[]] $Records, [string] $Cmdlet, [hashtable] $More) {
    foreach ($record in $Records) {
        try { $said = $record | & $Cmdlet @More -WarningAction Ignore 2>&1 } catch { $said = $_ }
        @($said) | ForEach-Object {
            $_ -is [System.Management.Automation.ErrorRecord] ?
                "$($_.FullyQualifiedErrorId)".Split(',')[0] :
                "$(@($record.PSTypeNames)[0]): $_"
        }
    }
}

$module = (Get-Module LxcNetworking).Path
$readIn = { param($module, $read) Import-Module $module; . ([scriptblock]::Create($read)) }
function Read-Remote([string] $Computer) {
    $session = New-SshSession $Computer
    try { Invoke-Command -Session $session $readIn -ArgumentList $module, "$read" }
    finally { $session | Remove-PSSession }
}
function Read-Job {
    Start-Job $readIn -ArgumentList $module, "$read" | Receive-Job -Wait -AutoRemoveJob
}

Initialize-Place
$null = New-NetNamespace web
Initialize-Place web
