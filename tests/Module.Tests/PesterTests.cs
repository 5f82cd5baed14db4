using System.Text.RegularExpressions;
using LxcNetworking.Tests;

namespace LxcNetworking.Module.Tests;

/// <summary>
/// The Pester suite, in parts that run side by side, as each has namespaces of its own. Much of their time they wait.
/// </summary>
public abstract class PesterSuite(ITestOutputHelper output)
{
    private const int Parts = 3;

    // Those with tests of what other kernels lack. What PowerShell makes of the rest is the same on every kernel, and
    // the library's own tests are all run on this one; on an emulated processor each of these takes seconds.
    private static readonly string[][] s_ofTheFullKernel =
    [
        // It takes as long as each of the other two.
        ["Examples.Tests.ps1"],
        [
            "Interruption.Tests.ps1", "L2tp.Tests.ps1", "LinkKinds.Tests.ps1", "Names.Tests.ps1", "NetBridge.Tests.ps1",
            "Pipework.Tests.ps1",
        ],
        [
            "BridgeTables.Tests.ps1", "NetLinkQuality.Tests.ps1", "NetSegment.Tests.ps1", "TunnelLinks.Tests.ps1",
            "Values.Tests.ps1", "Walks.Tests.ps1", "WireGuard.Tests.ps1",
        ],
    ];

    /// <summary>The files that the full kernel has tests of.</summary>
    internal static IEnumerable<string> OfTheFullKernel => s_ofTheFullKernel.SelectMany(files => files);

    // A case for each file. On an emulated processor starting PowerShell takes longer than most of them do: there they
    // share one.
    protected static TheoryData<string> FilesOf(int part) => Pester.IsFullKernel
        ? [string.Join(' ', s_ofTheFullKernel[part])] : [.. All().Where((_, i) => i % Parts == part)];

    /// <summary>The names of all files.</summary>
    internal static IEnumerable<string> All() => Directory.EnumerateFiles(Repository.File("tests"), "*.Tests.ps1")
        .Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal);

    protected void Run(string files)
    {
        Directory.CreateDirectory(Pester.Results);
        var names = files.Split(' ');
        foreach (var name in names)
            File.Delete(Path.Combine(Pester.Results, Path.ChangeExtension(name, ".trx")));
        var (code, text) = Pester.Run([.. names.Select(name => Repository.File("tests", name))], Pester.Results);
        output.WriteLine(text);
        Assert.True(code == 0, $"{files} failed (exit code {code}):\n{Pester.Failures(text)}");
        if (Pester.IsFullKernel)
            Assert.True(!Regex.IsMatch(text, "^pester: .* [1-9][0-9]* skipped", RegexOptions.Multiline),
                $"{files} skipped tests, but nothing may be skipped here:\n{text}");
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

/// <summary>What is run where.</summary>
public class PesterFileTests
{
    [Fact]
    public void What_a_kernel_may_lack_is_run_on_one_that_has_it()
    {
        var lacking = PesterSuite.All().Where(name => File.ReadAllText(Repository.File("tests", name))
            .Contains("Test-LinkKind", StringComparison.Ordinal));
        Assert.Empty(lacking
            .Where(name => !name.EndsWith(".NewKernel.Tests.ps1", StringComparison.Ordinal))
            .Except(PesterSuite.OfTheFullKernel));
    }
}
