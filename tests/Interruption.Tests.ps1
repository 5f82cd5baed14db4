<#
A process is killed in the middle of a command that changes more than one thing. Then the same command, or only the one
that takes it back, must leave nothing. LXCNETWORKING_KILLS says how many are killed; a few unless set, of other
commands each time. tests/long.sh kills many.
#>
BeforeDiscovery {
    . $PSScriptRoot/common.ps1
    # In the full-kernel lane those of the kinds that other kernels may lack.
    $isFullKernel = $env:LXCNETWORKING_LANE -eq 'full-kernel'
    $commands = @(& $PSScriptRoot/kills/commands.ps1 |
            Where-Object { $_.Kind ? (Test-LinkKind $_.Kind) : -not $isFullKernel } | Get-Random -Shuffle)
    $kills = [int] ($env:LXCNETWORKING_KILLS ?? ($isFullKernel ? 7 : 14))
    $rounds = foreach ($i in 0..($kills - 1)) {
        $commands[$i % $commands.Count] + @{ Seed = Get-Random -Minimum 1 -Maximum 1000000 }
    }
}

BeforeAll {
    . $PSScriptRoot/common.ps1
    . $PSScriptRoot/kills/kills.ps1
    Start-Killing
}

Describe 'A killed process' {
    It '<What>: leaves nothing (seed <Seed>)' -ForEach $rounds {
        Invoke-Kill $_ $Seed | Should -BeNullOrEmpty
    }

    AfterEach { Clear-Kill }

    AfterAll { Stop-Killing }
}
