using LxcNetworking.Netlink;
using LxcNetworking.State.Text;

namespace LxcNetworking.State.Documents;

/// <summary>An object of a document while it is read: what is taken of it by name, and what nobody takes is a
/// mistake.</summary>
internal sealed class DocumentObject
{
    private const int FarthestName = 2;
    private readonly Dictionary<string, StateEntry> _left = new(StringComparer.OrdinalIgnoreCase);
    private readonly ICollection<StateProblem> _problems;

    /// <summary>Begins to read an object.</summary>
    /// <param name="node">The object.</param>
    /// <param name="path">Its path in the document.</param>
    /// <param name="problems">Where mistakes are put.</param>
    public DocumentObject(StateNode node, string path, ICollection<StateProblem> problems)
    {
        (Node, Path, _problems) = (node, path, problems);
        if (node.Kind != StateNodeKind.Map)
        {
            Problem("is to be an object with names and values", node.Place);
            return;
        }

        foreach (var entry in node.Entries)
        {
            // A name without a value says nothing, as an empty line in YAML.
            if (entry.Value.Kind != StateNodeKind.Null)
                _left[entry.Name] = entry;
            else
                _left.Remove(entry.Name);
        }
    }

    /// <summary>The object that a scalar stands for, which says one property alone; anything else as it is.</summary>
    /// <param name="node">The scalar.</param>
    /// <param name="property">The property.</param>
    public static StateNode Whole(StateNode node, string property) => TextOf(node) is null ? node
        : StateNode.OfMap([new StateEntry(property, node.Place, node)], node.Place);

    /// <summary>The object.</summary>
    public StateNode Node { get; }

    /// <summary>Its path in the document.</summary>
    public string Path { get; }

    /// <summary>Whether it is one at all.</summary>
    public bool IsObject => Node.Kind == StateNodeKind.Map;

    /// <summary>Tells a mistake of the object itself.</summary>
    public void Problem(string message, StatePlace? place = null)
        => _problems.Add(new StateProblem(message, Path, place ?? Node.Place));

    /// <summary>Tells a mistake of a property.</summary>
    public void Problem(string message, StateEntry entry)
        => _problems.Add(new StateProblem(message, StatePath.Of(Path, entry.Name), entry.Value.Place));

    /// <summary>Whether there is a value of a name, taken or not.</summary>
    public bool Says(string name)
        => Node.Entries.Any(entry => entry.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Takes a value; null where there is none.</summary>
    public StateEntry? Take(string name) => _left.Remove(name, out var entry) ? entry : null;

    /// <summary>Takes a text, which a number may be too where it has no quotes.</summary>
    public string? TakeText(string name)
    {
        if (Take(name) is not { } entry)
            return null;
        if (TextOf(entry.Value) is { } text)
            return text;
        Problem("is to be a text", entry);
        return null;
    }

    /// <summary>Takes a text that is read as something else.</summary>
    public T? TakeValue<T>(string name, Func<string, T> parse)
        where T : class
    {
        if (Take(name) is not { } entry)
            return null;
        try
        {
            if (TextOf(entry.Value) is { } text)
                return parse(text);
            Problem("is to be a text", entry);
        }
        catch (FormatException e)
        {
            Problem(e.Message.TrimEnd('.'), entry);
        }

        return null;
    }

    /// <summary>Takes a number.</summary>
    public long? TakeNumber(string name, long least, long most)
    {
        if (Take(name) is not { } entry)
            return null;
        if (Number(entry.Value) is { } number && number >= least && number <= most)
            return number;
        Problem($"is to be a number from {least} to {most}", entry);
        return null;
    }

    /// <summary>Takes a list; a single value stands for a list of one.</summary>
    public IReadOnlyList<StateNode> TakeList(string name, out string path)
    {
        path = StatePath.Of(Path, name);
        if (Take(name) is not { } entry)
            return [];
        path = StatePath.Of(Path, entry.Name);
        return entry.Value.Kind == StateNodeKind.List ? entry.Value.Items : [entry.Value];
    }

    /// <summary>Takes all that nobody took.</summary>
    public IEnumerable<StateEntry> TakeRest()
    {
        var rest = Node.Entries.Where(entry => _left.ContainsKey(entry.Name)).ToList();
        _left.Clear();
        return rest;
    }

    /// <summary>Takes whether the thing is to be there.</summary>
    public NetStatePresence TakePresence()
    {
        if (Take("state") is not { } entry)
            return NetStatePresence.Present;
        if (TextOf(entry.Value) is { } text && !char.IsAsciiDigit(text.FirstOrDefault('0'))
            && Enum.TryParse<NetStatePresence>(text, ignoreCase: true, out var presence))
            return presence;
        Problem("is to be present, absent or ignored", entry);
        return NetStatePresence.Present;
    }

    /// <summary>Takes what properties say.</summary>
    /// <param name="properties">Those that there can be; of a name with a dot the part behind it counts.</param>
    /// <param name="values">Where they are put.</param>
    public void TakeValues(IEnumerable<StateProperty> properties, IDictionary<string, string> values)
    {
        foreach (var property in properties)
        {
            if (Take(property.Name[(property.Name.LastIndexOf('.') + 1)..]) is not { } entry)
                continue;
            try
            {
                values[property.Name] = Canonical(property, entry.Value);
            }
            catch (FormatException e)
            {
                Problem(e.Message.TrimEnd('.'), entry);
            }
        }
    }

    /// <summary>Tells each name that nobody took.</summary>
    /// <param name="what">What the object is, after "is no property of".</param>
    /// <param name="known">The names that there are.</param>
    public void End(string what, IEnumerable<string> known)
    {
        var names = known.ToList();
        foreach (var entry in _left.Values)
        {
            var near = names.Where(name => Distance(name, entry.Name) <= FarthestName)
                .OrderBy(name => Distance(name, entry.Name)).FirstOrDefault();
            var advice = near is null ? string.Empty : $"; '{near}' is";
            _problems.Add(new StateProblem(
                $"'{KernelText.Shown(entry.Name)}' is no property of {what}{advice}",
                StatePath.Of(Path, entry.Name),
                entry.Place));
        }
    }

    /// <summary>A scalar as a text; null for what is none, or a number in a format that tells numbers from
    /// texts.</summary>
    public static string? TextOf(StateNode node) => node.Kind switch
    {
        StateNodeKind.Text => node.Text,
        StateNodeKind.Number or StateNodeKind.Boolean when node.IsPlain => node.Text,
        _ => null,
    };

    /// <summary>Whether a scalar is a word, in whatever case.</summary>
    public static bool Is(StateNode node, string word)
        => TextOf(node)?.Equals(word, StringComparison.OrdinalIgnoreCase) == true;

    private static long? Number(StateNode node) => node.Kind switch
    {
        StateNodeKind.Number => node.Number,
        StateNodeKind.Text when node.IsPlain && Values.Digits.TryParse(node.Text, out uint number) => number,
        _ => null,
    };

    // What PowerShell gives, or YAML without quotes, may be meant as a text or a number.
    private static string Canonical(StateProperty property, StateNode node)
    {
        try
        {
            return property.Canonical(node.ToJson());
        }
        catch (FormatException)
        {
            foreach (var other in Others(node))
            {
                if (CanonicalOrNull(property, other) is { } canonical)
                    return canonical;
            }

            throw;
        }
    }

    private static string? CanonicalOrNull(StateProperty property, StateNode node)
    {
        try
        {
            return property.Canonical(node.ToJson());
        }
        catch (FormatException)
        {
            return null;
        }
    }

    // A single value stands for a list of one.
    private static IEnumerable<StateNode> Others(StateNode node)
    {
        var other = Other(node);
        if (other is not null)
            yield return other;
        if (node.Kind is StateNodeKind.List or StateNodeKind.Map or StateNodeKind.Null)
            yield break;
        yield return StateNode.OfList([node]);
        if (other is not null)
            yield return StateNode.OfList([other]);
    }

    private static StateNode? Other(StateNode node) => node switch
    {
        { Kind: StateNodeKind.List } when node.Items.Any(item => Other(item) is not null)
            => StateNode.OfList([.. node.Items.Select(item => Other(item) ?? item)]),
        { Kind: StateNodeKind.List or StateNodeKind.Map or StateNodeKind.Null } => null,
        { Kind: StateNodeKind.Number or StateNodeKind.Boolean, IsPlain: true } => StateNode.OfText(node.Text),
        { Kind: StateNodeKind.Text, IsPlain: true } when bool.TryParse(node.Text, out var isTrue)
            => StateNode.OfBoolean(isTrue),
        { Kind: StateNodeKind.Text, IsPlain: true } when Number(node) is { } number => StateNode.OfNumber(number),
        _ => null,
    };

    // How many letters have to be changed (Levenshtein), as far as it matters.
    private static int Distance(string one, string other)
    {
        if (Math.Abs(one.Length - other.Length) > FarthestName)
            return int.MaxValue;
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var isSame = char.ToUpperInvariant(one[i - 1]) == char.ToUpperInvariant(other[j - 1]);
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (isSame ? 0 : 1)));
            }
        }

        return row[^1];
    }
}
