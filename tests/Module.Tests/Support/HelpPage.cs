using System.Text.RegularExpressions;
using LxcNetworking.Tests;

namespace LxcNetworking.Module.Tests;

/// <summary>An example: its code as it is pasted, and what is said about it.</summary>
internal sealed record HelpExample(string Title, string Code, string Text);

/// <summary>A parameter's role in one parameter set, which is "(All)" for all of them; the position is a number or
/// Named.</summary>
internal sealed record HelpUse(
    string Set, string Position, bool IsRequired, bool ByValue, bool ByPropertyName, bool TakesTheRest);

/// <summary>A parameter where the syntax of a parameter set has it.</summary>
internal sealed record HelpSyntax(string Name, bool IsMandatory, bool IsPositional, bool IsSwitch);

/// <summary>What is said of a parameter; the type is its full name.</summary>
internal sealed record HelpParameter(string Description, string Type)
{
    public required string DefaultValue { get; init; }

    public required bool SupportsWildcards { get; init; }

    public required IReadOnlyList<string> Aliases { get; init; }

    public required IReadOnlyList<string> AcceptedValues { get; init; }

    public required IReadOnlyList<HelpUse> Uses { get; init; }
}

/// <summary>A cmdlet's page, docs/en-US/CMDLET.md in the format of platyPS v1, or what <see cref="HelpFile"/> makes of
/// the MAML.</summary>
internal sealed partial class HelpPage
{
    /// <summary>The front matter, which the MAML has not.</summary>
    public IReadOnlyDictionary<string, string> Front { get; init; } = new Dictionary<string, string>();

    /// <summary>Where the page can be read online, or nothing.</summary>
    public required string Uri { get; init; }

    public required string Synopsis { get; init; }

    /// <summary>The parameter sets in order; the default one's title ends in "(Default)". The MAML has no
    /// titles.</summary>
    public required IReadOnlyList<(string Title, IReadOnlyList<HelpSyntax> Parameters)> Syntax { get; init; }

    public required string Description { get; init; }

    public required IReadOnlyList<HelpExample> Examples { get; init; }

    public required IReadOnlyDictionary<string, HelpParameter> Parameters { get; init; }

    public required IReadOnlyList<string> Inputs { get; init; }

    public required IReadOnlyList<string> Outputs { get; init; }

    public required string Notes { get; init; }

    /// <summary>The names of the related links.</summary>
    public required IReadOnlyList<string> Links { get; init; }

    public static string PathOf(string cmdlet) => Repository.File("docs", "en-US", cmdlet + ".md");

    /// <summary>Reads docs/en-US/CMDLET.md.</summary>
    public static HelpPage Read(string cmdlet)
    {
        var text = File.ReadAllText(PathOf(cmdlet));
        var front = Regex.Match(text, @"\A---\n(.*?)\n---\n\n# ([^\n]+)\n\n(?=## )", RegexOptions.Singleline);
        Assert.True(front.Success, "the page does not begin with its front matter and its title");
        Assert.Equal(cmdlet, front.Groups[2].Value);
        var sections = Split(text, "## ").ToArray();
        Assert.Equal(
            ["SYNOPSIS", "SYNTAX", "ALIASES", "DESCRIPTION", "EXAMPLES", "PARAMETERS", "INPUTS", "OUTPUTS", "NOTES",
                "RELATED LINKS"],
            sections.Select(section => section.Title));
        var bodies = sections.ToDictionary(section => section.Title, section => section.Body);
        var keys = Pairs(front.Groups[1].Value);
        return new HelpPage
        {
            Front = keys,
            Uri = keys["HelpUri"],
            Synopsis = bodies["SYNOPSIS"],
            Syntax = [.. Split(bodies["SYNTAX"], "### ").Select(set => (set.Title, ReadSyntax(set.Body, cmdlet)))],
            Description = bodies["DESCRIPTION"],
            Examples = [.. Split(bodies["EXAMPLES"], "### ").Select(ReadExample)],
            Parameters = Split(bodies["PARAMETERS"], "### ").Where(parameter => parameter.Title != "CommonParameters")
                .ToDictionary(parameter => parameter.Title.TrimStart('-'), parameter => ReadParameter(parameter.Body)),
            Inputs = [.. Split(bodies["INPUTS"], "### ").Select(type => type.Title)],
            Outputs = [.. Split(bodies["OUTPUTS"], "### ").Select(type => type.Title)],
            Notes = bodies["NOTES"],
            Links = [.. Regex.Matches(bodies["RELATED LINKS"], @"^- \[(.+)\]\((.+)\)$", RegexOptions.Multiline)
                .Select(match => match.Groups[1].Value)],
        };
    }

    /// <summary>The parts of a text under its headings of a level, which is "## " or "### ".</summary>
    private static IEnumerable<(string Title, string Body)> Split(string text, string level)
        => Regex.Matches(text, $@"^{level}([^\n]+)(.*?)(?=^{level}|\z)",
            RegexOptions.Multiline | RegexOptions.Singleline)
            .Select(match => (match.Groups[1].Value, match.Groups[2].Value.Trim()));

    private static HelpExample ReadExample((string Title, string Body) example)
    {
        var code = Block().Matches(example.Body);
        Assert.All(code, block => Assert.Equal("powershell", block.Groups[1].Value));
        Assert.True(code.Count == 1,
            $"'{example.Title}' has {code.Count} blocks of code: give each an example of its own");
        Assert.StartsWith("```powershell\n", example.Body, StringComparison.Ordinal);
        return new HelpExample(example.Title, code[0].Groups[2].Value,
            Block().Replace(example.Body, string.Empty).Trim());
    }

    private static HelpSyntax[] ReadSyntax(string body, string cmdlet)
    {
        var text = Regex.Match(body, @"\A```\n(.+)\n```\z", RegexOptions.Singleline).Groups[1].Value;
        Assert.All(text.Split('\n'), line => Assert.True(line.Length <= 100, $"'{line}' has {line.Length} columns"));
        text = text.Replace("\n", string.Empty, StringComparison.Ordinal);
        Assert.StartsWith(cmdlet + " ", text, StringComparison.Ordinal);
        Assert.EndsWith(" [<CommonParameters>]", text, StringComparison.Ordinal);
        var items = Regex.Matches(text, @" (\[?)(\[?)-(\w+)(\]?)( <[^>]+>)?\]?(?= |$)");
        return [.. items.Select(item => (Match: item, IsSwitch: !item.Groups[5].Success)).Select(item => new HelpSyntax(
            item.Match.Groups[3].Value,
            item.Match.Groups[1].Length == 0
            || (item.Match.Groups[2].Length == 0 && !item.IsSwitch && item.Match.Groups[4].Length > 0),
            !item.IsSwitch && item.Match.Groups[4].Length > 0,
            item.IsSwitch))];
    }

    private static HelpParameter ReadParameter(string body)
    {
        var blocks = Block().Matches(body);
        Assert.Single(blocks);
        Assert.Equal("yaml", blocks[0].Groups[1].Value);
        var lines = blocks[0].Groups[2].Value.Split('\n');
        var facts = Pairs(string.Join('\n', lines.Where(line => !line.StartsWith(' ') && !line.StartsWith('-'))));
        Assert.Equal(
            ["Type", "DefaultValue", "SupportsWildcards", "Aliases", "ParameterSets", "DontShow", "AcceptedValues",
                "HelpMessage"],
            facts.Keys);
        Assert.Equal("false", facts["DontShow"]);
        return new HelpParameter(Block().Replace(body, string.Empty).Trim(), facts["Type"])
        {
            DefaultValue = facts["DefaultValue"],
            SupportsWildcards = facts["SupportsWildcards"] == "true",
            Aliases = List("Aliases"),
            AcceptedValues = List("AcceptedValues"),
            Uses = [.. List("ParameterSets").Select(set => Pairs(set)).Select(set => new HelpUse(
                set["Name"],
                set["Position"],
                set["IsRequired"] == "true",
                set["ValueFromPipeline"] == "true",
                set["ValueFromPipelineByPropertyName"] == "true",
                set["ValueFromRemainingArguments"] == "true"))],
        };

        // The lines of each item of a list.
        string[] List(string key)
        {
            var items = string.Join('\n', lines.SkipWhile(line => line != key + ":").Skip(1)
                .TakeWhile(line => line.StartsWith(' ') || line.StartsWith('-')));
            Assert.True(items.Length > 0 || facts[key] == "[]", $"{key} has neither items nor []");
            return [.. Regex.Split(items, "^- ", RegexOptions.Multiline).Skip(1)
                .Select(item => Unquote(item.Trim().Replace("\n  ", "\n", StringComparison.Ordinal)))];
        }
    }

    private static Dictionary<string, string> Pairs(string yaml)
        => yaml.Split('\n').Select(line => line.Split(':', 2))
        .ToDictionary(pair => pair[0], pair => Unquote(pair[1].Trim()));

    private static string Unquote(string scalar)
        => scalar is ['\'', .. var inner, '\''] ? inner.Replace("''", "'", StringComparison.Ordinal) : scalar;

    [GeneratedRegex(@"^```(\w+)\n(.*?)\n```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();
}
