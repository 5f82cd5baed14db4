using System.Globalization;
using LxcNetworking.Netlink;
using LxcNetworking.Values;

namespace LxcNetworking.State.Text;

/// <summary>
/// Makes a tree of a document's values, one after the other, with the limits and mistakes that all formats share.
/// </summary>
public sealed class StateNodeBuilder
{
    /// <summary>How deep lists and maps may stand in each other.</summary>
    internal const int MostDepth = 32;

    /// <summary>How many values a document may have; what an alias stands for counts each time.</summary>
    internal const int MostValues = 1_000_000;

    /// <summary>How many mistakes are told.</summary>
    internal const int MostProblems = 100;

    private readonly string? _file;
    private readonly ICollection<StateProblem> _problems;
    private readonly Stack<Frame> _frames = new();
    private readonly Dictionary<string, Anchor> _anchors = new(StringComparer.Ordinal);
    private StateNode? _root;
    private int _values, _told;

    /// <summary>Begins a document.</summary>
    /// <param name="file">Its file, for messages; null where it has none.</param>
    /// <param name="problems">Where mistakes go.</param>
    public StateNodeBuilder(string? file, ICollection<StateProblem> problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        (_file, _problems) = (file, problems);
    }

    /// <summary>What is said of too deep a value.</summary>
    internal static string DepthMessage => string.Create(
        CultureInfo.InvariantCulture, $"lists and maps stand in each other deeper than {MostDepth}, the limit");

    /// <summary>True after what cannot be read past: a syntax error, a limit, or too many mistakes. Whatever comes
    /// after it is passed over.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>The whole document; null where reading has ended before its end.</summary>
    public StateNode? Root => HasEnded || _frames.Count > 0 ? null : _root;

    /// <summary>Begins names with values.</summary>
    /// <param name="line">The line, from 1; 0 where it is unknown.</param>
    /// <param name="column">The character in the line, from 1; 0 where it is unknown.</param>
    public void BeginMap(int line, int column) => Begin(isMap: true, line, column);

    /// <summary>Begins a list.</summary>
    /// <param name="line">The line, from 1; 0 where it is unknown.</param>
    /// <param name="column">The character in the line, from 1; 0 where it is unknown.</param>
    public void BeginList(int line, int column) => Begin(isMap: false, line, column);

    /// <summary>Ends the list or map that was begun last.</summary>
    public void End()
    {
        if (HasEnded)
            return;
        var frame = _frames.Pop();
        var node = frame.Entries is { } entries ? StateNode.OfMap(entries, frame.Place)
            : StateNode.OfList(frame.Items!, frame.Place);
        frame.Anchor?.Complete(node, _values - frame.FirstValue, frame.Height + 1);
        Put(node, frame.Height + 1);
    }

    /// <summary>Says the name of the value that comes next.</summary>
    /// <param name="name">The name; one that is there already, in whatever case, is a mistake.</param>
    /// <param name="line">The line, from 1; 0 where it is unknown.</param>
    /// <param name="column">The character in the line, from 1; 0 where it is unknown.</param>
    public void Name(string name, int line, int column)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (HasEnded)
            return;
        var frame = _frames.Peek();
        (frame.Name, frame.NamePlace, frame.IsPassedOver) = (name, new StatePlace(_file, line, column), false);
        if (HalfOfCharacter(name))
        {
            AddProblem(HalfMessage, line, column);
            frame.IsPassedOver = true;
        }
        else if (!frame.Names!.TryAdd(name, line))
        {
            var first = frame.Names[name];
            AddProblem(
                $"'{KernelText.Shown(name)}' is here a second time"
                + (first == 0 ? ", as case does not matter"
                    : string.Create(CultureInfo.InvariantCulture, $"; the first time is in line {first}")),
                line, column);
            frame.IsPassedOver = true;
        }
    }

    /// <summary>Adds a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="isPlain">True where the document does not say that it is one.</param>
    /// <param name="line">The line, from 1; 0 where it is unknown.</param>
    /// <param name="column">The character in the line, from 1; 0 where it is unknown.</param>
    public void AddText(string text, bool isPlain, int line, int column)
    {
        ArgumentNullException.ThrowIfNull(text);
        Add(StateNode.OfText(text, new(_file, line, column), isPlain));
    }

    /// <summary>Adds a number.</summary>
    /// <param name="number">The number.</param>
    /// <param name="line">The line, from 1; 0 where it is unknown.</param>
    /// <param name="column">The character in the line, from 1; 0 where it is unknown.</param>
    public void AddNumber(long number, int line, int column)
        => Add(StateNode.OfNumber(number, new(_file, line, column)));

    /// <summary>Adds true or false.</summary>
    /// <param name="value">Which of them.</param>
    /// <param name="line">The line, from 1; 0 where it is unknown.</param>
    /// <param name="column">The character in the line, from 1; 0 where it is unknown.</param>
    public void AddBoolean(bool value, int line, int column)
        => Add(StateNode.OfBoolean(value, new(_file, line, column)));

    /// <summary>Adds nothing, in a value's place.</summary>
    /// <param name="line">The line, from 1; 0 where it is unknown.</param>
    /// <param name="column">The character in the line, from 1; 0 where it is unknown.</param>
    public void AddNull(int line, int column) => Add(StateNode.OfNull(new(_file, line, column)));

    /// <summary>Tells a mistake; reading goes on.</summary>
    /// <param name="message">What is wrong, as a sentence without its end.</param>
    /// <param name="line">The line, from 1; 0 where it is unknown.</param>
    /// <param name="column">The character in the line, from 1; 0 where it is unknown.</param>
    public void AddProblem(string message, int line, int column)
    {
        if (HasEnded)
            return;
        var path = CurrentPath();
        _problems.Add(new StateProblem(NetworkException.Bounded(message), path, new(_file, line, column)));
        if (++_told == MostProblems)
        {
            HasEnded = true;
            _problems.Add(new StateProblem(
                string.Create(CultureInfo.InvariantCulture, $"reading ends here, after {MostProblems} mistakes"), path,
                new(_file, line, column)));
        }
    }

    /// <summary>Tells a mistake that cannot be read past.</summary>
    /// <param name="message">What is wrong, as a sentence without its end.</param>
    /// <param name="line">The line, from 1; 0 where it is unknown.</param>
    /// <param name="column">The character in the line, from 1; 0 where it is unknown.</param>
    public void Fail(string message, int line, int column)
    {
        AddProblem(message, line, column);
        HasEnded = true;
    }

    /// <summary>Says that the value that comes next is not to be kept, in the place of its name, which is mistaken.
    /// </summary>
    public void PassOver()
    {
        if (!HasEnded)
            (_frames.Peek().Name, _frames.Peek().IsPassedOver) = (null, true);
    }

    /// <summary>The file's part of a place.</summary>
    internal StatePlace Place(int line, int column) => new(_file, line, column);

    /// <summary>Begins a list or map that may be used again.</summary>
    internal void Begin(bool isMap, int line, int column, string? anchor = null)
    {
        if (HasEnded)
            return;
        if (_frames.Count == MostDepth)
        {
            Fail(DepthMessage, line, column);
            return;
        }

        Count(1, line, column);
        _frames.Push(new Frame(isMap, new(_file, line, column), _values - 1)
        {
            Anchor = anchor is null ? null : _anchors[anchor] = new Anchor(),
        });
    }

    /// <summary>Adds a scalar that may be used again.</summary>
    internal void Add(StateNode scalar, string? anchor = null)
    {
        if (HasEnded)
            return;
        var (line, column) = (scalar.Place.Line, scalar.Place.Column);
        if (HalfOfCharacter(scalar.Text))
            AddProblem(HalfMessage, line, column);
        Count(1, line, column);
        if (anchor is not null)
            (_anchors[anchor] = new Anchor()).Complete(scalar, 1, 0);
        Put(scalar, 0);
    }

    /// <summary>Adds what an anchor stands for.</summary>
    internal void AddAlias(string name, int line, int column)
    {
        if (HasEnded)
            return;
        if (!_anchors.TryGetValue(name, out var anchor))
            AddProblem($"there is no anchor '{KernelText.Shown(name)}' before this alias", line, column);
        else if (anchor.Node is null)
            AddProblem($"the alias '{KernelText.Shown(name)}' is within the value that it stands for", line, column);
        else if (_frames.Count + anchor.Height > MostDepth)
            Fail(DepthMessage, line, column);
        else
        {
            Count(anchor.Values, line, column);
            if (!HasEnded)
                Put(anchor.Node, anchor.Height);
            return;
        }

        if (!HasEnded)
            Put(StateNode.OfNull(new(_file, line, column)), 0);
    }

    private static string HalfMessage => "half of a character is in this text";

    private static bool HalfOfCharacter(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return true;
            i++;
        }

        return false;
    }

    private void Count(int values, int line, int column)
    {
        // Neither is more than the limit.
        _values += values;
        if (_values > MostValues)
        {
            Fail(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"the document has more than {MostValues:N0} values, the limit; what an alias stands for counts "
                    + $"each time"),
                line, column);
        }
    }

    private void Put(StateNode node, int height)
    {
        if (!_frames.TryPeek(out var frame))
        {
            _root = node;
            return;
        }

        frame.Height = Math.Max(frame.Height, height);
        frame.Items?.Add(node);
        if (frame.Entries is { } entries && !frame.IsPassedOver)
            entries.Add(new StateEntry(frame.Name!, frame.NamePlace, node));
        (frame.Name, frame.IsPassedOver) = (null, false);
    }

    private string? CurrentPath()
    {
        string? path = null;
        foreach (var frame in _frames.Reverse())
        {
            if (frame.Items is { } items)
                path = StatePath.Of(path, items.Count);
            else if (frame.Name is { } name)
                path = StatePath.Of(path, name);
        }

        return path;
    }

    private sealed class Frame(bool isMap, StatePlace place, int firstValue)
    {
        public StatePlace Place { get; } = place;

        public int FirstValue { get; } = firstValue;

        public List<StateNode>? Items { get; } = isMap ? null : [];

        public List<StateEntry>? Entries { get; } = isMap ? [] : null;

        // The lines that names are in.
        public Dictionary<string, int>? Names { get; } = isMap ? new(StringComparer.OrdinalIgnoreCase) : null;

        public Anchor? Anchor { get; init; }

        public string? Name { get; set; }

        public StatePlace NamePlace { get; set; }

        public bool IsPassedOver { get; set; }

        // Of the highest list or map within it.
        public int Height { get; set; }
    }

    private sealed class Anchor
    {
        public StateNode? Node { get; private set; }

        public int Values { get; private set; }

        public int Height { get; private set; }

        public void Complete(StateNode node, int values, int height) => (Node, Values, Height) = (node, values, height);
    }
}
