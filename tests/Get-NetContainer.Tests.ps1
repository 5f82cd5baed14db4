BeforeAll { . $PSScriptRoot/common.ps1 }

Describe 'Get-NetContainer' {
    BeforeAll {
        foreach ($name in 'web', 'db') { ip netns add $name }
        ip -n web link add eth0 type veth peer name eth9
        ip -n web addr add 10.0.3.2/24 dev eth0
        ip -n web addr add fd00:3::2/64 dev eth0 nodad
    }

    AfterAll { ip -all netns del }

    It 'lists named namespaces with their addresses' {
        $found = Get-NetContainer -Runtime netns
        $found.Name | Should -Be 'db', 'web'
        $web = $found | Where-Object Name -EQ web
        $web.Runtime | Should -BeExactly 'netns'
        $web.State | Should -Be 'Running'
        "$($web.IPv4)" | Should -Be '10.0.3.2'
        "$($web.IPv6)" | Should -Be 'fd00:3::2'
        "$($web.Namespace)" | Should -Be 'web'
    }

    It 'takes wildcards and several names' {
        (Get-NetContainer w*).Name | Should -Be 'web'
        (Get-NetContainer d*, web).Name | Should -Be 'db', 'web'
        Get-NetContainer z* | Should -BeNullOrEmpty
    }

    It 'says that there is no such container' {
        $refusal = Get-ErrorOf { Get-NetContainer nobody }
        $refusal.FullyQualifiedErrorId | Should -BeLike 'ContainerNotFound,*'
        $refusal.CategoryInfo.Category | Should -Be 'ObjectNotFound'
    }

    It 'gives its namespace to other cmdlets' {
        (Get-NetContainer web | Get-NetLink | Where-Object Kind -EQ veth).Name | Sort-Object | Should -Be 'eth0', 'eth9'
        $web = Get-NetContainer web
        (Get-NetLink eth0 -Namespace $web).InterfaceAlias | Should -Be 'eth0'
        Invoke-NetNamespace $web { (ip -j addr show dev eth0 | ConvertFrom-Json).addr_info[0].local } |
            Should -Be '10.0.3.2'
    }

    It 'is named by the namespace that is its own, and not by the host''s' {
        $sleeper = Start-Process unshare -ArgumentList '--net', 'sleep', '900' -PassThru
        try {
            Wait-Until { (Get-Content "/proc/$($sleeper.Id)/comm") -eq 'sleep' }
            $null = New-Item -ItemType Directory -Force /run/systemd/machines
            Set-Content /run/systemd/machines/box "CLASS=container`nLEADER=$($sleeper.Id)"
            # systemd-machined keeps a link by each machine's unit as well.
            $null = New-Item -ItemType SymbolicLink -Path '/run/systemd/machines/unit:machine-box.scope' -Target box
            Set-Content /run/systemd/machines/shared "CLASS=container`nLEADER=$PID"
            $all = Get-NetNamespace -All
            ($all | Where-Object { $sleeper.Id -in $_.ProcessId }).Container | Should -Be 'nspawn:box'
            @($all | Where-Object Container) | Should -HaveCount 1
            (Get-NetNamespace nspawn:box).Container | Should -Be 'nspawn:box'
            (Get-NetContainer -Runtime nspawn).Name | Sort-Object | Should -Be 'box', 'shared'
            # Who asks for the namespace by a container that shares it gets its own name all the same.
            "$((Get-NetLink lo -Namespace nspawn:shared).Namespace)" | Should -Be 'host'
            # Tab leaves out a runtime that takes longer than a second, as each one may on a slow machine at first.
            Wait-Until { (Get-Completion 'Get-NetLink -Namespace bo') -and (Get-Completion 'Connect-Container bo') }
            foreach ($typed in 'nspawn:b', 'bo') {
                Get-Completion "Get-NetLink -Namespace $typed" | Should -Be "'nspawn:box'"
                Get-Completion "Connect-Container $typed" | Should -Be "'nspawn:box'"
            }
            Get-Completion 'Remove-NetNamespace bo' | Should -BeNullOrEmpty
        }
        finally {
            $sleeper.Kill()
            Remove-Item /run/systemd -Recurse -ErrorAction Ignore
        }
    }

    It 'shows a table within 100 columns' {
        $lines = Get-NetContainer | Out-String -Width 100 -Stream
        $lines -match '^web\s+netns\s+Running\s+10\.0\.3\.2\s+fd00:3::2' | Should -HaveCount 1
    }

    It 'completes names and runtimes' {
        Wait-Until { Get-Completion 'Get-NetContainer w' }
        Get-Completion 'Get-NetContainer w' | Should -Be 'web'
        Get-Completion 'Get-NetContainer -Runtime po' | Should -Be 'podman'
    }
}
