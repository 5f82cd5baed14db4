using System.Globalization;
using System.Text.Json;
using LxcNetworking.Declarations;
using LxcNetworking.State;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Text;
using LxcNetworking.Values;

namespace LxcNetworking.Tests;

/// <summary>
/// A random topology that documents make, of every kind and with values of every declared property. Each link is added
/// to the document in turn, and what is refused is left out again, after which all is to be as it was.
/// </summary>
internal sealed class DocumentTopology(Random random)
{
    private static readonly string[] s_notRandom =
    [
        "kind", "parent", "parentNamespace", "peer", "peerNamespace", "master", "privateKeyFile", "addressFamily",
        "priority", "vrf", "goTo", "device", "local", "remote",
    ];

    private readonly Dictionary<string, List<string>> _sections = new()
    {
        ["links"] = [],
        ["neighbors"] = [],
        ["routes"] = [],
        ["rules"] = [],
    };

    private readonly List<(string Name, string Place, string Kind)> _links = [];
    private int _count;

    /// <summary>What went wrong on the way.</summary>
    public List<string> Faults { get; } = [];

    /// <summary>What was refused, and why.</summary>
    public List<string> Refusals { get; } = [];

    /// <summary>Makes one.</summary>
    public void Make()
    {
        IpPicture.NameHome();
        Stacks.Pool.Get().State.Set(StateTests.Read(Text()));
        for (var i = random.Next(6, 14); i > 0; i--)
            AddLink();
        for (var i = random.Next(8); i > 0; i--)
            Add("routes", Route());
        for (var i = random.Next(4); i > 0; i--)
            Add("neighbors", Neighbor());
        for (var i = random.Next(4); i > 0; i--)
            Add("rules", Rule());
    }

    private void AddLink()
    {
        string[] kinds = ["veth", "veth", "bridge", "dummy", .. IpWords.Kinds.Keys];
        var kind = kinds[random.Next(kinds.Length)];
        var name = random.Next(4) == 0 ? $"e{random.Next(3)}" : $"{kind[..Math.Min(kind.Length, 6)]}{_count++}";
        var place = Place();
        var text = $"name: {name}, namespace: '{place}', kind: {kind}";
        if (IpWords.OnParent.Contains(kind))
        {
            if (_links.Count == 0)
                return;
            var parent = _links[random.Next(_links.Count)];
            // The kernel does not tell that an ipvtap link's parent is in another namespace (get_link_net).
            if (kind == "ipvtap" && parent.Place != place)
                return;
            text += $", parent: {parent.Name}, parentNamespace: '{parent.Place}'";
        }
        else if (random.Next(6) == 0 && kind != "veth")
        {
            // A tunnel's packets go by another namespace.
            text += $", parentNamespace: '{Place()}'";
        }

        text += Required(kind) + End(kind, name, place);
        if (kind == "veth")
        {
            var far = Place();
            text += $", peer: {{name: p{_count}, namespace: '{far}'{End(kind, $"p{_count}", far)}}}";
            if (Add("links", $"{{{text}}}"))
                _links.AddRange([(name, place, kind), ($"p{_count}", far, kind)]);
            _count++;
        }
        else if (Add("links", $"{{{text}}}"))
        {
            _links.Add((name, place, kind));
        }
    }

    private string Place() => random.Next(3) == 0 ? string.Empty : IpTopology.Places[random.Next(1, 4)];

    private string Required(string kind) => kind switch
    {
        "vlan" => $", vlanId: {random.Next(1, 4095)}",
        "vxlan" => $", vni: {random.Next(1, 9999)}",
        "geneve" => $", vni: {random.Next(1, 9999)}, remote: 192.0.2.{random.Next(1, 255)}",
        "vrf" => $", table: {random.Next(1000, 1010)}",
        "xfrm" => $", interfaceId: {random.Next(1, 999)}",
        "gretap" or "ipip" or "erspan" => $", remote: 192.0.2.{random.Next(1, 255)}",
        "ip6gre" or "ip6gretap" or "ip6tnl" or "vti6"
            => $", local: '2001:db8::1', remote: '2001:db8::{random.Next(9)}'",
        "vti" or "sit" or "gre" => $", remote: 192.0.2.{random.Next(1, 255)}",
        _ => string.Empty,
    };

    // What one end has: settings, a master, addresses.
    private string End(string kind, string name, string place)
    {
        var tables = StateTables.OfLink(kind);
        var text = Some(tables.Kind?.Properties ?? [], 5) + Some(tables.Entry.Properties, 12)
            + Some(tables.Common.Properties, 20);
        var masters = _links.Where(
            link => link.Place == place && link.Kind is "bridge" or "bond" or "vrf" && link.Place == place).ToList();
        if (masters.Count > 0 && random.Next(2) == 0 && masters[random.Next(masters.Count)] is var master)
        {
            text += $", master: {master.Name}";
            if (master.Kind == "bridge" && random.Next(2) == 0)
                text += $", bridgePort: {{{Some(tables.Port.Properties, 8).TrimStart(',')}}}";
        }

        var net = _count;
        var addresses = Enumerable.Range(0, random.Next(4)).Select(i =>
        {
            var isIPv4 = random.Next(2) == 0;
            var address = isIPv4 ? $"10.{net}.{random.Next(2)}.{random.Next(1, 255)}/{random.Next(20, 33)}"
                : $"fd00:{net}::{random.Next(1, 999)}/{random.Next(48, 129)}";
            return $"{{ipAddress: '{address}'{Some(StateTables.Address.Properties, 12)}}}";
        });
        return $"{text}, addresses: [{string.Join(", ", addresses)}]";
    }

    private string Route()
    {
        var (name, place, _) = Somewhere();
        var isIPv4 = random.Next(2) == 0;
        var net = random.Next(256);
        var gateway = isIPv4 ? $"10.9.9.{random.Next(1, 255)}" : $"fd00:9::{random.Next(1, 255)}";
        var link = $"interfaceAlias: '{name}'";
        var way = link + (random.Next(2) == 0 ? $", nextHop: '{gateway}', onLink: true" : string.Empty);
        var hops = random.Next(6) == 0 ? $"nextHops: [{{{way}, weight: {random.Next(1, 257)}}}, {{{link}}}]" : way;
        var own = StateTables.Route.Properties.Where(item => item.Name == "scope" && isIPv4);
        // What the kernel or a router makes is no document's.
        var protocol = random.Next(2) == 0 ? $", protocol: {random.Next(20, 256)}" : string.Empty;
        return $"{{destinationPrefix: '{(isIPv4 ? $"172.16.{net}.0/24" : $"2001:db8:{net:x}::/48")}', "
            + $"namespace: '{place}', {hops}{protocol}{Some(own, 4)}{Some(StateTables.RouteSettings.Properties, 15)}}}";
    }

    private (string Name, string Place, string Kind) Somewhere()
        => _links.Count == 0 ? ("lo", string.Empty, string.Empty) : _links[random.Next(_links.Count)];

    private string Neighbor()
    {
        var (name, place, _) = Somewhere();
        var address = random.Next(2) == 0 ? $"10.77.0.{random.Next(1, 255)}" : $"fd77::{random.Next(1, 255)}";
        return $"{{interfaceAlias: '{name}', namespace: '{place}', ipAddress: '{address}', "
            + $"linkLayerAddress: '{IpWords.Fill(random, "{mac}", _ => null)}'"
            + $"{Some(StateTables.Neighbor.Properties.Where(item => item.Name != "linkLayerAddress"), 3)}}}";
    }

    private string Rule() => $"{{namespace: '{Place()}', priority: {random.Next(1, 9)}00, "
        + $"addressFamily: IPv{(random.Next(2) == 0 ? 4 : 6)}, table: 7"
        + $"{Some(StateTables.Rule.Properties.Where(item => item.Name is not ("table" or "from" or "to")), 8)}}}";

    private bool Add(string section, string entry)
    {
        var list = _sections[section];
        var before = StateTopologyTests.Export();
        list.Add(entry);
        try
        {
            var problems = new List<StateProblem>();
            var root = StateText.Read(Text(), "random", StateFormat.Yaml, problems);
            var document = root is null ? null : StateDocument.Read(root, problems);
            if (document is not null)
            {
                Stacks.Pool.Get().State.Set(document);
                return true;
            }

            Refusals.Add($"{entry}: {problems[0]}");
        }
        catch (NetworkException refusal)
        {
            Refusals.Add($"{entry}: {refusal.Message}");
            Faults.AddRange(refusal.NotRolledBack.Select(left => $"{entry}: {refusal.Message}: {left}"));
            StateTopologyTests.Compare(
                $"after the refusal of {entry} ({refusal.Message})", before, StateTopologyTests.Export(), Faults);
        }
        catch (Exception e) when (e is not NetworkException)
        {
            Faults.Add($"{entry}: {e}");
        }

        list.RemoveAt(list.Count - 1);
        return false;
    }

    private string Text() => "name: lab\nnamespaces: [n1, n2, n3]\n" + string.Concat(
        _sections.Where(section => section.Value.Count > 0)
            .Select(section => $"{section.Key}:\n{string.Concat(section.Value.Select(entry => $"- {entry}\n"))}"));

    private string Some(IEnumerable<StateProperty> properties, int one) => string.Concat(
        properties.Where(property => !s_notRandom.Contains(property.Name) && property.Access != Access.ReadOnly)
            .Where(_ => random.Next(one) == 0)
            .Select(property => (property.Name[(property.Name.LastIndexOf('.') + 1)..], ValueOf(property)))
            .Where(pair => pair.Item2 is not null).Select(pair => $", {pair.Item1}: {pair.Item2}"));

    // A value that fits the property's schema, and that the property takes.
    private string? ValueOf(StateProperty property)
    {
        var schema = StateValue.Read(StateValue.Write(writer =>
        {
            writer.WriteStartObject();
            property.WriteSchema(writer);
            writer.WriteEndObject();
        }));
        for (var attempt = 0; attempt < 12; attempt++)
        {
            var json = Json(schema);
            try
            {
                return property.Canonical(StateValue.Read(json));
            }
            catch (FormatException)
            {
                // Another text may fit.
            }
        }

        return null;
    }

    private string Json(JsonElement schema)
    {
        if (schema.TryGetProperty("anyOf", out var any))
            return Json(any[random.Next(any.GetArrayLength())]);
        if (schema.TryGetProperty("enum", out var names))
            return names[random.Next(names.GetArrayLength())].GetRawText();
        var type = schema.GetProperty("type");
        if (type.ValueKind == JsonValueKind.Array)
            type = type[random.Next(type.GetArrayLength())];
        return type.GetString() switch
        {
            "boolean" => random.Next(2) == 0 ? "true" : "false",
            "integer" => Number(schema),
            "array" => $"[{string.Join(
                ',', Enumerable.Range(0, random.Next(3)).Select(_ => Json(schema.GetProperty("items"))))}]",
            "object" => "{}",
            _ => StateValue.Of(Word()),
        };
    }

    private string Number(JsonElement schema)
    {
        var least = schema.TryGetProperty("minimum", out var minimum) ? minimum.GetInt64() : 0;
        var most = schema.TryGetProperty("maximum", out var maximum) ? maximum.GetInt64() : 2000;
        var number = random.Next(6) switch
        {
            0 => least,
            1 => most,
            2 => random.NextInt64(least, most == long.MaxValue ? most : most + 1),
            _ => random.NextInt64(least, Math.Min(most, least + 2000) + 1),
        };
        return number.ToString(CultureInfo.InvariantCulture);
    }

    private string Word()
    {
        var links = _links.Select(link => link.Name).DefaultIfEmpty("lo").ToList();
        return random.Next(6) switch
        {
            0 => IpWords.Fill(random, "{a4}", _ => null)!,
            1 => IpWords.Fill(random, "{a6}", _ => null)!,
            2 => IpWords.Fill(random, "{mac}", _ => null)!,
            3 => links[random.Next(links.Count)],
            4 => $"00:00:0{random.Next(10)}",
            _ => $"w{random.Next(100)}",
        };
    }
}
