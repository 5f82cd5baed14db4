BeforeAll {
    . $PSScriptRoot/common.ps1

    # A module that brings another version of an assembly that this one needs.
    function New-OtherModule {
        $folder = New-Item (Join-Path $TestDrive Other) -ItemType Directory -Force
        $name = [System.Reflection.AssemblyName] 'Tmds.LibC, Version=9.9.9.9'
        $assembly = [System.Reflection.Emit.PersistedAssemblyBuilder]::new($name, [object].Assembly)
        $null = $assembly.DefineDynamicModule('Other').DefineType('Other.Thing', 'Public').CreateType()
        $assembly.Save("$folder/Tmds.LibC.dll")
        "@{ ModuleVersion = '1.0'; RootModule = 'Tmds.LibC.dll' }" | Set-Content $folder/Other.psd1
        "$folder/Other.psd1"
    }

    # The modules in this order in a process of their own, and what is loaded where.
    function Get-Loaded {
        param([string[]] $Module)
        $script = {
            param($modules)
            $ErrorActionPreference = 'Stop'
            $modules | ForEach-Object { Import-Module $_ }
            # Before any cmdlet has run.
            $null = [LxcNetworking.Namespaces.NetworkStackPool]::new().Get()
            $contexts = [System.Runtime.Loader.AssemblyLoadContext]
            @{
                Link = (Get-NetLink lo).Name
                Prefix = [LxcNetworking.Values.IPPrefix]::new('10.0.3.0/24').ToString()
                Other = [Other.Thing].Assembly.GetName().Version.ToString()
                Loaded = foreach ($context in $contexts::All) {
                    foreach ($assembly in $context.Assemblies | Where-Object FullName -Match 'LxcNetworking|Tmds') {
                        '{0} {1} in {2}' -f $assembly.GetName().Name, $assembly.GetName().Version, $context.Name
                    }
                }
            } | ConvertTo-Json
        }
        pwsh -NoProfile -Command "& {$script} @('$($Module -join "', '")')" | ConvertFrom-Json
    }
}

Describe 'another module with another version of an assembly' {
    It 'works, and so does this one, <_>' -ForEach 'that one being first', 'this one being first' {
        $modules = (New-OtherModule), ($env:LXCNETWORKING_MODULE ?? "$PSScriptRoot/../LxcNetworking.psd1")
        if ($_ -match '^this') { [array]::Reverse($modules) }
        $result = Get-Loaded $modules
        $result.Link | Should -Be lo
        $result.Prefix | Should -Be 10.0.3.0/24
        $result.Other | Should -Be 9.9.9.9
        $result.Loaded | Should -Contain 'Tmds.LibC 9.9.9.9 in Default'
        $result.Loaded | Should -Contain 'Tmds.LibC 0.5.0.0 in LxcNetworking dependencies'
        $version = (Import-PowerShellDataFile $PSScriptRoot/../LxcNetworking.psd1).ModuleVersion
        $result.Loaded | Should -Contain "LxcNetworking.Core $version.0 in Default"
    }
}
