using System.Diagnostics;
using LxcNetworking.State.Text;
using static LxcNetworking.Tests.StateTrees;

namespace LxcNetworking.Tests;

/// <summary>Documents in YAML.</summary>
[Trait("Kernel", "none")]
public class StateYamlTests
{
    private const string Yaml = """
        # of a lab
        name: dmz
        namespaces: [web, db]
        links:
          - {name: lxcbr0, kind: bridge, addresses: [10.0.3.1/24], up: true}
          - name: em1.211
            kind: vlan
            vlanId: 211   # a number
            alias: "yes: \u00fc"
            note: >-
              two
              lines
        routes: []
        nat: null
        peer: &peer {mtu: 0x5dc}
        again: *peer
        """;

    private const string Json = """
        {"name": "dmz", "namespaces": ["web", "db"],
         "links": [{"name": "lxcbr0", "kind": "bridge", "addresses": ["10.0.3.1/24"], "up": true},
                   {"name": "em1.211", "kind": "vlan", "vlanId": 211, "alias": "yes: ü", "note": "two lines"}],
         "routes": [], "nat": null, "peer": {"mtu": 1500}, "again": {"mtu": 1500}}
        """;

    [Fact]
    public void What_is_written_is_read_as_it_was() => CheckWriting(StateFormat.Yaml);

    [Fact]
    public void The_same_document_is_the_same_tree()
        => Assert.Equal(Read(StateFormat.Json, Json), Read(StateFormat.Yaml, Yaml));

    [Fact]
    public void It_is_written_for_people() => Assert.Equal(
        """
        name: dmz
        namespaces:
          - web
          - db
        links:
          - name: lxcbr0
            kind: bridge
            addresses:
              - 10.0.3.1/24
            up: true
          - name: em1.211
            kind: vlan
            vlanId: 211
            alias: 'yes: ü'
            note: two lines
        routes: []
        nat: null
        peer:
          mtu: 1500
        again:
          mtu: 1500

        """,
        StateText.Write(Read(StateFormat.Json, Json), StateFormat.Yaml));

    // Readers of YAML 1.1 take these for something else.
    [Theory]
    [InlineData("yes No on OFF y N 1e3 1.5 .5 1. 010 1_000 0b11 0X1F .inf -.NaN 11:22:33 11:22:33:44:55:01 2026-01-02")]
    [InlineData("2026-01-02T00:00:00Z + - ~ null true 12 -12 0x1f a: a[b] a,b 'a a\"b #a a&b << = * !")]
    public void A_text_has_quotes_where_another_reader_needs_them(string texts)
        => Assert.All(texts.Split(' '), text => Assert.Equal(
            $"'{text.Replace("'", "''", StringComparison.Ordinal)}'\n",
            StateText.Write(StateNode.OfText(text), StateFormat.Yaml)));

    [Theory]
    [InlineData("eth0 10.0.3.1 10.0.3.1/24 fe80::1%eth0 1::2 lxc:mail em1.211 a=b /run/x 00:16:3e:00:00:01 aut\u00f6")]
    public void A_text_has_no_quotes_where_nobody_needs_them(string texts)
        => Assert.All(texts.Split(' '), text => Assert.Equal(
            text + "\n", StateText.Write(StateNode.OfText(text), StateFormat.Yaml)));

    [Theory]
    [InlineData("null ~ Null NULL", StateNodeKind.Null)]
    [InlineData("true True TRUE false False FALSE", StateNodeKind.Boolean)]
    [InlineData("0 -0 5 -5 +5 0x1f 0o17 -9223372036854775808 9223372036854775807", StateNodeKind.Number)]
    [InlineData(
        "yes no on off y nULL tRUE 010 00 1_000 1e3 1.5 .5 .inf 11:22:33 0x 0o 0o8 -0x1f 9223372036854775808 + 5a <<",
        StateNodeKind.Text)]
    public void What_has_no_quotes_is_what_YAML_1_2_says(string scalars, StateNodeKind kind)
    {
        foreach (var scalar in scalars.Split(' '))
        {
            var node = Read(StateFormat.Yaml, $"{{a: {scalar}, b: '{scalar}'}}").Entries;
            Assert.Equal(
                (scalar, kind, scalar, true), (scalar, node[0].Value.Kind, node[0].Value.Text, node[0].Value.IsPlain));
            Assert.Equal((StateNodeKind.Text, scalar, false),
                (node[1].Value.Kind, node[1].Value.Text, node[1].Value.IsPlain));
        }
    }

    [Fact]
    public void Values_have_places_and_tags_decide()
    {
        var root = Read(StateFormat.Yaml, "a: !!str 5\nb:\n  - !!int '7'\n  - ! 8\n\"c\": !!null ''\n? d\n: {}\ne:");
        Assert.Equal([(1, 1), (2, 1), (5, 1), (6, 3), (8, 1)],
            root.Entries.Select(entry => (entry.Place.Line, entry.Place.Column)));
        Assert.Equal((1, 4), (root.Entries[0].Value.Place.Line, root.Entries[0].Value.Place.Column));
        Assert.Equal("""{"a":"5","b":[7,"8"],"c":null,"d":{},"e":null}""", root.ToString());
        Assert.False(root.Entries[1].Value.Items[0].IsPlain);
        Assert.Equal((3, 5), (root.Entries[1].Value.Items[0].Place.Line, root.Entries[1].Value.Items[0].Place.Column));
        Assert.Equal(StateNodeKind.Null, Read(StateFormat.Yaml, "# nothing\n").Kind);
    }

    [Theory]
    [InlineData("a: [1, 2", "a.b:2:1: a[2]: this is not YAML: ")]
    [InlineData("a: 1\n\tb: 2", "a.b:1:4: a: this is not YAML: ")]
    [InlineData("a: 1\n---\nb: 2", "a.b:2:1: a second document begins here, and a file has one")]
    [InlineData("links:\n- name: a\n  vlanId: 1\n  VLANid: 2",
        "a.b:4:3: links[0].VLANid: 'VLANid' is here a second time; the first time is in line 3")]
    [InlineData("a: {<<: {b: 1}}", "a.b:1:5: a: YAML 1.2 has no merge keys (<<)")]
    [InlineData("[a]: 1", "a.b:1:1: a name is a text, and no list or map")]
    [InlineData("? {a: [b]}\n: 1", "a.b:1:3: a name is a text, and no list or map")]
    [InlineData("a: &a b\n*a : 1", "a.b:2:1: a name is written out, and no alias")]
    [InlineData("a: &a [1, *a]", "a.b:1:11: a[1]: the alias 'a' is within the value that it stands for")]
    [InlineData("a: *b", "a.b:1:4: a: there is no anchor 'b' before this alias")]
    [InlineData("a: !!float 1.5", "a.b:1:4: a: the tag '!!float' cannot stand here")]
    [InlineData("a: !!python/object:os.system x", "a.b:1:4: a: the tag '!!python/object:os.system' cannot stand here")]
    [InlineData("a: !<tag:x> {}", "a.b:1:4: a: the tag 'tag:x' cannot stand here")]
    [InlineData("a: !!int five", "a.b:1:4: a: 'five' is not what its tag !!int says")]
    [InlineData("- : &l\n- a", "a.b:3:1: [0].a: this is not YAML: what follows cannot be read")]
    [InlineData("a: b\nc: \0 d", "a.b:2:4: the control character \\x00 cannot stand in YAML")]
    [InlineData("a: \u001b[31m", "a.b:1:4: the control character \\x1b cannot stand in YAML")]
    [InlineData("a: \"\\ud800\"", "a.b:1:4: ")]
    [InlineData("\"a\\e[31m\\u202e\": !x 1", "a.b:1:18: ['a\\x1b[31m\\xe2\\x80\\xae']: the tag '!x' cannot stand here")]
    public void A_mistake_is_told_where_it_is(string text, string message)
    {
        var problem = Assert.Single(Problems(StateFormat.Yaml, text));
        Assert.StartsWith(message, problem.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void All_mistakes_are_told_at_once()
        => Assert.Equal(
            [2, 3, 4, 5],
            Problems(StateFormat.Yaml, "a: 1\nA: 2\nb: *c\n[d]: 1\n<<: {e: f}").Select(problem => problem.Place.Line));

    [Fact]
    public void What_an_alias_stands_for_counts_each_time()
    {
        var laughs = "l0: &l0 [ha, ha, ha]\n" + string.Concat(Enumerable.Range(1, 25).Select(level =>
            $"l{level}: &l{level} [{string.Join(", ", Enumerable.Repeat($"*l{level - 1}", 9))}]\n"));
        var watch = Stopwatch.StartNew();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var problem = Assert.Single(Problems(StateFormat.Yaml, laughs));
        Assert.Equal(
            "the document has more than 1,000,000 values, the limit; what an alias stands for counts each time",
            problem.Message);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000_000);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 10);
    }

    [Theory]
    [InlineData("Yaml")]
    [InlineData("Json")]
    public void Depth_values_and_bytes_have_limits(string name)
    {
        var format = Enum.Parse<StateFormat>(name);
        string Nested(int depth) => new string('[', depth) + new string(']', depth);
        Assert.Empty(Problems(format, Nested(32)));
        foreach (var depth in new[] { 33, 1_000_000 })
        {
            var problem = Assert.Single(Problems(format, Nested(depth)));
            Assert.Equal("lists and maps stand in each other deeper than 32, the limit", problem.Message);
            Assert.Equal((1, 33), (problem.Place.Line, problem.Place.Column));
        }

        string Many(int values) => $"[{string.Concat(Enumerable.Repeat("1,", values))}]";
        Assert.Empty(Problems(format, Many(999_999)));
        Assert.Contains("more than 1,000,000 values", Assert.Single(Problems(format, Many(1_000_000))).Message,
            StringComparison.Ordinal);

        string Long(int bytes) => $"\"{new string('x', bytes - 2)}\"";
        Assert.Empty(Problems(format, Long(32 << 20)));
        Assert.Equal("the document is larger than 32 MiB, the limit",
            Assert.Single(Problems(format, Long((32 << 20) + 1))).Message);
    }

    [Theory]
    [InlineData("- ")]
    [InlineData("? ")]
    [InlineData("{a: ")]
    [InlineData("{? ")]
    [InlineData("a: &a\n")]
    [InlineData("*a : ")]
    [InlineData("!!str ")]
    [InlineData("&a ")]
    [InlineData("---\n")]
    [InlineData("%YAML 1.2\n")]
    public void What_is_repeated_many_times_is_a_mistake_found_soon(string part)
    {
        var watch = Stopwatch.StartNew();
        Assert.NotEmpty(Problems(StateFormat.Yaml, string.Concat(Enumerable.Repeat(part, 200_000))));
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 30);
    }

    [Fact]
    public void An_alias_is_as_deep_as_what_it_stands_for()
    {
        string Nested(int depth, string within = "") => new string('[', depth) + within + new string(']', depth);
        Assert.Empty(Problems(StateFormat.Yaml, $"a: &a {Nested(20)}\nb: {Nested(11, "*a")}"));
        var problem = Assert.Single(Problems(StateFormat.Yaml, $"a: &a {Nested(20)}\nb: {Nested(12, "*a")}"));
        Assert.Contains("deeper than 32", problem.Message, StringComparison.Ordinal);
    }
}
