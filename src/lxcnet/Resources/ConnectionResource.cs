using System.Text.Json.Nodes;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.State.Text;

namespace LxcNetworking.Program.Resources;

/// <summary>A container's interface, with what it is connected to.</summary>
internal sealed class ConnectionResource() : ThingResource(
    "ContainerConnection",
    "Manages a container's interface: a veth pair into a bridge or a container network, or a link on a parent.",
    "links", "connection", StateSubject.Link)
{
    private const string Container = "container", Interface = "interfaceName", Outer = "hostInterfaceName",
        Bridge = "bridge", Parent = "parent", Network = "network", Address = "ipAddress", Kind = "kind",
        Addresses = "addresses", Containers = "containers", Far = "peer.";

    private static readonly string[] s_inner = ["name", Namespace, Kind, "peer", Addresses, Parent, "parentNamespace"];
    private static readonly string[] s_onParent = ["macvlan", "ipvlan", "vlan"];

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Places { get; } = ["containers[0].connections[0]", "links[0]"];

    /// <inheritdoc/>
    public override JsonObject SchemaOf(JsonObject definitions, JsonObject document)
    {
        var properties = Renamed(definitions["connection"]!["properties"]!.AsObject());
        properties[Container] = DscSchema.Text();
        foreach (var (name, schema) in definitions["anyLink"]!["properties"]!.AsObject())
        {
            if (!s_inner.Contains(name) && name != "gateway" && !properties.ContainsKey(name))
                properties[name] = schema!.DeepClone();
        }

        var result = DscSchema.Object(properties, Keys);
        // What its kind of link has besides is told by the program.
        result.Remove("additionalProperties");
        return result;
    }

    /// <inheritdoc/>
    public override string PropertyOf(DscRequest request, NetStateDifference difference)
    {
        var path = difference.Path.StartsWith(Far, StringComparison.Ordinal) ? difference.Path[Far.Length..]
            : difference.Path;
        var name = base.PropertyOf(request, difference with { Path = path });
        return name switch
        {
            Addresses => Address,
            "gateway" => LinkResource.Gateway,
            "peer" => Outer,
            "master" or Bridge => request.Instance.Says(Network) ? Network : Bridge,
            _ => name,
        };
    }

    /// <inheritdoc/>
    protected override StateNode? RootOf(
        DscInstance instance,
        List<StateEntry> entries,
        Func<IReadOnlyList<StateItem>> networks,
        ICollection<StateProblem> problems)
    {
        var container = entries.First(entry => Is(entry, Container));
        entries.Remove(container);
        var place = instance.Root.Place;
        if (!instance.Exists)
        {
            // Whatever it is connected to, it goes with its end in the container.
            List<StateEntry> link =
            [
                .. entries.Select(entry => Is(entry, Interface) ? entry with { Name = "name" } : entry),
                container with { Name = Namespace },
            ];
            return Root("links", StateNode.OfMap(link, place));
        }

        List<StateEntry> root = [new(Containers, default, StateNode.OfList([StateNode.OfMap(
            [
                container with { Name = "name" },
                new("connections", default, StateNode.OfList([StateNode.OfMap(entries, place)])),
            ],
            place)]))];
        // Its gateway and the length of its addresses are the network's.
        if (instance.Says(Network))
            root.InsertRange(0, DocumentWriter.Write(null, [.. networks()], []).Entries);
        return StateNode.OfMap(root);
    }

    /// <inheritdoc/>
    protected override bool IsMeant(StateItem item)
        => item.Key.Subject is not (StateSubject.Network or StateSubject.Forwarding);

    /// <inheritdoc/>
    protected override bool IsExported(StateItem item, IReadOnlyDictionary<StateKey, StateItem> there)
        => item.Key is { Subject: StateSubject.Link, Namespace.Length: > 0 } && (item.Text(Kind) == "veth"
            ? OtherEnd(item, there)?.Text("master") is { Length: > 0 }
            : s_onParent.Contains(item.Text(Kind)) && item.Text("parentNamespace") is { Length: 0 }
                && item.Text(Parent) is { Length: > 0 });

    /// <inheritdoc/>
    protected override List<StateEntry> EntriesOf(
        StateItem main, IReadOnlyList<StateItem> said, IReadOnlyDictionary<StateKey, StateItem> there)
    {
        var written = Written(LinkResource.PartsOfLink(main.Key, there), said, there);
        var outer = OtherEnd(main, there);
        List<StateEntry> entries = [];
        Add(Container, main.Key.Namespace);
        Add(Interface, main.Key.Name);
        Add(Kind, main.Text(Kind));
        Add(Bridge, outer?.Text("master"));
        Add(Outer, outer?.Key.Name);
        Add(Parent, main.Text(Parent));
        List<StateNode> addresses = [.. written.Where(entry => entry.Name == Addresses)
            .SelectMany(entry => entry.Value.Items)
            .Select(node => DocumentObject.Whole(node, Address).Entries.First(entry => entry.Name == Address).Value)];
        if (addresses.Count > 0)
            entries.Add(new(Address, default, StateNode.OfList(addresses)));
        List<StateNode> gateways
            = [.. LinkResource.GatewaysOf(main.Key, there).Select(text => StateNode.OfText(text))];
        if (gateways.Count > 0)
            entries.Add(new(LinkResource.Gateway, default, StateNode.OfList(gateways)));
        entries.AddRange(written.Where(entry => !s_inner.Contains(entry.Name)));
        return entries;

        void Add(string name, string? text)
        {
            if (text is { Length: > 0 })
                entries.Add(new(name, default, StateNode.OfText(text)));
        }
    }

    /// <inheritdoc/>
    protected override string PartOf(string word) => word switch
    {
        "address" or "lease" => Address,
        "route" => LinkResource.Gateway,
        _ => DscNames.Exist,
    };

    private static StateItem? OtherEnd(StateItem main, IReadOnlyDictionary<StateKey, StateItem> there)
        => StateNeeds.PeerOf(main) is { } peer ? there.GetValueOrDefault(peer) : null;

    private static bool Is(StateEntry entry, string name)
        => entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase);
}
