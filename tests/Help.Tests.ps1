BeforeDiscovery {
    . $PSScriptRoot/common.ps1
    $cmdlets = (Get-Command -Module LxcNetworking).Name
}
BeforeAll { . $PSScriptRoot/common.ps1 }

Describe 'Help' {
    It 'is found for <_>, with examples that parse and parameters that exist' -ForEach $cmdlets {
        $help = Get-Help $_ -Full
        $help.Synopsis | Should -Not -BeNullOrEmpty
        # What PowerShell makes up from the code alone has no examples.
        @($help.Examples.Example).Count | Should -BeGreaterThan 1
        foreach ($example in $help.Examples.Example) {
            $errors = $null
            $tree = [System.Management.Automation.Language.Parser]::ParseInput($example.Code, [ref] $null,
                [ref] $errors)
            $errors | Should -BeNullOrEmpty -Because $example.Code
            foreach (
                $call in $tree.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)) {
                $name = $call.GetCommandName()
                if (-not $name -or $name -notmatch '-') { continue }
                $command = Get-Command $name -ErrorAction Ignore
                if (-not $command) {
                    # A native program that is not on this machine is none of ours.
                    $name | Should -Not -MatchExactly '^[A-Z][a-z]+-[A-Z]' -Because 'there is no such cmdlet'
                    continue
                }
                foreach ($parameter in $call.CommandElements |
                    Where-Object { $_ -is [System.Management.Automation.Language.CommandParameterAst] }) {
                    if ($command.CommandType -eq 'Cmdlet') {
                        { $command.ResolveParameter($parameter.ParameterName) } |
                            Should -Not -Throw -Because $call.Extent.Text
                    }
                }
            }
        }
    }

    It 'shows something that runs when pasted' {
        Get-Help New-VethPair -Examples | Out-String | Should -Match 'New-VethPair veth-web -PeerName eth0'
    }

    It 'has the topic about_LxcNetworking' {
        Get-Help about_LxcNetworking | Out-String |
            Should -Match 'Every cmdlet that touches a network stack has -Namespace'
    }

    It 'is found from the checkout as from the module folder' {
        $checkout = Resolve-Path "$PSScriptRoot/.."
        if (-not (Test-Path $checkout/Module/bin)) { Set-ItResult -Skipped -Because 'the checkout is not built' }
        $script = "Import-Module $checkout/LxcNetworking.psd1; Get-Help New-VethPair -Examples | Out-String; " +
            "Get-Help about_LxcNetworking | Out-String"
        $text = pwsh -NoProfile -NonInteractive -Command $script | Out-String
        $text | Should -Match 'New-VethPair veth-web -PeerName eth0'
        $text | Should -Match 'Every cmdlet that touches a network stack'
    }
}
