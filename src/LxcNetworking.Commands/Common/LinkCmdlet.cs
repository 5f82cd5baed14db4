using System.Management.Automation;
using LxcNetworking.Commands.Completers;

namespace LxcNetworking.Commands;

/// <summary>A cmdlet that works on links: by name with wildcards, by index, or as they come down the pipeline.</summary>
public abstract class LinkCmdlet : StackCmdlet
{
    private string[]? _commandLineAlias;

    /// <summary>The interfaces' names; wildcards are allowed.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "Interface", "ifAlias")]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public virtual string[]? InterfaceAlias { get; set; }

    /// <summary>The interfaces' indexes.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("ifIndex")]
    public int[]? InterfaceIndex { get; set; }

    /// <summary>A link object in the pipeline.</summary>
    [Parameter(ValueFromPipeline = true, DontShow = true)]
    public NetLink? InputLink { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => _commandLineAlias = InterfaceAlias;

    /// <inheritdoc/>
    protected override void ForgetPipelineNames() => InterfaceAlias = _commandLineAlias;

    /// <summary>Reads the links that are meant, as they are now. Those that are not there are non-terminating errors.</summary>
    /// <param name="stack">Where.</param>
    /// <param name="everythingIfUnnamed">What no name means: every link, or an error.</param>
    /// <returns>The links.</returns>
    protected IEnumerable<NetLink> SelectLinks(NetworkStack stack, bool everythingIfUnnamed = false)
    {
        ArgumentNullException.ThrowIfNull(stack);
        if (InterfaceIndex is { Length: > 0 })
        {
            // An object in the pipeline brings both; the name guards against an index that was given away anew.
            foreach (var index in InterfaceIndex)
            {
                if (Find(() => stack.Links.Get(index, Cancellation), index) is not { } link)
                    continue;
                if (InterfaceAlias is { Length: 1 } names && !NamePattern.IsWildcard(names[0]) && names[0] != link.Name && !link.AlternativeName.Contains(names[0]))
                    WriteError(ErrorOf(new NetworkException(NetworkErrorCode.LinkNotFound, $"Interface {index} in namespace '{stack.Namespace}' is '{link.Name}' now, not '{names[0]}'. Read it again with Get-NetLink.", names[0])));
                else
                    yield return link;
            }

            yield break;
        }

        if (InterfaceAlias is null)
        {
            if (!everythingIfUnnamed)
                throw new NetworkException(NetworkErrorCode.InvalidArgument, "Which interface? Name it with -InterfaceAlias (wildcards are allowed, '*' for all) or -InterfaceIndex.");
            foreach (var link in stack.Links.List(cancellation: Cancellation))
                yield return link;
            yield break;
        }

        IReadOnlyList<NetLink>? all = null;
        var seen = new HashSet<int>();
        foreach (var name in InterfaceAlias)
        {
            var pattern = new NamePattern(name);
            if (!pattern.IsLiteral)
            {
                all ??= stack.Links.List(cancellation: Cancellation);
                foreach (var link in all)
                {
                    if ((pattern.IsMatch(link.Name) || link.AlternativeName.Any(pattern.IsMatch)) && seen.Add(link.Index))
                        yield return link;
                }
            }
            else if (Find(() => pattern.GetLink(stack, Cancellation), name) is { } link && seen.Add(link.Index))
            {
                yield return link;
            }
        }
    }

    /// <summary>Refuses several links where one name can go to one link only.</summary>
    /// <param name="links">The links.</param>
    /// <param name="newName">The name.</param>
    /// <exception cref="NetworkException">InvalidArgument.</exception>
    protected static void RequireOne(IReadOnlyList<NetLink> links, string newName)
    {
        ArgumentNullException.ThrowIfNull(links);
        if (links.Count > 1)
            throw new NetworkException(NetworkErrorCode.InvalidArgument, $"Only one interface can be named '{newName}', but {links.Count} are meant: {string.Join(", ", links.Take(5))}{(links.Count > 5 ? " …" : string.Empty)}.", newName);
    }

    private NetLink? Find(Func<NetLink> read, object target)
    {
        NetLink? link = null;
        Try(() => link = read(), target);
        return link;
    }
}
