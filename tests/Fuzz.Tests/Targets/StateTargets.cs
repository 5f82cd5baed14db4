using System.Text;
using LxcNetworking.State.Text;
using Netlink.Tests.Support;

namespace LxcNetworking.Fuzz;

/// <summary>Documents of a network's declared state, as texts.</summary>
internal static class StateTargets
{
    private const string Yaml = """
        %YAML 1.2
        --- # of a lab
        name: dmz
        namespaces: [web, 'db', "dmz\tm\u00fc\x20"]
        links: &links
          - {name: lxcbr0, kind: bridge, addresses: [10.0.3.1/24]}
          - name: em1.211
            vlanId: 211
            up: true
            alias: >-
              two
              lines
            note: |
              and
              two more
          - ? name
            : !!str 0x1f
            state: ~
        again: *links
        routes: []
        nat: {}
        ...

        """;

    private const string Json = """
        {"name": "dmz", /* of a lab */ "links": [{"name": "lxcbr0", "addresses": ["10.0.3.1/24"], "mtu": 1500},
         {"name": "em1.211", "vlanId": 211, "up": true, "note": "\u00fc\n", "state": null, "big": 1.5e3},], "nat": {}}
        """;

    public static IEnumerable<Target> All =>
    [
        Of("documents in YAML", [Yaml, "a: &a [x, y]\nb: [*a, *a]\n", "", "- 1\n-\n- - 2\n"], StateFormat.Yaml),
        Of("documents in JSON", [Json, "[]", "1"], StateFormat.Json),
    ];

    private static Target Of(string name, IReadOnlyList<string> corpus, StateFormat format) => new(
        name, [.. corpus.Select(Encoding.UTF8.GetBytes)],
        (random, items) => random.OneIn(5) ? random.Spoil(random.Of(items))
            : Encoding.UTF8.GetBytes(
                format == StateFormat.Json ? random.Json([.. items.Select(Encoding.UTF8.GetString)])
                    : random.Text([.. items.Select(Encoding.UTF8.GetString)])),
        content => Read(Encoding.UTF8.GetString(content), format))
    {
        Show = bytes => Probe.Escaped(Encoding.UTF8.GetString(bytes)),
    };

    private static void Read(string text, StateFormat format)
    {
        var problems = new List<StateProblem>();
        var root = StateText.Read(text, "/etc/dmz", format, problems);
        foreach (var problem in problems)
        {
            Shown.Look(problem.ToString());
            WrongResultException.ThrowUnless(problem.ToString().Length < 2_500, "A message is too long.");
        }

        WrongResultException.ThrowUnless(
            root is not null || problems.Count > 0, "There is neither a result nor a mistake.");
        if (root is null || problems.Count > 0)
            return;
        foreach (var other in new[] { StateFormat.Yaml, StateFormat.Json })
        {
            var again = StateText.Read(StateText.Write(root, other), null, other, problems);
            WrongResultException.ThrowUnless(root.Equals(again), "What was written is read as something else.");
        }
    }
}
