using System.Text.Json.Nodes;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.State.Text;

namespace LxcNetworking.Program.Resources;

/// <summary>A whole document as one resource.</summary>
internal sealed class NetStateResource() : DscResource(
    "NetState", "Manages the network that a document declares: namespaces, links, addresses, routes and the rest.")
{
    private const string DocumentName = "name";

    private static readonly Dictionary<string, string> s_sections = new(StringComparer.Ordinal)
    {
        ["namespace"] = "namespaces",
        ["neighbor"] = "neighbors",
        ["route"] = "routes",
        ["rule"] = "rules",
        ["forwarding"] = "forwarding",
        ["nat"] = "nat",
        ["network"] = "networks",
        ["segment"] = "segments",
    };

    /// <inheritdoc/>
    public override IReadOnlyList<string> Options { get; }
        = [DscNames.Exist, DscNames.Force, DscNames.Purge, DscNames.Adopt];

    /// <inheritdoc/>
    public override bool Adopts(DscInstance instance) => instance.Adopts;

    /// <inheritdoc/>
    public override bool Keeps(DscInstance instance, StateKey left) => instance.Exists && !instance.Purges;

    /// <inheritdoc/>
    public override JsonObject SchemaOf(JsonObject definitions, JsonObject document)
        => DscSchema.Object(document["properties"]!.DeepClone().AsObject(), []);

    /// <inheritdoc/>
    public override DscRequest? Read(
        DscInstance instance, Func<IReadOnlyList<StateItem>> networks, ICollection<StateProblem> problems)
    {
        var entries = instance.Exists ? instance.Entries : KeysOf(instance);
        return StateDocument.Read(StateNode.OfMap(entries, instance.Root.Place), problems) is { } document
            ? new(instance, document, null) : null;
    }

    /// <inheritdoc/>
    public override List<StateEntry>? StateOf(
        DscRequest request, IReadOnlyDictionary<StateKey, StateItem> there, bool isApplied)
    {
        var shown = DscState.Shown(request.Document.Items.Select(item => item.Key), request.Document.Items, there);
        if (shown.Count == 0 && !isApplied)
            return null;
        var name = request.Instance.Says(DocumentName) ? request.Document.Name : null;
        return [.. DocumentWriter.Write(name, shown, []).Entries];
    }

    /// <inheritdoc/>
    public override List<StateEntry> KeysOf(DscInstance instance) => [.. instance.Entries.Where(
        entry => entry.Name.Equals(DocumentName, StringComparison.OrdinalIgnoreCase))];

    /// <inheritdoc/>
    public override string PropertyOf(DscRequest request, NetStateDifference difference)
        => difference.Path.Length > 0 ? DscState.FirstOf(difference.Path)
            : s_sections.GetValueOrDefault(DscState.WordOf(difference), "links");

    /// <inheritdoc/>
    public override IEnumerable<(string Name, List<StateEntry> Entries)> Export(StateDocument there)
        => [(Name, [.. there.ToNode().Entries])];
}
