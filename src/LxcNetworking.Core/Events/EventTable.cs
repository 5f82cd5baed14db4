using LxcNetworking.Namespaces;

namespace LxcNetworking.Events;

/// <summary>The state of one sort of thing in one namespace, so that what a notification changes can be told.</summary>
internal abstract class EventTable
{
    /// <summary>Lists what the kernel has.</summary>
    /// <returns>Takes the list over; if it is given true, telling what is different.</returns>
    public abstract Action<bool> Read(CancellationToken cancellation);
}

/// <summary>The same for things of one class.</summary>
/// <typeparam name="TKey">What tells one from the other.</typeparam>
/// <typeparam name="TItem">The things.</typeparam>
/// <param name="type">What they are.</param>
/// <param name="stack">Where they are.</param>
/// <param name="tell">Takes the events; null if nobody wants to know.</param>
internal abstract class EventTable<TKey, TItem>(
    NetEventType type, NetworkStack stack, Action<NetEvent>? tell) : EventTable
    where TKey : notnull
    where TItem : class
{
    protected Dictionary<TKey, TItem> Items { get; } = [];

    protected NetworkStack Stack => stack;

    /// <inheritdoc/>
    public override Action<bool> Read(CancellationToken cancellation)
    {
        var list = List(cancellation);
        return isTold =>
        {
            if (isTold)
            {
                Replace(list);
                return;
            }

            Items.Clear();
            foreach (var item in list)
                Items[KeyOf(item)] = item;
        };
    }

    /// <summary>Takes what is there, new or changed.</summary>
    public virtual void Put(TItem item, bool isReplacement = false)
    {
        if (Items.TryGetValue(KeyOf(item), out var before))
            Change(before, item);
        else
            Add(item);
    }

    /// <summary>Takes what is gone. What was never there is no event.</summary>
    public virtual void Drop(TItem item)
    {
        if (Items.Remove(KeyOf(item)))
            Tell(NetEventAction.Removed, item, []);
    }

    protected abstract IReadOnlyList<TItem> List(CancellationToken cancellation);

    protected abstract TKey KeyOf(TItem item);

    protected abstract IReadOnlyList<string> Compare(TItem before, TItem now);

    protected abstract (string? Alias, int Index, string Subject) Describe(TItem item);

    protected virtual void Replace(IReadOnlyList<TItem> list)
    {
        var there = list.Select(KeyOf).ToHashSet();
        foreach (var gone in Items.Where(entry => !there.Contains(entry.Key)).Select(entry => entry.Value).ToList())
            Drop(gone);
        foreach (var item in list)
            Put(item);
    }

    protected void Add(TItem item)
    {
        Items[KeyOf(item)] = item;
        Tell(NetEventAction.Added, item, []);
    }

    protected void Change(TItem before, TItem now)
    {
        Items.Remove(KeyOf(before));
        Items[KeyOf(now)] = now;
        if (Compare(before, now) is { Count: > 0 } changes)
            Tell(NetEventAction.Changed, now, changes);
    }

    protected void Tell(NetEventAction action, TItem item, IReadOnlyList<string> changes)
    {
        if (tell is null)
            return;
        var (alias, index, subject) = Describe(item);
        tell(new NetEvent(type, action, stack.Namespace, item, subject)
        {
            InterfaceAlias = alias,
            InterfaceIndex = index == 0 ? null : index,
            Changes = [.. changes],
        });
    }
}
