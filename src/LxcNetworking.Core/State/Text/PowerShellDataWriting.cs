using System.Globalization;
using System.Text;

namespace LxcNetworking.State.Text;

/// <summary>Writes PowerShell data files.</summary>
internal static class PowerShellDataWriting
{
    // PowerShell takes each of these as a quote, and two of them in a text as one.
    private const string SingleQuotes = "'\u2018\u2019\u201a\u201b", DoubleQuotes = "\"\u201c\u201d\u201e";

    /// <summary>Writes a document.</summary>
    public static string Write(StateNode node)
    {
        var text = new StringBuilder();
        Write(text, node, 0);
        return text.Append('\n').ToString();
    }

    private static void Write(StringBuilder text, StateNode node, int indent)
    {
        switch (node.Kind)
        {
            case StateNodeKind.List:
                WriteList(text, node.Items, indent);
                break;
            case StateNodeKind.Map when node.Entries.Count == 0:
                text.Append("@{}");
                break;
            case StateNodeKind.Map:
                text.Append("@{\n");
                foreach (var entry in node.Entries)
                {
                    text.Append(' ', indent + 2).Append(NameOf(entry.Name)).Append(" = ");
                    Write(text, entry.Value, indent + 2);
                    text.Append('\n');
                }

                text.Append(' ', indent).Append('}');
                break;
            case StateNodeKind.Null:
                text.Append("$null");
                break;
            case StateNodeKind.Boolean:
                text.Append(node.IsTrue ? "$true" : "$false");
                break;
            case StateNodeKind.Number:
                text.Append(CultureInfo.InvariantCulture, $"{node.Number}");
                break;
            default:
                text.Append(Quoted(node.Text));
                break;
        }
    }

    private static void WriteList(StringBuilder text, IReadOnlyList<StateNode> items, int indent)
    {
        text.Append("@(");
        var isShort = items.All(item => item.Kind is not (StateNodeKind.List or StateNodeKind.Map));
        // PowerShell would take the items of a list that is the only one instead of it.
        if (items is [{ Kind: StateNodeKind.List }])
            text.Append(", ");
        for (var i = 0; i < items.Count; i++)
        {
            if (isShort)
                text.Append(i == 0 ? string.Empty : ", ");
            else if (items.Count > 1)
                text.Append(i == 0 ? "\n" : ",\n").Append(' ', indent + 2);
            Write(text, items[i], isShort || items.Count == 1 ? indent : indent + 2);
        }

        if (!isShort && items.Count > 1)
            text.Append('\n').Append(' ', indent);
        text.Append(')');
    }

    private static string NameOf(string name)
        => name.Length > 0 && !char.IsAsciiDigit(name[0]) && name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_')
            ? name : Quoted(name);

    private static string Quoted(string text)
    {
        var quoted = new StringBuilder();
        if (text.EnumerateRunes().All(rune => rune.Value == '\n' || YamlWriting.IsShown(rune)))
        {
            quoted.Append('\'');
            foreach (var c in text)
                quoted.Append(c, SingleQuotes.Contains(c, StringComparison.Ordinal) ? 2 : 1);
            return quoted.Append('\'').ToString();
        }

        quoted.Append('"');
        foreach (var rune in text.EnumerateRunes())
        {
            if (!YamlWriting.IsShown(rune))
                quoted.Append(CultureInfo.InvariantCulture, $"`u{{{rune.Value:x}}}");
            else if (rune.Value is '`' or '$' || DoubleQuotes.Contains(rune.ToString(), StringComparison.Ordinal))
                quoted.Append('`').Append(rune.ToString());
            else
                quoted.Append(rune.ToString());
        }

        return quoted.Append('"').ToString();
    }
}
