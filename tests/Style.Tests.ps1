# Every script of the repository, as PSScriptAnalyzer sees it where it is installed.
BeforeDiscovery {
    . $PSScriptRoot/common.ps1
    $top = Resolve-Path "$PSScriptRoot/.."
    $scripts = Get-ChildItem $top -Recurse -Include *.ps1, *.psd1 -File |
        Where-Object FullName -NotMatch '/(bin|obj|out|\.git)/' |
        ForEach-Object { @{ Name = [System.IO.Path]::GetRelativePath($top, $_.FullName); Path = $_.FullName } }
    # It is slow, and no kernel changes what it finds.
    $analyzer = $env:LXCNETWORKING_LANE -ne 'full-kernel' -and (Get-Module -ListAvailable PSScriptAnalyzer)
    if (-not $analyzer) { Write-Warning 'Without PSScriptAnalyzer, scripts are only parsed.' }
}

Describe 'Style of <Name>' -ForEach $scripts {
    It 'parses' {
        $errors = $null
        $null = [System.Management.Automation.Language.Parser]::ParseFile($Path, [ref] $null, [ref] $errors)
        $errors | Should -BeNullOrEmpty
    }

    if ($analyzer) {
        It 'has nothing that PSScriptAnalyzer complains of' {
            $found = Invoke-ScriptAnalyzer -Path $Path -Settings "$PSScriptRoot/../PSScriptAnalyzerSettings.psd1"
            @($found | ForEach-Object { "$($_.RuleName), line $($_.Line): $($_.Message)" }) | Should -BeNullOrEmpty
        }
    }
}

Describe 'The manifest' {
    It 'is valid' {
        $manifest = Test-ModuleManifest ($env:LXCNETWORKING_MODULE ?? "$PSScriptRoot/../LxcNetworking.psd1")
        $manifest.ExportedCmdlets.Count | Should -BeGreaterThan 0
        $manifest.PowerShellVersion | Should -Be '7.6'
    }
}
