# A watch runs in a runspace of its own while the tests make what it is to tell. It says with -Verbose that it listens.
BeforeAll {
    . $PSScriptRoot/common.ps1

    function Invoke-Watch([string] $Command) {
        $told = [System.Collections.Concurrent.ConcurrentQueue[object]]::new()
        $ready = [System.Threading.ManualResetEventSlim]::new()
        $shell = [powershell]::Create()
        $null = $shell.AddScript({
                param($module, $command, $told, $ready)
                Import-Module $module
                $VerbosePreference = 'Continue'
                & ([scriptblock]::Create($command)) 4>&1 | ForEach-Object {
                    if ($_ -isnot [System.Management.Automation.VerboseRecord]) { $told.Enqueue($_) }
                    elseif ("$_".StartsWith('Listening to ')) { $ready.Set() }
                }
            }).AddArgument($env:LXCNETWORKING_MODULE ?? "$PSScriptRoot/../LxcNetworking.psd1").AddArgument(
                $Command).AddArgument($told).AddArgument($ready)
        $watch = [pscustomobject] @{ Shell = $shell; Told = $told; Run = $shell.BeginInvoke() }
        $script:watches += $watch
        Wait-Until { $ready.IsSet -or $watch.Run.IsCompleted }
        if (-not $ready.IsSet) { throw "$Command did not listen: $($shell.Streams.Error)" }
        $watch
    }

    # The first event that is as wanted, told already or to come.
    function Get-Told($Watch, [scriptblock] $Wanted) {
        Wait-Until { @($Watch.Told.ToArray() | Where-Object $Wanted).Count }
        @($Watch.Told.ToArray() | Where-Object $Wanted)[0]
    }

    function Wait-WatchEnd($Watch) {
        Wait-Until { $Watch.Run.IsCompleted }
        $null = $Watch.Shell.EndInvoke($Watch.Run)
    }

    # Sockets and inotify descriptors of this process. Idle sockets of cmdlets close after a moment.
    function Get-OpenCount {
        @(Get-ChildItem /proc/$PID/fd | Where-Object { "$($_.Target)$($_.LinkTarget)" -match 'socket:|inotify' }).Count
    }
}

Describe 'Watch-NetEvent' {
    BeforeEach { $script:watches = @() }
    AfterEach {
        foreach ($watch in $script:watches) {
            $watch.Shell.Stop()
            $watch.Shell.Dispose()
        }
        ip netns list | ForEach-Object { ip netns del ($_ -split ' ')[0] }
        ip -j link show | ConvertFrom-Json | Where-Object ifname -NE lo | ForEach-Object {
            ip link del $_.ifname 2>$null
        }
    }

    It 'tells of links, addresses, routes and neighbours as they come, change and go' {
        $watch = Invoke-Watch 'Watch-NetEvent'
        ip link add v0 mtu 1400 type veth peer name v1
        ip link set v1 up
        ip link set v0 up
        ip address add 10.0.0.1/24 dev v0
        ip address add 2001:db8::1/64 dev v0 nodad
        ip route add 10.9.0.0/16 via 10.0.0.2
        ip route replace 10.9.0.0/16 via 10.0.0.3
        ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev v0
        ip link set v0 mtu 1300
        $added = Get-Told $watch { $_.Type -eq 'Link' -and $_.Subject -eq 'v0' }
        $added | Should -BeOfType LxcNetworking.Events.NetEvent
        $added.Action | Should -Be Added
        $added.InterfaceIndex | Should -Be (Get-IpJson link show dev v0).ifindex
        $added.Time | Should -BeOfType DateTimeOffset
        $added.Item | Should -BeOfType LxcNetworking.Links.NetLink
        (Get-Told $watch { $_.Subject -eq 'v0' -and $_.Changes -like 'Mtu*' }).Changes | Should -Be 'Mtu 1400 -> 1300'
        (Get-Told $watch { $_.Subject -eq '10.0.0.1/24' }).Item | Should -BeOfType LxcNetworking.Addressing.NetIPAddress
        (Get-Told $watch { $_.Subject -eq '2001:db8::1/64' }).InterfaceAlias | Should -Be v0
        (Get-Told $watch { $_.Subject -like '10.9.0.0/16*' -and $_.Action -eq 'Changed' }).Changes |
            Should -Be 'NextHop 10.0.0.2 -> 10.0.0.3'
        (Get-Told $watch { $_.Subject -eq '10.0.0.9' }).Type | Should -Be Neighbor
        ip link del v0
        $null = Get-Told $watch { $_.Subject -like '10.9.0.0/16*' -and $_.Action -eq 'Removed' }
        $null = Get-Told $watch { $_.Subject -eq 'v0' -and $_.Action -eq 'Removed' }
        $watch.Shell.Streams.Error.Count | Should -Be 0
    }

    It 'tells of namespaces by whomever they are made' {
        $watch = Invoke-Watch 'Watch-NetEvent Namespace'
        ip netns add web
        $null = New-NetNamespace db
        (Get-Told $watch { $_.Subject -eq 'web' }).Item.Id |
            Should -Be (Get-Item /run/netns/web | ForEach-Object { stat -c %i $_.FullName })
        (Get-Told $watch { $_.Subject -eq 'db' }).Namespace.Text | Should -Be db
        Remove-NetNamespace db
        ip netns del web
        $null = Get-Told $watch { $_.Subject -eq 'web' -and $_.Action -eq 'Removed' }
        $null = Get-Told $watch { $_.Subject -eq 'db' -and $_.Action -eq 'Removed' }
    }

    It 'ends after -MaxEvents, and its events name links for other cmdlets' {
        $watch = Invoke-Watch 'Watch-NetEvent Link -MaxEvents 1 | Get-NetLink'
        ip link add br0 type bridge
        Wait-WatchEnd $watch
        @($watch.Told.ToArray()) | Should -HaveCount 1
        $watch.Told.ToArray()[0].Name | Should -Be br0
        $watch.Told.ToArray()[0] | Should -BeOfType LxcNetworking.Links.NetLink
    }

    It 'ends after -Timeout: a number of seconds, or a time span' {
        Watch-NetEvent Link -Timeout 0.01 | Should -BeNullOrEmpty
        Watch-NetEvent Link -Timeout ([timespan]::FromMilliseconds(10)) | Should -BeNullOrEmpty
        (Get-ErrorOf { Watch-NetEvent -Timeout -5 }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        (Get-ErrorOf { Watch-NetEvent -MaxEvents 0 -ErrorAction Stop }).FullyQualifiedErrorId |
            Should -BeLike 'ParameterArgumentValidationError,*'
    }

    It 'watches several namespaces together' {
        ip netns add web
        ip netns add db
        $watch = Invoke-Watch 'Get-NetNamespace web, db | Watch-NetEvent Link -MaxEvents 4'
        ip link add here0 type bridge
        ip link add v0 netns web type veth peer name v0 netns db
        ip -n db link set v0 mtu 1300
        ip -n web link set v0 mtu 1400
        Wait-WatchEnd $watch
        $told = $watch.Told.ToArray()
        ($told | Where-Object Action -EQ Added).Namespace.Text | Sort-Object | Should -Be db, web
        ($told | Where-Object { "$($_.Namespace)" -eq 'db' -and $_.Action -eq 'Changed' }).Changes |
            Should -Be 'Mtu 1500 -> 1300'
        ($told | Where-Object { "$($_.Namespace)" -eq 'web' -and $_.Action -eq 'Changed' }).Changes |
            Should -Be 'Mtu 1500 -> 1400'
    }

    It 'watches every namespace with -All, also those that appear' {
        ip netns add web
        $watch = Invoke-Watch 'Watch-NetEvent -All'
        ip -n web link add br0 type bridge
        (Get-Told $watch { $_.Subject -eq 'br0' }).Namespace.Text | Should -Be web
        ip link add br1 type bridge
        $null = Get-Told $watch { $_.Subject -eq 'br1' }
        ip netns add new
        $null = Get-Told $watch { $_.Subject -eq 'new' }
        # When it listens is seen by its telling.
        $script:tries = 2000
        Wait-Until {
            ip -n new link set lo mtu (++$script:tries)
            $watch.Told.ToArray() | Where-Object { "$($_.Namespace)" -eq 'new' -and $_.Type -eq 'Link' }
        }
    }

    It 'ends when the name of its last namespace goes' {
        ip netns add web
        $watch = Invoke-Watch 'Watch-NetEvent Link, Address -Namespace web'
        ip netns del web
        Wait-WatchEnd $watch
        $watch.Shell.Streams.Error.Count | Should -Be 0
    }

    It 'ends at once when nobody wants more, and closes its sockets' {
        $before = Get-OpenCount
        $watch = Invoke-Watch 'Watch-NetEvent | Select-Object -First 1'
        ip link add br0 type bridge
        Wait-WatchEnd $watch
        @($watch.Told.ToArray()) | Should -HaveCount 1
        Wait-Until { (Get-OpenCount) -le $before }
    }

    It 'ends on Ctrl+C, and closes its sockets' {
        ip netns add web
        ip netns add db
        $before = Get-OpenCount
        $watch = Invoke-Watch 'Get-NetNamespace | Watch-NetEvent'
        $clock = [Diagnostics.Stopwatch]::StartNew()
        $watch.Shell.Stop()
        # 200 ms are promised; an emulated processor gets more.
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 30
        Wait-Until { (Get-OpenCount) -le $before }
    }

    It 'says clearly that a namespace is not there, and watches the others' {
        $record = Get-ErrorOf { Watch-NetEvent -Namespace nowhere }
        $record.FullyQualifiedErrorId | Should -BeLike 'NamespaceNotFound,*'
        $record.CategoryInfo.Category | Should -Be ObjectNotFound
        ip netns add web
        $watch = Invoke-Watch ('@{ Namespace = "nowhere" }, @{ Namespace = "web" } | ' +
            'ForEach-Object { [pscustomobject] $_ } | Watch-NetEvent Link -MaxEvents 1')
        $watch.Shell.Streams.Error.Count | Should -Be 1
        ip -n web link add br0 type bridge
        Wait-WatchEnd $watch
        $watch.Told.ToArray()[0].Subject | Should -Be br0
    }

    It 'has a table that fits 100 columns, with each change on a line of its own' {
        $watch = Invoke-Watch 'Watch-NetEvent Link'
        ip link add v0 type veth peer name v1
        ip link set v0 up
        $null = Get-Told $watch { $_.Subject -eq 'v0' -and $_.Action -eq 'Changed' }
        $lines = ($watch.Told.ToArray() | Out-String -Width 100) -split "`n"
        $lines | ForEach-Object { $_.TrimEnd().Length | Should -BeLessOrEqual 100 }
        $lines -match '^\d\d:\d\d:\d\d\.\d{3} Link +Added +\S+ +v0\s*$' | Should -HaveCount 1
        $lines -match ' IsUp False -> True' | Should -HaveCount 1
    }

    It 'completes the types' {
        Get-Completion 'Watch-NetEvent -Type N' | Should -Be Namespace, Neighbor
    }
}
