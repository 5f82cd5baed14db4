using LxcNetworking.Namespaces;

namespace LxcNetworking.State.Kernel;

/// <summary>
/// The numbers by which one namespace knows others. The kernel tells the number of a namespace that is named, and not
/// the other way round, so that each is asked for once at most, and those first that are likely to be meant.
/// </summary>
/// <param name="from">The namespace that knows them.</param>
/// <param name="world">The namespaces that are looked at.</param>
internal sealed class NamespaceNumbers(string from, StateWorld world)
{
    private readonly Dictionary<int, string> _names = [];
    private IEnumerator<string>? _left;

    /// <summary>The text of a namespace by its number; null for one that is not looked at.</summary>
    public string? NameOf(int number)
    {
        if (_names.TryGetValue(number, out var known))
            return known;
        _left ??= Likely().GetEnumerator();
        while (_left.MoveNext())
        {
            var name = _left.Current;
            using var file = world.StackOf(name).OpenFile();
            var found = NamespaceNumber.Of(world.StackOf(from), file);
            if (found < 0)
                continue;
            _names.TryAdd(found, name);
            if (found == number)
            {
                world.Hub = name;
                return name;
            }
        }

        return null;
    }

    // The one that was meant last, the document's own, and those that stand near by: labs are rings, rows and stars.
    private IEnumerable<string> Likely()
    {
        var hub = world.Hub;
        if (hub is not null)
            yield return hub;
        var place = world.Names.Index().First(item => item.Item == from).Index;
        foreach (var (_, name) in world.Names.Index().Where(item => item.Item != hub)
            .OrderBy(item => item.Item.Length == 0 ? -1 : Math.Abs(item.Index - place)))
            yield return name;
    }
}
