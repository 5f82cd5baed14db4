using CsCheck;
using LxcNetworking.State.Text;

namespace LxcNetworking.Tests;

/// <summary>Documents as texts.</summary>
public class StateTextTests
{
    private const int Rounds = 3000;

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

    private static readonly Gen<StateNode> s_trees = Gen.Recursive<StateNode>((depth, tree) =>
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

    [Fact]
    public void What_is_written_as_JSON_is_read_as_it_was() => CheckWriting(StateFormat.Json);

    [Fact]
    public void A_value_as_JSON_is_read_as_it_was()
        => s_trees.Sample(tree => Assert.Equal(tree, StateNode.FromJson(tree.ToJson())), iter: Rounds);

    [Fact]
    public void JSON_has_places()
    {
        var root = Read(StateFormat.Json, "{\n  // a comment\n  \"a\": [1, \"ü\", 1.5,],\n  \"é\": {\"b\": null}\n}");
        Assert.Equal(new StatePlace("a.b", 1, 1), root.Place);
        Assert.Equal([("a", 3, 3), ("é", 4, 3)],
            root.Entries.Select(entry => (entry.Name, entry.Place.Line, entry.Place.Column)));
        var items = root.Entries[0].Value.Items;
        Assert.Equal([9, 12, 17], items.Select(item => item.Place.Column));
        Assert.Equal([StateNodeKind.Number, StateNodeKind.Text, StateNodeKind.Text], items.Select(item => item.Kind));
        Assert.Equal([true, false, true], items.Select(item => item.IsPlain));
        Assert.Equal("1.5", items[2].Text);
        Assert.Equal(14, root.Entries[1].Value.Entries[0].Value.Place.Column);
    }

    [Theory]
    [InlineData("{\"a\": [1, 2\n}", "a.b:2:1: a[2]: this is not JSON: '}' is invalid")]
    [InlineData("", "a.b:1:1: this is not JSON: ")]
    [InlineData("{} {}", "a.b:1:4: this is not JSON: ")]
    [InlineData("{\"ü\": x}", "a.b:1:7: ['ü']: this is not JSON: ")]
    [InlineData(
        "{\"a\": 1,\n \"b\": {\"A\": 1, \"a\": 2}}",
        "a.b:2:16: b.a: 'a' is here a second time; the first time is in line 2")]
    [InlineData("[0, \"\\ud800\"]", "a.b:1:5: [1]: half of a character is in this text")]
    [InlineData("[{\"a\\u001b\": [\"\\udc00\"]}]", "a.b:1:15: [0]['a\\x1b'][0]: half of a character is in this text")]
    public void A_mistake_in_JSON_is_told_where_it_is(string text, string message)
    {
        var problem = Assert.Single(Problems(StateFormat.Json, text));
        Assert.StartsWith(message, problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void All_mistakes_are_told_at_once_up_to_a_limit()
    {
        Assert.Equal(
            [
                "a.b:2:1: A: 'A' is here a second time; the first time is in line 1",
                "a.b:3:1: b: 'b' is here a second time; the first time is in line 2",
            ],
            Problems(StateFormat.Json, "{\"a\": 1,\n\"A\": 2, \"B\":1,\n\"b\":2}")
                .Select(problem => problem.ToString()));
        var many = $"[{string.Join(',', Enumerable.Repeat("\"\\ud800\"", 1000))}]";
        var told = Problems(StateFormat.Json, many);
        Assert.Equal(StateNodeBuilder.MostProblems + 1, told.Count);
        Assert.Equal("reading ends here, after 100 mistakes", told[^1].Message);
    }

    private static void CheckWriting(StateFormat format)
        => s_trees.Sample(
            tree =>
            {
                var problems = new List<StateProblem>();
                var text = StateText.Write(tree, format);
                var again = StateText.Read(text, null, format, problems);
                Assert.True(
                    problems.Count == 0 && tree.Equals(again), $"{text}\n{string.Join('\n', problems)}\n{again}");
            },
            iter: Rounds);

    private static StateNode Read(StateFormat format, string text)
    {
        var problems = new List<StateProblem>();
        var root = StateText.Read(text, "a.b", format, problems);
        Assert.Empty(problems);
        return root!;
    }

    private static List<StateProblem> Problems(StateFormat format, string text)
    {
        var problems = new List<StateProblem>();
        _ = StateText.Read(text, "a.b", format, problems);
        return problems;
    }
}
