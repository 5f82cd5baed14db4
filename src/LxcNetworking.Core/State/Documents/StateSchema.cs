using System.Text.Json;
using LxcNetworking.Links;
using LxcNetworking.Values;

namespace LxcNetworking.State.Documents;

/// <summary>The JSON schema of documents, for editors; it is made from the same tables as documents are read
/// by.</summary>
internal static class StateSchema
{
    private const string Description =
        "What a network is to be. Names of properties are written here in the one way that a "
        + "schema can have; documents may write them in whatever case. A value that is left out is left as it is.";

    private const string Name = "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$";

    private static readonly string[] s_sections = ["link", "neighbor", "route", "rule"];
    private static readonly string[] s_families = ["IPv4", "IPv6"];
    private static readonly string[] s_presences = ["present", "absent", "ignored"];
    private static readonly string[] s_withoutKind = ["physical", "loopback"];

    // What the tables have, and a document says otherwise.
    private static readonly string[] s_ofPair = ["kind", "peer", "peerNamespace"];

    /// <summary>Writes the schema.</summary>
    public static string Write() => StateValue.WriteIndented(writer => new SchemaWriter(writer).Object(of =>
    {
        of.Text("$schema", "https://json-schema.org/draft/2020-12/schema");
        of.Text("$id", "urn:lxcnetworking:netstate");
        of.Text("title", "The declared state of a network");
        of.Text("description", Description);
        of.Closed("object", "additionalProperties");
        of.Map("properties", sections =>
        {
            sections.Map("$schema", SchemaWriter.String);
            sections.Map("name", name => name.Texts(("type", "string"), ("pattern", Name)));
            sections.OneOrMore("namespaces", one => one.Reference("namespace"));
            foreach (var section in s_sections)
                sections.OneOrMore(section + "s", one => one.Reference(section));
            sections.OneOrMore("forwarding", one => one.Reference("forwarding"));
            foreach (var section in StateSections.All)
                sections.OneOrMore(section.Name, one => one.Reference(section.Name));
            sections.OneOrMore("containers", one => one.Reference("container"));
            sections.OneOrMore("checks", one => one.Reference("check"));
        });
        of.Map("$defs", Definitions);
    }));

    private static void Definitions(SchemaWriter of)
    {
        of.Map("state", state => state.Choice(s_presences));
        of.Map("namespace", space => space.Any(
            SchemaWriter.String,
            one => Thing(one, ["name"], [("name", SchemaWriter.String), ("state", State)])));
        of.Map("address", address => address.Any(
            SchemaWriter.String,
            one => Thing(
                one,
                ["ipAddress"],
                [
                    ("ipAddress", SchemaWriter.String), ("peerAddress", SchemaWriter.String), ("state", State),
                    .. Values(StateTables.Address.Properties),
                ])));
        of.Map("wireGuardPeer", one => Thing(
            one,
            [WireGuardReading.PublicKey],
            [
                (WireGuardReading.PublicKey, SchemaWriter.String), ("state", State),
                .. Values(StateTables.WireGuardPeerProperties),
            ]));
        of.Map("neighbor", one => Thing(
            one,
            ["interfaceAlias", "ipAddress"],
            [
                ("interfaceAlias", SchemaWriter.String), ("ipAddress", SchemaWriter.String), .. Common(),
                .. Values(StateTables.Neighbor.Properties),
            ]));
        of.Map("route", one => Thing(
            one,
            ["destinationPrefix"],
            [
                ("destinationPrefix", SchemaWriter.String), ("routeMetric", number => number.Range(0, uint.MaxValue)),
                ("table", SchemaWriter.Plain), ("sourcePrefix", SchemaWriter.String), .. Common(),
                .. Values(StateTables.RouteProperties),
            ]));
        of.Map("rule", one => Thing(
            one,
            ["priority"],
            [
                ("addressFamily", family => family.Choice(s_families)), .. Common(),
                .. Values(StateTables.Rule.Properties),
            ]));
        Others(of);
        Links(of);
    }

    private static void Others(SchemaWriter of)
    {
        of.Map("forwarding", family => family.Any(
            one => one.Choice(s_families),
            one => Thing(one, ["addressFamily"], [("addressFamily", name => name.Choice(s_families)), .. Common()])));
        foreach (var section in StateSections.All)
        {
            of.Map(section.Name, one => Thing(
                one,
                [section.NameProperty],
                [(section.NameProperty, SchemaWriter.String), .. Common(), .. Values(section.Properties)]));
        }

        of.Map("container", one => Thing(
            one,
            ["name"],
            [
                ("name", SchemaWriter.String), ("state", State),
                ("connections", all => all.OneOrMore(connection => connection.Reference("connection"))),
            ]));
        of.Map("connection", connection =>
        {
            connection.Text("type", "object");
            connection.Map("properties", all =>
            {
                foreach (var property in ContainerReading.OfConnection
                    .Where(property => property is not ("ipAddress" or "gateway")))
                    all.Map(property, SchemaWriter.String);
                all.OneOrMore("ipAddress", SchemaWriter.String);
                all.OneOrMore("gateway", SchemaWriter.String);
            });
        });
        of.Map("check", one => Thing(
            one,
            ["to"],
            [
                ("from", SchemaWriter.String), ("to", SchemaWriter.String),
                ("port", number => number.Range(1, ushort.MaxValue)),
            ]));
    }

    private static void Links(SchemaWriter of)
    {
        List<string> kinds = [.. LinkKinds.Names.Where(name => LinkKinds.Find(name)!.Empty is not null)
            .Order(StringComparer.Ordinal)];
        var byKind = kinds.Append(string.Empty).ToDictionary(kind => kind, OfKind);
        var none = byKind[string.Empty];
        // A name that means another thing for some kind is each kind's own.
        var shared = none.Where(pair => byKind.Values.All(
            other => other.GetValueOrDefault(pair.Key)?.Text == pair.Value.Text)).Select(pair => pair.Key).ToHashSet();
        of.Map("bridgePort", port => Thing(port, [], Values(
            StateTables.OfLink(null).Port.Properties, StateTables.BridgePort.Length + 1)));
        of.Map("anyLink", any =>
        {
            any.Text("type", "object");
            any.Map("properties", all =>
            {
                all.Map("name", SchemaWriter.String);
                all.Map("namespace", SchemaWriter.String);
                all.Map("bridge", SchemaWriter.String);
                all.Map("bridgePort", port => port.Reference("bridgePort"));
                all.OneOrMore("addresses", address => address.Reference("address"));
                all.OneOrMore("gateway", SchemaWriter.String);
                all.Properties(none.Where(pair => shared.Contains(pair.Key)));
            });
            any.List("required", ["name"]);
        });
        of.Map("link", link =>
        {
            link.Reference("anyLink");
            link.Map("properties", all =>
            {
                all.Map("state", State);
                all.Map("kind", kind => kind.List("enum", [.. kinds, .. s_withoutKind]));
            });
            link.Array("allOf", [.. byKind.Select(pair => (Action<SchemaWriter>)(one => IfKind(
                one, pair.Key, [.. pair.Value.Where(property => !shared.Contains(property.Key))])))]);
            link.Closed(null, "unevaluatedProperties");
        });
    }

    private static void IfKind(SchemaWriter of, string kind, List<KeyValuePair<string, SchemaText>> own)
    {
        of.Map("if", condition =>
        {
            if (kind.Length > 0)
            {
                condition.Map("properties", all => all.Map("kind", name => name.Text("const", kind)));
                condition.List("required", ["kind"]);
                return;
            }

            condition.Map("properties", all => all.Map("kind", name => name.List("enum", s_withoutKind)));
        });
        of.Map("then", then => then.Map("properties", all =>
        {
            all.Properties(own);
            if (kind == WireGuardReading.Kind)
                all.OneOrMore(WireGuardReading.Peers, peer => peer.Reference("wireGuardPeer"));
            if (LinkKinds.Find(kind)?.IsPair != true)
                return;
            all.Map("peer", peer => peer.Any(SchemaWriter.String, far =>
            {
                far.Reference("anyLink");
                far.Map("properties", properties => properties.Properties(own));
                far.Closed(null, "unevaluatedProperties");
            }));
        }));
    }

    private static Dictionary<string, SchemaText> OfKind(string kind)
        => StateTables.OfLink(kind).Properties
            .Concat(kind == WireGuardReading.Kind ? StateTables.WireGuardProperties : [])
            .Where(property => !s_ofPair.Contains(property.Name)
                && !property.Name.Contains('.', StringComparison.Ordinal))
            .ToDictionary(property => property.Name, SchemaText.Of);

    private static (string Name, Action<SchemaWriter> Write)[] Common()
        => [("namespace", SchemaWriter.String), ("state", State)];

    private static void State(SchemaWriter of) => of.Reference("state");

    private static IEnumerable<(string Name, Action<SchemaWriter> Write)> Values(
        IEnumerable<StateProperty> properties, int skipped = 0)
        => properties.Select(property => (property.Name[skipped..],
            (Action<SchemaWriter>)(of => of.Put(SchemaText.Of(property).Value))));

    private static void Thing(
        SchemaWriter of, string[] required, IEnumerable<(string Name, Action<SchemaWriter> Write)> properties)
    {
        of.Closed("object", "additionalProperties");
        of.Map("properties", all =>
        {
            foreach (var (name, write) in properties)
                all.Map(name, write);
        });
        of.List("required", required);
    }
}

/// <summary>The schema of a property as text, by which two of them are compared.</summary>
/// <param name="Text">The text.</param>
internal sealed record SchemaText(string Text)
{
    /// <summary>The schema.</summary>
    public JsonElement Value => StateValue.Read(Text);

    /// <summary>A property's.</summary>
    public static SchemaText Of(StateProperty property) => new(StateValue.Write(writer =>
    {
        writer.WriteStartObject();
        property.WriteSchema(writer);
        writer.WriteEndObject();
    }));
}
