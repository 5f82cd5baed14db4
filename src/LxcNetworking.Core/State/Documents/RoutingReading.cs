using LxcNetworking.Addressing;
using LxcNetworking.State.Text;
using LxcNetworking.Values;

namespace LxcNetworking.State.Documents;

/// <summary>Reads neighbour entries, routes and rules.</summary>
internal sealed class RoutingReading(DocumentReader document, ICollection<StateProblem> problems)
{
    private static readonly string[] s_ofRoute =
        ["destinationPrefix", "routeMetric", "table", "typeOfService", "sourcePrefix", "namespace", "state"];

    private static readonly string[] s_ofNeighbor = ["interfaceAlias", "ipAddress", "namespace", "state"];

    private const string Family = "addressFamily";
    private static readonly string[] s_ofRule = [Family, "namespace", "state"];

    /// <summary>Reads one neighbour entry.</summary>
    public void ReadNeighbor(StateNode node, string path)
    {
        var of = new DocumentObject(node, path, problems);
        if (!of.IsObject)
            return;
        var inNamespace = DocumentReader.TakeNamespace(of);
        var link = DocumentReader.TakeLinkName(of, "interfaceAlias");
        var address = Required(of, "ipAddress", IPAddress.Parse);
        var presence = of.TakePresence();
        var item = new StateItem(new NeighborName(link, address ?? IPAddress.IPv6Any).In(inNamespace))
        {
            Path = path,
            Place = node.Place,
            Presence = presence,
        };
        of.TakeValues(StateTables.Neighbor.Properties, item.Values);
        of.End("a neighbor", Names(StateTables.Neighbor.Properties).Concat(s_ofNeighbor));
        if (link.Length > 0 && address is not null)
            document.Add(item);
    }

    /// <summary>Reads one route.</summary>
    public void ReadRoute(StateNode node, string path)
    {
        var of = new DocumentObject(node, path, problems);
        if (!of.IsObject)
            return;
        var inNamespace = DocumentReader.TakeNamespace(of);
        var destination = Required(of, "destinationPrefix", IPPrefix.Parse);
        if (destination is not null && !destination.Network.Address.Equals(destination.Address))
            of.Problem($"{destination} is no network; {destination.Network} is");
        var name = new RouteName(
            destination ?? IPPrefix.Parse("::/0"),
            of.TakeNumber("routeMetric", 0, uint.MaxValue),
            of.TakeValue("table", text => new RouteTable(text)),
            (int?)of.TakeNumber("typeOfService", 0, byte.MaxValue),
            of.TakeValue("sourcePrefix", IPPrefix.Parse));
        var item = new StateItem(name.In(inNamespace))
        {
            Path = path,
            Place = node.Place,
            Presence = of.TakePresence(),
        };
        of.TakeValues(StateTables.RouteProperties, item.Values);
        of.End("a route", Names(StateTables.RouteProperties).Concat(s_ofRoute));
        if (destination is not null)
            document.Add(item);
    }

    /// <summary>Reads one rule. All that is said of it tells it from others.</summary>
    public void ReadRule(StateNode node, string path)
    {
        var of = new DocumentObject(node, path, problems);
        if (!of.IsObject)
            return;
        var inNamespace = DocumentReader.TakeNamespace(of);
        var presence = of.TakePresence();
        var said = of.TakeText(Family);
        var values = new SortedDictionary<string, string>(StringComparer.Ordinal);
        of.TakeValues(StateTables.Rule.Properties, values);
        of.End("a rule", Names(StateTables.Rule.Properties).Concat(s_ofRule));
        if (!values.ContainsKey("priority"))
            of.Problem("has no 'priority', without which the kernel would make one more each time");
        if (RuleName.FamilyOf(said, values) is not { } family)
        {
            of.Problem("'addressFamily' is to be IPv4 or IPv6, as its addresses are");
            return;
        }

        var name = RuleName.Of(family, values);
        document.Add(new StateItem(new(StateSubject.Rule, inNamespace, name))
        {
            Path = path,
            Place = node.Place,
            Presence = presence,
            Values = values,
        });
    }

    /// <summary>Reads that a namespace forwards packets of a family.</summary>
    public void ReadForwarding(StateNode node, string path)
    {
        var of = new DocumentObject(DocumentObject.Whole(node, Family), path, problems);
        if (!of.IsObject)
            return;
        var inNamespace = DocumentReader.TakeNamespace(of);
        var presence = of.TakePresence();
        var said = of.TakeText(Family);
        of.End("forwarding", s_ofRule);
        if (RuleName.FamilyOf(said, new SortedDictionary<string, string>(StringComparer.Ordinal)) is not { } family
            || said is null)
        {
            of.Problem($"'{Family}' is to be IPv4 or IPv6");
            return;
        }

        document.Add(new StateItem(new(StateSubject.Forwarding, inNamespace, family.ToString()))
        {
            Path = path,
            Place = node.Place,
            Presence = presence,
        });
    }

    private static T? Required<T>(DocumentObject of, string name, Func<string, T> parse)
        where T : class
    {
        if (!of.Node.Entries.Any(entry => entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase)))
            of.Problem($"has no '{name}'");
        return of.TakeValue(name, parse);
    }

    private static IEnumerable<string> Names(IEnumerable<StateProperty> properties)
        => properties.Select(property => property.Name);
}
