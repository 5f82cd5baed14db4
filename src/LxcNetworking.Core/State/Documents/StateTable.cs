using LxcNetworking.Declarations;

namespace LxcNetworking.State.Documents;

/// <summary>The properties of one declared set in documents, and how what is said becomes the set and the other way
/// round.</summary>
internal sealed class StateTable
{
    private const string Index = "Index";
    private readonly AttributeSet _empty;
    private readonly List<(string Name, DeclaredProperty Declared)> _properties;

    /// <summary>The properties of a set that users see and can set.</summary>
    /// <param name="empty">What nothing is said of.</param>
    /// <param name="declared">The set's properties.</param>
    /// <param name="prefix">What stands in front of their names.</param>
    /// <param name="taken">Names that others have; a link's own is then <c>linkNAME</c>.</param>
    public StateTable(
        AttributeSet empty,
        IReadOnlyList<DeclaredProperty> declared,
        string prefix = "",
        IReadOnlySet<string>? taken = null)
    {
        _empty = empty;
        _properties =
        [
            .. declared.Where(property => property.IsPublic && property.Access != Access.ReadOnly)
                .Select(property => (prefix + NameOf(property, taken), property)),
        ];
        Properties =
            [.. _properties.Select(item => new DeclaredStateProperty(item.Name, item.Declared, empty))];
    }

    /// <summary>The properties, in the order of their declaration.</summary>
    public IReadOnlyList<StateProperty> Properties { get; }

    /// <summary>The set of what is said.</summary>
    /// <param name="values">What is said, of these and other properties.</param>
    /// <param name="indexOf">The index of a link by its name.</param>
    /// <param name="isMeant">Which properties; null for all.</param>
    public AttributeSet Read(
        IReadOnlyDictionary<string, string> values,
        Func<string, int> indexOf,
        Func<string, Access, bool>? isMeant = null)
    {
        var result = _empty;
        foreach (var (name, declared) in _properties)
        {
            if (!values.TryGetValue(name, out var json) || isMeant?.Invoke(name, declared.Access) == false)
                continue;
            var value = json;
            if (declared.IsLinkIndex)
            {
                var link = StateValue.Text(json);
                value = link.Length == 0 ? "0" : StateValue.Write(writer => writer.WriteNumberValue(indexOf(link)));
            }

            result = declared.ReadJson(result, StateValue.Read(value));
        }

        return result;
    }

    /// <summary>What a set says.</summary>
    /// <param name="set">The set.</param>
    /// <param name="values">Where it is put.</param>
    /// <param name="nameOf">The name of a link by its index; null where it is not known.</param>
    public void Write(AttributeSet set, IDictionary<string, string> values, Func<int, string?> nameOf)
    {
        foreach (var (name, declared) in _properties.Where(item => item.Declared.IsSet(set)))
        {
            var json = StateValue.Write(writer => declared.WriteJson(writer, set));
            if (!declared.IsLinkIndex)
                values[name] = json;
            else if (nameOf(StateValue.Read(json).GetInt32()) is { } link)
                values[name] = StateValue.Of(link);
        }
    }

    private static string NameOf(DeclaredProperty property, IReadOnlySet<string>? taken)
    {
        var name = property.JsonName;
        if (property.IsLinkIndex && name.EndsWith(Index, StringComparison.Ordinal))
            name = name[..^Index.Length];
        return taken?.Contains(name) == true ? $"link{property.Name}" : name;
    }
}
