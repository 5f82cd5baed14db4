using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.State.Documents;
using LxcNetworking.Values;

namespace LxcNetworking.State.Kernel;

/// <summary>The namespaces that a document is about, each by the text that the document has for it, with their
/// links.</summary>
internal sealed class StateWorld
{
    private readonly NetworkStack _base;
    private readonly Dictionary<string, NetworkStack> _stacks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<int, NetLink>> _links = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<int, string>> _linkNames = new(StringComparer.Ordinal);
    private IReadOnlyList<string>? _names;
    private readonly Dictionary<string, NamespaceNumbers> _numbers = new(StringComparer.Ordinal);

    /// <summary>Opens namespaces.</summary>
    /// <param name="home">The one that the document is for.</param>
    /// <param name="names">The others, and perhaps that one as an empty text.</param>
    /// <param name="cancellation">Ends the wait for a container's runtime.</param>
    /// <exception cref="NetworkException">InvalidArgument: two texts mean the same one; PermissionDenied …</exception>
    public StateWorld(NetworkStack home, IEnumerable<string> names, CancellationToken cancellation)
    {
        _base = home;
        foreach (var name in names)
        {
            if (Find(home, name, cancellation) is { } stack)
                _stacks.Add(name, stack);
        }

        var same = _stacks.GroupBy(pair => pair.Value.Identity).FirstOrDefault(group => group.Skip(1).Any());
        if (same is not null)
        {
            var texts = same.Select(pair => pair.Key.Length == 0 ? "the document's own" : $"'{pair.Key}'");
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"The document has two names for one namespace: {string.Join(" and ", texts)}. Use one of them; the "
                    + "document's own is meant where none is said.",
                same.First().Key);
        }
    }

    /// <summary>The namespaces of containers that do not run.</summary>
    public HashSet<string> Pending { get; } = new(StringComparer.Ordinal);

    /// <summary>The namespaces that are there.</summary>
    public IEnumerable<KeyValuePair<string, NetworkStack>> Stacks => _stacks;

    /// <summary>Their texts, in the order in which they were named.</summary>
    public IReadOnlyList<string> Names => _names ??= [.. _stacks.Keys];

    /// <summary>The one that was last found to be known to another one by a number; null for none yet.</summary>
    public string? Hub { get; set; }

    /// <summary>A namespace's stack.</summary>
    /// <exception cref="NetworkException">NamespaceNotFound.</exception>
    public static NetworkStack StackOf(NetworkStack home, string name, CancellationToken cancellation)
        => name.Length == 0 ? home : home.Pool.Get(new NamespaceReference(name), cancellation);

    /// <summary>The stack of a namespace that is there.</summary>
    public NetworkStack StackOf(string name) => _stacks[name];

    /// <summary>The links of a namespace by their indexes.</summary>
    public Dictionary<int, NetLink> LinksOf(string name, CancellationToken cancellation)
    {
        if (_links.TryGetValue(name, out var known))
            return known;
        return _links[name] = !_stacks.TryGetValue(name, out var stack) ? []
            : stack.Links.List(new LinkFilter { SkipStatistics = true }, cancellation)
                .ToDictionary(link => link.Index);
    }

    /// <summary>The names of the links of a namespace by their indexes.</summary>
    public Dictionary<int, string> LinkNamesOf(string name, CancellationToken cancellation)
    {
        if (!_linkNames.TryGetValue(name, out var names))
            _linkNames[name] = names = LinksOf(name, cancellation).ToDictionary(
                pair => pair.Key, pair => pair.Value.Name);
        return names;
    }

    /// <summary>The text of the namespace that another one knows by a number (IFLA_LINK_NETNSID); null for one that the
    /// document does not speak of.</summary>
    public string? NameOf(string from, int number)
    {
        if (!_numbers.TryGetValue(from, out var numbers))
            _numbers[from] = numbers = new NamespaceNumbers(from, this);
        return numbers.NameOf(number);
    }

    private NetworkStack? Find(NetworkStack home, string name, CancellationToken cancellation)
    {
        try
        {
            return StackOf(home, name, cancellation);
        }
        catch (NetworkException e) when (e.Code is NetworkErrorCode.NamespaceNotFound
            || (e.Code is NetworkErrorCode.NotANamespace && NamespaceStore.IsLeftover(name)))
        {
            return null;
        }
        catch (NetworkException e) when (e.Code is NetworkErrorCode.ContainerNotFound)
        {
            Pending.Add(name);
            return null;
        }
    }
}
