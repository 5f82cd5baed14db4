using LxcNetworking.Namespaces;
using LxcNetworking.State.Text;
using LxcNetworking.Values;

namespace LxcNetworking.State.Documents;

/// <summary>Makes things of a document's values, and tells every mistake at once.</summary>
internal sealed class DocumentReader(ICollection<StateProblem> problems)
{
    /// <summary>The lists that a document can have.</summary>
    public static IReadOnlyList<string> Sections { get; } =
    [
        "namespaces", "links", "neighbors", "routes", "rules", "forwarding",
        .. StateSections.All.Select(section => section.Name), "containers", "checks",
    ];

    private readonly Dictionary<StateKey, StateItem> _items = [];
    private readonly List<StateItem> _order = [];
    private readonly Dictionary<(string Namespace, string Link, IPAddress Address), StateItem> _addresses = [];

    /// <summary>Reads a whole document.</summary>
    public StateDocument Read(StateNode root)
    {
        var document = new DocumentObject(root, string.Empty, problems);
        var name = document.TakeText("name");
        if (name is not null && NameProblem(name) is { } problem)
            document.Problem($"the name '{Netlink.KernelText.Shown(name)}' {problem}");
        Each(document, "namespaces", ReadNamespace);
        var links = new LinkReading(this, problems);
        Each(document, "links", links.Read);
        var routing = new RoutingReading(this, problems);
        Each(document, "neighbors", routing.ReadNeighbor);
        Each(document, "routes", routing.ReadRoute);
        Each(document, "rules", routing.ReadRule);
        Each(document, "forwarding", routing.ReadForwarding);
        foreach (var section in StateSections.All)
            Each(document, section.Name, (node, path) => section.Read(node, path, this, problems));
        // A connection has the lengths and gateways of networks.
        Each(document, "containers", new ContainerReading(this, links, problems).Read);
        var checks = new List<StateCheck>();
        Each(document, "checks", (node, path) => StateCheck.Read(node, path, checks, problems));
        // Editors find their schema by it.
        document.Take("$schema");
        document.End("a document", ["name", .. Sections]);
        CheckIPv6();
        return new StateDocument(name, _order) { Checks = checks };
    }

    /// <summary>Adds a thing; a second one of the same name is a mistake.</summary>
    public void Add(StateItem item)
    {
        if (_items.TryAdd(item.Key, item))
        {
            _order.Add(item);
            if (item.Key.Subject == StateSubject.Address)
                CheckLength(item);
            return;
        }

        var first = _items[item.Key];
        var where = first.Place.Line > 0 ? $" (line {first.Place.Line})" : string.Empty;
        problems.Add(new StateProblem($"the {item.Key.Words} is {first.Path} already{where}", item.Path, item.Place));
    }

    /// <summary>A thing that was read before; null where there is none.</summary>
    public StateItem? Find(StateKey key) => _items.GetValueOrDefault(key);

    /// <summary>Adds a thing that several others take along.</summary>
    public void AddOnce(StateItem item)
    {
        if (_items.TryAdd(item.Key, item))
            _order.Add(item);
    }

    // The kernel has no IPv6 on a link without an MTU for it (RFC 8200).
    private void CheckIPv6()
    {
        foreach (var ((inNamespace, name, _), address) in _addresses.Where(
            pair => pair.Value.Presence == NetStatePresence.Present
                && IP.FamilyOf(pair.Key.Address) == IPFamily.IPv6))
        {
            var link = _items.GetValueOrDefault(StateKey.Link(inNamespace, name));
            if (Digits.TryParse(link?.Text("mtu") ?? string.Empty, out int mtu) && mtu < 1280)
            {
                problems.Add(new StateProblem(
                    $"'{name}' is to have an MTU below 1280, where the kernel keeps no IPv6 addresses",
                    address.Path,
                    address.Place));
            }
        }
    }

    // An IPv6 address stands on a link once; of IPv4, one with another length is another one.
    private void CheckLength(StateItem item)
    {
        var name = AddressName.Parse(item.Key.Name);
        if (IP.FamilyOf(name.Prefix.Address) == IPFamily.IPv6
            && !_addresses.TryAdd((item.Key.Namespace, name.Link, name.Prefix.Address), item))
        {
            problems.Add(new StateProblem(
                $"a link has {name.Prefix.Address} once, and it is there with another length", item.Path, item.Place));
        }
    }

    /// <summary>Takes the namespace that a thing is in, in the form in which it is compared.</summary>
    public static string TakeNamespace(DocumentObject of, string property = "namespace", string usual = "")
        => of.TakeText(property) is { } text ? NamespaceName(text) : usual;

    private static string NamespaceName(string text)
        => text.StartsWith(NamespaceFile.RunDirectory + "/", StringComparison.Ordinal)
            ? text[(NamespaceFile.RunDirectory.Length + 1)..] : text;

    /// <summary>Takes a link's name, which must be one.</summary>
    /// <returns>The name; empty where it is none, which is told.</returns>
    public static string TakeLinkName(DocumentObject of, string property)
    {
        if (of.Take(property) is not { } entry)
        {
            of.Problem($"has no '{property}'");
            return string.Empty;
        }

        var name = DocumentObject.TextOf(entry.Value) ?? string.Empty;
        try
        {
            Links.LinkSpec.CheckName(name);
            return name;
        }
        catch (NetworkException e)
        {
            of.Problem(e.Message.TrimEnd('.'), entry);
            return string.Empty;
        }
    }

    private static void Each(DocumentObject document, string section, Action<StateNode, string> read)
    {
        var items = document.TakeList(section, out var path);
        for (var i = 0; i < items.Count; i++)
            read(items[i], StatePath.Of(path, i));
    }

    private void ReadNamespace(StateNode node, string path)
    {
        var of = new DocumentObject(DocumentObject.Whole(node, "name"), path, problems);
        var name = of.TakeText("name");
        var presence = of.TakePresence();
        of.End("a namespace", ["name", "state"]);
        if (name is null)
        {
            if (of.IsObject)
                of.Problem("has no 'name'");
            return;
        }

        try
        {
            NamespaceStore.CheckName(name);
            if (name == NamespaceReference.HostText || name.All(char.IsAsciiDigit)
                || name.Contains(':', StringComparison.Ordinal))
            {
                of.Problem($"'{Netlink.KernelText.Shown(name)}' means a namespace that is there, and none to be made");
                return;
            }
        }
        catch (NetworkException e)
        {
            of.Problem(e.Message.TrimEnd('.'));
            return;
        }

        Add(new StateItem(StateKey.Of(name)) { Path = path, Place = node.Place, Presence = presence });
    }

    // It is a file's name too.
    private static string? NameProblem(string name) => name.Length is 0 or > 64 ? "is to have 1 to 64 characters"
        : name.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_' or '.')) || name[0] is '.' or '-'
            ? "is to have letters, digits, '-', '_' and '.', and to begin with a letter or digit" : null;
}
