using System.Text;
using Netlink.Tests.Support;

namespace LxcNetworking.Fuzz;

/// <summary>Spoils texts by their words, lines and characters.</summary>
internal static class TextSpoiler
{
    private static readonly string[] s_pieces =
    [
        "\0", "\ud800", "\udc00", "\udbff\udfff", "\u202e", "\u2028", "\u200b", "\ufeff", "\ufffd", "\e[31m", "\a",
        "\b", "\r", "\n", "\r\n", "\t", " ", "\u00a0", "\u0085",
        "\u0661", "\uff11", "\u0130", "\u00e9", "e\u0301", "\ud83d\ude00", "\\x1b", "\\x00", "\\x", "\\", "\\u0000",
        "\\ud800", "%", "%s", "%eth0", "%1", "%4294967295",
        "/", "//", "..", ".", ":", "::", "-", "--", "+", ",", ";", "=", "==", "#", "*", "?", "[", "]", "{", "}", "(",
        ")", "\"", "'", "`", "$", "~", "@", "&", "|", "<", ">",
        "/0", "/32", "/33", "/128", "/129", "default", "all", "forever", "null", "true", "false", "[]", "{}", "\"\"",
        "[null]", "1e999", "1e9", "-0", "0x10", "0", "00", "007",
        "-1", "1.5", "NaN", "Infinity", "ffff:", "::ffff:1.2.3.4", "fe80::1%lo", "lxc.net", "lxc.net.0.type = veth",
        "lxc.network.type = veth", "lxc.net.2147483647.link = x",
    ];

    /// <summary>Makes a text of one or two others.</summary>
    public static string Text(this Generator random, IReadOnlyList<string> corpus)
    {
        if (corpus.Count == 0 || random.OneIn(40))
            return new string(
                [.. Enumerable.Range(0, random.Below(24))
                    .Select(_ => (char)random.Below(random.OneIn(2) ? 128 : 0x10000))]);
        var text = random.Of(corpus);
        for (var i = 1 + random.Below(4); i > 0; i--)
            text = Change(random, text, corpus);
        return text;
    }

    private static string Change(Generator random, string text, IReadOnlyList<string> corpus)
    {
        var at = random.Below(text.Length + 1);
        switch (random.Below(13))
        {
            case 0:
                return text.Insert(at, random.Of(s_pieces));
            case 1:
                return text.Insert(at, ((char)random.Below(random.OneIn(2) ? 128 : 0x10000)).ToString());
            case 2:
                return text[..at];
            case 3:
                return text[at..];
            case 4: // a piece goes
                return text.Remove(at, random.Below(Math.Min(text.Length - at, 12) + 1));
            case 5: // a piece comes twice
                return text.Insert(at, text[at..Math.Min(text.Length, at + 1 + random.Below(20))]);
            case 6: // the end of another one
                var other = random.Of(corpus);
                return text[..at] + other[random.Below(other.Length + 1)..];
            case 7:
                return random.OneIn(2) ? text.ToUpperInvariant() : text.ToLowerInvariant();
            case 8 when random.OneIn(12): // huge or deep
                var piece = random.OneIn(2) ? random.Of(s_pieces) : text.Length == 0 ? "x"
                    : text[..Math.Min(text.Length, 40)];
                return text.Insert(at, new StringBuilder().Insert(0, piece, 1 << random.Below(14)).ToString());
            case 9 or 10:
                return ChangeNumber(random, text) ?? ChangeWord(random, text, " ");
            case 11:
                return ChangeWord(random, text, "\n");
            default:
                return ChangeWord(random, text, random.OneIn(2) ? "," : " ");
        }
    }

    private static string? ChangeNumber(Generator random, string text)
    {
        var begins = Enumerable.Range(0, text.Length)
            .Where(i => char.IsAsciiDigit(text[i]) && (i == 0 || !char.IsAsciiDigit(text[i - 1]))).Take(200).ToList();
        if (begins.Count == 0)
            return null;
        var begin = random.Of(begins);
        var end = begin;
        while (end < text.Length && char.IsAsciiDigit(text[end]))
            end++;
        var number = random.Of(Edges.Numbers).ToString(System.Globalization.CultureInfo.InvariantCulture);
        return text[..begin] + (random.OneIn(4) ? "-" : "") + number + (random.OneIn(6) ? number : "") + text[end..];
    }

    // Of lines, entries of a list or words one is doubled, goes, changes its place or becomes something else.
    private static string ChangeWord(Generator random, string text, string separator)
    {
        var words = text.Split(separator).ToList();
        var at = random.Below(words.Count);
        switch (random.Below(5))
        {
            case 0: words.Insert(random.Below(words.Count + 1), words[at]); break;
            case 1: words.RemoveAt(at); break;
            case 2 when random.Below(words.Count) is var other:
                (words[at], words[other]) =
                (words[other], words[at]); break;
            case 3: words[at] = random.Of(s_pieces); break;
            default: words[at] += random.Of(s_pieces); break;
        }

        return string.Join(separator, words);
    }
}
