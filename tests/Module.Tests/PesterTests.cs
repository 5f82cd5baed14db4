namespace LxcNetworking.Module.Tests;

/// <summary>The Pester suite, one case a file, where there is a PowerShell to run it; in two halves that run side by side, as each file has namespaces of its own.</summary>
public abstract class PesterSuite(ITestOutputHelper output)
{
    private static readonly bool s_isFullKernel = Environment.GetEnvironmentVariable("LXCNETWORKING_LANE") == "full-kernel";

    // These two look at files and at no kernel, and take long on an emulated processor.
    private static readonly string[] s_sameOnEveryKernel = ["Help.Tests.ps1", "Style.Tests.ps1"];

    protected static TheoryData<string> FilesOf(int half)
        => [.. Directory.EnumerateFiles(Repository.File("tests"), "*.Tests.ps1").Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal)
            .Where(file => !s_isFullKernel || !s_sameOnEveryKernel.Contains(file)).Where((_, i) => i % 2 == half)];

    protected void Run(string file)
    {
        if (Pester.Missing is { } missing)
            Assert.Skip($"THE PESTER SUITE WAS NOT RUN: {missing}.");
        Directory.CreateDirectory(Pester.Results);
        var trx = Path.Combine(Pester.Results, Path.ChangeExtension(file, ".trx"));
        File.Delete(trx);
        var (code, text) = Pester.Run(Repository.File("tests", file), trx);
        output.WriteLine(text);
        Assert.True(code == 0, $"{file} failed (exit code {code}):\n{Failures(text)}");
        if (s_isFullKernel)
            Assert.True(text.Contains(" 0 skipped", StringComparison.Ordinal), $"{file} skipped tests, but nothing may be skipped here:\n{text}");
    }

    // Pester marks a failure with [-] and what it says about it follows; the whole run is in the output.
    private static string Failures(string text)
    {
        var lines = text.Split('\n');
        var failed = Enumerable.Range(0, lines.Length).Where(i => lines[i].Contains("[-]", StringComparison.Ordinal)).SelectMany(i => lines[i..Math.Min(i + 8, lines.Length)]).ToArray();
        return string.Join('\n', failed.Length > 0 ? failed : lines[^Math.Min(40, lines.Length)..]);
    }
}

/// <summary>The first half.</summary>
public sealed class PesterTests(ITestOutputHelper output) : PesterSuite(output)
{
    public static TheoryData<string> Files => FilesOf(0);

    [Theory]
    [MemberData(nameof(Files))]
    public void Passes(string file) => Run(file);
}

/// <summary>The second half.</summary>
public sealed class MorePesterTests(ITestOutputHelper output) : PesterSuite(output)
{
    public static TheoryData<string> Files => FilesOf(1);

    [Theory]
    [MemberData(nameof(Files))]
    public void Passes(string file) => Run(file);
}
