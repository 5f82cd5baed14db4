BeforeAll { . $PSScriptRoot/common.ps1 }

Describe 'LXC network configuration' {
    BeforeEach {
        $lxc = Join-Path $TestDrive (New-Guid)
        $null = New-Item $lxc/web, $lxc/db, $lxc/empty -ItemType Directory
        $web = "$lxc/web/config"
        Set-Content $web "# of web`nlxc.uts.name = web  `n`nlxc.net.0.type = veth`nlxc.net.0.link = lxcbr0`n# end"
        Set-Content $lxc/db/config "lxc.network.type = veth`nlxc.network.ipv4 = 10.0.3.3/24`nlxc.rootfs = /x"
    }

    Context 'Get-LxcNetworkConfig' {
        It 'reads a container by its name and a file by its path' {
            $found = Get-LxcNetworkConfig web -LxcPath $lxc
            $found.Container, $found.Index, $found.Type, $found.Link, $found.Path | Should -Be 'web', 0, 'Veth',
                'lxcbr0', $web
            (Get-LxcNetworkConfig -Path $web).Link | Should -Be 'lxcbr0'
            (Get-LxcNetworkConfig db -LxcPath $lxc).IsLegacy | Should -BeTrue
        }

        It 'takes wildcards, names and files from the pipeline' {
            (Get-LxcNetworkConfig -LxcPath $lxc).Container | Should -Be 'db', 'web'
            (Get-LxcNetworkConfig w* -LxcPath $lxc).Container | Should -Be 'web'
            ('web', 'db' | Get-LxcNetworkConfig -LxcPath $lxc).Container | Should -Be 'web', 'db'
            (Get-ChildItem $lxc -Recurse -Filter config | Get-LxcNetworkConfig).Count | Should -Be 2
            (Get-LxcNetworkConfig -Path $lxc/*/config -Type Veth).Count | Should -Be 2
        }

        It 'warns of what LXC would refuse' {
            Add-Content $web 'lxc.net.0.vlan.id = 3'
            $null = Get-LxcNetworkConfig web -LxcPath $lxc -WarningVariable said -WarningAction SilentlyContinue
            "$said" | Should -BeLike "*'$web', line 7:*"
        }

        It 'refuses <Name>' -ForEach @(
            @{ Name = '..'; Id = 'InvalidName'; Category = 'InvalidArgument' }
            @{ Name = 'a/b'; Id = 'InvalidName'; Category = 'InvalidArgument' }
            @{ Name = "a`nb"; Id = 'InvalidName'; Category = 'InvalidArgument' }
            @{ Name = '-x'; Id = 'InvalidName'; Category = 'InvalidArgument' }
            @{ Name = 'nobody'; Id = 'ContainerNotFound'; Category = 'ObjectNotFound' }
            @{ Name = 'empty'; Id = 'ContainerNotFound'; Category = 'ObjectNotFound' }
        ) {
            $refusal = Get-ErrorOf { Get-LxcNetworkConfig -Container $Name -LxcPath $lxc }
            $refusal.FullyQualifiedErrorId | Should -BeLike "$Id,*"
            $refusal.CategoryInfo.Category | Should -Be $Category
        }

        It 'refuses a folder, and an index that is not there' {
            (Get-ErrorOf { Get-LxcNetworkConfig -Path $lxc }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
            (Get-ErrorOf { Get-LxcNetworkConfig web -LxcPath $lxc -Index 4 }).FullyQualifiedErrorId |
                Should -BeLike 'ObjectNotFound,*'
        }

        It 'fits a table of 100 columns and completes containers' {
            $lines = (Get-LxcNetworkConfig web -LxcPath $lxc | Out-String -Width 100) -split "`n"
            $lines | Where-Object Length -GT 100 | Should -BeNullOrEmpty
            "$lines" | Should -Match 'lxcbr0'
            Get-Completion "Get-LxcNetworkConfig -LxcPath $lxc -Container " | Should -Be 'db', 'web'
        }
    }

    Context 'Add-LxcNetworkConfig' {
        It 'adds a network and emits it' {
            $made = Add-LxcNetworkConfig web Macvlan -LxcPath $lxc -Link eth0 -Name eth1 -Up -MacvlanMode Bridge `
                -MacAddress 00:16:3e:xx:xx:xx -IPv4Address 10.0.5.3/24, 10.0.5.4/24 -IPv6Address fd00::3/64 -Mtu 1400
            $made.Index | Should -Be 1
            "$($made.IPv4Address)" | Should -Be '10.0.5.3/24 10.0.5.4/24'
            Get-Content $web | Should -Be @(
                '# of web', 'lxc.uts.name = web  ', '', 'lxc.net.0.type = veth', 'lxc.net.0.link = lxcbr0',
                'lxc.net.1.type = macvlan', 'lxc.net.1.link = eth0', 'lxc.net.1.flags = up', 'lxc.net.1.name = eth1',
                    'lxc.net.1.hwaddr = 00:16:3e:xx:xx:xx', 'lxc.net.1.mtu = 1400',
                'lxc.net.1.macvlan.mode = bridge', 'lxc.net.1.ipv4.address = 10.0.5.3/24',
                    'lxc.net.1.ipv4.address = 10.0.5.4/24', 'lxc.net.1.ipv6.address = fd00::3/64', '# end')
        }

        It 'copies a network to another container' {
            Update-LxcNetworkConfig db -LxcPath $lxc
            $copy = Get-LxcNetworkConfig web -LxcPath $lxc | Add-LxcNetworkConfig -Container db -LxcPath $lxc -Name eth9
            $copy.Container, $copy.Index, $copy.Link, $copy.Name | Should -Be 'db', 1, 'lxcbr0', 'eth9'
        }

        It 'writes other keys by name' {
            $made = Add-LxcNetworkConfig -Path $web -Type Veth -OtherKey @{ 'veth.ipv4.route' = '10.1.0.0/16',
                '10.2.0.0/16'; l2proxy = 1 }
            $made.OtherKeys['veth.ipv4.route'] | Should -Be '10.1.0.0/16', '10.2.0.0/16'
            (Get-ErrorOf { Add-LxcNetworkConfig -Path $web -Type Veth `
                -OtherKey @{ nosuch = 1 } }).FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        }

        It 'says no and changes nothing' {
            $before = Get-Content $web -Raw
            (Get-ErrorOf { Add-LxcNetworkConfig web Veth -LxcPath $lxc -Index 0 }).FullyQualifiedErrorId |
                Should -BeLike 'ObjectExists,*'
            (Get-ErrorOf { Add-LxcNetworkConfig web Vlan -LxcPath $lxc -Link eth0 }).FullyQualifiedErrorId |
                Should -BeLike 'InvalidArgument,*'
            (Get-ErrorOf { Add-LxcNetworkConfig web Veth -LxcPath $lxc `
                -Name "a`nlxc.hook.start = x" }).FullyQualifiedErrorId | Should -BeLike 'InvalidName,*'
            (Get-ErrorOf { Add-LxcNetworkConfig web Veth -LxcPath $lxc -IPv4Address 10.0.0.1 }).FullyQualifiedErrorId |
                Should -BeLike 'InvalidArgument,*'
            (Get-ErrorOf { Add-LxcNetworkConfig db Veth -LxcPath $lxc }).FullyQualifiedErrorId |
                Should -BeLike 'NotSupported,*'
            Add-LxcNetworkConfig web Veth -LxcPath $lxc -WhatIf | Should -BeNullOrEmpty
            Get-Content $web -Raw | Should -BeExactly $before
        }
    }

    Context 'Set-LxcNetworkConfig' {
        It 'changes and clears single keys' {
            Set-LxcNetworkConfig web 0 -LxcPath $lxc -Mtu 1400 -Up -IPv6Gateway auto | Should -BeNullOrEmpty
            $now = Set-LxcNetworkConfig web 0 -LxcPath $lxc -Clear Link, Mtu -Down -Name eth0 -PassThru
            $now.Link, $now.Mtu, $now.Up, $now.Name, $now.IPv6Gateway | Should -Be $null, $null, $false, 'eth0', 'auto'
            Get-Content $web | Should -Be '# of web', 'lxc.uts.name = web  ', '', 'lxc.net.0.type = veth',
                'lxc.net.0.ipv6.gateway = auto', 'lxc.net.0.name = eth0', '# end'
        }

        It 'takes networks from the pipeline, and only what was typed counts' {
            (Get-LxcNetworkConfig web -LxcPath $lxc | Set-LxcNetworkConfig -Name eth3 -PassThru).Name |
                Should -Be 'eth3'
            (Get-LxcNetworkConfig web -LxcPath $lxc).Link | Should -Be 'lxcbr0'
            Get-LxcNetworkConfig web -LxcPath $lxc | Set-LxcNetworkConfig -Link ''
            (Get-LxcNetworkConfig web -LxcPath $lxc).Link | Should -BeNullOrEmpty
        }

        It 'says no and changes nothing' {
            $before = Get-Content $web -Raw
            (Get-ErrorOf { Set-LxcNetworkConfig web 0 -LxcPath $lxc -VlanId 5 }).FullyQualifiedErrorId |
                Should -BeLike 'InvalidArgument,*'
            (Get-ErrorOf { Set-LxcNetworkConfig web 7 -LxcPath $lxc -Name eth0 }).FullyQualifiedErrorId |
                Should -BeLike 'ObjectNotFound,*'
            (Get-ErrorOf { Set-LxcNetworkConfig web 0 -LxcPath $lxc -Up -Down }).FullyQualifiedErrorId |
                Should -BeLike 'InvalidArgument,*'
            Set-LxcNetworkConfig web 0 -LxcPath $lxc -Mtu 1300 -WhatIf
            Get-Content $web -Raw | Should -BeExactly $before
        }
    }

    Context 'Remove-LxcNetworkConfig' {
        It 'removes by index and from the pipeline' {
            $null = Add-LxcNetworkConfig web None -LxcPath $lxc -Index 4
            Remove-LxcNetworkConfig web 4 -LxcPath $lxc -WhatIf
            Remove-LxcNetworkConfig web 4 -LxcPath $lxc | Should -BeNullOrEmpty
            Get-LxcNetworkConfig web -LxcPath $lxc | Remove-LxcNetworkConfig
            Get-Content $web | Should -Be '# of web', 'lxc.uts.name = web  ', '', '# end'
            (Get-ErrorOf { Remove-LxcNetworkConfig web 0 -LxcPath $lxc }).FullyQualifiedErrorId |
                Should -BeLike 'ObjectNotFound,*'
        }
    }

    Context 'Update-LxcNetworkConfig' {
        It 'converts once, and shows the lines before' {
            $script = "Import-Module '$((Get-Module LxcNetworking).Path)'; " +
                "Update-LxcNetworkConfig db -LxcPath $lxc -WhatIf"
            $said = pwsh -NoProfile -NonInteractive -Command $script | Out-String
            $lines = '(?m)^- lxc\.network\.ipv4 = 10\.0\.3\.3/24\n\+ lxc\.net\.0\.ipv4\.address = 10\.0\.3\.3/24$'
            $said | Should -Match $lines
            (Get-LxcNetworkConfig db -LxcPath $lxc).IsLegacy | Should -BeTrue
            $now = Update-LxcNetworkConfig db -LxcPath $lxc -PassThru
            $now.IsLegacy, "$($now.IPv4Address)" | Should -Be $false, '10.0.3.3/24'
            Get-Content $lxc/db/config | Should -Be 'lxc.net.0.type = veth', 'lxc.net.0.ipv4.address = 10.0.3.3/24',
                'lxc.rootfs = /x'
            $inode = stat -c %i $lxc/db/config
            Update-LxcNetworkConfig db -LxcPath $lxc
            stat -c %i $lxc/db/config | Should -Be $inode
        }
    }
}
