using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using static LxcNetworking.Tests.LxcnetProgram;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>A running "lxcnet watch" with what it has written.</summary>
internal sealed class WatchedLxcnet : IDisposable
{
    private readonly Process _process;
    private readonly List<string> _output = [], _errors = [];

    public WatchedLxcnet(IReadOnlyList<string> arguments)
    {
        _process = Start(["watch", .. arguments]);
        _process.OutputDataReceived += (_, line) => Note(_output, line.Data);
        _process.ErrorDataReceived += (_, line) => Note(_errors, line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Its standard output by now.</summary>
    public string Output => Text(_output);

    /// <summary>Its standard error by now.</summary>
    public string Errors => Text(_errors);

    /// <summary>What it has taken of the processors.</summary>
    public TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <summary>What it has in memory.</summary>
    public long MemoryKilobytes => long.Parse(
        File.ReadLines($"/proc/{_process.Id}/status")
            .First(line => line.StartsWith("VmRSS", StringComparison.Ordinal))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture);

    /// <summary>The objects of one kind that it has written.</summary>
    public IEnumerable<JsonElement> Events(string name) => Lines(Output)
        .Where(line => line.GetProperty("event").GetString() == name);

    /// <summary>Sends it a signal.</summary>
    public void Signal(string name)
        => Execute("kill", $"-{name}", _process.Id.ToString(CultureInfo.InvariantCulture));

    /// <summary>Ends it.</summary>
    /// <returns>Its exit code.</returns>
    public int End()
    {
        Signal("TERM");
        _process.WaitForExit();
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static string Text(List<string> lines)
    {
        lock (lines)
            return string.Concat(lines.Select(line => line + "\n"));
    }

    private static void Note(List<string> lines, string? line)
    {
        lock (lines)
        {
            if (line is not null)
                lines.Add(line);
        }
    }
}
