BeforeAll {
    . $PSScriptRoot/common.ps1
    function Get-Place { (Get-Item /proc/thread-self/ns/net).Target }
    $home0 = Get-Place
    function Clear-Namespace {
        while ((Get-Place) -ne $home0) { Exit-NetNamespace }
        Get-NetNamespace | Remove-NetNamespace -Force
    }
}

Describe 'New-NetNamespace' -Tag PrivilegedContainer {
    AfterEach { Clear-Namespace }

    It 'makes what ip netns shows, with lo up' {
        $made = New-NetNamespace web, db
        $made.Name | Should -Be web, db
        (ip netns list) -replace ' .*' | Sort-Object | Should -Be db, web
        (Get-IpJson -In web link show dev lo).flags | Should -Contain UP
        $made[0].Id | Should -Be (stat -L -c %i /run/netns/web)
    }

    It 'leaves lo down with -LoopbackDown' {
        New-NetNamespace quiet -LoopbackDown
        (Get-IpJson -In quiet link show dev lo).flags | Should -Not -Contain UP
    }

    It 'takes names from the pipeline, and a bad one does not stop the rest' {
        $made = 'one', 'a/b', 'two' | New-NetNamespace -ErrorAction SilentlyContinue -ErrorVariable problem
        $made.Name | Should -Be one, two
        $problem | Should -HaveCount 1
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'InvalidName,*'
    }

    It 'refuses <Name>' -ForEach @(
        @{ Name = '../x' }, @{ Name = '.' }, @{ Name = '..' }, @{ Name = 'host' }, @{ Name = '4711' },
            @{ Name = "a`e[31m" }
    ) {
        $problem = Get-ErrorOf { New-NetNamespace $Name }
        $problem.FullyQualifiedErrorId | Should -BeLike 'InvalidName,*'
        $problem.CategoryInfo.Category | Should -Be InvalidArgument
        "$problem" | Should -Not -Match "`e"
        Get-NetNamespace | Should -BeNullOrEmpty
    }

    It 'says that a name is taken' {
        New-NetNamespace web | Out-Null
        (Get-ErrorOf { New-NetNamespace web }).FullyQualifiedErrorId | Should -BeLike 'NamespaceExists,*'
    }

    It 'does nothing with -WhatIf' {
        New-NetNamespace web -WhatIf
        ip netns list | Should -BeNullOrEmpty
    }
}

Describe 'Get-NetNamespaceId and Set-NetNamespaceId' -Tag PrivilegedContainer {
    BeforeEach { 'web', 'db' | ForEach-Object { ip netns add $_ } }
    AfterEach { Clear-Namespace }

    It 'give a number, list it as ip does, also as seen from another namespace, and keep it' {
        (Get-ErrorOf { Get-NetNamespaceId web }).FullyQualifiedErrorId | Should -BeLike 'ObjectNotFound,*'
        Set-NetNamespaceId web 7 -WhatIf
        Set-NetNamespaceId web 7 | Should -BeNullOrEmpty
        (ip netns list-id) -match '^nsid 7 .*name: web' | Should -HaveCount 1
        (Get-NetNamespaceId web).NsId | Should -Be 7
        ip netns set db 9
        (Get-NetNamespaceId -NsId 9).Target | Should -Be 'db'
        $seen = Set-NetNamespaceId db 3 -Namespace web -PassThru
        "$($seen.NsId) $($seen.Target) $($seen.Namespace)" | Should -Be '3 db web'
        (Get-NetNamespaceId -Namespace web | Format-Table | Out-String) | Should -Match '(?m)^ *3 +db +web'
        "$((Get-NetNamespace web | Get-NetNamespaceId).NsId)" | Should -Be '3'
        (ip -n web netns list-id) -match '^nsid 3 ' | Should -HaveCount 1
        $refusal = Get-ErrorOf { Set-NetNamespaceId web 8 }
        $refusal.FullyQualifiedErrorId | Should -BeLike 'ObjectExists,*'
        "$refusal" | Should -BeLike "*has the number 7 *already, and keeps it*Get-NetNamespaceId lists*"
        # One that nobody has asked about yet: a namespace may have got a number of its own by then.
        ip netns add third
        "$(Get-ErrorOf { Set-NetNamespaceId third 7 })" | Should -BeLike '*Another namespace has the number 7*'
        (Get-ErrorOf { Set-NetNamespaceId web -1 }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        (Set-NetNamespaceId host -Namespace db -PassThru).NsId | Should -BeGreaterOrEqual 0
        (Get-NetNamespaceId -All | Where-Object Target -EQ db).NsId | Sort-Object | Should -Be 3, 9
        Get-NetNamespaceId -Namespace web | ConvertTo-Json | Should -Match '"Target": "db"'
    }

    It 'complete' { Get-Completion 'Set-NetNamespaceId w' | Should -Be 'web' }
}

Describe 'Get-NetNamespace' -Tag PrivilegedContainer {
    AfterEach { Clear-Namespace }

    BeforeEach { 'web1', 'web2', 'db' | ForEach-Object { ip netns add $_ } }

    It 'lists all, by wildcard, and by name' {
        (Get-NetNamespace).Name | Should -Be db, web1, web2
        (Get-NetNamespace web*).Name | Should -Be web1, web2
        (Get-NetNamespace db).Path | Should -Be /run/netns/db
        Get-NetNamespace nothing* | Should -BeNullOrEmpty
        (Get-ErrorOf { Get-NetNamespace nothing }).FullyQualifiedErrorId | Should -BeLike 'NamespaceNotFound,*'
    }

    It 'shows the namespaces that only processes hold with -All' {
        $sleeper = Start-Process unshare -ArgumentList '--net', 'sleep', '900' -PassThru
        try {
            Wait-Until { (Get-Content "/proc/$($sleeper.Id)/comm") -eq 'sleep' }
            $found = Get-NetNamespace -All | Where-Object { $sleeper.Id -in $_.ProcessId -and -not $_.IsHost }
            $found | Should -HaveCount 1
            $found.Name | Should -BeNullOrEmpty
            (Get-NetLink -Namespace $sleeper.Id).Name | Should -Be lo
        } finally { $sleeper.Kill() }
        (Get-NetNamespace -All | Where-Object IsHost).IsCurrent | Should -BeTrue
        (Get-NetNamespace -Current).IsHost | Should -BeTrue
    }

    It 'means the whole stack when it is piped on, never an interface of that name' {
        ip -n db link add db type bridge
        (Get-NetNamespace db | Get-NetLink).Name | Should -Be lo, db
        (Get-NetNamespace db | Get-NetLink lo).Name | Should -Be lo
        (Get-NetNamespace web* | Get-NetLink lo).Namespace.Text | Should -Be web1, web2
    }

    It 'fits 100 columns' {
        (Get-NetNamespace | Out-String -Width 100) -split "`n" | Where-Object { $_ -match '…' } | Should -BeNullOrEmpty
    }

    It 'completes names' {
        Get-Completion 'Get-NetNamespace we' | Should -Be web1, web2
        Get-Completion 'Get-NetLink -Namespace d' | Should -Be db
    }
}

Describe 'Remove-NetNamespace' -Tag PrivilegedContainer {
    AfterEach { Clear-Namespace }

    It 'removes by wildcard and from the pipeline, and emits nothing' {
        New-NetNamespace a1, a2, b | Out-Null
        Remove-NetNamespace a* | Should -BeNullOrEmpty
        Get-NetNamespace b | Remove-NetNamespace | Should -BeNullOrEmpty
        ip netns list | Should -BeNullOrEmpty
        Get-ChildItem /run/netns | Should -BeNullOrEmpty
    }

    It 'does nothing with -WhatIf' {
        New-NetNamespace a | Out-Null
        Remove-NetNamespace a -WhatIf
        ip netns list | Should -Be a
    }

    It 'takes a leftover file away, which New-NetNamespace tells from a namespace' {
        New-NetNamespace web | Remove-NetNamespace
        New-Item /run/netns/web -ItemType File | Out-Null
        $problem = Get-ErrorOf { New-NetNamespace web }
        $problem.FullyQualifiedErrorId | Should -BeLike 'NotANamespace,*'
        "$problem" | Should -BeLike '*Remove-NetNamespace web*'
        Get-NetNamespace | Should -BeNullOrEmpty
        Remove-NetNamespace web -WhatIf
        Remove-NetNamespace w*
        '/run/netns/web' | Should -Exist
        Remove-NetNamespace web | Should -BeNullOrEmpty
        '/run/netns/web' | Should -Not -Exist
        (Get-ErrorOf { Remove-NetNamespace web }).FullyQualifiedErrorId | Should -BeLike 'NamespaceNotFound,*'
    }

    It 'takes a link away, and nothing else of the namespace that it leads to' {
        New-NetNamespace web | New-NetBridge br0 | Out-Null
        ln -s /run/netns/web /run/netns/other
        ln -s /nowhere /run/netns/dead
        Remove-NetNamespace other, dead
        (Get-ChildItem /run/netns).Name | Should -Be 'web'
        (Get-NetNamespace web | Get-NetBridge).Name | Should -Be 'br0'
    }

    It 'lets a namespace without a name stand for all that is in it' {
        $sleeper = Start-Process unshare -ArgumentList '--net', 'sleep', '900' -PassThru
        try {
            Wait-Until { Get-NetNamespace -All | Where-Object ProcessId -Contains $sleeper.Id |
                    Where-Object Name -EQ $null }
            $unnamed = Get-NetNamespace -All | Where-Object ProcessId -Contains $sleeper.Id
            ($unnamed | Get-NetLink).Name | Should -Be 'lo'
            $unnamed | New-NetBridge br0 | Out-Null
            ($unnamed | Get-NetBridge).Name | Should -Be 'br0'
            ($unnamed | ConvertTo-Json | ConvertFrom-Json | Get-NetLink br0).Name | Should -Be 'br0'
            $unnamed | Get-BridgePort | Should -BeNullOrEmpty
            $unnamed | Get-NetNat | Should -BeNullOrEmpty
            $unnamed | Get-ContainerNetwork | Should -BeNullOrEmpty
            $unnamed | Set-NetLink br0 -Mtu 1400
            ($unnamed | Get-NetLink br0).Mtu | Should -Be 1400
        }
        finally {
            $sleeper | Stop-Process
        }
        (Get-ErrorOf { [pscustomobject]@{ Name = $null } | Get-NetLink }).FullyQualifiedErrorId |
            Should -BeLike 'InvalidArgument,*'
        (Get-ErrorOf { Get-NetLink $null }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        (Get-ErrorOf { Get-NetLink '' }).FullyQualifiedErrorId | Should -BeLike 'ParameterArgument*'
    }

    It 'refuses while processes are inside, unless forced' {
        New-NetNamespace busy | Out-Null
        $sleeper = Start-Process ip -ArgumentList 'netns', 'exec', 'busy', 'sleep', '900' -PassThru
        try {
            Wait-Until { (Get-NetNamespace busy).ProcessId }
            $problem = Get-ErrorOf { Remove-NetNamespace busy }
            $problem.FullyQualifiedErrorId | Should -BeLike 'NamespaceInUse,*'
            $problem.CategoryInfo.Category | Should -Be ResourceBusy
            Remove-NetNamespace busy -Force
            ip netns list | Should -BeNullOrEmpty
        } finally { $sleeper.Kill() }
    }

    It 'says what is not there' {
        (Get-ErrorOf { Remove-NetNamespace nowhere }).FullyQualifiedErrorId | Should -BeLike 'NamespaceNotFound,*'
    }

    It 'never removes a namespace that was made anew under the name' {
        $old = New-NetNamespace web
        ip netns del web
        ip netns add web
        (Get-ErrorOf { $old | Remove-NetNamespace }).FullyQualifiedErrorId | Should -BeLike 'NamespaceChanged,*'
        (Get-ErrorOf { $old | Get-NetLink }).FullyQualifiedErrorId | Should -BeLike 'NamespaceChanged,*'
        ip netns list | Should -Be web
    }
}

Describe 'Invoke-NetNamespace' -Tag PrivilegedContainer {
    AfterEach { Clear-Namespace }

    BeforeEach { $null = New-NetNamespace web, db }

    It 'runs native commands and sockets inside, and comes back' {
        Invoke-NetNamespace web { ip -n db link show lo; readlink /proc/self/ns/net } | Select-Object -Last 1 |
            Should -Not -Be $home0
        Invoke-NetNamespace web {
            $listener = [System.Net.Sockets.TcpListener]::new([ipaddress]::Any, 4711)
            $listener.Start()
            try { ss -Hltn } finally { $listener.Stop() }
        } | Should -Match ':4711'
        Get-Place | Should -Be $home0
    }

    It 'hands objects on as they come, outside' {
        $places = Invoke-NetNamespace web { 1..3 } | ForEach-Object { Get-Place }
        $places | Should -Be $home0, $home0, $home0
        $clock = [Diagnostics.Stopwatch]::StartNew()
        Invoke-NetNamespace web { 'early'; Start-Sleep 60 } | Select-Object -First 1 | Should -Be early
        $clock.Elapsed.TotalSeconds | Should -BeLessThan 30
        Get-Place | Should -Be $home0
    }

    It 'passes arguments, and the caller''s variables can be read' {
        $base = 40
        Invoke-NetNamespace web { param($a, $b) $base + $a + $b } -ArgumentList 1, 1 | Should -Be 42
    }

    It 'nests' {
        $places = Invoke-NetNamespace web { Get-Place; Invoke-NetNamespace db { Get-Place }; Get-Place }
        $places[0] | Should -Be $places[2]
        $places[1] | Should -Not -Be $places[0]
        Get-Place | Should -Be $home0
    }

    It 'comes back when the block throws, breaks, returns or writes errors' {
        { Invoke-NetNamespace web { throw 'bad' } } | Should -Throw bad
        Get-Place | Should -Be $home0
        foreach ($once in 1) { Invoke-NetNamespace web { break } }
        Get-Place | Should -Be $home0
        Invoke-NetNamespace web { return 7 } | Should -Be 7
        Get-Place | Should -Be $home0
        (Get-ErrorOf { Invoke-NetNamespace web { Write-Error oops } }).Exception.Message | Should -Be oops
        Get-Place | Should -Be $home0
        { Invoke-NetNamespace web { Get-NetLink nothing -ErrorAction Stop } } | Should -Throw '*nothing*'
        Get-Place | Should -Be $home0
    }

    It 'takes the block first when the namespace comes down the pipeline' {
        Get-NetNamespace | Invoke-NetNamespace { param($word) "$word $((Get-NetNamespace -Current).Name)" } `
            -ArgumentList 'in' | Should -Be 'in db', 'in web'
        Get-NetNamespace web | Get-NetLink lo | Invoke-NetNamespace { (Get-NetNamespace -Current).Name } |
            Should -Be web
        Invoke-NetNamespace -Namespace web { 1 } | Should -Be 1
        Invoke-NetNamespace -ScriptBlock { 2 } web | Should -Be 2
        Invoke-NetNamespace (Get-NetNamespace web) { $args } 3, 4 | Should -Be 3, 4
        Get-Place | Should -Be $home0
    }

    It 'comes back when it is stopped, within 200 ms' {
        Measure-Stop "Invoke-NetNamespace web { 'inside'; Start-Sleep 60 }" -Enough 1000 | Should -BeLessThan 1000
    }

    It 'takes namespaces from the pipeline and runs in each' {
        Get-NetNamespace | Invoke-NetNamespace -ScriptBlock { (Get-NetNamespace -Current).Name } | Should -Be db, web
    }

    It 'says that a namespace is not there and runs nothing' {
        (Get-ErrorOf { Invoke-NetNamespace nowhere { throw 'ran' } }).FullyQualifiedErrorId |
            Should -BeLike 'NamespaceNotFound,*'
    }
}

Describe 'Enter-NetNamespace and Exit-NetNamespace' -Tag PrivilegedContainer {
    AfterEach { Clear-Namespace }

    It 'moves the session, shows it in the prompt, and brings both back' {
        $null = New-NetNamespace web, db
        $before = prompt
        Enter-NetNamespace web
        Get-Place | Should -Not -Be $home0
        prompt | Should -BeLike '`[netns web`] *'
        (Get-NetNamespace -Current).Name | Should -Be web
        (Get-NetLink).Namespace.Text | Should -Be web
        Enter-NetNamespace db
        prompt | Should -BeLike '`[netns web/db`] *'
        (Get-ErrorOf { Remove-NetNamespace db }).FullyQualifiedErrorId | Should -BeLike 'NamespaceInUse,*'
        Exit-NetNamespace
        (Get-NetNamespace -Current).Name | Should -Be web
        Exit-NetNamespace
        Get-Place | Should -Be $home0
        prompt | Should -Be $before
    }

    It 'warns when there is nothing to leave' {
        Exit-NetNamespace -WarningVariable said -WarningAction SilentlyContinue
        $said | Should -Not -BeNullOrEmpty
    }
}
