using LxcNetworking.Namespaces;
using LxcNetworking.Values;

namespace LxcNetworking.Commands.Addressing;

/// <summary>What a removal cmdlet was asked to remove: it goes at the end, in one go for each namespace, so that an
/// order that matters can be kept.</summary>
/// <typeparam name="T">What is removed.</typeparam>
internal sealed class RemovalList<T>
    where T : class
{
    private readonly Dictionary<NetworkStack, List<T>> _items = [];

    /// <summary>Notes an item.</summary>
    public void Add(NetworkStack stack, T item)
    {
        if (!_items.TryGetValue(stack, out var items))
            _items.Add(stack, items = []);
        items.Add(item);
    }

    /// <summary>Removes everything.</summary>
    /// <param name="remove">Removes one namespace's items and gives for each null or why it is still there.</param>
    /// <param name="report">Takes what could not be removed.</param>
    public void RemoveAll(
        Func<NetworkStack,
        IReadOnlyList<T>,
        IReadOnlyList<NetworkException?>> remove,
        Action<NetworkException,
        T> report)
    {
        foreach (var (stack, items) in _items)
        {
            var errors = remove(stack, items);
            for (var i = 0; i < items.Count; i++)
            {
                if (errors[i] is { } error)
                    report(error, items[i]);
            }
        }
    }
}
