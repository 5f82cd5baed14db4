using System.Text.RegularExpressions;
using LxcNetworking.Tests;

namespace LxcNetworking.Module.Tests;

/// <summary>What documents name is there.</summary>
public partial class DocumentTests
{
    public static TheoryData<string> Documents
        => [.. Directory.EnumerateFiles(Repository.Top, "*.md")
            .Concat(Directory.EnumerateFiles(Repository.File("docs"), "*.md"))
            .Select(path => Path.GetRelativePath(Repository.Top, path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Documents))]
    public void Files_that_it_names_are_there(string document)
    {
        var text = File.ReadAllText(Repository.File(document));
        var folder = Path.GetDirectoryName(document)!;
        // Capitals stand for a name that the reader chooses.
        var named = Paths().Matches(text).Select(match => match.Groups[1].Value)
            .Where(path => !Capitals().IsMatch(path))
            .Concat(Links().Matches(text).Select(match => Path.Combine(folder, match.Groups[1].Value)));
        Assert.Equal([], named.Where(path => !Path.Exists(Repository.File(path))));
    }

    [GeneratedRegex("[A-Z]{4}")]
    private static partial Regex Capitals();

    // From the repository's top: `src/…`, `tests/…`; patterns are none.
    [GeneratedRegex(@"`((?:src|tests|docs|Module|benchmarks)/[\w./-]+)`")]
    private static partial Regex Paths();

    [GeneratedRegex(@"\]\((?!https?:|#)([\w./-]+)(?:#[\w-]*)?\)")]
    private static partial Regex Links();
}
