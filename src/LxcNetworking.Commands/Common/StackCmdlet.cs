using System.Management.Automation;
using LxcNetworking.Commands.Completers;
using LxcNetworking.Commands.Shared;
using LxcNetworking.Containers.Runtimes;
using LxcNetworking.Links;
using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Common;

/// <summary>A cmdlet that works on one network stack for each pipeline object.</summary>
public abstract class StackCmdlet : NetworkCmdlet
{
    /// <summary>Which network namespace; the session's own if not given.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(NamespaceCompleter))]
    public NamespaceReference? Namespace { get; set; }

    /// <summary>The stack to work on.</summary>
    protected NetworkStack Stack => ModuleStacks.Pool.Get(NamespaceIn(Namespace), Cancellation);

    /// <inheritdoc/>
    protected override object? ItemTarget => InputRecord?.BaseObject as NetContainer;

    /// <summary>Works on the stack that is meant, or on every namespace's; one that cannot be read does not stop the
    /// others.</summary>
    /// <param name="all">Every namespace's.</param>
    /// <param name="work">The work.</param>
    protected void ForEachStack(bool all, Action<NetworkStack> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (!all)
        {
            work(Stack);
            return;
        }

        foreach (var item in ModuleStacks.Pool.Namespaces.List(all: true, Cancellation))
            Try(() => work(ModuleStacks.Pool.Get(new NamespaceReference(item))), item);
    }

    /// <summary>A parameter's value unless a namespace or container in the pipeline brought it: it has a Name, which
    /// PowerShell offers to parameters of that name.</summary>
    /// <typeparam name="T">The parameter's type.</typeparam>
    /// <param name="parameter">The parameter's name.</param>
    /// <param name="value">Its value.</param>
    /// <returns>The value, or null.</returns>
    protected T? Meant<T>(string parameter, T? value)
        where T : class
        => Record is { IsStack: true } && IsPiped(parameter) ? null : value;

    /// <inheritdoc/>
    private protected override IReadOnlyList<NamePattern>? NamesIn(string parameter, string[]? values)
        => base.NamesIn(parameter, Meant(parameter, values));

    /// <summary>Reads the links that are meant, as they are now. Those that are not there are non-terminating
    /// errors.</summary>
    /// <param name="stack">Where.</param>
    /// <param name="names">Their names, or with indexes the names that they must have.</param>
    /// <param name="indexes">Their indexes.</param>
    /// <param name="filter">What to read where a list is read.</param>
    /// <returns>The links.</returns>
    private protected IEnumerable<NetLink> FindLinks(
        NetworkStack stack, IReadOnlyList<NamePattern>? names, int[]? indexes, LinkFilter? filter = null)
    {
        if (indexes is { Length: > 0 })
        {
            foreach (var index in indexes)
            {
                if (Find(() => stack.Links.Get(index, filter, Cancellation), index) is not { } link)
                    continue;
                // An object in the pipeline brings both; the name guards against an index that was given away anew.
                var meant = (names ?? []).Select(name => Netlink.KernelText.Printable(name.Text));
                if (names is { Count: > 0 } && !names.Any(name => name.Select([link], NamePattern.NamesOf).Count > 0))
                    WriteError(ErrorOf(new NetworkException(
                        NetworkErrorCode.LinkNotFound,
                        $"Interface {index} in namespace '{stack.Namespace}' is '{link.Name}' now, not "
                            + $"'{string.Join("', '", meant)}'. Read it again with Get-NetLink.",
                        names[0].Text)));
                else
                    yield return link;
            }

            yield break;
        }

        IReadOnlyList<NetLink>? all = null;
        var seen = new HashSet<int>();
        foreach (var name in names ?? [])
        {
            IEnumerable<NetLink> found = !name.IsLiteral ? name.Select(
                all ??= stack.Links.List(filter, Cancellation), NamePattern.NamesOf)
                : Find(() => name.GetLink(stack, filter, Cancellation), name.Text) is { } single ? [single] : [];
            foreach (var link in found.Where(link => seen.Add(link.Index)))
                yield return link;
        }
    }

    private NetLink? Find(Func<NetLink> read, object target)
    {
        NetLink? link = null;
        Try(() => link = read(), target);
        return link;
    }
}
