<#
.SYNOPSIS
Runs one Pester file and leaves its results as TRX, in which tests/run.sh counts them.
.NOTES
Called by PesterTests of tests/Module.Tests, inside the namespaces that it makes.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory)] [string] $Path,
    [Parameter(Mandatory)] [string] $ResultFile
)

$ErrorActionPreference = 'Stop'
Import-Module Pester -MinimumVersion 5.0
$configuration = New-PesterConfiguration -Hashtable @{
    Run    = @{ Path = $Path; PassThru = $true }
    Output = @{ Verbosity = 'Detailed'; RenderMode = 'Plaintext' }
}
$run = Invoke-Pester -Configuration $configuration

$file = [System.IO.Path]::GetFileNameWithoutExtension($Path)
$outcomes = @{ Passed = 'Passed'; Skipped = 'NotExecuted'; Inconclusive = 'NotExecuted'; NotRun = 'NotExecuted' }
$rows = foreach ($test in $run.Tests) {
    $outcome = $outcomes[$test.Result] ?? 'Failed'
    $message = [System.Security.SecurityElement]::Escape((($test.ErrorRecord.DisplayErrorMessage -join "`n") -replace '[\x00-\x08\x0b-\x1f]'))
    $name = [System.Security.SecurityElement]::Escape("$file`: $($test.ExpandedPath)")
    "    <UnitTestResult testName=""$name"" outcome=""$outcome""><Output><ErrorInfo><Message>$message</Message></ErrorInfo></Output></UnitTestResult>"
}
@(
    '<?xml version="1.0" encoding="utf-8"?>'
    '<TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010">'
    '  <Results>'
    $rows
    '  </Results>'
    '</TestRun>'
) | Set-Content -LiteralPath $ResultFile

# A file whose blocks fail, or that holds no test at all, has not passed either.
"pester: $($run.PassedCount) passed, $($run.FailedCount) failed, $($run.SkippedCount + $run.InconclusiveCount + $run.NotRunCount) skipped"
exit ($run.Result -eq 'Passed' -and $run.TotalCount -gt 0 ? 0 : 1)
