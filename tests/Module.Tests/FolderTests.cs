using System.Text.RegularExpressions;
using LxcNetworking.Tests;

namespace LxcNetworking.Module.Tests;

/// <summary>
/// The folders under src are layers: those that use each other's types in a circle cannot be understood one by one.
/// The source is read as text; a type that several folders define is passed over. A class is in one file.
/// </summary>
public partial class FolderTests
{
    [Fact]
    public void No_folders_use_each_other_in_a_circle()
    {
        var files = ReadSource("*.cs");
        // Which assemblies an assembly knows, itself among them: the compiler allows no circle of these.
        var known = new Dictionary<string, HashSet<string>>();
        foreach (var project in ReadSource("*.csproj"))
            Know(AssemblyOf(project.Key));
        Assert.Empty(Circles(files, known));

        HashSet<string> Know(string assembly)
            => known.TryGetValue(assembly, out var all) ? all : known[assembly] =
            [
                assembly,
                .. Reference().Matches(ReadSource("*.csproj")[$"{assembly}/{assembly}.csproj"])
                .SelectMany(match => Know(match.Groups[1].Value)),
            ];
    }

    [Fact]
    public void No_class_is_spread_over_several_files()
        => Assert.Equal([], SpreadClasses(ReadSource("*.cs")));

    [Fact]
    public void A_class_that_is_spread_over_files_is_told_with_them()
        => Assert.Equal(
            ["N.A.One: A/One.Two.cs, A/One.cs"],
            SpreadClasses(new()
            {
                ["A/One.cs"] = "namespace N.A; public sealed partial class One { }",
                ["A/One.Two.cs"] = "namespace N.A; public sealed partial class One { }",
                ["B/One.cs"] = "namespace N.B; internal partial class One { /* partial class Two */ }",
                ["B/Two.cs"] = "namespace N.B; internal partial record struct Two;",
            }));

    [Fact]
    public void A_circle_is_told_with_its_types()
        => Assert.Equal(
            ["Core/A uses Two (One.cs) of Core/B, which uses One (Two.cs) of Core/A"],
            Circles(new()
            {
                ["Core/A/One.cs"] = "namespace N.A; public class One { Two two; /* Three */ string text = \"Three\"; }",
                ["Core/B/Two.cs"] = "namespace N.B; record struct Two { One one; Three three; }",
                ["Core/C/Three.cs"] = "interface Three;",
            }));

    [Fact]
    public void A_circle_of_three_is_told_from_one_to_the_next()
        => Assert.Equal(
            ["A uses Two (One.cs) of B, which uses Three (Two.cs) of C, which uses One (Three.cs) of A"],
            Circles(new()
            {
                ["A/One.cs"] = "class One { Two two; }",
                ["B/Two.cs"] = "class Two { Three three; }",
                ["C/Three.cs"] = "class Three { One one; }",
            }));

    private static List<string> Circles(
        Dictionary<string, string> files, Dictionary<string, HashSet<string>>? knownAssemblies = null)
    {
        var code = files.ToDictionary(file => file.Key, file => NoCode().Replace(file.Value, " "));
        var homes = code.SelectMany(file => Definition().Matches(file.Value)
            .Select(match => (Type: match.Groups[1].Value, Folder: FolderOf(file.Key))))
            .Distinct().GroupBy(item => item.Type, item => item.Folder)
            .Where(group => group.Count() == 1).ToDictionary(group => group.Key, group => group.Single());
        var uses = code.SelectMany(file => Name().Matches(file.Value).Select(match => match.Value).Distinct()
                .Where(homes.ContainsKey)
                .Select(type =>
                    (From: FolderOf(file.Key), To: homes[type], What: $"{type} ({Path.GetFileName(file.Key)})")))
            .Where(use => use.From != use.To && knownAssemblies?[AssemblyOf(use.From)]
                .Contains(AssemblyOf(use.To)) != false)
            .ToLookup(use => use.From);

        var circles = new List<string>();
        var done = new HashSet<string>();
        foreach (var start in code.Keys.Select(FolderOf).Distinct().Order(StringComparer.Ordinal))
        {
            if (!done.Contains(start) && ShortestWay(start) is { } way)
            {
                circles.Add($"{start} uses "
                    + string.Join(", which uses ", way.Select(step => $"{step.What} of {step.To}")));
                done.UnionWith(way.Select(step => step.To));
            }
        }

        return circles;

        // From a folder back to itself.
        List<(string What, string To)>? ShortestWay(string start)
        {
            var before = new Dictionary<string, (string From, string To, string What)>();
            var next = new Queue<string>([start]);
            while (next.TryDequeue(out var folder))
            {
                foreach (var use in uses[folder].GroupBy(use => use.To))
                {
                    var what = string.Join(", ", use.Select(item => item.What).Order(StringComparer.Ordinal).Take(5));
                    if (before.TryAdd(use.Key, (folder, use.Key, what)))
                        next.Enqueue(use.Key);
                }
            }

            if (!before.ContainsKey(start))
                return null;
            var way = new List<(string What, string To)>();
            for (var at = start; way.Count == 0 || at != start; at = before[at].From)
                way.Insert(0, (before[at].What, at));
            return way;
        }
    }

    private static Dictionary<string, string> ReadSource(string pattern)
        => Directory.EnumerateFiles(Repository.File("src"), pattern, SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Repository.File("src"), path))
            .Where(path => !path.Split('/').Any(part => part is "obj" or "bin"))
            .ToDictionary(path => path, path => File.ReadAllText(Repository.File("src", path)));

    // A class that a source generator completes is partial in one file.
    private static List<string> SpreadClasses(Dictionary<string, string> files)
    {
        var code = files.ToDictionary(file => file.Key, file => NoCode().Replace(file.Value, " "));
        return
        [
            .. code.SelectMany(file => PartialClass().Matches(file.Value).Select(match => (
                    Class: $"{Space().Match(file.Value).Groups[1].Value}.{match.Groups[1].Value}",
                    file.Key)))
                .Distinct().GroupBy(item => item.Class, item => item.Key).Where(group => group.Count() > 1)
                .Select(group => $"{group.Key}: {string.Join(", ", group.Order(StringComparer.Ordinal))}")
                .Order(StringComparer.Ordinal),
        ];
    }

    private static string AssemblyOf(string path) => path.Split('/')[0];

    private static string FolderOf(string path) => Path.GetDirectoryName(path)!;

    [GeneratedRegex("""<ProjectReference Include="[^"]*?([\w.]+)\.csproj""")]
    private static partial Regex Reference();

    // Comments and texts.
    [GeneratedRegex("""//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])'""", RegexOptions.Singleline)]
    private static partial Regex NoCode();

    [GeneratedRegex(@"\b(?:class|record(?:\s+struct)?|struct|interface|enum)\s+([A-Z]\w+)")]
    private static partial Regex Definition();

    [GeneratedRegex(@"\bpartial\s+(?:class|record(?:\s+struct)?|struct|interface)\s+(\w+)")]
    private static partial Regex PartialClass();

    [GeneratedRegex(@"\bnamespace\s+([\w.]+)")]
    private static partial Regex Space();

    [GeneratedRegex(@"\b[A-Z]\w+\b")]
    private static partial Regex Name();
}
