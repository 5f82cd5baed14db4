<#
.SYNOPSIS
The functions of help.ps1 that write pages as MAML, which is what Get-Help reads and shows.
#>
$names = @{}
@{
    maml    = 'http://schemas.microsoft.com/maml/2004/10'
    command = 'http://schemas.microsoft.com/maml/dev/command/2004/10'
    dev     = 'http://schemas.microsoft.com/maml/dev/2004/10'
}.GetEnumerator() | ForEach-Object { $names[$_.Key] = [System.Xml.Linq.XNamespace] $_.Value }

# Help at 80 columns has this many for an example's code.
$codeColumns = 76

# element maml:name 'text'; what is null adds nothing.
function New-Element([string] $Name, $Content) {
    $prefix, $local = $Name -split ':'
    $element = [System.Xml.Linq.XElement]::new($names[$prefix] + $local)
    foreach ($item in $Content) { if ($null -ne $item) { $element.Add($item) } }
    $element
}

function Add-Attribute([System.Xml.Linq.XElement] $Element, [System.Collections.IDictionary] $Values) {
    foreach ($name in $Values.Keys) { $Element.SetAttributeValue($name, $Values[$name]) }
    $Element
}

# Markdown's marks mean nothing to Get-Help: code is in quotes, a link is its text.
function ConvertTo-PlainText([string] $Markdown) {
    $text = $Markdown -replace '`([^`]+)`', '''$1''' -replace '\[([^\]]+)\]\([^)]*\)', '$1'
    $text = $text -replace '\*\*(.+?)\*\*', '$1'
    $text -replace '\\(?=[\\`*_\[\]<>#-])'
}

# A text's paragraphs, each a line: the lines of a page end where a sentence does. Items of a list stay apart.
function Get-Paragraph([string] $Markdown) {
    foreach ($block in ($Markdown.Trim() -split '\n(?:[ \t]*\n)+') -ne '') {
        foreach ($item in $block -split '\n(?=- )') { ConvertTo-PlainText ($item -replace '\s*\n\s*', ' ') }
    }
}

function New-Paragraph([string] $Markdown) {
    Get-Paragraph $Markdown | ForEach-Object { New-Element maml:para $_ }
}

# Text as comments: what is pasted together with its code runs, too.
function ConvertTo-Comment([string] $Markdown) {
    foreach ($paragraph in Get-Paragraph $Markdown) {
        $line = '#'
        foreach ($word in $paragraph -split ' ') {
            if ($line.Length + $word.Length -ge $codeColumns -and $line -ne '#') { $line; $line = '#' }
            $line += " $word"
        }
        $line
    }
}

# Code and the texts between it stay in the page's order; the text behind the last code is the remarks.
function New-Example([string] $Title, [string] $Text) {
    $pieces = @([regex]::Split($Text, '(?ms)^```powershell\n(.*?)\n^```') | ForEach-Object Trim)
    $code = for ($at = 0; $at -lt $pieces.Count - 1; $at++) {
        if ($pieces[$at]) { $at % 2 ? $pieces[$at] : (ConvertTo-Comment $pieces[$at]) -join "`n" }
    }
    $dashes = '-' * [math]::Max(2, [math]::Floor(($codeColumns - $Title.Length - 2) / 2))
    New-Element command:example @(
        New-Element maml:title "$dashes $(ConvertTo-PlainText $Title) $dashes"
        New-Element dev:code ($code -join "`n`n")
        New-Element dev:remarks @(
            ConvertTo-Comment $pieces[-1] | ForEach-Object { New-Element maml:para $_ }
            New-Element maml:para
        )
    )
}

# One parameter as a parameter set has it.
function New-ParameterElement($Page, [System.Management.Automation.ParameterMetadata] $Parameter, [string] $SetName) {
    $set = $Parameter.ParameterSets[$SetName] ?? $Parameter.ParameterSets['__AllParameterSets']
    $text = (Get-Part $Page.Sections.PARAMETERS '###')["-$($Parameter.Name)"]
    $default = $text -match '(?m)^DefaultValue: (.+)$' ? $Matches[1] -replace "^''$", 'None' : 'None'
    $ways = @(
        if ($set.ValueFromPipeline) { 'ByValue' }
        if ($set.ValueFromPipelineByPropertyName) { 'ByPropertyName' }
    )
    $type = [nullable]::GetUnderlyingType($Parameter.ParameterType) ?? $Parameter.ParameterType
    $isArray = "$($type.IsArray)".ToLowerInvariant()
    $values = Get-AcceptedValue $Parameter | ForEach-Object {
        Add-Attribute (New-Element command:parameterValue $_) @{ required = 'false' }
    }
    $element = New-Element command:parameter @(
        New-Element maml:name $Parameter.Name
        New-Element maml:description (New-Paragraph ($text -replace '(?ms)^```yaml\n.*?^```'))
        if ($values) { New-Element command:parameterValueGroup $values }
        if (-not $Parameter.SwitchParameter) {
            Add-Attribute (New-Element command:parameterValue $type.Name) @{ required = 'true' }
        }
        New-Element dev:type @((New-Element maml:name $type.Name), (New-Element maml:uri))
        New-Element dev:defaultValue $default
    )
    Add-Attribute $element ([ordered]@{
        required       = "$($set.IsMandatory)".ToLowerInvariant()
        variableLength = $isArray
        globbing       = "$([bool] ($text -match '(?m)^SupportsWildcards: true'))".ToLowerInvariant()
        pipelineInput  = $ways ? "True ($($ways -join ', '))" : 'False'
        position       = $set.Position -eq [int]::MinValue ? 'named' : $set.Position
        aliases        = $Parameter.Aliases ? (Get-Sorted $Parameter.Aliases) -join ', ' : 'none'
    })
}

function New-SyntaxElement($Page) {
    $visible = @(Get-VisibleParameter $Page.Command)
    foreach ($set in $Page.Command.ParameterSets) {
        # As in the pages: first those with a position, then the others that are needed, then the rest.
        $order = ([regex]::Matches($set.ToString(), '(?<=(?:^| )\[{0,2}-)\w+').Value).Where({ $_ -in $visible.Name })
        New-Element command:syntaxItem @(
            New-Element maml:name $Page.Command.Name
            foreach ($name in $order) { New-ParameterElement $Page $Page.Command.Parameters[$name] $set.Name }
        )
    }
}

function New-TypeElement([string] $List, [string] $Item, [string] $Text) {
    New-Element $List @(
        foreach ($type in Split-Text $Text '###') {
            New-Element $Item @(
                New-Element dev:type @((New-Element maml:name $type.Title), (New-Element maml:uri))
                New-Element maml:description (New-Paragraph $type.Text)
            )
        }
    )
}

# Get-Help -Online opens the first address; the other links are names to look up.
function New-LinkElement($Page) {
    if ($Page.Uri) {
        New-Element maml:navigationLink @(
            New-Element maml:linkText 'Online Version:'
            New-Element maml:uri $Page.Uri
        )
    }
    foreach ($match in [regex]::Matches($Page.Sections['RELATED LINKS'], '\[([^\]]+)\]\(([^)]*)\)')) {
        $uri = $match.Groups[2].Value -match '^https?:' ? $match.Groups[2].Value : $null
        New-Element maml:navigationLink @(
            New-Element maml:linkText $match.Groups[1].Value
            New-Element maml:uri $uri
        )
    }
}

function New-CommandElement($Page) {
    $sections, $command = $Page.Sections, $Page.Command
    New-Element command:command @(
        New-Element command:details @(
            New-Element command:name $command.Name
            New-Element command:verb $command.Verb
            New-Element command:noun $command.Noun
            New-Element maml:description (New-Paragraph $sections.SYNOPSIS)
        )
        New-Element maml:description (New-Paragraph $sections.DESCRIPTION)
        New-Element command:syntax (New-SyntaxElement $Page)
        New-Element command:parameters @(
            foreach ($parameter in Get-VisibleParameter $command) {
                New-ParameterElement $Page $parameter @(Get-Sorted $parameter.ParameterSets.Keys)[0]
            }
        )
        New-TypeElement command:inputTypes command:inputType $sections.INPUTS
        New-TypeElement command:returnValues command:returnValue $sections.OUTPUTS
        if ($sections.NOTES) { New-Element maml:alertSet (New-Element maml:alert (New-Paragraph $sections.NOTES)) }
        New-Element command:examples @(
            foreach ($example in Split-Text $sections.EXAMPLES '###') { New-Example $example.Title $example.Text }
        )
        New-Element command:relatedLinks @(New-LinkElement $Page)
    )
}

function Save-Maml($Pages, [string] $Path) {
    $root = [System.Xml.Linq.XElement]::new([System.Xml.Linq.XNamespace] 'http://msh' + 'helpItems')
    $root.SetAttributeValue('schema', 'maml')
    foreach ($prefix in 'maml', 'command', 'dev') {
        $root.SetAttributeValue([System.Xml.Linq.XNamespace]::Xmlns + $prefix, $names[$prefix].NamespaceName)
    }
    foreach ($page in $Pages) { $root.Add((New-CommandElement $page)) }
    $text = '<?xml version="1.0" encoding="utf-8"?>' + "`n" + $root.ToString() + "`n"
    if (-not (Test-Path $Path) -or $text -cne (Get-Content $Path -Raw)) { Set-Content $Path $text -NoNewline }
}
