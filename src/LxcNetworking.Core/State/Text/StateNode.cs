using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace LxcNetworking.State.Text;

/// <summary>What a value of a document is.</summary>
public enum StateNodeKind
{
    /// <summary>Nothing.</summary>
    Null,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A whole number.</summary>
    Number,

    /// <summary>A text.</summary>
    Text,

    /// <summary>A list.</summary>
    List,

    /// <summary>Names with values.</summary>
    Map,
}

/// <summary>A name in a map, with its value.</summary>
/// <param name="Name">The name as it is written.</param>
/// <param name="Place">Where the name stands.</param>
/// <param name="Value">The value.</param>
public readonly record struct StateEntry(string Name, StatePlace Place, StateNode Value);

/// <summary>
/// A value of a document, whatever format that is written in. Two are equal that say the same, wherever they stand and
/// however they are written.
/// </summary>
public sealed class StateNode : IEquatable<StateNode>
{
    private readonly long _number;

    private StateNode(StateNodeKind kind, StatePlace place, string text, bool isPlain, long number = 0)
        => (Kind, Place, Text, IsPlain, _number) = (kind, place, text, isPlain, number);

    /// <summary>What it is.</summary>
    public StateNodeKind Kind { get; }

    /// <summary>Where it stands; a value that is used again by an alias, where it was first written.</summary>
    public StatePlace Place { get; }

    /// <summary>What is written there, without quotes; empty for lists and maps.</summary>
    public string Text { get; }

    /// <summary>True where the document does not say that it is a text, as it has no quotes around it, so that a number
    /// may be taken as a text too. Nothing of PowerShell's says that.</summary>
    public bool IsPlain { get; }

    /// <summary>What a list has; empty for everything else.</summary>
    public IReadOnlyList<StateNode> Items { get; private init; } = [];

    /// <summary>What a map has, in its order; empty for everything else.</summary>
    public IReadOnlyList<StateEntry> Entries { get; private init; } = [];

    /// <summary>Of a number, the number.</summary>
    public long Number => Kind == StateNodeKind.Number ? _number
        : throw new InvalidOperationException($"{Kind} is no number.");

    /// <summary>Of a Boolean, whether it is true.</summary>
    public bool IsTrue => Kind == StateNodeKind.Boolean && _number != 0;

    /// <summary>Tells whether another value says the same.</summary>
    /// <param name="other">The other one.</param>
    /// <returns>True if it does. Names in maps are compared as they are written, in their order.</returns>
    public bool Equals(StateNode? other)
        => ReferenceEquals(this, other) || (other is not null && Kind == other.Kind && Kind switch
        {
            StateNodeKind.Null => true,
            StateNodeKind.Boolean or StateNodeKind.Number => _number == other._number,
            StateNodeKind.Text => Text == other.Text,
            StateNodeKind.List => Items.SequenceEqual(other.Items),
            _ => Entries.Select(entry => (entry.Name, entry.Value))
                .SequenceEqual(other.Entries.Select(entry => (entry.Name, entry.Value))),
        });

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as StateNode);

    /// <inheritdoc/>
    public override int GetHashCode() => Kind switch
    {
        StateNodeKind.Text => Text.GetHashCode(StringComparison.Ordinal),
        StateNodeKind.List => HashCode.Combine(Kind, Items.Count),
        StateNodeKind.Map => HashCode.Combine(Kind, Entries.Count),
        _ => HashCode.Combine(Kind, _number),
    };

    /// <summary>As JSON in one line.</summary>
    public override string ToString() => ToJson().GetRawText();

    /// <summary>A text.</summary>
    internal static StateNode OfText(string text, StatePlace place = default, bool isPlain = false)
        => new(StateNodeKind.Text, place, text, isPlain);

    /// <summary>A number, which may be written otherwise than it is usual.</summary>
    internal static StateNode OfNumber(
        long number, StatePlace place = default, string? text = null, bool isPlain = true)
        => new(
            StateNodeKind.Number, place, text ?? number.ToString(CultureInfo.InvariantCulture), isPlain, number);

    /// <summary>True or false, which may be written otherwise than it is usual.</summary>
    internal static StateNode OfBoolean(
        bool value, StatePlace place = default, string? text = null, bool isPlain = true)
        => new(StateNodeKind.Boolean, place, text ?? (value ? "true" : "false"), isPlain, value ? 1 : 0);

    /// <summary>Nothing.</summary>
    internal static StateNode OfNull(StatePlace place = default, string text = "null", bool isPlain = true)
        => new(StateNodeKind.Null, place, text, isPlain);

    /// <summary>A list.</summary>
    internal static StateNode OfList(IReadOnlyList<StateNode> items, StatePlace place = default)
        => new(StateNodeKind.List, place, string.Empty, isPlain: false) { Items = items };

    /// <summary>Names with values; no name is there twice.</summary>
    internal static StateNode OfMap(IReadOnlyList<StateEntry> entries, StatePlace place = default)
        => new(StateNodeKind.Map, place, string.Empty, isPlain: false) { Entries = entries };

    /// <summary>Reads what a declared property has written.</summary>
    internal static StateNode FromJson(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => OfMap(
            [.. value.EnumerateObject().Select(item => new StateEntry(item.Name, default, FromJson(item.Value)))]),
        JsonValueKind.Array => OfList([.. value.EnumerateArray().Select(FromJson)]),
        JsonValueKind.String => OfText(value.GetString()!),
        JsonValueKind.Number => value.TryGetInt64(out var number)
            ? OfNumber(number, text: value.GetRawText()) : OfText(value.GetRawText(), isPlain: true),
        JsonValueKind.True or JsonValueKind.False => OfBoolean(value.GetBoolean()),
        _ => OfNull(),
    };

    /// <summary>As JSON, which declared properties read.</summary>
    internal JsonElement ToJson()
    {
        var bytes = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(bytes))
            WriteTo(writer);
        return JsonElement.Parse(bytes.WrittenSpan);
    }

    /// <summary>Writes it as JSON.</summary>
    internal void WriteTo(Utf8JsonWriter writer)
    {
        switch (Kind)
        {
            case StateNodeKind.Null:
                writer.WriteNullValue();
                break;
            case StateNodeKind.Boolean:
                writer.WriteBooleanValue(IsTrue);
                break;
            case StateNodeKind.Number:
                writer.WriteNumberValue(_number);
                break;
            case StateNodeKind.Text:
                writer.WriteStringValue(Text);
                break;
            case StateNodeKind.List:
                writer.WriteStartArray();
                foreach (var item in Items)
                    item.WriteTo(writer);
                writer.WriteEndArray();
                break;
            default:
                writer.WriteStartObject();
                foreach (var entry in Entries)
                {
                    writer.WritePropertyName(entry.Name);
                    entry.Value.WriteTo(writer);
                }

                writer.WriteEndObject();
                break;
        }
    }
}
