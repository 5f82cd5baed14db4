<#
lxcnet, the program that renews leases when no command runs: that it starts by itself, does its work, is there once, and
ends.
#>
BeforeDiscovery {
    $hasServer = [bool] (Get-Command dnsmasq -ErrorAction Ignore)
}

BeforeAll {
    . $PSScriptRoot/common.ps1
    $script:bin = Split-Path (Get-Module LxcNetworking).Path
    $script:folder = '/run/lxcnetworking/helper-program-lock'

    # The ids of those that serve.
    function Get-Helper {
        @(Get-Process lxcnet -ErrorAction Ignore |
            Where-Object { (Get-Content "/proc/$($_.Id)/cmdline" -Raw -ErrorAction Ignore) -match "\0serve\0" })
    }

    function Get-Lease { Get-DhcpLease -Namespace web | Where-Object InterfaceAlias -eq eth0 }

    # It asks for more time every three seconds.
    function Start-Server {
        dnsmasq --conf-file=/dev/null --interface=br0 --bind-interfaces --user=root --group= --port=0 `
            --no-ping --leasefile-ro --dhcp-range=10.0.3.100,10.0.3.120,2m --dhcp-option=option:T1,3 `
            --dhcp-option=option:T2,60 --pid-file=/run/server.pid
    }
}

Describe 'lxcnet' -Skip:(-not $hasServer) {
    BeforeEach {
        ip link add br0 up type bridge
        ip addr add 10.0.3.1/24 dev br0
        ip netns add web
        Start-Server
    }

    AfterEach {
        Stop-Process -Id (Get-Content /run/server.pid) -Force
        Get-Helper | Stop-Process -Force
        ip netns del web 2>$null
        ip link del br0
        Remove-RunFolder
    }

    It 'is started by the first lease, renews it, and ends with the last one' {
        Get-Helper | Should -BeNullOrEmpty
        Connect-Container web -Bridge br0 -IPAddress dhcp
        $first = (Get-Lease).Expires
        Wait-Until { (Get-Helper).Count -eq 1 } -Seconds 20
        Wait-Until { (Get-Lease).Expires -gt $first } -Seconds 20
        # The kernel's time for the address begins anew.
        ip -n web addr change (Get-Lease).IPAddress.ToString() dev eth0 valid_lft 30 preferred_lft 30
        Wait-Until { (Get-IpJson -In web -4 addr show dev eth0).addr_info.valid_life_time -gt 60 } -Seconds 20
        Get-Content $folder/log | Select-Object -Last 1 |
            Should -BeLike "*'eth0' in namespace 'web' (10.0.3.*/24 of 10.0.3.1): extended"

        Disconnect-Container web eth0
        Wait-Until { -not (Get-Helper) } -Seconds 20
        Wait-Until { -not (Test-Path /run/lxcnetworking) } -Seconds 20
    }

    It 'renews the leases of several containers at once' {
        ip netns add db
        try {
            'web', 'db' | Connect-Container -Bridge br0 -IPAddress dhcp
            function Get-Both {
                'web', 'db' | ForEach-Object { Get-DhcpLease -Namespace $_ | Where-Object InterfaceAlias -eq eth0 }
            }
            $first = Get-Both
            $first | Should -HaveCount 2
            Wait-Until { $now = Get-Both; $now[0].Expires -gt $first[0].Expires -and
                $now[1].Expires -gt $first[1].Expires } -Seconds 30
            (Get-Helper).Count | Should -Be 1
            (Get-Both).IPAddress | Should -Be $first.IPAddress
            Disconnect-Container web, db eth0
            Wait-Until { -not (Get-Helper) } -Seconds 20
        }
        finally { ip netns del db }
    }

    It 'is one process of its own session, without the caller''s files, namespaces and environment' {
        $env:LXCNET_TEST = 'secret'
        try { Connect-Container web -Bridge br0 -IPAddress dhcp } finally { $env:LXCNET_TEST = $null }
        Wait-Until { (Get-Helper).Count -eq 1 } -Seconds 20
        $id = (Get-Helper).Id
        Request-DhcpLease eth0 -Namespace web
        ip netns add other
        Connect-Container other -Bridge br0 -IPAddress dhcp
        Start-Sleep -Milliseconds 500
        (Get-Helper).Id | Should -Be $id
        # Session, and the three files that the caller had as its own.
        ((Get-Content /proc/$id/stat) -replace '^.*\) ' -split ' ')[3] | Should -Be $id
        0..2 | ForEach-Object { (Get-Item /proc/$id/fd/$_).Target } | Should -Be (, '/dev/null' * 3)
        Get-Content /proc/$id/environ -Raw | Should -Not -Match 'LXCNET_TEST'
        (Get-Item /proc/$id/ns/net).Target | Should -Be (Get-Item /proc/self/ns/net).Target
        Disconnect-Container other eth0
        ip netns del other
    }

    It 'is started again by the next command if it was killed' {
        Connect-Container web -Bridge br0 -IPAddress dhcp
        Wait-Until { (Get-Helper).Count -eq 1 } -Seconds 20
        $id = (Get-Helper).Id
        Stop-Process -Id $id -Force
        Wait-Until { -not (Get-Helper) } -Seconds 20
        Request-DhcpLease eth0 -Namespace web
        Wait-Until { (Get-Helper).Count -eq 1 } -Seconds 20
        (Get-Helper).Id | Should -Not -Be $id
    }

    It 'keeps no namespace alive, and ends with it' {
        $made = Connect-Container web -Bridge br0 -IPAddress dhcp
        $first = (Get-Lease).Expires
        Wait-Until { (Get-Lease).Expires -gt $first } -Seconds 20
        ip netns del web
        # The kernel takes the link away with the namespace.
        Wait-Until { -not (Test-Link $made.HostInterfaceAlias) } -Seconds 20
        Wait-Until { -not (Get-Helper) } -Seconds 60
    }

    It 'ends when it is told to, and leaves the address' {
        Connect-Container web -Bridge br0 -IPAddress dhcp
        Wait-Until { (Get-Helper).Count -eq 1 } -Seconds 20
        /bin/kill -TERM (Get-Helper).Id
        Wait-Until { -not (Get-Helper) } -Seconds 20
        (Get-IpJson -In web -4 addr show dev eth0).addr_info.local | Should -BeLike '10.0.3.1*'
        Test-Path $folder/lock | Should -BeFalse
    }

    It 'is made executable where a package lost that' {
        chmod a-x $bin/lxcnet
        Connect-Container web -Bridge br0 -IPAddress dhcp
        Wait-Until { (Get-Helper).Count -eq 1 } -Seconds 20
        (Get-Item $bin/lxcnet).UnixMode | Should -Be '-rwxr-xr-x'
    }

    It 'is why a lease is refused that nobody would renew' {
        Move-Item $bin/lxcnet $bin/lxcnet.kept
        try {
            New-Item $bin/lxcnet -ItemType File
            'no program' | Set-Content $bin/lxcnet
            $failure = { Connect-Container web -Bridge br0 -IPAddress dhcp } | Should -Throw -PassThru
            $failure.FullyQualifiedErrorId | Should -BeLike 'DependencyFailed*'
            "$failure" | Should -BeLike "*$bin/lxcnet*"
        }
        finally { Move-Item $bin/lxcnet.kept $bin/lxcnet -Force }
        ip -n web -br link show | Should -BeLike 'lo *'
        Get-Helper | Should -BeNullOrEmpty
    }

    It 'says what it is when it is run by hand' {
        & $bin/lxcnet 2>&1 | Should -BeLike 'lxcnet: Which command*'
        $LASTEXITCODE | Should -Be 1
    }

    It 'does what the cmdlets do, and completes in PowerShell' {
        $env:PATH, $path = "${bin}:$env:PATH", $env:PATH
        Push-Location $TestDrive
        try {
            Set-Content lab.yaml 'name: lab', 'links:', '  - {name: br7, kind: bridge}'
            $planned = lxcnet plan lab.yaml --json | ConvertFrom-Json
            $planned.target | Should -Be (Test-NetState lab.yaml).Target
            lxcnet apply lab.yaml --json | ConvertFrom-Json | ForEach-Object action | Should -Be 'Create'
            Test-NetState lab.yaml -Quiet | Should -BeTrue
            lxcnet completion pwsh | Out-String | Invoke-Expression
            function Get-Word([string] $Line) { (TabExpansion2 $Line $Line.Length).CompletionMatches.CompletionText }
            Get-Word 'lxcnet remove ' | Should -Be 'lab'
            Get-Word 'lxcnet show --j' | Should -Be '--json'
            Get-Word 'lxcnet apply l' | Should -Match 'lab.yaml'
            lxcnet remove lab -q
        }
        finally {
            Pop-Location
            $env:PATH = $path
        }
    }
}
