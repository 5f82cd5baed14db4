<#
An object in the pipeline works in the namespace that it names, or fails; never in the session's or in another one that
has the name by now. Every kind of object that names a namespace travels every road into every cmdlet. The session's
namespace, and the one that has the name later, have all that the object's own has: links, addresses, routes, rules,
neighbours and translations under the same names.
#>
BeforeDiscovery { . $PSScriptRoot/pipeline/cmdlets.ps1 }

BeforeAll { . $PSScriptRoot/pipeline/places.ps1 }

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
            # A difference is of a thing that may not be there yet, in a namespace that may not be either.
            $_.GetProperty('Namespace') -and $_.Name -notin 'NetworkStack', 'NetStateDifference'
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
