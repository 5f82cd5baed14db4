BeforeDiscovery {
    # What works on other threads, or after the block.
    $leaving = @(
        'Invoke-RestMethod http://127.0.0.1:8080/', 'irm http://127.0.0.1:8080/', 'iwr http://127.0.0.1:8080/'
        'Microsoft.PowerShell.Utility\Invoke-WebRequest http://127.0.0.1:8080/'
        '1 | ForEach-Object -Parallel { 1 }', '1 | % -pa { 1 }', 'Start-ThreadJob { 1 }'
        '[Net.WebClient]::new().DownloadString("http://127.0.0.1:8080/")'
        '(New-Object Net.WebClient).DownloadString("http://127.0.0.1:8080/")'
        '[System.Net.Http.HttpClient]::new()', '[Net.WebRequest]::Create("http://127.0.0.1:8080/")'
        '[Net.Dns]::GetHostEntryAsync("localhost")', '[powershell]::Create().AddScript("1").BeginInvoke()'
        '[runspacefactory]::CreateRunspace()'
        '[powershell]::Create().AddCommand("Invoke-RestMethod").Invoke()', 'New-Object -TypeName:System.Net.WebClient'
        '$x = [xml]::new(); $x.Load("http://127.0.0.1:8080/")'
        '[System.Xml.XmlReader]::Create("http://127.0.0.1:8080/")'
        '& (Get-Command Start-ThreadJob) { 1 }', '& $global:outerBlock'
        '[System.Threading.Tasks.Task]::Run([action] { 1 })', 'Register-EngineEvent x -Action { 1 }'
        'Find-PSResource nothing', 'if ($false) { 1 } else { & { foreach ($x in 1) { irm http://127.0.0.1:8080/ } } }'
    ) | ForEach-Object { @{ Text = $_ } }
}

BeforeAll {
    . $PSScriptRoot/common.ps1
    function Get-Place { (Get-Item /proc/thread-self/ns/net).Target }
    # The namespaces of a process's threads.
    function Get-ThreadPlace([int] $Id) {
        Get-ChildItem "/proc/$Id/task" | ForEach-Object { readlink "$_/ns/net" } | Sort-Object -Unique
    }
    $home0 = Get-Place
    $null = New-NetNamespace one, two
    $one = "net:[$(stat -L -c %i /run/netns/one)]"
    $module = "$((Get-Module LxcNetworking).ModuleBase)/LxcNetworking.psd1"

    # One web server in the session's namespace and one inside, of which each says where it is.
    function Start-Server([string[]] $Prefix, [string] $Says) {
        $null = New-Item "/run/www-$Says" -ItemType Directory
        Set-Content "/run/www-$Says/index.html" $Says -NoNewline
        $program, $rest = @($Prefix) + 'busybox', 'httpd', '-f', '-p', '127.0.0.1:8080', '-h', "/run/www-$Says"
        Start-Process $program $rest -PassThru
    }
    $servers = (Start-Server 'env' outside), (Start-Server ('ip', 'netns', 'exec', 'one') inside)
    Wait-Until { (ss -Hltn 'sport = 8080') -and (ip netns exec one ss -Hltn 'sport = 8080') }
}

AfterAll {
    $servers | ForEach-Object { $_.Kill() }
    $servers | ForEach-Object { Wait-End $_.Id }
    Remove-NetNamespace one, two -Force
}

Describe 'what would not stay inside' {
    AfterEach {
        while ((Get-Place) -ne $home0) { Exit-NetNamespace }
    }

    It 'is refused before the block starts: <Text>' -ForEach $leaving {
        $global:outerBlock = { irm http://127.0.0.1:8080/ }
        $problem = Get-ErrorOf { Invoke-NetNamespace one ([scriptblock]::Create("'ran' > /run/ran; $Text")) }
        $problem.FullyQualifiedErrorId | Should -BeLike 'LeavesNamespace,*'
        "$problem" | Should -BeLike '*-Isolated*'
        '/run/ran' | Should -Not -Exist
        Get-Place | Should -Be $home0
    }

    It 'is seen in the functions and aliases of the session' {
        function global:Get-Page { Get-Inner }
        function global:Get-Inner { Get-Page2 http://127.0.0.1:8080/ }
        Set-Alias Get-Page2 Invoke-RestMethod -Scope Global
        function global:Get-Itself { Get-Itself }
        try {
            $problem = Get-ErrorOf { Invoke-NetNamespace one { 'ran' > /run/ran; Get-Page } }
            $problem.FullyQualifiedErrorId | Should -BeLike 'LeavesNamespace,*'
            '/run/ran' | Should -Not -Exist
            Invoke-NetNamespace one { if ($false) { Get-Itself }; 1 } | Should -Be 1
        } finally { Remove-Item function:Get-Page, function:Get-Inner, function:Get-Itself, alias:Get-Page2 }
    }

    It 'is refused when it is called by a name that nobody could see: <Text>' -ForEach @(
        @{ Text = '$name = "Invoke-" + "RestMethod"; & $name http://127.0.0.1:8080/' }
        @{ Text = '$how = @{ Parallel = { 1 } }; 1 | ForEach-Object @how' }
        @{ Text = 'Set-Alias each ForEach-Object; 1 | each -Parallel { 1 }' }
        @{ Text = '$name = "ForEach-" + "Object"; 1 | & $name -Parallel { 1 }' }
        @{ Text = '& /run/script.ps1' }
        @{ Text = '. /run/script.ps1' }
    ) {
        Set-Content /run/script.ps1 '[System.Net.Http.HttpClient]::new().GetStringAsync("http://127.0.0.1:8080/")'
        $problem = Get-ErrorOf { Invoke-NetNamespace one ([scriptblock]::Create($Text)) }
        $problem.FullyQualifiedErrorId | Should -BeLike 'LeavesNamespace*'
    }

    It 'may follow in the pipeline, where it is outside' {
        Invoke-NetNamespace one { 'http://127.0.0.1:8080/' } | ForEach-Object { Invoke-RestMethod $_ } |
            Should -Be outside
        Invoke-NetNamespace one { 1, 2 } | ForEach-Object -Parallel { $_ } | Sort-Object | Should -Be 1, 2
    }

    It 'is not what stays: <Text>' -ForEach @(
        @{ Text = 'Test-Connection 127.0.0.1 -TcpPort 8080 -Quiet'; Result = $true }
        @{ Text = '[Net.Sockets.TcpClient]::new("127.0.0.1", 8080).Connected'; Result = $true }
        @{ Text = '1 | ForEach-Object { $_ }'; Result = 1 }
        @{
            Text = 'Start-Job { Invoke-RestMethod http://127.0.0.1:8080/ } | Receive-Job -Wait -AutoRemoveJob'
            Result = 'inside'
        }
        @{ Text = 'curl -s http://127.0.0.1:8080/'; Result = 'inside' }
        @{ Text = 'Invoke-Command { 1 }'; Result = 1 }
    ) {
        if ($Text -match '^curl' -and -not (Get-Command curl -ErrorAction Ignore)) {
            Set-ItResult -Skipped -Because 'there is no curl'
        }
        Invoke-NetNamespace one ([scriptblock]::Create($Text)) | Should -Be $Result
    }

    It 'leaves no thread of the session behind, also where a job was started' {
        Invoke-NetNamespace one { Start-Job { 1 } | Receive-Job -Wait -AutoRemoveJob } | Should -Be 1
        Wait-Until { "$(Get-ThreadPlace $PID)" -eq $home0 }
    }

    It 'runs where the whole process is' {
        Invoke-NetNamespace $PID { Invoke-RestMethod http://127.0.0.1:8080/ } | Should -Be outside
        Enter-NetNamespace $PID
        Invoke-RestMethod http://127.0.0.1:8080/ | Should -Be outside
        Exit-NetNamespace
    }

    It 'is refused at the prompt of a session that has entered, and no longer after it: <Text>' -ForEach @(
        @{ Text = 'Invoke-RestMethod http://127.0.0.1:8080/' }, @{ Text = 'irm http://127.0.0.1:8080/' }
        @{ Text = '1..2 | ForEach-Object -Parallel { 1 }' }, @{ Text = '$x = 1 | % -Parallel { 1 }; $x' }
        @{ Text = 'Start-ThreadJob { 1 } | Receive-Job -Wait' }
    ) {
        Enter-NetNamespace one
        $problem = Get-ErrorOf ([scriptblock]::Create($Text))
        $problem.FullyQualifiedErrorId | Should -BeLike 'LeavesNamespace*'
        "$problem" | Should -BeLike '*New-NetNamespaceSession*'
        1..2 | ForEach-Object { $_ } | Should -Be 1, 2
        Exit-NetNamespace
        & ([scriptblock]::Create($Text)) | Should -Not -BeNullOrEmpty
    }
}

Describe 'Invoke-NetNamespace -Isolated' {
    It 'has every thread inside' {
        Invoke-NetNamespace one -Isolated { Invoke-RestMethod http://127.0.0.1:8080/ } | Should -Be inside
        Invoke-NetNamespace one -Isolated { 1..2 | ForEach-Object -Parallel { readlink /proc/self/ns/net } } |
            Should -Be $one, $one
        Invoke-NetNamespace one -Isolated {
            Get-ChildItem /proc/$PID/task | ForEach-Object { readlink "$_/ns/net" } | Sort-Object -Unique
        } | Should -Be $one
        Get-ThreadPlace $PID | Should -Be $home0
    }

    It 'has the /sys and the settings of the namespace, as ip netns exec' {
        $null = ip link add only-here type bridge
        Invoke-NetNamespace one -Isolated { (Get-ChildItem /sys/class/net).Name } | Should -Be lo
        ip link del only-here
    }

    It 'completes the namespace first' {
        $text = 'Invoke-NetNamespace on'
        (TabExpansion2 $text $text.Length).CompletionMatches.CompletionText | Should -Contain one
    }

    It 'takes arguments, $using: and the module, and gives objects' {
        $base = 40
        Invoke-NetNamespace one -Isolated { param($a, $b) $using:base + $a + $b } 1, 1 | Should -Be 42
        $links = Invoke-NetNamespace one -Isolated { Get-NetLink }
        $links.Name | Should -Be lo
        $links.PSObject.Properties.Name | Should -Not -Contain PSComputerName
        "$($links.Namespace)" | Should -Be one
        Get-NetNamespace one, two | Invoke-NetNamespace -Isolated { "$((Get-NetNamespace -Current).Name)" } |
            Should -Be one, two
    }

    It 'says what Invoke-Command says' {
        $ErrorActionPreference = 'Continue'
        $block = { 1; Write-Error e; Write-Warning w; Write-Information i; Write-Host h }
        $session = New-NetNamespaceSession one
        $expected = Invoke-Command -Session $session $block *>&1 | ForEach-Object { "$($_.GetType().Name) $_" }
        Remove-PSSession $session
        $expected | Should -Contain 'InformationRecord i'
        Invoke-NetNamespace one -Isolated $block *>&1 | ForEach-Object { "$($_.GetType().Name) $_" } |
            Should -Be $expected
        { Invoke-NetNamespace one -Isolated { throw 'bad' } -ErrorAction Stop } | Should -Throw bad
        $problem = Get-ErrorOf { Invoke-NetNamespace nowhere -Isolated { 1 } }
        $problem.FullyQualifiedErrorId | Should -BeLike 'NamespaceNotFound,*'
    }

    It 'speaks to the person at the console' {
        $text = pwsh -NoProfile -NonInteractive -Command "
            Import-Module '$module'
            Invoke-NetNamespace one -Isolated { Write-Host shown; Write-Warning warned; Write-Verbose told -Verbose }
        " 2>&1 | Out-String
        foreach ($word in 'shown', 'WARNING: warned', 'VERBOSE: told') { $text | Should -BeLike "*$word*" }
    }

    It 'heeds the parameters that say what is to become of errors' {
        $block = { 1; Write-Error e; Write-Warning w; Write-Information i; 2 }
        $more = @{
            ErrorAction = 'SilentlyContinue'; WarningAction = 'SilentlyContinue'; InformationAction = 'SilentlyContinue'
            ErrorVariable = 'errors'; WarningVariable = 'warnings'; InformationVariable = 'words'
        }
        $said = Invoke-NetNamespace one -Isolated $block @more 2>&1
        $said | Should -Be 1, 2
        "$errors|$warnings|$words" | Should -Be 'e|w|i'
        { Invoke-NetNamespace one -Isolated $block -ErrorAction Stop } | Should -Throw e
    }

    It 'is out of the reach of the terminal''s signals' {
        $id, $session = Invoke-NetNamespace one -Isolated { $PID, [int] (ps -o sid= -p $PID) }
        $session | Should -Be $id
    }

    It 'hands objects on as they come, and leaves no process' {
        # PowerShell waits for a minute for a command whose process is gone before it is stopped.
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        $id = Invoke-NetNamespace one -Isolated { $PID; Start-Sleep 600 } | Select-Object -First 1
        $watch.Elapsed.TotalSeconds | Should -BeLessThan 50
        Wait-End $id
        $id, $child = Invoke-NetNamespace one -Isolated { $PID; (Start-Process sleep 600 -PassThru).Id }
        Wait-End $id
        Wait-End $child
    }

    It 'ends when it is stopped' {
        Measure-Stop "Invoke-NetNamespace one -Isolated { `$PID > /run/isolated; 'inside'; sleep 600 }" -Enough 2000 |
            Should -BeLessThan 10000
        Wait-End (Get-Content /run/isolated)
    }

    It 'ends with the session that made it' {
        $id = pwsh -NoProfile -NonInteractive -Command (
            "Import-Module '$module'; `$s = New-NetNamespaceSession one; " +
            'Invoke-Command $s { $PID }; Stop-Process $PID')
        Wait-End ($id | Select-Object -First 1)
    }
}

Describe 'New-NetNamespaceSession' {
    AfterEach { Get-PSSession | Remove-PSSession }

    It 'has a prompt that says where it is' {
        $session = New-NetNamespaceSession one
        Invoke-Command $session { prompt } | Should -BeLike '`[netns one`] *'
    }

    It 'gives a session that PowerShell''s own commands use' {
        $session = New-NetNamespaceSession one
        $session.GetType().FullName | Should -Be System.Management.Automation.Runspaces.PSSession
        $session.Name | Should -Be one
        (Get-PSSession).Id | Should -Be $session.Id
        $id = Invoke-Command -Session $session { $PID }
        Get-ThreadPlace $id | Should -Be $one
        Invoke-Command -Session $session { Invoke-RestMethod http://127.0.0.1:8080/; $kept = 5 } | Should -Be inside
        Invoke-Command -Session $session { $kept } | Should -Be 5
        Invoke-Command -Session $session { (Get-NetLink).Name } | Should -Be lo
        Remove-PSSession $session
        Wait-End $id
        Get-PSSession | Should -BeNullOrEmpty
        Get-ThreadPlace $PID | Should -Be $home0
    }

    It 'takes namespaces from the pipeline, and a name' {
        (Get-NetNamespace one, two | New-NetNamespaceSession).Name | Should -Be one, two
        (New-NetNamespaceSession one -Name mine).Name | Should -Be mine
        New-NetNamespaceSession one -WhatIf
        Get-PSSession | Should -HaveCount 3
        (Get-ErrorOf { New-NetNamespaceSession nowhere }).FullyQualifiedErrorId | Should -BeLike 'NamespaceNotFound,*'
    }

    It 'completes namespaces' {
        Get-Completion 'New-NetNamespaceSession o' | Should -Be one
    }
}
