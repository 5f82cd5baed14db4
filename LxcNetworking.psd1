@{
    RootModule             = 'Module/bin/LxcNetworking.Commands.dll'
    ModuleVersion          = '0.1.0'
    GUID                   = 'c0b1f6f4-5d2a-4e0e-9a3a-6f3c1d0a7b52'
    Author                 = 'LxcNetworking maintainers'
    Copyright              = '(c) 2026 LxcNetworking maintainers. MIT licence.'
    Description            = 'Builds, inspects and tears down container networks on Linux: namespaces, links, bridges, addresses and routes as objects, over netlink.'
    PowerShellVersion      = '7.6'
    CompatiblePSEditions   = @('Core')
    FormatsToProcess       = @(
        'Module/Formats/Namespaces.Format.ps1xml'
        'Module/Formats/Links.Format.ps1xml'
        'Module/Formats/Addressing.Format.ps1xml'
        'Module/Formats/Tunnels.Format.ps1xml'
        'Module/Formats/Networks.Format.ps1xml'
    )
    FunctionsToExport      = @()
    VariablesToExport      = @()
    AliasesToExport        = @()
    CmdletsToExport        = @(
        # Namespaces
        'Enter-NetNamespace'
        'Exit-NetNamespace'
        'Get-NetNamespace'
        'Invoke-NetNamespace'
        'New-NetNamespace'
        'Remove-NetNamespace'
        # Links
        'Get-NetLink'
        'Move-NetLink'
        'New-VethPair'
        'Remove-NetLink'
        'Rename-NetLink'
        'Set-NetLink'
        'Wait-NetLink'
        # Link kinds
        'Add-IpvlanLink'
        'Add-MacvlanLink'
        'Add-MacvtapLink'
        'Add-VlanLink'
        'New-BondLink'
        'New-DummyLink'
        'New-TapLink'
        'New-VrfLink'
        'New-VxlanLink'
        'Set-BondLink'
        'Set-IpvlanLink'
        'Set-VlanLink'
        'Set-VxlanLink'
        # Bridges
        'Add-BridgePort'
        'Get-BridgePort'
        'Get-NetBridge'
        'New-NetBridge'
        'Remove-BridgePort'
        'Set-BridgeHairpin'
        'Set-BridgePort'
        'Set-NetBridge'
        'Get-BridgeFdbEntry'
        'Add-BridgeFdbEntry'
        'Remove-BridgeFdbEntry'
        'Get-BridgeVlan'
        'Add-BridgeVlan'
        'Remove-BridgeVlan'
        # Tunnels
        'Add-WireGuardPeer'
        'Connect-NetSegment'
        'Disconnect-NetSegment'
        'Get-L2tpSession'
        'Get-L2tpTunnel'
        'Get-WireGuardPeer'
        'New-L2tpSession'
        'New-L2tpTunnel'
        'New-WireGuardKey'
        'New-WireGuardLink'
        'Remove-L2tpSession'
        'Remove-L2tpTunnel'
        'Remove-WireGuardPeer'
        'Set-WireGuardLink'
        'Set-WireGuardPeer'
        'New-GeneveLink'
        'New-GreTapTunnel'
        'New-GreTunnel'
        'Set-GeneveLink'
        'Set-GreTunnel'
        # Addressing
        'Get-NetIPAddress'
        'New-NetIPAddress'
        'Set-NetIPAddress'
        'Remove-NetIPAddress'
        'Get-NetRoute'
        'New-NetRoute'
        'Remove-NetRoute'
        'Find-NetRoute'
        'Get-NetNeighbor'
        'New-NetNeighbor'
        'Remove-NetNeighbor'
        # Translation
        'Add-NetNatStaticMapping'
        'Get-NetNat'
        'Get-NetNatStaticMapping'
        'New-NetNat'
        'Remove-NetNat'
        'Remove-NetNatStaticMapping'
        # Containers
        'Get-NetContainer'
    )
    PrivateData            = @{
        PSData = @{
            Tags       = @('Linux', 'Network', 'Container', 'LXC', 'Namespace', 'Netlink', 'Bridge', 'Veth', 'Macvlan')
            LicenseUri = 'https://opensource.org/license/mit'
        }
    }
}
