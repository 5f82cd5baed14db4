using System.Globalization;
using System.Text;

namespace LxcNetworking.Benchmarks;

/// <summary>Measures everything and writes it down.</summary>
internal static class Report
{
    private const int Containers = 200, Pairs = 1000, ManyPairs = 5000, Moves = 50;

    public static string Make(Runner runner)
    {
        var text = new StringBuilder();
        text.AppendLine("# Performance").AppendLine();
        text.AppendLine(
            "Written by `benchmarks/run.sh` (or `./build.ps1 Bench`), which measures this module and its peers side " +
                "by side, each run in private namespaces of its own. Medians; absolute figures drift with the " +
                "machine, ratios hold. The library is measured in a small program that is compiled ahead of time and " +
                "leaves tiered compilation off, as a tool that runs for a second should; the cmdlets run in " +
                "PowerShell as it is set.").AppendLine();
        text.AppendLine(CultureInfo.InvariantCulture,
            $"{DateTime.UtcNow:yyyy-MM-dd}, {Environment.ProcessorCount} × {Processor()}, Linux " +
                $"{Environment.OSVersion.Version}, .NET " +
                $"{Environment.Version}{(runner.Cmdlets == Runner.NoContender ? ", no PowerShell" : string.Empty)}.")
                .AppendLine();

        var attachSetUp =
            "ip link add br0 up type bridge && ip address add 10.9.255.1/16 dev br0 && for i in $(seq 0 " +
                $"{Containers}); do ip netns add c$i; done";
        var pairs = $"seq 0 {Pairs - 1} | sed 's/.*/link add v& type veth peer name p&/' | ip -batch -";
        var manyPairs = $"seq 0 {ManyPairs - 1} | sed 's/.*/link add v& type veth peer name p&/' | ip -batch -";

        Contender[] everyone = [runner.Cmdlets, runner.Library, runner.PerCommand, runner.Batch, runner.Go,
            runner.Pyroute2];
        double[] Row(string work, int count, string setUp, int runs, params Contender[] contenders)
            => [.. everyone.Select(one => contenders.Contains(one) ? runner.Median(one, work, count, setUp, runs)
                : double.NaN)];

        var attach = Row("attach", Containers, attachSetUp, 3, everyone);
        var create = Row("create", Pairs, "true", 3, everyone);
        // One after the other waits for an RCU grace period each time: once is enough to see.
        var remove = Row("remove", Pairs, pairs, 3, runner.Cmdlets, runner.Library);
        remove[3] = runner.Median(runner.Batch, "remove", Pairs, pairs, runs: 1);
        var list = Row("list", ManyPairs * 2, manyPairs, 3, runner.Cmdlets, runner.Library, runner.Go, runner.Pyroute2);
        list[2] = runner.Median(runner.PerCommand, "list", 1, manyPairs);

        double[] Ours(string work, int count)
            =>
            [
                runner.Median(runner.Cmdlets, work, count, attachSetUp),
                runner.Median(runner.Library, work, count, attachSetUp),
            ];
        var connect = Ours("connect", Containers);
        var notAsked = Ours("connect-unchecked", Containers);
        var moved = Ours("moved", Moves);
        var cni = runner.Median(runner.Cni, "connect", Containers, attachSetUp);
        var pipework = runner.Median(runner.Pipework, "connect", Containers, attachSetUp);

        text.AppendLine("| work | " + string.Join(" | ", "cmdlets", "library", "`ip` per command", "`ip -batch`",
            "Go netlink", "pyroute2") + " |");
        text.AppendLine("|---|---|---|---|---|---|---|");
        Line(text,
            $"attach {Containers} containers (veth into a namespace, bridge port, address, default route)", attach);
        Line(text, $"create {Pairs} veth pairs", create);
        Line(text, $"remove {Pairs} links (`Get-NetLink v* \\| Remove-NetLink`)", remove);
        Line(text, $"list {ManyPairs * 2} links as objects (`ip`: as text)", list);

        text.AppendLine().AppendLine("| work | cmdlets | library | CNI bridge with host-local | pipework's commands |")
            .AppendLine("|---|---|---|---|---|");
        Line(
            text,
            $"connect {Containers} containers with a static address (`Connect-Container`): whether somebody has it is "
                + "read from the kernel",
            [.. connect, cni, pipework]);
        Line(text, "the same with `-AddressCheck None`", [.. notAsked, double.NaN, double.NaN]);
        Line(
            text,
            "address moved to another container: from the command until a neighbour reaches it, by `ping`",
            [.. moved, double.NaN, double.NaN]);

        var states = StateRows.Measure(runner);
        StateRows.AddTo(text, states);

        text.AppendLine().AppendLine("| bar | asked | library | cmdlets |").AppendLine("|---|---|---|---|");
        Bar(text, "attach, of `ip` per command", 1 / 8.0, attach, attach[2]);
        Bar(text, "attach, of `ip -batch`", 1 / 3.0, attach, attach[3]);
        Bar(text, "attach, of the Go package", 1, attach, attach[4]);
        Bar(text, "create, of `ip -batch`", 1.1, create, create[3]);
        Bar(text, "remove, of `ip -batch`", 1 / 20.0, remove, remove[3]);
        Bar(text, "list, of `ip link`", 2, list, list[2]);
        Bar(text, "connect, of the CNI bridge plugin", 1 / 10.0, connect, cni);
        Bar(text, "connect, of pipework's commands", 1 / 10.0, connect, pipework);
        foreach (var row in states)
            Bar(text, row.Bar, row.Limit, [double.NaN, row.Document], row.Other);
        text.AppendLine(
            CultureInfo.InvariantCulture,
            $"| whether somebody has the address, for each container | 0.500 ms | {Check(1)} | {Check(0)} |");
        if (runner.Cmdlets != Runner.NoContender)
        {
            Absolute(text, "`Import-Module`, over a bare start", 0.100, Import(runner), "s");
            Absolute(text, "the first `Get-NetLink` after it", 0.050,
                runner.Median(runner.Cmdlets, "first", 0, runs: 7), "s");
            Absolute(text, $"memory that {ManyPairs * 2} links take", 64,
                runner.Median(runner.Cmdlets, "memory", ManyPairs * 2, manyPairs) / (1 << 20), "MiB");
        }

        return text.ToString();

        string Check(int column)
        {
            var each = (connect[column] - notAsked[column]) * 1000 / Containers;
            var verdict = each <= 0.5 ? string.Empty : " **not met**";
            return double.IsNaN(each) ? "not measured"
                : string.Create(CultureInfo.InvariantCulture, $"{each:0.000} ms{verdict}");
        }
    }

    private static double Import(Runner runner)
    {
        var pwsh = runner.Cmdlets.Command[0];
        var module = Path.Combine(Path.GetDirectoryName(runner.Cmdlets.Command[^1])!, "..", "LxcNetworking.psd1");
        return runner.MedianTime([pwsh, "-NoProfile", "-Command", $"Import-Module '{module}'"])
            - runner.MedianTime([pwsh, "-NoProfile", "-Command", "$null"]);
    }

    internal static void Line(StringBuilder text, string work, double[] seconds)
        => text.AppendLine($"| {work} | {string.Join(" | ", seconds.Select(Seconds))} |");

    private static void Bar(StringBuilder text, string name, double limit, double[] ours, double peer)
    {
        string Ratio(double own) => double.IsNaN(own / peer) ? "not measured"
            : string.Create(CultureInfo.InvariantCulture,
                $"{own / peer:0.000}{(own / peer <= limit ? string.Empty : " **not met**")}");
        text.AppendLine(CultureInfo.InvariantCulture,
            $"| {name} | {limit:0.000} | {Ratio(ours[1])} | {Ratio(ours[0])} |");
    }

    private static void Absolute(StringBuilder text, string name, double limit, double value, string unit)
        => text.AppendLine(CultureInfo.InvariantCulture,
            $"| {name} | {limit:0.000} {unit} | | {value:0.000} " +
                $"{unit}{(value <= limit ? string.Empty : " **not met**")} |");

    private static string Seconds(double value) => double.IsNaN(value) ? ""
        : value.ToString("0.000", CultureInfo.InvariantCulture) + " s";

    private static string Processor() => File.ReadLines("/proc/cpuinfo")
        .FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim()
        ?? "unknown processor";
}
