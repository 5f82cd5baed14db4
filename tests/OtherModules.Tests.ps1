BeforeAll {
    . $PSScriptRoot/common.ps1

    # A module that brings other versions of the assemblies that this one needs.
    function New-OtherModule {
        $folder = New-Item (Join-Path $TestDrive Other) -ItemType Directory -Force
        foreach ($name in 'Tmds.LibC', 'YamlDotNet') {
            $fullName = [System.Reflection.AssemblyName] "$name, Version=9.9.9.9"
            $assembly = [System.Reflection.Emit.PersistedAssemblyBuilder]::new($fullName, [object].Assembly)
            $type = $assembly.DefineDynamicModule('Other').DefineType("Other.$($name.Replace('.', ''))", 'Public')
            $null = $type.CreateType()
            $assembly.Save("$folder/$name.dll")
        }
        "@{ ModuleVersion = '1.0'; RootModule = 'Tmds.LibC.dll'; NestedModules = 'YamlDotNet.dll' }" |
            Set-Content $folder/Other.psd1
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
            $assemblies = [System.AppDomain]::CurrentDomain.GetAssemblies()
            $loaded = $assemblies.GetName().Name -contains 'LxcNetworking.Yaml'
            $text = [LxcNetworking.State.Text.StateText]
            $read = $text.GetMethod('Read', [System.Reflection.BindingFlags] 'NonPublic, Static')
            $problems = [System.Collections.Generic.List[LxcNetworking.State.Text.StateProblem]]::new()
            $yaml = [enum]::ToObject($read.GetParameters()[2].ParameterType, 0)
            $contexts = [System.Runtime.Loader.AssemblyLoadContext]
            @{
                Link = (Get-NetLink lo).Name
                Prefix = [LxcNetworking.Values.IPPrefix]::new('10.0.3.0/24').ToString()
                Other = [Other.TmdsLibC], [Other.YamlDotNet] |
                    ForEach-Object { $_.Assembly.GetName().Version.ToString() }
                Yaml = $read.Invoke($null, @('a: [b]', $null, $yaml, $problems)).ToString()
                LoadedBefore = $loaded
                Loaded = foreach ($context in $contexts::All) {
                    $context.Assemblies | Where-Object FullName -Match 'LxcNetworking|Tmds|YamlDotNet' |
                        ForEach-Object { '{0} {1} in {2}' -f $_.GetName().Name, $_.GetName().Version, $context.Name }
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
        $result.Other | Should -Be 9.9.9.9, 9.9.9.9
        $result.Yaml | Should -Be '{"a":["b"]}'
        $result.LoadedBefore | Should -BeFalse -Because 'only who reads YAML waits for it'
        $result.Loaded | Should -Contain 'Tmds.LibC 9.9.9.9 in Default'
        $result.Loaded | Should -Contain 'Tmds.LibC 0.5.0.0 in LxcNetworking dependencies'
        $result.Loaded | Should -Contain 'YamlDotNet 9.9.9.9 in Default'
        $result.Loaded | Should -Contain 'YamlDotNet 18.0.0.0 in LxcNetworking dependencies'
        $version = (Import-PowerShellDataFile $PSScriptRoot/../LxcNetworking.psd1).ModuleVersion
        $result.Loaded | Should -Contain "LxcNetworking.Core $version.0 in Default"
    }
}
