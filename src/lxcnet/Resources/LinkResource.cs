using System.Text.Json.Nodes;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.State.Text;
using LxcNetworking.Values;

namespace LxcNetworking.Program.Resources;

/// <summary>A link with its addresses and gateways.</summary>
internal sealed class LinkResource() : ThingResource(
    Link, "Manages a link of whatever kind, with its addresses, default gateways and the other end of a pair.",
    "links", "link", StateSubject.Link)
{
    /// <summary>The resource's name.</summary>
    public const string Link = "Link";

    /// <summary>What the users of NetworkingDsc call a default gateway.</summary>
    public const string Gateway = "defaultGatewayAddress";

    /// <summary>What they call a link's name.</summary>
    public const string Alias = "interfaceAlias";

    private const string Addresses = "addresses";

    /// <summary>The names.</summary>
    public static IReadOnlyList<(string Theirs, string Ours)> LinkNames { get; }
        = [(Alias, "name"), (Gateway, "gateway")];

    /// <inheritdoc/>
    public override JsonObject SchemaOf(JsonObject definitions, JsonObject document)
    {
        var link = definitions["link"]!.AsObject();
        var properties = Renamed(definitions["anyLink"]!["properties"]!.AsObject());
        properties["kind"] = link["properties"]!["kind"]!.DeepClone();
        var schema = DscSchema.Object(properties, Keys);
        // What the kinds have of their own stands beside it.
        schema.Remove("additionalProperties");
        schema["allOf"] = link["allOf"]!.DeepClone();
        schema["unevaluatedProperties"] = false;
        return schema;
    }

    /// <summary>The default gateways over a link.</summary>
    public static IEnumerable<string> GatewaysOf(StateKey link, IReadOnlyDictionary<StateKey, StateItem> there)
        => new[] { IPFamily.IPv4, IPFamily.IPv6 }
            .Select(family => there.GetValueOrDefault(
                new RouteName(new IPPrefix(IP.Any(family), 0)).In(link.Namespace)))
            .Where(route => route?.Text("interfaceAlias") == link.Name)
            .Select(route => route!.Text("nextHop")).OfType<string>();

    /// <summary>The addresses of a link, and what else is part of it.</summary>
    public static IEnumerable<StateKey> PartsOfLink(StateKey link, IReadOnlyDictionary<StateKey, StateItem> there)
        => there.Values.Where(item => DocumentWriter.LinkOfPart(item.Key) == link && !item.IsTransient)
            .Select(item => item.Key).Prepend(link);

    /// <inheritdoc/>
    protected override List<StateEntry> EntriesOf(
        StateItem main, IReadOnlyList<StateItem> said, IReadOnlyDictionary<StateKey, StateItem> there)
    {
        var entries = base.EntriesOf(main, said, there);
        if (GatewaysOf(main.Key, there).ToList() is { Count: > 0 } gateways)
        {
            entries.Add(new StateEntry(
                Gateway, default, StateNode.OfList([.. gateways.Select(text => StateNode.OfText(text))])));
        }

        return entries;
    }

    /// <inheritdoc/>
    protected override IEnumerable<StateKey> PartsOf(StateItem main, IReadOnlyDictionary<StateKey, StateItem> there)
    {
        var parts = PartsOfLink(main.Key, there);
        return StateNeeds.PeerOf(main) is { } peer && there.ContainsKey(peer)
            ? parts.Concat(PartsOfLink(peer, there)) : parts;
    }

    /// <inheritdoc/>
    protected override string PartOf(string word) => word switch
    {
        "address" or "lease" => Addresses,
        "route" => Gateway,
        "peer" => WireGuardReading.Peers,
        _ => DscNames.Exist,
    };
}
