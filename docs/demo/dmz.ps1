<#
A DMZ out of network namespaces, step by step. ./build.ps1 Demo runs it in throwaway namespaces; run on its own it needs
the same, as it makes bridges and named namespaces.
#>
$ErrorActionPreference = 'Stop'
Import-Module $PSScriptRoot/../../LxcNetworking.psd1

$failed = 0

# On a machine without the program: what of it is needed here. It works on this thread, and so in the namespace that
# this is in.
if (-not (Get-Command ping -CommandType Application -ErrorAction Ignore)) {
    function ping {
        $reply = [System.Net.NetworkInformation.Ping]::new().Send($args[-1], 1000)
        if ($reply.Status -eq 'Success') {
            "64 bytes from $($reply.Address): time=$($reply.RoundtripTime) ms"
            '1 packets transmitted, 1 received, 0% packet loss'
        }
        else { '1 packets transmitted, 0 received, 100% packet loss' }
    }
}

# Shows a step as it would be typed, does it, and prints what it emits.
function Step([string] $Why, [scriptblock] $Do) {
    Write-Host "`n# $Why" -ForegroundColor Green
    foreach ($line in $Do.ToString().Trim() -split "`n") { Write-Host "PS> $($line.Trim())" -ForegroundColor Cyan }
    . $Do | Out-Host
}

# Pings, and says whether the answer is what was to be shown.
function Ping-Step([string] $Why, [string] $Address, [bool] $Answers, [string] $From) {
    $command = "ping -c 1 -W 1 $Address"
    Write-Host "`n# $Why" -ForegroundColor Green
    Write-Host "PS> $($From ? "Invoke-NetNamespace $From { $command }" : $command)" -ForegroundColor Cyan
    $did = $From ? (Invoke-NetNamespace $From { ping -c 1 -W 1 $args[0] } -ArgumentList $Address) : (
        ping -c 1 -W 1 $Address)
    $answered = [bool]($did -match ' 0% packet loss')
    $did -match 'bytes from|packet loss' | Out-Host
    Write-Host ($answered -eq $Answers ? '  as expected' : '  NOT AS EXPECTED') `
        -ForegroundColor ($answered -eq $Answers ? 'Green' : 'Red')
    if ($answered -ne $Answers) { $script:failed++ }
}

Step 'A bridge for containers that the host talks to, with the host''s own address on it.' {
    New-NetBridge lxcbr0 -IPAddress 10.0.3.1/24
}
Step 'A second bridge without an address: the inner network.' {
    New-NetBridge lxcbr1
}
Step 'Three network namespaces stand for three containers.' {
    New-NetNamespace macvlanbridge01, macvlanbridge02, dmzmaster01
}
Step 'The master gets a veth to the outer bridge; the far end is created in its namespace as eth0.' {
    New-VethPair vethdmz -PeerName eth0 -PeerNamespace dmzmaster01 -Bridge lxcbr0 -Up
}
Step 'It gets an address and its way out.' {
    New-NetIPAddress 10.0.3.251/24 -InterfaceAlias eth0 -Namespace dmzmaster01 -DefaultGateway 10.0.3.1
}
Step 'All three get a macvlan on the inner bridge.' {
    Add-MacvlanLink eth0 -Parent lxcbr1 -Mode Bridge -TargetNamespace macvlanbridge01 -Up | New-NetIPAddress 10.0.5.3/24
    Add-MacvlanLink eth0 -Parent lxcbr1 -Mode Bridge -TargetNamespace macvlanbridge02 -Up | New-NetIPAddress 10.0.5.4/24
    Add-MacvlanLink eth1 -Parent lxcbr1 -Mode Bridge -TargetNamespace dmzmaster01 -Up | New-NetIPAddress 10.0.5.5/24
}
Ping-Step 'The inner containers reach each other.' 10.0.5.4 $true macvlanbridge01
Ping-Step 'The host reaches the master from outside …' 10.0.3.251 $true
Ping-Step '… and the master reaches the inner containers.' 10.0.5.3 $true dmzmaster01
Step 'The host does not, even with an address on the same bridge: a macvlan''s parent is cut off from its children …' {
    New-NetIPAddress 10.0.5.1/24 -InterfaceAlias lxcbr1
}
Ping-Step '(it gets no answer)' 10.0.5.3 $false
Step '… until it has one of its own.' {
    Remove-NetIPAddress 10.0.5.1 -InterfaceAlias lxcbr1
    Add-MacvlanLink macvlancont01 -Parent lxcbr1 -Mode Bridge -Up | New-NetIPAddress 10.0.5.6/24
}
Ping-Step 'Now it reaches them.' 10.0.5.3 $true
Step 'Every link of every namespace, as objects.' {
    Get-NetNamespace | Get-NetLink | Format-Table
}
Step 'The master goes, and with it its end of the veth and so the host''s.' {
    Get-NetNamespace dmzmaster01 | Remove-NetNamespace
    Get-NetNamespace
}

Write-Host ($failed ? "`n$failed steps did not do what they say." : "`nEvery step did what it says.") `
    -ForegroundColor ($failed ? 'Red' : 'Green')
exit $failed
