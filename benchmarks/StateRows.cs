using System.Text;

namespace LxcNetworking.Benchmarks;

/// <summary>A document's work beside the same work without one.</summary>
/// <param name="Work">What is done.</param>
/// <param name="Bar">What is compared.</param>
/// <param name="Limit">How many times as long the document may take.</param>
/// <param name="Document">The seconds that the document took.</param>
/// <param name="Other">The seconds of the other one; NaN where it cannot be done here.</param>
internal sealed record StateRow(string Work, string Bar, double Limit, double Document, double Other);

/// <summary>Measures documents of declared state.</summary>
internal static class StateRows
{
    private const int Containers = 200, Namespaces = 500, Vlans = 1000;

    /// <summary>Does the work.</summary>
    public static IReadOnlyList<StateRow> Measure(Runner runner)
    {
        const string Bridge = "ip link add br0 up type bridge && ip address add 10.9.255.1/16 dev br0";
        const string Uplink = "ip link add up0 up type veth peer name up1 && ip link set up1 up";
        var lab = $"{runner.Batch.Command[0]} batch lab {Namespaces}";
        var hasVlans = Runner.Run(
            ["unshare", "--net", "sh", "-c", $"{Uplink} && ip link add link up0 name up0.1 type vlan id 1"]).Code == 0;
        double Vlan(Contender who) => hasVlans ? runner.Median(who, "vlans", Vlans, Uplink) : double.NaN;
        return
        [
            new(
                $"a document of {Containers} containers (namespace, veth, bridge port, address, default route); the "
                    + "library's loop",
                "a document of containers, of the library's loop",
                1.3,
                runner.Median(runner.Library, "apply", Containers, Bridge),
                runner.Median(runner.Library, "loop", Containers, Bridge)),
            new(
                $"a document of {Namespaces} namespaces and {2 * Namespaces} veth pairs; `ip -batch`",
                "a document of a lab, of `ip -batch`",
                1.2,
                runner.Median(runner.Library, "lab", Namespaces),
                runner.Median(runner.Batch, "lab", Namespaces)),
            new(
                "its removal; `ip -batch`",
                "removal of a lab, of `ip -batch`",
                0.1,
                runner.Median(runner.Library, "lab-remove", Namespaces),
                runner.Median(runner.Batch, "lab-remove", Namespaces, lab, runs: 1)),
            new(
                $"a document of {Vlans} bridges on {Vlans} VLANs; `ip -batch`",
                "a document of VLANs, of `ip -batch`",
                1.2,
                Vlan(runner.Library),
                Vlan(runner.Batch)),
        ];
    }

    /// <summary>Writes what was measured.</summary>
    public static void AddTo(StringBuilder text, IReadOnlyList<StateRow> rows)
    {
        text.AppendLine().AppendLine("| work | document | the other one |").AppendLine("|---|---|---|");
        foreach (var row in rows)
            Report.Line(text, row.Work, [row.Document, row.Other]);
    }
}
