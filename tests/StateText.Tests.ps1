BeforeAll {
    . $PSScriptRoot/common.ps1

    # The cmdlets' own way, which has no cmdlet in front of it here.
    $hidden = [System.Reflection.BindingFlags] 'NonPublic, Public, Static'
    $core = [LxcNetworking.State.Text.StateText]
    $commands = (Get-Command Get-NetLink).ImplementingType.Assembly
    $data = $commands.GetType('LxcNetworking.Commands.State.PowerShellDataReading')
    $data.GetMethod('Register', $hidden).Invoke($null, @())
    $objects = $commands.GetType('LxcNetworking.Commands.State.StateObjects')
    $formatType = $core.GetMethod('Read', $hidden).GetParameters()[2].ParameterType
    $formats = @{ Yaml = 0; Json = 1; Data = 2 }

    # What it gives: as JSON, and the mistakes.
    function Read-State {
        param([string] $Text, [string] $Format = 'Data', [switch] $AsNode)
        $problems = [System.Collections.Generic.List[LxcNetworking.State.Text.StateProblem]]::new()
        $arguments = $Text, 'dmz.psd1', [enum]::ToObject($formatType, $formats[$Format]), $problems
        $node = $core.GetMethod('Read', $hidden).Invoke($null, $arguments)
        if ($AsNode) { return $node }
        @{ Json = "$node"; Problem = @($problems | ForEach-Object ToString) }
    }

    function Write-State {
        param($Node, [string] $Format = 'Data')
        $core.GetMethod('Write', $hidden).Invoke($null, @($Node, [enum]::ToObject($formatType, $formats[$Format])))
    }

    function ConvertTo-State {
        param($Value, [switch] $AsNode)
        $problems = [System.Collections.Generic.List[LxcNetworking.State.Text.StateProblem]]::new()
        $node = $objects.GetMethod('Read', $hidden).Invoke($null, @($Value, $problems))
        if ($AsNode) { return $node }
        @{ Json = "$node"; Problem = @($problems | ForEach-Object ToString) }
    }
}

Describe 'a PowerShell data file' {
    It 'says what PowerShell makes of it' {
        $text = @'
# a lab
@{
    name = 'dmz'; "it's" = "a `"text`"`n" ; 5 = 0x10
    Numbers = 1, -2, + 3, - 4, 1kb, 5L, 1.5, 1e3, 9223372036854775808
    Others = @($true, $False, $NULL)
    Flat = @( 1, 2
        @(3); @(, @(4)); ((5)) )
    One = @(@{ a = @() })
    Nested = @(@(1), @(2, 3)), @()
    Single = , @(1)
    Paren = (1, (2))
    'Here' = @"
two
lines
"@
    Ordered = [ordered] @{ b = 1; a = 2 }
}
'@
        $read = Read-State $text
        $read.Problem | Should -BeNullOrEmpty
        $path = Join-Path $TestDrive a.psd1
        $text -replace '\[ordered\]' -replace '\+ 3, - 4', '3, -4' -replace '\(\(5\)\)', '5' | Set-Content $path
        $one = $read.Json | ConvertFrom-Json -AsHashtable
        $other = Import-PowerShellDataFile $path -SkipLimitCheck
        ($one.Keys | Sort-Object) | Should -Be ($other.Keys | ForEach-Object ToString | Sort-Object)
        foreach ($name in 'Flat', 'One', 'Nested', 'Single', 'Paren', 'Here', "it's") {
            ConvertTo-Json $one[$name] -Compress -Depth 9 | Should -Be (ConvertTo-Json $other[$name] -Compress -Depth 9)
        }
        (ConvertFrom-Json $read.Json).Numbers |
            Should -Be @(1, -2, 3, -4, 1024, 5, '1.5', 1000, '9223372036854775808')
        $read.Json | Should -Match '"Ordered":{"b":1,"a":2}'
        $read.Json | Should -Match '"Others":\[true,false,null\]'
    }

    It 'is one hashtable of constants: <Text>' -ForEach @(
        @{ Text = ''; Problem = 'dmz.psd1:1:1: a data file is one hashtable: @{ name = ''dmz'' }' }
        @{ Text = '@{ a = 1'; Problem = "dmz.psd1:1:3: this is not PowerShell: Missing closing '}'*" }
        @{ Text = "@{`n a = Get-Date }"; Problem = 'dmz.psd1:2:6: a: only constants can be here*' }
        @{ Text = '@{ a = "$HOME" }'; Problem = 'dmz.psd1:1:8: a: a text between double quotes has a variable*' }
        @{ Text = '@{ a = @(1, $x) }'; Problem = 'dmz.psd1:1:13: a`[1]: only constants*' }
        @{ Text = '@{ a = 1 + 2 }'; Problem = 'dmz.psd1:1:8: a: only constants*' }
        @{ Text = '@{ a = { 1 } }'; Problem = 'dmz.psd1:1:8: a: only constants*' }
        @{ Text = '@{ a = [int] 1 }'; Problem = 'dmz.psd1:1:8: a: only constants*' }
        @{ Text = '@{ a = 1 > /run/x }'; Problem = 'dmz.psd1:1:8: a: only constants*' }
        @{ Text = '@{ $a = 1 }'; Problem = 'dmz.psd1:1:4: only constants*' }
        @{ Text = '@{ a = 1 }; Get-Date'; Problem = 'dmz.psd1:1:13: a data file is one hashtable, and nothing else' }
        @{ Text = "# one`n<# two #>  param()"; Problem = 'dmz.psd1:2:12: a data file is one hashtable: *' }
        @{ Text = '@{ a = 1 }.a'; Problem = 'dmz.psd1:1:1: a data file is one hashtable, and nothing else' }
        @{ Text = '<# @{ a = 1 }'; Problem = 'dmz.psd1:1:1: a data file is one hashtable: *' }
        @{ Text = "using module ./a`n@{ a = 1 }"; Problem = 'dmz.psd1:1:1: a data file is one hashtable*' }
        @{ Text = "@{ a = @{ 'b' = 1`n B = 2 } }"; Problem = '*2:2: a.B: ''B'' is here a second time*in line 1' }
    ) {
        $read = Read-State $Text
        $read.Problem | Should -HaveCount 1
        $read.Problem[0] | Should -BeLike $Problem
    }

    It 'has limits' {
        (Read-State ('@{ a = ' + '@{ a = ' * 40 + '1' + '}' * 41)).Problem | Should -BeLike '*deeper than 32, the limit'
        (Read-State ('@{ a = ' + '@(' * 300 + '1' + ')' * 300 + '}')).Problem | Should -HaveCount 1
        (Read-State ('@{ a = ' + '(' * 300 + '1' + ')' * 300 + '}')).Problem | Should -HaveCount 1
        (Read-State ('@{ a = ' + '@(' * 100000)).Problem | Should -Not -BeNullOrEmpty
        (Read-State "@{ a = '$('x' * 32MB)' }").Problem |
            Should -Be 'dmz.psd1: the document is larger than 32 MiB, the limit'
    }
}

Describe 'what is written as a PowerShell data file' {
    It 'is the same to this module, to PowerShell, and in the other formats' {
        $random = [random]::new(20261130)
        $nasty = '', ' ', 'yes', "it's", "'", '"', '$a', '$(Get-Date)', '`', "`n", "a`r`nb", "`t", "`e[31m", "`0",
            '@{', '#', '<#', "$([char]0x2018)a$([char]0x2019)", "$([char]0x201c)a$([char]0x201d)", "`u{1f600}",
            "`u{2028}", "`u{85}", '{0}', '-1', '1kb', 'if', 'a b', 'a=b', '10.0.3.1/24', ';', ',', ')', '}', '\', 'ü'
        function New-Tree {
            param([int] $Depth)
            switch ($Depth -gt 3 ? $random.Next(5) : $random.Next(9)) {
                0 { return $random.NextInt64([long]::MinValue, [long]::MaxValue) }
                1 { return [bool]$random.Next(2) }
                2 { return $null }
                { $_ -in 5, 6 } {
                    return , @(for ($i = $random.Next(4); $i -gt 0; $i--) { , (New-Tree ($Depth + 1)) })
                }
                { $_ -in 7, 8 } { return New-Map $Depth }
                default { return $nasty[$random.Next($nasty.Count)] + $nasty[$random.Next($nasty.Count)] }
            }
        }
        function New-Map {
            param([int] $Depth)
            # As the names of a hashtable are read.
            $names = [System.Collections.Generic.SortedSet[string]]::new([System.StringComparer]::Ordinal)
            for ($i = $random.Next(4); $i -gt 0; $i--) {
                $null = $names.Add($nasty[$random.Next($nasty.Count)] + $nasty[$random.Next($nasty.Count)])
            }
            $map = [ordered]@{}
            foreach ($name in $names) { if (-not $map.Contains($name)) { $map[$name] = New-Tree ($Depth + 1) } }
            $map
        }
        $path = Join-Path $TestDrive b.psd1
        for ($round = 0; $round -lt 150; $round++) {
            $map = New-Map 0
            $node = ConvertTo-State $map -AsNode
            foreach ($name in $formats.Keys) {
                $text = Write-State $node $name
                (Read-State $text $name -AsNode).Equals($node) | Should -BeTrue -Because $text
            }

            $text = Write-State $node
            [System.IO.File]::WriteAllText($path, $text)
            $imported = Import-PowerShellDataFile -LiteralPath $path -SkipLimitCheck
            (ConvertTo-State $imported).Json | Should -BeExactly "$node" -Because $text
        }
    }
}

Describe 'objects' {
    It 'say the same as a document' {
        $document = [ordered]@{
            name = 'dmz'
            links = @(
                [pscustomobject]@{
                    name = 'a'; mtu = 1500; up = $true; flag = [switch]$true; none = $null; round = 1500.0
                }
                @{
                    addresses = [LxcNetworking.Values.IPPrefix]'10.0.3.1/24', [ipaddress]'fd00::1'
                    big = [ulong]::MaxValue
                }
            )
            list = [System.Collections.Generic.List[object]](1, (Get-Date -Date 2026-01-02).DayOfWeek, [char]'c', 1.5)
            time = [timespan]'00:05:00'
            empty = @()
            nested = , @(1)
        }
        $read = ConvertTo-State $document
        $read.Problem | Should -BeNullOrEmpty
        $read.Json | Should -Be ('{"name":"dmz","links":[{"name":"a","mtu":1500,"up":true,"flag":true,"none":null,' +
            '"round":1500},{"addresses":["10.0.3.1/24","fd00::1"],"big":"18446744073709551615"}],' +
            '"list":[1,"Friday","c","1.5"],"time":"00:05:00","empty":[],"nested":[[1]]}')
        (ConvertTo-State ($read.Json | ConvertFrom-Json)).Json | Should -Be $read.Json
        $node = ConvertTo-State $document -AsNode
        $node.Entries[0].Value.IsPlain | Should -BeTrue
    }

    It 'have their mistakes told, and limits' {
        $cycle = @{}; $cycle.self = $cycle
        (ConvertTo-State $cycle).Problem | Should -BeLike 'self.self*deeper than 32, the limit'
        $endless = [pscustomobject]@{ a = [System.Linq.Enumerable]::Repeat([object]1, [int]::MaxValue) }
        (ConvertTo-State $endless).Problem | Should -BeLike 'a*more than 1,000,000 values*'
        (ConvertTo-State @{ a = { 1 }; b = (Get-Process -Id $PID) }).Problem | Should -Be @(
            'a: a System.Management.Automation.ScriptBlock is no value of a document'
            'b: a System.Diagnostics.Process is no value of a document')
        $two = [System.Collections.Hashtable]::new(); $two.a = 1; $two.A = 2
        (ConvertTo-State $two).Problem | Should -Be 'a: ''a'' is here a second time, as case does not matter'
        (ConvertTo-State @{ a = "$([char]0xd800)" }).Problem | Should -Be 'a: half of a character is in this text'
        $failing = [pscustomobject]@{} | Add-Member ScriptProperty a { throw 'no' } -PassThru
        (ConvertTo-State $failing).Problem | Should -BeLike 'the property ''a'' cannot be read: *'
    }
}
