using LxcNetworking.Netlink;
using LxcNetworking.State.Documents;

namespace LxcNetworking.State.Plans;

/// <summary>
/// Finds the namespace of a link's parent where the document does not say it: the link's own, or the one that the
/// document is for, whichever has such a link. Where both have one, nothing is guessed.
/// </summary>
internal sealed class ParentNamespaces(
    IReadOnlyList<StateItem> desired, IReadOnlyDictionary<StateKey, StateItem> actual)
{
    private readonly HashSet<StateKey> _present = [.. desired.Where(
        item => item.Presence == NetStatePresence.Present).Select(item => item.Key)];

    /// <summary>Links whose parent's namespace is not clear.</summary>
    public List<(StateItem Item, string Problem)> Problems { get; } = [];

    /// <summary>The link with its parent's namespace; everything else as it is.</summary>
    public StateItem Resolve(StateItem item)
    {
        if (item.Key.Subject != StateSubject.Link || item.Text("parent") is not { } parent
            || item.Values.ContainsKey("parentNamespace") || item.Key.Namespace.Length == 0)
            return item;
        var own = IsThere(item.Key.Namespace, parent);
        var outer = IsThere(string.Empty, parent);
        // A link that is there tells it.
        if (own && outer && actual.TryGetValue(item.Key, out var there)
            && there.Text("parent") == parent && there.Text("parentNamespace") is { } known)
            return With(item, known);
        if (own && outer)
        {
            Problems.Add((
                item,
                $"'{KernelText.Shown(parent)}' is in the namespace '{item.Key.Namespace}' and outside of it; say which "
                    + "one is meant by 'parentNamespace', which is '' for the outer one"));
        }

        return With(item, own ? item.Key.Namespace : string.Empty);
    }

    private bool IsThere(string inNamespace, string name)
    {
        var key = StateKey.Link(inNamespace, name);
        return _present.Contains(key) || actual.ContainsKey(key);
    }

    private static StateItem With(StateItem item, string parentNamespace)
    {
        var values = new SortedDictionary<string, string>(item.Values, StringComparer.Ordinal)
        {
            ["parentNamespace"] = StateValue.Of(parentNamespace),
        };
        return item with { Values = values };
    }
}
