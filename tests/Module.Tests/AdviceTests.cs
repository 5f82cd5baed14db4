using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using System.Text.RegularExpressions;
using LxcNetworking.Commands.Common;
using LxcNetworking.Tests;
using LxcNetworking.Values;

namespace LxcNetworking.Module.Tests;

/// <summary>
/// The library's messages name no cmdlet and no parameter; the cmdlets' own sentences name those that there are.
/// </summary>
public partial class AdviceTests
{
    public static TheoryData<string> Library => ["LxcNetworking.Core", "LxcNetworking.Netlink"];

    private static readonly string[] s_aboutThings = ["List", "To"];

    private static readonly AdviceText s_text = new(_ => true, _ => true);

    // The compiler has split those that hold expressions.
    [Theory]
    [MemberData(nameof(Library))]
    public void No_text_of_the_library_names_a_cmdlet_or_a_parameter(string assembly)
    {
        var texts = Texts(assembly);
        Assert.Contains(texts, text => text.EndsWith('.'));
        Assert.DoesNotContain(texts, IsOfCmdlets);
    }

    [Theory]
    [InlineData("'. Get-NetLink")]
    [InlineData("-Force does it.")]
    [InlineData(" (-Up)")]
    public void A_text_that_does_is_found(string text) => Assert.True(IsOfCmdlets(text));

    [Theory]
    [InlineData("udhcpc -i {0}; 1-A; -1; man/iw-A; Layer-2; systemd-nspawn; --Force; A-Force")]
    public void A_text_that_does_not_is_passed_over(string text) => Assert.False(IsOfCmdlets(text));

    [Fact]
    public void Every_kind_of_advice_has_its_sentence()
    {
        foreach (var kind in Enum.GetValues<AdviceKind>())
            Assert.Contains(Sentences(), sentence => sentence.Kind == kind && sentence.Text.EndsWith('.'));
    }

    [Fact]
    public void Every_thing_has_a_cmdlet()
        => Assert.Equal(Enum.GetValues<AdviceThing>(), AdviceText.Cmdlets.Keys.Select(key => key.Thing)
            .Distinct().Order());

    [Fact]
    public void What_sentences_name_is_there()
    {
        foreach (var (_, sentence) in Sentences())
        {
            var cmdlets = VerbNoun().Matches(sentence).Select(match => Cmdlet.All[match.Value]).ToList();
            Assert.All(
                Parameter().Matches(sentence).Select(match => match.Groups[1].Value),
                parameter => Assert.True(
                    cmdlets.Count > 0 ? cmdlets.TrueForAll(cmdlet => cmdlet.Has(parameter))
                    : IsParameter(parameter), sentence));
        }
    }

    [Fact]
    public void Whatever_the_library_advises_can_be_said()
    {
        var said = new HashSet<(AdviceKind Kind, AdviceThing Thing)>();
        foreach (var (method, arguments) in Calls())
        {
            if (Thing().Match(arguments) is not { Success: true } match)
            {
                Assert.DoesNotContain(method, s_aboutThings);
                // What follows the option is its value.
                var options = Option().Matches(arguments).Take(method == nameof(Advice.GiveValue) ? 1 : int.MaxValue);
                Assert.All(options, option => Assert.True(IsParameter(ParameterOf(option)), arguments));
                continue;
            }

            var kind = Enum.Parse<AdviceKind>(match.Groups["kind"] is { Success: true, Value: var name }
                ? name : method);
            var thing = Enum.Parse<AdviceThing>(match.Groups["thing"].Value);
            said.Add((kind, thing));
            var cmdlet = Cmdlet.All[AdviceText.Cmdlets[(kind, thing)].Cmdlet];
            Assert.All(ValuedOption().Matches(arguments),
                option => Assert.True(cmdlet.Has(ParameterOf(option)), arguments));
        }

        Assert.Equal(AdviceText.Cmdlets.Keys.Order(), said.Order());

        static string ParameterOf(Match option) => AdviceText.ParameterOf(option.Groups[1].Value);
    }

    [Fact]
    public void Alternatives_come_first_and_parameters_of_other_cmdlets_are_left_out()
        => Assert.Equal(
            "Choose another name, or leave -Up and -Mtu out, or remove it: Remove-NetLink v0 -Namespace web. " +
                "Get-NetLink -Kind vlan lists those that are there.",
            new AdviceText(name => name != "Missing", place => place != "here").Of(
            [
                Advice.List(AdviceThing.Link, "here", null, ("Kind", "vlan")),
                Advice.Choose("name"),
                Advice.Choose("missing"),
                Advice.Omit("Up", "Missing", "Mtu"),
                Advice.To(AdviceKind.Remove, AdviceThing.Link, "web", "v0"),
            ]));

    // With all that each of them can have.
    private static IEnumerable<(AdviceKind Kind, string Text)> Sentences()
    {
        foreach (var ((kind, thing), (cmdlet, _)) in AdviceText.Cmdlets)
        {
            var isPlaced = Cmdlet.All[cmdlet].Has("Namespace");
            yield return (kind, s_text.Of([Advice.To(kind, thing, isPlaced ? "web" : null, "x")]));
        }

        string[] options = ["name", "Port"];
        foreach (var advice in new[] { Advice.Give(options), Advice.GiveValue("Mode", "Tap"), Advice.Choose(options),
            Advice.Omit(options), Advice.Override, Advice.Leave, Advice.RunPrivileged })
            yield return (advice.Kind, s_text.Of([advice]));
    }

    // Every advice that the library's source makes, but for those that are always the same.
    private static IEnumerable<(string Method, string Arguments)> Calls()
        => Directory.EnumerateFiles(Repository.File("src", "LxcNetworking.Core"), "*.cs", SearchOption.AllDirectories)
            .Where(path => Path.GetFileName(path) != "Advice.cs")
            .SelectMany(path => Call().Matches(File.ReadAllText(path)))
            .Select(match => (match.Groups[1].Value, match.Groups[2].Value));

    private static bool IsParameter(string name) => Cmdlet.All.Values.Any(cmdlet => cmdlet.Has(name));

    private static bool IsOfCmdlets(string text)
        => VerbNoun().Matches(text).Any(match => Cmdlet.All.ContainsKey(match.Value)) || Parameter().IsMatch(text);

    private static List<string> Texts(string assembly)
    {
        using var file = new PEReader(File.OpenRead(Path.Combine(AppContext.BaseDirectory, assembly + ".dll")));
        var reader = file.GetMetadataReader();
        var texts = new List<string>();
        for (var handle = MetadataTokens.UserStringHandle(0); ; texts.Add(reader.GetUserString(handle)))
        {
            handle = reader.GetNextHandle(handle);
            if (handle.IsNil)
                return texts;
        }
    }

    [GeneratedRegex(@"\b[A-Z][A-Za-z]+-[A-Z][A-Za-z0-9]+")]
    private static partial Regex VerbNoun();

    [GeneratedRegex(@"(?<![^\s(,;'""])-([A-Z][A-Za-z0-9]+)")]
    private static partial Regex Parameter();

    [GeneratedRegex(
        @"\bAdvice\.(List|To|Give|GiveValue|Choose|Omit|OverrideBy)"
        + @"\(((?:[^()]|(?<open>\()|(?<-open>\)))*)\)(?(open)(?!))")]
    private static partial Regex Call();

    [GeneratedRegex(@"^\s*(?:AdviceKind\.(?<kind>\w+),\s*)?AdviceThing\.(?<thing>\w+)")]
    private static partial Regex Thing();

    [GeneratedRegex(@"(?:nameof\((?:\w+\.)*|"")(\w+)[)""]")]
    private static partial Regex Option();

    [GeneratedRegex(@"\((?:nameof\((?:\w+\.)*|"")(\w+)[)""],")]
    private static partial Regex ValuedOption();
}
