using System.Runtime.CompilerServices;
using Json.Schema;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Text;

namespace LxcNetworking.Tests;

/// <summary>The schema of documents that editors have.</summary>
[Trait("Kernel", "none")]
public class StateSchemaTests
{
    private static readonly Lazy<JsonSchema> s_schema = new(() => JsonSchema.FromText(StateSchema.Write()));

    /// <summary>Mistakes that an editor shows.</summary>
    public static TheoryData<string> Mistakes =>
    [
        "nmae: a", "name: ../a", "links: [d0]", "links: [{kind: dummy}]", "links: [{name: a, kind: dumy}]",
        "links: [{name: a, mtu: big}]", "links: [{name: a, kind: bridge, vlanId: 4}]", "links: [{name: a, vlanId: 4}]",
        "links: [{name: a, kind: dummy, peer: b}]", "links: [{name: a, kind: veth, peer: {name: b, peer: c}}]",
        "links: [{name: a, kind: veth, peer: {}}]", "links: [{name: a, kind: macvlan, mode: Bride}]",
        "links: [{name: a, bridgePort: {cots: 4}}]", "links: [{name: a, state: gone}]",
        "links: [{name: a, addresses: [{label: b}]}]", "routes: [{nextHop: 10.0.0.1}]",
        "routes: [{destinationPrefix: 10.0.0.0/8, nextHops: [{weight: 0}]}]", "rules: [{from: 10.0.0.0/8}]",
        "links: [{name: a, kind: vxlan, vni: big}]", "namespaces: [{state: absent}]",
        "segments: [{name: b0}]", "segments: [{bridge: b0, encapsulation: ipip}]",
    ];

    [Fact]
    public void The_file_is_what_is_made_of_the_tables()
    {
        var file = Path.Combine(Path.GetDirectoryName(ThisFile())!, "..", "..", "Module", "netstate.schema.json");
        if (Environment.GetEnvironmentVariable("LXCNETWORKING_WRITE_SCHEMA") is not null)
            File.WriteAllText(file, StateSchema.Write());
        Assert.True(
            File.ReadAllText(file) == StateSchema.Write(),
            "Module/netstate.schema.json is written anew by this test with LXCNETWORKING_WRITE_SCHEMA=1.");
    }

    [Fact]
    public void It_accepts_what_documents_say()
    {
        Accepts("""
            $schema: ./netstate.schema.json
            name: lab
            namespaces: [web, {name: old, state: Absent}]
            links:
            - {name: b0, kind: bridge, forwardDelay: 4s, alternativeName: uplink, mtu: 1400, group: 7}
            - name: p0
              kind: veth
              bridge: b0
              bridgePort: {cost: 7, learning: false}
              peer: {name: eth0, namespace: web, mtu: 1400, addresses: 10.0.3.2/24, gateway: [10.0.3.1, "fd00::1"]}
            - {name: p1, kind: veth, peer: p2}
            - {name: m0, kind: macvlan, parent: b0, mode: bridge}
            - {name: v0, kind: vlan, parent: d0, vlanId: 7, addresses: [{ipAddress: 10.7.0.1/24, skipAsSource: true}]}
            - {name: t0, kind: vxlan, vni: 7, local: 10.0.3.9}
            - {name: em1, kind: physical, mtu: 1400}
            - {name: x0, state: ignored}
            neighbors: [{interfaceAlias: b0, ipAddress: 10.0.3.7, linkLayerAddress: "02:00:00:00:00:07"}]
            routes:
            - {destinationPrefix: 10.4.0.0/16, nextHop: 10.0.3.10, routeMetric: 7, table: 100}
            - {destinationPrefix: 10.5.0.0/16, nextHops: [{nextHop: 10.0.3.10}, {interfaceAlias: b0, weight: 3}]}
            rules: {priority: 10, from: "fd00::/8", table: 7}
            segments: {bridge: b0, encapsulation: VXLAN, local: 10.0.3.9, remote: [10.0.3.10], key: 7, mtu: 1400}
            """);
        foreach (var seed in Enumerable.Range(0, 20))
            Accepts(StateText.Write(StateRandom.Make(new Random(seed)).ToNode(), StateFormat.Yaml));
    }

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void It_refuses_what_documents_cannot_say(string yaml)
    {
        var problems = new List<StateProblem>();
        var root = StateText.Read(yaml, "t", StateFormat.Yaml, problems)!;
        Assert.False(s_schema.Value.Evaluate(root.ToJson()).IsValid);
        Assert.Null(StateDocument.Read(root, problems));
    }

    private static void Accepts(string yaml)
    {
        var problems = new List<StateProblem>();
        var root = StateText.Read(yaml, "t", StateFormat.Yaml, problems)!;
        Assert.NotNull(StateDocument.Read(root, problems));
        var result = s_schema.Value.Evaluate(root.ToJson(), new EvaluationOptions { OutputFormat = OutputFormat.List });
        Assert.True(
            result.IsValid,
            string.Join('\n', (result.Details ?? []).Where(detail => detail.Errors is { Count: > 0 })
                .Select(detail => $"{detail.InstanceLocation} {string.Join(", ", detail.Errors!.Values)}")) + yaml);
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
