using System.Diagnostics;
using LxcNetworking.Tests;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace LxcNetworking.Module.Tests;

/// <summary>How the source is laid out: CONTRIBUTING.md has the limits.</summary>
public class SourceTests
{
    private const int MostColumns = 120, MostLinesOfFile = 400, MostLinesOfMethod = 60;

    public static TheoryData<string> Files
        => [.. Directory.EnumerateFiles(Repository.File("src"), "*.cs", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Repository.Top, path))
            .Where(path => !path.Split('/').Any(part => part is "obj" or "bin")).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_its_lines_and_its_methods_are_no_longer_than_can_be_read(string file)
    {
        var text = File.ReadAllText(Repository.File(file));
        Assert.Equal([], Problems(text));
    }

    public static TheoryData<string> Texts
        => [.. new[] { "src", "tests", "benchmarks", "docs", "Module" }
            .SelectMany(folder => Directory.EnumerateFiles(Repository.File(folder), "*", SearchOption.AllDirectories))
            .Concat(Directory.EnumerateFiles(Repository.Top))
            .Select(path => Path.GetRelativePath(Repository.Top, path))
            .Where(path => Path.GetExtension(path) is ".cs" or ".ps1" or ".md")
            .Where(path => !path.Split('/').Any(part => part is "obj" or "bin" or "Snapshots"))
            .Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Texts))]
    public void A_file_and_its_lines_are_no_longer_than_can_be_read(string file)
    {
        var lines = File.ReadAllLines(Repository.File(file));
        var isText = Path.GetExtension(file) is ".md" ? IsTable(lines) : Path.GetExtension(file) is ".cs"
            ? IsLiteral(File.ReadAllText(Repository.File(file))) : _ => false;
        Assert.True(
            lines.Length <= MostLinesOfFile || Path.GetExtension(file) is ".md", $"{lines.Length} lines are too many.");
        Assert.Equal([], Enumerable.Range(0, lines.Length)
            .Where(i => lines[i].Length > MostColumns && !isText(i)).Select(i => $"line {i + 1}: {lines[i]}"));
    }

    [Fact]
    public void What_is_too_long_is_told()
    {
        var line = new string(' ', MostColumns) + ";";
        var method = $"class A {{ void M() {{{new string('\n', MostLinesOfMethod)}}} }}";
        Assert.Equal(["line 2 has 121 columns"], Problems($"// a\n{line}\n"));
        Assert.Equal(["M has 61 lines"], Problems(method));
        Assert.Equal(["401 lines"], Problems(new string('\n', MostLinesOfFile + 1)));
    }

    /// <summary>The framework's readers take NULs behind a number, which Digits does not.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public void Text_is_read_as_a_whole_number_by_digits_alone(string file)
    {
        if (file.EndsWith("/Digits.cs", StringComparison.Ordinal))
            return;
        var text = File.ReadAllText(Repository.File(file));
        Assert.DoesNotMatch(@"\b(s?byte|u?short|u?int|u?long|U?Int(16|32|64))\.TryParse\(", text);
    }

    [Fact]
    public void White_space_is_as_dotnet_format_writes_it()
    {
        if (Environment.GetEnvironmentVariable("LXCNETWORKING_LANE") is "full-kernel" or "new-kernel")
            Assert.Skip("white space is the same whatever the kernel");
        foreach (var folder in new[] { "src", "tests", "benchmarks" })
        {
            var start = new ProcessStartInfo(
                "dotnet", ["format", "whitespace", Repository.File(folder), "--folder", "--verify-no-changes"])
            {
                RedirectStandardError = true,
            };
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.True(
                process.ExitCode == 0,
                $"'dotnet format whitespace {folder} --folder' mends this:\n{errors}");
        }
    }

    /// <summary>Rows of tables are one line in Markdown, and code is as it is typed.</summary>
    private static Func<int, bool> IsTable(string[] lines)
    {
        var code = new HashSet<int>();
        var isCode = false;
        for (var i = 0; i < lines.Length; i++)
        {
            isCode ^= lines[i].TrimStart().StartsWith("```", StringComparison.Ordinal);
            if (isCode || lines[i].StartsWith('|'))
                code.Add(i);
        }

        return code.Contains;
    }

    /// <summary>What is read or compared as it stands: a literal over several lines.</summary>
    private static Func<int, bool> IsLiteral(string text)
    {
        var tree = CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(LanguageVersion.Preview));
        var literals = tree.GetRoot().DescendantNodes()
            .Where(node => node is LiteralExpressionSyntax or InterpolatedStringExpressionSyntax)
            .Select(node => tree.GetLineSpan(node.Span))
            .Where(span => span.EndLinePosition.Line > span.StartLinePosition.Line)
            .SelectMany(span => Enumerable.Range(
                span.StartLinePosition.Line, span.EndLinePosition.Line - span.StartLinePosition.Line + 1))
            .ToHashSet();
        return literals.Contains;
    }

    private static IEnumerable<string> Problems(string text)
    {
        var lines = text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (lines[i].Length > MostColumns)
                yield return $"line {i + 1} has {lines[i].Length} columns";
        }

        // The last line's end begins no further one.
        if (lines.Length - 1 > MostLinesOfFile)
            yield return $"{lines.Length - 1} lines";
        var tree = CSharpSyntaxTree.ParseText(text, new CSharpParseOptions(LanguageVersion.Preview));
        foreach (var method in tree.GetRoot().DescendantNodes().OfType<BaseMethodDeclarationSyntax>())
        {
            var place = tree.GetLineSpan(method.Span);
            var length = place.EndLinePosition.Line - place.StartLinePosition.Line + 1;
            if (length > MostLinesOfMethod)
                yield return $"{(method as MethodDeclarationSyntax)?.Identifier.Text ?? "constructor"} has {length} " +
                    "lines";
        }
    }
}
