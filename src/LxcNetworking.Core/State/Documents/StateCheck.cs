using LxcNetworking.State.Text;
using LxcNetworking.Values;

namespace LxcNetworking.State.Documents;

/// <summary>What is to be reached from where.</summary>
/// <param name="From">The namespace or container; empty for the one that the document is for.</param>
/// <param name="To">The address.</param>
/// <param name="Port">The TCP port; null for a ping.</param>
internal sealed record StateCheck(string From, IPAddress To, int? Port)
{
    private static readonly string[] s_properties = ["from", "to", "port"];

    /// <summary>Reads one.</summary>
    /// <param name="node">The check in the document.</param>
    /// <param name="path">Its path.</param>
    /// <param name="checks">Where it is put.</param>
    /// <param name="problems">Where mistakes are put.</param>
    public static void Read(
        StateNode node, string path, ICollection<StateCheck> checks, ICollection<StateProblem> problems)
    {
        var of = new DocumentObject(node, path, problems);
        if (!of.IsObject)
            return;
        var before = problems.Count;
        var from = DocumentReader.TakeNamespace(of, "from");
        var to = of.TakeValue("to", IPAddress.Parse);
        var port = of.TakeNumber("port", 1, ushort.MaxValue);
        of.End("a check", s_properties);
        if (to is not null)
            checks.Add(new StateCheck(from, to, (int?)port));
        else if (problems.Count == before)
            of.Problem("has no 'to'");
    }

    /// <summary>The check as a document says it.</summary>
    public StateNode ToNode()
    {
        var entries = new List<StateEntry>();
        if (From.Length > 0)
            entries.Add(new("from", default, StateNode.OfText(From)));
        entries.Add(new("to", default, StateNode.OfText(To.ToString())));
        if (Port is { } port)
            entries.Add(new("port", default, StateNode.OfNumber(port)));
        return StateNode.OfMap(entries);
    }
}
