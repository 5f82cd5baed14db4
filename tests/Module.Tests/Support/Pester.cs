using System.Diagnostics;

namespace LxcNetworking.Tests;

/// <summary>
/// Runs Pester files, each in namespaces of its own. Without PowerShell or Pester they fail: tests/pester.sh makes both
/// ready.
/// </summary>
internal static class Pester
{
    private const string StandardError = "standard error:";

    // For a hang only: a file takes a minute, on a busy machine ten; on an emulated processor a group of them half an
    // hour.
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(20), s_longLimit = TimeSpan.FromMinutes(55);

    /// <summary>Whether this runs in the full-kernel lane, on an emulated processor.</summary>
    public static bool IsFullKernel => Environment.GetEnvironmentVariable("LXCNETWORKING_LANE") == "full-kernel";

    /// <summary>Where the results of each file go: to the lane that tests/run.sh runs, or beside the test
    /// program.</summary>
    public static string Results
    {
        get
        {
            var lane = Environment.GetEnvironmentVariable("LXCNETWORKING_RESULTS");
            return Path.Combine(string.IsNullOrEmpty(lane) ? Path.Combine(AppContext.BaseDirectory, "TestResults")
                : lane, "pester");
        }
    }

    /// <summary>
    /// Runs files by tests/pester.sh, in a network, mount and process namespace that is empty but for a loopback that
    /// is up.
    /// </summary>
    /// <param name="files">Their paths.</param>
    /// <param name="results">The folder for their results.</param>
    /// <returns>The exit code and what was printed.</returns>
    public static (int Code, string Output) Run(IReadOnlyList<string> files, string results)
    {
        var start = new ProcessStartInfo(Repository.File("tests", "pester.sh"), ["-r", results, .. files])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = Repository.Top,
        };
        // What has just been built, unless a lane names one that was compiled ahead of time, which saves an emulated
        // processor much.
        start.Environment.TryAdd("LXCNETWORKING_MODULE", Repository.BuiltManifest);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        var limit = IsFullKernel ? s_longLimit : s_limit;
        var ended = process.WaitForExit(limit);
        if (!ended)
            process.Kill(entireProcessTree: true);
        var text = $"{output.GetAwaiter().GetResult()}\n{StandardError}\n{error.GetAwaiter().GetResult()}";
        return ended
            ? (process.ExitCode, text)
            : (-1, $"{text}\nThe files were still running after {limit.TotalMinutes} minutes.");
    }

    /// <summary>
    /// The failures in what Pester printed, or the end of it: it marks each with [-], and what it says about it
    /// follows. At the end is what programs complained of: where a test's preparation failed, nothing else tells.
    /// </summary>
    public static string Failures(string text)
    {
        var lines = text.Split('\n');
        var errors = lines.SkipWhile(line => line != StandardError).TakeLast(10);
        var failed = Enumerable.Range(0, lines.Length)
            .Where(i => lines[i].Contains("[-]", StringComparison.Ordinal))
            .SelectMany(i => lines[i..Math.Min(i + 8, lines.Length)]).ToArray();
        return string.Join('\n', failed.Length > 0 ? failed.Concat(errors) : lines.TakeLast(40));
    }
}
