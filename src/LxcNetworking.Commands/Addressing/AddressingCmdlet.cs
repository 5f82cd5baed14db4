using System.Management.Automation;
using LxcNetworking.Commands.Completers;

namespace LxcNetworking.Commands;

/// <summary>A cmdlet that reads or removes what interfaces carry: addresses, routes, neighbours.</summary>
public abstract class AddressingCmdlet : StackCmdlet
{
    private string[]? _commandLineAlias;

    /// <summary>Only those of these interfaces; wildcards are allowed.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Name", "Interface", "ifAlias")]
    [ArgumentCompleter(typeof(InterfaceCompleter))]
    [SupportsWildcards]
    public string[]? InterfaceAlias { get; set; }

    /// <summary>Only those of the interfaces with these indexes.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("ifIndex")]
    public int[]? InterfaceIndex { get; set; }

    /// <summary>Only IPv4 or IPv6.</summary>
    [Parameter]
    public IPFamily? AddressFamily { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing() => _commandLineAlias = InterfaceAlias;

    /// <inheritdoc/>
    protected override void ForgetPipelineNames() => InterfaceAlias = _commandLineAlias;

    /// <summary>Finds the interfaces that are meant. A literal name that is not there is a non-terminating error.</summary>
    /// <param name="stack">Where.</param>
    /// <returns>Their indexes; null if no interface was named, which leaves it open.</returns>
    protected IReadOnlyCollection<int>? SelectInterfaces(NetworkStack stack)
    {
        ArgumentNullException.ThrowIfNull(stack);
        var indexes = new HashSet<int>();
        if (InterfaceIndex is { Length: > 0 })
        {
            foreach (var index in InterfaceIndex)
            {
                var name = InterfaceAlias is { Length: 1 } names && !NamePattern.IsWildcard(names[0]) ? names[0] : null;
                Try(() => indexes.Add(LinkTargetCmdlet.Find(stack, name, index, Cancellation).Index), index);
            }

            return indexes;
        }

        if (InterfaceAlias is null)
            return null;
        IReadOnlyList<NetLink>? all = null;
        foreach (var name in InterfaceAlias)
        {
            var pattern = new NamePattern(name);
            if (pattern.IsLiteral)
            {
                Try(() => indexes.Add(pattern.GetLink(stack, Cancellation).Index), name);
                continue;
            }

            all ??= stack.Links.List(new LinkFilter { SkipStatistics = true }, Cancellation);
            indexes.UnionWith(all.Where(link => pattern.IsMatch(link.Name)).Select(link => link.Index));
        }

        return indexes;
    }
}
