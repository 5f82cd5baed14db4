using System.Text;
using System.Text.Json;

namespace LxcNetworking.State.Text;

/// <summary>Reads JSON.</summary>
internal static class JsonReading
{
    // The builder's own limit is reached first.
    private static readonly JsonReaderOptions s_options = new()
    {
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        MaxDepth = StateNodeBuilder.MostDepth + 2,
    };

    /// <summary>Reads a document.</summary>
    public static void Read(string text, StateNodeBuilder builder)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var reader = new Utf8JsonReader(bytes, s_options);
        var cursor = new Cursor();
        try
        {
            while (!builder.HasEnded && reader.Read())
            {
                cursor.MoveTo(bytes, (int)reader.TokenStartIndex);
                Take(ref reader, builder, cursor);
            }
        }
        catch (JsonException e)
        {
            var (line, column) = PlaceOf(e, bytes);
            builder.Fail(WordsOf(e), line, column);
        }
    }

    private static void Take(ref Utf8JsonReader reader, StateNodeBuilder builder, Cursor cursor)
    {
        var (line, column) = (cursor.Line, cursor.Column);
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                builder.BeginMap(line, column);
                break;
            case JsonTokenType.StartArray:
                builder.BeginList(line, column);
                break;
            case JsonTokenType.EndObject or JsonTokenType.EndArray:
                builder.End();
                break;
            case JsonTokenType.PropertyName:
                builder.Name(TextOf(ref reader), line, column);
                break;
            case JsonTokenType.String:
                builder.AddText(TextOf(ref reader), isPlain: false, line, column);
                break;
            case JsonTokenType.Number:
                var written = Encoding.UTF8.GetString(reader.ValueSpan);
                if (reader.TryGetInt64(out var number))
                    builder.Add(StateNode.OfNumber(number, builder.Place(line, column), written));
                else
                    builder.AddText(written, isPlain: true, line, column);
                break;
            case JsonTokenType.Null:
                builder.AddNull(line, column);
                break;
            default:
                builder.AddBoolean(reader.TokenType == JsonTokenType.True, line, column);
                break;
        }
    }

    // Half of a character can be escaped, which the builder refuses.
    private static string TextOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return "\ud800";
        }
    }

    private static string WordsOf(JsonException error)
    {
        var words = error.Message;
        var end = words.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return $"this is not JSON: {(end < 0 ? words : words[..end]).TrimEnd('.')}";
    }

    private static (int Line, int Column) PlaceOf(JsonException error, byte[] bytes)
    {
        var cursor = new Cursor();
        var start = 0;
        for (var line = error.LineNumber ?? 0; line > 0; line--)
            start += bytes.AsSpan(start).IndexOf((byte)'\n') + 1;
        cursor.MoveTo(bytes, (int)Math.Min(bytes.Length, start + (error.BytePositionInLine ?? 0)));
        return (cursor.Line, cursor.Column);
    }

    /// <summary>A place that only goes forward, so that a line is not counted again for each value in it.</summary>
    private sealed class Cursor
    {
        private int _offset;

        public int Line { get; private set; } = 1;

        public int Column { get; private set; } = 1;

        public void MoveTo(byte[] bytes, int offset)
        {
            for (; _offset < offset; _offset++)
            {
                var value = bytes[_offset];
                if (value == '\n')
                    (Line, Column) = (Line + 1, 1);
                // Two halves of a character have four bytes; the later bytes of a character begin with 10.
                else if ((value & 0xc0) != 0x80)
                    Column += value >= 0xf0 ? 2 : 1;
            }
        }
    }
}
