using CsCheck;
using LxcNetworking.State.Text;
using static LxcNetworking.Tests.StateTrees;

namespace LxcNetworking.Tests;

/// <summary>Documents as texts.</summary>
[Trait("Kernel", "none")]
public class StateTextTests
{
    [Fact]
    public void What_is_written_as_JSON_is_read_as_it_was() => CheckWriting(StateFormat.Json);

    [Fact]
    public void A_value_as_JSON_is_read_as_it_was()
        => All.Sample(tree => Assert.Equal(tree, StateNode.FromJson(tree.ToJson())), iter: Rounds);

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
}
