<#
A process that does and undoes something again and again is killed at a random moment. Then the same command must succeed, and undoing
it must leave nothing. LXCNETWORKING_KILLS says how many processes are killed in all, shared out over the commands; a few unless set.
#>
BeforeDiscovery {
    . $PSScriptRoot/common.ps1
    $hasServer = [bool] (Get-Command dnsmasq -ErrorAction Ignore)
    $hasClient = [bool] (Get-Command dhcpcd, udhcpc, dhclient -ErrorAction Ignore)

    # Before prepares; Do and Undo are what is repeated and interrupted; Done says what must be true after Do, and Undone after Undo.
    $commands = @(
        @{
            What = 'New-ContainerNetwork with NAT and DHCP'; Needs = $hasServer; Milliseconds = 900
            Do = 'New-ContainerNetwork net0 -Subnet 10.0.3.0/24, fd00:3::/64 -Nat -Dhcp'
            Undo = 'Remove-ContainerNetwork net0'
            Done = {
                (Get-Process -Id (Get-ContainerNetwork net0).DhcpProcessId).Name | Should -Be 'dnsmasq'
                (Get-IpJson addr show dev net0).addr_info.local | Should -Contain '10.0.3.1'
                (nft -j list ruleset | ConvertFrom-Json).nftables.rule.comment -notmatch 'within' | Sort-Object | Should -Be 'NetNat net0', 'NetNat net0-v6'
                @(ss -H -lntp) -match ' 10\.0\.3\.1:53 ' | Should -HaveCount 1
            }
        }
        @{
            What = 'New-ContainerNetwork with other parameters'; Needs = $hasServer; Milliseconds = 900
            # The one that was killed may have been at the first or the second.
            Do = 'New-ContainerNetwork net0 -Subnet 10.0.7.0/24; New-ContainerNetwork net0 -Subnet 10.0.3.0/24 -Nat -Dhcp -Domain lxc'
            Undo = 'Remove-ContainerNetwork net0'
            Done = { (Get-IpJson addr show dev net0).addr_info | Where-Object family -EQ inet | ForEach-Object local | Should -Be '10.0.3.1' }
        }
        @{
            What = 'New-ContainerNetwork on an uplink'; Needs = $true; Milliseconds = 300
            Before = {
                ip addr add 192.0.2.1/24 dev card
                ip addr add 2001:db8::1/64 dev card nodad
                ip route add default via 192.0.2.9
            }
            Do = 'New-ContainerNetwork br0 -Uplink card'
            Undo = 'Remove-ContainerNetwork br0'
            Done = {
                (Get-IpJson link show dev card).master | Should -Be 'br0'
                (Get-IpJson route show default).dev | Should -Be 'br0'
                Test-Ping 192.0.2.9 | Should -BeTrue
            }
            Undone = {
                (Get-IpJson addr show dev card).addr_info.local | Should -Contain '192.0.2.1'
                (Get-IpJson addr show dev card).addr_info.local | Should -Contain '2001:db8::1'
                (Get-IpJson route show default).dev | Should -Be 'card'
                Test-Ping 192.0.2.9 | Should -BeTrue
            }
        }
        @{
            What = 'Connect-Container by veth'; Needs = $true; Milliseconds = 500
            Before = { $null = New-ContainerNetwork net0 -Subnet 10.0.3.0/24 }
            Do = 'Connect-Container web -Network net0 -IPAddress 10.0.3.9 -InterfaceName eth0 -HostInterfaceName vweb'
            Undo = 'Disconnect-Container web eth0'
            Done = {
                (Get-IpJson link show dev vweb).master | Should -Be 'net0'
                Test-Ping 10.0.3.9 | Should -BeTrue
            }
            After = { Remove-ContainerNetwork net0 }
        }
        @{
            What = 'Connect-Container by DHCP'; Needs = $hasServer -and $hasClient; Milliseconds = 900
            Before = { $null = New-ContainerNetwork net0 -Subnet 10.0.3.0/24 -Dhcp }
            Do = 'Connect-Container web -Network net0 -IPAddress dhcp -InterfaceName eth0'
            Undo = 'Disconnect-Container web eth0'
            Done = { Test-Ping ((Get-IpJson -In web addr show dev eth0).addr_info | Where-Object family -EQ inet).local | Should -BeTrue }
            After = { Remove-ContainerNetwork net0 }
        }
        @{
            What = 'Connect-Container by macvlan'; Needs = $true; Milliseconds = 500
            Do = 'Connect-Container web -Parent card -IPAddress 192.0.2.2/24 -InterfaceName eth0'
            Undo = 'Disconnect-Container web eth0'
            Done = { Test-Ping 192.0.2.2 -From wire | Should -BeTrue }
        }
        @{
            What = 'Connect-Container with a physical link'; Needs = $true; Milliseconds = 300
            Do = 'Connect-Container web -Parent card -Kind Phys -IPAddress 192.0.2.2/24 -InterfaceName eth0'
            Undo = 'Disconnect-Container web eth0'
            Done = { Test-Ping 192.0.2.2 -From wire | Should -BeTrue }
            Undone = { (Get-IpJson link show dev card).PSObject.Properties.Name | Should -Not -Contain 'ifalias' }
        }
    )
    $kills = [int] ($env:LXCNETWORKING_KILLS ?? ($env:LXCNETWORKING_LANE -eq 'full-kernel' ? 7 : 14))
    $rounds = foreach ($i in 0..($kills - 1)) { $commands[$i % $commands.Count] + @{ Round = [int] [Math]::Floor($i / $commands.Count) + 1 } }
}

BeforeAll {
    . $PSScriptRoot/common.ps1
    # Where other tests' files come and go, nobody could tell what was left.
    $env:TMPDIR = (New-Item -ItemType Directory (Join-Path $TestDrive tmp)).FullName
    $manifest = $env:LXCNETWORKING_MODULE ?? (Get-Module LxcNetworking).Path

    # What other programs still run; what has ended but was not waited for has no command line any more.
    function Get-OtherProcess {
        Get-ChildItem /proc -Directory | Where-Object Name -Match '^\d+$' | ForEach-Object { (Get-Content "/proc/$($_.Name)/cmdline" -Raw -ErrorAction Ignore) -replace "`0", ' ' } |
            Where-Object { $_ -match 'dnsmasq|dhcpcd|udhcpc|dhclient' }
    }
}

Describe 'A killed process' {
    It '<What>: succeeds after it, and leaves nothing (round <Round>)' -ForEach $rounds {
        if (-not $Needs) { Set-ItResult -Skipped -Because 'dnsmasq or a DHCP client is not installed' }
        ip netns add web
        ip netns add wire
        ip link add card up type veth peer name end netns wire
        ip -n wire link set end up
        ip -n wire addr add 192.0.2.9/24 dev end
        if ($Before) { & $Before }

        $work = "Import-Module '$manifest'; `$PID; while (`$true) { `$null = & { $Do }; $Undo }"
        $start = [System.Diagnostics.ProcessStartInfo]::new('pwsh', [string[]] @('-NoProfile', '-NonInteractive', '-c', $work))
        $start.RedirectStandardOutput = $start.RedirectStandardError = $start.RedirectStandardInput = $true
        $process = [System.Diagnostics.Process]::Start($start)
        # It is ready, and what is killed is the process that works and not one that only started it.
        $process.StandardOutput.ReadLine() | Should -Be $process.Id
        $delay = Get-Random -Maximum ([double] $Milliseconds)
        [System.Threading.Thread]::Sleep([TimeSpan]::FromMilliseconds($delay))
        $process.Kill()
        $process.WaitForExit()
        $process.StandardError.ReadToEnd() | Should -BeNullOrEmpty

        $ErrorActionPreference = 'Stop'
        # What was complete when its maker was killed is there, and has to go first; what was not is nobody's business.
        if ($Undo -like 'Disconnect-Container *' -and (Test-Link eth0 -In web) -and (Get-IpJson -In web link show dev eth0).group -eq 'default') { Disconnect-Container web eth0 }
        & ([scriptblock]::Create($Do)) | Should -Not -BeNullOrEmpty
        & $Done
        & ([scriptblock]::Create($Undo))
        if ($Undone) { & $Undone }
        if ($After) { & $After }
        (Get-IpJson link show).ifname | Sort-Object | Should -Be 'card', 'lo'
        (Get-IpJson -In web link show).ifname | Should -Be 'lo'
        Test-Path /run/lxcnetworking | Should -BeFalse
        nft list ruleset | Should -BeNullOrEmpty
        # A DHCP client that lost its master ends by itself.
        Wait-Until { -not (Get-OtherProcess) }
        Get-ChildItem $env:TMPDIR -Filter lxcnetworking-* | Should -BeNullOrEmpty
    }

    AfterEach {
        $ErrorActionPreference = 'Continue'
        Get-ContainerNetwork | Remove-ContainerNetwork -Force
        Remove-NetNamespace web, wire
        Wait-Until { -not (Test-Link card) }
    }
}
