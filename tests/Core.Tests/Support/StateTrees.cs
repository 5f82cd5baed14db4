using CsCheck;
using LxcNetworking.State.Text;

namespace LxcNetworking.Tests;

/// <summary>Random documents, and what reading gives.</summary>
internal static class StateTrees
{
    public const int Rounds = 3000;

    // What some reader of YAML takes for something else, or what ends a text too early somewhere.
    private static readonly string[] s_nasty =
    [
        "", " ", "yes", "No", "on", "y", "null", "~", "Null", "true", "FALSE", "1e3", "010", "0x1f", "0o17", "1_000",
        "+5", "-", "- a", "-a", "--- a", "---", "...", "#", "a #b", "a#b", ": ", "a: b", "a:", ":a", "a:b", "?",
        "? a", "!", "!a", "&a", "*a", "%a", "@a", "`a", "'", "''", "a'b", "\"", "a\"b", "\\", "a\\nb", "[", "[]",
        "{}", "{a", ",", "|", ">", "<<", "=", "\n", "a\nb", "a\n\n b \n", "\r\n", "\r", "\t", "a\tb", " a", "a ",
        "\0", "\u0007", "\u001b[31m", "\u007f", "\u0085", "\u00a0", "\u2028", "\u2029", "\u202e", "\ufeff", "\ufffd",
        "\uffff", "\ud83d\ude00", "ü", "1.5", ".5", ".inf", "-.INF", ".nan", "11:22:33", "00:16:3e:00:00:01",
        "11:22:33:44:55:01", "2026-01-02", "10.0.3.1", "10.0.3.1/24", "::1", "fe80::1%eth0", "1::2", "$a", "$(a)",
        "a`b", "\u2018a\u2019", "\u201ca\u201d", "\u201e", "@(", "@{a=1}", "9223372036854775808", "if", "a=b", "/a",
        "lxc:mail",
    ];

    private static readonly Gen<string> s_nastyTexts = Gen.Int[0, s_nasty.Length - 1].Select(index => s_nasty[index]);

    private static readonly Gen<string> s_texts = Gen.Frequency(
        (3, s_nastyTexts),
        (2, Gen.String[Gen.Char["abz019 -:#'\"\n\t$`.,"], 0, 12]),
        (1, Gen.Select(s_nastyTexts, s_nastyTexts, (one, other) => one + other)),
        (1, Gen.Const(new string('n', 1500))),
        (1, Gen.Char.Array[0, 8].Select(chars => new string([.. chars.Where(c => !char.IsSurrogate(c))]))));

    public static readonly Gen<StateNode> All = Gen.Recursive<StateNode>((depth, tree) =>
    {
        var scalars = Gen.Frequency(
            (6, s_texts.Select(text => StateNode.OfText(text))),
            (2, Gen.Long.Select(number => StateNode.OfNumber(number))),
            (1, Gen.Bool.Select(value => StateNode.OfBoolean(value))),
            (1, Gen.Const(StateNode.OfNull())));
        return depth > 4 ? scalars : Gen.Frequency(
            (4, scalars),
            (2, tree.List[0, 3].Select(items => StateNode.OfList(items))),
            (4, Gen.Select(s_texts, tree).List[0, 4].Select(pairs => StateNode.OfMap(
                [.. pairs.DistinctBy(pair => pair.Item1, StringComparer.OrdinalIgnoreCase)
                    .Select(pair => new StateEntry(pair.Item1, default, pair.Item2))]))));
    });

    public static void CheckWriting(StateFormat format)
        => All.Sample(
            tree =>
            {
                var problems = new List<StateProblem>();
                var text = StateText.Write(tree, format);
                var again = StateText.Read(text, null, format, problems);
                Assert.True(
                    problems.Count == 0 && tree.Equals(again), $"{text}\n{string.Join('\n', problems)}\n{again}");
            },
            iter: Rounds);

    public static StateNode Read(StateFormat format, string text)
    {
        var problems = new List<StateProblem>();
        var root = StateText.Read(text, "a.b", format, problems);
        Assert.Empty(problems);
        return root!;
    }

    public static List<StateProblem> Problems(StateFormat format, string text)
    {
        var problems = new List<StateProblem>();
        _ = StateText.Read(text, "a.b", format, problems);
        return problems;
    }
}
