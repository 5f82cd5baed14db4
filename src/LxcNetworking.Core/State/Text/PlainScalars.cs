using System.Buffers;
using LxcNetworking.Values;

namespace LxcNetworking.State.Text;

/// <summary>What YAML's core schema makes of texts without quotes.</summary>
internal static class PlainScalars
{
    private static readonly SearchValues<char> s_numeric = SearchValues.Create("0123456789_.-+eE");
    private static readonly SearchValues<char> s_numericTime = SearchValues.Create("0123456789_:.");
    private static readonly HashSet<string> s_oldBooleans
        = new(["y", "n", "yes", "no", "on", "off"], StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads one. A number with a fraction, an exponent or zeros before it is a text.</summary>
    public static StateNode Read(string text, StatePlace place, bool isPlain = true) => text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => StateNode.OfNull(place, text, isPlain),
        "true" or "True" or "TRUE" => StateNode.OfBoolean(true, place, text, isPlain),
        "false" or "False" or "FALSE" => StateNode.OfBoolean(false, place, text, isPlain),
        _ => TryNumber(text, out var number) ? StateNode.OfNumber(number, place, text, isPlain)
            : StateNode.OfText(text, place, isPlain),
    };

    /// <summary>Whether a text needs quotes to be one for every reader of YAML, those of version 1.1 among
    /// them, to which <c>no</c> is false, <c>1e3</c> a number and <c>11:22:33</c> too.</summary>
    public static bool LooksOtherwise(string text)
        => Read(text, default).Kind != StateNodeKind.Text || s_oldBooleans.Contains(text) || LooksLikeNumber(text);

    private static bool TryNumber(string text, out long number)
    {
        number = 0;
        if (text.StartsWith("0x", StringComparison.Ordinal))
            return Digits.TryParseHex(text.AsSpan(2), out number) && number >= 0;
        if (text.StartsWith("0o", StringComparison.Ordinal))
            return TryOctal(text.AsSpan(2), out number);
        var digits = text.AsSpan(text[0] is '-' or '+' ? 1 : 0);
        if (digits is not ("0" or [>= '1' and <= '9', ..]) || !Digits.TryParse(digits, out Int128 value))
            return false;
        value = text[0] == '-' ? -value : value;
        number = unchecked((long)value);
        return number == value;
    }

    private static bool TryOctal(ReadOnlySpan<char> digits, out long number)
    {
        number = 0;
        const int MostDigits = 20;
        if (digits.IsEmpty || digits.Length > MostDigits || digits.ContainsAnyExceptInRange('0', '7'))
            return false;
        foreach (var digit in digits)
            number = (number * 8) + (digit - '0');
        return true;
    }

    // Signs, digits, and what stands between them in numbers, dates and times; letters only as in 1e3, 0x1f, .inf.
    private static bool LooksLikeNumber(string text)
    {
        var rest = text.AsSpan().TrimStart("+-");
        if (rest.StartsWith(".inf", StringComparison.OrdinalIgnoreCase)
            || rest.StartsWith(".nan", StringComparison.OrdinalIgnoreCase))
            return true;
        if (rest.IsEmpty || rest[0] is not ('.' or (>= '0' and <= '9')))
            return false;
        if (rest.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            || rest.StartsWith("0b", StringComparison.OrdinalIgnoreCase))
            return true;
        // A date.
        if (rest.IndexOf('-') == 4 && !rest[..4].ContainsAnyExceptInRange('0', '9'))
            return true;
        // An address has more points than a number, and a prefix has a slash.
        return !rest.ContainsAnyExcept(rest.Contains(':') ? s_numericTime : s_numeric) && rest.Count('.') <= 1
            && !rest.Contains("::", StringComparison.Ordinal);
    }
}
