BeforeAll {
    . $PSScriptRoot/common.ps1
    function Get-Place { (Get-Item /proc/thread-self/ns/net).Target }
    $home0 = Get-Place
    $null = New-NetNamespace one, two
    $one, $two = 'one', 'two' | ForEach-Object { "net:[$(stat -L -c %i /run/netns/$_)]" }
    $module = "$((Get-Module LxcNetworking).ModuleBase)/LxcNetworking.psd1"
}

AfterAll { Remove-NetNamespace one, two -Force }

Describe 'the place and the prompt' -Tag PrivilegedContainer {
    BeforeEach { $before = prompt }

    AfterEach {
        while ((Get-Place) -ne $home0) { Exit-NetNamespace }
        prompt | Should -BeExactly $before
        $ExecutionContext.InvokeCommand.PostCommandLookupAction | Should -BeNullOrEmpty
    }

    It 'has native programs, sockets and cmdlets where the prompt says' {
        Enter-NetNamespace one
        prompt | Should -BeLike '`[netns one`] *'
        readlink /proc/self/ns/net | Should -Be $one
        Start-Process readlink '/proc/self/ns/net' -Wait -RedirectStandardOutput /run/place
        Get-Content /run/place | Should -Be $one
        (Get-NetNamespace -Current).Name | Should -Be one
        Exit-NetNamespace
        readlink /proc/self/ns/net | Should -Be $home0
    }

    It 'undoes at the end of a block what the block has entered: <Block>' -ForEach @(
        @{ Block = { Enter-NetNamespace two; Get-Place; prompt } }
        @{ Block = { Enter-NetNamespace two; Get-Place; prompt; throw 'bad' } }
        @{ Block = { Enter-NetNamespace one; Enter-NetNamespace two; Get-Place; prompt; break } }
    ) {
        $said = foreach ($once in 1) { try { Invoke-NetNamespace one $Block } catch { "$_" } }
        $said[0] | Should -Be $two
        $said[1] | Should -BeLike '`[netns one/*two`] *'
        Get-Place | Should -Be $home0
        prompt | Should -BeExactly $before
        Exit-NetNamespace -WarningVariable said -WarningAction SilentlyContinue
        $said | Should -Not -BeNullOrEmpty
    }

    It 'goes on in a block where it was after each object' {
        Invoke-NetNamespace one { Enter-NetNamespace two; 1; Get-Place; Exit-NetNamespace; 2; Get-Place } |
            ForEach-Object { $_; Get-Place } |
            Should -Be 1, $home0, $two, $home0, 2, $home0, $one, $home0
    }

    It 'stays where a later cmdlet of the pipeline has gone' {
        Invoke-NetNamespace one { 1; Get-Place } |
            ForEach-Object { $_; if ($_ -eq 1) { Enter-NetNamespace two } } |
            Should -Be 1, $one
        Get-Place | Should -Be $two
        prompt | Should -BeLike '`[netns two`] *'
    }

    It 'never leaves in a block what the block has not entered' {
        Enter-NetNamespace two
        Invoke-NetNamespace one { Exit-NetNamespace -WarningAction SilentlyContinue; Get-Place } | Should -Be $one
        Get-Place | Should -Be $two
        prompt | Should -BeLike '`[netns two`] *'
    }

    It 'is the session''s, also when a function has entered' {
        function Enter-One { Enter-NetNamespace one }
        Enter-One
        Get-Place | Should -Be $one
    }

    It 'keeps a prompt that is set while inside, and shows the namespace in it' {
        $mine = $function:prompt
        try {
            Enter-NetNamespace one
            $function:global:prompt = { 'mine> ' }
            prompt | Should -BeExactly '[netns one] mine> '
            Enter-NetNamespace two
            prompt | Should -BeExactly '[netns one/two] mine> '
            Exit-NetNamespace
            Exit-NetNamespace
            prompt | Should -BeExactly 'mine> '
        } finally { $function:global:prompt = $mine }
    }

    It 'lets a prompt see how the command before it ended' {
        $mine = $function:prompt
        try {
            $function:global:prompt = { "$?> " }
            Get-Item /nonexist -ErrorAction SilentlyContinue
            $plain = prompt
            Enter-NetNamespace one
            Get-Item /nonexist -ErrorAction SilentlyContinue
            $inside = prompt
            $plain, $inside | Should -BeExactly 'False> ', '[netns one] False> '
        } finally { $function:global:prompt = $mine }
    }

    It 'calls a handler of the user''s, and gives it back' {
        $seen = [System.Collections.Generic.List[string]]::new()
        $mine = [System.EventHandler[System.Management.Automation.CommandLookupEventArgs]] {
            param($name) $seen.Add($name)
        }
        try {
            $ExecutionContext.InvokeCommand.PostCommandLookupAction = $mine
            Enter-NetNamespace one
            $null = Get-Item /
            $seen | Should -Contain Get-Item
            Exit-NetNamespace
            [object]::ReferenceEquals($ExecutionContext.InvokeCommand.PostCommandLookupAction, $mine) | Should -BeTrue
        } finally { $ExecutionContext.InvokeCommand.PostCommandLookupAction = $null }
    }

    It 'says so when the thread is elsewhere' {
        Enter-NetNamespace one
        # As a program's own setns would do it.
        $pool = [LxcNetworking.Namespaces.NetworkStackPool]::new()
        $scope = [LxcNetworking.Namespaces.NamespaceScope]::Enter($pool, 'two')
        prompt | Should -BeLike '`[not in netns one`] *'
        $scope.Dispose()
        $pool.Dispose()
        prompt | Should -BeLike '`[netns one`] *'
    }

    It 'leaves all when the module is removed' {
        $said = pwsh -NoProfile -NonInteractive -Command "
            Import-Module '$module'
            function prompt { 'p> ' }
            Enter-NetNamespace one; Enter-NetNamespace two; prompt
            Remove-Module LxcNetworking
            readlink /proc/self/ns/net; prompt
            Import-Module '$module'
            Enter-NetNamespace one
            Invoke-NetNamespace two { Remove-Module LxcNetworking; readlink /proc/self/ns/net }
            readlink /proc/self/ns/net; prompt"
        $said | Should -Be '[netns one/two] p> ', $home0, 'p> ', $two, $home0, 'p> '
    }
}

Describe 'sessions whose commands change threads' -Tag PrivilegedContainer {
    BeforeDiscovery {
        $kinds = @(
            @{ Kind = 'a background job'; Run = { param($Work) Start-Job $Work | Receive-Job -Wait -AutoRemoveJob } }
            @{ Kind = 'a thread job'; Run = { param($Work) Start-ThreadJob $Work | Receive-Job -Wait -AutoRemoveJob } }
            @{ Kind = 'a session over SSH'; Run = {
                    param($Work)
                    $session = New-SshSession there
                    try { Invoke-Command -Session $session $Work } finally { $session | Remove-PSSession }
                }
            }
        )
    }

    It 'refuses to stay in a namespace in <Kind>, and runs blocks in one' -ForEach $kinds {
        $work = [scriptblock]::Create("
            Import-Module '$module'
            try { Enter-NetNamespace one -ErrorAction Stop } catch { `$_.FullyQualifiedErrorId }
            prompt
            readlink /proc/self/ns/net
            Invoke-NetNamespace one { readlink /proc/self/ns/net; Enter-NetNamespace two; readlink /proc/self/ns/net }
            readlink /proc/self/ns/net")
        $said = & $Run $work
        $said[0] | Should -BeLike 'NotSupported,*'
        $said[1] | Should -Not -Match netns
        $said[2..5] | Should -Be $home0, $one, $two, $home0
    }
}
