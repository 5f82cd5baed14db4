<#
.SYNOPSIS
Brings the pages of the cmdlets into step with the module, and writes what Get-Help reads of them.

.DESCRIPTION
The pages have the format of platyPS v1, schema 2024-05-01. The front matter, SYNTAX, the YAML blocks and the types of
INPUTS and OUTPUTS come from the cmdlets; all else is written by hand and stays. What is new has a {{ placeholder }},
which the tests refuse. A second run changes nothing. The module is the one that the session has, or the manifest's.
#>
[CmdletBinding()]
param(
    [string] $PageFolder = "$PSScriptRoot/en-US",
    [string] $MamlFolder = "$PSScriptRoot/../Module/en-US",
    [string] $Manifest = "$PSScriptRoot/../LxcNetworking.psd1"
)
$ErrorActionPreference = 'Stop'
. $PSScriptRoot/help-maml.ps1

# Where a page can be read online, if the project has an address.
function Get-PageUri([string] $Name) {
    $project = (Import-PowerShellDataFile $Manifest).PrivateData.PSData['ProjectUri']
    $project ? "$($project.TrimEnd('/'))/blob/main/docs/en-US/$Name.md" : ''
}

# What stands under each heading of a level, in the page's order.
function Split-Text([string] $Text, [string] $Level) {
    foreach ($match in [regex]::Matches($Text, "(?ms)^$Level ([^\n]+)\n?(.*?)(?=^$Level |\z)")) {
        [pscustomobject]@{ Title = $match.Groups[1].Value.Trim(); Text = $match.Groups[2].Value.Trim() }
    }
}

# The same, by title.
function Get-Part([string] $Text, [string] $Level) {
    $parts = [ordered]@{}
    foreach ($part in Split-Text $Text $Level) { $parts[$part.Title] = $part.Text }
    $parts
}

# int? is written as int.
function Get-PlainType([type] $Type) {
    ([nullable]::GetUnderlyingType($Type) ?? $Type).ToString()
}

# By the characters' numbers: what a culture says would be another order on other machines.
function Get-Sorted([string[]] $Names) {
    [System.Linq.Enumerable]::Order($Names, [System.StringComparer]::Ordinal)
}

# Those that a user is meant to see, by name, as they are in the pages.
function Get-VisibleParameter([System.Management.Automation.CommandInfo] $Command) {
    Get-Sorted $Command.Parameters.Keys | ForEach-Object { $Command.Parameters[$_] } |
        Where-Object Name -NotIn ([System.Management.Automation.Cmdlet]::CommonParameters) |
        Where-Object { $_.Attributes.Where({ $_ -is [parameter] -and -not $_.DontShow }) }
}

# What the type or a ValidateSet allows, or nothing.
function Get-AcceptedValue([System.Management.Automation.ParameterMetadata] $Parameter) {
    $set = $Parameter.Attributes.Where({ $_ -is [ValidateSet] })
    if ($set) { return $set[0].ValidValues }
    $type = $Parameter.ParameterType.IsArray ? $Parameter.ParameterType.GetElementType() : $Parameter.ParameterType
    $type = [nullable]::GetUnderlyingType($type) ?? $type
    if ($type.IsEnum) { [enum]::GetNames($type) }
}

# YAML takes some words for something else than text.
function Format-Scalar([string] $Text) {
    $Text -match '^(~|null|true|false|yes|no|on|off|[-+.\d].*|)$|^\W|[:#,]' ? "'$($Text.Replace("'", "''"))'" : $Text
}

function Format-List([string] $Key, [string[]] $Values) {
    $Values ? @("${Key}:") + @($Values | ForEach-Object { "- $(Format-Scalar $_)" }) : "${Key}: []"
}

function Format-Flag($Value) { $Value ? 'true' : 'false' }

# A parameter's YAML block. What its default is only the page knows.
function Format-Yaml([System.Management.Automation.ParameterMetadata] $Parameter, [string] $Default) {
    $sets = foreach ($name in Get-Sorted $Parameter.ParameterSets.Keys) {
        $set = $Parameter.ParameterSets[$name]
        "- Name: $($name -eq '__AllParameterSets' ? '(All)' : (Format-Scalar $name))"
        "  Position: $($set.Position -lt 0 ? 'Named' : $set.Position)"
        "  IsRequired: $(Format-Flag $set.IsMandatory)"
        foreach ($flag in 'ValueFromPipeline', 'ValueFromPipelineByPropertyName', 'ValueFromRemainingArguments') {
            "  ${flag}: $(Format-Flag $set.$flag)"
        }
    }
    @(
        '```yaml'
        "Type: $(Get-PlainType $Parameter.ParameterType)"
        "DefaultValue: $($Parameter.SwitchParameter ? 'False' : $Default ? $Default : "''")"
        "SupportsWildcards: $(Format-Flag $Parameter.Attributes.Where({ $_ -is [SupportsWildcards] }))"
        Format-List Aliases (Get-Sorted $Parameter.Aliases)
        'ParameterSets:'
        $sets
        'DontShow: false'
        Format-List AcceptedValues (Get-AcceptedValue $Parameter)
        "HelpMessage: ''"
        '```'
    ) -join "`n"
}

# What a parameter means that a base class gives to several cmdlets, as the first page that has it says it.
function Get-SharedText([System.Management.Automation.CommandInfo[]] $Commands) {
    $shared = @{}
    foreach ($command in $Commands) {
        $path = Join-Path $PageFolder "$($command.Name).md"
        if (-not (Test-Path $path)) { continue }
        $own = Get-Part (Get-Part (Get-Content $path -Raw) '##').PARAMETERS '###'
        foreach ($name in $own.Keys | Where-Object { $_ -like '-*' }) {
            $key = Get-Declaration $command $name.Substring(1)
            $said = ($own[$name] -replace '(?ms)^```yaml\n.*?^```').Trim()
            if ($key -and $said -and $said -notmatch '{{' -and -not $shared[$key]) { $shared[$key] = $said }
        }
    }
    $shared
}

# Where a parameter is declared, if that is a base class.
function Get-Declaration([System.Management.Automation.CommandInfo] $Command, [string] $Name) {
    $type = $Command.ImplementingType.GetProperty($Name)?.DeclaringType
    $type -and $type -ne $Command.ImplementingType ? "$type.$Name" : ''
}

# PARAMETERS: each one's text from the page, and its block from the cmdlet.
function Format-Parameter([System.Management.Automation.CommandInfo] $Command, [string] $Text) {
    $own = Get-Part $Text '###'
    foreach ($parameter in Get-VisibleParameter $Command) {
        $said = $own["-$($parameter.Name)"]
        $default = $said -match '(?m)^DefaultValue: (.+)$' ? $Matches[1].Trim() : ''
        $said = ($said -replace '(?ms)^```yaml\n.*?^```').Trim()
        "### -$($parameter.Name)"
        $said = $said -and $said -notmatch '^{{' ? $said : $sharedText[(Get-Declaration $Command $parameter.Name)]
        $said ? $said : "{{ Fill in what -$($parameter.Name) means }}"
        Format-Yaml $parameter $default
    }
    $own.Keys | Where-Object { $_ -like '-*' -and -not $Command.Parameters.ContainsKey($_.Substring(1)) } |
        ForEach-Object { Write-Warning "$($Command.Name) has no $_ any more, and neither has its page." }
    '### CommonParameters'
    $common = Get-Sorted ([System.Management.Automation.Cmdlet]::CommonParameters) | ForEach-Object { "-$_" }
    $names = "$($common[0..($common.Count - 2)] -join ', '), and $($common[-1])."
    # In lines of up to 120 columns, as all of a page.
    (("This cmdlet supports the common parameters: $names" -replace '(.{1,120})( |$)', "`$1`n").Trim()) +
        "`nFor more information, see [about_CommonParameters](https://go.microsoft.com/fwlink/?LinkID=113216)."
}

# The parameter sets as Get-Command shows them, without what is hidden, in lines of up to 100 columns.
function Format-Syntax([System.Management.Automation.CommandInfo] $Command) {
    $visible = (Get-VisibleParameter $Command).Name
    foreach ($set in $Command.ParameterSets) {
        $lines, $line = @(), $Command.Name
        foreach ($word in $set.ToString() -split ' (?=\[{0,2}-|\[<)') {
            if ($word -match '^\[{0,2}-(\w+)' -and $Matches[1] -notin $visible) { continue }
            if ($line.Length + $word.Length -ge 100) { $lines, $line = ($lines + $line), '' }
            $line += " $word"
        }
        "### $($set.Name)$($set.IsDefault ? ' (Default)' : '')"
        @('```') + $lines + $line + '```' -join "`n"
    }
}

# Types as headings; what the page says of one stays.
function Format-Type([string[]] $Types, [string] $Text) {
    $own = Get-Part $Text '###'
    foreach ($type in $Types ? $Types : 'None') {
        "### $type"
        $own[$type]
    }
}

# What a parameter takes from the pipeline, and the module's types that the page names besides for their properties.
function Get-InputType([System.Management.Automation.CommandInfo] $Command, [string] $Text) {
    $taken = foreach ($parameter in $Command.Parameters.Values | Where-Object ParameterType -NE ([psobject])) {
        $sets = @($parameter.ParameterSets.Values)
        $isTaken = $sets.Where({ $_.ValueFromPipeline -or $_.ValueFromPipelineByPropertyName })
        if ($isTaken) { Get-PlainType $parameter.ParameterType }
    }
    $said = (Get-Part $Text '###').Keys | Where-Object { $_ -match '^LxcNetworking\.' -and $_ -as [type] }
    @($taken) + @($said) | Where-Object { $_ } | Select-Object -Unique
}

function Get-OutputType([System.Management.Automation.CommandInfo] $Command) {
    $types = $Command.OutputType.Type | Where-Object { $_ -and $_ -ne [void] }
    $types | ForEach-Object { Get-PlainType $_ } | Select-Object -Unique
}

$noExample = @'
### Example 1: {{ Title }}

```powershell
{{ Code }}
```

{{ Text }}
'@

# Brings one page into step, and emits its parts.
function Update-Page([System.Management.Automation.CommandInfo] $Command) {
    $name = $Command.Name
    $path = Join-Path $PageFolder "$name.md"
    $old = (Test-Path $path) ? (Get-Content $path -Raw) : ''
    $own = Get-Part $old '##'
    $date = $old -match '(?m)^ms\.date: (\S+)$' ? $Matches[1] : ''
    $uri = Get-PageUri $name
    $front = @(
        '---', 'document type: cmdlet'
        "external help file: $(Split-Path $Command.HelpFile -Leaf)"
        "HelpUri: $($uri ? $uri : "''")"
        'Locale: en-US', "Module Name: $($Command.ModuleName)", 'ms.date: MM/dd/yyyy'
        'PlatyPS schema version: 2024-05-01', "title: $name", '---'
    ) -join "`n"
    $parts = @(
        "# $name"
        '## SYNOPSIS', ($own.SYNOPSIS ?? '{{ Fill in the synopsis }}')
        '## SYNTAX', (Format-Syntax $Command)
        '## ALIASES', $own.ALIASES
        '## DESCRIPTION', ($own.DESCRIPTION ?? '{{ Fill in the description }}')
        '## EXAMPLES', ($own.EXAMPLES ?? $noExample)
        '## PARAMETERS', (Format-Parameter $Command $own.PARAMETERS)
        '## INPUTS', (Format-Type (Get-InputType $Command $own.INPUTS) $own.INPUTS)
        '## OUTPUTS', (Format-Type (Get-OutputType $Command) $own.OUTPUTS)
        '## NOTES', $own.NOTES
        '## RELATED LINKS', $own['RELATED LINKS']
    ) | ForEach-Object { $_ } | Where-Object { $_ }
    $text = (@($front) + $parts -join "`n`n") + "`n"
    # The date is that of the last change to what is generated.
    $new = $text.Replace('MM/dd/yyyy', $date)
    if ($new -cne $old) {
        $new = $text.Replace('MM/dd/yyyy', [datetime]::UtcNow.ToString('MM\/dd\/yyyy'))
        Set-Content $path $new -NoNewline
    }
    @{ Command = $Command; Uri = $uri; Sections = Get-Part $new '##' }
}

if (-not (Get-Module LxcNetworking)) { Import-Module $Manifest }
$sharedText = Get-SharedText (Get-Command -Module LxcNetworking)
$pages = foreach ($name in Get-Sorted (Get-Command -Module LxcNetworking).Name) {
    Update-Page (Get-Command $name -Module LxcNetworking)
}
Save-Maml $pages (Join-Path $MamlFolder LxcNetworking.Commands.dll-Help.xml)
