using System.Text.RegularExpressions;
using System.Xml.Linq;
using LxcNetworking.Tests;

namespace LxcNetworking.Module.Tests;

/// <summary>What is said of a parameter. The YAML is that of platyPS: one dictionary for each block.</summary>
internal sealed record ParameterText(string Description, IReadOnlyList<IReadOnlyDictionary<string, string>> Yaml);

/// <summary>A cmdlet's help, from its page or from the committed MAML.</summary>
internal sealed partial class HelpPage
{
    public required string Synopsis { get; init; }

    public required string Description { get; init; }

    public string Syntax { get; init; } = string.Empty;

    public required IReadOnlyList<(string Title, string Code, string Text)> Examples { get; init; }

    public required IReadOnlyDictionary<string, ParameterText> Parameters { get; init; }

    public static string PathOf(string cmdlet) => Repository.File("docs", "en-US", cmdlet + ".md");

    /// <summary>The committed MAML by cmdlet.</summary>
    public static IReadOnlyDictionary<string, HelpPage> Committed { get; } = ReadMaml(Repository.File("Module", "en-US", "LxcNetworking.Commands.dll-Help.xml"));

    /// <summary>Reads docs/en-US/CMDLET.md.</summary>
    public static HelpPage Read(string cmdlet)
    {
        var text = File.ReadAllText(PathOf(cmdlet)).ReplaceLineEndings("\n");
        var sections = Split(text, "## ").ToDictionary(section => section.Title, section => section.Body, StringComparer.OrdinalIgnoreCase);
        return new HelpPage
        {
            Synopsis = sections.GetValueOrDefault("SYNOPSIS", string.Empty).Trim(),
            Description = sections.GetValueOrDefault("DESCRIPTION", string.Empty).Trim(),
            Syntax = sections.GetValueOrDefault("SYNTAX", string.Empty),
            Examples = [.. Split(sections.GetValueOrDefault("EXAMPLES", string.Empty), "### ").Select(example => (
                example.Title,
                string.Join('\n', CodeBlock().Matches(example.Body).Select(match => match.Groups[1].Value)),
                CodeBlock().Replace(example.Body, string.Empty).Trim()))],
            Parameters = Split(sections.GetValueOrDefault("PARAMETERS", string.Empty), "### -").ToDictionary(
                parameter => parameter.Title,
                parameter => new ParameterText(YamlBlock().Replace(parameter.Body, string.Empty).Trim(), [.. YamlBlock().Matches(parameter.Body).Select(match => Yaml(match.Groups[1].Value))])),
        };
    }

    // What has one # only is the page's title or a comment of PowerShell's.
    private static IEnumerable<(string Title, string Body)> Split(string text, string heading)
        => Regex.Matches(text, $@"^{heading}(?!#)(.+)\n((?:(?!^## |^{heading.TrimEnd('-')})[^\n]*\n?)*)", RegexOptions.Multiline)
            .Select(match => (match.Groups[1].Value.Trim(), match.Groups[2].Value))
            .Where(section => section.Item1 != "CommonParameters");

    private static Dictionary<string, string> Yaml(string block)
        => block.Split('\n').Select(line => line.Split(':', 2)).Where(parts => parts.Length == 2).ToDictionary(parts => parts[0].Trim(), parts => parts[1].Trim());

    private static Dictionary<string, HelpPage> ReadMaml(string path)
    {
        XNamespace maml = "http://schemas.microsoft.com/maml/2004/10", command = "http://schemas.microsoft.com/maml/dev/command/2004/10", dev = "http://schemas.microsoft.com/maml/dev/2004/10";
        string Paragraphs(XElement? element) => string.Join('\n', element?.Descendants(maml + "para").Select(para => para.Value) ?? []);
        return XDocument.Load(path).Root!.Elements(command + "command").ToDictionary(
            item => item.Element(command + "details")!.Element(command + "name")!.Value,
            item => new HelpPage
            {
                Synopsis = Paragraphs(item.Element(command + "details")!.Element(maml + "description")),
                Description = Paragraphs(item.Element(maml + "description")),
                Examples = [.. item.Descendants(command + "example").Select(example => (
                    example.Element(maml + "title")!.Value.Trim(' ', '-'), example.Element(dev + "code")!.Value, Paragraphs(example.Element(dev + "remarks"))))],
                Parameters = item.Element(command + "parameters")!.Elements(command + "parameter").ToDictionary(
                    parameter => parameter.Element(maml + "name")!.Value,
                    parameter => new ParameterText(Paragraphs(parameter.Element(maml + "description")), [])),
            });
    }

    [GeneratedRegex(@"^```powershell\n(.*?)\n```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"^```yaml\n(.*?)\n```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex YamlBlock();
}
