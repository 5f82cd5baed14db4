using System.Management.Automation;
using LxcNetworking.Bridges;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Common;

/// <summary>A cmdlet that works on links: by name with wildcards, by index, or as they come down the
/// pipeline.</summary>
public abstract class LinkCmdlet : StackCmdlet
{
    /// <summary>The interfaces' names; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "Interface", "ifAlias")]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [SupportsWildcards]
    [NameNotEmpty]
    [ObjectName]
    public virtual string[]? InterfaceAlias { get; set; }

    /// <summary>The interfaces' indexes.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("ifIndex")]
    public int[]? InterfaceIndex { get; set; }

    /// <summary>A link object in the pipeline.</summary>
    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public NetLink? InputLink { get; set; }

    /// <summary>The names that are meant; null if there are none.</summary>
    private protected IReadOnlyList<NamePattern>? Aliases => NamesIn(nameof(InterfaceAlias), InterfaceAlias);

    /// <summary>True if any interface was named.</summary>
    protected bool IsLinkNamed => Aliases is not null || InterfaceIndex is not null;

    /// <summary>Reads the links that are meant, as they are now. Those that are not there are non-terminating
    /// errors.</summary>
    /// <param name="stack">Where.</param>
    /// <param name="everythingIfUnnamed">What no name means: every link, or an error.</param>
    /// <param name="filter">What nobody will look at; null if that is not known.</param>
    /// <returns>The links.</returns>
    protected IEnumerable<NetLink> SelectLinks(
        NetworkStack stack, bool everythingIfUnnamed = false, LinkFilter? filter = null)
        => SelectLinks(stack, Aliases, InterfaceIndex, everythingIfUnnamed, filter);

    /// <summary>The same for links that are only to be named or changed, each by one request.</summary>
    /// <param name="stack">Where.</param>
    /// <returns>The links, without what <see cref="LinkFilter.SkipRelatives"/> leaves out.</returns>
    protected IEnumerable<NetLink> SelectBareLinks(NetworkStack stack)
        => SelectLinks(stack, filter: new LinkFilter { SkipStatistics = true, SkipRelatives = true });

    /// <summary>The same for other names and indexes than those of the parameters.</summary>
    private protected IEnumerable<NetLink> SelectLinks(
        NetworkStack stack,
        IReadOnlyList<NamePattern>? names,
        int[]? indexes,
        bool everythingIfUnnamed,
        LinkFilter? filter = null)
    {
        ArgumentNullException.ThrowIfNull(stack);
        if (names is not null || indexes is { Length: > 0 })
            return FindLinks(stack, names, indexes, filter);
        return everythingIfUnnamed ? stack.Links.List(filter, Cancellation)
            : throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                "Which interface? Name it with -InterfaceAlias (wildcards are allowed, '*' for all) or "
                    + "-InterfaceIndex.");
    }

    /// <summary>What a list of entries is narrowed to: a bridge in the pipeline means all of its own.</summary>
    /// <param name="stack">Where.</param>
    /// <param name="bridge">The value of -Bridge.</param>
    /// <returns>The bridge's name, and the indexes of the links that are named; null for either means any.</returns>
    private protected (string? Bridge, HashSet<int>? Links) BridgeOrLinks(NetworkStack stack, string? bridge)
    {
        if (InputLink is BridgeLink piped)
        {
            RefuseChoice(name => name is "Bridge" or nameof(InterfaceAlias) or nameof(InterfaceIndex));
            return (piped.Name, null);
        }

        return (bridge, IsLinkNamed ? [.. SelectLinks(stack).Select(link => link.Index)] : null);
    }

    /// <summary>The index of another link that a parameter names; 0 for an empty name, which means none.</summary>
    private protected int? IndexOf(NetworkStack stack, string? name)
        => name is null ? null : name.Length == 0 ? 0 : stack.Links.Get(name, Cancellation).Index;

    /// <summary>Tells whether a link was named, and is not just one that a pattern matches.</summary>
    private protected static bool IsNamed(NetLink link, IReadOnlyList<NamePattern>? names, int[]? indexes)
        => indexes is { Length: > 0 } || names?.Any(name => name.IsOneOf(NamePattern.NamesOf(link))) == true;

    /// <summary>Refuses several links where one name can go to one link only.</summary>
    /// <param name="links">The links.</param>
    /// <param name="newName">The name.</param>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    protected static void RequireOne(IReadOnlyList<NetLink> links, string newName)
    {
        ArgumentNullException.ThrowIfNull(links);
        if (links.Count > 1)
            throw new NetworkException(
                NetworkErrorCode.InvalidArgument,
                $"Only one interface can be named '{newName}', but {links.Count} are meant: "
                    + $"{string.Join(", ", links.Take(5))}{(links.Count > 5 ? " …" : string.Empty)}.",
                newName);
    }
}
