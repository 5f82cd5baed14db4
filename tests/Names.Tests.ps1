BeforeDiscovery {
    . $PSScriptRoot/common.ps1
    $null = ip l2tp show tunnel 2>&1
    $lacksL2tp = $LASTEXITCODE -and $env:LXCNETWORKING_LANE -ne 'full-kernel'
    $null = ip link add probe0 type bridge vlan_filtering 1 2>&1
    $lacksVlan = $LASTEXITCODE -and $env:LXCNETWORKING_LANE -ne 'full-kernel'
    $null = ip link del probe0 2>&1
    $lacksVxlan = -not (Test-LinkKind vxlan)
    # What an object brings, by cmdlet and parameter: it names a[b] (or an address), and there is ab too, which the same
    # text means as a pattern. Run emits or fails about what it has found, or Left tells what it has left alone.
    $links = 'Get-NetLink', 'Get-BridgePort', 'Get-BridgeFdbEntry', 'Get-BridgeMdbEntry', 'Get-NetIPAddress',
        'Get-NetRoute', 'Get-NetNextHop', 'Get-NetNeighbor', 'Get-NetIPInterface', 'Get-NetForwarding',
            'Get-NetIPConfiguration'
    $cases = @(
        foreach ($name in $links) {
            @{ Cmdlet = $name; Parameter = 'InterfaceAlias'; Run = [scriptblock]::Create("`$record | $name") }
        }
        # What is not of the kind is an error about the link.
        foreach ($name in 'Set-IpvlanLink', 'Set-VlanLink', 'Set-BondLink', 'Set-VxlanLink', 'Set-GreTunnel',
            'Set-GeneveLink', 'Set-NetkitPair', 'Set-MacvlanLink', 'Set-WireGuardLink', 'Get-BondPort',
            'Set-IPTunnel', 'Set-MacsecLink', 'Set-VtiLink', 'Set-XfrmLink', 'Get-WireGuardPeer') {
            @{ Cmdlet = $name; Parameter = 'InterfaceAlias'; Run = [scriptblock]::Create("`$record | $name") }
        }
        @{ Cmdlet = 'Set-BondPort'; Parameter = 'InterfaceAlias'; Run = { $record | Set-BondPort -Priority 5 } }
        @{ Cmdlet = 'Set-NetLink'; Parameter = 'InterfaceAlias'; Run = { $record | Set-NetLink -Mtu 1400 -PassThru } }
        @{ Cmdlet = 'Wait-NetLink'; Parameter = 'InterfaceAlias'; Run = { $record | Wait-NetLink -PassThru } }
        @{
            Cmdlet = 'Rename-NetLink'; Parameter = 'InterfaceAlias'; Run = { $record | Rename-NetLink -NewName new }
            Left = { (Get-IpJson link show).ifname }
        }
        @{
            Cmdlet = 'Move-NetLink'; Parameter = 'InterfaceAlias'
            Run = { $record | Move-NetLink -Destination ab -NewName moved }
            Left = { (Get-IpJson link show).ifname }
        }
        @{
            Cmdlet = 'Remove-NetLink'; Parameter = 'InterfaceAlias'; Run = { $record | Remove-NetLink }
            Left = { (Get-IpJson link show).ifname }
        }
        @{
            Cmdlet = 'Request-DhcpLease'; Parameter = 'InterfaceAlias'
            Run = { $record | Request-DhcpLease -Timeout 0.2 }
        }
        @{
            Cmdlet = 'Add-BridgePort'; Parameter = 'InterfaceAlias'
            Run = { ip link set 'a[b]' nomaster; ip link set ab nomaster; $record | Add-BridgePort br0 }
        }
        @{
            Cmdlet = 'Set-BridgePort'; Parameter = 'InterfaceAlias'
            Run = { $record | Set-BridgePort -Isolated $true -PassThru }
        }
        @{ Cmdlet = 'Set-BridgeHairpin'; Parameter = 'InterfaceAlias'; Run = { $record | Set-BridgeHairpin -PassThru } }
        @{
            Cmdlet = 'Remove-BridgePort'; Parameter = 'InterfaceAlias'; Run = { $record | Remove-BridgePort }
            Left = { (Get-IpJson link show master br0).ifname }
        }
        @{
            Cmdlet = 'Remove-BridgeFdbEntry'; Parameter = 'InterfaceAlias'
            Run = { $record | Remove-BridgeFdbEntry -MacAddress 02:00:00:00:00:01, 02:00:00:00:00:02 }
            Left = { (bridge -j fdb show br br0 | ConvertFrom-Json | Where-Object mac -like 02:00:00:00:00:0?).ifname }
        }
        @{
            Cmdlet = 'Get-VxlanVni'; Parameter = 'InterfaceAlias'; Run = {
                foreach ($name in 'a[b]', 'ab') {
                    ip link del $name
                    ip link add $name type vxlan external vnifilter dstport 4789
                    bridge vni add vni $name.Length dev $name
                }
                $record | Get-VxlanVni
            }
        }
        @{
            Cmdlet = 'Set-NetLinkQuality'; Parameter = 'InterfaceAlias'
            Run = { $record | Set-NetLinkQuality -Rate 9Mbit -PassThru }
        }
        @{
            Cmdlet = 'Get-NetLinkQuality'; Parameter = 'InterfaceAlias'; Run = {
                foreach ($name in 'a[b]', 'ab') { tc qdisc add dev $name root tbf rate 9mbit burst 9000 limit 9000 }
                $record | Get-NetLinkQuality
            }
        }
        @{ Cmdlet = 'Remove-NetLinkQuality'; Parameter = 'InterfaceAlias'; Run = { $record | Remove-NetLinkQuality } }
        @{ Cmdlet = 'Add-VxlanVni'; Parameter = 'InterfaceAlias'; Run = { $record | Add-VxlanVni -Vni 7 } }
        @{ Cmdlet = 'Remove-VxlanVni'; Parameter = 'InterfaceAlias'; Run = { $record | Remove-VxlanVni -Vni 7 } }
        @{
            Cmdlet = 'Add-BridgeMdbEntry'; Parameter = 'InterfaceAlias'
            Run = { $record | Add-BridgeMdbEntry -Group 239.1.1.9 }
        }
        @{
            Cmdlet = 'Remove-BridgeMdbEntry'; Parameter = 'InterfaceAlias'
            Run = { $record | Remove-BridgeMdbEntry -Group 239.1.1.1 }
            Left = { ((bridge -j mdb show dev br0 | ConvertFrom-Json).mdb | Where-Object grp -EQ 239.1.1.1).port }
        }
        @{
            Cmdlet = 'Get-BridgeMulticastRouter'; Parameter = 'InterfaceAlias'
            Run = { $record | Get-BridgeMulticastRouter }
        }
        @{
            Cmdlet = 'Get-BridgeVlanGlobal'; Parameter = 'Name'; Given = 'c[d]'; Other = 'cd'; Skip = $lacksVlan
            Run = { $record | Get-BridgeVlanGlobal | ForEach-Object Bridge }
        }
        @{
            Cmdlet = 'Set-BridgeVlanGlobal'; Parameter = 'Name'; Given = 'c[d]'; Other = 'cd'; Skip = $lacksVlan
            Run = {
                $record | Set-BridgeVlanGlobal -VlanId 1 -IgmpVersion 3 -PassThru -WarningAction Ignore |
                    ForEach-Object Bridge
            }
        }
        @{
            Cmdlet = 'Get-BridgeVlan'; Parameter = 'InterfaceAlias'; Run = { $record | Get-BridgeVlan }
            Skip = $lacksVlan
        }
        @{ Cmdlet = 'Add-BridgeVlan'; Parameter = 'InterfaceAlias'; Run = { $record | Add-BridgeVlan -VlanId 7 } }
        @{
            Cmdlet = 'Set-BridgeVlan'; Parameter = 'InterfaceAlias'; Skip = $lacksVlan
            Run = { $record | Set-BridgeVlan -VlanId 1 -State Learning -PassThru -WarningAction Ignore }
        }
        @{
            Cmdlet = 'Remove-BridgeVlan'; Parameter = 'InterfaceAlias'
            Run = { $record | Remove-BridgeVlan -VlanId 1 -ErrorAction Ignore }
            Left = { (bridge -j vlan show | ConvertFrom-Json | Where-Object vlans).ifname }; Skip = $lacksVlan
        }
        @{
            Cmdlet = 'Get-NetBridge'; Parameter = 'Name'; Given = 'c[d]'; Other = 'cd'
            Run = { $record | Get-NetBridge }
        }
        @{
            Cmdlet = 'Set-NetBridge'; Parameter = 'Name'; Given = 'c[d]'; Other = 'cd'
            Run = { $record | Set-NetBridge -Priority 4096 -PassThru }
        }
        @{
            Cmdlet = 'Set-NetIPAddress'; Parameter = 'InterfaceAlias'
            Run = { $record | Set-NetIPAddress -ValidLifetime 9999 -PassThru }
        }
        @{
            Cmdlet = 'Remove-NetIPAddress'; Parameter = 'InterfaceAlias'
            Run = { $record | Remove-NetIPAddress -AddressFamily IPv4 }
            Left = { (Get-IpJson -4 address show | Where-Object addr_info).ifname }
        }
        @{
            Cmdlet = 'Remove-NetRoute'; Parameter = 'InterfaceAlias'
            Run = { $record | Remove-NetRoute -AddressFamily IPv4 }
            Left = { (Get-IpJson -4 route show).dev }
        }
        @{
            Cmdlet = 'Remove-NetNextHop'; Parameter = 'InterfaceAlias'; Run = { $record | Remove-NetNextHop }
            Left = { (Get-IpJson nexthop).dev }
        }
        @{
            Cmdlet = 'Set-NetNeighbor'; Parameter = 'InterfaceAlias'
            Run = { $record | Set-NetNeighbor -State Stale -PassThru }
        }
        @{
            Cmdlet = 'Remove-NetNeighbor'; Parameter = 'InterfaceAlias'; Run = { $record | Remove-NetNeighbor }
            Left = { (Get-IpJson neighbour show).dev }
        }
        @{
            Cmdlet = 'Set-NetForwarding'; Parameter = 'InterfaceAlias'
            Run = { $record | Set-NetForwarding -AddressFamily IPv4 -PassThru }
        }
        @{
            Cmdlet = 'Get-L2tpSession'; Parameter = 'InterfaceAlias'; Given = 'l[t]'; Other = 'lt'
            Run = { $record | Get-L2tpSession }
            Skip = $lacksL2tp
        }
        @{
            Cmdlet = 'Remove-L2tpSession'; Parameter = 'InterfaceAlias'; Given = 'l[t]'; Other = 'lt'
            Run = { $record | Remove-L2tpSession }
            Left = { (Get-IpJson link show).ifname }; Skip = $lacksL2tp
        }
        @{
            Cmdlet = 'Get-NetSegment'; Parameter = 'Bridge'; Given = 'c[d]'; Other = 'cd'; Skip = $lacksVxlan
            Run = {
                $ends = @{ Local = '192.0.2.1'; Remote = '192.0.2.2'; Encapsulation = 'Vxlan' }
                foreach ($key in 1, 2) { $null = Connect-NetSegment ('c[d]', 'cd')[$key - 1] @ends -Key $key -Force }
                $record | Get-NetSegment
            }
        }
        @{ Cmdlet = 'Get-NetState'; Parameter = 'Name'; Run = { $record | Get-NetState | ForEach-Object name } }
        @{
            Cmdlet = 'Remove-NetState'; Parameter = 'Name'; Run = { $record | Remove-NetState }
            Left = { (Get-NetState -Name *).name }
        }
        @{ Cmdlet = 'Confirm-NetState'; Parameter = 'Name'; Run = { $record | Confirm-NetState } }
        @{ Cmdlet = 'Restore-NetState'; Parameter = 'Name'; Run = { $record | Restore-NetState } }
        @{ Cmdlet = 'Get-NetNat'; Parameter = 'Name'; Run = { $record | Get-NetNat } }
        @{
            Cmdlet = 'Remove-NetNat'; Parameter = 'Name'; Run = { $record | Remove-NetNat }
            Left = { (Get-NetNat).Name }
        }
        @{ Cmdlet = 'Get-NetNatSession'; Parameter = 'NatName'; Run = { $record | Get-NetNatSession } }
        @{ Cmdlet = 'Get-NetNatStaticMapping'; Parameter = 'NatName'; Run = { $record | Get-NetNatStaticMapping } }
        @{
            Cmdlet = 'Remove-NetNatStaticMapping'; Parameter = 'NatName'; Run = { $record | Remove-NetNatStaticMapping }
            Left = { (Get-NetNatStaticMapping).NatName }
        }
        @{
            Cmdlet = 'Get-ContainerNetwork'; Parameter = 'Name'; Given = 'n[o]'; Other = 'no'
            Run = { $record | Get-ContainerNetwork }
        }
        @{
            Cmdlet = 'Get-DhcpLease'; Parameter = 'Name'; Given = 'n[o]'; Other = 'no'
            Run = { $record | Get-DhcpLease }
        }
        @{
            Cmdlet = 'Remove-ContainerNetwork'; Parameter = 'Name'; Given = 'n[o]'; Other = 'no'
            Run = { $record | Remove-ContainerNetwork }
            Left = { (Get-IpJson link show).ifname }
        }
        @{ Cmdlet = 'Get-NetContainer'; Parameter = 'Name'; Run = { $record | Get-NetContainer } }
        @{
            Cmdlet = 'Disconnect-Container'; Parameter = 'InterfaceName'
            Run = { $record | Disconnect-Container -Container ab }
            Left = { (Get-IpJson -In ab link show).ifname }
        }
        @{
            Cmdlet = 'Get-LxcNetworkConfig'; Parameter = 'Container'
            Run = { $record.Container | Get-LxcNetworkConfig -LxcPath $TestDrive/lxc }
        }
        @{
            Cmdlet = 'Get-LxcNetworkConfig'; Parameter = 'Path'; Given = 'a*'; Other = 'ab'
            Run = { [pscustomobject]@{ Path = "$TestDrive/lxc/a*/config" } | Get-LxcNetworkConfig }
        }
        # Nothing has these, but they match what is there.
        foreach ($name in 'Get-NetIPAddress', 'Get-NetNeighbor', 'Remove-NetNeighbor', 'Remove-NetIPAddress') {
            foreach ($text in '10.2.0.*', '*') {
                @{
                    Cmdlet = $name; Parameter = 'IPAddress'; Given = $text
                    Run = [scriptblock]::Create("`$record | $name")
                }
            }
        }
        @{
            Cmdlet = 'Set-NetIPAddress'; Parameter = 'IPAddress'; Given = '10.2.0.*'
            Run = { $record | Set-NetIPAddress -ValidLifetime 9999 -PassThru }
        }
        @{
            Cmdlet = 'Set-NetNeighbor'; Parameter = 'IPAddress'; Given = '10.2.0.0/24'
            Run = { $record | Set-NetNeighbor -State Stale -PassThru }
        }
        @{
            Cmdlet = 'Remove-NetNeighbor'; Parameter = 'IPAddress'; Given = '10.2.0.0/24'
            Run = { $record | Remove-NetNeighbor }
            Left = { (Get-IpJson neighbour show).dev }
        }
        @{ Cmdlet = 'Get-NetRoute'; Parameter = 'DestinationPrefix'; Given = '*'; Run = { $record | Get-NetRoute } }
        @{
            Cmdlet = 'Remove-NetRoute'; Parameter = 'DestinationPrefix'; Given = '10.*'
            Run = { $record | Remove-NetRoute }
        }
    )
    $run = @($cases | Select-Case)
    $cases | ForEach-Object {
        if (-not $_.Given) { $_.Given = 'a[b]' }
        if (-not $_.Other) { $_.Other = 'ab' }
        $_.Skip = [bool] $_.Skip
    }
}

BeforeAll { . $PSScriptRoot/common.ps1 }

Describe 'A name that an object brings' {
    BeforeAll {
        # What is emitted or failed about, by its name.
        function Get-About {
            param([scriptblock] $Block)
            $ErrorActionPreference = 'Continue'
            & $Block 2>&1 | ForEach-Object {
                $about = $_ -is [System.Management.Automation.ErrorRecord] ? $_.TargetObject : $_
                $about -is [string] ? $about :
                    ($about.Container ?? $about.InterfaceAlias ?? $about.NatName ?? $about.Name)
            } | Select-Object -Unique
        }
    }

    BeforeEach {
        ip netns add 'a[b]'
        ip netns add ab
        ip -n ab link add 'a[b]' type bridge
        ip -n ab link add ab type bridge
        ip link add br0 type bridge
        ip link set br0 up
        $i = 0
        foreach ($name in 'a[b]', 'ab') {
            $i++
            ip link add $name type veth peer name "p$i"
            ip link set $name up master br0
            ip link set "p$i" up
            ip address add "10.$i.0.1/24" dev $name
            ip neighbour add "10.$i.0.9" lladdr 02:00:00:00:00:09 dev $name
            ip nexthop add id $i via "10.$i.0.9" dev $name
            bridge fdb add "02:00:00:00:00:0$i" dev $name master static
            bridge mdb add dev br0 port $name grp 239.1.1.1 permanent
        }
        ip link add 'c[d]' type bridge
        ip link add cd type bridge
        $null = New-Item "$TestDrive/lxc/a[b]", "$TestDrive/lxc/ab" -ItemType Directory -Force
        foreach ($name in 'a[b]', 'ab') {
            Set-Content -LiteralPath "$TestDrive/lxc/$name/config" 'lxc.net.0.type = veth'
        }
    }

    AfterEach {
        Get-NetLink | Where-Object Kind -ne loopback | Remove-NetLink
        foreach ($name in 'a[b]', 'ab') { ip netns del $name }
    }

    It '<Cmdlet> takes -<Parameter> <Given> literally' -ForEach $run {
        if ($Skip) { return Set-ItResult -Skipped -Because 'the kernel lacks it' }
        $temporary = $env:TMPDIR
        switch -Wildcard ($Cmdlet) {
            '*Nat*' {
                $null = New-NetNat ab 10.12.0.0/24 -NoForwarding
                $null = Add-NetNatStaticMapping ab -Protocol Tcp -ExternalPort 8082 -InternalIPAddress 10.12.0.2
            }
            { $_ -like '*ContainerNetwork' -or $_ -eq 'Get-DhcpLease' } { $null = New-ContainerNetwork no 10.14.0.0/24 }
            '*L2tp*' {
                $null = New-L2tpTunnel 1 1 -Local 127.0.0.1 -Remote 127.0.0.2 -SourcePort 5001 -DestinationPort 5002
                $null = New-L2tpSession 'l[t]' -TunnelId 1 -SessionId 1 -PeerSessionId 1
                $null = New-L2tpSession lt -TunnelId 1 -SessionId 2 -PeerSessionId 2
            }
            # Other files of the suite, which run at the same time, look at what is in the folder for temporary files.
            'Request-DhcpLease' { $env:TMPDIR = $TestDrive }
            '*-NetState' { $null = @{ name = 'ab'; links = @(@{ name = 'ab9'; kind = 'bridge' }) } | Set-NetState }
            '?et-BridgeVlanGlobal' { ip link set 'c[d]' type bridge vlan_filtering 1 }
            'Get-BridgeMulticastRouter' { 'a[b]', 'ab' | ForEach-Object { bridge link set dev $_ mcast_router 2 } }
            '?e*-BridgeVlan' { ip link set br0 type bridge vlan_filtering 1 }
        }
        try {
            $record = [pscustomobject]@{ $Parameter = $Given }
            $about = Get-About $Run
            if ($Left) {
                $left = & $Left
                $left | Should -Contain $Other
                if ($Given -notmatch '/') { $left | Should -Not -Contain $Given }
            }
            elseif ($Parameter -in 'IPAddress', 'DestinationPrefix', 'Path') {
                # One error, about no such address.
                @($about).Count | Should -Be 1
                $about | Should -Not -Be $Other
                (Get-IpJson -4 route show).dev | Should -Contain 'ab'
            }
            else { $about | Should -Be $Given }
        }
        finally {
            $env:TMPDIR = $temporary
            Get-ContainerNetwork | Remove-ContainerNetwork
            Get-NetNat | Remove-NetNat
            if ($Cmdlet -like '*-NetState') { Remove-NetState * }
            if ($Cmdlet -like '*L2tp*') { Get-L2tpTunnel | Remove-L2tpTunnel -Force }
        }
    }

    It 'is tried for every parameter that takes patterns and may come from the pipeline' -ForEach @{
        Tried = $cases | ForEach-Object { "$($_.Cmdlet) -$($_.Parameter)" }
    } {
        $all = foreach ($command in Get-Command -Module LxcNetworking -CommandType Cmdlet) {
            foreach ($property in $command.ImplementingType.GetProperties()) {
                $uses = $property.GetCustomAttributes([Parameter], $true)
                if ($uses.Where{ $_.ValueFromPipeline -or $_.ValueFromPipelineByPropertyName } -and
                    $property.IsDefined([SupportsWildcards], $true)) {
                    "$($command.Name) -$($property.Name)"
                }
            }
        }
        $all.Count | Should -BeGreaterThan 40
        $all | Where-Object { $_ -notin $Tried } | Should -BeNullOrEmpty
    }

    It 'is literal with its index too, and where a script block makes it' {
        $index = (Get-IpJson link show dev 'ab').ifindex
        (Get-ErrorOf {
            [pscustomobject]@{ Name = 'a[b]'; InterfaceIndex = $index } | Remove-NetLink
        }).FullyQualifiedErrorId | Should -BeLike 'LinkNotFound,*'
        [pscustomobject]@{ Text = 'a[b]' } | Remove-NetLink -InterfaceAlias { $_.Text }
        (Get-IpJson link show).ifname | Should -Not -Contain 'a[b]'
        Test-Link ab | Should -BeTrue
    }

    It 'is not there although a pattern would match' {
        ip link del 'a[b]'
        (Get-ErrorOf { [pscustomobject]@{ Name = 'a[b]' } | Remove-NetLink }).FullyQualifiedErrorId |
            Should -BeLike 'LinkNotFound,*'
        Test-Link ab | Should -BeTrue
    }
}
