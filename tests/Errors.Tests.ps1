# What every cmdlet's errors have in common: a case, a message that is short and harmless, and no second error for one
# failure.
BeforeAll {
    . $PSScriptRoot/common.ps1
    $module = (Get-Module LxcNetworking).Path
    # The errors of a script that runs in a process of its own, started as a prefix says; without an error what it
    # emits.
    function Get-Said {
        param([string[]] $Prefix, [string] $Script)
        $program, $rest = $Prefix
        & $program @rest pwsh -NoProfile -NonInteractive -Command "
            Import-Module '$module'
            & { $Script } 2>&1 | ForEach-Object {
                if (`$_ -is [System.Management.Automation.ErrorRecord]) { `"`$(`$_.FullyQualifiedErrorId) `$_`" }
                else { `"`$_`" }
            }"
    }
}

Describe 'Text that cannot be meant' {
    BeforeAll {
        $nul = "v`0x"
        $half = "v$([char] 0xd800)x"
        $long = 'n' * 10000
        $evil = "v`e]0;x`a$([char] 0x202e)"
        $null = New-NetNamespace web
        $null = New-Item /run/errors/c1 -ItemType Directory
        'lxc.uts.name = c1' | Set-Content /run/errors/c1/config
    }

    AfterAll {
        Remove-NetNamespace web
        Remove-Item /run/errors -Recurse
    }

    It 'gives a typed error and a short message: <Name>' -ForEach @(
        @{ Name = 'Get-NetLink'; Call = { Get-NetLink ([WildcardPattern]::Escape($text)) }; Id = 'LinkNotFound' }
        @{ Name = 'Set-NetLink'; Call = { Set-NetLink ([WildcardPattern]::Escape($text)) -Mtu 1000 }
            Id = 'LinkNotFound' }
        @{ Name = 'Set-NetLink -Alias'; Call = { Set-NetLink lo -Alias $text }; Id = 'InvalidArgument' }
        @{ Name = 'New-NetBridge'; Call = { New-NetBridge $text }; Id = 'InvalidName' }
        @{ Name = 'New-VethPair'; Call = { New-VethPair v0 $text }; Id = 'InvalidName' }
        @{ Name = 'Rename-NetLink'; Call = { Rename-NetLink lo $text }; Id = 'InvalidName' }
        @{ Name = 'New-NetNamespace'; Call = { New-NetNamespace $text }; Id = 'InvalidName' }
        @{ Name = 'Get-NetLink -Namespace'; Call = { Get-NetLink -Namespace $text }; Id = 'InvalidName' }
        @{ Name = 'Get-NetLink -Namespace lxc:'; Call = { Get-NetLink -Namespace "lxc:$text" }; Id = 'InvalidName' }
        @{ Name = 'New-NetNat'; Call = { New-NetNat $text 10.0.3.0/24 }; Id = 'InvalidName' }
        @{ Name = 'New-ContainerNetwork'; Call = { New-ContainerNetwork $text 10.0.3.0/24 }; Id = 'InvalidName' }
        @{ Name = 'Connect-Container'; Call = { Connect-Container web -Bridge $text }; Id = 'LinkNotFound' }
        @{ Name = 'New-TapLink'; Call = { New-TapLink $text }; Id = 'InvalidName' }
        @{ Name = 'Get-LxcNetworkConfig'; Call = { Get-LxcNetworkConfig ([WildcardPattern]::Escape($text)) }
            Id = 'InvalidName' }
        @{ Name = 'New-NetIPAddress'; Call = { New-NetIPAddress $text -InterfaceAlias lo }
            Id = 'ParameterArgumentTransformationError' }
    ) {
        foreach ($text in $nul, $half, $long, $evil) {
            $said = Get-ErrorOf $Call
            $said.FullyQualifiedErrorId | Should -BeLike "$Id,*" -Because $said
            "$said".Length | Should -BeLessThan 600
            "$said" | Should -Not -Match '[\p{Cc}\p{Cf}]'
        }

        (ip -j link show | ConvertFrom-Json).ifname | Should -Be 'lo'
        Get-Item /run/netns/* | Should -HaveCount 1
    }

    It 'gives a typed error for a file that no path leads to: <Name>' -ForEach @(
        @{ Name = 'Get-LxcNetworkConfig -Path'; Call = { Get-LxcNetworkConfig -Path $nul } }
        @{ Name = 'Get-LxcNetworkConfig -LxcPath'; Call = { Get-LxcNetworkConfig -LxcPath "/run/$nul" } }
        @{ Name = 'Add-LxcNetworkConfig -LxcPath'; Call = { Add-LxcNetworkConfig c1 -LxcPath $nul -Type veth } }
        @{ Name = 'New-WireGuardKey -Path'; Call = { New-WireGuardKey -Path "/run/$nul" } }
        @{ Name = 'a path that is too long'; Call = { Get-LxcNetworkConfig -Path "/run/$long" } }
        @{ Name = 'a key file that is a folder'; Call = { New-WireGuardLink wg0 -PrivateKeyFile /run } }
    ) {
        $said = Get-ErrorOf $Call
        $said.FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        $said.Exception.GetType().FullName | Should -Be 'LxcNetworking.Values.NetworkException'
        "$said".Length | Should -BeLessThan 600
    }

    It 'writes half of a character into no file' {
        $said = Get-ErrorOf { Add-LxcNetworkConfig c1 -LxcPath /run/errors -Type veth -ScriptUp "/a$half" }
        $said.FullyQualifiedErrorId | Should -BeLike 'InvalidArgument,*'
        $said.Exception.GetType().FullName | Should -Be 'LxcNetworking.Values.NetworkException'
        Get-Content /run/errors/c1/config | Should -Be 'lxc.uts.name = c1'
        Add-LxcNetworkConfig c1 -LxcPath /run/errors -Type veth -ScriptUp '/a🐧b' | Should -Not -BeNullOrEmpty
        Get-Content /run/errors/c1/config | Should -Contain 'lxc.net.0.script.up = /a🐧b'
    }
}

Describe 'What to do about an error' {
    BeforeAll {
        $null = New-NetNamespace web, 'a b'
        $null = New-NetBridge br0
        $null = New-NetBridge br1
    }

    AfterAll {
        Remove-NetNamespace web, 'a b' -Force
        Remove-NetLink br0, br1
    }

    It 'is what the user sees, and not in the message of the exception' {
        $said = Get-ErrorOf { Get-NetLink nosuch }
        $cause = "There is no interface 'nosuch' in namespace '$((Get-NetLink lo).Namespace)'."
        $said.Exception.Message | Should -BeExactly $cause
        $said.Exception.Advice.Kind | Should -Be List
        "$said" | Should -BeExactly "$cause Get-NetLink lists what is there."
        # PowerShell breaks lines of what it shows.
        $shown = ($said | Out-String) -replace '[\s|]+', ' '
        [regex]::Matches($shown, 'Get-NetLink lists what is there') | Should -HaveCount 1
        try { Get-NetLink nosuch -ErrorAction Stop } catch { "$_" | Should -BeExactly "$said" }
    }

    It 'names the namespace where the session is not in it' {
        "$(Get-ErrorOf { Get-NetLink nosuch -Namespace web })" |
            Should -BeExactly ("There is no interface 'nosuch' in namespace 'web'. " +
                'Get-NetLink -Namespace web lists what is there.')
        "$(Get-ErrorOf { Get-NetLink nosuch -Namespace 'a b' })" | Should -Match "Get-NetLink -Namespace 'a b' lists"
        $inside = 'Get-NetLink lists what is there\.$'
        "$(Get-ErrorOf { Invoke-NetNamespace web { Get-NetLink nosuch } })" | Should -Match $inside
        "$(Get-ErrorOf { Invoke-NetNamespace web -Isolated { Get-NetLink nosuch } })" | Should -Match $inside
    }

    It 'is a command that does it as it stands' {
        ip link add 'a$b' master br0 type veth peer name p0
        try {
            $said = Get-ErrorOf { Add-BridgePort br1 'a$b' }
            $said.FullyQualifiedErrorId | Should -BeLike 'ResourceBusy,*'
            "$said" | Should -BeLike "* already. Take it out first: Set-NetLink 'a`$b' -NoMaster."
            Invoke-Expression ("$said" -replace '^.*: |\.$')
            $null = Add-BridgePort br1 'a$b'
            (Get-IpJson link show dev 'a$b').master | Should -Be br1
        }
        finally { ip link del p0 }
    }

    It 'is to run as root where the kernel refuses for want of rights' -Tag PrivilegedContainer {
        Get-Said setpriv, --bounding-set=-net_admin, --inh-caps=-net_admin 'New-NetBridge br2' |
            Should -Match '^PermissionDenied,.*It takes CAP_NET_ADMIN in that namespace\. Run PowerShell as root\.$'
    }

    It 'is there in an error of several, and in a warning' {
        $socket = [System.Net.Sockets.Socket]::new('Unix', 'Stream', 'Unspecified')
        $socket.Bind([System.Net.Sockets.UnixDomainSocketEndPoint]::new('/run/docker.sock'))
        $socket.Listen()
        chmod 000 /run/docker.sock
        $prefix = 'setpriv', '--bounding-set=-dac_override,-dac_read_search',
            '--inh-caps=-dac_override,-dac_read_search'
        try {
            Get-Said $prefix 'Connect-Container nosuch -Bridge br0' | Should -Match (
                ("^ContainerNotFound,.*'nosuch'.*ask docker.* Run PowerShell as root\. " +
                    'Get-NetContainer lists what is there\.$'))
            Get-Said $prefix 'Get-NetContainer -Runtime docker 3>&1' |
                Should -Match '^This user may not ask docker: .* Run PowerShell as root\.$'
        }
        finally { $socket.Dispose() }
    }

    It 'is nothing where nothing is known' {
        (Get-ErrorOf { New-NetBridge 'a/b' }).ErrorDetails | Should -BeNullOrEmpty
    }
}

Describe 'A disk without room' {
    AfterEach {
        umount /run/small
        Remove-Item /run/small
    }

    It 'is NoSpace: <Name>' -ForEach @(
        @{ Name = 'a configuration file'; Call = { Add-LxcNetworkConfig c1 -LxcPath /run/small -Type veth } }
        @{ Name = 'a key'; Call = { New-WireGuardKey -Path /run/small/key } }
        @{ Name = 'a folder of a network'; Call = { New-ContainerNetwork lxcbr0 10.0.3.0/24 } }
    ) {
        $null = New-Item /run/small -ItemType Directory
        mount -t tmpfs -o size=16k,mode=755 none /run/small
        $null = New-Item /run/small/c1 -ItemType Directory
        'lxc.uts.name = c1' | Set-Content /run/small/c1/config
        $null = New-Item /run/small/lxcnetworking, /run/lxcnetworking -ItemType Directory -Force
        mount --bind /run/small/lxcnetworking /run/lxcnetworking
        try {
            $null = dd if=/dev/zero of=/run/small/rest bs=1k count=64 2>&1
            $said = Get-ErrorOf $Call
            $said.FullyQualifiedErrorId | Should -BeLike 'NoSpace,*'
            $said.CategoryInfo.Category | Should -Be 'ResourceUnavailable'
            Get-ChildItem -Recurse -Force -File /run/small | ForEach-Object Name | Sort-Object |
                Should -Be 'config', 'rest'
            Get-Content /run/small/c1/config | Should -Be 'lxc.uts.name = c1'
            (ip -j link show | ConvertFrom-Json).ifname | Should -Be 'lo'
        }
        finally {
            umount /run/lxcnetworking
            Remove-Item /run/lxcnetworking -Recurse
        }
    }
}

Describe 'A link whose IPv6 is switched off' {
    BeforeAll {
        $null = New-VethPair v0 v1 -Up
        sysctl -qw net.ipv6.conf.v0.disable_ipv6=1
    }

    AfterAll { ip link del v0 }

    It 'is NotSupported and no lack of rights: <Name>' -ForEach @(
        @{ Name = 'an address'; Call = { New-NetIPAddress fd00::1/64 -InterfaceAlias v0 } }
        @{ Name = 'a route'; Call = { New-NetRoute fd01::/64 -InterfaceAlias v0 } }
        @{ Name = 'a route over a gateway'; Call = { New-NetRoute fd01::/64 -NextHop fe80::3 -InterfaceAlias v0 } }
        @{ Name = 'a neighbour'; Call = { New-NetNeighbor fd00::5 02:00:00:00:00:01 -InterfaceAlias v0 } }
    ) {
        $said = Get-ErrorOf $Call
        $said.FullyQualifiedErrorId | Should -BeLike 'NotSupported,*'
        "$said" | Should -Match "IPv6 is switched off on 'v0'.*net\.ipv6\.conf\.v0\.disable_ipv6"
    }
}

Describe 'A machine that does not let everything be done' -Tag PrivilegedContainer {
    It 'says once that /proc/sys is read-only, and leaves nothing' {
        $ask = 'New-ContainerNetwork lxcbr0 10.0.3.0/24 -Nat; New-NetNat web 10.0.4.0/24'
        $said = @(Get-Said unshare, --mount, sh, -c, 'mount -o bind,ro /proc/sys /proc/sys && exec "$@"', sh $ask)
        $said | Should -HaveCount 2
        $said[0] | Should -Match '^PermissionDenied,.*NewContainerNetwork.*/proc/sys/net/ipv4/ip_forward.*read-only'
        $said[0] | Should -Not -Match 'undone|as root'
        $said[1] | Should -Match '^PermissionDenied,.*NewNetNat.*read-only'
        Get-ChildItem /run/lxcnetworking -Recurse -Force -ErrorAction Ignore | Should -BeNullOrEmpty
        Test-Link lxcbr0 | Should -BeFalse
        nft list ruleset | Should -BeNullOrEmpty
    }

    It 'needs nothing but CAP_NET_ADMIN in its own namespace' {
        $ask = '
            $null = New-VethPair v0 v1 -Up
            $null = New-NetBridge br0
            $null = Add-BridgePort br0 v0
            $null = New-NetIPAddress 10.0.9.1/24 -InterfaceAlias v1
            $null = New-NetRoute 10.7.0.0/16 -NextHop 10.0.9.2
            $null = New-NetNeighbor 10.0.9.3 02:00:00:00:00:01 -InterfaceAlias v1
            $null = New-NetRule -Table 100
            if (Test-Path /dev/net/tun) { $null = New-TapLink t0 }
            $null = Add-MacvlanLink m0 -Parent v1
            $null = New-NetNat web 10.0.4.0/24
            Set-NetForwarding -AddressFamily IPv4
            Invoke-NetNamespace $PID { ip -br link show br0 }
            New-NetNamespace other'
        try {
            $said = @(Get-Said setpriv, '--bounding-set=-all,+net_admin', '--inh-caps=-all,+net_admin' $ask)
            $said | Should -HaveCount 2
            $said[0] | Should -Match '^br0 '
            $said[1] | Should -Match "^PermissionDenied,.*'other'.*CAP_SYS_ADMIN"
            $taps = @(if (Test-Path /dev/net/tun) { 't0' })
            (ip -j link show | ConvertFrom-Json).ifname | Sort-Object |
                Should -Be (@('br0', 'lo', 'm0') + $taps + @('v0', 'v1'))
            (Get-IpJson link show v0).master | Should -Be 'br0'
            (Get-IpJson address show v1).addr_info.local | Should -Contain '10.0.9.1'
            (Get-IpJson route show 10.7.0.0/16).gateway | Should -Be '10.0.9.2'
            (Get-IpJson neigh show 10.0.9.3).lladdr | Should -Be '02:00:00:00:00:01'
            (Get-IpJson rule show).table | Should -Contain '100'
            "$(nft list ruleset)" | Should -Match '10\.0\.4\.0/24'
            Get-Content /proc/sys/net/ipv4/ip_forward | Should -Be 1
        }
        finally {
            'v0', 'br0', 't0' | ForEach-Object { ip link del $_ 2>$null }
            ip rule del table 100 2>$null
            nft flush ruleset
            sysctl -qw net.ipv4.ip_forward=0
        }
    }
}

Describe 'A process that may open few files' {
    BeforeAll { 1..300 | ForEach-Object { ip netns add "few$_" } }

    AfterAll { 1..300 | ForEach-Object { ip netns del "few$_" } }

    It 'reads and changes 300 namespaces' {
        $ask = '
            $links = Get-NetNamespace few* | Get-NetLink lo
            ($links.Namespace.Text | Sort-Object -Unique).Count
            ($links | Set-NetLink -Up -PassThru).Count
            (Get-NetNamespace few* | Get-NetNat).Count
            (Get-NetLink lo -Namespace few1).IsUp'
        $said = @(Get-Said sh, -c, 'ulimit -n 256; exec "$@"', sh $ask)
        $said | Should -Be '300', '300', '0', 'True'
        @(1..300 | Where-Object { (ip -n "few$_" -br link show lo) -notmatch '<LOOPBACK,UP' }) | Should -BeNullOrEmpty
    }
}

Describe 'What a command could not roll back' {
    BeforeAll {
        # What cmdlets have in common, around an operation that fails and leaves something.
        $types = @((Get-Command New-VethPair).ImplementingType; [LxcNetworking.Values.NetworkException]
            [LxcNetworking.Netlink.NetlinkException]; [psobject])
        $references = @($types.Assembly.Location; (Get-ChildItem $PSHOME/ref/*.dll).FullName)
        # PowerShellStandard's number is another one.
        Add-Type -ReferencedAssemblies $references -CompilerOptions '-nowarn:CS1701' -TypeDefinition '
            using System;
            using System.Management.Automation;
            [Cmdlet("Test", "Leaving")]
            public class TestLeavingCommand : LxcNetworking.Commands.Common.NetworkCmdlet
            {
                [Parameter] public Type StoppedBy { get; set; }
                protected override void ProcessItem()
                {
                    Exception failure = new LxcNetworking.Netlink.NetlinkTimeoutException(TimeSpan.FromSeconds(1));
                    if (StoppedBy is not null)
                    {
                        WriteObject("waiting");
                        Cancellation.WaitHandle.WaitOne();
                        failure = (Exception)Activator.CreateInstance(StoppedBy);
                    }
                    failure.Data["NotRolledBack"] = new[] { "Cannot remove a: no.", "Cannot remove b: no." };
                    failure.Data["Advice"] = new[] {
                        LxcNetworking.Values.Advice.List(LxcNetworking.Values.AdviceThing.Link),
                    };
                    throw failure;
                }
            }'
        function New-Shell {
            $state = [initialsessionstate]::CreateDefault2()
            $state.Commands.Add(
                [System.Management.Automation.Runspaces.SessionStateCmdletEntry]::new(
                    'Test-Leaving', [TestLeavingCommand], $null))
            [powershell]::Create($state)
        }
    }

    # What it reports to PowerShell meanwhile ends it too.
    It 'is a warning where it was stopped by <_>' -ForEach @(
        [OperationCanceledException], [System.Management.Automation.PipelineStoppedException]
    ) {
        $shell = New-Shell
        $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
        $none = [System.Management.Automation.PSDataCollection[psobject]]::new()
        $none.Complete()
        $call = $shell.AddScript("Test-Leaving -StoppedBy ([$_])").BeginInvoke($none, $output)
        Wait-Until { $output.Count -eq 1 }
        $shell.Stop()
        { $shell.EndInvoke($call) } | Should -Throw
        $shell.Streams.Warning | Should -HaveCount 3
        "$($shell.Streams.Warning)" |
            Should -Match 'rolled back.*Cannot remove a: no\..*Cannot remove b: no\..*Get-NetLink'
        $shell.Dispose()
    }

    It 'is a warning beside the error of a socket' {
        $shell = New-Shell
        $null = $shell.AddScript('Test-Leaving').Invoke()
        $shell.Streams.Error.FullyQualifiedErrorId | Should -BeLike 'TimedOut,*'
        "$($shell.Streams.Warning)" |
            Should -Match 'rolled back.*Cannot remove a: no\..*Cannot remove b: no\..*Get-NetLink'
        $shell.Dispose()
    }
}
