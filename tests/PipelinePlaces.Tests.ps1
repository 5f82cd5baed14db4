<#
An object of another machine or of a namespace that was made anew, an object that is given for a name, and what is
written beside one. The other tests of objects are in PipelineObjects.Tests.ps1.
#>
BeforeDiscovery { . $PSScriptRoot/pipeline/cmdlets.ps1 }

BeforeAll { . $PSScriptRoot/pipeline/places.ps1 }

AfterAll { Remove-NetNamespace web -Force }

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
