# The cmdlets that work in a namespace, with what each needs besides an object: $cmdlets. For BeforeDiscovery.
. $PSScriptRoot/../common.ps1
# What each cmdlet needs besides the object. A cmdlet that is not here needs nothing.
$more = @{
    'Add-BridgeFdbEntry'      = @{ MacAddress = '02:00:00:00:00:78' }
    'Add-BridgeMdbEntry'      = @{ Group = '239.1.1.9' }
    'Add-BridgePort'          = @{ Bridge = 'br0' }
    'Add-BridgeVlan'          = @{ VlanId = 7 }
    'Add-IpvlanLink'          = @{ Name = 'x0'; Parent = 'eth0' }
    'Add-IpvtapLink'          = @{ Name = 'x0'; Parent = 'eth0' }
    'Add-MacvlanLink'         = @{ Name = 'x0'; Parent = 'eth0' }
    'Add-MacvtapLink'         = @{ Name = 'x0'; Parent = 'eth0' }
    'Add-NetNatStaticMapping' = @{ Protocol = 'Tcp'; ExternalPort = 81; InternalIPAddress = '10.0.3.100' }
    'Add-VxlanVni'            = @{ Vni = 10 }
    'Add-VlanLink'            = @{ Name = 'x0'; Parent = 'eth0'; VlanId = 7 }
    'Add-WireGuardPeer'       = @{ PublicKey = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' }
    'Connect-Container'       = @{ Bridge = 'br0'; InterfaceName = 'x0' }
    'Connect-NetSegment'      = @{
        Bridge = 'br0'; Local = '10.0.3.100'; Remote = '10.0.3.1'; Encapsulation = 'Vxlan'
    }
    'Disconnect-Container'    = @{ InterfaceName = 'eth0' }
    'Export-NetState'         = @{ Path = '/run/pipeline.yaml'; Force = $true }
    'Find-NetRoute'           = @{ RemoteIPAddress = '10.5.0.1' }
    'Invoke-NetNamespace'     = @{ ScriptBlock = { 'ran' } }
    'Move-NetLink'            = @{ Destination = 'host' }
    'New-BondLink'            = @{ Name = 'x0' }
    'New-ContainerNetwork'    = @{ Name = 'x0'; Subnet = '10.77.0.0/24' }
    'New-DummyLink'           = @{ Name = 'x0' }
    'New-IPTunnel'            = @{ Name = 'x0'; Local = '10.0.3.100'; Remote = '10.0.3.1' }
    'New-HsrLink'             = @{ Name = 'x0'; PortA = 'eth0'; PortB = 'br0' }
    'New-IfbLink'             = @{ Name = 'x0' }
    'New-GeneveLink'          = @{ Name = 'x0'; Vni = 5; Remote = '10.0.3.1' }
    'New-GreTapTunnel'        = @{ Name = 'x0'; Local = '10.0.3.100'; Remote = '10.0.3.1' }
    'New-GreTunnel'           = @{ Name = 'x0'; Local = '10.0.3.100'; Remote = '10.0.3.1' }
    'New-L2tpSession'         = @{ Name = 'x0'; TunnelId = 1; SessionId = 2; PeerSessionId = 2 }
    'New-L2tpTunnel'          = @{ TunnelId = 2; PeerTunnelId = 2; Local = '10.0.3.100'; Remote = '10.0.3.1' }
    'New-MacsecLink'          = @{ Name = 'x0'; Parent = 'eth0' }
    'New-NetBridge'           = @{ Name = 'x0' }
    'New-NetIPAddress'        = @{ IPAddress = '10.0.7.1/24' }
    'New-NetkitPair'          = @{ Name = 'x0'; PeerName = 'x1' }
    'New-NetNat'              = @{ Name = 'x0'; InternalIPInterfaceAddressPrefix = '10.0.3.0/24' }
    'New-NetNeighbor'         = @{ IPAddress = '10.0.3.8'; LinkLayerAddress = '02:00:00:00:00:78' }
    'New-NetNextHop'          = @{ NextHopId = 9; NextHop = '10.0.3.9' }
    'New-NetRoute'            = @{ DestinationPrefix = '10.7.0.0/16' }
    'New-NetRule'             = @{ To = '10.7.0.0/16'; Table = 100 }
    'New-NlmonLink'           = @{ Name = 'x0' }
    'New-TapLink'             = @{ Name = 'x0' }
    'New-VcanLink'            = @{ Name = 'x0' }
    'New-VethPair'            = @{ Name = 'x0'; PeerName = 'x1' }
    'New-VrfLink'             = @{ Name = 'x0'; Table = 100 }
    'New-VtiLink'             = @{ Name = 'x0'; Local = '10.0.3.100'; Remote = '10.0.3.1' }
    'New-VxlanLink'           = @{ Name = 'x0'; Vni = 5 }
    'New-WireGuardLink'       = @{ Name = 'x0' }
    'New-XfrmLink'            = @{ Name = 'x0'; InterfaceId = 5 }
    'Remove-NetRule'          = @{ To = '10.9.0.0/16' }
    'Remove-VxlanVni'         = @{ Vni = 10 }
    'Remove-WireGuardPeer'    = @{ PublicKey = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' }
    'Rename-NetLink'          = @{ NewName = 'x0' }
    'Request-DhcpLease'       = @{ Timeout = 1 }
    'Set-BondPort'            = @{ Priority = 5 }
    'Set-BridgePort'          = @{ Cost = 5 }
    'Set-BridgeVlan'          = @{ VlanId = 1; State = 'Learning' }
    'Set-BridgeVlanGlobal'    = @{ VlanId = 1; IgmpVersion = 3 }
    'Set-NetBridge'           = @{ AgeingTime = 100 }
    'Set-NetForwarding'       = @{ Enabled = $true }
    'Set-NetIPAddress'        = @{ ValidLifetime = 600; PreferredLifetime = 600 }
    'Set-NetLink'             = @{ Mtu = 1400 }
    'Set-NetNamespaceId'      = @{ Target = 'web' }
    'Set-NetLinkQuality'      = @{ Rate = '9Mbit' }
    'Set-NetNeighbor'         = @{ Protocol = 'Static' }
    'Set-NetNextHop'          = @{ Protocol = 'Static' }
    'Set-NetState'            = @{ Path = '/run/pipeline.yaml' }
    'Set-NetRoute'            = @{ Mtu = 1400 }
    'Set-WireGuardPeer'       = @{ PublicKey = 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' }
    'Test-NetState'           = @{ Path = '/run/pipeline.yaml' }
    'Wait-NetLink'            = @{ Present = $true; Timeout = 1 }
    'Watch-NetEvent'          = @{ Timeout = 1 }
}
# Those whose -Namespace, -Container or object says where they work. The others work on files and names of the
# machine, or make keys.
$cmdlets = foreach ($command in Get-Command -Module LxcNetworking -CommandType Cmdlet) {
    $command.Name | Where-Object {
        $command.Parameters.Keys -contains 'Namespace' -or
            $_ -like '*-Container' -or
            $_ -in 'Get-NetNamespace', 'Remove-NetNamespace'
    } | ForEach-Object { @{ Cmdlet = $_; More = $more[$_] ?? @{} } }
}
