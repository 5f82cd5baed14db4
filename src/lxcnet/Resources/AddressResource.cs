using System.Text.Json.Nodes;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Text;
using LxcNetworking.Values;

namespace LxcNetworking.Program.Resources;

/// <summary>An address of a link.</summary>
internal sealed class AddressResource() : ThingResource(
    "Address", "Manages an IP address of a link, and the default gateway that goes with it.",
    "links", "address", StateSubject.Address)
{
    private const string Address = "ipAddress", Addresses = "addresses";

    /// <inheritdoc/>
    protected override IReadOnlyList<string> Places { get; } = ["links[0].addresses[0]", "links[0]"];

    /// <inheritdoc/>
    public override JsonObject SchemaOf(JsonObject definitions, JsonObject document)
    {
        var schema = base.SchemaOf(definitions, document);
        var properties = schema["properties"]!.AsObject();
        properties[LinkResource.Alias] = DscSchema.Text();
        properties[Namespace] = DscSchema.Text();
        properties[LinkResource.Gateway] = DscSchema.Text();
        properties[Families.Property] = Families.Schema();
        return schema;
    }

    /// <inheritdoc/>
    protected override StateNode? RootOf(
        DscInstance instance,
        List<StateEntry> entries,
        Func<IReadOnlyList<StateItem>> networks,
        ICollection<StateProblem> problems)
    {
        List<StateEntry> link = [];
        Move(LinkResource.Alias, "name");
        Move(Namespace, Namespace);
        Move("gateway", "gateway");
        Families.Take(entries, Address, problems);
        link.Add(new StateEntry(Addresses, default, StateNode.OfList([StateNode.OfMap(entries, instance.Root.Place)])));
        return Root("links", StateNode.OfMap(link, instance.Root.Place));

        void Move(string theirs, string ours)
        {
            var at = entries.FindIndex(entry => entry.Name.Equals(theirs, StringComparison.OrdinalIgnoreCase));
            if (at < 0)
                return;
            link.Add(entries[at] with { Name = ours });
            entries.RemoveAt(at);
        }
    }

    // The link is somebody else's.
    /// <inheritdoc/>
    protected override bool IsMeant(StateItem item) => item.Key.Subject != StateSubject.Link;

    /// <inheritdoc/>
    protected override List<StateEntry> EntriesOf(
        StateItem main, IReadOnlyList<StateItem> said, IReadOnlyDictionary<StateKey, StateItem> there)
    {
        var name = AddressName.Parse(main.Key.Name);
        var family = IP.FamilyOf(name.Prefix.Address);
        List<StateEntry> entries = [new(LinkResource.Alias, default, StateNode.OfText(name.Link))];
        if (main.Key.Namespace.Length > 0)
            entries.Add(new(Namespace, default, StateNode.OfText(main.Key.Namespace)));
        entries.Add(Families.Entry(family));
        var written = Written([main.Key], said, there).First(entry => entry.Name == Addresses).Value.Items[0];
        entries.AddRange(DocumentObject.Whole(written, Address).Entries);
        foreach (var gateway in LinkResource.GatewaysOf(AddressName.LinkOf(main.Key), there)
            .Where(gateway => IP.FamilyOf(IPAddress.Parse(gateway)) == family))
            entries.Add(new(LinkResource.Gateway, default, StateNode.OfText(gateway)));
        return entries;
    }

    /// <inheritdoc/>
    protected override string PartOf(string word) => word == "route" ? LinkResource.Gateway : DscNames.Exist;
}
