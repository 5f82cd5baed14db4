BeforeDiscovery {
    # X stands for the call operator, or for Invoke-NetNamespace.
    $cases = @(
        'try { X { 1/0 }; "goes on" } catch { "caught $($_.FullyQualifiedErrorId) $($_.Exception.GetType())" }'
        'try { X { 1/0 }; "goes on" } catch [DivideByZeroException] { "typed" }'
        'X { 1/0; "in" }; "on $?"'
        'X { throw "bad"; "in" }; "on"'
        'try { X { throw "bad" } } catch { "caught $_ $($_.FullyQualifiedErrorId) $($_.Exception.GetType()) ' +
            '$($_.TargetObject)" }'
        'try { X { throw [ArgumentException] "bad" } } ' +
            'catch [ArgumentException] { "caught $_ $($_.FullyQualifiedErrorId)" }'
        'X { try { throw "bad" } catch { "inner" } finally { "end" } }; "on"'
        '$ErrorActionPreference = "Stop"; X { 1/0; "in" }; "on"'
        '$ErrorActionPreference = "Stop"; X { Write-Error e; "in" }; "on"'
        '$ErrorActionPreference = "Stop"; try { X { Write-Error e; "in" }; "on" } ' +
            'catch { "c $_ $($_.FullyQualifiedErrorId)" }'
        '$ErrorActionPreference = "Stop"; try { X { Get-Item /nonexist; "in" } } ' +
            'catch { "c $_ $($_.InvocationInfo.MyCommand)" }'
        '$ErrorActionPreference = "SilentlyContinue"; X { Write-Error e; 1/0; "in" }; "on $?"'
        '$ErrorActionPreference = "Ignore"; X { Write-Error e; "in" }; "on $?"'
        'X { $ErrorActionPreference = "Stop"; 1/0; "in" }; "on"'
        'function f1 { X { $ErrorActionPreference = "Stop"; 1/0; "in" }; "f on" }; f1; "on"'
        'function f2 { $ErrorActionPreference = "Stop"; X { 1/0; "in" }; "f on" }; f2; "on"'
        'try { X { $ErrorActionPreference = "Stop"; 1/0; "in" }; "on" } catch { "c $($_.FullyQualifiedErrorId)" }'
        'try { X { Write-Error e -ErrorAction Stop; "in" } } catch { "c $_ $($_.FullyQualifiedErrorId)" }'
        'X { Write-Error e -ErrorAction Stop; "in" }; "on"'
        'X { Get-Item /nonexist -ErrorAction Stop; "in" }; "on"'
        'X { $ErrorActionPreference = "Stop"; Get-Item /nonexist; "in" }; "on"'
        'X { $ErrorActionPreference = "Stop"; try { Get-Item /nonexist; "in" } catch { "inner" } }; "on"'
        '& { trap { "trapped $_"; continue }; X { 1/0; "in" }; "on" }'
        '& { trap { "trapped $_"; break }; X { throw "t" }; "on" }'
        'trap { "trapped $_"; continue }; X { throw "t" }; "on"'
        'X { trap { "inner $_"; continue }; 1/0; "in" }; "on"'
        'function f3 { trap { "T"; continue }; g3; "f on" }; function g3 { X { 1/0; "in" }; "g on" }; f3; "on"'
        'trap { "T $($_.FullyQualifiedErrorId)"; continue }; $ErrorActionPreference = "Stop"; X { 1/0; "in" }; "on"'
        'foreach ($i in 1..3) { $i; X { if ($i -eq 2) { break } }; "after $i" }; "end"'
        'foreach ($i in 1..3) { $i; X { if ($i -eq 2) { continue } }; "after $i" }; "end"'
        ':outer foreach ($i in 1..2) { foreach ($j in 1..2) { "$i $j"; X { break outer } } }; "end"'
        ':outer foreach ($i in 1..2) { foreach ($j in 1..2) { "$i $j"; X { continue outer } } }; "end"'
        'while ($true) { try { X { break } } catch { "caught" } finally { "finally" } }; "end"'
        'X { switch (1) { 1 { "s"; break } }; foreach ($i in 1..3) { break }; "in" }; "on"'
        'X { break }; "on"'
        'X { return 5; 6 }; "on"'
        'function f4 { X { return 5 }; "f on" }; f4'
        'X { exit 3 }; "on"'
        'try { X { exit 4 } } finally { "finally" }; "on"'
        'X { sh -c "exit 3" }; "$? $LASTEXITCODE"'
        'X { sh -c "exit 3"; "$? $LASTEXITCODE" }; sh -c "exit 0"; X { $LASTEXITCODE }'
        'X { sh -c "echo out; echo err >&2" } 2>&1 | ForEach-Object { "$($_.GetType()) $_" } | Sort-Object'
        '$PSNativeCommandUseErrorActionPreference = $true; try { X { sh -c "exit 3" } } catch { "c $_" }; ' +
            'X { sh -c "exit 4"; "in" }'
        'X { Write-Error e }; "$?"'
        'X { Write-Error e; "ok" }; "$?"'
        'X { Get-Item /nonexist }; "$?"'
        'X { Get-Item /nonexist; $? }'
        'X { "ok" }; "$?"'
        'X { [CmdletBinding()] param() $PSCmdlet.WriteError(' +
            '[System.Management.Automation.ErrorRecord]::new([Exception] "pe", "pid", "NotSpecified", 1)) }; "$?"'
        'X { [CmdletBinding()] param() $PSCmdlet.ThrowTerminatingError(' +
            '[System.Management.Automation.ErrorRecord]::new([Exception] "pe", "pid", "NotSpecified", 1)); "in" }; "$?"'
        'try { X { [CmdletBinding()] param() $PSCmdlet.ThrowTerminatingError(' +
            '[System.Management.Automation.ErrorRecord]::new([Exception] "pe", "pid", "NotSpecified", 1)); "in" } } ' +
            'catch { "c $($_.FullyQualifiedErrorId)" }'
        '$v = 1; X { $v = 2; $v }; $v'
        '$v = 1; X { $script:v = 2; $v }; $v'
        '$v = 1; X { Set-Variable v 3 -Scope 1 }; $v'
        'function f5 { $l = 7; X { $l; Set-Variable l 8 -Scope 1 }; $l }; f5'
        'X { function inner5 { "g" }; inner5 }; Get-Command inner5 -ErrorAction Ignore'
        'function outer6 { "outer" }; X { outer6 }'
        'X { "[$input]"; "$($args.Count)" }'
        'X { "$($MyInvocation.ExpectingInput)" }'
        '"$_|"; X { "[$_]" }; 5 | ForEach-Object { X { $_ } }'
        'X { param($a, $b = 5) "[$a] $b [$args]" }'
        'X { begin { "b" } process { "p [$_]" } end { "e" } }'
        'X { end { "e"; throw "x" } clean { Write-Information "clean" } }'
        '(X { 1; 2; 3 } | Select-Object -First 1); "on $?"'
        'X { try { 1; 2; 3 } finally { Write-Information fin } } | Select-Object -First 1; "on"'
        '$r = X { 1; Write-Error e; 2 } 2>&1; $r | ForEach-Object { "$($_.GetType()) $_" }'
        '$r = X { 1; Write-Warning w; Write-Verbose v -Verbose; Write-Debug d -Debug; Write-Information i; ' +
            'Write-Error e; 2 } *>&1; $r | ForEach-Object { "$($_.GetType()) $_" }'
        '$r = X { Write-Host h; Write-Information i } 6>&1; $r | ForEach-Object { "$($_.GetType()) $_" }'
        '$r = X { Write-Warning w; 1 } 3>&1; $r | ForEach-Object { "$($_.GetType()) $_" }'
        '$r = & { X { Write-Error e; 1 } } 2>&1; $r | ForEach-Object { "$($_.GetType()) $_" }'
        '$r = & { X { Write-Warning e; 1 } } 3>&1; $r | ForEach-Object { "$($_.GetType()) $_" }'
        'X { Write-Error e; Write-Warning w; 1 } 2>$null 3>$null'
        'X { Write-Error e; Write-Warning w; 1 } *> /tmp/streams; Get-Content /tmp/streams'
        '$VerbosePreference = "Continue"; X { Write-Verbose v }'
        '$WarningPreference = "SilentlyContinue"; X { Write-Warning w; 1 }'
        '$WarningPreference = "Stop"; try { X { Write-Warning w; 1 } } catch { "c $_" }'
        'Set-StrictMode -Version 3; X { $nothing; "in" }; Set-StrictMode -Off'
        '$Error.Clear(); X { Write-Error e; 1/0 }; $Error.Count'
        '$Error.Clear(); try { X { throw "a" } } catch { "c" }; $Error.Count'
        '$Error.Clear(); try { X { 1/0 } } catch { "c" }; $Error.Count'
        '& { [CmdletBinding()] param() X { Write-Error e; 1/0; Write-Warning w } } ' +
            '-ErrorVariable e -WarningVariable w -OutVariable o; $e.Count; $w.Count; $o.Count'
        'X { $null; @(); , @(1, 2); @{ a = 1 } } | ' +
            'ForEach-Object { if ($null -eq $_) { "null" } else { $_.GetType().Name } }'
        'X { Write-Output @(1, 2) -NoEnumerate } | ForEach-Object { "$($_.Count)" }'
        'X { "x" | Add-Member n 5 -PassThru } | ForEach-Object { "$_ $($_.n)" }'
        'function f7([switch] $x) { X { "bound $($PSBoundParameters.Keys)" } }; f7 -x'
        'X { nosuchcommand; "in" }; "on $?"'
        'try { X { nosuchcommand; "in" } } catch { "c $($_.FullyQualifiedErrorId)" }'
        'X { [int] "x"; "in" }; "on"'
        'try { X { [int] "x" } } catch { "c $($_.FullyQualifiedErrorId) $($_.Exception.GetType())" }'
        'try { X { [int]::Parse("x") } } ' +
            'catch [FormatException] { "c $($_.FullyQualifiedErrorId) $($_.Exception.GetType())" }'
        'try { X { "a" -like "[" } } catch { "c $($_.FullyQualifiedErrorId)" }'
        'X { "a" -like "["; "in" }; "on"'
        'X { X { 1/0; "in" }; "mid" }; "on"'
        'try { X { X { 1/0; "in" }; "mid" } } catch { "c $($_.FullyQualifiedErrorId)" }'
        'try { X { try { X { throw "deep" } } finally { "finally" } } } catch { "c $_" }'
        'try { 1 | ForEach-Object { X { 1/0 } } } catch { "c $($_.Exception.GetType())" }'
        'if (X { $false }) { "yes" } else { "no" }; $x, $y = X { 1; 2 }; "$x-$y"'
        'try { X { 1; 1/0 } | ForEach-Object { "got $_" } } catch { "c" }'
        'X { 1; 2 } | ForEach-Object { throw "down" }; "on"'
        'try { X { try { 1; 2 } catch { "inner" } } | ForEach-Object { throw "down" } } catch { "c $_" }'
        'foreach ($i in 1..2) { X { try { 1; 2 } finally { "x" } } | ForEach-Object { break }; "after" }; "end"'
        'X { 1; 2 } | ForEach-Object { Write-Error "down $_"; $_ }; "on"'
    ) | ForEach-Object { @{ Case = $_ } }
}

BeforeAll {
    . $PSScriptRoot/common.ps1
    $null = New-NetNamespace one
    $module = "$((Get-Module LxcNetworking).ModuleBase)/LxcNetworking.psd1"

    function New-Session {
        $session = [runspacefactory]::CreateRunspace([initialsessionstate]::CreateDefault2())
        $session.ThreadOptions = 'ReuseThread'
        $session.Open()
        $shell = [powershell]::Create($session)
        $place = 'function Get-Place { (Get-Item /proc/thread-self/ns/net).Target }'
        $null = $shell.AddScript("Import-Module '$module'; $place").Invoke()
        if ($shell.HadErrors) { throw $shell.Streams.Error[0] }
        $session
    }

    # All that a script says, and how it ends, as text.
    function Get-Behaviour($Session, [string] $Script) {
        $Session.ResetRunspaceState()
        $shell = [powershell]::Create($Session)
        try {
            $null = $shell.AddScript("`$ErrorView = 'ConciseView'; $Script; '[end]'")
            try { $shell.Invoke() | ForEach-Object { "out: $_" } }
            catch { "ended by: $($_.Exception.InnerException.GetType()) $($_.Exception.InnerException.Message)" }
            $shell.Streams.Error | ForEach-Object {
                $where = $_.InvocationInfo
                "error: $($_.FullyQualifiedErrorId) $_ $($where.ScriptLineNumber) $($where.PositionMessage)" -replace
                    '(?m)^\+ +~+'
            }
            foreach ($stream in 'Warning', 'Verbose', 'Debug', 'Information') {
                $shell.Streams.$stream | ForEach-Object { "$($stream): $_" }
            }
            "$($shell.InvocationStateInfo.State)"
        }
        finally { $shell.Dispose() }
    }

    $called = New-Session
    $invoked = New-Session
}

AfterAll {
    $called, $invoked | Where-Object { $_ } | ForEach-Object { $_.Dispose() }
    Remove-NetNamespace one
    Remove-Item /tmp/streams -ErrorAction Ignore
}

Describe 'a block of Invoke-NetNamespace' -Tag PrivilegedContainer {
    It 'behaves as with the call operator: <Case>' -ForEach $cases {
        # Both as long, as errors name the column.
        $call = '&'.PadRight('Invoke-NetNamespace one'.Length)
        $expected = Get-Behaviour $called ($Case -replace '\bX \{', "$call {")
        $found = Get-Behaviour $invoked ($Case -replace '\bX \{', 'Invoke-NetNamespace one {')
        $found -replace 'Invoke-NetNamespace one', $call -join "`n" | Should -BeExactly ($expected -join "`n")
        $expected = Get-Behaviour $called 'Get-Place'
        (Get-Behaviour $invoked 'Get-Place') -join "`n" | Should -BeExactly ($expected -join "`n")
    }

    It 'ends a script with its exit code: <Block>' -ForEach @(
        @{ Block = 'exit 7'; Code = 7 }
        @{ Block = 'throw "bad"'; Code = 1 }
        @{ Block = '$ErrorActionPreference = "Stop"; 1/0'; Code = 1 }
    ) {
        $command = "Import-Module '$module'; Invoke-NetNamespace one { $Block }; 'on'"
        $said = pwsh -NoProfile -NonInteractive -Command $command 2>&1
        $LASTEXITCODE | Should -Be $Code
        $said | Should -Not -Contain 'on'
    }

    It 'leaves no thread of .NET in the namespace, which would keep it alive' {
        $null = New-NetNamespace blocks-gc
        $inode = stat -Lc %i /run/netns/blocks-gc
        # A process that has not collected in the background yet; its thread starts where it is needed first.
        $script = {
            Import-Module $args[0]
            $before = [System.Runtime.GCSettings]::LatencyMode
            Invoke-NetNamespace blocks-gc {
                $held = foreach ($i in 1..40) { , [byte[]]::new(5MB); [GC]::Collect(2, 'Optimized', $false) }
            }
            if ([System.Runtime.GCSettings]::LatencyMode -ne $before) { 'another latency mode' }
            foreach ($thread in Get-ChildItem "/proc/$PID/task") {
                if ((stat -Lc %i "$thread/ns/net") -eq $args[1]) { Get-Content "$thread/comm" }
            }
            'done'
        }
        $module = (Get-Module LxcNetworking).Path
        pwsh -NoProfile -NonInteractive -Command $script -args $module, $inode | Should -BeExactly 'done'
        Remove-NetNamespace blocks-gc
    }

    It 'says everything outside: <Redirected>' -ForEach @(
        @{
            Redirected = 'Invoke-NetNamespace one { 1; Write-Error e; Write-Warning w; Write-Information i; ' +
                'Write-Verbose v -Verbose; 2 } *>&1'
            Count = 6
        }
        @{
            Redirected = '& { Invoke-NetNamespace one { 1; Write-Error e; Write-Warning w; Write-Information i; ' +
                'Write-Verbose v -Verbose; 2 } } *>&1'
            Count = 6
        }
        @{ Redirected = 'Invoke-NetNamespace one { & { Write-Error e; 2 } } 2>&1'; Count = 2 }
        @{ Redirected = '& { [CmdletBinding()] param() Invoke-NetNamespace one { Write-Error e; 2 } } 2>&1'; Count = 2 }
        @{ Redirected = 'Invoke-NetNamespace one { sh -c "echo o; echo e >&2" } 2>&1'; Count = 2 }
    ) {
        $places = (Get-Behaviour $invoked "$Redirected | ForEach-Object { Get-Place }") -match '^out: net'
        $places | Should -HaveCount $Count
        $places | Select-Object -Unique | Should -BeExactly "out: $((Get-Item /proc/thread-self/ns/net).Target)"
    }
}
