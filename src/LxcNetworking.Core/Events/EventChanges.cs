using System.Collections;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;

namespace LxcNetworking.Events;

/// <summary>Gathers the differences between a thing as it was and as it is.</summary>
internal sealed class EventChanges
{
    private static readonly ConcurrentDictionary<Type, PropertyInfo[]> s_properties = new();
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

    /// <summary>Notes what is different in two objects of one class.</summary>
    public EventChanges AddProperties(object? before, object? now)
    {
        if (before is null || now is null || before.GetType() != now.GetType())
            return this;
        foreach (var property in s_properties.GetOrAdd(now.GetType(), PropertiesOf))
            Add(property.Name, property.GetValue(before), property.GetValue(now));
        return this;
    }

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "PowerShell, which the module is for, does not run trimmed.")]
    private static PropertyInfo[] PropertiesOf(Type type) => type.GetProperties(BindingFlags.Public | BindingFlags.Instance);

    private static string Show(object? value) => value switch
    {
        null => "none",
        string text => text,
        IEnumerable items => string.Join(", ", items.Cast<object?>().Select(Show)) is { Length: > 0 } list ? list : "none",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "none",
    };
}
