using System.Globalization;
using System.Text.RegularExpressions;
using LxcNetworking.Tests;

namespace LxcNetworking.Module.Tests;

/// <summary>Every cmdlet has a page in step with its code, and the committed help is in step with the pages.</summary>
public class HelpTests
{
    private const string HowToMake = "Run ./build.ps1 Help and commit what it changes.";

    // Until the project has a public address, there is none.
    private static string ProjectUri { get; }
        = Regex.Match(
            File.ReadAllText(Repository.File("LxcNetworking.psd1")),
            @"^\s*ProjectUri\s*=\s*'([^']*)'",
            RegexOptions.Multiline).Groups[1].Value.TrimEnd('/');

    public static TheoryData<string> Pages =>
        [.. Cmdlet.All.Keys.Where(name => File.Exists(HelpPage.PathOf(name))).Order(StringComparer.Ordinal)];

    [Fact]
    public void Every_cmdlet_has_a_page()
        => Assert.Empty(Cmdlet.All.Keys.Where(name => !File.Exists(HelpPage.PathOf(name)))
            .Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_says_something_of_everything(string name)
    {
        Assert.DoesNotContain("{{", File.ReadAllText(HelpPage.PathOf(name)), StringComparison.Ordinal);
        var page = HelpPage.Read(name);
        Assert.NotEmpty(page.Synopsis);
        Assert.NotEmpty(page.Description);
        Assert.NotEmpty(page.Links);
        Assert.All(page.Links, link => Assert.Contains(link, Cmdlet.All.Keys));
        Assert.All(page.Parameters,
            item => Assert.True(item.Value.Description.Length > 0, $"-{item.Key} is not described"));
        Assert.True(page.Examples.Count >= 2, "a page has at least two examples");
        Assert.Contains(Cmdlet.All[name].Noun, string.Concat(page.Examples.Select(all => all.Code)),
            StringComparison.Ordinal);
        foreach (var (example, number) in page.Examples.Select((example, index) => (example, index + 1)))
        {
            Assert.StartsWith($"Example {number}: ", example.Title, StringComparison.Ordinal);
            Assert.NotEmpty(example.Code);
            Assert.True(example.Text.Length > 0, $"'{example.Title}' says nothing about its code");
            // Get-Help breaks longer lines in the middle of a word on a terminal of 80 columns, dashes around the title
            // included.
            Assert.True(example.Title.Length <= 70, example.Title);
            Assert.All(example.Code.Split('\n'),
                line => Assert.True(line.Length <= 76, $"'{line}' has {line.Length} columns"));
        }
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_has_the_front_matter_of_its_format(string name)
    {
        var page = HelpPage.Read(name);
        Assert.Matches(@"^\d\d/\d\d/\d{4}$", page.Front["ms.date"]);
        Assert.Equal(
            [
                ("document type", "cmdlet"),
                ("external help file", "LxcNetworking.Commands.dll-Help.xml"),
                ("HelpUri", ProjectUri.Length == 0 ? string.Empty : $"{ProjectUri}/blob/main/docs/en-US/{name}.md"),
                ("Locale", "en-US"),
                ("Module Name", "LxcNetworking"),
                ("ms.date", page.Front["ms.date"]),
                ("PlatyPS schema version", "2024-05-01"),
                ("title", name),
            ],
            page.Front.Select(pair => (pair.Key, pair.Value)));
    }

    [Theory]
    [MemberData(nameof(Pages))]
    public void Page_is_in_step_with_the_cmdlet(string name)
    {
        var (cmdlet, page) = (Cmdlet.All[name], HelpPage.Read(name));
        Assert.Equal(cmdlet.VisibleParameters, page.Parameters.Keys.Order(StringComparer.OrdinalIgnoreCase));
        foreach (var parameter in cmdlet.Parameters.Where(parameter => !parameter.IsHidden))
            Compare(parameter, page.Parameters[parameter.Name]);
        if (cmdlet.SupportsShouldProcess)
        {
            Assert.Equal(["wi"], page.Parameters["WhatIf"].Aliases);
            Assert.Equal(["cf"], page.Parameters["Confirm"].Aliases);
        }

        CompareSyntax(cmdlet, page);
        // Others are of objects that give their properties.
        var taken = cmdlet.Parameters.Where(parameter => parameter.Uses.Any(use => use.ByValue || use.ByPropertyName))
            .Select(parameter => NameOf(parameter.Type))
            .Where(type => type != "System.Management.Automation.PSObject").ToArray();
        Assert.Empty(taken.Except(page.Inputs));
        Assert.All(
            page.Inputs.Except([.. taken, "None"]),
            type => Assert.True(typeof(Links.NetLink).Assembly.GetType(type) is not null, $"there is no {type}"));
        Assert.True(page.Inputs is ["None"] || !page.Inputs.Contains("None"), "None stands alone");
        var emitted = cmdlet.OutputTypes.Where(type => type.FullName != "System.Void").Select(NameOf)
            .Distinct().ToArray();
        Assert.Equal(emitted.Length == 0 ? ["None"] : emitted, page.Outputs);
    }

    [Fact]
    public void Readme_leads_to_every_page_and_to_nothing_that_is_not_there()
    {
        var links = Regex.Matches(File.ReadAllText(Repository.File("README.md")), @"\]\(([^)#:]+)\)")
            .Select(match => match.Groups[1].Value).ToHashSet(StringComparer.Ordinal);
        Assert.All(links, link => Assert.True(File.Exists(Repository.File(link)), link));
        var missing = Pages.Select(row => $"docs/en-US/{row.Data}.md").Except(links).ToArray();
        Assert.True(missing.Length == 0,
            $"README.md does not lead to {string.Join(", ", missing)}. Run ./build.ps1 Help and commit README.md.");
    }

    [Fact]
    public void Every_page_is_about_a_cmdlet()
        => Assert.Empty(Directory.EnumerateFiles(Repository.File("docs", "en-US"), "*.md")
            .Select(Path.GetFileNameWithoutExtension).Except(Cmdlet.All.Keys));

    [Theory]
    [MemberData(nameof(Pages))]
    public void Committed_help_is_in_step_with_the_page(string name)
    {
        Assert.True(HelpFile.Pages.ContainsKey(name), $"{name} is not in the committed help. {HowToMake}");
        var (page, committed) = (HelpPage.Read(name), HelpFile.Pages[name]);
        Assert.Equal(page.Uri, committed.Uri);
        Same(page.Synopsis, committed.Synopsis, "synopsis");
        Same(page.Description, committed.Description, "description");
        Same(page.Notes, committed.Notes, "notes");
        Equal(page.Inputs, committed.Inputs, "inputs");
        Equal(page.Outputs, committed.Outputs, "outputs");
        Equal(page.Links, committed.Links, "related links");
        Equal(page.Syntax.SelectMany(set => set.Parameters),
            committed.Syntax.SelectMany(set => set.Parameters), "syntax");
        Equal(page.Syntax.Select(_ => name), committed.Syntax.Select(set => set.Title), "parameter sets");
        Equal(page.Examples.Select(example => example.Code), committed.Examples.Select(example => example.Code),
            "examples' code");
        foreach (var (mine, other) in page.Examples.Zip(committed.Examples))
        {
            Same($"{mine.Title} {mine.Text}", $"{other.Title} {other.Text}", $"example '{mine.Title}'");
            // What is said about code can be pasted with it.
            Assert.All(other.Text.TrimEnd('\n').Split('\n'),
                line => Assert.StartsWith("# ", line, StringComparison.Ordinal));
        }

        Equal(page.Parameters.Keys, committed.Parameters.Keys, "parameters");
        foreach (var (parameter, text) in page.Parameters)
            Same(parameter, text, committed.Parameters[parameter]);
    }

    [Fact]
    public void Committed_help_is_about_cmdlets_only() => Assert.Empty(HelpFile.Pages.Keys.Except(Cmdlet.All.Keys));

    [Fact]
    public void Committed_help_has_no_Markdown_in_its_texts()
    {
        var texts = Regex.Replace(HelpFile.Text, "<dev:code>.*?</dev:code>", string.Empty, RegexOptions.Singleline);
        Assert.DoesNotMatch(@"`|\]\(|\*\*\w|\{\{", texts);
    }

    /// <summary>PowerShell looks for help beside the manifest; in the checkout that is a link.</summary>
    [Fact]
    public void Help_lies_where_PowerShell_looks()
    {
        Assert.Equal(Repository.File("Module", "en-US"), new DirectoryInfo(Repository.File("en-US"))
            .ResolveLinkTarget(returnFinalTarget: true)?.FullName);
        foreach (var file in new[] { "LxcNetworking.Commands.dll-Help.xml", "about_LxcNetworking.help.txt" })
        {
            Assert.True(File.Exists(Repository.File("en-US", file)), file);
            Assert.True(
                File.Exists(Path.Combine(Path.GetDirectoryName(Repository.BuiltManifest)!, "en-US", file)), file);
        }
    }

    private static void Compare(CmdletParameter parameter, HelpParameter page)
    {
        Assert.Equal(NameOf(parameter.Type), page.Type);
        Assert.Equal(parameter.Aliases.Order(StringComparer.Ordinal), page.Aliases);
        Assert.True(page.SupportsWildcards == parameter.SupportsWildcards,
            $"-{parameter.Name}: the page is wrong about wildcards");
        Assert.Equal(parameter.AcceptedValues, page.AcceptedValues);
        Assert.True(page.Type != "System.Management.Automation.SwitchParameter" || page.DefaultValue == "False",
            parameter.Name);
        Assert.Equal(
            parameter.Uses.OrderBy(use => use.Set, StringComparer.Ordinal).Select(use => new HelpUse(
                use.Set ?? "(All)",
                use.Position?.ToString(CultureInfo.InvariantCulture) ?? "Named",
                use.IsMandatory,
                use.ByValue,
                use.ByPropertyName,
                use.TakesTheRest)),
            page.Uses);
    }

    // As Get-Command has it: first what has a position, then what else is mandatory, and then the rest.
    private static void CompareSyntax(Cmdlet cmdlet, HelpPage page)
    {
        var visible = cmdlet.Parameters.Where(parameter => !parameter.IsHidden).ToArray();
        var sets = visible.SelectMany(parameter => parameter.Uses).Select(use => use.Set).OfType<string>()
            .Append(cmdlet.DefaultSet).OfType<string>().Distinct().Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(
            sets.Length == 0 ? ["__AllParameterSets"]
            : sets.Select(set => set == cmdlet.DefaultSet ? $"{set} (Default)" : set),
            page.Syntax.Select(set => set.Title).Order(StringComparer.Ordinal));
        foreach (var (title, parameters) in page.Syntax)
        {
            var name = title.Split(' ')[0];
            var uses = visible
                .Select(parameter =>
                    (Parameter: parameter, Use: parameter.Uses.SingleOrDefault(use => (use.Set ?? name) == name)))
                .Where(item => item.Use is not null).ToArray();
            var switches = cmdlet.SupportsShouldProcess ? new[] { "Confirm", "WhatIf" } : [];
            var expected = uses.Select(item => new HelpSyntax(
                    item.Parameter.Name,
                    item.Use!.IsMandatory,
                    item.Use.Position is not null,
                    item.Parameter.Type.FullName == "System.Management.Automation.SwitchParameter"))
                .Concat(switches.Select(item => new HelpSyntax(item, false, false, true)));
            Assert.Equal(expected.OrderBy(item => item.Name), parameters.OrderBy(item => item.Name));
            Assert.Equal(parameters.OrderBy(item => item.IsPositional ? 0 : item.IsMandatory ? 1 : 2), parameters);
            var positional = uses.Where(item => item.Use!.Position is not null).OrderBy(item => item.Use!.Position);
            Assert.Equal(
                positional.Select(item => item.Parameter.Name),
                parameters.Where(item => item.IsPositional).Select(item => item.Name));
        }
    }

    private static void Same(string name, HelpParameter page, HelpParameter committed)
    {
        Same(page.Description, committed.Description, $"-{name}");
        // The first of several uses stands for all of them.
        Equal([page.Uses[0] with { Set = string.Empty, TakesTheRest = false }], committed.Uses,
            $"-{name}, and its use");
        Equal(page.Aliases, committed.Aliases, $"-{name}, and its aliases");
        Equal(page.AcceptedValues, committed.AcceptedValues, $"-{name}, and its accepted values");
        Equal([page.Type.Split('.')[^1]], [committed.Type], $"-{name}, and its type");
        Equal([page.DefaultValue.Length == 0 ? "None" : page.DefaultValue], [committed.DefaultValue],
            $"-{name}, and its default");
        Equal([page.SupportsWildcards], [committed.SupportsWildcards], $"-{name}, and its wildcards");
    }

    // int? is written as int.
    private static string NameOf(Type type) => (Nullable.GetUnderlyingType(type) ?? type).ToString();

    private static void Equal<T>(IEnumerable<T> page, IEnumerable<T> committed, string what)
        => Assert.True(page.SequenceEqual(committed),
            $"The committed help has other {what} than the page. {HowToMake}");

    // By content: what marks and wraps the text differs between the two.
    private static void Same(string page, string committed, string what)
        => Assert.True(
            Plain(page) == Plain(committed),
            $"The committed help has another {what} than the page. {HowToMake}\npage:      {Plain(page)}\ncommitted: " +
                $"{Plain(committed)}");

    private static string Plain(string text)
        => Regex.Replace(text.Replace("\\", string.Empty, StringComparison.Ordinal), @"[\s`'#*_\-]+", string.Empty);
}
