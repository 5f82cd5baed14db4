using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using LxcNetworking.State.Documents;
using LxcNetworking.State.Plans;
using LxcNetworking.State.Text;
using LxcNetworking.Values;

namespace LxcNetworking.Program.Resources;

/// <summary>One thing of a list of documents as a resource; its document has nothing else.</summary>
/// <param name="name">The resource's name.</param>
/// <param name="description">What it manages.</param>
/// <param name="section">The list.</param>
/// <param name="definition">A thing's definition in the schema of documents.</param>
/// <param name="subject">What the thing is.</param>
internal class ThingResource(
    string name, string description, string section, string definition, StateSubject subject)
    : DscResource(name, description)
{
    /// <summary>What documents call the namespace that a thing is in.</summary>
    protected const string Namespace = "namespace";

    private const string State = "state", DocumentPrefix = "dsc";
    private const int LongestName = 64, HashLength = 8;

    /// <summary>The properties that tell an instance from the others.</summary>
    public IReadOnlyList<string> Keys { get; init; } = ["name"];

    /// <summary>The properties that DSC's users know by another name than documents have.</summary>
    public IReadOnlyList<(string Theirs, string Ours)> Names { get; init; } = [];

    /// <summary>What the thing is.</summary>
    protected StateSubject Subject => subject;

    /// <summary>Where the thing stands in its document.</summary>
    protected virtual IReadOnlyList<string> Places => [$"{section}[0]"];

    /// <inheritdoc/>
    public override bool Adopts(DscInstance instance) => true;

    // A list that is not said stays as it is.
    /// <inheritdoc/>
    public override bool Keeps(DscInstance instance, StateKey left)
        => instance.Exists && PartOf(left.Subject.ToString().ToLowerInvariant()) is var part
            && part != DscNames.Exist && !instance.Says(part);

    /// <inheritdoc/>
    public override JsonObject SchemaOf(JsonObject definitions, JsonObject document)
    {
        var thing = DscSchema.WholeOf(definitions[definition]!.AsObject());
        return DscSchema.Object(Renamed(thing["properties"]!.AsObject()), Keys);
    }

    /// <inheritdoc/>
    public override DscRequest? Read(
        DscInstance instance, Func<IReadOnlyList<StateItem>> networks, ICollection<StateProblem> problems)
    {
        var before = problems.Count;
        foreach (var key in Keys.Where(key => !instance.Says(key)))
            problems.Add(new StateProblem($"has no '{key}'", null, instance.Root.Place));
        var said = instance.Exists || IsKnownByAll ? instance.Entries : KeysOf(instance);
        List<StateEntry> entries = [.. said.Select(entry => Ours(entry, problems)).OfType<StateEntry>()];
        if (problems.Count > before)
            return null;
        if (!instance.Exists)
            entries.Add(new StateEntry(State, default, StateNode.OfText("absent")));
        var inner = new List<StateProblem>();
        var root = RootOf(instance, entries, networks, inner);
        var document = root is null ? null : StateDocument.Read(root, inner);
        foreach (var problem in inner)
            problems.Add(problem with { Path = Theirs(problem.Path) });
        if (document is null || inner.Count > 0)
            return null;
        List<StateItem> items = [.. document.Items.Where(IsMeant)
            .Select(item => item with { Path = Theirs(item.Path) ?? string.Empty, Place = default })];
        var main = items.Last(item => item.Key.Subject == subject);
        // Other translations need that packets are forwarded, too.
        if (!instance.Exists && subject == StateSubject.Nat)
        {
            items.AddRange(new[] { IPFamily.IPv4, IPFamily.IPv6 }.Select(family => new StateItem(
                main.Key with { Subject = StateSubject.Forwarding, Name = family.ToString() })
            {
                Presence = NetStatePresence.Ignored,
            }));
        }

        return new(instance, new StateDocument(DocumentNameOf(main), items), main);
    }

    /// <inheritdoc/>
    public override List<StateEntry>? StateOf(
        DscRequest request, IReadOnlyDictionary<StateKey, StateItem> there, bool isApplied)
    {
        if (FindMain(request.Main!, there) is not { } main)
            return null;
        return EntriesOf(main, request.Document.Items, there);
    }

    /// <inheritdoc/>
    public override List<StateEntry> KeysOf(DscInstance instance) => [.. instance.Entries.Where(
        entry => Keys.Append(Namespace).Contains(entry.Name, StringComparer.OrdinalIgnoreCase))];

    /// <inheritdoc/>
    public override string PropertyOf(DscRequest request, NetStateDifference difference)
    {
        if (difference.Path.Length > 0)
            return DscState.FirstOf(difference.Path);
        if (difference.Property is { } property)
            return NameOf(request.Instance, property);
        var word = DscState.WordOf(difference);
        return word.Equals(subject.ToString(), StringComparison.OrdinalIgnoreCase) ? DscNames.Exist : PartOf(word);
    }

    /// <inheritdoc/>
    public override IEnumerable<(string Name, List<StateEntry> Entries)> Export(StateDocument there)
    {
        var all = there.Items.ToDictionary(item => item.Key);
        foreach (var main in there.Items.Where(item => IsExported(item, all)))
            yield return ($"{Name} {main.Key.Namespace} {main.Key.Name}".Replace("  ", " ", StringComparison.Ordinal),
                EntriesOf(main, [], all));
    }

    /// <summary>Whether all that is said of a thing tells it from the others.</summary>
    protected virtual bool IsKnownByAll => false;

    /// <summary>What tells a thing from the others of its namespace.</summary>
    protected virtual string IdentityOf(StateItem main) => main.Key.Name;

    /// <summary>Whether a thing of the document is the resource's.</summary>
    protected virtual bool IsMeant(StateItem item) => true;

    /// <summary>Whether a thing that is there is an instance.</summary>
    protected virtual bool IsExported(StateItem item, IReadOnlyDictionary<StateKey, StateItem> there)
        => item.Key.Subject == subject;

    /// <summary>Makes the document of the thing's properties.</summary>
    /// <param name="instance">The instance.</param>
    /// <param name="entries">The thing's properties as documents have them.</param>
    /// <param name="networks">Reads the container networks that are there.</param>
    /// <param name="problems">Where each mistake is put.</param>
    protected virtual StateNode? RootOf(
        DscInstance instance,
        List<StateEntry> entries,
        Func<IReadOnlyList<StateItem>> networks,
        ICollection<StateProblem> problems) => Root(section, StateNode.OfMap(entries, instance.Root.Place));

    /// <summary>A document with one thing.</summary>
    protected static StateNode Root(string list, StateNode thing)
        => StateNode.OfMap([new StateEntry(list, default, StateNode.OfList([thing]))]);

    /// <summary>The thing that is there for one that is said.</summary>
    protected virtual StateItem? FindMain(StateItem said, IReadOnlyDictionary<StateKey, StateItem> there)
        => there.GetValueOrDefault(said.Key);

    /// <summary>The properties of a thing that is there.</summary>
    /// <param name="main">The thing.</param>
    /// <param name="said">What is said of it and its parts.</param>
    /// <param name="there">What is there.</param>
    protected virtual List<StateEntry> EntriesOf(
        StateItem main, IReadOnlyList<StateItem> said, IReadOnlyDictionary<StateKey, StateItem> there)
        => [.. Written(PartsOf(main, there), said, there).Select(Theirs)];

    /// <summary>The things that are told with one.</summary>
    protected virtual IEnumerable<StateKey> PartsOf(
        StateItem main, IReadOnlyDictionary<StateKey, StateItem> there) => [main.Key];

    /// <summary>What a thing's part is called among its properties.</summary>
    protected virtual string PartOf(string word) => DscNames.Exist;

    /// <summary>The thing as documents write it.</summary>
    protected IReadOnlyList<StateEntry> Written(
        IEnumerable<StateKey> keys, IEnumerable<StateItem> said, IReadOnlyDictionary<StateKey, StateItem> there)
        => DocumentWriter.Write(null, DscState.Shown(keys, said, there), [])
            .Entries.Where(entry => entry.Name == section)
            .Select(entry => DocumentObject.Whole(entry.Value.Items[0], Keys[0]).Entries).First();

    /// <summary>A property with the name that DSC's users know.</summary>
    protected StateEntry Theirs(StateEntry entry)
        => entry with { Name = Names.FirstOrDefault(pair => pair.Ours == entry.Name).Theirs ?? entry.Name };

    /// <summary>What DSC's users call a property.</summary>
    protected virtual string NameOf(DscInstance instance, string property)
    {
        var name = property.Split('.')[0];
        name = name switch
        {
            "master" when instance.Says("bridge") => "bridge",
            "peerNamespace" => "peer",
            _ => name,
        };
        return Names.FirstOrDefault(pair => pair.Ours == name).Theirs ?? name;
    }

    /// <summary>Properties of the schema with the names that DSC's users know.</summary>
    protected JsonObject Renamed(JsonObject properties)
    {
        var result = new JsonObject();
        foreach (var (property, schema) in properties)
        {
            if (property != State)
                result[Names.FirstOrDefault(pair => pair.Ours == property).Theirs ?? property] = schema!.DeepClone();
        }

        return result;
    }

    /// <summary>A path of the document as one of the instance.</summary>
    protected string? Theirs(string? path)
    {
        if (path is null || Places.FirstOrDefault(place => path.StartsWith(place, StringComparison.Ordinal))
            is not { } place)
            return path;
        var rest = path[place.Length..].TrimStart('.');
        var first = rest.Split('.', '[')[0];
        return (Names.FirstOrDefault(pair => pair.Ours == first).Theirs ?? first) + rest[first.Length..];
    }

    // What documents say otherwise is no property of the resource.
    private StateEntry? Ours(StateEntry entry, ICollection<StateProblem> problems)
    {
        var renamed = Names.FirstOrDefault(pair => Is(pair.Theirs, entry.Name));
        if (renamed.Ours is { } ours)
            return entry with { Name = ours };
        var better = Is(State, entry.Name) ? DscNames.Exist
            : Names.FirstOrDefault(pair => Is(pair.Ours, entry.Name)).Theirs;
        if (better is null)
            return entry;
        problems.Add(new StateProblem(
            $"'{entry.Name}' is no property of {Type}; '{better}' is", entry.Name, entry.Place));
        return null;
    }

    private static bool Is(string name, string said) => name.Equals(said, StringComparison.OrdinalIgnoreCase);

    // The same each time, so that what it has made is known again.
    private string DocumentNameOf(StateItem main)
    {
        var (place, thing) = (main.Key.Namespace, IdentityOf(main));
        var exact = $"{place}\0{thing}";
        var full = $"{DocumentPrefix}-{Name.ToLowerInvariant()}-{(place.Length == 0 ? thing : exact)}";
        var plain = string.Concat(full.Select(
            c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-'));
        return plain == full && plain.Length <= LongestName ? plain
            : plain[..Math.Min(plain.Length, LongestName - HashLength - 1)] + "-"
                + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(exact)))[..HashLength];
    }
}
