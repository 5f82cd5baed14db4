using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LxcNetworking.State.Documents;

/// <summary>Values of properties, each as JSON that is written in one way alone, so that equal ones are equal
/// texts.</summary>
internal static class StateValue
{
    // What is written goes to a terminal or a file of ours, never into a web page.
    private static readonly JsonWriterOptions s_options
        = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>A text.</summary>
    public static string Of(string text) => Write(writer => writer.WriteStringValue(text));

    /// <summary>What is written.</summary>
    public static string Write(Action<Utf8JsonWriter> write) => Write(write, s_options);

    /// <summary>What is written, for people.</summary>
    public static string WriteIndented(Action<Utf8JsonWriter> write)
        => Write(write, s_options with { Indented = true }) + "\n";

    private static string Write(Action<Utf8JsonWriter> write, JsonWriterOptions options)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, options))
            write(writer);
        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <summary>The value again.</summary>
    public static JsonElement Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    /// <summary>A value for people: a text without quotes, the items of a list one after the other.</summary>
    public static string Text(string json)
    {
        var value = Read(json);
        return value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Array => string.Join(
                Values.ValueList.Separator, value.EnumerateArray().Select(item => Text(item.GetRawText()))),
            JsonValueKind.Object => string.Join(
                ' ', value.EnumerateObject().Select(item => $"{item.Name} {Text(item.Value.GetRawText())}")),
            _ => json,
        };
    }

    /// <summary>Whether two values are the same; nothing said, and an empty list or text, are.</summary>
    public static bool AreEqual(string? one, string? other) => one == other || (IsNothing(one) && IsNothing(other));

    private static bool IsNothing(string? json) => json is null or "null" or "[]" or "\"\"" or "{}";
}
