using System.Diagnostics;

namespace LxcNetworking.Module.Tests;

/// <summary>Runs Pester files, each in namespaces of its own.</summary>
internal static class Pester
{
    // For a hang only: a file takes a minute, on an emulated processor all of them together half an hour.
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10), s_longLimit = TimeSpan.FromMinutes(55);

    private static readonly Lazy<string?> s_missing = new(FindMissing);

    /// <summary>Why the suite cannot run here; null if it can.</summary>
    public static string? Missing => s_missing.Value;

    /// <summary>Where the results of each file go: to the lane that tests/run.sh runs, or beside the test program.</summary>
    public static string Results
    {
        get
        {
            var lane = Environment.GetEnvironmentVariable("LXCNETWORKING_RESULTS");
            return Path.Combine(string.IsNullOrEmpty(lane) ? Path.Combine(AppContext.BaseDirectory, "TestResults") : lane, "pester");
        }
    }

    /// <summary>Runs files in a network, mount and process namespace that is empty but for a loopback that is up.</summary>
    /// <param name="files">Their paths.</param>
    /// <param name="results">The folder for their results.</param>
    /// <returns>The exit code and what was printed.</returns>
    public static (int Code, string Output) Run(IReadOnlyList<string> files, string results)
        => Execute(
            "unshare",
            [
                .. AsRoot, "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "sh", "-c",
                // The shell stays the namespace's first process: as that, .NET may take the end of a program that it waits for for an orphan's.
                "mount -t tmpfs -o mode=755 none /run && ip link set lo up && \"$@\"; exit $?", "sh",
                "pwsh", "-NoProfile", "-NonInteractive", "-File", Repository.File("tests", "pester.ps1"), "-ResultFolder", results, .. files,
            ],
            files.Count > 1 ? s_longLimit : s_limit);

    /// <summary>Runs a script in a bare PowerShell.</summary>
    /// <param name="script">The script.</param>
    /// <returns>The exit code and what was printed.</returns>
    public static (int Code, string Output) Script(string script) => Execute("pwsh", ["-NoProfile", "-NonInteractive", "-Command", script], s_limit);

    private static string[] AsRoot => Environment.UserName == "root" ? [] : ["--map-root-user"];

    private static string? FindMissing()
    {
        if (!(Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':').Any(folder => File.Exists(Path.Combine(folder, "pwsh"))))
            return "there is no pwsh on PATH";
        if (Script("if (-not (Get-Module -ListAvailable Pester | Where-Object Version -ge '5.0')) { exit 1 }").Code != 0)
            return "pwsh has no Pester 5 (Install-PSResource Pester)";
        var (code, output) = Execute("unshare", [.. AsRoot, "--net", "--mount", "--pid", "--fork", "true"], s_limit);
        return code == 0 ? null : $"pwsh cannot have namespaces of its own here: {output.Trim()}";
    }

    private static (int Code, string Output) Execute(string program, IEnumerable<string> arguments, TimeSpan limit)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = Repository.Top,
        };
        start.Environment["NO_COLOR"] = "1";
        start.Environment["POWERSHELL_TELEMETRY_OPTOUT"] = "1";
        start.Environment["POWERSHELL_UPDATECHECK"] = "Off";
        // What has just been built, unless a lane names one that was compiled ahead of time, which saves an emulated processor much.
        start.Environment.TryAdd("LXCNETWORKING_MODULE", Repository.BuiltManifest);
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        var ended = process.WaitForExit(limit);
        if (!ended)
            process.Kill(entireProcessTree: true);
        var text = output.GetAwaiter().GetResult() + error.GetAwaiter().GetResult();
        return ended ? (process.ExitCode, text) : (-1, $"{text}\n{program} was still running after {limit.TotalMinutes} minutes.");
    }
}
