using System.Text.RegularExpressions;
using LxcNetworking.Tests;

namespace LxcNetworking.Module.Tests;

/// <summary>Every cmdlet has a page in step with its code, and the committed help is in step with the pages.</summary>
public class HelpTests
{
    private const string HowToMake = "Run ./build.ps1 Help and commit Module/en-US.";

    public static TheoryData<string> Pages => [.. Cmdlet.All.Keys.Where(name => File.Exists(HelpPage.PathOf(name))).Order(StringComparer.Ordinal)];

    [Fact]
    public void Every_cmdlet_has_a_page() => Assert.Empty(Cmdlet.All.Keys.Where(name => !File.Exists(HelpPage.PathOf(name))).Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_is_in_step_with_the_cmdlet(string name)
    {
        var cmdlet = Cmdlet.All[name];
        Assert.DoesNotContain("{{", File.ReadAllText(HelpPage.PathOf(name)), StringComparison.Ordinal);
        var page = HelpPage.Read(name);
        Assert.NotEmpty(page.Synopsis);
        Assert.NotEmpty(page.Description);
        Assert.True(page.Examples.Count >= 2, "a page has at least two examples");
        Assert.All(page.Examples, example => Assert.Contains(cmdlet.Noun, string.Concat(page.Examples.Select(all => all.Code)), StringComparison.Ordinal));
        Assert.All(page.Examples, example => Assert.True(example.Code.Length > 0 && example.Text.Length > 0, $"'{example.Title}' has no code or says nothing about it"));

        Assert.Equal(cmdlet.VisibleParameters, page.Parameters.Keys.Order(StringComparer.OrdinalIgnoreCase));
        Assert.All(page.Parameters, parameter => Assert.True(parameter.Value.Description.Length > 0, $"-{parameter.Key} is not described"));
        var inSyntax = Regex.Matches(page.Syntax, @"(?<=[\s\[])-([A-Za-z]\w+)").Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.OrdinalIgnoreCase);
        Assert.Equal(cmdlet.VisibleParameters, inSyntax);
        foreach (var parameter in cmdlet.Parameters.Where(parameter => !parameter.IsHidden))
            Compare(parameter, page.Parameters[parameter.Name].Yaml);
    }

    [Fact]
    public void Readme_leads_to_every_page_and_to_nothing_that_is_not_there()
    {
        var links = Regex.Matches(File.ReadAllText(Repository.File("README.md")), @"\]\(([^)#:]+)\)").Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
        Assert.All(links, link => Assert.True(File.Exists(Repository.File(link)), link));
        var missing = Pages.Select(row => $"docs/en-US/{row.Data}.md").Except(links).ToArray();
        Assert.True(missing.Length == 0, $"README.md does not lead to {string.Join(", ", missing)}. Run ./build.ps1 Help and commit README.md.");
    }

    [Fact]
    public void Every_page_is_about_a_cmdlet()
        => Assert.Empty(Directory.EnumerateFiles(Repository.File("docs", "en-US"), "*.md").Select(Path.GetFileNameWithoutExtension).Except(Cmdlet.All.Keys));

    [Theory]
    [MemberData(nameof(Pages))]
    public void Committed_help_is_in_step_with_the_page(string name)
    {
        Assert.True(HelpPage.Committed.ContainsKey(name), $"{name} is not in the committed help. {HowToMake}");
        var (page, committed) = (HelpPage.Read(name), HelpPage.Committed[name]);
        Same(page.Synopsis, committed.Synopsis, "synopsis");
        Same(page.Description, committed.Description, "description");
        Assert.True(page.Examples.Count == committed.Examples.Count, $"The examples are not the same number. {HowToMake}");
        foreach (var (mine, other) in page.Examples.Zip(committed.Examples))
            Same($"{mine.Title} {mine.Code} {mine.Text}", $"{other.Title} {other.Code} {other.Text}", $"example '{mine.Title}'");
        Assert.True(page.Parameters.Keys.ToHashSet().SetEquals(committed.Parameters.Keys), $"The parameters are not the same. {HowToMake}");
        foreach (var (parameter, text) in page.Parameters)
            Same(text.Description, committed.Parameters[parameter].Description, $"-{parameter}");
    }

    [Fact]
    public void Committed_help_is_about_cmdlets_only()
        => Assert.Empty(HelpPage.Committed.Keys.Except(Cmdlet.All.Keys));

    /// <summary>PowerShell looks for help beside the manifest; in the checkout that is a link.</summary>
    [Fact]
    public void Help_lies_where_PowerShell_looks()
    {
        Assert.Equal(Repository.File("Module", "en-US"), new DirectoryInfo(Repository.File("en-US")).ResolveLinkTarget(returnFinalTarget: true)?.FullName);
        foreach (var file in new[] { "LxcNetworking.Commands.dll-Help.xml", "about_LxcNetworking.help.txt" })
        {
            Assert.True(File.Exists(Repository.File("en-US", file)), file);
            Assert.True(File.Exists(Path.Combine(Path.GetDirectoryName(Repository.BuiltManifest)!, "en-US", file)), file);
        }
    }

    private static void Compare(CmdletParameter parameter, IReadOnlyList<IReadOnlyDictionary<string, string>> yaml)
    {
        Assert.True(yaml.Count > 0, $"-{parameter.Name} has no YAML block");
        foreach (var block in yaml)
        {
            Assert.Equal(parameter.Aliases.Order(StringComparer.Ordinal), block["Aliases"].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Order(StringComparer.Ordinal));
            Assert.True(block["Accept wildcard characters"] == (parameter.SupportsWildcards ? "True" : "False"), $"-{parameter.Name}: the page is wrong about wildcards");
        }

        if (parameter.Uses.Count > 1)
            return;
        var (use, only) = (parameter.Uses[0], yaml[0]);
        var pipeline = (use.ByValue, use.ByPropertyName) switch
        {
            (true, true) => "True (ByPropertyName, ByValue)",
            (true, false) => "True (ByValue)",
            (false, true) => "True (ByPropertyName)",
            _ => "False",
        };
        Assert.True(only["Required"] == (use.IsMandatory ? "True" : "False"), $"-{parameter.Name}: the page is wrong about Required");
        Assert.True(only["Position"] == (use.Position?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "Named"), $"-{parameter.Name}: the page is wrong about Position");
        Assert.True(only["Accept pipeline input"] == pipeline, $"-{parameter.Name}: the page is wrong about pipeline input, it is {pipeline}");
    }

    // By content: what marks and wraps the text differs between the two.
    private static void Same(string page, string committed, string what)
        => Assert.True(Plain(page) == Plain(committed), $"The committed help has another {what} than the page. {HowToMake}\npage:      {Plain(page)}\ncommitted: {Plain(committed)}");

    private static string Plain(string text) => Regex.Replace(text.Replace("\\", string.Empty, StringComparison.Ordinal), @"[\s`*_\-]+", string.Empty);
}
