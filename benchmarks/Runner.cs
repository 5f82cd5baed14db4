using System.Diagnostics;
using System.Globalization;

namespace LxcNetworking.Benchmarks;

/// <summary>Somebody who does the work.</summary>
/// <param name="Name">How the table calls it.</param>
/// <param name="Command">The program and its first arguments; WORK and COUNT follow.</param>
internal sealed record Contender(string Name, IReadOnlyList<string> Command);

/// <summary>Runs each contender's work in namespaces of its own, one after the other.</summary>
internal sealed class Runner
{
    public static readonly Contender NoContender = new(string.Empty, []);
    private readonly int _namespacesAtRest = NamespaceCount();

    public Runner(string root)
    {
        var peers = Path.Combine(root, "benchmarks", "peers");
        Cmdlets = Find("pwsh") is { } pwsh
            ? new("cmdlets", [pwsh, "-NoProfile", "-File", Path.Combine(root, "benchmarks", "cmdlets.ps1")])
            : NoContender;
        Library = new("library",
            [Environment.ProcessPath!, .. Environment.ProcessPath!.EndsWith("dotnet", StringComparison.Ordinal)
                ? [typeof(Runner).Assembly.Location] : Array.Empty<string>(), "library"]);
        PerCommand = new("`ip` per command", [Path.Combine(peers, "iproute2.sh"), "command"]);
        Batch = new("`ip -batch`", [Path.Combine(peers, "iproute2.sh"), "batch"]);
        var go = Path.Combine(root, "out", "benchmarks", "go-netlink");
        Go = File.Exists(go) ? new("Go netlink", [go]) : NoContender;
        Cni = File.Exists("/usr/lib/cni/bridge") ? new("CNI bridge", [Path.Combine(peers, "cni.sh")]) : NoContender;
        Pipework = new("pipework's commands", [Path.Combine(peers, "pipework.sh")]);
        // Debian's package belongs to Debian's interpreter.
        Pyroute2 = Run(["/usr/bin/python3", "-c", "import pyroute2"]).Code == 0
            ? new("pyroute2", ["/usr/bin/python3", Path.Combine(peers, "pyroute2_peer.py")]) : NoContender;
    }

    public Contender Cmdlets { get; }

    public Contender Library { get; }

    public Contender PerCommand { get; }

    public Contender Batch { get; }

    public Contender Go { get; }

    public Contender Pyroute2 { get; }

    public Contender Cni { get; }

    public Contender Pipework { get; }

    /// <summary>The median of several runs, each from a fresh start; NaN if the contender is not installed.</summary>
    public double Median(Contender contender, string work, int count, string setUp = "true", int runs = 3)
    {
        if (contender == NoContender)
            return double.NaN;
        var results = new List<double>();
        for (var i = 0; i < runs; i++)
        {
            WaitUntilQuiet();
            var (code, output, error) = Run(["unshare", "--net", "--mount", "sh", "-c",
                $"mount -t tmpfs none /run && ip link set lo up && {setUp} && exec \"$@\"", "sh", .. contender.Command,
                work, count.ToString(CultureInfo.InvariantCulture)]);
            if (code != 0)
                throw new InvalidOperationException($"{contender.Name} {work}: {error}{output}");
            results.Add(double.Parse(output.Trim().Split('\n')[^1], CultureInfo.InvariantCulture));
        }

        results.Sort();
        Console.Error.WriteLine(
            $"{work} {contender.Name}: " +
                $"{string.Join(", ", results.Select(result => result.ToString("G3", CultureInfo.InvariantCulture)))}");
        return results[results.Count / 2];
    }

    /// <summary>The median time of a command that is measured from outside.</summary>
    public double MedianTime(IReadOnlyList<string> command, int runs = 7)
    {
        var results = new List<double>();
        for (var i = 0; i < runs; i++)
        {
            WaitUntilQuiet();
            var clock = Stopwatch.StartNew();
            if (Run(command) is var (code, _, error) && code != 0)
                throw new InvalidOperationException(error);
            results.Add(clock.Elapsed.TotalSeconds);
        }

        results.Sort();
        return results[runs / 2];
    }

    public static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':')
        .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);

    public static (int Code, string Output, string Error) Run(IReadOnlyList<string> command)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(command[0], command.Skip(1))
            { RedirectStandardOutput = true, RedirectStandardError = true }
        };
        process.StartInfo.Environment["NO_COLOR"] = "1";
        process.Start();
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }

    // The kernel takes a namespace's links down after its last process has gone, holding the lock that the next run
    // needs.
    private void WaitUntilQuiet()
    {
        var clock = Stopwatch.StartNew();
        while (NamespaceCount() > _namespacesAtRest && clock.Elapsed < TimeSpan.FromSeconds(1))
            Thread.Sleep(50);
        Thread.Sleep(200);
    }

    private static int NamespaceCount() => File.ReadLines("/proc/slabinfo")
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Where(fields => fields[0] == "net_namespace")
        .Select(fields => int.Parse(fields[1], CultureInfo.InvariantCulture)).FirstOrDefault();
}
