namespace LxcNetworking.Netlink;

/// <summary>What one reading of a list gave.</summary>
/// <typeparam name="T">The objects' type.</typeparam>
/// <param name="placeOf">The number by which the kernel goes through the list; null where that does not matter.</param>
public sealed class DumpReading<T>(Func<T, long>? placeOf)
    where T : class
{
    private readonly HashSet<long> _torn = [];
    private long _last = long.MinValue;
    private int _lastPart;

    /// <summary>The objects in the kernel's order.</summary>
    public List<T> Items { get; } = [];

    /// <summary>The kernel said that the list changed meanwhile.</summary>
    public bool IsInterrupted { get; internal set; }

    /// <summary>
    /// The places whose objects came in two parts, between which the kernel's list may
    /// have changed; none if it did not.
    /// </summary>
    public IReadOnlyCollection<long> Torn => IsInterrupted ? _torn : [];

    /// <summary>
    /// The places never went back, as where the kernel goes on behind the last one and not behind so many objects.
    /// </summary>
    internal bool IsInOrder { get; private set; } = true;

    /// <summary>How many datagrams carried objects.</summary>
    internal int Parts { get; set; }

    internal void Add(T item)
    {
        Items.Add(item);
        if (placeOf is null)
            return;
        var place = placeOf(item);
        if (place < _last)
            IsInOrder = false;
        else if (place == _last && Parts != _lastPart)
            _torn.Add(place);
        (_last, _lastPart) = (place, Parts);
    }
}
