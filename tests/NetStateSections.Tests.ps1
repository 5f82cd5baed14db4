BeforeDiscovery { . $PSScriptRoot/common.ps1 }

BeforeAll {
    . $PSScriptRoot/common.ps1
    Push-Location $TestDrive
    Set-Content boxes.yaml @'
name: boxes
networks: [{name: lxcbr2, subnet: 10.0.6.0/24, nat: true}]
links: [{name: lxcbr1, kind: bridge, addresses: [10.0.5.1/24]}]
nat:
  - name: out
    internalIPInterfaceAddressPrefix: 10.0.5.0/24
    mappings: [{protocol: tcp, externalPort: 8080, internalIPAddress: 10.0.5.9, internalPort: 80}]
namespaces: [mail]
containers:
  - name: mail
    connections:
      - {network: lxcbr2, ipAddress: 10.0.6.9}
      - {bridge: lxcbr1, ipAddress: 10.0.5.9/24}
checks: [{to: 10.0.6.9}, {from: mail, to: 10.0.5.1}]
'@
}

AfterAll { Pop-Location }

Describe 'Translations, networks, containers and checks of a document' {
    BeforeAll { $made = Set-NetState boxes.yaml }

    It 'are made, and the cmdlets see them' {
        $made.Action | Should -Be (@('Create') * $made.Count)
        (Get-ContainerNetwork lxcbr2).Nat | Should -BeTrue
        "$((Get-NetNatStaticMapping).ExternalPort)" | Should -Be '8080'
        (Get-NetIPAddress -Namespace mail -InterfaceAlias eth1 -AddressFamily IPv4).IPAddress | Should -Be '10.0.5.9'
        Set-NetState boxes.yaml | Should -BeNullOrEmpty
    }

    It 'are tried with -Traffic' {
        $checks = @(Test-NetState boxes.yaml -Traffic)
        $checks.Succeeded | Should -Be $true, $true
        $checks[1].From | Should -Be mail
        Test-NetState boxes.yaml -Traffic -Quiet | Should -BeTrue
        ip -n mail link set eth0 down
        Test-NetState boxes.yaml -Traffic -Quiet | Should -BeFalse
        $failed = Test-NetState boxes.yaml -Traffic | Where-Object To -EQ '10.0.6.9'
        $failed.Succeeded | Should -BeFalse
        $failed.Problem | Should -Not -BeNullOrEmpty
        ip -n mail link set eth0 up
    }

    It 'are shown at 80 columns' {
        $text = Import-NetState boxes.yaml | Out-String -Width 80
        $text | Should -BeLike '*networks*lxcbr2*10.0.6.0/24*nat*'
        $text | Should -BeLike '*mail*to lxcbr2 10.0.6.9*to lxcbr1 10.0.5.9/24*'
        $text | Should -BeLike '*from mail*to 10.0.5.1*'
        Test-NetState boxes.yaml -Traffic | Out-String -Width 80 | Should -BeLike '*From*To*Port*Succeeded*Problem*'
    }

    It 'are removed without a file' {
        $null = Remove-NetState boxes -Confirm:$false
        Get-ContainerNetwork | Should -BeNullOrEmpty
        Get-NetNat | Should -BeNullOrEmpty
        ip -j link | ConvertFrom-Json | ForEach-Object ifname | Should -Be lo
    }
}
