# Every example of the help runs when pasted, one after the other on a network that is empty each time.
BeforeDiscovery {
    . $PSScriptRoot/common.ps1
    $examples = foreach ($page in Get-ChildItem $PSScriptRoot/../docs/en-US/*.md) {
        $text = Get-Content $page -Raw
        foreach ($match in [regex]::Matches($text, '(?ms)^### Example \d+:? ?([^\n]*)\n(.*?)(?=^### |^## )')) {
            $code = [regex]::Matches($match.Groups[2].Value, '(?ms)^```powershell\n(.*?)^```').ForEach({ $_.Groups[1].Value }) -join "`n"
            @{ Cmdlet = $page.BaseName; Title = $match.Groups[1].Value; Code = $code }
        }
    }
    # These need a container, another machine, a DHCP server or a person.
    $examples = $examples | Where-Object Code -NotMatch '\b(lxc|podman|docker):|-HostName|Connect-Container|Disconnect-Container|Get-NetContainer|Request-DhcpLease|Read-Host'
    # On the emulated processor only those of what other kernels may lack: the others run on every machine.
    if ($env:LXCNETWORKING_LANE -eq 'full-kernel') {
        $examples = $examples | Where-Object Code -Match 'Vlan|WireGuard|NetSegment|L2tp|Bond|Dummy|Geneve|Gre|Vrf'
    }
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
        ip netns list | ForEach-Object { ip netns del ($_ -split ' ')[0] }
        # These outlive their sessions' links.
        Get-L2tpTunnel -ErrorAction Ignore | Remove-L2tpTunnel -Force
        # A link's other end or child may be gone with it.
        ip -j link show | ConvertFrom-Json | Where-Object ifname -NE 'lo' | ForEach-Object { ip link del $_.ifname 2>$null }
        ip address flush dev lo scope global
        ip route flush table main 2>$null
        # The three that a namespace is born with stay.
        foreach ($family in '-4', '-6') {
            ip $family -j rule show | ConvertFrom-Json | Where-Object priority -NotIn 0, 32766, 32767 | ForEach-Object { ip $family rule del pref $_.priority }
        }
        if (Get-Command nft -ErrorAction Ignore) { nft flush ruleset }
        # By the copy's own path, which is nobody else's.
        Remove-Item /run/etc/wireguard/* -ErrorAction Ignore
    }

    # What an example takes for granted without saying so: an address of the host's, a link or a key of the example before.
    function Initialize-Example([string] $Code) {
        $needsTunnel = $Code -match 'L2tp\w+ (-TunnelId )?(1000|l2t0)\b' -and $Code -notmatch 'New-L2tpTunnel'
        if ($Code -match '-Local (192\.0\.2\.1|2001:db8::1)\b' -or $Code -match 'superbr0' -or $needsTunnel) {
            ip link add uplink0 type veth peer name uplink1
            ip address add 192.0.2.1/24 dev uplink0
            ip address add 2001:db8::1/64 dev uplink0 nodad
            ip link set uplink1 up
            ip link set uplink0 up
        }
        if ($Code -match '-Bridge superbr0' -and $Code -notmatch 'New-NetBridge superbr0') { New-NetBridge superbr0 }
        if ($needsTunnel) {
            New-L2tpTunnel 1000 2000 -Local 192.0.2.1 -Remote 192.0.2.2
            if ($Code -match 'l2t0|Get-L2tpSession') { New-L2tpSession l2t0 -TunnelId 1000 -SessionId 3000 -PeerSessionId 4000 }
        }
        if ($Code -match 'Get-DhcpLease lxcbr0' -and $Code -notmatch 'New-ContainerNetwork') { New-ContainerNetwork lxcbr0 -Subnet 10.0.3.0/24 -Dhcp }
        if ($Code -match '-Uplink eth0') {
            ip link add eth0 type veth peer name outside0
            ip address add 198.51.100.2/24 dev eth0
            ip link set outside0 up
            ip link set eth0 up
        }
        if ($Code -match '\bwg0\b' -and $Code -notmatch 'New-WireGuard(Link|Key)') {
            New-WireGuardLink wg0
            if ($Code -notmatch 'Add-WireGuardPeer') { Add-WireGuardPeer wg0 'SNC1rF4bGqIc2B3vUAsN1bXUtTRjRgaJC2dJBhDoNFM=' }
        }
        if ($Code -match 'New-WireGuardKey \S+new\.key') { New-WireGuardLink wg0 }
        if ($Code -match 'wireguard/wg0\.psk' -and $Code -notmatch 'New-WireGuardKey') { New-WireGuardKey -Preshared -Path /etc/wireguard/wg0.psk }
        if ($Code -match 'wireguard/wg0\.key' -and $Code -notmatch 'New-WireGuardKey') { New-WireGuardKey -Path /etc/wireguard/wg0.key }
        if ($Code -match 'Disconnect-NetSegment' -and $Code -notmatch 'Connect-NetSegment .*-Local') { Connect-NetSegment superbr0 -Local 192.0.2.1 -Remote 192.0.2.2 -Encapsulation Vxlan }
    }
}

Describe 'Examples of <Cmdlet>' -ForEach ($examples | Group-Object { $_.Cmdlet } | ForEach-Object { @{ Cmdlet = $_.Name; Examples = $_.Group } }) {
    It 'runs: <Title>' -ForEach $Examples {
        Clear-Network
        $ErrorActionPreference = 'Stop'
        $folder = New-Item (Join-Path $TestDrive (New-Guid)) -ItemType Directory
        Push-Location $folder
        try {
            $null = Initialize-Example $Code *>&1
            $null = . ([scriptblock]::Create($Code)) *>&1
        }
        catch {
            if ($_.FullyQualifiedErrorId -notlike 'KindNotSupported*' -or $env:LXCNETWORKING_LANE -eq 'full-kernel') { throw }
            Set-ItResult -Skipped -Because $_.Exception.Message
        }
        finally {
            Pop-Location
        }
    }
}
