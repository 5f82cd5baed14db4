using System.Text.RegularExpressions;
using LxcNetworking.Tests;

namespace LxcNetworking.Module.Tests;

/// <summary>
/// The Pester suite, in parts that run side by side, as each has namespaces of its own. Much of their time they wait.
/// </summary>
public abstract class PesterSuite(ITestOutputHelper output)
{
    private const int Parts = 3;

    private static readonly bool s_isFullKernel = Environment.GetEnvironmentVariable("LXCNETWORKING_LANE") == "full-kernel";

    // What looks at files, at PowerShell's own doing and at objects, which no kernel changes.
    private static readonly string[] s_sameOnEveryKernel =
    [
        "Help.Tests.ps1", "NamespaceBlocks.Tests.ps1", "NamespaceIsolation.Tests.ps1", "NamespaceSessions.Tests.ps1",
        "PipelineObjects.Tests.ps1", "Style.Tests.ps1",
    ];

    // A case for each file. On an emulated processor starting PowerShell takes longer than most of them do: there they share one.
    protected static TheoryData<string> FilesOf(int part)
    {
        var files = Directory.EnumerateFiles(Repository.File("tests"), "*.Tests.ps1").Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal);
        if (!s_isFullKernel)
            return [.. files.Where((_, i) => i % Parts == part)];
        var all = files.Except(s_sameOnEveryKernel).ToArray();
        // The first quarter, with the examples in it, takes as long as half of the others.
        var first = all.Length / 4;
        var second = first + ((all.Length - first) / 2);
        return [string.Join(' ', part switch { 0 => all[..first], 1 => all[first..second], _ => all[second..] })];
    }

    protected void Run(string files)
    {
        Directory.CreateDirectory(Pester.Results);
        var names = files.Split(' ');
        foreach (var name in names)
            File.Delete(Path.Combine(Pester.Results, Path.ChangeExtension(name, ".trx")));
        var (code, text) = Pester.Run([.. names.Select(name => Repository.File("tests", name))], Pester.Results);
        output.WriteLine(text);
        Assert.True(code == 0, $"{files} failed (exit code {code}):\n{Pester.Failures(text)}");
        if (s_isFullKernel)
            Assert.True(!Regex.IsMatch(text, "^pester: .* [1-9][0-9]* skipped", RegexOptions.Multiline), $"{files} skipped tests, but nothing may be skipped here:\n{text}");
    }
}

/// <summary>The first part.</summary>
public sealed class PesterTests(ITestOutputHelper output) : PesterSuite(output)
{
    public static TheoryData<string> Files => FilesOf(0);

    [Theory]
    [MemberData(nameof(Files))]
    public void Passes(string files) => Run(files);
}

/// <summary>The second part.</summary>
public sealed class MorePesterTests(ITestOutputHelper output) : PesterSuite(output)
{
    public static TheoryData<string> Files => FilesOf(1);

    [Theory]
    [MemberData(nameof(Files))]
    public void Passes(string files) => Run(files);
}

/// <summary>The third part.</summary>
public sealed class OtherPesterTests(ITestOutputHelper output) : PesterSuite(output)
{
    public static TheoryData<string> Files => FilesOf(2);

    [Theory]
    [MemberData(nameof(Files))]
    public void Passes(string files) => Run(files);
}
