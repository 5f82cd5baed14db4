BeforeAll { . $PSScriptRoot/common.ps1 }

Describe 'Set-NetLink' -Tag PrivilegedContainer {
    BeforeEach {
        ip link add v0 type veth peer name v1
        ip link add br0 type bridge
    }
    AfterEach { ip link del v0; ip link del br0 }

    It 'changes what it is told, and emits nothing' {
        Set-NetLink v0 -Up -Mtu 1400 -MacAddress 02:00:00:00:00:07 -Alias 'to web' -Group 7 -TxQueueLength 50 `
            -Promiscuous $true -Master br0 | Should -BeNullOrEmpty
        $seen = Get-IpJson link show dev v0
        $seen.flags | Should -Contain 'UP'
        $seen.mtu | Should -Be 1400
        $seen.address | Should -Be '02:00:00:00:00:07'
        $seen.ifalias | Should -Be 'to web'
        $seen.group | Should -Be '7'
        $seen.txqlen | Should -Be 50
        $seen.promiscuity | Should -BeGreaterOrEqual 1
        $seen.master | Should -Be 'br0'

        $link = Set-NetLink v0 -Down -NoMaster -Promiscuous $false -Alias '' -PassThru
        $link.IsUp | Should -BeFalse
        $seen = Get-IpJson link show dev v0
        $seen.flags | Should -Not -Contain 'UP'
        $seen.PSObject.Properties.Name | Should -Not -Contain 'master'
        $seen.PSObject.Properties.Name | Should -Not -Contain 'ifalias'
    }

    It 'changes what links of every kind have, and says so before' {
        $change = @{ Arp = $false; AllMulticast = $true; GsoMaxSize = 30000; GroMaxSize = 20000
            BroadcastAddress = '02:00:00:00:00:ff'
            AddressGenerationMode = 'None'; AddAlternativeName = 'a-name-of-more-than-fifteen', 'short' }
        Set-NetLink v0 @change -WhatIf
        (Get-IpJson link show dev v0).gso_max_size | Should -Not -Be 30000
        $link = Set-NetLink v0 @change -PassThru
        $seen = Get-IpJson link show dev v0
        $seen.gso_max_size, $seen.gro_max_size, $seen.broadcast, $seen.inet6_addr_gen_mode | Should -Be 30000, 20000,
            '02:00:00:00:00:ff', 'none'
        $seen.flags | Should -Contain 'NOARP'
        $seen.altnames | Sort-Object | Should -Be 'a-name-of-more-than-fifteen', 'short'
        $link.Arp, $link.AllMulticast, $link.GsoMaxSize, "$($link.BroadcastAddress)" | Should -Be $false, $true, 30000,
            '02:00:00:00:00:ff'
        (Get-NetLink a-name-of*).Name | Should -Be v0
        Get-Completion 'Set-NetLink a-na' | Should -Be 'a-name-of-more-than-fifteen'
        $typed = 'Set-NetLink v0 -RemoveAlternativeName '
        (TabExpansion2 $typed $typed.Length).CompletionMatches.ListItemText |
            Should -Be 'a-name-of-more-than-fifteen', 'short'
        { Set-NetLink v0 -RemoveAlternativeName other -ErrorAction Stop } | Should -Throw -ErrorId 'ObjectNotFound,*'
        Set-NetLink short -RemoveAlternativeName short
        (Get-NetLink v0).AlternativeName | Should -Be 'a-name-of-more-than-fifteen'
        Set-NetLink v0 -AlternativeName @() -Arp $true
        (Get-NetLink v0).AlternativeName.Count | Should -Be 0
    }

    It 'takes wildcards and the pipeline, each link in its namespace' {
        ip netns add web
        ip -n web link add v9 type veth peer name w9
        Set-NetLink v* -Mtu 1300
        Get-NetLink v9 -Namespace web | Set-NetLink -Mtu 1200
        (Get-IpJson link show dev v0).mtu, (Get-IpJson link show dev v1).mtu,
            (Get-IpJson -In web link show dev v9).mtu | Should -Be 1300, 1300, 1200
        Get-NetNamespace web | Set-NetLink v9 -Mtu 1100
        (Get-IpJson -In web link show dev v9).mtu | Should -Be 1100
        ip netns del web
    }

    It 'leaves it to the kernel how large an MTU a link takes' {
        Set-NetLink lo -Mtu 70000
        (Get-IpJson link show dev lo).mtu | Should -Be 70000
        Set-NetLink lo -Mtu 65536
        (Get-NetLink lo).Mtu | Should -Be 65536
    }

    It 'changes nothing with -WhatIf' {
        Set-NetLink v0 -Mtu 1400 -Up -WhatIf
        (Get-IpJson link show dev v0).mtu | Should -Be 1500
    }

    It 'refuses <Name>' -ForEach @(
        @{ Name = 'an MTU of -1'; Arguments = @{ Mtu = -1 }; Id = 'InvalidArgument' }
        @{ Name = 'an MTU of 70000'; Arguments = @{ Mtu = 70000 }; Id = 'InvalidArgument' }
        @{ Name = 'a multicast MAC'; Arguments = @{ MacAddress = '01:00:5e:00:00:01' }; Id = 'InvalidArgument' }
        @{ Name = 'a MAC that is too short'; Arguments = @{ MacAddress = '02:00:00' }
            Id = 'CannotConvertArgumentNoMessage' }
        @{ Name = 'up and down at once'; Arguments = @{ Up = $true; Down = $true }; Id = 'InvalidArgument' }
        @{ Name = 'a master that takes no ports'; Arguments = @{ Master = 'v1' }; Id = 'NotSupported' }
        @{ Name = 'a master that is not there'; Arguments = @{ Master = 'br9' }; Id = 'LinkNotFound' }
        @{ Name = 'nothing to do'; Arguments = @{}; Id = 'InvalidArgument' }
    ) {
        $said = Get-ErrorOf { Set-NetLink v0 @Arguments }
        $said.FullyQualifiedErrorId | Should -BeLike "$Id,*"
        (Get-IpJson link show dev v0).mtu | Should -Be 1500
    }

    It 'goes on after a link that is not there' {
        Set-NetLink nowhere, v0 -Mtu 1400 -ErrorAction SilentlyContinue -ErrorVariable wrong
        $wrong[0].FullyQualifiedErrorId | Should -BeLike 'LinkNotFound,*'
        (Get-IpJson link show dev v0).mtu | Should -Be 1400
    }
}

Describe 'Rename-NetLink' -Tag PrivilegedContainer {
    BeforeEach { ip link add v0 type veth peer name v1 }
    AfterEach { Get-NetLink -Kind veth | Remove-NetLink }

    It 'renames, also a link that is up' {
        ip link set v0 up
        Rename-NetLink v0 uplink | Should -BeNullOrEmpty
        (Get-IpJson link show dev uplink).flags | Should -Contain 'UP'
        (Get-NetLink uplink | Rename-NetLink -NewName again -PassThru).Name | Should -BeExactly 'again'
    }

    It 'refuses <NewName>' -ForEach @(
        @{ NewName = 'v1'; Id = 'LinkExists' }
        @{ NewName = 'sixteen-bytes-xx'; Id = 'InvalidName' }
        @{ NewName = 'a/b'; Id = 'InvalidName' }
        @{ NewName = 'a b'; Id = 'InvalidName' }
        @{ NewName = '.'; Id = 'InvalidName' }
        @{ NewName = '..'; Id = 'InvalidName' }
    ) {
        (Get-ErrorOf { Rename-NetLink v0 $NewName }).FullyQualifiedErrorId | Should -BeLike "$Id,*"
        Test-Link v0 | Should -BeTrue
    }

    It 'refuses one name for several links' {
        (Get-ErrorOf { Rename-NetLink v* same }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
    }

    It 'changes nothing with -WhatIf' {
        Rename-NetLink v0 v7 -WhatIf
        Test-Link v7 | Should -BeFalse
    }
}

Describe 'Move-NetLink' -Tag PrivilegedContainer {
    BeforeAll {
        ip netns add web
        ip netns add shop
    }
    BeforeEach { ip link add phys0 address 02:00:00:00:00:09 type veth peer name cable }
    AfterEach { ip link del cable }

    It 'moves a link in and back by name, MAC kept' {
        Move-NetLink phys0 -Destination web -NewName eth0 -Up | Should -BeNullOrEmpty
        $seen = Get-IpJson -In web link show dev eth0
        $seen.address | Should -Be '02:00:00:00:00:09'
        $seen.flags | Should -Contain 'UP'
        $back = Move-NetLink eth0 -Namespace web -Destination (Get-NetLink lo).Namespace -NewName phys0 -PassThru
        $back.Name | Should -BeExactly 'phys0'
        (Get-IpJson link show dev phys0).address | Should -Be '02:00:00:00:00:09'
    }

    It 'moves a link in and back by process id' {
        $process = Start-Process unshare '-n', 'sleep', '900' -PassThru
        try {
            Wait-Until { (Get-Content "/proc/$($process.Id)/comm") -eq 'sleep' }
            Move-NetLink phys0 $process.Id
            Test-Link phys0 | Should -BeFalse
            $inside = nsenter -t $process.Id -n ip -j link show dev phys0 | ConvertFrom-Json
            $inside.address | Should -Be '02:00:00:00:00:09'
            Get-NetLink phys0 -Namespace $process.Id | Move-NetLink -Destination $PID
            (Get-IpJson link show dev phys0).address | Should -Be '02:00:00:00:00:09'
        }
        finally { $process.Kill() }
    }

    It 'moves between two namespaces, down the pipeline' {
        Move-NetLink phys0 web
        Get-NetLink phys0 -Namespace web | Move-NetLink -Destination shop
        Test-Link phys0 -In web | Should -BeFalse
        Test-Link phys0 -In shop | Should -BeTrue
    }

    It 'refuses <Name>' -ForEach @(
        @{ Name = 'a name that is taken there'; Link = 'phys0'; Arguments = @{ Destination = 'web'; NewName = 'lo' }
            Id = 'LinkExists' }
        @{ Name = 'a namespace that is not there'; Link = 'phys0'; Arguments = @{ Destination = 'nowhere' }
            Id = 'NamespaceNotFound' }
        @{ Name = 'a link that must stay'; Link = 'lo'; Arguments = @{ Destination = 'web'; NewName = 'lo2' }
            Id = 'NotSupported' }
        @{ Name = 'a name that cannot be'; Link = 'phys0'; Arguments = @{ Destination = 'web'; NewName = 'a/b' }
            Id = 'InvalidName' }
    ) {
        (Get-ErrorOf { Move-NetLink $Link @Arguments }).FullyQualifiedErrorId | Should -BeLike "$Id,*"
        Test-Link phys0 | Should -BeTrue
    }

    It 'changes nothing with -WhatIf' {
        Move-NetLink phys0 web -WhatIf
        Test-Link phys0 | Should -BeTrue
    }

    It 'completes namespaces' {
        Get-Completion 'Move-NetLink phys0 -Destination sh' | Should -Be 'shop'
    }
}

Describe 'Remove-NetLink' -Tag PrivilegedContainer {
    It 'removes what comes down the pipeline, in every namespace, and nothing else' {
        ip netns add r1
        foreach ($i in 1..5) {
            ip link add x$i type veth peer name y$i
            ip -n r1 link add x$i type veth peer name y$i
        }
        ip link add keep type bridge
        $(Get-NetLink x*; Get-NetLink x* -Namespace r1) | Remove-NetLink | Should -BeNullOrEmpty
        (Get-IpJson link show).ifname | Sort-Object | Should -Be 'keep', 'lo'
        (Get-IpJson -In r1 link show).ifname | Should -Be 'lo'
        Remove-NetLink keep
    }

    It 'reports each link that cannot go' {
        ip link add x1 type veth peer name y1
        ip link add x2 type bridge
        $gone = Get-NetLink x2
        $gone2 = Get-NetLink lo, x1, x2
        ip link del x2
        $gone2 | Remove-NetLink -ErrorAction SilentlyContinue -ErrorVariable wrong
        $wrong.FullyQualifiedErrorId | Sort-Object |
            Should -Be 'LinkNotFound,LxcNetworking.Commands.Links.RemoveNetLinkCommand',
            'NotSupported,LxcNetworking.Commands.Links.RemoveNetLinkCommand'
        $wrong.TargetObject.Name | Sort-Object | Should -Be 'lo', 'x2'
        (Get-IpJson link show).ifname | Should -Be 'lo'
        (Get-ErrorOf { $gone | Remove-NetLink }).FullyQualifiedErrorId | Should -BeLike 'LinkNotFound,*'
        (Get-ErrorOf { Remove-NetLink nowhere }).FullyQualifiedErrorId | Should -BeLike 'LinkNotFound,*'
    }

    It 'says what it would remove, link by link, with -WhatIf' {
        ip link add x1 type veth peer name y1
        Remove-NetLink ?1 -WhatIf
        Test-Link x1 | Should -BeTrue
        Remove-NetLink x1
        Test-Link y1 | Should -BeFalse
    }

    It 'removes a link whose name a terminal would obey' {
        $name = "a$([char]27)[31mb"
        ip link add $name type bridge
        ip link set $name alias "$([char]27)]0;title$([char]7)"
        Get-NetLink -Kind bridge | Out-String | Should -Not -Match "`e"
        Get-NetLink -Kind bridge | Format-List | Out-String | Should -Not -Match "`e"
        (Get-NetLink -Kind bridge).Name | Should -BeExactly 'a\x1b[31mb'
        Get-NetLink -Kind bridge | Remove-NetLink
        Get-NetLink -Kind bridge | Should -BeNullOrEmpty
    }
}

Describe 'Wait-NetLink' -Tag PrivilegedContainer {
    It 'waits until a link is there, works, and is gone' {
        # Each step is taken a moment after it is waited for, and none before the one before was seen.
        $script = 'sleep 0.3; ip link add w0 type veth peer name w1; until [ -e /run/seen ]; do sleep 0.05; done; ' +
            'sleep 0.3; ip link set w0 up; ip link set w1 up; until [ -e /run/up ]; do sleep 0.05; done; ' +
            'sleep 0.3; ip link del w0'
        $process = Start-Process sh '-c', "`"$script`"" -PassThru
        try {
            Wait-NetLink w0 -Timeout 60 | Should -BeNullOrEmpty
            $null = New-Item /run/seen
            (Wait-NetLink w0 -Up -Timeout 60 -PassThru).State | Should -Be 'Up'
            $null = New-Item /run/up
            Wait-NetLink w0, w1 -Absent -Timeout 60
            Test-Link w0 | Should -BeFalse
            $process.WaitForExit(60000) | Should -BeTrue
        }
        finally {
            if (-not $process.HasExited) { $process.Kill() }
            Remove-Item /run/seen, /run/up -ErrorAction Ignore
        }
    }

    It 'says what is when the time is over, in seconds or as a time span' {
        (Get-ErrorOf { Wait-NetLink nowhere -Timeout 0.1 }).FullyQualifiedErrorId | Should -BeLike 'TimedOut,*'
        (Get-ErrorOf { Wait-NetLink lo -Absent -Timeout ([timespan]::FromMilliseconds(50)) }).CategoryInfo.Category |
            Should -Be 'OperationTimeout'
        Wait-NetLink lo -Up -Timeout 0
    }

    It 'does not wait for <What> that never answers when it is stopped' -ForEach @(
        @{ What = 'an engine'; Where = 'docker:web'; Address = @('/run/docker.sock') }
        @{ What = 'a monitor'; Where = 'lxc:c3'; Address = @(0..19 | ForEach-Object { "`0/var/lib/lxc/c$_/command" }) }
    ) {
        $listeners = foreach ($name in $Address) {
            $listener = [System.Net.Sockets.Socket]::new('Unix', 'Stream', 'Unspecified')
            $listener.Bind([System.Net.Sockets.UnixDomainSocketEndPoint]::new($name))
            $listener.Listen(100)
            $listener
        }
        try {
            foreach ($command in
                "Get-NetLink -Namespace $Where",
                "Get-NetNamespace $Where",
                "Invoke-NetNamespace $Where { 1 }",
                "Move-NetLink lo -Destination $Where") {
                # An engine has ten seconds, monitors have two; then a look-up begins anew.
                Measure-Stop "'waiting'; while (`$true) { $command }" -Enough 500 | Should -BeLessThan 1000
            }
        }
        finally {
            $listeners | ForEach-Object Dispose
            Remove-Item /run/docker.sock -ErrorAction Ignore
        }
    }

    It 'stops within 200 ms' {
        Measure-Stop "'waiting'; Wait-NetLink nowhere -Timeout 60" -Enough 2000 | Should -BeLessThan 2000
    }
}

Describe 'Without CAP_NET_ADMIN' -Tag PrivilegedContainer {
    It 'reads, and says why it cannot change' {
        $manifest = (Get-Module LxcNetworking).Path -replace 'Module/bin/LxcNetworking\.Commands\.dll$',
            'LxcNetworking.psd1'
        $script = "Import-Module '$manifest'; (Get-NetLink lo).Name; " +
            'try { New-NetBridge br0 -ErrorAction Stop } ' +
            'catch { $_.FullyQualifiedErrorId; $_.Exception.Message }; ' +
            'try { Set-NetLink lo -Mtu 1000 -ErrorAction Stop } catch { $_.FullyQualifiedErrorId }'
        $said = setpriv --bounding-set=-net_admin --inh-caps=-net_admin pwsh -NoProfile -c $script
        $said[0] | Should -Be 'lo'
        $said[1] | Should -BeLike 'PermissionDenied,*'
        $said[2] | Should -Match 'CAP_NET_ADMIN'
        $said[3] | Should -BeLike 'PermissionDenied,*'
        Test-Link br0 | Should -BeFalse
    }
}
