using System.Collections;
using System.Globalization;
using LxcNetworking.Declarations;

namespace LxcNetworking.Events;

/// <summary>Gathers the differences between a thing as it was and as it is.</summary>
internal sealed class EventChanges
{
    private readonly List<string> _changes = [];

    public IReadOnlyList<string> List => _changes;

    /// <summary>Notes one difference, if it is one.</summary>
    public EventChanges Add(string name, object? before, object? now)
    {
        // What is shown alike is alike to its reader.
        if (Show(before) is var old && Show(now) is var recent && old != recent)
            _changes.Add($"{name} {old} -> {recent}");
        return this;
    }

    /// <summary>Notes what is different in two sets of one kind.</summary>
    public EventChanges AddDifferences(AttributeSet? before, AttributeSet? now)
    {
        if (before is null || now is null || before.GetType() != now.GetType())
            return this;
        foreach (var (name, old, recent) in before.Differences(now))
            Add(name, old, recent);
        return this;
    }

    private static string Show(object? value) => value switch
    {
        null => "none",
        string text => text,
        IEnumerable items => string.Join(", ", items.Cast<object?>().Select(Show)) is { Length: > 0 } list
            ? list
            : "none",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "none",
    };
}
