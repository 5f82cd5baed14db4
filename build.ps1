#!/usr/bin/env pwsh
<#
.SYNOPSIS
Builds, tests, documents, shows, measures and packs the module: ./build.ps1 Build Pack, or dotnet pwsh build.ps1 Build
Pack.
#>
[CmdletBinding()]
param(
    [Parameter(ValueFromRemainingArguments)]
    [ValidateSet('Build', 'Test', 'Help', 'Demo', 'Bench', 'Pack')]
    [string[]] $Task = 'Build'
)

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true

# After it, Import-Module ./LxcNetworking.psd1 works.
function Build {
    dotnet publish src/LxcNetworking.Commands -c Release -o Module/bin
}

function Test {
    tests/run.sh
}

# Brings docs/en-US into step with the cmdlets, and what Get-Help reads with the pages; all of it is committed.
function Help {
    Build
    docs/help.ps1
    docs/cmdlet-table.ps1
}

# In throwaway namespaces: what the demo makes goes away with them, and it can reach nothing of the machine's.
function Demo {
    Build
    $asRoot = (id -u) -eq 0 ? @() : '--map-root-user'
    $ready = 'mount -t tmpfs run /run && mount -t sysfs sys /sys && exec "$@"'
    # The tool of .config/dotnet-tools.json is an assembly that dotnet runs.
    $program = [System.Environment]::ProcessPath
    $powershell = (Split-Path $program -Leaf) -eq 'dotnet' ? @($program, "$PSHOME/pwsh.dll") : $program
    unshare @asRoot --net --mount --pid --fork --mount-proc sh -c $ready sh @powershell -NoProfile `
        -File docs/demo/dmz.ps1
}

function Bench {
    benchmarks/run.sh
}

# out/LxcNetworking/<version> to copy into a module path, the same as a package for Install-PSResource, and lxcnet as a
# Debian package.
function Pack {
    Build
    $version = (Import-PowerShellDataFile LxcNetworking.psd1).ModuleVersion
    $folder = "out/LxcNetworking/$version"
    if (Test-Path $folder) { Remove-Item $folder -Recurse }
    $null = New-Item $folder -ItemType Directory
    Copy-Item LxcNetworking.psd1, LICENSE, Module -Destination $folder -Recurse
    if (-not (Test-Path $folder/Module/bin/lxcnet)) {
        throw 'lxcnet is part of the package: install a C compiler (apt-get install gcc libc6-dev zlib1g-dev).'
    }
    Get-ChildItem $folder/Module/bin -Exclude *.dll, lxcnet, *.dsc.resource.json, dependencies | Remove-Item -Recurse
    Get-ChildItem $folder/Module -Filter *.nuspec | Remove-Item
    # Get-Help looks beside the manifest; in the checkout, the link en-US stands there.
    Get-ChildItem $folder/Module -Filter en-US | Move-Item -Destination $folder
    dotnet pack src/LxcNetworking.Commands -c Release --no-build -o out -p:NoPackageAnalysis=true `
        "-p:NuspecFile=$PWD/Module/LxcNetworking.nuspec" "-p:NuspecBasePath=$PWD/$folder" `
        "-p:NuspecProperties=version=$version"
    if (Get-Command dpkg-deb -ErrorAction Ignore) { src/lxcnet/debian/package.sh out/lxcnet/lxcnet $version out }
}

Push-Location $PSScriptRoot
try {
    foreach ($name in $Task) { & $name }
}
finally {
    Pop-Location
}
