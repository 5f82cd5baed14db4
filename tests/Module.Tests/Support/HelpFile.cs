using System.Text.RegularExpressions;
using System.Xml.Linq;
using LxcNetworking.Tests;

namespace LxcNetworking.Module.Tests;

/// <summary>The committed MAML, which Get-Help reads.</summary>
internal static class HelpFile
{
    private static readonly XNamespace s_maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace s_command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace s_dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    /// <summary>Its text.</summary>
    public static string Text { get; } =
        File.ReadAllText(Repository.File("Module", "en-US", "LxcNetworking.Commands.dll-Help.xml"));

    /// <summary>What it says of each cmdlet.</summary>
    public static IReadOnlyDictionary<string, HelpPage> Pages { get; } = XDocument.Parse(Text)
        .Root!.Elements(s_command + "command")
        .ToDictionary(item => item.Element(s_command + "details")!.Element(s_command + "name")!.Value, Read);

    private static HelpPage Read(XElement command)
    {
        var links = command.Element(s_command + "relatedLinks")!.Elements(s_maml + "navigationLink")
            .Select(link => (Text: link.Element(s_maml + "linkText")!.Value, Uri: link.Element(s_maml + "uri")!.Value))
            .ToArray();
        return new HelpPage
        {
            Uri = links.FirstOrDefault(link => link.Text == "Online Version:").Uri ?? string.Empty,
            Synopsis = Paragraphs(command.Element(s_command + "details")!.Element(s_maml + "description")),
            Syntax = [.. command.Element(s_command + "syntax")!.Elements(s_command + "syntaxItem")
                .Select(item => (item.Element(s_maml + "name")!.Value, ReadSyntax(item)))],
            Description = Paragraphs(command.Element(s_maml + "description")),
            Examples = [.. command.Descendants(s_command + "example").Select(example => new HelpExample(
                example.Element(s_maml + "title")!.Value.Trim(' ', '-'),
                example.Element(s_dev + "code")!.Value,
                Paragraphs(example.Element(s_dev + "remarks"))))],
            Parameters = command.Element(s_command + "parameters")!.Elements(s_command + "parameter")
                .ToDictionary(parameter => parameter.Element(s_maml + "name")!.Value, ReadParameter),
            Inputs = Types(command, "inputTypes"),
            Outputs = Types(command, "returnValues"),
            Notes = Paragraphs(command.Element(s_maml + "alertSet")),
            Links = [.. links.Select(link => link.Text).Where(text => text != "Online Version:")],
        };
    }

    private static HelpSyntax[] ReadSyntax(XElement item) =>
        [.. item.Elements(s_command + "parameter").Select(parameter => new HelpSyntax(
        parameter.Element(s_maml + "name")!.Value,
        parameter.Attribute("required")!.Value == "true",
        parameter.Attribute("position")!.Value != "named",
        parameter.Element(s_command + "parameterValue") is null))];

    // It has one use of each parameter, and the short name of its type.
    private static HelpParameter ReadParameter(XElement parameter)
    {
        string Attribute(string name) => parameter.Attribute(name)!.Value;
        var pipeline = Attribute("pipelineInput");
        return new HelpParameter(
            Paragraphs(parameter.Element(s_maml + "description")),
            parameter.Element(s_dev + "type")!.Element(s_maml + "name")!.Value)
        {
            DefaultValue = parameter.Element(s_dev + "defaultValue")!.Value,
            SupportsWildcards = Attribute("globbing") == "true",
            Aliases = Attribute("aliases") == "none" ? [] : Attribute("aliases").Split(", "),
            AcceptedValues =
            [.. parameter.Elements(s_command + "parameterValueGroup").Elements().Select(value => value.Value)],
            Uses = [new HelpUse(
                string.Empty,
                Attribute("position") == "named" ? "Named" : Attribute("position"),
                Attribute("required") == "true",
                Regex.IsMatch(pipeline, @"^True \(ByValue\b"),
                Regex.IsMatch(pipeline, @"^True \((ByValue, )?ByPropertyName\)$"),
                TakesTheRest: false)],
        };
    }

    private static string[] Types(XElement command, string list) => [.. command.Element(s_command + list)!.Elements()
        .Select(item => item.Element(s_dev + "type")!.Element(s_maml + "name")!.Value)];

    private static string Paragraphs(XElement? element)
        => string.Join('\n', element?.Descendants(s_maml + "para").Select(para => para.Value) ?? []);
}
