using CsCheck;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Text;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>What documents say, and what they cannot.</summary>
[Trait("Kernel", "none")]
public class StateDocumentTests
{
    private const string Lab = """
        name: lab
        namespaces: [web, {name: old, state: absent}]
        links:
          - {name: b0, kind: bridge, forwardDelay: 4s, alternativeName: uplink, mtu: 1400}
          - name: p0
            kind: veth
            bridge: b0
            bridgePort: {cost: 7, learning: false}
            peer: {name: eth0, namespace: web, addresses: 10.0.3.2/24, gateway: [10.0.3.1, "fd00::1"]}
          - name: v0
            kind: vlan
            parent: d0
            vlanId: 7
            addresses: ["fd00::7/64", {ipAddress: 10.7.0.1/24, skipAsSource: true}]
          - {name: t0, kind: vxlan, vni: 7, local: 10.0.3.9}
          - {name: x0, state: ignored}
          - {name: y0, namespace: /run/netns/web, state: absent}
        neighbors: [{interfaceAlias: b0, ipAddress: 10.0.3.7, linkLayerAddress: "02:00:00:00:00:07"}]
        routes:
          - {destinationPrefix: 10.4.0.0/16, nextHop: 10.0.3.10, routeMetric: 7, table: 100}
          - {destinationPrefix: 10.5.0.0/16, nextHops: [{nextHop: 10.0.3.10}, {interfaceAlias: b0, weight: 3}]}
          - {destinationPrefix: default, type: Blackhole, table: 7, state: absent}
        rules: [{priority: 10, from: "fd00::/8", table: 7}, {priority: 11, addressFamily: IPv6}]
        """;

    /// <summary>Every kind of mistake, each with what is told of it.</summary>
    public static TheoryData<string, string> Mistakes => new()
    {
        { "[1]", "t:1:1: is to be an object with names and values" },
        { "nmae: a", "t:1:1: nmae: 'nmae' is no property of a document; 'name' is" },
        { "name: a/../b", "t:1:1: the name 'a/../b' is to have letters, digits, '-', '_' and '.', and to begin with a "
            + "letter or digit" },
        { "name: .hidden", "t:1:1: the name '.hidden' is to have letters, digits, '-', '_' and '.', and to begin with "
            + "a letter or digit" },
        { "name: [a]", "t:1:7: name: is to be a text" },
        { "namespaces: [{state: absent}]", "t:1:14: namespaces[0]: has no 'name'" },
        { "namespaces: [[a]]", "t:1:14: namespaces[0]: is to be an object with names and values" },
        { "namespaces: [a,\n a]",
            "t:2:2: namespaces[1]: the namespace 'a' is namespaces[0] already (line 1)" },
        { "links: [d0]", "t:1:9: links[0]: is to be an object with names and values" },
        { "links: [{kind: dummy}]", "t:1:9: links[0]: has no 'name'" },
        { "links: [{name: a, kind: dumy}]", "t:1:25: links[0].kind: 'dumy' is no kind of link that can be made: *" },
        { "links:\n- {name: a}\n- {name: a}", "t:3:3: links[1]: the link 'a' is links[0] already (line 2)" },
        { "links: [{name: a, state: gone}]", "t:1:26: links[0].state: is to be present, absent or ignored" },
        { "links: [{name: a, state: 1}]", "t:1:26: links[0].state: is to be present, absent or ignored" },
        { "links: [{name: a, mtu: big}]", "t:1:24: links[0].mtu: 'big' is not a whole number" },
        { "links: [{name: a, mtu: [1]}]", "t:1:24: links[0].mtu: '[1]' is not a whole number" },
        { "links: [{name: a, up: 2}]", "t:1:23: links[0].up: '2' is not true or false" },
        { "links: [{name: a, kind: vlan, parent: b, vlanId: 5000}]",
            "t:1:50: links[0].vlanId: *4094*" },
        { "links: [{name: a, kind: vlan, parent: b, vlanID: 4}]", "" },
        { "links: [{name: a, kind: vlan, vlanIds: 4}]",
            "t:1:31: links[0].vlanIds: 'vlanIds' is no property of a vlan link; 'vlanId' is" },
        { "links: [{name: a, kind: bridge, vlanId: 4}]",
            "t:1:33: links[0].vlanId: 'vlanId' is no property of a bridge link" },
        { "links: [{name: a, vlanId: 4}]", "t:1:19: links[0].vlanId: 'vlanId' is no property of a link of no kind" },
        { "links: [{name: a, kind: macvlan, mode: Bride}]",
            "t:1:40: links[0].mode: 'Bride' is none of Private, Vepa, Bridge, Passthru, Source" },
        { "links: [{name: a, macAddress: 02:00:00}]", "t:1:31: links[0].macAddress: '02:00:00' is *" },
        { "links: [{name: a, bridge: b, master: c}]",
            "t:1:9: links[0]: has both 'bridge' and 'master', which mean the same" },
        { "links: [{name: a, bridgePort: {cots: 4}}]",
            "t:1:32: links[0].bridgePort.cots: 'cots' is no property of a bridge's port; 'cost' is" },
        { "links: [{name: a, bridgePort: 4}]",
            "t:1:31: links[0].bridgePort: is to be an object with names and values" },
        { "links: [{name: a, kind: dummy, peer: b}]",
            "t:1:38: links[0].peer: only veth and netkit links have a peer; say 'kind: veth'" },
        { "links: [{name: a, kind: veth, peer: {name: b, peer: c}}]",
            "t:1:53: links[0].peer.peer: the other end has the first one as its peer already" },
        { "links: [{name: a, kind: veth, peer: {}}]", "t:1:37: links[0].peer: has no 'name'" },
        { "links: [{name: a, kind: veth, peer: a}]",
            "t:1:37: links[0].peer: the link 'a' is links[0] already (line 1)" },
        { "links: [{name: a, addresses: [10.0.0.1]}]",
            "t:1:31: links[0].addresses[0]: 10.0.0.1 has no prefix length; write it as 10.0.0.1/24" },
        { "links: [{name: a, addresses: [default]}]", "t:1:31: links[0].addresses[0]: *" },
        { "links: [{name: a, addresses: [10.0.0.1/33]}]", "t:1:31: links[0].addresses[0]*: *prefix length*" },
        { "links: [{name: a, addresses: [{label: b}]}]", "t:1:31: links[0].addresses[0]: has no 'ipAddress'" },
        { "links: [{name: a, addresses: [10.0.0.1/24, 10.0.0.1/24]}]",
            "t:1:44: links[0].addresses[1]: the address 'a 10.0.0.1/24' is links[0].addresses[0] already (line 1)" },
        { "links: [{name: a, addresses: [{ipAddress: 10.0.0.1/24, lable: b}]}]",
            "t:1:56: links[0].addresses[0].lable: 'lable' is no property of an address; 'label' is" },
        { "links: [{name: a, addresses: [{ipAddress: 10.0.0.1/24, protocol: 256}]}]",
            "t:1:66: links[0].addresses[0].protocol: Protocol is 0 to 255, not 256" },
        { "links: [{name: a, gateway: 10.0.3}]", "t:1:28: links[0].gateway*: *10.0.3*" },
        { "links: [{name: a, gateway: [[1]]}]", "t:1:29: links[0].gateway*: '[1]' is no IP address" },
        { "links: [{name: a, gateway: 1.2.3.4}, {name: b, gateway: 1.2.3.4}]",
            "t:1:57: links[1].gateway*: the route '0.0.0.0/0' is links[0].gateway* already (line 1)" },
        { "neighbors: [{ipAddress: 10.0.0.1}]", "t:1:13: neighbors[0]: has no 'interfaceAlias'" },
        { "neighbors: [{interfaceAlias: a}]", "t:1:13: neighbors[0]: has no 'ipAddress'" },
        { "neighbors: [{interfaceAlias: a, ipAddress: 1.2.3.4/5}]", "t:1:44: neighbors[0].ipAddress: *" },
        { "routes: [{nextHop: 10.0.0.1}]", "t:1:10: routes[0]: has no 'destinationPrefix'" },
        { "routes: [{destinationPrefix: 10.0.0.1/8}]",
            "t:1:10: routes[0]: 10.0.0.1/8 is no network; 10.0.0.0/8 is" },
        { "routes: [{destinationPrefix: 10.0.0.0/8, table: 0}]", "t:1:49: routes[0].table: '0' is no routing table*" },
        { "routes: [{destinationPrefix: 10.0.0.0/8, table: a b}]", "t:1:49: routes[0].table: 'a b' is no routing *" },
        { "routes: [{destinationPrefix: 10.0.0.0/8, routeMetric: -1}]",
            "t:1:55: routes[0].routeMetric: is to be a number from 0 to 4294967295" },
        { "routes: [{destinationPrefix: 10.0.0.0/8, nextHop: b}]", "t:1:51: routes[0].nextHop: 'b' is *" },
        { "routes: [{destinationPrefix: 10.0.0.0/8, nextHops: [{weight: 0}]}]", "t:1:52: routes[0].nextHops: *" },
        { "routes: [{destinationPrefix: 10.0.0.0/8, nextHops: [{wieght: 1}]}]",
            "t:1:52: routes[0].nextHops: *wieght*" },
        { "rules: [{from: 10.0.0.0/8, table: 7}]",
            "t:1:9: rules[0]: has no 'priority', without which the kernel would make one more each time" },
        { "rules: [{priority: 7, from: 10.0.0.0/8, to: '::/0'}]",
            "t:1:9: rules[0]: 'addressFamily' is to be IPv4 or IPv6, as its addresses are" },
        { "rules: [{priority: 7, addressFamily: IPX}]",
            "t:1:9: rules[0]: 'addressFamily' is to be IPv4 or IPv6, as its addresses are" },
        { "rules: [{priority: 7}, {priority: 7, action: Lookup}]",
            "t:1:24: rules[1]: the rule 'IPv4 priority 7' is rules[0] already (line 1)" },
    };

    /// <summary>Names that would be files, options, escapes or two words.</summary>
    public static TheoryData<string> Hostile =>
    [
        "../x", "/etc/passwd", ".", "..", "", " ", "a b", "a\tb", "a\nb", "a\0b", "a\u001b[31m", "\u202ea", "a/b",
        "%d", "a:b", "0123456789abcdef", "ü\u0301\u0301\u0301\u0301\u0301\u0301\u0301",
    ];

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_told_with_its_line_and_path(string yaml, string told)
    {
        var problems = Problems(yaml);
        if (told.Length == 0)
        {
            Assert.Equal([], problems);
            return;
        }

        var problem = Assert.Single(problems);
        var parts = told.Split('*');
        Assert.StartsWith(parts[0], problem, StringComparison.Ordinal);
        Assert.All(parts, part => Assert.Contains(part, problem, StringComparison.Ordinal));
        if (parts.Length == 1)
            Assert.Equal(told, problem);
    }

    [Fact]
    public void All_mistakes_are_told_at_once()
        => Assert.Equal(
            ["links[0].kind", "links[0].mtu", "links[0].upp", "links[1]", "routes[0]", "rules[0]", "routs"],
            ReadProblems("""
                links: [{name: a, kind: x, mtu: y, upp: 1}, {mtu: 4}]
                routes: [{nextHop: 10.0.0.1}]
                rules: [{}]
                routs: []
                """).Select(problem => problem.Path));

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_hostile_name_is_a_mistake_wherever_it_stands(string name)
    {
        StateNode Map(params (string Name, StateNode Value)[] entries)
            => StateNode.OfMap([.. entries.Select(entry => new StateEntry(entry.Name, default, entry.Value))]);
        StateNode Text(string text) => StateNode.OfText(text);
        StateNode List(StateNode node) => StateNode.OfList([node]);
        var links = new List<StateNode>
        {
            Map(("links", List(Map(("name", Text(name)))))),
            Map(("links", List(Map(("name", Text("p0")), ("kind", Text("veth")), ("peer", Text(name)))))),
            Map(("neighbors", List(Map(("interfaceAlias", Text(name)), ("ipAddress", Text("10.0.0.1")))))),
            Map(("routes", List(Map(("destinationPrefix", Text("10.0.0.0/8")), ("table", Text(name)))))),
        };
        if (name is "." or ".." or "" || name.Contains('/', StringComparison.Ordinal) || name.Any(char.IsControl))
            links.Add(Map(("namespaces", List(Text(name)))));
        if (name != "0123456789abcdef")
            links.Add(Map(("name", Text(name))));
        foreach (var root in links)
        {
            var problems = new List<StateProblem>();
            Assert.Null(StateDocument.Read(root, problems));
            Assert.NotEmpty(problems);
            Assert.All(problems, problem => Assert.DoesNotContain($"{problem}", char.IsControl));
        }
    }

    [Fact]
    public void Formats_say_the_same_and_what_is_written_reads_back()
    {
        var problems = new List<StateProblem>();
        var root = StateText.Read(Lab, "t", StateFormat.Yaml, problems)!;
        var document = StateDocument.Read(root, problems);
        Assert.Equal([], problems.Select(problem => $"{problem}"));
        var items = Pictures(document!);
        var json = StateText.Read(StateText.Write(root, StateFormat.Json), "t", StateFormat.Json, problems)!;
        Assert.Equal(items, Pictures(StateDocument.Read(json, problems)!));
        // Names in whatever case, as hashtables have them.
        Assert.Equal(items, Pictures(StateDocument.Read(Shouted(root), problems)!));
        var written = document!.ToNode();
        foreach (var format in new[] { StateFormat.Yaml, StateFormat.Json })
        {
            var again = StateText.Read(StateText.Write(written, format), "t", format, problems)!;
            Assert.Equal(items.Order(), Pictures(StateDocument.Read(again, problems)!).Order());
        }

        Assert.Equal([], problems);
    }

    [Fact]
    public void Short_forms_are_the_long_ones()
    {
        var items = Items(Lab).ToDictionary(item => item.Key.ToString());
        Assert.Equal("b0", items["link 'p0'"].Text("master"));
        Assert.Equal(
            ("7", "false"),
            (items["link 'p0'"].Text("bridgePort.cost"), items["link 'p0'"].Text("bridgePort.learning")));
        Assert.Equal(("eth0", "web"), (items["link 'p0'"].Text("peer"), items["link 'p0'"].Text("peerNamespace")));
        Assert.Equal(("p0", "", "veth"), (
            items["link 'eth0' in 'web'"].Text("peer"),
            items["link 'eth0' in 'web'"].Text("peerNamespace"),
            items["link 'eth0' in 'web'"].Text("kind")));
        Assert.Equal("eth0", items["route '0.0.0.0/0' in 'web'"].Text("interfaceAlias"));
        Assert.Equal("fd00::1", items["route '::/0' in 'web'"].Text("nextHop"));
        Assert.True(items.ContainsKey("address 'eth0 10.0.3.2/24' in 'web'"));
        Assert.True(items.ContainsKey("link 'y0' in 'web'"));
        Assert.Equal("[\"uplink\"]", items["link 'b0'"].Values["alternativeName"]);
        Assert.Equal(NetStatePresence.Absent, items["route '0.0.0.0/0 table 7'"].Presence);
        Assert.Equal(
            Pictures("links: [{name: p0, kind: veth, peer: {name: p1}, namespace: web, master: b0}]"),
            Pictures("links: [{name: p0, kind: veth, peer: p1, namespace: web, bridge: b0}]"));
        // What is said as nothing is not said.
        Assert.Equal(Pictures("links: [{name: a}]"), Pictures("links: [{name: a, mtu: , addresses: }]\nroutes:"));
        // The kernel tells a rule with what is usual, and a route with the usual metric.
        Assert.Equal(
            Pictures("routes: [{destinationPrefix: 'fd00::/8'}]"),
            Pictures("routes: [{destinationPrefix: 'fd00::/8', routeMetric: 1024, table: main}]"));
    }

    [Fact]
    public void What_random_documents_say_reads_back_as_it_was()
        => StateRandom.Documents.Sample(
            document =>
            {
                var problems = new List<StateProblem>();
                var text = StateText.Write(document.ToNode(), StateFormat.Yaml);
                var root = StateText.Read(text, "t", StateFormat.Yaml, problems);
                var again = root is null ? null : StateDocument.Read(root, problems);
                Assert.Equal([], problems.Select(problem => $"{problem}"));
                Assert.Equal(Pictures(document).Order(), Pictures(again!).Order());
            },
            iter: 300);

    private static IReadOnlyList<StateItem> Items(string yaml)
    {
        var problems = new List<StateProblem>();
        var root = StateText.Read(yaml, "t", StateFormat.Yaml, problems);
        var document = root is null ? null : StateDocument.Read(root, problems);
        Assert.Equal([], problems.Select(problem => $"{problem}"));
        return document!.Items;
    }

    private static List<string> Pictures(string yaml) => Pictures(new StateDocument(null, Items(yaml)));

    private static List<string> Pictures(StateDocument document) => [.. document.Items.Select(
        item => $"{item.Key} {item.Presence}: "
            + string.Join(", ", item.Values.Select(pair => $"{pair.Key} {pair.Value}")))];

    private static StateNode Shouted(StateNode node) => node.Kind switch
    {
        StateNodeKind.List => StateNode.OfList([.. node.Items.Select(Shouted)]),
        StateNodeKind.Map => StateNode.OfMap([.. node.Entries.Select(
            entry => new StateEntry(entry.Name.ToUpperInvariant(), default, Shouted(entry.Value)))]),
        _ => node,
    };

    private static List<string> Problems(string yaml) => [.. ReadProblems(yaml).Select(problem => $"{problem}")];

    private static List<StateProblem> ReadProblems(string yaml)
    {
        var problems = new List<StateProblem>();
        var root = StateText.Read(yaml, "t", StateFormat.Yaml, problems);
        Assert.Equal([], problems);
        Assert.Equal(StateDocument.Read(root!, problems) is null, problems.Count > 0);
        return problems;
    }
}
