# Every example of the help runs as Get-Help prints it on a terminal of 80 columns: pasted at a prompt, what is said
# about it
# included, one after the other on a network that is empty each time.
BeforeDiscovery {
    . $PSScriptRoot/common.ps1
    # The emulated processor takes seconds for each page of help and for each example. Only what other kernels may lack
    # runs there, and the code is read from the pages; everywhere else it is what Get-Help prints.
    $only = switch ($env:LXCNETWORKING_LANE) {
        full-kernel {
            'Vlan|WireGuard|NetSegment|L2tp|Bond|Dummy|Geneve|Gre|Ifb|Vrf|IPTunnel|Macsec|Nlmon|Vcan|Vti|Xfrm|' +
                'NetLinkQuality'
        }
        new-kernel { 'Netkit|Hsr' }
    }
    $examples = foreach ($name in (Get-Command -Module LxcNetworking).Name | Sort-Object) {
        $example = $null
        if ($only) {
            $page = Get-Content -Raw "$PSScriptRoot/../docs/en-US/$name.md"
            [regex]::Matches($page, '(?ms)^### Example \d+: (?<title>.+?)$(?<body>.*?)(?=^##)') | ForEach-Object {
                $code = [regex]::Matches($_.Groups['body'].Value,
                    '(?ms)^```powershell\n(.*?)^```').ForEach({ $_.Groups[1].Value })
                @{ Cmdlet = $name; Title = $_.Groups['title'].Value; Code = $code -join "`n" }
            }
            continue
        }
        foreach ($line in (Get-Help $name -Examples | Out-String -Width 80) -split '\r?\n') {
            if ($line -match '^ {4}-+ Example \d+: (.+) -+$') {
                $example
                $example = @{ Cmdlet = $name; Title = $Matches[1]; Code = '' }
            }
            elseif ($example) { $example.Code += ($line -replace '^ {4}') + "`n" }
        }
        $example
    }
    # These need a container, another machine, a DHCP server or a person.
    $needsMore =
        '\b(lxc|podman|docker):|-HostName|(Dis)?[Cc]onnect-Container|Get-NetContainer|Request-DhcpLease|Read-Host'
    $examples = $examples | Where-Object Code -NotMatch $needsMore
    $examples = $examples | Where-Object Code -Match $only
}
BeforeAll {
    . $PSScriptRoot/common.ps1

    # What examples write must not reach the machine: they get places of their own, in this mount namespace.
    cp -a /etc /run/etc
    $null = New-Item /run/etc/of-the-examples
    mount --bind /run/etc /etc
    if (-not (Test-Path /etc/of-the-examples)) { throw 'The examples could not be given a copy of /etc.' }
    foreach ($folder in '/var/lib/lxc', '/var/lib/misc' | Where-Object { Test-Path $_ }) { mount -t tmpfs none $folder }

    function Clear-Network {
        while ((Get-NetNamespace -Current).IsHost -eq $false) { Exit-NetNamespace }
        Get-ContainerNetwork | Remove-ContainerNetwork -ErrorAction Ignore
        ip -all netns delete
        # These outlive their sessions' links.
        Get-L2tpTunnel -ErrorAction Ignore | Remove-L2tpTunnel -Force
        # A link's other end or child may be gone with it.
        ip -j link show | ConvertFrom-Json | Where-Object ifname -NE 'lo' | ForEach-Object { "link del $($_.ifname)" } |
            ip -force -batch - 2>$null
        ip address flush dev lo scope global
        ip route flush table main 2>$null
        # Those of forwarding entries have no link with which they would go.
        ip nexthop flush 2>$null
        # The three that a new namespace has stay.
        foreach ($family in '-4', '-6') {
            ip $family -j rule show | ConvertFrom-Json | Where-Object priority -NotIn 0, 32766, 32767 | ForEach-Object {
                ip $family rule del pref $_.priority
            }
        }
        if (Get-Command nft -ErrorAction Ignore) { nft flush ruleset }
        # By the copy's own path, which is nobody else's.
        Remove-Item /run/etc/wireguard/* -ErrorAction Ignore
    }

    # As a prompt takes it: each line is run as soon as it is a whole command, and an empty line ends what is not whole.
    function Invoke-Pasted([string] $Text) {
        $command = ''
        foreach ($line in $Text -split "`n") {
            $command += $line
            $mistakes = $null
            $null = [System.Management.Automation.Language.Parser]::ParseInput($command, [ref] $null, [ref] $mistakes)
            if ($mistakes.IncompleteInput -notcontains $true -or -not $line.Trim()) {
                . ([scriptblock]::Create($command))
                $command = ''
            }
            else { $command += "`n" }
        }
    }
}

Describe 'Examples of <Cmdlet>' -ForEach ($examples | Group-Object { $_.Cmdlet } |
    ForEach-Object { @{ Cmdlet = $_.Name; Examples = $_.Group } }) {
    It 'runs: <Title>' -ForEach $Examples {
        Clear-Network
        $ErrorActionPreference = 'Stop'
        $folder = New-Item (Join-Path $TestDrive (New-Guid)) -ItemType Directory
        Push-Location $folder
        try {
            $null = Invoke-Pasted $Code *>&1
        }
        catch {
            if ($_.FullyQualifiedErrorId -notlike 'KindNotSupported*' -or $env:LXCNETWORKING_LANE -like '*-kernel') {
                throw
            }
            Set-ItResult -Skipped -Because $_.Exception.Message
        }
        finally {
            Pop-Location
        }
    }
}
