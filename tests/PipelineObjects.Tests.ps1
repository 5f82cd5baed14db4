<#
An object in the pipeline works in the namespace that it names, or fails; never in the session's or in another one that
has the name by now. Every kind of object that names a namespace travels every road into every cmdlet. The session's
namespace, and the one that has the name later, have all that the object's own has: links, addresses, routes, rules,
neighbours and translations under the same names.
#>
BeforeDiscovery {
    . $PSScriptRoot/common.ps1
    # What each cmdlet needs besides the object. A cmdlet that is not here needs nothing.
    $more = @{
        'Add-BridgeFdbEntry'      = @{ MacAddress = '02:00:00:00:00:78' }
        'Add-BridgeMdbEntry'      = @{ Group = '239.1.1.9' }
        'Add-BridgePort'          = @{ Bridge = 'br0' }
        'Add-BridgeVlan'          = @{ VlanId = 7 }
        'Add-IpvlanLink'          = @{ Name = 'x0'; Parent = 'eth0' }
        'Add-IpvtapLink'          = @{ Name = 'x0'; Parent = 'eth0' }
        'Add-MacvlanLink'         = @{ Name = 'x0'; Parent = 'eth0' }
        'Add-MacvtapLink'         = @{ Name = 'x0'; Parent = 'eth0' }
        'Add-NetNatStaticMapping' = @{ Protocol = 'Tcp'; ExternalPort = 81; InternalIPAddress = '10.0.3.100' }
        'Add-VxlanVni'            = @{ Vni = 10 }
        'Add-VlanLink'            = @{ Name = 'x0'; Parent = 'eth0'; VlanId = 7 }
        'Add-WireGuardPeer'       = @{ PublicKey = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' }
        'Connect-Container'       = @{ Bridge = 'br0'; InterfaceName = 'x0' }
        'Connect-NetSegment'      = @{
            Bridge = 'br0'; Local = '10.0.3.100'; Remote = '10.0.3.1'; Encapsulation = 'Vxlan'
        }
        'Disconnect-Container'    = @{ InterfaceName = 'eth0' }
        'Find-NetRoute'           = @{ RemoteIPAddress = '10.5.0.1' }
        'Invoke-NetNamespace'     = @{ ScriptBlock = { 'ran' } }
        'Move-NetLink'            = @{ Destination = 'host' }
        'New-BondLink'            = @{ Name = 'x0' }
        'New-ContainerNetwork'    = @{ Name = 'x0'; Subnet = '10.77.0.0/24' }
        'New-DummyLink'           = @{ Name = 'x0' }
        'New-IPTunnel'            = @{ Name = 'x0'; Local = '10.0.3.100'; Remote = '10.0.3.1' }
        'New-IfbLink'             = @{ Name = 'x0' }
        'New-GeneveLink'          = @{ Name = 'x0'; Vni = 5; Remote = '10.0.3.1' }
        'New-GreTapTunnel'        = @{ Name = 'x0'; Local = '10.0.3.100'; Remote = '10.0.3.1' }
        'New-GreTunnel'           = @{ Name = 'x0'; Local = '10.0.3.100'; Remote = '10.0.3.1' }
        'New-L2tpSession'         = @{ Name = 'x0'; TunnelId = 1; SessionId = 2; PeerSessionId = 2 }
        'New-L2tpTunnel'          = @{ TunnelId = 2; PeerTunnelId = 2; Local = '10.0.3.100'; Remote = '10.0.3.1' }
        'New-MacsecLink'          = @{ Name = 'x0'; Parent = 'eth0' }
        'New-NetBridge'           = @{ Name = 'x0' }
        'New-NetIPAddress'        = @{ IPAddress = '10.0.7.1/24' }
        'New-NetkitPair'          = @{ Name = 'x0'; PeerName = 'x1' }
        'New-NetNat'              = @{ Name = 'x0'; InternalIPInterfaceAddressPrefix = '10.0.3.0/24' }
        'New-NetNeighbor'         = @{ IPAddress = '10.0.3.8'; LinkLayerAddress = '02:00:00:00:00:78' }
        'New-NetNextHop'          = @{ NextHopId = 9; NextHop = '10.0.3.9' }
        'New-NetRoute'            = @{ DestinationPrefix = '10.7.0.0/16' }
        'New-NetRule'             = @{ To = '10.7.0.0/16'; Table = 100 }
        'New-NlmonLink'           = @{ Name = 'x0' }
        'New-TapLink'             = @{ Name = 'x0' }
        'New-VethPair'            = @{ Name = 'x0'; PeerName = 'x1' }
        'New-VrfLink'             = @{ Name = 'x0'; Table = 100 }
        'New-VtiLink'             = @{ Name = 'x0'; Local = '10.0.3.100'; Remote = '10.0.3.1' }
        'New-VxlanLink'           = @{ Name = 'x0'; Vni = 5 }
        'New-WireGuardLink'       = @{ Name = 'x0' }
        'New-XfrmLink'            = @{ Name = 'x0'; InterfaceId = 5 }
        'Remove-NetRule'          = @{ To = '10.9.0.0/16' }
        'Remove-VxlanVni'         = @{ Vni = 10 }
        'Remove-WireGuardPeer'    = @{ PublicKey = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' }
        'Rename-NetLink'          = @{ NewName = 'x0' }
        'Request-DhcpLease'       = @{ Timeout = 1 }
        'Set-BondPort'            = @{ Priority = 5 }
        'Set-BridgePort'          = @{ Cost = 5 }
        'Set-NetBridge'           = @{ AgeingTime = 100 }
        'Set-NetForwarding'       = @{ Enabled = $true }
        'Set-NetIPAddress'        = @{ ValidLifetime = 600; PreferredLifetime = 600 }
        'Set-NetLink'             = @{ Mtu = 1400 }
        'Set-NetNamespaceId'      = @{ Target = 'web' }
        'Set-NetLinkQuality'      = @{ Rate = '9Mbit' }
        'Set-NetNeighbor'         = @{ Protocol = 'Static' }
        'Set-NetNextHop'          = @{ Protocol = 'Static' }
        'Set-NetRoute'            = @{ Mtu = 1400 }
        'Set-WireGuardPeer'       = @{ PublicKey = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' }
        'Wait-NetLink'            = @{ Present = $true; Timeout = 1 }
        'Watch-NetEvent'          = @{ Timeout = 1 }
    }
    # Those whose -Namespace, -Container or object says where they work. The others work on files and names of the
    # machine, or make keys.
    $cmdlets = foreach ($command in Get-Command -Module LxcNetworking -CommandType Cmdlet) {
        $command.Name | Where-Object {
            $command.Parameters.Keys -contains 'Namespace' -or
                $_ -like '*-Container' -or
                $_ -in 'Get-NetNamespace', 'Remove-NetNamespace'
        } | ForEach-Object { @{ Cmdlet = $_; More = $more[$_] ?? @{} } }
    }
}

BeforeAll {
    . $PSScriptRoot/common.ps1

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
}

AfterAll { Remove-NetNamespace web -Force }

Describe 'An object that names a namespace' {
    BeforeAll {
        $items = @(. $read)
        $id = $items[0].NamespaceId
        $seen = @($items | ForEach-Object { $_.GetType() })
        $others = @($types | Where-Object { $_ -notin $seen } | ForEach-Object { New-Record $_ $id })
        $before = Get-State
    }

    It 'has an id of the namespace beside it, whatever its type' {
        $named = [LxcNetworking.Links.NetLink].Assembly.GetExportedTypes().Where{
            $_.GetProperty('Namespace') -and $_.Name -ne 'NetworkStack'
        }
        $named.Count | Should -BeGreaterThan 20
        $named | Where-Object { -not $_.GetProperty('NamespaceId') } | Should -BeNullOrEmpty
        $items.NamespaceId | Should -BeExactly (@($id) * $items.Count)
        $items.Count | Should -Be 15
    }

    It 'can be told from a whole namespace or container without its type''s name' {
        $marked = foreach ($type in [LxcNetworking.Links.NetLink].Assembly.GetExportedTypes()) {
            $names = $type.GetProperties().Name
            $isStack = $names -match '^(IsCurrent|IsHost|Runtime|ProcessId)$' -or
                ($names -contains 'Path' -and $names -contains 'Id')
            if ($isStack) { $type.Name }
        }
        $marked | Sort-Object | Should -BeExactly NetContainer, NetNamespace
    }

    It 'leads to a namespace without a name while its process is there' {
        $process = Start-Process unshare -ArgumentList '--net', 'sleep', 'infinity' -PassThru
        try {
            Wait-Until { (Get-Content "/proc/$($process.Id)/comm") -eq 'sleep' }
            $unnamed = Get-NetNamespace -All | Where-Object ProcessId -contains $process.Id |
                ConvertTo-Json | ConvertFrom-Json
            $link = Get-NetLink lo -Namespace $process.Id | ConvertTo-Json -WarningAction Ignore | ConvertFrom-Json
            ($link | Get-NetLink).NamespaceId | Should -Be $unnamed.NamespaceId
            ($unnamed | Get-NetRule).NamespaceId | Sort-Object -Unique | Should -Be $unnamed.NamespaceId
        }
        finally { $process.Kill(); Wait-End $process.Id }
        (Get-ErrorOf { $unnamed | Get-NetRule }).FullyQualifiedErrorId | Should -BeLike 'NamespaceNotFound,*'
    }

    It 'leads there from <_>' -ForEach @(
        'itself', 'JSON of depth 1', 'JSON of depth 2', 'JSON of depth 3', 'JSON of depth 4'
        'CLIXML', 'CSV', 'CSV with types', 'Select-Object', 'Select and CLIXML'
    ) {
        $records = @(& $roads[$_] ($items + $others))
        $records.Count | Should -Be ($items.Count + $others.Count)
        $inode = stat -L -c %i /run/netns/web
        @($records | Invoke-NetNamespace { readlink /proc/thread-self/ns/net }) | Sort-Object -Unique |
            Should -BeExactly "net:[$inode]"
        @($records | Get-NetRule).Where{ $_.Namespace -ne 'web' } | Should -BeNullOrEmpty
        $read = @(
            $records[0] | Get-NetLink
            $records[1] | Get-NetBridge
            $records[2] | Get-BridgePort
            $records[4] | Get-NetIPAddress
            $records[5] | Get-NetRoute
            $records[7] | Get-NetNeighbor
            $records[8] | Get-NetIPInterface
            $records[9] | Get-NetForwarding
            $records[10] | Get-NetIPConfiguration
            $records[11] | Get-NetLink eth0
            $records[12] | Get-NetLink eth0
            $records[11] | Get-NetNamespace
            $records[13] | Get-NetNat
            $records[14] | Get-NetNatStaticMapping
        )
        $read.Count | Should -BeGreaterThan 13
        $read.NamespaceId | Sort-Object -Unique | Should -BeExactly $id
        # Each changes, and is changed back.
        $records[0] | Set-NetLink -Mtu 1400
        ip -n web link set eth0 mtu 1500
        $records[0] | Wait-NetLink -Present -Timeout 1
        (Get-State) | Should -BeExactly $before
    }

    It 'changes what is there, from <_>' -ForEach 'JSON of depth 1', 'CLIXML', 'CSV', 'Select-Object' {
        $road = $roads[$_]
        & $road (Get-NetIPAddress 10.0.3.20 -Namespace web) | Remove-NetIPAddress
        & $road (Get-NetRoute 10.5.0.0/16 -Namespace web) | Remove-NetRoute
        & $road (Get-NetNeighbor 10.0.3.9 -Namespace web) | Remove-NetNeighbor
        & $road (Get-BridgeFdbEntry eth1 -Namespace web | Where-Object MacAddress -eq 02:00:00:00:00:77) |
            Remove-BridgeFdbEntry
        & $road (Get-BridgePort br0 -Namespace web) | Remove-BridgePort
        & $road (Get-NetNatStaticMapping -Namespace web) | Remove-NetNatStaticMapping
        & $road (Get-NetNat -Namespace web) | Remove-NetNat
        & $road (Get-NetContainer web) | Connect-Container -Bridge br0 -InterfaceName x0 |
            ForEach-Object InterfaceAlias | Should -Be x0
        & $road (Get-NetContainer web) | Disconnect-Container -InterfaceName x0
        & $road (Get-NetNamespace web) | Disconnect-Container -InterfaceName eth1
        & $road (Get-NetLink br0 -Namespace web) | Remove-NetLink
        (Get-IpJson -In web link show).ifname | Should -BeExactly lo
        ip -n web rule del pref 100
        Initialize-Place web
        (Get-State) | Should -BeExactly $before
    }

    It 'is this machine''s from a job' {
        $records = @(Read-Job)
        $records.Count | Should -Be $items.Count
        $records[0].PSComputerName | Should -Be localhost
        ($records | Invoke-NetNamespace { (Get-NetNamespace -Current).Name }) | Sort-Object -Unique | Should -Be web
        $records[0] | ConvertTo-Json -WarningAction Ignore | ConvertFrom-Json | Set-NetLink -Mtu 1400
        (Get-IpJson -In web link show eth0).mtu | Should -Be 1400
        ip -n web link set eth0 mtu 1500
        $named = @($records | Select-Object Name, Namespace, PSComputerName, PSShowComputerName)
        $named | Invoke-NetNamespace { (Get-NetNamespace -Current).Name } | Sort-Object -Unique | Should -Be web
        $session = New-NetNamespaceSession web
        try { (Invoke-Command -Session $session { Get-NetLink eth0 } | Get-NetLink).Namespace | Should -Be web }
        finally { $session | Remove-PSSession }
        (Get-State) | Should -BeExactly $before
    }
}

Describe 'An object that has its like' {
    BeforeAll {
        # How objects are made that a first look takes for the same, read, removed, and seen by another program.
        $kinds = @{
            NetRule = @{
                Make = {
                    'from 10.1.0.0/16', 'from 10.1.0.0/16 iif eth0', 'from 10.1.0.0/16 fwmark 0x1',
                    'from 10.1.0.0/16 fwmark 0/0xff', 'from 10.1.0.0/16 oif eth0' |
                        ForEach-Object { "rule add pref 50 $_ lookup 100" } | ip -n web -batch -
                }
                Get = { Get-NetRule -Priority 50 -Namespace web -ErrorAction Ignore }
                Remove = { $input | Remove-NetRule -ErrorAction Stop }
                Show = { ip -n web rule show pref 50 }
            }
            NetRoute = @{
                Make = {
                    'via 10.0.3.1', 'via 10.0.3.1 src 10.0.3.20', 'via 10.0.3.2', 'via 10.0.3.1 mtu 1400', 'dev eth0',
                    'via 10.0.3.1 table 100', 'nexthop via 10.0.3.1 nexthop via 10.0.3.2',
                    'nexthop via 10.0.3.1 nexthop via 10.0.3.2 weight 2' |
                        ForEach-Object { "route append 10.6.0.0/16 $_" } | ip -n web -batch -
                }
                Get = { Get-NetRoute 10.6.0.0/16 -Table all -Namespace web -ErrorAction Ignore }
                Remove = { $input | Remove-NetRoute -ErrorAction Stop }
                Show = { ip -n web -o route show table all to exact 10.6.0.0/16 }
            }
            NetIPAddress = @{
                Make = {
                    '10.0.8.1/24', '10.0.8.1/25', '10.0.8.1 peer 10.0.8.2/32' |
                        ForEach-Object { "addr add $_ dev eth0" } | ip -n web -batch -
                }
                Get = { Get-NetIPAddress 10.0.8.1 -Namespace web -ErrorAction Ignore }
                Remove = { $input | Remove-NetIPAddress -ErrorAction Stop }
                Show = { ip -n web -o addr show to 10.0.8.1 }
            }
            NetNeighbor = @{
                Make = {
                    '10.0.3.8 lladdr 02:00:00:00:00:08 dev eth0', '10.0.3.8 lladdr 02:00:00:00:00:08 dev br0',
                    'proxy 10.0.3.8 dev eth0' |
                        ForEach-Object { "neigh add $_" } | ip -n web -batch -
                }
                Get = {
                    $false, $true |
                        ForEach-Object { Get-NetNeighbor 10.0.3.8 -Proxy:$_ -Namespace web -ErrorAction Ignore }
                }
                Remove = { $input | Remove-NetNeighbor -ErrorAction Stop }
                Show = { @(ip -n web neigh show nud all) + @(ip -n web neigh show proxy) -match '10.0.3.8 ' }
            }
            BridgeFdbEntry = @{
                Make = {
                    'self', 'master static' | ForEach-Object { "fdb add 02:00:00:00:00:08 dev eth1 $_" } |
                        bridge -n web -batch -
                }
                Get = { Get-BridgeFdbEntry -MacAddress 02:00:00:00:00:08 -Namespace web }
                Remove = { $input | Remove-BridgeFdbEntry -ErrorAction Stop }
                Show = { @(bridge -n web fdb show) -match '00:08 ' }
            }
            NetNatStaticMapping = @{
                Make = {
                    $mapping = @{
                        Protocol = 'Tcp'
                        InternalIPAddress = '10.0.3.100'
                        InternalPort = 81
                        Namespace = 'web'
                    }
                    8001, 8002 | ForEach-Object { Add-NetNatStaticMapping nat0 -ExternalPort $_ @mapping } | Out-Null
                }
                Get = { Get-NetNatStaticMapping -Namespace web | Where-Object InternalPort -eq 81 }
                Remove = { $input | Remove-NetNatStaticMapping -ErrorAction Stop }
                Show = { @(ip netns exec web nft list ruleset) -match 'dport 800[12]' | Select-Object -Unique }
            }
        }
        function Get-Text($Items) {
            @($Items | Select-Object * -ExcludeProperty Used, Updated |
                ForEach-Object { $_ | ConvertTo-Json -Depth 3 -Compress })
        }
    }

    It 'is the only one that goes: <Kind> from <Road>' -ForEach @(
        $names = 'NetRule', 'NetRoute', 'NetIPAddress', 'NetNeighbor', 'BridgeFdbEntry', 'NetNatStaticMapping'
        foreach ($kind in $names) {
            foreach ($road in 'JSON of depth 1', 'JSON of depth 2', 'CLIXML', 'CSV', 'Select-Object') {
                @{ Kind = $kind; Road = $road }
            }
        }
    ) {
        $steps = $kinds[$Kind]
        & $steps.Make
        $items = @(& $steps.Get)
        $items.Count | Should -BeGreaterThan 1
        while ($items.Count) {
            # Neither the first one nor the last one, so that whoever takes one of those is found.
            $meant = $items[$items.Count / 2 - 0.5]
            $shown = @(& $steps.Show)
            & $roads[$Road] $meant | & $steps.Remove
            $items = @($items | Where-Object { $_ -ne $meant })
            Get-Text (& $steps.Get) | Should -BeExactly (Get-Text $items)
            @(& $steps.Show) | Should -HaveCount ($shown.Count - 1)
        }
    }

    It 'stays where its text does not tell it from the other' {
        # Of several ways, what traffic control calls them is no property of theirs.
        1, 2 | ForEach-Object { "route append 10.50.0.0/16 nexthop via 10.0.3.1 realms $_ nexthop via 10.0.3.2" } |
            ip -n web -batch -
        $routes = @(Get-NetRoute 10.50.0.0/16 -Namespace web)
        foreach ($road in 'JSON of depth 1', 'CLIXML', 'CSV', 'Select-Object') {
            $problem = Get-ErrorOf { & $roads[$road] $routes[1] | Remove-NetRoute }
            $problem.FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            @(ip -n web -o route show 10.50.0.0/16) | Should -HaveCount 2
        }
        $routes[1] | Remove-NetRoute
        ip -n web -o route show 10.50.0.0/16 | Should -BeLike '*realm 1*'
        $routes[0] | Remove-NetRoute
        $problem = Get-ErrorOf { & $roads['CSV'] $routes[0] | Remove-NetRoute }
        $problem.FullyQualifiedErrorId | Should -BeLike '*NotFound,*'
    }
}

Describe 'An object of another machine' {
    BeforeAll {
        $remote = @(Read-Remote there)
        $remote += $types | Where-Object { "Deserialized.$_" -notin $remote.PSTypeNames } |
            ForEach-Object { New-Record $_ $remote[0].NamespaceId | Add-Member PSComputerName there -PassThru }
        $forwarded = @(Read-Remote localhost)
        $before = @(Get-State) + @(Get-State web)
    }

    It 'is refused by <Cmdlet>' -ForEach $cmdlets {
        $json = @($remote | ForEach-Object { $_ | ConvertTo-Json -WarningAction Ignore | ConvertFrom-Json })
        $named = @($remote | Select-Object Name, InterfaceAlias, Namespace, PSComputerName)
        # What a forwarded port of this machine's leads to says localhost; it has no id, or that of another machine.
        $near = @($forwarded | Select-Object Name, Namespace, PSComputerName, PSShowComputerName)
        $foreign = @($forwarded | Select-Object * -ExcludeProperty NamespaceId |
            Add-Member NamespaceId 00000001-5 -PassThru)
        foreach ($records in $remote, $json, $named, $near, $foreign) {
            $said = @(Invoke-On $records $Cmdlet $More)
            $said | Where-Object { $_ -notin $refusals -and $_ -notlike 'Parameter*' } | Sort-Object -Unique |
                Should -BeNullOrEmpty
            $said | Should -HaveCount $records.Count
            if ([object]::ReferenceEquals($records, $remote)) { $said | Should -Contain 'OtherMachine' }
        }
        @(Get-State) + @(Get-State web) | Should -BeExactly $before
    }

    It 'is refused where it names a file' {
        "lxc.net.0.type = veth" | Set-Content "$TestDrive/config"
        $config = Get-LxcNetworkConfig -Path "$TestDrive/config" |
            Select-Object *, @{ Name = 'PSComputerName'; Expression = { 'there' } }
        (Get-ErrorOf { $config | Remove-LxcNetworkConfig }).FullyQualifiedErrorId | Should -BeLike 'OtherMachine,*'
        Get-Content "$TestDrive/config" | Should -Be 'lxc.net.0.type = veth'
    }
}

Describe 'An object whose namespace was made anew' {
    BeforeAll {
        $items = @(. $read)
        $id = $items[0].NamespaceId
        $seen = @($items | ForEach-Object { $_.GetType() })
        $others = @($types | Where-Object { $_ -notin $seen } | ForEach-Object { New-Record $_ $id })
        $records = @(
            'itself', 'JSON of depth 2', 'CLIXML', 'CSV', 'Select-Object' |
                ForEach-Object { & $roads[$_] ($items + $others) }
        ) + @(Read-Job)
        Remove-NetNamespace web
        $null = New-NetNamespace web
        Initialize-Place web
        $before = @(Get-State) + @(Get-State web)

        # As Import-Clixml and Select-Object leave it, with the name of its type, and as ConvertFrom-Json makes it.
        function Get-Without($Item, [string[]] $Name) {
            $record = $Item | Select-Object * -ExcludeProperty $Name
            $record.PSTypeNames.Insert(0, $Item.PSTypeNames[0])
            $record
        }
        $lost = foreach ($item in $items + $others) {
            Get-Without $item Namespace
            Get-Without $item Namespace, NamespaceId
            Get-Without $item Namespace | ConvertTo-Json -WarningAction Ignore | ConvertFrom-Json
            Get-Without $item Namespace, NamespaceId | Add-Member Namespace $null -PassThru
        }
        $unreadable = $null, '', @{ Text = 'web' }, @('web', 'web'), @(),
            [pscustomobject] @{ Text = 'web'; Cookie = 5 }, 1.5, $true
        $lost += foreach ($value in $unreadable) {
            [pscustomobject] @{ Name = 'eth0'; InterfaceAlias = 'eth0'; Namespace = $value }
        }
    }

    It 'is refused by <Cmdlet>, whichever way it came' -ForEach $cmdlets {
        $said = @(Invoke-On $records $Cmdlet $More)
        $said | Where-Object { $_ -notin $refusals -and $_ -notlike 'Parameter*' } | Sort-Object -Unique |
            Should -BeNullOrEmpty
        $said.Count | Should -Be $records.Count
        $said | Should -Contain 'NamespaceChanged'
        @(Get-State) + @(Get-State web) | Should -BeExactly $before
    }

    It 'is refused by <Cmdlet> when it has lost its namespace' -ForEach $cmdlets {
        $said = @(Invoke-On $lost $Cmdlet $More)
        $said | Where-Object { $_ -notin $refusals -and $_ -ne 'ContainerNotFound' -and $_ -notlike 'Parameter*' } |
            Sort-Object -Unique | Should -BeNullOrEmpty
        $said.Count | Should -Be $lost.Count
        @(Get-State) + @(Get-State web) | Should -BeExactly $before
    }
}

Describe 'An object that is given for a name' {
    BeforeAll { $before = @(Get-State); $beforeWeb = @(Get-State web) }

    It 'works where it is of: <Command>' -ForEach @(
        @{ Command = { Set-NetLink (Get-NetLink eth0 -Namespace web) -Mtu 1400 }; Undo = 'link set eth0 mtu 1500' }
        @{ Command = { Rename-NetLink (Get-NetLink eth0 -Namespace web) zz }; Undo = 'link set zz name eth0' }
        @{ Command = { foreach ($link in Get-NetLink eth0 -Namespace web) { Set-NetLink $link -Mtu 1400 } }
            Undo = 'link set eth0 mtu 1500'
        }
        @{ Command = { Set-NetLink -InterfaceAlias @(Get-NetLink eth0, eth1 -Namespace web) -Mtu 1400 }
            Undo = 'link set eth0 mtu 1500', 'link set eth1 mtu 1500'
        }
        @{ Command = { New-NetIPAddress 10.0.7.7/24 -InterfaceAlias (Get-NetLink eth0 -Namespace web) }
            Undo = 'addr del 10.0.7.7/24 dev eth0'
        }
        @{ Command = { New-NetRoute 10.7.0.0/16 -InterfaceAlias (Get-NetLink eth0 -Namespace web) }
            Undo = 'route del 10.7.0.0/16'
        }
        @{ Command = { Set-NetLink eth0 -Master (Get-NetLink br0 -Namespace web) }; Undo = 'link set eth0 nomaster' }
        @{ Command = { Remove-BridgePort (Get-NetLink eth1 -Namespace web) }; Undo = 'link set eth1 master br0' }
        @{ Command = { New-VethPair x0 x1 -Bridge (Get-NetBridge br0 -Namespace web) }; Undo = 'link del x0' }
    ) {
        $null = & $Command
        @(Get-State web) | Should -Not -Be $beforeWeb
        @(Get-State) | Should -BeExactly $before
        $Undo | ip -n web -batch -
        bridge -n web fdb replace 02:00:00:00:00:77 dev eth1 master static
        @(Get-State web) | Sort-Object | Should -BeExactly ($beforeWeb | Sort-Object)
    }

    It 'works where it is of, from <_>' -ForEach 'itself', 'CLIXML' {
        Remove-NetIPAddress (& $roads[$_] (Get-NetIPAddress 10.0.3.20 -Namespace web))
        (Get-IpJson -In web addr show eth0).addr_info.local | Should -Not -Contain 10.0.3.20
        ip -n web addr add 10.0.3.20/24 dev eth0
        Remove-NetLink (& $roads[$_] (Get-NetLink br0 -Namespace web))
        Test-Link br0 -In web | Should -BeFalse
        @(Get-State) | Should -BeExactly $before
        ip netns del web
        ip netns add web
        Initialize-Place web
    }

    It 'is nowhere else: <Command>' -ForEach @(
        @{ Command = { Remove-NetLink (Get-NetLink eth0 -Namespace web) -Namespace host } }
        @{ Command = { Remove-NetLink @((Get-NetLink eth0 -Namespace web), (Get-NetLink eth1)) } }
        @{ Command = { Get-NetLink eth0 | Set-NetLink -Master (Get-NetLink br0 -Namespace web) } }
        @{ Command = { New-VethPair x0 x1 -Bridge (Get-NetBridge br0 -Namespace web) -Namespace host } }
        @{ Command = {
                Connect-Container web -Bridge (Get-NetBridge br0 -Namespace web) -InterfaceName x0 -HostNamespace host
            }
        }
        @{ Command = { Remove-NetLink ([pscustomobject] @{ Name = 'eth0'; Namespace = @{ Text = 'web' } }) } }
    ) {
        $beforeWeb = @(Get-State web)
        $problem = Get-ErrorOf $Command
        $problem.FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        @(Get-State) | Should -BeExactly $before
        @(Get-State web) | Should -BeExactly $beforeWeb
    }

    It 'is taken literally, and is a namespace by more than its name' {
        ip -n web link add 'a[b]' type bridge
        ip -n web link add ab type bridge
        Remove-NetLink (Get-NetLink 'a`[b`]' -Namespace web)
        (Get-IpJson -In web link show type bridge).ifname | Should -Contain ab
        Test-Link 'a[b]' -In web | Should -BeFalse
        ip -n web link del ab
        $namespace = New-NetNamespace x0
        ip netns del x0
        ip netns add x0
        (Get-ErrorOf { Remove-NetNamespace $namespace }).FullyQualifiedErrorId | Should -BeLike 'NamespaceChanged,*'
        Remove-NetNamespace (Get-NetNamespace x0)
        ip netns list | Should -Not -Contain x0
    }
}

Describe 'What is written beside an object' {
    BeforeAll { $before = @(Get-State) + @(Get-State web) }

    It 'is no other namespace than the object''s: <Command>' -ForEach (@(
        { Get-NetLink eth0 -Namespace web | Remove-NetLink -Namespace host }
        { Get-NetNamespace web | Remove-NetLink eth0 -Namespace host }
        { Get-NetLink eth0 -Namespace web | Select-Object Name, NamespaceId | Remove-NetLink -Namespace host }
        { Get-NetRoute 10.5.0.0/16 -Namespace web | Remove-NetRoute -Namespace { 'host' } }
        { Remove-NetLink eth0 -Namespace $null }
        { Remove-NetLink eth0 -Namespace '' }
        { New-VethPair x0 x1 -PeerNamespace $null }
        { $null | Remove-NetLink eth0 }
        { 1, 'web', @{ Namespace = 'web' } | Select-Object -First 1 | Remove-NetLink eth0 }
        { , @{ Namespace = 'web' } | Remove-NetLink eth0 }
        { , @{ Namespace = 'web' } | Remove-NetLink eth0 -Namespace host }
        { Get-NetNamespace web | Select-Object Name, Path, Id | ConvertTo-Json | ConvertFrom-Json | Remove-NetLink }
        { Get-NetContainer web | Select-Object Name, Runtime | ConvertTo-Json | ConvertFrom-Json | Remove-NetLink eth0 }
        { Remove-NetRoute -InputRoute (Get-NetRoute 10.5.0.0/16 -Namespace web) -Namespace host }
    ) | ForEach-Object { @{ Command = $_ } }) {
        $refused = '^(InvalidArgument|InvalidName|NamespaceChanged|ParameterArgumentValidationError.*),'
        (Get-ErrorOf $Command).FullyQualifiedErrorId | Should -Match $refused
        @(Get-State) + @(Get-State web) | Should -BeExactly $before
    }

    It 'is no other object than the one in the pipeline: <Command>' -ForEach (@(
        { Get-NetNamespace web | Remove-NetNamespace other }
        { Get-NetNamespace web | Get-NetNamespace other }
        { Get-NetLink eth0 -Namespace web | Remove-NetLink eth1 }
        { Get-NetLink eth0 -Namespace web | Set-NetLink eth1 -Mtu 1400 }
        { Get-NetLink eth0 -Namespace web | Select-Object * | Remove-NetLink eth1 }
        { Get-NetRoute 10.5.0.0/16 -Namespace web | Remove-NetRoute 10.0.3.0/24 }
        { Get-NetRoute 10.5.0.0/16 -Namespace web | Remove-NetRoute -InterfaceAlias br0 }
        { Get-NetRoute 10.5.0.0/16 -Namespace web | Select-Object * | Remove-NetRoute -NextHop 10.0.3.2 }
        { Get-NetRule -Priority 100 -Namespace web | Remove-NetRule -Priority 32766 }
        { Get-NetIPAddress 10.0.3.20 -Namespace web | Remove-NetIPAddress 10.0.3.100 }
        { Get-NetIPAddress 10.0.3.20 -Namespace web |
            Set-NetIPAddress 10.0.3.100 -ValidLifetime 600 -PreferredLifetime 600 }
        { Get-NetNeighbor 10.0.3.9 -Namespace web | Remove-NetNeighbor 10.0.3.8 }
        { Get-BridgeFdbEntry eth1 -MacAddress 02:00:00:00:00:77 -Namespace web |
            Remove-BridgeFdbEntry eth1 -MacAddress 02:00:00:00:00:76 }
        { Get-NetNatStaticMapping -Namespace web | Remove-NetNatStaticMapping -StaticMappingID 999 }
        { Get-NetNat -Namespace web | Remove-NetNat other }
        { Get-BridgePort br0 -Namespace web | Remove-BridgePort eth0 }
        { Get-NetBridge br0 -Namespace web | Set-NetBridge br1 -AgeingTime 100 }
        { Get-NetBridge br0 -Namespace web | Set-BridgePort br1 -InterfaceAlias '*' -Cost 5 }
        { Get-NetBridge br0 -Namespace web | Get-BridgeFdbEntry -Bridge br1 }
        { Get-NetBridge br0 -Namespace web | Get-BridgeFdbEntry eth1 }
    ) | ForEach-Object { @{ Command = $_ } }) {
        ip netns add other
        try { Get-ErrorOf $Command | Should -Not -BeNullOrEmpty; ip netns list | Should -Contain other }
        finally { ip netns del other }
        @(Get-State) + @(Get-State web) | Should -BeExactly $before
    }

    It 'makes a namespace of a name only' {
        $made = 'x0', [pscustomobject] @{ Name = 'x1' },
            ([pscustomobject] @{ Name = 'x2'; Namespace = 'x2'; IsHost = $false }) | New-NetNamespace
        $made.Name | Should -Be x0, x1, x2
        $made | Remove-NetNamespace
        $link = Get-NetLink eth0
        $json = $link | ConvertTo-Json -WarningAction Ignore | ConvertFrom-Json
        foreach ($item in [pscustomobject] @{ Text = 'x0' }, @{ Name = 'x0' }, $link, $json) {
            (Get-ErrorOf { $item | New-NetNamespace }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        }
        @(Get-State) + @(Get-State web) | Should -BeExactly $before
    }

    It 'is the same one in other words' {
        (Get-NetLink eth0 -Namespace web | Get-NetLink -Namespace /run/netns/web).Namespace | Should -Be web
        ([pscustomobject] @{ Name = 'eth0' } | Get-NetLink -Namespace { 'web' }).Namespace | Should -Be web
        $elsewhere = Get-NetRoute 10.5.0.0/16 -Namespace web |
            Select-Object * -ExcludeProperty Namespace, NamespaceId, InterfaceIndex
        ($elsewhere | Get-NetRoute -Namespace host).Namespace | Should -Be host
    }

    It 'says where to read it again, not from where it was read' {
        foreach ($path in '/proc/thread-self/ns/net', '/proc/self/ns/net') {
            $found = (Get-NetLink eth0 -Namespace $path).Namespace, (Get-NetNamespace -Current).Namespace
            $found | Should -Be host, host
        }
        $said = Invoke-NetNamespace web { Get-NetLink eth0 -Namespace /proc/thread-self/ns/net; Get-NetLink eth0 } |
            Select-Object Name, Namespace | ConvertTo-Json | ConvertFrom-Json
        $said.Namespace | Should -Be web, web
        $link = Get-NetLink eth0
        Enter-NetNamespace web
        try {
            $json = $link | ConvertTo-Json -WarningAction Ignore | ConvertFrom-Json
            ($json | Get-NetLink).NamespaceId | Should -Be $link.NamespaceId
        }
        finally { Exit-NetNamespace }
    }

    It 'makes -Destination and -HostNamespace no part of it' {
        Get-NetLink eth0 -Namespace web | ConvertTo-Json -WarningAction Ignore | ConvertFrom-Json |
            Move-NetLink -Destination host -NewName x0
        (Get-IpJson link show x0).ifname | Should -Be x0
        ip link set x0 netns web name eth0 up
    }
}
