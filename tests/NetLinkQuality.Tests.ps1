BeforeDiscovery {
    . $PSScriptRoot/common.ps1
    $null = ip link add probe0 type veth peer name probe1
    $null = tc qdisc add dev probe0 root netem 2>&1
    $shapes = $env:LXCNETWORKING_LANE -eq 'full-kernel' -or -not $LASTEXITCODE
    ip link del probe0
}
BeforeAll {
    . $PSScriptRoot/common.ps1
    function Get-Qdisc([string] $Name) {
        tc -j qdisc show dev $Name | ConvertFrom-Json | Where-Object kind -NE 'noqueue'
    }
}
Describe 'Get-, Set- and Remove-NetLinkQuality' {
    BeforeEach { ip link add v0 up type veth peer name v1; ip link add w0 type veth peer name w1 }
    AfterEach { ip link del v0; ip link del w0 }

    if ($env:LXCNETWORKING_LANE -ne 'full-kernel') {
        It 'sets, changes, shows and ends a rate, and goes by patterns and objects' {
            Set-NetLinkQuality v0 -Rate 10Mbit | Should -BeNullOrEmpty
            (Get-Qdisc v0).options.rate | Should -Be 1250000
            $quality = Set-NetLinkQuality [vw]0 -Rate 1.5Mbit -PassThru
            $quality.InterfaceAlias | Should -Be 'v0', 'w0'
            "$($quality[0].Rate)", "$($quality[0].Direction)", $quality[0].QueueDiscipline |
                Should -Be '1.5Mbit', 'Out', 'tbf'
            (Get-NetLink v0 | Get-NetLinkQuality).Rate.BitsPerSecond | Should -Be 1500000
            Get-NetLinkQuality -Direction In | Should -BeNullOrEmpty
            Get-NetLinkQuality v0 | Set-NetLinkQuality -InterfaceAlias v1 -Burst 20000
            (Get-NetLinkQuality v1).Burst | Should -Be 20000
            Get-NetLinkQuality | ConvertTo-Json | ConvertFrom-Json | Remove-NetLinkQuality
            Get-NetLinkQuality | Should -BeNullOrEmpty
            Get-Qdisc v0 | Should -BeNullOrEmpty
        }
        It 'tells with -WhatIf from what to what, and changes nothing' {
            Set-NetLinkQuality v0 -Rate 10Mbit
            $before = tc qdisc show dev v0
            $said = pwsh -NoProfile -Command "Import-Module '$((Get-Module LxcNetworking).Path)'
                Set-NetLinkQuality v0 -Rate 20Mbit -Loss 1% -WhatIf; Remove-NetLinkQuality v0 -WhatIf"
            $said -join ' ' |
                Should -Match "Out from 'rate 10Mbit burst 15140' to 'loss 1% rate 20Mbit'.*Remove quality"
            tc qdisc show dev v0 | Should -Be $before
        }
        It 'takes <Text> for <Loss> and <Rate>' -ForEach @(
            @{ Text = '7 and 8000'; Loss = 7; Rate = 8000; Shown = '7%', '8kbit' }
            @{ Text = '0.25 and 64Kibit'; Loss = 0.25; Rate = '64Kibit'; Shown = '0.25%', '65.536kbit' }
            @{ Text = '1.5% and 10Mbit/s'; Loss = '1.5%'; Rate = '10Mbit/s'; Shown = '1.5%', '10Mbit' }
            @{ Text = '100 and 2.5Gbps'; Loss = '100'; Rate = '2.5Gbps'; Shown = '100%', '2.5Gbit' }
        ) {
            "$([LxcNetworking.Values.Percentage] $Loss)", "$([LxcNetworking.Values.BitRate] $Rate)" | Should -Be $Shown
        }
        It 'refuses <_>' -ForEach '-Loss 101', '-Loss -1', '-Rate 10MBps', '-Rate fast', '-Delay 20parsecs' {
            (Get-ErrorOf ([scriptblock]::Create("Set-NetLinkQuality v0 $_"))).FullyQualifiedErrorId |
                Should -Match 'Argument.*SetNetLinkQualityCommand'
            Get-Qdisc v0 | Should -BeNullOrEmpty
        }
        It 'refuses <_> as it makes no sense' -ForEach '-Jitter 5ms', '-Rate 1Mbit -Burst 9000 -Loss 1%', '' {
            (Get-ErrorOf ([scriptblock]::Create("Set-NetLinkQuality v0 $_"))).FullyQualifiedErrorId |
                Should -BeLike 'InvalidArgument,*'
            Get-Qdisc v0 | Should -BeNullOrEmpty
        }
        It 'leaves alone what tc has set, and says how to replace it' {
            tc qdisc add dev v0 root handle 7: htb
            $refusal = Get-ErrorOf { Set-NetLinkQuality v0 -Rate 10Mbit }
            $refusal.FullyQualifiedErrorId | Should -BeLike 'ObjectExists,*'
            "$refusal" | Should -BeLike "*'v0': htb 7:. Use -Force if that is meant."
            (Get-ErrorOf { Remove-NetLinkQuality v0 }).FullyQualifiedErrorId | Should -BeLike 'NotSupported,*'
            (Get-NetLinkQuality v0).IsForeign, (Get-NetLinkQuality v0).QueueDiscipline | Should -Be $true, 'htb'
            Set-NetLinkQuality v0 -Rate 10Mbit -Force
            (Get-Qdisc v0).kind | Should -Be 'tbf'
            Remove-NetLinkQuality v0
            (Get-ErrorOf { Remove-NetLinkQuality v0 }).FullyQualifiedErrorId | Should -BeLike 'ObjectNotFound,*'
        }
    }
    if (-not $shapes) {
        It 'says that the kernel lacks netem' {
            $refusal = Get-ErrorOf { Set-NetLinkQuality v0 -Delay 20ms }
            $refusal.FullyQualifiedErrorId | Should -BeLike 'KindNotSupported,*'
            "$refusal" | Should -BeLike '*modprobe sch_netem*'
        }
    }
    It 'delays and loses both ways, and leaves no ifb link behind' -Skip:(-not $shapes) {
        Set-NetLinkQuality v0 -Delay 20ms -Jitter 5 -Loss 1% -Direction Both
        $table = Get-NetLinkQuality | Format-Table | Out-String -Width 80
        $table | Should -Match 'v0 +Out +20ms . 5ms +1% .* netem'
        $table | Should -Match 'v0 +In +20ms . 5ms +1% .* netem'
        $options = (Get-Qdisc v0).options
        $options.delay.delay, $options.delay.jitter, $options.'loss-random'.loss | Should -Be 0.02, 0.005, 0.01
        Get-NetLinkQuality v0 -Direction In | Set-NetLinkQuality -InterfaceAlias w0 -Delay 0 -Rate 1Mbit
        (Get-NetLinkQuality w0).Direction, "$((Get-NetLinkQuality w0).Loss)" | Should -Be 'In', '1%'
        Get-NetLinkQuality v0 -Direction Out | Remove-NetLinkQuality
        (Get-NetLinkQuality v0).Direction | Should -Be 'In'
        ip link del w1
        Set-NetLinkQuality v0 -Loss 0 -Direction In
        (Get-NetLink -Kind ifb).Name | Should -Be "ifb-q$((Get-NetLink v0).Index)"
        Remove-NetLink v0
        Get-NetLink -Kind ifb | Should -BeNullOrEmpty
        ip link add v0 up type veth peer name v1
        ip link add w0 type veth peer name w1
    }
}
