using CsCheck;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Text;

namespace LxcNetworking.Tests;

/// <summary>
/// Random documents that can be applied. What a thing has is always said, so that what a document makes does not depend
/// on what was there before.
/// </summary>
internal static class StateRandom
{
    private static readonly string[] s_names = ["d0", "d1", "b0", "b1", "v0", "v1", "p0", "p1", "m0", "bond0", "vrf0"];
    private static readonly string[] s_places = ["", "web", "db"];

    /// <summary>Documents.</summary>
    public static Gen<StateDocument> Documents { get; } = Gen.Int.Select(seed => Make(new Random(seed)));

    public static StateDocument Make(Random random)
    {
        var lines = new List<string> { "name: lab", "namespaces: [web, db]", "links:" };
        var links = new List<(string Name, string Place, string Kind)>();
        var addresses = new List<(string Link, string Place, int Net)>();
        foreach (var name in s_names.Where(_ => random.Next(3) > 0))
            AddLink(random, name, lines, links, addresses);
        if (links.Count == 0)
            lines.RemoveAt(2);
        AddRoutes(random, lines, addresses);
        lines.Add($"rules: [{{priority: {random.Next(3)}00, from: 10.{random.Next(3)}.0.0/16, table: 7}}]");
        return Read(string.Join('\n', lines));
    }

    private static void AddLink(
        Random random,
        string name,
        List<string> lines,
        List<(string Name, string Place, string Kind)> links,
        List<(string Link, string Place, int Net)> addresses)
    {
        var place = s_places[random.Next(3)];
        string? Some(Func<(string Name, string Place, string Kind), bool> match)
        {
            var all = links.Where(match).ToList();
            return all.Count == 0 ? null : all[random.Next(all.Count)].Name;
        }

        var text = $"kind: {KindOf(name)}, mtu: {1400 + random.Next(2)}";
        if (name[0] == 'v' && name != "vrf0")
        {
            if (links.Find(link => link.Kind is "dummy" or "bridge" or "veth") is not { Name: { } parent } found)
                return;
            place = random.Next(2) == 0 ? found.Place : place;
            text += $", parent: {parent}, parentNamespace: '{found.Place}', vlanId: {random.Next(1, 4)}";
        }
        else if (name[0] == 'm')
        {
            if (links.Find(link => link.Kind == "dummy") is not { Name: { } parent } found)
                return;
            var mode = random.Next(2) == 0 ? "bridge" : "private";
            text += $", parent: {parent}, parentNamespace: '{found.Place}', mode: {mode}";
        }
        else if (name == "vrf0")
        {
            text += ", table: 9";
        }
        else if (name == "bond0")
        {
            text += ", mode: ActiveBackup";
        }

        var isMaster = name is "b0" or "b1" or "bond0" or "vrf0";
        var master = isMaster || name[0] == 'm' || random.Next(2) == 0 ? null
            : Some(link => link.Place == place && link.Kind is "bridge" or "vrf" && link.Place == place);
        text += $", master: {(master is null ? "''" : master)}";
        if (name[0] == 'p')
        {
            var far = s_places[random.Next(3)];
            text += $", peer: {{name: {name}e, namespace: '{far}', mtu: 1400, addresses: ["
                + $"{Addresses(random, $"{name}e", far, addresses)}]}}";
            links.Add(($"{name}e", far, "veth"));
        }

        lines.Add($"- {{name: {name}, namespace: '{place}', {text}, addresses: ["
            + $"{Addresses(random, name, place, addresses)}]}}");
        links.Add((name, place, KindOf(name)));
    }

    private static string KindOf(string name) => name[0] switch
    {
        'd' => "dummy",
        'p' => "veth",
        'm' => "macvlan",
        'b' => name == "bond0" ? "bond" : "bridge",
        _ => name == "vrf0" ? "vrf" : "vlan",
    };

    private static string Addresses(
        Random random, string link, string place, List<(string Link, string Place, int Net)> addresses)
    {
        var result = new List<string>();
        for (var i = random.Next(4); i > 0; i--)
        {
            var net = link.Aggregate(7, (sum, c) => ((sum * 31) + c) % 250);
            result.Add(random.Next(3) == 0 ? $"'fd00:{net}::{i}/64'" : $"10.{net}.{random.Next(2)}.{i}/24");
            if (!result[^1].StartsWith('\''))
                addresses.Add((link, place, net * 256 + result[^1].Split('.')[2][0] - '0'));
        }

        return string.Join(", ", result.Distinct());
    }

    private static void AddRoutes(
        Random random, List<string> lines, List<(string Link, string Place, int Net)> addresses)
    {
        var routes = addresses.Where(_ => random.Next(3) > 0).DistinctBy(address => (address.Net, address.Place))
            .Select(address => $"- {{destinationPrefix: 172.16.{address.Net % 256 + address.Net / 256}.0/24, "
                + $"namespace: '{address.Place}', nextHop: 10.{address.Net / 256}.{address.Net % 256}.250, "
                + (random.Next(2) == 0 ? string.Empty : $"interfaceAlias: {address.Link}, ")
                + $"mtu: {1300 + random.Next(2)}}}").DistinctBy(line => line.Split("nextHop")[0]).ToList();
        if (routes.Count == 0)
            return;
        lines.Add("routes:");
        lines.AddRange(routes);
    }

    private static StateDocument Read(string yaml)
    {
        var problems = new List<StateProblem>();
        var root = StateText.Read(yaml, "random", StateFormat.Yaml, problems);
        var document = root is null ? null : StateDocument.Read(root, problems);
        return document ?? throw new InvalidOperationException($"{string.Join('\n', problems)}\n{yaml}");
    }
}
