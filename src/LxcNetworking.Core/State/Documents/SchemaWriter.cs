using System.Globalization;
using System.Text.Json;

namespace LxcNetworking.State.Documents;

/// <summary>Writes what schemas consist of.</summary>
/// <param name="writer">Where it goes.</param>
internal sealed class SchemaWriter(Utf8JsonWriter writer)
{
    /// <summary>A text.</summary>
    public static void String(SchemaWriter of) => of.Text("type", "string");

    /// <summary>A text that may be a number.</summary>
    public static void Plain(SchemaWriter of) => of.List("type", ["string", "integer"]);

    /// <summary>An object.</summary>
    public void Object(Action<SchemaWriter> write)
    {
        writer.WriteStartObject();
        write(this);
        writer.WriteEndObject();
    }

    /// <summary>An object in an object.</summary>
    public void Map(string name, Action<SchemaWriter> write)
    {
        writer.WritePropertyName(name);
        Object(write);
    }

    /// <summary>A text in an object.</summary>
    public void Text(string name, string value) => writer.WriteString(name, value);

    /// <summary>Several texts in an object.</summary>
    public void Texts(params ReadOnlySpan<(string Name, string Value)> texts)
    {
        foreach (var (name, value) in texts)
            Text(name, value);
    }

    /// <summary>A list of texts; none is not written.</summary>
    public void List(string name, IReadOnlyList<string> values)
    {
        if (values.Count == 0)
            return;
        writer.WriteStartArray(name);
        foreach (var value in values)
            writer.WriteStringValue(value);
        writer.WriteEndArray();
    }

    /// <summary>A list of objects.</summary>
    public void Array(string name, IReadOnlyList<Action<SchemaWriter>> items)
    {
        writer.WriteStartArray(name);
        foreach (var item in items)
            Object(item);
        writer.WriteEndArray();
    }

    /// <summary>Another definition.</summary>
    public void Reference(string definition) => Text("$ref", $"#/$defs/{definition}");

    /// <summary>A whole number in a range.</summary>
    public void Range(long least, long most)
    {
        Text("type", "integer");
        writer.WriteNumber("minimum", least);
        writer.WriteNumber("maximum", most);
    }

    /// <summary>What takes no other properties.</summary>
    public void Closed(string? type, string word)
    {
        if (type is not null)
            Text("type", type);
        writer.WriteBoolean(word, false);
    }

    /// <summary>One of several.</summary>
    public void Any(params Action<SchemaWriter>[] choices) => Array("anyOf", choices);

    /// <summary>A list, for which a single value may stand.</summary>
    public void OneOrMore(string name, Action<SchemaWriter> item) => Map(name, of => of.OneOrMore(item));

    /// <summary>Properties with their schemas.</summary>
    public void Properties(IEnumerable<KeyValuePair<string, SchemaText>> properties)
    {
        foreach (var (name, schema) in properties)
            Map(name, of => of.Put(schema.Value));
    }

    /// <summary>Names of which editors tell the usual form, and which documents may write in whatever case.</summary>
    public void Choice(IReadOnlyList<string> names) => Any(
        of => of.List("enum", names),
        of => of.Texts(("type", "string"), ("pattern", $"^(?:{string.Join('|', names.Select(InAnyCase))})$")));

    /// <summary>A declared property's schema, with the other forms that documents take.</summary>
    public void Put(JsonElement schema)
    {
        if (schema.TryGetProperty("enum", out var names))
        {
            Choice([.. names.EnumerateArray().Select(name => name.GetString()!)]);
            return;
        }

        if (schema.TryGetProperty("items", out var items))
        {
            OneOrMore(of => of.Put(items));
            return;
        }

        foreach (var part in schema.EnumerateObject())
        {
            writer.WritePropertyName(part.Name);
            if (part.Name == "properties")
                Object(of => of.PutEach(part.Value));
            else if (part.Name == "anyOf")
                PutList(part.Value);
            else if (part.Value is { ValueKind: JsonValueKind.String } type && type.ValueEquals("string"))
                WriteTypes();
            else
                part.Value.WriteTo(writer);
        }
    }

    // A number without quotes is a text too.
    private void WriteTypes()
    {
        writer.WriteStartArray();
        writer.WriteStringValue("string");
        writer.WriteStringValue("integer");
        writer.WriteEndArray();
    }

    /// <summary>A list, for which a single value may stand, where the schema stands already.</summary>
    public void OneOrMore(Action<SchemaWriter> item) => Any(
        of =>
        {
            of.Text("type", "array");
            of.Map("items", item);
        },
        item);

    private void PutEach(JsonElement properties)
    {
        foreach (var property in properties.EnumerateObject())
            Map(property.Name, of => of.Put(property.Value));
    }

    private void PutList(JsonElement choices)
    {
        writer.WriteStartArray();
        foreach (var choice in choices.EnumerateArray())
            Object(of => of.Put(choice));
        writer.WriteEndArray();
    }

    private static string InAnyCase(string name) => string.Concat(name.Select(c => char.IsAsciiLetter(c)
        ? string.Create(CultureInfo.InvariantCulture, $"[{char.ToUpperInvariant(c)}{char.ToLowerInvariant(c)}]")
        : $"{c}"));
}
