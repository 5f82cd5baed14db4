using System.Buffers;
using System.Globalization;
using System.Text;

namespace LxcNetworking.State.Text;

/// <summary>Writes YAML in block style, with quotes where a text would be something else without them.</summary>
internal static class YamlWriting
{
    // YAML allows 1024 for a name before its colon.
    private const int LongestSimpleName = 200;
    private static readonly SearchValues<char> s_special = SearchValues.Create(",[]{}\"'#&*!|>\\?`");

    /// <summary>Writes a document.</summary>
    public static string Write(StateNode node)
    {
        var text = new StringBuilder();
        Write(text, node, 0);
        return text.ToString();
    }

    /// <summary>Whether a character can be shown as it is.</summary>
    public static bool IsShown(Rune rune) => rune.Value is >= ' ' and <= '~' || (rune.Value > 0x9f
        && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate
            or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned));

    // The line is indented already.
    private static void Write(StringBuilder text, StateNode node, int indent)
    {
        if (node is { Kind: StateNodeKind.List, Items.Count: > 0 })
        {
            for (var i = 0; i < node.Items.Count; i++)
            {
                Indent(text, i == 0 ? 0 : indent).Append("- ");
                Write(text, node.Items[i], indent + 2);
            }
        }
        else if (node is { Kind: StateNodeKind.Map, Entries.Count: > 0 })
        {
            for (var i = 0; i < node.Entries.Count; i++)
            {
                Indent(text, i == 0 ? 0 : indent);
                Write(text, node.Entries[i], indent);
            }
        }
        else
            text.Append(ScalarOf(node)).Append('\n');
    }

    private static void Write(StringBuilder text, StateEntry entry, int indent)
    {
        var name = Quoted(entry.Name);
        if (name.Length > LongestSimpleName)
            Indent(text.Append("? ").Append(name).Append('\n'), indent).Append(':');
        else
            text.Append(name).Append(':');
        if (entry.Value is { Items.Count: 0, Entries.Count: 0 })
            text.Append(' ').Append(ScalarOf(entry.Value)).Append('\n');
        else
        {
            Indent(text.Append('\n'), indent + 2);
            Write(text, entry.Value, indent + 2);
        }
    }

    private static StringBuilder Indent(StringBuilder text, int indent) => text.Append(' ', indent);

    private static string ScalarOf(StateNode node) => node.Kind switch
    {
        StateNodeKind.Null => "null",
        StateNodeKind.Boolean => node.IsTrue ? "true" : "false",
        StateNodeKind.Number => node.Number.ToString(CultureInfo.InvariantCulture),
        StateNodeKind.List => "[]",
        StateNodeKind.Map => "{}",
        _ => Quoted(node.Text),
    };

    private static string Quoted(string text)
    {
        if (IsPlain(text))
            return text;
        if (text.EnumerateRunes().All(IsShown))
            return $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
        var quoted = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '"' or '\\' => quoted.Append('\\').Append((char)rune.Value),
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                _ when IsShown(rune) => quoted.Append(rune.ToString()),
                <= 0xff => quoted.Append(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"),
                <= 0xffff => quoted.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"),
                _ => quoted.Append(CultureInfo.InvariantCulture, $"\\U{rune.Value:x8}"),
            };
        }

        return quoted.Append('"').ToString();
    }

    // Less than YAML allows, as readers differ where brackets, commas and quotes are within a text.
    private static bool IsPlain(string text)
        => text.Length > 0 && !PlainScalars.LooksOtherwise(text)
        && (char.IsAsciiLetterOrDigit(text[0]) || text[0] is '/' or '.' or '_') && text[^1] is not (' ' or ':')
        && !text.AsSpan().ContainsAny(s_special) && !text.Contains(": ", StringComparison.Ordinal)
        && !text.StartsWith("...", StringComparison.Ordinal) && text.EnumerateRunes().All(IsShown);
}
