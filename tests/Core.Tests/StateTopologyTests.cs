using LxcNetworking.State;
using LxcNetworking.State.Text;
using LxcNetworking.Values;
using static LxcNetworking.Tests.Sandbox;

namespace LxcNetworking.Tests;

/// <summary>
/// Random topologies, made by ip(8) or by documents, are exported, applied in empty namespaces and exported again:
/// equal, nothing differs, and ip(8) sees the same. <c>tests/long.sh circles COUNT SEED</c> makes more of them, and
/// tells of each; one with a fault is made again by its seed and a count of 1.
/// </summary>
public class StateTopologyTests
{
    private static readonly IReadOnlyList<string> s_named = [.. IpTopology.Places.Skip(1)];

    private static int Setting(string name, int usual)
        => int.TryParse(Environment.GetEnvironmentVariable("LXCNETWORKING_CIRCLE_" + name), out var own) ? own : usual;

    [Fact]
    public void The_circle_of_random_topologies_closes()
    {
        var first = Setting("SEED", IsFullKernel ? 4 : 1);
        var faults = new List<string>();
        // With every kind, each takes a processor that is emulated ten times as long.
        for (var seed = first; seed < first + Setting("COUNT", IsFullKernel ? 3 : 8); seed++)
        {
            var found = Circle(seed);
            Report(seed, found);
            // A kernel that is emulated answers late at times: what is a fault is one the second time too.
            if (found.Count > 0 && IsFullKernel)
            {
                Console.WriteLine($"seed {seed}, tried again: {string.Join('\n', found)}");
                found = Circle(seed);
            }

            faults.AddRange(found.Select(fault => $"seed {seed}: {fault}"));
        }

        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    /// <summary>What stands in the sandbox, as a document.</summary>
    internal static string Export()
        => StateText.Write(Stacks.Pool.Get().State.Read(s_named).ToNode(), StateFormat.Yaml);

    /// <summary>Adds the lines in which two texts differ.</summary>
    internal static void Compare(string name, string one, string other, List<string> faults)
    {
        if (one == other)
            return;
        var (first, second) = (one.Split('\n'), other.Split('\n'));
        string[] gone = [.. first.Except(second)], come = [.. second.Except(first)];
        // A line of ip(8) is long, and reports cut it: of lines in the same place the part that differs is told.
        if (gone.Length == come.Length)
        {
            for (var i = 0; i < gone.Length; i++)
                (gone[i], come[i]) = Different(gone[i], come[i]);
        }

        faults.Add($"{name}:\n  - {string.Join("\n  - ", gone)}\n  + {string.Join("\n  + ", come)}");
    }

    private static (string One, string Other) Different(string one, string other)
    {
        const int Start = 60, Before = 20;
        var same = one.Zip(other).TakeWhile(pair => pair.First == pair.Second).Count();
        return same <= Start + Before ? (one, other) : (Cut(one), Cut(other));

        string Cut(string line) => $"{line[..Start]} ... {line[(same - Before)..]}";
    }

    private static List<string> Circle(int seed)
    {
        var faults = new List<string>();
        string text = string.Empty, seen = string.Empty;
        Run(() =>
        {
            var random = new Random(seed);
            if (seed % 3 > 0)
            {
                new IpTopology(random).Make();
            }
            else
            {
                var topology = new DocumentTopology(random);
                topology.Make();
                faults.AddRange(topology.Faults);
                Report(seed, topology.Refusals);
            }

            text = Export();
            seen = IpPicture.Of(IpTopology.Places);
        });
        Run(() =>
        {
            IpPicture.NameHome();
            try
            {
                var document = StateTests.Read(text);
                Stacks.Pool.Get().State.Set(document);
                faults.AddRange(Stacks.Pool.Get().State.Test(document).Select(left => $"Test: {left}"));
                Compare("export", text, Export(), faults);
                Compare("ip", seen, IpPicture.Of(IpTopology.Places), faults);
            }
            catch (Exception e)
            {
                // What the document cannot say, too.
                faults.Add(e.Message);
            }
        });
        if (faults.Count > 0)
            Report(seed, [text]);
        return faults;
    }

    private static void Report(int seed, List<string> lines)
    {
        if (Environment.GetEnvironmentVariable("LXCNETWORKING_CIRCLE_REPORT") is { Length: > 0 } file)
            File.AppendAllText(file, $"seed {seed}: {lines.Count}\n{string.Concat(lines.Select(line => line + "\n"))}");
    }
}
