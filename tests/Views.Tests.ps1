# Each default view shows all its columns on a terminal of 80 columns and on wider ones, with colours and without.
BeforeDiscovery {
    Import-Module $env:LXCNETWORKING_MODULE
    $views = foreach ($file in (Get-Module LxcNetworking).ExportedFormatFiles) {
        foreach ($view in ([xml](Get-Content -Raw $file)).Configuration.ViewDefinitions.View) {
            if ($view.TableControl) {
                foreach ($type in @($view.ViewSelectedBy.TypeName)) {
                    @{ Type = $type; Table = $view.TableControl }
                }
            }
        }
    }
    $widths = foreach ($width in 80, 100, 140) {
        foreach ($rendering in 'PlainText', 'Ansi') { @{ Width = $width; Rendering = $rendering } }
    }
}

Describe 'The table of <Type>' -ForEach $views {
    BeforeAll {
        $headers = @($Table.TableHeaders.TableColumnHeader)
        $before = $PSStyle.OutputRendering
    }

    AfterAll {
        $PSStyle.OutputRendering = $before
    }

    # PowerShell makes columns as wide as what is in them where the first one has no width, or where it is told to, and
    # leaves out those that have no room then.
    It 'has columns whose width does not depend on what is in them' {
        $headers[0].Width | Should -Not -BeNullOrEmpty
        $Table.AutoSize | Should -BeNullOrEmpty
    }

    It 'has all columns with whole headers on <Width> columns, <Rendering>' -ForEach $widths {
        $PSStyle.OutputRendering = $Rendering
        $text = [pscustomobject]@{ PSTypeName = $Type; Name = 'x' } | Format-Table | Out-String -Width $Width
        $lines = ($text -replace '\e\[[0-9;]*m').Trim() -split '\r?\n'
        -split $lines[0] | Should -Be $headers.Label
        -split $lines[1] | Should -Be @($headers.Label | ForEach-Object { '-' * $_.Length })
        $lines.Length | Measure-Object -Maximum | ForEach-Object Maximum | Should -BeLessOrEqual $Width
    }
}
