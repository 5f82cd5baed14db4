BeforeAll { . $PSScriptRoot/common.ps1 }

# A process that makes and removes a network and connects a container again and again is killed at a random moment.
Describe 'After a process was killed' {
    It 'the same commands succeed, and removal leaves nothing (round <_>)' -Skip:(-not (Get-Command dnsmasq -ErrorAction Ignore)) -ForEach (1..6) {
        ip netns add web
        $manifest = $env:LXCNETWORKING_MODULE ?? (Get-Module LxcNetworking).Path
        $work = @"
            Import-Module '$manifest'
            'ready'
            while (`$true) {
                `$null = New-ContainerNetwork net0 -Subnet 10.0.3.0/24 -Nat -Dhcp
                foreach (`$turn in 1..6) {
                    `$null = Connect-Container web -Network net0 -IPAddress 10.0.3.9 -InterfaceName eth0
                    Disconnect-Container web eth0
                }
                Remove-ContainerNetwork net0 -Force
            }
"@
        $start = [System.Diagnostics.ProcessStartInfo]::new('pwsh', [string[]] @('-NoProfile', '-c', $work))
        $start.RedirectStandardOutput = $start.RedirectStandardError = $true
        $process = [System.Diagnostics.Process]::Start($start)
        $process.StandardOutput.ReadLine() | Should -Be 'ready'
        Start-Sleep -Milliseconds (Get-Random -Maximum 900)
        $process.Kill()
        $process.WaitForExit()

        $network = New-ContainerNetwork net0 -Subnet 10.0.3.0/24 -Nat -Dhcp -ErrorAction Stop
        $network.Nat | Should -BeTrue
        $network.DhcpProcessId | Should -BeGreaterThan 0
        # One that was complete when its maker was killed is there, and no half-made one is.
        if (Test-Link eth0 -In web) {
            $group = (Get-IpJson -In web link show dev eth0).group
            if ($group -eq 'default') { Disconnect-Container web eth0 }
        }
        $null = Connect-Container web -Network net0 -IPAddress 10.0.3.9 -InterfaceName eth0 -ErrorAction Stop
        Test-Ping 10.0.3.9 | Should -BeTrue
        Disconnect-Container web eth0
        Remove-ContainerNetwork net0 -ErrorAction Stop
        (Get-IpJson link show).ifname | Should -Be 'lo'
        Test-Path /run/lxcnetworking | Should -BeFalse
        nft list ruleset | Should -BeNullOrEmpty
        ip netns del web
    }
}
