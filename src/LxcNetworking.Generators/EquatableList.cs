using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;

namespace LxcNetworking.Generators;

/// <summary>
/// A list that equals another with equal items, as the compiler's cache of what has been generated wants.
/// </summary>
internal sealed class EquatableList<T>(IEnumerable<T> items) : IEquatable<EquatableList<T>>, IEnumerable<T>
{
    private readonly T[] _items = items.ToArray();

    public int Count => _items.Length;

    public bool Equals(EquatableList<T>? other) => other is not null && _items.SequenceEqual(other._items);

    public override bool Equals(object? obj) => Equals(obj as EquatableList<T>);

    public override int GetHashCode() => _items.Aggregate(17, (hash, item) => (hash * 31) + (item?.GetHashCode() ?? 0));

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)_items).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
